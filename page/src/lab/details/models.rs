use rehearsal::scenario::{Distribution, ModelProfile, Scenario};
use rehearsal::words::Word;
use yew::prelude::*;

use super::editor::{Editor, MS, count, name_of};

/// How fast each model of the mix answers, and the limits that are its own.
pub fn fields(editor: &Editor) -> Html {
    let scenario = &editor.scenario;
    let escalated = scenario.types.iter().filter_map(|kind| Some(kind.escalation.as_ref()?.model.as_str()));
    let mut ids: Vec<String> = scenario
        .types
        .iter()
        .flat_map(|kind| kind.branches().map(|(id, _)| id))
        .chain(escalated)
        .map(str::to_string)
        .collect();
    ids.sort();
    ids.dedup();
    let names = editor.models("");
    html! {
        for (index, id) in ids.into_iter().enumerate() {
            <>
                <h3>{ name_of(&names, &id) }</h3>
                { profile(editor, index, &id) }
            </>
        }
    }
}

fn profile(editor: &Editor, index: usize, id: &str) -> Html {
    let known = || ModelProfile::of_original(id);
    let profile = editor.scenario.models.get(id).cloned().or_else(known).unwrap_or_default();
    let key = |field: &str| format!("model-{index}-{field}");
    // A change begins from what the model has now, be it the catalog's.
    let at = |change: fn(&mut ModelProfile, Option<f64>)| {
        let (id, before) = (id.to_string(), profile.clone());
        move |scenario: &mut Scenario, value: Option<f64>| change(entry(scenario, &id, &before), value)
    };
    let law = profile.ttft.as_ref().or(profile.latency.as_ref()).cloned();
    let streams = profile.ttft.is_some();
    let shown = law.clone().unwrap_or(Distribution::Simple { mean: 1_000.0, sd: 300.0 });
    let set_law = {
        let (id, before) = (id.to_string(), profile.clone());
        move |scenario: &mut Scenario, law: Distribution| {
            let profile = entry(scenario, &id, &before);
            if streams { profile.ttft = Some(law) } else { profile.latency = Some(law) }
        }
    };
    let set_mode = {
        let (id, before, law) = (id.to_string(), profile.clone(), shown.clone());
        move |scenario: &mut Scenario, key: &str| {
            let profile = entry(scenario, &id, &before);
            let streams = key == "ttft";
            profile.ttft = streams.then(|| law.clone());
            profile.latency = (!streams).then(|| law.clone());
            // Tokens follow the first one at some speed.
            profile.tokens_per_s = profile.tokens_per_s.or(streams.then_some(80.0));
        }
    };
    let modes = [("latency", Word::det_whole), ("ttft", Word::det_streamed)]
        .map(|(key, word)| (key.to_string(), editor.speech.word(word)))
        .to_vec();
    html! {
        <>
            if law.is_none() {
                <p class="hint">{ editor.speech.word(Word::det_no_speed) }</p>
            }
            { editor.choice(&key("mode"), (Word::det_mode, Word::why_speed), modes, if streams { "ttft" } else { "latency" }.to_string(), set_mode) }
            { editor.spread(&key("time"), (if streams { Word::ui_ttft } else { Word::det_time }, Word::why_speed), MS, &shown, set_law) }
            { editor.optional(&key("rate"), (Word::ui_rate, Word::why_rate), (count(0.001, 1e6), 80.0), profile.tokens_per_s, {
                let set = at(|profile, rate| profile.tokens_per_s = rate);
                // A streamed answer has a speed.
                move |scenario, rate| if rate.is_some() || !streams { set(scenario, rate) }
            }) }
            { editor.optional(&key("input"), (Word::det_ttft_input, Word::why_ttft_input), (MS, 15.0), profile.ttft_ms_per_1k_input, at(|profile, ms| profile.ttft_ms_per_1k_input = ms)) }
            { editor.optional(&key("concurrency"), (Word::ui_concurrency, Word::why_own_limit), (count(1.0, 65_536.0), 16.0), profile.concurrency,
                at(|profile, places| profile.concurrency = places.map(|places| libm::round(places).max(1.0)))) }
            { editor.optional(&key("rpm"), (Word::det_rpm, Word::why_own_limit), (count(1.0, 1e9), 500.0), profile.rpm, at(|profile, rpm| profile.rpm = rpm)) }
            { editor.optional(&key("tpm"), (Word::det_tpm, Word::why_own_limit), (count(1.0, 1e12), 500_000.0), profile.tpm, at(|profile, tpm| profile.tpm = tpm)) }
            { editor.optional(&key("burndown"), (Word::ui_burndown, Word::why_burndown), (count(1.0, 100.0), 5.0), profile.burndown, at(|profile, burndown| profile.burndown = burndown)) }
        </>
    }
}

fn entry<'a>(scenario: &'a mut Scenario, id: &str, before: &ModelProfile) -> &'a mut ModelProfile {
    scenario.models.entry(id.to_string()).or_insert_with(|| before.clone())
}
