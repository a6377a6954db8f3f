//! Measuring a chatbot, and saying honestly whether it became worse.
//!
//! In the order a benchmark goes: a [`Suite`] says what is asked of which client and how hard; a
//! [`Session`] is one run of it, a state machine that is told the time and says what to do next;
//! [`rehearse`] drives it in virtual time, [`measure`] in real time, against any [`Client`]. What
//! comes out is a [`Document`] with raw samples. Two of them give [`Comparison`]s, whose
//! [`Verdict`] follows one rule ([`Rule`]); many of them a [`Trend`]. [`report`] renders all of it.
//!
//! The rule's error rates are measured by `tests/gate.rs`.

mod arriving;
mod chain;
mod comparison;
mod document;
mod drive;
mod evidence;
mod history;
mod measured;
mod metric;
mod original;
mod peers;
mod rehearsal;
pub mod report;
mod savings;
mod series;
mod session;
mod simulator;
mod speed;
mod suite;
mod target;
mod verdict;
mod wire;

pub use arriving::{Arrived, Arriving, Used};
pub use chain::{chatbot_chain, stage_latency};
pub use comparison::{Comparison, Family, MetricPolicy, Policies, Terms, compare};
pub use document::{Aggregate, BenchmarkResult, Document, Environment, MAX_SAMPLES, Run, VERSION};
pub use drive::{Client, Clock, Virtual, VirtualClient, measure, rehearse};
pub use evidence::{Evidence, Method};
pub use history::{State, Trend, TrendVerdict, trend};
pub use measured::{Measured, Samples};
pub use metric::{Better, Metric, Statistic};
pub use original::{
    OriginalResult, STANDARD_PROMPTS, original_baselines, original_results, original_results_at, original_summary,
};
pub use rehearsal::{Rehearsal, VirtualTarget};
pub use savings::{OfType, TypeUse};
pub use series::Series;
pub use session::{Answer, Call, CallStage, Failed, Next, Phase, Progress, Session};
pub use simulator::SimulatorClient;
pub use speed::model_entries;
pub use suite::{Benchmark, Limits, Load, Prompt, Suite, SuitePreset};
pub use target::{command_without_secrets, label_without_secrets, without_secrets};
pub use verdict::{Missing, Naive, Outcome, Rule, Severity, Verdict, naive_verdict};
pub use wire::WireClient;

/// The JSON Schema of a benchmark's result.
pub const RESULT_SCHEMA: &str = include_str!("../../docs/benchmark-result.schema.json");
