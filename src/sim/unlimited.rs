//! A day without limits: no message waits for another, so none needs to know when it came.

use super::draw::{BLOCK, Chance, Drawer, Drawings, Drawn, Draws};
use super::plan::Plan;
use super::tally::{Answered, Tally};

/// Draws and counts messages `from..to`, which all come in this hour.
pub(super) fn run_hour(plan: &Plan, tally: &mut Tally, drawn: Option<Draws<'_>>, hour: usize, from: u64, to: u64) {
    let chance = Chance::new(plan.seed);
    if let Some(draws) = drawn {
        let mut at = from as usize;
        while at < to as usize {
            let end = (at + BLOCK).min(to as usize);
            count_block(plan, tally, hour, draws.part(at..end));
            at = end;
        }
        return;
    }
    if !plan.plain {
        for message in from..to {
            count_one(plan, tally, hour, &chance.draw(plan, message));
        }
        return;
    }
    let (mut drawer, mut block) = (Drawer::new(plan), Drawings::one_block(plan));
    let mut at = from;
    while at < to {
        let count = (to - at).min(BLOCK as u64) as usize;
        drawer.draw(plan, &chance, at, block.block_mut(0));
        count_block(plan, tally, hour, block.all().part(0..count));
        at += count as u64;
    }
}

/// Draws and counts messages with given words, whole blocks of them, as if they came in the first hour.
pub(super) fn run_words(plan: &Plan, tally: &mut Tally, words: &[u64]) {
    let chance = Chance::new(plan.seed);
    let (mut drawer, mut block) = (Drawer::new(plan), Drawings::one_block(plan));
    for (part, words) in words.as_chunks::<BLOCK>().0.iter().enumerate() {
        let from = (part * BLOCK) as u64;
        if plan.plain {
            drawer.draw_given(plan, &chance, from, words, block.block_mut(0));
            count_block(plan, tally, 0, block.all());
        } else {
            for (i, word) in words.iter().enumerate() {
                count_one(plan, tally, 0, &chance.draw_word(plan, from + i as u64, *word));
            }
        }
    }
}

/// Counts a block. Messages answered in constant time are counted like the others: what decides
/// nothing costs less than a branch.
fn count_block(plan: &Plan, tally: &mut Tally, hour: usize, draws: Draws<'_>) {
    let mut counting = tally.block(&plan.ways, hour, None);
    counting.answers(&draws, u64::from(plan.slo_us));
    if plan.streams {
        counting.first_tokens(&draws);
    }
}

/// Counts one message of any kind.
pub(super) fn count_one(plan: &Plan, tally: &mut Tally, hour: usize, drawn: &Drawn) {
    let route = &plan.routes[drawn.route];
    let row = tally.row_mut(hour, drawn.route);
    row.arrived += 1;
    row.calls += u64::from(route.first.is_some()) + u64::from(route.second.is_some());
    row.busy_us += u64::from(drawn.first.whole_us) + u64::from(drawn.second.whole_us);
    for (second, leg) in [(false, &route.first), (true, &route.second)] {
        if let Some(leg) = leg {
            let carried = drawn.carried[usize::from(second)];
            let billed = tally.billed_mut(drawn.route, second, plan.level_of(leg, carried));
            billed.answered.add(carried, drawn.output_tokens);
        }
    }
    let (e2e_us, ttft_us) = drawn.unhindered_us(route.first.is_some(), route.second.is_some());
    tally.answer(
        Answered { hour, route: drawn.route, batch: 0, late: false, e2e_us, ttft_us },
        plan.slo_us,
        plan.streams,
    );
}
