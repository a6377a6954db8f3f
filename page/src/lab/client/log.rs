use std::cell::RefCell;
use std::rc::Rc;

use rehearsal::mock::{CallRecord, Mock};
use rehearsal::words::Word;
use yew::prelude::*;

use super::answer::reason;
use super::cache::{block_table, strip};
use crate::components::{Head, SortRow, Sortable, figure, name};
use crate::speech::Speech;

/// Every call, the newest first.
pub(super) fn log(speech: &Speech, mock: &Rc<RefCell<Mock>>) -> Html {
    let mock = mock.borrow();
    let findings = mock.ledger().findings();
    let rows = mock.ledger().records().rev().take(200).map(|record| row(speech, &record));
    let rows: Vec<SortRow> = rows.collect();
    html! {
        <>
            <div class="scroll" tabindex="0" role="group" aria-label={speech.word(Word::ui_panel_log)}>
                <table class="figures" data-figure="log">
                    <Sortable heads={heads(speech)} {rows} />
                </table>
            </div>
            <ul class="lints">
                for finding in findings {
                    <li><strong>{ finding.rule }</strong>{ " " }{ speech.say(&finding.message) }</li>
                }
            </ul>
        </>
    }
}

fn heads(speech: &Speech) -> Vec<Head> {
    vec![
        Head::figure("#").class(""),
        Head::name(speech.word(Word::ui_operation)),
        Head::name(speech.word(Word::ui_model)),
        Head::figure("HTTP"),
        Head::figure(speech.word(Word::ui_tokens_in_out)),
        Head::figure(speech.word(Word::ui_cache_read_written)).class(""),
        Head::figure(speech.word(Word::ui_cost)),
        Head::figure(speech.word(Word::ui_elapsed)),
        Head::name(speech.word(Word::ui_reason)),
    ]
}

fn row(speech: &Speech, record: &CallRecord) -> SortRow {
    let reason = format!("{} {}", record.error.clone().unwrap_or_default(), reason(speech, record));
    let cost = record.cost_usd.map(|usd| usd.dollars());
    let through_cache = record.cache_read_tokens + record.cache_write_tokens;
    let keys = vec![
        figure(Some(record.call as f64)),
        name(&record.operation),
        name(&record.model_id),
        figure(Some(f64::from(record.status))),
        figure(Some((record.prompt_tokens() + record.output_tokens) as f64)),
        figure((!record.cache_blocks.is_empty()).then_some(through_cache as f64)),
        figure(cost),
        figure(Some(record.latency_ms)),
        name(reason.trim()),
    ];
    let html = html! {
        <tr>
            <td class="n">{ record.call }</td><td>{ &record.operation }</td><td>{ &record.model_id }</td>
            <td class="n">{ record.status }</td><td class="n">{ format!("{} / {}", record.prompt_tokens(), record.output_tokens) }</td>
            <td>{ cached(speech, record) }</td>
            <td class="n">{ speech.usd(cost) }</td><td class="n">{ speech.ms(Some(record.latency_ms)) }</td>
            <td>{ reason }</td>
        </tr>
    };
    SortRow { id: Some(record.call), ..SortRow::new(keys, html) }
}

/// Tokens that the prompt cache read and wrote; behind the fold each block, and why.
fn cached(speech: &Speech, record: &CallRecord) -> Html {
    if record.cache_blocks.is_empty() {
        return html! { "–" };
    }
    html! {
        <details>
            <summary>{ format!("{} / {}", record.cache_read_tokens, record.cache_write_tokens) }{ strip(&record.cache_blocks) }</summary>
            { block_table(speech, record) }
        </details>
    }
}
