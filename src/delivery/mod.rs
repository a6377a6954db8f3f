//! The last leg to the browser: an answer as API Gateway's WebSocket delivers it, and the other
//! side that puts it together.
//!
//! [`Delivery`] turns the events of a stream into the team's messages ([`messages`] the frames of a
//! whole one), [`frames`] cuts a message into WebSocket frames as the gateway does, [`Assembler`] takes
//! messages in any order, or the bytes however they are cut, and gives the answer as far as it has
//! come, and [`close_markdown`] makes a partial answer fit to render. [`Transit`] shuffles and loses messages by a
//! seed, to see what an assembler makes of them.

mod assemble;
mod markdown;
mod socket;
mod transit;

pub use assemble::{Assembler, AssemblyError, MAX_ANSWER, MAX_HELD, MAX_HELD_BYTES, Progress};
pub use markdown::close_markdown;
pub use socket::{Delivery, MAX_FRAME, MAX_MESSAGE, SocketMessage, TimedFrame, frames, messages};
pub use transit::Transit;
