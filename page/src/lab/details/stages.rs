use rehearsal::scenario::{Distribution, Scenario, Stage, StageGroup};
use rehearsal::words::Word;
use yew::prelude::*;

use super::editor::{Editor, MS, PERCENT};

/// The most stages a scenario may have.
const MAX_STAGES: usize = 16;

/// What a message passes beside the model: groups one after the other, the stages of a group at once.
pub fn fields(editor: &Editor) -> Html {
    let groups = &editor.scenario.stages;
    let count: usize = groups.iter().map(|group| group.parallel.len()).sum();
    html! {
        <>
            <p class="hint">{ editor.speech.word(Word::det_stages_hint) }</p>
            for (at, group) in groups.iter().enumerate() {
                <fieldset class="stage" data-stage={at.to_string()}>
                    <legend>{ at + 1 }</legend>
                    for (index, stage) in group.parallel.iter().enumerate() {
                        { fields_of(editor, at, index, stage) }
                    }
                    { editor.flag(&format!("stage-{at}-after"), (Word::det_after, Word::why_stage_off), group.after,
                        move |scenario, on| with_group(scenario, at, |group| group.after = on)) }
                    { editor.flag(&format!("stage-{at}-miss"), (Word::det_on_miss, Word::why_stage_off), group.on_miss,
                        move |scenario, on| with_group(scenario, at, |group| group.on_miss = on)) }
                    if count < MAX_STAGES {
                        { editor.button(&format!("stage-{at}-beside"), Word::det_add_beside,
                            move |scenario| with_group(scenario, at, |group| group.parallel.push(new_stage()))) }
                    }
                </fieldset>
            }
            if count < MAX_STAGES {
                { editor.button("stage-add", Word::det_add_stage, |scenario| {
                    scenario.stages.push(StageGroup { parallel: vec![new_stage()], after: false, on_miss: false });
                }) }
            }
        </>
    }
}

fn fields_of(editor: &Editor, at: usize, index: usize, stage: &Stage) -> Html {
    let key = |field: &str| format!("stage-{at}-{index}-{field}");
    html! {
        <>
            { editor.text(&key("name"), Word::det_name, &stage.name,
                move |scenario, name| with_stage(scenario, at, index, |stage| stage.name = name.to_string())) }
            { editor.spread(&key("time"), (Word::det_time, Word::why_stage_time), MS, &stage.latency,
                move |scenario, law| with_stage(scenario, at, index, |stage| stage.latency = law)) }
            { editor.number(&key("cold"), (Word::det_cold_rate, Word::why_cold), PERCENT, (stage.cold_rate * 100.0, 0.0),
                move |scenario, pct| with_stage(scenario, at, index, |stage| stage.cold_rate = pct / 100.0)) }
            { editor.number(&key("cold-ms"), (Word::det_cold_ms, Word::why_cold), MS, (stage.cold_ms, 0.0),
                move |scenario, ms| with_stage(scenario, at, index, |stage| stage.cold_ms = ms)) }
            { editor.button(&key("remove"), Word::ui_delete, move |scenario| remove(scenario, at, index)) }
        </>
    }
}

fn new_stage() -> Stage {
    Stage { name: "stage".to_string(), latency: Distribution::Constant(50.0), cold_rate: 0.0, cold_ms: 0.0 }
}

fn with_group(scenario: &mut Scenario, at: usize, change: impl FnOnce(&mut StageGroup)) {
    if let Some(group) = scenario.stages.get_mut(at) {
        change(group);
    }
}

fn with_stage(scenario: &mut Scenario, at: usize, index: usize, change: impl FnOnce(&mut Stage)) {
    with_group(scenario, at, |group| {
        if let Some(stage) = group.parallel.get_mut(index) {
            change(stage);
        }
    });
}

/// Takes a stage away, and its group with the last one.
fn remove(scenario: &mut Scenario, at: usize, index: usize) {
    with_group(scenario, at, |group| {
        if index < group.parallel.len() {
            group.parallel.remove(index);
        }
    });
    scenario.stages.retain(|group| !group.parallel.is_empty());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_group_goes_with_its_last_stage() {
        let group = || StageGroup { parallel: vec![new_stage(), new_stage()], after: false, on_miss: false };
        let mut scenario = Scenario { stages: vec![group(), group()], ..Scenario::default() };
        remove(&mut scenario, 0, 1);
        assert_eq!((scenario.stages.len(), scenario.stages[0].parallel.len()), (2, 1));
        remove(&mut scenario, 0, 0);
        remove(&mut scenario, 7, 0);
        assert_eq!((scenario.stages.len(), scenario.stages[0].parallel.len()), (1, 2));
    }
}
