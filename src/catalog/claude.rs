use super::TokenizerFamily;

/// Which Claude a model id names.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ClaudeVersion {
    /// `haiku`, `sonnet`, `opus` and so on; empty for the models before them.
    pub line: String,
    /// Major and minor: Claude 3.5 Sonnet is (3, 5).
    pub version: (u32, u32),
}

/// The Claude a model id names, whatever profile is before it; `None` for other models.
///
/// Two orders occur: `claude-3-5-sonnet-20241022-v2:0` and `claude-sonnet-4-5-20250929-v1:0`.
pub fn claude_version(model_id: &str) -> Option<ClaudeVersion> {
    let name = model_id.split("anthropic.claude-").nth(1)?;
    let mut line = String::new();
    let mut numbers = Vec::new();
    for part in name.split('-') {
        let digits = part.split(':').next().unwrap_or(part);
        match digits.parse::<u32>() {
            // A date ends the name.
            Ok(number) if digits.len() < 3 => numbers.push(number),
            Ok(_) => break,
            Err(_) if digits.strip_prefix('v').is_some_and(|v| v.parse::<u32>().is_ok()) => {
                // `claude-v2:1` is Claude 2.1; after a date or a version it is the revision.
                if numbers.is_empty() && line.is_empty() {
                    numbers.extend(digits[1..].parse::<u32>().ok());
                    numbers.extend(part.split(':').nth(1).and_then(|minor| minor.parse::<u32>().ok()));
                }
                break;
            }
            Err(_) if line.is_empty() => line = part.to_string(),
            Err(_) => {}
        }
    }
    let version = (numbers.first().copied().unwrap_or(0), numbers.get(1).copied().unwrap_or(0));
    Some(ClaudeVersion { line, version })
}

impl ClaudeVersion {
    /// Claude 4.7 and later: the new tokenizer, the API version of 2026.
    pub fn is_newest(&self) -> bool {
        self.version >= (4, 7) || matches!(self.line.as_str(), "fable" | "mythos")
    }

    pub fn tokenizer(&self) -> TokenizerFamily {
        if self.is_newest() { TokenizerFamily::Claude5 } else { TokenizerFamily::Claude3 }
    }

    /// The name people use: `Claude Sonnet 4.5`, `Claude 3 Haiku`.
    pub fn name(&self) -> String {
        let (major, minor) = self.version;
        let number = match (major, minor) {
            (0, _) => String::new(),
            (_, 0) => major.to_string(),
            _ => format!("{major}.{minor}"),
        };
        let mut line = self.line.clone();
        if let Some(first) = line.get_mut(..1) {
            first.make_ascii_uppercase();
        }
        // The number moved behind the line with Claude 4.
        let words = if major <= 3 { ["Claude", &number, &line] } else { ["Claude", &line, &number] };
        words.into_iter().filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_understood() {
        let check = |id: &str, name: &str, newest: bool| {
            let claude = claude_version(id).unwrap();
            assert_eq!((claude.name().as_str(), claude.is_newest()), (name, newest), "{id}");
        };
        check("anthropic.claude-3-haiku-20240307-v1:0", "Claude 3 Haiku", false);
        check("us.anthropic.claude-3-5-sonnet-20241022-v2:0", "Claude 3.5 Sonnet", false);
        check("jp.anthropic.claude-sonnet-4-5-20250929-v1:0", "Claude Sonnet 4.5", false);
        check("anthropic.claude-sonnet-4-20250514-v1:0", "Claude Sonnet 4", false);
        check("global.anthropic.claude-opus-4-6-v1", "Claude Opus 4.6", false);
        check("global.anthropic.claude-opus-4-7", "Claude Opus 4.7", true);
        check("anthropic.claude-haiku-5-5", "Claude Haiku 5.5", true);
        check("anthropic.claude-sonnet-5", "Claude Sonnet 5", true);
        check("us.anthropic.claude-fable-5-1", "Claude Fable 5.1", true);
        check("anthropic.claude-mythos-preview", "Claude Mythos", true);
        check("anthropic.claude-v2:1", "Claude 2.1", false);
        check("anthropic.claude-instant-v1", "Claude Instant", false);
        assert_eq!(claude_version("amazon.nova-micro-v1:0"), None);
    }
}
