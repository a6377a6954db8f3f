//! What AWS billed: line items of a cost and usage report (CUR 2.0 or the older one) or of Cost Explorer.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::catalog::{base_id, day_number};
use crate::money::Usd;

use super::columns::squash;
use super::cost_console::Console;
use super::error::{Error, ErrorCode};
use super::log_reader::SkippedLine;
use super::scalar::{number, short};
use super::usage_csv::Separated;

/// One line item of Bedrock.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct LineItem {
    /// The first day of its period, since 1970-01-01 UTC.
    pub day: i64,
    /// How many days the period has.
    pub days: i64,
    /// What AWS calls the model; empty where the item is of none.
    pub model: String,
    pub kind: LineKind,
    pub usd: Usd,
    /// Tokens, where the unit is known.
    pub tokens: Option<f64>,
    /// `batch`, `flex`, `priority`, or empty.
    pub tier: &'static str,
    /// Served by a profile of the whole world.
    pub global: bool,
    pub usage_type: String,
}

/// What a line item is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, serde::Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum LineKind {
    Input,
    Output,
    CacheRead,
    #[serde(rename = "cache_write_5m")]
    CacheWrite5m,
    #[serde(rename = "cache_write_1h")]
    CacheWrite1h,
    /// All of a service together: the report does not tell what was counted.
    All,
    Guardrail,
    /// Images, searches, provisioned capacity and whatever else is not counted in tokens.
    Other,
    Discount,
    Credit,
    Tax,
}

impl LineKind {
    /// Whether tokens are billed by it, of one kind or of all.
    pub(super) fn is_tokens(self) -> bool {
        use LineKind as K;
        matches!(self, K::Input | K::Output | K::CacheRead | K::CacheWrite5m | K::CacheWrite1h | K::All)
    }

    /// As the report names it.
    pub fn key(self) -> &'static str {
        match self {
            LineKind::Input => "input",
            LineKind::Output => "output",
            LineKind::CacheRead => "cache_read",
            LineKind::CacheWrite5m => "cache_write_5m",
            LineKind::CacheWrite1h => "cache_write_1h",
            LineKind::All => "all",
            LineKind::Guardrail => "guardrail",
            LineKind::Other => "other",
            LineKind::Discount => "discount",
            LineKind::Credit => "credit",
            LineKind::Tax => "tax",
        }
    }
}

/// The most codes of regions that are named.
const MOST_CODES: usize = 20;

/// A report.
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct CostReport {
    pub items: Vec<LineItem>,
    /// Line items of other services.
    pub others: u64,
    /// How something in it was understood that may mean two things.
    pub notes: Vec<String>,
    pub skipped: Vec<SkippedLine>,
}

impl CostReport {
    /// Reads a report: CUR as CSV, Cost Explorer's table as its console downloads it, or the JSON of
    /// `aws ce get-cost-and-usage`.
    ///
    /// # Errors
    /// A file that is neither, or has no line item of Bedrock: what was seen, and what was expected.
    pub fn read(name: &str, bytes: &[u8]) -> Result<Self, Error> {
        let refuse = |what: String| Error::new(ErrorCode::OtherKind, what).in_file(name);
        if bytes.starts_with(b"PAR1") {
            return Err(refuse(
                "a Parquet file; write it as CSV, with DuckDB: COPY (FROM 'FILE') TO 'cur.csv'".to_string(),
            ));
        }
        let text = crate::document::text_of(bytes).map_err(|problem| refuse(problem.say(&crate::words::English)))?;
        let report = if text.trim_start().starts_with(['{', '[']) {
            let value: Value =
                crate::document::bounded(text.as_bytes()).map_err(|error| refuse(format!("not JSON: {error}")))?;
            explorer(&value)
        } else {
            table(name, text)
        };
        let mut report = report.ok_or_else(|| {
            refuse("no cost report; expected CUR 2.0 with line_item_usage_type and line_item_unblended_cost, Cost Explorer's CSV with a service or a usage type in each column, or the JSON of `aws ce get-cost-and-usage`".to_string())
        })?;
        if report.items.is_empty() {
            return Err(Error::new(
                ErrorCode::NothingRead,
                format!(
                    "{} line items, none of Amazon Bedrock; group Cost Explorer by service or by usage type",
                    report.others
                ),
            )
            .in_file(name));
        }
        let codes: BTreeSet<&str> = report.items.iter().filter_map(|item| unknown_code(&item.usage_type)).collect();
        let codes = codes.into_iter().take(MOST_CODES).collect::<Vec<_>>().join(", ");
        if !codes.is_empty() {
            report.notes.push(format!(
                "{codes}: no region's code that is known; lines that begin with it are compared at the prices of the logs' regions"
            ));
        }
        Ok(report)
    }
}

/// Cost Explorer: results by time, grouped.
fn explorer(value: &Value) -> Option<CostReport> {
    let results = value["ResultsByTime"].as_array()?;
    let mut report = CostReport::default();
    for (index, result) in results.iter().enumerate() {
        let at = |end: &str| result["TimePeriod"][end].as_str().and_then(day_number);
        let day = at("Start");
        let days = at("End").zip(day).map_or(1, |(end, day)| (end - day).max(1));
        for group in result["Groups"].as_array().into_iter().flatten() {
            let keys: Vec<&str> = group["Keys"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
            let metrics = &group["Metrics"];
            let cost = ["UnblendedCost", "NetUnblendedCost", "AmortizedCost", "BlendedCost"]
                .iter()
                .find_map(|name| metrics[*name]["Amount"].as_str());
            match (day, cost.and_then(amount)) {
                (Some(day), Some(usd)) => {
                    let quantity = metrics["UsageQuantity"]["Amount"].as_str().and_then(|text| text.parse().ok());
                    let unit = metrics["UsageQuantity"]["Unit"].as_str().unwrap_or_default();
                    grouped(&mut report, day, days, &keys, usd, quantity.map(|quantity| (quantity, unit)));
                }
                _ => report.skipped.push(SkippedLine {
                    file: String::new(),
                    line: index as u64 + 1,
                    reason: format!("a group without a day and a cost: {}", short(&group.to_string())),
                }),
            }
        }
    }
    Some(report)
}

/// Adds a group of Cost Explorer's: of a usage type, of a service, or of both.
pub(super) fn grouped(
    report: &mut CostReport,
    day: i64,
    days: i64,
    keys: &[&str],
    usd: Usd,
    quantity: Option<(f64, &str)>,
) {
    let usage = keys.iter().find(|key| kind_of(key).is_some() || key.contains("-MP:")).copied();
    let service = keys.iter().find(|key| Some(**key) != usage).copied().unwrap_or_default();
    let of_bedrock = keys.iter().any(|key| squash(key).contains("bedrock"));
    let (quantity, unit) = quantity.map_or((None, ""), |(quantity, unit)| (Some(quantity), unit));
    match usage {
        Some(usage) => report.items.push(LineItem { days, ..item(day, usage, service, usd, quantity, unit) }),
        // Both were told, and what was used is no token.
        None if of_bedrock && keys.len() > 1 => {
            let used = keys.iter().find(|key| !squash(key).contains("bedrock")).copied().unwrap_or_default();
            report.items.push(LineItem { days, ..item(day, used, service, usd, None, "") });
        }
        None if of_bedrock => {
            let item = item(day, "", service, usd, None, "");
            report.items.push(LineItem { days, kind: LineKind::All, usage_type: service.to_string(), ..item });
        }
        None => report.others += 1,
    }
}

/// A report of rows.
fn table(name: &str, text: &str) -> Option<CostReport> {
    let mut report = CostReport::default();
    let mut separated = Separated::new(Separated::delimiter_of(text.lines().next()?));
    let mut headings = None;
    let lines = text.split_inclusive('\n').zip(1_u64..);
    let mut rows = Vec::new();
    let mut last = 0;
    for (line, number) in lines {
        rows.extend(separated.line(line.as_bytes(), number));
        last = number;
        for (line, _, fields) in rows.drain(..) {
            row(name, &mut report, &mut headings, line, fields)?;
        }
    }
    if let Some((line, _, fields)) = separated.finish(last) {
        row(name, &mut report, &mut headings, line, fields)?;
    }
    if let Heading::Console(console) = headings? {
        console.finish(name, &mut report);
    }
    Some(report)
}

/// What the columns of a report are.
enum Heading {
    /// A line item a row: the columns' names, squashed.
    Items(Vec<String>),
    Console(Console),
}

fn row(
    name: &str,
    report: &mut CostReport,
    heading: &mut Option<Heading>,
    line: u64,
    fields: Result<Vec<String>, String>,
) -> Option<()> {
    let skip = |report: &mut CostReport, reason: String| {
        report.skipped.push(SkippedLine { file: name.to_string(), line, reason });
    };
    let fields = match fields {
        Ok(fields) => fields,
        Err(reason) => {
            skip(report, reason);
            return Some(());
        }
    };
    let headings = match heading {
        Some(Heading::Items(names)) => names,
        Some(Heading::Console(console)) => {
            console.row(name, line, &fields, report);
            return Some(());
        }
        None => {
            let names: Vec<String> = fields.iter().map(|name| squash(name)).collect();
            let has = |name: &str| names.iter().any(|heading| heading.ends_with(name));
            *heading = if has("usagetype") && has("unblendedcost") {
                Some(Heading::Items(names))
            } else {
                Console::of(&fields).map(Heading::Console)
            };
            return heading.as_ref().map(|_| ());
        }
    };
    let get = |names: &[&str]| {
        names.iter().find_map(|name| {
            let place = headings.iter().position(|heading| heading == name)?;
            fields.get(place).map(|text| text.trim()).filter(|text| !text.is_empty())
        })
    };
    let usage = get(&["lineitemusagetype", "usagetype"]).unwrap_or_default();
    let product = get(&["lineitemproductcode", "productcode"]).unwrap_or_default();
    let named = get(&["productproductname", "productservicename", "productname", "servicename", "productmodel"])
        .unwrap_or_default();
    let map = get(&["product"]).unwrap_or_default();
    let service = if named.is_empty() { map } else { named };
    let all = [usage, product, service, get(&["lineitemlineitemdescription"]).unwrap_or_default()]
        .join(" ")
        .to_ascii_lowercase();
    if !all.contains("bedrock") && kind_of(usage).is_none() {
        report.others += 1;
        return Some(());
    }
    let day =
        get(&["lineitemusagestartdate", "usagestartdate", "timeintervalstart", "date", "billbillingperiodstartdate"])
            .and_then(|text| day_number(&text.replace('/', "-")));
    let until = get(&["lineitemusageenddate", "usageenddate"]).and_then(|text| day_number(&text.replace('/', "-")));
    // What a private discount leaves is what is paid, where the report has it.
    let paid = ["lineitemnetunblendedcost", "netunblendedcost", "lineitemunblendedcost", "unblendedcost"];
    let cost = get(&paid).and_then(amount);
    if let Some(currency) =
        get(&["lineitemcurrencycode", "currencycode"]).filter(|code| !code.eq_ignore_ascii_case("USD"))
    {
        skip(report, format!("an amount in {}; only US dollars are compared", super::scalar::short(currency)));
        return Some(());
    }
    let (Some(day), Some(usd)) = (day, cost) else {
        skip(report, "a line item without a day or a cost".to_string());
        return Some(());
    };
    let quantity = get(&["lineitemusageamount", "usageamount"]).and_then(|text| number(text, false).ok().flatten());
    let unit = get(&["pricingunit", "lineitemusageunit"]).unwrap_or_default();
    // A model in a profile is named by its resource.
    let resource = get(&["lineitemresourceid", "resourceid"]).unwrap_or_default();
    let mut item = item(day, usage, service, usd, quantity, unit);
    item.days = until.map_or(1, |until| (until - day).max(1));
    if item.model.is_empty() && (resource.contains("foundation-model/") || resource.contains(":inference-profile/")) {
        item.model = resource.rsplit('/').next().unwrap_or_default().to_string();
    }
    item.kind = match get(&["lineitemlineitemtype", "lineitemtype"]).unwrap_or("Usage") {
        "Tax" => LineKind::Tax,
        "Credit" | "Refund" => LineKind::Credit,
        kind if kind.ends_with("Discount") => LineKind::Discount,
        _ => item.kind,
    };
    report.items.push(item);
    Some(())
}

/// An amount in dollars, which may be below zero.
pub(super) fn amount(text: &str) -> Option<Usd> {
    let text = text.trim();
    let (sign, rest) = text.strip_prefix('-').map_or((1.0, text), |rest| (-1.0, rest));
    Usd::from_dollars(sign * number(rest, false).ok().flatten()?)
}

/// What a usage type counts; `None` for one that is no token's.
fn kind_of(usage: &str) -> Option<LineKind> {
    let name = squash(usage);
    let has = |part: &str| name.contains(part);
    if has("guardrail") {
        return Some(LineKind::Guardrail);
    }
    if !has("token") {
        return None;
    }
    Some(if has("cacheread") || has("readinputtoken") {
        LineKind::CacheRead
    } else if has("cachewrite") {
        if has("1h") { LineKind::CacheWrite1h } else { LineKind::CacheWrite5m }
    } else if has("output") {
        LineKind::Output
    } else if has("input") {
        LineKind::Input
    } else {
        LineKind::Other
    })
}

fn item(day: i64, usage: &str, service: &str, usd: Usd, quantity: Option<f64>, unit: &str) -> LineItem {
    let name = squash(usage);
    let unit = unit.to_ascii_lowercase();
    let per = if unit.contains("1k") || unit.contains("thousand") {
        Some(1e3)
    } else if unit.contains("1m")
        || unit.contains("million")
        || usage.contains("-MP:")
        || usage.contains("_InputTokenCount")
    {
        Some(1e6)
    } else if unit.contains("token") {
        Some(1.0)
    } else {
        None
    };
    let tier = ["batch", "flex", "priority"].into_iter().find(|tier| name.contains(tier)).unwrap_or("");
    LineItem {
        day,
        days: 1,
        model: model_of(usage, service),
        kind: kind_of(usage).unwrap_or(LineKind::Other),
        usd,
        tokens: quantity.zip(per).map(|(quantity, per)| quantity * per),
        tier,
        global: name.contains("global"),
        usage_type: usage.to_string(),
    }
}

/// Regions by the codes that usage types begin with.
///
/// # Source
/// [AWS Region billing codes](https://docs.aws.amazon.com/global-infrastructure/latest/regions/aws-region-billing-codes.html)
/// and [the codes of Amazon S3's reports](https://docs.aws.amazon.com/AmazonS3/latest/userguide/aws-usage-report-understand.html),
/// 2026-11-30; `CPT` is the older one of Cape Town; `EUW1` is on neither page and
/// can only be Ireland.
const CODES: [(&str, &str); 38] = [
    ("USE1", "us-east-1"),
    ("USE2", "us-east-2"),
    ("USW1", "us-west-1"),
    ("USW2", "us-west-2"),
    ("UGW1", "us-gov-west-1"),
    ("UGE1", "us-gov-east-1"),
    ("CAN1", "ca-central-1"),
    ("CAN2", "ca-west-1"),
    ("SAE1", "sa-east-1"),
    ("MXC1", "mx-central-1"),
    ("AFS1", "af-south-1"),
    ("CPT", "af-south-1"),
    ("EU", "eu-west-1"),
    ("EUW1", "eu-west-1"),
    ("EUW2", "eu-west-2"),
    ("EUW3", "eu-west-3"),
    ("EUC1", "eu-central-1"),
    ("EUC2", "eu-central-2"),
    ("EUN1", "eu-north-1"),
    ("EUS1", "eu-south-1"),
    ("EUS2", "eu-south-2"),
    ("APE1", "ap-east-1"),
    ("APE2", "ap-east-2"),
    ("APN1", "ap-northeast-1"),
    ("APN2", "ap-northeast-2"),
    ("APN3", "ap-northeast-3"),
    ("APS1", "ap-southeast-1"),
    ("APS2", "ap-southeast-2"),
    ("APS3", "ap-south-1"),
    ("APS4", "ap-southeast-3"),
    ("APS5", "ap-south-2"),
    ("APS6", "ap-southeast-4"),
    ("APS7", "ap-southeast-5"),
    ("APS8", "ap-southeast-6"),
    ("APS9", "ap-southeast-7"),
    ("MEC1", "me-central-1"),
    ("MES1", "me-south-1"),
    ("ILC1", "il-central-1"),
];

/// The region that a usage type begins with: `APN1-NovaPro-input-tokens` is of Tokyo.
pub(super) fn region_of_usage(usage: &str) -> Option<&'static str> {
    let code = usage.split('-').next()?;
    CODES.iter().find(|(known, _)| *known == code).map(|(_, region)| *region)
}

/// What a usage type begins with that has the form of a region's code and is none that is known.
fn unknown_code(usage: &str) -> Option<&str> {
    let (code, _) = usage.split_once('-')?;
    let letters = code.strip_suffix(|c: char| c.is_ascii_digit())?;
    let is_code = (2..=4).contains(&letters.len()) && letters.bytes().all(|byte| byte.is_ascii_uppercase());
    (is_code && region_of_usage(usage).is_none()).then_some(code)
}

/// The model's name within `USE1-NovaPro-input-tokens`, or else the product's.
fn model_of(usage: &str, service: &str) -> String {
    if !usage.contains("-MP:") {
        let parts: Vec<&str> = usage.split('-').collect();
        let counted = |part: &&str| {
            ["input", "output", "cache", "mantle", "text", "image"].contains(&part.to_ascii_lowercase().as_str())
        };
        let end = parts.iter().position(counted);
        if let Some(end) = end.filter(|end| *end > 1) {
            return parts[1..end].join("-");
        }
    }
    let service = match serde_json::from_str::<BTreeMap<String, String>>(service) {
        Ok(map) => map
            .get("product_name")
            .or_else(|| map.get("servicename"))
            .or_else(|| map.get("model"))
            .cloned()
            .unwrap_or_default(),
        Err(_) => service.to_string(),
    };
    let name = service.split('(').next().unwrap_or_default().trim();
    if name.eq_ignore_ascii_case("amazon bedrock") || name.eq_ignore_ascii_case("AmazonBedrock") {
        String::new()
    } else {
        name.to_string()
    }
}

/// A model's name without anything that the report and the log write differently: case, marks, words that only one
/// of them has. With and without the version behind it.
pub(super) fn compact(name: &str) -> [String; 2] {
    let base = base_id(name);
    let base = base.split(['@', '[']).next().unwrap_or_default();
    // What stands before the first dot of an id is its vendor.
    let (vendor, rest) = base.split_once('.').unwrap_or(("", base));
    let is_vendor = vendor.len() > 1 && vendor.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit());
    let whole =
        if is_vendor && !rest.is_empty() && !vendor.ends_with(|c: char| c.is_ascii_digit()) { rest } else { base };
    let plain = whole
        .rsplit_once(':')
        .filter(|(_, tail)| tail.bytes().all(|b| b.is_ascii_digit()))
        .map_or(whole, |(plain, _)| plain);
    let versionless = plain
        .rsplit_once("-v")
        .or_else(|| plain.rsplit_once('-').filter(|_| plain.len() < whole.len()))
        .filter(|(_, version)| version.bytes().all(|b| b.is_ascii_digit()))
        .map_or(plain, |(name, _)| name);
    [plain, versionless].map(|name| {
        let name = super::columns::squash(name).replace("embeddings", "embed").replace("embedding", "embed");
        let name = name.replace("instruct", "");
        if name.contains("embed") { name.replace("text", "") } else { name }
    })
}

/// What two names of a model have in common: its words and its version, in order of the alphabet.
pub(super) fn model_key(name: &str) -> String {
    const DROPPED: [&str; 22] = [
        "anthropic",
        "amazon",
        "meta",
        "openai",
        "mistral",
        "cohere",
        "ai21",
        "global",
        "us",
        "eu",
        "apac",
        "jp",
        "au",
        "instruct",
        "v",
        "qwen",
        "bedrock",
        "edition",
        "gov",
        "ap",
        "ca",
        "sa",
    ];
    let name = name.split(['@', '[']).next().unwrap_or_default();
    let name = name
        .rsplit_once("-v")
        .filter(|(_, version)| version.starts_with(|c: char| c.is_ascii_digit()) && version.contains(':'))
        .map_or(name, |(name, _)| name);
    let (mut words, mut numbers): (Vec<String>, Vec<String>) = (Vec::new(), Vec::new());
    let mut word = String::new();
    let mut previous_number = false;
    let mut flush = |word: &mut String, previous_number: &mut bool| {
        let text = std::mem::take(word).to_ascii_lowercase();
        if text.is_empty() {
            return;
        }
        if text.bytes().all(|b| b.is_ascii_digit()) {
            if text.len() >= 6 {
                // A date.
                return;
            }
            match numbers.last_mut() {
                Some(last) if *previous_number => *last = format!("{last}.{text}"),
                _ => numbers.push(text),
            }
            *previous_number = true;
        } else {
            *previous_number = false;
            if !DROPPED.contains(&text.as_str()) {
                words.push(text);
            }
        }
    };
    let mut chars = name.chars().peekable();
    while let Some(c) = chars.next() {
        let boundary = word.chars().last().is_some_and(|last| {
            (last.is_ascii_lowercase() && (c.is_ascii_uppercase() || c.is_ascii_digit()))
                || (last.is_ascii_digit()
                    && c.is_ascii_uppercase()
                    && chars.peek().is_some_and(char::is_ascii_lowercase))
        });
        if boundary || !c.is_ascii_alphanumeric() {
            flush(&mut word, &mut previous_number);
        }
        if c.is_ascii_alphanumeric() {
            word.push(c);
        }
    }
    flush(&mut word, &mut previous_number);
    words.extend(numbers.into_iter().map(|number| number.trim_end_matches(".0").to_string()));
    words.sort();
    words.dedup();
    words.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_model_is_known_under_both_names() {
        for (aws, id) in [
            ("Claude4.6Sonnet", "global.anthropic.claude-sonnet-4-6"),
            ("Claude Haiku 4.5", "global.anthropic.claude-haiku-4-5-20251001-v1:0"),
            ("Claude3Haiku", "anthropic.claude-3-haiku-20240307-v1:0"),
            ("NovaPro", "us.amazon.nova-pro-v1:0"),
            ("Nova2.0Lite", "amazon.nova-2-lite-v1:0"),
            ("openai.gpt-oss-120b", "openai.gpt-oss-120b-1:0"),
        ] {
            let (a, b) = (model_key(aws), model_key(id));
            assert!(a == b || b.starts_with(&a) || same(&a, &b), "{aws}: {a}; {id}: {b}");
        }
    }

    fn same(a: &str, b: &str) -> bool {
        a.split(' ').all(|word| b.split(' ').any(|other| other == word))
    }

    #[test]
    fn names_meet_without_marks() {
        for (aws, id) in [
            ("DeepSeek-V3.2", "deepseek.v3.2"),
            ("DeepSeek-R1", "us.deepseek.r1-v1:0"),
            ("PalmyraX5", "writer.palmyra-x5-v1:0"),
            ("Qwen3-Coder-480B-A35B", "qwen.qwen3-coder-480b-a35b-v1:0"),
            ("Kimi-K2-5", "moonshotai.kimi-k2.5"),
            ("TitanEmbeddingsV2", "amazon.titan-embed-text-v2:0"),
        ] {
            let (a, b) = (compact(aws), compact(id));
            let vendor = squash(id.split('.').find(|part| *part != "us").unwrap_or_default());
            assert!(b.contains(&a[0]) || b.iter().any(|b| format!("{vendor}{b}") == a[0]), "{aws}: {a:?}; {id}: {b:?}");
        }
        assert_ne!(compact("DeepSeek-R1")[0], compact("deepseek.v3.2")[0]);
    }

    #[test]
    fn a_code_that_is_no_regions_is_named() {
        let known = |usage| (region_of_usage(usage), unknown_code(usage));
        assert_eq!(known("APS9-NovaPro-input-tokens"), (Some("ap-southeast-7"), None));
        assert_eq!(known("CPT-NovaPro-input-tokens"), (Some("af-south-1"), None));
        assert_eq!(known("XXE9-MP:XXE9_InputTokenCount-Units"), (None, Some("XXE9")));
        for usage in ["NovaPro-input-tokens", "Amazon Bedrock", "", "é1-NovaPro", "DataTransfer-Out-Bytes"] {
            assert_eq!(known(usage), (None, None), "{usage}");
        }
        let report = |usage: &str| {
            let heading =
                "line_item_usage_start_date,line_item_product_code,line_item_usage_type,line_item_unblended_cost";
            let text = format!("{heading}\n2026-11-20,AmazonBedrock,{usage},1\n2026-11-21,AmazonBedrock,{usage},1\n");
            CostReport::read("cur.csv", text.as_bytes()).unwrap().notes
        };
        assert_eq!(report("APE2-NovaPro-input-tokens"), Vec::<String>::new());
        assert_eq!(
            report("APE7-NovaPro-input-tokens"),
            [
                "APE7: no region's code that is known; lines that begin with it are compared at the prices of the logs' regions"
            ]
        );
    }

    #[test]
    fn usage_types_say_what_they_count() {
        let check = |usage: &str, model: &str, kind, tier: &str, global| {
            let found = item(0, usage, "Claude Sonnet 4.6 (Amazon Bedrock Edition)", Usd::ZERO, None, "");
            assert_eq!(
                (found.model.as_str(), found.kind, found.tier, found.global),
                (model, kind, tier, global),
                "{usage}"
            );
        };
        check("USE1-NovaPro-input-tokens", "NovaPro", LineKind::Input, "", false);
        check("USE1-Nova2.0Lite-output-tokens-flex", "Nova2.0Lite", LineKind::Output, "flex", false);
        check(
            "USE1-Claude4.6Sonnet-cache-read-input-token-count-cross-region-global",
            "Claude4.6Sonnet",
            LineKind::CacheRead,
            "",
            true,
        );
        check("USE1-MP:USE1_InputTokenCount-Units", "Claude Sonnet 4.6", LineKind::Input, "", false);
        check(
            "APN1-MP:APN1_cache_write_tokens_1h_standard-Units",
            "Claude Sonnet 4.6",
            LineKind::CacheWrite1h,
            "",
            false,
        );
        check("USE1-MP:USE1_output_tokens_global_batch-Units", "Claude Sonnet 4.6", LineKind::Output, "batch", true);
    }
}
