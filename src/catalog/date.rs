//! Days, and how old a price is.

use crate::words::{Message, Word, clipped};

use super::Model;

/// The days after which a price is called old.
pub const STALE_DAYS: u32 = 90;

/// How old a price is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Staleness {
    Fresh {
        days: u32,
    },
    /// Read more than 90 days ago.
    Stale {
        days: u32,
    },
    /// One of the dates is none.
    Unknown,
}

impl Model {
    /// How old its prices are on a day, `YYYY-MM-DD`.
    pub fn staleness(&self, today: &str) -> Staleness {
        let Some((read, today)) = day_number(&self.date).zip(day_number(today)) else { return Staleness::Unknown };
        let days = u32::try_from(today - read).unwrap_or(0);
        if days > STALE_DAYS { Staleness::Stale { days } } else { Staleness::Fresh { days } }
    }
}

/// Whether a text is a day that there was or will be, `YYYY-MM-DD`.
pub fn is_date(text: &str) -> bool {
    text.len() == 10 && day_number(text).is_some_and(|day| date_of(day) == text)
}

/// Why a text is no day, and what to write; `None` for a day that there was or will be.
pub fn no_date(text: &str) -> Option<(Message, Word)> {
    let digit = |(at, byte): (usize, u8)| if matches!(at, 4 | 7) { byte == b'-' } else { byte.is_ascii_digit() };
    let has_form = text.len() == 10 && text.bytes().enumerate().all(digit);
    let (what, hint) =
        if has_form { (Word::no_such_day, Word::no_such_day_hint) } else { (Word::no_date, Word::no_date_hint) };
    (!is_date(text)).then(|| (Message::new(what).text("value", clipped(text, 80)), hint))
}

/// The days of a date, `YYYY-MM-DD`, since 1970-01-01.
///
/// # Source
/// Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms", `days_from_civil`.
pub fn day_number(date: &str) -> Option<i64> {
    let mut parts = date.get(..10)?.split('-');
    let mut next = |least: i64, most: i64| parts.next()?.parse::<i64>().ok().filter(|n| (least..=most).contains(n));
    let (year, month, day) = (next(0, 9999)?, next(1, 12)?, next(1, 31)?);
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let year_of_era = year - era * 400;
    let day_of_year = (153 * (month + if month > 2 { -3 } else { 9 }) + 2) / 5 + day - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    Some(era * 146_097 + day_of_era - 719_468)
}

/// The date, `YYYY-MM-DD`, of so many days since 1970-01-01.
///
/// # Source
/// As [`day_number`]: `civil_from_days`.
pub fn date_of(day_number: i64) -> String {
    let shifted = day_number + 719_468;
    let era = shifted.div_euclid(146_097);
    let day_of_era = shifted.rem_euclid(146_097);
    let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted_month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * shifted_month + 2) / 5 + 1;
    let month = if shifted_month < 10 { shifted_month + 3 } else { shifted_month - 9 };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    format!("{year:04}-{month:02}-{day:02}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_counted() {
        let check = |date: &str, expected| assert_eq!(day_number(date), expected, "{date}");
        // By `date -d … +%s` divided by 86,400.
        check("1970-01-01", Some(0));
        check("2000-02-29", Some(11_016));
        check("2026-11-22", Some(20_779));
        for day in (-100_000..100_000).step_by(37) {
            assert!(date_of(day).starts_with('-') || day_number(&date_of(day)) == Some(day), "{day}");
        }
        check("2026-13-01", None);
        check("yesterday", None);
        check("二千二十六年", None);
    }

    #[test]
    fn days_that_never_were_are_no_dates() {
        assert!(is_date("2028-02-29") && is_date("2026-12-31"));
        for text in ["2026-02-29", "2026-04-31", "2026-1-1", "2026-11-22T00:00", "22.11.2026", "", "９９９９"] {
            assert!(!is_date(text), "{text}");
        }
    }

    #[test]
    fn a_price_is_old_after_ninety_days() {
        let haiku = Model { date: "2026-11-22".to_string(), ..Model::unpriced("anthropic.claude-haiku-5-5") };
        assert_eq!(haiku.staleness("2027-02-20"), Staleness::Fresh { days: 90 });
        assert_eq!(haiku.staleness("2027-02-21"), Staleness::Stale { days: 91 });
        assert_eq!(haiku.staleness("soon"), Staleness::Unknown);
    }
}
