//! `check`: a scenario held against a budget, a time and a share of lost messages, for CI.

use rehearsal::cost::estimate;
use rehearsal::sim::{Outcome, simulate};
use rehearsal::words::{English, Locale};
use serde::Serialize;

use super::input::load_scenario;
use super::{Failure, json};

/// Holds a scenario against a budget and a service level, for CI: exit code 1 when it exceeds one or
/// too many messages get no answer, 3 when something that is needed is not known.
#[derive(clap::Args)]
pub struct Arguments {
    /// The scenario file; `-` is standard input.
    scenario: String,
    /// The most a day may cost, in dollars.
    #[arg(long, value_name = "USD")]
    max_usd_day: Option<f64>,
    /// The most milliseconds within which 95 % of all messages are answered; who gets no answer counts
    /// as one who waits for ever.
    #[arg(long, value_name = "MS")]
    max_p95_ms: Option<f64>,
    /// The most messages that may get no answer, in percent of all that come; 1 unless given.
    #[arg(long, value_name = "PERCENT")]
    max_lost: Option<f64>,
    /// Simulate so many messages instead of a whole day's.
    #[arg(long, value_name = "N")]
    messages: Option<u64>,
    /// Print one JSON document.
    #[arg(long)]
    json: bool,
}

/// Percent of the messages that may get no answer where nobody says otherwise.
const MOST_LOST_PCT: f64 = 1.0;

/// One limit and what was found.
#[derive(Serialize)]
struct Limit {
    metric: &'static str,
    limit: f64,
    /// `null` when it is not known, and for a P95 that lies among the messages without an answer.
    actual: Option<f64>,
    pass: Option<bool>,
    /// The messages it was found from.
    of: f64,
    /// Of these, the ones without an answer; `null` where nobody looked.
    unanswered: Option<u64>,
}

impl Limit {
    /// A figure of a simulated day. The P95 of a day in which too many got no answer is beyond any limit.
    fn of_day(metric: &'static str, limit: f64, actual: Option<f64>, day: &Outcome) -> Self {
        let lost = day.overall.messages - day.overall.answered;
        let pass = match actual {
            Some(actual) => Some(actual <= limit),
            None => (lost > 0).then_some(false),
        };
        Limit { metric, limit, actual, pass, of: day.overall.messages as f64, unanswered: Some(lost) }
    }
}

#[derive(Serialize)]
struct Report {
    /// `pass`, `exceeded` or `unknown`.
    verdict: &'static str,
    checks: Vec<Limit>,
    unknown: Vec<String>,
    /// What nobody looked at, and why.
    not_checked: Vec<String>,
}

pub fn run(arguments: Arguments) -> Result<String, Failure> {
    for (name, limit) in [("--max-usd-day", arguments.max_usd_day), ("--max-p95-ms", arguments.max_p95_ms)] {
        if limit.is_some_and(|limit| !limit.is_finite() || limit < 0.0) {
            return Err(Failure::input(format!("{name} needs a number of at least 0")));
        }
    }
    super::within("--max-lost", arguments.max_lost, 0.0, 100.0)?;
    if arguments.messages == Some(0) {
        return Err(Failure::input("--messages 0 simulates nobody; give at least 1, or leave it out for a whole day"));
    }
    if arguments.max_usd_day.is_none() && arguments.max_p95_ms.is_none() && arguments.max_lost.is_none() {
        return Err(Failure::input("give --max-usd-day, --max-p95-ms, --max-lost, or several"));
    }
    let scenario = load_scenario(&arguments.scenario)?;
    let catalog = super::input::catalog();
    let (mut checks, mut unknown, mut not_checked) = (Vec::new(), Vec::new(), Vec::new());
    if let Some(limit) = arguments.max_usd_day {
        let estimate = estimate(&scenario, catalog)?;
        let actual = estimate.total_daily_cost_usd.map(|usd| usd.dollars());
        let pass = actual.map(|actual| actual <= limit);
        checks.push(Limit { metric: "usd_day", limit, actual, pass, of: estimate.daily_messages, unanswered: None });
        unknown.extend(estimate.unknown);
    }
    let day = match simulate(&scenario, catalog, arguments.messages) {
        Ok(day) => Some(day),
        // Who asks for the bill alone gets it, also of a model whose speed nobody knows.
        Err(problems) if arguments.max_p95_ms.is_none() && arguments.max_lost.is_none() => {
            not_checked.push(format!("lost messages: {problems}"));
            None
        }
        Err(problems) => return Err(problems.into()),
    };
    if let Some(day) = &day {
        if let Some(limit) = arguments.max_p95_ms {
            checks.push(Limit::of_day("p95_ms", limit, day.overall.with_unanswered.p95, day));
        }
        let lost_pct = day.overall.unanswered.map(|share| share * 100.0);
        checks.push(Limit::of_day("lost_pct", arguments.max_lost.unwrap_or(MOST_LOST_PCT), lost_pct, day));
        unknown.extend(checks.iter().filter(|check| check.pass.is_none()).map(|check| check.metric.to_string()));
    }
    let (verdict, code) = if checks.iter().any(|check| check.pass == Some(false)) {
        ("exceeded", 1)
    } else if checks.iter().any(|check| check.pass.is_none()) {
        ("unknown", 3)
    } else {
        ("pass", 0)
    };
    let report = Report { verdict, checks, unknown, not_checked };
    let output = if arguments.json { json(&report)? } else { say(&report) };
    if code == 0 { Ok(output) } else { Err(Failure { code, message: String::new(), output }) }
}

fn say(report: &Report) -> String {
    let mut out = String::new();
    for check in &report.checks {
        let word = match check.pass {
            Some(true) => "ok      ",
            Some(false) => "exceeded",
            None => "unknown ",
        };
        let of = English.number(libm::round(check.of));
        let known = |write: fn(f64) -> String, actual: f64| (write(actual), write(check.limit));
        let sentence = match (check.metric, check.actual) {
            (_, None) if check.pass == Some(false) => format!(
                "95 % of all {of} messages: {} of them get no answer, so there is no such time; the limit is {}",
                English.number(check.unanswered.unwrap_or(0) as f64),
                English.ms(check.limit)
            ),
            (metric, None) => format!("{metric}: not known; the limit is {}", check.limit),
            ("usd_day", Some(actual)) => {
                let (actual, limit) = known(|value| English.usd(value), actual);
                format!("a day of {of} messages costs {actual}, the limit is {limit}")
            }
            ("p95_ms", Some(actual)) => {
                let (actual, limit) = known(|value| English.ms(value), actual);
                format!("95 % of all {of} messages are answered within {actual}, the limit is {limit}")
            }
            (_, Some(actual)) => {
                let (actual, limit) = known(|value| English.percent(value / 100.0), actual);
                let lost = English.number(check.unanswered.unwrap_or(0) as f64);
                format!("{lost} of {of} messages get no answer ({actual}), the limit is {limit}")
            }
        };
        out.push_str(&format!("{word}  {sentence}\n"));
    }
    if !report.unknown.is_empty() {
        out.push_str(&format!("not known: {}\n", report.unknown.join(", ")));
    }
    for what in &report.not_checked {
        out.push_str(&format!("not looked at: {what}\n"));
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(document: &str, edit: impl Fn(&mut Arguments)) -> (u8, String) {
        let path = std::env::temp_dir().join(format!("rehearsal-check-{}-{}.json", std::process::id(), document.len()));
        std::fs::write(&path, document).expect("the scenario is written");
        let mut arguments = Arguments {
            scenario: path.to_string_lossy().into_owned(),
            max_usd_day: None,
            max_p95_ms: None,
            max_lost: None,
            messages: Some(20_000),
            json: false,
        };
        edit(&mut arguments);
        match run(arguments) {
            Ok(output) => (0, output),
            Err(failure) => (failure.code, failure.output + &failure.message),
        }
    }

    #[test]
    fn who_gets_no_answer_is_late() {
        let loss = |rate: f64| format!(r#"{{"faults": {{"throttle_rate": {rate}}}, "retry": {{"mode": "none"}}}}"#);
        let p95 = |arguments: &mut Arguments| arguments.max_p95_ms = Some(3_000.0);
        let (code, said) = check(&loss(0.2), p95);
        assert_eq!(code, 1, "{said}");
        assert!(said.contains("exceeded  95 % of all 20,000 messages: 2,") && said.contains("get no answer"), "{said}");
        // 0.6575 x 2 % are lost: too many by default, and not if someone says so.
        let (code, said) = check(&loss(0.02), p95);
        assert!(code == 1 && said.contains("ok        95 % of all 20,000 messages are answered within"), "{said}");
        let (code, said) = check(&loss(0.02), |arguments| {
            p95(arguments);
            arguments.max_lost = Some(2.0);
        });
        assert!(code == 0 && said.contains("of 20,000 messages get no answer (1."), "{said}");
        let (code, said) = check("{}", |arguments| arguments.max_usd_day = Some(2_000.0));
        assert!(code == 0 && said.contains("0 of 20,000 messages get no answer"), "{said}");
    }

    #[test]
    fn a_check_that_could_not_look_is_not_fine() {
        let (code, said) = check(r#"{"daily_messages": 0}"#, |arguments| {
            arguments.max_p95_ms = Some(3_000.0);
            arguments.messages = None;
        });
        assert_eq!(code, 3, "{said}");
        let (code, _) = check("{}", |arguments| arguments.messages = Some(0));
        assert_eq!(code, 2);
    }
}
