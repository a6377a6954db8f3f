//! OpenTelemetry spans of generative models: as the collector writes them, and as the SDKs print them.

use serde_json::{Map, Value};

use super::forms::Item;
use super::scalar::cell;

/// The spans of an export: resources, scopes, spans.
pub(super) fn open(export: &Value, out: &mut Vec<Item>) {
    let list = |value: &Value, names: [&str; 2]| -> Vec<Value> {
        names.iter().find_map(|name| value[*name].as_array().cloned()).unwrap_or_default()
    };
    for resource in list(export, ["resourceSpans", "resource_spans"]) {
        let of_resource = attributes(&resource["resource"]["attributes"]);
        let region = ["cloud.region", "aws.region"]
            .iter()
            .find_map(|name| of_resource.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str()));
        let mut scopes = list(&resource, ["scopeSpans", "scope_spans"]);
        scopes.extend(list(&resource, ["instrumentationLibrarySpans", "instrumentation_library_spans"]));
        for scope in &scopes {
            let name = scope["scope"]["name"].as_str().or(scope["instrumentationLibrary"]["name"].as_str());
            for one in list(scope, ["spans", "spans"]) {
                spans_of(one, name.unwrap_or_default(), region, out);
            }
        }
    }
}

fn spans_of(one: Value, scope: &str, region: Option<&str>, out: &mut Vec<Item>) {
    match one {
        Value::Object(object) => span(&object, scope, region, out),
        _ => out.push(Item::Bad("a span that is no object".to_string())),
    }
}

/// Whether an object is a span on its own.
pub(super) fn is_span(object: &Map<String, Value>) -> bool {
    let has = |name: &str| object.contains_key(name);
    has("attributes")
        && (has("spanId")
            || has("span_id")
            || has("context")
            || has("startTimeUnixNano")
            || has("start_time")
            || has("traceId"))
}

/// What a span measured, if it is a model's call.
///
/// `region` is that of its resource, which counts where the span does not say whom it called.
pub(super) fn span(object: &Map<String, Value>, scope: &str, region: Option<&str>, out: &mut Vec<Item>) {
    let attributes = attributes(object.get("attributes").unwrap_or(&Value::Null));
    let get = |name: &str| attributes.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str());
    let counts = attributes.iter().any(|(name, _)| name.contains("tokens") || name.contains("token_count"));
    let no_call = [
        "invoke_agent",
        "create_agent",
        "execute_tool",
        "invoke_workflow",
        "workflow",
        "task",
        "agent",
        "tool",
        "chain",
        "CHAIN",
        "AGENT",
        "TOOL",
        "RETRIEVER",
        "retrieval",
    ];
    let kind =
        ["gen_ai.operation.name", "traceloop.span.kind", "openinference.span.kind"].iter().find_map(|name| get(name));
    if kind.is_some_and(|kind| no_call.contains(&kind))
        || (!counts && get("gen_ai.request.model").is_none() && get("llm.model_name").is_none())
    {
        return out.push(Item::NoCall("spans that are no calls of a model"));
    }
    let of =
        |names: &[&str]| names.iter().find_map(|name| object.get(*name).and_then(cell).filter(|text| !text.is_empty()));
    let id = of(&["spanId", "span_id"]).or_else(|| object.get("context").and_then(|context| cell(&context["span_id"])));
    let trace =
        of(&["traceId", "trace_id"]).or_else(|| object.get("context").and_then(|context| cell(&context["trace_id"])));
    let mut row = Vec::with_capacity(attributes.len() + 4);
    if let Some(id) = id {
        row.push(("span_id".to_string(), format!("{}/{id}", trace.unwrap_or_default())));
    }
    if let Some(start) = of(&["startTimeUnixNano", "start_time_unix_nano", "start_time", "startTime"]) {
        row.push(("start_time".to_string(), start));
    }
    if let Some(end) = of(&["endTimeUnixNano", "end_time_unix_nano", "end_time", "endTime"]) {
        row.push(("end_time".to_string(), end));
    }
    if let Some(error) = get("error.type") {
        row.push(("error_type".to_string(), error.to_string()));
    } else if let Some(status) = object.get("status") {
        let code = status.get("status_code").or_else(|| status.get("code")).unwrap_or(status);
        // The protocol's numbers: 0 unset, 1 ok, 2 error.
        let failed = code == 2 || code.as_str().is_some_and(|word| word.to_ascii_uppercase().ends_with("ERROR"));
        row.push(("error".to_string(), failed.to_string()));
    }
    // The host that was called says the region better than the place of who called it.
    let host = get("server.address").and_then(super::draft::region_of_host);
    if let Some(region) = host.as_deref().or(region) {
        row.push(("region".to_string(), region.to_string()));
    }
    // The two instrumentations of Bedrock take the answer's counts as they are, without the cached ones; the
    // conventions count them in.
    let as_counted = scope.contains("botocore")
        || scope.contains("instrumentation.bedrock")
        || scope.contains("instrumentation-bedrock");
    // What was said is not counted.
    let said = |name: &str| {
        name.starts_with("gen_ai.prompt.") || name.starts_with("gen_ai.completion.") || name.contains("messages")
    };
    for (name, value) in attributes.iter().filter(|(name, _)| name.ends_with("invocation_parameters")) {
        row.extend(super::forms::asked_words(name, &Value::String(value.clone())));
    }
    let asked = |name: &str| name.ends_with("invocation_parameters");
    row.extend(attributes.into_iter().filter(|(name, _)| !said(name) && !asked(name)).map(|(name, value)| {
        match name.as_str() {
            "gen_ai.usage.input_tokens" | "gen_ai.usage.prompt_tokens" if as_counted => {
                ("gen_ai.usage.uncached_input_tokens".to_string(), value)
            }
            _ => (name, value),
        }
    }));
    out.push(Item::Row(row));
}

/// Attributes by name, of the protocol's list of keys or of an object.
fn attributes(value: &Value) -> Vec<(String, String)> {
    match value {
        Value::Object(object) => {
            let mut out = Vec::new();
            for (name, value) in object {
                if let Some(text) = cell(value) {
                    out.push((name.clone(), text));
                } else if let Value::Object(inner) = value {
                    out.extend(
                        super::forms::flat(inner, &String::new)
                            .into_iter()
                            .map(|(path, text)| (format!("{name}.{path}"), text)),
                    );
                }
            }
            out
        }
        Value::Array(list) => list
            .iter()
            .filter_map(|attribute| {
                let name = attribute["key"].as_str()?;
                let value = attribute["value"].as_object()?;
                let (_, value) = value.iter().next()?;
                Some((name.to_string(), cell(value)?))
            })
            .collect(),
        _ => Vec::new(),
    }
}
