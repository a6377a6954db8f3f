use rehearsal::sim::{Goal, Knob, Needed, capacity};
use rehearsal::spreadsheet::Csv;
use rehearsal::words::{English, Locale};

use super::Failure;
use super::input::ScenarioArguments;
use super::table::table;

#[derive(clap::Args)]
pub struct Arguments {
    #[command(flatten)]
    scenario: ScenarioArguments,
    /// What to find: concurrency, rpm or tpm.
    #[arg(long, value_name = "LIMIT", default_value = "concurrency")]
    knob: String,
    /// The longest the percentile may take, in milliseconds; the scenario's service level if not given.
    #[arg(long, value_name = "MS")]
    max_ms: Option<f64>,
    /// Which percentile: 50, 90, 95, 99 or 99.9.
    #[arg(long, value_name = "P", default_value_t = 95.0)]
    percentile: f64,
    /// The largest percentage of messages that may go unanswered.
    #[arg(long, value_name = "PERCENT", default_value_t = 0.1)]
    max_lost_pct: f64,
    /// Simulate so many messages for each trial instead of a whole day's.
    #[arg(long, value_name = "N")]
    messages: Option<u64>,
    /// Print one JSON document.
    #[arg(long)]
    json: bool,
    /// Print comma-separated values.
    #[arg(long, conflicts_with = "json")]
    csv: bool,
}

pub fn run(arguments: Arguments) -> Result<String, Failure> {
    let scenario = arguments.scenario.load()?;
    let knob = Knob::from_key(&arguments.knob).ok_or_else(|| {
        Failure::input(format!("there is no limit `{}`; choose concurrency, rpm or tpm", arguments.knob))
    })?;
    let percentiles = [50.0, 90.0, 95.0, 99.0, 99.9];
    if !percentiles.contains(&arguments.percentile) {
        return Err(Failure::input(format!(
            "--percentile {} is not measured; choose 50, 90, 95, 99 or 99.9",
            arguments.percentile
        )));
    }
    super::within("--max-ms", arguments.max_ms, 0.0, 86_400_000.0)?;
    super::within("--max-lost-pct", Some(arguments.max_lost_pct), 0.0, 100.0)?;
    let goal = Goal {
        percentile: arguments.percentile / 100.0,
        max_ms: arguments.max_ms.unwrap_or(scenario.slo_ms),
        max_lost: arguments.max_lost_pct / 100.0,
    };
    let needed = capacity(&scenario, super::input::catalog(), knob, goal, arguments.messages)?;
    if arguments.json {
        super::json(&needed)
    } else if arguments.csv {
        Ok(csv(&needed))
    } else {
        Ok(report(&needed, arguments.percentile))
    }
}

fn csv(needed: &Needed) -> String {
    let mut csv = Csv::new([needed.knob.key(), "latency_ms", "share_lost", "met"]);
    for trial in &needed.tried {
        csv.row([trial.value.into(), trial.latency_ms.into(), trial.share_lost.into(), trial.met.into()]);
    }
    csv.into_text()
}

fn report(needed: &Needed, percentile: f64) -> String {
    let name = format!("P{percentile}");
    let mut rows = vec![[needed.knob.key(), &name, "unanswered", ""].map(String::from).to_vec()];
    for trial in &needed.tried {
        rows.push(vec![
            trial.value.map_or("no limit".to_string(), |v| English.number(v)),
            trial.latency_ms.map_or("-".to_string(), |v| English.ms(v)),
            English.percent(trial.share_lost),
            if trial.met { "enough" } else { "too little" }.to_string(),
        ]);
    }
    let goal = &needed.goal;
    let wanted =
        format!("{name} within {} and at most {} unanswered", English.ms(goal.max_ms), English.percent(goal.max_lost));
    let answer = match needed.value {
        Some(value) => format!("{wanted}: {} of {} is enough", needed.knob.key(), English.number(value)),
        None => match &needed.binds {
            Some(binds) => format!(
                "{wanted}: out of reach, even with no limit on {}: {} bind",
                needed.knob.key(),
                binds.name().say(&English)
            ),
            None => format!(
                "{wanted}: out of reach, even with no limit on {}: no limit binds, the answers take that long",
                needed.knob.key()
            ),
        },
    };
    let left_out = needed.left_out.map_or(String::new(), |left_out| left_out.sentence().say(&English) + "\n");
    format!("{}\n{answer}\n{left_out}", table(&rows))
}
