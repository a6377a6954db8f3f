//! Converse: one body for every model, the answer, and its stream. Keys are sent sorted.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use crate::cost::Tier;

use super::answer::{Answer, Block, Usage};
use super::ask::{Ask, AskBlock, Role, Turn};
use super::exception::Exception;
use super::http::Operation;
use super::rules::ModelRules;
use super::stream::{Delta, Event, Identity};

/// Top-level fields of a body.
const FIELDS: [&str; 12] = [
    "messages",
    "system",
    "inferenceConfig",
    "toolConfig",
    "guardrailConfig",
    "additionalModelRequestFields",
    "promptVariables",
    "additionalModelResponseFieldPaths",
    "requestMetadata",
    "performanceConfig",
    "serviceTier",
    "outputConfig",
];

/// Of those, what CountTokens takes.
const COUNTED: [&str; 4] = ["messages", "system", "toolConfig", "additionalModelRequestFields"];

const INFERENCE: [&str; 4] = ["maxTokens", "temperature", "topP", "stopSequences"];

/// The last one is for streams only.
const GUARDRAIL: [&str; 4] = ["guardrailIdentifier", "guardrailVersion", "trace", "streamProcessingMode"];

/// Members of the union of content blocks.
const BLOCKS: [&str; 14] = [
    "text",
    "image",
    "document",
    "video",
    "audio",
    "toolUse",
    "toolResult",
    "guardContent",
    "cachePoint",
    "reasoningContent",
    "citationsContent",
    "searchResult",
    "toolAddition",
    "toolRemoval",
];

/// Reads and checks a body.
///
/// # Errors
/// The exception the service would answer with.
pub fn read(body: &[u8], model_id: &str, rules: &ModelRules, operation: Operation) -> Result<Ask, Exception> {
    let body: Value = serde_json::from_slice(body).map_err(|_| Exception::usual("ValidationException"))?;
    read_value(&body, model_id, rules, operation)
}

/// As [`read`], from a body already parsed.
///
/// # Errors
/// The exception the service would answer with.
pub fn read_value(body: &Value, model_id: &str, rules: &ModelRules, operation: Operation) -> Result<Ask, Exception> {
    let counting = operation == Operation::CountTokens;
    let fields = only(body, "#", if counting { &COUNTED } else { &FIELDS })?;
    let messages = match fields.get("messages") {
        Some(Value::Array(messages)) if !messages.is_empty() => messages,
        None | Some(Value::Array(_)) => {
            return Err(Exception::validation(
                "A conversation must start with a user message. Try again with a conversation that starts with a user message.",
            ));
        }
        Some(_) => return Err(Exception::usual("ValidationException")),
    };
    let turns: Vec<Turn> =
        messages.iter().enumerate().map(|(index, message)| turn(index, message)).collect::<Result<_, _>>()?;
    order(&turns)?;
    let config = fields.get("inferenceConfig");
    let config = config.map(|config| only(config, "#/inferenceConfig", &INFERENCE)).transpose()?;
    if let Some(guardrail) = fields.get("guardrailConfig") {
        only(guardrail, "#/guardrailConfig", if operation.is_stream() { &GUARDRAIL } else { &GUARDRAIL[..3] })?;
    }
    for (name, member) in [("serviceTier", "type"), ("performanceConfig", "latency")] {
        if let Some(value) = fields.get(name) {
            only(value, &format!("#/{name}"), &[member])?;
        }
    }
    let (max_tokens, stop_sequences) = inference(config, fields, rules)?;
    let metadata = metadata(fields.get("requestMetadata"))?;
    one_of(
        fields.get("serviceTier").map(|tier| &tier["type"]),
        "serviceTier.type",
        &["priority", "default", "flex", "reserved"],
    )?;
    one_of(
        fields.get("performanceConfig").map(|config| &config["latency"]),
        "performanceConfig.latency",
        &["standard", "optimized"],
    )?;
    let tools = tools(fields.get("toolConfig"))?;
    let system = system(fields.get("system"))?;
    Ok(Ask {
        operation,
        model_id: model_id.to_string(),
        system,
        turns,
        messages: Value::Array(messages.clone()),
        max_tokens,
        stop_sequences,
        tools,
        tools_text: fields.get("toolConfig").map(Value::to_string).unwrap_or_default(),
        guardrail: fields.contains_key("guardrailConfig"),
        tier: fields.get("serviceTier").and_then(|tier| Tier::from_key(tier["type"].as_str()?)).unwrap_or_default(),
        metadata,
    })
}

/// An object, if it has no member but those the service model has.
fn only<'a>(value: &'a Value, path: &str, allowed: &[&str]) -> Result<&'a Map<String, Value>, Exception> {
    let malformed = |what: String| {
        let message = format!("Malformed input request: {path}: {what}, please reformat your input and try again.");
        Exception::validation(message)
    };
    let object = value.as_object().ok_or_else(|| malformed("expected type: JSONObject".to_string()))?;
    match object.keys().find(|key| !allowed.contains(&key.as_str())) {
        None => Ok(object),
        Some(unknown) => Err(malformed(format!("extraneous key [{unknown}] is not permitted"))),
    }
}

/// The only member of a union's value.
fn member<'a>(value: &'a Value, path: &str, allowed: &[&str]) -> Result<(&'a str, &'a Value), Exception> {
    let mut members = only(value, path, allowed)?.iter().filter(|(_, value)| !value.is_null());
    match (members.next(), members.next()) {
        (Some((name, value)), None) => Ok((name, value)),
        _ => Err(Exception::validation(format!(
            "{path} must set exactly one of the following keys: {}.",
            allowed.join(", ")
        ))),
    }
}

/// The texts of the system prompt.
fn system(value: Option<&Value>) -> Result<Vec<String>, Exception> {
    let Some(value) = value.filter(|value| !value.is_null()) else { return Ok(Vec::new()) };
    let blocks = value.as_array().ok_or_else(|| Exception::usual("ValidationException"))?;
    let mut texts = Vec::new();
    for (index, block) in blocks.iter().enumerate() {
        let (kind, value) = member(block, &format!("#/system/{index}"), &["text", "guardContent", "cachePoint"])?;
        match value.as_str() {
            Some(text) if kind == "text" && !text.trim().is_empty() => texts.push(text.to_string()),
            _ if kind != "text" => {}
            _ => {
                return Err(Exception::validation(format!(
                    "The text field in the SystemContentBlock object at system.{index} is blank. Add text to the text field, and try again."
                )));
            }
        }
    }
    Ok(texts)
}

fn turn(index: usize, message: &Value) -> Result<Turn, Exception> {
    only(message, &format!("#/messages/{index}"), &["role", "content"])?;
    let role = match message["role"].as_str() {
        Some("user") => Role::User,
        Some("assistant") => Role::Assistant,
        Some("system") => Role::System,
        other => {
            return Err(Exception::validation(format!(
                "1 validation error detected: Value '{}' at 'messages.{}.member.role' failed to satisfy constraint: Member must satisfy enum value set: [user, assistant, system]",
                other.unwrap_or_default(),
                index + 1
            )));
        }
    };
    let blocks = message["content"].as_array().filter(|blocks| !blocks.is_empty()).ok_or_else(|| {
        Exception::validation(format!(
            "The content field in the Message object at messages.{index} is empty. Add a ContentBlock object to the content field and try again."
        ))
    })?;
    let blocks =
        blocks.iter().enumerate().map(|(at, block)| content_block(&format!("messages.{index}.content.{at}"), block));
    Ok(Turn { role, blocks: blocks.collect::<Result<_, _>>()? })
}

fn content_block(path: &str, block: &Value) -> Result<AskBlock, Exception> {
    let (kind, value) = member(block, &format!("#/{}", path.replace('.', "/")), &BLOCKS)?;
    match kind {
        "text" => match value.as_str() {
            Some(text) if !text.trim().is_empty() => Ok(AskBlock::Text(text.to_string())),
            _ => Err(Exception::validation(format!(
                "The text field in the ContentBlock object at {path} is blank. Add text to the text field, and try again."
            ))),
        },
        "toolUse" => Ok(AskBlock::ToolUse(tool_id(path, &value["toolUseId"])?)),
        "toolResult" => {
            let texts = value["content"].as_array().into_iter().flatten();
            let text = texts.map(|part| part["text"].as_str().map_or_else(|| part["json"].to_string(), str::to_string));
            Ok(AskBlock::ToolResult(tool_id(path, &value["toolUseId"])?, text.collect()))
        }
        other => Ok(AskBlock::Other(other.to_string())),
    }
}

fn tool_id(path: &str, value: &Value) -> Result<String, Exception> {
    let id = value.as_str().unwrap_or_default();
    let valid = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | ':' | '-');
    if id.is_empty() || id.len() > 64 || !id.chars().all(valid) {
        return Err(Exception::validation(format!(
            "1 validation error detected: Value '{id}' at '{path}.toolUseId' failed to satisfy constraint: Member must satisfy regular expression pattern: [a-zA-Z0-9_.:-]{{1,64}}"
        )));
    }
    Ok(id.to_string())
}

fn order(turns: &[Turn]) -> Result<(), Exception> {
    let speaking: Vec<&Turn> = turns.iter().filter(|turn| turn.role != Role::System).collect();
    if speaking.first().is_none_or(|turn| turn.role != Role::User) {
        return Err(Exception::validation(
            "A conversation must start with a user message. Try again with a conversation that starts with a user message.",
        ));
    }
    if speaking.windows(2).any(|pair| pair[0].role == pair[1].role) {
        return Err(Exception::validation(
            "A conversation must alternate between user and assistant roles. Make sure the conversation alternates between user and assistant roles and try again.",
        ));
    }
    for (index, pair) in speaking.windows(2).enumerate() {
        let uses = pair[0].blocks.iter().filter(|block| matches!(block, AskBlock::ToolUse(_))).count();
        let answered =
            |id: &str| pair[1].blocks.iter().any(|block| matches!(block, AskBlock::ToolResult(of, _) if of == id));
        for block in &pair[0].blocks {
            if let AskBlock::ToolUse(id) = block
                && !answered(id)
            {
                return Err(Exception::validation(format!(
                    "Expected toolResult blocks at messages.{}.content for the following Ids: {id}",
                    index + 1
                )));
            }
        }
        let results = pair[1].blocks.iter().filter(|block| matches!(block, AskBlock::ToolResult(..))).count();
        if results > uses {
            return Err(Exception::validation(format!(
                "The number of toolResult blocks at messages.{}.content exceeds the number of toolUse blocks of previous turn.",
                index + 1
            )));
        }
    }
    Ok(())
}

/// Limits of the service model, then those of the model.
fn inference(
    config: Option<&Map<String, Value>>,
    fields: &Map<String, Value>,
    rules: &ModelRules,
) -> Result<(Option<u64>, Vec<String>), Exception> {
    let Some(config) = config else { return Ok((None, Vec::new())) };
    let constraint = |value: &Value, name: &str, rule: &str| {
        Exception::validation(format!(
            "1 validation error detected: Value '{value}' at 'inferenceConfig.{name}' failed to satisfy constraint: Member must {rule}"
        ))
    };
    let max_tokens = match config.get("maxTokens") {
        None => None,
        Some(value) => match value.as_u64() {
            Some(tokens) if tokens >= 1 => Some(tokens),
            _ => return Err(constraint(value, "maxTokens", "have value greater than or equal to 1")),
        },
    };
    if let Some((_, most)) = max_tokens.zip(rules.max_output_tokens).filter(|(asked, most)| asked > most) {
        return Err(Exception::validation(format!(
            "The maximum tokens you requested exceeds the model limit of {most}. Try again with a maximum tokens value that is lower than {most}."
        )));
    }
    for name in ["temperature", "topP"] {
        if let Some(value) = config.get(name) {
            match value.as_f64() {
                Some(number) if number > 1.0 => {
                    return Err(constraint(value, name, "have value less than or equal to 1"));
                }
                Some(number) if number >= 0.0 => {}
                _ => return Err(constraint(value, name, "have value greater than or equal to 0")),
            }
        }
    }
    let extra = fields.get("additionalModelRequestFields");
    let sampled = |name: &str, extra_name: &str| {
        config.contains_key(name) || extra.is_some_and(|extra| !extra[extra_name].is_null())
    };
    if rules.one_sampling_parameter && sampled("temperature", "temperature") && sampled("topP", "top_p") {
        return Err(Exception::validation(
            "The model returned the following errors: `temperature` and `top_p` cannot both be specified for this model. Please use only one.",
        ));
    }
    let mut stop_sequences = Vec::new();
    for value in config.get("stopSequences").and_then(Value::as_array).into_iter().flatten() {
        match value.as_str() {
            Some(text) if !text.is_empty() => stop_sequences.push(text.to_string()),
            _ => return Err(constraint(value, "stopSequences", "have length greater than or equal to 1")),
        }
    }
    if stop_sequences.len() > 2500 {
        return Err(constraint(
            &json!(stop_sequences.len()),
            "stopSequences",
            "have length less than or equal to 2500",
        ));
    }
    Ok((max_tokens, stop_sequences))
}

fn metadata(value: Option<&Value>) -> Result<BTreeMap<String, String>, Exception> {
    let Some(object) = value.and_then(Value::as_object) else { return Ok(BTreeMap::new()) };
    if object.len() > 16 {
        return Err(Exception::validation(
            "1 validation error detected: Value at 'requestMetadata' failed to satisfy constraint: Member must have length less than or equal to 16",
        ));
    }
    let text = |(key, value): (&String, &Value)| match value.as_str() {
        Some(text) if text.len() <= 256 && key.len() <= 256 => Ok((key.clone(), text.to_string())),
        _ => Err(Exception::validation(format!(
            "1 validation error detected: Value at 'requestMetadata.{key}' failed to satisfy constraint: Member must have length less than or equal to 256"
        ))),
    };
    object.iter().map(text).collect()
}

fn one_of(value: Option<&Value>, name: &str, allowed: &[&str]) -> Result<(), Exception> {
    match value.map(|value| (value, value.as_str())) {
        None => Ok(()),
        Some((_, Some(text))) if allowed.contains(&text) => Ok(()),
        Some((value, _)) => Err(Exception::validation(format!(
            "1 validation error detected: Value '{}' at '{name}' failed to satisfy constraint: Member must satisfy enum value set: [{}]",
            value.as_str().unwrap_or_default(),
            allowed.join(", ")
        ))),
    }
}

fn tools(config: Option<&Value>) -> Result<Vec<String>, Exception> {
    let Some(config) = config else { return Ok(Vec::new()) };
    only(config, "#/toolConfig", &["tools", "toolChoice"])?;
    if let Some(choice) = config.get("toolChoice") {
        let (kind, value) = member(choice, "#/toolConfig/toolChoice", &["auto", "any", "tool"])?;
        only(value, &format!("#/toolConfig/toolChoice/{kind}"), if kind == "tool" { &["name"] } else { &[] })?;
    }
    let tools = config["tools"].as_array().filter(|tools| !tools.is_empty()).ok_or_else(|| {
        Exception::validation(
            "1 validation error detected: Value at 'toolConfig.tools' failed to satisfy constraint: Member must have length greater than or equal to 1",
        )
    })?;
    let valid = |name: &str| {
        (1..=64).contains(&name.len()) && name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-'))
    };
    let mut names = Vec::new();
    for (index, tool) in tools.iter().enumerate() {
        let path = format!("#/toolConfig/tools/{index}");
        let (kind, tool) = member(tool, &path, &["toolSpec", "systemTool", "cachePoint"])?;
        if kind != "toolSpec" {
            continue;
        }
        only(tool, &format!("{path}/toolSpec"), &["name", "description", "inputSchema", "strict"])?;
        member(&tool["inputSchema"], &format!("{path}/toolSpec/inputSchema"), &["json"])?;
        let name = tool["name"].as_str().unwrap_or_default();
        if !valid(name) {
            return Err(Exception::validation(format!(
                "1 validation error detected: Value '{name}' at 'toolConfig.tools.{}.member.toolSpec.name' failed to satisfy constraint: Member must satisfy regular expression pattern: [a-zA-Z0-9_-]{{1,64}}",
                index + 1
            )));
        }
        names.push(name.to_string());
    }
    Ok(names)
}

/// The answer as Converse returns it.
pub fn body(answer: &Answer, identity: &Identity, latency_ms: u64, trace: Option<&Value>) -> Value {
    let content: Vec<Value> = answer
        .content
        .iter()
        .enumerate()
        .map(|(index, block)| match block {
            Block::Text(text) => json!({"text": text}),
            Block::Thinking { text, signature } => {
                json!({"reasoningContent": {"reasoningText": {"signature": signature, "text": text}}})
            }
            Block::RedactedThinking(data) => json!({"reasoningContent": {"redactedContent": data}}),
            Block::ToolUse { id, name, input } => {
                let id = id.clone().unwrap_or_else(|| identity.converse_tool_id(index));
                json!({"toolUse": {"input": input, "name": name, "toolUseId": id}})
            }
        })
        .collect();
    let mut body = json!({
        "metrics": {"latencyMs": latency_ms},
        "output": {"message": {"content": content, "role": "assistant"}},
        "stopReason": answer.stop_reason.converse(),
    });
    if let Some(trace) = trace {
        body["trace"] = trace.clone();
    }
    body["usage"] = usage(&answer.usage);
    sorted(&body)
}

/// Usage as it is really sent: with more names than the service model has.
fn usage(usage: &Usage) -> Value {
    let mut value = json!({
        "inputTokens": usage.input_tokens,
        "outputTokens": usage.output_tokens,
        "totalTokens": usage.prompt_tokens() + usage.output_tokens,
        "serverToolUsage": {},
    });
    if usage.uses_cache() {
        let written = usage.written_tokens();
        value["cacheReadInputTokens"] = json!(usage.cache_read_tokens);
        value["cacheReadInputTokenCount"] = json!(usage.cache_read_tokens);
        value["cacheWriteInputTokens"] = json!(written);
        value["cacheWriteInputTokenCount"] = json!(written);
        let detail = [("5m", usage.cache_write_tokens), ("1h", usage.cache_write_1h_tokens)];
        let details: Vec<_> = detail
            .into_iter()
            .filter(|(_, tokens)| *tokens > 0)
            .map(|(ttl, tokens)| json!({"inputTokens": tokens, "ttl": ttl}))
            .collect();
        if !details.is_empty() {
            value["cacheDetails"] = json!(details);
        }
    }
    sorted(&value)
}

/// One event of the stream, by its name; none for what is not sent.
pub fn event(
    event: &Event<'_>,
    answer: &Answer,
    identity: &Identity,
    latency_ms: u64,
    trace: Option<&Value>,
) -> Option<(&'static str, Value)> {
    Some(match event {
        Event::MessageStart => ("messageStart", json!({"role": "assistant"})),
        // Only tool use announces its block; text and reasoning begin with their first delta.
        Event::BlockStart { index, block: Block::ToolUse { id, name, .. } } => {
            let id = id.clone().unwrap_or_else(|| identity.converse_tool_id(*index));
            (
                "contentBlockStart",
                json!({"contentBlockIndex": index, "start": {"toolUse": {"name": name, "toolUseId": id}}}),
            )
        }
        Event::BlockStart { .. } => return None,
        Event::Delta { index, delta } => {
            let delta = match delta {
                Delta::Text(text) => json!({"text": text}),
                Delta::Thinking(text) => json!({"reasoningContent": {"text": text}}),
                Delta::Signature(signature) => json!({"reasoningContent": {"signature": signature}}),
                Delta::RedactedThinking(data) => json!({"reasoningContent": {"redactedContent": data}}),
                Delta::ToolInput(json) => json!({"toolUse": {"input": json}}),
            };
            ("contentBlockDelta", json!({"contentBlockIndex": index, "delta": delta}))
        }
        Event::BlockStop { index } => ("contentBlockStop", json!({"contentBlockIndex": index})),
        Event::MessageStop { stop_reason } => ("messageStop", json!({"stopReason": stop_reason.converse()})),
        Event::End => {
            let mut metadata = json!({"metrics": {"latencyMs": latency_ms}, "usage": usage(&answer.usage)});
            if let Some(trace) = trace {
                metadata["trace"] = trace.clone();
            }
            ("metadata", metadata)
        }
    })
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::Catalog;

    fn refused(changes: Value, operation: Operation) -> Option<String> {
        let mut body = json!({"messages": [{"role": "user", "content": [{"text": "hi"}]}]});
        body.as_object_mut()?.extend(changes.as_object()?.clone());
        let model = Catalog::full().get(crate::scenario::HAIKU)?;
        read_value(&body, &model.id, &ModelRules::of(model), operation).err().map(|error| error.message)
    }

    /// At every depth, by the members of the service model.
    #[test]
    fn unknown_members_are_refused_at_every_depth() {
        let tool = |more: Value| {
            let mut spec = json!({"name": "t", "inputSchema": {"json": {}}});
            spec.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
            json!({"toolConfig": {"tools": [{"toolSpec": spec}]}})
        };
        let message = |message: Value| json!({"messages": [message]});
        let check = |changes: Value, place: &str| {
            let said = refused(changes, Operation::Converse).unwrap_or_default();
            assert!(said.contains(place), "{place}: {said}");
        };
        check(json!({"foo": 1}), "#: extraneous key [foo]");
        check(
            message(json!({"role": "user", "content": [{"text": "a"}], "foo": 1})),
            "#/messages/0: extraneous key [foo]",
        );
        check(
            message(json!({"role": "user", "content": [{"foo": "a"}]})),
            "#/messages/0/content/0: extraneous key [foo]",
        );
        check(message(json!({"role": "user", "content": [{"text": "a", "image": {}}]})), "must set exactly one of");
        check(json!({"system": [{"foo": 1}]}), "#/system/0: extraneous key [foo]");
        check(json!({"system": [{"text": " "}]}), "system.0 is blank");
        check(json!({"inferenceConfig": {"max_tokens": 1}}), "#/inferenceConfig: extraneous key [max_tokens]");
        check(json!({"inferenceConfig": 7}), "#/inferenceConfig: expected type: JSONObject");
        check(json!({"guardrailConfig": {"streamProcessingMode": "sync"}}), "#/guardrailConfig: extraneous key");
        check(tool(json!({"foo": 1})), "#/toolConfig/tools/0/toolSpec: extraneous key [foo]");
        check(tool(json!({"inputSchema": {"yaml": ""}})), "inputSchema: extraneous key [yaml]");
        check(json!({"toolConfig": {"tools": [{"foo": {}}]}}), "#/toolConfig/tools/0: extraneous key [foo]");
        for good in [
            json!({}),
            tool(json!({"description": "d", "strict": true})),
            json!({"system": [{"text": "s"}, {"cachePoint": {"type": "default"}}], "serviceTier": {"type": "flex"}}),
            json!({"guardrailConfig": {"guardrailIdentifier": "g", "guardrailVersion": "1", "trace": "enabled"}}),
        ] {
            assert_eq!(refused(good, Operation::Converse), None);
        }
        let sync = json!({"guardrailConfig": {"streamProcessingMode": "sync"}});
        assert_eq!(refused(sync, Operation::ConverseStream), None);
        let counted = refused(json!({"inferenceConfig": {"maxTokens": 1}}), Operation::CountTokens);
        assert!(counted.unwrap_or_default().contains("extraneous key [inferenceConfig]"));
    }
}
