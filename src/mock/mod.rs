//! The client that answers in Bedrock's place: from a fixture to events in time.

mod chunk;
mod replay;

pub use chunk::chunks;
pub use replay::{Player, ReplayEvent, Timeline};
