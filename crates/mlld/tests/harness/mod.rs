//! What a conformance case is, how it is run and how what came of it is compared.

mod case;
mod compare;
mod pending;
mod process;

pub(crate) use case::Case;
pub(crate) use pending::Pending;
