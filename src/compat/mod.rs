//! The behaviour of the original Python document, kept as named functions for teams that come
//! from it.
//!
//! Nothing in the product uses these for its own answers: the original counts four characters a
//! token, splits streams at spaces, drops messages by truncation and calls any P95 change over
//! ten percent a regression. [`reference_file`] recomputes a whole file of its results.

mod bench;
mod cost;
mod headlines;
mod mock;
mod random;
mod reference_file;
mod tokens;

pub use bench::{NaiveStatus, describe_by_index, naive_regression};
pub use cost::{CompatError, QueryProfile, estimate_daily_cost};
pub use headlines::{Headline, headlines};
pub use mock::{EchoClient, ForcedError, InvokeResult, stream_word_chunks};
pub use random::PythonRandom;
pub use reference_file::recompute;
pub use tokens::{call_cost_usd, estimate_tokens_len4};
