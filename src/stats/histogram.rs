use std::ops::Range;

use serde::Serialize;

/// Buckets of the log-linear grid: 32 octaves from a quarter of a millisecond to 12 days, 128
/// buckets each, so a bucket is at most 0.78 % wide.
pub const BUCKETS: usize = 32 << MANTISSA_BITS;

const MANTISSA_BITS: u32 = 7;
/// `f32` bits of the lowest edge, 2⁻², shifted to bucket units.
const FIRST: u32 = (127 - 2) << MANTISSA_BITS;

/// The bucket of a value; what lies outside the grid falls into the first or the last.
#[inline]
pub fn bucket_of(value: f32) -> usize {
    // Positive floats order like their bits; the top bits are exponent and leading mantissa.
    let position = (value.to_bits() >> (23 - MANTISSA_BITS)).wrapping_sub(FIRST) as i32;
    position.clamp(0, BUCKETS as i32 - 1) as usize
}

/// The lower and upper edge of a bucket; the first begins at 0, the last ends at infinity.
pub fn bucket_bounds(bucket: usize) -> (f64, f64) {
    let edge = |index: usize| f64::from(f32::from_bits((index as u32 + FIRST) << (23 - MANTISSA_BITS)));
    let low = if bucket == 0 { 0.0 } else { edge(bucket) };
    let high = if bucket + 1 == BUCKETS { f64::INFINITY } else { edge(bucket + 1) };
    (low, high)
}

/// Counts of values on the log-linear grid, with values that occur in bulk kept exactly.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Histogram {
    /// Of the buckets from `first` on, whole chunks of them: the others are empty, and most are.
    counts: Vec<u64>,
    first: usize,
    /// Values counted exactly, sorted: a constant cache latency, say.
    atoms: Vec<(f32, u64)>,
    count: u64,
    /// Wide: a hundred million messages may wait for days each.
    sum_us: u128,
    max: f32,
}

/// One column of a histogram as it is drawn or exported.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Column {
    pub low: f64,
    pub high: f64,
    pub count: f64,
}

crate::pack_fields!(Column { low, high, count });

impl Histogram {
    /// Adds a run of bucket counts with the sum of their values (in thousandths) and their maximum.
    pub fn add_counts(&mut self, counts: &[u32], sum_us: u128, max: f32) {
        let filled = filled(counts);
        self.count += add_up(self.counts_of(filled.clone()), &counts[filled]);
        self.sum_us += sum_us;
        self.max = self.max.max(max);
    }

    /// Adds one value to its bucket.
    pub fn add(&mut self, value: f32) {
        let bucket = bucket_of(value);
        self.counts_of(bucket..bucket + 1).iter_mut().for_each(|count| *count += 1);
        self.count += 1;
        self.sum_us += u128::from(thousandths(value));
        self.max = self.max.max(value);
    }

    /// The counts of some buckets.
    fn counts_of(&mut self, buckets: Range<usize>) -> &mut [u64] {
        if buckets.is_empty() {
            return &mut [];
        }
        let first = buckets.start / CHUNK * CHUNK;
        let end = buckets.end.next_multiple_of(CHUNK);
        if self.counts.is_empty() {
            self.first = first;
        }
        if first < self.first {
            self.counts.splice(0..0, std::iter::repeat_n(0, self.first - first));
            self.first = first;
        }
        if self.first + self.counts.len() < end {
            self.counts.resize(end - self.first, 0);
        }
        &mut self.counts[buckets.start - self.first..buckets.end - self.first]
    }

    /// The count of a bucket.
    fn count_of(&self, bucket: usize) -> u64 {
        bucket.checked_sub(self.first).and_then(|at| self.counts.get(at)).copied().unwrap_or(0)
    }

    /// The buckets that are counted.
    fn counted(&self) -> Range<usize> {
        self.first..self.first + self.counts.len()
    }

    /// Adds `count` occurrences of one exact value.
    pub fn add_atom(&mut self, value: f32, count: u64) {
        if count == 0 {
            return;
        }
        match self.atoms.binary_search_by(|(v, _)| v.total_cmp(&value)) {
            Ok(at) => self.atoms[at].1 += count,
            Err(at) => self.atoms.insert(at, (value, count)),
        }
        self.count += count;
        self.sum_us += u128::from(count) * u128::from(thousandths(value));
        self.max = self.max.max(value);
    }

    /// Makes `count` of the values in a bucket exact: they were counted with the others and are all
    /// this one value.
    pub fn make_exact(&mut self, value: f32, count: u64) {
        let bucket = bucket_of(value);
        let known = count.min(self.count_of(bucket));
        if known > 0 {
            self.counts_of(bucket..bucket + 1).iter_mut().for_each(|counted| *counted -= known);
            self.count -= known;
            self.sum_us -= u128::from(known) * u128::from(thousandths(value));
            self.add_atom(value, known);
        }
    }

    /// Adds everything in another histogram.
    pub fn merge(&mut self, other: &Histogram) {
        for (total, count) in self.counts_of(other.counted()).iter_mut().zip(&other.counts) {
            *total += count;
        }
        self.count += other.count - other.atoms.iter().map(|(_, n)| n).sum::<u64>();
        let exact: u128 = other.atoms.iter().map(|(v, n)| u128::from(*n) * u128::from(thousandths(*v))).sum();
        self.sum_us += other.sum_us - exact;
        self.max = self.max.max(other.max);
        for (value, count) in &other.atoms {
            self.add_atom(*value, *count);
        }
    }

    pub fn count(&self) -> u64 {
        self.count
    }

    /// The mean, from the exact sum; `None` without values.
    pub fn mean(&self) -> Option<f64> {
        (self.count > 0).then(|| self.sum_us as f64 / self.count as f64 / 1000.0)
    }

    /// The sum of all values, in thousandths of their unit.
    pub fn sum_us(&self) -> u128 {
        self.sum_us
    }

    /// The standard deviation, with every value at the middle of its bucket; `None` without values.
    pub fn standard_deviation(&self) -> Option<f64> {
        let mean = self.mean()?;
        let mut squares = 0.0;
        self.each_piece(|piece| {
            let distance = 0.5 * (piece.low + piece.high) - mean;
            squares += piece.count * distance * distance;
        });
        Some(libm::sqrt(squares / self.count as f64))
    }

    pub fn max(&self) -> Option<f64> {
        (self.count > 0).then_some(f64::from(self.max))
    }

    /// The value below which a fraction `p` lies, interpolated within its bucket; `None` without
    /// values. Exact for values kept as atoms; elsewhere within half a bucket, 0.39 %, and in
    /// smooth data far closer.
    pub fn quantile(&self, p: f64) -> Option<f64> {
        self.quantiles([p]).map(|[value]| value)
    }

    /// The quantiles for several fractions in ascending order, in one pass.
    pub fn quantiles<const N: usize>(&self, fractions: [f64; N]) -> Option<[f64; N]> {
        if self.count == 0 {
            return None;
        }
        let targets = fractions.map(|p| p.clamp(0.0, 1.0) * self.count as f64);
        let mut values = [f64::from(self.max); N];
        let (mut below, mut next) = (0.0, 0);
        self.each_piece(|piece| {
            while let Some(target) = targets.get(next).filter(|target| below + piece.count >= **target) {
                let within = ((target - below) / piece.count).clamp(0.0, 1.0);
                values[next] = piece.low + within * (piece.high - piece.low);
                next += 1;
            }
            below += piece.count;
        });
        Some(values)
    }

    /// The fraction of values at or below `x`.
    pub fn share_below(&self, x: f64) -> Option<f64> {
        let mut below = 0.0;
        self.each_piece(|piece| {
            if piece.high <= x {
                below += piece.count;
            } else if piece.low < x {
                below += piece.count * (x - piece.low) / (piece.high - piece.low);
            }
        });
        (self.count > 0).then(|| below / self.count as f64)
    }

    /// Where the buckets lie that may hold anything, or an atom.
    pub fn used(&self) -> Range<usize> {
        let filled = self.counted();
        let atoms = self.atoms.first().zip(self.atoms.last());
        let Some((first, last)) = atoms.map(|(first, last)| (bucket_of(first.0), bucket_of(last.0) + 1)) else {
            return filled;
        };
        if filled.is_empty() { first..last } else { filled.start.min(first)..filled.end.max(last) }
    }

    /// Visits what is not empty in ascending order: buckets, and atoms as columns of no width, a
    /// bucket that holds atoms being split at them.
    fn each_piece(&self, mut visit: impl FnMut(Column)) {
        let mut atoms = self.atoms.iter().peekable();
        let max = f64::from(self.max);
        for bucket in self.used() {
            let count = self.count_of(bucket);
            let next_atom = atoms.peek().filter(|(value, _)| bucket_of(*value) == bucket);
            if count == 0 && next_atom.is_none() {
                continue;
            }
            let (low, high) = bucket_bounds(bucket);
            let high = high.min(max.max(low));
            let width = high - low;
            let mut from = low;
            while let Some((value, exact)) = atoms.next_if(|(value, _)| bucket_of(*value) == bucket) {
                let at = f64::from(*value).max(low).min(high);
                if count > 0 && at > from {
                    visit(Column { low: from, high: at, count: count as f64 * (at - from) / width });
                }
                from = at;
                let value = f64::from(*value);
                visit(Column { low: value, high: value, count: *exact as f64 });
            }
            if count > 0 && (high > from || from == low) {
                let share = if width > 0.0 { (high - from) / width } else { 1.0 };
                visit(Column { low: from, high, count: count as f64 * share });
            }
        }
    }

    /// The histogram in columns between the given ascending edges; what lies outside is left out.
    pub fn columns(&self, edges: &[f64]) -> Vec<Column> {
        let mut columns: Vec<_> =
            edges.windows(2).map(|pair| Column { low: pair[0], high: pair[1], count: 0.0 }).collect();
        let mut first = 0;
        self.each_piece(|piece| {
            while columns.get(first).is_some_and(|column| column.high <= piece.low) {
                first += 1;
            }
            let width = piece.high - piece.low;
            for column in columns[first..].iter_mut().take_while(|column| column.low <= piece.high) {
                if width == 0.0 {
                    if piece.low >= column.low && piece.low < column.high {
                        column.count += piece.count;
                    }
                } else {
                    let overlap = (piece.high.min(column.high) - piece.low.max(column.low)).max(0.0);
                    column.count += piece.count * overlap / width;
                }
            }
        });
        columns
    }

    /// The histogram in columns of equal ratio, `per_octave` to each doubling, from the first value
    /// to the last.
    pub fn log_columns(&self, per_octave: u32) -> Vec<Column> {
        let mut lowest: Option<f64> = None;
        self.each_piece(|piece| lowest = lowest.or(Some(piece.low)));
        let Some(lowest) = lowest else { return Vec::new() };
        let first = lowest.max(bucket_bounds(1).0);
        let step = |index: i32| libm::exp2(f64::from(index) / f64::from(per_octave));
        let from = libm::floor(libm::log2(first) * f64::from(per_octave)) as i32;
        let last = f64::from(self.max).max(first);
        let to = libm::floor(libm::log2(last) * f64::from(per_octave)) as i32 + 1;
        let mut edges: Vec<_> = (from..=to).map(step).collect();
        if let Some(edge) = edges.first_mut().filter(|_| lowest < first) {
            *edge = 0.0;
        }
        self.columns(&edges)
    }

    /// The values that are known exactly, as columns without width.
    pub fn atoms(&self) -> Vec<Column> {
        self.atoms
            .iter()
            .map(|(value, count)| Column { low: f64::from(*value), high: f64::from(*value), count: *count as f64 })
            .collect()
    }

    /// The non-empty buckets and the atoms, in a fixed order: what a digest covers.
    pub fn fingerprint(&self, mut word: impl FnMut(u64)) {
        for (bucket, count) in (self.first..).zip(&self.counts).filter(|(_, count)| **count > 0) {
            word(bucket as u64);
            word(*count);
        }
        for (value, count) in &self.atoms {
            word(u64::from(value.to_bits()));
            word(*count);
        }
        word(self.sum_us as u64);
        word((self.sum_us >> 64) as u64);
        word(u64::from(self.max.to_bits()));
    }
}

/// Adds counts to totals; gives the sum of the counts.
#[cfg_attr(target_arch = "wasm32", target_feature(enable = "simd128"))]
fn add_up(totals: &mut [u64], counts: &[u32]) -> u64 {
    let mut sum = 0;
    for (total, count) in totals.iter_mut().zip(counts) {
        *total += u64::from(*count);
        sum += u64::from(*count);
    }
    sum
}

/// Where the counts lie that are not zero: the others are most.
#[cfg_attr(target_arch = "wasm32", target_feature(enable = "simd128"))]
fn filled(counts: &[u32]) -> Range<usize> {
    let any = |chunk: &[u32]| chunk.iter().fold(0, |bits, count| bits | count) != 0;
    let Some(first) = counts.chunks(CHUNK).position(any) else { return 0..0 };
    let last = counts.chunks(CHUNK).rposition(any).unwrap_or(first);
    first * CHUNK..counts.len().min((last + 1) * CHUNK)
}

/// Counts looked at together.
const CHUNK: usize = 32;

/// A value in whole thousandths: milliseconds to microseconds.
fn thousandths(value: f32) -> u64 {
    (f64::from(value) * 1000.0 + 0.5) as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(values: &[f32]) -> Histogram {
        let mut counts = vec![0_u32; BUCKETS];
        for value in values {
            counts[bucket_of(*value)] += 1;
        }
        let mut histogram = Histogram::default();
        let sum = values.iter().map(|v| u128::from(thousandths(*v))).sum();
        histogram.add_counts(&counts, sum, values.iter().copied().fold(0.0, f32::max));
        histogram
    }

    #[test]
    fn every_value_lies_in_its_bucket() {
        for value in [0.0, 0.1, 0.25, 1.0, 19.99, 20.0, 3000.0, 4.0e6, 9.0e9] {
            let (low, high) = bucket_bounds(bucket_of(value));
            assert!(f64::from(value) >= low && f64::from(value) < high, "{value} in {low}..{high}");
        }
    }

    #[test]
    fn quantiles_of_a_uniform_are_within_a_hair() {
        let values: Vec<f32> = (0..100_000).map(|i| 100.0 + i as f32 / 100.0).collect();
        let histogram = of(&values);
        for p in [0.01, 0.5, 0.95, 0.999] {
            let expected = 100.0 + 1000.0 * p;
            let got = histogram.quantile(p).unwrap();
            assert!((got - expected).abs() / expected < 1e-3, "{p}: {got} != {expected}");
        }
        assert!((histogram.share_below(600.0).unwrap() - 0.5).abs() < 1e-3);
        assert!((histogram.mean().unwrap() - 600.0).abs() < 0.01);
    }

    #[test]
    fn atoms_are_exact() {
        let mut histogram = of(&[350.0, 360.0]);
        histogram.add_atom(20.0, 8);
        assert_eq!(histogram.quantile(0.5), Some(20.0));
        assert_eq!(histogram.quantile(0.8), Some(20.0));
        assert!(histogram.quantile(0.95).unwrap() > 300.0);
        assert_eq!(histogram.share_below(20.0), Some(0.8));
        assert_eq!(histogram.max(), Some(360.0));
    }

    #[test]
    fn merging_is_adding() {
        let mut merged = of(&[1.0, 5.0]);
        let mut other = of(&[7.0]);
        other.add_atom(3.0, 4);
        merged.merge(&other);
        let mut whole = of(&[1.0, 5.0, 7.0]);
        whole.add_atom(3.0, 4);
        assert_eq!(merged, whole);
    }

    #[test]
    fn log_columns_keep_every_value() {
        let mut histogram = of(&[0.0, 12.0, 350.0, 360.0, 900.0]);
        histogram.add_atom(20.0, 6);
        let total: f64 = histogram.log_columns(16).iter().map(|column| column.count).sum();
        assert!((total - 11.0).abs() < 1e-9, "{total}");
        assert_eq!(Histogram::default().log_columns(16), []);
    }

    #[test]
    fn columns_keep_every_value() {
        let mut histogram = of(&[12.0, 350.0, 360.0, 900.0]);
        histogram.add_atom(20.0, 6);
        let columns = histogram.columns(&[0.0, 15.0, 20.0, 100.0, 1000.0]);
        let counts: Vec<_> = columns.iter().map(|c| libm::round(c.count)).collect();
        assert_eq!(counts, [1.0, 0.0, 6.0, 3.0]);
    }
}
