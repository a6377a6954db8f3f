//! The answer as it is sent. Every form lists its members in alphabetical order, which is the order
//! they are sent in.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::Value;

use crate::bedrock::answer::{Answer, Block, Citation, Usage};
use crate::bedrock::claude::what_came;
use crate::bedrock::stream::{Delta, Event, Identity};

/// What an answer carries beside its content.
#[derive(Clone, Copy, Debug, Default)]
pub struct Beside<'a> {
    pub latency_ms: u64,
    pub trace: Option<&'a Value>,
    /// What `additionalModelResponseFieldPaths` asked for.
    pub fields: Option<&'a Value>,
    /// The latency and the tier it was served with, where the request asked for one.
    pub performance: Option<&'a str>,
    pub service_tier: Option<&'a str>,
    /// Whether counts of tokens read and written are told where nothing was cached.
    pub zero_read: bool,
    pub zero_write: bool,
    /// Whether a tool use names its type.
    pub tool_type: bool,
}

/// The answer as Converse returns it.
pub fn body(answer: &Answer, identity: &Identity, beside: Beside<'_>) -> Vec<u8> {
    let content = answer.content.iter().enumerate();
    let content = content.map(|(index, block)| ContentForm::of(block, index, identity, beside.tool_type));
    let message = MessageForm { content: content.collect(), role: "assistant" };
    bytes(&BodyForm {
        additional_model_response_fields: beside.fields.map(sorted),
        metrics: MetricsForm { latency_ms: beside.latency_ms },
        output: OutputForm { message },
        performance_config: beside.performance.map(|latency| PerformanceForm { latency }),
        service_tier: beside.service_tier.map(|kind| TierForm { kind }),
        stop_reason: answer.stop_reason.converse(),
        trace: beside.trace.map(sorted),
        usage: UsageForm::of(&answer.usage, beside),
    })
}

/// One event of the stream: its name, and its JSON with the padding `p` among its members; `None`
/// for what is not sent.
pub fn event(
    event: &Event<'_>,
    answer: &Answer,
    identity: &Identity,
    beside: Beside<'_>,
    p: &str,
) -> Option<(&'static str, Vec<u8>)> {
    let (name, form) = match event {
        Event::MessageStart => ("messageStart", EventForm::Start { p, role: "assistant" }),
        // Only tool use announces its block; text and reasoning begin with their first delta.
        Event::BlockStart { index, block: Block::ToolUse { id, name, .. } | Block::BrokenToolUse { id, name, .. } } => {
            let tool_use_id = id.clone().unwrap_or_else(|| identity.converse_tool_id(*index));
            let start = StartForm::ToolUse { name, tool_use_id, kind: beside.tool_type.then_some("tool_use") };
            ("contentBlockStart", EventForm::BlockStart { content_block_index: *index, p, start })
        }
        Event::BlockStart { .. } => return None,
        Event::Delta { index, delta } => {
            let delta = match delta {
                Delta::Text(text) => DeltaForm::Text(text),
                Delta::Thinking(text) => DeltaForm::ReasoningContent(ReasoningDelta::Text(text)),
                Delta::Signature(signature) => DeltaForm::ReasoningContent(ReasoningDelta::Signature(signature)),
                Delta::RedactedThinking(data) => DeltaForm::ReasoningContent(ReasoningDelta::RedactedContent(data)),
                Delta::ToolInput(input) => DeltaForm::ToolUse { input },
                Delta::Citation(citation) => DeltaForm::Citation(citation.converse()),
            };
            ("contentBlockDelta", EventForm::Delta { content_block_index: *index, delta, p })
        }
        Event::BlockStop { index } => ("contentBlockStop", EventForm::BlockStop { content_block_index: *index, p }),
        Event::MessageStop { stop_reason } => {
            let additional_model_response_fields = beside.fields.map(sorted);
            (
                "messageStop",
                EventForm::Stop { additional_model_response_fields, p, stop_reason: stop_reason.converse() },
            )
        }
        Event::End => {
            let form = EventForm::Metadata {
                metrics: MetricsForm { latency_ms: beside.latency_ms },
                p,
                performance_config: beside.performance.map(|latency| PerformanceForm { latency }),
                service_tier: beside.service_tier.map(|kind| TierForm { kind }),
                trace: beside.trace.map(sorted),
                usage: UsageForm::of(&answer.usage, Beside { zero_read: false, zero_write: false, ..beside }),
            };
            ("metadata", form)
        }
    };
    Some((name, bytes(&form)))
}

/// The value with the keys of every object in alphabetical order.
pub fn sorted(value: &Value) -> Value {
    match value {
        Value::Object(object) => {
            let ordered: BTreeMap<&String, &Value> = object.iter().collect();
            Value::Object(ordered.into_iter().map(|(key, value)| (key.clone(), sorted(value))).collect())
        }
        Value::Array(items) => Value::Array(items.iter().map(sorted).collect()),
        other => other.clone(),
    }
}

fn bytes(form: &impl Serialize) -> Vec<u8> {
    // Strings, whole numbers and JSON values always have a form.
    serde_json::to_vec(form).unwrap_or_default()
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct BodyForm<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    additional_model_response_fields: Option<Value>,
    metrics: MetricsForm,
    output: OutputForm<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    performance_config: Option<PerformanceForm<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    service_tier: Option<TierForm<'a>>,
    stop_reason: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    trace: Option<Value>,
    usage: UsageForm,
}

#[derive(Serialize)]
struct PerformanceForm<'a> {
    latency: &'a str,
}

#[derive(Serialize)]
struct TierForm<'a> {
    #[serde(rename = "type")]
    kind: &'a str,
}

#[derive(Serialize)]
struct OutputForm<'a> {
    message: MessageForm<'a>,
}

#[derive(Serialize)]
struct MessageForm<'a> {
    content: Vec<ContentForm<'a>>,
    role: &'static str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
enum ContentForm<'a> {
    Text(&'a str),
    ReasoningContent(ReasoningForm<'a>),
    #[serde(rename_all = "camelCase")]
    ToolUse {
        input: Value,
        name: &'a str,
        tool_use_id: String,
        #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
        kind: Option<&'static str>,
    },
    CitationsContent {
        citations: Vec<Value>,
        content: [TextForm<'a>; 1],
    },
}

#[derive(Serialize)]
struct TextForm<'a> {
    text: &'a str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
enum ReasoningForm<'a> {
    ReasoningText { signature: &'a str, text: &'a str },
    RedactedContent(&'a str),
}

impl<'a> ContentForm<'a> {
    fn of(block: &'a Block, index: usize, identity: &Identity, typed: bool) -> Self {
        match block {
            Block::Text(text) => ContentForm::Text(text),
            Block::Thinking { text, signature } => {
                ContentForm::ReasoningContent(ReasoningForm::ReasoningText { signature, text })
            }
            Block::RedactedThinking(data) => ContentForm::ReasoningContent(ReasoningForm::RedactedContent(data)),
            Block::ToolUse { id, name, input } => {
                let tool_use_id = id.clone().unwrap_or_else(|| identity.converse_tool_id(index));
                ContentForm::ToolUse { input: sorted(input), name, tool_use_id, kind: typed.then_some("tool_use") }
            }
            Block::BrokenToolUse { id, name, json } => {
                let tool_use_id = id.clone().unwrap_or_else(|| identity.converse_tool_id(index));
                let input = sorted(&what_came(json));
                ContentForm::ToolUse { input, name, tool_use_id, kind: typed.then_some("tool_use") }
            }
            Block::Cited { text, citations } => ContentForm::CitationsContent {
                citations: citations.iter().map(Citation::converse).collect(),
                content: [TextForm { text }],
            },
        }
    }
}

#[derive(Serialize)]
#[serde(untagged, rename_all_fields = "camelCase")]
enum EventForm<'a> {
    Start {
        p: &'a str,
        role: &'static str,
    },
    BlockStart {
        content_block_index: usize,
        p: &'a str,
        start: StartForm<'a>,
    },
    Delta {
        content_block_index: usize,
        delta: DeltaForm<'a>,
        p: &'a str,
    },
    BlockStop {
        content_block_index: usize,
        p: &'a str,
    },
    Stop {
        #[serde(rename = "additionalModelResponseFields", skip_serializing_if = "Option::is_none")]
        additional_model_response_fields: Option<Value>,
        p: &'a str,
        stop_reason: &'static str,
    },
    Metadata {
        metrics: MetricsForm,
        p: &'a str,
        #[serde(rename = "performanceConfig", skip_serializing_if = "Option::is_none")]
        performance_config: Option<PerformanceForm<'a>>,
        #[serde(rename = "serviceTier", skip_serializing_if = "Option::is_none")]
        service_tier: Option<TierForm<'a>>,
        #[serde(skip_serializing_if = "Option::is_none")]
        trace: Option<Value>,
        usage: UsageForm,
    },
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase", rename_all_fields = "camelCase")]
enum StartForm<'a> {
    ToolUse {
        name: &'a str,
        tool_use_id: String,
        #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
        kind: Option<&'static str>,
    },
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
enum DeltaForm<'a> {
    Text(&'a str),
    ReasoningContent(ReasoningDelta<'a>),
    ToolUse { input: &'a str },
    Citation(Value),
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
enum ReasoningDelta<'a> {
    Text(&'a str),
    Signature(&'a str),
    RedactedContent(&'a str),
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct MetricsForm {
    latency_ms: u64,
}

/// Usage as it is really sent: with more names than the service model has.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct UsageForm {
    #[serde(skip_serializing_if = "Vec::is_empty")]
    cache_details: Vec<CacheDetail>,
    #[serde(skip_serializing_if = "Option::is_none")]
    cache_read_input_token_count: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    cache_read_input_tokens: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    cache_write_input_token_count: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    cache_write_input_tokens: Option<u64>,
    input_tokens: u64,
    output_tokens: u64,
    server_tool_usage: NoTools,
    total_tokens: u64,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct CacheDetail {
    input_tokens: u64,
    ttl: &'static str,
}

/// `{}`: no tool of the service was used.
#[derive(Serialize)]
struct NoTools {}

impl UsageForm {
    fn of(usage: &Usage, beside: Beside<'_>) -> Self {
        let read = (usage.uses_cache() || beside.zero_read).then_some(usage.cache_read_tokens);
        let written = (usage.uses_cache() || beside.zero_write).then(|| usage.written_tokens());
        let details = [("5m", usage.cache_write_tokens), ("1h", usage.cache_write_1h_tokens)].into_iter();
        let details = details.filter(|(_, tokens)| *tokens > 0);
        UsageForm {
            cache_details: details.map(|(ttl, input_tokens)| CacheDetail { input_tokens, ttl }).collect(),
            cache_read_input_token_count: read,
            cache_read_input_tokens: read,
            cache_write_input_token_count: written,
            cache_write_input_tokens: written,
            input_tokens: usage.input_tokens,
            output_tokens: usage.output_tokens,
            server_tool_usage: NoTools {},
            total_tokens: usage.prompt_tokens() + usage.output_tokens,
        }
    }
}
