use super::autocorrelation::lag1;
use super::draws::Draws;
use super::quantile::HarrellDavis;

/// Draws bootstrap replicates of a Harrell-Davis quantile of ascending samples.
///
/// A resample's order statistics are the samples at the order statistics of uniform numbers, and
/// only those ranks matter that carry weight. They are drawn from the top down as sums of
/// exponentials: some forty numbers a replicate for 100 samples instead of 100 and a sort.
pub struct HarrellDavisBootstrap<'a> {
    descending: Vec<f64>,
    weights: &'a HarrellDavis,
    sums: Vec<f64>,
}

impl<'a> HarrellDavisBootstrap<'a> {
    /// For ascending samples, as many as the weights are for.
    pub fn new(sorted: &[f64], weights: &'a HarrellDavis) -> Self {
        HarrellDavisBootstrap {
            descending: sorted.iter().rev().copied().collect(),
            weights,
            sums: Vec::with_capacity(weights.weights().len()),
        }
    }

    /// The estimate from one resample.
    pub fn replicate<W: FnMut() -> u64>(&mut self, draws: &mut Draws<W>) -> f64 {
        let count = self.descending.len();
        let skipped = self.weights.skipped();
        // Spacings of uniform order statistics are exponentials over their sum.
        let mut sum = if skipped > 0 { draws.gamma(skipped as f64) } else { 0.0 };
        self.sums.clear();
        for _ in self.weights.weights() {
            sum += draws.exponential();
            self.sums.push(sum);
        }
        let rest = (count + 1 - skipped - self.sums.len()) as f64;
        let scale = count as f64 / (sum + draws.gamma(rest));
        let pick = |sum: &f64| self.descending.get((sum * scale) as usize).or(self.descending.last());
        self.sums.iter().zip(self.weights.weights()).map(|(sum, w)| w * pick(sum).copied().unwrap_or(0.0)).sum()
    }
}

/// Draws replicates of a Harrell-Davis quantile by circular blocks, which keep the dependence
/// between neighbours.
///
/// # Source
/// Politis and Romano (1992), "A circular block-resampling procedure for stationary data".
pub struct BlockBootstrap<'a> {
    /// The samples ascending, and for each run the rank of each of its samples in time order.
    sorted: &'a [f64],
    runs: Vec<Vec<u32>>,
    /// The length of each run's blocks.
    blocks: Vec<usize>,
    weights: &'a HarrellDavis,
    picked: Vec<u32>,
}

impl<'a> BlockBootstrap<'a> {
    /// For the samples of each run in time order and the same samples together, ascending.
    pub fn new(runs: &[&[f64]], sorted: &'a [f64], weights: &'a HarrellDavis) -> Self {
        let rank = |x: &f64| sorted.partition_point(|y| y < x) as u32;
        let runs: Vec<&[f64]> = runs.iter().copied().filter(|run| !run.is_empty()).collect();
        BlockBootstrap {
            sorted,
            blocks: runs.iter().map(|run| Self::block_length(run)).collect(),
            runs: runs.iter().map(|run| run.iter().map(rank).collect()).collect(),
            weights,
            picked: vec![0; sorted.len()],
        }
    }

    /// The length of a block for a run: the cube root of its samples, more where they hang together
    /// strongly, at most a quarter of the run.
    ///
    /// # Source
    /// Politis and White (2004), the optimal circular block of an autoregressive series.
    pub fn block_length(run: &[f64]) -> usize {
        let r = lag1(run).unwrap_or(0.0).clamp(0.0, 0.95);
        let inertia = 2.0 * r / (1.0 - r * r);
        let length = libm::cbrt(run.len() as f64 * (1.5 * inertia * inertia).max(1.0));
        (libm::round(length) as usize).min(run.len() / 4).max(1)
    }

    /// The estimate from one resample.
    pub fn replicate<W: FnMut() -> u64>(&mut self, draws: &mut Draws<W>) -> f64 {
        self.picked.fill(0);
        for (ranks, block) in self.runs.iter().zip(&self.blocks) {
            let block = *block;
            let mut left = ranks.len();
            while left > 0 {
                let start = draws.below(ranks.len());
                for offset in 0..block.min(left) {
                    let at = start + offset;
                    let at = if at >= ranks.len() { at - ranks.len() } else { at };
                    self.picked[ranks[at] as usize] += 1;
                }
                left -= block.min(left);
            }
        }
        let mut skip = self.weights.skipped();
        let mut weights = self.weights.weights().iter();
        let mut estimate = 0.0;
        for (x, times) in self.sorted.iter().zip(&self.picked).rev() {
            let mut times = *times as usize;
            let passed = times.min(skip);
            skip -= passed;
            times -= passed;
            for w in weights.by_ref().take(times) {
                estimate += w * x;
            }
            if weights.len() == 0 {
                break;
            }
        }
        estimate
    }
}

#[cfg(test)]
mod tests {
    use super::super::draws::tests::words;
    use super::*;

    /// Plain resampling: what the fast way must agree with.
    fn plain(sorted: &[f64], weights: &HarrellDavis, draws: &mut Draws<impl FnMut() -> u64>) -> f64 {
        let mut resample: Vec<f64> = (0..sorted.len()).map(|_| sorted[draws.below(sorted.len())]).collect();
        resample.sort_by(f64::total_cmp);
        weights.of_sorted(&resample)
    }

    fn moments(values: &[f64]) -> (f64, f64) {
        let n = values.len() as f64;
        let mean = values.iter().sum::<f64>() / n;
        (mean, libm::sqrt(values.iter().map(|v| (v - mean) * (v - mean)).sum::<f64>() / n))
    }

    #[test]
    fn the_fast_way_is_plain_resampling() {
        for (count, p) in [(50_usize, 0.95), (100, 0.95), (80, 0.5), (30, 0.1)] {
            let mut draws = Draws::new(words(count as u64));
            let mut samples: Vec<f64> = (0..count).map(|_| 100.0 + 50.0 * draws.exponential()).collect();
            samples.sort_by(f64::total_cmp);
            let weights = HarrellDavis::new(count, p);
            let mut fast = HarrellDavisBootstrap::new(&samples, &weights);
            let quick: Vec<f64> = (0..4000).map(|_| fast.replicate(&mut draws)).collect();
            let slow: Vec<f64> = (0..4000).map(|_| plain(&samples, &weights, &mut draws)).collect();
            let ((m1, s1), (m2, s2)) = (moments(&quick), moments(&slow));
            assert!((m1 - m2).abs() < 4.5 * s2 / libm::sqrt(2000.0), "{count} {p}: means {m1} and {m2}");
            assert!((s1 / s2 - 1.0).abs() < 0.08, "{count} {p}: spreads {s1} and {s2}");
        }
    }

    #[test]
    fn blocks_keep_every_sample_count_and_widen_what_hangs_together() {
        let mut draws = Draws::new(words(5));
        // Neighbours are alike.
        let mut x = 0.0;
        let mut next = || {
            x = 0.8 * x + crate::stats::normal_quantile(draws.uniform());
            300.0 + 50.0 * x
        };
        let wave: Vec<f64> = (0..200).map(|_| next()).collect();
        let mut sorted = wave.clone();
        sorted.sort_by(f64::total_cmp);
        let weights = HarrellDavis::new(200, 0.5);
        let mut blocks = BlockBootstrap::new(&[&wave], &sorted, &weights);
        let blocked: Vec<f64> = (0..1000).map(|_| blocks.replicate(&mut draws)).collect();
        let mut fast = HarrellDavisBootstrap::new(&sorted, &weights);
        let single: Vec<f64> = (0..1000).map(|_| fast.replicate(&mut draws)).collect();
        assert!(moments(&blocked).1 > 1.5 * moments(&single).1);
        // All samples equal: any resample has that quantile.
        let flat = vec![7.0; 30];
        let weights = HarrellDavis::new(30, 0.95);
        let estimate = BlockBootstrap::new(&[&flat], &flat, &weights).replicate(&mut draws);
        assert!((estimate - 7.0).abs() < 1e-9, "{estimate}");
    }
}
