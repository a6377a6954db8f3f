use std::path::Path;

use serde_json::json;

use crate::run::{Result, command, read, root, run, step, write};
use crate::{licences, seal, tools};

/// The most that the first view may load, in bytes of brotli. It was 220 kB before the page counted who got no
/// answer, kept files in the browser's database and knew regions, tiers and thresholds of prices (252.6 kB), and 256 before it said what an answer
/// rests on, and 268 before tables could be sorted. It warns early; what is promised is time, measured by `benches/page.mjs` and kept in `benches/page.json`.
const FIRST_LOAD_BUDGET: u64 = 272_000;

/// The optimised static site in `dist/`, which works under any path of any static host.
pub fn dist() -> Result {
    tools::web()?;
    tools::wasm_opt()?;
    step("building the site", || {
        run(command("trunk").args(["build", "--release", "--dist", "dist"]).env("TRUNK_SKIP_VERSION_CHECK", "true"))
    })?;
    if let Ok(site) = std::env::var("SITE_URL") {
        let page = root().join("dist/index.html");
        write(&page, addressed(&String::from_utf8_lossy(&read(&page)?), &site)?)?;
    }
    let carried = licences::of("rehearsal-page", Some("wasm32-unknown-unknown"))?;
    write(&root().join("dist/licences.txt"), carried)?;
    let sizes = sizes(&root().join("dist"))?;
    let first: u64 = sizes.iter().filter(|(_, _, when)| *when == "first").map(|(_, size, _)| size).sum();
    let list: Vec<_> =
        sizes.iter().map(|(path, size, when)| json!({"path": path, "brotli": size, "when": when})).collect();
    let text = serde_json::to_string_pretty(&list).map_err(|error| error.to_string())?;
    write(&root().join("dist/size.json"), text + "\n")?;
    eprintln!("\ndist/ is ready; the first load is {:.1} kB with brotli:", first as f64 / 1000.0);
    for (path, size, when) in sizes {
        eprintln!("{:>9.1} kB  {when:<6} {path}", size as f64 / 1000.0);
    }
    Ok(())
}

/// The page with its own address where programs that draw a preview of a link want a whole one.
fn addressed(page: &str, site: &str) -> Result<String> {
    const PREVIEW: &str = r#"<meta property="og:image" content="preview.png""#;
    if !(site.starts_with("https://") || site.starts_with("http://")) || site.contains(['"', '<', '>', '&', ' ']) {
        return Err(format!(
            "SITE_URL is `{site}`: give the address that the site will have, such as https://team.example/rehearsal/"
        ));
    }
    if !page.contains(PREVIEW) {
        return Err("dist/index.html names no preview picture".to_string());
    }
    let site = format!("{}/", site.trim_end_matches('/'));
    let whole =
        format!(r#"<meta property="og:url" content="{site}" /><meta property="og:image" content="{site}preview.png""#);
    Ok(page.replacen(PREVIEW, &whole, 1))
}

/// Whether a file is needed only after the first view: the worker, which simulates what a person has
/// changed, the other views and their fixtures, the second language, and what makes the page installable and keeps it for the time without network.
fn is_later(name: &str) -> bool {
    const LATER: [&str; 5] = ["_headers", "fixtures.json", "licences.txt", "manifest.webmanifest", "service-worker.js"];
    LATER.contains(&name)
        || name.ends_with(".png")
        || ["documents-", "laboratory-", "logs/", "vocabularies/", "words/", "worker-"]
            .iter()
            .any(|beginning| name.starts_with(beginning))
}

/// Checks the first load of the site in `dist/` against its budget.
pub fn within_budget() -> Result {
    let list: Vec<serde_json::Value> = serde_json::from_slice(&read(&root().join("dist/size.json"))?)
        .map_err(|error| format!("dist/size.json: {error}"))?;
    let first = list.iter().filter(|file| file["when"] == "first").filter_map(|file| file["brotli"].as_u64()).sum();
    fits(first)
}

fn fits(first: u64) -> Result {
    let kb = |bytes: u64| bytes as f64 / 1000.0;
    if first == 0 || first > FIRST_LOAD_BUDGET {
        let budget = kb(FIRST_LOAD_BUDGET);
        return Err(format!("the first load is {:.1} kB with brotli; its budget is {budget:.0} kB", kb(first)));
    }
    Ok(())
}

/// Each file of the site, its size in brotli, and whether the first view loads it.
fn sizes(folder: &Path) -> Result<Vec<(String, u64, &'static str)>> {
    let mut sizes = Vec::new();
    for name in seal::names(folder)?.into_iter().filter(|name| name != "size.json") {
        let size = compressed(&read(&folder.join(&name))?)?;
        sizes.push((name.clone(), size, if is_later(&name) { "later" } else { "first" }));
    }
    Ok(sizes)
}

fn compressed(content: &[u8]) -> Result<u64> {
    let mut out = Vec::new();
    let parameters = brotli::enc::BrotliEncoderParams { quality: 11, ..Default::default() };
    let mut content = content;
    brotli::BrotliCompress(&mut content, &mut out, &parameters).map_err(|error| error.to_string())?;
    Ok(out.len() as u64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_preview_has_a_whole_address_where_the_site_has_one() {
        let page = r#"<meta property="og:image" content="preview.png" />"#;
        let found = super::addressed(page, "https://team.example/rehearsal").unwrap();
        assert!(found.contains(r#"og:image" content="https://team.example/rehearsal/preview.png" />"#), "{found}");
        assert!(found.contains(r#"og:url" content="https://team.example/rehearsal/""#), "{found}");
        for wrong in ["team.example", "https://a/\"><script>"] {
            assert!(super::addressed(page, wrong).unwrap_err().contains("SITE_URL"), "{wrong}");
        }
    }

    #[test]
    fn the_budget_is_held() {
        assert!(fits(FIRST_LOAD_BUDGET).is_ok());
        assert_eq!(
            fits(FIRST_LOAD_BUDGET + 100),
            Err("the first load is 272.1 kB with brotli; its budget is 272 kB".to_string())
        );
        assert!(fits(0).is_err(), "a list without files proves nothing");
    }

    #[test]
    fn the_other_views_come_later() {
        for (name, later) in [
            ("index.html", false),
            ("first-day-0123.json", false),
            ("worker-0123.wasm", true),
            ("playground-0123.js", false),
            ("documents-0123.js", true),
            ("words/ja.json", true),
            ("vocabularies/claude3.bin.gz", true),
            ("logs/support-desk.jsonl.gz", true),
            ("laboratory-0123.css", true),
            ("icon-192.png", true),
            ("icon-0123.svg", false),
        ] {
            assert_eq!(is_later(name), later, "{name}");
        }
    }
}
