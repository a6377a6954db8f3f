//! `lint-request`: a request checked without a server.

use rehearsal::catalog::{Catalog, Model};
use rehearsal::checks::{lint, not_linted};
use rehearsal::rules::RuleSheet;
use rehearsal::words::{English, Message};
use serde_json::{Value, json};

use super::{Failure, json as print_json};

/// Checks a request without a server: what the service would refuse, where, and what to do.
///
/// Takes a body of Converse, of Anthropic's own or of Nova's; its fields tell which. Exit code 1 when
/// anything would be refused. What nobody knows of the service is said beside it: `unchecked`.
#[derive(clap::Args)]
pub struct Arguments {
    /// The body; `-` is standard input.
    file: String,
    /// The model it is for; `modelId` in the body when absent.
    #[arg(long, value_name = "ID")]
    model: Option<String>,
    /// The call is a streaming one.
    #[arg(long)]
    stream: bool,
    /// Print one JSON document.
    #[arg(long)]
    json: bool,
}

pub fn run(arguments: Arguments) -> Result<String, Failure> {
    let file = &arguments.file;
    let text = super::input::read_text(file)?;
    let body: Value = rehearsal::document::parse(&text).map_err(|problem| Failure::in_file(file, problem))?;
    if !body.is_object() {
        return Err(Failure::input(format!("{file}: expected an object, the body of a request")));
    }
    let id = arguments.model.or_else(|| body["modelId"].as_str().map(str::to_string));
    let id = id.ok_or_else(|| Failure::input("say which model the request is for: --model ID"))?;
    let model = match (Catalog::full().get(&id), RuleSheet::get().row(&id)) {
        (Some(model), _) => model.clone(),
        (None, Some(_)) => Model::unpriced(&id),
        (None, None) => return Err(super::input::unknown_model(&id)),
    };
    let unchecked = not_linted(body.clone(), &model, arguments.stream);
    let unchecked = unchecked.map(|word| Message::new(word).text("model", &id).say(&English));
    let found = lint(body, &model, arguments.stream);
    let output = if arguments.json {
        print_json(&json!({"model": id, "findings": found, "unchecked": unchecked}))?
    } else if found.is_empty() {
        let rest = unchecked.map_or_else(String::new, |why| format!("{why}\n"));
        format!("{id} takes this request, as far as its rules are known.\n{rest}")
    } else {
        let lines = found.iter().map(|finding| {
            format!(
                "{}: {} {}: {}\n    {} [{}; {}, {}]\n",
                if finding.path.is_empty() { "(body)" } else { &finding.path },
                finding.status,
                finding.kind,
                finding.message,
                finding.fix,
                finding.rule,
                finding.source,
                finding.date
            )
        });
        lines.collect()
    };
    if found.is_empty() { Ok(output) } else { Err(Failure::finding(output)) }
}
