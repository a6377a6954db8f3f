//! `cargo run -p rehearsal-fuzz -- [TARGET..] [--minutes N] [--seed N]`: the targets on stable, N minutes in all.
//! `TARGET FILE` runs one input again.

#![forbid(unsafe_code)]

use std::process::ExitCode;
use std::time::Duration;

use rehearsal_fuzz::{TARGETS, Target, bounded, target};

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match fuzz(&arguments) {
        Ok(0) => ExitCode::SUCCESS,
        Ok(_) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::from(2)
        }
    }
}

/// How many targets found something.
fn fuzz(arguments: &[String]) -> Result<usize, String> {
    let (mut chosen, mut minutes, mut seed): (Vec<&Target>, f64, u64) = (Vec::new(), 3.0, 42);
    let mut rest = arguments.iter();
    while let Some(argument) = rest.next() {
        let number =
            |text: Option<&String>| text.and_then(|text| text.parse::<f64>().ok()).filter(|number| *number >= 0.0);
        match argument.as_str() {
            "--minutes" => minutes = number(rest.next()).ok_or("--minutes needs a number")?,
            "--seed" => seed = number(rest.next()).ok_or("--seed needs a number")? as u64,
            "--list" => {
                TARGETS.iter().for_each(|target| println!("{}", target.name));
                return Ok(0);
            }
            "--seeds" => {
                for target in TARGETS {
                    let files = bounded::seed_files(target)?;
                    files.iter().for_each(|file| println!("{}\t{}", target.name, file.display()));
                }
                return Ok(0);
            }
            name => match (target(name), chosen.last()) {
                (Some(target), _) => chosen.push(target),
                (None, Some(last)) => {
                    let input = std::fs::read(name).map_err(|error| format!("{name}: {error}"))?;
                    (last.run)(&input);
                    println!("{}: {} bytes, nothing wrong", last.name, input.len());
                    return Ok(0);
                }
                (None, None) => {
                    let names: Vec<_> = TARGETS.iter().map(|target| target.name).collect();
                    return Err(format!("there is no target {name}: {}", names.join(", ")));
                }
            },
        }
    }
    if chosen.is_empty() {
        chosen.extend(TARGETS);
    }
    // What panics is said once, at its end.
    std::panic::set_hook(Box::new(|_| {}));
    let each = Duration::from_secs_f64(minutes * 60.0 / chosen.len() as f64);
    let (mut found, mut inputs) = (0, 0);
    for target in chosen {
        match bounded::run(target, seed, each, u64::MAX) {
            Ok(ran) => {
                inputs += ran.inputs;
                println!(
                    "{:14} {:>9} inputs, the longest {:>8.1?}, the most memory {} KiB",
                    target.name,
                    ran.inputs,
                    ran.longest,
                    ran.most_bytes >> 10
                );
            }
            Err(finding) => {
                found += 1;
                println!("{finding}");
            }
        }
    }
    println!("{inputs} inputs in all; {found} targets found something");
    Ok(found)
}
