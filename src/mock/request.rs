//! From a request to an [`Ask`]: each operation's body, and the headers that go with it.

use data_encoding::BASE64;
use serde_json::{Map, Value, json};

use crate::bedrock::{
    Api, Ask, AskBlock, Dialect, Exception, ModelRules, Operation, Request, Role, TraceWanted, Turn, claude, converse,
    nova, plain_messages,
};
use crate::catalog::Tier;
use crate::catalog::{Mode, Model};
use crate::hash::{messages_hash, prompt_hash};
use crate::rules::{Shape, check_shape};

/// What a request asks, checked as the service checks it.
pub(super) fn read_ask(
    request: &Request,
    operation: Operation,
    model: &Model,
    model_id: &str,
    rules: &ModelRules,
) -> Result<Ask, Exception> {
    if model.mode == Mode::Embedding && !operation.is_invoke() {
        return Err(Exception::validation(
            "This action doesn't support the model that you provided. Try again with a supported text or chat model.",
        ));
    }
    let mut ask = match operation {
        Operation::Converse | Operation::ConverseStream => converse::read(&request.body, model_id, operation)?,
        Operation::InvokeModel | Operation::InvokeModelWithResponseStream => {
            read_invoke(&request.body, operation, model_id, rules)?
        }
        Operation::CountTokens => read_count(&request.body, model_id, rules)?,
        // The doors read their own.
        _ => return Err(Exception::usual("UnknownOperationException")),
    };
    let header = |name: &str| request.headers.get(name);
    if let Some(labels) = header("x-amzn-bedrock-request-metadata") {
        let labels: Map<String, Value> = serde_json::from_str(labels).map_err(|_| {
            Exception::validation("The X-Amzn-Bedrock-Request-Metadata header must be a JSON object of strings.")
        })?;
        let labels_problem = check_shape(Shape::RequestMetadata, &Value::Object(labels.clone())).into_iter().next();
        if let Some(problem) = labels_problem {
            return Err(Exception::validation(problem.message));
        }
        ask.metadata.extend(labels.into_iter().filter_map(|(key, value)| Some((key, value.as_str()?.to_string()))));
    }
    if let Some(tier) = header("x-amzn-bedrock-service-tier") {
        ask.tier = Tier::from_key(tier).unwrap_or_default();
        ask.service_tier = Some(tier.to_string());
    }
    if let Some(latency) = header("x-amzn-bedrock-performanceconfig-latency") {
        ask.latency = Some(latency.to_string());
    }
    if let Some(id) = header("x-amzn-bedrock-guardrailidentifier") {
        let guardrail = ask.guardrail.get_or_insert_default();
        guardrail.id = Some(id.to_string());
        guardrail.version = header("x-amzn-bedrock-guardrailversion").map(str::to_string);
    }
    if let Some(guardrail) = &mut ask.guardrail {
        match header("x-amzn-bedrock-trace").map(str::to_ascii_uppercase).as_deref() {
            Some("ENABLED") => guardrail.trace = TraceWanted::Enabled,
            Some("ENABLED_FULL") => guardrail.trace = TraceWanted::Full,
            _ => {}
        }
    }
    Ok(ask)
}

fn read_invoke(body: &[u8], operation: Operation, model_id: &str, rules: &ModelRules) -> Result<Ask, Exception> {
    match rules.dialect {
        Dialect::Claude => claude::read(body, model_id, rules, operation),
        Dialect::Nova => nova::read(body, model_id, operation),
        Dialect::Other | Dialect::Embedding | Dialect::Rerank => other_provider(body, operation, model_id),
    }
}

fn read_count(body: &[u8], model_id: &str, rules: &ModelRules) -> Result<Ask, Exception> {
    let mut body: Value = crate::document::bounded(body).map_err(|_| Exception::usual("ValidationException"))?;
    let mut input = body.get_mut("input").map(Value::take).unwrap_or_default();
    let operation = Operation::CountTokens;
    if input.as_object().is_none_or(|union| union.len() != 1) {
        return Err(Exception::validation("input: expected exactly one of invokeModel and converse"));
    }
    if let Some(encoded) = input["invokeModel"]["body"].as_str() {
        let decoded = BASE64.decode(encoded.as_bytes()).map_err(|_| Exception::usual("ValidationException"))?;
        return read_invoke(&decoded, operation, model_id, rules);
    }
    if input["converse"].is_object() {
        return converse::read_value(input["converse"].take(), model_id, operation);
    }
    Err(Exception::validation("input: expected exactly one of invokeModel and converse"))
}

/// A body of a provider whose forms are only replayed: its prompt, as far as it can be found.
fn other_provider(body: &[u8], operation: Operation, model_id: &str) -> Result<Ask, Exception> {
    let body: Value = crate::document::bounded(body).map_err(|_| Exception::usual("ValidationException"))?;
    let prompt = ["inputText", "prompt", "message"].iter().find_map(|name| body[*name].as_str());
    let messages = body["messages"].as_array().map(|_| body["messages"].clone());
    let text = prompt.map_or_else(|| converse::sorted(&body).to_string(), str::to_string);
    let messages = messages.unwrap_or_else(|| json!([{"role": "user", "content": text}]));
    let turns = vec![Turn { role: Role::User, blocks: vec![AskBlock::Text(text)] }];
    Ok(Ask { api: Api::Other, ..Ask::new(operation, model_id, turns, messages) })
}

/// The hashes of a body that was not read: what a recording of a refused request is found by.
pub(super) fn raw_hashes(body: &[u8]) -> Vec<String> {
    let Ok(body) = crate::document::bounded(body) else { return Vec::new() };
    let messages = &body["messages"];
    if !messages.is_array() {
        return Vec::new();
    }
    let plain = plain_messages(messages);
    let mut hashes = vec![messages_hash(&plain), messages_hash(messages)];
    if let Some([only]) = plain.as_array().map(Vec::as_slice)
        && let Some(text) = only["content"].as_str()
    {
        hashes.insert(0, prompt_hash(text));
    }
    hashes
}
