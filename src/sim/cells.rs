/// Bits of a draw that choose a slot.
pub const SLOT_BITS: u32 = 16;

/// Chooses among weighted outcomes by a uniform draw, each outcome an interval of the draws.
///
/// When a weight changes, only the draws at a boundary change their outcome: that keeps two
/// scenarios comparable message by message, which an alias table would not.
#[derive(Clone, Debug)]
pub struct CellMap {
    /// The outcome of each of the 65,536 slots, or [`MIXED`] where a boundary falls inside.
    slots: Box<[u8; 1 << SLOT_BITS]>,
    /// Where each outcome ends, as a fraction of 2⁶⁴.
    ends: Vec<u64>,
}

const MIXED: u8 = u8::MAX;

/// The most outcomes a map can tell apart.
pub const MAX_CELLS: usize = MIXED as usize;

impl CellMap {
    /// A map of at most [`MAX_CELLS`] outcomes with these weights, of which at least one is
    /// positive.
    pub fn new(weights: &[f64]) -> Self {
        let total: f64 = weights.iter().sum();
        let last_possible = weights.iter().rposition(|w| *w > 0.0).unwrap_or(0);
        let mut sum = 0.0;
        let ends: Vec<u64> = weights
            .iter()
            .enumerate()
            .map(|(index, weight)| {
                sum += weight;
                // `as` saturates: the last possible outcome ends at the very end.
                if index >= last_possible { u64::MAX } else { (sum / total * 18_446_744_073_709_551_616.0) as u64 }
            })
            .collect();
        let mut slots = Box::new([MIXED; 1 << SLOT_BITS]);
        let (mut first, mut cell) = (0, 0);
        while first < slots.len() {
            // The first outcome that reaches beyond the slot's beginning, and the slots it fills.
            let begin = (first as u64) << (64 - SLOT_BITS);
            while ends.get(cell).is_some_and(|end| *end <= begin) && cell < last_possible {
                cell += 1;
            }
            let whole = if cell >= last_possible { slots.len() } else { (ends[cell] >> (64 - SLOT_BITS)) as usize };
            let whole = whole.max(first);
            slots[first..whole].fill(cell_at(&ends, begin));
            first = if whole == first { first + 1 } else { whole };
        }
        CellMap { slots, ends }
    }

    /// Where each outcome ends: what tells maps apart.
    pub fn ends(&self) -> &[u64] {
        &self.ends
    }

    /// The outcome of a draw of [`SLOT_BITS`] bits; `more` gives further bits where they decide.
    #[inline]
    pub fn pick(&self, draw: u32, more: impl FnOnce() -> u64) -> u8 {
        let cell = self.slots[(draw & 0xFFFF) as usize];
        if cell == MIXED {
            let exact = (u64::from(draw & 0xFFFF) << (64 - SLOT_BITS)) | (more() >> SLOT_BITS);
            return cell_at(&self.ends, exact);
        }
        cell
    }
}

fn cell_at(ends: &[u64], point: u64) -> u8 {
    let cell =
        ends.iter().position(|end| point < *end).unwrap_or(ends.iter().position(|e| *e == u64::MAX).unwrap_or(0));
    cell as u8
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_outcome_gets_its_share_however_small() {
        let weights = [0.2, 0.0, 1e-6, 0.3, 0.5 - 1e-6, 0.0];
        let map = CellMap::new(&weights);
        let mut counts = [0_u32; 6];
        let fine = 64_u32;
        for slot in 0..1_u32 << SLOT_BITS {
            for part in 0..fine {
                counts[usize::from(map.pick(slot, || u64::from(part) << 58))] += 1;
            }
        }
        let total = f64::from(fine << SLOT_BITS);
        for (count, weight) in counts.iter().zip(weights) {
            assert!((f64::from(*count) / total - weight).abs() < 1.0 / total * 2.0, "{counts:?}");
        }
    }

    #[test]
    fn a_moved_boundary_changes_only_the_draws_beside_it() {
        let (before, after) = (CellMap::new(&[0.30, 0.70]), CellMap::new(&[0.31, 0.69]));
        let changed = (0..1_u32 << SLOT_BITS).filter(|d| before.pick(*d, || 0) != after.pick(*d, || 0)).count();
        assert!((650..=660).contains(&changed), "{changed}");
    }
}
