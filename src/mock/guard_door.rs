//! Guardrails without a model: ApplyGuardrail and InvokeGuardrailChecks, from the same policy as a call's.
//!
//! # Source
//! botocore 1.44.8 for the members; recorded traces of 2025 and 2026 for the form of an assessment.

use regex_lite::Regex;
use serde_json::{Map, Value, json};

use crate::bedrock::{Ask, Body, Exception, Headers, Reply, Request, percent_decoded};
use crate::rules::{Shape, check_shape};
use crate::words::{Arg, Message, Word};

use super::failed::Failed;
use super::guardrail::{Guardrail, NOT_ASSESSED, PiiKind};
use super::handle::{MAX_BODY, Mock};
use super::ledger::CallRecord;

/// A request to one of the two doors.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum GuardDoor {
    Apply { id: String },
    Checks,
}

impl GuardDoor {
    /// The door of a path; `None` for all others.
    pub fn of(request: &Request) -> Option<Self> {
        let path = request.path.split('?').next().unwrap_or_default();
        if request.method != "POST" {
            return None;
        }
        if path == "/guardrail-checks/invoke" {
            return Some(GuardDoor::Checks);
        }
        let (id, rest) = path.strip_prefix("/guardrail/")?.split_once("/version/")?;
        rest.strip_suffix("/apply")?;
        Some(GuardDoor::Apply { id: percent_decoded(id)? })
    }

    pub fn operation(&self) -> &'static str {
        match self {
            GuardDoor::Apply { .. } => "ApplyGuardrail",
            GuardDoor::Checks => "InvokeGuardrailChecks",
        }
    }

    /// Answers by the policy of the configuration.
    ///
    /// # Errors
    /// What the service refuses.
    pub fn answer(&self, body: &[u8], guardrail: Option<&Guardrail>, request_id: &str) -> Result<Reply, Exception> {
        let body: Value = crate::document::bounded(body).map_err(|_| Exception::usual("ValidationException"))?;
        let shape = if *self == GuardDoor::Checks { Shape::GuardrailChecks } else { Shape::ApplyGuardrail };
        if let Some(problem) = check_shape(shape, &body).into_iter().next() {
            return Err(Exception::validation(problem.message));
        }
        let (answer, missing) = match self {
            GuardDoor::Apply { id } => {
                let guardrail = guardrail
                    .filter(|guardrail| guardrail.is_named(id))
                    .ok_or_else(|| Exception::new("ResourceNotFoundException", NO_GUARDRAIL))?;
                (apply(guardrail, &body), NOT_ASSESSED.english().to_string())
            }
            GuardDoor::Checks => checks(&body),
        };
        let headers = Headers::from([("content-type", "application/json")])
            .with("x-amzn-requestid", request_id)
            // Not the service's: what was asked and could not be judged here.
            .with("x-rehearsal-not-assessed", missing);
        Ok(Reply { status: 200, headers, at_ms: 0.0, body: Body::Whole(answer.to_string().into_bytes()) })
    }
}

fn apply(guardrail: &Guardrail, body: &Value) -> Value {
    let content = body["content"].as_array().map(Vec::as_slice).unwrap_or_default();
    let of = |item: &'_ Value| item["text"]["text"].as_str().unwrap_or_default().to_string();
    let marked = |item: &&Value| {
        item["text"]["qualifiers"].as_array().is_some_and(|all| all.iter().any(|one| one == "guard_content"))
    };
    let some_marked = content.iter().any(|item| marked(&item));
    let judged: Vec<(String, bool)> = content.iter().map(|item| (of(item), !some_marked || marked(&item))).collect();
    let total: usize = judged.iter().map(|(text, _)| text.chars().count()).sum();
    let joined = judged.iter().filter(|(_, judged)| *judged).map(|(text, _)| text.as_str()).collect::<Vec<_>>();
    let joined = joined.join("\n");
    let found = guardrail.assess(&joined);
    let outputs: Vec<Value> = if found.blocks() {
        let input = body["source"] == "INPUT";
        let text = if input { &guardrail.blocked_input } else { &guardrail.blocked_output };
        vec![json!({"text": text})]
    } else if found.intervenes() {
        let masked = |(text, judged): &(String, bool)| if *judged { guardrail.assess(text).text } else { text.clone() };
        judged.iter().map(|part| json!({"text": masked(part)})).collect()
    } else {
        Vec::new()
    };
    let guarded = joined.chars().count();
    let coverage = json!({"textCharacters": {"guarded": guarded, "total": total}});
    let usage = guardrail.usage(guarded);
    let mut assessment = found.trace();
    assessment["invocationMetrics"] =
        json!({"guardrailCoverage": coverage, "guardrailProcessingLatency": 0, "usage": usage});
    json!({
        "action": if found.intervenes() { "GUARDRAIL_INTERVENED" } else { "NONE" },
        "actionReason": found.reason(),
        "assessments": [crate::bedrock::converse::sorted(&assessment)],
        "guardrailCoverage": coverage,
        "outputs": outputs,
        "usage": usage,
    })
}

/// The checks that were asked, and a list of those that could not be made.
fn checks(body: &Value) -> (Value, String) {
    let messages = body["messages"].as_array().map(Vec::as_slice).unwrap_or_default();
    let texts = || {
        messages.iter().enumerate().flat_map(|(message, value)| {
            let content = value["content"].as_array().map(Vec::as_slice).unwrap_or_default();
            content.iter().enumerate().map(move |(at, part)| (message, at, part["text"].as_str().unwrap_or_default()))
        })
    };
    let characters: usize = texts().map(|(_, _, text)| text.chars().count()).sum();
    let units = json!({"textUnits": characters.div_ceil(1_000).max(1)});
    let (mut results, mut usage, mut missing) = (Map::new(), Map::new(), Vec::new());
    for check in ["contentFilter", "promptAttack"] {
        if !body["checks"][check].is_object() {
            continue;
        }
        // Judging these takes a model: the score is the form's, not a finding.
        let categories = body["checks"][check]["categories"].as_array().into_iter().flatten();
        let scores: Vec<Value> =
            categories.map(|one| json!({"category": one["category"], "severityScore": 0.0})).collect();
        results.insert(check.to_string(), json!({"results": scores}));
        usage.insert(check.to_string(), units.clone());
        missing.push(check.to_string());
    }
    if body["checks"]["sensitiveInformation"].is_object() {
        let mut found = Vec::new();
        for entity in body["checks"]["sensitiveInformation"]["entities"].as_array().into_iter().flatten() {
            let name = entity["type"].as_str().unwrap_or_default();
            let Some(kind) = PiiKind::from_key(name) else {
                missing.push(format!("sensitiveInformation {name}"));
                continue;
            };
            let Ok(pattern) = Regex::new(kind.pattern()) else { continue };
            for (message, at, text) in texts() {
                for matched in pattern.find_iter(text).filter(|matched| kind.confirms(matched.as_str())) {
                    let begin = text.get(..matched.start()).unwrap_or_default().chars().count();
                    found.push(json!({
                        "beginOffset": begin,
                        "confidenceScore": 1.0,
                        "contentIndex": at,
                        "endOffset": begin + matched.as_str().chars().count(),
                        "messageIndex": message,
                        "type": name,
                    }));
                }
            }
        }
        results.insert("sensitiveInformation".to_string(), json!({"results": found, "truncated": false}));
        usage.insert("sensitiveInformation".to_string(), units);
    }
    (json!({"results": results, "usage": usage}), missing.join(", "))
}

/// What a guardrail is answered that is not there.
const NO_GUARDRAIL: &str = "The guardrail identifier or version provided in the request does not exist.";

impl Mock {
    /// Refuses a call to a model that names a guardrail which the configuration has not.
    pub(super) fn no_guardrail(&self, ask: &Ask) -> Option<Exception> {
        let named = ask.guardrail.as_ref()?.id.as_deref()?;
        let known = self.config.guardrail.as_ref().is_some_and(|guardrail| guardrail.is_named(named));
        (!known).then(|| Exception::validation(NO_GUARDRAIL))
    }

    /// ApplyGuardrail and InvokeGuardrailChecks.
    pub(super) fn guard(
        &self,
        door: &GuardDoor,
        forced: Option<Exception>,
        request: &Request,
        record: &mut CallRecord,
    ) -> Result<Reply, Failed> {
        record.operation = door.operation().to_string();
        if let Some(exception) = forced {
            return Err(Failed::because(exception, Word::reason_forced));
        }
        if request.body.len() > MAX_BODY {
            return Err(Exception::usual("PayloadTooLargeException").into());
        }
        let reply = door.answer(&request.body, self.config.guardrail.as_ref(), &record.request_id)?;
        let missing = reply.headers.get("x-rehearsal-not-assessed").unwrap_or_default();
        let parts = match missing == NOT_ASSESSED.english() {
            true => Arg::Word(NOT_ASSESSED),
            false => Arg::Text(missing.to_string()),
        };
        record.reason = Message::new(Word::reason_guardrail).with("parts", parts).into();
        record.sent(&reply);
        Ok(reply)
    }
}
