//! Every piece of code that the page offers to copy, as JSON lines: `tests/sdk/test_snippets.py` runs them all.
//!
//! `cargo run --example copied_code -- echo`

use rehearsal::bedrock::Operation;
use rehearsal::doors::{Asking, SnippetKind, snippet};
use serde_json::json;

fn main() {
    let fallback = std::env::args().nth(1).unwrap_or_else(|| "echo".to_string());
    // The reference scenario's cheap model, and for each newer door one that it has.
    let model = |operation: Operation| match operation {
        Operation::Messages | Operation::MessagesStream => "anthropic.claude-opus-4-7",
        operation if operation.is_at_a_door() => "openai.gpt-oss-20b",
        _ => "anthropic.claude-3-haiku-20240307-v1:0",
    };
    // The first finds a fixture that comes with the product, the second is hostile to every language.
    let prompts = ["こんにちは", "it's \"#${x}\" \u{202E}abc\u{202C} \\n {y} %s `z` \u{1}"];
    for operation in Operation::ALL.into_iter().chain(Operation::AT_DOORS) {
        for (number, prompt) in prompts.into_iter().enumerate() {
            let body = Asking::new(model(operation), prompt, 1024).body(operation);
            for kind in SnippetKind::ALL {
                let code = snippet(kind, operation, (model(operation), &body), &fallback);
                let line = json!({
                    "language": kind.name(), "operation": operation.name(), "prompt": number, "text": prompt, "code": code,
                });
                println!("{line}");
            }
        }
    }
}
