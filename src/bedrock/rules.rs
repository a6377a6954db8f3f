//! What a model accepts, as the readers, checks and writers ask for it.

use crate::catalog::Model;
use crate::rules::{RuleRow, RuleSheet, base_id};

/// Whose body a model takes on InvokeModel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Dialect {
    Claude,
    Nova,
    /// Vectors of texts.
    Embedding,
    /// The order of documents by a query.
    Rerank,
    /// A provider whose bodies are replayed, not written.
    Other,
}

/// What a model accepts: its row of the sheet, and what the catalog knows beside it.
#[derive(Clone, Debug)]
pub struct ModelRules {
    pub dialect: Dialect,
    pub max_output_tokens: Option<u64>,
    pub max_input_tokens: Option<u64>,
    /// The name inside Claude's bodies: `claude-3-haiku-20240307`.
    pub short_name: String,
    row: Option<RuleRow>,
}

impl ModelRules {
    /// The rules of a model of which nothing is known.
    pub fn unknown() -> Self {
        ModelRules {
            dialect: Dialect::Other,
            max_output_tokens: None,
            max_input_tokens: None,
            short_name: "unknown".to_string(),
            row: None,
        }
    }

    /// The rules of a model.
    ///
    /// # Source
    /// Its row of the sheet, which names source and date; the limits of the catalog where the sheet has none.
    pub fn of(model: &Model) -> Self {
        let row = RuleSheet::get().row(&model.id);
        let base = base_id(&model.id);
        let bare = base.strip_prefix("anthropic.").map(|name| name.split("-v").next().unwrap_or(name));
        let named = row.map_or("", |row| row.cell("dialect"));
        let dialect = match named {
            "claude" => Dialect::Claude,
            "nova" => Dialect::Nova,
            "embedding" => Dialect::Embedding,
            "rerank" => Dialect::Rerank,
            // A model without a row speaks as its provider does.
            "" if base.starts_with("anthropic.") => Dialect::Claude,
            "" if base.starts_with("amazon.nova") => Dialect::Nova,
            _ => Dialect::Other,
        };
        // Where sources disagree about a limit, the largest is the one that refuses nothing in vain.
        let most = |column| {
            let cell = row?.cell(column);
            cell.split('|').filter_map(|figure| figure.trim_end_matches('?').parse::<u64>().ok()).max()
        };
        ModelRules {
            dialect,
            max_output_tokens: most("max_output").or(model.max_output_tokens),
            max_input_tokens: most("context").max(model.max_input_tokens),
            short_name: bare.unwrap_or(&model.id).to_string(),
            row,
        }
    }

    /// The row of the sheet; `None` for a model that it does not have.
    pub fn row(&self) -> Option<RuleRow> {
        self.row
    }

    /// A cell of the sheet; empty for what is not known.
    pub fn cell(&self, column: &str) -> &'static str {
        self.row.map_or("", |row| row.cell(column))
    }

    /// Whether a request that uses the feature is refused.
    pub fn refuses(&self, column: &str) -> bool {
        self.row.is_some_and(|row| row.refuses(column))
    }

    /// Whether one of a cell's choices is this one.
    pub fn lists(&self, column: &str, choice: &str) -> bool {
        self.row.is_some_and(|row| row.lists(column, choice))
    }

    /// The whole number of a cell.
    pub fn number(&self, column: &str) -> Option<u64> {
        self.row?.number(column)
    }

    /// Whether the service checks bodies by a JSON schema, as it did for the first models: its words
    /// differ then.
    pub fn schema_era(&self) -> bool {
        self.refuses("consecutive_roles")
    }

    /// Whether prompts are cached where the request marks them.
    pub fn caches(&self) -> bool {
        self.cell("cache").contains("explicit")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::Catalog;

    #[test]
    fn rules_come_from_the_row() {
        let rules = |id: &str| ModelRules::of(Catalog::full().get(id).unwrap());
        let old = rules("anthropic.claude-3-haiku-20240307-v1:0");
        assert_eq!((old.short_name.as_str(), old.schema_era()), ("claude-3-haiku-20240307", true));
        assert!(!old.caches());
        let sonnet = rules("jp.anthropic.claude-sonnet-4-5-20250929-v1:0");
        assert_eq!(sonnet.short_name, "claude-sonnet-4-5-20250929");
        assert!(sonnet.caches() && !sonnet.refuses("prefill") && sonnet.cell("temp_with_top_p") == "one_only");
        assert!(rules("anthropic.claude-sonnet-5").lists("api_versions", "2026-10-21"));
        assert_eq!(rules("us.amazon.nova-pro-v1:0").dialect, Dialect::Nova);
        assert_eq!(rules("meta.llama3-8b-instruct-v1:0").dialect, Dialect::Other);
        assert_eq!(rules("amazon.titan-embed-text-v2:0").dialect, Dialect::Embedding);
    }
}
