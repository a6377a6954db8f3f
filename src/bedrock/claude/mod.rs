//! Anthropic's own bodies: what is accepted (`read`, and `content` for its messages), the answer and its
//! stream (`write`).

mod content;
mod forms;
mod read;
mod write;

pub(crate) use forms::check as check_fields;
pub(crate) use read::unknown_tool;
pub use read::{read, read_value};
pub(crate) use write::what_came;
pub use write::{Metrics, body, event, usage};
