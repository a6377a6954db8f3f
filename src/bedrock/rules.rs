use crate::catalog::{Model, claude_version};

/// Whose body a model takes on InvokeModel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dialect {
    Claude,
    Nova,
    /// A provider whose bodies are replayed, not written.
    Other,
}

/// What a model accepts, as the service enforces it.
#[derive(Clone, Debug, PartialEq)]
pub struct ModelRules {
    pub dialect: Dialect,
    pub max_output_tokens: Option<u64>,
    pub max_input_tokens: Option<u64>,
    /// The name inside Claude's bodies: `claude-3-haiku-20240307`.
    pub short_name: String,
    /// Claude 3 refuses two messages of one role in a row; later models join them.
    pub roles_alternate: bool,
    /// Temperature and top_p exclude each other.
    pub one_sampling_parameter: bool,
    /// The last message may be the assistant's, to be continued.
    pub prefill: bool,
    /// Whether API version 2026-10-21 is taken.
    pub api_2026: bool,
    /// Whether extended thinking is.
    pub thinking: bool,
}

impl ModelRules {
    /// The rules of a model of which nothing is known.
    pub fn unknown() -> Self {
        ModelRules {
            dialect: Dialect::Other,
            max_output_tokens: None,
            max_input_tokens: None,
            short_name: "unknown".to_string(),
            roles_alternate: false,
            one_sampling_parameter: false,
            prefill: true,
            api_2026: false,
            thinking: false,
        }
    }

    /// The rules of a model.
    ///
    /// # Source
    /// Service model and messages reported for the service, collected 2026-11-22; the wording of
    /// errors drifts by model generation, the types do not.
    pub fn of(model: &Model) -> Self {
        let bare = model.id.split("anthropic.").nth(1).map(|name| name.split("-v").next().unwrap_or(name));
        let claude = claude_version(&model.id);
        let version = claude.as_ref().map_or((0, 0), |claude| claude.version);
        let newest = claude.as_ref().is_some_and(crate::catalog::ClaudeVersion::is_newest);
        let dialect = match &claude {
            Some(_) => Dialect::Claude,
            None if model.id.contains("amazon.nova") => Dialect::Nova,
            None => Dialect::Other,
        };
        ModelRules {
            dialect,
            max_output_tokens: model.max_output_tokens,
            max_input_tokens: model.max_input_tokens,
            short_name: bare.unwrap_or(&model.id).to_string(),
            roles_alternate: claude.is_some() && version < (3, 7) && !newest,
            one_sampling_parameter: claude.is_some() && (version >= (4, 5) || newest),
            prefill: claude.is_none() || (version < (4, 6) && !newest),
            api_2026: newest,
            thinking: claude.is_some() && (version >= (3, 7) || newest),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::Catalog;

    #[test]
    fn rules_follow_the_generation() {
        let rules = |id: &str| ModelRules::of(Catalog::full().get(id).unwrap());
        let old = rules("anthropic.claude-3-haiku-20240307-v1:0");
        assert_eq!(
            (old.short_name.as_str(), old.roles_alternate, old.thinking),
            ("claude-3-haiku-20240307", true, false)
        );
        let sonnet = rules("jp.anthropic.claude-sonnet-4-5-20250929-v1:0");
        assert_eq!(sonnet.short_name, "claude-sonnet-4-5-20250929");
        assert!(sonnet.one_sampling_parameter && sonnet.prefill && !sonnet.api_2026);
        assert!(rules("anthropic.claude-sonnet-5").api_2026);
        assert_eq!(rules("us.amazon.nova-pro-v1:0").dialect, Dialect::Nova);
        assert_eq!(rules("meta.llama3-8b-instruct-v1:0").dialect, Dialect::Other);
    }
}
