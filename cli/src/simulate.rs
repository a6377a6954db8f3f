use std::ops::ControlFlow;

use rehearsal::sim::{
    LoadPoint, Outcome, Plan, PopulationFigures, Ranged, knee, knee_sentence, load_point, simulate_plan,
};
use rehearsal::spreadsheet::{Cell, Csv};
use rehearsal::words::{English, Locale, Message};
use serde_json::json;

use super::Failure;
use super::input::ScenarioArguments;
use super::table::table;

#[derive(clap::Args)]
pub struct Arguments {
    #[command(flatten)]
    scenario: ScenarioArguments,
    /// Simulate so many messages instead of a whole day's.
    #[arg(long, value_name = "N")]
    messages: Option<u64>,
    /// Use another seed than the scenario's.
    #[arg(long, value_name = "N")]
    seed: Option<u64>,
    /// Give each model the quotas of a new account, where the scenario does not say its own.
    #[arg(long)]
    default_quotas: bool,
    /// Percentiles against load instead: multiples of the traffic, such as 0.5,1,2,3.
    #[arg(long, value_name = "FACTORS", value_delimiter = ',')]
    load: Vec<f64>,
    /// Print one JSON document.
    #[arg(long)]
    json: bool,
    /// Print comma-separated values.
    #[arg(long, conflicts_with = "json")]
    csv: bool,
}

/// The most points of a load curve.
const MOST_FACTORS: usize = 100;
/// From so many messages on a run takes long enough to say how far it is.
const LONG: u64 = 5_000_000;

pub fn run(arguments: Arguments) -> Result<String, Failure> {
    let mut scenario = arguments.scenario.load()?;
    scenario.seed = arguments.seed.unwrap_or(scenario.seed);
    if arguments.default_quotas {
        scenario = scenario.with_default_quotas();
    }
    if arguments.messages == Some(0) {
        return Err(Failure::input("--messages 0 simulates nobody; give at least 1, or leave it out for a whole day"));
    }
    let catalog = super::input::catalog();
    if !arguments.load.is_empty() {
        if arguments.load.len() > MOST_FACTORS {
            return Err(Failure::input(format!(
                "--load has {} factors, and each is a day of its own; give at most {MOST_FACTORS}",
                arguments.load.len()
            )));
        }
        for factor in &arguments.load {
            super::within("--load", Some(*factor), 0.0, 1e6)?;
        }
        let point = |factor: &f64| load_point(&scenario, catalog, *factor, arguments.messages);
        let points: Vec<LoadPoint> = arguments.load.iter().map(point).collect::<Result<_, _>>()?;
        return if arguments.json {
            let sentence = knee_sentence(&points).map(|sentence| sentence.say(&English));
            super::json(&json!({"points": points, "knee": knee(&points), "sentence": sentence}))
        } else if arguments.csv {
            Ok(load_csv(&points))
        } else {
            Ok(load_report(&points))
        };
    }
    let plan = Plan::new(&scenario, catalog, arguments.messages)?;
    let mut told = 0;
    let outcome = simulate_plan(&plan, &mut |done| {
        let percent = (done * 100.0) as u32 / 5 * 5;
        if plan.messages() >= LONG && percent > told {
            eprintln!("{percent} %");
            told = percent;
        }
        ControlFlow::Continue(())
    });
    // Nothing stops it here, so there is one.
    let outcome = outcome.ok_or_else(|| Failure::input("the simulation was stopped"))?;
    if arguments.csv {
        return Ok(csv(&outcome));
    }
    let ranged = Ranged::new(outcome, &scenario, catalog, arguments.messages)?;
    if arguments.json {
        return super::json(&ranged);
    }
    let mut text = report(&ranged.outcome, scenario.slo_ms);
    if let Some(range) = ranged.over_assumed {
        let of = |p95: Option<f64>| p95.map_or_else(|| "no end".to_string(), |ms| English.ms(ms));
        text.push_str(&format!(
            "P95 of everyone who came over what is assumed: {} to {}\n",
            of(range.fastest.p95),
            of(range.slowest.p95)
        ));
    }
    Ok(text)
}

/// A row for each population.
fn csv(outcome: &Outcome) -> String {
    let mut csv = Csv::new([
        "scope",
        "name",
        "messages",
        "answered",
        "mean_ms",
        "p50_ms",
        "p90_ms",
        "p95_ms",
        "p99_ms",
        "p99_9_ms",
        "max_ms",
        "ttft_p50_ms",
        "ttft_p95_ms",
        "queue_wait_p95_ms",
        "share_within_slo",
        "unanswered",
        "all_p50_ms",
        "all_p95_ms",
        "all_p99_ms",
    ]);
    let mut push = |scope: &str, name: &str, figures: &PopulationFigures| {
        let (e2e, ttft) = (figures.e2e_ms, figures.ttft_ms);
        let numbers = [
            e2e.mean,
            e2e.p50,
            e2e.p90,
            e2e.p95,
            e2e.p99,
            e2e.p99_9,
            e2e.max,
            ttft.p50,
            ttft.p95,
            figures.queue_wait_ms.p95,
            figures.share_within_slo,
            figures.unanswered,
            figures.with_unanswered.p50,
            figures.with_unanswered.p95,
            figures.with_unanswered.p99,
        ];
        let counts = [Cell::Count(figures.messages), Cell::Count(figures.answered)];
        csv.row([scope.into(), name.into()].into_iter().chain(counts).chain(numbers.map(Cell::from)));
    };
    push("all", "all", &outcome.overall);
    for (name, figures) in &outcome.by_type {
        push("type", name, figures);
    }
    for (name, figures) in &outcome.by_model {
        push("model", name, figures);
    }
    for hour in &outcome.by_hour {
        push("hour", &hour.hour.to_string(), &hour.figures);
    }
    csv.into_text()
}

fn load_csv(points: &[LoadPoint]) -> String {
    let mut csv = Csv::new([
        "factor",
        "daily_messages",
        "p50_ms",
        "p95_ms",
        "p99_ms",
        "share_within_slo",
        "share_lost",
        "all_p50_ms",
        "all_p95_ms",
        "all_p99_ms",
    ]);
    for point in points {
        let e2e = point.e2e_ms;
        csv.row([
            point.factor.into(),
            point.daily_messages.into(),
            e2e.p50.into(),
            e2e.p95.into(),
            e2e.p99.into(),
            point.share_within_slo.into(),
            point.share_lost.into(),
            point.with_unanswered.p50.into(),
            point.with_unanswered.p95.into(),
            point.with_unanswered.p99.into(),
        ]);
    }
    csv.into_text()
}

fn load_report(points: &[LoadPoint]) -> String {
    let head = ["load", "messages/day", "P50 of all", "P95 of all", "P99 of all", "in time", "no answer"];
    let mut rows = vec![head.map(String::from).to_vec()];
    for point in points {
        let ms = |value: Option<f64>| value.map_or("-".to_string(), |v| English.ms(v));
        rows.push(vec![
            format!("{}x", point.factor),
            English.number(libm::round(point.daily_messages)),
            ms(point.with_unanswered.p50),
            ms(point.with_unanswered.p95),
            ms(point.with_unanswered.p99),
            point.share_within_slo.map_or("-".to_string(), |v| English.percent(v)),
            English.percent(point.share_lost),
        ]);
    }
    let knee = knee_sentence(points).map_or(String::new(), |sentence| sentence.say(&English));
    format!("{}\n{knee}\n", table(&rows))
}

fn report(outcome: &Outcome, slo_ms: f64) -> String {
    let within = format!("within {}", English.ms(slo_ms));
    let head = ["", "messages", "no answer", "mean", "P50", "P95", "P99", &within];
    let mut rows = vec![head.map(String::from).to_vec()];
    let mut push = |name: &str, figures: &PopulationFigures| {
        let ms = |value: Option<f64>| value.map_or("-".to_string(), |v| English.ms(v));
        let e2e = figures.e2e_ms;
        rows.push(vec![
            name.to_string(),
            English.number(figures.messages as f64),
            figures.unanswered.map_or("-".to_string(), |v| English.percent(v)),
            ms(e2e.mean),
            ms(e2e.p50),
            ms(e2e.p95),
            ms(e2e.p99),
            figures.share_within_slo.map_or("-".to_string(), |v| English.percent(v)),
        ]);
    };
    push("all", &outcome.overall);
    for (name, figures) in outcome.by_type.iter().chain(&outcome.by_model) {
        push(name, figures);
    }
    let error = |value: Option<f64>| value.map_or("-".to_string(), |v| English.ms(v));
    let counts = &outcome.counts;
    let mut what = Vec::new();
    for (name, count) in [
        ("from the cache", counts.cache_hits),
        ("failed", counts.failed),
        ("rejected by the queue", counts.rejected),
        ("abandoned", counts.abandoned),
        ("throttled attempts", counts.throttled),
        ("retries", counts.retries),
    ] {
        if count > 0 {
            what.push(format!("{} {name}", English.number(count as f64)));
        }
    }
    if let Some(utilisation) = outcome.utilisation {
        what.push(format!("{} of the places busy", English.percent(utilisation)));
    }
    let mut more = String::new();
    if let Some(p95) = outcome.overall.with_unanswered.p95.filter(|_| outcome.unanswered > Some(0.0)) {
        more.push_str(&format!("P95 of everyone who came: {}\n", English.ms(p95)));
    } else if outcome.unanswered > Some(0.0) {
        more.push_str("P95 of everyone who came: there is none, too many get no answer\n");
    }
    if let Some(binds) = &outcome.binds {
        more.push_str(&format!("what binds: {}\n", binds.name().say(&English)));
    }
    for assumed in &outcome.assumed {
        let [low, high] = assumed.range;
        more.push_str(&format!(
            "assumed: {} {} ({} to {}), {}\n",
            assumed.path,
            English.number(assumed.value),
            English.number(low),
            English.number(high),
            assumed.source
        ));
    }
    let [p50, p95, p99] = [outcome.mc_error.p50, outcome.mc_error.p95, outcome.mc_error.p99].map(error);
    let sure = match outcome.mc_unknown {
        None => format!("one standard error: P50 {p50}, P95 {p95}, P99 {p99}\nseed {}", outcome.seed),
        Some(why) => Message::new(why.word()).text("seed", outcome.seed.to_string()).say(&English),
    };
    format!("{}\n{}\n{more}{sure}\ndigest {}\n", table(&rows), what.join(", "), outcome.digest)
}
