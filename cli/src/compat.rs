use rehearsal::document::python::{integers_kept, with_integers};

use super::input::read_text;
use super::{Failure, json};

/// Reads a file of the form of `tests/vectors/seed_reference.json` and prints it with every
/// expected value recomputed: `diff` shows where your results differ from ours.
#[derive(clap::Args)]
pub struct Arguments {
    /// The file; `-` is standard input.
    file: String,
}

pub fn run(arguments: Arguments) -> Result<String, Failure> {
    let text = read_text(&arguments.file)?;
    let file = rehearsal::document::parse(&integers_kept(&text))
        .map_err(|problem| Failure::in_file(&arguments.file, problem))?;
    let (recomputed, unknown) =
        rehearsal::compat::recompute(&file).map_err(|error| Failure::input(format!("{}: {error}", arguments.file)))?;
    for section in unknown {
        let warning =
            format!("warning: {}: the section `{section}` is not known and was left as it is", arguments.file);
        eprintln!("{}", super::shortened(&warning));
    }
    json(&recomputed).map(|text| with_integers(&text))
}
