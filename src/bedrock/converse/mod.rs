//! Converse: one body for every model, the answer, and its stream. Keys are sent sorted.
//!
//! A body is read by [`read`]: the service model says which members there are, `conversation` reads the
//! turns and `parameters` everything else; answers are written by `write`.

mod conversation;
mod parameters;
mod read;
mod write;

pub use conversation::search_result;
pub use read::{read, read_value};
pub use write::{Beside, body, event, sorted};
