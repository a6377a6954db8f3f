//! An answer as one body, and a count of tokens.

use serde_json::{Map, Value, json};

use crate::bedrock::{
    Answer, Body, Dialect, Exception, Headers, Identity, Operation, Reply, StopReason, claude, converse, nova,
};

use crate::bedrock::converse::Beside;
use crate::rules::Verdict;
use crate::words::Word;

use super::choose::Choice;
use super::failed::Failed;
use super::handle::Accepted;
use super::ledger::CallRecord;
use super::scene::Scene;

impl Scene<'_> {
    /// The answer as one body.
    pub fn whole(&self) -> Reply {
        let Scene { answer, identity, .. } = *self;
        let latency_ms = libm::round(self.pace.whole_ms) as u64;
        let headers = Headers::from([("content-type", "application/json")]).with("x-amzn-requestid", self.request_id);
        let (headers, body) = if self.operation == Operation::Converse {
            let fields = self.response_fields();
            let beside = Beside { latency_ms, ..self.beside(fields.as_ref()) };
            (headers, converse::body(answer, identity, beside))
        } else {
            (self.with_metrics(headers, latency_ms), self.provider_body().to_string().into_bytes())
        };
        Reply { status: 200, headers, at_ms: self.pace.whole_ms, body: Body::Whole(body) }
    }

    /// InvokeModel tells in headers what Converse tells in the body.
    fn with_metrics(&self, headers: Headers, latency_ms: u64) -> Headers {
        let usage = &self.answer.usage;
        let headers = headers
            .with("x-amzn-bedrock-invocation-latency", latency_ms.to_string())
            .with("x-amzn-bedrock-input-token-count", usage.input_tokens.to_string())
            .with("x-amzn-bedrock-output-token-count", usage.output_tokens.to_string());
        if !usage.uses_cache() && !self.rules.caches() {
            return headers;
        }
        headers
            .with("x-amzn-bedrock-cache-read-input-token-count", usage.cache_read_tokens.to_string())
            .with("x-amzn-bedrock-cache-write-input-token-count", usage.written_tokens().to_string())
    }

    pub fn provider_body(&self) -> Value {
        let mut body = match self.rules.dialect {
            Dialect::Nova => nova::body(self.answer, self.identity),
            _ => claude::body(self.answer, self.rules, self.identity),
        };
        if let Some(trace) = self.trace {
            body["amazon-bedrock-trace"] = invoke_trace(trace);
        }
        if self.judged.is_some() {
            body["amazon-bedrock-guardrailAction"] = json!(guardrail_action(self.answer));
        }
        body
    }
}

/// The tokens of a prompt: those its fixture declares, or an estimate.
pub(super) fn count_tokens(
    accepted: &Accepted<'_>,
    choice: Option<&Choice<'_>>,
    identity: &Identity,
    record: &mut CallRecord,
) -> Result<Reply, Failed> {
    let Accepted { call, rules, ask, .. } = accepted;
    // Only base ids are counted.
    let base = crate::rules::base_id(&ask.model_id) == ask.model_id;
    let column = if call.is_some() { "count_tokens_mantle" } else { "count_tokens_runtime" };
    let counted = rules.row().is_none_or(|row| row.verdict(column) != Verdict::No);
    if !counted || rules.dialect != Dialect::Claude || !base {
        return Err(Exception::validation("The provided model doesn't support counting tokens.").into());
    }
    let declared = choice.and_then(|choice| match choice {
        Choice::Fixture(fixture) if fixture.usage_declared => Some(fixture.usage().prompt_tokens()),
        _ => None,
    });
    let tokens = declared.unwrap_or_else(|| accepted.prompt_tokens());
    record.reason = if declared.is_some() { Word::reason_declared } else { Word::reason_estimate }.into();
    record.input_tokens = tokens;
    if let Some(call) = call {
        return Ok(super::door::counted(call, tokens, record, identity));
    }
    let headers =
        Headers::from([("content-type", "application/json")]).with("x-amzn-requestid", record.request_id.clone());
    Ok(Reply {
        status: 200,
        headers,
        at_ms: 0.0,
        body: Body::Whole(json!({"inputTokens": tokens}).to_string().into_bytes()),
    })
}

pub(super) fn guardrail_action(answer: &Answer) -> &'static str {
    if answer.stop_reason == StopReason::GuardrailIntervened { "INTERVENED" } else { "NONE" }
}

/// The trace as InvokeModel has it: the same assessments under shorter names.
pub(super) fn invoke_trace(trace: &Value) -> Value {
    let guardrail = &trace["guardrail"];
    let mut out = Map::new();
    if guardrail["inputAssessment"].is_object() {
        out.insert("input".to_string(), guardrail["inputAssessment"].clone());
    }
    if guardrail["outputAssessments"].is_object() {
        out.insert("outputs".to_string(), json!([guardrail["outputAssessments"]]));
    }
    json!({"guardrail": out})
}
