/// Counts of events in windows of one length that follow each other from the first event on.
///
/// The events are told in order of time; memory does not grow with them.
#[derive(Clone, Debug, PartialEq)]
pub struct Windows {
    length: u64,
    first: Option<i64>,
    /// Windows that are over, the sum of their counts and of the squares of these.
    over: u64,
    sum: u64,
    squares: u128,
    max: u64,
    /// Events of the window that has begun.
    current: u64,
}

impl Windows {
    /// Windows of this length, at least one, in the unit that the times have.
    pub fn new(length: u64) -> Self {
        Windows { length: length.max(1), first: None, over: 0, sum: 0, squares: 0, max: 0, current: 0 }
    }

    /// Counts an event, not earlier than the one before; says how many windows are over since.
    pub fn add(&mut self, at: i64) -> u64 {
        let first = *self.first.get_or_insert(at);
        let window = (at.saturating_sub(first).max(0) as u64) / self.length;
        let passed = window.saturating_sub(self.over);
        if passed > 0 {
            self.sum += self.current;
            self.squares += u128::from(self.current) * u128::from(self.current);
            self.over += passed;
            self.current = 0;
        }
        self.current += 1;
        self.max = self.max.max(self.current);
        passed
    }

    /// The most events of a window.
    pub fn max(&self) -> u64 {
        self.max
    }

    /// The sample variance of the counts over their mean, over the windows that are over: 1 for a
    /// Poisson process, whatever the length. `None` below two windows.
    pub fn dispersion(&self) -> Option<f64> {
        let windows = self.over as f64;
        Some(dispersion(self.over, self.sum, self.squares)? * windows / (windows - 1.0))
    }

    /// The variance of all counts over their mean, that of the window that has begun among them.
    pub fn dispersion_with_last(&self) -> Option<f64> {
        let last = self.current;
        dispersion(self.over + 1, self.sum + last, self.squares + u128::from(last) * u128::from(last))
    }
}

fn dispersion(windows: u64, sum: u64, squares: u128) -> Option<f64> {
    if windows < 2 || sum == 0 {
        return None;
    }
    let mean = sum as f64 / windows as f64;
    Some((squares as f64 / windows as f64 - mean * mean).max(0.0) / mean)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_are_those_of_the_windows() {
        let mut windows = Windows::new(1_000);
        // Counts 3, 0, 1, and one in the window that is not over.
        for at in [500, 500, 1_499, 2_500, 3_500] {
            windows.add(at);
        }
        // Around their mean of 4/3 the squares sum to 14/3.
        let dispersion = windows.dispersion().unwrap();
        assert!((dispersion - 14.0 / 3.0 / 2.0 / (4.0 / 3.0)).abs() < 1e-12, "{dispersion}");
        assert_eq!(windows.dispersion_with_last(), Some((11.0 / 4.0 - 1.25 * 1.25) / 1.25));
        assert_eq!(windows.max(), 3);
    }

    #[test]
    fn nothing_is_said_of_too_little_or_overflows() {
        let mut windows = Windows::new(0);
        assert_eq!(windows.dispersion(), None);
        windows.add(i64::MIN);
        assert_eq!(windows.dispersion_with_last(), None);
        assert!(windows.add(i64::MAX) > 1);
        assert!(windows.dispersion().is_some());
    }

    /// A regular process has dispersion near 0, independent events near 1.
    #[test]
    fn regular_traffic_is_not_dispersed() {
        let mut windows = Windows::new(10_000);
        (0..100_000).for_each(|index| {
            windows.add(index * 100);
        });
        assert_eq!(windows.dispersion(), Some(0.0));
    }
}
