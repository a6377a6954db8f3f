use std::rc::Rc;

use rehearsal::bench::report::{
    self, Figure, Format, Report, distribution, ecdf, facts, history, savings_note, time_table, type_table,
};
use rehearsal::bench::{BenchmarkResult, Document, Suite};
use rehearsal::chart::Table;
use rehearsal::problem::Problems;
use rehearsal::stats::{ChangePoint, Summary, describe};
use rehearsal::words::{Arg, Locale, Message, Word};
use web_sys::HtmlInputElement;
use yew::platform::spawn_local;
use yew::prelude::*;

use super::example::use_example;
use super::figure::FigureView;
use super::form::SuiteForm;
use super::kept::{first, use_kept_baseline, use_kept_result, use_kept_suite};
use super::runner::{self, Job};
use super::state::{Action, Model};
use super::verdicts::Verdicts;
use crate::components::{Choice, Tile, icon, problem_list};
use crate::lab::charts::Numbers;
use crate::platform::files;
use crate::speech::{Speech, use_speech};

/// Measure, compare, see.
#[component]
pub fn BenchmarksView() -> Html {
    let model = use_reducer(first);
    use_kept_suite(&model);
    use_kept_baseline(&model);
    use_kept_result(&model);
    use_example(&model);
    let dispatch = {
        let dispatcher = model.dispatcher();
        Callback::from(move |action| dispatcher.dispatch(action))
    };
    html! { <Bench model={Rc::new((*model).clone())} {dispatch} /> }
}

#[derive(Properties, PartialEq)]
pub struct Props {
    pub model: Rc<Model>,
    pub dispatch: Callback<Action>,
}

/// The view of a state.
#[component]
pub fn Bench(props: &Props) -> Html {
    let speech = use_speech();
    let model = &props.model;
    let job = use_mut_ref(|| None::<Job>);
    let start = {
        let (model, dispatch, job) = (model.clone(), props.dispatch.clone(), job.clone());
        Callback::from(move |_: MouseEvent| {
            let (model, dispatch, mine) = (model.clone(), dispatch.clone(), Job::new());
            *job.borrow_mut() = Some(mine.clone());
            dispatch.emit(Action::Progress(0, 1));
            spawn_local(async move {
                let progress = |answered, total| dispatch.emit(Action::Progress(answered, total));
                let done = runner::run(&model.suite, &model.scenario(), model.target, &mine, progress).await;
                dispatch.emit(match done {
                    Some(result) => Action::Done(result.map(Rc::new)),
                    None => Action::Cancelled,
                });
            });
        })
    };
    let cancel = Callback::from(move |_: MouseEvent| {
        if let Some(job) = job.borrow().as_ref() {
            job.cancelled.set(true);
        }
    });
    let act = |action: fn() -> Action| {
        let dispatch = props.dispatch.clone();
        Callback::from(move |_: MouseEvent| dispatch.emit(action()))
    };
    let open = opened(&props.dispatch, |text| Ok(Action::OpenBaseline(Rc::new(Document::read(text)?.output))));
    let open_suite = opened(&props.dispatch, |text| Ok(Action::OpenSuite(Suite::read(text)?)));
    let save_suite = {
        let suite = model.suite.clone();
        Callback::from(move |_: MouseEvent| files::save("benchmark-suite.json", "application/json", &suite.to_json()))
    };
    let against = props.dispatch.reform(|key: String| Action::AgainstPrevious(key == "previous"));
    let sides = [("baseline", Word::bench_before), ("previous", Word::bench_previous)];
    let sides: Vec<_> = sides.map(|(key, word)| (key.to_string(), speech.word(word))).to_vec();
    let side = if model.against_previous { "previous" } else { "baseline" };
    let runnable = model.wrong_with_suite().is_empty();
    let running = model.running;
    html! {
        <div class="panes benchmarks">
            <section class="editor" aria-labelledby="bench-title">
                <h2 id="bench-title">{ speech.word(Word::ui_benchmarks) }</h2>
                <div class="controls">
                    if let Some((answered, total)) = running {
                        <button onclick={cancel} data-action="cancel">{ speech.word(Word::bench_cancel) }</button>
                        <progress value={answered.to_string()} max={total.to_string()} aria-label={speech.word(Word::bench_progress)} />
                    } else {
                        <button class="primary" disabled={!runnable} onclick={start} data-action="run">{ icon("play") }{ speech.word(Word::bench_run) }</button>
                    }
                </div>
                <SuiteForm model={model.clone()} dispatch={props.dispatch.clone()} />
                <div class="controls">
                    <label class="button small">{ speech.word(Word::bench_open_suite) }<input class="sr" type="file" accept=".json" onchange={open_suite} data-file="suite" /></label>
                    <button class="small" onclick={save_suite}>{ speech.word(Word::bench_save_suite) }</button>
                </div>
                <h3>{ speech.word(Word::bench_compare) }</h3>
                <Choice label={speech.word(Word::bench_compare_with)} options={sides} chosen={side} on_choose={against} labelled=true />
                <p class="hint" data-figure="baseline">{ baseline_text(&speech, model) }</p>
                if model.forgotten.is_some() {
                    <p class="hint" role="status" data-figure="forgotten">{ speech.word(Word::bench_forgotten) }{ " " }
                        <button class="small" onclick={act(|| Action::BringBack)} data-action="bring-back">{ speech.word(Word::ui_undo) }</button></p>
                }
                if let Some(offered) = &model.replacing {
                    <div class="problems warning" role="alertdialog" aria-labelledby="replace-title" data-figure="replace">
                        <p id="replace-title">{ speech.say(&Message::new(Word::bench_replace_ask).text("suite", offered.suite.as_str())) }</p>
                        <div class="controls">
                            <button class="small primary" onclick={act(|| Action::Replace(true))} data-action="replace">{ speech.word(Word::bench_replace) }</button>
                            <button class="small" onclick={act(|| Action::Replace(false))} data-action="leave">{ speech.word(Word::bench_leave) }</button>
                        </div>
                    </div>
                }
                <div class="controls">
                    <button class="small" disabled={model.result.is_none()} onclick={act(|| Action::KeepBaseline)} data-action="keep">{ speech.word(Word::bench_keep) }</button>
                    <label class="button small">{ speech.word(Word::bench_open) }<input class="sr" type="file" accept=".json" onchange={open} data-file="baseline" /></label>
                    <button class="small" disabled={model.baseline.is_none()} onclick={act(|| Action::ForgetBaseline)} data-action="forget">{ speech.word(Word::bench_forget) }</button>
                </div>
            </section>
            <div class="results" data-results={model.history.len().to_string()}>
                if !model.problems.is_empty() {
                    { problem_list(&speech, &model.problems, html! {}) }
                }
                if let Some(family) = &model.family {
                    <Verdicts family={family.clone()} />
                }
                { results(&speech, model, &props.dispatch) }
            </div>
        </div>
    }
}

/// The newest result, or an example before there is one.
fn results(speech: &Speech, model: &Rc<Model>, dispatch: &Callback<Action>) -> Html {
    match (&model.result, &model.example) {
        (Some(result), _) => html! { <>{ shown(speech, model, result, dispatch) }<Export model={model.clone()} /></> },
        (None, example) => html! {
            <>
                <section class="card">
                    if example.is_some() { <p class="finding" data-figure="example">{ speech.word(Word::bench_example) }</p> }
                    <p>{ speech.word(Word::bench_empty) }</p>
                </section>
                if let Some(example) = example { { shown(speech, model, example, dispatch) } }
            </>
        },
    }
}

/// Reads a chosen file into an action, or into what is wrong with it.
fn opened(dispatch: &Callback<Action>, read: fn(&str) -> Result<Action, Problems>) -> Callback<Event> {
    let dispatch = dispatch.clone();
    Callback::from(move |event: Event| {
        let dispatch = dispatch.clone();
        let Some(input) = event.target_dyn_into::<HtmlInputElement>() else { return };
        let Some(list) = input.files() else { return };
        spawn_local(async move {
            for (_, bytes) in files::bytes(&list).await {
                let read = read(&String::from_utf8_lossy(&bytes));
                dispatch.emit(read.unwrap_or_else(|problems| Action::Wrong(problems.0)));
            }
            // The same file can be chosen again.
            input.set_value("");
        });
    })
}

fn baseline_text(speech: &Speech, model: &Model) -> String {
    let Some(baseline) = &model.baseline else { return speech.word(Word::bench_no_baseline) };
    let requests: u64 = baseline.benchmarks.iter().map(|b| b.aggregate().completed).sum();
    let said = Message::new(Word::bench_baseline_is)
        .text("suite", baseline.suite.as_str())
        .number("requests", requests as f64)
        .text("seed", baseline.seed.to_string());
    let kept = if model.not_kept { format!(" {}", speech.word(Word::bench_not_kept)) } else { String::new() };
    speech.say(&said) + &kept
}

/// One benchmark of the newest result: its figures and its charts.
fn shown(speech: &Speech, model: &Model, result: &Document, dispatch: &Callback<Action>) -> Html {
    let Some(benchmark) = result.benchmarks.get(model.shown) else { return html! {} };
    let latencies = benchmark.latencies();
    let Some(summary) = describe(&latencies) else { return html! {} };
    let before = model.before().and_then(|baseline| baseline.benchmark(&benchmark.name));
    let then = before.map(BenchmarkResult::latencies).filter(|samples| !samples.is_empty());
    let names: Vec<(String, String)> =
        result.benchmarks.iter().enumerate().map(|(index, b)| (index.to_string(), b.name.clone())).collect();
    let choose = {
        let dispatch = dispatch.clone();
        Callback::from(move |key: String| dispatch.emit(Action::Show(key.parse().unwrap_or(0))))
    };
    let past: Vec<&BenchmarkResult> = model.past().filter_map(|document| document.benchmark(&benchmark.name)).collect();
    let trend = model.trend();
    let points: &[ChangePoint] = trend.as_ref().map_or(&[], |trend| &trend.change_points);
    let figures = benchmark.aggregate();
    let desc = description(speech, benchmark, &summary);
    let locale = speech.0.as_ref();
    html! {
        <section class="card" aria-labelledby="result-title">
            <div class="mix-head">
                <h2 id="result-title">{ &benchmark.name }</h2>
                if names.len() > 1 {
                    <Choice label={speech.word(Word::bench_col_benchmark)} options={names} chosen={model.shown.to_string()} on_choose={choose} />
                }
            </div>
            <dl class="tiles small">
                for name in ["p50", "p95", "p99"] {
                    { percentile_tile(speech, &summary, name) }
                }
                <Tile label={speech.word(Word::bench_col_throughput)} value={figures.throughput_per_s.map_or("–".to_string(), |rate| format!("{}/s", speech.number(rate)))} id="bench-throughput" />
                <Tile label={speech.word(Word::bench_col_goodput)} value={speech.percent(figures.goodput)} />
                <Tile label={speech.word(Word::bench_col_cost)} value={speech.usd(figures.cost_usd)} />
            </dl>
            if then.is_some() {
                <p class="legend"><i class="key now"></i>{ speech.word(Word::bench_candidate) }<i class="key before"></i>{ speech.word(Word::bench_before) }</p>
            }
            <div class="charts">
                <FigureView id="distribution" title={speech.word(Word::bench_chart_distribution)} desc={desc.clone()} draw={drawn(speech, &latencies, then.as_ref(), distribution)} />
                <FigureView id="ecdf" title={speech.word(Word::bench_chart_ecdf)} desc={desc.clone()} draw={drawn(speech, &latencies, then.as_ref(), ecdf)} />
                <FigureView id="history" title={speech.word(Word::bench_chart_history)} {desc} draw={drawn_history(speech, model, &benchmark.name, points)} />
            </div>
            if let Some(trend) = &trend {
                <p class="hint" data-figure="trend">{ report::text::trend_sentence(trend, locale) }</p>
            }
            for point in points.iter() {
                <p class="finding">{ trend.as_ref().map(|trend| report::text::change_point(trend, point).say(locale)) }</p>
            }
            <details>
                <summary>{ speech.word(Word::bench_show_table) }</summary>
                { run_table(speech, &past) }
            </details>
            <h3>{ speech.word(Word::bench_times) }</h3>
            { numbers("times", speech.word(Word::bench_times), time_table(benchmark, locale), None) }
            if let Some((note, (table, whole))) = savings_note(benchmark, locale).zip(type_table(benchmark, locale)) {
                <h3>{ speech.word(Word::bench_savings) }</h3>
                { numbers("savings", speech.word(Word::bench_savings), table, whole) }
                <p class="hint">{ note }</p>
            }
            <dl class="facts">
                for (name, value) in facts(benchmark, locale) {
                    <div><dt>{ name }</dt><dd>{ value }</dd></div>
                }
            </dl>
        </section>
    }
}

type Draw = fn(&[f64], Option<&[f64]>, f64, &dyn Locale) -> Figure;

/// What draws the samples of now, and of before, as wide as there is room.
fn drawn(speech: &Speech, now: &[f64], before: Option<&Vec<f64>>, draw: Draw) -> Callback<f64, Figure> {
    let (speech, now, before) = (speech.clone(), now.to_vec(), before.cloned());
    Callback::from(move |width: f64| draw(&now, before.as_deref(), width, speech.0.as_ref()))
}

/// What draws the runs of a benchmark so far.
fn drawn_history(speech: &Speech, model: &Model, name: &str, points: &[ChangePoint]) -> Callback<f64, Figure> {
    let runs: Vec<Rc<Document>> = model.past().cloned().collect();
    let (speech, name, points) = (speech.clone(), name.to_string(), points.to_vec());
    Callback::from(move |width: f64| {
        let past: Vec<&BenchmarkResult> = runs.iter().filter_map(|document| document.benchmark(&name)).collect();
        history(&past, &points, width, speech.0.as_ref())
    })
}

/// A table of figures that scrolls sideways by itself; a row of the whole stays last.
fn numbers(id: &'static str, label: String, table: Table, whole: Option<Vec<Option<Arg>>>) -> Html {
    html! {
        <div class="scroll" tabindex="0" role="group" aria-label={label}>
            <Numbers {id} table={Rc::new(table)} {whole} named=true />
        </div>
    }
}

fn description(speech: &Speech, benchmark: &BenchmarkResult, summary: &Summary) -> String {
    let percentile =
        |name: &str| summary.percentile(name).and_then(|p| p.estimate).map_or(Arg::Text("–".into()), Arg::Ms);
    let message = Message::new(Word::bench_chart_desc)
        .text("name", benchmark.name.as_str())
        .number("samples", summary.samples as f64)
        .with("p50", percentile("p50"))
        .with("p95", percentile("p95"));
    speech.say(&message)
}

/// A percentile with its interval; an end that the samples do not bound says so.
fn percentile_tile(speech: &Speech, summary: &Summary, name: &'static str) -> Html {
    let percentile = summary.percentile(name);
    let unbounded = || speech.say(&Message::new(Word::bench_withheld).number("count", summary.samples as f64));
    let end = |end: Option<f64>| end.map_or_else(unbounded, |ms| speech.ms(Some(ms)));
    let note = percentile.map(|p| format!("{} – {}", end(p.ci.low), end(p.ci.high))).unwrap_or_default();
    html! { <Tile label={name.to_uppercase()} value={speech.ms(percentile.and_then(|p| p.estimate))} {note} id={name} /> }
}

/// The numbers behind the history: every run of this visit.
fn run_table(speech: &Speech, past: &[&BenchmarkResult]) -> Html {
    let summaries: Vec<Summary> =
        past.iter().flat_map(|result| &result.runs).filter_map(|run| describe(&run.e2e_ms)).collect();
    let columns = [
        speech.word(Word::bench_col_run),
        speech.word(Word::bench_col_samples),
        "P50".to_string(),
        "P95".to_string(),
        speech.word(Word::bench_col_low),
        speech.word(Word::bench_col_high),
    ];
    let row = |(index, summary): (usize, &Summary)| {
        let estimate = |name: &str| summary.percentile(name).and_then(|p| p.estimate).map(Arg::Ms);
        let interval = summary.percentile("p95").map(|p| p.ci);
        vec![
            Some(Arg::Number((index + 1) as f64)),
            Some(Arg::Number(summary.samples as f64)),
            estimate("p50"),
            estimate("p95"),
            interval.and_then(|ci| ci.low).map(Arg::Ms),
            interval.and_then(|ci| ci.high).map(Arg::Ms),
        ]
    };
    let table = Table { columns: columns.to_vec(), rows: summaries.iter().enumerate().map(row).collect() };
    numbers("runs", speech.word(Word::bench_show_table), table, None)
}

#[derive(Properties, PartialEq)]
struct ExportProps {
    model: Rc<Model>,
}

/// Every report as a file.
#[component]
fn Export(props: &ExportProps) -> Html {
    let speech = use_speech();
    let save = |format: Format| {
        let (model, speech) = (props.model.clone(), speech.clone());
        Callback::from(move |_: MouseEvent| {
            let Some(document) = &model.result else { return };
            let baseline = model.before().map(Rc::as_ref).filter(|_| model.family.is_some());
            let report = Report { document, baseline, family: model.family.as_deref() };
            let text = report.render(format, speech.0.as_ref());
            let name = format!("benchmark-{}.{}", format.key(), format.extension());
            files::save(&name, format.media_type(), &text);
        })
    };
    let word = |word: Word| speech.word(word);
    let names = [
        (Format::Json, "JSON".to_string()),
        (Format::Html, "HTML".to_string()),
        (Format::Markdown, word(Word::bench_format_markdown)),
        (Format::Csv, "CSV".to_string()),
        (Format::Text, word(Word::bench_format_text)),
        (Format::Github, word(Word::bench_format_github)),
        (Format::Slack, word(Word::bench_format_slack)),
        (Format::Original, word(Word::bench_format_original)),
    ];
    // Annotations are of verdicts.
    let lacking = |format: Format| format == Format::Github && props.model.family.is_none();
    html! {
        <section class="card" aria-labelledby="export-title">
            <h2 id="export-title">{ speech.word(Word::ui_export) }</h2>
            <div class="controls">
                for (format, name) in names {
                    <button class="small" disabled={lacking(format)} onclick={save(format)} data-export={format.key()}>{ name }</button>
                }
            </div>
        </section>
    }
}

#[cfg(all(test, not(target_arch = "wasm32")))]
mod tests {
    use super::super::state::tests::after;
    use super::*;

    fn rendered(model: fn() -> Model) -> String {
        let props = move || Props { model: Rc::new(model()), dispatch: Callback::noop() };
        pollster::block_on(yew::ServerRenderer::<Bench>::with_props(props).hydratable(false).render())
    }

    #[test]
    fn before_any_run() {
        insta::assert_snapshot!(rendered(Model::default).replace("><", ">\n<"));
    }

    #[test]
    fn an_example_is_said_to_be_one_and_cannot_be_kept() {
        let html = rendered(|| Model { example: after(0.0).result, ..Model::default() });
        for part in ["data-figure=\"example\"", "data-figure=\"distribution\"", "data-results=\"0\""] {
            assert!(html.contains(part), "{part}");
        }
        assert!(!html.contains("data-export=\"slack\""), "an example is not exported");
        let keep = html.split("<button").find(|button| button.contains("data-action=\"keep\"")).unwrap();
        assert!(keep.contains("disabled"), "{keep}");
    }

    #[test]
    fn a_regression_is_said_and_drawn() {
        let html = rendered(|| after(60.0));
        assert!(html.contains("class=\"verdict regression\""), "{html}");
        for part in ["distribution", "ecdf", "history"] {
            assert!(html.contains(&format!("data-figure=\"{part}\"")), "{part}");
        }
        assert!(!html.contains(" style="), "the page's policy forbids inline styles");
    }
}
