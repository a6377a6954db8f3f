//! The price table: a CSV with a row for each model, region, door and threshold, in US dollars per million
//! tokens; empty is unknown.
//!
//! `id` and `above_tokens` say which prices a row holds: 0 is the row itself, more a threshold of the row before
//! it. `region`, `door` and `list` are empty in a model's own row of the first price list; a row with one of them
//! stands beside it. The columns of prices are the names of [`PriceKind`].

use std::fmt;

use crate::money::Price;

use super::claude::claude_version;
use super::limits::PROFILES;
use super::{Door, IN_REGION, Mode, PriceKind, PriceList, Prices, Threshold, is_date, is_region};

/// Why a price table cannot be read.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct TableError {
    /// 1 is the heading.
    pub line: usize,
    pub column: String,
    pub what: String,
}

impl fmt::Display for TableError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "price table, line {}, column `{}`: {}", self.line, self.column, self.what)
    }
}

impl std::error::Error for TableError {}

/// A row of a price list with its thresholds.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct TableRow {
    pub id: String,
    /// Empty where it holds everywhere; or [`IN_REGION`].
    pub region: String,
    pub door: Door,
    /// Empty for the first price list.
    pub list: String,
    pub mode: Mode,
    pub prices: Prices,
    pub min_cache_tokens: Option<u64>,
    pub max_input_tokens: Option<u64>,
    pub max_output_tokens: Option<u64>,
    /// `YYYY-MM-DD`.
    pub retires: Option<String>,
    pub source: String,
    /// The day the prices were read; may be empty.
    pub date: String,
}

impl TableRow {
    /// What rows are told apart by: the runtime's before the mantle's.
    pub fn key(&self) -> (Door, &str, &str, &str) {
        (self.door, &self.id, &self.region, &self.list)
    }

    /// Whether it is a model's own row, everywhere and of the first list.
    pub fn is_own(&self) -> bool {
        self.region.is_empty() && self.list.is_empty()
    }
}

/// The columns beside the prices, as they stand before and after them.
const BEFORE: [&str; 6] = ["id", "region", "door", "list", "above_tokens", "mode"];
const AFTER: [&str; 6] = ["prompt_cache_min_tokens", "max_input", "max_output", "deprecation_date", "source", "as_of"];

/// What a column of the table holds.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Column {
    Price(PriceKind),
    Other(&'static str),
}

/// The rows of a table.
///
/// # Errors
/// The line and column of the first value that cannot be read.
pub fn read_table(text: &str) -> Result<Vec<TableRow>, TableError> {
    let mut lines = text.lines().map(|line| line.trim_end_matches('\r')).enumerate();
    let heading = lines.next().map(|(_, line)| line.trim_start_matches('\u{feff}')).unwrap_or_default();
    let columns = columns(heading)?;
    let mut rows: Vec<TableRow> = Vec::new();
    for (index, line) in lines.filter(|(_, line)| !line.trim().is_empty()) {
        let row = Row::new(index + 1, line, &columns)?;
        let above_tokens = row.count("above_tokens")?.unwrap_or(0);
        if above_tokens == 0 {
            rows.push(row.read()?);
            continue;
        }
        let place = (row.text("id"), row.text("region"));
        let before = rows.last_mut().filter(|before| (before.id.as_str(), before.region.as_str()) == place);
        let before = before.ok_or_else(|| row.error("above_tokens", "a threshold of the row before it"))?;
        before.prices.insert(Threshold { above_tokens, prices: row.prices()? });
    }
    Ok(rows)
}

/// The table of some rows, with the columns of prices that they use.
pub fn write_table(rows: &[TableRow]) -> String {
    let lists = |row: &TableRow| {
        let thresholds = row.prices.thresholds().iter().map(|threshold| (threshold.above_tokens, threshold.prices));
        std::iter::once((0, *row.prices.list())).chain(thresholds).collect::<Vec<_>>()
    };
    let used = |kind: &PriceKind| rows.iter().flat_map(lists).any(|(_, list)| list.get(*kind).is_some());
    let kinds: Vec<PriceKind> = PriceKind::ALL.iter().copied().filter(used).collect();
    let names = kinds.iter().map(|kind| kind.key());
    let mut out = BEFORE.into_iter().chain(names).chain(AFTER).collect::<Vec<_>>().join(",");
    out.push('\n');
    let count = |count: Option<u64>| count.map_or(String::new(), |count| count.to_string());
    for row in rows {
        for (above, list) in lists(row) {
            let own = above == 0;
            let only = |text: &str| if own { text.replace(',', "%2C") } else { String::new() };
            let mut fields = vec![
                row.id.clone(),
                row.region.clone(),
                if row.door == Door::Runtime { String::new() } else { row.door.key().to_string() },
                row.list.clone(),
                if own { String::new() } else { above.to_string() },
                only(row.mode.key()),
            ];
            let price = |kind: &PriceKind| list.get(*kind).map_or(String::new(), |p| p.usd_per_million().to_string());
            fields.extend(kinds.iter().map(price));
            fields.extend([
                only(&count(row.min_cache_tokens)),
                only(&count(row.max_input_tokens)),
                only(&count(row.max_output_tokens)),
                only(row.retires.as_deref().unwrap_or_default()),
                only(&row.source),
                only(&row.date),
            ]);
            out.push_str(&fields.join(","));
            out.push('\n');
        }
    }
    out
}

fn columns(heading: &str) -> Result<Vec<Column>, TableError> {
    let error = |column: &str, what: String| TableError { line: 1, column: column.to_string(), what };
    let others = || BEFORE.into_iter().chain(AFTER);
    let mut columns = Vec::new();
    for name in heading.split(',').map(str::trim) {
        let other = others().find(|column| *column == name).map(Column::Other);
        let column = other.or_else(|| PriceKind::from_key(name).map(Column::Price)).ok_or_else(|| {
            let kinds: Vec<_> = others().chain(PriceKind::ALL.iter().map(|kind| kind.key())).collect();
            error(name, format!("there is no such column; the columns are {}", kinds.join(", ")))
        })?;
        if columns.contains(&column) {
            return Err(error(name, "the column is there twice".to_string()));
        }
        columns.push(column);
    }
    if !columns.contains(&Column::Other("id")) {
        return Err(error("id", "the column is missing; add the models' ids".to_string()));
    }
    Ok(columns)
}

struct Row<'a> {
    line: usize,
    columns: &'a [Column],
    fields: Vec<&'a str>,
}

impl<'a> Row<'a> {
    fn new(line: usize, text: &'a str, columns: &'a [Column]) -> Result<Self, TableError> {
        let fields: Vec<_> = text.split(',').collect();
        if fields.len() != columns.len() {
            let what = format!("expected {} columns, found {}", columns.len(), fields.len());
            return Err(TableError { line, column: "id".to_string(), what });
        }
        Ok(Row { line, columns, fields })
    }

    fn text(&self, column: &'static str) -> &'a str {
        self.field(Column::Other(column))
    }

    fn field(&self, column: Column) -> &'a str {
        let place = self.columns.iter().position(|known| *known == column);
        place.and_then(|index| self.fields.get(index)).copied().unwrap_or_default().trim()
    }

    fn error(&self, column: &'static str, expected: &str) -> TableError {
        let what = format!("expected {expected}, found `{}`", self.text(column));
        TableError { line: self.line, column: column.to_string(), what }
    }

    fn prices(&self) -> Result<PriceList, TableError> {
        let mut list = PriceList::default();
        for column in self.columns {
            let Column::Price(kind) = *column else { continue };
            let text = self.field(*column);
            if text.is_empty() {
                continue;
            }
            let price = text.parse().ok().and_then(Price::per_million).ok_or_else(|| TableError {
                line: self.line,
                column: kind.key().to_string(),
                what: format!("expected dollars per million tokens, 0 to 1,000,000, or nothing, found `{text}`"),
            })?;
            list.set(kind, Some(price));
        }
        Ok(list)
    }

    fn count(&self, column: &'static str) -> Result<Option<u64>, TableError> {
        let text = self.text(column);
        if text.is_empty() {
            return Ok(None);
        }
        text.parse().map(Some).map_err(|_| self.error(column, "a whole number, or nothing"))
    }

    fn date(&self, column: &'static str) -> Result<String, TableError> {
        let text = self.text(column);
        if text.is_empty() || is_date(text) {
            return Ok(text.to_string());
        }
        Err(self.error(column, "a date, YYYY-MM-DD, or nothing"))
    }

    fn read(&self) -> Result<TableRow, TableError> {
        let id = self.text("id").to_string();
        if id.is_empty() {
            return Err(self.error("id", "a model id"));
        }
        let region = self.text("region");
        if !region.is_empty() && region != IN_REGION && !is_region(region) {
            return Err(self.error("region", "a region such as `ap-northeast-1`, `in-region`, or nothing"));
        }
        let door = match self.text("door") {
            "" => Door::Runtime,
            name => Door::from_key(name).ok_or_else(|| self.error("door", "`runtime`, `mantle` or nothing"))?,
        };
        let mode = match self.text("mode") {
            "" => Mode::Chat,
            name => Mode::from_key(name).ok_or_else(|| self.error("mode", "`chat` or `embedding`"))?,
        };
        Ok(TableRow {
            id,
            region: region.to_string(),
            door,
            list: self.text("list").to_string(),
            mode,
            prices: Prices::of(self.prices()?),
            min_cache_tokens: self.count("prompt_cache_min_tokens")?,
            max_input_tokens: self.count("max_input")?,
            max_output_tokens: self.count("max_output")?,
            retires: Some(self.date("deprecation_date")?).filter(|date| !date.is_empty()),
            source: self.text("source").to_string(),
            date: self.date("as_of")?,
        })
    }
}

/// The name people use, with the inference profile behind it: `Claude Sonnet 4.5 (jp)`.
pub(super) fn name_of(id: &str) -> String {
    let (first, rest) = id.split_once('.').unwrap_or(("", id));
    let (profile, model) = if PROFILES.contains(&first) { (Some(first), rest) } else { (None, id) };
    let name = match claude_version(model) {
        Some(claude) => claude.name(),
        None => plain_name(model),
    };
    profile.map_or(name.clone(), |profile| format!("{name} ({profile})"))
}

/// `amazon.nova-micro-v1:0` as `Nova Micro`, `meta.llama3-1-70b-instruct-v1:0` as `Llama3 1 70b`.
fn plain_name(model: &str) -> String {
    let name = model.split_once('.').map_or(model, |(_, name)| name);
    let revision = |word: &&str| {
        let digits = word.strip_prefix('v').unwrap_or("-");
        digits.split(':').all(|part| part.parse::<u32>().is_ok())
    };
    let words = name.split('-').filter(|word| !revision(word) && *word != "instruct" && !word.contains(':'));
    let capitalised = words.map(|word| {
        let mut word = word.to_string();
        if let Some(first) = word.get_mut(..1) {
            first.make_ascii_uppercase();
        }
        word
    });
    capitalised.collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::super::{Catalog, Door, PRICE_TABLE, Place, Tier, TokenKind};

    #[test]
    fn every_row_of_the_table_is_read() {
        let catalog = Catalog::from_table(PRICE_TABLE).unwrap();
        let models = catalog.models().count();
        let offers: usize = catalog.models().map(|model| model.offers.len()).sum();
        assert!(models > 300, "{models} models, {offers} offers");
        let haiku = catalog.get("anthropic.claude-haiku-5-5").unwrap();
        assert_eq!(haiku.prices.thresholds()[0].above_tokens, 100_000);
        assert_eq!(haiku.min_cache_tokens, Some(512));
        let micro = catalog.get("amazon.nova-micro-v1:0").unwrap();
        let read = micro.prices.rate(TokenKind::CacheRead, Tier::Standard, 0).unwrap();
        assert_eq!(read.pico_per_token(), 8750.0);
        assert_eq!(micro.name, "Nova Micro");
    }

    #[test]
    fn rows_of_regions_doors_and_lists_stand_beside_the_own_one() {
        let table = "id,region,door,list,above_tokens,mode,input,output,flex.cache_read,source,as_of\n\
            a.b,,,,,chat,1,2,,one,2026-11-29\n\
            a.b,,,,272000,,2,3,0.5,,\n\
            a.b,ap-northeast-1,,,,chat,1.5,2.5,,one,2026-11-29\n\
            a.b,in-region,,two,,chat,1.1,2.2,,two,2026-11-28\n\
            a.b,in-region,,two,272000,,2.2,3.3,,,\n\
            a.b,,mantle,,,chat,1.2,2.4,,one,2026-11-29\n\
            a.b,us-gov-west-1,mantle,,,chat,1.3,2.6,,one,2026-11-29\n";
        let catalog = Catalog::from_table(table).unwrap();
        let model = catalog.get("a.b").unwrap();
        let input = |region: Option<&str>, door: Option<Door>, prompt: u64| {
            let chosen = model.at(Place { region, door });
            let prices = chosen.prices;
            let rate = prices.rate(TokenKind::Input, Tier::Standard, prices.level(prompt)).unwrap();
            (rate.pico_per_token() / 1e6, chosen.fell_back, chosen.other.is_some())
        };
        assert_eq!(input(None, None, 1), (1.0, false, true));
        assert_eq!(input(None, None, 272_001), (2.0, false, true));
        assert_eq!(input(Some("ap-northeast-1"), None, 1), (1.5, false, false));
        assert_eq!(input(Some("us-east-1"), None, 1), (1.1, false, false));
        assert_eq!(input(Some("us-east-1"), None, 272_001), (2.2, false, false));
        assert_eq!(input(None, Some(Door::Mantle), 1), (1.2, false, false));
        assert_eq!(input(Some("us-gov-west-1"), Some(Door::Mantle), 1), (1.3, false, false));
    }

    #[test]
    fn a_typo_has_its_line_and_column() {
        let table = "id,input,output,deprecation_date\na.b,12.5,12.5,\n";
        let check = |from: &str, to: &str, expected: &str| {
            let text = table.replacen(from, to, 1);
            assert_eq!(Catalog::from_table(&text).unwrap_err().to_string(), expected);
        };
        check("12.5,12.5", "12.5,12,5", "price table, line 2, column `id`: expected 4 columns, found 5");
        let expected = "expected dollars per million tokens, 0 to 1,000,000, or nothing, found";
        check("12.5,12.5", "12.5,l2.5", &format!("price table, line 2, column `output`: {expected} `l2.5`"));
        check("12.5,12.5", "-1,12.5", &format!("price table, line 2, column `input`: {expected} `-1`"));
        check(
            "12.5,\n",
            "12.5,soon\n",
            "price table, line 2, column `deprecation_date`: expected a date, YYYY-MM-DD, or nothing, found `soon`",
        );
        let unknown = Catalog::from_table("ID\n").unwrap_err().to_string();
        assert!(
            unknown
                .starts_with("price table, line 1, column `ID`: there is no such column; the columns are id, region")
        );
    }

    #[test]
    fn a_table_is_written_as_it_is_read() {
        let rows = super::read_table(PRICE_TABLE).unwrap();
        assert_eq!(super::write_table(&rows), PRICE_TABLE);
    }
}
