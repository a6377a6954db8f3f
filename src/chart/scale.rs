/// Maps values to positions, linearly or by their logarithm.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Scale {
    domain: (f64, f64),
    range: (f64, f64),
    log: bool,
}

impl Scale {
    /// A linear scale; a domain without extent is widened.
    pub fn linear(low: f64, high: f64, range: (f64, f64)) -> Self {
        let high = if high > low { high } else { low + 1.0 };
        Scale { domain: (low, high), range, log: false }
    }

    /// A logarithmic scale over positive values; a domain without extent is widened.
    pub fn log(low: f64, high: f64, range: (f64, f64)) -> Self {
        let low = low.max(f64::MIN_POSITIVE);
        let high = if high > low { high } else { low * 10.0 };
        Scale { domain: (low, high), range, log: true }
    }

    pub fn domain(&self) -> (f64, f64) {
        self.domain
    }

    pub fn range(&self) -> (f64, f64) {
        self.range
    }

    /// The position of a value, also beyond the domain.
    pub fn at(&self, value: f64) -> f64 {
        let (low, high) = self.domain;
        let fraction = if self.log {
            (libm::log(value.max(f64::MIN_POSITIVE)) - libm::log(low)) / (libm::log(high) - libm::log(low))
        } else {
            (value - low) / (high - low)
        };
        self.range.0 + fraction * (self.range.1 - self.range.0)
    }

    /// The position of a value, kept inside the range.
    pub fn clamped(&self, value: f64) -> f64 {
        let (a, b) = (self.range.0.min(self.range.1), self.range.0.max(self.range.1));
        // `clamp` of floats brings their formatting with it, for a panic that cannot be.
        self.at(value).max(a).min(b)
    }

    /// The value at a position.
    pub fn value_at(&self, position: f64) -> f64 {
        let fraction = (position - self.range.0) / (self.range.1 - self.range.0);
        let (low, high) = self.domain;
        if self.log {
            libm::exp(libm::log(low) + fraction * (libm::log(high) - libm::log(low)))
        } else {
            low + fraction * (high - low)
        }
    }

    /// About `count` round values inside the domain.
    pub fn ticks(&self, count: usize) -> Vec<f64> {
        let (low, high) = self.domain;
        if self.log { log_ticks(low, high, count) } else { linear_ticks(low, high, count) }
    }
}

/// Multiples of 1, 2 or 5 times a power of ten.
fn linear_ticks(low: f64, high: f64, count: usize) -> Vec<f64> {
    let rough = (high - low) / count.max(1) as f64;
    let power = libm::pow(10.0, libm::floor(libm::log10(rough)));
    let step = [1.0, 2.0, 5.0, 10.0].into_iter().map(|m| m * power).find(|step| *step >= rough).unwrap_or(power);
    let first = libm::ceil(low / step - 1e-9) as i64;
    let last = libm::floor(high / step + 1e-9) as i64;
    (first..=last.min(first + 1000)).map(|i| i as f64 * step).collect()
}

/// Powers of ten; with 2 and 5 between them when there is room.
fn log_ticks(low: f64, high: f64, count: usize) -> Vec<f64> {
    let decades = (libm::floor(libm::log10(low)) as i32)..=(libm::ceil(libm::log10(high)) as i32);
    let within = |multiples: &[f64]| -> Vec<f64> {
        decades
            .clone()
            .flat_map(|decade| multiples.iter().map(move |m| m * libm::pow(10.0, f64::from(decade))))
            .filter(|tick| (low * (1.0 - 1e-9)..=high * (1.0 + 1e-9)).contains(tick))
            .collect()
    };
    [&[1.0, 2.0, 5.0][..], &[1.0, 3.0], &[1.0]]
        .into_iter()
        .map(within)
        .find(|ticks| ticks.len() <= count.max(2))
        .unwrap_or_else(|| within(&[1.0]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn positions_and_values_are_inverse() {
        for scale in [Scale::linear(0.0, 50.0, (400.0, 0.0)), Scale::log(10.0, 10_000.0, (0.0, 300.0))] {
            for value in [12.0, 20.0, 49.0] {
                assert!((scale.value_at(scale.at(value)) - value).abs() < 1e-9);
            }
        }
        assert!((Scale::log(10.0, 1000.0, (0.0, 100.0)).at(100.0) - 50.0).abs() < 1e-9);
        assert_eq!(Scale::linear(5.0, 5.0, (0.0, 1.0)).at(5.0), 0.0);
        assert_eq!(Scale::linear(0.0, 1.0, (10.0, 0.0)).clamped(7.0), 0.0);
    }

    #[test]
    fn ticks_are_round() {
        assert_eq!(Scale::linear(0.0, 1068.75, (0.0, 1.0)).ticks(5), [0.0, 500.0, 1000.0]);
        assert_eq!(Scale::linear(0.0, 0.45, (0.0, 1.0)).ticks(5), [0.0, 0.1, 0.2, 0.30000000000000004, 0.4]);
        assert_eq!(
            Scale::log(20.0, 6000.0, (0.0, 1.0)).ticks(9),
            [20.0, 50.0, 100.0, 200.0, 500.0, 1000.0, 2000.0, 5000.0]
        );
        assert_eq!(Scale::log(0.3, 2e6, (0.0, 1.0)).ticks(8).len(), 7);
    }
}
