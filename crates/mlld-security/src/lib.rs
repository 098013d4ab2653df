//! The security model of mlld, without any I/O: what labels are, how they travel with values, which
//! operations a policy allows, and the proof ([`Permit`]) that an operation was asked about.
//!
//! Everything here is a pure function of its arguments: the same policy, the same operation and the same
//! labels give the same decision on any machine at any time, so that a decision can be replayed and tested
//! by the million. Another agent runtime can take this crate alone.
//!
//! A label set is a lattice element; joins are unions (Denning, *A Lattice Model of Secure Information
//! Flow*, CACM 1976; Myers and Liskov, *A Decentralized Model for Information Flow Control*, SOSP 1997).

pub mod command;
mod decision;
mod descriptor;
mod label;
mod labelled;
mod operation;
mod permit;
pub mod policy;
mod privilege;
mod reader;
mod report;
mod store;
mod text;
mod trail;
mod trust;

pub use decision::{Blocker, BlockerKind, Denial, DenialCode, Place};
pub use descriptor::Descriptor;
pub use label::{Label, LabelError, check_label, is_under};
pub use labelled::Labelled;
pub use operation::{OpKind, Operation, Target, shown_labels};
pub use permit::{GuardOutcomes, Guarded, Pending, Permit, PolicyPassed};
pub use privilege::Privilege;
pub use reader::Reader;
pub use store::LabelStore;
pub use text::escaped;
pub use trail::{How, Origin, Stop, StopKey, StopKind};
