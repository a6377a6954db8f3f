//! Runs a target on stable, within a time: its seeds as they are, then what the mutator makes of them, always in the same
//! order. An input that panics, takes too long or too much memory is written to `target/fuzz/findings/` and named.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use peak_alloc::PeakAlloc;

use crate::Target;
use crate::mutate::{Numbers, mutated};

#[global_allocator]
static MEMORY: PeakAlloc = PeakAlloc;

/// One target at a time: the memory that is measured is the whole program's.
static TURN: Mutex<()> = Mutex::new(());

/// The most memory that one input may take beside what was there.
const MOST_BYTES: usize = 256 << 20;
/// The longest that one input may take, at its best of three.
const LONGEST: Duration = Duration::from_secs(if cfg!(debug_assertions) { 5 } else { 2 });
/// After this one input is taken to hang.
const HANGS: Duration = Duration::from_secs(60);
/// How many inputs are kept to be changed further.
const KEPT: usize = 256;

/// What a run has seen.
#[derive(Clone, Copy, Debug, Default)]
pub struct Ran {
    pub inputs: u64,
    pub longest: Duration,
    pub most_bytes: usize,
}

/// The project's root.
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().map(Path::to_path_buf).unwrap_or_default()
}

/// The files that a target starts from, in the order of their names.
///
/// # Errors
/// A seed that is not there, or a target without any.
pub fn seed_files(target: &Target) -> Result<Vec<PathBuf>, String> {
    let mut files = Vec::new();
    for seed in target.seeds {
        let path = root().join(seed);
        if path.is_file() {
            files.push(path);
            continue;
        }
        let entries = std::fs::read_dir(&path).map_err(|error| format!("{}: {error}", path.display()))?;
        let mut inside: Vec<PathBuf> =
            entries.flatten().map(|entry| entry.path()).filter(|path| path.is_file()).collect();
        inside.sort();
        files.extend(inside);
    }
    if files.is_empty() { Err(format!("{}: no seeds", target.name)) } else { Ok(files) }
}

/// What is in them.
///
/// # Errors
/// One that cannot be read.
pub fn seeds(target: &Target) -> Result<Vec<Vec<u8>>, String> {
    let read = |path: &PathBuf| std::fs::read(path).map_err(|error| format!("{}: {error}", path.display()));
    seed_files(target)?.iter().map(read).collect()
}

/// Runs a target for so long and for at most so many inputs; every seed at least.
///
/// # Errors
/// The first input that broke a promise: what happened, and the file it was written to.
pub fn run(target: &Target, seed: u64, time: Duration, most: u64) -> Result<Ran, String> {
    let _turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
    let seeds = seeds(target)?;
    let mut numbers =
        Numbers(seed ^ target.name.bytes().fold(0, |sum: u64, byte| sum.wrapping_mul(31) + u64::from(byte)));
    let mut ran = Ran::default();
    let watch = Watch::start(target.name);
    for seed in &seeds {
        once(target, seed, &mut ran, &watch)?;
    }
    let mut kept = seeds.clone();
    let begin = Instant::now();
    while begin.elapsed() < time && ran.inputs < most {
        // Half of the inputs begin at a seed, half at one that was made before.
        let from = if numbers.below(2) == 0 { &seeds } else { &kept };
        let input = numbers.pick(from).cloned().unwrap_or_default();
        let other = numbers.pick(&seeds).cloned().unwrap_or_default();
        let made = mutated(&mut numbers, &input, &other, target.words, target.most);
        once(target, &made, &mut ran, &watch)?;
        if numbers.below(4) == 0 {
            if kept.len() < KEPT {
                kept.push(made);
            } else if let Some(old) = {
                let at = numbers.below(KEPT);
                kept.get_mut(at)
            } {
                *old = made;
            }
        }
    }
    Ok(ran)
}

/// Runs a target on one input.
///
/// # Errors
/// The promise that it broke.
pub fn one(target: &Target, input: &[u8]) -> Result<Ran, String> {
    let _turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
    let mut ran = Ran::default();
    once(target, input, &mut ran, &Watch::start(target.name))?;
    Ok(ran)
}

fn once(target: &Target, input: &[u8], ran: &mut Ran, watch: &Watch) -> Result<(), String> {
    watch.begins(input);
    let timed = || {
        MEMORY.reset_peak_usage();
        let (before, begin) = (MEMORY.current_usage(), Instant::now());
        let panicked = catch_unwind(AssertUnwindSafe(|| (target.run)(input))).err();
        (panicked, begin.elapsed(), MEMORY.peak_usage().saturating_sub(before))
    };
    let (panicked, mut took, bytes) = timed();
    // The machine may have been busy with something else.
    for _ in 0..2 {
        if took > LONGEST && panicked.is_none() {
            took = took.min(timed().1);
        }
    }
    watch.ends();
    ran.inputs += 1;
    ran.longest = ran.longest.max(took);
    ran.most_bytes = ran.most_bytes.max(bytes);
    let wrong = match panicked {
        Some(panic) => {
            let text = panic.downcast_ref::<String>().cloned();
            text.or_else(|| panic.downcast_ref::<&str>().map(|text| (*text).to_string())).unwrap_or_default()
        }
        None if took > LONGEST => format!("it takes {took:?}"),
        None if bytes > MOST_BYTES => format!("it takes {} MiB", bytes >> 20),
        None => return Ok(()),
    };
    Err(format!("{}: {wrong}\n{}", target.name, kept(target.name, input)))
}

/// Writes an input that broke a promise, and says how to run it again.
fn kept(name: &str, input: &[u8]) -> String {
    let mut sum = flate2::Crc::new();
    sum.update(input);
    let folder = root().join("target/fuzz/findings");
    let file = folder.join(format!("{name}-{:08x}", sum.sum()));
    let written = std::fs::create_dir_all(&folder).and_then(|()| std::fs::write(&file, input));
    match written {
        Ok(()) => format!("run it again: cargo run -p rehearsal-fuzz -- {name} {}", file.display()),
        Err(error) => format!("{}: {error}; the input: {:?}", file.display(), String::from_utf8_lossy(input)),
    }
}

/// The input under way, and since when.
type Running = Mutex<Option<(Instant, Vec<u8>)>>;

/// Ends the program when one input hangs, after writing it down: nothing can stop it from inside.
struct Watch {
    running: std::sync::Arc<Running>,
}

impl Watch {
    fn start(name: &'static str) -> Self {
        let running = std::sync::Arc::new(Mutex::new(None::<(Instant, Vec<u8>)>));
        let seen = std::sync::Arc::downgrade(&running);
        std::thread::spawn(move || {
            while let Some(running) = seen.upgrade() {
                let hanging = running.lock().unwrap_or_else(PoisonError::into_inner).clone();
                drop(running);
                if let Some((_, input)) = hanging.filter(|(begin, _)| begin.elapsed() > HANGS) {
                    eprintln!("{name}: hangs\n{}", kept(name, &input));
                    std::process::abort();
                }
                std::thread::sleep(Duration::from_millis(500));
            }
        });
        Watch { running }
    }

    fn begins(&self, input: &[u8]) {
        *self.running.lock().unwrap_or_else(PoisonError::into_inner) = Some((Instant::now(), input.to_vec()));
    }

    fn ends(&self) {
        *self.running.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }
}
