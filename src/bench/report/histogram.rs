use hdrhistogram::Histogram;

/// Latencies in a histogram of three significant digits: it merges with others and takes no more
/// room for a million of them. In microseconds.
///
/// Its quantiles and its mean use nothing but whole numbers and division, so they have the same
/// bits everywhere; the logarithms in its construction are rounded to whole numbers far from the
/// middle. `None` never: three digits are always valid.
pub fn histogram(samples_ms: &[f64]) -> Option<Histogram<u64>> {
    let mut histogram = Histogram::<u64>::new(3).ok()?;
    histogram.auto(true);
    for ms in samples_ms {
        // It grows to fit whatever this range allows.
        let _ = histogram.record(libm::round(ms.clamp(0.0, 1e12) * 1000.0) as u64);
    }
    Some(histogram)
}

/// The histogram as the tools of HdrHistogram plot it: value in milliseconds, quantile, count up to
/// it, 1 / (1 − quantile).
pub fn histogram_lines(samples_ms: &[f64]) -> String {
    let Some(histogram) = histogram(samples_ms) else { return String::new() };
    let total = histogram.len();
    let mut out = format!("{:>12} {:>14} {:>10} {:>14}\n\n", "Value", "Percentile", "TotalCount", "1/(1-Percentile)");
    let mut below = 0;
    for value in histogram.iter_recorded() {
        below += value.count_at_value();
        let share = below as f64 / total as f64;
        let inverse =
            if below < total { format!("{:14.2}", total as f64 / (total - below) as f64) } else { "inf".into() };
        out.push_str(&format!(
            "{:12.3} {share:14.12} {below:10} {inverse:>14}\n",
            value.value_iterated_to() as f64 / 1000.0
        ));
    }
    out.push_str(&format!(
        "#[Mean    = {:12.3}, Max = {:12.3}, Total count = {total}]\n",
        histogram.mean() / 1000.0,
        histogram.max() as f64 / 1000.0
    ));
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn histograms_merge_and_keep_three_digits() {
        let samples: Vec<f64> = (1..=2000).map(|i| f64::from(i) * 0.731).collect();
        let mut merged = histogram(&samples[..700]).unwrap();
        merged.add(histogram(&samples[700..]).unwrap()).unwrap();
        assert_eq!(merged, histogram(&samples).unwrap());
        let p95 = merged.value_at_quantile(0.95) as f64 / 1000.0;
        assert!((p95 / (1900.0 * 0.731) - 1.0).abs() < 1e-3, "{p95}");
        let lines = histogram_lines(&[1.0, 2.0, 2.0, 10.0]);
        assert!(lines.contains("       2.000 0.750000000000          3           4.00"), "{lines}");
    }
}
