//! The chart of percentiles against load, with who got no answer.

use std::rc::Rc;

use rehearsal::scenario::Scenario;
use rehearsal::sim::{LOAD_FACTORS, LoadPoint, knee};
use rehearsal::words::{Arg, Message, Word};
use yew::prelude::*;

use super::percentiles::{PercentileChart, PercentilePoint};
use crate::speech::use_speech;

#[derive(Properties, PartialEq)]
pub struct Props {
    /// The points so far, in the order of their load.
    pub points: Rc<Vec<LoadPoint>>,
    /// Those of the scenario that this one is compared with.
    pub pinned: Rc<Vec<LoadPoint>>,
    pub slo_ms: f64,
    /// Whether they belong to what is on the screen.
    pub fresh: bool,
    /// Whose limits these are.
    pub scenario: Option<Rc<Scenario>>,
}

/// The share of unanswered messages from which on a load is said to be too much.
const NOTICED: f64 = 0.001;

/// What the curve says: from which load on messages get no answer, and why; where waiting grows; or that
/// neither happens.
fn findings(points: &[LoadPoint], knee: Option<f64>, scenario: Option<&Scenario>) -> Vec<Message> {
    let lost = points.iter().find(|point| point.share_lost >= NOTICED).map(|point| {
        let limit = scenario.and_then(limit_of);
        let word = if limit.is_some() { Word::ui_lost_from_limit } else { Word::ui_lost_from };
        let mut said =
            Message::new(word).with("factor", Arg::Number(point.factor)).with("share", Arg::Percent(point.share_lost));
        if let Some((name, value)) = limit {
            said = said.with("limit", Arg::Word(name)).number("value", value);
        }
        said
    });
    let steep = knee.map(|knee| Message::new(Word::ui_knee_at).with("factor", Arg::Number(knee)));
    let found: Vec<Message> = lost.into_iter().chain(steep).collect();
    if found.is_empty() { vec![Word::ui_no_knee.into()] } else { found }
}

/// The only limit that a scenario sets for all models, by its name and its value; `None` where there is
/// none, or more than one, so that it cannot be told which of them turned messages away.
fn limit_of(scenario: &Scenario) -> Option<(Word, f64)> {
    let capacity = &scenario.capacity;
    let own = scenario.models.values().any(|profile| profile.rpm.or(profile.tpm).or(profile.concurrency).is_some());
    let mut set = [
        (Word::ui_limit_rpm, capacity.rpm),
        (Word::ui_limit_tpm, capacity.tpm),
        (Word::ui_limit_concurrency, capacity.concurrency),
    ]
    .into_iter()
    .filter_map(|(word, value)| Some((word, value?)));
    let only = set.next().filter(|_| !own)?;
    let faults = scenario.faults.throttle_rate + scenario.faults.error_rate > 0.0;
    (set.next().is_none() && !faults).then_some(only)
}

/// The percentiles against load, with the knee.
#[component]
pub fn LoadPanel(props: &Props) -> Html {
    let speech = use_speech();
    let whole = props.points.len() == LOAD_FACTORS.len();
    let knee = if whole { knee(&props.points) } else { None };
    let times = |factor: f64| speech.say(&Message::new(Word::ui_times).with("factor", Arg::Number(factor)));
    let points = props.points.iter().map(|point| PercentilePoint {
        at: point.factor,
        quantiles: point.with_unanswered,
        before: vec![Some(Arg::Text(times(point.factor))), Some(Arg::Number(libm::round(point.daily_messages)))],
        after: vec![point.share_within_slo.map(Arg::Percent), Some(Arg::Percent(point.share_lost))],
        unanswered: Some(point.share_lost),
    });
    let pinned = props.pinned.iter().map(|point| (point.factor, point.with_unanswered));
    let words = |words: &[Word]| words.iter().map(|word| speech.word(*word)).collect::<Vec<_>>();
    let columns = (words(&[Word::ui_load, Word::ui_daily_messages]), words(&[Word::ui_in_time, Word::ui_lost]));
    let findings = findings(&props.points, knee, props.scenario.as_deref());
    html! {
        <section class={classes!("card", (!props.fresh || !whole).then_some("stale"))} aria-labelledby="load-title" aria-busy={(!props.fresh || !whole).to_string()}>
            <PercentileChart id="load" title={speech.word(Word::ui_by_load)} description={speech.word(Word::chart_load_desc)}
                points={points.collect::<Vec<_>>()} pinned={pinned.collect::<Vec<_>>()} {columns} slo_ms={props.slo_ms}
                ticks={[0.25, 0.5, 1.0, 1.5, 2.0, 2.5, 3.0].map(|factor| (factor, times(factor))).to_vec()}
                place={knee.map(|knee| (knee, speech.word(Word::ui_knee)))} />
            if whole {
                <p class="finding" data-figure="knee">
                    { findings.iter().map(|finding| speech.say(finding)).collect::<Vec<_>>().join(" ") }
                </p>
            }
        </section>
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rehearsal::catalog::Catalog;
    use rehearsal::sim::load_point;

    fn said(scenario: &Scenario) -> String {
        let point = |factor| load_point(scenario, &Catalog::reference(), factor, Some(20_000)).unwrap();
        let points: Vec<LoadPoint> = LOAD_FACTORS.into_iter().map(point).collect();
        let findings = findings(&points, knee(&points), Some(scenario));
        findings.iter().map(|finding| finding.say(&rehearsal::words::English)).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn what_is_lost_is_said_with_the_limit_that_turns_it_away() {
        assert_eq!(said(&Scenario::default()), Word::ui_no_knee.english());
        let mut scenario = Scenario { daily_messages: 200_000.0, ..Scenario::default() };
        scenario.capacity.rpm = Some(50.0);
        let text = said(&scenario);
        assert!(text.contains("50 requests a minute") && text.contains("no answer"), "{text}");
        assert!(!text.contains("No knee"), "{text}");
        scenario.capacity.concurrency = Some(4.0);
        assert!(!said(&scenario).contains("50 requests"), "two limits: it cannot be told which");
    }
}
