use std::rc::Rc;

use rehearsal::chart::{Path, Scale, Table};
use rehearsal::cost::{BreakEven, Method, Move, Point, break_even};
use rehearsal::words::{Arg, Message, Word};
use yew::prelude::*;

use super::adopt::self_contained;
use super::panel::Panel;
use super::state::Lens;
use crate::components::{Choice, Field};
use crate::lab::charts::{Canvas, ChartFrame, Stop, use_width};
use crate::period::Period;
use crate::speech::{Speech, use_speech};

/// How far one thing must go to bring the day under a target.
#[component]
pub fn BreakEvenPanel(lens: &Lens) -> Html {
    let speech = use_speech();
    let asked = use_state(|| None::<f64>);
    let key = use_state(|| "hit".to_string());
    // Half of today's bill, until one is typed.
    let days = lens.of_days();
    let target = asked.unwrap_or_else(|| round(0.5 * days * lens.daily_usd().unwrap_or(2000.0)) / days);
    let moves = moves(lens);
    let moved = moves.iter().find(|(name, _)| **name == **key).or(moves.first()).map(|(_, moved)| moved.clone());
    let found = {
        let scenario = lens.scenario.clone();
        use_memo((scenario, key.clone(), target.to_bits()), move |(scenario, _, _)| {
            break_even(scenario, crate::lab::prices::catalog(), moved.unwrap_or(Move::Messages), target).ok()
        })
    };
    let choices: Vec<(String, String)> =
        moves.iter().map(|(name, moved)| (name.clone(), name_of(&speech, lens, moved))).collect();
    let choose = {
        let key = key.clone();
        Callback::from(move |chosen: String| key.set(chosen))
    };
    let set = {
        let asked = asked.clone();
        Callback::from(move |usd: Option<f64>| asked.set(usd.map(|usd| usd / days)))
    };
    html! {
        <Panel id="break-even" title={Word::an_break_even} lead={Word::an_break_even_lead} how={Word::an_break_even_how}>
            <div class="row two">
                <Field id="target_usd" label={speech.word(if lens.period == Period::Day { Word::an_target } else { Word::an_target_month })} value={target * days} min={0.0} max={1e12} suffix="USD" on_set={set} />
                <Choice label={speech.word(Word::an_move)} labelled=true options={choices} chosen={(*key).clone()} on_choose={choose} />
            </div>
            if let Some(found) = &*found {
                { answer(&speech, lens, found) }
            }
        </Panel>
    }
}

/// What can be moved, by a key for the choice.
fn moves(lens: &Lens) -> Vec<(String, Move)> {
    let mut moves = vec![("hit".to_string(), Move::HitRate)];
    for model in &lens.answers.estimate.by_model {
        let answers = |kind: &rehearsal::scenario::QueryType| kind.branches().any(|(id, _)| id == model.model);
        if lens.scenario.types.iter().any(answers) {
            moves.push((format!("share:{}", model.model), Move::ShareOn(model.model.clone())));
        }
    }
    moves.push(("messages".to_string(), Move::Messages));
    moves.push(("tokens".to_string(), Move::Tokens));
    moves
}

fn name_of(speech: &Speech, lens: &Lens, moved: &Move) -> String {
    match moved {
        Move::HitRate => speech.word(Word::ui_hit_rate),
        Move::ShareOn(id) => speech.say(&Message::new(Word::an_move_share).text("model", lens.model_name(id))),
        Move::Messages => speech.word(Word::ui_daily_messages),
        Move::Tokens => speech.word(Word::an_move_tokens),
    }
}

/// A value of what is moved, as a person reads it.
fn said(moved: &Move, value: f64) -> Arg {
    match moved {
        Move::HitRate | Move::ShareOn(_) => Arg::Percent(value),
        Move::Messages => Arg::Number(libm::floor(value)),
        Move::Tokens => Arg::Percent(value),
    }
}

fn answer(speech: &Speech, lens: &Lens, found: &BreakEven) -> Html {
    let name = name_of(speech, lens, &found.moved);
    let ends = || found.curve.iter().map(|point| point.daily_cost_usd).filter(|usd| usd.is_finite());
    let sentence = match found.value {
        Some(value) => Message::new(Word::an_break_even_at)
            .text("what", name.clone())
            .with("value", said(&found.moved, value))
            .with("now", said(&found.moved, found.now))
            .text("target", lens.amount(speech, found.target_usd)),
        None if ends().next().is_none() => Message::new(Word::an_no_bill),
        None => Message::new(Word::an_break_even_none)
            .text("what", name.clone())
            .text("target", lens.amount(speech, found.target_usd))
            .text("low", lens.money(speech, Some(ends().fold(f64::INFINITY, f64::min))))
            .text("high", lens.money(speech, Some(ends().fold(0.0, f64::max)))),
    };
    let take = found.value.map(|value| {
        let (adopt, scenario, moved) = (lens.adopt.clone(), lens.scenario.clone(), found.moved.clone());
        Callback::from(move |_: MouseEvent| {
            // A fraction of a message is none.
            let value = if moved == Move::Messages { libm::floor(value) } else { value };
            adopt.emit(self_contained(&moved.apply(&scenario, value), crate::lab::prices::catalog()));
        })
    });
    let method = found.method.map(|method| match method {
        Method::ClosedForm => Word::an_closed_form,
        Method::Bisection => Word::an_bisection,
    });
    html! {
        <>
            <p class="finding answer" role="status" data-figure="break_even">{ speech.say(&sentence) }</p>
            if let Some(onclick) = take {
                <div class="controls">
                    <button class="small" {onclick} data-action="adopt-break-even">{ speech.word(Word::an_adopt) }</button>
                    if let Some(method) = method {
                        <span class="hint">{ speech.word(method) }</span>
                    }
                </div>
            }
            <Curve found={found.clone()} days={lens.of_days()} description={speech.say(&sentence)} {name} money={speech.word(lens.period.word())} />
        </>
    }
}

fn spoken(speech: &Speech, value: Arg) -> String {
    match value {
        Arg::Percent(value) => speech.percent(Some(value)),
        Arg::Number(value) => speech.number(value),
        _ => String::new(),
    }
}

#[derive(Properties, PartialEq)]
struct CurveProps {
    found: BreakEven,
    /// How many days its money is shown for.
    days: f64,
    description: String,
    /// What the horizontal axis is.
    name: String,
    /// What the vertical one is.
    money: String,
}

const HEIGHT: f64 = 210.0;
const TOP: f64 = 14.0;
const RIGHT: f64 = 20.0;
const BOTTOM: f64 = 46.0;
const LEFT: f64 = 82.0;

/// The day's cost against what is moved, with today, the target and where they meet.
#[component]
fn Curve(props: &CurveProps) -> Html {
    let speech = use_speech();
    let node = use_node_ref();
    let width = use_width(&node);
    let found = &props.found;
    let known = || found.curve.iter().filter(|point| point.daily_cost_usd.is_finite());
    let most = known().map(|point| point.daily_cost_usd).fold(found.target_usd, f64::max);
    let x = Scale::linear(found.least, found.most, (LEFT, width - RIGHT));
    let y = Scale::linear(0.0, most * 1.05, (HEIGHT - BOTTOM, TOP));
    let path = known().fold(Path::new(), |path, point| path.to(x.at(point.value), y.at(point.daily_cost_usd)));
    let (left, right, ground) = (LEFT.to_string(), (width - RIGHT).to_string(), (HEIGHT - BOTTOM).to_string());
    let target = y.clamped(found.target_usd).to_string();
    let title = speech.say(&Message::new(Word::an_curve).text("what", props.name.clone()));
    let stop = |point: &Point| Stop { at: x.at(point.value), dots: vec![(y.at(point.daily_cost_usd), "p50")] };
    let stops: Vec<Stop> = known().map(stop).collect();
    let canvas = Canvas { node, width, height: HEIGHT, top: TOP, bottom: HEIGHT - BOTTOM };
    html! {
        <ChartFrame id="break-even" title={title} description={props.description.clone()} {canvas} {stops} table={Rc::new(table(props))} heading="h4">
            for tick in y.ticks(4) {
                <line class="grid" x1={left.clone()} x2={right.clone()} y1={y.at(tick).to_string()} y2={y.at(tick).to_string()} />
                <text class="height" x={(LEFT - 8.0).to_string()} y={(y.at(tick) + 4.0).to_string()}>{ speech.usd(Some(tick * props.days)) }</text>
            }
            for tick in x.ticks(if width < 420.0 { 4 } else { 8 }) {
                <text x={x.at(tick).to_string()} y={(HEIGHT - BOTTOM + 17.0).to_string()}>{ spoken(&speech, said(&found.moved, tick)) }</text>
            }
            <text class="axis-name" x={(0.5 * (LEFT + width - RIGHT)).to_string()} y={(HEIGHT - 8.0).to_string()}>{ &props.name }</text>
            <line class="axis" x1={left.clone()} x2={right.clone()} y1={ground.clone()} y2={ground.clone()} />
            <line class="slo" x1={left} x2={right} y1={target.clone()} y2={target.clone()} />
            <path class="line p50" d={path.d()} />
            if found.now_usd.is_finite() {
                <circle class="today" cx={x.clamped(found.now).to_string()} cy={y.clamped(found.now_usd).to_string()} r="5"><title>{ speech.word(Word::an_today) }</title></circle>
            }
            if let Some(value) = found.value {
                <line class="place" x1={x.clamped(value).to_string()} x2={x.clamped(value).to_string()} y1={target.clone()} y2={ground} />
                <circle class="solution" cx={x.clamped(value).to_string()} cy={target} r="5" />
            }
        </ChartFrame>
    }
}

/// The numbers of the curve, a row for each place that has a bill.
fn table(props: &CurveProps) -> Table {
    let found = &props.found;
    let known = found.curve.iter().filter(|point| point.daily_cost_usd.is_finite());
    let row =
        |point: &Point| vec![Some(said(&found.moved, point.value)), Some(Arg::Usd(point.daily_cost_usd * props.days))];
    Table { columns: vec![props.name.clone(), props.money.clone()], rows: known.map(row).collect() }
}

/// One significant digit, or two where that halves the number: what a person would ask for.
fn round(usd: f64) -> f64 {
    if !usd.is_finite() || usd <= 0.0 {
        return 1.0;
    }
    let unit = libm::pow(10.0, libm::floor(libm::log10(usd)));
    let unit = if usd / unit < 3.0 { unit / 10.0 } else { unit };
    libm::round(usd / unit) * unit
}

#[cfg(all(test, not(target_arch = "wasm32")))]
mod tests {
    use super::*;

    #[test]
    fn the_first_target_is_a_round_number() {
        let check =
            |usd: f64, expected: f64| assert!((round(usd) / expected - 1.0).abs() < 1e-12, "{usd}: {}", round(usd));
        check(979.6, 1000.0);
        check(1463.0, 1500.0);
        check(0.0412, 0.04);
        check(0.0, 1.0);
    }
}
