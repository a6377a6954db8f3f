//! A release: comments out of scripts and styles, names by content, hashes for everything that is
//! loaded, the content security policy, and the service worker with the list of what it keeps.

use std::path::Path;

use sha2::{Digest, Sha256, Sha384};

use crate::run::{Result, read, root, write};

/// Everything a page of this origin may do; a violation is refused by the browser.
pub const POLICY: &str = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; worker-src 'self' blob:; connect-src 'self'; \
    style-src 'self'; img-src 'self' data: blob:; font-src 'self'; manifest-src 'self'; base-uri 'none'; form-action 'none'";

/// The programs that `boot.js` finds by `meta` elements.
const PROGRAMS: [&str; 3] = ["worker", "documents", "laboratory"];

/// Makes a release of what Trunk has built.
pub fn seal(staging: &Path) -> Result {
    for name in names(staging)? {
        let path = staging.join(&name);
        match name.rsplit('.').next() {
            Some("js") => write(&path, slim_script(&text(&path)?))?,
            Some("css") => write(&path, slim_style(&text(&path)?))?,
            _ => {}
        }
    }
    let page = staging.join("index.html");
    let mut html = text(&page)?;
    let mut heads = vec![format!(r#"<meta http-equiv="Content-Security-Policy" content="{POLICY}">"#)];
    let mut head = |name: &str, file: &Named| {
        heads.push(format!(
            r#"<meta name="rehearsal-{name}" content="./{}" data-integrity="{}">"#,
            file.name, file.integrity
        ));
    };
    for program in PROGRAMS {
        head(&format!("{program}-js"), &by_content(staging, &format!("{program}.js"), program)?);
        head(&format!("{program}-wasm"), &by_content(staging, &format!("{program}_bg.wasm"), program)?);
    }
    head("first-day", &by_content(staging, "first-day.json", "first-day")?);
    let (rest, first, later) = without_styles(&html);
    html = rest;
    head("laboratory-css", &one_style(staging, &later, "laboratory")?);
    let Named { name, integrity } = one_style(staging, &first, "page")?;
    heads.push(format!(r#"<link rel="stylesheet" href="./{name}" integrity="{integrity}">"#));
    // Trunk's own hashes are those of the files before they were slimmed and optimised.
    for old in names(staging)? {
        let (stem, hash) =
            old.rsplit_once('.').map_or(("", ""), |(stem, _)| stem.rsplit_once('-').unwrap_or((stem, "")));
        if html.contains(&old)
            && hash.len() >= 10
            && hash.trim_end_matches("_bg").bytes().all(|byte| byte.is_ascii_hexdigit())
        {
            html = relinked(&html, &old, &by_content(staging, &old, stem)?);
        }
    }
    let worker = service_worker(staging, &html)?;
    write(&staging.join("service-worker.js"), worker)?;
    write(&staging.join("_headers"), headers())?;
    heads.push(r#"<meta name="rehearsal-service-worker" content="./service-worker.js">"#.to_string());
    html = html.replacen(
        "<meta charset=\"utf-8\" />",
        &format!("<meta charset=\"utf-8\" />\n    {}", heads.join("\n    ")),
        1,
    );
    write(
        &page,
        html.lines().filter(|line| !line.trim().is_empty()).map(|line| format!("{line}\n")).collect::<String>(),
    )
}

/// What a host that reads `_headers` sends (Netlify, Cloudflare Pages); others ignore the file.
fn headers() -> String {
    format!(
        "/*\n  Content-Security-Policy: {POLICY}; frame-ancestors 'none'\n  X-Content-Type-Options: nosniff\n  \
         Referrer-Policy: no-referrer\n"
    )
}

/// The files of a folder and of the folders in it, by their paths from it.
pub fn names(folder: &Path) -> Result<Vec<String>> {
    let mut names = Vec::new();
    let mut folders = vec![folder.to_path_buf()];
    while let Some(next) = folders.pop() {
        for entry in std::fs::read_dir(&next).map_err(|error| format!("{}: {error}", next.display()))?.flatten() {
            let path = entry.path();
            if path.is_dir() {
                folders.push(path);
            } else {
                names.push(path.strip_prefix(folder).unwrap_or(&path).to_string_lossy().replace('\\', "/"));
            }
        }
    }
    names.sort();
    Ok(names)
}

fn text(path: &Path) -> Result<String> {
    String::from_utf8(read(path)?).map_err(|error| format!("{}: {error}", path.display()))
}

/// A script without indentation and without the comments that take whole lines.
fn slim_script(script: &str) -> String {
    let mut out = String::with_capacity(script.len());
    let mut within_comment = false;
    for line in script.lines().map(str::trim) {
        if within_comment || line.starts_with("/*") {
            // What follows a comment on its last line is not code in any script we build.
            within_comment = !line.ends_with("*/");
        } else if !line.is_empty() && !line.starts_with("//") {
            out.push_str(line);
            out.push('\n');
        }
    }
    out
}

/// A style sheet without comments, indentation and empty lines.
fn slim_style(style: &str) -> String {
    let mut out = String::with_capacity(style.len());
    let mut rest = style;
    let mut plain = String::with_capacity(style.len());
    while let Some((before, after)) = rest.split_once("/*") {
        plain.push_str(before);
        rest = after.split_once("*/").map_or("", |(_, after)| after);
    }
    plain.push_str(rest);
    for line in plain.lines().map(str::trim).filter(|line| !line.is_empty()) {
        out.push_str(line);
        // A selector or a value may go on in the next line.
        out.push(if line.ends_with(['{', '}', ';', ',']) { '\n' } else { ' ' });
    }
    out
}

/// A file named by its content.
struct Named {
    name: String,
    integrity: String,
}

/// Renames a file by its content.
fn by_content(folder: &Path, old: &str, stem: &str) -> Result<Named> {
    let content = read(&folder.join(old))?;
    let extension = old.rsplit('.').next().unwrap_or_default();
    let name = format!("{stem}-{}.{extension}", short_hash(&content));
    std::fs::rename(folder.join(old), folder.join(&name)).map_err(|error| format!("{old}: {error}"))?;
    let integrity = format!("sha384-{}", data_encoding::BASE64.encode(&Sha384::digest(&content)));
    Ok(Named { name, integrity })
}

fn short_hash(content: &[u8]) -> String {
    Sha256::digest(content).iter().take(8).map(|byte| format!("{byte:02x}")).collect()
}

/// The page with a link to the new name and its hash: the attribute that follows the old name.
fn relinked(html: &str, old: &str, new: &Named) -> String {
    const ATTRIBUTE: &str = "integrity=\"";
    let Some((before, after)) = html.split_once(old) else { return html.to_string() };
    let Some((between, value)) = after.split_once(ATTRIBUTE) else { return format!("{before}{}{after}", new.name) };
    let rest = value.split_once('"').map_or("", |(_, rest)| rest);
    format!("{before}{}{between}{ATTRIBUTE}{}\"{rest}", new.name, new.integrity)
}

/// Style sheets as one, which is smaller together and one file to fetch.
fn one_style(staging: &Path, names: &[String], stem: &str) -> Result<Named> {
    let mut style = String::new();
    for name in names {
        style += &text(&staging.join(name))?;
        std::fs::remove_file(staging.join(name)).map_err(|error| format!("{name}: {error}"))?;
    }
    let together = format!("{stem}.css");
    write(&staging.join(&together), style)?;
    by_content(staging, &together, stem)
}

/// The page without its style sheets, the names of those that the first view needs, and of those that
/// only the laboratory needs.
fn without_styles(html: &str) -> (String, Vec<String>, Vec<String>) {
    let (mut first, mut later) = (Vec::new(), Vec::new());
    let mut out = String::new();
    let mut rest = html;
    while let Some((before, after)) = rest.split_once("<link ") {
        let (link, behind) = after.split_once('>').unwrap_or((after, ""));
        out.push_str(before);
        rest = behind;
        let name = link.split_once("href=\"./").and_then(|(_, name)| name.split_once('"')).map(|(name, _)| name);
        match name.filter(|_| link.contains("rel=\"stylesheet\"")) {
            Some(name) if link.contains("data-later") => later.push(name.to_string()),
            Some(name) => first.push(name.to_string()),
            None => {
                out.push_str("<link ");
                out.push_str(link);
                out.push('>');
            }
        }
    }
    (out + rest, first, later)
}

/// What is in the site's folder and not of its release: a host's headers, and what a team may change
/// at any time.
const NOT_KEPT: [&str; 3] = ["index.html", "_headers", "team.json"];
/// What is kept from the day on that it is first asked for: few people need all of it.
const KEPT_WHEN_ASKED: [&str; 2] = ["logs/", "vocabularies/"];

/// The service worker, told what to keep: every file of the site. The list names the release, too.
fn service_worker(staging: &Path, html: &str) -> Result<String> {
    let mut files: Vec<String> = names(staging)?
        .into_iter()
        .filter(|name| {
            !NOT_KEPT.contains(&name.as_str()) && !KEPT_WHEN_ASKED.iter().any(|folder| name.starts_with(folder))
        })
        .collect();
    let mut release = Sha256::new();
    release.update(html);
    for name in &files {
        release.update(name);
        release.update(read(&staging.join(name))?);
    }
    files.insert(0, String::new());
    let list = serde_json::to_string(&files).map_err(|error| error.to_string())?;
    let release: String = release.finalize().iter().take(8).map(|byte| format!("{byte:02x}")).collect();
    let script = text(&root().join("www/service-worker.js"))?;
    for place in ["/* release */", "/* files */"] {
        if !script.contains(place) {
            return Err(format!("www/service-worker.js has no place for {place}"));
        }
    }
    Ok(slim_script(&script.replace("\"\" /* release */", &format!("\"{release}\"")).replace("[] /* files */", &list)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scripts_lose_comments_only() {
        let script =
            "/**\n * What.\n */\nexport function f() {\n    // why\n    return `a // b`; // stays\n}\n/* one */\n";
        assert_eq!(slim_script(script), "export function f() {\nreturn `a // b`; // stays\n}\n");
    }

    #[test]
    fn styles_lose_comments_and_keep_their_values_apart() {
        let style =
            "/* A */\n.a,\n.b > c {\n  grid-template-columns:\n    1fr\n    2fr;\n}\n\n.d { color: red; /* no */ }\n";
        assert_eq!(slim_style(style), ".a,\n.b > c {\ngrid-template-columns: 1fr 2fr;\n}\n.d { color: red;  }\n");
    }

    #[test]
    fn the_laboratory_styles_come_later() {
        let html = r#"<link rel="stylesheet" href="./a-1.css" integrity="x"/> <link rel="stylesheet" href="./b-2.css" data-later/>end"#;
        let html = format!("{html}<link rel=\"icon\" href=\"./c.svg\">");
        let (rest, first, later) = without_styles(&html);
        assert_eq!(rest, " end<link rel=\"icon\" href=\"./c.svg\">");
        assert_eq!((first, later), (vec!["a-1.css".to_string()], vec!["b-2.css".to_string()]));
    }

    #[test]
    fn links_follow_the_name_and_the_hash() {
        let html = r#"<script src="./a-1.js" integrity="old"></script><script src="./c.js" integrity="c">"#;
        let new = Named { name: "a-2.js".into(), integrity: "new".into() };
        let expected = r#"<script src="./a-2.js" integrity="new"></script><script src="./c.js" integrity="c">"#;
        assert_eq!(relinked(html, "a-1.js", &new), expected);
    }
}
