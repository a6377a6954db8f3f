//! A day without limits: no message waits for another, so none needs to know when it came.

use super::draw::{BLOCK, Block, Chance, Drawn};
use super::plan::Plan;
use super::tally::{Answered, Tally, bucket_of_us};

/// Draws and counts messages `from..to`, which all come in this hour.
pub(super) fn run_hour(plan: &Plan, tally: &mut Tally, hour: usize, from: u64, to: u64) {
    let chance = Chance::new(plan.seed);
    if !plan.plain {
        for message in from..to {
            count_one(plan, tally, hour, &chance.draw(plan, message));
        }
        return;
    }
    let mut sums = vec![Sums::default(); plan.routes.len()];
    let mut block = Block::new();
    let mut at = from;
    while at < to {
        let count = (to - at).min(BLOCK as u64) as usize;
        block.draw(plan, &chance, at);
        count_block(plan, tally, hour, &block, count, &mut sums);
        at += count as u64;
    }
    add_sums(plan, tally, hour, &sums);
}

/// Draws and counts messages with given words, as if they came in the first hour.
pub(super) fn run_words(plan: &Plan, tally: &mut Tally, words: &[u64]) {
    let chance = Chance::new(plan.seed);
    let mut sums = vec![Sums::default(); plan.routes.len()];
    let mut block = Block::new();
    for (part, words) in words.chunks(BLOCK).enumerate() {
        let from = (part * BLOCK) as u64;
        if plan.plain {
            block.draw_given(plan, &chance, from, words);
            count_block(plan, tally, 0, &block, words.len(), &mut sums);
        } else {
            for (i, word) in words.iter().enumerate() {
                count_one(plan, tally, 0, &chance.draw_word(plan, from + i as u64, *word));
            }
        }
    }
    if plan.plain {
        add_sums(plan, tally, 0, &sums);
    }
}

/// The sums of one route, gathered over an hour.
#[derive(Clone, Copy, Default)]
struct Sums {
    messages: u64,
    within_slo: u64,
    whole_us: u64,
    first_us: u64,
    output: u64,
    whole_max: u32,
    first_max: u32,
}

/// Counts a block. Messages answered in constant time are counted like the others: what decides
/// nothing costs less than a branch.
fn count_block(plan: &Plan, tally: &mut Tally, hour: usize, block: &Block, count: usize, sums: &mut [Sums]) {
    if plan.streams {
        count_block_as::<true>(plan.slo_us, tally, hour, block, count, sums);
    } else {
        count_block_as::<false>(plan.slo_us, tally, hour, block, count, sums);
    }
}

#[inline(never)]
fn count_block_as<const STREAMS: bool>(
    slo_us: u32,
    tally: &mut Tally,
    hour: usize,
    block: &Block,
    count: usize,
    sums: &mut [Sums],
) {
    for i in 0..count.min(BLOCK) {
        let route = usize::from(block.route[i]);
        let (first, whole) = (block.first_token_us[i], block.whole_us[i]);
        let Some(sum) = sums.get_mut(route) else { continue };
        sum.messages += 1;
        sum.within_slo += u64::from(whole <= slo_us);
        sum.whole_us += u64::from(whole);
        sum.output += u64::from(block.output_tokens[i]);
        sum.whole_max = sum.whole_max.max(whole);
        tally.e2e.add(hour, route, bucket_of_us(u64::from(whole)));
        if STREAMS {
            sum.first_us += u64::from(first);
            sum.first_max = sum.first_max.max(first);
            tally.ttft.add(hour, route, bucket_of_us(u64::from(first)));
        }
    }
}

/// Adds what an hour's routes summed up to.
fn add_sums(plan: &Plan, tally: &mut Tally, hour: usize, sums: &[Sums]) {
    for (index, (route, sum)) in plan.routes.iter().zip(sums).enumerate() {
        if sum.messages == 0 {
            continue;
        }
        let row = tally.row_mut(hour, index);
        row.arrived += sum.messages;
        row.answered += sum.messages;
        row.within_slo += sum.within_slo;
        row.e2e_us += sum.whole_us;
        row.e2e_max_us = row.e2e_max_us.max(u64::from(sum.whole_max));
        if plan.streams {
            row.ttft_us += sum.first_us;
            row.ttft_max_us = row.ttft_max_us.max(u64::from(sum.first_max));
        }
        if let Some(leg) = &route.first {
            row.calls += sum.messages;
            row.busy_us += sum.whole_us;
            tally.billed[leg.model].input += sum.messages * u64::from(plan.ways[index].input_tokens);
            tally.billed[leg.model].output += sum.output;
        }
    }
}

/// Counts one message of any kind.
fn count_one(plan: &Plan, tally: &mut Tally, hour: usize, drawn: &Drawn) {
    let route = &plan.routes[drawn.route];
    let row = tally.row_mut(hour, drawn.route);
    row.arrived += 1;
    row.calls += u64::from(route.first.is_some()) + u64::from(route.second.is_some());
    row.busy_us += u64::from(drawn.first.whole_us) + u64::from(drawn.second.whole_us);
    for leg in route.first.iter().chain(&route.second) {
        let billed = &mut tally.billed[leg.model];
        billed.input += u64::from(drawn.input_tokens);
        billed.output += u64::from(drawn.output_tokens);
    }
    let (e2e_us, ttft_us) = drawn.unhindered_us(route.first.is_some(), route.second.is_some());
    tally.answer(Answered { hour, route: drawn.route, batch: 0, late: false, e2e_us, ttft_us }, plan.slo_us);
}
