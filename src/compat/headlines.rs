//! The headline figures of the original document, each beside what its own formula gives.

use crate::catalog::{HAIKU, TokenizerFamily, estimate_tokens, message_frame};
use crate::scenario::{Preset, QueryType};
use crate::words::{Arg, Message, Word};

use super::{CompatError, QueryProfile, estimate_daily_cost, estimate_tokens_len4};

/// A figure that the original states.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Headline {
    /// What it is a figure of.
    pub claim: Word,
    /// How the original writes it.
    pub stated: &'static str,
    /// What follows from its formula, or from counting.
    pub gives: Arg,
    /// The same without the response cache, where that explains more.
    pub without_cache: Option<Arg>,
    /// What makes the difference.
    pub why: Message,
}

/// Every headline about cost, caching and tokens, computed from the original's query mix.
///
/// # Errors
/// Never for the mix that comes with the product.
pub fn headlines() -> Result<Vec<Headline>, CompatError> {
    let mix = Preset::Reference.scenario().types;
    let total = |change: Change| cost(&mix, change);
    let parts = |model: &str, change: Change| -> Result<f64, CompatError> {
        let rows = estimate(&mix, change)?.breakdown;
        Ok(rows.iter().filter(|row| row.model == model).map(|row| row.daily_cost_usd).sum())
    };
    let (mixed, no_cache) = (total(Change::default())?, total(Change::NO_CACHE)?);
    let all_strong = total(Change { strong_up_to: ALL, ..Change::default() })?;
    let all_strong_no_cache = total(Change { strong_up_to: ALL, ..Change::NO_CACHE })?;
    // The first type of the mix is the greetings.
    let greetings = total(Change { strong_up_to: 1, ..Change::default() })? - mixed;
    let greetings_no_cache = total(Change { strong_up_to: 1, ..Change::NO_CACHE })? - no_cache;
    let simple_pct: f64 =
        mix.iter().filter(|kind| kind.model.as_deref() == Some(HAIKU)).map(|kind| kind.share_pct).sum();
    let all_simple = parts("haiku", Change::NO_CACHE)? / simple_pct * 100.0;
    let usd = |claim, stated, gives, without, why| Headline {
        claim,
        stated,
        gives: Arg::Usd(gives),
        without_cache: Some(Arg::Usd(without)),
        why,
    };
    let question = "おすすめのアクションマンガを教えてください";
    // The original counts the request's JSON, in which every kanji is six characters.
    let json = format!(r#"[{{"role": "user", "content": "{}"}}]"#, escaped(question));
    let counted = estimate_tokens_len4(&json) as f64;
    let estimated = estimate_tokens(question, TokenizerFamily::Claude3) + message_frame(TokenizerFamily::Claude3);
    Ok(vec![
        usd(
            Word::headline_haiku,
            "~$150",
            parts("haiku", Change::default())?,
            parts("haiku", Change::NO_CACHE)?,
            // As the document may have meant it: each of a million messages is one of these.
            Message::new(Word::headline_why_haiku).with("all", Arg::Usd(all_simple)),
        ),
        usd(
            Word::headline_sonnet,
            "~$4,500",
            parts("sonnet", Change::default())?,
            parts("sonnet", Change::NO_CACHE)?,
            Word::headline_why_mix.into(),
        ),
        usd(Word::headline_mixed, "~$900", mixed, no_cache, Word::headline_why_mixed.into()),
        Headline {
            claim: Word::headline_routing,
            stated: "80 %+",
            gives: Arg::Percent(1.0 - mixed / all_strong),
            without_cache: Some(Arg::Percent(1.0 - no_cache / all_strong_no_cache)),
            why: Word::headline_why_routing.into(),
        },
        usd(Word::headline_greetings, "$3,600", greetings, greetings_no_cache, Word::headline_why_greetings.into()),
        Headline {
            claim: Word::headline_cache,
            stated: "33.5 %",
            gives: Arg::Percent(1.0 - mixed / no_cache),
            without_cache: None,
            why: Word::headline_why_cache.into(),
        },
        Headline {
            claim: Word::headline_tokens,
            stated: "len / 4",
            gives: Arg::Percent(counted / estimated as f64),
            without_cache: None,
            why: Word::headline_why_tokens.into(),
        },
    ])
}

/// All types of a mix.
const ALL: usize = usize::MAX;

/// A change to the mix before it is priced.
#[derive(Clone, Copy, Debug, Default)]
struct Change {
    /// So many of the first types go to Sonnet.
    strong_up_to: usize,
    no_cache: bool,
}

impl Change {
    const NO_CACHE: Change = Change { strong_up_to: 0, no_cache: true };
}

fn cost(mix: &[QueryType], change: Change) -> Result<f64, CompatError> {
    Ok(estimate(mix, change)?.total_daily_cost_usd)
}

fn estimate(mix: &[QueryType], change: Change) -> Result<super::cost::DailyCost, CompatError> {
    let profile = |(index, kind): (usize, &QueryType)| {
        let weak = index >= change.strong_up_to && kind.model.as_deref() == Some(HAIKU);
        QueryProfile {
            name: kind.name.clone(),
            share_pct: kind.share_pct,
            avg_input_tokens: kind.input_tokens.mean() as u64,
            avg_output_tokens: kind.output_tokens.mean() as u64,
            preferred_model: if weak { "haiku" } else { "sonnet" }.to_string(),
            cache_hit_rate: if change.no_cache { 0.0 } else { kind.cache.hit_rate },
        }
    };
    let profiles: Vec<QueryProfile> = mix.iter().enumerate().map(profile).collect();
    estimate_daily_cost(1_000_000, &profiles)
}

/// The text as Python's `json.dumps` writes it: six characters for each beyond ASCII.
fn escaped(text: &str) -> String {
    let unit = |unit: u16| if unit < 128 { char::from(unit as u8).to_string() } else { format!("\\u{unit:04x}") };
    text.encode_utf16().map(unit).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::words::English;

    #[test]
    fn no_headline_follows_from_its_formula() {
        let said: Vec<(&str, String, Option<String>)> = headlines()
            .unwrap()
            .iter()
            .map(|headline| {
                let say = |arg: &Arg| arg.say(&English);
                (headline.stated, say(&headline.gives), headline.without_cache.as_ref().map(say))
            })
            .collect();
        let expected = [
            ("~$150", "$53.46", Some("$94.00")),
            ("~$4,500", "$1,905.75", Some("$2,055.00")),
            ("~$900", "$1,959.21", Some("$2,149.00")),
            ("80 %+", "23.1 %", Some("32.5 %")),
            ("$3,600", "$20.90", Some("$209.00")),
            ("33.5 %", "8.8 %", None),
            // 39 tokens by the original's rule, 24 estimated.
            ("len / 4", "162.5 %", None),
        ];
        let expected =
            expected.map(|(stated, gives, without)| (stated, gives.to_string(), without.map(str::to_string)));
        assert_eq!(said, expected);
    }
}
