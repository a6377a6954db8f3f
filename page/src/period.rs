//! The period that all money of the page is for, known to both of its programs.

use rehearsal::words::{Message, Word};

use crate::speech::Speech;

/// What the page's money is for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Period {
    #[default]
    Day,
    Month,
}

rehearsal::pack_choice!(Period);

impl Period {
    pub const ALL: [Period; 2] = [Period::Day, Period::Month];

    /// What a cost in it is called.
    pub fn word(self) -> Word {
        match self {
            Period::Day => Word::ui_cost_day,
            Period::Month => Word::ui_cost_month,
        }
    }

    pub fn key(self) -> &'static str {
        match self {
            Period::Day => "day",
            Period::Month => "month",
        }
    }

    pub fn from_key(key: &str) -> Self {
        if key == "month" { Period::Month } else { Period::Day }
    }

    pub fn other(self) -> Self {
        match self {
            Period::Day => Period::Month,
            Period::Month => Period::Day,
        }
    }

    /// Dollars a day as money of the period, with its name.
    pub fn amount(self, speech: &Speech, a_day: Option<f64>, days_in_month: f64) -> String {
        let word = match self {
            Period::Day => Word::ui_a_day,
            Period::Month => Word::ui_a_month,
        };
        let amount = speech.usd(self.of_day(a_day, days_in_month));
        speech.say(&Message::new(word).text("amount", amount).number("days", days_in_month))
    }

    /// Dollars a day as dollars in the period.
    pub fn of_day(self, usd: Option<f64>, days_in_month: f64) -> Option<f64> {
        match self {
            Period::Day => usd,
            Period::Month => usd.map(|usd| usd * days_in_month),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_month_is_so_many_days_and_unknown_money_stays_unknown() {
        assert_eq!(Period::Month.of_day(Some(2.0), 30.0), Some(60.0));
        assert_eq!(Period::Day.of_day(Some(2.0), 30.0), Some(2.0));
        assert_eq!(Period::Month.of_day(None, 30.0), None);
        for period in [Period::Day, Period::Month] {
            assert_eq!(Period::from_key(period.key()), period);
            assert_eq!(period.other().other(), period);
        }
    }
}
