//! The order of a stream's events: which begins, which belong to a block, which end it.

use std::collections::{BTreeMap, BTreeSet};

use data_encoding::BASE64;
use serde_json::Value;

use super::{Check, FORMS, is_cut_off};
use crate::bedrock::event_stream::{Frame, decode_all};
use crate::bedrock::{EXCEPTIONS, Operation};
use crate::document;
use crate::doors::data_events;

/// A block of the answer that began.
struct Block {
    /// What its pieces are: `text`, `toolUse`, ...
    kind: Option<String>,
    /// The pieces of a tool's input.
    input: String,
    is_over: bool,
}

/// How far a stream has come.
#[derive(Default)]
struct Progress {
    /// Whether a block that is over may go on: Nova's own stream ends a block after every piece.
    reopens: bool,
    /// The ids of the calls so far.
    ids: BTreeSet<String>,
    begun: bool,
    blocks: BTreeMap<u64, Block>,
    /// Why it stopped.
    stopped: Option<String>,
    /// Whether its last event has come.
    ended: bool,
}

impl Check {
    pub(super) fn stream(&mut self, operation: Operation, body: &[u8]) {
        match operation {
            Operation::MessagesStream | Operation::ChatCompletionsStream | Operation::ResponsesStream => {
                self.server_sent(operation, body);
            }
            _ => match decode_all(body) {
                Ok(frames) => self.frames(operation, &frames),
                Err(error) => self.add(error.to_string()),
            },
        }
    }

    fn frames(&mut self, operation: Operation, frames: &[Frame]) {
        let mut progress = Progress::default();
        let mut chunks = Vec::new();
        let mut failed = false;
        for (index, frame) in frames.iter().enumerate() {
            let at = format!("frame {index}");
            if failed {
                self.add(format!("{at}: nothing follows an exception"));
            }
            match frame.text(":message-type") {
                Some("event") => {}
                Some("exception") => {
                    failed = true;
                    self.exception(operation, frame, &at);
                    continue;
                }
                Some("error") => {
                    failed = true;
                    if frame.text(":error-code").is_none() {
                        self.add(format!("{at}: an error without :error-code"));
                    }
                    continue;
                }
                Some(other) => self.add(format!("{at}: the message type {other} is none")),
                None => self.add(format!("{at}: no :message-type")),
            }
            let Some(name) = frame.text(":event-type") else {
                self.add(format!("{at}: no :event-type"));
                continue;
            };
            let Some(payload) = self.json(&format!("{at}: the payload"), &frame.payload) else { continue };
            if operation == Operation::ConverseStream {
                self.converse_event(name, &payload, &at, &mut progress);
            } else if name == "chunk" {
                chunks.extend(self.chunk(&payload, &at));
            }
        }
        if operation == Operation::ConverseStream {
            self.end(&progress, failed, ["messageStart", "messageStop and metadata"]);
        } else {
            self.chunks(&chunks, failed);
        }
    }

    fn exception(&mut self, operation: Operation, frame: &Frame, at: &str) {
        let in_union = |operation: Operation, name: &str| {
            EXCEPTIONS.iter().any(|kind| kind.in_stream(operation) && kind.member() == name)
        };
        match frame.text(":exception-type") {
            Some(name) if in_union(operation, name) => {}
            Some(name) if Operation::ALL.into_iter().any(|other| in_union(other, name)) => {
                self.add(format!("{at}: {name} is no exception of {}", operation.name()));
            }
            Some(name) => self.add(format!("{at}: {name} is no exception of a stream")),
            None => self.add(format!("{at}: an exception without :exception-type")),
        }
        if let Some(payload) = self.json(&format!("{at}: the payload"), &frame.payload)
            && !payload["message"].is_string()
        {
            self.add(format!("{at}.message: expected type: String"));
        }
    }

    fn chunk(&mut self, payload: &Value, at: &str) -> Option<Value> {
        let bytes = payload["bytes"].as_str().and_then(|text| BASE64.decode(text.as_bytes()).ok());
        let Some(bytes) = bytes else {
            self.add(format!("{at}.bytes: expected base64"));
            return None;
        };
        self.json(&format!("{at}: the chunk"), &bytes)
    }

    fn converse_event(&mut self, name: &str, event: &Value, at: &str, progress: &mut Progress) {
        const EVENTS: [(&str, &str); 6] = [
            ("messageStart", "MessageStartEvent"),
            ("contentBlockStart", "ContentBlockStartEvent"),
            ("contentBlockDelta", "ContentBlockDeltaEvent"),
            ("contentBlockStop", "ContentBlockStopEvent"),
            ("messageStop", "MessageStopEvent"),
            ("metadata", "ConverseStreamMetadataEvent"),
        ];
        // The SDKs skip an event that they do not know.
        let Some((_, shape)) = EVENTS.iter().find(|(known, _)| *known == name) else { return };
        let at = format!("{at} ({name})");
        self.shape(if progress.reopens && name == "metadata" { "NovaMetadata" } else { shape }, event, &at);
        let index = event["contentBlockIndex"].as_u64();
        let kind = |part: &Value| part.as_object().and_then(|part| part.keys().next().cloned());
        match name {
            "messageStart" => {
                if event["role"].is_string() && event["role"] != "assistant" {
                    self.add(format!("{at}.role: an answer is the assistant's"));
                }
                self.begin(progress, &at);
            }
            "contentBlockStart" => {
                self.call_id(progress, &event["start"]["toolUse"]["toolUseId"], &at);
                self.block_start(progress, index, kind(&event["start"]), &at);
            }
            "contentBlockDelta" => {
                let piece = event["delta"]["toolUse"]["input"].as_str();
                self.block_piece(progress, index, kind(&event["delta"]), piece, "toolUse", &at);
            }
            "contentBlockStop" => self.block_stop(progress, index, &at),
            "messageStop" => self.stop(progress, event["stopReason"].as_str(), "toolUse", &at),
            _ => {
                if !progress.reopens {
                    self.total(&event["usage"], &format!("{at}.usage"));
                }
                self.last(progress, &at);
            }
        }
    }

    /// Every call has an id of its own: its result is matched by it.
    fn call_id(&mut self, progress: &mut Progress, id: &Value, at: &str) {
        if let Some(id) = id.as_str()
            && !progress.ids.insert(id.to_string())
        {
            self.add(format!("{at}: two calls have the id {id}"));
        }
    }

    fn begin(&mut self, progress: &mut Progress, at: &str) {
        if std::mem::replace(&mut progress.begun, true) {
            self.add(format!("{at}: the message has begun already"));
        }
    }

    /// Whether an event of a block may come now.
    fn in_message(&mut self, progress: &Progress, at: &str) {
        if !progress.begun {
            self.add(format!("{at}: before the message began"));
        } else if progress.stopped.is_some() {
            self.add(format!("{at}: after the message stopped"));
        }
    }

    fn block_start(&mut self, progress: &mut Progress, index: Option<u64>, kind: Option<String>, at: &str) {
        self.in_message(progress, at);
        let Some(index) = index else { return };
        if progress.blocks.contains_key(&index) {
            return self.add(format!("{at}: block {index} has begun already"));
        }
        self.new_block(progress, index, kind, at);
    }

    fn new_block(&mut self, progress: &mut Progress, index: u64, kind: Option<String>, at: &str) {
        let next = progress.blocks.keys().next_back().map_or(0, |last| last + 1);
        if index != next {
            self.add(format!("{at}: block {index} where {next} would follow"));
        }
        if let Some((open, _)) = progress.blocks.iter().find(|(_, block)| !block.is_over) {
            self.add(format!("{at}: block {index} begins before block {open} is over"));
        }
        progress.blocks.insert(index, Block { kind, input: String::new(), is_over: false });
    }

    /// A piece of a block; `called` is the kind of block that must begin by itself.
    fn block_piece(
        &mut self,
        progress: &mut Progress,
        index: Option<u64>,
        kind: Option<String>,
        input: Option<&str>,
        called: &str,
        at: &str,
    ) {
        self.in_message(progress, at);
        let (Some(index), Some(kind)) = (index, kind) else { return };
        if !progress.blocks.contains_key(&index) {
            if kind == called {
                self.add(format!("{at}: a piece of {called} in block {index}, which did not begin"));
            }
            self.new_block(progress, index, Some(kind.clone()), at);
        }
        let Some(block) = progress.blocks.get_mut(&index) else { return };
        block.input.push_str(input.unwrap_or_default());
        // Text with sources comes as text and citations in one block.
        let family = |kind: &str| if kind == "citation" { "text".to_string() } else { kind.to_string() };
        let other = block.kind.as_deref().map(family).filter(|own| *own != family(&kind));
        if progress.reopens {
            block.is_over = false;
        }
        let is_over = block.is_over;
        block.kind.get_or_insert(kind.clone());
        if is_over {
            self.add(format!("{at}: a piece of block {index}, which is over"));
        } else if let Some(other) = other {
            self.add(format!("{at}: {kind} in a block of {other}"));
        }
    }

    fn block_stop(&mut self, progress: &mut Progress, index: Option<u64>, at: &str) {
        self.in_message(progress, at);
        let Some(index) = index else { return };
        match progress.blocks.get_mut(&index) {
            Some(block) if !block.is_over => block.is_over = true,
            Some(_) => self.add(format!("{at}: block {index} is over already")),
            // A block without a piece.
            None => {
                self.new_block(progress, index, None, at);
                if let Some(block) = progress.blocks.get_mut(&index) {
                    block.is_over = true;
                }
            }
        }
    }

    fn stop(&mut self, progress: &mut Progress, reason: Option<&str>, called: &str, at: &str) {
        self.in_message(progress, at);
        for (index, _) in progress.blocks.iter().filter(|(_, block)| !block.is_over) {
            self.add(format!("{at}: block {index} is not over"));
        }
        if reason == Some("tool_use") {
            let calls = progress.blocks.values().filter(|block| block.kind.as_deref() == Some(called));
            self.calls(calls.clone().count(), reason, at);
            let whole = |input: &str| document::bounded(input.as_bytes()).is_ok_and(|input| input.is_object());
            if calls.into_iter().any(|block| !block.input.is_empty() && !whole(&block.input)) {
                self.add(format!("{at}: the pieces of a tool's input are no JSON object"));
            }
        }
        progress.stopped.get_or_insert(reason.unwrap_or_default().to_string());
    }

    fn last(&mut self, progress: &mut Progress, at: &str) {
        if progress.stopped.is_none() {
            self.add(format!("{at}: before the message stopped"));
        }
        if std::mem::replace(&mut progress.ended, true) {
            self.add(format!("{at}: it has ended already"));
        }
    }

    /// What has not come by the end; after an exception nothing more had to.
    fn end(&mut self, progress: &Progress, failed: bool, [first, last]: [&str; 2]) {
        if failed {
            return;
        }
        if !progress.begun {
            self.add(format!("a stream begins with {first}"));
        }
        if progress.stopped.is_none() || !progress.ended {
            self.add(format!("a stream ends with {last}"));
        }
    }

    /// The chunks of InvokeModelWithResponseStream, in the form of the model.
    fn chunks(&mut self, chunks: &[Value], failed: bool) {
        let Some(first) = chunks.first() else {
            if !failed {
                self.add("a stream without a chunk");
            }
            return;
        };
        if first["type"].is_string() {
            self.claude_events(chunks, failed);
        } else if first["messageStart"].is_object() {
            let mut progress = Progress { reopens: true, ..Progress::default() };
            for (index, event) in chunks.iter().enumerate() {
                let at = format!("chunk {index}");
                // The service's own figures stand beside an event.
                let named =
                    event.as_object().into_iter().flatten().find(|(name, _)| !name.starts_with("amazon-bedrock-"));
                match named {
                    Some((name, event)) => self.converse_event(name, event, &at, &mut progress),
                    None => self.add(format!("{at}: no event")),
                }
            }
            self.end(&progress, failed, ["messageStart", "messageStop and metadata"]);
        } else {
            self.plain_chunks(chunks, failed);
        }
    }

    /// Chunks of models whose streams are pieces of one body: each has the form, and one says why it stopped.
    fn plain_chunks(&mut self, chunks: &[Value], failed: bool) {
        const CHUNKS: [(&str, &str); 4] = [
            ("generation", "LlamaChunk"),
            ("outputText", "TitanChunk"),
            ("outputs", "MistralBody"),
            ("choices", "PlainChunk"),
        ];
        const MORE: [&str; 5] =
            ["outputText", "event_type", "is_finished", "bytes", "amazon-bedrock-invocationMetrics"];
        let mut speaks = false;
        let mut stopped = false;
        for (index, chunk) in chunks.iter().enumerate() {
            let known = FORMS.iter().map(|(member, _)| *member).chain(MORE).any(|name| chunk.get(name).is_some());
            if !known {
                self.add(format!("chunk {index}: the form of no model's chunk"));
            }
            if let Some((_, shape)) = CHUNKS.iter().find(|(member, _)| chunk.get(*member).is_some()) {
                self.shape(shape, chunk, &format!("chunk {index}"));
            }
            speaks |= ["generation", "outputText", "outputs", "choices", "text", "generations", "event_type"]
                .into_iter()
                .any(|name| chunk.get(name).is_some());
            let parts = ["outputs", "choices", "generations"].into_iter().filter_map(|name| chunk[name].as_array());
            stopped |= parts.flatten().chain([chunk]).any(|part| {
                ["stop_reason", "finish_reason", "completionReason"].into_iter().any(|name| part[name].is_string())
                    || part["is_finished"] == true
                    || part["event_type"] == "stream-end"
            });
        }
        if speaks && !stopped && !failed {
            self.add("a stream ends with a chunk that says why it stopped");
        }
    }

    fn claude_events(&mut self, events: &[Value], failed: bool) {
        let mut progress = Progress::default();
        let mut failed = failed;
        for (number, event) in events.iter().enumerate() {
            let name = event["type"].as_str().unwrap_or_default();
            let at = format!("event {number} ({name})");
            self.shape("ClaudeEvent", event, &at);
            let index = event["index"].as_u64();
            let kind = |part: &Value| {
                part["type"].as_str().map(|kind| {
                    match kind {
                        "text_delta" | "citations_delta" => "text",
                        "input_json_delta" => "tool_use",
                        "thinking_delta" | "signature_delta" => "thinking",
                        other => other,
                    }
                    .to_string()
                })
            };
            match name {
                "message_start" => self.begin(&mut progress, &at),
                "content_block_start" => {
                    let block = &event["content_block"];
                    if block["type"] == "tool_use" {
                        self.call_id(&mut progress, &block["id"], &at);
                    }
                    self.block_start(&mut progress, index, kind(block), &at);
                }
                "content_block_delta" => {
                    if index.is_some_and(|index| !progress.blocks.contains_key(&index)) {
                        self.add(format!("{at}: a piece of a block that did not begin"));
                    }
                    let piece = event["delta"]["partial_json"].as_str();
                    // Tools of the server get their input like those of the caller.
                    let own = kind(&event["delta"]).map(|kind| match index.and_then(|at| progress.blocks.get(&at)) {
                        Some(Block { kind: Some(begun), .. }) if begun.ends_with(&kind) => begun.clone(),
                        _ => kind,
                    });
                    self.block_piece(&mut progress, index, own, piece, "tool_use", &at);
                }
                "content_block_stop" => {
                    if index.is_some_and(|index| !progress.blocks.contains_key(&index)) {
                        self.add(format!("{at}: the end of a block that did not begin"));
                    }
                    self.block_stop(&mut progress, index, &at);
                }
                "message_delta" => self.stop(&mut progress, event["delta"]["stop_reason"].as_str(), "tool_use", &at),
                "message_stop" => self.last(&mut progress, &at),
                "error" => failed = true,
                _ => {}
            }
        }
        self.end(&progress, failed, ["message_start", "message_delta and message_stop"]);
    }

    fn server_sent(&mut self, operation: Operation, body: &[u8]) {
        let Ok(text) = std::str::from_utf8(body) else { return self.add("the stream should be UTF-8") };
        let (events, broken) = data_events(text);
        if broken > 0 {
            self.add(format!("{broken} events whose data is no JSON"));
        }
        for (index, block) in text.split("\n\n").filter(|block| !block.trim().is_empty()).enumerate() {
            let field = |name: &str| block.lines().find_map(|line| line.strip_prefix(name)).map(str::trim);
            let data = field("data:").and_then(|data| document::bounded(data.as_bytes()).ok());
            let kind = data.as_ref().and_then(|data| data["type"].as_str());
            if let Some(name) = field("event:").filter(|name| kind.is_some_and(|kind| kind != *name)) {
                self.add(format!("event {index}: it is named {name}, and its type is {}", kind.unwrap_or_default()));
            }
        }
        match operation {
            Operation::MessagesStream => self.claude_events(&events, false),
            Operation::ChatCompletionsStream => {
                self.chat_chunks(&events);
                if !text.trim_end().ends_with("data: [DONE]") && !events.iter().any(|event| event["error"].is_object())
                {
                    self.add("a stream ends with [DONE]");
                }
            }
            _ => self.response_events(&events),
        }
    }

    fn chat_chunks(&mut self, chunks: &[Value]) {
        let mut finished = false;
        let mut cut_off = false;
        let mut arguments: BTreeMap<u64, String> = BTreeMap::new();
        let mut ids: BTreeMap<String, u64> = BTreeMap::new();
        let mut failed = false;
        for (index, chunk) in chunks.iter().enumerate() {
            let at = format!("event {index}");
            if chunk["error"].is_object() {
                failed = true;
                self.shape("OpenAiErrorBody", chunk, &at);
                continue;
            }
            self.shape("ChatChunk", chunk, &at);
            self.sum(&chunk["usage"], ["prompt_tokens", "completion_tokens"], &format!("{at}.usage"));
            if chunk["id"] != chunks[0]["id"] {
                self.add(format!("{at}.id: another one than that of the first"));
            }
            for choice in chunk["choices"].as_array().into_iter().flatten() {
                if finished && choice["index"] == 0 {
                    self.add(format!("{at}: after the answer finished"));
                }
                for call in choice["delta"]["tool_calls"].as_array().into_iter().flatten() {
                    let Some(index) = call["index"].as_u64() else { continue };
                    if !arguments.contains_key(&index)
                        && (!call["id"].is_string() || !call["function"]["name"].is_string())
                    {
                        self.add(format!("{at}: call {index} begins without id and name"));
                    }
                    if let Some(id) = call["id"].as_str()
                        && *ids.entry(id.to_string()).or_insert(index) != index
                    {
                        self.add(format!("{at}: two calls have the id {id}"));
                    }
                    let piece = call["function"]["arguments"].as_str().unwrap_or_default();
                    arguments.entry(index).or_default().push_str(piece);
                }
                finished |= choice["finish_reason"].is_string();
                cut_off |= is_cut_off(&choice["finish_reason"]);
            }
        }
        if chunks.is_empty() {
            self.add("a stream without a chunk");
        } else if !finished && !failed {
            self.add("a stream ends with a finish_reason");
        }
        for (index, text) in arguments.iter().filter(|_| finished && !cut_off) {
            self.arguments(&Value::String(text.clone()), &format!("call {index}"));
        }
    }

    fn response_events(&mut self, events: &[Value]) {
        const ENDS: [&str; 4] = ["response.completed", "response.incomplete", "response.failed", "error"];
        const WITH_RESPONSE: [&str; 5] = [
            "response.created",
            "response.in_progress",
            "response.completed",
            "response.incomplete",
            "response.failed",
        ];
        let last = events.len().saturating_sub(1);
        let mut items = Items::default();
        for (index, event) in events.iter().enumerate() {
            let name = event["type"].as_str().unwrap_or_default();
            let at = format!("event {index} ({name})");
            self.shape("ResponseEvent", event, &at);
            if WITH_RESPONSE.contains(&name) {
                self.response(&event["response"], &format!("{at}.response"));
                let status = name.trim_start_matches("response.");
                if index == last && event["response"]["status"].as_str().is_some_and(|own| own != status) {
                    self.add(format!("{at}.response.status: not {status}"));
                }
            }
            self.item_event(&mut items, name, event, &at);
            if event["sequence_number"].as_u64().is_some_and(|number| number != index as u64) {
                self.add(format!("{at}.sequence_number: {index} would follow"));
            }
            if (index == 0) != (name == "response.created") && !(index == 0 && name == "error") {
                self.add(format!("{at}: a stream begins with response.created, once"));
            }
            if ENDS.contains(&name) && index != last {
                self.add(format!("{at}: nothing follows the end"));
            }
        }
        let ended = events.last().is_some_and(|event| ENDS.contains(&event["type"].as_str().unwrap_or_default()));
        if !ended {
            self.add(format!("a stream ends with one of {}", ENDS.join(", ")));
        }
    }

    /// An event of an item of the output: it names the item and its place, and stands between its begin and
    /// its end.
    fn item_event(&mut self, items: &mut Items, name: &str, event: &Value, at: &str) {
        const OF_ITEMS: [&str; 6] = [
            "content_part",
            "output_text",
            "refusal",
            "function_call_arguments",
            "reasoning_text",
            "reasoning_summary",
        ];
        let Some(rest) = name.strip_prefix("response.") else { return };
        let place = event["output_index"].as_u64();
        let begins = rest == "output_item.added";
        if begins || rest == "output_item.done" {
            self.shape("ResponseItem", &event["item"], &format!("{at}.item"));
        } else if !OF_ITEMS.iter().any(|kind| rest.starts_with(kind)) {
            return;
        }
        let Some(place) = place else { return self.add(format!("{at}.output_index: expected type: Integer")) };
        let id = if rest.starts_with("output_item") { &event["item"]["id"] } else { &event["item_id"] };
        if begins {
            let next = items.begun.len() as u64;
            if place != next {
                self.add(format!("{at}.output_index: {place} where {next} would follow"));
            }
            items.begun.insert(place, id.as_str().map(str::to_string));
            return;
        }
        match items.begun.get(&place) {
            None => self.add(format!("{at}.output_index: {place} is no item that began")),
            Some(Some(own)) if id.as_str() != Some(own) => {
                self.add(format!("{at}: the item {place} has the id {own}, not {id}"));
            }
            Some(_) if items.over.contains(&place) => self.add(format!("{at}: the item {place} is over")),
            Some(_) => {}
        }
        if rest == "output_item.done" {
            items.over.insert(place);
        }
    }
}

/// The items of a Responses stream so far: their ids, and which are over.
#[derive(Default)]
struct Items {
    begun: BTreeMap<u64, Option<String>>,
    over: BTreeSet<u64>,
}
