//! What query type a call is of: by its model, its metadata, its tokens or its words.

use regex_lite::Regex;

use super::error::Error;

/// Which query type a call is of.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub enum TypeRule {
    /// One type for each model.
    #[default]
    Model,
    /// The value of this key of the request's metadata.
    Metadata(String),
    /// The first pattern that its prompt matches, by name.
    Patterns(Vec<(String, Regex)>),
    /// The band of its prompt's tokens: these are the upper ends.
    Tokens(Vec<u64>),
}

impl TypeRule {
    /// A rule as it is written: `model`, `metadata:KEY`, `tokens:500,2000`, or
    /// `pattern:NAME=REGEX`, of which there may be several.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn parse(rules: &[String]) -> Result<Self, Error> {
        TypeRule::read(rules).map_err(Error::option)
    }

    fn read(rules: &[String]) -> Result<Self, String> {
        let mut patterns = Vec::new();
        for rule in rules {
            match rule.split_once(':').unwrap_or((rule, "")) {
                ("model", "") if rules.len() == 1 => return Ok(TypeRule::Model),
                ("metadata", key) if rules.len() == 1 && !key.is_empty() => {
                    return Ok(TypeRule::Metadata(key.to_string()));
                }
                ("tokens", bands) if rules.len() == 1 => {
                    let ends: Result<Vec<u64>, _> = bands.split(',').map(|end| end.trim().parse()).collect();
                    let ends = ends.ok().filter(|ends| ends.windows(2).all(|pair| pair[0] < pair[1]));
                    return ends
                        .map(TypeRule::Tokens)
                        .ok_or_else(|| format!("`{rule}`: expected rising numbers, such as tokens:500,2000"));
                }
                ("pattern", named) => {
                    let (name, pattern) = named.split_once('=').ok_or_else(|| {
                        format!("`{rule}`: expected a name and a regular expression, pattern:NAME=REGEX")
                    })?;
                    let regex = Regex::new(pattern).map_err(|error| format!("`{rule}`: {error}"))?;
                    patterns.push((name.to_string(), regex));
                }
                _ => {
                    return Err(format!(
                        "`{rule}` is no rule; choose model, metadata:KEY, tokens:N,N, or pattern:NAME=REGEX (several)"
                    ));
                }
            }
        }
        Ok(if patterns.is_empty() { TypeRule::Model } else { TypeRule::Patterns(patterns) })
    }

    /// The type of a call.
    pub(super) fn kind<'a>(
        &self,
        model: &str,
        prompt_tokens: u64,
        metadata: impl Fn(&str) -> Option<std::borrow::Cow<'a, str>>,
        prompt: impl FnOnce() -> Option<String>,
    ) -> String {
        match self {
            TypeRule::Model => model.to_string(),
            TypeRule::Metadata(key) => metadata(key).map_or_else(|| super::summary::OTHER.to_string(), Into::into),
            TypeRule::Patterns(patterns) => {
                let prompt = prompt().unwrap_or_default();
                let found = patterns.iter().find(|(_, pattern)| pattern.is_match(&prompt));
                found.map_or_else(|| super::summary::OTHER.to_string(), |(name, _)| name.clone())
            }
            TypeRule::Tokens(ends) => match ends.iter().find(|end| prompt_tokens <= **end) {
                Some(end) => format!("up to {end} tokens"),
                None => format!("over {} tokens", ends.last().copied().unwrap_or(0)),
            },
        }
    }
}
