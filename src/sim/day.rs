//! The clock of a simulated day: which hour a message falls into, and when exactly.

use crate::scenario::Curve;

use super::tally::BATCHES_AN_HOUR;

/// Hours of a day.
pub const HOURS: usize = 24;

/// Microseconds in an hour.
const HOUR_US: f64 = 3.6e9;

/// How a day's messages spread over its hours.
///
/// A position is a number of messages since midnight at the expected rate: position 1.5 days'
/// messages is noon of the second day, if the curve is flat.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Day {
    /// Expected messages of a day.
    pub messages: f64,
    /// How long an hour lasts; shorter in a preview, which simulates a slice of every hour.
    hour_us: f64,
    /// Expected messages before each hour, and of the whole day.
    edges: [f64; HOURS + 1],
}

impl Day {
    /// A day of so many messages, of whose every hour a `slice` is simulated, 0 to 1.
    pub fn new(messages: f64, curve: &Curve, slice: f64) -> Self {
        let shares = curve.shares();
        let mut edges = [0.0; HOURS + 1];
        let mut sum = 0.0;
        for (hour, share) in shares.iter().enumerate() {
            sum += share;
            edges[hour + 1] = if hour + 1 == HOURS { messages * slice } else { messages * slice * sum };
        }
        Day { messages: messages * slice, hour_us: HOUR_US * slice, edges }
    }

    /// How long the messages up to a position take to come, in microseconds.
    pub fn span_us(&self, position: f64) -> u64 {
        Clock::new(self).at(position).1
    }

    /// How much of a span from midnight on falls into an hour of the day, in microseconds.
    pub fn within_hour_us(&self, hour: usize, span_us: f64) -> f64 {
        let day_us = self.hour_us * HOURS as f64;
        let days = libm::floor(span_us / day_us);
        let rest_us = span_us - days * day_us - self.hour_us * hour as f64;
        days * self.hour_us + rest_us.max(0.0).min(self.hour_us)
    }

    pub fn hour_s(&self) -> f64 {
        self.hour_us / 1e6
    }
}

/// The pieces of the day whose figures show how sure the whole day's are.
pub(super) struct BatchClock {
    batch_us: f64,
    batch: u64,
    ends_us: u64,
}

impl BatchClock {
    pub fn new(day: &Day) -> Self {
        let batch_us = day.hour_s() * 1e6 / BATCHES_AN_HOUR as f64;
        BatchClock { batch_us, batch: 0, ends_us: batch_us as u64 }
    }

    /// The piece of the day that a time falls into. Time does not go back.
    #[inline]
    pub fn at(&mut self, now_us: u64) -> usize {
        while now_us >= self.ends_us {
            self.batch += 1;
            self.ends_us = ((self.batch + 1) as f64 * self.batch_us) as u64;
        }
        (self.batch % (HOURS * BATCHES_AN_HOUR) as u64) as usize
    }

    /// The piece of the day that any time falls into.
    #[inline]
    pub fn of(&self, us: u64) -> usize {
        let ends_us = |batch: u64| ((batch + 1) as f64 * self.batch_us) as u64;
        // The product decides, not the quotient: both are rounded.
        let mut batch = (us as f64 / self.batch_us) as u64;
        while us >= ends_us(batch) {
            batch += 1;
        }
        while batch > 0 && us < ends_us(batch - 1) {
            batch -= 1;
        }
        (batch % (HOURS * BATCHES_AN_HOUR) as u64) as usize
    }

    /// Where that piece ends.
    pub fn ends_us(&self) -> u64 {
        self.ends_us
    }
}

/// Reads positions in ascending order.
pub(super) struct Clock<'a> {
    day: &'a Day,
    /// Where the day began: its position and its time.
    from: f64,
    from_us: f64,
    hour: usize,
    /// Where the hour ends, its position at its beginning and the microseconds each message takes.
    until: f64,
    begin: f64,
    begin_us: f64,
    us_per_message: f64,
}

impl<'a> Clock<'a> {
    pub fn new(day: &'a Day) -> Self {
        let mut clock =
            Clock { day, from: 0.0, from_us: 0.0, hour: 0, until: 0.0, begin: 0.0, begin_us: 0.0, us_per_message: 0.0 };
        clock.enter(0);
        clock
    }

    fn enter(&mut self, hour: usize) {
        self.hour = hour;
        self.begin = self.from + self.day.edges[hour];
        self.until = self.from + self.day.edges[hour + 1];
        self.begin_us = self.from_us + self.day.hour_us * hour as f64;
        let expected = self.until - self.begin;
        self.us_per_message = if expected > 0.0 { self.day.hour_us / expected } else { 0.0 };
    }

    /// The position at which the hour ends.
    pub fn hour_ends(&self) -> f64 {
        self.until
    }

    /// The hour of the day and the time in microseconds of a position, at least the last one.
    #[inline]
    pub fn at(&mut self, position: f64) -> (usize, u64) {
        while position >= self.until && self.day.messages > 0.0 {
            if self.hour + 1 < HOURS {
                self.enter(self.hour + 1);
            } else {
                // Whole days at once, however far away the position is.
                let days = libm::floor((position - self.from) / self.day.messages).max(1.0);
                self.from += days * self.day.messages;
                self.from_us += days * self.day.hour_us * HOURS as f64;
                self.enter(0);
            }
        }
        (self.hour, self.within_us(position))
    }

    /// The same of many positions, in ascending order.
    pub fn at_each(&mut self, positions: &[f64], hours: &mut [u8], times_us: &mut [u64]) {
        if positions.last().is_some_and(|last| *last < self.until) {
            hours.fill(self.hour as u8);
            within_us_each(positions, self.begin, self.us_per_message, self.begin_us, times_us);
        } else {
            for ((hour, time_us), position) in hours.iter_mut().zip(times_us).zip(positions) {
                let (of_day, at_us) = self.at(*position);
                (*hour, *time_us) = (of_day as u8, at_us);
            }
        }
    }

    #[inline(always)]
    fn within_us(&self, position: f64) -> u64 {
        // Signed, because that is one instruction.
        (self.begin_us + (position - self.begin) * self.us_per_message) as i64 as u64
    }
}

/// The times of many positions in an hour: whole parts, without a conversion, so that several are
/// found at once.
#[cfg_attr(target_arch = "wasm32", target_feature(enable = "simd128"))]
fn within_us_each(positions: &[f64], begin: f64, us_per_message: f64, begin_us: f64, times_us: &mut [u64]) {
    // Adding 2⁵² leaves the nearest whole number in the low bits.
    let nearest = 4_503_599_627_370_496.0;
    for (time_us, position) in times_us.iter_mut().zip(positions) {
        let us = begin_us + (position - begin) * us_per_message;
        let whole = us + nearest;
        let above = if whole - nearest > us { 1.0 } else { 0.0 };
        *time_us = (whole - above).to_bits() & ((1 << 52) - 1);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hours_follow_the_curve_and_days_repeat() {
        let mut weights = [0.0; HOURS];
        (weights[1], weights[2]) = (3.0, 1.0);
        let day = Day::new(400.0, &Curve::Hours(weights), 1.0);
        let mut clock = Clock::new(&day);
        let mut check = |position, expected| assert_eq!(clock.at(position), expected, "{position}");
        check(0.0, (1, 3_600_000_000));
        check(150.0, (1, 5_400_000_000));
        check(300.0, (2, 7_200_000_000));
        check(400.0, (1, (24 + 1) * 3_600_000_000));
        check(400.0 * 1_000.0 + 350.0, (2, (24_000 + 2) * 3_600_000_000 + 1_800_000_000));
    }

    #[test]
    fn a_preview_keeps_the_rate_in_shorter_hours() {
        let day = Day::new(2_400.0, &Curve::Hours([1.0; HOURS]), 0.1);
        let (hour, at_us) = Clock::new(&day).at(235.0);
        assert_eq!((hour, at_us / 1_000_000), (23, 8_460));
        assert_eq!(libm::round(day.within_hour_us(23, 8_460e6) / 1e6), 180.0);
    }

    #[test]
    fn the_piece_of_a_time_is_where_the_clock_finds_it() {
        for slice in [1.0, 0.065_536, 1e-3] {
            let day = Day::new(1e6, &Curve::Hours([1.0; HOURS]), slice);
            let mut clock = BatchClock::new(&day);
            for step in 0..40_000_u64 {
                let us = (step as f64 * day.hour_s() * 1e6 / 997.0) as u64;
                let piece = clock.at(us);
                assert_eq!([us, clock.ends_us() - 1].map(|us| clock.of(us)), [piece; 2], "{slice} {us}");
                assert_eq!(clock.of(clock.ends_us()), (piece + 1) % (HOURS * BATCHES_AN_HOUR), "{slice} {us}");
            }
        }
    }
}
