//! The hit rate of a prompt cache that follows from a scenario's traffic, instead of a number that somebody typed:
//! conversations drawn over the day by the scenario's seed, each prefix alive as long as its lifetime since its last
//! use. What is found is asked of the same conversations whatever the traffic, among the first of one list of others:
//! more traffic leaves all that were there in their places, so it never shows a lower rate.

use serde::Serialize;

use crate::catalog::Catalog;
use crate::scenario::{CacheTtl, PromptCache, QueryType, Scenario, Turn};
use crate::sim::{Purpose, Stream};

/// The most conversations that are followed; from there on every gap is far below any lifetime.
const MOST: f64 = 1_000_000.0;
/// The conversations that are asked what they find.
const ASKED: u64 = 10_000;
/// Milliseconds of a day.
const DAY_MS: f64 = 86_400_000.0;

/// The traffics that are compared, as parts of the scenario's.
pub const FACTORS: [f64; 4] = [0.1, 0.5, 1.0, 2.0];

/// What a query type's prefix meets on one of its models.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct TrafficHits {
    pub name: String,
    pub model: String,
    /// Calls a day.
    pub calls: f64,
    /// Tokens of the prefix that a call may find, on average; 0 where nothing is large enough to be cached.
    pub known_tokens: f64,
    /// The hit rate that the scenario says; `None` where it caches nothing.
    pub said: Option<f64>,
    pub ttl: CacheTtl,
    /// Hit rates by the lifetime: at five minutes and an hour, of calls that may find something.
    pub hit_rate: super::AtLives<Option<f64>>,
    /// Hit rates at the type's own lifetime for each part of the traffic.
    pub at: Vec<AtTraffic>,
}

/// A part of the traffic and its hit rate.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct AtTraffic {
    pub factor: f64,
    pub hit_rate: Option<f64>,
}

/// Hit rates of a scenario.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct CacheFromTraffic {
    pub seed: u64,
    /// Seconds between an answer and the next message: an assumption.
    pub think_s: f64,
    pub types: Vec<TrafficHits>,
    /// Of all calls that may find something, at the scenario's traffic and at half of it.
    pub hit_rate: Option<f64>,
    pub at_half: Option<f64>,
}

/// Follows the conversations of a scenario's day; `think_s` is how long a person takes from one message to the next.
pub fn cache_from_traffic(scenario: &Scenario, catalog: &Catalog, think_s: f64) -> CacheFromTraffic {
    let mut types = Vec::new();
    for (number, kind) in scenario.types.iter().enumerate() {
        for (branch, (model, share)) in kind.branches().enumerate() {
            let calls = scenario.daily_messages * kind.share_pct / 100.0 * (1.0 - kind.cache.hit_rate) * share;
            let stream = (number * 64 + branch) as u64;
            types.push(hits(scenario, catalog, kind, model, calls, think_s, stream));
        }
    }
    let over = |factor: f64| {
        let of = |hits: &TrafficHits| {
            let at = hits.at.iter().find(|at| at.factor == factor)?;
            Some((hits.calls, at.hit_rate?))
        };
        let known: Vec<(f64, f64)> = types.iter().filter_map(of).collect();
        let calls: f64 = known.iter().map(|(calls, _)| calls).sum();
        (calls > 0.0).then(|| known.iter().map(|(calls, rate)| calls * rate).sum::<f64>() / calls)
    };
    CacheFromTraffic { seed: scenario.seed, think_s, hit_rate: over(1.0), at_half: over(0.5), types }
}

impl CacheFromTraffic {
    /// The scenario with these hit rates instead of its own; types that cache nothing stay as they are.
    pub fn adopt(&self, scenario: &Scenario) -> Scenario {
        let mut scenario = scenario.clone();
        for kind in &mut scenario.types {
            let of: Vec<(f64, f64)> = self
                .types
                .iter()
                .filter(|hits| hits.name == kind.name)
                .filter_map(|hits| Some((hits.calls, hits.at.iter().find(|at| at.factor == 1.0)?.hit_rate?)))
                .collect();
            let calls: f64 = of.iter().map(|(calls, _)| calls).sum();
            if let Some(cache) = kind.prompt.cache.as_mut().filter(|_| calls > 0.0) {
                cache.hit_rate = of.iter().map(|(calls, rate)| calls * rate).sum::<f64>() / calls;
            }
        }
        scenario
    }
}

fn hits(
    scenario: &Scenario,
    catalog: &Catalog,
    kind: &QueryType,
    model: &str,
    calls: f64,
    think_s: f64,
    stream: u64,
) -> TrafficHits {
    let cache = kind.prompt.cache.unwrap_or_default();
    let PromptCache { ttl, history, .. } = cache;
    let least = crate::cost::min_cache_tokens(scenario, catalog, model);
    let mut turns: Vec<Turn> = Vec::new();
    scenario.sizes_of(kind).each_turn(Some(history), least, |turn| turns.push(turn));
    let weight: f64 = turns.iter().map(|turn| turn.weight).sum();
    let known: f64 = turns.iter().map(|turn| turn.weight * turn.known).sum();
    let day = Day { scenario, turns: &turns, history, think_ms: think_s * 1_000.0 };
    let asked = if calls > 0.0 { day.sent(stream | 1 << 32, ASKED) } else { Vec::new() };
    let others = |factor: f64| {
        let conversations = (calls * factor / weight.max(1.0)).min(MOST) as u64;
        let mut times: Vec<f64> =
            day.sent(stream, conversations).iter().filter(|call| day.caches(call)).map(|call| call.at_ms).collect();
        times.sort_by(f64::total_cmp);
        times
    };
    let at = FACTORS.map(|factor| (factor, others(factor)));
    let whole = at.iter().find(|(factor, _)| *factor == 1.0).map_or(&[][..], |(_, times)| times.as_slice());
    let play = |times: &[f64], ttl: CacheTtl| day.play(&asked, times, ttl);
    TrafficHits {
        name: kind.name.clone(),
        model: model.to_string(),
        calls,
        known_tokens: if weight > 0.0 { known / weight } else { 0.0 },
        said: kind.prompt.cache.map(|cache| cache.hit_rate),
        ttl,
        hit_rate: super::AtLives { minutes: play(whole, CacheTtl::FiveMinutes), hour: play(whole, CacheTtl::OneHour) },
        at: at.iter().map(|(factor, times)| AtTraffic { factor: *factor, hit_rate: play(times, ttl) }).collect(),
    }
}

/// A day of conversations of one type on one model.
struct Day<'a> {
    scenario: &'a Scenario,
    turns: &'a [Turn],
    history: bool,
    think_ms: f64,
}

/// A call of a conversation.
#[derive(Clone, Copy)]
struct Sent {
    at_ms: f64,
    turn: u32,
    /// Since the turn before of its conversation.
    since_ms: f64,
}

impl Day<'_> {
    fn caches(&self, call: &Sent) -> bool {
        self.turns.get(call.turn as usize).is_some_and(|turn| turn.known > 0.0 || turn.fresh > 0.0)
    }

    /// The share of the calls which may find something that find it, beside others that use the prefix at these times;
    /// `None` where none may.
    fn play(&self, calls: &[Sent], others: &[f64], ttl: CacheTtl) -> Option<f64> {
        let life_ms = match ttl {
            CacheTtl::FiveMinutes => 300_000.0,
            CacheTtl::OneHour => 3_600_000.0,
        };
        let (mut asked, mut found) = (0_u64, 0_u64);
        for call in calls {
            if !self.turns.get(call.turn as usize).is_some_and(|turn| turn.known > 0.0) {
                continue;
            }
            asked += 1;
            let own = call.turn > 0 && call.since_ms <= life_ms;
            let before = others.partition_point(|at| *at <= call.at_ms);
            let theirs = before.checked_sub(1).is_some_and(|last| call.at_ms - others[last] <= life_ms);
            found += u64::from(own || theirs && !(self.history && call.turn > 0));
        }
        (asked > 0).then(|| found as f64 / asked as f64)
    }

    /// Every call of so many conversations of a day, conversation by conversation.
    fn sent(&self, stream: u64, conversations: u64) -> Vec<Sent> {
        let weights = self.scenario.traffic.curve.weights();
        let sum: f64 = weights.iter().sum();
        let starts = Stream::new(self.scenario.seed, Purpose::Conversation).of_call(stream);
        let gaps = Stream::new(self.scenario.seed, Purpose::Gap).of_call(stream);
        let mut sent = Vec::new();
        for conversation in 0..conversations {
            let mut at_ms = start_ms(unit(starts.word(conversation)), &weights, sum);
            let gaps = gaps.of_call(conversation);
            let mut since_ms = 0.0;
            for (number, turn) in self.turns.iter().enumerate() {
                let draw = unit(gaps.word(number as u64 * 2));
                if number > 0 {
                    since_ms = -libm::log(1.0 - draw) * self.think_ms;
                    at_ms += since_ms;
                }
                // The last turn of a mean between two whole numbers is there for its fraction.
                if turn.weight < 1.0 && unit(gaps.word(number as u64 * 2 + 1)) >= turn.weight {
                    break;
                }
                sent.push(Sent { at_ms, turn: number as u32, since_ms });
            }
        }
        sent
    }
}

/// A number from 0 up to 1.
fn unit(word: u64) -> f64 {
    (word >> 11) as f64 / (1_u64 << 53) as f64
}

/// When a conversation begins, by its place in the day's traffic.
fn start_ms(place: f64, weights: &[f64; 24], sum: f64) -> f64 {
    if sum <= 0.0 {
        return place * DAY_MS;
    }
    let mut left = place * sum;
    for (hour, weight) in weights.iter().enumerate() {
        if left < *weight {
            return (hour as f64 + left / weight) * 3_600_000.0;
        }
        left -= weight;
    }
    DAY_MS - 1.0
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scenario(daily: f64, turns: f64) -> Scenario {
        let text = format!(
            r#"{{"daily_messages": {daily}, "traffic": {{"curve": "flat"}}, "types": [{{"name": "a", "share_pct": 100,
            "model": "global.anthropic.claude-sonnet-4-6", "prompt": {{"system_tokens": 3000, "turns": {turns}, "cache": {{"ttl": "5m"}}}}}}]}}"#
        );
        Scenario::load(&text).unwrap().output
    }

    /// Poisson arrivals at rate λ find a prefix of lifetime T with probability 1 - e^(-λT).
    #[test]
    fn single_calls_follow_the_closed_formula() {
        for daily in [100.0, 288.0, 1_000.0, 20_000.0] {
            let found = cache_from_traffic(&scenario(daily, 1.0), Catalog::full(), 60.0);
            for (ttl_s, rate) in [(300.0, found.types[0].hit_rate.minutes), (3_600.0, found.types[0].hit_rate.hour)] {
                let expected = 1.0 - libm::exp(-daily / 86_400.0 * ttl_s);
                // Five standard errors of so many draws.
                let error = 5.0 * libm::sqrt(expected * (1.0 - expected) / daily) + 2.0 / daily;
                assert!((rate.unwrap() - expected).abs() < error, "{daily} {ttl_s}: {rate:?} {expected}");
            }
        }
    }

    #[test]
    fn half_the_traffic_has_a_lower_hit_rate() {
        let found = cache_from_traffic(&scenario(600.0, 1.0), Catalog::full(), 60.0);
        let rates: Vec<f64> = found.types[0].at.iter().map(|at| at.hit_rate.unwrap()).collect();
        assert!(rates.windows(2).all(|pair| pair[0] < pair[1]), "{rates:?}");
        assert!(found.at_half < found.hit_rate);
        let adopted = found.adopt(&scenario(600.0, 1.0));
        assert_eq!(adopted.types[0].prompt.cache.map(|cache| cache.hit_rate), found.hit_rate);
    }

    /// Whether asked of one scenario or of several, less traffic never shows a higher rate, however near to all of it.
    #[test]
    fn less_traffic_never_finds_more() {
        for turns in [1.0, 3.5, 8.0] {
            let mut last = 0.0;
            for daily in [50.0, 144.0, 288.0, 1_000.0, 5_000.0, 50_000.0, 100_000.0, 400_000.0] {
                let found = cache_from_traffic(&scenario(daily, turns), Catalog::full(), 60.0);
                assert!(found.at_half <= found.hit_rate, "{turns} {daily}");
                let rates: Vec<f64> = found.types[0].at.iter().map(|at| at.hit_rate.unwrap()).collect();
                assert!(rates.windows(2).all(|pair| pair[0] <= pair[1]), "{turns} {daily} {rates:?}");
                let rate = found.hit_rate.unwrap();
                assert!(rate >= last, "{turns} {daily}: {rate} {last}");
                last = rate;
            }
        }
    }

    /// Within a conversation the gap alone decides: P(gap <= T) = 1 - e^(-T / think).
    #[test]
    fn a_conversation_finds_its_own_prefix() {
        let think_s = 300.0;
        let found = cache_from_traffic(&scenario(40_000.0, 8.0), Catalog::full(), think_s);
        let expected = 7.0 / 8.0 * (1.0 - libm::exp(-1.0)) + 1.0 / 8.0;
        let rate = found.types[0].hit_rate.minutes.unwrap();
        assert!((rate - expected).abs() < 0.02, "{rate} {expected}");
    }

    #[test]
    fn what_is_too_small_finds_nothing() {
        let mut small = scenario(1_000.0, 1.0);
        small.types[0].prompt.system_tokens = 100.0;
        let found = cache_from_traffic(&small, Catalog::full(), 60.0);
        assert_eq!((found.types[0].hit_rate.minutes, found.hit_rate), (None, None));
    }
}
