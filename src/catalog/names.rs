//! What people call a model, from its id.

use super::claude::claude_version;
use super::limits::PROFILES;

/// The name people use, with the inference profile behind it: `Claude Sonnet 4.5 (jp)`.
pub(super) fn name_of(id: &str) -> String {
    let (first, rest) = id.split_once('.').unwrap_or(("", id));
    let (profile, model) = if PROFILES.contains(&first) { (Some(first), rest) } else { (None, id) };
    let name = match claude_version(model) {
        Some(claude) => claude.name(),
        None => plain_name(model),
    };
    profile.map_or(name.clone(), |profile| format!("{name} ({profile})"))
}

/// Words that makers do not write with one capital letter.
const SPELLED: [(&str, &str); 5] =
    [("gpt", "GPT"), ("oss", "OSS"), ("glm", "GLM"), ("minimax", "MiniMax"), ("vl", "VL")];

/// Words that say how the model was trained and not which one it is.
const TRAINING: [&str; 2] = ["instruct", "it"];

/// `amazon.nova-micro-v1:0` as `Nova Micro`, `meta.llama3-1-70b-instruct-v1:0` as `Llama 3.1 70B`.
fn plain_name(model: &str) -> String {
    let (maker, name) = model.split_once('.').unwrap_or(("", model));
    let mut words: Vec<String> = Vec::new();
    let mut parts: Vec<&str> = name.split('-').filter(|word| !TRAINING.contains(word)).collect();
    // The first revision says nothing: the model has no other.
    if parts.len() > 1 && parts.last().is_some_and(|last| is_first_revision(last)) {
        parts.pop();
    }
    for part in parts.into_iter().flat_map(llama_and_version).filter(|part| !part.is_empty()) {
        let number = |text: &str| text.len() == 1 && text.bytes().all(|byte| byte.is_ascii_digit());
        match words.last_mut() {
            Some(last) if number(last) && number(part) => {
                last.push('.');
                last.push_str(part);
            }
            // `GPT-5.4`, as its maker writes it.
            Some(last) if last == "GPT" && part.starts_with(|first: char| first.is_ascii_digit()) => {
                last.push('-');
                last.push_str(part);
            }
            Some(last) if last == "GPT" && part == "oss" => last.push_str("-OSS"),
            _ => words.push(spelled(part)),
        }
    }
    let name = words.join(" ");
    // `V3.2` and `R1` say nothing without their maker.
    if maker == "deepseek" { format!("DeepSeek {name}") } else { name }
}

fn is_first_revision(word: &str) -> bool {
    let number = word.strip_prefix('v').unwrap_or(word);
    match number.split_once(':') {
        Some((major, minor)) => matches!(major, "0" | "1") && minor.bytes().all(|byte| byte.is_ascii_digit()),
        None => word == "v1",
    }
}

/// `llama3` as two words.
fn llama_and_version(word: &str) -> [&str; 2] {
    match word.strip_prefix("llama") {
        Some(version) if !version.is_empty() => ["llama", version],
        _ => ["", word],
    }
}

/// A word as it is written: sizes (`70B`, `A22B`, `8x7B`) and versions (`V2`) in capitals.
fn spelled(word: &str) -> String {
    if let Some((_, name)) = SPELLED.iter().find(|(known, _)| *known == word) {
        return (*name).to_string();
    }
    let size = word.strip_suffix('b').is_some_and(|rest| {
        let digits = rest.strip_prefix(['a', 'e']).unwrap_or(rest);
        !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit() || byte == b'x')
    });
    if size {
        return word.replace('b', "B").replace('a', "A").replace('e', "E");
    }
    // Of `v2:0` the name is `V2`.
    let mut name = word.split(':').next().unwrap_or_default().to_string();
    if let Some(first) = name.get_mut(..1) {
        first.make_ascii_uppercase();
    }
    name
}

#[cfg(test)]
mod tests {
    use super::name_of;

    #[test]
    fn a_model_has_the_name_that_its_maker_gave_it() {
        let names = [
            ("amazon.nova-micro-v1:0", "Nova Micro"),
            ("amazon.nova-2-lite-v1:0", "Nova 2 Lite"),
            ("amazon.titan-embed-g1-text-02", "Titan Embed G1 Text 02"),
            ("amazon.titan-embed-text-v1", "Titan Embed Text"),
            ("amazon.titan-embed-text-v2:0", "Titan Embed Text V2"),
            ("ai21.jamba-1-5-large-v1:0", "Jamba 1.5 Large"),
            ("cohere.embed-v4:0", "Embed V4"),
            ("deepseek.r1-v1:0", "DeepSeek R1"),
            ("deepseek.v3-v1:0", "DeepSeek V3"),
            ("deepseek.v3.2", "DeepSeek V3.2"),
            ("google.gemma-3-27b-it", "Gemma 3 27B"),
            ("google.gemma-4-e2b", "Gemma 4 E2B"),
            ("google.gemma-4-26b-a4b", "Gemma 4 26B A4B"),
            ("in.moonshotai.kimi-k3", "Kimi K3 (in)"),
            ("us.meta.llama3-1-70b-instruct-v1:0", "Llama 3.1 70B (us)"),
            ("meta.llama3-70b-instruct-v1:0", "Llama 3 70B"),
            ("meta.llama4-maverick-17b-instruct-v1:0", "Llama 4 Maverick 17B"),
            ("minimax.minimax-m2.1", "MiniMax M2.1"),
            ("mistral.mistral-7b-instruct-v0:2", "Mistral 7B"),
            ("mistral.mixtral-8x7b-instruct-v0:1", "Mixtral 8x7B"),
            ("mistral.voxtral-mini-3b-2507", "Voxtral Mini 3B 2507"),
            ("nvidia.nemotron-nano-12b-v2", "Nemotron Nano 12B V2"),
            ("openai.gpt-5.4", "GPT-5.4"),
            ("global.openai.gpt-6.1-sol", "GPT-6.1 Sol (global)"),
            ("openai.gpt-oss-120b-1:0", "GPT-OSS 120B"),
            ("openai.gpt-oss-safeguard-20b", "GPT-OSS Safeguard 20B"),
            ("qwen.qwen3-vl-235b-a22b-instruct", "Qwen3 VL 235B A22B"),
            ("twelvelabs.pegasus-1-5-v1:0", "Pegasus 1.5"),
            ("zai.glm-4.7-flash", "GLM 4.7 Flash"),
            ("anthropic.claude-sonnet-4-5-20250929-v1:0", "Claude Sonnet 4.5"),
            ("", ""),
            ("é", "é"),
        ];
        for (id, name) in names {
            assert_eq!(name_of(id), name, "{id}");
        }
    }
}
