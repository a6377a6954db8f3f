//! An answer as it is sent: as the frames of a stream, each with its time, or (`whole`) as one body.

use data_encoding::BASE64;
use serde::Serialize;
use serde_json::{Value, json};

use crate::bedrock::claude::{self, Metrics};
use crate::bedrock::converse::Beside;
use crate::bedrock::event_stream::encode_event;
use crate::bedrock::{
    Answer, Ask, Block, Body, Delta, Dialect, End, Event, Headers, Identity, ModelRules, Operation, Piece, Reply, Step,
    converse, nova,
};

use super::latency::Pace;
use super::whole::{guardrail_action, invoke_trace};

/// Everything that a reply is made from.
pub(super) struct Scene<'a> {
    pub answer: &'a Answer,
    pub rules: &'a ModelRules,
    pub ask: &'a Ask,
    pub identity: &'a Identity,
    /// What a guardrail did, if one looked.
    pub judged: Option<&'a Value>,
    /// What it did, where the request asks for it.
    pub trace: Option<&'a Value>,
    pub operation: Operation,
    pub pace: Pace,
    pub request_id: &'a str,
}

impl<'a> Scene<'a> {
    /// What Converse tells beside the content.
    pub fn beside(&self, fields: Option<&'a Value>) -> Beside<'a> {
        let zero = self.rules.cell("converse_zero_cache");
        // A model that cannot hurry says that it did not.
        let optimized = !self.rules.refuses("latency_optimized") && self.rules.row().is_some();
        Beside {
            latency_ms: 0,
            trace: self.trace,
            fields,
            performance: self.ask.latency.as_deref().map(|latency| if optimized { latency } else { "standard" }),
            service_tier: self.ask.service_tier.as_deref(),
            zero_read: zero.contains("read"),
            zero_write: zero.contains("write"),
            tool_type: match self.rules.cell("converse_tool_use_type") {
                "yes" => true,
                "stream" => self.operation.is_stream(),
                _ => false,
            },
        }
    }

    /// What the request asked for of the provider's own answer, by JSON pointers.
    pub fn response_fields(&self) -> Option<Value> {
        if self.ask.response_paths.is_empty() {
            return self.answer.fields.clone();
        }
        let body = self.provider_body();
        let mut fields = json!({});
        for path in &self.ask.response_paths {
            if let Some(value) = body.pointer(path) {
                put(&mut fields, path, value.clone());
            }
        }
        Some(fields)
    }
}

/// Puts a value at a pointer, its parents made as they are needed.
fn put(target: &mut Value, pointer: &str, value: Value) {
    let mut at = target;
    for name in pointer.split('/').skip(1) {
        at = &mut at[name.replace("~1", "/").replace("~0", "~").as_str()];
    }
    *at = value;
}

/// The payload of InvokeModel's frames: the provider's own event, encoded.
#[derive(Serialize)]
struct Chunk<'a> {
    bytes: &'a str,
    p: &'a str,
}

impl Scene<'_> {
    /// The answer as a stream of frames.
    pub fn stream(&self, steps: &[Step<'_>]) -> Reply {
        let times = self.times(steps);
        let ms = |time: Option<&f64>| libm::round(time.copied().unwrap_or(self.pace.first_ms)) as u64;
        let metrics = Metrics { latency_ms: ms(times.last()), first_byte_ms: ms(times.first()) };
        let fields = self.response_fields();
        let beside = Beside { latency_ms: metrics.latency_ms, ..self.beside(fields.as_ref()) };
        let mut frames =
            Frames { scene: self, metrics, beside, nova_index: 0, pieces: Vec::with_capacity(steps.len() + 2) };
        for (step, at_ms) in steps.iter().zip(times) {
            frames.push_event(&step.event, at_ms);
        }
        let pieces = frames.pieces;
        let mut headers = Headers::from([("content-type", "application/vnd.amazon.eventstream")])
            .with("x-amzn-requestid", self.request_id);
        if self.operation == Operation::InvokeModelWithResponseStream {
            headers = headers.with("x-amzn-bedrock-content-type", "application/json");
        }
        let at_ms = pieces.first().map_or(0.0, |piece| piece.at_ms);
        Reply { status: 200, headers, at_ms, body: Body::Stream(pieces, End::Clean) }
    }

    /// When each step is sent: by the tokens that are out, or by the chunks.
    pub(super) fn times(&self, steps: &[Step<'_>]) -> Vec<f64> {
        let pace = self.pace;
        let tokens = self.answer.usage.output_tokens as f64;
        let first = steps.iter().find(|step| step.done > 0.0).map_or(0.0, |step| step.done);
        let mut chunks = 0_u32;
        let time = |step: &Step<'_>| {
            chunks += u32::from(matches!(&step.event, Event::Delta { .. }));
            match pace.ms_per_chunk {
                Some(ms) => pace.first_ms + f64::from(chunks.max(1) - 1) * ms,
                None => pace.first_ms + (step.done - first).max(0.0) * tokens * pace.ms_per_token,
            }
        };
        steps.iter().map(time).collect()
    }
}

/// The frames of a stream as they are written.
struct Frames<'a> {
    scene: &'a Scene<'a>,
    metrics: Metrics,
    beside: Beside<'a>,
    /// Blocks that Nova has closed.
    nova_index: usize,
    pieces: Vec<Piece>,
}

impl Frames<'_> {
    /// Writes the frames of an event: one, none for what a dialect does not send, two where Nova
    /// closes a block after every delta.
    fn push_event(&mut self, event: &Event<'_>, at_ms: f64) {
        let Scene { answer, rules, identity, trace, operation, .. } = *self.scene;
        if operation == Operation::ConverseStream {
            let padding = identity.padding(self.pieces.len());
            let sent = converse::event(event, answer, identity, self.beside, padding);
            if let Some((name, payload)) = sent {
                self.push(name, &payload, at_ms);
            }
            return;
        }
        if rules.dialect == Dialect::Nova {
            for event in nova_events(event, answer, &mut self.nova_index) {
                self.push_chunk(&nova::event(&event, answer, identity, self.metrics), at_ms);
            }
            return;
        }
        let mut value = claude::event(event, answer, rules, identity, self.metrics);
        if self.scene.judged.is_some() && value.is_object() {
            value["amazon-bedrock-guardrailAction"] = json!(guardrail_action(answer));
        }
        if let Some(trace) = trace.filter(|_| matches!(event, Event::End) && value.is_object()) {
            value["amazon-bedrock-trace"] = invoke_trace(trace);
        }
        self.push_chunk(&value, at_ms);
    }

    /// A frame of InvokeModel; nothing for an event that the provider does not send.
    fn push_chunk(&mut self, event: &Value, at_ms: f64) {
        if !event.is_null() {
            let bytes = BASE64.encode(event.to_string().as_bytes());
            let chunk = Chunk { bytes: &bytes, p: self.scene.identity.padding(self.pieces.len()) };
            self.push("chunk", &serde_json::to_vec(&chunk).unwrap_or_default(), at_ms);
        }
    }

    fn push(&mut self, name: &str, payload: &[u8], at_ms: f64) {
        // Only a payload of more than 24 MiB does not encode, and no fixture's block is.
        self.pieces.push(Piece { at_ms, bytes: encode_event(name, payload).unwrap_or_default() });
    }
}

/// Nova's events for one of ours: each delta of a text is a block of its own, numbered on; a tool's input is one.
fn nova_events<'a>(event: &Event<'a>, answer: &Answer, index: &mut usize) -> Vec<Event<'a>> {
    let called = |block: Option<&Block>| matches!(block, Some(Block::ToolUse { .. } | Block::BrokenToolUse { .. }));
    match event {
        Event::Delta { delta: delta @ (Delta::Text(_) | Delta::Thinking(_)), .. } => {
            *index += 1;
            vec![Event::Delta { index: *index - 1, delta: delta.clone() }, Event::BlockStop { index: *index - 1 }]
        }
        Event::BlockStart { block, .. } if called(Some(block)) => vec![Event::BlockStart { index: *index, block }],
        // The empty first piece of a tool's input is not sent.
        Event::Delta { delta: Delta::ToolInput(json), .. } if json.is_empty() => Vec::new(),
        Event::Delta { delta: delta @ Delta::ToolInput(_), .. } => {
            vec![Event::Delta { index: *index, delta: delta.clone() }]
        }
        Event::BlockStop { index: block } if called(answer.content.get(*block)) => {
            *index += 1;
            vec![Event::BlockStop { index: *index - 1 }]
        }
        Event::BlockStart { .. } | Event::Delta { .. } | Event::BlockStop { .. } => Vec::new(),
        other => vec![other.clone()],
    }
}
