//! A plain series: the values of one metric, run by run, which is what a person writes by hand and
//! what every comparison comes down to.

use serde_json::Value;

use crate::document::{self, Fields, Findings};
use crate::problem::{Problem, Problems};
use crate::words::{Message, Word};

use super::metric::Better;

/// The values of a metric, run by run, in the order they were taken: all a comparison needs.
#[derive(Clone, Debug, PartialEq)]
pub struct Series {
    pub unit: String,
    pub better: Better,
    /// Whether the runs of the two sides took turns, so that the first belongs to the first.
    pub interleaved: bool,
    pub runs: Vec<Vec<f64>>,
}

/// The most values a series may have.
const MAX_VALUES: usize = 20_000_000;
/// The most characters of a unit.
const MAX_UNIT: usize = 40;

impl Series {
    /// A series where less is better.
    pub fn of(unit: &str, runs: Vec<Vec<f64>>) -> Self {
        Series { unit: unit.to_string(), better: Better::Lower, interleaved: false, runs }
    }

    /// All values of all runs.
    pub fn pooled(&self) -> Vec<f64> {
        self.runs.concat()
    }

    /// How many values there are.
    pub fn len(&self) -> usize {
        self.runs.iter().map(Vec::len).sum()
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The series without its empty runs, which say nothing and would count as runs.
    pub fn without_empty_runs(&self) -> Series {
        Series { runs: self.runs.iter().filter(|run| !run.is_empty()).cloned().collect(), ..self.clone() }
    }

    /// Reads `{"unit": "ms", "better": "lower", "runs": [[…], …]}`; a run of one number may be
    /// written without brackets.
    ///
    /// # Errors
    /// Everything in it that cannot be used, with its path.
    pub fn read(text: &str) -> Result<Self, Problems> {
        Series::of_document(&document::parse(text)?, None)
    }

    /// Whether a document has the form of a series.
    pub fn is_series(document: &Value) -> bool {
        document.get("runs").is_some() && document.get("benchmarks").is_none()
    }

    /// Reads a series from parsed JSON; `unit` is that of an old one, which does not say.
    ///
    /// # Errors
    /// See [`Series::read`].
    pub fn of_document(document: &Value, unit: Option<&str>) -> Result<Self, Problems> {
        let findings = Findings::default();
        let series = Fields::of(document, "", &findings).and_then(|fields| {
            fields.value("version");
            fields.value("name");
            let better = match fields.text("better").as_deref() {
                None | Some("lower") => Better::Lower,
                Some("higher") => Better::Higher,
                Some(other) => {
                    findings.push(not_one_of("better", other, "lower, higher"));
                    Better::Lower
                }
            };
            let unit = fields.text("unit").or_else(|| unit.map(str::to_string)).unwrap_or_else(|| {
                if !findings.any_at("unit") {
                    findings.push(Problem::error("unit", Word::bench_no_unit, Word::bench_no_unit_hint));
                }
                String::new()
            });
            if unit.chars().count() > MAX_UNIT {
                let long = Message::new(Word::bench_unit_long).text("unit", &unit);
                findings.push(Problem::error("unit", long, Word::bench_unit_long_hint));
            }
            let interleaved = fields.flag("interleaved").unwrap_or(false);
            let runs = fields.required("runs", fields.items("runs"))?;
            let runs = runs.into_iter().map(|(path, run)| values(&path, run, &findings)).collect();
            Some(Series { unit, better, interleaved, runs })
        });
        let problems = findings.into_problems();
        match series {
            Some(series) if !problems.iter().any(Problem::is_error) => {
                if series.len() > MAX_VALUES {
                    let what = Message::new(Word::bench_too_many).number("most", MAX_VALUES as f64);
                    return Err(Problem::error("runs", what, Word::bench_too_many_hint).into());
                }
                Ok(series)
            }
            _ => Err(Problems(problems)),
        }
    }
}

/// The numbers of one run.
pub(super) fn values(path: &str, run: &Value, findings: &Findings) -> Vec<f64> {
    let one = |path: String, value: &Value| match value.as_f64() {
        Some(number) if number >= 0.0 => Some(number),
        Some(number) => {
            let what = Message::new(Word::bench_negative).text("value", number.to_string());
            findings.push(Problem::error(path, what, Word::bench_negative_hint));
            None
        }
        None => {
            findings.push(document::wrong_type(path, value, Word::expected_number));
            None
        }
    };
    match run {
        Value::Array(values) => {
            values.iter().enumerate().filter_map(|(i, value)| one(format!("{path}[{i}]"), value)).collect()
        }
        value => one(path.to_string(), value).into_iter().collect(),
    }
}

pub(super) fn not_one_of(path: &str, value: &str, all: &str) -> Problem {
    let what = Message::new(Word::not_one_of).text("value", value);
    Problem::error(path, what, Message::new(Word::not_one_of_hint).text("all", all))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn series_are_read_and_what_is_wrong_is_placed() {
        let read = Series::read(r#"{"unit":"ms","better":"lower","runs":[[1,2.5],[3],4]}"#).unwrap();
        assert_eq!(read.runs, [vec![1.0, 2.5], vec![3.0], vec![4.0]]);
        let check = |text: &str, expected: &str| assert_eq!(Series::read(text).unwrap_err().to_string(), expected);
        check(r#"{"unit":"ms"}"#, "The field `runs` is missing. Add it.");
        check(
            r#"{"runs":[[1]]}"#,
            "unit: The unit is missing. \
             Write \"unit\": \"ms\" into the series, or say --unit ms|s to read an old one.",
        );
        check(
            &format!(r#"{{"unit":"{}","runs":[[1]]}}"#, "x".repeat(5_000)),
            &format!("unit: “{}…” is no unit. Write one as short as \"requests/s\".", "x".repeat(99)),
        );
        let old = document::parse(r#"{"runs":[[1]]}"#).unwrap();
        assert_eq!(Series::of_document(&old, Some("s")).unwrap().unit, "s");
        check(
            r#"{"unit":"ms","runs":[[1,-2]]}"#,
            "runs[0][1]: -2 is below zero. Expected a duration, a cost or a count of at least 0.",
        );
        check(r#"{"unit":"ms","runs":[["fast"]]}"#, "runs[0][0]: \"fast\" is of the wrong type. Expected a number.");
        check(
            r#"{"unit":"ms","better":"best","runs":[]}"#,
            "better: “best” is not a choice. Choose one of: lower, higher.",
        );
    }
}
