//! Whose days and hours a log is read in: said, written in its times, or guessed from its quiet hours.

use super::error::Error;
use super::scalar::offset_minutes;

/// A time zone: its name and its offsets from UTC. Named zones are handed in as a table, so that this
/// crate carries no database of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TimeZone {
    name: String,
    /// From which second since 1970 on which offset, in seconds east of Greenwich, holds; the first
    /// holds before it, too.
    offsets: Vec<(i64, i32)>,
}

/// How the time zone of a log was found.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ZoneSource {
    /// It was given.
    Said,
    /// All times of the log are written with its offset.
    Times,
    /// The quiet hours of the log's curve are the night there.
    Guessed,
    /// The curve does not tell: UTC.
    #[default]
    Assumed,
}

impl Default for TimeZone {
    fn default() -> Self {
        TimeZone::fixed(0)
    }
}

impl TimeZone {
    /// An offset that never changes, in minutes east of Greenwich.
    pub fn fixed(minutes: i32) -> Self {
        let name = match minutes {
            0 => "UTC".to_string(),
            _ => {
                let sign = if minutes < 0 { '-' } else { '+' };
                format!("UTC{sign}{:02}:{:02}", minutes.abs() / 60, minutes.abs() % 60)
            }
        };
        TimeZone { name, offsets: vec![(i64::MIN, minutes * 60)] }
    }

    /// A named zone by its table: from which second since 1970 on which offset in seconds holds.
    ///
    /// # Errors
    /// A table that is empty, out of order, or with offsets beyond 18 hours.
    pub fn named(name: &str, offsets: Vec<(i64, i32)>) -> Result<Self, Error> {
        let sound = !offsets.is_empty()
            && offsets.windows(2).all(|pair| pair[0].0 < pair[1].0)
            && offsets.iter().all(|(_, offset)| offset.abs() <= 64_800);
        if !sound {
            return Err(Error::option(format!("the time zone `{name}` has no rising table of offsets")));
        }
        Ok(TimeZone { name: name.to_string(), offsets })
    }

    /// `UTC`, `UTC+9`, `+09:00`; `None` for a name that needs a table.
    pub fn parse(text: &str) -> Option<Self> {
        let rest = text.strip_prefix("UTC").or_else(|| text.strip_prefix("GMT")).unwrap_or(text);
        match rest {
            "" | "Z" if !text.is_empty() => Some(TimeZone::fixed(0)),
            offset => offset_minutes(offset).map(TimeZone::fixed),
        }
    }

    /// As it is shown, and as [`TimeZone::parse`] or a database knows it.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Microseconds since 1970 as its clocks show them.
    pub(super) fn local_us(&self, us: i64) -> i64 {
        let second = us.div_euclid(1_000_000);
        let next = self.offsets.partition_point(|(from, _)| *from <= second);
        let offset = self.offsets.get(next.saturating_sub(1)).map_or(0, |(_, offset)| *offset);
        us.saturating_add(i64::from(offset) * 1_000_000)
    }
}

/// How many hours of a day are night: the window whose quiet tells the zone.
const NIGHT: usize = 6;
/// The hour at which the quietest six hours of a day begin where people live.
const NIGHT_FROM: i32 = 1;

/// The hours east of Greenwich at which the quietest six hours begin at one in the morning; `None`
/// when no six hours are quiet: below half of the mean, in a log that saw every hour.
///
/// # Source
/// Measured human traffic has its least between one and seven (the presets' curves do, too).
pub(super) fn guess(hours: &[f64; 24], seen: &[f64; 24]) -> Option<i32> {
    if seen.iter().any(|exposure| *exposure < 0.9) {
        return None;
    }
    let rate = |hour: usize| hours[hour % 24] / seen[hour % 24].max(1.0);
    let total: f64 = (0..24).map(rate).sum();
    if total < 100.0 {
        return None;
    }
    let night = |from: usize| (from..from + NIGHT).map(rate).sum::<f64>();
    let quietest = (0..24).min_by(|a, b| night(*a).total_cmp(&night(*b)))?;
    if night(quietest) > total * NIGHT as f64 / 24.0 / 2.0 {
        return None;
    }
    // The night begins at `quietest` UTC and at one o'clock there.
    let offset = (NIGHT_FROM - quietest as i32).rem_euclid(24);
    Some(if offset > 12 { offset - 24 } else { offset })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn zones_are_read_and_applied() {
        for (text, name, hour) in
            [("UTC", "UTC", 0), ("UTC+9", "UTC+09:00", 9), ("+05:30", "UTC+05:30", 5), ("-0800", "UTC-08:00", -8)]
        {
            let zone = TimeZone::parse(text).unwrap_or_else(|| panic!("{text}"));
            assert_eq!((zone.name(), zone.local_us(0).div_euclid(3_600_000_000)), (name, hour));
        }
        assert_eq!(TimeZone::parse("Asia/Tokyo"), None);
        assert_eq!(TimeZone::parse(""), None);
        assert!(TimeZone::named("x", vec![(5, 0), (5, 1)]).is_err());
        let summer = TimeZone::named("there", vec![(0, 0), (1_000, 3_600)]).unwrap();
        assert_eq!((summer.local_us(999_000_000), summer.local_us(1_000_000_000)), (999_000_000, 4_600_000_000));
    }

    #[test]
    fn a_quiet_night_tells_the_zone() {
        let mut hours = [100.0; 24];
        // 1:00 to 7:00 in Tokyo.
        (16..22).for_each(|hour| hours[hour] = 5.0);
        assert_eq!(guess(&hours, &[1.0; 24]), Some(9));
        assert_eq!(guess(&[100.0; 24], &[1.0; 24]), None);
        let mut part = [1.0; 24];
        part[3] = 0.0;
        assert_eq!(guess(&hours, &part), None);
    }
}
