mod at_door;

use serde_json::Value;

use crate::bedrock::Operation;
use crate::redact::Redactor;

/// A way to write a call down.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum SnippetKind {
    JavaScript,
    Python,
    Rust,
    Curl,
    /// AWS's own command line, where it has a command; else what curl sends.
    AwsCli,
}

impl SnippetKind {
    pub const ALL: [SnippetKind; 5] =
        [SnippetKind::JavaScript, SnippetKind::Python, SnippetKind::Rust, SnippetKind::Curl, SnippetKind::AwsCli];

    pub fn name(self) -> &'static str {
        match self {
            SnippetKind::JavaScript => "JavaScript",
            SnippetKind::Python => "Python",
            SnippetKind::Rust => "Rust",
            SnippetKind::Curl => "curl",
            SnippetKind::AwsCli => "AWS CLI",
        }
    }
}

/// A call as code that runs as it is: against the mock with this fallback, with the real client where
/// there is one. What must not be passed on, keys and addresses, is redacted in it: copied code is pasted anywhere.
pub fn snippet(kind: SnippetKind, operation: Operation, (model_id, body): (&str, &Value), fallback: &str) -> String {
    let (model_id, mut body) = (&Redactor::usual().text(model_id).text, body.clone());
    Redactor::usual().value(&mut body);
    let body = &body;
    if operation.is_at_a_door() {
        return at_door::snippet(kind, operation, body, fallback);
    }
    let pretty = serde_json::to_string_pretty(body).unwrap_or_default();
    match kind {
        SnippetKind::JavaScript => javascript(operation, model_id, &pretty, fallback),
        SnippetKind::Python => python(operation, model_id, body, fallback),
        SnippetKind::Rust => rust(operation, model_id, &pretty, fallback),
        SnippetKind::AwsCli => aws_cli(operation, model_id, body, fallback).unwrap_or_else(|| {
            NO_AWS_COMMAND.to_string() + &snippet(SnippetKind::Curl, operation, (model_id, body), fallback)
        }),
        SnippetKind::Curl => format!(
            "# rehearsal serve --port 8787 --fallback {fallback}\ncurl -sS 'http://127.0.0.1:8787/model/{}/{}' \\\n  -H 'content-type: application/json' \\\n  --data-binary {} | cat\n",
            model_id.replace(':', "%3A").replace('/', "%2F"),
            operation.segment(),
            shell_quoted(&body.to_string()),
        ),
    }
}

/// What stands over the curl command where AWS's command line has none.
pub(crate) const NO_AWS_COMMAND: &str = "# The AWS CLI has no command for this call; curl does it.\n";

/// A call by AWS's command line, version 1 or 2; `None` for streams, which it does not read.
fn aws_cli(operation: Operation, model_id: &str, body: &Value, fallback: &str) -> Option<String> {
    let environment = format!(
        "# rehearsal serve --port 8787 --fallback {fallback}\n# To ask the service, leave out --endpoint-url and the two keys.\nexport AWS_ACCESS_KEY_ID=x AWS_SECRET_ACCESS_KEY=x\n"
    );
    let place = "--region us-east-1 --endpoint-url http://127.0.0.1:8787";
    let of_document = |command: &str| {
        let mut input = serde_json::json!({ "modelId": model_id });
        if let (Some(input), Some(body)) = (input.as_object_mut(), body.as_object()) {
            input.extend(body.iter().map(|(name, value)| (name.clone(), value.clone())));
        }
        format!(
            "{environment}aws bedrock-runtime {command} {place} \\\n  --cli-input-json {}\n",
            shell_quoted(&input.to_string())
        )
    };
    match operation {
        Operation::Converse => Some(of_document("converse")),
        Operation::CountTokens => Some(of_document("count-tokens")),
        // Bytes from standard input are the same in both versions.
        Operation::InvokeModel => Some(format!(
            "{environment}printf %s {} | aws bedrock-runtime invoke-model {place} \\\n  --model-id {} --content-type application/json --body fileb:///dev/stdin /dev/stdout\n",
            shell_quoted(&body.to_string()),
            shell_quoted(model_id),
        )),
        _ => None,
    }
}

/// A word for a POSIX shell.
fn shell_quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', r"'\''"))
}

fn javascript(operation: Operation, model_id: &str, pretty: &str, fallback: &str) -> String {
    let command = format!("{}Command", operation.name());
    let model = Value::String(model_id.to_string());
    let input = if operation.is_invoke() {
        format!("{{ modelId: {model}, contentType: \"application/json\", body: JSON.stringify({pretty}) }}")
    } else {
        let inner = pretty.trim_start_matches('{').trim_end_matches('}').trim_end();
        format!("{{\n  \"modelId\": {model},{inner}\n}}")
    };
    let read = match operation {
        Operation::Converse => "console.log(answer.output.message.content);".to_string(),
        Operation::ConverseStream => "for await (const event of answer.stream) console.log(event);".to_string(),
        Operation::InvokeModel => "console.log(new TextDecoder().decode(answer.body));".to_string(),
        Operation::InvokeModelWithResponseStream => {
            "for await (const { chunk } of answer.body) console.log(new TextDecoder().decode(chunk.bytes));".to_string()
        }
        _ => "console.log(answer.inputTokens);".to_string(),
    };
    format!(
        "import {{ BedrockRuntimeClient, {command} }} from \"@aws-sdk/client-bedrock-runtime\";\nimport {{ createMock }} from \"rehearsal\";\n\nconst {{ requestHandler }} = createMock({{ fallback: \"{fallback}\" }});\nconst client = new BedrockRuntimeClient({{\n  region: \"us-east-1\",\n  credentials: {{ accessKeyId: \"x\", secretAccessKey: \"x\" }},\n  requestHandler, // leave it out to ask the service\n}});\nconst answer = await client.send(new {command}({input}));\n{read}\n"
    )
}

fn python(operation: Operation, model_id: &str, body: &Value, fallback: &str) -> String {
    let method = match operation {
        Operation::InvokeModel => "invoke_model",
        Operation::InvokeModelWithResponseStream => "invoke_model_with_response_stream",
        Operation::Converse => "converse",
        Operation::ConverseStream => "converse_stream",
        _ => "count_tokens",
    };
    let model = python_value(&Value::String(model_id.to_string()), 0);
    let arguments = if operation.is_invoke() {
        format!("modelId={model}, body=json.dumps({})", python_value(body, 0))
    } else {
        let pairs = body.as_object().into_iter().flatten();
        let parts: Vec<String> = pairs.map(|(key, value)| format!("    {key}={},\n", python_value(value, 1))).collect();
        format!("\n    modelId={model},\n{}", parts.concat())
    };
    let read = match operation {
        Operation::Converse => "print(answer[\"output\"][\"message\"][\"content\"])",
        Operation::ConverseStream => "for event in answer[\"stream\"]:\n    print(event)",
        Operation::InvokeModel => "print(answer[\"body\"].read().decode())",
        Operation::InvokeModelWithResponseStream => {
            "for event in answer[\"body\"]:\n    print(event[\"chunk\"][\"bytes\"].decode())"
        }
        _ => "print(answer[\"inputTokens\"])",
    };
    let import = if operation.is_invoke() { "import json\n\n" } else { "" };
    format!(
        "{import}import boto3\n\n# rehearsal serve --port 8787 --fallback {fallback}\n# To ask the service, leave out endpoint_url and the two keys.\nclient = boto3.client(\n    \"bedrock-runtime\",\n    region_name=\"us-east-1\",\n    endpoint_url=\"http://127.0.0.1:8787\",\n    aws_access_key_id=\"x\",\n    aws_secret_access_key=\"x\",\n)\nanswer = client.{method}({arguments})\n{read}\n"
    )
}

/// A value as Python writes it.
fn python_value(value: &Value, depth: usize) -> String {
    let pad = "    ".repeat(depth + 1);
    let end = "    ".repeat(depth);
    match value {
        Value::Null => "None".to_string(),
        Value::Bool(true) => "True".to_string(),
        Value::Bool(false) => "False".to_string(),
        Value::Array(items) if items.is_empty() => "[]".to_string(),
        Value::Object(map) if map.is_empty() => "{}".to_string(),
        Value::Array(items) => {
            let lines: Vec<String> =
                items.iter().map(|item| format!("{pad}{},\n", python_value(item, depth + 1))).collect();
            format!("[\n{}{end}]", lines.concat())
        }
        Value::Object(map) => {
            let line = |(key, value): (&String, &Value)| {
                format!("{pad}{}: {},\n", Value::String(key.clone()), python_value(value, depth + 1))
            };
            format!("{{\n{}{end}}}", map.iter().map(line).collect::<String>())
        }
        // JSON's strings and numbers are Python's.
        other => other.to_string(),
    }
}

fn rust(operation: Operation, model_id: &str, pretty: &str, fallback: &str) -> String {
    let method = match operation {
        Operation::InvokeModel => "invoke",
        Operation::InvokeModelWithResponseStream => "invoke_stream",
        Operation::Converse => "converse",
        Operation::ConverseStream => "converse_stream",
        _ => "count_tokens",
    };
    let read = match operation {
        Operation::ConverseStream | Operation::InvokeModelWithResponseStream => {
            "    println!(\"{}\", rehearsal::mock::answer_in_stream(&answer).map(|answer| answer.plain_text()).unwrap_or_default());\n"
        }
        _ => "    println!(\"{answer}\");\n",
    };
    let input = if operation == Operation::CountTokens { "body[\"input\"].clone()" } else { "body" };
    rust_program(&format!("client.{method}({model_id:?}, {input})"), pretty, fallback, read)
}

/// A whole program in Rust that makes one call of the mock with a body.
pub(crate) fn rust_program(call: &str, body: &str, fallback: &str, read: &str) -> String {
    let variant = match fallback {
        "strict" => "Strict",
        "hash" => "Hash",
        "random" => "Random",
        _ => "Echo",
    };
    let body = rust_raw(body);
    format!(
        r#"// [dependencies]
// rehearsal = {{ version = "0.2", features = ["fixtures"] }}
// serde_json = "1"
// tokio = {{ version = "1", features = ["macros", "rt"] }}
use rehearsal::fixture::built_in_shared;
use rehearsal::mock::{{Config, Fallback, Mock, MockBedrockClient, full_catalog}};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {{
    let config = Config {{ fallback: Fallback::{variant}, ..Config::default() }};
    let client = MockBedrockClient::new(Mock::new(built_in_shared()?, full_catalog(), config));
    let body: serde_json::Value = serde_json::from_str({body})?;
    let answer = {call}.await?;
{read}    Ok(())
}}
"#
    )
}

/// JSON as a raw string of Rust. Characters that turn the reading direction are escaped: the compiler
/// refuses them in a program.
fn rust_raw(json: &str) -> String {
    let mut text = String::with_capacity(json.len());
    for c in json.chars() {
        match c {
            '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}' => text.push_str(&format!("\\u{:04x}", c as u32)),
            c => text.push(c),
        }
    }
    let mut fence = "#".to_string();
    while text.contains(&format!("\"{fence}")) {
        fence.push('#');
    }
    format!("r{fence}\"{text}\"{fence}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn code_is_quoted_for_its_language() {
        let body = json!({"messages": [{"role": "user", "content": [{"text": "it's \"おすすめ\" ${x}"}]}]});
        let check = |kind, operation, expected: &str| {
            let text = snippet(kind, operation, ("anthropic.claude-3-haiku-20240307-v1:0", &body), "hash");
            assert!(text.contains(expected), "{text}");
        };
        check(SnippetKind::Curl, Operation::Converse, r#"{"text":"it'\''s \"おすすめ\" ${x}"}"#);
        check(SnippetKind::Curl, Operation::Converse, "v1%3A0/converse'");
        check(SnippetKind::Python, Operation::Converse, "    messages=[\n        {\n");
        check(SnippetKind::Python, Operation::InvokeModel, "body=json.dumps({\n");
        check(SnippetKind::JavaScript, Operation::ConverseStream, "answer.stream");
        check(SnippetKind::JavaScript, Operation::Converse, "fallback: \"hash\"");
        check(SnippetKind::Python, Operation::Converse, "--fallback hash");
        check(SnippetKind::Rust, Operation::Converse, "Fallback::Hash");
        check(SnippetKind::Rust, Operation::InvokeModelWithResponseStream, "client.invoke_stream(");
        check(SnippetKind::Rust, Operation::ChatCompletionsStream, "client.door_stream(\"chat\", &body)");
        check(SnippetKind::Curl, Operation::Messages, "--fallback hash");
        check(SnippetKind::AwsCli, Operation::Converse, r#"it'\''s \"おすすめ\" ${x}"#);
        check(SnippetKind::AwsCli, Operation::ConverseStream, "/converse-stream'");
        check(SnippetKind::AwsCli, Operation::Responses, "/responses'");
    }

    /// What rustc would refuse or read otherwise: quotes and hashes in a raw string, turned reading directions.
    #[test]
    fn any_json_is_a_raw_string() {
        let check = |text: &str, expected: &str| assert_eq!(rust_raw(&json!(text).to_string()), expected);
        check("plain", "r#\"\"plain\"\"#");
        check("a \"# b", "r##\"\"a \\\"# b\"\"##");
        check("ends with #", "r#\"\"ends with #\"\"#");
        check("\u{202E}", "r#\"\"\\u202e\"\"#");
        check("\u{1}\u{0}", "r#\"\"\\u0001\\u0000\"\"#");
    }
}
