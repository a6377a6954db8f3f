//! A call through a door as code that runs, with the vendor's own client.

use serde_json::Value;

use crate::bedrock::{Operation, SnippetKind};

/// A call as code: against `rehearsal serve`, or, in JavaScript, against the package without a server.
pub fn snippet(kind: SnippetKind, operation: Operation, body: &Value) -> String {
    let pretty = serde_json::to_string_pretty(body).unwrap_or_default();
    let anthropic = matches!(operation, Operation::Messages | Operation::MessagesStream);
    let call = match operation {
        Operation::Messages | Operation::MessagesStream => "messages",
        Operation::ChatCompletions | Operation::ChatCompletionsStream => "chat.completions",
        _ => "responses",
    };
    let base = if anthropic { "/anthropic" } else { "/openai/v1" };
    match kind {
        SnippetKind::Curl => {
            let path = if anthropic { "/anthropic/v1/messages" } else { base };
            let path = if anthropic { path.to_string() } else { format!("{path}/{}", operation.segment()) };
            format!(
                "# rehearsal serve --port 8787\ncurl -sSN 'http://127.0.0.1:8787{path}' \\\n  -H 'content-type: application/json' -H 'authorization: Bearer any' \\\n  --data-binary '{}'\n",
                body.to_string().replace('\'', r"'\''")
            )
        }
        SnippetKind::Python => {
            let client = if anthropic { "Anthropic" } else { "OpenAI" };
            let module = client.to_lowercase();
            let read = if operation.is_sse() { "for event in answer:\n    print(event)" } else { "print(answer)" };
            format!(
                "import json\n\nfrom {module} import {client}\n\n# rehearsal serve --port 8787\nclient = {client}(base_url=\"http://127.0.0.1:8787{base}\", api_key=\"any\")\nanswer = client.{call}.create(**json.loads({:?}))\n{read}\n",
                body.to_string()
            )
        }
        SnippetKind::JavaScript => {
            let (client, module) = if anthropic { ("Anthropic", "@anthropic-ai/sdk") } else { ("OpenAI", "openai") };
            let read = if operation.is_sse() {
                "for await (const event of answer) console.log(event);"
            } else {
                "console.log(answer);"
            };
            format!(
                "import {client} from \"{module}\";\nimport {{ createMock }} from \"rehearsal\";\n\nconst {{ fetch }} = createMock({{ fallback: \"echo\" }});\nconst client = new {client}({{ baseURL: \"http://localhost{base}\", apiKey: \"any\", fetch }});\nconst answer = await client.{call}.create({pretty});\n{read}\n"
            )
        }
        SnippetKind::Rust => format!(
            "use rehearsal::catalog::Catalog;\nuse rehearsal::fixture::Library;\nuse rehearsal::mock::{{Config, Fallback, Mock, MockBedrockClient}};\n\nlet config = Config {{ fallback: Fallback::Echo, ..Config::default() }};\nlet client = MockBedrockClient::new(Mock::new(Library::default(), Catalog::full().clone(), config));\nlet answer = client.{}(&serde_json::json!({pretty})).await?;\nprintln!(\"{{answer:?}}\");\n",
            operation.name().trim_end_matches("Stream").replace("ChatCompletions", "chat").to_lowercase(),
        ),
    }
}
