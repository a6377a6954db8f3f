//! A body of Anthropic's own, held against what every Claude model takes; what only some take is
//! `checks::check`'s.

use serde_json::{Map, Value};

use crate::bedrock::ask::{Api, Ask, AskBlock, CacheTtl, GuardrailAsk, Sampling, Thinking, Tool, ToolChoice, Turn};
use crate::bedrock::exception::Exception;
use crate::bedrock::http::Operation;
use crate::bedrock::rules::ModelRules;

use super::content::{system, turns};
use super::forms::{self, cache_mark, should_be, text_at};

/// The API version that drops sampling and some blocks.
const NEWEST: &str = "2026-10-21";

/// Top-level fields of a body.
///
/// # Source
/// `MessageCreateParams` of anthropic 2.14.0, without what Bedrock refuses; Bedrock's own fields.
const FIELDS: [&str; 21] = [
    "anthropic_version",
    "anthropic_beta",
    "max_tokens",
    "messages",
    "system",
    "temperature",
    "top_p",
    "top_k",
    "stop_sequences",
    "tools",
    "tool_choice",
    "thinking",
    "metadata",
    "output_config",
    "output_format",
    "context_management",
    "mcp_servers",
    "container",
    "cache_control",
    "user_profile_id",
    "amazon-bedrock-guardrailConfig",
];

/// Reads and checks a body of InvokeModel.
///
/// # Errors
/// The exception the service would answer with, from its own layer or the provider's.
pub fn read(body: &[u8], model_id: &str, rules: &ModelRules, operation: Operation) -> Result<Ask, Exception> {
    let body: Value = crate::document::bounded(body).map_err(|_| Exception::usual("ValidationException"))?;
    let version = match body.get("anthropic_version") {
        None if body.is_object() => return Err(Exception::validation("anthropic_version: Field required")),
        Some(Value::String(version)) => version.clone(),
        Some(_) => return Err(Exception::validation("anthropic_version: Input should be a valid string")),
        None => return Err(malformed("#: expected type: JSONObject, found: JSONArray")),
    };
    let versions = rules.cell("api_versions");
    let taken = if versions.is_empty() { "bedrock-2023-05-31" } else { versions };
    if !taken.split('+').any(|taken| taken == version) {
        return Err(Exception::validation(format!("Invalid API version: {version}")));
    }
    read_value(body, model_id, rules, operation, version == NEWEST)
}

/// Reads a body whose version is known from elsewhere; fields that only name version, model and way of
/// sending must be gone from it, but `anthropic_version` may stay.
///
/// # Errors
/// The exception the service would answer with.
pub fn read_value(
    mut body: Value,
    model_id: &str,
    rules: &ModelRules,
    operation: Operation,
    newest: bool,
) -> Result<Ask, Exception> {
    let fields = body.as_object().ok_or_else(|| malformed("#: expected type: JSONObject, found: JSONArray"))?;
    if let Some(unknown) = fields.keys().find(|key| !FIELDS.contains(&key.as_str())) {
        return Err(if rules.schema_era() {
            malformed(&format!("#: extraneous key [{unknown}] is not permitted"))
        } else {
            Exception::validation(format!("{unknown}: Extra inputs are not permitted"))
        });
    }
    forms::check(&body)?;
    let max_tokens = max_tokens(fields, rules, operation)?;
    let sampling = sampling(fields, newest)?;
    let thinking = thinking(fields.get("thinking"))?;
    let messages = match fields.get("messages") {
        None => return Err(Exception::validation("messages: Field required")),
        Some(Value::Array(messages)) if messages.is_empty() => {
            return Err(Exception::validation("messages: at least one message is required"));
        }
        Some(Value::Array(messages)) => messages,
        Some(_) => return Err(Exception::validation("messages: Input should be a valid list")),
    };
    let turns = turns(messages, newest)?;
    let auto_cache = cache_mark(&body, "")?;
    automatic_cache(auto_cache, &turns)?;
    let tools = tools(fields.get("tools"))?;
    let system = system(fields.get("system"))?;
    let output = &body["output_config"];
    let format = if body["output_format"].is_object() { &body["output_format"] } else { &output["format"] };
    let guarded = &body["amazon-bedrock-guardrailConfig"];
    Ok(Ask {
        api: Api::Messages,
        system,
        max_tokens,
        stop_sequences: strings(fields.get("stop_sequences"), "stop_sequences")?,
        sampling,
        tools,
        tool_choice: tool_choice(&body["tool_choice"])?,
        thinking,
        effort: output["effort"].as_str().map(str::to_string),
        schema: format.get("schema").filter(|_| format["type"] == "json_schema").cloned(),
        auto_cache,
        guardrail: guarded.is_object().then(|| GuardrailAsk {
            tag_suffix: guarded["tagSuffix"].as_str().map(str::to_string),
            ..GuardrailAsk::default()
        }),
        ..Ask::new(operation, model_id, turns, body["messages"].take())
    })
}

/// Refuses a cache mark of the whole request where the block that it falls on has one of another lifetime.
fn automatic_cache(whole: Option<CacheTtl>, turns: &[Turn]) -> Result<(), Exception> {
    let Some(asked) = whole else { return Ok(()) };
    let last = turns.last().and_then(|turn| turn.blocks.last());
    match last {
        Some(AskBlock::CachePoint(own)) if *own != asked => Err(Exception::validation(format!(
            "cache_control: the last block has a cache_control of ttl='{}', which ttl='{}' of the whole request contradicts",
            own.key(),
            asked.key()
        ))),
        _ => Ok(()),
    }
}

pub(super) fn malformed(what: &str) -> Exception {
    Exception::validation(format!("Malformed input request: {what}, please reformat your input and try again."))
}

fn max_tokens(fields: &Map<String, Value>, rules: &ModelRules, operation: Operation) -> Result<Option<u64>, Exception> {
    let wrong = || Exception::validation("max_tokens: Input should be a valid integer");
    match fields.get("max_tokens") {
        None if operation == Operation::CountTokens => Ok(None),
        None if rules.schema_era() => Err(malformed("#: required key [max_tokens] not found")),
        None => Err(Exception::validation("max_tokens: Field required")),
        // Below nothing is a whole number, too.
        Some(value) => match value.as_u64().or(value.as_i64().map(|_| 0)).ok_or_else(wrong)? {
            0 => Err(Exception::validation("max_tokens: Input should be greater than or equal to 1")),
            most => Ok(Some(most)),
        },
    }
}

fn sampling(fields: &Map<String, Value>, newest: bool) -> Result<Sampling, Exception> {
    let number = |name: &str, most: f64| -> Result<Option<f64>, Exception> {
        let Some(value) = fields.get(name).filter(|value| !value.is_null()) else { return Ok(None) };
        if newest {
            return Err(Exception::validation(format!("{name}: Extra inputs are not permitted")));
        }
        let number =
            value.as_f64().ok_or_else(|| Exception::validation(format!("{name}: Input should be a valid number")))?;
        if (0.0..=most).contains(&number) {
            Ok(Some(number))
        } else {
            Err(Exception::validation(format!("{name}: range: 0..{most}")))
        }
    };
    Ok(Sampling {
        temperature: number("temperature", 1.0)?,
        top_p: number("top_p", 1.0)?,
        top_k: number("top_k", 500.0)?,
        top_k_at: "top_k",
    })
}

fn thinking(value: Option<&Value>) -> Result<Option<Thinking>, Exception> {
    let Some(value) = value.filter(|value| !value.is_null()) else { return Ok(None) };
    let kind = value["type"].as_str().unwrap_or_default();
    if !["disabled", "enabled", "adaptive", "between_tools"].contains(&kind) {
        return Err(Exception::validation(format!(
            "thinking: Input tag '{kind}' found using 'type' does not match any of the expected tags: 'adaptive', 'between_tools', 'disabled', 'enabled'"
        )));
    }
    Ok(Some(Thinking { kind: kind.to_string(), budget: value["budget_tokens"].as_u64() }))
}

fn strings(value: Option<&Value>, name: &str) -> Result<Vec<String>, Exception> {
    let Some(value) = value.filter(|value| !value.is_null()) else { return Ok(Vec::new()) };
    let texts: Option<Vec<_>> =
        value.as_array().and_then(|items| items.iter().map(|item| item.as_str().map(str::to_string)).collect());
    texts.ok_or_else(|| Exception::validation(format!("{name}: Input should be a valid list of strings")))
}

fn tool_choice(value: &Value) -> Result<ToolChoice, Exception> {
    Ok(match value["type"].as_str() {
        Some("auto") => ToolChoice::Auto,
        Some("any") => ToolChoice::Any,
        Some("none") => ToolChoice::None,
        Some("tool") => match value["name"].as_str() {
            Some(name) => ToolChoice::Named(name.to_string()),
            None => return Err(Exception::validation("tool_choice.tool.name: Field required")),
        },
        None if value.is_null() => ToolChoice::Unset,
        other => {
            return Err(Exception::validation(format!(
                "tool_choice: Input tag '{}' found using 'type' does not match any of the expected tags: 'auto', 'any', 'none', 'tool'",
                other.unwrap_or_default()
            )));
        }
    })
}

/// Types of tools that the caller runs.
const CLIENT_TOOLS: [&str; 5] = ["computer_", "bash_", "text_editor_", "memory_", "tool_search_tool_"];
/// Types of tools that the provider runs.
const SERVER_TOOLS: [&str; 4] = ["web_search_", "web_fetch_", "code_execution_", "mcp_toolset"];

fn tools(value: Option<&Value>) -> Result<Vec<Tool>, Exception> {
    let Some(tools) = value.and_then(Value::as_array) else { return Ok(Vec::new()) };
    tools.iter().enumerate().map(|(index, tool)| self::tool(index, tool)).collect()
}

fn tool(index: usize, tool: &Value) -> Result<Tool, Exception> {
    if !tool.is_object() {
        return Err(should_be(&format!("tools.{index}"), "a valid dictionary"));
    }
    let kind = tool["type"].as_str().unwrap_or("custom");
    let begins = |prefixes: &[&str]| prefixes.iter().any(|prefix| kind.starts_with(prefix));
    let server = begins(&SERVER_TOOLS);
    if kind != "custom" && !server && !begins(&CLIENT_TOOLS) {
        return Err(Exception::validation(unknown_tool(index, kind)));
    }
    let text = |name: &str| tool[name].as_str().unwrap_or_default().to_string();
    if kind != "mcp_toolset" {
        text_at(&tool["name"], &format!("tools.{index}.{kind}.name"))?;
    }
    if kind == "custom" {
        let schema = &tool["input_schema"];
        if !schema.is_object() && !schema.is_null() {
            return Err(should_be(&format!("tools.{index}.custom.input_schema"), "a valid dictionary"));
        }
        if !schema.is_object() {
            return Err(Exception::validation(format!("tools.{index}.custom.input_schema: Field required")));
        }
        match schema.get("type") {
            None => {
                return Err(Exception::validation(format!("tools.{index}.custom.input_schema.type: Field required")));
            }
            Some(kind) if kind != "object" => {
                return Err(Exception::validation(format!(
                    "tools.{index}.custom.input_schema.type: Input should be 'object'"
                )));
            }
            _ => {}
        }
    }
    Ok(Tool {
        name: text("name"),
        description: text("description"),
        schema: tool["input_schema"].clone(),
        kind: (kind != "custom").then(|| kind.to_string()),
        server,
        strict: tool["strict"].as_bool().unwrap_or(false),
        eager: tool["eager_input_streaming"].as_bool().unwrap_or(false),
        cache: cache_mark(tool, &format!("tools.{index}"))?,
    })
}

/// What the service says of a tool's type that an operation does not take.
pub(crate) fn unknown_tool(index: usize, kind: &str) -> String {
    format!(
        "tools.{index}: Input tag '{kind}' found using 'type' does not match any of the expected tags: 'bash_20241022', 'bash_20250124', 'custom', 'memory_20250818', 'text_editor_20241022', 'text_editor_20250124', 'text_editor_20250728', 'tool_search_tool_bm25', 'tool_search_tool_regex'"
    )
}

/// A block with its cache mark behind it.
pub(super) fn marked(
    block: AskBlock,
    value: &Value,
    path: &str,
) -> Result<impl Iterator<Item = AskBlock> + use<>, Exception> {
    let mark = cache_mark(value, path)?.map(AskBlock::CachePoint);
    Ok(std::iter::once(block).chain(mark))
}
