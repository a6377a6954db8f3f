//! What teams already have, turned into what the product works with: invocation logs, cassettes,
//! pasted answers and raw event streams into fixtures; logs of any size into a scenario and a bill.
//!
//! Everything arrives as bytes of any size in pieces; nothing is kept before it is redacted
//! ([`crate::redact`]), credentials never are.

mod any;
mod arrivals;
mod backtest;
mod cassette;
mod fixtures;
mod invocation_log;
mod log_reader;
mod own_chatbot;
mod pasted;
mod records;
mod rule;
mod sql;
mod summary;
mod to_scenario;
mod usage_csv;

pub use crate::redact::{Redaction, Redactor};
pub use any::from_any;
pub use arrivals::{Burstiness, PerMinute};
pub use backtest::{Backtest, BillMisfit, Misfit, Percentiles, backtest, backtest_of};
pub use cassette::from_cassette;
pub use fixtures::{Exchange, ExchangeResponse, Imported, Importer, Skipped, Untaken};
pub use invocation_log::from_log_record;
pub use log_reader::{ImportOptions, LogReader, LogSummary};
pub use own_chatbot::{FirstScenario, Guess, Sample, first_scenario};
pub use pasted::{from_event_stream, from_pasted};
pub use records::{Record, RecordSplitter};
pub use rule::TypeRule;
pub use sql::athena_sql;
pub use summary::{Call, CallOutcome, CellKey, Summary, Sums, Times};
pub use to_scenario::{ImportedLog, to_scenario};
pub use usage_csv::UNNAMED_MODEL;
