//! What Trunk cannot do itself: the fixtures as one file and, in a release, names by content,
//! hashes for everything that is loaded, and the content security policy.

use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256, Sha384};

use crate::run::{Result, read, root, write};

/// Everything a page of this origin may do; a violation is refused by the browser.
pub const POLICY: &str = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; worker-src 'self' blob:; connect-src 'self'; \
    style-src 'self'; img-src 'self' data: blob:; font-src 'self'; manifest-src 'self'; base-uri 'none'; form-action 'none'";

/// Called by Trunk after each build, with its staging folder in the environment.
pub fn post_build() -> Result {
    let staging = std::env::var("TRUNK_STAGING_DIR").map(PathBuf::from).map_err(|_| "this is called by Trunk")?;
    write(&staging.join("fixtures.json"), fixtures()?)?;
    if std::env::var("TRUNK_PROFILE").is_ok_and(|profile| profile == "release") {
        seal(&staging)?;
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

/// Names the programs by their final content and tells the page names, hashes and policy.
fn seal(staging: &Path) -> Result {
    let page = staging.join("index.html");
    let mut html = String::from_utf8(read(&page)?).map_err(|error| error.to_string())?;
    let mut heads = vec![format!(r#"<meta http-equiv="Content-Security-Policy" content="{POLICY}">"#)];
    for program in ["worker", "laboratory"] {
        for (kind, ending) in [("js", ".js"), ("wasm", "_bg.wasm")] {
            let (name, integrity) = by_content(staging, &format!("{program}{ending}"), program, kind)?;
            let meta =
                format!(r#"<meta name="rehearsal-{program}-{kind}" content="./{name}" data-integrity="{integrity}">"#);
            heads.push(meta);
        }
    }
    for entry in std::fs::read_dir(staging).map_err(|error| error.to_string())?.flatten() {
        let old = entry.file_name().to_string_lossy().into_owned();
        let kind = old.rsplit('.').next().unwrap_or_default().to_string();
        if old.starts_with("playground-") {
            let (name, integrity) = by_content(staging, &old, "playground", &kind)?;
            html = relinked(&html, &old, &name, &integrity);
        }
    }
    html = html.replacen(
        "<meta charset=\"utf-8\" />",
        &format!("<meta charset=\"utf-8\" />\n    {}", heads.join("\n    ")),
        1,
    );
    write(&page, html)
}

/// Renames a file by its content; gives the new name and the hash for `integrity`.
fn by_content(folder: &Path, old: &str, stem: &str, extension: &str) -> Result<(String, String)> {
    let content = read(&folder.join(old))?;
    let short: String = Sha256::digest(&content).iter().take(8).map(|byte| format!("{byte:02x}")).collect();
    let name = format!("{stem}-{short}.{extension}");
    std::fs::rename(folder.join(old), folder.join(&name)).map_err(|error| format!("{old}: {error}"))?;
    let integrity = format!("sha384-{}", data_encoding::BASE64.encode(&Sha384::digest(&content)));
    Ok((name, integrity))
}

/// The page with a link to the new name and its hash: the attribute that follows the old name.
fn relinked(html: &str, old: &str, name: &str, integrity: &str) -> String {
    const ATTRIBUTE: &str = "integrity=\"";
    let Some((before, after)) = html.split_once(old) else { return html.to_string() };
    let Some((between, value)) = after.split_once(ATTRIBUTE) else { return format!("{before}{name}{after}") };
    let rest = value.split_once('"').map_or("", |(_, rest)| rest);
    format!("{before}{name}{between}{ATTRIBUTE}{integrity}\"{rest}")
}
