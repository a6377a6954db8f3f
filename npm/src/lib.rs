//! The JavaScript facade: converts values and calls the core, contains no logic.

mod bench;
mod delivery;
mod import;
mod mock;
mod questions;
mod refusal;
mod testing;

pub use bench::{WireBenchmark, compare_runs, describe, render_report, trend};
pub use delivery::{WireAssembler, WireDelivery, close_markdown, socket_frames};
pub use import::WireLog;
pub use mock::{WireMock, prompt_hash};
pub use questions::{cache, quota, upgrade};
pub use refusal::Refusal;
pub use testing::{WireRecorder, compare_snapshots, contract_violations, hostile_texts};

use std::cell::RefCell;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use wasm_bindgen::prelude::*;

use rehearsal::catalog::Catalog;
use rehearsal::cost::{CallTokens, PricedCall};
use rehearsal::problem::clipped;
use rehearsal::scenario::Scenario;
use rehearsal::sim::{Goal, Knob, Memory, Ranged, simulate_again};

/// What `simulate` takes beside the scenario.
#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct SimulateOptions {
    messages: Option<u64>,
}

thread_local! {
    /// What one day leaves for the next.
    static MEMORY: RefCell<Memory> = RefCell::default();
}

/// Simulates a day of a scenario; the result is that of `rehearsal simulate --json`. A day that has
/// much in common with the last one is quicker, and not other.
///
/// # Errors
/// Throws an `Error` with every reason why the scenario cannot be used.
#[wasm_bindgen]
pub fn simulate(scenario: JsValue, options: JsValue) -> Result<JsValue, Refusal> {
    let options: SimulateOptions = from_js(options)?;
    let scenario = scenario_from(scenario)?;
    let simulate = |memory: &mut Memory| simulate_again(&scenario, Catalog::full(), options.messages, memory);
    let outcome = MEMORY.with_borrow_mut(simulate)?;
    to_js(&Ranged::new(outcome, &scenario, Catalog::full(), options.messages)?)
}

/// What `capacity` takes beside the scenario.
#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct CapacityOptions {
    /// `concurrency`, `rpm` or `tpm`; concurrency by default.
    knob: Option<String>,
    /// The longest the percentile may take; the scenario's service level by default.
    max_ms: Option<f64>,
    /// 50, 90, 95, 99 or 99.9; 95 by default.
    percentile: Option<f64>,
    /// The largest percentage of messages that may go unanswered; 0.1 by default.
    max_lost_pct: Option<f64>,
    messages: Option<u64>,
}

/// Finds how much capacity a service level needs; the result is that of `rehearsal capacity --json`.
///
/// # Errors
/// Throws an `Error` with every reason why the scenario or an option cannot be used.
#[wasm_bindgen]
pub fn capacity(scenario: JsValue, options: JsValue) -> Result<JsValue, Refusal> {
    let options: CapacityOptions = from_js(options)?;
    let scenario = scenario_from(scenario)?;
    let knob = options.knob.as_deref().unwrap_or("concurrency");
    let knob = Knob::from_key(knob).ok_or_else(|| {
        Refusal::new(&format!("there is no limit `{}`; choose concurrency, rpm or tpm", clipped(knob, 80)))
    })?;
    let goal = Goal {
        percentile: options.percentile.unwrap_or(95.0) / 100.0,
        max_ms: options.max_ms.unwrap_or(scenario.slo_ms),
        max_lost: options.max_lost_pct.unwrap_or(0.1) / 100.0,
    };
    to_js(&rehearsal::sim::capacity(&scenario, Catalog::full(), knob, goal, options.messages)?)
}

/// Estimates a scenario's cost; the result is that of `rehearsal estimate --json`. `today` is the
/// date that prices are judged by, `YYYY-MM-DD`.
///
/// # Errors
/// Throws an `Error` with every reason why the scenario cannot be used.
#[wasm_bindgen]
pub fn estimate(scenario: JsValue, today: Option<String>) -> Result<JsValue, Refusal> {
    to_js(&rehearsal::cost::answers(&scenario_from(scenario)?, Catalog::full(), today.as_deref())?)
}

/// Compares two scenarios' costs; the result is that of `rehearsal compare --json`.
///
/// # Errors
/// Throws an `Error` with every reason why a scenario cannot be used.
#[wasm_bindgen]
pub fn compare(a: JsValue, b: JsValue) -> Result<JsValue, Refusal> {
    to_js(&rehearsal::cost::compare(&scenario_from(a)?, &scenario_from(b)?, Catalog::full())?)
}

/// One call to be priced; the counts are disjoint.
#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct PriceRequest {
    model: String,
    input: u64,
    output: u64,
    cache_read: u64,
    cache_write_5m: u64,
    cache_write_1h: u64,
    tier: Option<String>,
    region: Option<String>,
    door: Option<String>,
}

/// Prices one call; the result is that of `rehearsal price --json`.
///
/// # Errors
/// Throws an `Error` for a tier, a region or a door that is none.
#[wasm_bindgen]
pub fn price(request: JsValue) -> Result<JsValue, Refusal> {
    let request: PriceRequest = from_js(request)?;
    let tokens = CallTokens {
        input: request.input,
        output: request.output,
        cache_read: request.cache_read,
        cache_write_5m: request.cache_write_5m,
        cache_write_1h: request.cache_write_1h,
    };
    let (tier, region, door) = (request.tier.as_deref(), request.region.as_deref(), request.door.as_deref());
    let priced = PricedCall::placed(Catalog::full(), &request.model, tokens, tier, region, door);
    to_js(&priced.map_err(|error| Refusal::new(&clipped(&error, 200)))?)
}

/// A scenario given as an object or as JSON text; nothing is the reference scenario.
fn scenario_from(value: JsValue) -> Result<Scenario, Refusal> {
    if value.is_undefined() || value.is_null() {
        return Ok(Scenario::default());
    }
    let loaded = Scenario::load(&text_from(&value)?)?;
    for warning in &loaded.warnings {
        // As the command line does on its standard error.
        warn(&clipped(&format!("rehearsal: scenario: {}", warning.say(&rehearsal::words::English)), 400));
    }
    Ok(loaded.output)
}

#[wasm_bindgen]
extern "C" {
    /// `console.warn`.
    #[wasm_bindgen(js_namespace = console)]
    fn warn(text: &str);
}

/// A document given as an object or as JSON text.
fn text_from(value: &JsValue) -> Result<String, Refusal> {
    let written = || js_sys::JSON::stringify(value).ok()?.as_string();
    value.as_string().or_else(written).ok_or_else(|| Refusal::new("expected an object or JSON text"))
}

fn from_js<T: DeserializeOwned + Default>(value: JsValue) -> Result<T, Refusal> {
    if value.is_undefined() || value.is_null() {
        return Ok(T::default());
    }
    // The error may repeat a key or a text of any length.
    serde_wasm_bindgen::from_value(value).map_err(|error| Refusal::new(&clipped(&error.to_string(), 200)))
}

fn to_js(value: &impl Serialize) -> Result<JsValue, Refusal> {
    // As the JSON of the command line: one text is made and read faster than each of its parts.
    let text = serde_json::to_string(value).map_err(|error| Refusal::new(&error.to_string()))?;
    js_sys::JSON::parse(&text).map_err(|_| Refusal::new("the result is no JSON"))
}
