//! `rules`: what a model takes and refuses, with source and date.

use rehearsal::rules::{RuleSheet, Told};
use serde_json::json;

use super::table::table;
use super::{Failure, json as print_json};

/// What a model takes and refuses, with source and date of every rule.
///
/// An empty cell is not known; it never means no. What sources disagree about has its alternatives
/// separated by |, the preferred one first.
#[derive(clap::Args)]
pub struct Arguments {
    /// The model: a base id, an inference profile or an ARN.
    model: String,
    /// Print one JSON document.
    #[arg(long)]
    json: bool,
}

pub fn run(arguments: Arguments) -> Result<String, Failure> {
    let Some(row) = RuleSheet::get().row(&arguments.model) else {
        let ids: Vec<&str> = RuleSheet::get().rows().map(|row| row.model()).collect();
        let near = rehearsal::document::nearest(&arguments.model, &ids);
        let hint = near.map_or(String::new(), |near| format!("; did you mean `{near}`?"));
        return Err(Failure::input(format!("there are no rules for `{}`{hint}", arguments.model)));
    };
    let rules = row.told();
    if arguments.json {
        let unknown: Vec<&str> = rules.iter().filter(|rule| rule.value.is_none()).map(|rule| rule.name).collect();
        return print_json(&json!({"model": row.model(), "rules": rules, "unknown": unknown}));
    }
    let known: Vec<&Told> = rules.iter().filter(|rule| rule.value.is_some()).collect();
    let rows: Vec<Vec<String>> = std::iter::once(["rule", "value", "mark", "about"].map(str::to_string).to_vec())
        .chain(known.iter().map(|rule| {
            [rule.name, rule.value.unwrap_or_default(), rule.mark, rule.meaning].map(str::to_string).to_vec()
        }))
        .collect();
    let unknown: Vec<&str> = rules.iter().filter(|rule| rule.value.is_none()).map(|rule| rule.name).collect();
    Ok(format!(
        "{}\n\n{}\nNot known: {}\nSource: {} ({})\nMarks: M measured, F read in a file, D documentation, I a thread, ? assumed\n",
        row.model(),
        table(&rows),
        unknown.join(", "),
        row.source(),
        row.date()
    ))
}
