/// The correlation of each value with the next; `None` below three values or without spread.
pub fn lag1(series: &[f64]) -> Option<f64> {
    correlation(series, 1)
}

fn correlation(series: &[f64], lag: usize) -> Option<f64> {
    let n = series.len();
    if n < lag + 2 {
        return None;
    }
    let mean = series.iter().sum::<f64>() / n as f64;
    let variance: f64 = series.iter().map(|x| (x - mean) * (x - mean)).sum();
    if variance <= 0.0 {
        return None;
    }
    let shared: f64 = series.iter().zip(&series[lag..]).map(|(a, b)| (a - mean) * (b - mean)).sum();
    Some(shared / variance)
}

/// How many independent values a series is worth, at least 1 and at most its length.
///
/// # Source
/// Geyer (1992): correlations are summed in pairs until a pair is no longer positive.
pub fn effective_sample_size(series: &[f64]) -> f64 {
    let n = series.len();
    let mut sum = 0.0;
    let mut lag = 1;
    // Beyond a thousand lags a pair is noise, and the work would grow with the square.
    while lag + 1 < n.min(1000) {
        let pair = correlation(series, lag).unwrap_or(0.0) + correlation(series, lag + 1).unwrap_or(0.0);
        if pair <= 0.0 {
            break;
        }
        sum += pair;
        lag += 2;
    }
    let n = n as f64;
    (n / (1.0 + 2.0 * sum)).clamp(1.0_f64.min(n), n)
}

#[cfg(test)]
mod tests {
    use super::super::draws::{Draws, tests::words};
    use super::*;

    #[test]
    fn a_hand_made_series() {
        // Deviations −1.5, −0.5, 0.5, 1.5: (0.75 − 0.25 + 0.75) / 5.
        assert_eq!(lag1(&[1.0, 2.0, 3.0, 4.0]), Some(0.25));
        assert_eq!(lag1(&[5.0, 5.0, 5.0]), None);
        assert_eq!(lag1(&[1.0, 2.0]), None);
    }

    /// An autoregressive series of coefficient r is worth n (1 − r) / (1 + r) independent values.
    #[test]
    fn the_effective_size_of_an_autoregressive_series() {
        for r in [0.0, 0.5, 0.8] {
            let mut draws = Draws::new(words(9));
            let mut x = 0.0;
            let series: Vec<f64> = (0..20_000)
                .map(|_| {
                    x = r * x + crate::stats::normal_quantile(draws.uniform());
                    x
                })
                .collect();
            let expected = 20_000.0 * (1.0 - r) / (1.0 + r);
            let got = effective_sample_size(&series);
            assert!((got / expected - 1.0).abs() < 0.12, "{r}: {got} instead of {expected}");
        }
    }
}
