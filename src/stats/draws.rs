use super::normal_quantile;

/// Random variates from a source of 64-bit words, which whoever calls hands in.
pub struct Draws<W> {
    words: W,
    ladder: Ladder,
}

impl<W: FnMut() -> u64> Draws<W> {
    pub fn new(words: W) -> Self {
        Draws { words, ladder: Ladder::new() }
    }

    /// Uniform in (0, 1).
    #[inline]
    pub fn uniform(&mut self) -> f64 {
        (((self.words)() >> 12) as f64 + 0.5) * TWO_POW_MINUS_52
    }

    /// A whole number below `n`, without bias worth the name: `n` is far below 2³².
    #[inline]
    pub fn below(&mut self, n: usize) -> usize {
        ((((self.words)() >> 32) * n as u64) >> 32) as usize
    }

    /// Exponential with mean 1.
    ///
    /// # Source
    /// Marsaglia and Tsang (2000), the ziggurat method, with 256 steps.
    #[inline]
    pub fn exponential(&mut self) -> f64 {
        loop {
            let word = (self.words)();
            let step = (word & 255) as usize;
            let x = (word >> 11) as f64 * TWO_POW_MINUS_53 * self.ladder.x[step];
            if x < self.ladder.x[step + 1] {
                return x;
            }
            if step == 0 {
                // Beyond the last step the distribution begins again.
                return TAIL - libm::log(self.uniform());
            }
            let (low, high) = (self.ladder.y[step], self.ladder.y[step + 1]);
            if low + self.uniform() * (high - low) < libm::exp(-x) {
                return x;
            }
        }
    }

    /// Gamma with this shape, at least 1, and scale 1.
    ///
    /// # Source
    /// Marsaglia and Tsang (2000), "A simple method for generating gamma variables".
    pub fn gamma(&mut self, shape: f64) -> f64 {
        let d = shape - 1.0 / 3.0;
        let c = 1.0 / libm::sqrt(9.0 * d);
        loop {
            let z = normal_quantile(self.uniform());
            let v = 1.0 + c * z;
            if v <= 0.0 {
                continue;
            }
            let v = v * v * v;
            let u = self.uniform();
            if u < 1.0 - 0.0331 * z * z * z * z || libm::log(u) < 0.5 * z * z + d * (1.0 - v + libm::log(v)) {
                return d * v;
            }
        }
    }
}

const TWO_POW_MINUS_52: f64 = 1.0 / (1_u64 << 52) as f64;
const TWO_POW_MINUS_53: f64 = 1.0 / (1_u64 << 53) as f64;
/// Where the ziggurat's lowest step ends, and the area of each step.
const TAIL: f64 = 7.697_117_470_131_05;
const AREA: f64 = 3.949_659_822_581_557e-3;

/// The steps of the ziggurat under e⁻ˣ: their right ends, descending, and their heights.
struct Ladder {
    x: [f64; 257],
    y: [f64; 257],
}

impl Ladder {
    fn new() -> Self {
        let mut ladder = Ladder { x: [0.0; 257], y: [0.0; 257] };
        ladder.x[0] = AREA / libm::exp(-TAIL);
        ladder.x[1] = TAIL;
        for step in 1..256 {
            ladder.y[step] = libm::exp(-ladder.x[step]);
            let next = -libm::log(ladder.y[step] + AREA / ladder.x[step]);
            ladder.x[step + 1] = next;
        }
        ladder.x[256] = 0.0;
        ladder.y[256] = 1.0;
        ladder
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// Words of SplitMix64.
    pub fn words(seed: u64) -> impl FnMut() -> u64 {
        let mut state = seed;
        move || {
            state = state.wrapping_add(0x9E37_79B9_7F4A_7C15);
            let z = (state ^ (state >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
            let z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
            z ^ (z >> 31)
        }
    }

    /// The largest distance between the empirical distribution and `cdf`, times √n: Kolmogorov's
    /// statistic, above 1.95 in one of a thousand good samples.
    fn kolmogorov(mut samples: Vec<f64>, cdf: impl Fn(f64) -> f64) -> f64 {
        samples.sort_by(f64::total_cmp);
        let n = samples.len() as f64;
        let gap = |(i, x): (usize, &f64)| {
            let share = cdf(*x);
            (share - i as f64 / n).abs().max((share - (i as f64 + 1.0) / n).abs())
        };
        samples.iter().enumerate().map(gap).fold(0.0, f64::max) * libm::sqrt(n)
    }

    #[test]
    fn variates_have_their_distributions() {
        let mut draws = Draws::new(words(7));
        let exponential: Vec<f64> = (0..20_000).map(|_| draws.exponential()).collect();
        let distance = kolmogorov(exponential, |x| 1.0 - libm::exp(-x));
        assert!(distance < 1.95, "exponential: {distance}");
        for shape in [1.0, 2.5, 900.0] {
            let gamma: Vec<f64> = (0..5_000).map(|_| draws.gamma(shape)).collect();
            let distance = kolmogorov(gamma, |x| crate::stats::gamma_lower(shape, x));
            assert!(distance < 1.95, "gamma {shape}: {distance}");
        }
        let uniform: Vec<f64> = (0..20_000).map(|_| draws.uniform()).collect();
        assert!(kolmogorov(uniform, |x| x) < 1.95);
    }

    /// The tail beyond the last step is drawn, too: e^−7.7 of the values lie there.
    #[test]
    fn the_tail_is_as_thick_as_it_should_be() {
        let mut draws = Draws::new(words(11));
        let beyond = (0..400_000).filter(|_| draws.exponential() > TAIL).count() as f64;
        let expected = 400_000.0 * libm::exp(-TAIL);
        assert!((beyond - expected).abs() < 4.0 * libm::sqrt(expected), "{beyond} instead of {expected}");
    }
}
