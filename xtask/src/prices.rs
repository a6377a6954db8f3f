use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::run::{Result, read, root, write};

/// Where the catalog's table lives.
const TABLE: &str = "src/catalog/bedrock.csv";

/// A column of the table and the field of LiteLLM's file behind it; a price where it ends in `1M`.
const COLUMNS: [(&str, &str); 21] = [
    ("mode", "mode"),
    ("input_usd_per_1M", "input_cost_per_token"),
    ("output_usd_per_1M", "output_cost_per_token"),
    ("cache_creation_input_usd_per_1M", "cache_creation_input_token_cost"),
    ("cache_creation_input_above_1hr_usd_per_1M", "cache_creation_input_token_cost_above_1hr"),
    ("cache_read_input_usd_per_1M", "cache_read_input_token_cost"),
    ("input_batches_usd_per_1M", "input_cost_per_token_batches"),
    ("output_batches_usd_per_1M", "output_cost_per_token_batches"),
    ("input_flex_usd_per_1M", "input_cost_per_token_flex"),
    ("output_flex_usd_per_1M", "output_cost_per_token_flex"),
    ("input_priority_usd_per_1M", "input_cost_per_token_priority"),
    ("output_priority_usd_per_1M", "output_cost_per_token_priority"),
    ("input_above_100k_tokens_usd_per_1M", "input_cost_per_token_above_100k_tokens"),
    ("output_above_100k_tokens_usd_per_1M", "output_cost_per_token_above_100k_tokens"),
    ("input_above_200k_tokens_usd_per_1M", "input_cost_per_token_above_200k_tokens"),
    ("output_above_200k_tokens_usd_per_1M", "output_cost_per_token_above_200k_tokens"),
    ("prompt_cache_min_tokens", "prompt_cache_min_tokens"),
    ("max_input", "max_input_tokens"),
    ("max_output", "max_output_tokens"),
    ("deprecation_date", "deprecation_date"),
    ("source", "source"),
];

type Rows = BTreeMap<String, Vec<String>>;

/// Turns LiteLLM's `model_prices_and_context_window.json` into the catalog's table: prints what
/// changes, and with `--write` writes it. A model that the file no longer has keeps its row and date.
pub fn prices(arguments: &[&str]) -> Result {
    let (mut file, mut date, mut write_it) = (None, None, false);
    let mut rest = arguments.iter();
    while let Some(argument) = rest.next() {
        match *argument {
            "--write" => write_it = true,
            "--date" => date = rest.next().copied(),
            other => file = Some(other),
        }
    }
    let file = file.ok_or("give LiteLLM's file: cargo xtask prices FILE --date YYYY-MM-DD [--write]")?;
    let date = date.filter(|date| is_date(date)).ok_or("give the day the prices were read: --date YYYY-MM-DD")?;
    let text = read(std::path::Path::new(file))?;
    let document: Value = serde_json::from_slice(&text).map_err(|error| format!("{file}: {error}"))?;
    let document = document.as_object().ok_or_else(|| format!("{file}: expected an object of models"))?;
    let path = root().join(TABLE);
    let old_text = String::from_utf8(read(&path)?).map_err(|error| format!("{TABLE}: {error}"))?;
    let old = table_rows(&old_text);
    let new: Rows =
        document.iter().filter(|(id, model)| is_row(id, model)).map(|(id, model)| (id.clone(), row(model))).collect();
    if new.is_empty() {
        return Err(format!("{file}: no Bedrock model in it"));
    }
    let lines = differences(&old, &new);
    for line in &lines {
        println!("{line}");
    }
    println!("{} models in the file, {} in the table, {} differences", new.len(), old.len(), lines.len());
    if write_it {
        let heading = old_text.lines().next().unwrap_or_default();
        let ids: BTreeSet<&String> = old.keys().chain(new.keys()).collect();
        let mut out = format!("{heading}\n");
        for id in ids {
            let fields = match (new.get(id), old.get(id)) {
                (Some(fields), _) => [fields.as_slice(), &[date.to_string()]].concat(),
                (None, Some(kept)) => kept.clone(),
                (None, None) => continue,
            };
            out.push_str(&format!("{id},{}\n", fields.join(",")));
        }
        write(&path, out)?;
        println!("written to {TABLE}");
    }
    Ok(())
}

fn is_date(text: &str) -> bool {
    text.len() == 10
        && text
            .bytes()
            .enumerate()
            .all(|(at, byte)| if at == 4 || at == 7 { byte == b'-' } else { byte.is_ascii_digit() })
}

/// Bedrock's own models by their own ids, for text and embeddings.
fn is_row(id: &str, model: &Value) -> bool {
    let provider = model["litellm_provider"].as_str().unwrap_or_default();
    let mode = model["mode"].as_str().unwrap_or_default();
    matches!(provider, "bedrock" | "bedrock_converse")
        && matches!(mode, "chat" | "embedding")
        // Regions, commitments and other services' spellings of the same models.
        && !id.contains(['/', '@', ','])
}

/// The fields of a row behind its id, the date apart.
fn row(model: &Value) -> Vec<String> {
    let field = |(column, name): &(&str, &str)| match &model[*name] {
        Value::Number(number) if column.ends_with("1M") => number.as_f64().map_or(String::new(), per_million),
        Value::Number(number) => number.to_string(),
        Value::String(text) => text.replace(',', "%2C"),
        _ if *column == "source" => "LiteLLM price table".to_string(),
        _ => String::new(),
    };
    COLUMNS.iter().map(field).collect()
}

/// Dollars per million tokens, to six decimals at most.
fn per_million(per_token: f64) -> String {
    let text = format!("{:.6}", per_token * 1e6);
    text.trim_end_matches('0').trim_end_matches('.').to_string()
}

fn table_rows(text: &str) -> Rows {
    let rows = text.lines().skip(1).filter_map(|line| {
        let (id, fields) = line.split_once(',')?;
        Some((id.to_string(), fields.split(',').map(str::to_string).collect()))
    });
    rows.collect()
}

/// What changes, a line each: added, gone, and every field from one value to another.
fn differences(old: &Rows, new: &Rows) -> Vec<String> {
    let mut lines = Vec::new();
    for (id, fields) in new {
        let Some(before) = old.get(id) else {
            lines.push(format!("+ {id}: {} in, {} out", known(&fields[1]), known(&fields[2])));
            continue;
        };
        for ((column, _), (was, is)) in COLUMNS.iter().zip(before.iter().zip(fields)) {
            let same =
                was == is || *column == "source" || (was.parse::<f64>().is_ok() && was.parse::<f64>() == is.parse());
            if !same {
                lines.push(format!("~ {id}: {column} {} -> {}", known(was), known(is)));
            }
        }
    }
    for id in old.keys().filter(|id| !new.contains_key(*id)) {
        lines.push(format!("- {id}: no longer in the file; its row and date stay"));
    }
    lines
}

fn known(text: &str) -> &str {
    if text.is_empty() { "unknown" } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_price_file_becomes_rows_and_differences() {
        let file = serde_json::json!({
            "anthropic.new": {"litellm_provider": "bedrock_converse", "mode": "chat", "input_cost_per_token": 1e-6, "output_cost_per_token": 5e-6, "source": "a, b"},
            "anthropic.old": {"litellm_provider": "bedrock", "mode": "chat", "input_cost_per_token": 8.75e-9},
            "bedrock/eu/anthropic.old": {"litellm_provider": "bedrock", "mode": "chat"},
            "gpt": {"litellm_provider": "openai", "mode": "chat"},
        });
        let models = file.as_object().expect("it is an object");
        let new: Rows = models.iter().filter(|(id, m)| is_row(id, m)).map(|(id, m)| (id.clone(), row(m))).collect();
        assert_eq!(new.keys().collect::<Vec<_>>(), ["anthropic.new", "anthropic.old"]);
        assert_eq!(new["anthropic.new"][20], "a%2C b");
        let mut old = new.clone();
        old.remove("anthropic.new");
        old.get_mut("anthropic.old").expect("it is there")[1] = "0.01".to_string();
        old.insert("anthropic.gone".to_string(), new["anthropic.old"].clone());
        assert_eq!(
            differences(&old, &new),
            [
                "+ anthropic.new: 1 in, 5 out",
                "~ anthropic.old: input_usd_per_1M 0.01 -> 0.00875",
                "- anthropic.gone: no longer in the file; its row and date stay",
            ]
        );
        assert!(is_date("2026-11-22") && !is_date("22.11.2026"));
    }
}
