//! From a request to an [`Ask`]: each operation's body, and the headers that go with it.

use data_encoding::BASE64;
use serde_json::{Map, Value, json};

use crate::bedrock::{
    Ask, AskBlock, Dialect, Exception, ModelRules, Operation, Request, Role, Turn, claude, converse, nova,
};
use crate::catalog::{Mode, Model, TokenizerFamily, message_frame, weight};
use crate::cost::Tier;

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
        Operation::Converse | Operation::ConverseStream => converse::read(&request.body, model_id, rules, operation)?,
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
        ask.metadata.extend(labels.into_iter().filter_map(|(key, value)| Some((key, value.as_str()?.to_string()))));
    }
    if let Some(tier) = header("x-amzn-bedrock-service-tier").and_then(Tier::from_key) {
        ask.tier = tier;
    }
    ask.guardrail |= header("x-amzn-bedrock-guardrailidentifier").is_some();
    Ok(ask)
}

fn read_invoke(body: &[u8], operation: Operation, model_id: &str, rules: &ModelRules) -> Result<Ask, Exception> {
    match rules.dialect {
        Dialect::Claude => claude::read(body, model_id, rules, operation),
        Dialect::Nova => nova::read(body, model_id, rules, operation),
        Dialect::Other => other_provider(body, operation, model_id),
    }
}

fn read_count(body: &[u8], model_id: &str, rules: &ModelRules) -> Result<Ask, Exception> {
    let mut body: Value = serde_json::from_slice(body).map_err(|_| Exception::usual("ValidationException"))?;
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
        return converse::read_value(input["converse"].take(), model_id, rules, operation);
    }
    Err(Exception::validation("input: expected exactly one of invokeModel and converse"))
}

/// A body of a provider whose forms are only replayed: its prompt, as far as it can be found.
fn other_provider(body: &[u8], operation: Operation, model_id: &str) -> Result<Ask, Exception> {
    let body: Value = serde_json::from_slice(body).map_err(|_| Exception::usual("ValidationException"))?;
    let prompt = ["inputText", "prompt", "message"].iter().find_map(|name| body[*name].as_str());
    let messages = body["messages"].as_array().map(|_| body["messages"].clone());
    let text = prompt.map_or_else(|| converse::sorted(&body).to_string(), str::to_string);
    let messages = messages.unwrap_or_else(|| json!([{"role": "user", "content": text}]));
    Ok(Ask::new(operation, model_id, vec![Turn { role: Role::User, blocks: vec![AskBlock::Text(text)] }], messages))
}

/// Tokens of the prompt by estimate: its texts, and a frame for each message.
pub(super) fn estimate_prompt(ask: &Ask, family: TokenizerFamily) -> u64 {
    let texts: u64 = ask.prompt_texts().map(|text| weight(text, family)).sum();
    (texts + 500) / 1000 + message_frame(family) * ask.turns.len() as u64
}
