//! Mutation testing by cargo-mutants, on a seeded sample: what the tests do not notice when it is changed.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use sha2::{Digest, Sha256};

use crate::run::{Result, answers, command, output, read, root, run, step, write};
use crate::tools;

const USAGE: &str = "cargo xtask mutants [--seed N] [--sample N] [--minutes N] [AREA..]";
const CARGO_MUTANTS: &str = "27.1.0";

/// A part of the core whose mistakes are money or a wrong verdict, with the tests that must notice them: the
/// library's own by the names they begin with, then files in `tests/`.
struct Area {
    name: &'static str,
    files: &'static str,
    unit: &'static [&'static str],
    integration: &'static [&'static str],
}

const AREAS: [Area; 5] = [
    Area {
        name: "cost",
        files: "src/cost/**/*.rs",
        unit: &["cost::", "frontier::"],
        integration: &["litellm", "scenario_of_log", "determinism"],
    },
    Area {
        name: "bedrock",
        files: "src/bedrock/**/*.rs",
        unit: &["bedrock::", "doors::", "checks::", "fixture::"],
        integration: &["mock", "recorded", "cassettes"],
    },
    Area { name: "choose", files: "src/mock/choose.rs", unit: &["mock::"], integration: &["mock", "benchmarks"] },
    Area {
        name: "verdict",
        files: "src/bench/verdict.rs",
        unit: &["bench::", "stats::"],
        integration: &["benchmarks", "gate", "statistics"],
    },
    Area {
        name: "import",
        files: "src/import/**/*.rs",
        unit: &["import::"],
        integration: &["import_log", "forms", "never_silent", "repeated", "scenario_of_log"],
    },
];

/// What a run was asked for.
#[derive(Debug, PartialEq)]
struct Asked {
    seed: u64,
    sample: usize,
    minutes: f64,
    areas: Vec<String>,
}

impl Asked {
    fn read(arguments: &[&str]) -> Result<Self> {
        let mut asked = Self { seed: 1, sample: 40, minutes: 60.0, areas: Vec::new() };
        let mut rest = arguments.iter();
        while let Some(argument) = rest.next() {
            let mut value = || rest.next().copied().ok_or_else(|| format!("{argument} needs a number: {USAGE}"));
            match *argument {
                "--seed" => asked.seed = number(argument, value()?)?,
                "--sample" => asked.sample = number(argument, value()?)?,
                "--minutes" => asked.minutes = number(argument, value()?)?,
                name if AREAS.iter().any(|area| area.name == name) => asked.areas.push(name.to_string()),
                other => {
                    let names = AREAS.map(|area| area.name).join(", ");
                    return Err(format!("`{other}` is no area: {names}; {USAGE}"));
                }
            }
        }
        if asked.minutes <= 0.0 || !asked.minutes.is_finite() || asked.sample == 0 {
            return Err(format!("--minutes and --sample are above 0: {USAGE}"));
        }
        Ok(asked)
    }
}

fn number<T: std::str::FromStr>(what: &str, text: &str) -> Result<T> {
    text.parse().map_err(|_| format!("{what} takes a number, not `{text}`: {USAGE}"))
}

/// Changes the core in sampled places, one at a time, in a copy, and lists the changes that no test noticed.
/// The areas share the minutes; what there was no time for is counted, not passed over.
pub fn mutants(arguments: &[&str]) -> Result {
    let asked = Asked::read(arguments)?;
    if !answers("cargo-mutants", &["mutants", "--version"], CARGO_MUTANTS) {
        tools::install(&format!("cargo-mutants@{CARGO_MUTANTS}"), "about 3 minutes", &["--locked", "--force"])?;
    }
    let out = root().join("target/mutants");
    step("a copy of what is committed, built", || copy(&out))?;
    let areas: Vec<&Area> = AREAS
        .iter()
        .filter(|area| asked.areas.is_empty() || asked.areas.iter().any(|name| name == area.name))
        .collect();
    let each = Duration::from_secs_f64(asked.minutes * 60.0 / areas.len() as f64);
    let mut report = format!(
        "Seed {}, {} a module, {} minutes.\n\n| module | mutants | sampled | tried | caught | no build | too slow | survived |\n|---|---|---|---|---|---|---|---|\n",
        asked.seed, asked.sample, asked.minutes
    );
    let mut survivors = String::new();
    for area in areas {
        let tried = step(&format!("mutants of {}", area.name), || examine(area, &asked, each, &out))?;
        report += &tried.row(area.name);
        for name in &tried.survived {
            let half = if tried.half.contains(name) { " (the longer tests had no time for it)" } else { "" };
            survivors += &format!("- {name}{half}\n");
        }
    }
    if !survivors.is_empty() {
        report += &format!("\nSurvived:\n\n{survivors}");
    }
    println!("{report}");
    write(&out.join("report.md"), report)
}

/// A work tree of its own that stays where it is, so that each mutant is built on what the one before left, and
/// that no interrupted run leaves a mutant in the project.
fn copy(out: &Path) -> Result {
    let tree = out.join("tree");
    let place = tree.to_string_lossy();
    if tree.exists() {
        let head = output(command("git").args(["rev-parse", "HEAD"]))?;
        run(command("git").args(["-C", &place, "checkout", "--quiet", "--force", "--detach", head.trim()]))?;
    } else {
        run(command("git").args(["worktree", "add", "--quiet", "--force", "--detach", &place, "HEAD"]))?;
    }
    run(within(
        command("cargo").args([
            "test",
            "--quiet",
            "--package",
            "rehearsal",
            "--features",
            "fixtures",
            "--lib",
            "--no-run",
        ]),
        &tree,
    ))
}

/// A command in the copy, building beside it and quickly.
fn within<'a>(command: &'a mut Command, tree: &Path) -> &'a mut Command {
    let target = tree.with_file_name("build");
    command.current_dir(tree).env("CARGO_TARGET_DIR", target).env("CARGO_PROFILE_DEV_DEBUG", "0")
}

/// What became of an area's sample.
#[derive(Debug, Default, PartialEq)]
struct Tried {
    all: usize,
    sampled: usize,
    caught: BTreeSet<String>,
    unviable: BTreeSet<String>,
    timeout: BTreeSet<String>,
    survived: BTreeSet<String>,
    /// Those of the survivors that only the unit tests were asked of.
    half: BTreeSet<String>,
}

impl Tried {
    fn row(&self, name: &str) -> String {
        let [caught, unviable, timeout, survived] =
            [&self.caught, &self.unviable, &self.timeout, &self.survived].map(BTreeSet::len);
        let tried = caught + unviable + timeout + survived;
        let (all, sampled) = (self.all, self.sampled);
        format!("| {name} | {all} | {sampled} | {tried} | {caught} | {unviable} | {timeout} | {survived} |\n")
    }
}

fn examine(area: &Area, asked: &Asked, each: Duration, out: &Path) -> Result<Tried> {
    let start = Instant::now();
    let mut list = command("cargo");
    list.args(["mutants", "--list", "--package", "rehearsal", "--file", area.files]);
    let list = output(within(&mut list, &out.join("tree")))?;
    let all: Vec<&str> = list.lines().collect();
    let chosen = sample(&all, asked.seed, asked.sample);
    let mut tried = Tried { all: all.len(), sampled: chosen.len(), ..Tried::default() };
    // The unit tests first: they take seconds. Only what they miss is worth the longer ones.
    let mut unit = vec!["--lib", "--"];
    unit.extend(area.unit);
    let place = out.join(area.name);
    tried.take(&outcomes(area, &chosen, &unit, each.mul_f64(0.6), &place, false)?);
    let missed: Vec<&str> = tried.survived.iter().map(String::as_str).collect();
    let left = each.saturating_sub(start.elapsed());
    tried.half.clone_from(&tried.survived);
    if !missed.is_empty() && left > Duration::from_secs(60) {
        let files: Vec<&str> = area.integration.iter().flat_map(|file| ["--test", file]).collect();
        let more = outcomes(area, &missed, &files, left, &place, true)?;
        tried.survived.retain(|name| !more.caught.contains(name) && !more.timeout.contains(name));
        tried.half.retain(|name| tried.survived.contains(name) && !more.survived.contains(name));
        tried.caught.extend(more.caught);
        tried.timeout.extend(more.timeout);
    }
    Ok(tried)
}

impl Tried {
    fn take(&mut self, outcomes: &Tried) {
        self.sampled = outcomes.sampled;
        self.caught.extend(outcomes.caught.iter().cloned());
        self.unviable.extend(outcomes.unviable.iter().cloned());
        self.timeout.extend(outcomes.timeout.iter().cloned());
        self.survived.extend(outcomes.survived.iter().cloned());
    }
}

/// Runs cargo-mutants over the named mutants until the time is over, and reads what it wrote down. Release 27.1 passes
/// deleted fields by its filter: all of an area are tried beside the sample, and `again` leaves out what was caught.
fn outcomes(area: &Area, names: &[&str], tests: &[&str], time: Duration, out: &Path, again: bool) -> Result<Tried> {
    if out.exists() && !again {
        std::fs::remove_dir_all(out).map_err(|error| format!("{}: {error}", out.display()))?;
    }
    std::fs::create_dir_all(out).map_err(|error| format!("{}: {error}", out.display()))?;
    let mut mutants = command("timeout");
    mutants.args([
        "--signal=INT",
        &time.as_secs().max(1).to_string(),
        "cargo",
        "mutants",
        "--in-place",
        "--package",
        "rehearsal",
    ]);
    mutants.args(["--file", area.files, "--minimum-test-timeout=60", "--output"]).arg(out);
    if again {
        mutants.arg("--iterate");
    }
    for name in names {
        mutants.args(["--re", &exactly(name)]);
    }
    mutants.args(["--features", "fixtures", "--"]).args(tests);
    within(&mut mutants, &root().join("target/mutants/tree"));
    // Survivors make it end with 2, a time that is over with 124.
    let status = mutants.status().map_err(|error| format!("cannot start cargo-mutants: {error}"))?;
    if !matches!(status.code(), Some(0 | 2 | 3 | 124 | 130)) {
        return Err(format!("cargo-mutants ended with {status}: are the tests green without a change?"));
    }
    let found = read(&out.join("mutants.out/mutants.json"))?;
    let found: serde_json::Value = serde_json::from_slice(&found).map_err(|error| format!("mutants.json: {error}"))?;
    let found = found.as_array().map_or(0, Vec::len);
    // Two changes of one line may have one name.
    if found < names.len() {
        return Err(format!("cargo-mutants found {found} of {} sampled mutants by their names", names.len()));
    }
    let lines = |file: &str| -> BTreeSet<String> {
        let text = std::fs::read_to_string(out.join("mutants.out").join(file)).unwrap_or_default();
        text.lines().map(str::to_string).collect()
    };
    Ok(Tried {
        all: 0,
        sampled: found,
        caught: lines("caught.txt"),
        unviable: lines("unviable.txt"),
        timeout: lines("timeout.txt"),
        survived: lines("missed.txt"),
        half: BTreeSet::new(),
    })
}

/// A regular expression for this text and no other. Only what has a meaning is escaped: `\<` would have one.
fn exactly(text: &str) -> String {
    let mut pattern = String::from("^");
    for character in text.chars() {
        if r"\.+*?()|[]{}^$".contains(character) {
            pattern.push('\\');
        }
        pattern.push(character);
    }
    pattern + "$"
}

/// A sample that depends on the seed and the names alone, whatever their order.
fn sample<'a>(all: &[&'a str], seed: u64, size: usize) -> Vec<&'a str> {
    let mut ranked: Vec<_> = all.iter().map(|name| (Sha256::digest(format!("{seed} {name}")), *name)).collect();
    ranked.sort();
    ranked.into_iter().take(size).map(|(_, name)| name).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sample_follows_the_seed_and_not_the_order() {
        let names: Vec<String> = (0..100).map(|index| format!("src/a.rs:{index}:1: replace + with -")).collect();
        let all: Vec<&str> = names.iter().map(String::as_str).collect();
        let turned: Vec<&str> = all.iter().rev().copied().collect();
        assert_eq!(sample(&all, 7, 10), sample(&turned, 7, 10));
        assert_ne!(sample(&all, 7, 10), sample(&all, 8, 10));
        assert_eq!(sample(&all, 7, 1000).len(), 100);
    }

    #[test]
    fn a_name_is_found_by_itself_alone() {
        for (name, pattern) in [
            ("src/a.rs:1:2: replace += with -=", r"^src/a\.rs:1:2: replace \+= with -=$"),
            ("src/a.rs:1:2: replace < with >=", r"^src/a\.rs:1:2: replace < with >=$"),
            ("replace f -> Option<[u8; 2]> with None", r"^replace f -> Option<\[u8; 2\]> with None$"),
            ("replace && with ||", r"^replace && with \|\|$"),
        ] {
            assert_eq!(exactly(name), pattern);
        }
    }

    #[test]
    fn what_cannot_be_asked_for_is_named() {
        let asked = Asked::read(&["--seed", "3", "cost", "--minutes", "5"]).unwrap();
        assert_eq!(asked, Asked { seed: 3, sample: 40, minutes: 5.0, areas: vec!["cost".to_string()] });
        for words in [&["costs"][..], &["--seed"], &["--seed", "x"], &["--minutes", "0"], &["--sample", "0"]] {
            assert!(Asked::read(words).unwrap_err().contains(USAGE), "{words:?}");
        }
    }

    #[test]
    fn every_area_is_of_files_that_are_there() {
        for area in AREAS {
            let place = root().join(area.files.split("/**").next().unwrap_or_default());
            assert!(place.exists(), "{}", place.display());
            for file in area.integration {
                assert!(root().join(format!("tests/{file}.rs")).exists(), "{file}");
            }
        }
    }
}
