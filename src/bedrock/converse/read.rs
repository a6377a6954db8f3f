use serde_json::Value;

use crate::bedrock::ask::Ask;
use crate::bedrock::exception::Exception;
use crate::bedrock::http::Operation;
use crate::bedrock::rules::ModelRules;
use crate::cost::Tier;

use super::conversation::{system, turns};
use super::members::{COUNTED, FIELDS, GUARDRAIL, INFERENCE, only};
use super::parameters::{inference, metadata, one_of, tools};

/// Reads and checks a body.
///
/// # Errors
/// The exception the service would answer with.
pub fn read(body: &[u8], model_id: &str, rules: &ModelRules, operation: Operation) -> Result<Ask, Exception> {
    let body: Value = serde_json::from_slice(body).map_err(|_| Exception::usual("ValidationException"))?;
    read_value(body, model_id, rules, operation)
}

/// As [`read`], from a body already parsed.
///
/// # Errors
/// The exception the service would answer with.
pub fn read_value(mut body: Value, model_id: &str, rules: &ModelRules, operation: Operation) -> Result<Ask, Exception> {
    let counting = operation == Operation::CountTokens;
    let fields = only(&body, "#", if counting { &COUNTED } else { &FIELDS })?;
    let messages = match fields.get("messages") {
        Some(Value::Array(messages)) if !messages.is_empty() => messages,
        None | Some(Value::Array(_)) => {
            return Err(Exception::validation(
                "A conversation must start with a user message. Try again with a conversation that starts with a user message.",
            ));
        }
        Some(_) => return Err(Exception::usual("ValidationException")),
    };
    let turns = turns(messages)?;
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
    let tools_text = fields.get("toolConfig").map(Value::to_string).unwrap_or_default();
    let system = system(fields.get("system"))?;
    let guardrail = fields.contains_key("guardrailConfig");
    let tier = fields.get("serviceTier").and_then(|tier| Tier::from_key(tier["type"].as_str()?)).unwrap_or_default();
    Ok(Ask {
        system,
        max_tokens,
        stop_sequences,
        tools,
        tools_text,
        guardrail,
        tier,
        metadata,
        ..Ask::new(operation, model_id, turns, body["messages"].take())
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::catalog::Catalog;

    fn refused(changes: Value, operation: Operation) -> Option<String> {
        let mut body = json!({"messages": [{"role": "user", "content": [{"text": "hi"}]}]});
        body.as_object_mut()?.extend(changes.as_object()?.clone());
        let model = Catalog::full().get(crate::scenario::HAIKU)?;
        read_value(body, &model.id, &ModelRules::of(model), operation).err().map(|error| error.message)
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
