//! Shares that hang together: moving one moves the others, and the sum stays 100 %.

/// One of several shares.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Shared {
    pub pct: f64,
    /// It keeps its value whatever the others do.
    pub locked: bool,
}

/// What shares are rounded to: hundredths of a percent.
const STEPS_PER_PCT: f64 = 100.0;

/// Sets one share, or none, and gives the unlocked others the rest in proportion to what they have;
/// those that have nothing share it evenly.
///
/// The moved share takes no more than the locked ones leave. All that move are whole hundredths of a
/// percent and add up to what the locked ones leave exactly: the largest remainders round up.
pub fn share_out(shares: &[Shared], moved: Option<(usize, f64)>) -> Vec<f64> {
    let index = moved.map(|(index, _)| index);
    let is_fixed = |at: usize| shares[at].locked && Some(at) != index;
    let fixed: f64 = (0..shares.len()).filter(|at| is_fixed(*at)).map(|at| shares[at].pct).sum();
    let free: Vec<usize> = (0..shares.len()).filter(|at| !is_fixed(*at) && Some(*at) != index).collect();
    let left = (100.0 - fixed).max(0.0);
    let mut out: Vec<f64> = shares.iter().map(|share| share.pct).collect();
    let mut rest = left;
    if let Some((index, pct)) = moved.filter(|(index, _)| *index < shares.len()) {
        // With every other share locked it can only be what they leave.
        let wanted = if pct.is_nan() || free.is_empty() { left } else { pct.max(0.0).min(left) };
        out[index] = (libm::round(wanted * STEPS_PER_PCT) / STEPS_PER_PCT).min(left);
        if free.is_empty() {
            out[index] = left;
        }
        rest = left - out[index];
    }
    let had: f64 = free.iter().map(|at| shares[*at].pct).sum();
    let part = |at: usize| if had > 0.0 { shares[at].pct / had } else { 1.0 / free.len() as f64 };
    let steps = libm::round(rest * STEPS_PER_PCT);
    let mut given = 0.0;
    for at in &free {
        out[*at] = libm::floor(steps * part(*at));
        given += out[*at];
    }
    let mut by_remainder = free.clone();
    by_remainder.sort_by(|a, b| {
        let remainder = |at: usize| steps * part(at) - out[at];
        remainder(*b).total_cmp(&remainder(*a)).then(a.cmp(b))
    });
    for at in by_remainder.into_iter().take((steps - given).max(0.0) as usize) {
        out[at] += 1.0;
    }
    for at in &free {
        out[*at] /= STEPS_PER_PCT;
    }
    // Locked shares may be finer than a hundredth; what they leave of one goes to the largest.
    let largest = free.iter().copied().max_by(|a, b| out[*a].total_cmp(&out[*b]));
    if let Some(largest) = largest.filter(|_| (rest - steps / STEPS_PER_PCT).abs() > 1e-12) {
        out[largest] = (out[largest] + rest - steps / STEPS_PER_PCT).max(0.0);
    }
    out
}

#[cfg(all(test, not(target_arch = "wasm32")))]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn shares(text: &str) -> Vec<Shared> {
        let one = |word: &str| Shared { pct: word.trim_end_matches('L').parse().unwrap(), locked: word.ends_with('L') };
        text.split(' ').map(one).collect()
    }

    #[test]
    fn the_others_give_and_take_in_proportion() {
        let check = |before: &str, index, pct, after: &str| {
            let expected: Vec<f64> = after.split(' ').map(|word| word.parse().unwrap()).collect();
            assert_eq!(share_out(&shares(before), Some((index, pct))), expected, "{before}");
        };
        check("20 30 20 15 15", 0, 60.0, "60 15 10 7.5 7.5");
        check("20L 30 20 15 15", 1, 40.0, "20 40 16 12 12");
        check("50 25L 25L", 0, 90.0, "50 25 25");
        check("100", 0, 3.0, "100");
        check("100 0 0", 0, 50.0, "50 25 25");
        check("10 45 45", 0, 0.01, "0.01 50 49.99");
        check("30L 70", 0, 40.0, "40 60");
        check("60L 60L 0", 2, 10.0, "60 60 0");
    }

    #[test]
    fn nothing_moved_brings_the_sum_to_a_hundred() {
        assert_eq!(share_out(&shares("20 20L 10"), None), [53.33, 20.0, 26.67]);
        assert_eq!(share_out(&shares("0 0 0"), None), [33.34, 33.33, 33.33]);
    }

    proptest! {
        #[test]
        fn the_sum_is_a_hundred_and_locks_hold(
            raw in prop::collection::vec((0.0..100.0f64, any::<bool>()), 1..12),
            index in 0usize..12,
            pct in -20.0..150.0f64,
        ) {
            let sum: f64 = raw.iter().map(|(pct, _)| pct).sum::<f64>().max(1.0);
            let before: Vec<_> = raw.iter().map(|(pct, locked)| Shared { pct: pct * 100.0 / sum, locked: *locked }).collect();
            let index = index % before.len();
            let after = share_out(&before, Some((index, pct)));
            prop_assert!((after.iter().sum::<f64>() - 100.0).abs() < 1e-9, "{after:?}");
            for (at, (share, now)) in before.iter().zip(&after).enumerate() {
                prop_assert!((0.0..=100.0 + 1e-9).contains(now));
                prop_assert!(!share.locked || at == index || share.pct == *now);
            }
            // Asking again for what is there changes nothing.
            let again: Vec<_> = after.iter().zip(&before).map(|(pct, s)| Shared { pct: *pct, locked: s.locked }).collect();
            for (one, other) in share_out(&again, Some((index, after[index]))).iter().zip(&after) {
                prop_assert!((one - other).abs() < 0.0101);
            }
        }
    }
}
