//! The last leg to the browser: an answer as API Gateway's WebSocket delivers it, and the other
//! side that puts it together.
//!
//! [`messages`] turns a stream into the team's messages, [`frames`] cuts a message into WebSocket
//! frames as the gateway does, [`Assembler`] takes the bytes however they are cut and gives the
//! answer as far as it has come, and [`close_markdown`] makes a partial answer fit to render.

mod assemble;
mod markdown;
mod socket;

pub use assemble::{Assembler, AssemblyError, Progress};
pub use markdown::close_markdown;
pub use socket::{MAX_FRAME, MAX_MESSAGE, SocketMessage, frames, messages};
