//! The way of messages to the browser, which may shuffle and lose them.

use crate::random::{Purpose, Stream};

/// What happens to messages on their way to the browser. All chance follows from the seed.
///
/// ```
/// use rehearsal::delivery::Transit;
///
/// assert_eq!(Transit::default().arrivals(4), [0, 1, 2, 3]);
/// assert!(Transit { loss: 0.5, ..Transit::default() }.arrivals(1_000).len() < 600);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Transit {
    /// They come in any order.
    pub shuffled: bool,
    /// The share that never comes: 0 to 1.
    pub loss: f64,
    pub seed: u64,
}

impl Transit {
    /// The numbers of the messages that arrive, of so many that are sent, in the order in which they do.
    pub fn arrivals(&self, sent: usize) -> Vec<usize> {
        let stream = Stream::new(self.seed, Purpose::Transit);
        // Two words a message, so that the order does not change who is lost.
        let lost = |at: &usize| ((stream.word(2 * *at as u64) >> 11) as f64 / (1_u64 << 53) as f64) < self.loss;
        let mut arrived: Vec<usize> = (0..sent).filter(|at| !lost(at)).collect();
        if self.shuffled {
            arrived.sort_by_key(|at| stream.word(2 * *at as u64 + 1));
        }
        arrived
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_seed_decides_who_is_lost_and_the_order_changes_nothing_about_it() {
        let transit = Transit { loss: 0.25, seed: 7, ..Transit::default() };
        let in_order = transit.arrivals(10_000);
        assert_eq!(in_order, transit.arrivals(10_000));
        assert!(in_order.is_sorted());
        // 10,000 × 0.75, and five standard deviations of √(10,000 × 0.25 × 0.75) = 43.3.
        assert!(in_order.len().abs_diff(7_500) < 217, "{}", in_order.len());
        let mut shuffled = Transit { shuffled: true, ..transit }.arrivals(10_000);
        assert!(!shuffled.is_sorted());
        shuffled.sort_unstable();
        assert_eq!(shuffled, in_order);
        assert_ne!(Transit { seed: 8, ..transit }.arrivals(10_000), in_order);
        assert_eq!(Transit { loss: 1.0, ..transit }.arrivals(50), Vec::<usize>::new());
    }
}
