use std::io::Read;
use std::path::Path;
use std::sync::{Mutex, OnceLock};

use rehearsal::catalog::{Catalog, read_prices};
use rehearsal::document::{nearest, text_of};
use rehearsal::fixture::is_endless;
use rehearsal::mock::{Config, Fallback};
use rehearsal::scenario::{Preset, Scenario};
use rehearsal::words::English;

use super::Failure;

/// The largest document that is read whole.
const MAX_BYTES: u64 = 64 << 20;

/// Which scenario to use.
#[derive(clap::Args)]
pub struct ScenarioArguments {
    /// The scenario file; `-` is standard input.
    #[arg(long, short, value_name = "FILE", conflicts_with = "preset")]
    scenario: Option<String>,
    /// A ready-made scenario: reference, today, launch-day and more; another name lists them.
    #[arg(long, value_name = "NAME")]
    preset: Option<String>,
}

impl ScenarioArguments {
    /// The scenario, its warnings told on standard error.
    pub fn load(&self) -> Result<Scenario, Failure> {
        if let Some(name) = &self.preset {
            let preset = Preset::from_key(name).ok_or_else(|| {
                let names: Vec<_> = Preset::ALL.iter().map(|preset| preset.key()).collect();
                Failure::input(format!("there is no preset `{name}`; choose one of: {}", names.join(", ")))
            })?;
            return Ok(preset.scenario());
        }
        self.scenario.as_deref().map_or_else(|| Ok(Scenario::default()), load_scenario)
    }
}

/// The scenario in a file, its warnings told on standard error.
pub fn load_scenario(file: &str) -> Result<Scenario, Failure> {
    let text = read_text(file)?;
    let read = Scenario::load(&text).map_err(|problems| Failure::in_file(file, problems))?;
    for warning in &read.warnings {
        eprintln!("warning: {file}: {}", warning.say(&English));
    }
    Ok(read.output)
}

/// The text of a file, or of standard input for `-`; a byte-order mark is no part of it.
pub fn read_text(file: &str) -> Result<String, Failure> {
    let mut bytes = Vec::new();
    let read = open(file)?.take(MAX_BYTES + 1).read_to_end(&mut bytes);
    read.map_err(|error| Failure::input(format!("{file}: {error}")))?;
    if bytes.len() as u64 > MAX_BYTES {
        return Err(Failure::input(format!(
            "{file}: larger than {} MiB, which no document of this kind is",
            MAX_BYTES >> 20
        )));
    }
    match text_of(&bytes) {
        Ok(text) => Ok(text.to_string()),
        Err(problem) => Err(Failure::in_file(file, problem)),
    }
}

/// What was read of standard input to see what it is.
static BEGUN: Mutex<Option<Vec<u8>>> = Mutex::new(None);

/// The first bytes of standard input, at most so many; whoever opens it next reads them again.
pub fn begin_stdin(most: u64) -> Result<Vec<u8>, Failure> {
    let mut bytes = Vec::new();
    let read = std::io::stdin().lock().take(most).read_to_end(&mut bytes);
    read.map_err(|error| Failure::input(format!("-: {error}")))?;
    if let Ok(mut begun) = BEGUN.lock() {
        *begun = Some(bytes.clone());
    }
    Ok(bytes)
}

/// A file for reading, or standard input for `-`.
pub fn open(file: &str) -> Result<Box<dyn Read>, Failure> {
    if file == "-" {
        let begun = BEGUN.lock().ok().and_then(|mut begun| begun.take()).unwrap_or_default();
        return Ok(Box::new(std::io::Cursor::new(begun).chain(std::io::stdin().lock())));
    }
    ends(Path::new(file))?;
    match std::fs::File::open(file) {
        Ok(open) => Ok(Box::new(open)),
        Err(error) => Err(Failure::input(format!("{file}: {error}{}", way_out(&error)))),
    }
}

/// What to do about a file that cannot be opened.
fn way_out(error: &std::io::Error) -> &'static str {
    match error.kind() {
        std::io::ErrorKind::NotFound => "; check the path, which counts from the folder that the command runs in",
        std::io::ErrorKind::PermissionDenied => "; it may not be read by this user",
        _ => "",
    }
}

/// Refuses what may never end: a named pipe, a device.
pub fn ends(file: &Path) -> Result<(), Failure> {
    if !is_endless(file) {
        return Ok(());
    }
    Err(Failure::input(format!(
        "{}: a named pipe or a device, which may never end; give a file, or `-` for standard input",
        file.display()
    )))
}

/// The mock's configuration in a file.
pub fn read_config(file: &str) -> Result<Config, Failure> {
    let text = read_text(file)?;
    let document = rehearsal::document::parse(&text).map_err(|problem| Failure::in_file(file, problem))?;
    Config::read(&document).map_err(|problems| Failure::in_file(file, problems))
}

/// A fallback by its name.
pub fn fallback(name: &str) -> Result<Fallback, Failure> {
    Fallback::from_key(name)
        .ok_or_else(|| Failure::input(format!("there is no fallback `{name}`; choose strict, hash, random or echo")))
}

static PRICES: OnceLock<Catalog> = OnceLock::new();

/// The catalog that this run bills by: the product's own, or that of `--prices`.
pub fn catalog() -> &'static Catalog {
    PRICES.get().unwrap_or_else(|| Catalog::full())
}

/// Lays the prices of a file over the catalog, for this run.
pub fn use_prices(file: Option<&str>) -> Result<(), Failure> {
    let Some(file) = file else { return Ok(()) };
    let text = read_text(file)?;
    let (catalog, not_taken) =
        read_prices(Catalog::full(), &text).map_err(|problems| Failure::in_file(file, problems))?;
    let shown = 5;
    for line in not_taken.iter().take(shown) {
        eprintln!("warning: {file}: not taken: {line}");
    }
    if not_taken.len() > shown {
        eprintln!("warning: {file}: not taken: {} more", not_taken.len() - shown);
    }
    let _ = PRICES.set(catalog);
    Ok(())
}

/// A model id that the catalog does not have, with the nearest that it has.
pub fn unknown_model(id: &str) -> Failure {
    let ids: Vec<&str> = catalog().models().map(|model| model.id.as_str()).collect();
    let hint = nearest(id, &ids).map_or(String::new(), |near| format!("; did you mean `{near}`?"));
    let id = rehearsal::problem::clipped(id, 100);
    Failure::input(format!("the catalog has no model `{id}`{hint}"))
}

/// The bytes of a file, or of standard input for `-`.
pub fn read_bytes(file: &str) -> Result<Vec<u8>, Failure> {
    let mut bytes = Vec::new();
    let read = open(file)?.take(MAX_BYTES * 8 + 1).read_to_end(&mut bytes);
    read.map_err(|error| Failure::input(format!("{file}: {error}")))?;
    if bytes.len() as u64 > MAX_BYTES * 8 {
        return Err(Failure::input(format!("{file}: larger than {} MiB; split it", (MAX_BYTES * 8) >> 20)));
    }
    Ok(bytes)
}
