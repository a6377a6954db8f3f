//! A response as events, numbered from 0. Each host frames them its own way.

use serde_json::{Value, json};

use crate::bedrock::{Delta, Event, Exception, Piece, Step};
use crate::doors::errors::openai_code;
use crate::doors::{DoorScene, Host, json, openai};

use super::write::{self, Item, ItemKind, Status};

/// Ends an event: mantle with its type on a line behind the data, the runtime with data alone.
fn close(out: &mut String, host: Host, kind: &str) {
    if host == Host::Mantle {
        out.push_str("\nevent: ");
        out.push_str(kind);
    }
    out.push_str("\n\n");
}

/// The beginning of an event that is about so long.
fn opened(bytes: usize) -> String {
    let mut out = String::with_capacity(bytes + 8);
    out.push_str("data: {");
    out
}

/// The events as they are written.
struct Events<'a> {
    scene: &'a DoorScene<'a>,
    pieces: Vec<Piece>,
}

impl Events<'_> {
    /// An event: its members before and after the number, which stand in alphabetical order.
    fn push(&mut self, kind: &str, before: &str, after: &str, at_ms: f64) {
        let mut out = opened(before.len() + after.len() + 2 * kind.len() + 64);
        out.push_str(before);
        self.finish(kind, out, after, at_ms);
    }

    /// The same of an event that is [`opened`] and holds what stands before the number.
    fn finish(&mut self, kind: &str, mut out: String, after: &str, at_ms: f64) {
        json::plain(&mut out, format_args!(",\"sequence_number\":{}", self.pieces.len()));
        out.push_str(after);
        out.push_str(",\"type\":\"");
        out.push_str(kind);
        out.push_str("\"}");
        close(&mut out, self.scene.call.host, kind);
        self.pieces.push(Piece { at_ms, bytes: out.into_bytes() });
    }

    /// An event with the whole response in it.
    fn response(&mut self, kind: &str, object: &str, at_ms: f64) {
        let mut out = opened(object.len() + 128);
        out.push_str("\"response\":");
        out.push_str(object);
        self.finish(kind, out, "", at_ms);
    }

    fn item(&mut self, kind: &str, item: &Item<'_>, whole: bool, status: &str, at_ms: f64) {
        let mut out = opened(448);
        out.push_str("\"item\":");
        item.write(&mut out, self.scene, whole, status);
        json::plain(&mut out, format_args!(",\"output_index\":{}", item.index));
        self.finish(kind, out, "", at_ms);
    }

    /// An event of a part: `{"content_index":0,"item_id":…,"output_index":…,"part":…}`.
    fn part(&mut self, kind: &str, item: &Item<'_>, index_name: &str, part: &str, at_ms: f64) {
        let index_first = index_name == "content_index";
        let index = format!("\"{index_name}\":0");
        let mut before = String::new();
        if index_first {
            json::plain(&mut before, format_args!("{index},"));
        }
        json::plain(
            &mut before,
            format_args!("\"item_id\":\"{}\",\"output_index\":{},\"part\":{part}", item.id, item.index),
        );
        let after = if index_first { String::new() } else { format!(",{index}") };
        self.push(kind, &before, &after, at_ms);
    }

    fn hidden(&self) -> &'static str {
        match self.scene.call.host {
            Host::Mantle => "",
            Host::Runtime => openai::obfuscation(self.scene.identity, self.pieces.len()),
        }
    }

    /// More of a text: of an answer, a refusal or a thought.
    fn text(&mut self, kind: &str, item: &Item<'_>, text: &str, logprobs: bool, at_ms: f64) {
        let mut out = opened(320);
        out.push_str("\"content_index\":0,\"delta\":");
        json::text(&mut out, text);
        out.push_str(",\"item_id\":\"");
        out.push_str(&item.id);
        out.push_str(if logprobs { "\",\"logprobs\":[],\"obfuscation\":\"" } else { "\",\"obfuscation\":\"" });
        out.push_str(self.hidden());
        json::plain(&mut out, format_args!("\",\"output_index\":{}", item.index));
        self.finish(kind, out, "", at_ms);
    }

    fn begin(&mut self, item: &Item<'_>, at_ms: f64) {
        self.item("response.output_item.added", item, false, "in_progress", at_ms);
        let mut part = String::new();
        match &item.kind {
            ItemKind::Message { refusal, .. } => {
                write::part(&mut part, self.scene, "", &[], *refusal);
                self.part("response.content_part.added", item, "content_index", &part, at_ms);
            }
            ItemKind::Reasoning { .. } if self.scene.is_open_weight() => {
                let part = "{\"text\":\"\",\"type\":\"reasoning_text\"}";
                self.part("response.content_part.added", item, "content_index", part, at_ms);
            }
            ItemKind::Reasoning { thought, .. } if write::summarises(self.scene) && !thought.is_empty() => {
                let part = "{\"text\":\"\",\"type\":\"summary_text\"}";
                self.part("response.reasoning_summary_part.added", item, "summary_index", part, at_ms);
            }
            _ => {}
        }
    }

    fn delta(&mut self, item: &Item<'_>, delta: &Delta, at_ms: f64) {
        match (&item.kind, delta) {
            (ItemKind::Message { refusal: true, .. }, Delta::Text(text)) => {
                self.text("response.refusal.delta", item, text, false, at_ms);
            }
            (ItemKind::Message { .. }, Delta::Text(text)) => {
                self.text("response.output_text.delta", item, text, !self.scene.is_open_weight(), at_ms);
            }
            (ItemKind::Reasoning { .. }, Delta::Thinking(text)) if self.scene.is_open_weight() => {
                self.text("response.reasoning_text.delta", item, text, false, at_ms);
            }
            (ItemKind::Reasoning { .. }, Delta::Thinking(text)) if write::summarises(self.scene) => {
                let mut before = String::from("\"delta\":");
                json::text(&mut before, text);
                json::plain(
                    &mut before,
                    format_args!(
                        ",\"item_id\":\"{}\",\"obfuscation\":\"{}\",\"output_index\":{}",
                        item.id,
                        self.hidden(),
                        item.index
                    ),
                );
                self.push("response.reasoning_summary_text.delta", &before, ",\"summary_index\":0", at_ms);
            }
            (ItemKind::Call { .. }, Delta::ToolInput(input)) if !input.is_empty() => {
                let mut before = String::from("\"delta\":");
                json::text(&mut before, input);
                json::plain(
                    &mut before,
                    format_args!(
                        ",\"item_id\":\"{}\",\"obfuscation\":\"{}\",\"output_index\":{}",
                        item.id,
                        self.hidden(),
                        item.index
                    ),
                );
                self.push("response.function_call_arguments.delta", &before, "", at_ms);
            }
            _ => {}
        }
    }

    fn end(&mut self, item: &Item<'_>, status: &'static str, at_ms: f64) {
        let place = |index_first: bool| {
            let index = if index_first { "\"content_index\":0," } else { "" };
            format!("{index}\"item_id\":\"{}\"", item.id)
        };
        let mut part = String::new();
        let mut text = String::new();
        match &item.kind {
            ItemKind::Message { text: said, citations, refusal } => {
                json::text(&mut text, said);
                write::part(&mut part, self.scene, said, citations, *refusal);
                for (number, citation) in citations.iter().enumerate() {
                    let annotation = write::annotation(citation, said);
                    let before = format!(
                        "\"annotation\":{annotation},\"annotation_index\":{number},{},\"output_index\":{}",
                        place(true),
                        item.index
                    );
                    self.push("response.output_text.annotation.added", &before, "", at_ms);
                }
                if *refusal {
                    let before = format!("{},\"output_index\":{},\"refusal\":{text}", place(true), item.index);
                    self.push("response.refusal.done", &before, "", at_ms);
                } else {
                    let logprobs = if self.scene.is_open_weight() { "" } else { ",\"logprobs\":[]" };
                    let before = format!("{}{logprobs},\"output_index\":{}", place(true), item.index);
                    self.push("response.output_text.done", &before, &format!(",\"text\":{text}"), at_ms);
                }
                self.part("response.content_part.done", item, "content_index", &part, at_ms);
            }
            ItemKind::Reasoning { thought, .. } if self.scene.is_open_weight() => {
                json::text(&mut text, thought);
                let before = format!("{},\"output_index\":{}", place(true), item.index);
                self.push("response.reasoning_text.done", &before, &format!(",\"text\":{text}"), at_ms);
                let part = format!("{{\"text\":{text},\"type\":\"reasoning_text\"}}");
                self.part("response.content_part.done", item, "content_index", &part, at_ms);
            }
            ItemKind::Reasoning { thought, .. } if write::summarises(self.scene) && !thought.is_empty() => {
                json::text(&mut text, thought);
                let before = format!("{},\"output_index\":{}", place(false), item.index);
                let after = format!(",\"summary_index\":0,\"text\":{text}");
                self.push("response.reasoning_summary_text.done", &before, &after, at_ms);
                let part = format!("{{\"text\":{text},\"type\":\"summary_text\"}}");
                self.part("response.reasoning_summary_part.done", item, "summary_index", &part, at_ms);
            }
            ItemKind::Reasoning { .. } => {}
            ItemKind::Call { arguments, .. } => {
                // A call without arguments still sends an object.
                if arguments == "{}" {
                    self.delta(item, &Delta::ToolInput(arguments.clone()), at_ms);
                }
                json::text(&mut text, arguments);
                let before = format!("\"arguments\":{text},{},\"output_index\":{}", place(false), item.index);
                self.push("response.function_call_arguments.done", &before, "", at_ms);
            }
        }
        self.item("response.output_item.done", item, true, status, at_ms);
    }
}

/// The answer as events.
pub fn stream(scene: &DoorScene<'_>, steps: &[Step<'_>], times_ms: &[f64]) -> Vec<Piece> {
    let status = Status::of(scene.answer);
    let items = write::items(scene);
    let of = |block: usize| items.iter().find(|item| item.block == block);
    let mut events = Events { scene, pieces: Vec::with_capacity(steps.len() + 8) };
    for (step, at_ms) in steps.iter().zip(times_ms.iter().copied()) {
        match &step.event {
            Event::MessageStart => {
                let running = write::response(scene, Status::Running, false);
                events.response("response.created", &running, at_ms);
                events.response("response.in_progress", &running, at_ms);
            }
            Event::BlockStart { index, .. } => {
                if let Some(item) = of(*index) {
                    events.begin(item, at_ms);
                }
            }
            Event::Delta { index, delta } => {
                if let Some(item) = of(*index) {
                    events.delta(item, delta, at_ms);
                }
            }
            Event::BlockStop { index } => {
                if let Some(item) = of(*index) {
                    events.end(item, write::item_status(scene, item, status), at_ms);
                }
            }
            Event::MessageStop { .. } => {}
            Event::End => {
                let kind = if status == Status::Completed { "response.completed" } else { "response.incomplete" };
                events.response(kind, &write::response(scene, status, false), at_ms);
                if scene.call.host == Host::Runtime {
                    events.pieces.push(Piece { at_ms, bytes: openai::DONE.to_vec() });
                }
            }
        }
    }
    events.pieces
}

/// The response in an event that has all of it, and the event's type.
fn response_in(piece: &Piece) -> Option<(&str, &str)> {
    let text = std::str::from_utf8(piece.bytes.strip_prefix(b"data: {\"response\":".as_slice())?).ok()?;
    let (object, rest) = text.split_at(text.rfind(",\"sequence_number\":")?);
    let kind = rest.split_once("\"type\":\"")?.1;
    Some((object, kind.get(..kind.find('"')?)?))
}

/// The response as the first event of its stream has it.
pub fn begun(pieces: &[Piece]) -> Option<&str> {
    pieces.iter().find_map(response_in).map(|(object, _)| object)
}

/// The response as it is kept, from the event that ends its stream: with who pays, which a stream leaves out. `None`
/// where no such event was sent: then the caller did not see how it ended.
pub fn kept(scene: &DoorScene<'_>, pieces: &[Piece]) -> Option<String> {
    const ENDS: [&str; 3] = ["response.completed", "response.incomplete", "response.failed"];
    let (object, kind) = pieces.iter().rev().filter_map(response_in).find(|(_, kind)| ENDS.contains(kind))?;
    let (head, rest) = object.split_at(object.find(',')?);
    let mut out = String::with_capacity(object.len() + write::BILLED.len());
    out.push_str(head);
    if kind == ENDS[0] && write::is_billed(scene, Status::of(scene.answer)) {
        out.push_str(write::BILLED);
    }
    out.push_str(rest);
    Some(out)
}

/// The end of a stream that fails after so many events: the response of its first one, as failed.
pub fn failed(exception: &Exception, host: Host, opened: &[u8], after: usize) -> Vec<u8> {
    let text = String::from_utf8_lossy(opened);
    let (first, _) = crate::doors::data_events(&text);
    let mut response = first.into_iter().next().map(|mut event| event["response"].take()).unwrap_or_default();
    let (code, _) = openai_code(exception, host);
    if !response.is_object() {
        response = json!({"object": "response"});
    }
    response["error"] = json!({"code": code, "message": exception.message});
    response["status"] = json!("failed");
    response["service_tier"] = Value::String("default".to_string());
    let mut out = format!("data: {{\"response\":{response},\"sequence_number\":{after},\"type\":\"response.failed\"}}");
    close(&mut out, host, "response.failed");
    let mut bytes = out.into_bytes();
    if host == Host::Runtime {
        bytes.extend_from_slice(openai::DONE);
    }
    bytes
}
