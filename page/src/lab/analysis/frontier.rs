use std::cell::Cell;
use std::rc::Rc;

use rehearsal::chart::{Path, Scale, Table};
use rehearsal::cost::Move;
use rehearsal::frontier::{Frontier, FrontierPoint, FrontierSearch, Options};
use rehearsal::problem::{Problem, Problems};
use rehearsal::scenario::Scenario;
use rehearsal::words::{Arg, Message, Word};
use yew::platform::spawn_local;
use yew::prelude::*;

use super::adopt::self_contained;
use super::models::unseen;
use super::panel::{Figures, Panel};
use super::state::Lens;
use crate::components::{Head, OptionalField, SortRow, Sortable, figure, name, problem_list, progress};
use crate::lab::charts::{Canvas, ChartFrame, Stop, use_width, view_box};
use crate::period::Period;
use crate::platform::clock;
use crate::speech::{Speech, use_speech};

/// The page draws and listens at least so often.
const SLICE_MS: f64 = 12.0;

/// What the search has given so far.
#[derive(Clone, Default)]
struct Found {
    search: Option<Rc<FrontierSearch>>,
    /// The scenario it belongs to.
    scenario: Option<Rc<Scenario>>,
    /// 0 to 1, while it runs.
    progress: Option<f64>,
    problems: Vec<Problem>,
}

/// Cost against P95 of many ways to run the same traffic.
#[component]
pub fn FrontierPanel(lens: &Lens) -> Html {
    let speech = use_speech();
    let budget = use_state(|| None::<f64>);
    let limit = use_state(|| Some(lens.scenario.slo_ms));
    let found = use_state(Found::default);
    let cancelled = use_mut_ref(|| Rc::new(Cell::new(false)));
    {
        // Whoever leaves, or changes the scenario, waits for no result.
        let cancelled = cancelled.clone();
        use_effect_with(lens.scenario.clone(), move |_| move || cancelled.borrow().set(true));
    }
    let start = {
        let (found, scenario, cancelled) = (found.clone(), lens.scenario.clone(), cancelled.clone());
        Callback::from(move |_: MouseEvent| {
            cancelled.borrow().set(true);
            let mine = Rc::new(Cell::new(false));
            *cancelled.borrow_mut() = mine.clone();
            let (found, scenario) = (found.clone(), scenario.clone());
            spawn_local(async move { search(scenario, &mine, |now| found.set(now)).await });
        })
    };
    let cancel = {
        let (cancelled, found) = (cancelled.clone(), found.clone());
        Callback::from(move |()| {
            cancelled.borrow().set(true);
            found.set(Found { progress: None, ..(*found).clone() });
        })
    };
    let shown = found.search.as_ref().map(|search| search.frontier(*budget, *limit));
    let fresh = found.scenario.as_ref() == Some(&lens.scenario);
    let running = found.progress.filter(|_| fresh);
    let number = |state: &UseStateHandle<Option<f64>>, unit: f64| {
        let state = state.clone();
        Callback::from(move |(value, _): (Option<f64>, bool)| state.set(value.map(|value| value / unit)))
    };
    html! {
        <Panel id="frontier" title={Word::an_frontier} lead={Word::an_frontier_lead} how={Word::an_frontier_how} busy={running.is_some()}>
            <div class="row two">
                <OptionalField id="budget" label={speech.word(if lens.period == Period::Day { Word::an_budget } else { Word::an_budget_month })} value={budget.map(|usd| lens.of_day(usd))} min={0.0} max={1e12}
                    first={lens.of_day(lens.daily_usd().unwrap_or(1000.0))} suffix="USD" on_edit={number(&budget, lens.of_days())} />
                <OptionalField id="limit_p95" label={speech.word(Word::an_limit_p95)} value={*limit} min={1.0} max={3.6e6}
                    first={lens.scenario.slo_ms} suffix="ms" on_edit={number(&limit, 1.0)} />
            </div>
            if let Some(done) = running {
                { progress(&speech, done, &cancel) }
            } else {
                <div class="controls">
                    <button class={if fresh { "small" } else { "small primary" }} onclick={start} data-action="search">{
                        speech.word(if shown.is_some() { Word::an_search_again } else { Word::an_search })
                    }</button>
                    if shown.is_some() && !fresh {
                        <span class="hint">{ speech.word(Word::an_search_old) }</span>
                    }
                </div>
            }
            { problem_list(&speech, &found.problems, html! {}) }
            if let Some(shown) = shown.filter(|shown| !shown.points.is_empty()) {
                <div class={(!fresh).then_some("stale")}>
                    { verdict(&speech, lens, &shown, budget.is_some() || limit.is_some()) }
                    <Scatter frontier={shown.clone()} lens={lens.clone()} budget={*budget} limit={*limit} />
                    { table(&speech, lens, &shown) }
                </div>
            }
        </Panel>
    }
}

/// Tries one way after the other, so that the page stays alive.
async fn search(scenario: Rc<Scenario>, cancelled: &Cell<bool>, tell: impl Fn(Found)) {
    let found = Found { scenario: Some(scenario.clone()), ..Found::default() };
    let mut search = match FrontierSearch::new(&scenario, &options(&scenario)) {
        Ok(search) => search,
        Err(problems) => return tell(Found { problems: problems.0, ..found }),
    };
    let mut now = Found { progress: Some(0.0), ..found.clone() };
    loop {
        tell(now);
        // Whoever cancels does so while the page is listened to.
        clock::sleep(0.0).await;
        if cancelled.get() {
            return;
        }
        now = match slice(&mut search) {
            Ok(true) => {
                Found { progress: Some(search.progress()), search: Some(Rc::new(search.clone())), ..found.clone() }
            }
            Ok(false) => return tell(Found { search: Some(Rc::new(search)), ..found }),
            Err(problems) => return tell(Found { problems: problems.0, ..found }),
        };
    }
}

/// Searches for as long as the page can stand still; false when nothing is left.
fn slice(search: &mut FrontierSearch) -> Result<bool, Problems> {
    let since = clock::now_ms();
    while clock::now_ms() - since <= SLICE_MS {
        if !search.advance(crate::lab::prices::catalog())? {
            return Ok(false);
        }
    }
    Ok(true)
}

fn has_quota(scenario: &Scenario) -> bool {
    let capacity = &scenario.capacity;
    let single = scenario.models.values().any(|profile| profile.rpm.is_some() || profile.tpm.is_some());
    single || capacity.rpm.is_some() || capacity.tpm.is_some()
}

/// Every tenth of the calls on each model, and with more places and twice the quota where these are
/// limited.
fn options(scenario: &Scenario) -> Options {
    let places = scenario.capacity.concurrency;
    Options {
        shares: (0..=10).map(|tenth| f64::from(tenth) / 10.0).collect(),
        // A hit rate is what people's questions make it, and no knob.
        hit_rates: vec![Move::HitRate.now(scenario)],
        concurrency: places.map_or(Vec::new(), |places| vec![Some(places), Some(places * 2.0), None]),
        quotas: if has_quota(scenario) { vec![1.0, 2.0] } else { Vec::new() },
        ..Options::default()
    }
}

/// A way to run the traffic in words.
fn way(speech: &Speech, lens: &Lens, point: &FrontierPoint) -> String {
    let message = Message::new(Word::an_way)
        .with("share", Arg::Percent(point.model_share))
        .text("model", lens.model_name(&point.model))
        .with("hits", Arg::Percent(point.hit_rate));
    let mut said = speech.say(&message);
    if let Some(places) = point.concurrency {
        said = speech.say(&Message::new(Word::an_way_places).text("way", said).number("places", places));
    }
    if point.quota_factor != 1.0 {
        said = speech.say(&Message::new(Word::an_way_quota).text("way", said).number("factor", point.quota_factor));
    }
    said
}

/// Its P95; who waits among those without an answer, waits for ever.
fn time(point: &FrontierPoint) -> Option<f64> {
    point.p95_ms.or(Some(f64::INFINITY))
}

fn taking(lens: &Lens, point: &FrontierPoint) -> Callback<()> {
    let (adopt, scenario) = (lens.adopt.clone(), point.scenario.clone());
    Callback::from(move |()| adopt.emit(self_contained(&scenario, crate::lab::prices::catalog())))
}

fn verdict(speech: &Speech, lens: &Lens, shown: &Frontier, limited: bool) -> Html {
    let cheapest = shown.cheapest.and_then(|at| shown.points.get(at));
    let sentence = match cheapest {
        Some(point) => speech.say(
            &Message::new(if limited { Word::an_frontier_best } else { Word::an_frontier_cheapest })
                .text("way", way(speech, lens, point))
                .text("cost", lens.amount(speech, point.daily_cost_usd))
                .text("p95", speech.ms(time(point))),
        ),
        None => speech.word(Word::an_frontier_none),
    };
    html! {
        <>
            <p class="finding answer" role="status" data-figure="frontier">{ sentence }</p>
            if let Some(point) = cheapest {
                <button class="small" onclick={taking(lens, point).reform(|_: MouseEvent| ())} data-action="adopt-frontier">{ speech.word(Word::an_adopt) }</button>
            }
        </>
    }
}

fn table(speech: &Speech, lens: &Lens, shown: &Frontier) -> Html {
    let heads = vec![
        Head::name(speech.word(Word::an_way_heading)),
        Head::figure(speech.word(lens.period.word())),
        Head::figure("P95"),
        Head::figure(speech.word(Word::ui_unanswered)),
        Head::figure(speech.word(Word::an_within)).class(""),
        Head::plain(unseen(speech, Word::an_adopt)),
    ];
    let rows: Vec<SortRow> = shown.points.iter().map(|point| row(speech, lens, point)).collect();
    html! {
        <details>
            <summary>{ speech.word(Word::ui_as_table) }</summary>
            <Figures of="frontier">
                <Sortable {heads} {rows} />
            </Figures>
        </details>
    }
}

fn row(speech: &Speech, lens: &Lens, point: &FrontierPoint) -> SortRow {
    let way = way(speech, lens, point);
    let lost = 1.0 - point.share_answered;
    let keys = vec![
        name(&way),
        figure(Some(point.daily_cost_usd)),
        figure(time(point)),
        figure(Some(lost)),
        figure(Some(if point.meets { 1.0 } else { 0.0 })),
    ];
    let adopt = speech.say(&Message::new(Word::an_adopt_what).text("what", way.clone()));
    let html = html! {
        <tr class={point.on_frontier.then_some("on")}>
            <th scope="row">{ way }</th>
            <td class="n">{ lens.money(speech, Some(point.daily_cost_usd)) }</td>
            <td class="n">{ speech.ms(time(point)) }</td>
            <td class="n">{ speech.percent(Some(lost)) }</td>
            <td>{ if point.meets { "✓" } else { "" } }</td>
            <td><button class="small quiet" onclick={taking(lens, point).reform(|_: MouseEvent| ())} aria-label={adopt}>{ speech.word(Word::an_adopt) }</button></td>
        </tr>
    };
    SortRow::new(keys, html)
}

#[derive(Properties, PartialEq)]
struct ScatterProps {
    frontier: Frontier,
    lens: Lens,
    budget: Option<f64>,
    limit: Option<f64>,
}

const HEIGHT: f64 = 300.0;
const TOP: f64 = 14.0;
const RIGHT: f64 = 20.0;
const BOTTOM: f64 = 46.0;
const LEFT: f64 = 82.0;

/// Each way as a point that can be adopted; those that no other beats are joined.
#[component]
fn Scatter(props: &ScatterProps) -> Html {
    let speech = use_speech();
    let (outer, node) = (use_node_ref(), use_node_ref());
    let width = use_width(&outer);
    let points = &props.frontier.points;
    let today = props.frontier.today;
    // A way whose P95 lies among the messages without an answer has no place here; the table has it.
    let timed = || points.iter().enumerate().filter_map(|(index, point)| Some((index, point, point.p95_ms?)));
    let unplaced = points.len() - timed().count();
    let hint = Message::new(Word::an_frontier_unplaced).number("count", unplaced as f64);
    let times = || timed().map(|(.., p95)| p95).chain(today.map(|(_, p95)| p95));
    let (fast, slow) = (times().fold(f64::INFINITY, f64::min), times().fold(0.0, f64::max));
    if times().next().is_none() {
        return html! { <div class="scatter" ref={outer}><p class="hint">{ speech.say(&hint) }</p></div> };
    }
    let costs = timed().map(|(_, point, _)| point.daily_cost_usd).chain(today.map(|(cost, _)| cost));
    let dear = costs.fold(0.0, f64::max);
    let margin = ((slow - fast) * 0.06).max(slow * 0.01);
    let x = Scale::linear((fast - margin).max(0.0), slow + margin, (LEFT, width - RIGHT));
    let of_day = |usd: f64| props.lens.of_day(usd);
    let y = Scale::linear(0.0, of_day(dear) * 1.06, (HEIGHT - BOTTOM, TOP));
    let line = timed()
        .filter(|(_, point, _)| point.on_frontier)
        .fold(Path::new(), |path, (_, point, p95)| path.to(x.at(p95), y.at(of_day(point.daily_cost_usd))));
    let (left, right, ground) = (LEFT.to_string(), (width - RIGHT).to_string(), (HEIGHT - BOTTOM).to_string());
    let inside = |scale: &Scale, value: Option<f64>| {
        let (low, high) = scale.domain();
        value.filter(|value| (low..=high).contains(value)).map(|value| scale.at(value).to_string())
    };
    let legend = html! {
        <p class="legend"><i class="key round" />{ speech.word(Word::an_on_frontier) }<i class="key round other" />{ speech.word(Word::an_other_ways) }<i class="key round now" />{ speech.word(Word::an_today) }</p>
    };
    let mut by_time: Vec<(&FrontierPoint, f64)> = timed().map(|(_, point, p95)| (point, p95)).collect();
    by_time.sort_by(|a, b| a.1.total_cmp(&b.1));
    let height = |point: &FrontierPoint| y.at(of_day(point.daily_cost_usd));
    let stop = |(point, p95): &(&FrontierPoint, f64)| Stop { at: x.at(*p95), dots: vec![(height(point), "p50")] };
    let stops: Vec<Stop> = by_time.iter().map(stop).collect();
    let canvas = Canvas { node, width, height: HEIGHT, top: TOP, bottom: HEIGHT - BOTTOM };
    let handles = html! {
        <svg class="handles" viewBox={view_box(width, HEIGHT)} width={width.to_string()} height={HEIGHT.to_string()} role="group" aria-label={speech.word(Word::an_frontier_chart)}>
            for (_, point, p95) in timed() {
                { handle(&speech, &props.lens, point, (x.at(p95), height(point))) }
            }
        </svg>
    };
    html! {
        <div class="scatter" ref={outer}>
            <ChartFrame id="frontier" title={speech.word(Word::an_frontier_title)} description={speech.word(Word::an_frontier_chart)} {canvas} {stops}
                table={Rc::new(figures(&speech, &props.lens, &by_time))} heading="h4" {legend} {handles}>
                for tick in y.ticks(5) {
                    <line class="grid" x1={left.clone()} x2={right.clone()} y1={y.at(tick).to_string()} y2={y.at(tick).to_string()} />
                    <text class="height" x={(LEFT - 8.0).to_string()} y={(y.at(tick) + 4.0).to_string()}>{ speech.usd(Some(tick)) }</text>
                }
                for tick in x.ticks(if width < 420.0 { 3 } else { 7 }) {
                    <text x={x.at(tick).to_string()} y={(HEIGHT - BOTTOM + 17.0).to_string()}>{ speech.ms(Some(tick)) }</text>
                }
                <text class="axis-name" x={(0.5 * (LEFT + width - RIGHT)).to_string()} y={(HEIGHT - 8.0).to_string()}>{ "P95" }</text>
                <line class="axis" x1={left.clone()} x2={right.clone()} y1={ground.clone()} y2={ground.clone()} />
                if let Some(at) = inside(&y, props.budget.map(of_day)) {
                    <line class="slo" x1={left} x2={right} y1={at.clone()} y2={at} />
                }
                if let Some(at) = inside(&x, props.limit) {
                    <line class="slo" x1={at.clone()} x2={at} y1={TOP.to_string()} y2={ground} />
                }
                <path class="line p50" d={line.d()} />
                for (index, point, p95) in timed() {
                    <circle class={look(point, props.frontier.cheapest == Some(index))} r={if point.on_frontier { "6" } else { "4" }}
                        cx={x.at(p95).to_string()} cy={y.at(of_day(point.daily_cost_usd)).to_string()} />
                }
                if let Some((cost, p95)) = today {
                    <circle class="today" cx={x.at(p95).to_string()} cy={y.at(of_day(cost)).to_string()} r="6"><title>{ speech.word(Word::an_today) }</title></circle>
                }
            </ChartFrame>
            if unplaced > 0 {
                <p class="hint">{ speech.say(&hint) }</p>
            }
        </div>
    }
}

/// The look of a way's point.
fn look(point: &FrontierPoint, cheapest: bool) -> Classes {
    classes!("way", point.on_frontier.then_some("on"), cheapest.then_some("best"))
}

/// The numbers of the chart, from the fastest way to the slowest.
fn figures(speech: &Speech, lens: &Lens, by_time: &[(&FrontierPoint, f64)]) -> Table {
    let columns = vec![
        speech.word(Word::an_way_heading),
        speech.word(lens.period.word()),
        "P95".to_string(),
        speech.word(Word::ui_unanswered),
    ];
    let row = |(point, p95): &(&FrontierPoint, f64)| {
        vec![
            Some(Arg::Text(way(speech, lens, point))),
            Some(Arg::Usd(lens.of_day(point.daily_cost_usd))),
            Some(Arg::Ms(*p95)),
            Some(Arg::Percent(1.0 - point.share_answered)),
        ]
    };
    Table { columns, rows: by_time.iter().map(row).collect() }
}

/// What is taken hold of at a point: a click or Enter adopts its way.
fn handle(speech: &Speech, lens: &Lens, point: &FrontierPoint, (x, y): (f64, f64)) -> Html {
    let label = Message::new(Word::an_point)
        .text("way", way(speech, lens, point))
        .text("cost", lens.amount(speech, point.daily_cost_usd))
        .text("p95", speech.ms(time(point)));
    let label = speech.say(&label);
    let take = taking(lens, point);
    let onclick = take.reform(|_: MouseEvent| ());
    let onkeydown = Callback::from(move |event: KeyboardEvent| {
        if matches!(event.key().as_str(), "Enter" | " ") {
            event.prevent_default();
            take.emit(());
        }
    });
    // All ways can be reached in the table; the tab key stops at the best of them.
    let tabindex = if point.on_frontier { "0" } else { "-1" };
    html! {
        <g class="dot-point" role="button" {tabindex} aria-label={label.clone()} {onclick} {onkeydown} data-point={point.on_frontier.then_some("on")}>
            <circle class="target" cx={x.to_string()} cy={y.to_string()} r="12" />
            <title>{ label }</title>
        </g>
    }
}
