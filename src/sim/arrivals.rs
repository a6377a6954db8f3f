//! When messages come: a renewal process, bursts, or a trace, laid over the curve of the day.

use std::sync::Arc;

use crate::scenario::{self, Distribution, Trace, Traffic};
use crate::stats::normal_quantile;

use super::day::{Clock, Day};
use super::draw::BLOCK;
use super::plan::Plan;
use super::quantile::Tail;
use super::table::{Drawing, Shape, Shapes, Tables};
use crate::random::{Purpose, Stream};

/// Fixed-point steps in the mean time between two messages: sums of whole numbers do not depend on
/// their order.
const UNIT: f32 = (1_u32 << 20) as f32;

/// From this shape on a gamma quantile is Wilson and Hilferty's (1931) to some parts in ten
/// thousand, which takes a hundredth of the time of the exact one.
const SMALLEST_SHAPE: f64 = 16.0;

/// How long a burst and the calm after it last, in seconds of the mean rate.
const BURST_S: f64 = 60.0;

/// The law of arrivals, with everything settled that does not depend on chance.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct ArrivalLaw {
    gap: Gap,
    bursts: Option<Bursts>,
    tables: Tables,
}

/// The time between two messages, relative to its mean.
#[derive(Clone, Debug, PartialEq)]
enum Gap {
    /// Drawn from `gap`; the gaps of a block of messages sum to what `block` says.
    ///
    /// Gamma distributed gaps have a gamma distributed sum, of which their parts are independent:
    /// so the sum can be drawn first, and the length of a day is known from its blocks alone.
    Blocks { gap: Drawing, block: Drawing },
    /// Drawn from this, and nothing is known of their sum.
    Drawn(Drawing),
    /// The times of a trace, each from 0 to `length` messages.
    Trace { trace: Arc<Trace>, length_ms: f64 },
}

/// Phases of more and of less traffic, of random length.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Bursts {
    /// Relative to the mean rate.
    fast: f64,
    slow: f64,
    /// Mean length of a phase, in messages at the mean rate.
    phase: f64,
    length: Drawing,
}

impl ArrivalLaw {
    pub fn new(traffic: &Traffic, day: &Day, shapes: &mut Shapes) -> Self {
        let mut tables = Tables::default();
        let exponential = Distribution::Exponential { mean: 1.0 };
        let mut bursts = None;
        let gap = match traffic.arrivals {
            scenario::Arrivals::Poisson => Gap::blocks(1.0, &mut tables, shapes),
            scenario::Arrivals::Gamma => Gap::blocks(traffic.cv, &mut tables, shapes),
            scenario::Arrivals::Weibull if traffic.cv == 0.0 => {
                Gap::Drawn(tables.add(&Distribution::Constant(1.0), shapes))
            }
            scenario::Arrivals::Weibull => {
                let (scale, power) = weibull(traffic.cv);
                let shape = Shape::Weibull { cv: traffic.cv };
                Gap::Drawn(tables.add_shape(shape, shapes, |tail, p| {
                    let minus_log = match tail {
                        Tail::Lower => -libm::log1p(-p),
                        Tail::Upper => -libm::log(p),
                    };
                    scale * libm::pow(minus_log, power)
                }))
            }
            scenario::Arrivals::Bursts => {
                let length = tables.add(&exponential, shapes);
                let per_second = day.messages / (day.hour_s() * 24.0);
                // `cv` times as fast in a burst as between bursts, each half of the time.
                let ratio = traffic.cv.max(1.0);
                bursts = Some(Bursts {
                    fast: 2.0 * ratio / (1.0 + ratio),
                    slow: 2.0 / (1.0 + ratio),
                    phase: (BURST_S * per_second).max(1.0),
                    length,
                });
                Gap::blocks(1.0, &mut tables, shapes)
            }
            scenario::Arrivals::Trace => match &traffic.trace {
                Some(trace) => Gap::Trace { length_ms: trace.length_ms(), trace: trace.clone() },
                // Refused by the scenario's own check.
                None => Gap::Drawn(tables.add(&exponential, shapes)),
            },
        };
        ArrivalLaw { gap, bursts, tables }
    }
}

impl Gap {
    /// Gamma distributed gaps of this coefficient of variation.
    fn blocks(cv: f64, tables: &mut Tables, shapes: &mut Shapes) -> Self {
        let gap =
            if cv == 1.0 { Distribution::Exponential { mean: 1.0 } } else { Distribution::Gamma { mean: 1.0, sd: cv } };
        let messages = BLOCK as f64;
        let shape = messages / (cv * cv);
        let block = if shape < SMALLEST_SHAPE {
            tables.add(&Distribution::Gamma { mean: messages, sd: cv * libm::sqrt(messages) }, shapes)
        } else {
            tables.add_shape(Shape::Block { cv }, shapes, |tail, p| {
                let z = normal_quantile(p) * if tail == Tail::Lower { 1.0 } else { -1.0 };
                let cube_root = 1.0 - 1.0 / (9.0 * shape) + z / (3.0 * libm::sqrt(shape));
                messages * (cube_root * cube_root * cube_root).max(0.0)
            })
        };
        Gap::Blocks { gap: tables.add(&gap, shapes), block }
    }
}

/// Scale and inverse shape of a Weibull distribution with mean 1 and this coefficient of
/// variation: `scale · (−ln p)^power`.
fn weibull(cv: f64) -> (f64, f64) {
    // CV² + 1 = Γ(1 + 2/k) / Γ(1 + 1/k)², which grows with 1/k.
    let spread = |power: f64| libm::lgamma(1.0 + 2.0 * power) - 2.0 * libm::lgamma(1.0 + power);
    let target = libm::log1p(cv * cv);
    let (mut low, mut high) = (0.0, 64.0);
    for _ in 0..200 {
        let middle = 0.5 * (low + high);
        if spread(middle) < target { low = middle } else { high = middle }
    }
    (libm::exp(-libm::lgamma(1.0 + low)), low)
}

/// Reads the arrival times of a plan one after the other.
pub(super) struct Arrivals<'a> {
    law: &'a ArrivalLaw,
    gaps: Gaps<'a>,
    blocks: Stream,
    clock: Clock<'a>,
    /// The message that comes next.
    next: u64,
    /// The sum of the gaps before it, or of the blocks before its block, in steps of [`UNIT`].
    sum: u64,
    /// Messages to a step: the day has exactly as many messages as were asked for.
    scale: f64,
    phase: Phase,
}

/// Where the bursts stand.
#[derive(Clone)]
struct Phase {
    stream: Stream,
    number: u64,
    /// Position where the phase began, and where it ends, on the even clock and on the real one.
    even: f64,
    even_end: f64,
    real: f64,
    /// What makes the real clock of all messages as long as the even one.
    scale: f64,
}

impl<'a> Arrivals<'a> {
    /// The arrivals of a plan that runs on the clock.
    pub fn of(plan: &'a Plan) -> Option<Self> {
        plan.arrivals.as_ref().map(|law| Arrivals::new(law, &plan.day, plan.seed, plan.messages))
    }

    fn new(law: &'a ArrivalLaw, day: &'a Day, seed: u64, messages: u64) -> Self {
        let tables = &law.tables;
        let blocks = Stream::new(seed, Purpose::Block);
        let total: u64 = match &law.gap {
            Gap::Blocks { block, .. } => {
                let whole = messages / BLOCK as u64;
                let rest = messages % BLOCK as u64;
                let length = |number| block_length(tables, *block, blocks, number);
                (0..whole).map(length).sum::<u64>() + length(whole) * rest / BLOCK as u64
            }
            // One gap more than messages, so that the last one comes before the end.
            Gap::Drawn(drawing) => {
                let gaps = Stream::new(seed, Purpose::Gap);
                (0..=messages).map(|message| gap(tables, *drawing, gaps.word(message >> 1), message)).sum()
            }
            Gap::Trace { .. } => messages,
        };
        let scale = messages as f64 / total.max(1) as f64;
        let begin = Phase {
            stream: Stream::new(seed, Purpose::Burst),
            number: 0,
            even: 0.0,
            even_end: 0.0,
            real: 0.0,
            scale: 1.0,
        };
        let scale_of = |bursts| messages as f64 / begin.clone().real(bursts, tables, messages as f64).max(1e-9);
        let phase = Phase { scale: law.bursts.as_ref().map_or(1.0, scale_of), ..begin.clone() };
        Arrivals { law, gaps: Gaps::new(law, seed), blocks, clock: Clock::new(day), next: 0, sum: 0, scale, phase }
    }

    /// The hours of the day and the times in microseconds of the next messages: a whole block, or
    /// the last messages. Their gaps may be known already.
    pub fn fill(&mut self, known: Option<&[u64; BLOCK]>, hours: &mut [u8], times_us: &mut [u64]) {
        let count = hours.len().min(times_us.len()).min(BLOCK);
        let mut drawn = [0; BLOCK];
        let sums = known.unwrap_or_else(|| {
            self.gaps.add_up(self.next / BLOCK as u64, &mut drawn);
            &drawn
        });
        let whole = sums[BLOCK - 1];
        let (begin, scale) = (self.sum as i64 as f64, self.scale);
        let mut positions = [0.0; BLOCK];
        match &self.law.gap {
            Gap::Blocks { block, .. } => {
                let length = block_length(&self.law.tables, *block, self.blocks, self.next / BLOCK as u64);
                let stretch = length as i64 as f64 / whole.max(1) as i64 as f64 * scale;
                let begin = begin * scale;
                spread(sums, &mut positions, |sum| begin + sum * stretch);
                self.sum += length;
            }
            Gap::Drawn(_) => {
                spread(sums, &mut positions, |sum| (begin + sum) * scale);
                self.sum += whole;
            }
            Gap::Trace { trace, length_ms } => {
                let of_trace = trace.arrivals_ms.len() as u64;
                for (i, position) in positions.iter_mut().enumerate().take(count) {
                    let message = self.next + i as u64;
                    let (round, at) = (message / of_trace, (message % of_trace) as usize);
                    let since = trace.arrivals_ms[at] - trace.arrivals_ms[0];
                    *position = (round as f64 + since / length_ms) * of_trace as f64;
                }
            }
        }
        if let Some(bursts) = &self.law.bursts {
            for position in &mut positions {
                *position = self.phase.real(bursts, &self.law.tables, *position);
            }
        }
        self.next += count as u64;
        self.clock.at_each(&positions[..count], hours, times_us);
    }
}

/// The gaps between messages, which depend on nothing but the law and the seed.
pub(super) struct Gaps<'a> {
    law: &'a ArrivalLaw,
    stream: Stream,
}

impl<'a> Gaps<'a> {
    pub fn new(law: &'a ArrivalLaw, seed: u64) -> Self {
        Gaps { law, stream: Stream::new(seed, Purpose::Gap) }
    }

    /// For each message of a block, the sum of the gaps from the block's begin, in steps of [`UNIT`]:
    /// whole numbers. A trace has no gaps of its own.
    pub fn add_up(&self, block: u64, sums: &mut [u64; BLOCK]) {
        let (Gap::Blocks { gap: drawing, .. } | Gap::Drawn(drawing)) = &self.law.gap else { return };
        let mut draws = [0; BLOCK];
        for (i, pair) in draws.chunks_exact_mut(2).enumerate() {
            let word = self.stream.word(block * (BLOCK / 2) as u64 + i as u64);
            (pair[0], pair[1]) = (draw(word, 0), draw(word, 1));
        }
        let mut values = [0.0; BLOCK];
        self.law.tables.at_each(*drawing, &draws, &mut values);
        fixed_each(&values, sums);
        let mut sum = 0;
        for total in sums {
            sum += *total;
            *total = sum;
        }
    }
}

/// Positions of sums of gaps.
#[cfg_attr(target_arch = "wasm32", target_feature(enable = "simd128"))]
fn spread(sums: &[u64; BLOCK], positions: &mut [f64; BLOCK], position: impl Fn(f64) -> f64) {
    for (at, sum) in positions.iter_mut().zip(sums) {
        *at = position(f64::from_bits(*sum | NEAREST.to_bits()) - NEAREST);
    }
}

/// One of the two gaps that share the 64 bits of a hash.
#[inline]
fn gap(tables: &Tables, drawing: Drawing, word: u64, message: u64) -> u64 {
    fixed(tables.at(drawing, draw(word, message)))
}

/// The draw of a message whose gap shares a hash with another.
#[inline(always)]
fn draw(word: u64, message: u64) -> u32 {
    if message & 1 == 0 { (word >> 40) as u32 } else { (word >> 16) as u32 & 0xFF_FFFF }
}

fn block_length(tables: &Tables, block: Drawing, blocks: Stream, number: u64) -> u64 {
    fixed(tables.at(block, (blocks.word(number) >> 40) as u32))
}

/// A value in whole steps of [`UNIT`].
#[inline(always)]
fn fixed(value: f32) -> u64 {
    let steps = f64::from(value * UNIT);
    let steps = if steps < LONGEST_GAP { steps } else { LONGEST_GAP };
    let nearest = steps + NEAREST;
    let above = if nearest - NEAREST > steps { 1.0 } else { 0.0 };
    (nearest - above).to_bits() & (NEAREST as u64 - 1)
}

/// The same of many values, several at once: that is why there is no conversion.
#[cfg_attr(target_arch = "wasm32", target_feature(enable = "simd128"))]
fn fixed_each(values: &[f32; BLOCK], steps: &mut [u64; BLOCK]) {
    for (steps, value) in steps.iter_mut().zip(values) {
        *steps = fixed(*value);
    }
}

/// Added to a number below 2⁵² it leaves the nearest whole one in the low bits.
const NEAREST: f64 = 4_503_599_627_370_496.0;

/// The longest gap, in steps, eight million times the mean: a block of these is below 2⁵².
const LONGEST_GAP: f64 = 8_796_093_022_208.0;

impl Phase {
    /// The real position of a position that knows no bursts.
    #[inline]
    fn real(&mut self, bursts: &Bursts, tables: &Tables, even: f64) -> f64 {
        // On the even clock a phase is as long as the messages it brings.
        while even >= self.even_end {
            if self.number > 0 {
                self.real += (self.even_end - self.even) / self.rate(bursts);
                self.even = self.even_end;
            }
            self.number += 1;
            let draw = (self.stream.word(self.number) >> 40) as u32;
            let length = f64::from(tables.at(bursts.length, draw)).max(1e-6) * bursts.phase;
            self.even_end = self.even + length * self.rate(bursts);
        }
        (self.real + (even - self.even) / self.rate(bursts)) * self.scale
    }

    fn rate(&self, bursts: &Bursts) -> f64 {
        if self.number % 2 == 1 { bursts.slow } else { bursts.fast }
    }
}
