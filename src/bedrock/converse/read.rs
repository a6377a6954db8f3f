//! A body of Converse, read as the service reads it.

use serde_json::{Value, json};

use crate::bedrock::arn;
use crate::bedrock::ask::{Api, Ask};
use crate::bedrock::exception::Exception;
use crate::bedrock::http::Operation;
use crate::catalog::Tier;
use crate::rules::{Shape, check_shape};

use super::conversation::{system, turns};
use super::parameters::{Additional, guardrail, inference, metadata, tool_choice, tools};

/// Reads and checks a body.
///
/// # Errors
/// The exception the service would answer with.
pub fn read(body: &[u8], model_id: &str, operation: Operation) -> Result<Ask, Exception> {
    let body: Value = crate::document::bounded(body).map_err(|_| Exception::usual("ValidationException"))?;
    read_value(body, model_id, operation)
}

/// As [`read`], from a body already parsed.
///
/// # Errors
/// The exception the service would answer with.
pub fn read_value(mut body: Value, model_id: &str, operation: Operation) -> Result<Ask, Exception> {
    let shape = match operation {
        Operation::CountTokens => Shape::CountTokens,
        Operation::ConverseStream => Shape::ConverseStream,
        _ => Shape::Converse,
    };
    if let Some(problem) = check_shape(shape, &body).into_iter().next() {
        return Err(Exception::validation(problem.message));
    }
    if let Some(name) = arn::prompt(model_id) {
        with_prompt(&mut body, name)?;
    }
    let messages = body["messages"].as_array().filter(|messages| !messages.is_empty()).ok_or_else(|| {
        Exception::validation(
            "A conversation must start with a user message. Try again with a conversation that starts with a user message.",
        )
    })?;
    let turns = turns(messages)?;
    let system = system(&body["system"])?;
    let (max_tokens, mut sampling, stop_sequences) = inference(&body["inferenceConfig"]);
    let additional = Additional::read(&body["additionalModelRequestFields"], &mut sampling);
    let output = &body["outputConfig"];
    let schema = output["textFormat"]["structure"]["jsonSchema"]["schema"].as_str();
    let schema = schema.map(serde_json::from_str).transpose().map_err(|_| {
        Exception::validation("The value at outputConfig.textFormat.structure.jsonSchema.schema is not valid JSON.")
    })?;
    let text = |value: &Value| value.as_str().map(str::to_string);
    let paths = body["additionalModelResponseFieldPaths"].as_array();
    Ok(Ask {
        api: Api::Converse,
        system,
        max_tokens,
        stop_sequences,
        sampling,
        tools: tools(&body["toolConfig"])?,
        tool_choice: additional.tool_choice.unwrap_or_else(|| tool_choice(&body["toolConfig"]["toolChoice"])),
        thinking: additional.thinking,
        effort: text(&output["effort"]).or(additional.effort),
        reasoning_effort: additional.reasoning_effort,
        schema: schema.or(additional.schema),
        guardrail: guardrail(&body["guardrailConfig"]),
        tier: body["serviceTier"]["type"].as_str().and_then(Tier::from_key).unwrap_or_default(),
        service_tier: text(&body["serviceTier"]["type"]),
        latency: text(&body["performanceConfig"]["latency"]),
        response_paths: paths.into_iter().flatten().filter_map(text).collect(),
        metadata: metadata(&body["requestMetadata"]),
        ..Ask::new(operation, model_id, turns, body["messages"].take())
    })
}

/// A request that names a prompt of Prompt management, which has the system prompt, the tools and the limits itself.
/// Its text is not known here: where nothing is said beside it, its name and its variables stand for it.
fn with_prompt(body: &mut Value, name: &str) -> Result<(), Exception> {
    const IN_THE_PROMPT: [&str; 4] = ["additionalModelRequestFields", "inferenceConfig", "system", "toolConfig"];
    if let Some(member) = IN_THE_PROMPT.into_iter().find(|member| !body[*member].is_null()) {
        return Err(Exception::validation(format!(
            "The {member} field can't be used with a prompt from Prompt management, which defines it. Remove {member} and try again."
        )));
    }
    if body["messages"].as_array().is_none_or(Vec::is_empty) {
        let variables = body["promptVariables"].as_object().into_iter().flatten();
        let lines = variables.map(|(name, value)| format!("\n{name}: {}", value["text"].as_str().unwrap_or_default()));
        let text = name.to_string() + &lines.collect::<String>();
        body["messages"] = json!([{"role": "user", "content": [{"text": text}]}]);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(changes: Value, operation: Operation) -> Option<String> {
        let mut body = json!({"messages": [{"role": "user", "content": [{"text": "hi"}]}]});
        body.as_object_mut()?.extend(changes.as_object()?.clone());
        read_value(body, crate::catalog::HAIKU, operation).err().map(|error| error.message)
    }

    #[test]
    fn a_prompt_has_its_own_parameters_and_needs_no_message() {
        let arn = "arn:aws:bedrock:us-east-1:123456789012:prompt/PROMPT12345:1";
        let asked = |body: Value| read_value(body, arn, Operation::Converse);
        let ask = asked(json!({"promptVariables": {"title": {"text": "進撃の巨人"}}})).unwrap();
        assert_eq!(ask.last_user_text(), "PROMPT12345:1\ntitle: 進撃の巨人");
        let said = json!([{"role": "user", "content": [{"text": "hi"}]}]);
        assert_eq!(asked(json!({"messages": said})).unwrap().last_user_text(), "hi");
        let refused = asked(json!({"messages": said, "inferenceConfig": {"maxTokens": 1}})).unwrap_err();
        assert!(refused.message.contains("inferenceConfig"), "{refused:?}");
        assert!(read_value(json!({}), crate::catalog::HAIKU, Operation::Converse).is_err());
    }

    /// At every depth, by the members of the service model.
    #[test]
    fn unknown_members_are_refused_at_every_depth() {
        let tool = |more: Value| {
            let mut spec = json!({"name": "t", "inputSchema": {"json": {"type": "object"}}});
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
            json!({"projectIdentifier": "team"}),
        ] {
            assert_eq!(refused(good, Operation::Converse), None);
        }
        let sync = json!({"guardrailConfig": {"streamProcessingMode": "sync"}});
        assert_eq!(refused(sync, Operation::ConverseStream), None);
        let counted = refused(json!({"inferenceConfig": {"maxTokens": 1}}), Operation::CountTokens);
        assert!(counted.unwrap_or_default().contains("extraneous key [inferenceConfig]"));
    }
}
