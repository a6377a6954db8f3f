use rehearsal::catalog::{TokenizerFamily, estimate_tokens};
use serde_json::json;

use super::{Failure, json as print_json};

/// Estimates the tokens of a text on standard input.
#[derive(clap::Args)]
pub struct Arguments {
    /// The model whose tokenizer counts.
    #[arg(long, value_name = "ID")]
    model: String,
    /// The text; `-`, the default, is standard input.
    #[arg(default_value = "-")]
    file: String,
    /// Print one JSON document.
    #[arg(long)]
    json: bool,
}

pub fn run(arguments: Arguments) -> Result<String, Failure> {
    let model = super::input::catalog().get(&arguments.model);
    let model = model.ok_or_else(|| super::input::unknown_model(&arguments.model))?;
    let text = super::input::read_text(&arguments.file)?;
    let family = model.tokenizer.unwrap_or(TokenizerFamily::Claude3);
    let tokens = estimate_tokens(&text, family);
    let method = match model.tokenizer {
        Some(_) => "estimate: weights by character, within 5 to 9 % on unseen text",
        None => "estimate: no weights are known for this model's tokenizer, Claude's are used",
    };
    if arguments.json {
        print_json(&json!({"tokens": tokens, "method": method, "family": model.tokenizer}))
    } else {
        Ok(format!("{tokens} ({method})\n"))
    }
}
