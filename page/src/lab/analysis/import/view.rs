use std::cell::Cell;
use std::rc::Rc;

use rehearsal::import::{ImportedLog, SkippedLine};
use rehearsal::words::{Arg, Message, Word};
use web_sys::{HtmlInputElement, HtmlTextAreaElement};
use yew::platform::spawn_local;
use yew::prelude::*;

use super::super::adopt::self_contained;
use super::super::panel::Panel;
use super::super::state::Lens;
use super::backtest::{BacktestView, Shared};
use super::reader::{self, Progress};
use super::rule::{RuleFields, RuleForm};
use crate::channel::ToFirst;
use crate::commands::Command;
use crate::platform::files::{self, Source};
use crate::platform::{clock, drops, host};
use crate::speech::{Speech, use_speech};
use crate::view::View;

/// Progress is shown once reading has taken so long.
const SHOWN_AFTER_MS: f64 = 300.0;

#[derive(Properties, PartialEq)]
pub struct Props {
    pub lens: Lens,
    /// The view on the screen: files dropped on one that is about the scenario are meant for it.
    pub view: View,
}

/// How far the import is.
#[derive(Clone)]
enum Stage {
    Empty,
    Reading(Option<Progress>),
    Read(Shared),
    Failed(String),
}

/// Logs and scenario files, opened, dropped anywhere or pasted.
#[component]
pub fn ImportPanel(props: &Props) -> Html {
    let speech = use_speech();
    let stage = use_state(|| Stage::Empty);
    let form = use_state(RuleForm::default);
    let sources = use_state(Vec::<Source>::new);
    let pasted = use_state(String::new);
    let cancelled = use_mut_ref(|| Rc::new(Cell::new(false)));
    let read = {
        let (stage, form, cancelled) = (stage.clone(), form.clone(), cancelled.clone());
        Callback::from(move |logs: Vec<Source>| {
            let options = match form.options() {
                Ok(options) => options,
                Err(wrong) => return stage.set(Stage::Failed(wrong)),
            };
            cancelled.borrow().set(true);
            let mine = Rc::new(Cell::new(false));
            *cancelled.borrow_mut() = mine.clone();
            stage.set(Stage::Reading(None));
            let stage = stage.clone();
            spawn_local(async move {
                let begun = clock::now_ms();
                let tell = |progress| {
                    if clock::now_ms() - begun > SHOWN_AFTER_MS {
                        stage.set(Stage::Reading(Some(progress)));
                    }
                };
                let done = reader::read(&logs, options, &mine, tell).await;
                stage.set(match done {
                    None => Stage::Empty,
                    Some(Ok(log)) => Stage::Read(Shared(Rc::new(log))),
                    Some(Err(wrong)) => Stage::Failed(wrong),
                });
            });
        })
    };
    let take = {
        let (stage, kept, read) = (stage.clone(), sources.clone(), read.clone());
        Callback::from(move |given: Vec<Source>| {
            let (stage, kept, read) = (stage.clone(), kept.clone(), read.clone());
            spawn_local(async move {
                match reader::sorted(given).await {
                    Err(wrong) => {
                        stage.set(Stage::Failed(wrong));
                        host::to_first(&ToFirst::Run { command: Command::Logs });
                    }
                    Ok(reader::Sorted { documents, logs }) => {
                        for (name, text) in documents {
                            host::to_first(&ToFirst::Document { name, text });
                        }
                        if !logs.is_empty() {
                            kept.set(logs.clone());
                            read.emit(logs);
                            // Wherever it was dropped: what comes of it is shown in the view of logs.
                            host::to_first(&ToFirst::Run { command: Command::Logs });
                        }
                    }
                }
            });
        })
    };
    {
        let take = take.clone();
        use_effect_with((props.view.is_about_scenario(), take), |(listens, take)| {
            let take = take.clone();
            let listener = listens.then(|| drops::listen(move |given| take.emit(given)));
            move || drop(listener)
        });
    }
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
    let oninput = {
        let pasted = pasted.clone();
        Callback::from(move |event: InputEvent| {
            if let Some(area) = event.target_dyn_into::<HtmlTextAreaElement>() {
                pasted.set(area.value());
            }
        })
    };
    let read_pasted = {
        let (take, pasted) = (take.clone(), pasted.clone());
        Callback::from(move |_: MouseEvent| take.emit(Source::of_text("pasted", &pasted).into_iter().collect()))
    };
    let again = {
        let (read, sources) = (read.clone(), sources.clone());
        Callback::from(move |_: MouseEvent| read.emit((*sources).clone()))
    };
    let cancel = Callback::from(move |_: MouseEvent| cancelled.borrow().set(true));
    let change = {
        let form = form.clone();
        Callback::from(move |now: RuleForm| form.set(now))
    };
    let reading = matches!(*stage, Stage::Reading(_));
    html! {
        <div class="wide" hidden={props.view != View::Logs}>
            <Panel id="import" title={Word::an_import} lead={Word::an_import_lead} how={Word::an_import_how} wide=true busy={reading}>
                <RuleFields form={(*form).clone()} on_change={change} />
                <div class="controls">
                    <label class="button">{ speech.word(Word::an_import_open) }<input class="sr" type="file" multiple=true onchange={open} data-field="log" /></label>
                    if !sources.is_empty() && !reading {
                        <button onclick={again} data-action="read-again">{ speech.word(Word::an_import_again) }</button>
                    }
                </div>
                <details>
                    <summary>{ speech.word(Word::an_import_paste) }</summary>
                    <textarea class="source" rows="5" spellcheck="false" value={(*pasted).clone()} aria-label={speech.word(Word::an_import_paste)} {oninput} data-field="paste" />
                    <button class="small" disabled={pasted.trim().is_empty()} onclick={read_pasted} data-action="read-paste">{ speech.word(Word::an_import_read) }</button>
                </details>
                {
                    match &*stage {
                        Stage::Empty | Stage::Reading(None) => html! {},
                        Stage::Reading(Some(progress)) => progress.shown(&speech, Word::an_import, "cancel-import", cancel),
                        Stage::Failed(wrong) => html! {
                            <div class="problems error" role="alert"><p>{ speech.say(&Message::new(Word::an_import_failed).text("why", wrong.clone())) }</p></div>
                        },
                        Stage::Read(log) => html! { <LogView lens={props.lens.clone()} log={log.clone()} /> },
                    }
                }
            </Panel>
        </div>
    }
}

#[derive(Properties, PartialEq)]
struct LogProps {
    lens: Lens,
    log: Shared,
}

/// Skipped lines that are named.
const NAMED: usize = 100;

/// What a log says, what of it could not be read, and what to do with it.
#[component]
fn LogView(props: &LogProps) -> Html {
    let speech = use_speech();
    let log = &props.log.0;
    let imported = &log.imported;
    let adopt = {
        let (adopt, log) = (props.lens.adopt.clone(), log.clone());
        Callback::from(move |_: MouseEvent| adopt.emit(self_contained(&log.scenario, crate::lab::prices::catalog())))
    };
    let save = {
        let log = log.clone();
        Callback::from(move |_: MouseEvent| {
            let text = self_contained(&log.scenario, crate::lab::prices::catalog()).to_json();
            files::save("scenario.json", "application/json", &text);
        })
    };
    let skipped = Message::new(Word::an_import_skipped).number("count", imported.skipped_count as f64);
    html! {
        <div class="log" data-figure="log">
            <p class="hint">{ speech.say(&Message::new(Word::an_import_took)
                .text("names", log.names.clone()).number("megabytes", log.megabytes).number("seconds", log.seconds)) }</p>
            <dl class="facts">
                for (word, value) in facts(&speech, imported) {
                    <div><dt>{ speech.word(word) }</dt><dd>{ value }</dd></div>
                }
            </dl>
            if !imported.unknown.is_empty() {
                <p class="finding">{ speech.say(&Message::new(Word::finding_unknown).text("names", imported.unknown.join(", "))) }</p>
            }
            if let Some(misfit) = imported.scenario_misfit_pct.filter(|pct| pct.abs() > 0.01) {
                <p class="finding" data-figure="misfit">{ speech.say(&Message::new(Word::an_import_misfit)
                    .with("misfit", Arg::Percent(misfit / 100.0)).text("why", imported.scenario_reasons.join("; "))) }</p>
            }
            if !imported.findings.is_empty() {
                <details class="problems warning" open={imported.at_least}>
                    <summary>{ speech.say(&Message::new(Word::an_import_findings).number("count", imported.findings.len() as f64)) }</summary>
                    <ul class="lints" data-figure="findings">
                        for finding in imported.findings.iter().take(NAMED) {
                            <li><code>{ &finding.name }</code>{ " " }{ &finding.what }</li>
                        }
                    </ul>
                </details>
            }
            if !imported.columns.is_empty() {
                <details>
                    <summary>{ speech.word(Word::an_import_columns) }</summary>
                    <table data-figure="columns">
                        <thead><tr><th>{ speech.word(Word::an_import_column) }</th><th>{ speech.word(Word::an_import_field) }</th></tr></thead>
                        <tbody>
                            for (name, field) in imported.columns.iter().take(NAMED) {
                                <tr><td><code>{ name }</code></td><td>{ field.map_or_else(|| speech.word(Word::an_import_unused), str::to_string) }</td></tr>
                            }
                        </tbody>
                    </table>
                </details>
            }
            if imported.skipped_count > 0 {
                <details class="problems warning">
                    <summary>{ speech.say(&skipped) }</summary>
                    <ul class="lints" data-figure="skipped">
                        for skip in imported.skipped.iter().take(NAMED) {
                            <li><code>{ place(skip) }</code>{ " " }{ &skip.reason }</li>
                        }
                    </ul>
                </details>
            }
            <div class="controls">
                <button class="primary" onclick={adopt} data-action="use-log">{ speech.word(Word::an_import_use) }</button>
                <button onclick={save}>{ speech.word(Word::ui_save_file) }</button>
            </div>
            <BacktestView key={format!("{:p}", Rc::as_ptr(log))} log={props.log.clone()} />
        </div>
    }
}

/// Where a skipped line is.
fn place(skip: &SkippedLine) -> String {
    if skip.file.is_empty() { skip.line.to_string() } else { format!("{}:{}", skip.file, skip.line) }
}

fn facts(speech: &Speech, imported: &ImportedLog) -> Vec<(Word, String)> {
    let number = |value: u64| speech.number(value as f64);
    let tokens = &imported.tokens;
    let mut facts = vec![
        (Word::an_import_requests, number(imported.requests)),
        (Word::an_import_days, speech.number(libm::round(imported.days * 100.0) / 100.0)),
        // To the last digit: it is the bill.
        (
            Word::an_import_bill,
            imported.bill_usd.map_or_else(
                || speech.say(&Message::new(Word::an_import_at_least).text("usd", format!("${}", imported.known_usd))),
                |usd| format!("${usd}"),
            ),
        ),
        (Word::an_import_scenario_bill, speech.usd(imported.scenario_bill_usd)),
        (Word::ui_input_tokens, number(tokens.input)),
        (Word::ui_output_tokens, number(tokens.output)),
    ];
    if imported.seen_twice > 0 {
        facts.push((Word::an_import_seen_twice, number(imported.seen_twice)));
    }
    facts.push((Word::an_import_zone, imported.time_zone.clone()));
    let cached = tokens.cache_read + tokens.cache_write_5m + tokens.cache_write_1h;
    if cached > 0 {
        facts.push((Word::an_import_cache_read, number(tokens.cache_read)));
        facts.push((Word::an_import_cache_written, number(tokens.cache_write_5m + tokens.cache_write_1h)));
    }
    if let Some(rate) = imported.prompt_cache_hit_rate {
        facts.push((Word::an_import_prompt_hits, speech.percent(Some(rate))));
    }
    if imported.cache_hit_rate > 0.0 {
        facts.push((Word::ui_hit_rate, speech.percent(Some(imported.cache_hit_rate))));
    }
    if let Some(cv) = imported.arrival_cv {
        facts.push((Word::ui_cv, speech.number(libm::round(cv * 100.0) / 100.0)));
    }
    facts
}

#[cfg(all(test, not(target_arch = "wasm32")))]
mod tests {
    use super::super::super::state::lens;
    use super::super::reader::log_of;
    use super::*;

    const CSV: &str = "timestamp,model,input_tokens,output_tokens,latency_ms\n\
        2026-11-01T09:00:00Z,anthropic.claude-3-haiku-20240307-v1:0,1000,100,400\n\
        2026-11-01T09:00:07Z,anthropic.claude-3-haiku-20240307-v1:0,2000,300,900\n\
        yesterday,anthropic.claude-3-haiku-20240307-v1:0,1,1,1\n";

    #[test]
    fn a_log_shows_its_bill_and_what_was_left_out() {
        let props = || LogProps { lens: lens("{}"), log: Shared(Rc::new(log_of(CSV).unwrap())) };
        let html = pollster::block_on(yew::ServerRenderer::<LogView>::with_props(props).hydratable(false).render());
        // 3,000 tokens in at $0.25 and 400 out at $1.25 a million.
        for part in ["$0.00125", "<code>calls.csv:4</code> `yesterday` is no time", "data-action=\"backtest\""] {
            assert!(html.contains(part), "{part} in {html}");
        }
    }

    #[test]
    fn a_file_without_a_request_says_why() {
        let wrong = log_of("hello\n").unwrap_err();
        assert!(wrong.starts_with("calls.csv: no request in it; line 1: not a JSON object"), "{wrong}");
    }
}
