use serde::Serialize;

use super::interval::mean_and_sd;
use super::student_t_upper;

/// A place where a series takes another level.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct ChangePoint {
    /// The first value of the new level, from 0.
    pub index: usize,
    pub p: f64,
    pub mean_before: f64,
    pub mean_after: f64,
}

/// Finds the change points of a series: E-divisive splits inside sliding windows at ten times the
/// level, then merges until every point that is left holds at the level itself.
///
/// # Source
/// Fleming et al. (2023), "Hunter", as Apache Otava 0.8 does it by default: windows of 50, Student's
/// t instead of permutations, so that nothing is left to chance. Its standard deviations divide by
/// n, and so do these, to find the same points. Matteson and James (2014) for the statistic.
pub fn change_points(series: &[f64], max_p: f64) -> Vec<ChangePoint> {
    const WINDOW: usize = 50;
    let first_pass = match max_p {
        p if p < 0.05 => 10.0 * p,
        p if p < 0.5 => 2.0 * p,
        p => p,
    };
    let mut found: Vec<usize> = Vec::new();
    let mut start = 0;
    while start < series.len() {
        let window = &series[start..(start + WINDOW).min(series.len())];
        let inside: Vec<usize> = split(window, first_pass).into_iter().map(|index| index + start).collect();
        start = inside.last().copied().unwrap_or(0).max(start + WINDOW / 2);
        found.extend(inside);
        found.sort_unstable();
        found.dedup();
    }
    merge(series, found, max_p)
}

/// The change points inside one window, each the best candidate of its turn.
fn split(window: &[f64], max_p: f64) -> Vec<usize> {
    let mut found: Vec<usize> = Vec::new();
    loop {
        let bounds = bounds(window.len(), &found);
        // Of equally good candidates the first counts.
        let mut best: Option<(usize, f64, (usize, usize))> = None;
        for pair in bounds.windows(2) {
            let (from, to) = (pair[0], pair[1]);
            if let Some((index, size)) = candidate(&window[from..to])
                && best.is_none_or(|(_, largest, _)| size > largest)
            {
                best = Some((from + index, size, (from, to)));
            }
        }
        match best {
            Some((index, _, (from, to))) if level_test(&window[from..index], &window[index..to]) <= max_p => {
                found.push(index);
                found.sort_unstable();
            }
            _ => return found,
        }
    }
}

fn bounds(len: usize, inner: &[usize]) -> Vec<usize> {
    std::iter::once(0).chain(inner.iter().copied()).chain(std::iter::once(len)).collect()
}

/// The split τ of a segment that, with some end κ, separates its sides best, and how well.
fn candidate(segment: &[f64]) -> Option<(usize, f64)> {
    let n = segment.len();
    if n < 2 {
        return None;
    }
    // sums[i][j]: the distances between the first i values and the first j values.
    let mut sums = vec![vec![0.0; n + 1]; n + 1];
    for i in 0..n {
        for j in 0..n {
            let distance = (segment[i] - segment[j]).abs();
            sums[i + 1][j + 1] = distance + sums[i][j + 1] + sums[i + 1][j] - sums[i][j];
        }
    }
    let mut best: Option<(usize, f64)> = None;
    for tau in 1..n {
        for kappa in tau + 1..=n {
            let (left, right) = (tau as f64, (kappa - tau) as f64);
            let across = sums[tau][kappa] - sums[tau][tau];
            let within_left = 0.5 * sums[tau][tau];
            let within_right = 0.5 * (sums[kappa][kappa] - sums[tau][kappa] - sums[kappa][tau] + sums[tau][tau]);
            let mut q = 2.0 / (left + right) * across;
            if tau > 1 {
                q -= 2.0 * right / (left + right) / (left - 1.0) * within_left;
            }
            if kappa - tau > 1 {
                q -= 2.0 * left / (left + right) / (right - 1.0) * within_right;
            }
            if best.is_none_or(|(_, largest)| q > largest) {
                best = Some((tau, q));
            }
        }
    }
    best
}

/// Student's test of two levels with a common spread, two-sided.
fn level_test(left: &[f64], right: &[f64]) -> f64 {
    if left.len() + right.len() <= 2 {
        return 1.0;
    }
    let part = |side: &[f64]| {
        let (mean, sd) = mean_and_sd(side);
        let n = side.len() as f64;
        // The variance over n; times n − 1, as the pooled variance weighs it.
        (mean, sd * sd * (n - 1.0) / n * (n - 1.0), n)
    };
    let ((m1, s1, n1), (m2, s2, n2)) = (part(left), part(right));
    let degrees = n1 + n2 - 2.0;
    let error = libm::sqrt((s1 + s2) / degrees * (1.0 / n1 + 1.0 / n2));
    if error == 0.0 {
        return if m1 == m2 { 1.0 } else { 0.0 };
    }
    (2.0 * student_t_upper((m1 - m2).abs() / error, degrees)).min(1.0)
}

/// Takes the weakest point away until all that are left hold.
///
/// As in Otava, what a removal refreshes are the two points after it; the one before it keeps the p
/// it had. Refreshing that one too would give other points in one or two of a hundred series.
fn merge(series: &[f64], mut found: Vec<usize>, max_p: f64) -> Vec<ChangePoint> {
    let sides = |found: &[usize], at: usize| {
        let from = at.checked_sub(1).map_or(0, |before| found[before]);
        let to = found.get(at + 1).copied().unwrap_or(series.len());
        (&series[from..found[at]], &series[found[at]..to])
    };
    let p_of = |found: &[usize], at: usize| {
        let (left, right) = sides(found, at);
        level_test(left, right)
    };
    let mut ps: Vec<f64> = (0..found.len()).map(|at| p_of(&found, at)).collect();
    loop {
        // Of equally weak points the first goes.
        let weakest = ps.iter().enumerate().fold(None::<(usize, f64)>, |weakest, (at, p)| match weakest {
            Some((_, most)) if most >= *p => weakest,
            _ => Some((at, *p)),
        });
        let Some((gone, _)) = weakest.filter(|(_, p)| *p >= max_p) else { break };
        found.remove(gone);
        ps.remove(gone);
        for at in [gone, gone + 1] {
            if at < found.len() {
                ps[at] = p_of(&found, at);
            }
        }
    }
    let point = |(at, p): (usize, f64)| {
        let (left, right) = sides(&found, at);
        ChangePoint { index: found[at], p, mean_before: mean_and_sd(left).0, mean_after: mean_and_sd(right).0 }
    };
    ps.into_iter().enumerate().map(point).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(series: &[f64]) -> Vec<usize> {
        change_points(series, 0.001).into_iter().map(|point| point.index).collect()
    }

    /// `otava.analysis.compute_change_points(series)` of apache-otava 0.8.0 on the same numbers.
    #[test]
    fn agrees_with_otava() {
        for (name, series, expected) in GOLDEN {
            let points = change_points(series, 0.001);
            assert_eq!(
                points.iter().map(|p| p.index).collect::<Vec<_>>(),
                expected.iter().map(|e| e.0).collect::<Vec<_>>(),
                "{name}"
            );
            for (point, (_, p)) in points.iter().zip(*expected) {
                assert!((point.p - p).abs() <= 1e-9 * p.max(1e-12), "{name}: p {} instead of {p}", point.p);
            }
        }
    }

    #[test]
    fn short_and_flat_series_have_none() {
        for series in [&[][..], &[1.0], &[5.0; 40]] {
            assert!(found(series).is_empty(), "{series:?}");
        }
    }

    /// A name, a series, and the index and p of each point.
    type Golden = (&'static str, &'static [f64], &'static [(usize, f64)]);

    #[rustfmt::skip]
    const GOLDEN: &[Golden] = &[
        ("step", &[487.0, 496.5, 533.3, 513.2, 467.2, 499.9, 487.5, 503.0, 467.8, 504.8, 504.7, 531.5, 506.3, 510.2, 470.1, 545.1, 561.7, 622.0, 593.4, 582.4, 586.9, 586.6, 607.6, 597.8],
            &[(16, 8.679537039693501e-10)]),
        ("two steps", &[529.7, 463.4, 499.9, 482.2, 515.5, 457.6, 493.1, 504.2, 470.3, 519.7, 503.6, 520.1, 594.2, 555.4, 559.0, 570.9, 590.0, 592.0, 560.8, 562.9, 559.0, 563.3, 570.2, 572.4, 616.2, 564.9, 569.2, 469.2, 440.9, 452.6, 460.3, 475.5, 433.7, 487.4, 453.0, 463.4, 476.9, 473.2, 481.2, 463.5],
            &[(12, 2.308632342950992e-10), (27, 2.6914138388348825e-16)]),
        ("none", &[499.6, 506.3, 480.1, 524.3, 484.5, 474.8, 541.1, 497.3, 476.4, 537.0, 493.4, 521.2, 483.4, 495.0, 466.2, 461.8, 480.5, 498.4, 516.0, 548.5, 479.4, 520.2, 487.9, 496.9, 470.4, 470.4, 484.4, 476.1, 499.9, 485.9],
            &[]),
        ("long", &[525.0, 503.1, 503.3, 522.7, 510.4, 499.3, 498.2, 497.6, 521.5, 515.7, 507.3, 516.0, 489.1, 510.2, 471.8, 526.9, 501.8, 503.7, 512.0, 499.8, 494.9, 523.8, 502.3, 481.7, 508.8, 465.9, 533.1, 496.6, 500.9, 545.2, 543.0, 502.3, 512.5, 521.8, 533.6, 497.4, 502.7, 524.5, 505.4, 515.1, 512.2, 477.3, 482.8, 447.2, 494.8, 576.8, 527.8, 574.7, 570.0, 548.9, 549.8, 551.7, 532.8, 544.4, 549.1, 562.2, 565.8, 535.1, 566.5, 534.4, 546.6, 557.4, 549.5, 547.5, 555.4, 538.9, 536.9, 545.9, 569.2, 548.0, 588.1, 554.3, 490.5, 541.2, 583.3, 550.1, 541.2, 532.5, 576.5, 570.1, 563.4, 558.6, 578.8, 566.4, 525.4, 565.4, 553.4, 547.8, 565.3, 550.6, 546.3, 636.1, 625.8, 602.5, 597.6, 609.5, 579.3, 611.1, 600.4, 597.9, 586.5, 591.4, 627.1, 631.7, 615.1, 604.1, 587.4, 619.4, 637.2, 572.7, 628.5, 561.7, 598.2, 612.7, 577.7, 574.7, 608.7, 622.5, 595.5, 631.9, 589.4, 640.1, 607.4, 609.7, 617.3, 611.4, 641.9, 649.1, 615.9, 601.7],
            &[(45, 7.514825633740732e-21), (91, 2.050342794976998e-22)]),
        ("step late", &[476.5, 484.9, 500.2, 498.0, 499.1, 500.1, 509.9, 473.0, 479.5, 522.4, 516.8, 489.3, 525.9, 486.5, 495.0, 463.5, 516.9, 649.8, 671.4, 664.2],
            &[(17, 5.550442199152691e-12)]),
    ];
}
