//! The view of the questions: files in, three sentences, one answer in full.

use std::cell::Cell;
use std::collections::BTreeMap;
use std::rc::Rc;

use rehearsal::problem::clipped;
use rehearsal::questions::quota::QuotaAnswer;
use rehearsal::questions::upgrade::{OnModel, every_model};
use rehearsal::scenario::{Scenario, Unit, parse_quantity};
use rehearsal::words::{Message, Word};
use rehearsal::workspace::{Pinned, Workspace};
use web_sys::HtmlInputElement;
use yew::platform::spawn_local;
use yew::prelude::*;

use super::answer::Answer;
use super::asking::{Answers, Wish, ask};
use super::scenario::OfScenario;
use crate::channel::ToFirst;
use crate::components::Choice;
use crate::lab::analysis::reader::Progress;
use crate::lab::analysis::{on_model, self_contained};
use crate::lab::prices;
use crate::platform::files::{self, Source};
use crate::platform::{clock, drops, host};
use crate::speech::{Speech, use_speech};
use crate::view::View;

/// The questions, in the order in which they are asked.
const QUESTIONS: [(View, Word); 3] =
    [(View::Upgrade, Word::upgrade_title), (View::Cache, Word::cache_q_title), (View::Quota, Word::quota_q_title)];

/// The example logs that lie beside the page, and the teams that they are of.
const EXAMPLES: [(&str, Word); 3] = [
    ("support-desk.jsonl.gz", Word::qv_example_shop),
    ("code-agent.jsonl.gz", Word::qv_example_code),
    ("mail-triage.jsonl.gz", Word::qv_example_mail),
];

/// Progress is shown once reading has taken so long.
const SHOWN_AFTER_MS: f64 = 300.0;
/// Lines that are named.
const NAMED: usize = 50;

#[derive(Properties, PartialEq)]
pub struct Props {
    pub view: View,
    /// The scenario on the screen.
    pub scenario: Option<Rc<Scenario>>,
}

/// What is asked of which files.
#[derive(Clone, Default, PartialEq)]
struct Asked {
    sources: Vec<Source>,
    /// The example that it is, by its file.
    example: Option<&'static str>,
    wish: Wish,
}

#[derive(Clone, PartialEq)]
enum Stage {
    Empty,
    Reading(Option<Progress>),
    Read(Rc<Answers>),
    Failed(String),
}

/// Three questions, the files they are asked of, and the answer to the one that is shown.
#[component]
pub fn QuestionsView(props: &Props) -> Html {
    let speech = use_speech();
    let shown = props.view.is_question();
    let asked = use_state(Asked::default);
    let stage = use_state(|| Stage::Empty);
    let cancelled = use_mut_ref(|| Rc::new(Cell::new(false)));
    let read = use_reading(&asked, &stage, &cancelled);
    let take = {
        let (read, asked) = (read.clone(), asked.clone());
        Callback::from(move |sources: Vec<Source>| read.emit(Asked { sources, example: None, ..(*asked).clone() }))
    };
    let show_example = {
        let (read, asked, stage) = (read.clone(), asked.clone(), stage.clone());
        Callback::from(move |name: &'static str| {
            let (read, stage, wish) = (read.clone(), stage.clone(), asked.wish.clone());
            spawn_local(async move {
                let file = format!("logs/{name}");
                match files::content(&file).await.map(|bytes| Source::of_bytes(name, &bytes)) {
                    Ok(Some(source)) => read.emit(Asked { sources: vec![source], example: Some(name), wish }),
                    Ok(None) => stage.set(Stage::Failed(file)),
                    Err(wrong) => stage.set(Stage::Failed(wrong)),
                }
            });
        })
    };
    {
        // Whoever comes first sees an answer before giving anything.
        let show_example = show_example.clone();
        use_effect_with(shown, move |shown| {
            if *shown {
                show_example.emit(EXAMPLES[0].0);
            }
        });
    }
    {
        let take = take.clone();
        use_effect_with((shown, take), |(shown, take)| {
            let take = take.clone();
            let listener = shown.then(|| drops::listen(move |given| take.emit(given)));
            move || drop(listener)
        });
    }
    let wish = {
        let (read, asked) = (read.clone(), asked.clone());
        Callback::from(move |wish: Wish| read.emit(Asked { wish, ..(*asked).clone() }))
    };
    let cancel = Callback::from(move |_: MouseEvent| cancelled.borrow().set(true));
    if !shown {
        return html! {};
    }
    let answers = match &*stage {
        Stage::Read(answers) => Some(answers.clone()),
        _ => None,
    };
    html! {
        <div class="questions">
            <section class="card panel wide" aria-labelledby="questions-title" data-panel="questions">
                <h2 id="questions-title">{ speech.word(Word::qv_title) }</h2>
                <p class="lead">{ speech.word(Word::qv_lead) }</p>
                { files_row(&speech, &asked, &take, &show_example) }
                { status(&speech, &stage, &asked, cancel) }
            </section>
            <nav class="three" aria-label={speech.word(Word::qv_title)}>
                for (view, word) in QUESTIONS {
                    <a class="card" href={format!("#{}", view.key())} aria-current={(view == props.view).then_some("page")} data-question={view.key()}>
                        <strong>{ speech.word(word) }</strong>
                        <span>{ answers.as_ref().and_then(|answers| answers.report(view)).map(|report| speech.say(&report.sentence)) }</span>
                    </a>
                }
            </nav>
            <section class="card panel wide" aria-label={speech.word(title(props.view))} data-panel={props.view.key()}>
                <h3>{ speech.word(title(props.view)) }</h3>
                { wishes(&speech, props.view, &asked.wish, &wish) }
                if let Some(answers) = answers {
                    <Answer key={props.view.key()} actions={actions(&speech, props, &answers)} {answers} view={props.view} />
                }
            </section>
            if let Some(scenario) = props.scenario.clone().filter(|_| props.view != View::Upgrade) {
                <OfScenario {scenario} view={props.view} wish={asked.wish.clone()} />
            }
        </div>
    }
}

fn title(view: View) -> Word {
    QUESTIONS.into_iter().find(|(known, _)| *known == view).map_or(Word::qv_title, |(_, word)| word)
}

/// What asks files anew: one asking at a time, the newest.
#[hook]
fn use_reading(
    asked: &UseStateHandle<Asked>,
    stage: &UseStateHandle<Stage>,
    cancelled: &Rc<std::cell::RefCell<Rc<Cell<bool>>>>,
) -> Callback<Asked> {
    let (asked, stage, cancelled) = (asked.clone(), stage.clone(), cancelled.clone());
    Callback::from(move |mut now: Asked| {
        now.wish.today = clock::today();
        asked.set(now.clone());
        cancelled.borrow().set(true);
        let mine = Rc::new(Cell::new(false));
        *cancelled.borrow_mut() = mine.clone();
        if now.sources.is_empty() {
            return;
        }
        stage.set(Stage::Reading(None));
        let stage = stage.clone();
        spawn_local(async move {
            let begun = clock::now_ms();
            let tell = |progress| {
                if clock::now_ms() - begun > SHOWN_AFTER_MS {
                    stage.set(Stage::Reading(Some(progress)));
                }
            };
            let done = ask(&now.sources, &now.wish, &mine, tell).await;
            if mine.get() && done.is_some() {
                return;
            }
            stage.set(match done {
                None => Stage::Empty,
                Some(Ok(answers)) => Stage::Read(Rc::new(answers)),
                Some(Err(wrong)) => Stage::Failed(wrong),
            });
        });
    })
}

/// Where files come from: a person's own, or an example.
fn files_row(
    speech: &Speech,
    asked: &Asked,
    take: &Callback<Vec<Source>>,
    show_example: &Callback<&'static str>,
) -> Html {
    let open = {
        let take = take.clone();
        Callback::from(move |event: Event| {
            if let Some(input) = event.target_dyn_into::<HtmlInputElement>() {
                if let Some(list) = input.files() {
                    take.emit(files::sources(&list));
                }
                // The same file can be opened again.
                input.set_value("");
            }
        })
    };
    html! {
        <div class="controls">
            <label class="button primary">{ speech.word(Word::qv_open) }<input class="sr" type="file" multiple=true onchange={open} data-field="question-log" /></label>
            <span class="hint">{ speech.word(Word::qv_examples) }</span>
            for (name, word) in EXAMPLES {
                <button class="small" aria-pressed={(asked.example == Some(name)).to_string()} data-example={name}
                    onclick={show_example.reform(move |_: MouseEvent| name)}>{ speech.word(word) }</button>
            }
        </div>
    }
}

/// What was read, how far it is, or what went wrong.
fn status(speech: &Speech, stage: &Stage, asked: &Asked, cancel: Callback<MouseEvent>) -> Html {
    match stage {
        Stage::Empty => html! { <p class="hint">{ speech.word(Word::qv_nothing) }</p> },
        Stage::Reading(None) => html! { <p class="loading" role="status">{ speech.word(Word::ui_loading) }</p> },
        Stage::Reading(Some(progress)) => progress.shown(speech, Word::qv_title, "cancel-questions", cancel),
        Stage::Failed(wrong) => html! {
            <div class="problems error" role="alert"><p>{ speech.say(&Message::new(Word::an_import_failed).text("why", wrong.clone())) }</p></div>
        },
        Stage::Read(answers) => html! {
            <>
                <p class="hint" data-figure="asked">
                    { speech.say(&Message::new(Word::an_import_took).text("names", answers.names.clone())
                        .number("megabytes", answers.megabytes).number("seconds", answers.seconds)) }
                    if asked.example.is_some() { { " " }<strong>{ speech.word(Word::qv_is_example) }</strong> }
                </p>
                if answers.skipped_count > 0 {
                    <details class="problems warning">
                        <summary>{ speech.say(&Message::new(Word::an_import_skipped).number("count", answers.skipped_count as f64)) }</summary>
                        <ul class="lints">for line in answers.skipped.iter().take(NAMED) { <li>{ line }</li> }</ul>
                    </details>
                }
            </>
        },
    }
}

/// What a question can be asked with.
fn wishes(speech: &Speech, view: View, wish: &Wish, on_change: &Callback<Wish>) -> Html {
    match view {
        View::Upgrade => {
            let mut options = vec![(String::new(), speech.word(Word::qv_every))];
            let models = every_model(prices::catalog(), (!wish.today.is_empty()).then_some(wish.today.as_str()));
            options.extend(models.into_iter().map(|id| (id.clone(), id)));
            let choose = {
                let (wish, on_change) = (wish.clone(), on_change.clone());
                Callback::from(move |to: String| on_change.emit(Wish { to, ..wish.clone() }))
            };
            html! {
                <div class="controls">
                    <Choice label={speech.word(Word::qv_to)} labelled=true {options} chosen={wish.to.clone()} on_choose={choose} />
                </div>
            }
        }
        View::Quota => {
            let field = |word: Word, name: &'static str, value: Option<f64>, with: fn(&Wish, Option<f64>) -> Wish| {
                let (wish, on_change) = (wish.clone(), on_change.clone());
                let onchange = Callback::from(move |event: Event| {
                    if let Some(input) = event.target_dyn_into::<HtmlInputElement>() {
                        let typed = input.value();
                        let number = parse_quantity(&typed, Unit::Count).filter(|number| (1.0..=1e12).contains(number));
                        input.set_custom_validity(if number.is_none() && !typed.trim().is_empty() {
                            "1 – 10¹²"
                        } else {
                            ""
                        });
                        // The browser shows what it was told.
                        let _ = input.report_validity();
                        let wrong = (number.is_none() && !typed.trim().is_empty()).then_some(typed);
                        on_change.emit(Wish { typed: wrong, ..with(&wish, number) });
                    }
                });
                let shown = value.map(|value| value.to_string());
                html! {
                    <label class="labelled">{ speech.word(word) }<input type="text" inputmode="numeric" value={shown} {onchange} data-field={name}
                        placeholder={speech.word(Word::qv_new_account)} /></label>
                }
            };
            html! {
                <div class="controls">
                    { field(Word::qv_tpm, "question-tpm", wish.tpm, |wish, tpm| Wish { tpm, ..wish.clone() }) }
                    { field(Word::qv_rpm, "question-rpm", wish.rpm, |wish, rpm| Wish { rpm, ..wish.clone() }) }
                    if let Some(typed) = &wish.typed {
                        <p class="problems error" role="alert">{ speech.say(&Message::new(Word::qv_wrong).text("typed", clipped(typed, 40))) }</p>
                    }
                </div>
            }
        }
        _ => html! {},
    }
}

/// What can be done with an answer in the scenario: the log's traffic as it is, and beside it changed.
fn actions(speech: &Speech, props: &Props, answers: &Answers) -> Html {
    let catalog = prices::catalog();
    // Bodies alone are no traffic: then it is that of the scenario on the screen.
    let Some(today) = answers.traffic.clone().map(Rc::new).or_else(|| props.scenario.clone()) else { return html! {} };
    let compare = {
        let (today, names) = (today.clone(), answers.names.clone());
        move |changed: Scenario| compare(&today, changed, &names)
    };
    let button = |word: Word, name: &'static str, onclick: Callback<MouseEvent>| {
        html! { <button class="primary" {onclick} data-action={name}>{ speech.word(word) }</button> }
    };
    match props.view {
        View::Upgrade => {
            let mut options = vec![(String::new(), speech.word(Word::qv_compare))];
            options.extend(comparable(&answers.upgrade.models).into_iter().map(|model| {
                let said = if model.refused == 0 {
                    model.model.clone()
                } else {
                    let left = model.refused - model.mended;
                    let said = Message::new(Word::qv_compare_mended).text("model", &model.model);
                    speech.say(&said.number("mended", model.mended as f64).number("left", left as f64))
                };
                (model.model.clone(), said)
            }));
            let choose = Callback::from(move |model: String| {
                if !model.is_empty() {
                    compare(on_model(&today, catalog, &model, None));
                }
            });
            html! { <Choice label={speech.word(Word::qv_compare)} {options} chosen="" menu=true on_choose={choose} /> }
        }
        View::Cache => {
            let Some(mended) = answers.cache.adopt(&today) else { return html! {} };
            let play = Callback::from(move |_: MouseEvent| compare(mended.clone()));
            button(Word::qv_use_mended, "use-mended", play)
        }
        View::Quota => {
            if answers.quota.models.is_empty() {
                return html! {};
            }
            let changed = with_quotas(&today, &answers.quota);
            let play = Callback::from(move |_: MouseEvent| compare(changed.clone()));
            button(Word::qv_use_quota, "use-quota", play)
        }
        _ => html! {},
    }
}

/// Models that take something of what was asked, as it is or mended: first those that take all as it is, then those
/// that take most mended, the cheaper one of two first.
fn comparable(models: &[OnModel]) -> Vec<&OnModel> {
    let left = |model: &OnModel| model.refused.saturating_sub(model.mended);
    let mut found: Vec<&OnModel> = models.iter().filter(|model| model.taken + model.mended > 0).collect();
    found.sort_by(|a, b| {
        let usd = |model: &OnModel| model.bill_usd.after.map_or(f64::MAX, |usd| usd.dollars());
        let order = |model: &OnModel| (left(model), model.refused > 0);
        order(a).cmp(&order(b)).then_with(|| usd(a).total_cmp(&usd(b))).then_with(|| a.model.cmp(&b.model))
    });
    found
}

/// A scenario with the quotas that were asked, each of its model; those of several Regions serve it together.
fn with_quotas(scenario: &Scenario, answer: &QuotaAnswer) -> Scenario {
    let mut changed = scenario.clone();
    let mut own: BTreeMap<&str, (Option<f64>, Option<f64>, f64)> = BTreeMap::new();
    for needs in &answer.models {
        let of = own.entry(needs.model.as_str()).or_insert((None, None, needs.burndown));
        let sum = |known: Option<f64>, more: Option<f64>| Some(known.unwrap_or(0.0) + more?);
        (of.0, of.1) = (sum(of.0, needs.limits.rpm).or(of.0), sum(of.1, needs.limits.tpm).or(of.1));
    }
    for (id, (rpm, tpm, burndown)) in own {
        if rpm.is_some() || tpm.is_some() {
            let profile = changed.models.entry(id.to_string()).or_default();
            (profile.rpm, profile.tpm) = (rpm, tpm);
            profile.burndown = Some(burndown);
        }
    }
    changed
}

/// Opens the log's traffic as A and what it becomes beside it: one step, which undo takes back.
fn compare(today: &Scenario, changed: Scenario, names: &str) {
    let catalog = prices::catalog();
    let workspace = Workspace {
        name: Some(clipped(names, 60).into_owned()),
        scenario: self_contained(&changed, catalog),
        pinned: vec![Pinned { name: None, scenario: self_contained(today, catalog) }],
        view: Some(View::WhatIf.key().to_string()),
        ..Workspace::default()
    };
    host::to_first(&ToFirst::Open { workspace: Rc::new(workspace) });
}

#[cfg(all(test, not(target_arch = "wasm32")))]
mod tests {
    use super::super::asking::answers_of;
    use super::*;

    fn wish() -> Wish {
        Wish { today: "2026-11-30".to_string(), ..Wish::default() }
    }

    fn shown(log: &[u8], view: View, wish: &Wish) -> String {
        let answers = answers_of(log, wish).unwrap();
        let props = move || super::super::answer::Props { answers: Rc::new(answers), view, actions: html! {} };
        pollster::block_on(yew::ServerRenderer::<Answer>::with_props(props).hydratable(false).render())
    }

    const SHOP: &[u8] = include_bytes!("../../../../fixtures/logs/support-desk.jsonl.gz");
    const MAIL: &[u8] = include_bytes!("../../../../fixtures/logs/mail-triage.jsonl.gz");

    #[test]
    fn each_question_has_its_known_answer() {
        let to = Wish { to: "global.anthropic.claude-opus-4-7".to_string(), ..wish() };
        let upgrade = shown(SHOP, View::Upgrade, &to);
        assert!(upgrade.contains("inferenceConfig.temperature"), "{upgrade}");
        let cache = shown(SHOP, View::Cache, &wish());
        assert!(cache.contains("system.1") && cache.contains("a date or a time"), "{cache}");
        let quota = shown(MAIL, View::Quota, &wish());
        assert!(quota.contains("09:30") && quota.contains("data-action=\"copy-form\""), "{quota}");
    }

    /// Whatever is offered is the log's traffic, and a model that takes all only once mended is offered as that.
    #[test]
    fn the_logs_traffic_is_compared_with_itself_on_the_other_model() {
        let answers = answers_of(SHOP, &wish()).unwrap();
        let today = answers.traffic.clone().unwrap();
        assert_eq!(today.daily_messages, 180.0);
        let offered = comparable(&answers.upgrade.models);
        let first = offered.first().expect("a model to compare with");
        assert_eq!((first.refused, first.mended), (180, 180));
        let other = on_model(&today, prices::catalog(), &first.model, None);
        assert_eq!((other.daily_messages, other.models.get(&first.model)), (180.0, None));
        let with = with_quotas(&today, &answers.quota);
        let own = &answers.quota.models[0];
        assert_eq!(with.models[&own.model].tpm, own.limits.tpm);
        assert!(own.limits.tpm.is_some() && answers.cache.adopt(&today).is_some());
    }

    #[test]
    fn a_quota_of_ones_own_takes_the_place_of_a_new_accounts() {
        let own = Wish { tpm: Some(100_000.0), ..wish() };
        let needs = &answers_of(SHOP, &own).unwrap().quota.models[0];
        assert_eq!((needs.limits.tpm, needs.defaults.tpm), (Some(100_000.0), None));
    }

    #[test]
    fn a_file_without_a_call_says_what_was_seen() {
        let wrong = answers_of(b"hello\n", &wish()).unwrap_err();
        assert!(wrong.contains("no request to a model") && wrong.contains("log:1"), "{wrong}");
    }
}
