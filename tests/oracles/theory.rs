//! What the expectations are computed with: roots, integrals, sums of independent times.

/// The root of an increasing or decreasing function between two points.
pub fn root(mut low: f64, mut high: f64, f: impl Fn(f64) -> f64) -> f64 {
    let rising = f(high) > f(low);
    for _ in 0..200 {
        let middle = 0.5 * (low + high);
        if (f(middle) > 0.0) == rising { high = middle } else { low = middle }
    }
    0.5 * (low + high)
}

/// The integral of a smooth function, by Simpson's rule.
pub fn integral(low: f64, high: f64, f: impl Fn(f64) -> f64) -> f64 {
    const STEPS: usize = 2_000;
    let h = (high - low) / STEPS as f64;
    let weight = |i: usize| if i == 0 || i == STEPS { 1.0 } else { 2.0 + 2.0 * (i % 2) as f64 };
    (0..=STEPS).map(|i| weight(i) * f(low + i as f64 * h)).sum::<f64>() * h / 3.0
}

/// A time as the probabilities of the steps of a grid.
pub struct Grid {
    pub step: f64,
    pub mass: Vec<f64>,
}

impl Grid {
    /// The time with this distribution function, rounded to the grid.
    pub fn of(step: f64, count: usize, cdf: impl Fn(f64) -> f64) -> Self {
        let below = |i: usize| if i == 0 { 0.0 } else { cdf((i as f64 - 0.5) * step) };
        let mut mass: Vec<f64> = (0..count).map(|i| below(i + 1) - below(i)).collect();
        mass[count - 1] += 1.0 - below(count);
        Grid { step, mass }
    }

    /// The sum of two independent times.
    pub fn plus(&self, other: &Grid) -> Self {
        let count = self.mass.len();
        let mut mass = vec![0.0; count];
        for (i, p) in self.mass.iter().enumerate().filter(|(_, p)| **p > 1e-12) {
            for (sum, q) in mass[i..].iter_mut().zip(&other.mass) {
                *sum += p * q;
            }
        }
        Grid { step: self.step, mass }
    }

    /// One time with this probability, or else the other.
    pub fn or(&self, probability: f64, other: &Grid) -> Self {
        let mix = |(a, b): (&f64, &f64)| probability * a + (1.0 - probability) * b;
        Grid { step: self.step, mass: self.mass.iter().zip(&other.mass).map(mix).collect() }
    }

    pub fn quantile(&self, p: f64) -> f64 {
        let mut sum = 0.0;
        for (i, mass) in self.mass.iter().enumerate() {
            if sum + mass >= p {
                return (i as f64 - 0.5 + (p - sum) / mass) * self.step;
            }
            sum += mass;
        }
        self.mass.len() as f64 * self.step
    }
}

/// The distribution function of a log-normal time.
pub fn lognormal_cdf(mean: f64, sd: f64) -> impl Fn(f64) -> f64 {
    let variance = (1.0 + (sd / mean) * (sd / mean)).ln();
    let mu = mean.ln() - 0.5 * variance;
    move |x| if x <= 0.0 { 0.0 } else { rehearsal::stats::normal_cdf((x.ln() - mu) / variance.sqrt()) }
}

/// Erlang's distribution of the waiting time of M/D/1 without its factor 1 − ρ: time in units of the
/// service, so many customers each.
///
/// It also solves the equation of a bounded wait, for any load.
pub fn erlang_md1(load: f64, time: f64) -> f64 {
    let term = |k: i32| {
        let x = load * (f64::from(k) - time);
        (1..=k).fold((-x).exp(), |product, j| product * x / f64::from(j))
    };
    (0..=time as i32).map(term).sum()
}
