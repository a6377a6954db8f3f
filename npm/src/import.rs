use serde::Deserialize;
use wasm_bindgen::prelude::*;

use super::{from_js, to_js};
use rehearsal::catalog::Catalog;
use rehearsal::import::{ImportOptions, LogReader, TypeRule, to_scenario};

/// How a log is understood.
#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct LogOptions {
    /// As `--type` of the command line, once or several times.
    types: Vec<String>,
    /// The model of rows that name none.
    model: Option<String>,
}

/// A log as it arrives, in pieces of any size.
#[wasm_bindgen]
pub struct WireLog {
    reader: LogReader,
}

#[wasm_bindgen]
impl WireLog {
    /// # Errors
    /// Throws an `Error` for a rule that is none and for a model that the catalog does not have.
    #[wasm_bindgen(constructor)]
    pub fn new(options: JsValue) -> Result<WireLog, JsError> {
        let options: LogOptions = from_js(options)?;
        let rule = TypeRule::parse(&options.types).map_err(|error| JsError::new(&error))?;
        let model = match options.model {
            None => None,
            Some(id) => {
                let known = Catalog::full().get(&id);
                let unknown = || JsError::new(&format!("the catalog has no model `{id}`"));
                Some(known.ok_or_else(unknown)?.id.clone())
            }
        };
        Ok(WireLog { reader: LogReader::new(ImportOptions { rule, model, ..ImportOptions::default() }) })
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
    /// None that a log can cause.
    pub fn finish(mut self) -> Result<JsValue, JsError> {
        self.reader.end_file();
        to_js(&to_scenario(self.reader.finish(), Catalog::full()))
    }
}
