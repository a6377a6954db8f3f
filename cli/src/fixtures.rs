use std::path::{Path, PathBuf};

use clap::Subcommand;
use rehearsal::fixture::{Fixture, Library, built_in, built_in_files, lint};
use rehearsal::words::{English, Locale};
use serde_json::json;

use super::table::table;
use super::{Failure, json as print_json};

#[derive(clap::Args)]
pub struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Look for what is wrong with fixture files; exit code 1 when something is.
    Check {
        /// Files or folders; those that come with the product when none is given.
        paths: Vec<PathBuf>,
        /// Print one JSON document.
        #[arg(long)]
        json: bool,
    },
    /// Turn invocation logs, VCR cassettes, pasted answers and event streams into fixtures.
    Import {
        /// The files: NDJSON (gzip or not), YAML, JSON, or binary event streams; `-` is standard input.
        files: Vec<String>,
        /// Where the fixtures are written; nothing is overwritten.
        #[arg(long, value_name = "DIR")]
        out: Option<PathBuf>,
        /// A regular expression whose matches are redacted, too.
        #[arg(long, value_name = "PATTERN")]
        redact: Vec<String>,
        /// Print one JSON document.
        #[arg(long)]
        json: bool,
    },
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
        Command::Check { paths, json } => check(&paths, json),
        Command::Import { files, out, redact, json } => {
            super::import_fixtures::run(&files, out.as_deref(), &redact, json)
        }
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
                    fixture.id.clone(),
                    fixture.kind.key().to_string(),
                    format!("{}/{}", fixture.usage().input_tokens, fixture.usage().output_tokens),
                    fixture.latency_ms.map_or("-".to_string(), |ms| English.ms(ms)),
                    fixture.stop_reason().to_string(),
                ]
            }));
            Ok(table(&rows))
        }
        Command::Show { id, options } => {
            let library = load(options.dir.as_deref())?;
            let fixture = library.get(&id).ok_or_else(|| {
                let ids: Vec<_> = library.iter().map(|fixture| fixture.id.as_str()).collect();
                Failure::input(format!("there is no fixture `{id}`; there are: {}", ids.join(", ")))
            })?;
            if options.json { Ok(fixture.to_text() + "\n") } else { Ok(show(fixture)) }
        }
    }
}

fn check(paths: &[PathBuf], json: bool) -> Result<String, Failure> {
    let mut files = Vec::new();
    for path in paths {
        if path.is_dir() {
            files.extend(read_dir(path)?);
        } else {
            let name = path.display().to_string();
            let text = super::input::read_text(&name)?;
            files.push((name, text));
        }
    }
    if paths.is_empty() {
        files = built_in_files().into_iter().map(|(name, text)| (name, text.to_string())).collect();
    }
    let found = lint(files.iter().map(|(name, text)| (name.as_str(), text.as_str())), super::input::catalog());
    let out = if json {
        let findings: Vec<_> = found
            .iter()
            .map(|lint| {
                json!({"file": lint.file, "line": lint.line, "path": lint.path, "rule": lint.rule, "severity": lint.severity,
                    "message": lint.message.say(&English), "hint": lint.hint.say(&English)})
            })
            .collect();
        print_json(&findings)?
    } else {
        let line = |lint: &rehearsal::fixture::Lint| {
            let path = if lint.path.is_empty() { String::new() } else { format!(" {}:", lint.path) };
            format!(
                "{}:{}:{path} {} {} [{}]\n",
                lint.file,
                lint.line,
                lint.message.say(&English),
                lint.hint.say(&English),
                lint.rule
            )
        };
        found.iter().map(line).collect()
    };
    if found.is_empty() {
        return Ok(if json { out } else { format!("{} files, nothing wrong\n", files.len()) });
    }
    Err(Failure::finding(out))
}

fn summary(fixture: &Fixture) -> serde_json::Value {
    let usage = fixture.usage();
    json!({
        "fixture_id": fixture.id,
        "model_id": fixture.model_id,
        "kind": fixture.kind.key(),
        "prompt": fixture.prompt,
        "prompt_hash": fixture.prompt_hash,
        "rules": fixture.rules.iter().map(rehearsal::fixture::Rule::describe).collect::<Vec<_>>(),
        "usage": {"input_tokens": usage.input_tokens, "output_tokens": usage.output_tokens},
        "latency_ms": fixture.latency_ms,
        "stop_reason": fixture.stop_reason(),
    })
}

fn show(fixture: &Fixture) -> String {
    let usage = fixture.usage();
    format!(
        "{} ({}, {})\n> {}\n\n{}\n\n{} tokens in, {} out; {}; {}\n",
        fixture.id,
        fixture.kind.key(),
        fixture.model_id.as_deref().unwrap_or("any model"),
        fixture.prompt.as_deref().unwrap_or("(found by its rules)"),
        fixture.summary(),
        usage.input_tokens,
        usage.output_tokens,
        fixture.latency_ms.map_or("no latency of its own".to_string(), |ms| English.ms(ms)),
        fixture.stop_reason(),
    )
}

/// The fixtures of a folder, or those that come with the product.
pub fn load(dir: Option<&Path>) -> Result<Library, Failure> {
    let Some(dir) = dir else { return Ok(built_in()?) };
    let files = read_dir(dir)?;
    Ok(Library::read(files.iter().map(|(name, text)| (name.as_str(), text.as_str())))?)
}

fn read_dir(dir: &Path) -> Result<Vec<(String, String)>, Failure> {
    let fail = |error: std::io::Error| Failure::input(format!("{}: {error}", dir.display()));
    let mut files = Vec::new();
    for entry in std::fs::read_dir(dir).map_err(fail)? {
        let path = entry.map_err(fail)?.path();
        // What editors check fixtures by is none itself.
        if path.file_name().is_some_and(|name| name == "schema.json") {
            continue;
        }
        if path.extension().is_some_and(|extension| extension == "json" || extension == "yaml" || extension == "yml") {
            let name = path.display().to_string();
            let text = super::input::read_text(&name)?;
            files.push((name, text));
        }
    }
    files.sort();
    Ok(files)
}
