//! What a log calls a model: ids, ARNs, profiles, and the names of gateways, to what the catalog knows.

use std::borrow::Cow;
use std::collections::BTreeMap;

use crate::catalog::{Catalog, arn_region, is_region};
use crate::problem::clipped;

use super::error::Error;

/// What application inference profiles and prompt routers stand for, by ARN or by its last part.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Profiles(BTreeMap<String, String>);

impl Profiles {
    /// From lines such as `ARN=MODEL`.
    ///
    /// # Errors
    /// One that has no `=`, or a side of it empty.
    pub fn parse(lines: &[String]) -> Result<Self, Error> {
        let mut profiles = Profiles::default();
        for line in lines {
            match line.split_once('=').map(|(arn, model)| (arn.trim(), model.trim())) {
                Some((arn, model)) if !arn.is_empty() && !model.is_empty() => profiles.insert(arn, model),
                _ => {
                    return Err(Error::option(format!(
                        "`{line}` is no profile; expected ARN=MODEL, such as arn:aws:bedrock:us-east-1:1:application-inference-profile/abc=global.anthropic.claude-sonnet-4-6"
                    )));
                }
            }
        }
        Ok(profiles)
    }

    /// Says what an ARN stands for.
    pub fn insert(&mut self, arn: &str, model: &str) {
        self.0.insert(arn.to_string(), model.to_string());
    }

    /// All of them: what is named, and what it stands for.
    pub(super) fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(arn, model)| (arn.as_str(), model.as_str()))
    }

    fn get(&self, arn: &str) -> Option<&str> {
        let found = self.0.get(arn).or_else(|| self.0.get(arn.rsplit('/').next()?));
        found.map(String::as_str)
    }

    fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// The kinds of ARN that stand for a model which they do not name.
pub(super) const OPAQUE: [&str; 8] = [
    "application-inference-profile",
    "default-prompt-router",
    "prompt-router",
    "provisioned-model",
    "custom-model",
    "custom-model-deployment",
    "imported-model",
    "endpoint",
];

/// The longest name of a model that is kept: no id is longer than an ARN.
const LONGEST: usize = 190;

/// A model as a log names it, without what gateways write before it: an id where there is one, the whole
/// ARN of what hides its model; and the region that the name carries. A name that is none is kept in part.
pub(super) fn read<'a>(name: &'a str, profiles: &'a Profiles) -> (Cow<'a, str>, Option<&'a str>) {
    let (model, region) = read_whole(name, profiles);
    match clipped(&model, LONGEST) {
        Cow::Owned(part) => (Cow::Owned(part), region),
        Cow::Borrowed(_) => (model, region),
    }
}

fn read_whole<'a>(name: &'a str, profiles: &'a Profiles) -> (Cow<'a, str>, Option<&'a str>) {
    let name = name.trim();
    if !profiles.is_empty()
        && let Some(model) = profiles.get(name)
    {
        return (Cow::Borrowed(model), arn_region(name));
    }
    if name.starts_with("arn:") {
        let resource = name.splitn(6, ':').nth(5).unwrap_or(name);
        let kind = resource.split('/').next().unwrap_or(resource);
        let id = resource.rsplit('/').next().filter(|id| !id.is_empty());
        return match id {
            Some(id) if !OPAQUE.contains(&kind) => (Cow::Borrowed(id), arn_region(name)),
            _ => (Cow::Borrowed(name), arn_region(name)),
        };
    }
    let mut rest = name;
    let mut region = None;
    while let Some((before, after)) = rest.split_once('/') {
        let gateway = [
            "bedrock",
            "bedrock_converse",
            "converse",
            "converse_like",
            "invoke",
            "amazon-bedrock",
            "aws-bedrock",
            "bedrock_mantle",
            "aws",
            "amazon",
        ];
        if is_region(before) {
            region = Some(before);
        } else if !gateway.contains(&before) {
            break;
        }
        rest = after;
    }
    if rest.starts_with("arn:") && rest.len() < name.len() {
        let (model, of_arn) = read(rest, profiles);
        return (model, region.or(of_arn));
    }
    (Cow::Borrowed(rest), region)
}

/// The name of a model that another provider was called for: it has no price here, whatever Bedrock calls the same.
/// No list has a name that ends so, and what stands for a model in an ARN of another service is nothing to ask for.
pub(super) fn elsewhere(model: &str, provider: &str) -> String {
    let model = model.strip_prefix("arn:").unwrap_or(model);
    format!("{} (of {})", clipped(model, 120), clipped(provider.trim(), 40))
}

/// Whether a name is, or ends in, an ARN of Bedrock's.
pub(super) fn is_bedrock_arn(name: &str) -> bool {
    let arn = name.find("arn:").and_then(|at| name.get(at..)).unwrap_or_default();
    arn.split(':').nth(2) == Some("bedrock")
}

/// Whether a provider is Bedrock, by the names that tools give it.
pub(super) fn is_bedrock(provider: &str) -> bool {
    let name: String = provider.chars().filter(char::is_ascii_alphanumeric).collect();
    let name = name.to_ascii_lowercase();
    name.contains("bedrock") || matches!(name.as_str(), "aws" | "amazon" | "amazonwebservices")
}

/// Whether a model is only known by an ARN that hides it.
pub(super) fn is_opaque(model: &str) -> bool {
    model.starts_with("arn:")
}

/// The catalog's id for a name: itself, or Anthropic's name of a model that Bedrock has under its own, at
/// the price without a region's surcharge.
pub(super) fn catalog_id(name: &str, catalog: &Catalog) -> Option<String> {
    if let Some(model) = catalog.get(name) {
        // The original's short names are of the two models that it had.
        let is_short = !name.contains(['.', '-', ':', '/']);
        return Some(if is_short { model.id.clone() } else { name.to_string() });
    }
    let base = name.strip_prefix("anthropic/").unwrap_or(name);
    let base = base.rsplit('/').next().filter(|_| !name.starts_with("arn:")).unwrap_or(base);
    // Claude Code's mark of a longer context, and Vertex's of a version.
    let base = base.strip_suffix(']').and_then(|base| base.split_once('[')).map_or(base, |(base, _)| base);
    let is_version = |text: &str| text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
    let base = base.rsplit_once('@').filter(|(_, version)| is_version(version)).map_or(base, |(base, _)| base);
    if !base.starts_with("claude-") {
        return None;
    }
    let base = base.strip_suffix("-latest").unwrap_or(base);
    let known = |id: String| catalog.get(&id).map(|model| model.id.clone());
    ["global.", ""].iter().find_map(|prefix| {
        let undated =
            base.rsplit_once('-').filter(|(_, date)| date.len() == 8 && date.bytes().all(|b| b.is_ascii_digit()));
        known(format!("{prefix}anthropic.{base}"))
            .or_else(|| known(format!("{prefix}anthropic.{base}-v1")))
            .or_else(|| known(format!("{prefix}anthropic.{base}-v1:0")))
            .or_else(|| known(format!("{prefix}anthropic.{base}-v2:0")))
            .or_else(|| known(format!("{prefix}anthropic.{}", undated?.0)))
            .or_else(|| {
                // A name without its date: the only row that begins with it.
                let begins = format!("{prefix}anthropic.{base}-2");
                let mut rows = catalog.models().filter(|model| model.id.starts_with(&begins));
                rows.next().filter(|_| rows.next().is_none()).map(|model| model.id.clone())
            })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn models_are_known_by_their_names() {
        let router = "arn:aws:bedrock:us-east-1:1:default-prompt-router/anthropic.claude:1";
        let profile = "arn:aws:bedrock:eu-west-1:1:application-inference-profile/abc123";
        let profiles = Profiles::parse(&["abc123=global.anthropic.claude-sonnet-4-6".to_string()]).unwrap();
        let check = |name: &str, model: &str, region: Option<&str>| {
            assert_eq!(read(name, &profiles), (Cow::Borrowed(model), region), "{name}")
        };
        check("amazon.nova-lite-v1:0", "amazon.nova-lite-v1:0", None);
        check("bedrock/us.anthropic.claude-sonnet-4-6", "us.anthropic.claude-sonnet-4-6", None);
        check("bedrock/converse/ap-northeast-1/deepseek.v3.2", "deepseek.v3.2", Some("ap-northeast-1"));
        check(
            "arn:aws:bedrock:us-west-2::foundation-model/amazon.nova-lite-v1:0",
            "amazon.nova-lite-v1:0",
            Some("us-west-2"),
        );
        check(
            "arn:aws:bedrock:us-west-2:1:inference-profile/us.amazon.nova-lite-v1:0",
            "us.amazon.nova-lite-v1:0",
            Some("us-west-2"),
        );
        check(router, router, Some("us-east-1"));
        check(profile, "global.anthropic.claude-sonnet-4-6", Some("eu-west-1"));
        assert!(Profiles::parse(&["abc".to_string()]).is_err());
    }

    #[test]
    fn other_providers_are_not_bedrock() {
        for name in ["bedrock", "bedrock_converse", "aws.bedrock", "aws_bedrock", "AWS", "Amazon Bedrock"] {
            assert!(is_bedrock(name), "{name}");
        }
        for name in ["anthropic", "vertex_ai", "openai", "azure", "groq"] {
            assert!(!is_bedrock(name), "{name}");
            for model in ["vertex_ai/claude-haiku-4-5@20251001", "claude-sonnet-4-6[1m]", "claude-haiku-4-5", "haiku"] {
                assert_eq!(catalog_id(&elsewhere(model, name), Catalog::full()), None, "{model}");
            }
        }
        let arn = "arn:aws:sagemaker:us-east-1:1:endpoint/abc";
        assert!(!is_bedrock_arn(arn) && !is_opaque(&elsewhere(arn, "sagemaker")));
        for arn in ["arn:aws-us-gov:bedrock:us-gov-west-1:1:x/y", "bedrock/arn:aws:bedrock:us-east-1:1:x/y"] {
            assert!(is_bedrock_arn(arn), "{arn}");
        }
    }

    #[test]
    fn anthropics_own_names_are_bedrocks_models() {
        let check =
            |name: &str, id: Option<&str>| assert_eq!(catalog_id(name, Catalog::full()).as_deref(), id, "{name}");
        check("claude-haiku-4-5-20251001", Some("global.anthropic.claude-haiku-4-5-20251001-v1:0"));
        check("claude-haiku-4-5", Some("global.anthropic.claude-haiku-4-5-20251001-v1:0"));
        check("claude-sonnet-4-6", Some("global.anthropic.claude-sonnet-4-6"));
        check("anthropic/claude-sonnet-4-6[1m]", Some("global.anthropic.claude-sonnet-4-6"));
        check("vertex_ai/claude-haiku-4-5@20251001", Some("global.anthropic.claude-haiku-4-5-20251001-v1:0"));
        check("gpt-4o", None);
    }
}
