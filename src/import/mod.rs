//! What teams already have, turned into what the product works with: invocation logs, cassettes,
//! pasted answers and raw event streams into fixtures; logs of any size into a scenario and a bill.
//!
//! Everything arrives as bytes of any size in pieces; nothing is kept before it is redacted
//! ([`crate::redact`]), credentials never are.

mod any;
mod arrivals;
mod backtest;
mod bedrock_record;
mod bill;
mod body;
mod cassette;
mod classes;
mod columns;
mod cost_console;
mod cost_report;
mod draft;
mod encoding;
mod error;
mod findings;
mod fixtures;
mod forms;
mod gunzip;
mod har;
mod http;
mod invocation_log;
mod lenient;
mod lines;
mod log_reader;
mod logged;
mod model_id;
mod own_chatbot;
mod pasted;
mod reconcile;
mod records;
mod rows;
mod rule;
mod scalar;
mod seen;
mod span;
mod spans;
mod sql;
mod sql_prompt;
mod summary;
mod time_zone;
mod to_scenario;
mod usage_csv;

pub use crate::redact::{Redaction, Redactor};
pub use any::from_any;
pub use arrivals::{Burstiness, PerMinute};
pub use backtest::{Backtest, BillMisfit, Misfit, Percentiles, backtest, backtest_of};
pub use bill::Bill;
pub(crate) use bill::model_named;
pub use cassette::from_cassette;
pub use cost_report::{CostReport, LineItem, LineKind};
pub use error::{Error, ErrorCode, Place};
pub use findings::{Finding, FindingCode};
pub use fixtures::{Exchange, ExchangeResponse, Imported, Importer, Skipped, Untaken};
pub use gunzip::Gunzip;
pub use har::from_har;
pub use http::{HttpExchange, asked_of};
pub use invocation_log::from_log_record;
pub use log_reader::{FileRead, ImportOptions, LogReader, LogSummary, SkippedLine};
pub use logged::{LoggedCall, LoggedRequest};
pub use model_id::Profiles;
pub use own_chatbot::{FirstScenario, Guess, OwnCounts, Sample, first_scenario};
pub use pasted::{from_event_stream, from_pasted, from_sse};
pub use reconcile::{ReconciledLine, Reconciliation, reconcile};
pub use records::{Record, RecordSplitter};
pub use rows::{Counting, CountingSource};
pub use rule::TypeRule;
pub use span::Span;
pub use sql::{Dialect, summary_sql};
pub use summary::{CacheUse, Call, CallOutcome, CellKey, Summary, Sums, Times, thresholds};
pub use time_zone::{TimeZone, ZoneSource};
pub use to_scenario::{ImportedLog, Tokens, to_scenario, to_scenario_on};
pub use usage_csv::UNNAMED_MODEL;
