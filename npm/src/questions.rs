//! The questions asked of logs, for JavaScript: bytes or a document in, the document of the command line out.

use serde::{Deserialize, Serialize};
use wasm_bindgen::prelude::*;

use super::{Refusal, from_js, scenario_from, text_from, to_js};
use rehearsal::catalog::Catalog;
use rehearsal::import::LogSummary;
use rehearsal::questions::cache::{CacheTruth, cache_from_traffic};
use rehearsal::questions::quota::{Limits, QuotaNeeds, QuotaQuestion, quota_of_scenario};
use rehearsal::questions::upgrade::{Upgrade, UpgradeQuestion, every_model};
use rehearsal::questions::{Asked, document, listen};

/// What `upgrade` takes beside the log.
#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct UpgradeOptions {
    /// A model, or `all`.
    to: String,
    today: Option<String>,
}

/// What `cache` takes beside a scenario.
#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct CacheOptions {
    think_s: Option<f64>,
}

/// What `quota` takes beside the log or the scenario.
#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct QuotaOptions {
    rpm: Option<f64>,
    tpm: Option<f64>,
    max_tokens: Option<u64>,
    default_quotas: Option<bool>,
}

/// The document of the command line: the answer, and what of a log was left out of it.
fn told(answer: &impl Serialize, read: &LogSummary) -> Result<JsValue, Refusal> {
    to_js(&document(answer, read).map_err(|error| wrong("the answer", error))?)
}

fn wrong(what: &str, reason: impl std::fmt::Display) -> Refusal {
    Refusal::new(&format!("{what}: {reason}"))
}

/// Whether the requests of a log, or the one that is the document, survive another model.
///
/// # Errors
/// Throws an `Error` for a model that nobody knows, a day that is none, a log of which nothing was read.
#[wasm_bindgen]
pub fn upgrade(log: Option<Vec<u8>>, request: JsValue, options: JsValue) -> Result<JsValue, Refusal> {
    let UpgradeOptions { to, today } = from_js(options)?;
    let catalog = Catalog::full();
    let to = if to == "all" { every_model(catalog, today.as_deref()) } else { vec![to] };
    let mut upgrade =
        Upgrade::new(catalog, UpgradeQuestion { to, today }).map_err(|reason| wrong("upgrade", reason))?;
    let read = match log {
        Some(log) => {
            let read = listen(&log, |call| upgrade.hear(call, &format!("line {}", call.line)));
            read.check().map_err(|error| wrong("upgrade", error))?;
            read
        }
        None => {
            let body = serde_json::from_str(&text_from(&request)?).map_err(|error| wrong("upgrade", error))?;
            let asked = Asked::of_body(body);
            let asked = asked.ok_or_else(|| wrong("upgrade", "this is no request that is known"))?;
            upgrade.hear_request(&asked, "the request");
            LogSummary::default()
        }
    };
    told(&upgrade.finish(), &read)
}

/// Why the prompt cache of a log is not hit; or the hit rate that follows from a scenario's traffic.
///
/// # Errors
/// Throws an `Error` for a log of which nothing was read, or a scenario that cannot be used.
#[wasm_bindgen]
pub fn cache(log: Option<Vec<u8>>, scenario: JsValue, options: JsValue) -> Result<JsValue, Refusal> {
    let options: CacheOptions = from_js(options)?;
    let Some(log) = log else {
        let think_s = options.think_s.unwrap_or(60.0);
        if !(0.0..=86_400.0).contains(&think_s) {
            return Err(wrong("cache", "think_s is out of range; expected 0 to 86,400"));
        }
        return to_js(&cache_from_traffic(&scenario_from(scenario)?, Catalog::full(), think_s));
    };
    let mut truth = CacheTruth::new(Catalog::full());
    let read = listen(&log, |call| truth.hear(call, &format!("line {}", call.line)));
    read.check().map_err(|error| wrong("cache", error))?;
    told(&truth.finish(), &read)
}

/// What quota a log or a scenario needs, which limit binds first, and AWS's form filled in.
///
/// # Errors
/// Throws an `Error` for a log of which nothing was read, or a scenario that cannot be used.
#[wasm_bindgen]
pub fn quota(log: Option<Vec<u8>>, scenario: JsValue, options: JsValue) -> Result<JsValue, Refusal> {
    let options: QuotaOptions = from_js(options)?;
    let mut question = QuotaQuestion {
        max_tokens: options.max_tokens,
        default_quotas: options.default_quotas.unwrap_or(true),
        ..QuotaQuestion::default()
    };
    let limits = Limits { rpm: options.rpm, tpm: options.tpm, ..Limits::default() };
    if limits != Limits::default() {
        question.limits.insert("*".to_string(), limits);
    }
    let Some(log) = log else {
        let (answer, simulated) = quota_of_scenario(&scenario_from(scenario)?, Catalog::full(), question)?;
        let told = |error| wrong("quota", error);
        let mut document = document(&answer, &LogSummary::default()).map_err(told)?;
        document["simulated"] = serde_json::to_value(&simulated).map_err(told)?;
        return to_js(&document);
    };
    let mut needs = QuotaNeeds::new(Catalog::full(), question);
    let read = listen(&log, |call| needs.hear(call));
    read.check().map_err(|error| wrong("quota", error))?;
    told(&needs.finish(), &read)
}
