//! Price lists as other people write them: LiteLLM's file, a second list beside it, a team's own prices; and what
//! an update of the table changes.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use crate::document::{Fields, Findings};
use crate::money::Price;
use crate::problem::{Problem, Problems};
use crate::words::{Message, Word};

use super::limits::base_id;
use super::{
    Catalog, Door, IN_REGION, Mode, Model, OwnPrices, PriceKind, PriceList, Prices, TableRow, Threshold, is_date,
    is_region, read_table,
};

/// What was read of a price list.
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct Listed {
    /// The rows, in the order of their keys.
    pub rows: Vec<TableRow>,
    /// What was not taken, and why: ids, and fields of prices.
    pub not_taken: Vec<String>,
}

/// Reads LiteLLM's `model_prices_and_context_window.json`: the Bedrock models for text and embeddings, those of
/// regions and of the mantle door among them.
pub fn read_list(document: &Map<String, Value>, date: &str) -> Listed {
    let mut listed = Listed::default();
    let mut fields: BTreeMap<&str, u32> = BTreeMap::new();
    for (name, model) in document {
        let provider = model["litellm_provider"].as_str().unwrap_or_default();
        if !matches!(provider, "" | "bedrock" | "bedrock_converse" | "bedrock_mantle") || name == "sample_spec" {
            continue;
        }
        // A price of one's own may name no provider; an alias of another name has no price.
        if provider.is_empty()
            && model.as_object().is_none_or(|model| !model.keys().any(|field| kind_of(field).is_some()))
        {
            continue;
        }
        let mode = match model["mode"].as_str() {
            Some("chat" | "responses" | "completion") | None => Mode::Chat,
            Some("embedding") => Mode::Embedding,
            Some(_) => continue,
        };
        let Some((id, region, door)) = place_of(name, provider) else {
            listed.not_taken.push(format!("{name}: no id of Bedrock's"));
            continue;
        };
        let Some(model) = model.as_object() else { continue };
        let prices = prices_of(model, &mut fields);
        if prices.is_empty() {
            listed.not_taken.push(format!("{name}: no price by the token"));
            continue;
        }
        let count = |field: &str| model.get(field).and_then(Value::as_u64);
        let text = |field: &str| model.get(field).and_then(Value::as_str).map(str::to_string);
        listed.rows.push(TableRow {
            id: id.to_string(),
            region: region.to_string(),
            door,
            list: String::new(),
            mode,
            prices,
            min_cache_tokens: count("prompt_cache_min_tokens"),
            max_input_tokens: count("max_input_tokens").or_else(|| count("max_tokens")),
            max_output_tokens: count("max_output_tokens"),
            retires: text("deprecation_date").filter(|date| is_date(date)),
            source: text("source").unwrap_or_else(|| "LiteLLM price table".to_string()),
            date: date.to_string(),
        });
    }
    listed.rows.sort_by(|a, b| a.key().cmp(&b.key()));
    // Two spellings of one place: the first counts.
    listed.rows.dedup_by(|later, first| later.key() == first.key());
    listed.not_taken.extend(fields.into_iter().map(|(field, rows)| format!("field {field} of {rows} rows")));
    listed
}

/// The id, the region and the door of a name in LiteLLM's list; `None` for spellings of other services,
/// commitments, and ids that Bedrock does not have.
fn place_of<'a>(name: &'a str, provider: &str) -> Option<(&'a str, &'a str, Door)> {
    let parts: Vec<&str> = name.split('/').collect();
    let (id, region, door) = match parts.as_slice() {
        [id] => (*id, "", Door::Runtime),
        ["bedrock_mantle", id] => (*id, "", Door::Mantle),
        ["bedrock", region, id] if is_region(region) => (*id, *region, Door::Runtime),
        ["bedrock_mantle", region, id] if is_region(region) => (*id, *region, Door::Mantle),
        _ => return None,
    };
    // `provider.model`, a profile before it or not.
    let (vendor, model) = base_id(id).split_once('.')?;
    let is_vendor = !vendor.is_empty() && vendor.bytes().all(|byte| byte.is_ascii_alphanumeric());
    let is_model = !model.is_empty() && !model.contains(['@', ',', ' ']);
    (provider.is_empty() || (is_vendor && is_model)).then_some((id, region, door))
}

/// The prices of a model, with every threshold that it names.
fn prices_of<'a>(model: &'a Map<String, Value>, unknown: &mut BTreeMap<&'a str, u32>) -> Prices {
    let mut levels: BTreeMap<u64, PriceList> = BTreeMap::new();
    for (field, value) in model {
        let number = value.as_f64().or_else(|| value.as_str()?.parse().ok());
        let Some(per_token) = number.filter(|_| field.contains("cost")) else { continue };
        match kind_of(field).zip(Price::per_million(per_token * 1e6)) {
            Some(((kind, above), price)) => levels.entry(above).or_default().set(kind, Some(price)),
            None => *unknown.entry(field).or_default() += 1,
        }
    }
    let mut prices = Prices::of(levels.remove(&0).unwrap_or_default());
    for (above_tokens, list) in levels {
        prices.insert(Threshold { above_tokens, prices: list });
    }
    prices
}

/// The kind of price that a field of LiteLLM's list holds, and above how many tokens.
fn kind_of(field: &str) -> Option<(PriceKind, u64)> {
    let exact = |field: &str| PriceKind::ALL.iter().copied().find(|kind| kind.listed_as(0) == field);
    let Some((tokens, rest, before)) = threshold_in(field) else { return Some((exact(field)?, 0)) };
    Some((exact(&format!("{before}{rest}"))?, tokens))
}

/// `input_cost_per_token_above_272k_tokens_flex` as 272,000 with what stands after it and before it.
fn threshold_in(field: &str) -> Option<(u64, &str, &str)> {
    let (before, after) = field.rsplit_once("_above_")?;
    let (number, rest) = after.split_once("_tokens")?;
    let tokens = match number.strip_suffix('k') {
        Some(thousands) => thousands.parse::<u64>().ok()?.checked_mul(1000)?,
        None => number.parse().ok()?,
    };
    Some((tokens, rest, before))
}

/// The rows that a second list prices otherwise than the first: of `models` by id, its prices under the names of
/// LiteLLM's fields, `in_region` where they are those of calls in the model's own region.
pub fn second_rows(first: &[TableRow], name: &str, models: &Map<String, Value>, date: &str) -> Vec<TableRow> {
    let own: BTreeMap<&str, &TableRow> = first
        .iter()
        .filter(|row| row.is_own() && row.door == Door::Runtime)
        .map(|row| (row.id.as_str(), row))
        .collect();
    let mut rows = Vec::new();
    for (id, model) in models {
        let (Some(row), Some(model)) = (own.get(id.as_str()), model.as_object()) else { continue };
        let prices = prices_of(model, &mut BTreeMap::new());
        if prices.is_empty() || !differ(&row.prices, &prices) {
            continue;
        }
        let in_region = model.get("in_region").and_then(Value::as_bool).unwrap_or_default();
        rows.push(TableRow {
            region: if in_region { IN_REGION.to_string() } else { String::new() },
            list: name.to_string(),
            prices,
            source: model.get("source").and_then(Value::as_str).unwrap_or(name).to_string(),
            date: date.to_string(),
            min_cache_tokens: None,
            max_input_tokens: None,
            max_output_tokens: None,
            retires: None,
            ..(*row).clone()
        });
    }
    rows
}

/// Whether two lists have different prices for something that both price.
fn differ(a: &Prices, b: &Prices) -> bool {
    let of = |prices: &Prices, above: u64| match above {
        0 => Some(*prices.list()),
        _ => prices.thresholds().iter().find(|threshold| threshold.above_tokens == above).map(|t| t.prices),
    };
    let levels = std::iter::once(0).chain(b.thresholds().iter().map(|threshold| threshold.above_tokens));
    levels
        .filter_map(|above| of(a, above).zip(of(b, above)))
        .any(|(ours, theirs)| theirs.iter().any(|(kind, price)| ours.get(kind).is_some_and(|ours| ours != price)))
}

/// What an update changes.
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct Update {
    /// The new table.
    pub rows: Vec<TableRow>,
    /// What changes, a line each.
    pub lines: Vec<String>,
    /// The lines of prices that move by more than a factor of two.
    pub moved: Vec<String>,
}

/// Lays the rows of new lists over a table: a row that they no longer have stays as it is, with its date, but for
/// the second list's, which is read whole.
pub fn update(old: Vec<TableRow>, new: Vec<TableRow>) -> Update {
    let mut update = Update::default();
    let mut rows: BTreeMap<(Door, String, String, String), TableRow> = BTreeMap::new();
    let key = |row: &TableRow| (row.door, row.id.clone(), row.region.clone(), row.list.clone());
    for row in old.into_iter().filter(|row| row.list.is_empty()) {
        rows.insert(key(&row), row);
    }
    let mut gone: Vec<_> = rows.keys().cloned().collect();
    for row in new {
        gone.retain(|known| *known != key(&row));
        let name = named(&row);
        match rows.get(&key(&row)) {
            Some(before) => compare(&name, before, &row, &mut update),
            None if row.list.is_empty() => {
                let price = |kind| shown(row.prices.get(kind));
                update.lines.push(format!(
                    "+ {name}: {} in, {} out",
                    price(PriceKind::Input),
                    price(PriceKind::Output)
                ));
            }
            None => {}
        }
        rows.insert(key(&row), row);
    }
    for key in gone {
        if let Some(row) = rows.get(&key) {
            update.lines.push(format!("- {}: no longer in the file; its row and date stay", named(row)));
        }
    }
    update.rows = rows.into_values().collect();
    update.rows.sort_by(|a, b| a.key().cmp(&b.key()));
    update
}

fn named(row: &TableRow) -> String {
    let place = if row.region.is_empty() { String::new() } else { format!(" in {}", row.region) };
    let door = if row.door == Door::Runtime { "" } else { " by mantle" };
    format!("{}{place}{door}", row.id)
}

fn compare(name: &str, before: &TableRow, after: &TableRow, update: &mut Update) {
    let levels: std::collections::BTreeSet<u64> = std::iter::once(0)
        .chain([before, after].into_iter().flat_map(|row| row.prices.thresholds().iter().map(|t| t.above_tokens)))
        .collect();
    let list = |row: &TableRow, above: u64| match above {
        0 => *row.prices.list(),
        _ => row
            .prices
            .thresholds()
            .iter()
            .find(|t| t.above_tokens == above)
            .map_or_else(PriceList::default, |t| t.prices),
    };
    for above in levels {
        let (was, is) = (list(before, above), list(after, above));
        for kind in PriceKind::ALL.iter().copied() {
            let (was, is) = (was.get(kind), is.get(kind));
            if was == is {
                continue;
            }
            let level = if above == 0 { String::new() } else { format!(" above {above} tokens") };
            let line = format!("~ {name}: {}{level} {} -> {}", kind.key(), shown(was), shown(is));
            if let Some((was, is)) = was.zip(is) {
                let (was, is) = (was.usd_per_million(), is.usd_per_million());
                if is > was * 2.0 || was > is * 2.0 {
                    update.moved.push(line.clone());
                }
            }
            update.lines.push(line);
        }
    }
    let facts = |row: &TableRow| {
        let count = |count: Option<u64>| count.map_or("unknown".to_string(), |count| count.to_string());
        [
            ("mode", row.mode.key().to_string()),
            ("prompt_cache_min_tokens", count(row.min_cache_tokens)),
            ("max_input", count(row.max_input_tokens)),
            ("max_output", count(row.max_output_tokens)),
            ("deprecation_date", row.retires.clone().unwrap_or_else(|| "unknown".to_string())),
        ]
    };
    for ((column, was), (_, is)) in facts(before).into_iter().zip(facts(after)).filter(|(was, is)| was != is) {
        update.lines.push(format!("~ {name}: {column} {was} -> {is}"));
    }
}

fn shown(price: Option<Price>) -> String {
    price.map_or("unknown".to_string(), |price| price.usd_per_million().to_string())
}

/// A catalog with the prices of a file over its own: a price table, LiteLLM's file, or prices of one's own by model
/// id as in a scenario's `billing.prices` or a team's file. With what was not taken.
///
/// # Errors
/// What is wrong with the file, with its place.
pub fn read_prices(catalog: &Catalog, text: &str) -> Result<(Catalog, Vec<String>), Problems> {
    let mut catalog = catalog.clone();
    if !text.trim_start().starts_with('{') {
        let rows = read_table(text).map_err(|error| {
            let place = format!("line {}, column {}", error.line, error.column);
            let what = Message::new(Word::prices_table).text("what", error.what);
            Problems(vec![Problem::error(place, what, Word::prices_form_hint)])
        })?;
        rows.into_iter().for_each(|row| catalog.add(row));
        return Ok((catalog, Vec::new()));
    }
    let document = crate::document::parse(text).map_err(|problem| Problems(vec![problem]))?;
    let Some(models) = document.as_object() else { return Ok((catalog, Vec::new())) };
    let is_list = models.values().any(|model| {
        model.as_object().is_some_and(|model| {
            model.contains_key("litellm_provider")
                || model.keys().any(|field| kind_of(field).is_some() && field.contains("cost"))
        })
    });
    if is_list {
        let listed = read_list(models, "");
        if listed.rows.is_empty() {
            let what = Message::new(Word::prices_none);
            return Err(Problems(vec![Problem::error("", what, Word::prices_form_hint)]));
        }
        listed.rows.into_iter().for_each(|row| catalog.add(row));
        return Ok((catalog, listed.not_taken));
    }
    for (id, own) in own_prices(&document)? {
        let mut model = catalog.get(&id).cloned().unwrap_or_else(|| Model::unpriced(&id));
        model.prices = model.prices.with(&own.prices);
        model.name = own.name.unwrap_or(model.name);
        model.min_cache_tokens = own.min_cache_tokens.or(model.min_cache_tokens);
        model.source = own.source.unwrap_or_else(|| "own prices".to_string());
        model.date = own.date.unwrap_or_default();
        // Own prices hold wherever the model is called.
        (model.offers, model.second) = (Vec::new(), None);
        catalog.insert(model);
    }
    Ok((catalog, Vec::new()))
}

fn own_prices(document: &Value) -> Result<BTreeMap<String, OwnPrices>, Problems> {
    let findings = Findings::default();
    let mut own = BTreeMap::new();
    let inside = document.get("prices").or_else(|| document.get("billing")?.get("prices")).is_some();
    // A team's file and a scenario have more in them than prices.
    let whole = if inside { document.clone() } else { serde_json::json!({ "prices": document }) };
    let whole = if whole.get("prices").is_none() { whole.get("billing").cloned().unwrap_or_default() } else { whole };
    if let Some(fields) = Fields::of(&whole, "", &findings) {
        fields.entries();
        own = OwnPrices::table(&fields, "prices");
    }
    let mut problems: Vec<Problem> = findings.into_problems().into_iter().filter(Problem::is_error).collect();
    if problems.is_empty() && own.is_empty() {
        problems.push(Problem::error("", Message::new(Word::prices_none), Word::prices_form_hint));
    }
    if problems.is_empty() { Ok(own) } else { Err(Problems(problems)) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::{Place, Tier, TokenKind};

    fn rows(document: Value) -> Listed {
        read_list(document.as_object().unwrap(), "2026-11-29")
    }

    #[test]
    fn a_price_list_becomes_rows() {
        let model = |provider: &str, input: f64| serde_json::json!({"litellm_provider": provider, "mode": "chat", "input_cost_per_token": input});
        let listed = rows(serde_json::json!({
            "anthropic.new": {"litellm_provider": "bedrock_converse", "mode": "chat", "input_cost_per_token": 1e-6,
                "input_cost_per_token_above_272k_tokens": 2e-6, "cache_read_input_token_cost_above_272k_tokens_flex": 3e-7,
                "cache_creation_input_token_cost_above_1hr_above_100k_tokens": 4e-6, "input_cost_per_image": 0.1, "source": "a, b"},
            "bedrock/eu-west-1/anthropic.new": model("bedrock", 1.1e-6),
            "bedrock_mantle/us-gov-west-1/anthropic.new": model("bedrock_mantle", 1.2e-6),
            "bedrock/eu-west-1/6-month-commitment/anthropic.new": model("bedrock", 1e-6),
            "bedrock/anthropic.new": model("bedrock", 9e-6),
            "claude-new": model("bedrock", 9e-6),
            "gpt-5.6-new": model("bedrock", 9e-6),
            "anthropic.image": {"litellm_provider": "bedrock", "mode": "image_generation", "input_cost_per_token": 1e-6},
            "gpt": model("openai", 1e-6),
        }));
        let named: Vec<_> = listed.rows.iter().map(named).collect();
        assert_eq!(named, ["anthropic.new", "anthropic.new in eu-west-1", "anthropic.new in us-gov-west-1 by mantle"]);
        assert_eq!(
            listed.not_taken,
            [
                "bedrock/eu-west-1/6-month-commitment/anthropic.new: no id of Bedrock's",
                "bedrock/anthropic.new: no id of Bedrock's",
                "claude-new: no id of Bedrock's",
                "gpt-5.6-new: no id of Bedrock's",
                "field input_cost_per_image of 1 rows",
            ]
        );
        let prices = &listed.rows[0].prices;
        assert_eq!(prices.thresholds().iter().map(|t| t.above_tokens).collect::<Vec<_>>(), [100_000, 272_000]);
        let flex = prices.thresholds()[1].prices.get(PriceKind::FlexCacheRead);
        assert_eq!(flex.map(Price::usd_per_million), Some(0.3));
        // The table keeps all of it.
        let table = super::super::write_table(&listed.rows);
        let mut again = read_table(&table).unwrap();
        again[0].source = "a, b".to_string();
        assert_eq!(again, listed.rows);
    }

    #[test]
    fn an_update_says_what_changes() {
        let list = |input: f64, output: f64| {
            rows(serde_json::json!({"anthropic.a": {"litellm_provider": "bedrock", "mode": "chat", "input_cost_per_token": input, "output_cost_per_token": output}})).rows
        };
        let mut old = list(1e-6, 5e-6);
        old.push(TableRow { id: "anthropic.gone".to_string(), ..old[0].clone() });
        let mut new = list(2.1e-6, 6e-6);
        new.push(TableRow { id: "anthropic.b".to_string(), ..new[0].clone() });
        let update = update(old, new);
        assert_eq!(
            update.lines,
            [
                "~ anthropic.a: input 1 -> 2.1",
                "~ anthropic.a: output 5 -> 6",
                "+ anthropic.b: 2.1 in, 6 out",
                "- anthropic.gone: no longer in the file; its row and date stay",
            ]
        );
        assert_eq!(update.moved, ["~ anthropic.a: input 1 -> 2.1"]);
        assert_eq!(update.rows.len(), 3);
    }

    #[test]
    fn a_second_list_is_kept_where_it_differs() {
        let first = rows(serde_json::json!({
            "anthropic.a": {"litellm_provider": "bedrock", "mode": "chat", "input_cost_per_token": 1e-6, "output_cost_per_token": 5e-6},
            "anthropic.b": {"litellm_provider": "bedrock", "mode": "chat", "input_cost_per_token": 1e-6},
        }))
        .rows;
        let second = serde_json::json!({
            "anthropic.a": {"input_cost_per_token": 1.1e-6, "output_cost_per_token": 5.5e-6, "in_region": true, "source": "two 1"},
            "anthropic.b": {"input_cost_per_token": 1e-6, "cache_read_input_token_cost": 1e-7},
            "anthropic.c": {"input_cost_per_token": 1e-6},
        });
        let second = second_rows(&first, "two", second.as_object().unwrap(), "2026-11-29");
        assert_eq!(second.len(), 1);
        let mut catalog = Catalog::default();
        first.into_iter().chain(second).for_each(|row| catalog.add(row));
        let model = catalog.get("anthropic.a").unwrap();
        let input = |place| model.at(place).prices.rate(TokenKind::Input, Tier::Standard, 0).unwrap().pico_per_token();
        assert_eq!((input(Place::default()), input(Place::in_region(Some("eu-west-1")))), (1e6, 1.1e6));
        assert_eq!(model.at(Place::default()).other.unwrap().source, "two 1");
    }

    #[test]
    fn a_file_of_prices_has_three_forms() {
        let input = |text: &str, id: &str| {
            let (catalog, _) = read_prices(Catalog::full(), text).unwrap();
            catalog.get(id).unwrap().prices.get(PriceKind::Input).unwrap().usd_per_million()
        };
        assert_eq!(
            input(r#"{"acme.x":{"litellm_provider":"bedrock","mode":"chat","input_cost_per_token":7e-6}}"#, "acme.x"),
            7.0
        );
        assert_eq!(input(r#"{"acme.x":{"input":7,"output":8}}"#, "acme.x"), 7.0);
        assert_eq!(
            input(r#"{"prices":{"amazon.nova-micro-v1:0":{"input":7}},"presets":{}}"#, "amazon.nova-micro-v1:0"),
            7.0
        );
        assert_eq!(input("id,input\nacme.x,7\n", "acme.x"), 7.0);
        let refused = |text: &str| read_prices(Catalog::full(), text).unwrap_err().to_string();
        assert!(
            refused(r#"{"acme.x":{"imput":7}}"#).contains("acme.x.imput"),
            "{}",
            refused(r#"{"acme.x":{"imput":7}}"#)
        );
        assert!(refused("id,input\nacme.x,l7\n").starts_with("line 2, column input"));
        assert!(refused("{}").contains("no price"), "{}", refused("{}"));
    }
}
