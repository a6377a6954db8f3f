use rehearsal::catalog::Catalog;
use rehearsal::sim::{Outcome, PopulationFigures, simulate};
use rehearsal::words::{English, Locale};

use super::input::ScenarioArguments;
use super::table::table;
use super::{Failure, json};

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
    /// Print one JSON document.
    #[arg(long)]
    json: bool,
}

pub fn run(arguments: Arguments) -> Result<String, Failure> {
    let mut scenario = arguments.scenario.load()?;
    scenario.seed = arguments.seed.unwrap_or(scenario.seed);
    let outcome = simulate(&scenario, &Catalog::reference(), arguments.messages)?;
    if arguments.json { json(&outcome) } else { Ok(report(&outcome, scenario.slo_ms)) }
}

fn report(outcome: &Outcome, slo_ms: f64) -> String {
    let within = format!("within {}", English.ms(slo_ms));
    let mut rows = vec![["", "messages", "mean", "P50", "P95", "P99", &within].map(String::from).to_vec()];
    let mut push = |name: &str, figures: &PopulationFigures| {
        let ms = |value: Option<f64>| value.map_or("-".to_string(), |v| English.ms(v));
        let e2e = figures.e2e_ms;
        rows.push(vec![
            name.to_string(),
            English.number(figures.messages as f64),
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
    format!(
        "{}\none standard error: P50 {}, P95 {}, P99 {}\nseed {}, digest {}\n",
        table(&rows),
        error(outcome.mc_error.p50),
        error(outcome.mc_error.p95),
        error(outcome.mc_error.p99),
        outcome.seed,
        outcome.digest,
    )
}
