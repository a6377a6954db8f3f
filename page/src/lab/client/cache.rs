//! What the prompt cache did with a call: block by block, and what the call cost by it.

use rehearsal::mock::{BlockState, CachedBlock, CallRecord};
use rehearsal::money::Usd;
use rehearsal::words::{Arg, Message, Word};
use yew::prelude::*;

use crate::speech::{Speech, use_speech};

#[derive(Properties, PartialEq)]
pub(super) struct CacheProps {
    pub record: CallRecord,
}

/// The blocks of a call and its cost.
#[component]
pub(super) fn CacheCard(props: &CacheProps) -> Html {
    let speech = use_speech();
    let record = &props.record;
    html! {
        <section class="card" aria-labelledby="cache-title">
            <h2 id="cache-title">{ speech.word(Word::ui_cache_blocks) }</h2>
            if record.cache_blocks.is_empty() {
                <p class="finding">{ speech.word(Word::ui_cache_not_played) }</p>
            } else {
                { strip(&record.cache_blocks) }
                { block_table(&speech, record) }
            }
            <h3 id="call-cost-title">{ speech.word(Word::ui_call_cost) }</h3>
            { cost_table(&speech, record) }
        </section>
    }
}

/// The class of a state, for its colour.
fn class(state: BlockState) -> &'static str {
    match state {
        BlockState::Read => "read",
        BlockState::Written => "written",
        BlockState::Missed => "missed",
    }
}

/// Blocks as wide as their tokens; the table beside it says the same.
pub(super) fn strip(blocks: &[CachedBlock]) -> Html {
    let all = blocks.iter().map(|block| block.tokens).sum::<u64>().max(1) as f64;
    let mut before = 0;
    let pieces = blocks.iter().map(|block| {
        let place = |tokens: u64| libm::round(tokens as f64 / all * 10_000.0) as u64;
        let x = place(before);
        before += block.tokens;
        html! { <rect class={class(block.state)} x={x.to_string()} y="0" width={(place(before) - x).to_string()} height="10" /> }
    });
    html! {
        <svg class="blocks" viewBox="0 0 10000 10" preserveAspectRatio="none" aria-hidden="true">{ for pieces }</svg>
    }
}

/// Each block with its tokens, its state and why.
pub(super) fn block_table(speech: &Speech, record: &CallRecord) -> Html {
    let name = |block: &CachedBlock| match block.blocks {
        1 => block.block.clone(),
        more => speech.say(
            &Message::new(Word::ui_cache_run)
                .text("block", &block.block)
                .number("count", more.saturating_sub(1) as f64),
        ),
    };
    let why = |block: &CachedBlock| block.reason.as_ref().map(|reason| speech.say(&reason.message()));
    html! {
        <div class="scroll" tabindex="0" role="group" aria-label={speech.word(Word::ui_cache_blocks)}>
            <table class="figures blocks">
                <thead><tr>
                    <th scope="col">{ speech.word(Word::ui_cache_block) }</th>
                    <th scope="col" class="n">{ speech.word(Word::ui_cache_tokens) }</th>
                    <th scope="col">{ speech.word(Word::ui_cache_state) }</th>
                    <th scope="col">{ speech.word(Word::ui_reason) }</th>
                </tr></thead>
                <tbody>
                    for block in &record.cache_blocks {
                        <tr data-state={class(block.state)}>
                            <th scope="row"><code>{ name(block) }</code></th>
                            <td class="n">{ speech.number(block.tokens as f64) }</td>
                            <td class={classes!("state", class(block.state))}>
                                { speech.word(block.state.word()) }
                                if let Some(ttl) = block.ttl { { format!(" ({})", ttl.key()) } }
                            </td>
                            <td class="why">{ why(block) }</td>
                        </tr>
                    }
                </tbody>
            </table>
        </div>
    }
}

/// What the call cost by kind of token, and beside the same call without a prompt cache.
fn cost_table(speech: &Speech, record: &CallRecord) -> Html {
    let parts = record.cost_parts_usd;
    let kinds = [
        (Word::ui_kind_input, parts.input),
        (Word::an_price_write_5m, parts.cache_write_5m),
        (Word::an_price_write_1h, parts.cache_write_1h),
        (Word::an_price_read, parts.cache_read),
        (Word::an_price_output, parts.output),
    ];
    html! {
        <>
            <table class="figures" aria-labelledby="call-cost-title" data-figure="call-cost">
                <tbody>
                    // What was not used costs nothing, and is not said.
                    for (kind, usd) in kinds.into_iter().filter(|(_, usd)| *usd != Some(Usd::ZERO)) {
                        <tr><th scope="row">{ speech.word(kind) }</th><td class="n">{ speech.usd(usd.map(Usd::dollars)) }</td></tr>
                    }
                </tbody>
                <tfoot><tr>
                    <th scope="row">{ speech.word(Word::ui_cost) }</th>
                    <td class="n">{ speech.usd(record.cost_usd.map(Usd::dollars)) }</td>
                </tr></tfoot>
            </table>
            <p class="hint" data-figure="cache-effect">{ effect(speech, record) }</p>
        </>
    }
}

/// What the prompt cache changed about the cost; nothing where a price is not known.
fn effect(speech: &Speech, record: &CallRecord) -> Option<String> {
    let (with, without) = (record.cost_usd?.dollars(), record.cost_uncached_usd?.dollars());
    let said = |word, usd| Message::new(word).with("usd", Arg::Usd(usd));
    Some(speech.say(&match with.total_cmp(&without) {
        std::cmp::Ordering::Less => said(Word::ui_call_saves, without - with),
        std::cmp::Ordering::Greater => said(Word::ui_call_costs_more, with - without),
        std::cmp::Ordering::Equal => Message::new(Word::ui_call_same),
    }))
}
