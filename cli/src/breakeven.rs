use rehearsal::cost::{BreakEven, Method, Move, break_even};
use rehearsal::words::{English, Locale};

use super::input::ScenarioArguments;
use super::table::{Format, money};
use super::{Failure, json};

/// Which hit rate, share on a model, number of messages or of tokens brings the bill to a target.
#[derive(clap::Args)]
pub struct Arguments {
    #[command(flatten)]
    scenario: ScenarioArguments,
    /// Dollars a day.
    #[arg(long = "usd-day", value_name = "USD")]
    usd_day: f64,
    /// Only this lever: hit-rate, messages, tokens, or the id of a model that takes a share of the calls.
    #[arg(long, value_name = "LEVER")]
    lever: Option<String>,
    #[command(flatten)]
    format: Format,
}

pub fn run(arguments: Arguments) -> Result<String, Failure> {
    if !arguments.usd_day.is_finite() || arguments.usd_day < 0.0 {
        return Err(Failure::input("--usd-day needs a number of at least 0"));
    }
    let scenario = arguments.scenario.load()?;
    let catalog = super::input::catalog();
    let moves = match arguments.lever.as_deref() {
        None => {
            let mut models: Vec<String> = Vec::new();
            for (id, _) in scenario.types.iter().flat_map(|kind| kind.branches()) {
                if !models.iter().any(|model| model == id) {
                    models.push(id.to_string());
                }
            }
            let shares = models.into_iter().map(Move::ShareOn);
            [Move::HitRate, Move::Messages, Move::Tokens].into_iter().chain(shares).collect()
        }
        Some("hit-rate") => vec![Move::HitRate],
        Some("messages") => vec![Move::Messages],
        Some("tokens") => vec![Move::Tokens],
        Some(id) => {
            let model = catalog.get(id).ok_or_else(|| super::input::unknown_model(id))?;
            vec![Move::ShareOn(model.id.clone())]
        }
    };
    let solved: Result<Vec<_>, _> =
        moves.into_iter().map(|moved| break_even(&scenario, catalog, moved, arguments.usd_day)).collect();
    let solved = solved?;
    if arguments.format.json { json(&solved) } else { Ok(arguments.format.write(&rows(&solved))) }
}

fn rows(solved: &[BreakEven]) -> Vec<Vec<String>> {
    let mut rows =
        vec![["lever", "today", "$/day today", "needed", "$/day then", "found by"].map(String::from).to_vec()];
    for one in solved {
        let (name, write): (String, fn(f64) -> String) = match &one.moved {
            Move::HitRate => ("answered by the cache".to_string(), |value| English.percent(value)),
            Move::ShareOn(model) => (format!("share on {model}"), |value| English.percent(value)),
            Move::Messages => ("messages a day".to_string(), |value| English.number(libm::floor(value))),
            Move::Tokens => ("tokens, as a factor".to_string(), |value| format!("{value:.3}")),
        };
        rows.push(vec![
            name,
            write(one.now),
            money(Some(one.now_usd)),
            one.value.map_or("no value does".to_string(), write),
            money(one.value.map(|_| one.target_usd)),
            one.method
                .map_or("-", |method| match method {
                    Method::ClosedForm => "closed form",
                    Method::Bisection => "bisection",
                })
                .to_string(),
        ]);
    }
    rows
}
