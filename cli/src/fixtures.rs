use std::path::{Path, PathBuf};

use clap::Subcommand;
use rehearsal::fixture::{Fixture, FixtureFiles, FolderError, Library, built_in, built_in_files, lint_with, read_file};
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
        /// Every fixture's score of quality must be at least this one, from 0 to 1.
        #[arg(long, value_name = "SCORE")]
        min_quality: Option<f64>,
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
        Command::Check { paths, min_quality, json } => check(&paths, min_quality, json),
        Command::Import { files, out, redact, json } => {
            super::import_fixtures::run(&files, out.as_deref(), &redact, json)
        }
        Command::List(options) => {
            let library = load(options.dir.as_deref())?;
            if options.json {
                let all: Vec<_> = library.iter().map(summary).collect();
                return print_json(&all);
            }
            let mut rows = vec![
                ["fixture", "kind", "tokens in/out", "latency", "stop reason", "quality"].map(String::from).to_vec(),
            ];
            rows.extend(library.iter().map(|fixture| {
                vec![
                    fixture.id.clone(),
                    fixture.kind.key().to_string(),
                    format!("{}/{}", fixture.usage().input_tokens, fixture.usage().output_tokens),
                    fixture.latency_ms.map_or("-".to_string(), |ms| English.ms(ms)),
                    fixture.stop_reason().to_string(),
                    fixture.quality().map_or("-".to_string(), |score| English.number(score)),
                ]
            }));
            Ok(table(&rows))
        }
        Command::Show { id, options } => {
            let library = load(options.dir.as_deref())?;
            let fixture = library.get(&id).ok_or_else(|| {
                let ids: Vec<_> = library.iter().map(|fixture| fixture.id.as_str()).collect();
                let (id, more) = (rehearsal::problem::clipped(&id, 100), ids.len().saturating_sub(40));
                let more = if more > 0 { format!(" and {more} more") } else { String::new() };
                let ids: Vec<_> = ids.into_iter().take(40).collect();
                Failure::input(format!("there is no fixture `{id}`; there are: {}{more}", ids.join(", ")))
            })?;
            if options.json { Ok(fixture.to_text() + "\n") } else { Ok(show(fixture)) }
        }
    }
}

fn check(paths: &[PathBuf], min_quality: Option<f64>, json: bool) -> Result<String, Failure> {
    super::within("--min-quality", min_quality, 0.0, 1.0)?;
    let mut looked = FixtureFiles::default();
    for path in paths {
        if path.is_dir() {
            looked.add_folder(path)?;
        } else {
            looked.add_file(path)?;
        }
    }
    if paths.is_empty() {
        looked.files = built_in_files().into_iter().map(|(name, text)| (name, text.to_string())).collect();
    }
    if looked.files.is_empty() {
        let all: Vec<String> = paths.iter().map(|path| path.display().to_string()).collect();
        return Err(Failure::input(format!(
            "nothing was checked: no .json, .yaml or .yml file in {}{}",
            all.join(", "),
            passed_over(&looked)
        )));
    }
    let files = &looked.files;
    let named = files.iter().map(|(name, text)| (name.as_str(), text.as_str()));
    let found = lint_with(named, super::input::catalog(), min_quality);
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
    let fixtures: usize =
        files.iter().filter_map(|(name, text)| read_file(name, text).ok()).map(|read| read.len()).sum();
    let looked_at = format!(
        "{} with {}{}",
        super::counted(files.len(), "file"),
        super::counted(fixtures, "fixture"),
        passed_over(&looked)
    );
    if json {
        eprintln!("{looked_at}");
    }
    if found.is_empty() {
        return Ok(if json { out } else { format!("{looked_at}: nothing wrong\n") });
    }
    if !json {
        eprintln!("{looked_at}: {}", super::counted(found.len(), "finding"));
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
        "quality": fixture.metadata.get("quality"),
    })
}

fn show(fixture: &Fixture) -> String {
    let usage = fixture.usage();
    format!(
        "{} ({}, {})\n> {}\n\n{}\n\n{} tokens in, {} out; {}; {}\n{}",
        fixture.id,
        fixture.kind.key(),
        fixture.model_id.as_deref().unwrap_or("any model"),
        fixture.prompt.as_deref().unwrap_or("(found by its rules)"),
        fixture.summary(),
        usage.input_tokens,
        usage.output_tokens,
        fixture.latency_ms.map_or("no latency of its own".to_string(), |ms| English.ms(ms)),
        fixture.stop_reason(),
        fixture.metadata.get("quality").map_or(String::new(), quality),
    )
}

/// A score, and who gave it by what.
fn quality(quality: &serde_json::Value) -> String {
    let text = |name: &str| quality[name].as_str().unwrap_or("not said").to_string();
    format!("quality {} by {} on {}: {}\n", quality["score"], text("scored_by"), text("date"), text("rubric"))
}

/// The fixtures of a folder, or those that come with the product.
pub fn load(dir: Option<&Path>) -> Result<Library, Failure> {
    let Some(dir) = dir else { return Ok(built_in()?) };
    let files = read_dir(dir)?;
    Ok(Library::read(files.iter().map(|(name, text)| (name.as_str(), text.as_str())))?)
}

fn read_dir(dir: &Path) -> Result<Vec<(String, String)>, Failure> {
    let mut looked = FixtureFiles::default();
    looked.add_folder(dir)?;
    if looked.files.is_empty() {
        eprintln!("warning: no .json, .yaml or .yml file in {}{}", dir.display(), passed_over(&looked));
    }
    Ok(looked.files)
}

/// What was not read, as the end of a sentence.
fn passed_over(looked: &FixtureFiles) -> String {
    const SHOWN: usize = 5;
    let passed = &looked.passed_over;
    if passed.is_empty() {
        return String::new();
    }
    let shown = passed.iter().take(SHOWN).map(String::as_str).collect::<Vec<_>>().join(", ");
    let more = if passed.len() > SHOWN { ", …" } else { "" };
    let were = if passed.len() == 1 { "other was" } else { "others were" };
    format!("; {} {were} not read: {shown}{more}", passed.len())
}

impl From<FolderError> for Failure {
    fn from(error: FolderError) -> Self {
        match error {
            FolderError::Fixtures(problems) => problems.into(),
            other => Failure::input(other.to_string()),
        }
    }
}
