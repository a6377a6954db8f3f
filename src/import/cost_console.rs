//! Cost Explorer's own table, as its console downloads it: a day or a month on each row, a service or a usage type
//! in each column.

use crate::catalog::{date_of, day_number};

use super::cost_report::{CostReport, amount, grouped};
use super::log_reader::SkippedLine;
use super::scalar::short;

/// The heading of such a table.
pub(super) struct Console {
    /// What each column is of, without the unit behind it; `None` for the dates and the totals.
    columns: Vec<Option<String>>,
    /// A column and a row each, until it is known how long the rows' periods are.
    cells: Vec<(i64, usize, String, u64)>,
    /// The day of each row.
    days: Vec<i64>,
}

impl Console {
    /// For a heading whose columns are amounts, the last of them their totals.
    pub fn of(heading: &[String]) -> Option<Self> {
        let is_total = |name: &str| name.to_ascii_lowercase().starts_with("total cost");
        let mut seen = false;
        let columns: Vec<Option<String>> = heading
            .iter()
            .enumerate()
            .map(|(index, name)| {
                let name = name.trim();
                seen |= is_total(name);
                // `Amazon Bedrock($)`: the unit is the last thing in brackets.
                let name =
                    name.strip_suffix(')').and_then(|name| name.rsplit_once('(')).map(|(name, _)| name.trim())?;
                (index > 0 && !is_total(name) && !name.is_empty()).then(|| name.to_string())
            })
            .collect();
        seen.then_some(Console { columns, cells: Vec::new(), days: Vec::new() })
    }

    /// Takes a row: a date and its amounts. The row of totals is none.
    pub fn row(&mut self, name: &str, line: u64, fields: &[String], report: &mut CostReport) {
        let first = fields.first().map_or("", |text| text.trim());
        if first.is_empty() || first.to_ascii_lowercase().ends_with("total") {
            return;
        }
        let Some(day) = day_number(&first.replace('/', "-")) else {
            let reason = format!("`{}` is no day", short(first));
            return report.skipped.push(SkippedLine { file: name.to_string(), line, reason });
        };
        self.days.push(day);
        for (column, text) in fields.iter().enumerate() {
            let text = text.trim();
            if !text.is_empty() && self.columns.get(column).is_some_and(Option::is_some) {
                self.cells.push((day, column, text.to_string(), line));
            }
        }
    }

    /// Ends the table. Rows of the first of each month are of months.
    pub fn finish(self, name: &str, report: &mut CostReport) {
        let mut days = self.days;
        days.dedup();
        let monthly = !days.is_empty() && days.iter().all(|day| date_of(*day).ends_with("-01"));
        if monthly && days.len() == 1 {
            report.notes.push(format!(
                "its only row, {}, was taken for the whole month; for one day of it, download it with another day",
                date_of(days[0])
            ));
        }
        for (day, column, text, line) in self.cells {
            let Some(of) = self.columns.get(column).and_then(Option::as_deref) else { continue };
            let until = if monthly { next_month(day) } else { day + 1 };
            match amount(&text) {
                Some(usd) => grouped(report, day, until - day, &[of], usd, None),
                None => report.skipped.push(SkippedLine {
                    file: name.to_string(),
                    line,
                    reason: format!("`{}` is no amount", short(&text)),
                }),
            }
        }
    }
}

/// The first day of the month after a day's.
fn next_month(day: i64) -> i64 {
    (day + 28..).find(|day| date_of(*day).ends_with("-01")).unwrap_or(day + 31)
}

#[cfg(test)]
mod tests {
    use super::super::cost_report::LineKind;
    use super::*;

    #[test]
    fn days_and_months_are_told_apart() {
        let heading = "\"Usage type\",\"USE1-NovaPro-input-tokens($)\",\"USE1-BoxUsage:t3.micro ($)\",\"Total costs($)\"\n\"Usage type total\",\"3\",\"9\",\"12\"\n";
        let read = |rows: &str| CostReport::read("ce.csv", format!("{heading}{rows}").as_bytes()).unwrap();
        let daily =
            read("\"2026-11-01\",\"1\",\"4\",\"5\"\n\"2026-11-02\",\"2\",\"5\",\"7\"\n\"2026-11-03\",,\"5\",\"5\"\n");
        let told: Vec<_> =
            daily.items.iter().map(|item| (date_of(item.day), item.days, item.model.as_str(), item.kind)).collect();
        assert_eq!(
            told,
            [
                ("2026-11-01".to_string(), 1, "NovaPro", LineKind::Input),
                ("2026-11-02".to_string(), 1, "NovaPro", LineKind::Input)
            ]
        );
        assert_eq!((daily.others, daily.skipped.len(), daily.notes.len()), (3, 0, 0));
        let monthly = read("\"2026-10-01\",\"1\",,\n\"2026-11-01\",\"2\",,\n");
        assert_eq!(monthly.items.iter().map(|item| item.days).collect::<Vec<_>>(), [31, 30]);
        let one = read("\"2026-02-01\",\"1\",,\n\"someday\",\"2\",,\n\"2026-02-01\",\"free\",,\n");
        assert_eq!((one.items[0].days, one.notes.len(), one.skipped.len()), (28, 1, 2));
    }
}
