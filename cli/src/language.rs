//! The languages that a result is told in.

use std::collections::BTreeMap;

use rehearsal::words::{English, Locale, Word};

use rehearsal::import::LogSummary;
use rehearsal::questions::{Report, document};
use rehearsal::scenario::Scenario;

use super::Failure;

/// How an answer is told.
#[derive(clap::Args)]
pub struct Told {
    /// Print one JSON document.
    #[arg(long)]
    pub json: bool,
    /// Print Markdown.
    #[arg(long, conflicts_with = "json")]
    markdown: bool,
    /// The language of sentences and tables: en or ja.
    #[arg(long, value_name = "LANG", default_value = "en")]
    lang: String,
}

impl Told {
    /// A report in this form and language.
    pub fn write(&self, report: &Report) -> Result<String, Failure> {
        let locale = self.locale()?;
        Ok(if self.markdown { report.markdown(&*locale) } else { report.text(&*locale) })
    }

    pub fn is_markdown(&self) -> bool {
        self.markdown
    }

    pub fn locale(&self) -> Result<Box<dyn Locale>, Failure> {
        locale(&self.lang)
    }
}

/// The scenario in a file, where the only one named is a scenario and no log.
pub fn scenario_in(files: &[String]) -> Result<Option<Scenario>, Failure> {
    /// A scenario is no larger.
    const MOST: u64 = 8 << 20;
    let [file] = files else { return Ok(None) };
    let bytes = if file == "-" {
        super::input::begin_stdin(MOST + 1)?
    } else if std::fs::metadata(file).is_ok_and(|data| data.is_file() && data.len() <= MOST) {
        super::input::read_bytes(file)?
    } else {
        return Ok(None);
    };
    if bytes.len() as u64 > MOST {
        return Ok(None);
    }
    let Ok(document) = serde_json::from_slice::<serde_json::Value>(&bytes) else { return Ok(None) };
    let has = |name: &str| document.get(name).is_some();
    let scenario = ["daily_messages", "types", "traffic", "capacity"].iter().any(|name| has(name));
    let empty = document.as_object().is_some_and(serde_json::Map::is_empty);
    if scenario && !has("schemaType") || empty { Ok(Some(super::input::load_scenario(file)?)) } else { Ok(None) }
}

/// Tells the lines that are none, on standard error.
pub fn skipped(log: &LogSummary) {
    for skip in log.skipped.iter().take(20) {
        let file = if skip.file.is_empty() { String::new() } else { format!("{}: ", skip.file) };
        // Line 0 is the whole file.
        let line = if skip.line == 0 { String::new() } else { format!("line {}: ", skip.line) };
        eprintln!("skipped: {file}{line}{}", skip.reason);
    }
    if log.skipped_count > 20 {
        eprintln!("skipped: {} lines in all", log.skipped_count);
    }
    if log.seen_twice > 0 {
        eprintln!("seen twice, counted once: {} calls", log.seen_twice);
    }
}

/// An answer's document with the lines and files that were left out of it: the first thousand, and how many in all.
pub fn with_skipped(answer: &impl serde::Serialize, log: &LogSummary) -> Result<serde_json::Value, Failure> {
    document(answer, log).map_err(|error| Failure::input(error.to_string()))
}

/// Japanese words with the number formats of the command line.
struct Japanese(BTreeMap<String, String>);

/// The language of this name.
pub fn locale(lang: &str) -> Result<Box<dyn Locale>, Failure> {
    match lang {
        "en" => Ok(Box::new(English)),
        "ja" => {
            let words = serde_json::from_str(rehearsal::words::JAPANESE);
            Ok(Box::new(Japanese(words.map_err(|error| Failure::input(format!("the Japanese words: {error}")))?)))
        }
        other => Err(Failure::input(format!("--lang `{other}` is no language here; choose en or ja"))),
    }
}

impl Locale for Japanese {
    fn template(&self, word: Word) -> &str {
        self.0.get(word.key()).map_or_else(|| word.english(), String::as_str)
    }

    fn number(&self, value: f64) -> String {
        English.number(value)
    }

    fn exact(&self, value: f64) -> String {
        English.exact(value)
    }

    fn percent(&self, fraction: f64) -> String {
        English.percent(fraction).replace(' ', "")
    }

    fn usd(&self, dollars: f64) -> String {
        English.usd(dollars)
    }

    fn ms(&self, milliseconds: f64) -> String {
        English.ms(milliseconds)
    }

    fn seconds(&self, milliseconds: f64) -> String {
        English.seconds(milliseconds)
    }
}
