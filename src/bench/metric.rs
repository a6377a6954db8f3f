//! What can be compared between two results: metrics, their statistics, directions and units.

use serde::Serialize;

use crate::stats::{LOW_PERCENTILES, PERCENTILES};
use crate::words::Word;

/// Which way a metric should go.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum Better {
    Lower,
    Higher,
}

impl Better {
    /// The percentiles that say how bad the bad ones are, by name and fraction.
    pub fn percentiles(self) -> &'static [(&'static str, f64)] {
        match self {
            Better::Lower => &PERCENTILES,
            Better::Higher => &LOW_PERCENTILES,
        }
    }
}

/// What is computed from a run's values.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Statistic {
    Quantile(f64),
    Mean,
    /// One over the mean: values are the times between completions.
    Rate,
    /// The fraction of values that are not 0; a change is a difference in percentage points.
    Share,
}

/// What can be compared between two results.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Metric {
    P50,
    P90,
    P95,
    P99,
    P99_9,
    Mean,
    TtftP50,
    TtftP95,
    InterTokenP95,
    Throughput,
    Cost,
    /// The share of requests without an answer, for whatever reason.
    ErrorRate,
    /// The share of requests that took longer than the timeout; the error rate counts them, too.
    Timeouts,
    /// The share of requests answered within the service level.
    Goodput,
}

impl Metric {
    /// What is lost: weighed beside whatever is asked for, since requests that were never answered
    /// make every latency look better.
    pub const GUARDS: [Metric; 3] = [Metric::ErrorRate, Metric::Timeouts, Metric::Goodput];

    pub const ALL: [Metric; 14] = [
        Metric::P50,
        Metric::P90,
        Metric::P95,
        Metric::P99,
        Metric::P99_9,
        Metric::Mean,
        Metric::TtftP50,
        Metric::TtftP95,
        Metric::InterTokenP95,
        Metric::Throughput,
        Metric::Cost,
        Metric::ErrorRate,
        Metric::Timeouts,
        Metric::Goodput,
    ];

    /// The name on the command line and in documents.
    pub fn key(self) -> &'static str {
        match self {
            Metric::P50 => "p50",
            Metric::P90 => "p90",
            Metric::P95 => "p95",
            Metric::P99 => "p99",
            Metric::P99_9 => "p99_9",
            Metric::Mean => "mean",
            Metric::TtftP50 => "ttft_p50",
            Metric::TtftP95 => "ttft_p95",
            Metric::InterTokenP95 => "inter_token_p95",
            Metric::Throughput => "throughput",
            Metric::Cost => "cost",
            Metric::ErrorRate => "error_rate",
            Metric::Timeouts => "timeouts",
            Metric::Goodput => "goodput",
        }
    }

    pub fn from_key(key: &str) -> Option<Self> {
        Metric::ALL.into_iter().find(|metric| metric.key() == key)
    }

    /// Its name as people say it.
    pub fn word(self) -> Word {
        match self {
            Metric::P50 => Word::bench_metric_p50,
            Metric::P90 => Word::bench_metric_p90,
            Metric::P95 => Word::bench_metric_p95,
            Metric::P99 => Word::bench_metric_p99,
            Metric::P99_9 => Word::bench_metric_p99_9,
            Metric::Mean => Word::bench_metric_mean,
            Metric::TtftP50 => Word::bench_metric_ttft_p50,
            Metric::TtftP95 => Word::bench_metric_ttft_p95,
            Metric::InterTokenP95 => Word::bench_metric_inter_token_p95,
            Metric::Throughput => Word::bench_metric_throughput,
            Metric::Cost => Word::bench_metric_cost,
            Metric::ErrorRate => Word::bench_metric_error_rate,
            Metric::Timeouts => Word::bench_metric_timeouts,
            Metric::Goodput => Word::bench_metric_goodput,
        }
    }

    pub fn better(self) -> Better {
        match self {
            Metric::Throughput | Metric::Goodput => Better::Higher,
            _ => Better::Lower,
        }
    }

    pub fn statistic(self) -> Statistic {
        match self {
            Metric::P50 | Metric::TtftP50 => Statistic::Quantile(0.5),
            Metric::P90 => Statistic::Quantile(0.9),
            Metric::P95 | Metric::TtftP95 | Metric::InterTokenP95 => Statistic::Quantile(0.95),
            Metric::P99 => Statistic::Quantile(0.99),
            Metric::P99_9 => Statistic::Quantile(0.999),
            Metric::Mean | Metric::Cost => Statistic::Mean,
            Metric::Throughput => Statistic::Rate,
            Metric::ErrorRate | Metric::Timeouts | Metric::Goodput => Statistic::Share,
        }
    }

    /// Its name and statistic on a plain series: where more is better, the low end is what people
    /// feel, so that `p95` judges the P5, and is called so.
    pub fn on_series(self, better: Better) -> (&'static str, Statistic) {
        match (self, better) {
            (Metric::P90, Better::Higher) => ("p10", Statistic::Quantile(0.1)),
            (Metric::P95, Better::Higher) => ("p5", Statistic::Quantile(0.05)),
            (Metric::P99, Better::Higher) => ("p1", Statistic::Quantile(0.01)),
            (Metric::P99_9, Better::Higher) => ("p0_1", Statistic::Quantile(0.001)),
            _ => (self.key(), self.statistic()),
        }
    }

    /// How much worse is too much where nothing else is said: percent, or points of a share.
    pub fn default_threshold_pct(self) -> f64 {
        match self {
            Metric::ErrorRate | Metric::Timeouts => 1.0,
            Metric::Goodput => 2.0,
            Metric::Cost => 5.0,
            _ => 10.0,
        }
    }

    /// Whether it is a time: what `--min-change-ms` is a floor of.
    pub fn is_time(self) -> bool {
        self.unit() == "ms"
    }

    /// The unit of its values.
    pub fn unit(self) -> &'static str {
        match self {
            Metric::Throughput => "1/s",
            Metric::Cost => "USD",
            Metric::ErrorRate | Metric::Timeouts | Metric::Goodput => "share",
            _ => "ms",
        }
    }
}

impl Serialize for Metric {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.key())
    }
}
