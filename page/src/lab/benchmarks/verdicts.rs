use std::rc::Rc;

use rehearsal::bench::report::verdict_rows;
use rehearsal::bench::{Comparison, Family};
use rehearsal::words::{Message, Word};
use yew::prelude::*;

use crate::components::Order;
use crate::speech::{Speech, use_speech};

#[derive(Properties, PartialEq)]
pub struct Props {
    pub family: Rc<Family>,
}

/// The place of the verdict in a row of the table.
const VERDICT: usize = 2;

/// All verdicts in one table, and on demand as sentences with what should be known beside them.
#[component]
pub fn Verdicts(props: &Props) -> Html {
    let speech = use_speech();
    let family = &props.family;
    let rows = verdict_rows(family, speech.0.as_ref());
    let order = use_state_eq(Order::default);
    let on_order = {
        let order = order.clone();
        Callback::from(move |chosen: Order| order.set(chosen))
    };
    let places = order.of(family.comparisons.len(), |row, _| family.comparisons[row].verdict.change_pct);
    let class = |column: usize| (column > VERDICT && column < VERDICT + 4).then_some("n");
    html! {
        <section class="card" aria-labelledby="verdicts-title" data-figure="verdicts">
            <h2 id="verdicts-title">{ speech.word(Word::bench_verdicts) }</h2>
            <div class="scroll" tabindex="0" role="group" aria-labelledby="verdicts-title">
                <table class="figures verdicts">
                    <thead><tr>
                        for (column, cell) in rows.iter().take(1).flatten().enumerate() {
                            if column == VERDICT + 1 {
                                { order.head(column, cell, &on_order) }
                            } else {
                                <th scope="col" class={class(column)}>{ cell }</th>
                            }
                        }
                    </tr></thead>
                    <tbody role="status">
                        for (row, comparison) in places.iter().filter_map(|place| rows.get(place + 1).zip(family.comparisons.get(*place))) {
                            { verdict_row(row, comparison, &class) }
                        }
                    </tbody>
                </table>
            </div>
            <details>
                <summary>{ speech.word(Word::bench_in_words) }</summary>
                for comparison in &family.comparisons {
                    { sentences(&speech, comparison) }
                }
            </details>
            if family.size > 1 {
                <p class="hint">{ speech.say(&Message::new(Word::bench_note_family).number("size", family.size as f64)) }</p>
            }
        </section>
    }
}

fn verdict_row(row: &[String], comparison: &Comparison, class: &dyn Fn(usize) -> Option<&'static str>) -> Html {
    html! {
        <tr class={format!("verdict {}", comparison.verdict.verdict.key())}>
            for (column, cell) in row.iter().enumerate() {
                if column == 0 {
                    <th scope="row">{ cell }</th>
                } else if column == VERDICT {
                    <td><strong>{ cell }</strong></td>
                } else {
                    <td class={class(column)}>{ cell }</td>
                }
            }
        </tr>
    }
}

fn sentences(speech: &Speech, comparison: &Comparison) -> Html {
    let verdict = &comparison.verdict;
    html! {
        <>
            <p>{ speech.say(&verdict.sentence(&comparison.benchmark)) }</p>
            for note in &verdict.notes {
                <p class="hint">{ speech.say(note) }</p>
            }
        </>
    }
}
