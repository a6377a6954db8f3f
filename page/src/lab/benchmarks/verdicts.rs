use std::rc::Rc;

use rehearsal::bench::report::verdict_rows;
use rehearsal::bench::{Comparison, Family};
use rehearsal::words::{Message, Word};
use yew::prelude::*;

use crate::components::{Head, Key, SortRow, Sortable, figure, name};
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
    let written = verdict_rows(family, speech.0.as_ref());
    let heads = written.iter().take(1).flatten().enumerate();
    let heads = heads.map(|(column, title)| match class(column) {
        Some(_) => Head::figure(title.clone()),
        None => Head::name(title.clone()),
    });
    let heads: Vec<Head> = heads.collect();
    let rows = written.iter().skip(1).zip(&family.comparisons);
    let rows: Vec<SortRow> =
        rows.map(|(row, comparison)| SortRow::new(keys(row, comparison), verdict_row(row, comparison))).collect();
    html! {
        <section class="card" aria-labelledby="verdicts-title" data-figure="verdicts">
            <h2 id="verdicts-title">{ speech.word(Word::bench_verdicts) }</h2>
            <div class="scroll" tabindex="0" role="group" aria-labelledby="verdicts-title">
                <table class="figures verdicts">
                    <Sortable {heads} {rows} live=true />
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

/// The look of a column.
fn class(column: usize) -> Option<&'static str> {
    (column > VERDICT && column < VERDICT + 4).then_some("n")
}

/// What a row is sorted by: its words, and of figures the figure, of an interval its middle.
fn keys(row: &[String], comparison: &Comparison) -> Vec<Option<Key>> {
    let verdict = &comparison.verdict;
    let figures = [
        verdict.change_pct,
        verdict.ci_pct.map(|(low, high)| 0.5 * (low + high)),
        verdict.requests_needed.map(|needed| needed as f64),
    ];
    let of = |(column, cell): (usize, &String)| match column.checked_sub(VERDICT + 1).and_then(|at| figures.get(at)) {
        Some(value) => figure(*value),
        None => name(cell),
    };
    row.iter().enumerate().map(of).collect()
}

fn verdict_row(row: &[String], comparison: &Comparison) -> Html {
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
