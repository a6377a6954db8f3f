use rehearsal::chart::Scale;
use rehearsal::cost::BillRange;
use rehearsal::problem::Problem;
use rehearsal::scenario::Scenario;
use rehearsal::words::{Message, Word};
use serde_json::{Value, json};
use yew::prelude::*;

use super::bars::Bars;
use super::panel::{Figures, Panel};
use super::state::Lens;
use crate::components::{Choice, Field, problem_list};
use crate::speech::{Speech, use_speech};

/// Where the bill may lie when inputs are only known to lie between two numbers.
#[component]
pub fn RangePanel(lens: &Lens) -> Html {
    let speech = use_speech();
    let path = use_state(|| None::<String>);
    let problems = use_state(Vec::<Problem>::new);
    // What moves the bill most can be given as a range here; prices have a table of their own.
    let inputs: Vec<(String, String, f64)> = lens
        .answers
        .sensitivity
        .iter()
        .filter(|input| !input.path.starts_with("billing.prices"))
        .map(|input| (input.path.clone(), speech.say(&lens.label(&input.label)), input.value))
        .collect();
    let chosen = inputs.iter().find(|(at, ..)| path.as_ref() == Some(at)).or(inputs.first()).cloned();
    let (low, high) = (use_state(|| None::<f64>), use_state(|| None::<f64>));
    let choose = {
        let (path, low, high) = (path.clone(), low.clone(), high.clone());
        Callback::from(move |key: String| {
            path.set(Some(key));
            low.set(None);
            high.set(None);
        })
    };
    let remove = {
        let (adopt, scenario) = (lens.adopt.clone(), lens.scenario.clone());
        Callback::from(move |_: MouseEvent| adopt.emit(Scenario { ranges: Vec::new(), ..(*scenario).clone() }))
    };
    let set = |state: &UseStateHandle<Option<f64>>| {
        let state = state.clone();
        Callback::from(move |value: Option<f64>| state.set(value))
    };
    html! {
        <Panel id="range" title={Word::an_range} lead={Word::an_range_lead} how={Word::an_range_how}>
            if let Some(range) = &lens.answers.range {
                { shown(&speech, lens, range) }
            } else {
                <p class="finding">{ speech.word(Word::an_range_none) }</p>
            }
            if !lens.scenario.ranges.is_empty() {
                <ul class="plain">
                    for range in lens.scenario.ranges.iter() {
                        <li><code>{ &range.path }</code>{ format!(" {} – {}", speech.number(range.low), speech.number(range.high)) }</li>
                    }
                </ul>
                <button class="small" onclick={remove}>{ speech.word(Word::an_range_remove) }</button>
            }
            if let Some((at, _, value)) = chosen {
                <div class="row three">
                    <Choice label={speech.word(Word::an_input)} labelled=true chosen={at.clone()} on_choose={choose}
                        options={inputs.iter().map(|(at, name, _)| (at.clone(), name.clone())).collect::<Vec<_>>()} />
                    <Field id="range_low" label={speech.word(Word::bench_col_low)} value={low.unwrap_or(0.8 * value)} min={0.0} max={1e12} on_set={set(&low)} />
                    <Field id="range_high" label={speech.word(Word::bench_col_high)} value={high.unwrap_or(1.2 * value)} min={0.0} max={1e12} on_set={set(&high)} />
                </div>
                { problem_list(&speech, &problems, html! {}) }
                <button class="small" data-action="add-range" onclick={
                    let (adopt, scenario, problems) = (lens.adopt.clone(), lens.scenario.clone(), problems.clone());
                    let (low, high) = (low.unwrap_or(0.8 * value), high.unwrap_or(1.2 * value));
                    Callback::from(move |_: MouseEvent| match with_range(&scenario, &at, low, high) {
                        Ok(changed) => {
                            problems.set(Vec::new());
                            adopt.emit(changed);
                        }
                        Err(found) => problems.set(found),
                    })
                }>{ speech.word(Word::an_range_add) }</button>
            }
        </Panel>
    }
}

/// The scenario with an input that is only known to lie between two numbers.
fn with_range(scenario: &Scenario, path: &str, low: f64, high: f64) -> Result<Scenario, Vec<Problem>> {
    let mut document: Value = serde_json::from_str(&scenario.to_json()).unwrap_or_default();
    let pointer = format!("/{}", path.replace('[', ".").replace(']', "").replace('.', "/"));
    if let Some(place) = document.pointer_mut(&pointer) {
        // A distribution's mean is what is not known.
        let place = if place.is_object() { &mut place["mean"] } else { place };
        *place = json!([low, high]);
    }
    Scenario::load(&document.to_string()).map(|read| read.output).map_err(|problems| problems.0)
}

fn shown(speech: &Speech, lens: &Lens, range: &BillRange) -> Html {
    let scale = Scale::linear(range.min_usd, range.max_usd, (0.0, 1.0));
    let said = Message::new(Word::an_range_says)
        .text("low", lens.money(speech, Some(range.p5_usd)))
        .text("high", lens.amount(speech, range.p95_usd))
        .number("samples", f64::from(range.samples))
        .text("seed", range.seed.to_string());
    let rows = [("P5", range.p5_usd), ("P50", range.p50_usd), ("P95", range.p95_usd)];
    let words = [(Word::ui_mean, range.mean_usd), (Word::an_least, range.min_usd), (Word::an_most, range.max_usd)];
    let all = rows.map(|(name, usd)| (name.to_string(), usd)).into_iter();
    let all = all.chain(words.map(|(word, usd)| (speech.word(word), usd)));
    html! {
        <>
            <p class="finding answer" data-figure="range">{ speech.say(&said) }</p>
            <div class="strip">
                <Bars bars={vec![((0.0, 1.0), "faint"), ((scale.clamped(range.p5_usd), scale.clamped(range.p95_usd)), "whole")]}
                    ticks={[Some(range.p50_usd), lens.daily_usd()].into_iter().flatten().map(|usd| scale.clamped(usd)).collect::<Vec<_>>()}
                    label={Some(speech.say(&said))} />
                <p class="ends"><span>{ lens.money(speech, Some(range.min_usd)) }</span><span>{ lens.money(speech, Some(range.max_usd)) }</span></p>
            </div>
            <Figures of="range">
                <thead><tr><th scope="col">{ speech.word(Word::an_quantile) }</th><th scope="col" class="n">{ speech.word(lens.period.word()) }</th></tr></thead>
                <tbody>
                    for (name, usd) in all {
                        <tr><th scope="row">{ name }</th><td class="n">{ lens.money(speech, Some(usd)) }</td></tr>
                    }
                </tbody>
            </Figures>
            if !range.without_effect.is_empty() {
                <p class="hint">{ speech.say(&Message::new(Word::an_range_without).text("names", range.without_effect.join(", "))) }</p>
            }
        </>
    }
}

#[cfg(all(test, not(target_arch = "wasm32")))]
mod tests {
    use super::*;

    #[test]
    fn an_input_becomes_a_range_where_it_stands() {
        let ranged = with_range(&Scenario::default(), "types[2].input_tokens", 250.0, 350.0).unwrap();
        assert_eq!((ranged.ranges.len(), ranged.types[2].input_tokens.mean()), (1, 300.0));
        let again = with_range(&ranged, "types[0].cache.hit_rate", 0.2, 0.4).unwrap();
        assert_eq!(again.ranges.len(), 2);
        let wrong = with_range(&ranged, "types[0].cache.hit_rate", 0.4, 0.2).unwrap_err();
        assert_eq!(wrong[0].path, "types[0].cache.hit_rate");
    }
}
