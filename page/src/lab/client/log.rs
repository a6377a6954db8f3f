use std::cell::RefCell;
use std::rc::Rc;

use rehearsal::mock::{CallRecord, Mock};
use rehearsal::words::Word;
use yew::prelude::*;

use super::answer::reason;
use super::cache::{block_table, strip};
use crate::speech::Speech;

/// Every call, the newest first.
pub(super) fn log(speech: &Speech, mock: &Rc<RefCell<Mock>>) -> Html {
    let mock = mock.borrow();
    let findings = mock.ledger().findings();
    html! {
        <>
            <div class="scroll" tabindex="0" role="group" aria-label={speech.word(Word::ui_panel_log)}>
                <table class="figures" data-figure="log">
                    <thead><tr>
                        <th scope="col">{ "#" }</th><th scope="col">{ speech.word(Word::ui_operation) }</th><th scope="col">{ speech.word(Word::ui_model) }</th>
                        <th scope="col" class="n">{ "HTTP" }</th><th scope="col" class="n">{ speech.word(Word::ui_tokens_in_out) }</th>
                        <th scope="col">{ speech.word(Word::ui_cache_read_written) }</th>
                        <th scope="col" class="n">{ speech.word(Word::ui_cost) }</th><th scope="col" class="n">{ speech.word(Word::ui_elapsed) }</th>
                        <th scope="col">{ speech.word(Word::ui_reason) }</th>
                    </tr></thead>
                    <tbody>
                        for record in mock.ledger().records().iter().rev().take(200) {
                            <tr>
                                <td class="n">{ record.call }</td><td>{ &record.operation }</td><td>{ &record.model_id }</td>
                                <td class="n">{ record.status }</td><td class="n">{ format!("{} / {}", record.prompt_tokens(), record.output_tokens) }</td>
                                <td>{ cached(speech, record) }</td>
                                <td class="n">{ speech.usd(record.cost_usd.map(|usd| usd.dollars())) }</td><td class="n">{ speech.ms(Some(record.latency_ms)) }</td>
                                <td>{ record.error.clone().unwrap_or_default() }{ " " }{ reason(speech, record) }</td>
                            </tr>
                        }
                    </tbody>
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
