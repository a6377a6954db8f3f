//! A call through a door as code that runs, with the vendor's own client.

use serde_json::Value;

use super::super::offered::path_for;
use super::{NO_AWS_COMMAND, SnippetKind, rust_program};
use crate::bedrock::Operation;

/// A call as code: against `rehearsal serve`, or, in JavaScript, against the package without a server.
pub fn snippet(kind: SnippetKind, operation: Operation, body: &Value, fallback: &str) -> String {
    let pretty = serde_json::to_string_pretty(body).unwrap_or_default();
    let anthropic = matches!(operation, Operation::Messages | Operation::MessagesStream);
    let call = match operation {
        Operation::Messages | Operation::MessagesStream => "messages",
        Operation::ChatCompletions | Operation::ChatCompletionsStream => "chat.completions",
        _ => "responses",
    };
    let door = match operation {
        Operation::Messages | Operation::MessagesStream => "messages",
        Operation::ChatCompletions | Operation::ChatCompletionsStream => "chat",
        _ => "responses",
    };
    // Not every route has every model.
    let usual =
        if anthropic { "/anthropic/v1/messages".to_string() } else { format!("/openai/v1/{}", operation.segment()) };
    let path = path_for(door, body["model"].as_str().unwrap_or_default()).unwrap_or(usual);
    let behind = if anthropic { "/v1/messages".to_string() } else { format!("/{}", operation.segment()) };
    let base = path.strip_suffix(&behind).unwrap_or(&path);
    match kind {
        SnippetKind::AwsCli => NO_AWS_COMMAND.to_string() + &snippet(SnippetKind::Curl, operation, body, fallback),
        SnippetKind::Curl => {
            format!(
                "# rehearsal serve --port 8787 --fallback {fallback}\ncurl -sSN 'http://127.0.0.1:8787{path}' \\\n  -H 'content-type: application/json' -H 'authorization: Bearer any' \\\n  --data-binary '{}'\n",
                body.to_string().replace('\'', r"'\''")
            )
        }
        SnippetKind::Python => {
            let client = if anthropic { "Anthropic" } else { "OpenAI" };
            let module = client.to_lowercase();
            let read = if operation.is_sse() { "for event in answer:\n    print(event)" } else { "print(answer)" };
            format!(
                "import json\n\nfrom {module} import {client}\n\n# rehearsal serve --port 8787 --fallback {fallback}\nclient = {client}(base_url=\"http://127.0.0.1:8787{base}\", api_key=\"any\")\nanswer = client.{call}.create(**json.loads({}))\n{read}\n",
                // JSON's strings are Python's.
                Value::String(body.to_string())
            )
        }
        SnippetKind::JavaScript => {
            let (client, module) = if anthropic { ("Anthropic", "@anthropic-ai/sdk") } else { ("OpenAI", "openai") };
            let read = if operation.is_sse() {
                "for await (const event of answer) console.log(JSON.stringify(event));"
            } else {
                "console.log(JSON.stringify(answer, null, 2));"
            };
            format!(
                "import {client} from \"{module}\";\nimport {{ createMock }} from \"rehearsal\";\n\nconst {{ fetch }} = createMock({{ fallback: \"{fallback}\" }});\nconst client = new {client}({{ baseURL: \"http://localhost{base}\", apiKey: \"any\", fetch }});\nconst answer = await client.{call}.create({pretty});\n{read}\n"
            )
        }
        SnippetKind::Rust => {
            let (call, read) = if operation.is_sse() {
                (
                    format!("client.door_stream(\"{door}\", &body)"),
                    "    for event in answer {\n        println!(\"{event}\");\n    }\n",
                )
            } else {
                (format!("client.{door}(&body)"), "    println!(\"{answer}\");\n")
            };
            rust_program(&call, &pretty, fallback, read)
        }
    }
}
