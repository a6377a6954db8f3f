use std::collections::VecDeque;
use std::sync::Arc;

use crate::scenario::Distribution;

use super::quantile::{Tail, quantile};

/// Bits of a uniform draw.
pub const DRAW_BITS: u32 = 24;

/// Slots in each doubling of the tail probability.
const SLOT_BITS: u32 = 5;
/// `f32` bits of the smallest position, ½, in slot units.
const FIRST: u32 = 126 << SLOT_BITS;
/// Slots a side: positions ½ to 2²³ − ½.
const SLOTS: usize = 24 << SLOT_BITS;

/// Any distribution as a table of its quantiles: one look-up and one multiplication a draw.
///
/// The table is two-sided and log-linear in the tail probability, so a tail of 2⁻²⁴ is as sharp as
/// the middle: the relative error is below 2·10⁻⁴ for every shape of coefficient of variation up
/// to 1.2. Values grow with the draw, so the same draw in two scenarios stays comparable.
///
/// Values that were given one by one have no curve between them: they are kept as they are, and each is as
/// likely as the next.
#[derive(Clone, Debug, PartialEq)]
pub struct QuantileTable {
    slots: Vec<Slot>,
    drawing: Drawing,
}

/// The value at a slot's lower edge, and the slope towards its upper edge.
type Slot = (f32, f32);

impl QuantileTable {
    pub fn new(distribution: &Distribution) -> Self {
        let mut tables = Tables::default();
        let drawing = tables.add(distribution, &mut Shapes::default());
        QuantileTable { slots: tables.slots, drawing }
    }

    /// The value for a uniform draw of [`DRAW_BITS`] bits: its lowest bit chooses the tail, the
    /// rest how far out.
    #[inline]
    pub fn at(&self, draw: u32) -> f32 {
        value_of(&self.slots, self.drawing, draw)
    }
}

/// The slots of one distribution, the lower tail first.
fn push_slots(slots: &mut Vec<Slot>, quantile: impl Fn(Tail, f64) -> f64) {
    for tail in [Tail::Lower, Tail::Upper] {
        let value_at = |slot: usize| {
            let position = f32::from_bits((slot as u32 + FIRST) << (23 - SLOT_BITS));
            let p = f64::from(position) / f64::from(1_u32 << DRAW_BITS);
            quantile(tail, p.min(0.5)) as f32
        };
        let mut low = value_at(0);
        for slot in 0..SLOTS {
            let high = value_at(slot + 1);
            slots.push((low, (high - low) / (1_u32 << (23 - SLOT_BITS)) as f32));
            low = high;
        }
    }
}

/// Where in a table a draw falls: which slot, and how far into it.
#[inline(always)]
pub(super) fn place(draw: u32) -> (u32, f32) {
    let position = (draw >> 1) as i32 as f32 + 0.5;
    let bits = position.to_bits();
    let slot = (bits >> (23 - SLOT_BITS)).wrapping_sub(FIRST).wrapping_add((draw & 1) * SLOTS as u32);
    (slot, (bits & ((1 << (23 - SLOT_BITS)) - 1)) as i32 as f32)
}

/// The same of many draws.
#[cfg_attr(target_arch = "wasm32", target_feature(enable = "simd128"))]
pub(super) fn place_each<const N: usize>(draws: &[u32; N], slots: &mut [u32; N], withins: &mut [f32; N]) {
    for ((draw, slot), within) in draws.iter().zip(slots).zip(withins) {
        (*slot, *within) = place(*draw);
    }
}

/// The value for a draw of any distribution.
#[inline]
fn value_of(slots: &[Slot], drawing: Drawing, draw: u32) -> f32 {
    if drawing.values == 0 {
        return value_at(slots, drawing, place(draw));
    }
    // Half of the draws count from the lowest value up, the others from the highest down.
    let step = u64::from(draw >> 1) * 2 + 1;
    let steps = (step * u64::from(drawing.values)) >> (DRAW_BITS + 1);
    let index = if draw & 1 == 0 { steps } else { u64::from(drawing.values) - 1 - steps };
    slots.get(drawing.first as usize + index as usize).map_or(0.0, |slot| slot.0)
}

#[inline(always)]
fn value_at(slots: &[Slot], drawing: Drawing, (slot, within): (u32, f32)) -> f32 {
    let (low, slope) = slots.get((drawing.first + (slot & drawing.mask)) as usize).copied().unwrap_or_default();
    low + slope * within
}

/// What a table is of.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Shape {
    Of(Distribution),
    /// Weibull distributed gaps with mean 1.
    Weibull {
        cv: f64,
    },
    /// The sum of a block of gamma distributed gaps with mean 1.
    Block {
        cv: f64,
    },
}

/// Tables of earlier plans: a slider moves one distribution at a time, and a table of quantiles may
/// take milliseconds.
#[derive(Clone, Debug, Default)]
pub(super) struct Shapes {
    known: VecDeque<(Shape, Arc<[Slot]>)>,
}

/// The most tables kept: 12 KB each.
const MOST_SHAPES: usize = 64;

impl Shapes {
    fn get(&mut self, shape: &Shape, quantile: impl Fn(Tail, f64) -> f64) -> Arc<[Slot]> {
        if let Some((_, slots)) = self.known.iter().find(|(known, _)| known == shape) {
            return slots.clone();
        }
        let mut slots = Vec::with_capacity(2 * SLOTS);
        push_slots(&mut slots, quantile);
        let slots: Arc<[Slot]> = slots.into();
        self.known.truncate(MOST_SHAPES - 1);
        self.known.push_front((shape.clone(), slots.clone()));
        slots
    }
}

/// Where a distribution lies in a [`Tables`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Drawing {
    first: u32,
    /// All ones for a table; zero for a constant, which has one slot, without slope.
    mask: u32,
    /// How many values it has, if they were given one by one; 0 otherwise.
    values: u32,
}

impl Drawing {
    pub fn is_constant(self) -> bool {
        self.mask == 0
    }

    /// Whether it is a constant or a curve, which blocks of messages are drawn from.
    pub fn is_smooth(self) -> bool {
        self.values == 0
    }
}

/// All the distributions of a plan in one run of memory, each once: a draw of a constant and a
/// draw of a table are the same instructions.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Tables {
    slots: Vec<Slot>,
    known: Vec<(Shape, Drawing)>,
}

impl Tables {
    pub fn add(&mut self, distribution: &Distribution, shapes: &mut Shapes) -> Drawing {
        let quantile = |tail, p| quantile(distribution, tail, p);
        self.add_shape(Shape::Of(distribution.clone()), shapes, quantile)
    }

    /// Adds a shape with its quantile function.
    pub fn add_shape(&mut self, shape: Shape, shapes: &mut Shapes, quantile: impl Fn(Tail, f64) -> f64) -> Drawing {
        if let Some((_, drawing)) = self.known.iter().find(|(known, _)| *known == shape) {
            return *drawing;
        }
        let first = self.slots.len() as u32;
        let constant = if let Shape::Of(distribution) = &shape { distribution.constant() } else { None };
        let (mask, values) = match (constant, &shape) {
            (Some(value), _) => {
                self.slots.push((value as f32, 0.0));
                (0, 0)
            }
            (None, Shape::Of(Distribution::Empirical(values))) => {
                self.slots.extend(values.iter().map(|value| (*value as f32, 0.0)));
                (u32::MAX, values.len() as u32)
            }
            _ => {
                self.slots.extend_from_slice(&shapes.get(&shape, quantile));
                (u32::MAX, 0)
            }
        };
        let drawing = Drawing { first, mask, values };
        self.known.push((shape, drawing));
        drawing
    }

    /// The value for a uniform draw of [`DRAW_BITS`] bits.
    #[inline]
    pub fn at(&self, drawing: Drawing, draw: u32) -> f32 {
        value_of(&self.slots, drawing, draw)
    }

    /// The values of one distribution for many draws.
    pub fn at_each<const N: usize>(&self, drawing: Drawing, draws: &[u32; N], values: &mut [f32; N]) {
        let (mut places, mut withins) = ([0; N], [0.0; N]);
        place_each(draws, &mut places, &mut withins);
        let slots = &self.slots[..];
        for ((value, slot), within) in values.iter_mut().zip(&places).zip(&withins) {
            *value = value_at(slots, drawing, (*slot, *within));
        }
    }

    /// The value at a place that [`place`] found.
    #[inline(always)]
    pub fn at_place(&self, drawing: Drawing, place: (u32, f32)) -> f32 {
        value_at(&self.slots, drawing, place)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shapes() -> Vec<Distribution> {
        vec![
            Distribution::LogNormal { mean: 350.0, sd: 210.0 },
            Distribution::LogNormal { mean: 350.0, sd: 420.0 },
            Distribution::Gamma { mean: 350.0, sd: 221.0 },
            Distribution::Gamma { mean: 350.0, sd: 418.0 },
            Distribution::Exponential { mean: 350.0 },
            Distribution::Simple { mean: 350.0, sd: 100.0 },
        ]
    }

    #[test]
    fn the_table_is_within_two_parts_in_ten_thousand() {
        for shape in shapes() {
            let table = QuantileTable::new(&shape);
            for draw in (0..1_u32 << DRAW_BITS).step_by(9973) {
                let p = (f64::from(draw >> 1) + 0.5) / f64::from(1_u32 << DRAW_BITS);
                let tail = if draw & 1 == 0 { Tail::Lower } else { Tail::Upper };
                let exact = quantile(&shape, tail, p);
                let got = f64::from(table.at(draw));
                assert!((got - exact).abs() <= 2e-4 * exact + 1e-3, "{shape:?} {draw}: {got} != {exact}");
            }
        }
    }

    /// So many draws apart are enough, and an odd number meets both tails.
    const STEP: usize = 51;

    /// Values given one by one: each is drawn as often as the next, and nothing between them.
    #[test]
    fn given_values_are_drawn_as_often_as_each_other() {
        for count in [2_usize, 3, 5, 1_000] {
            let value = |i: usize| (if i < count / 2 { 10 } else { 5_000 } + i) as f64;
            let values: Vec<f64> = (0..count).map(value).collect();
            let table = QuantileTable::new(&Distribution::empirical(values.clone()));
            let mut drawn = std::collections::BTreeMap::new();
            for draw in (0..1_u32 << DRAW_BITS).step_by(STEP) {
                *drawn.entry(table.at(draw) as u32).or_insert(0_u32) += 1;
            }
            assert!(drawn.keys().map(|value| f64::from(*value)).eq(values), "{count}");
            let expected = f64::from(1_u32 << DRAW_BITS) / STEP as f64 / count as f64;
            assert!(drawn.values().all(|times| (f64::from(*times) - expected).abs() <= 3.0), "{count} {drawn:?}");
        }
    }

    /// The mean is the declared one also far from the usual shapes.
    #[test]
    fn wide_distributions_keep_their_mean() {
        for (shape, tolerance) in [
            (Distribution::LogNormal { mean: 350.0, sd: 1_050.0 }, 1e-3),
            (Distribution::Gamma { mean: 350.0, sd: 1_050.0 }, 1e-3),
            (Distribution::LogNormal { mean: 350.0, sd: 3_500.0 }, 1e-2),
            (Distribution::Gamma { mean: 350.0, sd: 3_500.0 }, 1e-2),
            (Distribution::Normal { mean: 100.0, sd: 100.0 }, 1e-3),
            (Distribution::Simple { mean: 60.0, sd: 100.0 }, 1e-3),
        ] {
            let table = QuantileTable::new(&shape);
            let draws = (0..1_u32 << DRAW_BITS).step_by(STEP);
            let count = draws.len() as f64;
            let mean = draws.map(|draw| f64::from(table.at(draw))).sum::<f64>() / count;
            assert!((mean / shape.mean() - 1.0).abs() < tolerance, "{shape:?}: {mean} != {}", shape.mean());
        }
    }

    #[test]
    fn the_mean_of_all_draws_is_the_mean() {
        for shape in shapes() {
            let table = QuantileTable::new(&shape);
            let step = 17;
            let draws = (0..1_u32 << DRAW_BITS).step_by(step);
            let count = draws.len() as f64;
            let mean = draws.map(|d| f64::from(table.at(d))).sum::<f64>() / count;
            assert!((mean / shape.mean() - 1.0).abs() < 2e-4, "{shape:?}: {mean} != {}", shape.mean());
        }
    }

    #[test]
    fn draws_further_out_give_values_further_out() {
        for shape in shapes() {
            let table = QuantileTable::new(&shape);
            let lower: Vec<_> = (0..1_u32 << DRAW_BITS).step_by(4098).map(|d| table.at(d & !1)).collect();
            assert!(lower.is_sorted(), "{shape:?}");
            let upper: Vec<_> = (0..1_u32 << DRAW_BITS).step_by(4098).map(|d| table.at(d | 1)).collect();
            assert!(upper.is_sorted_by(|a, b| a >= b), "{shape:?}");
        }
    }
}
