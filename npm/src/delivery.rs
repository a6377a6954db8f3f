//! The WebSocket path for JavaScript: messages out of events, an answer out of messages.

use serde_json::json;
use wasm_bindgen::prelude::*;

use super::Refusal;

use rehearsal::delivery::{Assembler, AssemblyError, Delivery, Progress};

/// An answer on its way to the browser.
#[wasm_bindgen]
#[derive(Default)]
pub struct WireDelivery {
    delivery: Delivery,
}

#[wasm_bindgen]
impl WireDelivery {
    #[wasm_bindgen(constructor)]
    pub fn new() -> Self {
        WireDelivery::default()
    }

    /// The messages of one event, given as JSON text.
    ///
    /// # Errors
    /// Throws an `Error` for what is no JSON.
    pub fn event(&mut self, event: &str) -> Result<Vec<String>, Refusal> {
        Ok(self.delivery.event(&rehearsal::document::bounded(event.as_bytes())?))
    }

    pub fn fail(&mut self, error: &str) -> Vec<String> {
        self.delivery.fail(error)
    }

    pub fn finish(&mut self) -> Vec<String> {
        self.delivery.finish()
    }
}

/// Puts an answer together.
#[wasm_bindgen]
#[derive(Default)]
pub struct WireAssembler {
    assembler: Assembler,
    /// Bytes of the answer that JavaScript has.
    told: usize,
}

#[wasm_bindgen]
impl WireAssembler {
    #[wasm_bindgen(constructor)]
    pub fn new() -> Self {
        WireAssembler::default()
    }

    /// Takes a whole message; how far the answer is and what was added, as JSON text.
    ///
    /// # Errors
    /// Throws an `Error` for what no server of ours sends.
    pub fn message(&mut self, text: &str) -> Result<String, Refusal> {
        said(&mut self.told, self.assembler.message(text))
    }

    /// Takes bytes of a raw connection, cut anywhere.
    ///
    /// # Errors
    /// Throws an `Error` for what no server of ours sends.
    pub fn bytes(&mut self, bytes: &[u8]) -> Result<String, Refusal> {
        said(&mut self.told, self.assembler.push(bytes))
    }

    pub fn progress(&mut self) -> String {
        written(&mut self.told, &self.assembler.progress())
    }

    pub fn close(&mut self) -> String {
        written(&mut self.told, &self.assembler.close())
    }
}

fn said(told: &mut usize, progress: Result<Progress<'_>, AssemblyError>) -> Result<String, Refusal> {
    let progress = progress.map_err(|error| Refusal::new(&format!("{error} [{}]", error.code())))?;
    Ok(written(told, &progress))
}

/// How far the answer is, with the part of its text that was not told yet.
fn written(told: &mut usize, progress: &Progress<'_>) -> String {
    let added = &progress.text[*told..];
    *told = progress.text.len();
    let end = progress.end.map(|end| match end {
        Ok(reason) => json!({"stop_reason": reason}),
        Err(error) => json!({"error": error}),
    });
    json!({
        "added": added,
        "end": end,
        "next": progress.next,
        "held": progress.held,
        "missing": progress.missing,
        "doubled": progress.doubled,
        "dropped": progress.dropped,
    })
    .to_string()
}

/// A message as the frames that API Gateway cuts it into.
#[wasm_bindgen(js_name = socketFrames)]
pub fn socket_frames(message: &str) -> Vec<js_sys::Uint8Array> {
    rehearsal::delivery::frames(message).iter().map(|frame| js_sys::Uint8Array::from(frame.as_slice())).collect()
}

/// A partial answer made fit to render.
#[wasm_bindgen(js_name = closeMarkdown)]
pub fn close_markdown(partial: &str) -> String {
    rehearsal::delivery::close_markdown(partial)
}
