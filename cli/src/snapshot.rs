use std::path::PathBuf;

use clap::Subcommand;
use rehearsal::bedrock::{Headers, Operation, Request};
use rehearsal::catalog::HAIKU;
use rehearsal::mock::{Config, Mock};
use rehearsal::testing::{Difference, Snapshot, TextChange};
use serde_json::json;

use super::{Failure, json as print_json};

#[derive(clap::Args)]
pub struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Run the prompts and compare with the snapshot; exit code 1 when something differs.
    Compare {
        #[command(flatten)]
        run: Run,
        /// Print one JSON document.
        #[arg(long)]
        json: bool,
    },
    /// Run the prompts and keep what they give as the snapshot.
    Accept {
        #[command(flatten)]
        run: Run,
    },
}

#[derive(clap::Args)]
struct Run {
    /// The snapshot's file.
    snapshot: PathBuf,
    /// A file with one prompt a line; `-` is standard input.
    #[arg(long, value_name = "FILE")]
    prompts: String,
    #[arg(long, default_value = HAIKU)]
    model: String,
    /// InvokeModel, InvokeModelWithResponseStream, Converse, ConverseStream or CountTokens.
    #[arg(long, default_value = "Converse")]
    operation: String,
    /// A folder of fixtures instead of those that come with the product.
    #[arg(long, value_name = "DIR")]
    fixtures: Option<PathBuf>,
    /// A configuration file of the mock.
    #[arg(long, value_name = "FILE")]
    config: Option<String>,
}

pub fn run(arguments: Arguments) -> Result<String, Failure> {
    match arguments.command {
        Command::Accept { run } => {
            let snapshot = take(&run)?;
            std::fs::write(&run.snapshot, snapshot.to_text())
                .map_err(|error| Failure::input(format!("{}: {error}", run.snapshot.display())))?;
            Ok(format!("{} answers kept in {}\n", snapshot.entries.len(), run.snapshot.display()))
        }
        Command::Compare { run, json } => compare(&run, json),
    }
}

fn take(run: &Run) -> Result<Snapshot, Failure> {
    let operation = Operation::from_name(&run.operation)
        .ok_or_else(|| Failure::input(format!("there is no operation `{}`", run.operation)))?;
    let config = match &run.config {
        None => Config::default(),
        Some(file) => super::input::read_config(file)?,
    };
    let mut mock = Mock::new(super::fixtures::load(run.fixtures.as_deref())?, super::input::catalog().clone(), config);
    let prompts = super::input::read_text(&run.prompts)?;
    let exchanges: Vec<_> = prompts
        .lines()
        .filter(|line| !line.trim().is_empty())
        .map(|prompt| {
            let request = Request {
                method: "POST".to_string(),
                path: format!("/model/{}/{}", run.model, operation.segment()),
                headers: Headers::default(),
                body: rehearsal::doors::Asking::new(&run.model, prompt, 1024).body(operation).to_string().into_bytes(),
            };
            let reply = mock.handle(&request, 0.0);
            (request, reply)
        })
        .collect();
    Ok(Snapshot::of(exchanges.iter().map(|(request, reply)| (request, reply))))
}

fn compare(run: &Run, json: bool) -> Result<String, Failure> {
    let file = run.snapshot.display().to_string();
    let kept =
        Snapshot::read(&super::input::read_text(&file)?).map_err(|error| Failure::input(format!("{file}: {error}")))?;
    let found = kept.differences(&take(run)?);
    let out = if json {
        let differences: Vec<_> = found
            .iter()
            .map(|d| json!({"name": d.name, "path": d.path, "before": d.before, "after": d.after}))
            .collect();
        print_json(&differences)?
    } else {
        found.iter().map(say).collect()
    };
    if found.is_empty() {
        return Ok(if json { out } else { format!("{} answers, none differs\n", kept.entries.len()) });
    }
    Err(Failure::finding(out))
}

fn say(difference: &Difference) -> String {
    let shown = if difference.text.is_empty() {
        format!("  - {}\n  + {}\n", difference.before, difference.after)
    } else {
        let parts = difference.text.iter().map(|change| match change {
            TextChange::Same(text) => text.clone(),
            TextChange::Gone(text) => format!("[-{text}-]"),
            TextChange::New(text) => format!("{{+{text}+}}"),
        });
        format!("  {}\n", parts.collect::<String>())
    };
    format!("{}\n  {}\n{shown}", difference.name, difference.path)
}
