//! Output that is printed while it comes (spec 02 §10, 03 §16).

mod chunks;
mod events;
mod live;

pub(crate) use chunks::{Chunks, Layout};
pub(crate) use events::Format;
pub(crate) use live::Live;
