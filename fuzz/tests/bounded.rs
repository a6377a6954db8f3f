//! Every target for a moment, on stable: `REHEARSAL_FUZZ_MS` says for how long each (300 inputs otherwise), its
//! seeds always.

#![cfg(not(target_arch = "wasm32"))]
#![forbid(unsafe_code)]

use std::path::Path;
use std::time::Duration;

use rehearsal_fuzz::{TARGETS, bounded, target};

fn check(name: &str) {
    let target = target(name).expect("a target of this name");
    // A number of inputs is the same on every machine: what is found by time alone is found in longer runs.
    let asked = std::env::var("REHEARSAL_FUZZ_MS").ok().and_then(|text| text.parse().ok());
    let (ms, most) = asked.map_or((5_000, 300), |ms| (ms, u64::MAX));
    match bounded::run(target, 42, Duration::from_millis(ms), most) {
        Ok(ran) => assert!(ran.inputs as usize >= bounded::seeds(target).expect("seeds").len(), "{ran:?}"),
        Err(finding) => panic!("{finding}"),
    }
}

macro_rules! bounded {
    ($($name:ident)*) => {
        $(#[test] fn $name() { check(stringify!($name)); })*

        #[test]
        fn every_target_is_run_here_and_by_libfuzzer() {
            let here = [$(stringify!($name)),*];
            let folder = Path::new(env!("CARGO_MANIFEST_DIR"));
            let manifest = std::fs::read_to_string(folder.join("Cargo.toml")).expect("a manifest");
            for target in TARGETS {
                assert!(here.contains(&target.name), "{} has no test here", target.name);
                let file = folder.join(format!("fuzz_targets/{}.rs", target.name));
                let text = std::fs::read_to_string(&file).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
                assert!(text.contains(&format!("rehearsal_fuzz::{}(data)", target.name)), "{}", file.display());
                assert!(manifest.contains(&format!("path = \"fuzz_targets/{}.rs\"", target.name)), "{}", target.name);
            }
            assert_eq!(here.len(), TARGETS.len());
        }
    };
}

bounded! {
    event_stream socket sse door control lint_request scenario workspace link packed fixture config text
    log import cassette pasted redaction cost_report prices bench suite quantity
}

/// Whatever a file pretends to be: every hostile input goes through every target.
#[test]
fn every_hostile_input_is_borne_by_every_target() {
    let folder = bounded::root().join("tests/hostile/inputs");
    let entries = std::fs::read_dir(&folder).expect("the inputs").flatten();
    let inputs: Vec<(String, Vec<u8>)> = entries
        .map(|entry| {
            let bytes = std::fs::read(entry.path()).expect("an input");
            (entry.file_name().to_string_lossy().into_owned(), bytes)
        })
        .collect();
    assert!(inputs.len() > 50, "{}", inputs.len());
    let mut wrong = Vec::new();
    for target in TARGETS {
        for (name, input) in &inputs {
            if let Err(finding) = bounded::one(target, input) {
                wrong.push(format!("{name}: {finding}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// A target that breaks its promise is found, and its input kept.
#[test]
fn what_breaks_is_found() {
    fn breaks(data: &[u8]) {
        assert!(!data.windows(2).any(|pair| pair == b"!!"), "two of them");
    }
    let target = rehearsal_fuzz::Target {
        name: "breaks",
        run: breaks,
        seeds: &["fuzz/seeds/quantity"],
        words: &["!"],
        most: 64,
    };
    let finding = bounded::run(&target, 1, Duration::from_secs(20), u64::MAX).expect_err("it is found");
    assert!(finding.starts_with("breaks: two of them\nrun it again: "), "{finding}");
    let file = finding.rsplit(' ').next().expect("a file");
    assert!(std::fs::read(file).is_ok_and(|input| input.windows(2).any(|pair| pair == b"!!")));
    std::fs::remove_file(file).expect("it was written");
}
