//! Rows of any tool's export, of a CSV or of JSON objects: the first ones are held until it is clear what
//! each column is and whether its counts contain each other; then every row is a call.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap};

use crate::catalog::Catalog;
use crate::cost::{CallTokens, Tier};
use crate::money::Usd;

use super::bedrock_record::remarks_of_failure;
use super::body::Iterated;
use super::columns::{Field, Style, classify, is_suspicious, speaks_of_price, squash};
use super::draft::{
    Draft, Remark, guarded, mantle, performance, premium, region_of, region_of_host, tier_of, uncounted,
};
use super::findings::FindingCode;
use super::litellm::{self, CallType};
use super::model_id::{Profiles, elsewhere, is_bedrock, is_bedrock_arn, read};
use super::rule::TypeRule;
use super::scalar::{self, Fault, fault, is_nothing, moment, short, truth};
use super::summary::{Call, CallOutcome};

/// The most rows and bytes that are held before columns are decided.
const HELD_ROWS: usize = 4_096;
const HELD_BYTES: usize = 8 << 20;
/// The most columns that are told apart.
const MAX_COLUMNS: usize = 2_000;

/// What counts tokens of the cache.
const CACHE: [Field; 4] = [Field::CacheRead, Field::CacheWrite, Field::CacheWrite5m, Field::CacheWrite1h];

/// Whether counts of the prompt contain those of the cache.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Counting {
    /// Input, cache reads and cache writes are three numbers, as Bedrock and Anthropic count.
    Disjoint,
    /// The input contains what was read from and written to the cache, as OpenAI and LiteLLM count.
    Inclusive,
}

/// How it was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum CountingSource {
    Said,
    /// The names of the columns are those of a tool that counts so.
    Names,
    /// The rows' own totals add up only so.
    Totals,
    /// Nothing tells.
    Assumed,
}

/// A row: the places of its columns, and their cells.
pub(super) struct Row {
    pub line: u64,
    pub cells: Vec<(usize, String)>,
}

struct Column {
    path: String,
    class: Option<(Field, Style, usize)>,
    /// What it turned out to be; `None` before it is decided, or where it is not understood.
    taken: Option<Field>,
    seen: Evidence,
}

#[derive(Default)]
struct Evidence {
    filled: u32,
    counts: u32,
    above_one: u32,
    /// Cells that say a tier or a region.
    of_price: u32,
}

/// How rows are understood.
pub(super) struct Rules<'a> {
    pub rule: &'a TypeRule,
    pub profiles: &'a Profiles,
    /// Whose ids are Bedrock's.
    pub catalog: &'a Catalog,
    /// The model of rows that name none.
    pub model: Option<&'a str>,
    pub counting: Option<Counting>,
}

/// The rows of one file.
#[derive(Default)]
pub(super) struct Rows {
    columns: Vec<Column>,
    places: HashMap<String, usize>,
    held: Vec<Row>,
    held_bytes: usize,
    plan: Option<Plan>,
    /// A dot may part thousands.
    pub european: bool,
    /// All calls of the file are of a batch job.
    pub batch: bool,
}

/// What a row counts.
struct Counts {
    tokens: CallTokens,
    /// What was counted of the input and the output, where anything was.
    input: Option<u64>,
    output: Option<u64>,
    /// Within the output or beside it.
    reasoning: u64,
}

/// Which columns are read for what, decided.
struct Plan {
    by_field: BTreeMap<Field, Vec<usize>>,
    counting: Counting,
    source: CountingSource,
    /// Whether any column counts tokens of the cache.
    has_cache: bool,
    /// Both ways of counting stand in the file, and each row's total says which is its own.
    by_row: bool,
}

/// The writes for five minutes, where only all writes and those for an hour are counted: all of them contain the
/// others, unless they are fewer.
fn of_all_writes(all: Option<u64>, hour: u64) -> u64 {
    all.map_or(0, |all| all.checked_sub(hour).unwrap_or(all))
}

/// What a count of the prompt may contain: what was read, what was written, or both.
fn parts_of_cache(tokens: CallTokens) -> [u64; 3] {
    let write = tokens.cache_write_5m + tokens.cache_write_1h;
    [tokens.cache_read, write, tokens.cache_read + write]
}

/// Holds a row's total against its parts; gives whether it contradicts them. Reasoning that only the total contains is
/// output.
fn reconcile_total(total: Option<u64>, reasoning: u64, tokens: &mut CallTokens) -> bool {
    let Some(total) = total.filter(|total| *total > 0) else { return false };
    // Tools count what was read, what was written, both or neither in.
    let fits = |output: u64| {
        total == tokens.input + output
            || parts_of_cache(*tokens).iter().any(|cached| total == tokens.input + cached + output)
    };
    if fits(tokens.output) {
        return false;
    }
    if reasoning > 0 && fits(tokens.output + reasoning) {
        tokens.output += reasoning;
        return false;
    }
    true
}

/// A row that was read, or why it was not.
pub(super) type Taken = (Row, Result<Draft, String>);

impl Rows {
    /// The place of a column, by its name or JSON path; `None` when there are too many.
    pub fn place(&mut self, path: &str) -> Option<usize> {
        if let Some(place) = self.places.get(path) {
            return Some(*place);
        }
        if self.columns.len() >= MAX_COLUMNS {
            return None;
        }
        let place = self.columns.len();
        self.places.insert(path.to_string(), place);
        self.columns.push(Column {
            path: path.to_string(),
            class: classify(path),
            taken: None,
            seen: Evidence::default(),
        });
        // A field that only later rows have.
        if let Some(plan) = &mut self.plan
            && let Some((field, _, _)) = self.columns[place].class
        {
            let field = if field == Field::Cached { Field::CacheRead } else { field };
            plan.by_field.entry(field).or_default().push(place);
            plan.has_cache |= CACHE.contains(&field);
            self.columns[place].taken = Some(field);
        }
        Some(place)
    }

    /// The place of a column whose heading stands a second time: what both say is held against each other.
    pub fn place_again(&mut self, path: &str) -> Option<usize> {
        let first = self.places.remove(path);
        let place = self.place(path);
        if let Some(first) = first {
            self.places.insert(path.to_string(), first);
        }
        place
    }

    /// Whether a heading has what a table of calls needs.
    pub fn is_usable(&self) -> bool {
        let has = |field: Field| self.columns.iter().any(|column| column.class.is_some_and(|class| class.0 == field));
        (has(Field::Input) && has(Field::Output))
            || (has(Field::Model) && (has(Field::Input) || has(Field::Output) || has(Field::Total)))
    }

    /// Takes a row; gives what can be told of it and of those held before.
    pub fn push(&mut self, row: Row, rules: &Rules<'_>, out: &mut Vec<Taken>) {
        if self.plan.is_some() {
            for (place, text) in &row.cells {
                let column = &mut self.columns[*place];
                if column.taken.is_none() && !is_nothing(text.trim()) {
                    column.seen.filled = column.seen.filled.saturating_add(1);
                    let speaks = speaks_of_price(&column.path, text);
                    column.seen.of_price = column.seen.of_price.saturating_add(u32::from(speaks));
                    if let Ok(Some(count)) = scalar::count(text, self.european) {
                        column.seen.counts = column.seen.counts.saturating_add(1);
                        column.seen.above_one = column.seen.above_one.saturating_add(u32::from(count > 1));
                    }
                }
            }
            let taken = self.read(&row, rules);
            out.push((row, taken));
            return;
        }
        for (place, text) in &row.cells {
            self.held_bytes += text.len() + 24;
            let column = &mut self.columns[*place];
            let seen = &mut column.seen;
            if is_nothing(text.trim()) {
                continue;
            }
            seen.filled += 1;
            if column.class.is_none() {
                seen.of_price += u32::from(speaks_of_price(&column.path, text));
            }
            if let Ok(Some(count)) = scalar::count(text, self.european) {
                seen.counts += 1;
                seen.above_one += u32::from(count > 1);
            }
        }
        self.held.push(row);
        if self.held.len() >= HELD_ROWS || self.held_bytes >= HELD_BYTES {
            self.decide(rules, out);
        }
    }

    /// Ends the file.
    pub fn finish(&mut self, rules: &Rules<'_>, out: &mut Vec<Taken>) {
        if self.plan.is_none() {
            self.decide(rules, out);
        }
    }

    fn decide(&mut self, rules: &Rules<'_>, out: &mut Vec<Taken>) {
        let mut by_field: BTreeMap<Field, Vec<(usize, usize)>> = BTreeMap::new();
        for (place, column) in self.columns.iter_mut().enumerate() {
            let Some((mut field, _, order)) = column.class else { continue };
            if field == Field::Cached {
                field = if column.seen.above_one > 0 { Field::CacheRead } else { Field::Hit };
            }
            // A prompt's text is no count of it. A column of counts with a few bad cells stays one.
            if field.is_count() && column.seen.filled > 0 && column.seen.counts * 2 < column.seen.filled {
                let named_for_counts = squash(&column.path).contains("token");
                if !named_for_counts {
                    continue;
                }
            }
            by_field.entry(field).or_default().push((order, place));
            column.taken = Some(field);
        }
        let mut by_field: BTreeMap<Field, Vec<usize>> = by_field
            .into_iter()
            .map(|(field, mut places)| {
                places.sort_unstable();
                (field, places.into_iter().map(|(_, place)| place).collect())
            })
            .collect();
        // A running number of the file's own is the day's name in an aggregate, no time of a call.
        if by_field.contains_key(&Field::Time) {
            by_field.remove(&Field::Day);
        }
        let has_cache = CACHE.iter().any(|field| by_field.contains_key(field));
        let mut plan =
            Plan { by_field, counting: Counting::Disjoint, source: CountingSource::Names, has_cache, by_row: false };
        (plan.counting, plan.source, plan.by_row) = self.counting(&plan, rules);
        self.plan = Some(plan);
        for row in std::mem::take(&mut self.held) {
            let taken = self.read(&row, rules);
            out.push((row, taken));
        }
        self.held_bytes = 0;
    }

    /// Whether counts contain each other: as said, by what the rows add up to, by the columns' names.
    fn counting(&self, plan: &Plan, rules: &Rules<'_>) -> (Counting, CountingSource, bool) {
        let (mut disjoint, mut inclusive) = (0, 0);
        let (counting, source) = self.counting_of_file(plan, rules, (&mut disjoint, &mut inclusive));
        let fewer: u32 = disjoint.min(inclusive);
        (counting, source, fewer > 1 && fewer >= (disjoint + inclusive) / 10)
    }

    /// The same for the file as a whole, with the rows whose total says either.
    fn counting_of_file(
        &self,
        plan: &Plan,
        rules: &Rules<'_>,
        (disjoint, inclusive): (&mut u32, &mut u32),
    ) -> (Counting, CountingSource) {
        if let Some(said) = rules.counting {
            return (said, CountingSource::Said);
        }
        if !plan.has_cache {
            return (Counting::Disjoint, CountingSource::Names);
        }
        // A name that says so is believed before totals, which some tools sum without the cache.
        let first = plan.by_field.get(&Field::Input).and_then(|places| self.columns[*places.first()?].class);
        if first.is_some_and(|(_, style, _)| style == Style::Disjoint) {
            return (Counting::Disjoint, CountingSource::Names);
        }
        // What the rows say: by their totals, or by more in the cache than in the input, which one number cannot
        // contain. Rows that say neither fit both.
        let (mut beyond, mut fit) = (0_u32, 0_u32);
        for row in &self.held {
            let count = |field| self.count(plan, row, field).ok().flatten();
            let Some(input) = count(Field::Input) else { continue };
            let hour = count(Field::CacheWrite1h).unwrap_or(0);
            let write = count(Field::CacheWrite5m).unwrap_or_else(|| of_all_writes(count(Field::CacheWrite), hour));
            let cached = count(Field::CacheRead).unwrap_or(0) + write + hour;
            if cached == 0 {
                continue;
            }
            let answered = count(Field::Output).unwrap_or(0);
            match count(Field::Total) {
                Some(total) if total == input + answered => *inclusive += 1,
                Some(total) if total == input + cached + answered => *disjoint += 1,
                _ if cached > input => beyond += 1,
                _ => fit += 1,
            }
        }
        match (*inclusive).cmp(&(*disjoint + beyond)) {
            // Rows with more in the cache decide where they are no exceptions.
            _ if *inclusive + *disjoint == 0 => {
                let all = beyond + fit;
                if beyond > 0 && (beyond == all || beyond > 1 && beyond >= all / 10) {
                    return (Counting::Disjoint, CountingSource::Totals);
                }
            }
            std::cmp::Ordering::Greater => return (Counting::Inclusive, CountingSource::Totals),
            std::cmp::Ordering::Less => return (Counting::Disjoint, CountingSource::Totals),
            // As many say one as the other: the names tell.
            std::cmp::Ordering::Equal => {}
        }
        let style = |field: Field| {
            let place = *plan.by_field.get(&field)?.first()?;
            // Counts under the name of a hit are OpenAI's way to count.
            self.columns[place].class.map(|(of, style, _)| if of == Field::Cached { Style::Inclusive } else { style })
        };
        let own = |field: Field| {
            let place = plan.by_field.get(&field).and_then(|places| places.first());
            place.is_some_and(|place| matches!(squash(&self.columns[*place].path).as_str(), "input" | "inputtokens"))
        };
        let path = |field: Field| {
            let place = plan.by_field.get(&field).and_then(|places| places.first());
            place.map_or(String::new(), |place| squash(&self.columns[*place].path))
        };
        match (style(Field::Input), style(Field::CacheRead).or(style(Field::CacheWrite)).or(style(Field::CacheWrite5m)))
        {
            (Some(Style::Disjoint), _) => (Counting::Disjoint, CountingSource::Names),
            // Helicone's prompt has the cache's tokens beside it.
            (Some(Style::Inclusive), Some(_)) if path(Field::CacheRead).starts_with("promptcacheread") => {
                (Counting::Disjoint, CountingSource::Assumed)
            }
            (Some(Style::Inclusive), Some(Style::Open)) => (Counting::Inclusive, CountingSource::Assumed),
            (Some(Style::Inclusive), _) => (Counting::Inclusive, CountingSource::Names),
            (_, Some(Style::Inclusive)) if path(Field::CacheRead) == "cached" => {
                (Counting::Inclusive, CountingSource::Assumed)
            }
            (_, Some(Style::Inclusive)) => (Counting::Inclusive, CountingSource::Names),
            (_, Some(Style::Disjoint)) => (Counting::Disjoint, CountingSource::Names),
            // The columns of this product's own table.
            _ if own(Field::Input) && matches!(path(Field::CacheRead).as_str(), "cacheread" | "") => {
                (Counting::Disjoint, CountingSource::Names)
            }
            _ => (Counting::Disjoint, CountingSource::Assumed),
        }
    }

    fn text<'a>(&self, plan: &Plan, row: &'a Row, field: Field) -> Option<&'a str> {
        plan.by_field.get(&field)?.iter().find_map(|place| self.cell(row, *place))
    }

    fn cell<'a>(&self, row: &'a Row, place: usize) -> Option<&'a str> {
        // Rows of a CSV have every column in its place.
        let direct = row.cells.get(place).filter(|(at, _)| *at == place);
        let (_, text) = direct.or_else(|| row.cells.iter().find(|(at, _)| *at == place))?;
        let text = text.trim();
        (!is_nothing(text)).then_some(text)
    }

    fn count(&self, plan: &Plan, row: &Row, field: Field) -> Result<Option<u64>, String> {
        match self.text(plan, row, field) {
            None => Ok(None),
            Some(text) => scalar::count(text, self.european),
        }
    }

    fn number(&self, plan: &Plan, row: &Row, field: Field) -> Result<Option<f64>, String> {
        match self.text(plan, row, field) {
            None => Ok(None),
            Some(text) => scalar::number(text, self.european).map_err(|error| format!("{}: {error}", field.key())),
        }
    }

    fn read(&self, row: &Row, rules: &Rules<'_>) -> Result<Draft, String> {
        let Some(plan) = &self.plan else { return Err("no columns were decided".to_string()) };
        let mut draft = Draft::default();
        draft.no_call = self.no_call(plan, row, &mut draft.remarks);
        let time = |field| match self.text(plan, row, field) {
            None => Ok(None),
            Some(text) => moment(text).map(Some).ok_or_else(|| {
                format!("`{}` is no time; expected 2026-11-20T09:00:00Z or seconds since 1970", short(text))
            }),
        };
        let requests = self.count(plan, row, Field::Requests)?.unwrap_or(1);
        if requests == 0 {
            draft.no_call = Some("rows of 0 requests");
        }
        let requests = requests.max(1);
        let counted = self.counts(plan, row, &mut draft.remarks)?;
        let mut tokens = counted.tokens;
        let cached = tokens.cache_read + tokens.cache_write_5m + tokens.cache_write_1h;
        let total = self.least(plan, row, Field::Total, &parts_of_cache(tokens), &mut draft.remarks)?;
        self.contradicting_words(plan, row, &mut draft.remarks);
        let contradicts = reconcile_total(total, counted.reasoning, &mut tokens);
        if total.is_none_or(|total| total == 0) {
            self.reasoning(plan, counted.reasoning, &mut tokens, &mut draft.remarks);
        }
        let own = match total {
            Some(total) if plan.by_row && total == tokens.input + tokens.output => Some(Counting::Inclusive),
            Some(total) if plan.by_row && total == tokens.input + cached + tokens.output => Some(Counting::Disjoint),
            _ => None,
        };
        if own.is_some() && cached > 0 {
            draft.remarks.push(Remark::note(
                FindingCode::Counts,
                "totals of both kinds",
                "rows whose totals contain the cached tokens stand beside rows whose totals do not; each was read as its own total says",
            ));
        }
        if cached > 0 && own.unwrap_or(plan.counting) == Counting::Inclusive {
            match tokens.input.checked_sub(cached) {
                Some(rest) => tokens.input = rest,
                None => draft.remarks.push(Remark::note(
                    FindingCode::Counts,
                    "more cached than input",
                    "rows whose cache counts are more than their input cannot contain each other; they were taken as disjoint",
                )),
            }
        } else if cached > 0
            && plan.source == CountingSource::Totals
            && total.is_some_and(|total| total == tokens.input + tokens.output)
        {
            draft.remarks.push(Remark::note(
                FindingCode::Counts,
                "total without the cache",
                "rows whose total is their input and output, as if the input contained the cached tokens; they were taken as disjoint, as most rows are",
            ));
        }
        if cached > 0 && plan.source == CountingSource::Assumed {
            draft.remarks.push(Remark::note(
                FindingCode::Counts,
                if plan.counting == Counting::Inclusive { "inclusive" } else { "disjoint" },
                "nothing tells whether the input contains the cached tokens; say it with --counts disjoint or inclusive",
            ));
        }
        if self.count(plan, row, Field::WebSearches)?.unwrap_or(0) > 0 {
            draft.remarks.push(Remark::least(
                FindingCode::Unpriced,
                "web_search_requests",
                "searches of the web, which are billed apart",
            ));
        }
        let named = self.text(plan, row, Field::Model).or(rules.model).unwrap_or(super::usage_csv::UNNAMED_MODEL);
        let (mut model, of_model) = read(named, rules.profiles);
        if let Some(provider) = self.provider(plan, row, &model, rules.catalog).filter(|_| !is_bedrock_arn(named)) {
            draft.remarks.push(Remark::least(
                FindingCode::Unpriced,
                &format!("provider {}", short(provider)),
                "calls of another provider than Bedrock, which have no price here",
            ));
            model = Cow::Owned(elsewhere(&model, provider));
        }
        let host = self.text(plan, row, Field::Host);
        let region = region_of(self.text(plan, row, Field::Region), &mut draft.remarks)
            .or(of_model.map(Cow::Borrowed))
            .or_else(|| host.and_then(region_of_host).map(Cow::Owned))
            .unwrap_or_default();
        if host.is_some_and(|host| host.to_ascii_lowercase().contains("mantle")) {
            mantle(&mut draft.remarks);
        }
        let at = time(Field::Time)?;
        let tier = self.tier(plan, row, &mut draft.remarks);
        let outcome = self.outcome(plan, row, tokens, &mut draft.remarks);
        let answered = outcome == CallOutcome::Answered;
        if !answered {
            tokens = CallTokens::default();
        } else if tokens == CallTokens::default() {
            let what = if total.unwrap_or(0) > 0 {
                "only a total is counted, not what was input and what output"
            } else {
                "answered, but no tokens are counted"
            };
            draft.remarks.push(Remark::least(FindingCode::Uncounted, &model, what));
        } else {
            uncounted(&model, counted.input, counted.output, &mut draft.remarks);
            if contradicts {
                draft.remarks.push(Remark::least(
                    FindingCode::Body,
                    "total contradicts",
                    "the row's total is not the sum of what it counts; its parts are billed",
                ));
            }
        }
        if answered {
            if self.text(plan, row, Field::Guardrail).is_some_and(|text| truth(text) != Some(false)) {
                guarded(&mut draft.remarks);
            }
            if let Some(word) = self.text(plan, row, Field::Performance) {
                performance(word, &mut draft.remarks);
            }
            // Tools call tokens a second a speed, too.
            let speed = self.text(plan, row, Field::Speed).filter(|word| word.parse::<f64>().is_err());
            let (kinds, by) = (self.text(plan, row, Field::Iterated), self.text(plan, row, Field::IteratedBy));
            let iterated = Iterated {
                more: [u64::from(kinds.is_some()), 0, 0, 0],
                kinds: kinds.unwrap_or_default().to_string(),
                other_model: by.map(str::to_string),
                unread: self.text(plan, row, Field::IterationsUnread).is_some(),
            };
            premium(&model, speed, self.text(plan, row, Field::Geo), Some(&iterated), &mut draft.remarks);
        }
        let prompt = tokens.input + tokens.cache_read + tokens.cache_write_5m + tokens.cache_write_1h;
        // What kind of record it is in a tracing tool is no query type.
        let kind = self.text(plan, row, Field::Kind).filter(|kind| {
            let record = [
                "generation",
                "span",
                "event",
                "llm",
                "chat",
                "completion",
                "embedding",
                "internal",
                "client",
                "trace",
            ];
            matches!(rules.rule, TypeRule::Model) && !record.iter().any(|word| kind.eq_ignore_ascii_case(word))
        });
        let kind = match kind {
            Some(kind) => kind.to_string(),
            None => {
                let column = |key: &str| {
                    let place = self.places.get(key).or_else(|| {
                        let ends = format!(".{key}");
                        self.places
                            .iter()
                            .find(|(path, _)| path.eq_ignore_ascii_case(key) || path.ends_with(&ends))
                            .map(|found| found.1)
                    })?;
                    self.cell(row, *place).map(|text| Cow::Owned(text.to_string()))
                };
                rules
                    .rule
                    .kind(&model, prompt / requests, column, || self.text(plan, row, Field::Prompt).map(str::to_string))
            }
        };
        let (latency_ms, ttft_ms) = self.times(plan, row, at.map(|at| at.us), requests)?;
        let cost = self.number(plan, row, Field::Cost).unwrap_or(None);
        draft.logged_usd = cost.and_then(Usd::from_dollars);
        draft.offset_min = at.and_then(|at| at.offset_min);
        draft.has_clock = at.is_some_and(|at| !at.day_only);
        draft.call = Call {
            at_us: at.map(|at| at.us),
            model: model.into_owned(),
            kind,
            region: region.to_string(),
            tier,
            tokens,
            latency_ms,
            ttft_ms,
            outcome,
            requests,
        };
        Ok(draft)
    }

    /// What a row counts, disjoint or not as its columns are.
    fn counts(&self, plan: &Plan, row: &Row, remarks: &mut Vec<Remark>) -> Result<Counts, String> {
        let mut least = |field, parts: &[u64]| self.least(plan, row, field, parts, remarks);
        let cache_read = least(Field::CacheRead, &[])?.unwrap_or(0);
        let cache_write_1h = least(Field::CacheWrite1h, &[])?.unwrap_or(0);
        let all = least(Field::CacheWrite, &[cache_write_1h])?;
        let cache_write_5m = least(Field::CacheWrite5m, &[])?.unwrap_or_else(|| of_all_writes(all, cache_write_1h));
        // What a model thought stands under the same name.
        let reasoning = least(Field::Reasoning, &[]).ok().flatten().unwrap_or(0);
        let mut tokens = CallTokens { input: 0, output: 0, cache_read, cache_write_5m, cache_write_1h };
        let input = least(Field::Input, &parts_of_cache(tokens))?;
        let output = least(Field::Output, &[reasoning])?;
        (tokens.input, tokens.output) = (input.unwrap_or(0), output.unwrap_or(0));
        Ok(Counts { tokens, input, output, reasoning })
    }

    /// The least of what columns say of one count, where one may count a part in that another counts beside it. That
    /// they say other things is named.
    fn least(
        &self,
        plan: &Plan,
        row: &Row,
        field: Field,
        parts: &[u64],
        remarks: &mut Vec<Remark>,
    ) -> Result<Option<u64>, String> {
        let Some(first) = self.count(plan, row, field)? else { return Ok(None) };
        let places = plan.by_field.get(&field).map_or(&[][..], Vec::as_slice);
        if places.len() < 2 {
            return Ok(Some(first));
        }
        let said = || {
            let said = places.iter().filter_map(|place| {
                Some((*place, scalar::count(self.cell(row, *place)?, self.european).ok().flatten()?))
            });
            // Tools write 0 where they count nothing.
            said.filter(|(_, count)| *count > 0)
        };
        let differs = |a: u64, b: u64| a != b && !parts.contains(&a.abs_diff(b));
        let others = || said().filter(|(_, count)| differs(*count, first));
        let own = said().find(|(_, count)| *count == first);
        let Some(least) = own.into_iter().chain(others()).min_by_key(|(_, count)| *count) else {
            return Ok(Some(first));
        };
        if let Some((other, _)) = own.into_iter().chain(others()).find(|(_, count)| differs(*count, least.1)) {
            self.contradicts(field, least.0, other, true, remarks);
        }
        Ok(Some(least.1))
    }

    /// Names columns of one name that say other things; the first one counts.
    fn contradicting_words(&self, plan: &Plan, row: &Row, remarks: &mut Vec<Remark>) {
        for field in [Field::Model, Field::Tier, Field::Region, Field::Batch] {
            let places = plan.by_field.get(&field).map_or(&[][..], Vec::as_slice);
            let mut said = places.iter().filter_map(|place| Some((*place, self.cell(row, *place)?)));
            let Some((first, taken)) = said.next() else { continue };
            // Columns of other names may well mean other things: what was asked for, and what answered.
            let name = squash(&self.columns[first].path);
            let other = said
                .find(|(place, text)| squash(&self.columns[*place].path) == name && !text.eq_ignore_ascii_case(taken));
            if let Some((other, _)) = other {
                self.contradicts(field, first, other, field != Field::Region, remarks);
            }
        }
    }

    fn contradicts(&self, field: Field, first: usize, other: usize, at_least: bool, remarks: &mut Vec<Remark>) {
        let (first, other) = (short(&self.columns[first].path), short(&self.columns[other].path));
        remarks.push(Remark {
            code: FindingCode::Body,
            name: format!("{} contradicts", field.key()),
            what: format!("columns say other things of the {}: {first} is taken, {other} says otherwise", field.key()),
            at_least,
        });
    }

    /// What was reasoned and is in no total: more than the output is beside it, else it is taken as part of it.
    fn reasoning(&self, plan: &Plan, count: u64, tokens: &mut CallTokens, remarks: &mut Vec<Remark>) {
        let Some(place) = plan.by_field.get(&Field::Reasoning).and_then(|places| places.first()) else { return };
        if count == 0 {
            return;
        }
        if count > tokens.output {
            tokens.output = tokens.output.saturating_add(count);
            remarks.push(Remark::note(
                FindingCode::Counts,
                "reasoning beside output",
                "rows count more reasoning than output, which cannot contain it; both are billed as output",
            ));
        } else if !squash(&self.columns[*place].path).contains("details") {
            remarks.push(Remark::note(
                FindingCode::Counts,
                "reasoning within output",
                "nothing tells whether the output contains the reasoning tokens; they were taken as part of it",
            ));
        }
    }

    /// Who was called, where it was not Bedrock. Where a column only says who made a model, an id of Bedrock's says
    /// more.
    fn provider<'a>(&self, plan: &Plan, row: &'a Row, model: &str, catalog: &Catalog) -> Option<&'a str> {
        let places = plan.by_field.get(&Field::Provider)?;
        let (place, provider) = places.iter().find_map(|place| Some((*place, self.cell(row, *place)?)))?;
        let is_sure = squash(&self.columns[place].path).ends_with("customllmprovider");
        let is_other = !is_bedrock(provider) && (is_sure || catalog.get(model).is_none());
        (is_other && provider.parse::<f64>().is_err()).then_some(provider)
    }

    /// Why a row is no call, where LiteLLM says what it was asked to do. In another's file the word is a label of its
    /// own, whatever it says.
    fn no_call(&self, plan: &Plan, row: &Row, remarks: &mut Vec<Remark>) -> Option<&'static str> {
        let word = self.text(plan, row, Field::CallType)?;
        let call_type = CallType::of(word);
        if call_type == CallType::Model {
            return None;
        }
        let is_litellms = self.columns.iter().any(|column| {
            let name = column.path.rsplit(['.', '/']).next().unwrap_or_default();
            litellm::COLUMNS.contains(&squash(name).as_str())
        });
        let what = match (call_type, is_litellms) {
            (CallType::NoModel(why), true) => return Some(why),
            (CallType::NoModel(_), false) => {
                "LiteLLM's word for a request that calls no model, in a file without LiteLLM's columns; taken as a call"
            }
            (_, true) => "a kind of request that is not known; taken as a call",
            (_, false) => return None,
        };
        remarks.push(Remark::note(FindingCode::Word, &format!("call_type {}", short(word)), what));
        None
    }

    fn tier(&self, plan: &Plan, row: &Row, remarks: &mut Vec<Remark>) -> Tier {
        let batch = self.text(plan, row, Field::Batch).map(|text| (truth(text), text));
        match batch {
            Some((Some(true), _)) => return Tier::Batch,
            Some((None, text)) if text.eq_ignore_ascii_case("batch") => return Tier::Batch,
            Some((None, text)) => remarks.push(Remark::note(
                FindingCode::Word,
                &format!("batch {}", short(text)),
                "neither true nor false; billed at the standard price",
            )),
            Some((Some(false), _)) | None => {}
        }
        if self.batch {
            return Tier::Batch;
        }
        self.text(plan, row, Field::Tier).map_or(Tier::Standard, |word| tier_of(word, remarks))
    }

    fn outcome(&self, plan: &Plan, row: &Row, tokens: CallTokens, remarks: &mut Vec<Remark>) -> CallOutcome {
        if let Some(text) = self.text(plan, row, Field::Hit) {
            match truth(text) {
                Some(true) => return CallOutcome::FromCache,
                Some(false) => {}
                None => remarks.push(Remark::note(
                    FindingCode::Word,
                    &format!("cache hit {}", short(text)),
                    "neither a hit nor a miss; taken as a miss",
                )),
            }
        }
        let mut worst = (Fault::No, "");
        for place in plan.by_field.get(&Field::Error).map_or(&[][..], Vec::as_slice) {
            let Some(text) = self.cell(row, *place) else { continue };
            let free_text = squash(&self.columns[*place].path).ends_with("message");
            match fault(text) {
                Fault::No => {}
                Fault::Throttled => worst = (Fault::Throttled, text),
                Fault::Unknown if !free_text && worst.0 == Fault::No => worst = (Fault::Unknown, text),
                Fault::Yes | Fault::Unknown if worst.0 != Fault::Throttled => worst = (Fault::Yes, text),
                Fault::Yes | Fault::Unknown => {}
            }
        }
        if let Some(text) = self.text(plan, row, Field::Success)
            && worst.0 == Fault::No
        {
            match truth(text) {
                Some(true) => {}
                Some(false) => worst = (Fault::Yes, "not a success"),
                None if fault(text) == Fault::No => {}
                None => worst = (fault(text), text),
            }
        }
        match worst.0 {
            Fault::No => CallOutcome::Answered,
            Fault::Throttled => match remarks_of_failure(&short(worst.1), tokens, false, remarks) {
                CallOutcome::Answered => CallOutcome::Answered,
                _ => CallOutcome::Throttled,
            },
            Fault::Yes => remarks_of_failure(&short(worst.1), tokens, false, remarks),
            Fault::Unknown => {
                remarks.push(Remark::note(
                    FindingCode::Word,
                    &format!("error {}", short(worst.1)),
                    "a word that is neither a known failure nor a known success; taken as a failure",
                ));
                remarks_of_failure(&short(worst.1), tokens, false, remarks)
            }
        }
    }

    /// Latency and time to the first token, in milliseconds.
    fn times(
        &self,
        plan: &Plan,
        row: &Row,
        at_us: Option<i64>,
        requests: u64,
    ) -> Result<(Option<f64>, Option<f64>), String> {
        if requests > 1 {
            return Ok((None, None));
        }
        let since = |field: Field| {
            let end = moment(self.text(plan, row, field)?)?.us;
            Some((end - at_us?) as f64 / 1_000.0).filter(|ms| *ms >= 0.0)
        };
        let seconds = |field: Field| Ok::<_, String>(self.number(plan, row, field)?.map(|s| s * 1_000.0));
        let latency = self
            .number(plan, row, Field::Latency)?
            .or(seconds(Field::LatencySeconds)?)
            .or_else(|| since(Field::EndTime));
        let ttft = self
            .number(plan, row, Field::Ttft)?
            .or(seconds(Field::TtftSeconds)?)
            .or_else(|| since(Field::FirstTokenTime));
        Ok((latency, ttft))
    }

    /// Which column was taken for what; those of JSON that are nothing of a call are left out.
    pub fn columns(&self, all: bool) -> impl Iterator<Item = (&str, Option<&'static str>)> {
        self.columns.iter().filter_map(move |column| {
            let taken = column.taken.map(Field::key);
            (all || taken.is_some() || is_suspicious(&column.path)).then_some((column.path.as_str(), taken))
        })
    }

    /// Columns that may bear on the price and are not understood, and whether they count tokens of a cache.
    pub fn suspicious(&self) -> impl Iterator<Item = (&str, bool)> {
        let open = |column: &&Column| {
            let seen = &column.seen;
            column.taken.is_none() && seen.filled > 0 && (seen.of_price > 0 || is_suspicious(&column.path))
        };
        self.columns.iter().filter(open).map(|column| {
            let counts = column.seen.above_one > 0 && column.seen.counts == column.seen.filled;
            let name = squash(&column.path);
            (column.path.as_str(), counts && name.contains("cache") && name.contains("token"))
        })
    }

    /// What identifies the call of a row, where it has an id that is one.
    pub fn id<'a>(&self, row: &'a Row) -> Option<&'a str> {
        let places = match &self.plan {
            Some(plan) => plan.by_field.get(&Field::Id)?.clone(),
            None => return None,
        };
        places.iter().find_map(|place| {
            let name = squash(&self.columns[*place].path);
            let own = ["requestid", "reqid", "invocationid", "uuid"].iter().any(|ending| name.ends_with(ending))
                // A short word may be an id, too; a number may count the rows of its file.
                || self.cell(row, *place).is_some_and(|id| id.bytes().any(|b| !b.is_ascii_digit()));
            // A running number is no identity beyond its file.
            self.cell(row, *place).filter(|id| own || (id.len() >= 8 && !id.bytes().all(|b| b.is_ascii_digit())))
        })
    }

    /// How counts were taken, where a column counts tokens of the cache.
    pub fn counted(&self) -> Option<(Counting, CountingSource)> {
        self.plan.as_ref().filter(|plan| plan.has_cache).map(|plan| (plan.counting, plan.source))
    }

    /// Whether there is anything in it.
    pub fn is_empty(&self) -> bool {
        self.columns.is_empty()
    }
}
