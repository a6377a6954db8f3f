//! Logs on the command line: which files, and how they are understood.

use std::io::{IsTerminal, Read};
use std::time::{Duration, Instant};

use rehearsal::catalog::Catalog;
use rehearsal::import::{
    Counting, ImportOptions, LogReader, LogSummary, LoggedCall, Profiles, SkippedLine, TimeZone, TypeRule,
};
use rehearsal::workspace::Team;

use super::Failure;

/// Logs, and how they are understood.
#[derive(clap::Args)]
pub struct LogArguments {
    /// The files, folders of them, or a pattern with stars; `-` is standard input.
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

    /// What ARNs that hide their model stand for.
    pub fn profiles(&self) -> Result<Profiles, Failure> {
        let mut profiles =
            Profiles::parse(&self.profile).map_err(|error| Failure::input(format!("--profile {error}")))?;
        if let Some(file) = &self.team {
            let text = super::input::read_text(file)?;
            let team = Team::load(&text).map_err(|problems| Failure::in_file(file, problems))?.output;
            team.profiles.iter().for_each(|(arn, model)| profiles.insert(arn, model));
        }
        Ok(profiles)
    }

    /// The options that are of rows and days, which SQL has no use for, where any is said.
    pub fn said_of_rows(&self) -> Option<String> {
        let said = [
            ("--model", self.model.is_some()),
            ("--counts", self.counts.is_some()),
            ("--time-zone", self.time_zone.is_some()),
        ];
        let names: Vec<&str> = said.iter().filter(|(_, is)| *is).map(|(name, _)| *name).collect();
        (!names.is_empty()).then(|| names.join(", "))
    }

    /// The files' names, for messages.
    pub fn names(&self) -> String {
        self.files.join(", ")
    }

    fn options(&self, catalog: &'static Catalog, keep_trace: bool) -> Result<ImportOptions, Failure> {
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
        Ok(ImportOptions {
            rule: self.rule()?,
            model,
            keep_trace,
            counts,
            time_zone,
            profiles: self.profiles()?,
            catalog: Some(catalog),
            keep_calls: false,
        })
    }

    /// Reads the files, telling how far it is where someone watches.
    pub fn read(&self, catalog: &'static Catalog, keep_trace: bool) -> Result<LogSummary, Failure> {
        read_files(&self.files, self.options(catalog, keep_trace)?)
    }

    /// Reads the files, each call told to `hear`, with the days of UTC unless another zone is said. One of several files
    /// that cannot be read is among the skipped lines, as its line 0.
    pub fn hear(&self, catalog: &'static Catalog, hear: &mut dyn Hear) -> Result<LogSummary, Failure> {
        let mut options = self.options(catalog, false)?;
        options.time_zone.get_or_insert_with(TimeZone::default);
        options.keep_calls = true;
        let may_be = hear.may_be();
        let read = read_calls(&self.files, options, Some(hear));
        match self.files.as_slice() {
            [file] if file == "-" => read.map_err(|failure| {
                let message = format!("{}; `-`, standard input, may be {may_be}", failure.message);
                Failure { message, ..failure }
            }),
            _ => read,
        }
    }

    /// The files, as they are named.
    pub fn files(&self) -> &[String] {
        &self.files
    }

    /// The model of rows that name none.
    pub fn model(&self) -> Option<&str> {
        self.model.as_deref()
    }

    /// Reads the files with the days of UTC, which those of AWS's reports are, whatever zone is said.
    pub fn read_in_utc(&self, catalog: &'static Catalog) -> Result<LogSummary, Failure> {
        let mut options = self.options(catalog, false)?;
        if self.time_zone.is_some() {
            eprintln!("--time-zone is not used here: the report's days are those of UTC, and so are the log's");
        }
        options.time_zone = Some(TimeZone::default());
        read_files(&self.files, options)
    }
}

/// What hears the calls of a log, and the requests that stand by themselves.
pub trait Hear {
    /// A call; `file` is the one it stands in.
    fn call(&mut self, call: &LoggedCall, file: &str);

    /// What may be given to it, for messages.
    fn may_be(&self) -> &'static str;

    /// A file that holds requests and no log, if this is one and somebody wants it: its calls were heard.
    fn requests(&mut self, _file: &str, _first: &[u8], _rest: &mut dyn Read) -> Result<bool, Failure> {
        Ok(false)
    }
}

/// How much of a file is looked at to see what it is.
const FIRST: u64 = 4 << 20;

/// Reads files one behind the other.
fn read_files(files: &[String], options: ImportOptions) -> Result<LogSummary, Failure> {
    read_calls(files, options, None)
}

/// Reads files one behind the other, each call told to `hear`.
fn read_calls(
    files: &[String],
    options: ImportOptions,
    mut hear: Option<&mut dyn Hear>,
) -> Result<LogSummary, Failure> {
    if files.is_empty() {
        return Err(Failure::input("no log is named; give its files, or `-` for standard input"));
    }
    let files = &expanded(files)?;
    let mut reader = LogReader::new(options);
    let (begun, mut told, mut bytes) = (Instant::now(), Instant::now(), 0_u64);
    let show = std::io::stderr().is_terminal();
    let mut buffer = vec![0; 1 << 18];
    // A question is answered from the files that can be read; the others are named.
    let mut unread: Vec<(String, Failure)> = Vec::new();
    let passes = hear.is_some() && files.len() > 1;
    let mut others = 0;
    'files: for (index, file) in files.iter().enumerate() {
        if let Some(earlier) = files[..index].iter().find(|earlier| is_copy(earlier, file)) {
            eprintln!("{file}: the same bytes as {earlier}; its calls are counted as seen twice");
            reader.begin_copy();
        }
        let mut open = match begun_with(file, hear.as_deref_mut()) {
            Ok(Some(open)) => open,
            Ok(None) => {
                others += 1;
                continue;
            }
            Err(failure) if passes => {
                unread.push((file.clone(), failure));
                continue;
            }
            Err(failure) => return Err(failure),
        };
        reader.begin_file(file);
        loop {
            let count = match open.read(&mut buffer) {
                Ok(count) => count,
                Err(error) if passes => {
                    unread.push((file.clone(), Failure::input(format!("{file}: {error}"))));
                    reader.end_file();
                    tell(&mut reader, &mut hear, file);
                    continue 'files;
                }
                Err(error) => return Err(Failure::input(format!("{file}: {error}"))),
            };
            if count == 0 {
                break;
            }
            // In small pieces where calls are told: a few packed bytes may hold very many.
            for piece in buffer[..count].chunks(if hear.is_some() { 1 << 14 } else { 1 << 18 }) {
                reader.push(piece);
                tell(&mut reader, &mut hear, file);
            }
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
        tell(&mut reader, &mut hear, file);
    }
    if show && bytes > 0 {
        eprintln!();
    }
    let mut log = reader.finish();
    let is_read = |file: &rehearsal::import::FileRead| [file.requests, file.seen_twice, file.no_calls] != [0; 3];
    if passes && (others > 0 || log.files.iter().any(is_read)) {
        let empty = log.files.iter().filter(|file| !is_read(file) && file.skipped == 0);
        let empty = empty.map(|file| (file.name.clone(), "it is empty".to_string()));
        let unread = unread.into_iter().map(|(file, failure)| {
            let reason = failure.message.strip_prefix(&format!("{file}: ")).unwrap_or(&failure.message).to_string();
            (file, reason)
        });
        for (file, reason) in empty.chain(unread).collect::<Vec<_>>() {
            log.skipped.push(SkippedLine { file, line: 0, reason });
            log.skipped_count += 1;
        }
        return Ok(log);
    }
    if let Some((_, failure)) = unread.into_iter().next() {
        return Err(failure);
    }
    log.check()?;
    Ok(log)
}

/// Opens a file; `None` where it held requests and no log, and they were heard.
fn begun_with(file: &str, hear: Option<&mut (dyn Hear + '_)>) -> Result<Option<Box<dyn Read>>, Failure> {
    let mut open = super::input::open(file)?;
    let Some(hear) = hear else { return Ok(Some(open)) };
    let mut first = Vec::new();
    let read = open.by_ref().take(FIRST).read_to_end(&mut first);
    read.map_err(|error| Failure::input(format!("{file}: {error}")))?;
    if hear.requests(file, &first, &mut open)? {
        return Ok(None);
    }
    Ok(Some(Box::new(std::io::Cursor::new(first).chain(open))))
}

fn tell(reader: &mut LogReader, hear: &mut Option<&mut dyn Hear>, file: &str) {
    if let Some(hear) = hear {
        reader.take_calls().iter().for_each(|call| hear.call(call, file));
    }
}

/// The most files that a folder is opened into.
const MOST_FILES: usize = 100_000;

/// Files as they are named, a folder and a pattern with stars each as the files in it, by name: logs of a bucket are
/// in the order of their times then.
fn expanded(named: &[String]) -> Result<Vec<String>, Failure> {
    let mut files = Vec::new();
    for name in named {
        let path = std::path::Path::new(name);
        if name != "-" && path.is_dir() {
            let before = files.len();
            folder(path, &mut files)?;
            if files.len() == before {
                return Err(Failure::input(format!("{name}: no file in this folder")));
            }
        } else if name.contains('*') && !path.exists() {
            let (parent, pattern) = name.rsplit_once('/').map_or((".", name.as_str()), |(parent, last)| (parent, last));
            let mut found = Vec::new();
            folder_once(std::path::Path::new(parent), &mut |path, is_dir| {
                let last = path.file_name().map(|last| last.to_string_lossy().into_owned()).unwrap_or_default();
                if !is_dir && fits(pattern, &last) {
                    found.push(if parent == "." && !name.starts_with("./") {
                        last
                    } else {
                        path.display().to_string()
                    });
                }
                Ok(())
            })?;
            if found.is_empty() {
                return Err(Failure::input(format!("{name}: no file fits this pattern")));
            }
            found.sort();
            files.extend(found);
        } else {
            files.push(name.clone());
        }
    }
    Ok(files)
}

fn folder(path: &std::path::Path, files: &mut Vec<String>) -> Result<(), Failure> {
    let (mut here, mut others, mut below) = (Vec::new(), Vec::new(), Vec::new());
    folder_once(path, &mut |path, is_dir| {
        if is_dir {
            below.push(path.to_path_buf())
        } else if may_be_log(path) {
            here.push(path.display().to_string())
        } else {
            others.push(path.display().to_string())
        }
        Ok(())
    })?;
    if !others.is_empty() {
        others.sort();
        eprintln!("not read, no logs by their names: {}", others.join(", "));
    }
    here.sort();
    files.extend(here);
    if files.len() > MOST_FILES {
        return Err(Failure::input(format!("{}: more than {MOST_FILES} files; name a part of them", path.display())));
    }
    below.sort();
    below.iter().try_for_each(|path| folder(path, files))
}

/// Whether a file of a folder is one that logs are kept in, by its ending; logs of buckets have none at times.
fn may_be_log(path: &std::path::Path) -> bool {
    const OTHERS: [&str; 10] = ["md", "py", "rs", "js", "sh", "html", "png", "jpg", "pdf", "zip"];
    let ending = path.extension().map(|ending| ending.to_string_lossy().to_ascii_lowercase());
    ending.is_none_or(|ending| !OTHERS.contains(&ending.as_str()))
}

/// The entries of a folder that are not hidden; links to folders are not followed, they may lead in a circle.
fn folder_once(
    path: &std::path::Path,
    each: &mut dyn FnMut(&std::path::Path, bool) -> Result<(), Failure>,
) -> Result<(), Failure> {
    let told = |error: std::io::Error| Failure::input(format!("{}: {error}", path.display()));
    for entry in std::fs::read_dir(path).map_err(told)? {
        let entry = entry.map_err(told)?;
        let kind = entry.file_type().map_err(told)?;
        let hidden = entry.file_name().to_string_lossy().starts_with('.');
        let is_file = kind.is_file() || kind.is_symlink() && entry.path().is_file();
        if !hidden && (kind.is_dir() || is_file) {
            each(&entry.path(), kind.is_dir())?;
        }
    }
    Ok(())
}

/// Whether a name fits a pattern whose stars stand for anything.
fn fits(pattern: &str, name: &str) -> bool {
    let mut parts = pattern.split('*');
    let Some(mut rest) = name.strip_prefix(parts.next().unwrap_or_default()) else { return false };
    let mut last = None;
    for part in parts {
        if let Some(before) = last.replace(part) {
            let Some(at) = rest.find(before) else { return false };
            rest = &rest[at + before.len()..];
        }
    }
    last.map_or(rest.is_empty(), |last| rest.ends_with(last))
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_star_stands_for_anything() {
        for (pattern, name, expected) in [
            ("*.gz", "a.gz", true),
            ("*.gz", "a.json", false),
            ("2026-*T09*.json.gz", "2026-11-29T0900.json.gz", true),
            ("a*a", "a", false),
            ("a*a", "aa", true),
            ("*", "x", true),
            ("a", "ab", false),
        ] {
            assert_eq!(fits(pattern, name), expected, "{pattern} {name}");
        }
    }
}
