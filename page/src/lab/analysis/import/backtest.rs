use std::rc::Rc;

use rehearsal::import::{Backtest, Misfit, backtest_of};
use rehearsal::problem::Problem;
use rehearsal::sim::Asked;
use rehearsal::words::{Arg, Message, Word};
use yew::prelude::*;

use super::super::panel::Figures;
use super::reader::Log;
use crate::components::{problem_list, progress};
use crate::platform::simulator::{Simulator, Told};
use crate::speech::{Speech, use_speech};

#[derive(Properties, PartialEq)]
pub struct Props {
    pub log: Shared,
}

/// A log that is the same when it is the same object: one is read at a time.
#[derive(Clone)]
pub struct Shared(pub Rc<Log>);

impl PartialEq for Shared {
    fn eq(&self, other: &Self) -> bool {
        Rc::ptr_eq(&self.0, &other.0)
    }
}

/// What a backtest has come to.
#[derive(Clone, PartialEq)]
enum Stage {
    Waiting,
    Running(f64),
    Done(Rc<Backtest>),
    Wrong(Vec<Problem>),
    Dead,
}

/// What was measured beside what the simulation of the log's own scenario gives.
#[component]
pub fn BacktestView(props: &Props) -> Html {
    let speech = use_speech();
    let stage = use_state(|| Stage::Waiting);
    let simulator = use_mut_ref(|| None::<Simulator>);
    let log = &props.log.0;
    if log.times.overall.count() == 0 {
        return html! { <p class="hint">{ speech.word(Word::an_backtest_untimed) }</p> };
    }
    let start = {
        let (stage, log, simulator) = (stage.clone(), log.clone(), simulator.clone());
        Callback::from(move |_: MouseEvent| {
            let (heard, of) = (stage.clone(), log.clone());
            let started = Simulator::start(move |told| match told {
                Told::Dead => heard.set(Stage::Dead),
                Told::Reply(reply) if !reply.problems.is_empty() => heard.set(Stage::Wrong(reply.problems)),
                Told::Reply(reply) => {
                    if let Some(day) = reply.day {
                        heard.set(Stage::Done(Rc::new(backtest_of(&of.times, &of.imported, &day))));
                    } else if let Some(done) = reply.progress {
                        heard.set(Stage::Running(done));
                    }
                }
            });
            started.request(1, &log.scenario, &[Asked::Day]);
            *simulator.borrow_mut() = Some(started);
            stage.set(Stage::Running(0.0));
        })
    };
    let cancel = {
        let (stage, simulator) = (stage.clone(), simulator.clone());
        Callback::from(move |()| {
            if let Some(simulator) = simulator.borrow_mut().take() {
                simulator.cancel();
            }
            stage.set(Stage::Waiting);
        })
    };
    match &*stage {
        Stage::Waiting => {
            html! { <div class="controls"><button onclick={start} data-action="backtest">{ speech.word(Word::an_backtest_run) }</button><span class="hint">{ speech.word(Word::an_backtest_lead) }</span></div> }
        }
        Stage::Running(done) => progress(&speech, *done, &cancel),
        Stage::Wrong(problems) => problem_list(&speech, problems, html! {}),
        Stage::Dead => html! { <p class="problems error" role="alert">{ speech.word(Word::ui_simulator_dead) }</p> },
        Stage::Done(result) => shown(&speech, result),
    }
}

fn shown(speech: &Speech, result: &Backtest) -> Html {
    let off = |pct: Option<f64>| pct.map_or(Arg::Text("–".into()), |pct| Arg::Percent(pct / 100.0));
    let said = Message::new(Word::an_backtest_says)
        .with("p50", off(result.overall.misfit_pct.p50))
        .with("p95", off(result.overall.misfit_pct.p95))
        .with("p99", off(result.overall.misfit_pct.p99))
        .with("bill", off(result.bill.misfit_pct))
        .number("timed", result.timed as f64)
        .number("messages", result.messages as f64);
    let all = std::iter::once((speech.word(Word::ui_total), &result.overall));
    let types = result.by_type.iter().map(|(name, misfit)| (name.clone(), misfit));
    let hours = result.by_hour.iter().map(|(hour, misfit)| (format!("{hour}:00"), misfit));
    html! {
        <>
            <h4>{ speech.word(Word::an_backtest) }</h4>
            <p class="finding answer" role="status" data-figure="backtest">{ speech.say(&said) }</p>
            <Figures of="import">
                <thead><tr>
                    <th scope="col">{ speech.word(Word::ui_type) }</th>
                    <th scope="col" class="n">{ speech.word(Word::an_answers) }</th>
                    for name in ["P50", "P95", "P99"] {
                        <th scope="col" class="n">{ name }</th>
                        <th scope="col" class="n">{ speech.word(Word::an_simulated) }</th>
                        <th scope="col" class="n">{ "±" }</th>
                    }
                </tr></thead>
                <tbody>
                    for (name, misfit) in all.chain(types).chain(hours) {
                        { row(speech, &name, misfit) }
                    }
                </tbody>
            </Figures>
        </>
    }
}

fn row(speech: &Speech, name: &str, misfit: &Misfit) -> Html {
    let (measured, simulated, off) = (&misfit.measured_ms, &misfit.simulated_ms, &misfit.misfit_pct);
    let columns = [
        (measured.p50, simulated.p50, off.p50),
        (measured.p95, simulated.p95, off.p95),
        (measured.p99, simulated.p99, off.p99),
    ];
    html! {
        <tr>
            <th scope="row">{ name }</th>
            <td class="n">{ speech.number(misfit.answers as f64) }</td>
            for (measured, simulated, off) in columns {
                <td class="n">{ speech.ms(measured) }</td>
                <td class="n">{ speech.ms(simulated) }</td>
                <td class={classes!("n", off.filter(|pct| pct.abs() > 10.0).map(|_| "off"))}>{ speech.percent(off.map(|pct| pct / 100.0)) }</td>
            }
        </tr>
    }
}
