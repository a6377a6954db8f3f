//! `schema`: the JSON Schemas of the documents, for editors and checks.

use super::Failure;

#[derive(clap::Args)]
pub struct Arguments {
    /// Which document.
    document: Document,
}

#[derive(Clone, Copy, clap::ValueEnum)]
enum Document {
    /// What is estimated and simulated.
    Scenario,
    /// The mock's configuration.
    Config,
    /// A file of fixtures.
    Fixture,
    /// The result of a benchmark.
    Benchmark,
}

pub fn run(arguments: Arguments) -> Result<String, Failure> {
    Ok(match arguments.document {
        Document::Scenario => {
            return Ok(serde_json::to_string_pretty(&rehearsal::scenario::Scenario::schema()).unwrap_or_default());
        }
        Document::Config => rehearsal::mock::CONFIG_SCHEMA,
        Document::Fixture => rehearsal::fixture::SCHEMA,
        Document::Benchmark => rehearsal::bench::RESULT_SCHEMA,
    }
    .to_string())
}
