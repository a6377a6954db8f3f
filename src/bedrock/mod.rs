//! The wire: what Bedrock's runtime accepts and sends, to the byte, without any I/O.
//!
//! A [`Request`] names an [`Operation`] and a model ([`route`]); a dialect ([`claude`], [`nova`],
//! [`converse`]) reads its body into an [`Ask`], refusing what the service refuses; an [`Answer`]
//! is written back as a body or, by way of [`Step`]s, as [`event_stream`] frames. What goes wrong
//! is an [`Exception`], which is an HTTP response or a frame.

mod answer;
pub(crate) mod arn;
mod ask;
mod citation;
pub mod claude;
pub mod converse;
pub mod event_stream;
mod exception;
mod http;
mod media;
pub mod nova;
mod rules;
mod stream;

pub use answer::{Answer, Block, Citation, CitedPlace, Refusal, StopReason, Usage};
pub use ask::{
    Api, Ask, AskBlock, CacheTtl, GuardrailAsk, Role, Sampling, Thinking, Tool, ToolChoice, TraceWanted, Turn,
    plain_messages,
};
pub(crate) use citation::all as citations;
pub(crate) use claude::unknown_tool;
pub use exception::{Cause, DOOR_ERRORS, EXCEPTIONS, Exception, ExceptionKind};
pub(crate) use http::percent_decoded;
pub use http::{Body, End, Headers, Operation, Piece, Reply, Request, Route, route};
pub use media::{Media, MediaFault, MediaKind, MediaSource};
pub use rules::{Dialect, ModelRules};
pub use stream::{Delta, Event, Identity, Step, steps};
