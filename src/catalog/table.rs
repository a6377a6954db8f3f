//! The price table: a CSV with one model a row, in US dollars per million tokens; empty is unknown.

use std::fmt;

use crate::money::Price;

use super::claude::claude_version;
use super::{LongContext, Mode, Model, Prices, TierPrices};

/// Why a price table cannot be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TableError {
    /// 1 is the heading.
    pub line: usize,
    pub column: String,
    pub what: String,
}

impl fmt::Display for TableError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "price table, line {}, column `{}`: {}", self.line, self.column, self.what)
    }
}

impl std::error::Error for TableError {}

/// The columns, in their order.
const COLUMNS: [&str; 23] = [
    "id",
    "mode",
    "input_usd_per_1M",
    "output_usd_per_1M",
    "cache_creation_input_usd_per_1M",
    "cache_creation_input_above_1hr_usd_per_1M",
    "cache_read_input_usd_per_1M",
    "input_batches_usd_per_1M",
    "output_batches_usd_per_1M",
    "input_flex_usd_per_1M",
    "output_flex_usd_per_1M",
    "input_priority_usd_per_1M",
    "output_priority_usd_per_1M",
    "input_above_100k_tokens_usd_per_1M",
    "output_above_100k_tokens_usd_per_1M",
    "input_above_200k_tokens_usd_per_1M",
    "output_above_200k_tokens_usd_per_1M",
    "prompt_cache_min_tokens",
    "max_input",
    "max_output",
    "deprecation_date",
    "source",
    "as_of",
];

pub(super) fn read(text: &str) -> Result<Vec<Model>, TableError> {
    let mut lines = text.lines().enumerate();
    let heading = lines.next().map(|(_, line)| line).unwrap_or_default();
    if heading != COLUMNS.join(",") {
        let what = format!("expected the heading `{}`", COLUMNS.join(","));
        return Err(TableError { line: 1, column: "id".to_string(), what });
    }
    lines.filter(|(_, line)| !line.is_empty()).map(|(index, line)| Row::new(index + 1, line)?.model()).collect()
}

struct Row<'a> {
    line: usize,
    fields: Vec<&'a str>,
}

impl<'a> Row<'a> {
    fn new(line: usize, text: &'a str) -> Result<Self, TableError> {
        let fields: Vec<_> = text.split(',').collect();
        if fields.len() != COLUMNS.len() {
            let what = format!("expected {} columns, found {}", COLUMNS.len(), fields.len());
            return Err(TableError { line, column: COLUMNS[0].to_string(), what });
        }
        Ok(Row { line, fields })
    }

    fn text(&self, column: &str) -> &'a str {
        COLUMNS.iter().position(|name| *name == column).map_or("", |index| self.fields[index])
    }

    fn error(&self, column: &str, expected: &str) -> TableError {
        let what = format!("expected {expected}, found `{}`", self.text(column));
        TableError { line: self.line, column: column.to_string(), what }
    }

    fn price(&self, column: &str) -> Result<Option<Price>, TableError> {
        let text = self.text(column);
        if text.is_empty() {
            return Ok(None);
        }
        let price = text.parse().ok().and_then(Price::per_million);
        price.map(Some).ok_or_else(|| self.error(column, "dollars per million tokens, 0 to 1,000,000, or nothing"))
    }

    fn count(&self, column: &str) -> Result<Option<u64>, TableError> {
        let text = self.text(column);
        if text.is_empty() {
            return Ok(None);
        }
        text.parse().map(Some).map_err(|_| self.error(column, "a whole number, or nothing"))
    }

    fn tier(&self, tier: &str) -> Result<TierPrices, TableError> {
        Ok(TierPrices {
            input: self.price(&format!("input_{tier}_usd_per_1M"))?,
            output: self.price(&format!("output_{tier}_usd_per_1M"))?,
        })
    }

    fn long_context(&self) -> Result<Option<LongContext>, TableError> {
        for (name, above_tokens) in [("100k", 100_000), ("200k", 200_000)] {
            let prices = self.tier(&format!("above_{name}_tokens"))?;
            if let (Some(input), Some(output)) = (prices.input, prices.output) {
                return Ok(Some(LongContext { above_tokens, input, output }));
            }
        }
        Ok(None)
    }

    fn model(&self) -> Result<Model, TableError> {
        let id = self.text("id").to_string();
        if id.is_empty() {
            return Err(self.error("id", "a model id"));
        }
        let mode = match self.text("mode") {
            "chat" => Mode::Chat,
            "embedding" => Mode::Embedding,
            _ => return Err(self.error("mode", "`chat` or `embedding`")),
        };
        let claude = claude_version(&id);
        let date = self.text("as_of").to_string();
        let retires = Some(self.text("deprecation_date").to_string()).filter(|date| !date.is_empty());
        Ok(Model {
            name: name_of(&id),
            mode,
            retired: retires.as_ref().is_some_and(|retires| *retires <= date),
            retires,
            tokenizer: claude.as_ref().map(super::ClaudeVersion::tokenizer),
            prices: Prices {
                input: self.price("input_usd_per_1M")?,
                output: self.price("output_usd_per_1M")?,
                cache_write_5m: self.price("cache_creation_input_usd_per_1M")?,
                cache_write_1h: self.price("cache_creation_input_above_1hr_usd_per_1M")?,
                cache_read: self.price("cache_read_input_usd_per_1M")?,
                batch: self.tier("batches")?,
                flex: self.tier("flex")?,
                priority: self.tier("priority")?,
                long_context: self.long_context()?,
            },
            min_cache_tokens: self.count("prompt_cache_min_tokens")?,
            max_input_tokens: self.count("max_input")?,
            max_output_tokens: self.count("max_output")?,
            source: self.text("source").to_string(),
            date,
            profile: None,
            id,
        })
    }
}

/// The name people use, with the inference profile behind it: `Claude Sonnet 4.5 (jp)`.
fn name_of(id: &str) -> String {
    const PROFILES: [&str; 8] = ["global", "us", "eu", "jp", "au", "apac", "us-gov", "in"];
    let (first, rest) = id.split_once('.').unwrap_or(("", id));
    let (profile, model) = if PROFILES.contains(&first) { (Some(first), rest) } else { (None, id) };
    let name = match claude_version(model) {
        Some(claude) => claude.name(),
        None => plain_name(model),
    };
    profile.map_or(name.clone(), |profile| format!("{name} ({profile})"))
}

/// `amazon.nova-micro-v1:0` as `Nova Micro`, `meta.llama3-1-70b-instruct-v1:0` as `Llama3 1 70b`.
fn plain_name(model: &str) -> String {
    let name = model.split_once('.').map_or(model, |(_, name)| name);
    let revision = |word: &&str| {
        let digits = word.strip_prefix('v').unwrap_or("-");
        digits.split(':').all(|part| part.parse::<u32>().is_ok())
    };
    let words = name.split('-').filter(|word| !revision(word) && *word != "instruct" && !word.contains(':'));
    let capitalised = words.map(|word| {
        let mut word = word.to_string();
        if let Some(first) = word.get_mut(..1) {
            first.make_ascii_uppercase();
        }
        word
    });
    capitalised.collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::super::{Catalog, PRICE_TABLE};

    #[test]
    fn every_row_of_the_table_is_read() {
        let rows = PRICE_TABLE.lines().count() - 1;
        let catalog = Catalog::from_table(PRICE_TABLE).unwrap();
        // The table has the embedding model, too; the two others of the reference are in no table.
        assert_eq!(catalog.models().count(), rows + Catalog::reference().models().count() - 1);
        assert!(
            catalog.get(crate::scenario::EMBEDDING_MODEL).unwrap().prices
                == Catalog::reference().get(crate::scenario::EMBEDDING_MODEL).unwrap().prices
        );
        let haiku = catalog.get("anthropic.claude-haiku-5-5").unwrap();
        assert_eq!(haiku.prices.long_context.unwrap().above_tokens, 100_000);
        assert_eq!(haiku.min_cache_tokens, Some(512));
        let micro = catalog.get("amazon.nova-micro-v1:0").unwrap();
        assert_eq!(micro.prices.cache_read.unwrap().usd_per_million(), 0.00875);
        assert_eq!(micro.name, "Nova Micro");
    }

    #[test]
    fn a_typo_has_its_line_and_column() {
        let check = |from: &str, to: &str, expected: &str| {
            let text = PRICE_TABLE.replacen(from, to, 1);
            assert_eq!(Catalog::from_table(&text).unwrap_err().to_string(), expected);
        };
        check("12.5,12.5", "12.5,12,5", "price table, line 2, column `id`: expected 23 columns, found 24");
        check(
            "12.5,12.5",
            "12.5,l2.5",
            "price table, line 2, column `output_usd_per_1M`: expected dollars per million tokens, 0 to 1,000,000, or nothing, found `l2.5`",
        );
        check(
            "12.5,12.5",
            "-1,12.5",
            "price table, line 2, column `input_usd_per_1M`: expected dollars per million tokens, 0 to 1,000,000, or nothing, found `-1`",
        );
    }
}
