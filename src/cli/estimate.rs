use rehearsal::catalog::Catalog;
use rehearsal::cost::{Estimate, estimate};
use rehearsal::words::{English, Locale};

use super::input::ScenarioArguments;
use super::table::table;
use super::{Failure, json};

#[derive(clap::Args)]
pub struct Arguments {
    #[command(flatten)]
    scenario: ScenarioArguments,
    /// Print one JSON document.
    #[arg(long)]
    json: bool,
    /// Print the scenario itself, as a file to start from.
    #[arg(long)]
    print_scenario: bool,
}

pub fn run(arguments: Arguments) -> Result<String, Failure> {
    let scenario = arguments.scenario.load()?;
    if arguments.print_scenario {
        return Ok(scenario.to_json() + "\n");
    }
    let estimate = estimate(&scenario, &Catalog::reference())?;
    if arguments.json { json(&estimate) } else { Ok(report(&estimate)) }
}

fn report(estimate: &Estimate) -> String {
    let usd = |value: Option<f64>| value.map_or("unknown".to_string(), |v| English.usd(v));
    let mut rows =
        vec![["query type", "model", "messages/day", "from cache", "$/day", "$/call"].map(String::from).to_vec()];
    for part in &estimate.breakdown {
        rows.push(vec![
            part.query_type.clone(),
            part.model.clone(),
            English.number(libm::round(part.daily_queries)),
            English.number(libm::round(part.cached)),
            usd(part.daily_cost_usd.map(|v| v.dollars())),
            usd(part.cost_per_query_usd),
        ]);
    }
    let mut out = table(&rows);
    out.push_str(&format!(
        "\n{} a day, {} a month, {} a message\n",
        usd(estimate.total_daily_cost_usd.map(|v| v.dollars())),
        usd(estimate.monthly_cost_usd.map(|v| v.dollars())),
        usd(estimate.avg_cost_per_message_usd),
    ));
    out.push_str(&format!(
        "the cache answers {} of the messages and saves {} a day ({} of the bill without it)\n",
        English.percent(estimate.cache_savings_pct / 100.0),
        usd(estimate.cache_saved_daily_usd.map(|v| v.dollars())),
        estimate.cache_saved_cost_pct.map_or("unknown".to_string(), |v| English.percent(v / 100.0)),
    ));
    if !estimate.unknown.is_empty() {
        out.push_str(&format!("unknown prices: {}\n", estimate.unknown.join(", ")));
    }
    out
}
