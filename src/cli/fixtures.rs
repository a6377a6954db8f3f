use std::path::{Path, PathBuf};

use clap::Subcommand;
use include_dir::{Dir, include_dir};
use rehearsal::fixture::{Fixture, Library};
use rehearsal::words::{English, Locale};
use serde_json::json;

use super::table::table;
use super::{Failure, json as print_json};

/// The fixtures that come with the product.
static BUILT_IN: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/fixtures");

#[derive(clap::Args)]
pub struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// All fixtures, a line each.
    List(Options),
    /// One fixture as its file has it.
    Show {
        /// The fixture's id.
        id: String,
        #[command(flatten)]
        options: Options,
    },
}

#[derive(clap::Args)]
struct Options {
    /// A folder of fixture files instead of those that come with the product.
    #[arg(long, value_name = "DIR")]
    dir: Option<PathBuf>,
    /// Print one JSON document.
    #[arg(long)]
    json: bool,
}

pub fn run(arguments: Arguments) -> Result<String, Failure> {
    match arguments.command {
        Command::List(options) => {
            let library = load(options.dir.as_deref())?;
            if options.json {
                let all: Vec<_> = library.iter().map(summary).collect();
                return print_json(&all);
            }
            let mut rows =
                vec![["fixture", "kind", "tokens in/out", "latency", "stop reason"].map(String::from).to_vec()];
            rows.extend(library.iter().map(|fixture| {
                vec![
                    fixture.fixture_id.clone(),
                    fixture.kind().to_string(),
                    format!("{}/{}", fixture.usage.input_tokens, fixture.usage.output_tokens),
                    English.ms(fixture.latency_ms),
                    fixture.stop_reason.clone(),
                ]
            }));
            Ok(table(&rows))
        }
        Command::Show { id, options } => {
            let library = load(options.dir.as_deref())?;
            let fixture = library.get(&id).ok_or_else(|| {
                let ids: Vec<_> = library.iter().map(|fixture| fixture.fixture_id.as_str()).collect();
                Failure::input(format!("there is no fixture `{id}`; there are: {}", ids.join(", ")))
            })?;
            if options.json { print_json(fixture) } else { Ok(show(fixture)) }
        }
    }
}

fn summary(fixture: &Fixture) -> serde_json::Value {
    json!({
        "fixture_id": fixture.fixture_id,
        "model_id": fixture.model_id,
        "kind": fixture.kind(),
        "prompt": fixture.prompt(),
        "prompt_hash": fixture.prompt_hash,
        "usage": fixture.usage,
        "latency_ms": fixture.latency_ms,
        "stop_reason": fixture.stop_reason,
    })
}

fn show(fixture: &Fixture) -> String {
    format!(
        "{} ({}, {})\n> {}\n\n{}\n\n{} tokens in, {} out; {}; {}\n",
        fixture.fixture_id,
        fixture.kind(),
        fixture.model_id,
        fixture.prompt().unwrap_or("(prompt not recorded)"),
        fixture.error_code().unwrap_or(&fixture.response_text),
        fixture.usage.input_tokens,
        fixture.usage.output_tokens,
        English.ms(fixture.latency_ms),
        fixture.stop_reason,
    )
}

fn load(dir: Option<&Path>) -> Result<Library, Failure> {
    let files: Vec<(String, String)> = match dir {
        None => BUILT_IN
            .files()
            .filter_map(|file| Some((file.path().display().to_string(), file.contents_utf8()?.to_string())))
            .collect(),
        Some(dir) => read_dir(dir)?,
    };
    Ok(Library::read(files.iter().map(|(name, text)| (name.as_str(), text.as_str())))?)
}

fn read_dir(dir: &Path) -> Result<Vec<(String, String)>, Failure> {
    let fail = |error: std::io::Error| Failure::input(format!("{}: {error}", dir.display()));
    let mut files = Vec::new();
    for entry in std::fs::read_dir(dir).map_err(fail)? {
        let path = entry.map_err(fail)?.path();
        if path.extension().is_some_and(|extension| extension == "json") {
            let name = path.display().to_string();
            let text = super::input::read_text(&name)?;
            files.push((name, text));
        }
    }
    files.sort();
    Ok(files)
}
