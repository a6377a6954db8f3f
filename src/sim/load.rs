//! Percentiles against load, and how much capacity a service level needs.

use serde::Serialize;

use crate::catalog::Catalog;
use crate::problem::{Problem, Problems};
use crate::scenario::{Arrivals, Scenario};
use crate::words::{Arg, Message, Word};

use super::binds::Binds;
use super::day::Day;
use super::memory::Span;
use super::outcome::{Outcome, Quantiles};
use super::plan::{MAX_MESSAGES, Plan};
use super::{Memory, simulate_with};

/// A day at a multiple of the scenario's traffic.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct LoadPoint {
    /// Times the scenario's messages.
    pub factor: f64,
    pub daily_messages: f64,
    pub e2e_ms: Quantiles,
    /// The same over everyone who came, as [`super::PopulationFigures::with_unanswered`].
    pub with_unanswered: Quantiles,
    /// The fraction of messages answered within the service level.
    pub share_within_slo: Option<f64>,
    /// The fraction of messages that were not answered.
    pub share_lost: f64,
    /// The same, by the name it has in a day's figures; `None` when no message came.
    pub unanswered: Option<f64>,
    pub utilisation: Option<f64>,
    /// The limit that most calls met, if one binds.
    pub binds: Option<Binds>,
}

crate::pack_fields!(LoadPoint {
    factor,
    daily_messages,
    e2e_ms,
    with_unanswered,
    share_within_slo,
    share_lost,
    unanswered,
    utilisation,
    binds,
});

/// Messages that judge a scenario where nothing is limited: enough for a P95 within a few percent.
const FEW_MESSAGES: u64 = 20_000;
/// The most messages simulated to judge one, where something is.
const MOST_MESSAGES: u64 = 4_000_000;

/// How many messages have to be simulated to judge one way among many: the whole day where a limit may bind at its
/// peak, which the first messages of the night say nothing of (up to four million), and 20,000 where none can.
pub fn judging_messages(scenario: &Scenario) -> u64 {
    let limited = |rates: [Option<f64>; 3]| rates.iter().any(Option::is_some);
    let all = &scenario.capacity;
    let any = limited([all.concurrency, all.rpm, all.tpm])
        || scenario.models.values().any(|own| limited([own.concurrency, own.rpm, own.tpm]));
    if any { (scenario.daily_messages as u64).clamp(1, MOST_MESSAGES) } else { FEW_MESSAGES }
}

/// The multiples of the traffic that a load curve shows.
pub const LOAD_FACTORS: [f64; 10] = [0.25, 0.5, 0.75, 1.0, 1.25, 1.5, 1.75, 2.0, 2.5, 3.0];

/// One point of the load curve.
///
/// # Errors
/// Those of [`super::simulate`].
pub fn load_point(
    scenario: &Scenario,
    catalog: &Catalog,
    factor: f64,
    messages: Option<u64>,
) -> Result<LoadPoint, Problems> {
    scenario.valid()?;
    somebody(scenario, messages)?;
    if !(factor.is_finite() && factor > 0.0) {
        return Err(Problem::error(
            "factor",
            Message::new(Word::factor_wrong).number("factor", factor),
            Word::factor_wrong_hint,
        )
        .into());
    }
    load_point_with(scenario.clone(), catalog, factor, messages, &mut Memory::default())
}

/// The same of a scenario known to be valid, with what is kept of other points.
pub(super) fn load_point_with(
    mut scenario: Scenario,
    catalog: &Catalog,
    factor: f64,
    messages: Option<u64>,
    memory: &mut Memory,
) -> Result<LoadPoint, Problems> {
    let given = scenario.daily_messages;
    scenario.daily_messages *= factor;
    Plan::of_valid(&scenario, catalog, messages, 1.0, &mut memory.shapes)
        .map_err(|problems| as_given(problems, given, factor))?
        .possible(&scenario)?;
    let outcome =
        simulate_with(&scenario, catalog, messages, memory, if factor == 1.0 { Span::Day } else { Span::Other })?;
    Ok(LoadPoint {
        factor,
        daily_messages: scenario.daily_messages,
        e2e_ms: outcome.overall.e2e_ms,
        with_unanswered: outcome.overall.with_unanswered,
        unanswered: outcome.overall.unanswered,
        share_within_slo: outcome.overall.share_within_slo,
        share_lost: lost(&outcome),
        utilisation: outcome.utilisation,
        binds: outcome.binds,
    })
}

/// Says of traffic that is too much what was given, and by what it was multiplied.
fn as_given(mut problems: Problems, given: f64, factor: f64) -> Problems {
    for problem in problems.0.iter_mut().filter(|problem| problem.what.word == Word::too_many_messages) {
        problem.what = if given > MAX_MESSAGES as f64 {
            Message::new(Word::too_many_messages).number("count", given)
        } else {
            Message::new(Word::too_many_at_factor).number("count", given).number("factor", factor)
        };
    }
    problems
}

/// A load or a search with nobody in it says nothing.
fn somebody(scenario: &Scenario, messages: Option<u64>) -> Result<(), Problems> {
    if messages == Some(0) || messages.is_none() && scenario.daily_messages == 0.0 {
        return Err(Problem::error("daily_messages", Word::nobody_came, Word::nobody_came_hint).into());
    }
    Ok(())
}

/// From which share without an answer on a load is too much.
const LOSS: f64 = 0.001;

/// Where a load curve bends: the first load at which some get no answer, or before that the one from which the P95
/// of everyone who came rises steeply, the point farthest below the straight line between its ends on a
/// logarithmic scale. `None` where nobody is lost and the P95 rises by less than a fifth: then there is no knee in
/// sight. The points may come in any order.
///
/// # Source
/// Satopää et al. (2011), "Finding a kneedle in a haystack".
pub fn knee(points: &[LoadPoint]) -> Option<f64> {
    let mut points: Vec<&LoadPoint> = points.iter().collect();
    points.sort_by(|a, b| a.factor.total_cmp(&b.factor));
    points.dedup_by(|a, b| a.factor == b.factor);
    let lost = points.iter().position(|point| point.share_lost >= LOSS);
    let served = &points[..lost.unwrap_or(points.len())];
    let rises = |served: &[&LoadPoint]| {
        let heights: Option<Vec<f64>> = served.iter().map(|point| point.with_unanswered.p95.map(libm::log)).collect();
        let heights = heights?;
        let (first, last) = (*heights.first()?, *heights.last()?);
        if last - first < libm::log(1.2) {
            return None;
        }
        let (from, to) = (served.first()?.factor, served.last()?.factor);
        let below = |index: usize| {
            let part = (served[index].factor - from) / (to - from);
            first + part * (last - first) - heights[index]
        };
        let farthest = (0..served.len()).max_by(|a, b| below(*a).total_cmp(&below(*b)))?;
        Some(served[farthest].factor)
    };
    rises(served).or_else(|| Some(points.get(lost?)?.factor))
}

/// What a load curve says, in a sentence: from where on whom what turns away or keeps waiting, or that nothing
/// does. `None` without points.
pub fn knee_sentence(points: &[LoadPoint]) -> Option<Message> {
    let most = points.iter().map(|point| point.factor).max_by(f64::total_cmp)?;
    let Some(knee) = knee(points) else { return Some(Message::new(Word::knee_none).number("factor", most)) };
    let at = |factor: f64| points.iter().find(|point| point.factor == factor);
    let worst = at(most)?;
    let point = at(knee)?;
    let binds = point.binds.as_ref().or(worst.binds.as_ref());
    let lost = if point.share_lost >= LOSS { point } else { worst };
    let limit = binds.map(|binds| binds.limit.as_str());
    let word = match (limit, lost.share_lost >= LOSS) {
        (Some("rpm"), true) => Word::knee_lost_rpm,
        (Some("tpm"), true) => Word::knee_lost_tpm,
        (Some("concurrency"), true) => Word::knee_lost_places,
        (Some("rpm"), false) => Word::knee_waits_rpm,
        (Some("tpm"), false) => Word::knee_waits_tpm,
        (Some("concurrency"), false) => Word::knee_waits_places,
        (_, true) => Word::knee_lost_anyway,
        (_, false) => Word::knee_rises,
    };
    let of = binds.map_or(Message::new(word), |binds| Message { word, ..binds.name() });
    let of = of.number("factor", knee).number("at", lost.factor);
    Some(of.with("share", Arg::Percent(lost.share_lost)))
}

/// What figures of the day's first messages leave out: its busiest hour, where a limit binds first.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct LeftOut {
    /// The messages simulated.
    pub messages: u64,
    /// How long they take to come, from midnight on.
    pub hours: f64,
    /// The hour of the day in which most come, 0 to 23.
    pub peak_hour: u64,
}

impl LeftOut {
    /// `None` where the busiest hour is among so many messages, all alike are, or a trace says when they come.
    pub fn of(scenario: &Scenario, messages: Option<u64>) -> Option<Self> {
        let (messages, curve) = (messages?, &scenario.traffic.curve);
        let shares = curve.shares();
        let nearly = shares.iter().copied().fold(0.0, f64::max) * (1.0 - 1e-9);
        let varies = shares.iter().any(|share| *share < nearly);
        let peak_hour = shares.iter().position(|share| *share >= nearly)? as u64;
        let expected = scenario.daily_messages * scenario.share_sum_pct().min(100.0) / 100.0;
        let hours = Day::new(expected, curve, 1.0).span_us(messages as f64) as f64 / 3.6e9;
        let reached = hours >= (peak_hour + 1) as f64 - 1e-6;
        (varies && !reached && scenario.traffic.arrivals != Arrivals::Trace).then_some(LeftOut {
            messages,
            hours,
            peak_hour,
        })
    }

    /// The same in a sentence.
    pub fn sentence(self) -> Message {
        let of = Message::new(Word::knee_left_out).number("messages", self.messages as f64);
        of.number("hours", libm::round(self.hours * 10.0) / 10.0).number("peak", self.peak_hour as f64)
    }
}

/// What is to be found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum Knob {
    /// Model calls in progress at once.
    Concurrency,
    /// Requests a minute, for each model.
    Rpm,
    /// Tokens a minute, for each model.
    Tpm,
}

impl Knob {
    pub const ALL: [Knob; 3] = [Knob::Concurrency, Knob::Rpm, Knob::Tpm];

    pub fn key(self) -> &'static str {
        match self {
            Knob::Concurrency => "concurrency",
            Knob::Rpm => "rpm",
            Knob::Tpm => "tpm",
        }
    }

    pub fn from_key(key: &str) -> Option<Self> {
        Knob::ALL.into_iter().find(|knob| knob.key() == key)
    }

    fn set(self, scenario: &mut Scenario, value: f64) {
        let capacity = &mut scenario.capacity;
        match self {
            Knob::Concurrency => capacity.concurrency = Some(value),
            Knob::Rpm => capacity.rpm = Some(value),
            Knob::Tpm => capacity.tpm = Some(value),
        }
    }

    fn most(self) -> f64 {
        match self {
            Knob::Concurrency => 65_536.0,
            Knob::Rpm => 1e9,
            Knob::Tpm => 1e12,
        }
    }
}

/// The service that is wanted.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Goal {
    /// Which end-to-end percentile, 0.5, 0.9, 0.95, 0.99 or 0.999.
    pub percentile: f64,
    pub max_ms: f64,
    /// The largest fraction of messages that may go unanswered.
    pub max_lost: f64,
}

impl Goal {
    /// # Errors
    /// A limit that no service could be held to.
    fn valid(&self) -> Result<(), Problems> {
        if !(self.max_ms.is_finite() && self.max_ms > 0.0) {
            return Err(Problem::error("max_ms", Word::goal_time, Word::goal_time_hint).into());
        }
        if !(0.0..=1.0).contains(&self.max_lost) {
            return Err(Problem::error("max_lost", Word::goal_lost, Word::goal_lost_hint).into());
        }
        Ok(())
    }
}

/// How much capacity a goal needs.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Needed {
    pub knob: Knob,
    pub goal: Goal,
    /// The smallest value that meets the goal, to three digits; `None` when even no limit does not.
    pub value: Option<f64>,
    /// Where even no limit does not: the other limit that binds then, if one does.
    pub binds: Option<Binds>,
    /// What was tried, from the smallest to the largest.
    pub tried: Vec<Trial>,
    /// The busiest hour, where the messages that each trial simulated end before it.
    pub left_out: Option<LeftOut>,
}

/// One value tried.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Trial {
    /// `None` is no limit.
    pub value: Option<f64>,
    /// The percentile over everyone who came; `None` where it lies among those without an answer.
    pub latency_ms: Option<f64>,
    pub share_lost: f64,
    pub met: bool,
}

/// Finds the smallest value of a limit that meets a goal, by bisection: more of it never hurts.
/// The other limits stay as the scenario has them.
///
/// # Errors
/// Those of [`super::simulate`], and a percentile that is not computed.
pub fn capacity(
    scenario: &Scenario,
    catalog: &Catalog,
    knob: Knob,
    goal: Goal,
    messages: Option<u64>,
) -> Result<Needed, Problems> {
    scenario.valid()?;
    goal.valid()?;
    somebody(scenario, messages)?;
    let mut binds = None;
    let mut tried: Vec<Trial> = Vec::new();
    let mut memory = Memory::default();
    let mut attempt = |value: Option<f64>| -> Result<bool, Problems> {
        let mut limited = scenario.clone();
        match (knob, value) {
            (knob, Some(value)) => knob.set(&mut limited, value),
            (Knob::Concurrency, None) => limited.capacity.concurrency = None,
            (Knob::Rpm, None) => limited.capacity.rpm = None,
            (Knob::Tpm, None) => limited.capacity.tpm = None,
        }
        // What a model has of its own would hide the limit that is looked for.
        for own in limited.models.values_mut() {
            match knob {
                Knob::Concurrency => own.concurrency = None,
                Knob::Rpm => own.rpm = None,
                Knob::Tpm => own.tpm = None,
            }
        }
        let outcome = simulate_with(&limited, catalog, messages, &mut memory, Span::Day)?;
        let latency_ms = percentile(&outcome.overall.with_unanswered, goal.percentile)
            .ok_or_else(|| Problem::error("percentile", Word::percentile_unknown, Word::percentile_unknown_hint))?;
        let share_lost = lost(&outcome);
        let met = latency_ms.is_some_and(|ms| ms <= goal.max_ms) && share_lost <= goal.max_lost;
        if value.is_none() {
            binds = outcome.binds.clone();
        }
        tried.push(Trial { value, latency_ms, share_lost, met });
        Ok(met)
    };
    let mut value = None;
    let possible = attempt(None)?;
    if possible {
        let (mut low, mut high) = (1.0, 1.0);
        while !attempt(Some(high))? && high < knob.most() {
            (low, high) = (high, (high * 4.0).min(knob.most()));
        }
        // Whole numbers below a thousand, three digits above.
        while high - low > (low / 1_000.0).max(1.0) {
            let middle = libm::floor(libm::sqrt(low * high)).clamp(low + 1.0, high - 1.0);
            if attempt(Some(middle))? { high = middle } else { low = middle }
        }
        value = Some(high);
    }
    tried.sort_by(|a, b| a.value.unwrap_or(f64::INFINITY).total_cmp(&b.value.unwrap_or(f64::INFINITY)));
    Ok(Needed {
        knob,
        goal,
        value,
        binds: binds.filter(|_| !possible),
        tried,
        left_out: LeftOut::of(scenario, messages),
    })
}

/// A percentile among those computed: outer `None` when it is not one, inner when nothing was
/// answered.
fn percentile(figures: &Quantiles, p: f64) -> Option<Option<f64>> {
    let known =
        [(0.5, figures.p50), (0.9, figures.p90), (0.95, figures.p95), (0.99, figures.p99), (0.999, figures.p99_9)];
    known.into_iter().find(|(known, _)| (known - p).abs() < 1e-9).map(|(_, value)| value)
}

fn lost(outcome: &Outcome) -> f64 {
    let counts = &outcome.counts;
    (counts.failed + counts.rejected + counts.abandoned) as f64 / counts.arrived.max(1) as f64
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::{Curve, Distribution, Preset};

    /// The staffing that Erlang C gives for a P95 wait: found by the search.
    #[test]
    fn the_search_finds_the_smallest_that_does() {
        let mut scenario = Preset::Reference.scenario();
        for profile in scenario.models.values_mut() {
            profile.latency = Some(Distribution::Exponential { mean: 1_000.0 });
        }
        let goal = Goal { percentile: 0.95, max_ms: 3_500.0, max_lost: 0.0 };
        let messages = Some(60_000);
        let needed = capacity(&scenario, &Catalog::reference(), Knob::Concurrency, goal, messages).unwrap();
        let value = needed.value.unwrap();
        assert!((8.0..14.0).contains(&value), "{value}");
        let met = |value: f64| {
            let mut limited = scenario.clone();
            limited.capacity.concurrency = Some(value);
            crate::sim::simulate(&limited, &Catalog::reference(), messages).unwrap().overall.e2e_ms.p95.unwrap()
                <= goal.max_ms
        };
        assert!(met(value) && !met(value - 1.0), "{needed:?}");
        // A goal below the service time itself is out of reach.
        let hopeless = Goal { max_ms: 10.0, ..goal };
        let needed = capacity(&scenario, &Catalog::reference(), Knob::Rpm, hopeless, messages).unwrap();
        assert_eq!(needed.value, None);
    }

    #[test]
    fn the_knee_is_where_the_queue_begins() {
        let mut scenario = Preset::Reference.scenario();
        scenario.capacity.concurrency = Some(12.0);
        let points: Vec<_> = LOAD_FACTORS
            .iter()
            .map(|factor| load_point(&scenario, &Catalog::reference(), *factor, Some(40_000)).unwrap())
            .collect();
        // 7.7 calls a second of 0.76 s are 5.9 busy servers of 12: full at twice the load.
        let knee = knee(&points).unwrap();
        assert!((1.5..=2.0).contains(&knee), "{knee}: {points:?}");
        scenario.capacity.concurrency = None;
        let flat: Vec<_> = [0.5, 1.0, 2.0]
            .iter()
            .map(|factor| load_point(&scenario, &Catalog::reference(), *factor, Some(40_000)).unwrap())
            .collect();
        assert_eq!(super::knee(&flat), None);
    }

    /// The first messages of the night say nothing of the evening: that is told, in the search, too.
    #[test]
    fn a_night_says_that_the_peak_is_left_out() {
        let scenario = |curve: &str| {
            let mut scenario = Preset::Reference.scenario();
            scenario.daily_messages = 200_000.0;
            scenario.traffic.curve = Curve::named(curve).unwrap();
            scenario.capacity.rpm = Some(40.0);
            scenario
        };
        let of = |curve: &str, messages: u64| LeftOut::of(&scenario(curve), Some(messages)).map(|left| left.peak_hour);
        assert_eq!(of("launch-19", 20_000), Some(19));
        assert_eq!(of("office", 20_000), Some(10));
        assert_eq!(of("launch-19", 200_000), None);
        assert_eq!(LeftOut::of(&scenario("launch-19"), None), None);
        // At every hour of a flat day it is the same.
        assert_eq!(of("flat", 20_000), None);
        let goal = Goal { percentile: 0.95, max_ms: 3_000.0, max_lost: 0.001 };
        let searched = |messages| {
            capacity(&scenario("launch-19"), &Catalog::reference(), Knob::Rpm, goal, messages).unwrap().left_out
        };
        assert_eq!(searched(None), None);
        let said = searched(Some(20_000)).unwrap().sentence().say(&crate::words::English);
        assert!(said.starts_with("These figures are of the first 20,000 messages only, the first "), "{said}");
        assert!(said.ends_with("its busiest hour, from 19:00 on, is not among them."), "{said}");
    }

    fn says(document: &str, factors: &[f64]) -> (Option<f64>, String) {
        let scenario = Scenario::load(document).unwrap().output;
        let point = |factor: &f64| load_point(&scenario, &Catalog::reference(), *factor, Some(20_000)).unwrap();
        let points: Vec<_> = factors.iter().map(point).collect();
        let said = knee_sentence(&points).unwrap().say(&crate::words::English);
        (knee(&points), said)
    }

    /// Lost messages bend a curve too, the limit is named, and the order of the loads is nobody's business.
    #[test]
    fn the_knee_sees_who_is_turned_away() {
        let quota = r#"{"daily_messages": 100000, "types": [{"name": "a", "share_pct": 100, "model": "m"}],
            "models": {"m": {"latency": 300}}, "capacity": {"rpm": 100}, "retry": {"mode": "none"}}"#;
        let (knee, said) = says(quota, &[3.0, 0.5, 1.0, 2.0]);
        assert_eq!(knee, Some(2.0), "{said}");
        assert!(said.contains("the 100 requests a minute of m") && said.starts_with("From 2 times"), "{said}");
        // Most are lost at every load: the knee is at the first one.
        let (knee, said) = says(&quota.replace("100000", "1000000"), &[2.0, 1.0, 3.0]);
        assert_eq!(knee, Some(1.0), "{said}");
        let (knee, said) = says(&quota.replace("\"rpm\": 100", "\"rpm\": null"), &[2.0, 1.0]);
        assert!(knee.is_none() && said.starts_with("No knee in sight: up to 2 times"), "{said}");
        let places = quota.replace("\"rpm\": 100", "\"concurrency\": 1");
        let (knee, said) = says(&places, &[0.5, 1.0, 2.0, 2.5, 2.8]);
        assert!(knee.is_some_and(|knee| knee >= 2.0) && said.contains("1 place"), "{said}");
    }

    #[test]
    fn nobody_and_no_load_are_refused() {
        let scenario = Scenario::default();
        let refused = |factor: f64, messages| {
            load_point(&scenario, &Catalog::reference(), factor, messages).unwrap_err().to_string()
        };
        assert!(refused(0.0, None).starts_with("factor: "), "{}", refused(0.0, None));
        assert!(refused(1.0, Some(0)).starts_with("daily_messages: "), "{}", refused(1.0, Some(0)));
    }

    /// A knob that cannot help says which limit binds.
    #[test]
    fn a_search_that_fails_names_what_binds() {
        let mut scenario = Preset::Reference.scenario();
        scenario.capacity.rpm = Some(50.0);
        let goal = Goal { percentile: 0.95, max_ms: 3_000.0, max_lost: 0.001 };
        let needed = capacity(&scenario, &Catalog::reference(), Knob::Concurrency, goal, Some(20_000)).unwrap();
        let binds = needed.binds.unwrap();
        assert_eq!((needed.value, binds.limit.as_str(), binds.value), (None, "rpm", Some(50.0)));
    }
}
