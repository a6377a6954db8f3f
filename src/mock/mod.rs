//! The client that answers in Bedrock's place.
//!
//! [`Mock::handle`] is the whole of it: an HTTP request and a virtual time go in, a reply with the
//! time of each of its bytes comes out. On the way the request is routed, read and checked
//! (`request`), it may fail by script or by rate (`fault`, `quota`), an answer is chosen and can say
//! why (`choose`, `reason`), guarded and cut to length (`shape`, `guardrail`, `truncate`), takes its time
//! (`latency`), and is sent as a body (`whole`), as frames (`scene`) or as it was recorded
//! (`recorded`); everything is written down (`ledger`). [`MockBedrockClient`] is the same for Rust
//! code that wants calls instead of bytes. `door` is what differs where a request came through one of the newer
//! doors ([`crate::doors`]).

mod again;
mod cache;
mod cache_trace;
mod charged;
mod choose;
mod client;
mod config;
mod config_json;
mod control_guard;
mod door;
mod embedding;
mod examine;
mod failed;
mod fault;
mod guard_door;
mod guardrail;
mod handle;
mod kept;
mod latency;
mod ledger;
mod log_page;
mod model_config;
mod prompt;
mod quota;
mod reason;
mod recorded;
mod replay;
mod request;
mod rerank_door;
mod scene;
mod serve;
mod shape;
mod structured;
mod truncate;
mod vectors;
mod whole;

pub use cache::{CacheMiss, MissReason};
pub use cache_trace::{BlockReason, BlockState, CachedBlock};
pub use choose::{Choice, Fallback};
pub use client::{ClientError, MockBedrockClient, StreamItem, answer_in, answer_in_stream};
pub use config::Config;
pub use config_json::CONFIG_SCHEMA;
pub use control_guard::ControlGuard;
pub use examine::{Examined, examine};
pub use fault::{Fault, FaultKind};
pub use guardrail::{Guardrail, PiiKind};
pub use handle::{Mock, full_catalog};
pub use latency::LatencyMode;
pub use ledger::{CallRecord, CategoryUsage, Finding, Ledger, StreamEnd, UsageReport};
pub use model_config::MockModelConfig;
pub use quota::Quota;
pub use reason::Reason;
pub use replay::{Cadence, Player, ReplayEvent, Timeline};
pub use serve::control;

pub(crate) use again::Again;
pub(crate) use cache::{Marks, PromptCache};
pub(crate) use examine::examine_again;
pub(crate) use prompt::{Part, Prompt, PromptBlock, PromptSize};
pub(crate) use quota::Buckets;
