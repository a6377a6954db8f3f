//! Logs for JavaScript: bytes in, the document of `rehearsal import --json` out.

use std::collections::BTreeMap;

use serde::Deserialize;
use wasm_bindgen::prelude::*;

use super::{Refusal, from_js, to_js};
use rehearsal::catalog::Catalog;
use rehearsal::import::{Counting, ImportOptions, LogReader, Profiles, TimeZone, TypeRule, to_scenario_on};
use rehearsal::problem::clipped;

/// How a log is understood.
#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct LogOptions {
    /// As `--type` of the command line, once or several times.
    types: Vec<String>,
    /// The model of rows that name none.
    model: Option<String>,
    /// `disjoint` or `inclusive`: whether the input contains the cached tokens.
    counts: Option<String>,
    /// `UTC`, `UTC+9`; a name needs `zone_offsets`.
    time_zone: Option<String>,
    /// From which second since 1970 on which offset in seconds holds.
    zone_offsets: Option<Vec<(f64, f64)>>,
    /// What profiles and routers stand for: a model's id by ARN.
    profiles: BTreeMap<String, String>,
    /// The day that ends of life are told from, `YYYY-MM-DD`.
    today: Option<String>,
}

/// A log as it arrives, in pieces of any size.
#[wasm_bindgen]
pub struct WireLog {
    reader: LogReader,
    today: Option<String>,
}

#[wasm_bindgen]
impl WireLog {
    /// # Errors
    /// Throws an `Error` for an option that is none, and for a model that the catalog does not have.
    #[wasm_bindgen(constructor)]
    pub fn new(options: JsValue) -> Result<WireLog, Refusal> {
        let options: LogOptions = from_js(options)?;
        let wrong = |error: rehearsal::import::Error| Refusal::new(&clipped(&error.to_string(), 200));
        let rule = TypeRule::parse(&options.types).map_err(wrong)?;
        let model = match options.model {
            None => None,
            Some(id) => {
                let known = Catalog::full().get(&id);
                let unknown = || Refusal::new(&format!("the catalog has no model `{}`", clipped(&id, 80)));
                Some(known.ok_or_else(unknown)?.id.clone())
            }
        };
        let today = options.today;
        if let Some(day) = today.as_deref().filter(|day| !rehearsal::catalog::is_date(day)) {
            return Err(Refusal::new(&format!("today `{}`: expected a day as 2026-11-30", clipped(day, 80))));
        }
        let counts = match options.counts.as_deref() {
            None => None,
            Some("disjoint") => Some(Counting::Disjoint),
            Some("inclusive") => Some(Counting::Inclusive),
            Some(other) => {
                return Err(Refusal::new(&format!("counts `{}`: expected disjoint or inclusive", clipped(other, 80))));
            }
        };
        let time_zone = match (options.time_zone, options.zone_offsets) {
            (None, _) => None,
            (Some(name), Some(offsets)) => {
                let offsets = offsets.into_iter().map(|(from, offset)| (from as i64, offset as i32)).collect();
                Some(TimeZone::named(&name, offsets).map_err(wrong)?)
            }
            (Some(name), None) => {
                let unknown =
                    || Refusal::new(&format!("timeZone `{}`: expected UTC, UTC+9 or a known name", clipped(&name, 80)));
                Some(TimeZone::parse(&name).ok_or_else(unknown)?)
            }
        };
        let mut profiles = Profiles::default();
        options.profiles.iter().for_each(|(arn, model)| profiles.insert(arn, model));
        let options = ImportOptions { rule, model, counts, time_zone, profiles, ..ImportOptions::default() };
        Ok(WireLog { reader: LogReader::new(options), today })
    }

    /// Says what the next file is called.
    #[wasm_bindgen(js_name = beginFile)]
    pub fn begin_file(&mut self, name: &str) {
        self.reader.begin_file(name);
    }

    pub fn push(&mut self, bytes: &[u8]) {
        self.reader.push(bytes);
    }

    /// Ends one file; another may follow.
    #[wasm_bindgen(js_name = endFile)]
    pub fn end_file(&mut self) {
        self.reader.end_file();
    }

    /// Calls read so far.
    #[wasm_bindgen(getter)]
    pub fn requests(&self) -> f64 {
        self.reader.requests() as f64
    }

    /// The log as a scenario, a bill and what was skipped: the document of `rehearsal import --json`.
    ///
    /// # Errors
    /// Throws an `Error` for a file of which nothing was read.
    pub fn finish(self) -> Result<JsValue, Refusal> {
        let log = self.reader.finish();
        log.check()?;
        to_js(&to_scenario_on(log, Catalog::full(), self.today.as_deref()))
    }
}
