use std::path::{Path, PathBuf};

use clap::Subcommand;
use rehearsal::fixture::{Fixture, Library, built_in, built_in_files, lint, read_file};
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
                let (id, more) = (rehearsal::problem::clipped(&id, 100), ids.len().saturating_sub(40));
                let more = if more > 0 { format!(" and {more} more") } else { String::new() };
                let ids: Vec<_> = ids.into_iter().take(40).collect();
                Failure::input(format!("there is no fixture `{id}`; there are: {}{more}", ids.join(", ")))
            })?;
            if options.json { Ok(fixture.to_text() + "\n") } else { Ok(show(fixture)) }
        }
    }
}

fn check(paths: &[PathBuf], json: bool) -> Result<String, Failure> {
    let mut looked = Looked::default();
    for path in paths {
        if path.is_dir() {
            looked.folder(path, 0)?;
        } else {
            looked.file(path)?;
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
            looked.passed_over()
        )));
    }
    let files = &looked.files;
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
    let fixtures: usize =
        files.iter().filter_map(|(name, text)| read_file(name, text).ok()).map(|read| read.len()).sum();
    let looked_at = format!("{} files with {fixtures} fixtures{}", files.len(), looked.passed_over());
    if json {
        eprintln!("{looked_at}");
    }
    if found.is_empty() {
        return Ok(if json { out } else { format!("{looked_at}: nothing wrong\n") });
    }
    if !json {
        eprintln!("{looked_at}: {} findings", found.len());
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
    let mut looked = Looked::default();
    looked.folder(dir, 0)?;
    if looked.files.is_empty() {
        eprintln!("warning: no .json, .yaml or .yml file in {}{}", dir.display(), looked.passed_over());
    }
    Ok(looked.files)
}

/// The files of folders: those that were read, and those that are no fixtures.
#[derive(Default)]
struct Looked {
    /// Name and text, in the order of the names.
    files: Vec<(String, String)>,
    passed: Vec<String>,
}

/// The deepest folder that is looked into.
const MAX_DEPTH: usize = 16;

impl Looked {
    /// Every fixture file of a folder and of the folders in it. Hidden ones are passed over; links to
    /// folders, which may lead in a circle, too.
    fn folder(&mut self, dir: &Path, depth: usize) -> Result<(), Failure> {
        let fail = |error: std::io::Error| Failure::input(format!("{}: {error}", dir.display()));
        let mut entries = std::fs::read_dir(dir).map_err(fail)?.collect::<Result<Vec<_>, _>>().map_err(fail)?;
        entries.sort_by_key(std::fs::DirEntry::file_name);
        for entry in entries {
            let path = entry.path();
            let name = entry.file_name().to_string_lossy().to_lowercase();
            let kind = entry.file_type().map_err(fail)?;
            if kind.is_dir() && !name.starts_with('.') && depth < MAX_DEPTH {
                self.folder(&path, depth + 1)?;
            } else if kind.is_dir() || path.is_dir() {
                self.passed.push(format!("{}/", path.display()));
            } else if name == "schema.json" {
                // What editors check fixtures by is none itself.
            } else if [".json", ".yaml", ".yml"].iter().any(|ending| name.ends_with(ending)) {
                self.file(&path)?;
            } else {
                self.passed.push(path.display().to_string());
            }
        }
        Ok(())
    }

    fn file(&mut self, path: &Path) -> Result<(), Failure> {
        let name = path.display().to_string();
        if self.files.iter().any(|(there, _)| *there == name) {
            return Ok(());
        }
        let text = super::input::read_text(&name)?;
        self.files.push((name, text));
        Ok(())
    }

    /// What was not read, as the end of a sentence.
    fn passed_over(&self) -> String {
        const SHOWN: usize = 5;
        if self.passed.is_empty() {
            return String::new();
        }
        let shown = self.passed.iter().take(SHOWN).map(String::as_str).collect::<Vec<_>>().join(", ");
        let more = if self.passed.len() > SHOWN { ", …" } else { "" };
        format!("; {} others were not read: {shown}{more}", self.passed.len())
    }
}
