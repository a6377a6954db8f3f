//! Asks all three questions of the same files in one reading.

use std::cell::Cell;
use std::collections::{BTreeMap, VecDeque};

use rehearsal::catalog::Catalog;
use rehearsal::import::{ImportOptions, LogReader, LoggedCall, TimeZone, to_scenario};
use rehearsal::questions::cache::{CacheAnswer, CacheTruth};
use rehearsal::questions::quota::{Limits, QuotaAnswer, QuotaNeeds, QuotaQuestion};
use rehearsal::questions::upgrade::{Upgrade, UpgradeAnswer, UpgradeQuestion, every_model};
use rehearsal::questions::{Report, Requests};
use rehearsal::scenario::Scenario;

use crate::lab::analysis::reader::{Progress, megabytes, pieces};
use crate::lab::prices;
use crate::platform::clock;
use crate::platform::drops::HEAD_BYTES;
use crate::platform::files::Source;
use crate::view::View;

/// The model that is gone to before another is chosen.
const NEXT: &str = "global.anthropic.claude-opus-5";

/// What the questions are asked with.
#[derive(Clone, Debug, PartialEq)]
pub struct Wish {
    /// The model to go to; empty for every one that could.
    pub to: String,
    /// A team's own quotas, for every model; `None` for those of a new account.
    pub tpm: Option<f64>,
    pub rpm: Option<f64>,
    /// What was typed for one of them and is no number.
    pub typed: Option<String>,
    /// `YYYY-MM-DD`.
    pub today: String,
}

impl Default for Wish {
    fn default() -> Self {
        Wish { to: NEXT.to_string(), tpm: None, rpm: None, typed: None, today: String::new() }
    }
}

impl Wish {
    pub fn quota(&self) -> QuotaQuestion {
        let own = Limits { rpm: self.rpm, tpm: self.tpm, ..Limits::default() };
        let limits = BTreeMap::from([("*".to_string(), own)]);
        QuotaQuestion {
            limits: if own == Limits::default() { BTreeMap::new() } else { limits },
            ..QuotaQuestion::default()
        }
    }
}

/// The answers to all three.
#[derive(Clone, Debug, PartialEq)]
pub struct Answers {
    pub names: String,
    pub megabytes: f64,
    pub seconds: f64,
    /// What could not be read, the first of it by name.
    pub skipped: Vec<String>,
    pub skipped_count: u64,
    pub upgrade: UpgradeAnswer,
    pub cache: CacheAnswer,
    pub quota: QuotaAnswer,
    /// The log's traffic as a scenario; `None` where no log counts it.
    pub traffic: Option<Scenario>,
}

impl Answers {
    /// The answer to the question of a view; `None` where it asks none.
    pub fn report(&self, view: View) -> Option<Report> {
        match view {
            View::Upgrade => Some(self.upgrade.report()),
            View::Cache => Some(self.cache.report()),
            View::Quota => Some(self.quota.report()),
            _ => None,
        }
    }

    /// The same as a document.
    pub fn json(&self, view: View) -> String {
        let text = match view {
            View::Upgrade => serde_json::to_string_pretty(&self.upgrade),
            View::Cache => serde_json::to_string_pretty(&self.cache),
            _ => serde_json::to_string_pretty(&self.quota),
        };
        text.unwrap_or_default()
    }
}

/// What hears the calls of files.
struct Hearing<'a> {
    catalog: &'a Catalog,
    upgrade: Upgrade<'a>,
    cache: CacheTruth<'a>,
    quota: QuotaNeeds<'a>,
}

impl<'a> Hearing<'a> {
    fn new(catalog: &'a Catalog, wish: &Wish) -> Result<Self, String> {
        let to = match wish.to.as_str() {
            "" => every_model(catalog, Some(&wish.today)),
            named => vec![named.to_string()],
        };
        let upgrade = Upgrade::new(catalog, UpgradeQuestion { to, today: Some(wish.today.clone()) })?;
        Ok(Hearing { catalog, upgrade, cache: CacheTruth::new(catalog), quota: QuotaNeeds::new(catalog, wish.quota()) })
    }

    fn hear(&mut self, call: &LoggedCall, file: &str) {
        let place = format!("{file}:{}", call.line);
        self.upgrade.hear(call, &place);
        self.cache.hear(call, &place);
        self.quota.hear(call);
    }

    fn finish(self, logs: LogReader, mut skipped: Vec<String>) -> Result<Answers, String> {
        let log = logs.finish();
        let upgrade = self.upgrade.finish();
        let of_logs = log.skipped.iter().map(|skip| format!("{}:{}: {}", skip.file, skip.line, skip.reason));
        let skipped_count = skipped.len() as u64 + log.skipped_count;
        skipped.extend(of_logs);
        if upgrade.calls == 0 {
            let first = skipped.first().map(|line| format!("; {line}")).unwrap_or_default();
            return Err(format!("no request to a model in it{first}"));
        }
        let counts = log.summary.requests() > 0;
        let document = counts.then(|| to_scenario(log, self.catalog).scenario.to_string());
        let traffic = document.and_then(|text| Scenario::load(&text).ok()).map(|read| read.output);
        Ok(Answers {
            traffic,
            names: String::new(),
            megabytes: 0.0,
            seconds: 0.0,
            skipped,
            skipped_count,
            upgrade,
            cache: self.cache.finish(),
            quota: self.quota.finish(),
        })
    }
}

/// Nothing is read in another time zone than the one that its lines say.
fn options() -> ImportOptions {
    ImportOptions {
        keep_calls: true,
        time_zone: Some(TimeZone::default()),
        catalog: Some(crate::lab::prices::catalog()),
        ..ImportOptions::default()
    }
}

/// Asks files all three questions, piece by piece, so that the page stays alive and memory small; `None` when cancelled.
pub async fn ask(
    sources: &[Source],
    wish: &Wish,
    cancelled: &Cell<bool>,
    tell: impl Fn(Progress),
) -> Option<Result<Answers, String>> {
    let begun = clock::now_ms();
    let mut hearing = match Hearing::new(prices::catalog(), wish) {
        Ok(hearing) => hearing,
        Err(wrong) => return Some(Err(wrong)),
    };
    let (mut logs, mut skipped) = (Vec::new(), Vec::new());
    for source in sources {
        match requests(source).await {
            Ok(None) => logs.push(source.clone()),
            Ok(Some(requests)) => {
                skipped.extend(requests.skipped);
                requests.asked.iter().for_each(|(asked, place)| hearing.upgrade.hear_request(asked, place));
            }
            // It is named, and the others are answered.
            Err(wrong) if sources.len() > 1 => skipped.push(wrong),
            Err(wrong) => return Some(Err(wrong)),
        }
    }
    let mut reader = LogReader::new(options());
    // One call at a time: against every model it takes a while.
    let mut waiting = VecDeque::new();
    let each = |reader: &mut LogReader, file: &str| {
        waiting.extend(reader.take_calls());
        waiting.pop_front().into_iter().for_each(|call| hearing.hear(&call, file));
        !waiting.is_empty()
    };
    if let Err(wrong) = pieces(&logs, &mut reader, cancelled, tell, each).await? {
        return Some(Err(wrong));
    }
    let names: Vec<&str> = sources.iter().map(|source| source.name.as_str()).collect();
    let answers = hearing.finish(reader, skipped);
    Some(answers.map_err(|wrong| format!("{}: {wrong}", names.join(", "))).map(|answers| Answers {
        names: names.join(", "),
        megabytes: megabytes(sources),
        seconds: (clock::now_ms() - begun) / 1e3,
        ..answers
    }))
}

/// The requests of a file that is no log.
async fn requests(source: &Source) -> Result<Option<Requests>, String> {
    let named = |error: String| format!("{}: {error}", source.name);
    let whole = source.size_bytes <= Requests::MAX_BYTES as f64;
    let head = source.piece(0.0, HEAD_BYTES).await.map_err(named)?;
    // A log is told by its first line; one long request is told when it is read whole.
    let may_be_one = whole && matches!(head.trim_ascii_start().first(), Some(b'{' | b'['));
    if !Requests::begin(&source.name, &head) && !may_be_one {
        return Ok(None);
    }
    if !whole {
        return Err(format!("{}: more than {} MiB of requests; split it", source.name, Requests::MAX_BYTES >> 20));
    }
    if !Requests::begin(&source.name, &head) && head.contains(&b'\n') {
        return Ok(None);
    }
    let bytes = source.piece(0.0, source.size_bytes).await.map_err(named)?;
    if Requests::begin(&source.name, &bytes) { Requests::read(&source.name, &bytes, None).map(Some) } else { Ok(None) }
}

/// The answers for a log that is given as bytes, for tests.
#[cfg(all(test, not(target_arch = "wasm32")))]
pub fn answers_of(log: &[u8], wish: &Wish) -> Result<Answers, String> {
    let mut hearing = Hearing::new(prices::catalog(), wish)?;
    let mut reader = LogReader::new(options());
    reader.begin_file("log");
    for piece in log.chunks(1 << 14) {
        reader.push(piece);
        reader.take_calls().iter().for_each(|call| hearing.hear(call, "log"));
    }
    reader.end_file();
    reader.take_calls().iter().for_each(|call| hearing.hear(call, "log"));
    hearing.finish(reader, Vec::new())
}
