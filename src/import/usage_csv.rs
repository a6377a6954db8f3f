//! Files of separated values: a usage export of any tool, the Azure trace, Athena's and CloudWatch's
//! results, or a summary made by SQL.

use csv_core::{ReadRecordResult, Reader, ReaderBuilder};

use crate::catalog::Tier;
use crate::catalog::day_number;

use super::columns::{Field, classify, squash};
use super::encoding::not_utf8;
use super::findings::FindingCode;
use super::model_id::{Profiles, read};
use super::rows::Rows;
use super::scalar::short;
use super::span::Span;
use super::summary::{CacheUse, CellKey, Summary, Sums};

/// The sums of a summary's row, in the order of [`Sums`].
pub(super) const SUMS: [&str; 20] = [
    "calls",
    "from_cache",
    "throttled",
    "failed",
    "input",
    "output",
    "cache_read",
    "cache_write",
    "cache_write_1h",
    "input_squares",
    "output_squares",
    "latencies",
    "latency_ms",
    "latency_ms_squares",
    "ttfts",
    "ttft_ms",
    "ttft_ms_squares",
    "gaps",
    "gap_ms",
    "gap_ms_squares",
];

/// What a summary counts beside its sums, and what is to be said of it: its column, the finding's name, kind and words,
/// and whether the bill is more than is known then.
pub(super) const BESIDE: [(&str, &str, FindingCode, &str, bool); 16] = [
    (
        "optimized",
        "performanceConfig.latency optimized",
        FindingCode::Unpriced,
        "latency-optimized inference has prices of its own that are not in the list",
        true,
    ),
    (
        "guarded",
        "guardrail",
        FindingCode::Unpriced,
        "guardrails were asked; a summary does not have their text units, the log itself has",
        true,
    ),
    ("web_searched", "web_search_requests", FindingCode::Unpriced, "searches of the web, which are billed apart", true),
    ("uncounted", "uncounted", FindingCode::Uncounted, "answered, but not all tokens are counted", true),
    (
        "other_tier",
        "tier",
        FindingCode::Word,
        "a tier that is not known, or reserved capacity; billed at the standard price",
        false,
    ),
    (
        "mixed_ttl",
        "ttl 5m and 1h",
        FindingCode::Counts,
        "some of a prompt is marked for five minutes and some for an hour, and nothing counts them apart; all writes are billed for five minutes",
        true,
    ),
    (
        "other_ttl",
        "ttl",
        FindingCode::Counts,
        "a lifetime of the cache that is not known; what was written for it is billed for five minutes",
        true,
    ),
    (
        "body_only",
        "only in the body",
        FindingCode::Body,
        "only the body counts some of the tokens; its count is billed",
        true,
    ),
    (
        "body_contradicts",
        "body contradicts",
        FindingCode::Body,
        "the body counts other tokens than the record, whose count is billed",
        true,
    ),
    (
        "hour_contradicts",
        "cache_write_1h contradicts",
        FindingCode::Body,
        "the body counts more tokens written for an hour than the record counts written at all, whose count is billed",
        true,
    ),
    (
        "media",
        "media",
        FindingCode::Unpriced,
        "embeddings of images, audio or video, which are billed by the piece or the second",
        true,
    ),
    ("fast", "speed fast", FindingCode::Unpriced, "fast mode has prices of its own that are not in the list", true),
    (
        "in_geo",
        "inference_geo",
        FindingCode::Unpriced,
        "an answer that was kept in one geography costs more; billed at the price of the model's own row",
        true,
    ),
    (
        "iterated",
        "usage.iterations",
        FindingCode::Counts,
        "iterations beside the message count tokens that a summary does not have, the log itself has",
        true,
    ),
    (
        "seen_otherwise",
        "request id",
        FindingCode::SeenOtherwise,
        "a request id came again with other counts; the first is billed",
        true,
    ),
    (
        "other_word",
        "words",
        FindingCode::Word,
        "a region or a kind of latency that is not known; it changed no price",
        false,
    ),
];

/// The end of the year 9999, in milliseconds since 1970.
const LAST_MS: u64 = 253_402_300_800_000;

/// The model of rows that name none, as in the Azure trace.
pub const UNNAMED_MODEL: &str = "unnamed";

/// The longest record that is kept whole.
const MAX_RECORD: usize = 32 << 20;
/// The most fields of a record.
const MAX_FIELDS: usize = 20_000;

/// Assembles records: quotes hold separators and line ends.
pub(super) struct Separated {
    reader: Reader,
    delimiter: u8,
    /// The record's fields behind each other.
    text: Vec<u8>,
    text_len: usize,
    ends: Vec<usize>,
    ends_len: usize,
    /// The line that the record began on, and how many have been read.
    began: u64,
    /// A record that is too long is passed over to its end.
    skipping: bool,
}

/// A record: its first line, its last one, and its fields or why it has none.
pub(super) type Fields = (u64, u64, Result<Vec<String>, String>);

impl Separated {
    pub fn new(delimiter: u8) -> Self {
        Separated {
            reader: ReaderBuilder::new().delimiter(delimiter).build(),
            delimiter,
            text: vec![0; 4_096],
            text_len: 0,
            ends: vec![0; 64],
            ends_len: 0,
            began: 0,
            skipping: false,
        }
    }

    /// Which separator a heading has: the one that parts it most often.
    pub fn delimiter_of(heading: &str) -> u8 {
        let (mut best, mut most) = (b',', 0);
        for delimiter in [b',', b';', b'\t', b'|'] {
            let mut quoted = false;
            let count = heading.bytes().filter(|byte| {
                quoted ^= *byte == b'"';
                !quoted && *byte == delimiter
            });
            let count = count.count();
            if count > most {
                (best, most) = (delimiter, count);
            }
        }
        best
    }

    /// Whether a dot may part thousands here: a comma parts the fraction where semicolons part columns.
    pub fn is_european(&self) -> bool {
        self.delimiter == b';'
    }

    /// Takes a line with its end; gives the record that ends with it.
    pub fn line(&mut self, line: &[u8], number: u64) -> Option<Fields> {
        if self.text_len == 0 && self.ends_len == 0 {
            self.began = number;
        }
        self.read(line, number)
    }

    /// Ends the file; gives a record whose line has no end.
    pub fn finish(&mut self, number: u64) -> Option<Fields> {
        if self.began == 0 {
            return None;
        }
        self.read(&[], number)
    }

    fn read(&mut self, mut input: &[u8], number: u64) -> Option<Fields> {
        loop {
            let (result, read, written, ended) =
                self.reader.read_record(input, &mut self.text[self.text_len..], &mut self.ends[self.ends_len..]);
            input = input.get(read..).unwrap_or_default();
            self.text_len += written;
            self.ends_len += ended;
            match result {
                ReadRecordResult::InputEmpty => return None,
                ReadRecordResult::OutputFull if self.text.len() < MAX_RECORD => {
                    self.text.resize(self.text.len() * 2, 0)
                }
                ReadRecordResult::OutputEndsFull if self.ends.len() < MAX_FIELDS => {
                    self.ends.resize(self.ends.len() * 2, 0)
                }
                ReadRecordResult::OutputFull | ReadRecordResult::OutputEndsFull => {
                    self.skipping = true;
                    (self.text_len, self.ends_len) = (0, 0);
                }
                ReadRecordResult::Record => return Some(self.record(number)),
                ReadRecordResult::End => {
                    self.began = 0;
                    return None;
                }
            }
        }
    }

    fn record(&mut self, number: u64) -> Fields {
        let began = std::mem::take(&mut self.began);
        let ends = &self.ends[..self.ends_len];
        let mut from = 0;
        let fields: Result<Vec<String>, String> = if std::mem::take(&mut self.skipping) {
            Err("longer than 32 MiB or 20,000 columns; is a quote left open?".to_string())
        } else {
            ends.iter()
                .map(|end| {
                    let field = self.text.get(from..*end).unwrap_or_default();
                    from = *end;
                    String::from_utf8(field.to_vec()).map_err(|error| not_utf8(error.as_bytes()))
                })
                .collect()
        };
        (self.text_len, self.ends_len) = (0, 0);
        (began, number, fields)
    }
}

/// A file whose heading is known.
pub(super) struct Table {
    pub headings: Vec<String>,
    /// Where the heading stands among the rows' columns.
    pub places: Vec<Option<usize>>,
    pub separated: Separated,
    pub kind: TableKind,
}

/// Whether a record is a heading.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Heading {
    None,
    /// The one that the table has.
    Same,
    /// Of other columns, or in another order.
    Other,
}

/// What its rows are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum TableKind {
    /// Cells of a summary.
    Summary,
    /// One column holds whole records of an invocation log: its place.
    Messages(usize),
    /// Calls.
    Calls,
}

/// The most headings that are held against each other.
const MOST_HEADINGS: usize = 1_000;

impl Table {
    /// For rows under this heading; `None` if it is none of calls.
    pub fn new(heading: &str, rows: &mut Rows) -> Option<Self> {
        let mut separated = Separated::new(Separated::delimiter_of(heading));
        let line = format!("{heading}\n");
        let (_, _, fields) = separated.line(line.as_bytes(), 1)?;
        Table::of(&fields.ok()?, separated, rows)
    }

    /// The same for the fields of a heading.
    fn of(fields: &[String], separated: Separated, rows: &mut Rows) -> Option<Self> {
        let headings: Vec<String> = fields.iter().map(|name| name.trim().to_string()).collect();
        if headings.len() < 2 && !headings.iter().any(|name| name.eq_ignore_ascii_case("@message")) {
            return None;
        }
        let at = |name: &str| headings.iter().position(|heading| heading.eq_ignore_ascii_case(name));
        let kind = if SUMS.iter().all(|name| at(name).is_some()) {
            TableKind::Summary
        } else if let Some(place) = at("@message").or_else(|| at("message")).or_else(|| at("line")) {
            TableKind::Messages(place)
        } else {
            TableKind::Calls
        };
        rows.european = separated.is_european();
        let mut places = Vec::new();
        if kind == TableKind::Calls {
            let mut known = std::collections::BTreeSet::new();
            let place = |heading: &String| {
                if known.insert(heading.clone()) { rows.place(heading) } else { rows.place_again(heading) }
            };
            places = headings.iter().map(place).collect();
            // Athena gives a struct a column: its fields are looked for in the rows.
            let nested = ["input", "output"].iter().all(|name| at(name).is_some()) && at("modelid").is_some();
            let json = headings.iter().any(|name| {
                matches!(super::columns::squash(name).as_str(), "usage" | "usagedetails" | "attributes" | "metadata")
            });
            if !(rows.is_usable() || nested || json && at("model").is_some()) {
                return None;
            }
        }
        Some(Table { headings, places, separated, kind })
    }

    /// What sums leave out that may be of the price, by a name; nothing where nothing is summed.
    pub fn lacks(&self) -> Vec<(&'static str, &'static str)> {
        let sums =
            self.headings.iter().filter_map(|name| super::columns::aggregate(name)).filter(|found| found.0 == "sum");
        let sums: Vec<String> = sums.map(|found| squash(found.1)).collect();
        let is_counted =
            || self.headings.iter().filter_map(|name| classify(name)).any(|found| found.0 == Field::Requests);
        let mut lacks = Vec::new();
        if !sums.is_empty() && !sums.iter().any(|of| of.contains("cache")) {
            lacks.push(("sums without the cache", "sums of calls without those of the prompt cache, which would be billed beside them; add sum(input.cacheReadInputTokenCount) and sum(input.cacheWriteInputTokenCount) where it is used"));
        }
        if !sums.is_empty() && !is_counted() {
            lacks.push(("sums without a count", "sums without a count of calls: each row is taken for one call, and priced beyond a threshold where its sum is; add count(*)"));
        }
        lacks
    }

    /// What a record is that is a heading itself, as in files that were put together.
    pub fn heading(&self, fields: &[String]) -> Heading {
        let same = |a: &str, b: &str| a.trim().eq_ignore_ascii_case(b.trim());
        if fields.len() == self.headings.len() && fields.iter().zip(&self.headings).all(|(a, b)| same(a, b)) {
            return Heading::Same;
        }
        // A row of calls has counts in it, and no model called `model`.
        let is_count = |field: &String| field.trim_start().starts_with(|c: char| c.is_ascii_digit());
        if fields.len() < 2
            || fields.iter().any(is_count)
            || !fields.iter().any(|field| field.to_ascii_lowercase().contains("model"))
        {
            return Heading::None;
        }
        let mut rows = Rows::default();
        let is_table = Table::of(fields, Separated::new(self.separated.delimiter), &mut rows).is_some();
        if is_table { Heading::Other } else { Heading::None }
    }

    /// The table that goes on under another heading.
    pub fn under(&mut self, fields: &[String], rows: &mut Rows) {
        let separated = std::mem::replace(&mut self.separated, Separated::new(b','));
        let delimiter = separated.delimiter;
        match Table::of(fields, separated, rows) {
            Some(table) => *self = table,
            None => self.separated = Separated::new(delimiter),
        }
    }

    /// A heading that another column has, too.
    pub fn twice(&self) -> Option<&str> {
        let seen = |index: usize, heading: &str| {
            self.headings.iter().take(index).any(|before| before.eq_ignore_ascii_case(heading))
        };
        let mut all = self.headings.iter().take(MOST_HEADINGS).enumerate();
        all.find(|(index, heading)| !heading.is_empty() && seen(*index, heading)).map(|(_, heading)| heading.as_str())
    }
}

/// What a cell of a summary counts.
pub(super) struct Counted {
    pub calls: u64,
    /// Lines of the log that are no records.
    pub unread: u64,
    /// Calls that came again.
    pub seen_twice: u64,
    /// Those of [`BESIDE`].
    pub beside: [u64; BESIDE.len()],
}

/// Adds a cell of a summary.
///
/// # Errors
/// What is wrong with it; nothing of it was added then.
pub(super) fn cell(
    headings: &[String],
    fields: &[String],
    unnamed: &str,
    profiles: &Profiles,
    summary: &mut Summary,
) -> Result<Counted, String> {
    let text = |name: &str| {
        let place = headings.iter().position(|heading| heading.eq_ignore_ascii_case(name))?;
        fields.get(place).map(|text| text.trim()).filter(|text| !text.is_empty())
    };
    // Engines print sums as whole numbers or with `.0`. Summaries made before a column was added do not have it.
    let sum = |name: &str| {
        let text = text(name).map(|text| text.strip_suffix(".0").unwrap_or(text)).unwrap_or("0");
        text.parse::<u128>().map_err(|_| format!("{name}: `{}` is no sum", short(text)))
    };
    let whole = |name: &str| {
        u64::try_from(sum(name)?)
            .map_err(|_| format!("{name}: `{}` is too large a sum", short(text(name).unwrap_or_default())))
    };
    let mut sums = Sums::default();
    for name in SUMS {
        match name {
            "input_squares" => sums.input_squares = sum(name)?,
            "output_squares" => sums.output_squares = sum(name)?,
            "latency_ms_squares" => sums.latency_ms_squares = sum(name)?,
            "ttft_ms_squares" => sums.ttft_ms_squares = sum(name)?,
            "gap_ms_squares" => sums.gap_ms_squares = sum(name)?,
            "calls" => sums.calls = whole(name)?,
            "from_cache" => sums.from_cache = whole(name)?,
            "throttled" => sums.throttled = whole(name)?,
            "failed" => sums.failed = whole(name)?,
            "input" => sums.input = whole(name)?,
            "output" => sums.output = whole(name)?,
            "cache_read" => sums.cache_read = whole(name)?,
            "cache_write" => sums.cache_write = whole(name)?,
            "cache_write_1h" => sums.cache_write_1h = whole(name)?,
            "latencies" => sums.latencies = whole(name)?,
            "latency_ms" => sums.latency_ms = whole(name)?,
            "ttfts" => sums.ttfts = whole(name)?,
            "ttft_ms" => sums.ttft_ms = whole(name)?,
            "gaps" => sums.gaps = whole(name)?,
            _ => sums.gap_ms = whole(name)?,
        }
    }
    let mut counted =
        Counted { calls: 0, unread: whole("unread")?, seen_twice: whole("seen_twice")?, beside: [0; BESIDE.len()] };
    for (count, (column, ..)) in counted.beside.iter_mut().zip(BESIDE) {
        *count = whole(column)?;
    }
    let above = whole("above")?;
    let ms = |name: &str| {
        let Some(text) = text(name) else { return Ok(None) };
        let ms = text.strip_suffix(".0").unwrap_or(text).parse::<i64>().ok().filter(|ms| ms.unsigned_abs() < LAST_MS);
        ms.map(Some).ok_or_else(|| format!("{name}: `{}` is no time in milliseconds since 1970", short(text)))
    };
    sums.span = ms("first_ms")?.zip(ms("last_ms")?).map(|(first_ms, last_ms)| Span { first_ms, last_ms });
    let hour = text("hour").and_then(|hour| hour.parse::<u8>().ok()).filter(|hour| *hour < 24);
    let hour = hour.ok_or("the hour is missing or no number from 0 to 23")?;
    let beside =
        counted.beside.iter().copied().chain([counted.unread, counted.seen_twice]).fold(0, u64::saturating_add);
    summary.make_room(&sums, beside).map_err(|error| error.to_string())?;
    counted.calls = sums.requests();
    // A row may only count what is beside the calls, such as lines that could not be read.
    if sums == Sums::default() {
        return Ok(counted);
    }
    let named = text("model").or_else(|| text("model_id")).unwrap_or(unnamed);
    let (model, of_model) = read(named, profiles);
    // One type for each model is that of what a profile stands for.
    let kind = text("query_type").or_else(|| text("type")).filter(|kind| *kind != named).unwrap_or(&model);
    let word = text("tier").unwrap_or(Tier::Standard.key());
    let known = Tier::ALL.iter().position(|tier| word.eq_ignore_ascii_case(tier.key()));
    if known.is_none() {
        let of_tiers = BESIDE.iter().position(|(column, ..)| *column == "other_tier");
        let count = of_tiers.and_then(|place| counted.beside.get_mut(place));
        count.into_iter().for_each(|count| *count = (*count).max(counted.calls));
    }
    let tier = known.unwrap_or(0) as u8;
    let cache = CacheUse::ALL.into_iter().find(|cache| text("cache_use") == Some(cache.key()));
    let key = CellKey {
        kind: summary.kind(kind),
        model: summary.name(&model),
        region: summary.name(text("region").or(of_model).unwrap_or("")),
        tier,
        cache: cache.unwrap_or(match (sums.cache_write_1h, sums.cache_read + sums.cache_write) {
            (0, 0) => CacheUse::None,
            (0, _) => CacheUse::FiveMinutes,
            _ => CacheUse::OneHour,
        }),
        day: text("day").and_then(day_number),
        hour,
        above,
    };
    summary.add_to(key, &sums);
    Ok(counted)
}
