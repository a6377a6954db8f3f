use crate::spreadsheet::{Cell, Csv, Lines};
use crate::words::{Arg, Locale};

/// The numbers of a chart as rows and columns, one row for each place of the chart.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Table {
    pub columns: Vec<String>,
    /// The first cell names its row; `None` is not known.
    pub rows: Vec<Vec<Option<Arg>>>,
}

impl Table {
    /// Comma-separated values: plain numbers, their unit in the name of the column, words in the
    /// locale's language.
    pub fn csv(&self, locale: &dyn Locale) -> String {
        let head = self.columns.iter().enumerate().map(|(index, name)| {
            let unit = self.rows.iter().find_map(|row| row.get(index)?.as_ref()).map_or("", unit);
            format!("{name}{unit}")
        });
        let mut csv = Csv::with_lines(Lines::Windows, head);
        for row in &self.rows {
            csv.row(row.iter().map(|cell| cell.as_ref().map_or(Cell::Missing, |cell| plain(cell, locale))));
        }
        csv.into_text()
    }
}

fn unit(cell: &Arg) -> &'static str {
    match cell {
        Arg::Percent(_) => " (%)",
        Arg::Usd(_) => " (USD)",
        Arg::Ms(_) => " (ms)",
        Arg::Text(_) | Arg::Number(_) | Arg::Exact(_) | Arg::In(..) | Arg::Word(_) | Arg::Said(_) => "",
    }
}

fn plain(cell: &Arg, locale: &dyn Locale) -> Cell {
    match cell {
        Arg::Text(text) => Cell::Text(text.clone()),
        Arg::Number(value) | Arg::Exact(value) | Arg::Usd(value) | Arg::Ms(value) => Cell::Number(*value),
        // Ten decimals at most: 0.07 is 7, not 7.000000000000001.
        Arg::Percent(fraction) => Cell::Number(libm::round(fraction * 1e12) / 1e10),
        Arg::In(value, unit) => Cell::Text(format!("{value} {unit}")),
        Arg::Word(word) => Cell::from(locale.template(*word)),
        Arg::Said(message) => Cell::Text(message.say(locale)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::words::English;

    #[test]
    fn numbers_stay_numbers_and_texts_stay_texts() {
        let cell = |text: &str| Some(Arg::Text(text.to_string()));
        let table = Table {
            columns: ["Hour", "P95", "In time", "Cost"].map(str::to_string).to_vec(),
            rows: vec![
                vec![cell("9:00"), None, Some(Arg::Percent(0.07)), Some(Arg::Usd(1.5))],
                vec![cell("=1+1, \"x\""), Some(Arg::Ms(1640.25)), None, None],
            ],
        };
        let expected = "Hour,P95 (ms),In time (%),Cost (USD)\r\n9:00,,7,1.5\r\n\"'=1+1, \"\"x\"\"\",1640.25,,\r\n";
        assert_eq!(table.csv(&English), expected);
    }
}
