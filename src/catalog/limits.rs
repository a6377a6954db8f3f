//! From how many tokens on a prefix is cached, where the price list does not say.

/// Base ids without a profile, and the smallest prefix in tokens.
///
/// # Source
/// AWS's model cards and its page on prompt caching, read 2026-10-08.
const SMALLEST_PREFIX: [(&str, u64); 16] = [
    ("amazon.nova-2-lite-v1:0", 1024),
    ("amazon.nova-2-pro-preview-20251202-v1:0", 1024),
    ("amazon.nova-lite-v1:0", 1024),
    ("amazon.nova-micro-v1:0", 1024),
    ("amazon.nova-premier-v1:0", 1024),
    ("amazon.nova-pro-v1:0", 1024),
    ("anthropic.claude-3-5-haiku-20241022-v1:0", 2048),
    ("anthropic.claude-3-5-sonnet-20241022-v2:0", 1024),
    ("anthropic.claude-3-7-sonnet-20250219-v1:0", 1024),
    ("anthropic.claude-haiku-4-5", 4096),
    ("anthropic.claude-opus-4-1-20250805-v1:0", 1024),
    ("anthropic.claude-opus-4-20250514-v1:0", 1024),
    ("anthropic.claude-sonnet-4-20250514-v1:0", 1024),
    ("moonshotai.kimi-k3", 1024),
    ("moonshotai.kimi-k3.1", 1024),
    ("zai.glm-5.3", 1024),
];

/// The profiles that may stand before a model's id.
pub(super) const PROFILES: [&str; 9] = ["global", "us", "eu", "jp", "au", "apac", "us-gov", "in", "ca"];

/// A model's id without the profile before it.
pub fn base_id(id: &str) -> &str {
    match id.split_once('.') {
        Some((profile, model)) if PROFILES.contains(&profile) => model,
        _ => id,
    }
}

/// The smallest prefix that a model caches; `None` where nobody says.
pub(super) fn min_cache_tokens(id: &str) -> Option<u64> {
    let base = base_id(id);
    SMALLEST_PREFIX.iter().find(|(known, _)| *known == base).map(|(_, tokens)| *tokens)
}
