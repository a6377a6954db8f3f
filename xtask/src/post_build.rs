//! What Trunk cannot do itself: the fixtures as one file, the manifest with its icons and, in a
//! release, everything in `seal`.

use std::path::PathBuf;

use crate::run::{Result, read, root, write};
use crate::seal;

/// Files beside the page.
const BESIDE: [&str; 5] =
    ["first-day.json", "manifest.webmanifest", "icon-192.png", "icon-512.png", "icon-maskable-512.png"];

/// Vocabularies of tokenizers, which the page loads when a text of theirs is counted.
const VOCABULARIES: &str = "src/catalog/vocabularies";

/// Logs of invented teams, which the page's questions begin with.
const EXAMPLE_LOGS: &str = "fixtures/logs";

/// Called by Trunk after each build, with its staging folder in the environment.
pub fn post_build() -> Result {
    let staging = std::env::var("TRUNK_STAGING_DIR").map(PathBuf::from).map_err(|_| "this is called by Trunk")?;
    write(&staging.join("fixtures.json"), fixtures()?)?;
    for name in BESIDE {
        write(&staging.join(name), read(&root().join("www").join(name))?)?;
    }
    let page = staging.join("index.html");
    let html = String::from_utf8_lossy(&read(&page)?).into_owned();
    let first = String::from_utf8_lossy(&read(&root().join("www/first-view.html"))?).into_owned();
    write(&page, html.replacen("FIRST_VIEW", first.trim_end(), 1))?;
    for name in seal::names(&root().join(EXAMPLE_LOGS))?.iter().filter(|name| name.ends_with(".jsonl.gz")) {
        write(&staging.join("logs").join(name), read(&root().join(EXAMPLE_LOGS).join(name))?)?;
    }
    for name in seal::names(&root().join(VOCABULARIES))?.iter().filter(|name| name.ends_with(".bin.gz")) {
        write(&staging.join("vocabularies").join(name), read(&root().join(VOCABULARIES).join(name))?)?;
    }
    if std::env::var("TRUNK_PROFILE").is_ok_and(|profile| profile == "release") {
        seal::seal(&staging)?;
    }
    Ok(())
}

/// All fixture files as one object: names and texts.
fn fixtures() -> Result<String> {
    let folder = root().join("fixtures");
    let entries = std::fs::read_dir(&folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    let mut files: Vec<_> = entries.filter_map(|entry| Some(entry.ok()?.path())).collect();
    files.sort();
    let mut bundle = serde_json::Map::new();
    for file in files.iter().filter(|file| file.extension().is_some_and(|kind| kind == "json" || kind == "yaml")) {
        let name = file.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if name != "schema.json" {
            let text = String::from_utf8(read(file)?).map_err(|error| format!("{name}: {error}"))?;
            bundle.insert(name, serde_json::Value::String(text));
        }
    }
    Ok(serde_json::Value::Object(bundle).to_string())
}
