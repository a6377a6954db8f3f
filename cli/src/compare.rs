use rehearsal::cost::{Comparison, Difference, compare};

use super::input::load_scenario;
use super::table::{Format, money, percent, signed_money};
use super::{Failure, json};

/// Two scenarios' bills side by side.
#[derive(clap::Args)]
pub struct Arguments {
    /// The first scenario file; `-` is standard input.
    a: String,
    /// The second.
    b: String,
    #[command(flatten)]
    format: Format,
}

pub fn run(arguments: Arguments) -> Result<String, Failure> {
    let (a, b) = (load_scenario(&arguments.a)?, load_scenario(&arguments.b)?);
    let comparison = compare(&a, &b, super::input::catalog())?;
    if arguments.format.json {
        return json(&comparison);
    }
    let rows = rows(&comparison, &arguments.a, &arguments.b);
    let mut out = arguments.format.write(&rows);
    let unknown: Vec<_> = comparison.a.unknown.iter().chain(&comparison.b.unknown).cloned().collect();
    if !unknown.is_empty() && arguments.format.is_text() {
        out.push_str(&format!("\nunknown prices: {}\n", unknown.join(", ")));
    }
    Ok(out)
}

fn rows(comparison: &Comparison, a: &str, b: &str) -> Vec<Vec<String>> {
    let mut rows = vec![["$/day", a, b, "difference", "%"].map(String::from).to_vec()];
    let mut push = |group: &str, difference: &Difference| {
        rows.push(vec![
            format!("{group}{}", difference.name.replace('_', " ")),
            money(difference.a_usd),
            money(difference.b_usd),
            signed_money(difference.change_usd),
            percent(difference.change_pct),
        ]);
    };
    for (group, differences) in
        [("type: ", &comparison.by_type), ("model: ", &comparison.by_model), ("part: ", &comparison.parts)]
    {
        differences.iter().for_each(|difference| push(group, difference));
    }
    push("total ", &comparison.daily);
    push("total ", &comparison.monthly);
    push("total ", &comparison.per_message);
    rows
}
