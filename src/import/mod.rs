//! What teams already have, turned into what the product works with: invocation logs, cassettes,
//! pasted answers and raw event streams into fixtures.
//!
//! Everything arrives as bytes of any size in pieces; nothing is kept before it is redacted
//! ([`Redactor`]), credentials never are.

mod any;
mod cassette;
mod fixtures;
mod invocation_log;
mod pasted;
mod records;
mod redact;

pub use any::from_any;
pub use cassette::from_cassette;
pub use fixtures::{Exchange, ExchangeResponse, Imported, Importer, Skipped};
pub use invocation_log::from_log_record;
pub use pasted::{from_event_stream, from_pasted};
pub use records::{Record, RecordSplitter};
pub use redact::{Redaction, Redactor};
