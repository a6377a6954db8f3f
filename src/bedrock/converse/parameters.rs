//! What a body says beside its conversation: limits, sampling, labels, tools. The service model was
//! held against all of it before.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::bedrock::ask::{CacheTtl, GuardrailAsk, Sampling, Thinking, Tool, ToolChoice, TraceWanted};
use crate::bedrock::exception::Exception;

/// Limit, sampling and stop sequences.
pub fn inference(config: &Value) -> (Option<u64>, Sampling, Vec<String>) {
    let sampling =
        Sampling { temperature: config["temperature"].as_f64(), top_p: config["topP"].as_f64(), ..Sampling::default() };
    let stops = config["stopSequences"].as_array().into_iter().flatten();
    let stops = stops.filter_map(|stop| stop.as_str().map(str::to_string)).collect();
    let limit = &config["maxTokens"];
    (limit.as_u64().or(limit.as_f64().map(|limit| limit as u64)), sampling, stops)
}

/// What the fields for the model alone ask for: a model's own spelling of what other models take
/// elsewhere.
#[derive(Default)]
pub struct Additional {
    pub thinking: Option<Thinking>,
    pub effort: Option<String>,
    pub reasoning_effort: Option<(&'static str, String)>,
    pub tool_choice: Option<ToolChoice>,
    pub schema: Option<Value>,
}

impl Additional {
    /// Reads them; sampling is added to what `inferenceConfig` says.
    pub fn read(fields: &Value, sampling: &mut Sampling) -> Self {
        let number = |name: &str| fields[name].as_f64();
        sampling.temperature = sampling.temperature.or(number("temperature"));
        sampling.top_p = sampling.top_p.or(number("top_p"));
        (sampling.top_k, sampling.top_k_at) = match number("top_k") {
            Some(top_k) => (Some(top_k), "additionalModelRequestFields.top_k"),
            None => (fields["inferenceConfig"]["topK"].as_f64(), "additionalModelRequestFields.inferenceConfig.topK"),
        };
        let text = |value: &Value| value.as_str().map(str::to_string);
        let thinking = fields["thinking"].as_object().map(|thinking| Thinking {
            kind: thinking.get("type").and_then(Value::as_str).unwrap_or_default().to_string(),
            budget: thinking.get("budget_tokens").and_then(Value::as_u64),
        });
        Additional {
            thinking,
            effort: text(&fields["output_config"]["effort"]),
            reasoning_effort: [
                ("additionalModelRequestFields.reasoning_effort", &fields["reasoning_effort"]),
                ("additionalModelRequestFields.reasoning.effort", &fields["reasoning"]["effort"]),
            ]
            .into_iter()
            .find_map(|(at, level)| Some((at, text(level)?))),
            tool_choice: (fields["tool_choice"]["type"] == "none").then_some(ToolChoice::None),
            schema: fields["output_config"]["format"].get("schema").cloned(),
        }
    }
}

pub fn metadata(labels: &Value) -> BTreeMap<String, String> {
    let labels = labels.as_object().into_iter().flatten();
    labels.filter_map(|(key, value)| Some((key.clone(), value.as_str()?.to_string()))).collect()
}

pub fn guardrail(config: &Value) -> Option<GuardrailAsk> {
    let text = |name: &str| config[name].as_str().map(str::to_string);
    let trace = match config["trace"].as_str() {
        Some("enabled") => TraceWanted::Enabled,
        Some("enabled_full") => TraceWanted::Full,
        _ => TraceWanted::Disabled,
    };
    config.is_object().then(|| GuardrailAsk {
        id: text("guardrailIdentifier"),
        version: text("guardrailVersion"),
        trace,
        tag_suffix: None,
    })
}

pub fn tool_choice(choice: &Value) -> ToolChoice {
    let kind = choice.as_object().and_then(|choice| choice.iter().find(|(_, value)| !value.is_null()));
    match kind.map(|(kind, value)| (kind.as_str(), value)) {
        Some(("auto", _)) => ToolChoice::Auto,
        Some(("any", _)) => ToolChoice::Any,
        Some(("tool", value)) => ToolChoice::Named(value["name"].as_str().unwrap_or_default().to_string()),
        _ => ToolChoice::Unset,
    }
}

/// The tools; a cache point belongs to the tool before it.
pub fn tools(config: &Value) -> Result<Vec<Tool>, Exception> {
    let mut tools: Vec<Tool> = Vec::new();
    for (index, tool) in config["tools"].as_array().into_iter().flatten().enumerate() {
        let text = |value: &Value| value.as_str().unwrap_or_default().to_string();
        if let Some(spec) = tool["toolSpec"].as_object() {
            let schema = spec.get("inputSchema").map(|schema| schema["json"].clone()).unwrap_or_default();
            if schema["type"] != "object" {
                return Err(Exception::validation(format!(
                    "The value at toolConfig.tools.{index}.toolSpec.inputSchema.json.type must be one of the following: object."
                )));
            }
            tools.push(Tool {
                name: text(&tool["toolSpec"]["name"]),
                description: text(&tool["toolSpec"]["description"]),
                schema,
                strict: tool["toolSpec"]["strict"].as_bool().unwrap_or(false),
                ..Tool::default()
            });
        } else if tool["systemTool"].is_object() {
            let name = text(&tool["systemTool"]["name"]);
            tools.push(Tool { kind: Some(name.clone()), name, server: true, ..Tool::default() });
        } else if let Some(last) = tools.last_mut() {
            last.cache = Some(CacheTtl::of(&tool["cachePoint"]["ttl"]));
        }
    }
    Ok(tools)
}
