//! The wire: what Bedrock's runtime sends, to the byte.

mod stream;

pub use stream::{StreamEvent, claude_events};
