//! The wire: what Bedrock's runtime sends, to the byte.

pub mod event_stream;
mod stream;

pub use stream::{StreamEvent, claude_events};
