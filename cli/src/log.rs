//! Logs on the command line: which files, and how they are understood.

use std::io::{IsTerminal, Read};
use std::time::{Duration, Instant};

use rehearsal::catalog::Catalog;
use rehearsal::import::{Counting, ImportOptions, LogReader, LogSummary, Profiles, TimeZone, TypeRule, thresholds};
use rehearsal::workspace::Team;

use super::Failure;

/// Logs, and how they are understood.
#[derive(clap::Args)]
pub struct LogArguments {
    /// The files; `-` is standard input.
    #[arg(value_name = "FILE")]
    files: Vec<String>,
    /// What query type a call is of: model, metadata:KEY, tokens:500,2000 or pattern:NAME=REGEX
    /// (several, the first that matches).
    #[arg(long = "type", value_name = "RULE")]
    rules: Vec<String>,
    /// The model of rows that name none.
    #[arg(long, value_name = "ID")]
    model: Option<String>,
    /// Whether the input tokens contain the cached ones, as OpenAI and LiteLLM count (inclusive), or stand
    /// beside them, as Bedrock and Anthropic count (disjoint). Found from the file where it is not said.
    #[arg(long, value_name = "disjoint|inclusive")]
    counts: Option<String>,
    /// Whose days and hours are meant, such as Asia/Tokyo, UTC+9 or -05:00. Guessed from the quiet hours
    /// where it is not said.
    #[arg(long, value_name = "ZONE", allow_hyphen_values = true)]
    time_zone: Option<String>,
    /// What an application inference profile or a prompt router stands for; may be given several times.
    #[arg(long, value_name = "ARN=MODEL")]
    profile: Vec<String>,
    /// A team's file, whose `profiles` say the same.
    #[arg(long, value_name = "TEAM.JSON")]
    team: Option<String>,
}

/// How often progress is told.
const TELL: Duration = Duration::from_millis(500);

impl LogArguments {
    pub fn rule(&self) -> Result<TypeRule, Failure> {
        TypeRule::parse(&self.rules).map_err(|error| Failure::input(format!("--type {error}")))
    }

    /// The files' names, for messages.
    pub fn names(&self) -> String {
        self.files.join(", ")
    }

    fn options(&self, catalog: &Catalog, keep_trace: bool) -> Result<ImportOptions, Failure> {
        let model = match &self.model {
            None => None,
            Some(id) => Some(catalog.get(id).ok_or_else(|| super::input::unknown_model(id))?.id.clone()),
        };
        let counts = match self.counts.as_deref() {
            None => None,
            Some("disjoint") => Some(Counting::Disjoint),
            Some("inclusive") => Some(Counting::Inclusive),
            Some(other) => {
                return Err(Failure::input(format!(
                    "--counts `{other}` is no way of counting; choose disjoint or inclusive"
                )));
            }
        };
        let time_zone = self.time_zone.as_deref().map(zone).transpose()?;
        let mut profiles =
            Profiles::parse(&self.profile).map_err(|error| Failure::input(format!("--profile {error}")))?;
        if let Some(file) = &self.team {
            let text = super::input::read_text(file)?;
            let team = Team::load(&text).map_err(|problems| Failure::in_file(file, problems))?.output;
            team.profiles.iter().for_each(|(arn, model)| profiles.insert(arn, model));
        }
        Ok(ImportOptions {
            rule: self.rule()?,
            model,
            keep_trace,
            counts,
            time_zone,
            profiles,
            thresholds: thresholds(catalog),
        })
    }

    /// Reads the files, telling how far it is where someone watches.
    pub fn read(&self, catalog: &Catalog, keep_trace: bool) -> Result<LogSummary, Failure> {
        read_files(&self.files, self.options(catalog, keep_trace)?)
    }

    /// Reads the files with the days of UTC, unless another zone is said.
    pub fn read_in_utc(&self, catalog: &Catalog) -> Result<LogSummary, Failure> {
        let mut options = self.options(catalog, false)?;
        options.time_zone.get_or_insert_with(TimeZone::default);
        read_files(&self.files, options)
    }
}

/// Reads files one behind the other.
fn read_files(files: &[String], options: ImportOptions) -> Result<LogSummary, Failure> {
    if files.is_empty() {
        return Err(Failure::input("no log is named; give its files, or `-` for standard input"));
    }
    let mut reader = LogReader::new(options);
    let (begun, mut told, mut bytes) = (Instant::now(), Instant::now(), 0_u64);
    let show = std::io::stderr().is_terminal();
    let mut buffer = vec![0; 1 << 18];
    for (index, file) in files.iter().enumerate() {
        if let Some(earlier) = files[..index].iter().find(|earlier| is_copy(earlier, file)) {
            eprintln!("{file}: the same bytes as {earlier}; its calls are counted as seen twice");
            reader.begin_copy();
        }
        reader.begin_file(file);
        let mut open = super::input::open(file)?;
        loop {
            let count = open.read(&mut buffer).map_err(|error| Failure::input(format!("{file}: {error}")))?;
            if count == 0 {
                break;
            }
            reader.push(&buffer[..count]);
            bytes += count as u64;
            if show && told.elapsed() > TELL {
                told = Instant::now();
                let mb = bytes as f64 / 1e6;
                eprint!(
                    "\r{file}: {mb:.0} MB, {} requests, {:.0} MB/s  ",
                    reader.requests(),
                    mb / begun.elapsed().as_secs_f64()
                );
            }
        }
        reader.end_file();
    }
    if show && bytes > 0 {
        eprintln!();
    }
    let log = reader.finish();
    log.check()?;
    Ok(log)
}

/// Whether two files have the same bytes: their records cannot tell, where they have neither ids nor times.
fn is_copy(one: &str, other: &str) -> bool {
    if one == "-" || other == "-" {
        return false;
    }
    let size = |file: &str| std::fs::metadata(file).ok().filter(std::fs::Metadata::is_file).map(|data| data.len());
    if size(one).is_none_or(|length| length == 0) || size(one) != size(other) {
        return false;
    }
    let open = |file: &str| std::fs::File::open(file).ok();
    let (Some(mut a), Some(mut b)) = (open(one), open(other)) else { return false };
    let (mut left, mut right) = (vec![0; 1 << 16], vec![0; 1 << 16]);
    loop {
        match (a.read(&mut left), b.read(&mut right)) {
            (Ok(0), Ok(0)) => return true,
            (Ok(n), Ok(m)) if n == m && left[..n] == right[..m] => {}
            _ => return false,
        }
    }
}

/// A time zone by its offset or its name.
fn zone(text: &str) -> Result<TimeZone, Failure> {
    if let Some(zone) = TimeZone::parse(text) {
        return Ok(zone);
    }
    let known = jiff::tz::TimeZone::get(text).map_err(|_| {
        Failure::input(format!("--time-zone `{text}` is no time zone; expected a name such as Asia/Tokyo, or UTC+9"))
    })?;
    let from = jiff::Timestamp::from_second(0).unwrap_or_default();
    let mut offsets = vec![(i64::MIN, known.to_offset(from).seconds())];
    // The years that a log can be of.
    let until = jiff::Timestamp::from_second(4_102_444_800).unwrap_or_default();
    let changes = known.following(from).take_while(|change| change.timestamp() < until);
    offsets.extend(changes.take(1_000).map(|change| (change.timestamp().as_second(), change.offset().seconds())));
    TimeZone::named(text, offsets).map_err(|error| Failure::input(format!("--time-zone {error}")))
}
