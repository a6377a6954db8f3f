//! Converse: one body for every model, the answer, and its stream. Keys are sent sorted.
//!
//! A body is read by [`read`], which asks `members` what the service model allows, `conversation` for
//! the turns and `parameters` for everything else; answers are written by `write`.

mod conversation;
mod members;
mod parameters;
mod read;
mod write;

pub use read::{read, read_value};
pub use write::{body, event, sorted};
