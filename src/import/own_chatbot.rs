//! From one sample of a team's chatbot to a first scenario: what is guessed is said to be guessed, and
//! why.

use crate::catalog::{
    Catalog, CountMethod, Model, OwnPrices, PriceKind, Tier, TokenCount, TokenKind, TokenizerFamily, Vocabulary,
    count_tokens_with, message_frame,
};
use crate::scenario::{Distribution, ModelProfile, PromptCache, QueryType, Scenario};
use crate::words::{Arg, Message, Word};

/// What a team pastes of its chatbot.
#[derive(Clone, Debug, PartialEq)]
pub struct Sample {
    /// The system prompt with the tools; may be empty.
    pub system: String,
    pub question: String,
    pub answer: String,
    /// The id of the model that answers.
    pub model: String,
    pub daily_messages: f64,
    /// Messages of a conversation.
    pub turns: f64,
    /// What the service itself counted, where the team knows it.
    pub counted: OwnCounts,
}

/// Tokens as the service counts them: a usage block, a log, CountTokens.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct OwnCounts {
    pub system: Option<f64>,
    /// With the message's frame.
    pub question: Option<f64>,
    pub answer: Option<f64>,
}

/// One thing in the scenario that nobody measured, and why it is as it is.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Guess {
    pub what: Word,
    pub value: Message,
    pub reason: Message,
}

/// A first scenario with everything in it that is a guess.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct FirstScenario {
    pub scenario: Scenario,
    pub guesses: Vec<Guess>,
}

/// The share of short and of long messages beside those like the sample, in percent.
const SHORT_PCT: f64 = 20.0;
const LONG_PCT: f64 = 15.0;
/// The standard deviation of a length as a part of its mean.
const QUESTION_SPREAD: f64 = 0.4;
const ANSWER_SPREAD: f64 = 0.5;
/// Tokens of a greeting and of the answer to it.
const SHORT_TOKENS: (f64, f64) = (20.0, 60.0);
/// How much longer than the sample long questions and answers are.
const LONG_TIMES: f64 = 2.0;
/// The price of a million output tokens, in US dollars, up to which a model counts as a fast one.
const FAST_UP_TO_USD: f64 = 6.0;

/// A first scenario from one question and its answer, its tokens counted with the model's vocabulary where that was
/// loaded.
pub fn first_scenario(sample: &Sample, catalog: &Catalog, vocabulary: Option<&Vocabulary>) -> FirstScenario {
    let model = catalog.get(&sample.model).cloned().unwrap_or_else(|| Model::unpriced(&sample.model));
    let family = model.tokenizer.unwrap_or(TokenizerFamily::Claude5);
    let tokens = |text: &str| (!text.trim().is_empty()).then(|| count_tokens_with(text, family, vocabulary));
    let texts = [tokens(&sample.system), tokens(&sample.question), tokens(&sample.answer)];
    let [of_system, of_question, of_answer] = texts.each_ref().map(|count| count.as_ref().map_or(0, |c| c.tokens));
    let own = sample.counted;
    let system = own.system.unwrap_or(of_system as f64);
    let question = own.question.unwrap_or((of_question + message_frame(family)) as f64);
    let answer = own.answer.unwrap_or(of_answer.max(1) as f64);
    // The texts that ours are the counts of.
    let ours = [own.system, own.question, own.answer].into_iter().zip(&texts);
    let ours: Vec<&TokenCount> =
        ours.filter(|(own, _)| own.is_none()).filter_map(|(_, count)| count.as_ref()).collect();
    let turns = sample.turns.max(1.0);
    let mut guesses = Vec::new();
    guesses.push(Guess {
        what: Word::own_counts,
        value: Message::new(Word::own_counts_are)
            .number("system", system)
            .number("question", question)
            .number("answer", answer),
        reason: why_counts(&model, &ours),
    });

    let kind = |name: &str, share_pct: f64, input: f64, output: f64| QueryType {
        name: name.to_string(),
        share_pct,
        input_tokens: Distribution::LogNormal { mean: input, sd: libm::round(QUESTION_SPREAD * input) },
        output_tokens: Distribution::LogNormal { mean: output, sd: libm::round(ANSWER_SPREAD * output) },
        model: Some(sample.model.clone()),
        ..QueryType::default()
    };
    let (name, recognised) = kind_of(&sample.question);
    let mut types = vec![
        kind(name, 100.0 - SHORT_PCT - LONG_PCT, question, answer),
        kind("greeting_thanks", SHORT_PCT, SHORT_TOKENS.0, SHORT_TOKENS.1),
        kind("long_question", LONG_PCT, LONG_TIMES * question, LONG_TIMES * answer),
    ];
    guesses.push(Guess {
        what: Word::own_kind,
        value: Message::new(Word::own_is).text("value", name),
        reason: match recognised {
            Some(cue) => Message::new(Word::own_why_kind).text("cue", cue),
            None => Word::own_why_kind_unknown.into(),
        },
    });
    let share = |pct: f64| Arg::Percent(pct / 100.0);
    guesses.push(Guess {
        what: Word::own_mix,
        value: Message::new(Word::own_mix_is).with("short", share(SHORT_PCT)).with("long", share(LONG_PCT)),
        reason: Word::own_why_mix.into(),
    });
    guesses.push(Guess {
        what: Word::own_spread,
        value: Message::new(Word::own_spread_is)
            .with("question", Arg::Percent(QUESTION_SPREAD))
            .with("answer", Arg::Percent(ANSWER_SPREAD)),
        reason: Word::own_why_spread.into(),
    });
    guesses.push(Guess {
        what: Word::own_turns,
        value: Message::new(Word::own_is_number).number("value", turns),
        reason: Word::own_why_turns.into(),
    });
    let (cache, guess) = prompt_cache(&model, system, sample.daily_messages);
    if system > 0.0 {
        guesses.push(guess);
    }
    for kind in &mut types {
        kind.prompt.system_tokens = system;
        kind.prompt.turns = turns;
        kind.prompt.cache = cache;
    }
    let mut scenario = Scenario { daily_messages: sample.daily_messages.max(1.0), types, ..Scenario::default() };
    scenario.models.clear();
    // It says what it costs wherever it is opened.
    if catalog.get(&sample.model).is_some() {
        scenario.billing.prices.insert(sample.model.clone(), OwnPrices::of(&model));
    }
    if ModelProfile::of_original(&model.id).is_none() {
        let (profile, guess) = speed(&model);
        scenario.models.insert(sample.model.clone(), profile);
        guesses.push(guess);
    }
    guesses.push(Guess { what: Word::own_day, value: Word::own_day_is.into(), reason: Word::own_why_day.into() });
    FirstScenario { scenario, guesses }
}

/// How the tokens of a sample were found, and how far they may be off.
fn why_counts(model: &Model, ours: &[&TokenCount]) -> Message {
    let Some(first) = ours.first() else { return Word::own_why_counted.into() };
    if model.tokenizer.is_none() {
        return Message::new(Word::own_why_other_tokenizer).text("model", &model.name);
    }
    let why = match first.method {
        CountMethod::Exact => Message::new(Word::own_why_exact),
        CountMethod::Reconstruction => Message::new(Word::own_why_reconstructed),
        CountMethod::Estimate => {
            let sum = |of: fn(&TokenCount) -> f64| ours.iter().map(|count| of(count)).sum::<f64>();
            let tokens = sum(|count| count.tokens as f64);
            let off = sum(|count| count.mean_error_pct * count.tokens as f64) / tokens;
            Message::new(Word::own_why_estimated)
                .with("off", Arg::Percent(off / 100.0))
                .number("low", sum(|count| count.interval[0] as f64))
                .number("high", sum(|count| count.interval[1] as f64))
        }
    };
    why.text("model", &model.name)
}

/// Whether the prompt cache pays for what stands before every message.
fn prompt_cache(model: &Model, system: f64, daily_messages: f64) -> (Option<PromptCache>, Guess) {
    let off = |reason: Message| (None, Guess { what: Word::own_cache, value: Word::own_cache_off.into(), reason });
    let priced = |token| model.prices.rule(token, Tier::Standard, 0).is_some();
    if !priced(TokenKind::CacheRead) || !priced(TokenKind::CacheWrite5m) {
        return off(Message::new(Word::own_why_no_cache_price).text("model", &model.name));
    }
    let least = model.min_cache_tokens.unwrap_or(1024) as f64;
    if system < least {
        return off(Message::new(Word::own_why_prefix_short).number("tokens", system).number("least", least));
    }
    // A written prefix lives for five minutes: a call hits when another came within these. Calls come
    // independently, so none came with probability exp(-calls in five minutes).
    let in_five_minutes = daily_messages / 288.0;
    let hit_rate = libm::round((1.0 - libm::exp(-in_five_minutes)).min(0.99) * 100.0) / 100.0;
    let guess = Guess {
        what: Word::own_cache,
        value: Message::new(Word::own_cache_is).with("hits", Arg::Percent(hit_rate)),
        reason: Message::new(Word::own_why_cache).number("calls", libm::round(in_five_minutes * 10.0) / 10.0),
    };
    (Some(PromptCache { hit_rate, history: false, ..PromptCache::default() }), guess)
}

/// How fast a model answers of which the catalog does not say it: as one of the original's two.
fn speed(model: &Model) -> (ModelProfile, Guess) {
    let per_million = model.prices.get(PriceKind::Output).map(|price| price.usd_per_million());
    let fast = per_million.is_some_and(|usd| usd <= FAST_UP_TO_USD);
    let (mean, sd, rate) = if fast { (350.0, 100.0, 120.0) } else { (1200.0, 300.0, 60.0) };
    let profile = ModelProfile {
        ttft: Some(Distribution::LogNormal { mean, sd }),
        tokens_per_s: Some(rate),
        ..ModelProfile::default()
    };
    let like = if fast { "Claude 3 Haiku" } else { "Claude 3 Sonnet" };
    let guess = Guess {
        what: Word::own_speed,
        value: Message::new(Word::own_speed_is).with("first", Arg::Ms(mean)).number("rate", rate),
        reason: Message::new(Word::own_why_speed).text("model", &model.name).text("like", like),
    };
    (profile, guess)
}

/// Words by which a kind of question is known, most telling first.
const CUES: [(&str, &[&str]); 5] = [
    ("order_status", &["order", "tracking", "delivery", "shipped", "refund", "注文", "配送", "届", "返品", "発送"]),
    ("recommendation", &["recommend", "suggest", "similar", "best ", "おすすめ", "お勧め", "オススメ", "似た"]),
    ("product_lookup", &["price", "in stock", "available", "how much", "価格", "値段", "在庫", "いくら", "ありますか"]),
    ("how_to", &["how do i", "how can i", "how to", "error", "方法", "やり方", "使い方", "手順", "エラー"]),
    ("greeting_faq", &["hello", "opening hours", "contact", "こんにちは", "営業時間", "問い合わせ"]),
];

/// The kind of a question, and the word that tells it.
fn kind_of(question: &str) -> (&'static str, Option<&'static str>) {
    let text = question.to_lowercase();
    let told = CUES.iter().find_map(|(kind, cues)| {
        let cue = cues.iter().find(|cue| text.contains(**cue))?;
        Some((*kind, Some(cue.trim())))
    });
    told.unwrap_or(("question", None))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cost::estimate;
    use crate::sim::simulate;
    use crate::words::English;

    const MODEL: &str = "global.anthropic.claude-sonnet-5-5";

    fn sample(system: &str, question: &str) -> Sample {
        Sample {
            system: system.to_string(),
            question: question.to_string(),
            answer: "Based on your interest in action manga, I recommend these three titles.".to_string(),
            model: MODEL.to_string(),
            daily_messages: 10_000.0,
            turns: 1.0,
            counted: OwnCounts::default(),
        }
    }

    fn first_scenario(sample: &Sample, catalog: &Catalog) -> FirstScenario {
        super::first_scenario(sample, catalog, None)
    }

    fn said(first: &FirstScenario, what: Word) -> Option<(String, String)> {
        let guess = first.guesses.iter().find(|guess| guess.what == what)?;
        Some((guess.value.say(&English), guess.reason.say(&English)))
    }

    #[test]
    fn a_first_scenario_can_be_billed_and_simulated() {
        let system = "You are the shop's assistant. Answer briefly and politely. ".repeat(60);
        let first = first_scenario(&sample(&system, "Can you recommend manga like One Piece?"), Catalog::full());
        assert_eq!(Scenario::load(&first.scenario.to_json()).map(|read| read.output), Ok(first.scenario.clone()));
        assert!(estimate(&first.scenario, Catalog::full()).unwrap().total_daily_cost_usd.is_some());
        assert!(simulate(&first.scenario, Catalog::full(), Some(2_000)).is_ok());
        assert!((first.scenario.share_sum_pct() - 100.0).abs() < 1e-9);
        assert_eq!(first.scenario.types[0].name, "recommendation");
        assert!(first.scenario.types[0].prompt.cache.is_some_and(|cache| cache.hit_rate == 0.99));
    }

    #[test]
    fn every_guess_has_its_reason() {
        let first = first_scenario(&sample("Be brief.", "Where is my order?"), Catalog::full());
        let check = |what, value: &str, reason: &str| {
            assert_eq!(said(&first, what), Some((value.to_string(), reason.to_string())));
        };
        check(Word::own_kind, "“order_status”", "The question says “order”.");
        let tokens = count_tokens_with("Be brief.", TokenizerFamily::Claude5, None).tokens;
        let short = format!("{tokens} tokens are fewer than the 512 that this model caches.");
        assert_eq!(said(&first, Word::own_cache).map(|(_, reason)| reason), Some(short));
        assert!(said(&first, Word::own_speed).is_some_and(|(_, reason)| reason.contains("Claude 3 Sonnet")));
        assert_eq!(said(&first_scenario(&sample("", "Hm?"), Catalog::full()), Word::own_cache), None);
    }

    #[test]
    fn japanese_is_counted_and_recognised() {
        let question = "おすすめのアクションマンガを教えてください";
        let first = first_scenario(&sample("", question), Catalog::full());
        assert_eq!(first.scenario.types[0].name, "recommendation");
        // Really 16 tokens and a frame of 6; four characters a token would be 5.
        let tokens = first.scenario.types[0].input_tokens.mean();
        assert!((18.0..=26.0).contains(&tokens), "{tokens}");
    }

    #[test]
    fn an_unknown_model_costs_an_unknown_amount() {
        let sample = Sample { model: "acme.chat-1".to_string(), ..sample("Be brief.", "Hm?") };
        let first = first_scenario(&sample, Catalog::full());
        assert_eq!(estimate(&first.scenario, Catalog::full()).unwrap().total_daily_cost_usd, None);
        assert!(said(&first, Word::own_counts).is_some_and(|(_, reason)| reason.contains("acme.chat-1")));
    }

    #[test]
    fn own_counts_stand_above_ours() {
        let counted = OwnCounts { system: Some(900.0), question: Some(33.0), answer: None };
        let first = first_scenario(&Sample { counted, ..sample("Be brief.", "Hm?") }, Catalog::full());
        let kind = &first.scenario.types[0];
        assert_eq!((kind.prompt.system_tokens, kind.input_tokens.mean()), (900.0, 33.0));
        let all = OwnCounts { answer: Some(50.0), ..counted };
        let first = first_scenario(&Sample { counted: all, ..sample("Be brief.", "Hm?") }, Catalog::full());
        let why = said(&first, Word::own_counts).map(|(_, reason)| reason);
        assert_eq!(why.as_deref(), Some("As the service counted them."));
        assert_eq!(first.scenario.types[0].output_tokens.mean(), 50.0);
    }

    /// The reason says which method counted, and how far it may be off.
    #[test]
    fn counts_say_how_they_were_found() {
        let text = "Where is my order? I ordered two hoodies last Tuesday.";
        let why = |vocabulary: Option<&Vocabulary>| {
            let first = super::first_scenario(&sample("", text), Catalog::full(), vocabulary);
            said(&first, Word::own_counts).map(|(_, reason)| reason).unwrap_or_default()
        };
        let pieces = include_bytes!("../catalog/vocabularies/claude5.bin.gz");
        let vocabulary = Vocabulary::open(TokenizerFamily::Claude5, pieces);
        assert!(why(vocabulary.as_ref()).starts_with("Counted by pieces"), "{}", why(vocabulary.as_ref()));
        if cfg!(not(feature = "vocabularies")) {
            assert!(why(None).starts_with("Estimated for the tokenizer of Claude Sonnet 5.5"), "{}", why(None));
        }
    }

    #[test]
    fn nothing_pasted_is_no_accident() {
        let nothing = Sample { question: String::new(), answer: String::new(), daily_messages: 0.0, ..sample("", "") };
        let first = first_scenario(&nothing, Catalog::full());
        assert!(Scenario::load(&first.scenario.to_json()).is_ok());
    }
}
