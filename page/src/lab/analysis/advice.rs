//! What to do first: changes that someone can make, each with what it saves a month, what it does to the
//! P95, and its risk; applied as one edit, which undo takes back.

use std::cell::Cell;
use std::rc::Rc;

use rehearsal::catalog::{Catalog, Mode, PriceKind, Tier, TokenKind};
use rehearsal::cost::estimate;
use rehearsal::scenario::{PromptCache, Scenario};
use rehearsal::sim::{Outcome, judging_messages, simulate};
use rehearsal::words::{Message, Word};
use yew::platform::spawn_local;
use yew::prelude::*;

use super::adopt::{on_model, self_contained};
use super::models::unseen;
use super::panel::{Figures, Panel};
use super::state::Lens;
use crate::channel::ToFirst;
use crate::commands::Command;
use crate::components::{Against, Head, Measure, SortRow, Sortable, delta, figure, late, name};
use crate::period::Period;
use crate::platform::{clock, host};
use crate::speech::{Speech, use_speech};

/// Shorter answers: a fifth of the tokens less.
const SHORTER: f64 = 0.8;
/// Of the largest type that could wait, so much goes through the batch tier.
const BATCH_PCT: f64 = 20.0;
/// Savings below so many dollars a month are none.
const LEAST_USD: f64 = 0.01;

/// A change that could be made.
#[derive(Clone, Debug, PartialEq)]
struct Change {
    what: Message,
    risk: Word,
    scenario: Rc<Scenario>,
}

/// A change with its consequences.
#[derive(Clone, Debug, PartialEq)]
struct Advice {
    change: Change,
    /// Dollars a month.
    saved_usd: f64,
    /// P95 in milliseconds and the share without an answer.
    p95_ms: Option<f64>,
    unanswered: Option<f64>,
}

/// What would be done at all: prompt caching, shorter answers, a limit to them, another model for the
/// dearest type, the batch tier, the global profile, a larger quota.
fn changes(scenario: &Scenario, catalog: &Catalog) -> Vec<Change> {
    let mut all = Vec::new();
    let mut add = |what: Message, risk: Word, change: &dyn Fn(&mut Scenario)| {
        let mut changed = scenario.clone();
        change(&mut changed);
        if changed != *scenario {
            all.push(Change { what, risk, scenario: Rc::new(self_contained(&changed, catalog)) });
        }
    };
    let model_of = |index: usize| {
        scenario.types.get(index).and_then(|kind| kind.branches().next()).and_then(|(id, _)| catalog.get(id))
    };
    for (index, kind) in scenario.types.iter().enumerate() {
        let least = model_of(index).and_then(|model| model.min_cache_tokens).unwrap_or(1_024) as f64;
        if kind.prompt.cache.is_none() && kind.prompt.system_tokens >= least {
            let what = Message::new(Word::advice_prompt_cache)
                .text("type", &kind.name)
                .number("tokens", kind.prompt.system_tokens);
            add(what, Word::advice_prompt_cache_risk, &|changed| {
                if let Some(kind) = changed.types.get_mut(index) {
                    kind.prompt.cache = Some(PromptCache::default());
                }
            });
        }
    }
    add(
        Message::new(Word::advice_shorter).with("part", rehearsal::words::Arg::Percent(1.0 - SHORTER)),
        Word::advice_shorter_risk,
        &|changed| {
            for kind in &mut changed.types {
                kind.output_tokens = kind.output_tokens.scaled(SHORTER);
            }
        },
    );
    let longest = scenario.types.iter().map(|kind| kind.output_tokens.mean()).fold(0.0, f64::max);
    let metered = scenario.capacity.tpm.is_some() || scenario.models.values().any(|model| model.tpm.is_some());
    if metered && scenario.capacity.max_tokens.is_none_or(|most| most > 4.0 * longest) {
        let most = libm::ceil(2.0 * longest / 100.0) * 100.0;
        add(Message::new(Word::advice_max_tokens).number("tokens", most), Word::advice_max_tokens_risk, &|changed| {
            changed.capacity.max_tokens = Some(most);
        });
    }
    if let Some((index, cheaper)) = cheaper_model(scenario, catalog) {
        let name = catalog.get(&cheaper).map_or(cheaper.clone(), |model| model.name.clone());
        let kind = scenario.types.get(index).map(|kind| kind.name.clone()).unwrap_or_default();
        add(
            Message::new(Word::advice_route).text("type", kind).text("model", name),
            Word::advice_route_risk,
            &|changed| {
                *changed = on_model(scenario, catalog, &cheaper, Some(index));
            },
        );
    }
    for (index, kind) in scenario.types.iter().enumerate() {
        let batched = model_of(index)
            .is_some_and(|model| model.prices.get(PriceKind::of(Tier::Batch, TokenKind::Input)).is_some());
        if batched && kind.tiers.batch_pct == 0.0 {
            let what = Message::new(Word::advice_batch)
                .text("type", &kind.name)
                .with("part", rehearsal::words::Arg::Percent(BATCH_PCT / 100.0));
            add(what, Word::advice_batch_risk, &|changed| {
                if let Some(kind) = changed.types.get_mut(index) {
                    kind.tiers.batch_pct = BATCH_PCT;
                }
            });
        }
    }
    let factor = 2.0;
    if scenario.capacity.rpm.or(scenario.capacity.tpm).is_some() {
        add(Message::new(Word::advice_quota).number("factor", factor), Word::advice_quota_risk, &|changed| {
            changed.capacity.rpm = changed.capacity.rpm.map(|rpm| rpm * factor);
            changed.capacity.tpm = changed.capacity.tpm.map(|tpm| tpm * factor);
        });
    }
    all
}

/// The dearest type on the cheapest of the models that the scenario uses already: what a team knows.
fn cheaper_model(scenario: &Scenario, catalog: &Catalog) -> Option<(usize, String)> {
    let bill = estimate(scenario, catalog).ok()?;
    let cost =
        |index: usize| bill.breakdown.get(index).and_then(|part| part.daily_cost_usd).map_or(0.0, |usd| usd.dollars());
    let dearest = (0..scenario.types.len()).max_by(|a, b| cost(*a).total_cmp(&cost(*b)))?;
    let own: Vec<&str> = scenario.types.get(dearest)?.branches().map(|(id, _)| id).collect();
    let used = scenario.types.iter().flat_map(|kind| kind.branches()).map(|(id, _)| id);
    let price = |id: &str| {
        let model = catalog.get(id).filter(|model| model.mode == Mode::Chat)?;
        Some(
            model.prices.get(PriceKind::Input)?.usd_per_million()
                + model.prices.get(PriceKind::Output)?.usd_per_million(),
        )
    };
    let cheapest = used.filter_map(|id| Some((price(id)?, id))).min_by(|a, b| a.0.total_cmp(&b.0))?.1;
    (own != [cheapest]).then(|| (dearest, cheapest.to_string()))
}

fn weigh(before: (f64, &Outcome), change: &Change, catalog: &Catalog) -> Option<Advice> {
    let month = estimate(&change.scenario, catalog).ok()?.monthly_cost_usd?.dollars();
    let day = simulate(&change.scenario, catalog, Some(judging_messages(&change.scenario))).ok()?;
    let advice = Advice {
        change: change.clone(),
        saved_usd: before.0 - month,
        p95_ms: late(&day.overall, |q| q.p95),
        unanswered: day.overall.unanswered,
    };
    let answers_more = advice.unanswered.zip(before.1.overall.unanswered).is_some_and(|(now, was)| now + 0.001 < was);
    (advice.saved_usd >= LEAST_USD || answers_more).then_some(advice)
}

/// The changes that are worth it, those that answer more people first, then those that save most.
#[component]
pub fn AdvicePanel(lens: &Lens) -> Html {
    let speech = use_speech();
    let found = use_state(|| None::<(Rc<Scenario>, Option<Rc<Outcome>>, Vec<Advice>)>);
    let applied = use_state(|| false);
    {
        let found = found.clone();
        use_effect_with(lens.scenario.clone(), move |scenario| {
            let over = Rc::new(Cell::new(false));
            let (mine, scenario) = (over.clone(), scenario.clone());
            spawn_local(async move {
                let catalog = crate::lab::prices::catalog();
                let before = simulate(&scenario, catalog, Some(judging_messages(&scenario))).ok().map(Rc::new);
                let month =
                    estimate(&scenario, catalog).ok().and_then(|bill| bill.monthly_cost_usd).map(|usd| usd.dollars());
                let mut all = Vec::new();
                for change in changes(&scenario, catalog) {
                    // The page draws and listens between two of them.
                    clock::sleep(0.0).await;
                    if mine.get() {
                        return;
                    }
                    let weighed =
                        before.as_deref().zip(month).and_then(|(day, month)| weigh((month, day), &change, catalog));
                    all.extend(weighed);
                }
                let lost = |advice: &Advice| libm::round(advice.unanswered.unwrap_or(0.0) * 1000.0);
                all.sort_by(|a, b| lost(a).total_cmp(&lost(b)).then(b.saved_usd.total_cmp(&a.saved_usd)));
                found.set(Some((scenario, before, all)));
            });
            move || over.set(true)
        });
    }
    let undo = {
        let applied = applied.clone();
        Callback::from(move |_: MouseEvent| {
            applied.set(false);
            host::to_first(&ToFirst::Run { command: Command::Undo });
        })
    };
    let fresh = found.as_ref().is_some_and(|(scenario, ..)| *scenario == lens.scenario);
    html! {
        <Panel id="advice" title={Word::advice_title} lead={Word::advice_lead} how={Word::advice_how} busy={!fresh} wide=true>
            if *applied {
                <p class="finding"><button class="small" data-action="undo-advice" onclick={undo}>{ speech.word(Word::ui_undo) }</button></p>
            }
            {
                match &*found {
                    None => html! { <p class="loading" role="status">{ speech.word(Word::ui_loading) }</p> },
                    Some((_, _, all)) if all.is_empty() => html! { <p class="finding">{ speech.word(Word::advice_none) }</p> },
                    Some((_, before, all)) => html! {
                        <div class={(!fresh).then_some("stale")}>
                        <Figures of="advice">
                            <Sortable heads={heads(&speech, lens)} rows={all.iter().map(|advice| row(&speech, lens, before.as_deref(), advice, &applied)).collect::<Vec<_>>()} />
                        </Figures>
                        </div>
                    },
                }
            }
        </Panel>
    }
}

fn heads(speech: &Speech, lens: &Lens) -> Vec<Head> {
    let saved = if lens.period == Period::Day { Word::advice_saved_day } else { Word::advice_saved };
    vec![
        Head::name(speech.word(Word::advice_what)),
        Head::figure(speech.word(saved)),
        Head::figure("P95").class(""),
        Head::name(speech.word(Word::advice_risk)),
        Head::plain(unseen(speech, Word::an_adopt)),
    ]
}

fn row(
    speech: &Speech,
    lens: &Lens,
    before: Option<&Outcome>,
    advice: &Advice,
    applied: &UseStateHandle<bool>,
) -> SortRow {
    let apply = {
        let (adopt, scenario, applied) = (lens.adopt.clone(), advice.change.scenario.clone(), applied.clone());
        Callback::from(move |_: MouseEvent| {
            adopt.emit((*scenario).clone());
            applied.set(true);
        })
    };
    let was = before.and_then(|day| late(&day.overall, |q| q.p95));
    let lost =
        before.and_then(|day| day.overall.unanswered).zip(advice.unanswered).filter(|(was, now)| was.max(*now) > 0.0);
    let what = speech.say(&advice.change.what);
    // A P95 among those without an answer is longer than any that is known.
    let p95 = advice.p95_ms.or(advice.unanswered.filter(|share| *share > 0.0).map(|_| f64::INFINITY));
    let keys = vec![name(&what), figure(Some(advice.saved_usd)), figure(p95), name(&speech.word(advice.change.risk))];
    let html = html! {
        <tr>
            <th scope="row">{ &what }</th>
            <td class="n">{ lens.money(speech, Some(advice.saved_usd / lens.scenario.days_in_month)) }</td>
            <td>{ delta(speech, Measure::Ms, advice.p95_ms, was, Against::Today) }
                if let Some((was, now)) = lost { <br />{ delta(speech, Measure::Unanswered, Some(now), Some(was), Against::Today) } }
            </td>
            <td>{ speech.word(advice.change.risk) }</td>
            <td><button class="small" onclick={apply} aria-label={speech.say(&Message::new(Word::an_adopt_what).text("what", what.clone()))}>{ speech.word(Word::an_adopt) }</button></td>
        </tr>
    };
    SortRow::new(keys, html)
}

#[cfg(test)]
mod tests {
    use super::*;
    use rehearsal::scenario::Preset;

    fn advice(scenario: &Scenario) -> Vec<Advice> {
        let catalog = Catalog::full();
        let day = simulate(scenario, catalog, Some(judging_messages(scenario))).unwrap();
        let month = estimate(scenario, catalog).unwrap().monthly_cost_usd.unwrap().dollars();
        changes(scenario, catalog).iter().filter_map(|change| weigh((month, &day), change, catalog)).collect()
    }

    #[test]
    fn what_is_advised_saves_what_it_says_or_answers_more() {
        for preset in [Preset::Reference, Preset::NoonThrottled, Preset::Puzzle] {
            let scenario = preset.scenario();
            let all = advice(&scenario);
            assert!(!all.is_empty(), "{preset:?}");
            let month =
                |scenario: &Scenario| estimate(scenario, Catalog::full()).unwrap().monthly_cost_usd.unwrap().dollars();
            for advice in all {
                let saved = month(&scenario) - month(&advice.change.scenario);
                assert!((saved - advice.saved_usd).abs() < 1e-6, "{advice:?}");
            }
        }
    }

    #[test]
    fn the_mistake_of_the_puzzle_is_found() {
        let all = advice(&Preset::Puzzle.scenario());
        let found = all.iter().find(|advice| advice.change.what.word == Word::advice_max_tokens);
        assert!(found.is_some_and(|advice| advice.unanswered.is_some_and(|lost| lost < 0.01)), "{all:?}");
    }

    #[test]
    fn no_hit_rate_is_a_knob() {
        for change in changes(&Preset::Reference.scenario(), Catalog::full()) {
            let hits = |scenario: &Scenario| scenario.types.iter().map(|kind| kind.cache.hit_rate).collect::<Vec<_>>();
            assert_eq!(hits(&change.scenario), hits(&Preset::Reference.scenario()));
        }
    }
}
