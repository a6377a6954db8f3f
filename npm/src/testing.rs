use serde_json::json;
use wasm_bindgen::prelude::*;

use super::Refusal;

use rehearsal::bedrock::{Body, Headers, Operation, Reply, Request};
use rehearsal::problem::clipped;
use rehearsal::testing::{Snapshot, TextChange};

/// Everything in a response that breaks the service's contract; empty when it keeps it.
///
/// # Errors
/// Throws an `Error` for an operation that is none.
#[wasm_bindgen(js_name = contractViolations)]
pub fn contract_violations(operation: &str, status: u16, body: &[u8]) -> Result<Vec<String>, Refusal> {
    let known = Operation::from_name(operation).ok_or_else(|| {
        let all = Operation::ALL.into_iter().chain(Operation::AT_DOORS);
        let names = all.map(Operation::name).collect::<Vec<_>>().join(", ");
        Refusal::new(&format!("there is no operation “{}”; choose one of: {names}", clipped(operation, 80)))
    })?;
    Ok(rehearsal::testing::contract_violations(known, status, body))
}

/// Texts that break careless code, in an order fixed by the seed.
#[wasm_bindgen(js_name = hostileTexts)]
pub fn hostile_texts(seed: u32, count: u32) -> Vec<String> {
    rehearsal::testing::hostile_texts(u64::from(seed), count as usize)
}

/// Gathers the exchanges of a run and makes their snapshot.
#[wasm_bindgen]
#[derive(Default)]
pub struct WireRecorder {
    exchanges: Vec<(Request, Reply)>,
}

#[wasm_bindgen]
impl WireRecorder {
    #[wasm_bindgen(constructor)]
    pub fn new() -> Self {
        WireRecorder::default()
    }

    /// One exchange: what was asked, and what came back as far as it came.
    pub fn add(&mut self, path: &str, asked: Vec<u8>, status: u16, content_type: &str, answered: Vec<u8>) {
        let request =
            Request { method: "POST".to_string(), path: path.to_string(), headers: Headers::default(), body: asked };
        let headers = Headers::from([("content-type", content_type)]);
        self.exchanges.push((request, Reply { status, headers, at_ms: 0.0, body: Body::Whole(answered) }));
    }

    /// The snapshot as the text of its file.
    pub fn snapshot(&self) -> String {
        Snapshot::of(self.exchanges.iter().map(|(request, reply)| (request, reply))).to_text()
    }
}

/// How one snapshot differs from another, as JSON text: `[{name, path, before, after, text}]`.
///
/// # Errors
/// Throws an `Error` for a text that is no snapshot.
#[wasm_bindgen(js_name = compareSnapshots)]
pub fn compare_snapshots(before: &str, after: &str) -> Result<String, Refusal> {
    let read = |text: &str| Snapshot::read(text).map_err(|error| Refusal::new(&clipped(&error, 200)));
    let differences = read(before)?.differences(&read(after)?);
    let found = differences.into_iter().map(|difference| {
        let text = difference.text.into_iter().map(|change| match change {
            TextChange::Same(text) => json!({"same": text}),
            TextChange::Gone(text) => json!({"gone": text}),
            TextChange::New(text) => json!({"new": text}),
        });
        json!({
            "name": difference.name,
            "path": difference.path,
            "before": difference.before,
            "after": difference.after,
            "text": text.collect::<Vec<_>>(),
        })
    });
    Ok(serde_json::Value::Array(found.collect()).to_string())
}
