//! The network: which addresses may be fetched, and fetching them (spec 04 §8).
//!
//! | file | what |
//! |---|---|
//! | `address` | which addresses of machines are public |
//! | `domain` | hosts, and lists of them |
//! | `options` | what the user says about it |
//! | `rules` | what is checked of every hop before a connection |
//! | `fetch` | **[`document`]**: an address becomes a document, hop by hop |
//! | `page` | what a document says: text, kind |
//! | `kept` | documents that were fetched before, for imports |
//!
//! Each hop is an operation of its own: rules, then the gate, then [`crate::effect::fetch`]. Nothing else connects.

pub(crate) mod address;
mod domain;
mod fetch;
pub(crate) mod kept;
mod options;
mod page;
mod rules;

pub use domain::Domains;
pub(crate) use fetch::{Document, Wanted, document, document_for_command, judge, sources};
pub(crate) use kept::Kept;
pub use options::UrlOptions;
pub(crate) use rules::{Purpose, below, is_address, parse};
