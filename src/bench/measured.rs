//! A file of measurements, whichever form it has, and what can be asked of it.

use serde_json::{Map, Value, json};

use crate::document;
use crate::problem::{Problem, Problems, Warned};
use crate::stats::{QuantileMethod, Summary, describe_at, quantile};
use crate::words::{English, Message, Word};

use super::comparison::{Comparison, Family, Terms, compare, first};
use super::document::Document;
use super::evidence::Method;
use super::history::{Trend, trend};
use super::metric::{Better, Metric};
use super::peers;
use super::report::histogram_lines;
use super::series::Series;
use super::verdict::{Outcome, Rule, Severity};

/// What a file of measurements holds: a result document, or plain numbers.
#[derive(Clone, Debug, PartialEq)]
#[allow(clippy::large_enum_variant, reason = "one stands for a whole file")]
pub enum Measured {
    Series(Series),
    Document(Document),
}

impl Measured {
    /// Reads either form, or the raw samples of another tool.
    ///
    /// # Errors
    /// Everything in it that cannot be used, with its path.
    pub fn read(text: &str) -> Result<Warned<Measured>, Problems> {
        Measured::read_in(text, None)
    }

    /// Reads either form; `unit` is that of an old series, which does not say it.
    ///
    /// # Errors
    /// Everything in it that cannot be used, with its path.
    pub fn read_in(text: &str, unit: Option<&str>) -> Result<Warned<Measured>, Problems> {
        let value = match document::parse(text) {
            Ok(value) => value,
            Err(problem) => {
                let start = text.trim_start_matches('\u{feff}').trim_start();
                return match peers::of_text(text) {
                    Some(read) => read.map(as_document),
                    // What begins as JSON is told where it stops being that.
                    None if start.is_empty() || start.starts_with(['{', '[']) => Err(problem.into()),
                    None => Err(peers::unknown()),
                };
            }
        };
        if Series::is_series(&value) {
            let output = Measured::Series(Series::of_document(&value, unit)?);
            return Ok(Warned { output, warnings: Vec::new() });
        }
        if value.get("kind").is_some() {
            return Document::of_value(&value).map(as_document);
        }
        peers::of_json(&value).unwrap_or_else(|| Err(peers::unknown())).map(as_document)
    }

    /// The verdicts on what changed since a baseline; without one, of a first run.
    ///
    /// # Errors
    /// Why the two are not comparable: another form, unit, direction, or method of measuring;
    /// nothing in one of them.
    pub fn since(&self, baseline: Option<&Measured>, terms: &Terms) -> Result<Family, Problems> {
        match (baseline, self) {
            (Some(Measured::Series(a)), Measured::Series(b)) => {
                comparable(a, b)?;
                for (side, word, hint) in [
                    (a, Word::bench_baseline_empty, Word::bench_baseline_empty_hint),
                    (b, Word::bench_candidate_empty, Word::bench_no_samples_hint),
                ] {
                    if side.is_empty() {
                        return Err(Problem::error("runs", word, hint).into());
                    }
                }
                of_series(&a.without_empty_runs(), &b.without_empty_runs(), terms)
            }
            (None, Measured::Series(b)) if b.is_empty() => {
                Err(Problem::error("runs", Word::bench_candidate_empty, Word::bench_no_samples_hint).into())
            }
            (None, Measured::Series(b)) => {
                of_series(&Series { runs: Vec::new(), ..b.clone() }, &b.without_empty_runs(), terms)
            }
            (Some(Measured::Document(a)), Measured::Document(b)) => compare(a, b, terms),
            (None, Measured::Document(b)) => first(b, terms),
            _ => Err(Problem::error("", Word::bench_two_forms, Word::bench_two_forms_hint).into()),
        }
    }

    /// Several files as one history, oldest first: the runs of each series, or of each benchmark by
    /// its name, after those of the files before.
    ///
    /// # Errors
    /// Files of different forms, units or directions.
    pub fn one_history(parts: Vec<Measured>) -> Result<Measured, Problems> {
        let mut parts = parts.into_iter();
        let mut whole =
            parts.next().ok_or_else(|| Problem::error("", Word::bench_candidate_empty, Word::bench_no_samples_hint))?;
        for part in parts {
            match (&mut whole, part) {
                (Measured::Series(whole), Measured::Series(part)) => {
                    comparable(whole, &part)?;
                    whole.runs.extend(part.runs);
                }
                (Measured::Document(whole), Measured::Document(part)) => {
                    for benchmark in part.benchmarks {
                        match whole.benchmarks.iter_mut().find(|known| known.name == benchmark.name) {
                            Some(known) => known.runs.extend(benchmark.runs),
                            None => whole.benchmarks.push(benchmark),
                        }
                    }
                }
                _ => return Err(Problem::error("", Word::bench_two_forms, Word::bench_two_forms_hint).into()),
            }
        }
        Ok(whole)
    }

    /// Drift and steps over its runs, oldest first; of a document the first benchmark's unless
    /// another is named.
    ///
    /// # Errors
    /// Why there is no such series.
    pub fn trend(&self, benchmark: Option<&str>, metric: Metric, threshold_pct: f64) -> Result<Trend, Problems> {
        let (series, statistic) = match self {
            Measured::Series(series) if !metric.of_latencies() => {
                return Err(no_values(if series.is_empty() { "runs" } else { "" }, metric));
            }
            Measured::Series(series) => (series.without_empty_runs(), metric.on_series(series.better)),
            Measured::Document(document) => {
                let found = match benchmark {
                    Some(name) => document.benchmark(name),
                    None => document.benchmarks.first(),
                };
                let found = found.ok_or_else(|| {
                    let names: Vec<&str> = document.benchmarks.iter().map(|b| b.name.as_str()).collect();
                    let what = Message::new(Word::bench_no_such).text("name", benchmark.unwrap_or_default());
                    let hint = Message::new(Word::not_one_of_hint).text("all", names.join(", "));
                    Problem::error("benchmarks", what, hint)
                })?;
                let series = found.series(metric).ok_or_else(|| no_values(&found.name, metric))?;
                (series, (metric.key(), metric.statistic()))
            }
        };
        Ok(trend(&series, statistic, threshold_pct))
    }

    /// Each series with its name; a plain one has none.
    pub fn samples(&self) -> Vec<Samples> {
        match self {
            Measured::Series(series) => vec![Samples {
                name: String::new(),
                unit: series.unit.clone(),
                better: series.better,
                values: series.pooled(),
            }],
            Measured::Document(document) => document
                .benchmarks
                .iter()
                .map(|benchmark| Samples {
                    name: benchmark.name.clone(),
                    unit: "ms".to_string(),
                    better: Better::Lower,
                    values: benchmark.latencies(),
                })
                .collect(),
        }
    }

    /// Quantiles by every method, with intervals and a histogram, as JSON: one object for a single
    /// series, else `{"benchmarks": […]}`. Where more is better they are those of the low end.
    ///
    /// # Errors
    /// What has no samples.
    pub fn described(&self) -> Result<Value, Problems> {
        let mut all = self.samples().iter().map(described).collect::<Result<Vec<_>, Problems>>()?;
        if all.is_empty() {
            return Err(no_samples(""));
        }
        Ok(if all.len() == 1 { all.swap_remove(0) } else { json!({"benchmarks": all}) })
    }
}

fn as_document(read: Warned<Document>) -> Warned<Measured> {
    Warned { output: Measured::Document(read.output), warnings: read.warnings }
}

/// The values of one series, in the order they were taken.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Samples {
    pub name: String,
    pub unit: String,
    pub better: Better,
    pub values: Vec<f64>,
}

impl Samples {
    /// What they say, judged at the end where they are worst; `None` of no values.
    pub fn summary(&self) -> Option<Summary> {
        describe_at(&self.values, self.better.percentiles())
    }
}

fn described(all: &Samples) -> Result<Value, Problems> {
    let Samples { name, unit, better, values: samples } = all;
    let summary = all.summary().ok_or_else(|| no_samples(name))?;
    let mut sorted = samples.to_vec();
    sorted.sort_by(f64::total_cmp);
    let by_method = |p: f64| -> Map<String, Value> {
        QuantileMethod::ALL
            .map(|method| (method.key().to_string(), json!(quantile(&sorted, p, method))))
            .into_iter()
            .collect()
    };
    let quantiles: Map<String, Value> =
        better.percentiles().iter().map(|(name, p)| (name.to_string(), Value::Object(by_method(*p)))).collect();
    let mut value = json!(summary);
    value["name"] = json!(name);
    value["unit"] = json!(unit);
    value["better"] = json!(better);
    value["quantiles"] = Value::Object(quantiles);
    value["histogram"] = json!(histogram_lines(samples));
    Ok(value)
}

fn no_samples(name: &str) -> Problems {
    let what = Word::bench_no_samples;
    Problem::error(if name.is_empty() { "runs" } else { "benchmarks" }, what, Word::bench_no_samples_hint).into()
}

fn of_series(a: &Series, b: &Series, terms: &Terms) -> Result<Family, Problems> {
    match terms.metrics.iter().find(|metric| !metric.of_latencies()) {
        Some(metric) => Err(no_values("", *metric)),
        None => Ok(Family::of_series(a, b, terms)),
    }
}

pub(super) fn no_values(name: &str, metric: Metric) -> Problems {
    let what = Message::new(Word::bench_no_metric).text("metric", metric.key());
    let of_latencies = Metric::ALL.into_iter().filter(|metric| metric.of_latencies());
    let all: Vec<&str> = of_latencies.map(Metric::key).collect();
    Problem::error(name, what, Message::new(Word::not_one_of_hint).text("all", all.join(", "))).into()
}

fn comparable(a: &Series, b: &Series) -> Result<(), Problems> {
    if a.unit != b.unit {
        let what = Message::new(Word::bench_unit).text("a", a.unit.as_str()).text("b", b.unit.as_str());
        return Err(Problem::error("unit", what, Word::bench_unit_hint).into());
    }
    if a.better != b.better {
        return Err(Problem::error("better", Word::bench_direction, Word::bench_direction_hint).into());
    }
    Ok(())
}

impl Family {
    /// Replaces each verdict by what the original's rule says of it.
    pub fn naive(mut self, gate: bool) -> Family {
        for comparison in &mut self.comparisons {
            let verdict = &mut comparison.verdict;
            let Some(said) = verdict.naive.clone() else { continue };
            verdict.verdict = said.verdict;
            verdict.change_pct = said.change_pct;
            verdict.ci_pct = None;
            verdict.replicates = None;
            verdict.requests_needed = None;
            verdict.held = false;
            verdict.notes.clear();
            verdict.method = Method::Naive;
            verdict.severity = match said.verdict {
                Outcome::Regression if gate => Severity::Failure,
                Outcome::Regression => Severity::Warning,
                _ => Severity::None,
            };
        }
        self
    }

    /// The deciding verdict as JSON, with all of them beside it and each in a sentence.
    pub fn to_value(&self) -> Value {
        let spoken = |comparison: &Comparison| {
            let mut value = json!(comparison);
            let notes: Vec<String> = comparison.verdict.notes.iter().map(|note| note.say(&English)).collect();
            value["sentence"] = json!(comparison.verdict.sentence(&comparison.benchmark).say(&English));
            value["notes"] = json!(notes);
            value
        };
        let all: Vec<Value> = self.comparisons.iter().map(spoken).collect();
        let mut value = self.worst().map_or_else(|| json!({"verdict": Outcome::Baseline}), spoken);
        let differences: Vec<String> = self.differences.iter().map(|message| message.say(&English)).collect();
        value["family"] = json!({
            "size": self.size,
            "correction": self.correction,
            "missing": self.missing,
            "allowed": self.allowed,
            "without": self.without,
            "differences": differences,
        });
        value["comparisons"] = Value::Array(all);
        value
    }
}

impl Metric {
    /// Whether it is a statistic of the latencies themselves, which a plain series has.
    pub fn of_latencies(self) -> bool {
        matches!(self, Metric::P50 | Metric::P90 | Metric::P95 | Metric::P99 | Metric::P99_9 | Metric::Mean)
    }

    /// The metrics of these names; the P95 of none.
    ///
    /// # Errors
    /// A name that is none.
    pub fn named(names: &[String]) -> Result<Vec<Metric>, Problems> {
        if names.is_empty() {
            return Ok(vec![Metric::P95]);
        }
        let of = |name: &String| {
            Metric::from_key(name).ok_or_else(|| {
                super::series::not_one_of("metric", name, &Metric::ALL.map(Metric::key).join(", ")).into()
            })
        };
        names.iter().map(of).collect()
    }
}

impl Rule {
    /// The rule with these numbers.
    ///
    /// # Errors
    /// A threshold outside 0 to 10,000 %, or fewer than 100 or more than 1,000,000 replicates.
    pub fn new(threshold_pct: Option<f64>, replicates: u32, seed: u64, gate: bool) -> Result<Self, Problems> {
        let mut problems = Vec::new();
        let mut range = |path: &str, value: f64, least: f64, most: f64| {
            if !(least..=most).contains(&value) {
                let what = Message::new(Word::out_of_range).text("value", value.to_string());
                let hint = Message::new(Word::out_of_range_hint).number("least", least).number("most", most);
                problems.push(Problem::error(path, what, hint));
            }
        };
        let usual = Rule::default();
        let threshold_pct = threshold_pct.unwrap_or(usual.threshold_pct);
        range("threshold", threshold_pct, 0.0, 10_000.0);
        range("replicates", f64::from(replicates), 100.0, 1_000_000.0);
        if problems.is_empty() {
            Ok(Rule { threshold_pct, replicates, seed, gate, ..usual })
        } else {
            Err(Problems(problems))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_compared_says_why() {
        let series = |text: &str| Measured::read(text).unwrap().output;
        let ms = series(r#"{"unit":"ms","runs":[[1,2,3]]}"#);
        let check = |baseline: &Measured, metric: Metric, expected: &str| {
            let said = ms.since(Some(baseline), &Terms::of(&[metric], Rule::default()));
            assert_eq!(said.unwrap_err().to_string(), expected);
        };
        check(
            &series(r#"{"unit":"s","runs":[[1]]}"#),
            Metric::P95,
            "unit: The units differ: s and ms. Measure both in the same unit.",
        );
        check(
            &series(r#"{"unit":"ms","better":"higher","runs":[[1]]}"#),
            Metric::P95,
            "better: One side says lower is better, the other higher. Give both the same `better`.",
        );
        check(&ms, Metric::Goodput, "There is no `goodput` in it. Choose one of: p50, p90, p95, p99, p99_9, mean.");
        // More is better: the worst requests a second are the fewest.
        let rates: Vec<u32> = (1..=1_000).collect();
        let text = serde_json::json!({"unit": "requests/s", "better": "higher", "runs": [rates]}).to_string();
        let said = series(&text).described().unwrap();
        let names: Vec<&String> = said["quantiles"].as_object().unwrap().keys().collect();
        assert_eq!(names, ["p50", "p10", "p5", "p1", "p0_1"]);
        assert_eq!((&said["better"], &said["quantiles"]["p5"]["hyndman-fan-7"]), (&json!("higher"), &json!(50.95)));
        assert_eq!(
            series(r#"{"unit":"ms","runs":[]}"#).described().unwrap_err().to_string(),
            "runs: There are no samples in it. Measure at least one request.",
        );
    }
}
