//! A Messages request as an [`Ask`]: InvokeModel's body, with the model and the stream in it and the
//! version and the betas in headers.

use serde_json::Value;

use crate::bedrock::{Ask, Exception, ModelRules, claude};
use crate::doors::offered::Offer;
use crate::doors::{Call, Host, Verb};

/// Betas that Bedrock takes, without their dates.
///
/// # Source
/// Those accepted live on the runtime in September 2026, and those its documentation names; the
/// others are refused.
const BETAS: [&str; 21] = [
    "claude-code",
    "interleaved-thinking",
    "context-management",
    "thinking-token-count",
    "effort",
    "structured-outputs",
    "mid-conversation-system",
    "computer-use",
    "token-efficient-tools",
    "output-128k",
    "context-1m",
    "fine-grained-tool-streaming",
    "compact",
    "tool-search-tool",
    "tool-examples",
    "dev-full-thinking",
    "prompt-caching-2024",
    "pdfs",
    "extended-cache-ttl",
    "max-tokens-3-5-sonnet",
    "search-results",
];

/// Server tools that Bedrock does not run.
const SERVER_TOOLS: [&str; 4] = ["web_search_", "web_fetch_", "code_execution_", "mcp_toolset"];

/// Tools that are known only to a caller who sends the beta.
const NEEDS_BETA: [(&str, &str); 2] =
    [("computer_20251124", "computer-use-2025-11-24"), ("computer_20250124", "computer-use-2025-01-24")];

/// A body that is a JSON object.
///
/// # Errors
/// In the provider's words, what else it is.
pub fn object(body: &Result<Value, String>) -> Result<&Value, Exception> {
    match body {
        Ok(body) if body.is_object() => Ok(body),
        Ok(_) => Err(Exception::validation("Input should be a valid dictionary")),
        Err(error) => Err(Exception::validation(format!("The request body is not valid JSON: {error}"))),
    }
}

/// Reads a request.
///
/// # Errors
/// What the service refuses, in the provider's words.
pub fn ask(call: &Call, rules: &ModelRules) -> Result<Ask, Exception> {
    let mut body = object(&call.body)?.clone();
    betas(call)?;
    claude::check_fields(&body)?;
    let Some(fields) = body.as_object_mut() else { return Err(Exception::usual("ValidationException")) };
    fields.shift_remove("model");
    match fields.shift_remove("stream") {
        None | Some(Value::Null | Value::Bool(_)) => {}
        Some(_) => return Err(Exception::validation("stream: Input should be a valid boolean")),
    }
    for (index, tool) in fields.get("tools").and_then(Value::as_array).into_iter().flatten().enumerate() {
        let kind = tool["type"].as_str().unwrap_or_default();
        if SERVER_TOOLS.iter().any(|server| kind.starts_with(server)) {
            return Err(Exception::validation(format!("tools.{index}: tool type '{kind}' is not supported")));
        }
    }
    for (index, tool) in fields.get("tools").and_then(Value::as_array).into_iter().flatten().enumerate() {
        let kind = tool["type"].as_str().unwrap_or_default();
        let needs = NEEDS_BETA.iter().find(|(needy, _)| kind == *needy);
        if needs.is_some_and(|(_, beta)| !sent_betas(call).any(|sent| sent == *beta)) {
            return Err(Exception::validation(claude::unknown_tool(index, kind)));
        }
    }
    if fields.contains_key("mcp_servers") {
        return Err(Exception::validation("mcp_servers: Extra inputs are not permitted"));
    }
    let has_form = fields.get("output_config").is_some_and(|output| !output["format"].is_null());
    let offer = Offer::of(call.model()).filter(|_| call.host == Host::Mantle && has_form);
    if offer.is_some_and(|offer| offer.refuses("mantle_output_format")) {
        return Err(Exception::validation("output_config.format: Extra inputs are not permitted"));
    }
    // A version is a header here; whatever a client sends is taken, and so is none.
    let sent = call.headers.get("anthropic-version").map(str::trim);
    let newest = sent == Some("2026-10-21") && rules.cell("api_versions").contains("2026-10-21");
    // A service tier is the request's here, a header's elsewhere.
    let tier = fields.shift_remove("service_tier");
    let operation = call.operation();
    if call.verb == Verb::Count {
        fields.shift_remove("max_tokens");
    }
    let mut ask = claude::read_value(body, call.model(), rules, operation, newest)?;
    if let Some(tier) = tier.as_ref().and_then(Value::as_str).and_then(crate::catalog::Tier::from_key) {
        ask.tier = tier;
    }
    ask.guardrail = call.guardrail();
    Ok(ask)
}

/// The betas that the headers name.
fn sent_betas(call: &Call) -> impl Iterator<Item = &str> {
    let headers = call.headers.0.iter().filter(|(name, _)| name.eq_ignore_ascii_case("anthropic-beta"));
    headers.flat_map(|(_, value)| value.split(',')).map(str::trim).filter(|beta| !beta.is_empty())
}

fn betas(call: &Call) -> Result<(), Exception> {
    let unknown: Vec<String> = sent_betas(call)
        .filter(|beta| !BETAS.iter().any(|known| beta.starts_with(known)))
        .map(|beta| format!("`{beta}`"))
        .collect();
    if unknown.is_empty() {
        return Ok(());
    }
    let host = if call.host == Host::Mantle { "Bedrock Mantle" } else { "Bedrock" };
    Err(Exception::validation(format!(
        "Unexpected value(s) {} for the `anthropic-beta` header. Please consult our documentation for the values {host} takes or try again without the header.",
        unknown.join(", ")
    )))
}
