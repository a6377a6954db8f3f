use rehearsal::frontier::{Frontier, Options, frontier};
use rehearsal::words::{English, Locale};

use super::input::ScenarioArguments;
use super::table::{Cell, Format, count, money};
use super::{Failure, json};

/// Which routing, cache and concurrency meets a P95 and a budget cheapest.
#[derive(clap::Args)]
pub struct Arguments {
    #[command(flatten)]
    scenario: ScenarioArguments,
    /// The most a day may cost, in dollars.
    #[arg(long, value_name = "USD")]
    max_usd_day: Option<f64>,
    /// The most milliseconds within which 95 % of all messages are answered; who gets no answer waits for ever.
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
    /// The most messages that may get no answer, in percent of all that come: what loses more is neither on the
    /// frontier nor within the limits.
    #[arg(long, value_name = "PERCENT", default_value_t = 1.0)]
    max_lost: f64,
    /// Simulate so many messages for each: by default a whole day where a limit may bind, else 20,000.
    #[arg(long, value_name = "N")]
    messages: Option<u64>,
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
    super::within("--max-lost", Some(arguments.max_lost), 0.0, 100.0)?;
    if arguments.messages == Some(0) {
        return Err(Failure::input("--messages 0 simulates nobody; give at least 1, or leave it out"));
    }
    let catalog = super::input::catalog();
    let mut models = Vec::new();
    for id in &arguments.model {
        models.push(catalog.get(id).ok_or_else(|| super::input::unknown_model(id))?.id.clone());
    }
    let options = Options {
        models,
        hit_rates: arguments.hit_rate.clone(),
        concurrency: arguments.concurrency.iter().map(|limit| Some(f64::from(*limit))).collect(),
        quotas: arguments.quota.clone(),
        messages: arguments.messages,
        max_lost: arguments.max_lost / 100.0,
        ..Options::default()
    };
    let scenario = arguments.scenario.load()?;
    let found = frontier(&scenario, catalog, &options, arguments.max_usd_day, arguments.max_p95_ms)?;
    if arguments.format.json {
        return json(&found);
    }
    let mut out = arguments.format.write(&rows(&found));
    if arguments.format.is_text() {
        let lost = English.percent(found.max_lost);
        out.push_str(&match found.cheapest {
            Some(at) => format!("\ncheapest within the limits, at most {lost} without an answer: row {}\n", at + 1),
            None => format!("\nnone of these is within the limits and leaves at most {lost} without an answer\n"),
        });
        let count = English.number(found.messages as f64);
        out.push_str(&format!("times and losses are of up to {count} simulated messages each\n"));
        if found.left_out > 0 {
            out.push_str(&format!("left out, as their cost is not known: {}\n", found.left_out));
        }
    }
    Ok(out)
}

fn rows(found: &Frontier) -> Vec<Vec<Cell>> {
    let headings = [
        "share on",
        "share",
        "from cache",
        "concurrency",
        "quota",
        "$/day",
        "P95",
        "no answer",
        "on the frontier",
        "within the limits",
    ];
    let mut rows = vec![headings.map(Cell::from).to_vec()];
    let yes = |is: bool| Cell::number(if is { "yes" } else { "" }, is);
    for point in &found.points {
        rows.push(vec![
            point.model.clone().into(),
            Cell::number(English.percent(point.model_share), point.model_share),
            Cell::number(English.percent(point.hit_rate), point.hit_rate),
            point.concurrency.map_or(Cell::number("no limit", None::<f64>), count),
            Cell::number(format!("{}x", English.number(point.quota_factor)), point.quota_factor),
            money(Some(point.daily_cost_usd)),
            Cell::number(point.p95_ms.map_or("no answer".to_string(), |p95| English.ms(p95)), point.p95_ms),
            Cell::number(English.percent(1.0 - point.share_answered), 1.0 - point.share_answered),
            yes(point.on_frontier),
            yes(point.meets),
        ]);
    }
    rows
}
