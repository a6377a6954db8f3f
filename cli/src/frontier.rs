use rehearsal::cost::{Frontier, FrontierOptions, frontier};
use rehearsal::words::{English, Locale};

use super::input::ScenarioArguments;
use super::table::{Format, money};
use super::{Failure, json};

/// Which routing, cache and concurrency meets a P95 and a budget cheapest.
#[derive(clap::Args)]
pub struct Arguments {
    #[command(flatten)]
    scenario: ScenarioArguments,
    /// The most a day may cost, in dollars.
    #[arg(long, value_name = "USD")]
    max_usd_day: Option<f64>,
    /// The most milliseconds within which 95 % of the answers come.
    #[arg(long, value_name = "MS")]
    max_p95_ms: Option<f64>,
    /// Models that take a share of the calls; the scenario's own by default.
    #[arg(long, value_name = "ID")]
    model: Vec<String>,
    /// Hit rates of the response cache to try, 0 to 1; today's by default.
    #[arg(long, value_name = "RATE", value_delimiter = ',')]
    hit_rate: Vec<f64>,
    /// Calls in progress at once to try; today's by default.
    #[arg(long, value_name = "N", value_delimiter = ',')]
    concurrency: Vec<u32>,
    /// Quotas of requests and tokens to try, as factors of the scenario's; 1 by default.
    #[arg(long, value_name = "FACTOR", value_delimiter = ',')]
    quota: Vec<f64>,
    /// Simulate so many messages for each.
    #[arg(long, value_name = "N", default_value_t = 20_000)]
    messages: u64,
    #[command(flatten)]
    format: Format,
}

pub fn run(arguments: Arguments) -> Result<String, Failure> {
    if let Some(rate) = arguments.hit_rate.iter().find(|rate| !(0.0..=1.0).contains(*rate)) {
        return Err(Failure::input(format!("--hit-rate {rate}: expected a number from 0 to 1")));
    }
    if let Some(factor) = arguments.quota.iter().find(|factor| !(0.001..=1000.0).contains(*factor)) {
        return Err(Failure::input(format!("--quota {factor}: expected a factor from 0.001 to 1,000")));
    }
    let catalog = super::input::catalog();
    let mut models = Vec::new();
    for id in &arguments.model {
        models.push(catalog.get(id).ok_or_else(|| super::input::unknown_model(id))?.id.clone());
    }
    let options = FrontierOptions {
        models,
        hit_rates: arguments.hit_rate.clone(),
        concurrency: arguments.concurrency.iter().map(|limit| Some(f64::from(*limit))).collect(),
        quotas: arguments.quota.clone(),
        messages: arguments.messages,
        ..FrontierOptions::default()
    };
    let scenario = arguments.scenario.load()?;
    let found = frontier(&scenario, catalog, &options, arguments.max_usd_day, arguments.max_p95_ms)?;
    if arguments.format.json {
        return json(&found);
    }
    let mut out = arguments.format.write(&rows(&found));
    if arguments.format.is_text() {
        out.push_str(&match found.cheapest {
            Some(at) => format!("\ncheapest within the limits: row {}\n", at + 1),
            None => "\nnone of these is within the limits\n".to_string(),
        });
    }
    Ok(out)
}

fn rows(found: &Frontier) -> Vec<Vec<String>> {
    let headings = [
        "share on",
        "share",
        "from cache",
        "concurrency",
        "quota",
        "$/day",
        "P95",
        "on the frontier",
        "within the limits",
    ];
    let mut rows = vec![headings.map(String::from).to_vec()];
    let yes = |is: bool| if is { "yes" } else { "" }.to_string();
    for point in &found.points {
        rows.push(vec![
            point.model.clone(),
            English.percent(point.model_share),
            English.percent(point.hit_rate),
            point.concurrency.map_or("no limit".to_string(), |limit| English.number(limit)),
            format!("{}x", English.number(point.quota_factor)),
            money(Some(point.daily_cost_usd)),
            English.ms(point.p95_ms),
            yes(point.on_frontier),
            yes(point.meets),
        ]);
    }
    rows
}
