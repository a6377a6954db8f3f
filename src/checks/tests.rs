//! Every kind of refusal by example, on both APIs: status, type and the words a client matches on.

use serde_json::{Value, json};

use crate::bedrock::{ModelRules, Operation, claude, converse};
use crate::catalog::{Catalog, Model};
use crate::checks::{RuleFinding, check, not_linted};

const HAIKU_3: &str = "anthropic.claude-3-haiku-20240307-v1:0";
const SONNET_45: &str = "us.anthropic.claude-sonnet-4-5-20250929-v1:0";
const OPUS_47: &str = "us.anthropic.claude-opus-4-7";
const OPUS_5: &str = "us.anthropic.claude-opus-5";
const NOVA: &str = "us.amazon.nova-pro-v1:0";

fn model(id: &str) -> Model {
    Catalog::full().get(id).cloned().unwrap_or_else(|| Model::unpriced(id))
}

fn with(base: Value, changes: &Value) -> Value {
    let mut body = base;
    body.as_object_mut().unwrap().extend(changes.as_object().unwrap().clone());
    body
}

fn hello(changes: &Value) -> Value {
    with(json!({"messages": [{"role": "user", "content": [{"text": "hi"}]}]}), changes)
}

fn own(changes: &Value) -> Value {
    let base = json!({"anthropic_version": "bedrock-2023-05-31", "max_tokens": 2000, "messages": [{"role": "user", "content": "hi"}]});
    with(base, changes)
}

/// What the service says first, as `status type message`; `None` where it takes the request.
fn said(id: &str, operation: Operation, body: &Value) -> Option<RuleFinding> {
    let model = model(id);
    let rules = ModelRules::of(&model);
    let read = if operation.is_invoke() {
        claude::read(body.to_string().as_bytes(), id, &rules, operation)
    } else {
        converse::read_value(body.clone(), id, operation)
    };
    match read {
        Ok(ask) => check(&ask, &rules).into_iter().next(),
        Err(exception) => Some(RuleFinding::new("service-model", "", &exception, "")),
    }
}

fn refused(id: &str, operation: Operation, body: &Value, words: &str) {
    let found = said(id, operation, body);
    let Some(found) = found else { panic!("{id} takes {body}, expected: {words}") };
    assert!(found.message.contains(words), "{id}: {}, expected: {words}", found.message);
    assert_eq!((found.status, found.kind.as_str()), (400, "ValidationException"), "{words}");
}

fn taken(id: &str, operation: Operation, body: &Value) {
    let found = said(id, operation, body);
    assert_eq!(found, None, "{id} refuses {body}");
}

fn tool(spec: &Value) -> Value {
    let spec = with(json!({"name": "look_up", "inputSchema": {"json": {"type": "object"}}}), spec);
    json!({"tools": [{"toolSpec": spec}]})
}

fn used(result: &Value) -> Value {
    json!([
        {"role": "user", "content": [{"text": "look it up"}]},
        {"role": "assistant", "content": [{"toolUse": {"toolUseId": "t1", "name": "look_up", "input": {}}}]},
        {"role": "user", "content": [{"toolResult": {"toolUseId": "t1", "content": result}}]},
    ])
}

use Operation::{Converse, ConverseStream, CountTokens, InvokeModel};

#[test]
fn sampling_is_refused_where_the_sheet_says_so() {
    for id in [OPUS_47, OPUS_5] {
        for (name, own_name) in [("temperature", "temperature"), ("topP", "top_p")] {
            let words = format!("`{own_name}` is deprecated for this model.");
            refused(id, Converse, &hello(&json!({"inferenceConfig": {(name): 0.5}})), &words);
            refused(id, InvokeModel, &own(&json!({(own_name): 0.5})), &words);
        }
        refused(id, InvokeModel, &own(&json!({"top_k": 5})), "`top_k` is deprecated");
    }
    let both = json!({"inferenceConfig": {"temperature": 0.5, "topP": 0.5}});
    refused(SONNET_45, Converse, &hello(&both), "cannot both be specified");
    taken(HAIKU_3, Converse, &hello(&both));
    taken(SONNET_45, Converse, &hello(&json!({"inferenceConfig": {"temperature": 0.5}})));
    let grok = "us.xai.grok-4.6";
    refused(
        grok,
        Converse,
        &hello(&json!({"inferenceConfig": {"temperature": 0.5}})),
        "doesn't support the temperature field",
    );
}

#[test]
fn a_model_of_profiles_only_is_not_taken_by_its_bare_id() {
    let words = "with on-demand throughput isn't supported";
    for bare in ["anthropic.claude-sonnet-4-5-20250929-v1:0", "anthropic.claude-opus-4-7"] {
        refused(bare, Converse, &hello(&json!({})), words);
        refused(bare, ConverseStream, &hello(&json!({})), words);
        refused(bare, InvokeModel, &own(&json!({})), words);
        taken(bare, CountTokens, &hello(&json!({})));
    }
    taken(SONNET_45, Converse, &hello(&json!({})));
    taken(HAIKU_3, Converse, &hello(&json!({})));
    // Served directly in some Region.
    taken("anthropic.claude-opus-5", Converse, &hello(&json!({})));
}

#[test]
fn a_history_with_tools_needs_them() {
    let found = json!([{"text": "found"}]);
    let words = "The toolConfig field must be defined when using toolUse and toolResult content blocks.";
    refused(SONNET_45, Converse, &json!({"messages": used(&found)}), words);
    taken(SONNET_45, Converse, &json!({"messages": used(&found), "toolConfig": tool(&json!({}))}));
    let history = json!([{"role": "user", "content": "a"},
        {"role": "assistant", "content": [{"type": "tool_use", "id": "t1", "name": "x", "input": {}}]},
        {"role": "user", "content": [{"type": "tool_result", "tool_use_id": "t1", "content": "b"}]}]);
    refused(SONNET_45, InvokeModel, &own(&json!({"messages": history})), "must define tools");
}

#[test]
fn tools_have_names_schemas_and_models_that_use_them() {
    let check = |id: &str, operation, spec: &Value, words: &str| {
        refused(id, operation, &hello(&json!({"toolConfig": tool(spec)})), words);
    };
    check(SONNET_45, Converse, &json!({"name": "look up"}), "regular expression pattern: [a-zA-Z0-9_-]+");
    check(
        SONNET_45,
        Converse,
        &json!({"inputSchema": {"json": {}}}),
        "inputSchema.json.type must be one of the following: object.",
    );
    check("meta.llama3-8b-instruct-v1:0", Converse, &json!({}), "This model doesn't support tool use.");
    check(
        "us.meta.llama3-3-70b-instruct-v1:0",
        ConverseStream,
        &json!({}),
        "doesn't support tool use in streaming mode",
    );
    let twice = json!({"tools": [tool(&json!({}))["tools"][0], tool(&json!({}))["tools"][0]]});
    refused(SONNET_45, Converse, &hello(&json!({"toolConfig": twice})), "Tool names must be unique");
    let eager = |id: &str| {
        said(
            id,
            InvokeModel,
            &own(&json!({"tools": [{"name": "t", "input_schema": {"type": "object"}, "eager_input_streaming": true}]})),
        )
    };
    assert!(
        eager(SONNET_45)
            .is_some_and(|found| found.message.contains("eager_input_streaming: Extra inputs are not permitted"))
    );
    assert_eq!(eager(OPUS_47), None);
    let forced = with(tool(&json!({})), &json!({"toolChoice": {"any": {}}}));
    refused(
        "us.anthropic.claude-opus-5-5",
        Converse,
        &hello(&json!({"toolConfig": forced})),
        "tool_choice: type \"tool\" and \"any\" are not supported for this model.",
    );
    taken(SONNET_45, Converse, &hello(&json!({"toolConfig": forced})));
    let server = json!({"tools": [{"type": "web_search_20250305", "name": "web_search"}]});
    refused(
        "anthropic.claude-sonnet-4-20250514-v1:0",
        CountTokens,
        &json!({"messages": [{"role": "user", "content": [{"text": "a"}]}], "toolConfig": {"tools": [{"systemTool": {"name": "web_search"}}]}}),
        "Input tag 'web_search'",
    );
    taken(SONNET_45, InvokeModel, &own(&server));
}

#[test]
fn blocks_are_what_the_model_takes() {
    let block = |block: Value| json!({"messages": [{"role": "user", "content": [{"text": "a"}, block]}]});
    let named =
        |name: &str| block(json!({"document": {"format": "pdf", "name": name, "source": {"bytes": "JVBERi0x"}}}));
    for name in ["John's report", "invoice #123", "a  b", "テスト", "report.pdf"] {
        refused(SONNET_45, Converse, &named(name), "The document file name can only contain");
    }
    taken(SONNET_45, Converse, &named("a_b (1) [x]-y"));
    refused(SONNET_45, Converse, &named(&"n".repeat(201)), "length less than or equal to 200");
    let image = block(json!({"image": {"format": "png", "source": {"bytes": "iVBORw0KGgo="}}}));
    refused("meta.llama3-8b-instruct-v1:0", Converse, &image, "doesn't support the image content block");
    taken(SONNET_45, Converse, &image);
    let video = block(json!({"video": {"format": "mp4", "source": {"bytes": "AAAA"}}}));
    refused(
        SONNET_45,
        Converse,
        &video,
        "This model doesn't support the video content block that you provided. Update the content block and try again.",
    );
    taken(NOVA, Converse, &video);
    let s3 = block(json!({"image": {"format": "png", "source": {"s3Location": {"uri": "s3://bucket/a.png"}}}}));
    refused(SONNET_45, Converse, &s3, "This model doesn't support the s3Uri field. Remove s3Uri and try again.");
    taken(NOVA, Converse, &s3);
    let thought = block(json!({"reasoningContent": {"reasoningText": {"text": "hm", "signature": "s"}}}));
    refused(SONNET_45, Converse, &thought, "blocks may only be in `assistant` messages");
    let empty = json!({"messages": used(&json!([{"text": ""}])), "toolConfig": tool(&json!({}))});
    refused(SONNET_45, Converse, &empty, "is blank");
}

#[test]
fn a_conversation_begins_and_ends_as_the_model_wants() {
    let prefill = |text: &str| json!([{"role": "user", "content": [{"text": "a"}]}, {"role": "assistant", "content": [{"text": text}]}]);
    let words = "This model does not support assistant message prefill. The conversation must end with a user message.";
    refused(OPUS_47, Converse, &json!({"messages": prefill("So")}), words);
    refused(
        OPUS_47,
        InvokeModel,
        &own(&json!({"messages": [{"role": "user", "content": "a"}, {"role": "assistant", "content": "So"}]})),
        words,
    );
    taken(SONNET_45, Converse, &json!({"messages": prefill("So")}));
    refused(SONNET_45, Converse, &json!({"messages": prefill("So ")}), "cannot end with trailing whitespace");
    let first = json!({"messages": [{"role": "assistant", "content": [{"text": "Welcome"}]}, {"role": "user", "content": [{"text": "a"}]}]});
    taken(SONNET_45, Converse, &first);
    refused(NOVA, Converse, &first, "A conversation must start with a user message.");
    let mid = json!({"messages": [{"role": "user", "content": [{"text": "a"}]}, {"role": "assistant", "content": [{"text": "b"}]},
        {"role": "system", "content": [{"text": "c"}]}, {"role": "user", "content": [{"text": "d"}]}]});
    taken("us.anthropic.claude-opus-4-8", Converse, &mid);
    refused(SONNET_45, Converse, &mid, "role 'system' is not supported on this model");
    let server = json!({"messages": [{"role": "user", "content": [{"text": "a"}]},
        {"role": "assistant", "content": [{"toolUse": {"toolUseId": "t1", "name": "nova_code_interpreter", "input": {}, "type": "server_tool_use"}},
            {"toolResult": {"toolUseId": "t1", "content": [{"json": {"stdOut": "1"}}], "type": "nova_code_interpreter_result"}}, {"text": "1"}]},
        {"role": "user", "content": [{"text": "b"}]}], "toolConfig": {"tools": [{"systemTool": {"name": "nova_code_interpreter"}}]}});
    taken("us.amazon.nova-2-lite-v1:0", Converse, &server);
}

#[test]
fn thinking_has_its_own_rules() {
    let thinking = |thinking: Value| json!({"thinking": thinking});
    let budget = |tokens: u64| thinking(json!({"type": "enabled", "budget_tokens": tokens}));
    let own = |changes: &Value| own(changes);
    refused(SONNET_45, InvokeModel, &own(&budget(1023)), "greater than or equal to 1024");
    refused(SONNET_45, InvokeModel, &own(&budget(2000)), "`max_tokens` must be greater than `thinking.budget_tokens`");
    taken(SONNET_45, InvokeModel, &own(&budget(1024)));
    let warm = with(budget(1024), &json!({"temperature": 0.5}));
    refused(SONNET_45, InvokeModel, &own(&warm), "`temperature` may only be set to 1");
    let forced = with(
        budget(1024),
        &json!({"tools": [{"name": "t", "input_schema": {"type": "object"}}], "tool_choice": {"type": "any"}}),
    );
    refused(SONNET_45, InvokeModel, &own(&forced), "Thinking may not be enabled when tool_choice forces tool use.");
    refused(OPUS_47, InvokeModel, &own(&budget(1024)), "\"thinking.type.enabled\" is not supported for this model.");
    refused(SONNET_45, InvokeModel, &own(&thinking(json!({"type": "adaptive"}))), "adaptive thinking is not supported");
    refused(
        "us.anthropic.claude-opus-5-5",
        InvokeModel,
        &own(&thinking(json!({"type": "disabled"}))),
        "\"thinking.type.disabled\" is not supported for this model.",
    );
    taken("us.anthropic.claude-sonnet-5-5", InvokeModel, &own(&thinking(json!({"type": "between_tools"}))));
    refused(HAIKU_3, InvokeModel, &own(&budget(1024)), "thinking: Extra inputs are not permitted");
    // Converse carries the same field beside its own.
    let more = |thinking: &Value| {
        hello(&json!({"inferenceConfig": {"maxTokens": 2000}, "additionalModelRequestFields": thinking}))
    };
    refused(
        SONNET_45,
        Converse,
        &more(&budget(100)),
        "The model returned the following errors: thinking.enabled.budget_tokens",
    );
    let turn = json!({"messages": used(&json!([{"text": "found"}])), "toolConfig": tool(&json!({})),
        "inferenceConfig": {"maxTokens": 2000}, "additionalModelRequestFields": budget(1024)});
    refused(
        SONNET_45,
        Converse,
        &turn,
        "messages.1.content.0.type: Expected `thinking` or `redacted_thinking`, but found `tool_use`",
    );
}

#[test]
fn cache_points_are_for_models_that_cache() {
    let point = json!({"cachePoint": {"type": "default"}});
    let system = |points: usize| {
        hello(
            &json!({"system": std::iter::repeat_n([json!({"text": "s"}), point.clone()], points).flatten().collect::<Vec<_>>()}),
        )
    };
    let found = said("us.meta.llama3-3-70b-instruct-v1:0", Converse, &system(1)).unwrap();
    assert_eq!((found.status, found.kind.as_str()), (403, "AccessDeniedException"));
    assert!(found.message.contains("did not allow prompt caching"));
    assert_eq!(said(HAIKU_3, Converse, &system(1)).map(|found| found.status), Some(403));
    taken(SONNET_45, Converse, &system(4));
    refused(SONNET_45, Converse, &system(5), "A maximum of 4 blocks with cache_control may be provided. Found 5.");
    let alone = json!({"messages": [{"role": "user", "content": [point]}]});
    refused(SONNET_45, Converse, &alone, "non-empty content");
    refused(NOVA, Converse, &alone, "extraneous key [cachePoint] is not permitted");
    let late = hello(
        &json!({"system": [{"text": "a"}, point, {"text": "b"}, {"cachePoint": {"type": "default", "ttl": "1h"}}]}),
    );
    refused(SONNET_45, Converse, &late, "must not come after a ttl='5m'");
    let auto = own(&json!({"cache_control": {"type": "ephemeral"}}));
    taken(OPUS_5, InvokeModel, &auto);
    refused(SONNET_45, InvokeModel, &auto, "cache_control: Extra inputs are not permitted");
}

/// What a tester found taken: each is refused somewhere that was looked at.
#[test]
fn what_other_families_refuse() {
    let document = |name: &str| json!({"document": {"format": "txt", "name": name, "source": {"text": "a"}}});
    let content = |blocks: Vec<Value>| json!({"messages": [{"role": "user", "content": blocks}]});
    let effort = |fields: Value| hello(&json!({"additionalModelRequestFields": fields}));
    let (oss, astra, grok) = ("openai.gpt-oss-20b-1:0", "global.openai.gpt-6-astra", "global.xai.grok-4.6");
    let converse = Operation::Converse;
    refused(
        oss,
        converse,
        &effort(json!({"reasoning_effort": "none"})),
        "Supported values are: 'low', 'medium', and 'high'.",
    );
    taken(oss, converse, &effort(json!({"reasoning_effort": "low"})));
    refused(astra, converse, &effort(json!({"reasoning": {"effort": "none"}})), "'none' is not supported");
    refused(astra, converse, &effort(json!({"reasoning_effort": "low"})), "Unknown parameter: 'reasoning_effort'.");
    refused(grok, converse, &effort(json!({"reasoning": {"effort": "max"}})), "'max' is not supported");
    taken(grok, converse, &effort(json!({"reasoning": {"effort": "high"}})));

    let six = (0..6).map(|n| document(&format!("d{n}"))).chain([json!({"text": "a"})]).collect::<Vec<_>>();
    refused(OPUS_5, converse, &content(six.clone()), "You can't include more than 5 documents in a request.");
    taken(OPUS_5, converse, &content(six[1..].to_vec()));
    let twice = vec![document("a"), document("a"), json!({"text": "a"})];
    refused(OPUS_5, converse, &content(twice), "Messages can't contain duplicate document names.");

    let hour = json!({"system": [{"text": "a"}, {"cachePoint": {"type": "default", "ttl": "1h"}}]});
    refused("amazon.nova-lite-v1:0", converse, &hello(&hour), "extraneous key [ttl] is not permitted");
    let mut messages = used(&json!([{"text": "4"}]));
    messages[2]["content"][0]["toolResult"]["status"] = json!("success");
    let result = hello(&json!({"messages": messages, "toolConfig": tool(&json!({}))}));
    refused("us.writer.palmyra-x5-v1:0", converse, &result, "This model doesn't support the status field.");
    taken(NOVA, converse, &result);
    // The other host's spelling.
    refused("anthropic.claude-haiku-4-5", converse, &hello(&json!({})), "The provided model identifier is invalid.");
    let stops: Vec<String> = (0..8192).map(|n| n.to_string()).collect();
    refused(SONNET_45, Operation::InvokeModel, &own(&json!({"stop_sequences": stops})), "at most 8191 items");
}

/// A cache point is no tool result.
#[test]
fn cache_points_alone_are_no_answers() {
    let blocks = json!([{"text": "a"}, {"cachePoint": {"type": "default"}}, {"text": "b"}]);
    let body = json!({"messages": [{"role": "user", "content": blocks}]});
    let found = said("mistral.mistral-large-3-675b-instruct", Operation::Converse, &body);
    assert!(found.is_none_or(|finding| finding.rule != "tool_result_with"));
}

#[test]
fn strict_schemas_are_closed_and_plain() {
    let strict = |schema: Value| {
        let tools = tool(&json!({"name": "f", "strict": true, "inputSchema": {"json": schema}}));
        hello(&json!({"toolConfig": tools}))
    };
    let closed = json!({"type": "object", "properties": {"n": {"type": "integer"}}, "additionalProperties": false});
    let converse = Operation::Converse;
    taken(SONNET_45, converse, &strict(closed.clone()));
    let open = json!({"type": "object", "properties": {"n": {"type": "integer"}}});
    refused(
        SONNET_45,
        converse,
        &strict(open),
        "tools.0.custom: For 'object' type, 'additionalProperties' must be explicitly set to false",
    );
    let inside = json!({"type": "object", "additionalProperties": false, "properties": {"o": {"type": "array", "items": {"type": "object"}}}});
    let found = said(SONNET_45, converse, &strict(inside)).unwrap();
    assert_eq!(found.path, "toolConfig.tools.0.toolSpec.inputSchema.json.properties.o.items");
    let ranged = json!({"type": "object", "additionalProperties": false, "properties": {"n": {"type": "integer", "minimum": 1, "maximum": 3}}});
    refused(SONNET_45, converse, &strict(ranged), "For 'integer' type, properties maximum, minimum are not supported");
    refused(NOVA, converse, &strict(closed.clone()), "This model doesn't support the strict field.");
    let specs: Vec<Value> = (0..21)
        .map(|n| json!({"toolSpec": {"name": format!("t{n}"), "strict": true, "inputSchema": {"json": closed}}}))
        .collect();
    refused(
        SONNET_45,
        converse,
        &hello(&json!({"toolConfig": {"tools": specs}})),
        "The maximum number of strict tools supported is 20",
    );
}

#[test]
fn a_parameter_stands_where_it_was_sent() {
    let body = hello(&json!({"additionalModelRequestFields": {"inferenceConfig": {"topK": 20}}}));
    let found = said(OPUS_47, Operation::Converse, &body).unwrap();
    assert_eq!(found.path, "additionalModelRequestFields.inferenceConfig.topK");
}

#[test]
fn labels_and_what_clients_send_beside() {
    refused(
        SONNET_45,
        Converse,
        &hello(&json!({"requestMetadata": {"user": "{\"id\":1}"}})),
        "regular expression pattern",
    );
    taken(SONNET_45, Converse, &hello(&json!({"requestMetadata": {"user": "a@b.c"}, "projectIdentifier": "team"})));
    let more = json!({"user_profile_id": "u", "amazon-bedrock-guardrailConfig": {"tagSuffix": "x"}});
    taken(OPUS_5, InvokeModel, &own(&more));
    refused(
        OPUS_5,
        InvokeModel,
        &own(&json!({"inference_geo": "us"})),
        "inference_geo: Extra inputs are not permitted",
    );
}

/// A finding says where, what to do, and who says so.
#[test]
fn a_finding_is_whole() {
    let found = said(OPUS_47, Converse, &hello(&json!({"inferenceConfig": {"temperature": 0.5}}))).unwrap();
    assert_eq!(
        (found.rule, found.path.as_str(), found.date.as_str()),
        ("temperature", "inferenceConfig.temperature", "2026-10-09")
    );
    assert!(!found.fix.is_empty() && found.source.contains("model cards"), "{found:?}");
}

#[test]
fn what_nobody_knows_of_a_request_is_said() {
    let schema = json!({"type": "object", "properties": {"q": {"type": "string", "pattern": "^(?=a)b"}}, "required": ["q"], "additionalProperties": false});
    let tool = |strict: bool| json!({"toolSpec": {"name": "f", "inputSchema": {"json": schema}, "strict": strict}});
    let body = |strict| json!({"messages": [{"role": "user", "content": [{"text": "q"}]}], "toolConfig": {"tools": [tool(strict)]}});
    let model = crate::catalog::Catalog::full().get("us.anthropic.claude-sonnet-5").unwrap().clone();
    let said = |strict| not_linted(body(strict), &model, false);
    assert_eq!([said(true), said(false)], [Some(crate::words::Word::unchecked_pattern), None]);
}
