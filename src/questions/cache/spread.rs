//! How much savings differ from one piece of a log's time to the next, and so how sure their sum is.

use std::collections::BTreeMap;

use super::{ADay, AtLives};

/// Microseconds of a minute.
const MINUTE_US: i64 = 60_000_000;
/// Lengths of a piece, in minutes, the first that is taken first.
const PIECES: [i64; 5] = [1, 10, 60, 360, 1_440];
/// The most pieces that are kept; from there on they are joined.
const MOST: usize = 20_000;
/// The fewest pieces from which anything is said.
const FEWEST: i64 = 8;

/// Savings of each piece in which there were any: by lifetime as sent and mended.
#[derive(Debug, Default)]
pub struct Spread {
    pieces: BTreeMap<i64, [[f64; 2]; 2]>,
    length: usize,
}

impl Spread {
    pub fn add(&mut self, at_us: i64, saved: [[f64; 2]; 2]) {
        let minute = at_us.div_euclid(MINUTE_US);
        add(self.pieces.entry(minute.div_euclid(PIECES[self.length])).or_default(), saved);
        if self.pieces.len() > MOST && self.length + 1 < PIECES.len() {
            self.pieces = self.joined(self.length + 1);
            self.length += 1;
        }
    }

    fn joined(&self, length: usize) -> BTreeMap<i64, [[f64; 2]; 2]> {
        let mut joined = BTreeMap::new();
        for (number, saved) in &self.pieces {
            let number = (number * PIECES[self.length]).div_euclid(PIECES[length]);
            add(joined.entry(number).or_default(), *saved);
        }
        joined
    }

    /// What is saved a day, of a log that covers so many; a shorter one than a day is taken for a whole.
    pub fn a_day(&self, days: Option<f64>) -> Option<ADay> {
        let days = days?.max(1.0);
        let span = |pieces: &BTreeMap<i64, _>| {
            let ends = pieces.first_key_value().zip(pieces.last_key_value());
            ends.map_or(0, |((first, _), (last, _))| last - first + 1)
        };
        // The longest pieces of which there are enough: what comes together stays together.
        let (length, pieces) = (self.length..PIECES.len())
            .rev()
            .map(|length| (length, self.joined(length)))
            .find(|(length, pieces)| span(pieces) >= FEWEST || *length == self.length)?;
        let count = span(&pieces);
        let sum = |life: usize, kind: usize| pieces.values().map(|saved| saved[life][kind]).sum::<f64>();
        let give_or_take = |life: usize, kind: usize| {
            let (sum, n) = (sum(life, kind), count as f64);
            if count < FEWEST || sum <= 0.0 {
                return None;
            }
            // Pieces without a call saved nothing and count.
            let squares: f64 = pieces.values().map(|saved| saved[life][kind] * saved[life][kind]).sum();
            let variance = ((squares - sum * sum / n) / (n - 1.0)).max(0.0);
            Some(1.96 * libm::sqrt(variance * n) / sum)
        };
        let lives = |of: &dyn Fn(usize) -> f64| AtLives { minutes: of(0), hour: of(1) };
        let shares = |of: &dyn Fn(usize) -> Option<f64>| AtLives { minutes: of(0), hour: of(1) };
        Some(ADay {
            saving_usd: lives(&|life| sum(life, 0).max(0.0) / days),
            mended_saving_usd: lives(&|life| sum(life, 1).max(sum(life, 0)).max(0.0) / days),
            saving_give_or_take: shares(&|life| give_or_take(life, 0)),
            mended_give_or_take: shares(&|life| give_or_take(life, 1)),
            piece_minutes: PIECES[length].unsigned_abs(),
            pieces: count.unsigned_abs(),
        })
    }
}

fn add(to: &mut [[f64; 2]; 2], saved: [[f64; 2]; 2]) {
    to.iter_mut().zip(saved).for_each(|(to, saved)| to.iter_mut().zip(saved).for_each(|(to, saved)| *to += saved));
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Ten hours of which each second saves 2 dollars and the others none: 10 in all; the standard deviation of an
    /// hour is the root of 10/9, that of the sum its product with the root of 10, 3.333.
    #[test]
    fn the_error_is_that_of_a_sum_of_its_pieces() {
        let mut spread = Spread::default();
        for hour in 0..10_i64 {
            let usd = if hour % 2 == 0 { 2.0 } else { 0.0 };
            spread.add(hour * 3_600_000_000, [[usd, usd]; 2]);
        }
        let found = spread.a_day(Some(0.4)).unwrap();
        assert_eq!((found.piece_minutes, found.pieces, found.saving_usd.minutes), (60, 10, 10.0));
        let expected = 1.96 * (10.0_f64 / 9.0 * 10.0).sqrt() / 10.0;
        assert!((found.mended_give_or_take.hour.unwrap() - expected).abs() < 1e-12);
        // Five days: a fifth of it each.
        assert_eq!(spread.a_day(Some(5.0)).unwrap().mended_saving_usd.hour, 2.0);
    }

    #[test]
    fn a_short_log_says_no_error_and_a_long_one_is_kept_in_longer_pieces() {
        let mut spread = Spread::default();
        spread.add(0, [[1.0; 2]; 2]);
        assert_eq!(spread.a_day(Some(0.0)).unwrap().saving_give_or_take.minutes, None);
        for minute in 0..(2 * MOST as i64) {
            spread.add(minute * MINUTE_US, [[1.0; 2]; 2]);
        }
        assert!(spread.pieces.len() <= MOST && spread.length == 1);
        assert_eq!(spread.a_day(Some(1.0)).unwrap().saving_usd.minutes, 2.0 * MOST as f64 + 1.0);
    }
}
