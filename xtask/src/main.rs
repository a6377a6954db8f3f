//! Everything that is done to the project: setting up, serving, testing, publishing.
//!
//! `cargo xtask serve` and `cargo xtask test` need nothing but a Rust toolchain: what is missing
//! they install, and they say so; packages of the system only in CI and with `--install`.

mod dist;
mod docs;
mod drift;
mod fuzz;
mod licences;
mod mutants;
mod npx;
mod outside;
mod pkg;
mod post_build;
#[cfg(feature = "prices")]
mod prices;
mod release;
mod rules;
mod run;
mod sbom;
mod seal;
mod serve;
mod test;
mod tools;
mod wheel;

use std::process::ExitCode;

const USAGE: &str = "\
cargo xtask serve          set up what is missing, then open the dashboard
cargo xtask test           set up what is missing, then check everything: lint, core, browser, kit, sql, sdk, page;
                           names check those parts only, --full adds what is slow, --fuzz-minutes N fuzzes for so long
cargo xtask pkg            write the npm package to pkg/
cargo xtask wheel          build the Python wheel with the command line and the pytest plugin
cargo xtask prices FILE    LiteLLM's price file against the catalog: what changes; --write writes it
cargo xtask rules          the models' rules against the newest botocore, LiteLLM and Anthropic SDK; --write writes the service model
cargo xtask drift          what is newer elsewhere: service model, prices, flags, versions; --folder DIR compares with that, --write
                           takes over the service model and the prices
cargo xtask npx            pack the command line for npm from a release build, in target/npx
cargo xtask licences PACKAGE [TARGET]  the licences of what a package carries
cargo xtask sbom PACKAGE [TARGET]      the same as CycloneDX
cargo xtask fuzz MINUTES [TARGET..]    the fuzz targets under libFuzzer, with a nightly compiler
cargo xtask mutants        mutation testing of the core on a seeded sample: --seed N, --sample N a module, --minutes N in all
cargo xtask advisories     known weaknesses of what is built on; needs the network
cargo xtask archive        write the command line as an archive with its checksum to target/archives/
cargo xtask changelog V    print the changelog's section of a version
cargo xtask docs           build the documentation in target/book and check every link
cargo xtask dist           write the optimised static site to dist/

--install                  with any of them: install packages of the system, too (Chromium, Node.js, Python, a font), as CI does;
                           without it what is missing is printed
";

#[cfg(feature = "prices")]
fn update_prices(arguments: &[&str]) -> run::Result {
    prices::prices(arguments)
}

/// Calls itself again with the catalog's reader of price lists, which no other command needs.
#[cfg(not(feature = "prices"))]
fn update_prices(arguments: &[&str]) -> run::Result {
    let own = ["run", "--quiet", "--package", "xtask", "--features", "prices", "--", "prices"];
    run::run(std::process::Command::new("cargo").args(own).args(arguments))
}

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).filter(|word| *word != tools::INSTALL).collect();
    let result = match words.as_slice() {
        ["serve", rest @ ..] => serve::serve(rest),
        ["test", rest @ ..] => test::test(rest),
        ["dist"] => dist::dist(),
        ["docs"] => docs::docs(),
        ["drift", rest @ ..] => drift::drift(rest, update_prices),
        ["npx"] => release::build().and_then(|()| npx::npx("release")).map(|paths| {
            paths.iter().for_each(|path| eprintln!("{}", path.display()));
        }),
        ["licences", package] => licences::licences(package, None),
        ["licences", package, target] => licences::licences(package, Some(target)),
        ["sbom", package] => sbom::of(package, None).map(|text| print!("{text}")),
        ["sbom", package, target] => sbom::of(package, Some(target)).map(|text| print!("{text}")),
        ["fuzz", minutes, targets @ ..] => fuzz::fuzz(minutes, targets),
        ["mutants", rest @ ..] => mutants::mutants(rest),
        ["advisories"] => tools::cargo_deny(&["check", "advisories"]),
        ["prices", rest @ ..] => update_prices(rest),
        ["rules", rest @ ..] => rules::rules(rest),
        ["pkg"] => pkg::pkg(),
        ["archive"] => release::archive(),
        ["changelog", version] => release::changelog(version),
        ["wheel"] => wheel::wheel("release").map(|path| eprintln!("{}", path.display())),
        // Called by Trunk after each build.
        ["post-build"] => post_build::post_build(),
        _ => {
            eprint!("{USAGE}");
            return ExitCode::from(2);
        }
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("\nerror: {error}");
            ExitCode::FAILURE
        }
    }
}
