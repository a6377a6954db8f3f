use super::plan::{Cell, Plan, Time};
use super::random::{Purpose, Stream};
use crate::stats::{BUCKETS, bucket_of};

/// Hours of the simulated day.
pub(super) const HOURS: usize = 24;

/// What was counted, by hour of the day and cell.
pub(super) struct Tally {
    cells: usize,
    rows: Vec<Row>,
    e2e: Vec<u32>,
    ttft: Vec<u32>,
}

/// The sums of one cell in one hour.
#[derive(Clone, Copy, Default)]
pub(super) struct Row {
    pub messages: u64,
    /// Messages whose time is the cell's constant.
    pub constant: u64,
    pub within_slo: u64,
    pub e2e_us: u64,
    pub ttft_us: u64,
    pub e2e_max: f32,
    pub ttft_max: f32,
    pub input_tokens: u64,
    pub output_tokens: u64,
}

impl Tally {
    fn new(cells: usize) -> Self {
        let rows = HOURS * cells;
        Tally { cells, rows: vec![Row::default(); rows], e2e: vec![0; rows * BUCKETS], ttft: vec![0; rows * BUCKETS] }
    }

    pub fn row(&self, hour: usize, cell: usize) -> &Row {
        &self.rows[hour * self.cells + cell]
    }

    pub fn e2e(&self, hour: usize, cell: usize) -> &[u32] {
        let at = (hour * self.cells + cell) * BUCKETS;
        &self.e2e[at..at + BUCKETS]
    }

    pub fn ttft(&self, hour: usize, cell: usize) -> &[u32] {
        let at = (hour * self.cells + cell) * BUCKETS;
        &self.ttft[at..at + BUCKETS]
    }

    #[inline]
    fn add(
        &mut self,
        hour: usize,
        cell: usize,
        plan_cell: &Cell,
        word: u64,
        input_draw: impl FnOnce() -> u32,
        slo_ms: f32,
    ) {
        let time_draw = (word >> 16) as u32 & 0xFF_FFFF;
        let output_draw = (word >> 40) as u32;
        let output = libm::roundf(plan_cell.output.at(output_draw));
        let input = libm::roundf(plan_cell.input.at(input_draw()));
        let (ttft, e2e) = match &plan_cell.time {
            Time::Constant(ms) => (*ms, *ms),
            Time::Whole(table) => {
                let ms = table.at(time_draw);
                (ms, ms)
            }
            Time::Streamed { ttft, ms_per_token } => {
                let first = ttft.at(time_draw);
                (first, first + output * ms_per_token)
            }
        };
        let row = &mut self.rows[hour * self.cells + cell];
        row.messages += 1;
        row.within_slo += u64::from(e2e <= slo_ms);
        row.input_tokens += input as u64;
        row.output_tokens += output as u64;
        if matches!(plan_cell.time, Time::Constant(_)) {
            row.constant += 1;
            return;
        }
        row.e2e_us += (f64::from(e2e) * 1000.0 + 0.5) as u64;
        row.ttft_us += (f64::from(ttft) * 1000.0 + 0.5) as u64;
        row.e2e_max = row.e2e_max.max(e2e);
        row.ttft_max = row.ttft_max.max(ttft);
        let at = (hour * self.cells + cell) * BUCKETS;
        self.e2e[at + bucket_of(e2e)] += 1;
        self.ttft[at + bucket_of(ttft)] += 1;
    }
}

/// Draws every message of the plan and counts what came of it.
pub(super) fn run(plan: &Plan) -> Tally {
    let mut tally = Tally::new(plan.cells.len());
    let messages = Stream::new(plan.seed, Purpose::Message);
    let boundary = Stream::new(plan.seed, Purpose::Boundary);
    let inputs = Stream::new(plan.seed, Purpose::InputTokens);
    for hour in 0..HOURS {
        for message in hour_range(plan.messages, hour) {
            let word = messages.word(message);
            let cell = plan.map.pick(word as u32, || boundary.word(message));
            let input_draw = || (inputs.word(message) >> 40) as u32;
            tally.add(hour, cell, &plan.cells[cell], word, input_draw, plan.slo_ms);
        }
    }
    tally
}

/// The messages of an hour, when every hour has the same traffic.
fn hour_range(messages: u64, hour: usize) -> std::ops::Range<u64> {
    let edge = |hour: usize| messages * hour as u64 / HOURS as u64;
    edge(hour)..edge(hour + 1)
}
