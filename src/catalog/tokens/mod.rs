//! Tokens of a text: counted where a model's vocabulary is public and at hand, else estimated, with the error that
//! was measured on texts of its kind.

mod claude_pieces;
mod claude_stream;
mod features;
mod split;
mod vocabulary;
mod weights;

pub use vocabulary::Vocabulary;

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};

use serde::{Deserialize, Serialize};

use features::{Feature, Features};
use weights::WEIGHTS;

/// A family of tokenizers that count alike.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[repr(usize)]
#[non_exhaustive]
pub enum TokenizerFamily {
    /// Claude 3 to Opus 4.6.
    Claude3,
    /// Opus 4.7, Sonnet 5 and later.
    Claude5,
    /// OpenAI's GPT and gpt-oss.
    O200k,
    /// Llama 3 to 3.3; taken for Llama 4, too.
    Llama3,
    /// Qwen 3.
    Qwen3,
    /// DeepSeek V3 and R1.
    DeepSeek,
    /// Gemma 3; taken for Gemma 4, too.
    Gemma3,
    /// Mistral from 2024-07 on.
    Tekken,
    /// Mistral's models before it.
    MistralSp,
}

impl TokenizerFamily {
    /// All families.
    pub const ALL: [TokenizerFamily; weights::FAMILIES] = [
        TokenizerFamily::Claude3,
        TokenizerFamily::Claude5,
        TokenizerFamily::O200k,
        TokenizerFamily::Llama3,
        TokenizerFamily::Qwen3,
        TokenizerFamily::DeepSeek,
        TokenizerFamily::Gemma3,
        TokenizerFamily::Tekken,
        TokenizerFamily::MistralSp,
    ];

    /// The file of its vocabulary, where that may be shipped.
    pub const fn vocabulary_file(self) -> Option<&'static str> {
        match self {
            TokenizerFamily::Claude3 => Some("claude3.bin.gz"),
            TokenizerFamily::Claude5 => Some("claude5.bin.gz"),
            TokenizerFamily::O200k => Some("o200k.bin.gz"),
            TokenizerFamily::Qwen3 => Some("qwen3.bin.gz"),
            TokenizerFamily::DeepSeek => Some("deepseek.bin.gz"),
            TokenizerFamily::Tekken => Some("tekken.bin.gz"),
            _ => None,
        }
    }

    /// The name in documents.
    pub const fn key(self) -> &'static str {
        match self {
            TokenizerFamily::Claude3 => "claude3",
            TokenizerFamily::Claude5 => "claude5",
            TokenizerFamily::O200k => "o200k",
            TokenizerFamily::Llama3 => "llama3",
            TokenizerFamily::Qwen3 => "qwen3",
            TokenizerFamily::DeepSeek => "deepseek",
            TokenizerFamily::Gemma3 => "gemma3",
            TokenizerFamily::Tekken => "tekken",
            TokenizerFamily::MistralSp => "mistralsp",
        }
    }

    /// The family of a model that is not a Claude; `None` where no tokenizer is public.
    ///
    /// # Source
    /// The vendors' published tokenizers and model cards.
    pub fn of_model(id: &str) -> Option<Self> {
        let (vendor, model) = super::base_id(id).split_once('.')?;
        let older_mistral = ["mistral-7b", "mixtral", "mistral-large-24", "mistral-small-24", "pixtral"];
        match vendor {
            "openai" => Some(TokenizerFamily::O200k),
            "meta" if model.starts_with("llama3") || model.starts_with("llama4") => Some(TokenizerFamily::Llama3),
            "qwen" => Some(TokenizerFamily::Qwen3),
            "deepseek" => Some(TokenizerFamily::DeepSeek),
            "google" if model.starts_with("gemma") => Some(TokenizerFamily::Gemma3),
            "mistral" if older_mistral.iter().any(|older| model.starts_with(older)) => Some(TokenizerFamily::MistralSp),
            "mistral" => Some(TokenizerFamily::Tekken),
            _ => None,
        }
    }
}

/// What a text mostly is, which says how far an estimate may be off.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum TextKind {
    /// English.
    Prose,
    /// Words of Latin letters in other languages.
    OtherProse,
    /// Code, JSON, tables, addresses: much punctuation.
    CodeAndJson,
    /// Identifiers, digits, base64.
    IdsAndDigits,
    WhiteSpace,
    Japanese,
    Chinese,
    Korean,
    /// Thai, Arabic, Cyrillic, Greek, Hebrew, Devanagari and whatever else is none of the above.
    OtherScript,
    /// Emoji and signs.
    Symbols,
}

/// How tokens were found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum CountMethod {
    /// By the model's own vocabulary.
    Exact,
    /// By pieces that the service was measured to take as tokens: Claude's, whose vocabulary nobody has published.
    Reconstruction,
    /// By features and their weights.
    Estimate,
}

/// The tokens of a text and how far they may be off.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct TokenCount {
    pub tokens: u64,
    pub method: CountMethod,
    pub family: TokenizerFamily,
    pub text_kind: TextKind,
    /// The mean absolute error that was measured on texts of this kind, in percent; 0 for a count.
    pub mean_error_pct: f64,
    /// Between which the count lies by the largest error that was measured on texts of this kind.
    pub interval: [u64; 2],
}

/// How far a reconstructed count may be off, as a part of it.
///
/// # Source
/// Measured 2026-11-30: all 120 counts of Claude Haiku 4.5 that bpe-lite's repository keeps of the service, and the 12
/// of both generations in `estimates_are_near_real_counts`, are met to the token; its author tells of one text in two
/// million that is not. One per cent is a choice, for what nobody has looked at.
const RECONSTRUCTION_OFF: f64 = 0.01;

/// Counts the tokens of a text where the family's vocabulary is at hand (feature `vocabularies`), else estimates them.
pub fn count_tokens(text: &str, family: TokenizerFamily) -> TokenCount {
    count_tokens_with(text, family, None)
}

/// The same with a vocabulary that was loaded; one of another family is of no use.
pub fn count_tokens_with(text: &str, family: TokenizerFamily, vocabulary: Option<&Vocabulary>) -> TokenCount {
    let features = Features::of(text);
    let text_kind = features.kind(text);
    let known = vocabulary.filter(|known| known.family() == family);
    #[cfg(feature = "vocabularies")]
    let known = known.or_else(|| vocabulary::shipped(family));
    if let Some(known) = known {
        let tokens = known.count(text).max(1);
        let off = match known.method() {
            CountMethod::Reconstruction => libm::ceil(tokens as f64 * RECONSTRUCTION_OFF) as u64,
            _ => 0,
        };
        let interval = [tokens.saturating_sub(off).max(1), tokens + off];
        return TokenCount { tokens, method: known.method(), family, text_kind, mean_error_pct: 0.0, interval };
    }
    estimated_as(text, family, text_kind)
}

/// An estimate, whatever vocabulary is at hand.
#[cfg(test)]
fn estimated(text: &str, family: TokenizerFamily) -> TokenCount {
    estimated_as(text, family, Features::of(text).kind(text))
}

fn estimated_as(text: &str, family: TokenizerFamily, text_kind: TextKind) -> TokenCount {
    let tokens = estimate_tokens(text, family);
    let (mean_error_pct, [under, over]) = text_kind.error(family);
    // The count c that was estimated as e lies between e / (1 + over) and e / (1 - under); a token more or less is
    // always possible.
    let low = libm::floor(tokens as f64 / (1.0 + over / 100.0)).min(tokens.saturating_sub(1) as f64).max(1.0);
    let high = libm::ceil(tokens as f64 / (1.0 - under / 100.0)).max((tokens + 1) as f64);
    let interval = [low as u64, high as u64];
    TokenCount { tokens, method: CountMethod::Estimate, family, text_kind, mean_error_pct, interval }
}

/// Estimates the tokens of a text, at least one: an estimate, never a count.
///
/// # Source
/// Features of runs of characters and a weight for each, by family; within 8 to 11 % on average over 30 texts that
/// were written after the weights were frozen. [`count_tokens`] says how far it is off by kind of text.
pub fn estimate_tokens(text: &str, family: TokenizerFamily) -> u64 {
    ((weight(text, family) + 500) / 1000).max(1)
}

/// The unrounded estimate, in thousandths of a token.
pub fn weight(text: &str, family: TokenizerFamily) -> u64 {
    Features::of(text).weight(family)
}

/// Weighs texts for any family, and looks through each only once: what is counted in a text is the same for all.
#[derive(Debug, Default)]
pub struct TextWeights {
    /// By length and hash.
    known: HashMap<(usize, u64), Features>,
}

impl TextWeights {
    /// The most texts that are known at once.
    const MOST: usize = 4_096;
    /// A shorter text is counted as quickly as it is found.
    const SHORT: usize = 64;

    /// The same as [`weight`].
    pub fn weight(&mut self, text: &str, family: TokenizerFamily) -> u64 {
        if text.len() < Self::SHORT {
            return weight(text, family);
        }
        let mut hash = DefaultHasher::new();
        text.hash(&mut hash);
        let key = (text.len(), hash.finish());
        if self.known.len() >= Self::MOST && !self.known.contains_key(&key) {
            self.known.clear();
        }
        self.known.entry(key).or_insert_with(|| Features::of(text)).weight(family)
    }
}

/// Tokens that a message's frame adds to its text.
pub fn message_frame(family: TokenizerFamily) -> u64 {
    match family {
        TokenizerFamily::Claude5 => 6,
        _ => 7,
    }
}

impl Features {
    fn weight(&self, family: TokenizerFamily) -> u64 {
        self.0.iter().zip(&WEIGHTS).map(|(count, weights)| count * weights[family as usize]).sum()
    }

    /// What the text mostly is, by the tokens that each kind of character takes.
    fn kind(&self, text: &str) -> TextKind {
        let share = |features: &[Feature]| {
            let of =
                |feature: Feature| self.get(feature) * WEIGHTS[feature as usize][TokenizerFamily::Claude3 as usize];
            let all: u64 = self.0.iter().zip(&WEIGHTS).map(|(count, weights)| count * weights[0]).sum();
            features.iter().map(|feature| of(*feature)).sum::<u64>() as f64 / all.max(1) as f64
        };
        use Feature as F;
        if share(&[F::Kanji, F::HanNoKana, F::Hiragana, F::Katakana, F::JpPunct]) > 0.4 {
            let kana = self.get(F::Hiragana) + self.get(F::Katakana) > 0;
            return if kana { TextKind::Japanese } else { TextKind::Chinese };
        }
        let kinds = [
            (TextKind::Korean, 0.4, [F::Hangul].as_slice()),
            (TextKind::OtherScript, 0.4, &[F::Thai, F::Arabic, F::Cyrillic]),
            (of_others(text), 0.3, &[F::Emoji, F::Other]),
            (
                TextKind::IdsAndDigits,
                0.4,
                &[F::OpaqueChar, F::OpaqueMixedChar, F::DigitGroup3, F::Digit, F::SpaceBeforeDigit],
            ),
            (TextKind::CodeAndJson, 0.2, &[F::PunctRun, F::PunctBeforeLetter, F::PunctChange, F::PunctRepeat]),
            (
                TextKind::WhiteSpace,
                0.3,
                &[F::NewlineRun, F::NewlineAfterPunct, F::SpaceRun, F::SpaceRunLen16, F::SpaceOther],
            ),
        ];
        let found = kinds.into_iter().find(|(_, least, features)| share(features) > *least);
        found.map_or_else(|| of_words(text), |(kind, _, _)| kind)
    }
}

/// Whether words are English, by those that every English text has.
fn of_words(text: &str) -> TextKind {
    const COMMON: [&str; 22] = [
        "the", "and", "you", "that", "with", "for", "this", "are", "was", "your", "have", "not", "from", "will", "my",
        "what", "it", "can", "of", "is", "please", "how",
    ];
    let (mut words, mut common) = (0, 0);
    for word in text.split(|c: char| !c.is_alphabetic()).filter(|word| !word.is_empty()) {
        words += 1;
        common += u64::from(COMMON.iter().any(|known| word.eq_ignore_ascii_case(known)));
    }
    if common * 10 >= words { TextKind::Prose } else { TextKind::OtherProse }
}

/// Letters of a script that has no feature of its own, or signs.
fn of_others(text: &str) -> TextKind {
    let count = |of: fn(char) -> bool| text.chars().filter(|c| !c.is_ascii() && of(*c)).count();
    if count(char::is_alphabetic) * 2 > count(|c| !c.is_whitespace()) {
        TextKind::OtherScript
    } else {
        TextKind::Symbols
    }
}

impl TextKind {
    /// The name in documents.
    pub const fn key(self) -> &'static str {
        match self {
            TextKind::Prose => "prose",
            TextKind::OtherProse => "other_prose",
            TextKind::CodeAndJson => "code_and_json",
            TextKind::IdsAndDigits => "ids_and_digits",
            TextKind::WhiteSpace => "white_space",
            TextKind::Japanese => "japanese",
            TextKind::Chinese => "chinese",
            TextKind::Korean => "korean",
            TextKind::OtherScript => "other_script",
            TextKind::Symbols => "symbols",
        }
    }

    /// The mean absolute error of an estimate, and by how much it may be too low and too high, in percent.
    ///
    /// # Source
    /// Measured over the 40 texts of `tests/data/token_counts.jsonl` and the first half of the 62 held-out ones in
    /// `token_heldout.jsonl`, with nine tokenizers: a quarter more than the largest error of each side. Of the second
    /// half, which nothing was widened for, 95 % of the counts lie within.
    fn error(self, family: TokenizerFamily) -> (f64, [f64; 2]) {
        let (public, claude, newest) = match self {
            TextKind::Prose => ((4.0, [15.0, 15.0]), (10.0, [22.0, 22.0]), (15.0, [32.0, 32.0])),
            TextKind::OtherProse => ((25.0, [50.0, 55.0]), (24.0, [35.0, 45.0]), (25.0, [40.0, 95.0])),
            TextKind::CodeAndJson => ((6.1, [31.0, 31.0]), (5.0, [20.0, 15.0]), (10.3, [30.0, 25.0])),
            TextKind::IdsAndDigits => ((2.8, [15.0, 15.0]), (9.0, [25.0, 15.0]), (12.0, [32.0, 25.0])),
            TextKind::WhiteSpace => ((8.9, [15.0, 15.0]), (8.3, [18.0, 18.0]), (13.3, [32.0, 28.0])),
            TextKind::Japanese => ((11.7, [40.0, 40.0]), (9.8, [27.0, 27.0]), (12.0, [37.0, 37.0])),
            TextKind::Chinese => ((15.7, [39.0, 39.0]), (7.0, [39.0, 39.0]), (12.0, [49.0, 49.0])),
            TextKind::Korean => ((12.3, [23.0, 23.0]), (7.0, [23.0, 23.0]), (12.0, [33.0, 33.0])),
            TextKind::OtherScript => ((21.0, [35.0, 55.0]), (70.0, [30.0, 155.0]), (70.0, [40.0, 155.0])),
            TextKind::Symbols => ((10.0, [25.0, 25.0]), (18.0, [40.0, 40.0]), (23.0, [50.0, 50.0])),
        };
        match family {
            TokenizerFamily::Claude3 => claude,
            TokenizerFamily::Claude5 => newest,
            _ => public,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is kept changes no figure: every text for every family, in turns, and again.
    #[test]
    fn a_text_that_is_known_weighs_the_same() {
        let mut weights = TextWeights::default();
        let mut texts = crate::testing::hostile_texts(7, 300);
        texts
            .extend((0..5_000).map(|number| format!("{number} {}", "これは長い文です。 And a longer one. ".repeat(3))));
        for text in texts.iter().chain(texts.iter().rev()) {
            for family in TokenizerFamily::ALL {
                assert_eq!(weights.weight(text, family), weight(text, family), "{text:?}");
            }
        }
        assert!(weights.known.len() <= TextWeights::MOST);
    }

    /// Counts of the real tokenizers, older and newer family.
    const REAL: [(&str, u64, u64); 6] = [
        ("おすすめのアクションマンガを教えてください", 16, 16),
        ("進撃の巨人の1巻はありますか?", 17, 16),
        ("注文番号MNG-2024-78432の配送状況を教えてください", 23, 23),
        ("What are the top selling manga this week?", 9, 11),
        ("鬼滅の刃の全巻セットの価格は?", 20, 19),
        ("Can you recommend manga similar to One Piece?", 10, 16),
    ];

    #[test]
    fn estimates_are_near_real_counts() {
        for (family, real) in [
            (TokenizerFamily::Claude3, REAL.map(|(text, old, _)| (text, old))),
            (TokenizerFamily::Claude5, REAL.map(|(text, _, new)| (text, new))),
        ] {
            let (mut estimated, mut counted) = (0, 0);
            for (text, tokens) in real {
                let estimate = estimate_tokens(text, family);
                let off = estimate as f64 / tokens as f64 - 1.0;
                assert!(off.abs() <= 0.35, "{text}: {estimate} for {tokens}");
                estimated += estimate;
                counted += tokens;
            }
            let off = estimated as f64 / counted as f64 - 1.0;
            assert!(off.abs() <= 0.12, "{family:?}: {estimated} for {counted}");
        }
        assert_eq!(estimate_tokens("", TokenizerFamily::Claude5), 1);
    }

    /// The pieces of both generations meet every one of them.
    #[cfg(feature = "vocabularies")]
    #[test]
    fn reconstructed_counts_are_the_services() {
        for (text, old, new) in REAL {
            let count = |family| count_tokens(text, family).tokens;
            assert_eq!((count(TokenizerFamily::Claude3), count(TokenizerFamily::Claude5)), (old, new), "{text}");
        }
    }

    /// 40 texts of 22 kinds with the counts of nine public tokenizers.
    #[test]
    fn estimates_meet_their_stated_error() {
        let table = include_str!("../../../tests/data/token_counts.jsonl");
        let mut off: std::collections::BTreeMap<&str, Vec<f64>> = std::collections::BTreeMap::new();
        for line in table.lines() {
            let case: serde_json::Value = serde_json::from_str(line).unwrap();
            let text = case["text"].as_str().unwrap();
            for family in TokenizerFamily::ALL {
                let Some(real) = case["tokens"][family.key()].as_u64() else { continue };
                let estimate = estimate_tokens(text, family);
                let error = (estimate as f64 / real as f64 - 1.0).abs() * 100.0;
                let TokenCount { interval, text_kind, .. } = estimated(text, family);
                let within = (interval[0]..=interval[1]).contains(&real);
                assert!(within, "{}: {estimate} for {real} in {}, {text_kind:?}", case["id"], family.key());
                off.entry(family.key()).or_default().push(error);
            }
        }
        assert_eq!(off.len(), 7);
        for (family, errors) in off {
            let mean = errors.iter().sum::<f64>() / errors.len() as f64;
            assert!(errors.len() == 40 && mean < 8.5, "{family}: {mean} over {}", errors.len());
        }
    }

    /// 62 texts that were written after everything was settled, in two halves: the stated errors hold the first, and
    /// were widened where they did not; nothing was changed for the second, whose misses say how much they can be
    /// trusted.
    #[test]
    fn estimates_of_held_out_texts_lie_in_their_intervals() {
        let table = include_str!("../../../tests/data/token_heldout.jsonl");
        let mut told = Vec::new();
        let mut halves = [(0, 0); 2];
        for line in table.lines() {
            let case: serde_json::Value = serde_json::from_str(line).unwrap();
            let text = case["text"].as_str().unwrap();
            let half = usize::from(case["half"] == "b");
            for family in TokenizerFamily::ALL {
                let real = case["tokens"][family.key()].as_u64().unwrap();
                let estimate = estimated(text, family);
                halves[half].0 += 1;
                if !(estimate.interval[0]..=estimate.interval[1]).contains(&real) {
                    halves[half].1 += 1;
                    let off = (estimate.tokens as f64 / real as f64 - 1.0) * 100.0;
                    told.push(format!("{} {} {:?} {off:+.0}", case["id"], family.key(), estimate.text_kind));
                }
            }
        }
        assert!(halves[0].1 == 0 && halves[1].1 * 20 <= halves[1].0, "{halves:?} {told:#?}");
    }

    /// The same words cost the newest Claude more than the older one: prose, code and base64 as the studies say.
    #[test]
    fn the_newest_claude_counts_letters_dearer() {
        let ratio =
            |text: &str| weight(text, TokenizerFamily::Claude5) as f64 / weight(text, TokenizerFamily::Claude3) as f64;
        let prose = ratio("The harbour froze early that winter, and the ferries stayed tied to the quay.");
        let code = ratio("def total(rows):\n    return sum(row[\"price\"] * row[\"count\"] for row in rows)\n");
        let base64 = ratio("aGVsbG8gd29ybGQhIFRoaXMgaXMgYmFzZTY0IGVuY29kZWQgdGV4dA");
        assert!((1.2..1.45).contains(&prose) && (1.1..1.29).contains(&code), "{prose} {code}");
        assert!((1.0..1.1).contains(&base64), "{base64}");
        assert_eq!(ratio("お問い合わせありがとうございます"), 1.0);
    }

    #[test]
    fn models_have_their_families() {
        let check = |id: &str, family| assert_eq!(TokenizerFamily::of_model(id), family, "{id}");
        check("us.openai.gpt-6-sol", Some(TokenizerFamily::O200k));
        check("openai.gpt-oss-120b-1:0", Some(TokenizerFamily::O200k));
        check("us.meta.llama4-scout-17b-instruct-v1:0", Some(TokenizerFamily::Llama3));
        check("meta.llama2-70b-chat-v1", None);
        check("mistral.mistral-7b-instruct-v0:2", Some(TokenizerFamily::MistralSp));
        check("mistral.mistral-large-3-675b-instruct", Some(TokenizerFamily::Tekken));
        check("amazon.nova-micro-v1:0", None);
    }
}
