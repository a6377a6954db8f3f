//! The documentation site: built, its links checked, and what coding agents read written from the same chapters.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use crate::run::{Result, command, read, root, run, step, write};
use crate::tools;

/// Markdown outside the book whose links are checked, too.
const BESIDE: [&str; 7] = [
    "README.md",
    "ARCHITECTURE.md",
    "CONTRIBUTING.md",
    "CHANGELOG.md",
    "SECURITY.md",
    "python/README.md",
    "npm/package/README.md",
];

/// Builds the site in `target/book` and checks it.
pub fn docs() -> Result {
    let mdbook = tools::python()?.with_file_name("mdbook");
    step("the documentation", || {
        run(command(&mdbook.to_string_lossy()).args(["build", "docs"]))?;
        let book = root().join("target/book");
        let chapters = chapters()?;
        write(&book.join("llms.txt"), llms(&chapters)?)?;
        write(&book.join("SKILL.md"), skill(&chapters)?)?;
        let mut files: Vec<PathBuf> = BESIDE.iter().map(|name| root().join(name)).collect();
        files.extend(below(&root().join("docs"), "md")?);
        let wrong = broken(&files)?;
        if !wrong.is_empty() {
            return Err(format!("links that lead nowhere:\n{}", wrong.join("\n")));
        }
        eprintln!("{} chapters, the links of {} files lead somewhere", chapters.len(), files.len());
        Ok(())
    })
}

/// A chapter of the book.
struct Chapter {
    title: String,
    file: String,
    text: String,
}

/// The chapters in the order of `docs/SUMMARY.md`; every file of `docs/` must be one.
fn chapters() -> Result<Vec<Chapter>> {
    let folder = root().join("docs");
    let mut chapters = Vec::new();
    for line in text_of(&folder.join("SUMMARY.md"))?.lines() {
        let Some((title, rest)) =
            line.trim().trim_start_matches("- ").strip_prefix('[').and_then(|l| l.split_once("]("))
        else {
            continue;
        };
        let file = rest.trim_end_matches(')').to_string();
        chapters.push(Chapter { title: title.to_string(), text: text_of(&folder.join(&file))?, file });
    }
    let named: BTreeSet<PathBuf> = chapters.iter().map(|chapter| folder.join(&chapter.file)).collect();
    let missing =
        below(&folder, "md")?.into_iter().filter(|path| !named.contains(path) && !path.ends_with("SUMMARY.md"));
    let missing: Vec<_> = missing.map(|path| path.display().to_string()).collect();
    if missing.is_empty() { Ok(chapters) } else { Err(format!("docs/SUMMARY.md does not name {}", missing.join(", "))) }
}

fn text_of(path: &Path) -> Result<String> {
    String::from_utf8(read(path)?).map_err(|error| format!("{}: {error}", path.display()))
}

/// The files of a kind in a folder and in the folders inside it, in the order of their names.
fn below(folder: &Path, ending: &str) -> Result<Vec<PathBuf>> {
    let entries = std::fs::read_dir(folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    let mut paths: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
    paths.sort();
    let mut files = Vec::new();
    for path in paths {
        if path.is_dir() {
            files.extend(below(&path, ending)?);
        } else if path.extension().is_some_and(|found| found == ending) {
            files.push(path);
        }
    }
    Ok(files)
}

/// The first sentence under a chapter's heading.
fn first_sentence(text: &str) -> String {
    let paragraph =
        text.split("\n\n").map(str::trim).find(|part| !part.is_empty() && !part.starts_with(['#', '|', '`', '!', '<']));
    let line = paragraph.unwrap_or_default().split_whitespace().collect::<Vec<_>>().join(" ");
    line.split_inclusive(". ").next().unwrap_or_default().trim().to_string()
}

/// What the product is, in the words of the book's first page.
fn promise(chapters: &[Chapter]) -> Result<&Chapter> {
    chapters.first().ok_or_else(|| "docs/SUMMARY.md names no chapter".to_string())
}

/// `llms.txt`: what the product is, and a line for each chapter.
fn llms(chapters: &[Chapter]) -> Result<String> {
    let mut out = format!("# Rehearsal\n\n> {}\n\n## Chapters\n\n", first_sentence(&promise(chapters)?.text));
    for Chapter { title, file, text } in chapters.iter().filter(|chapter| !chapter.file.starts_with("adr/")) {
        let address = file.replace(".md", ".html");
        out.push_str(&format!("- [{title}]({address}): {}\n", first_sentence(text)));
    }
    Ok(out)
}

/// `SKILL.md`: how a coding agent uses the product, of the chapters for people who begin.
fn skill(chapters: &[Chapter]) -> Result<String> {
    let promise = first_sentence(&promise(chapters)?.text);
    let mut out = format!(
        "---\nname: rehearsal\ndescription: \"{promise} Use it when code calls Amazon Bedrock and is to be tested, priced, or \
         checked for latency and regressions.\"\n---\n\n"
    );
    for file in ["start.md", "recipes.md", "problems.md"] {
        let chapter = chapters.iter().find(|chapter| chapter.file == file);
        let text = &chapter.ok_or_else(|| format!("docs/SUMMARY.md does not name {file}"))?.text;
        // Of the problems what codes and exit codes are, not every one.
        let part = if file == "problems.md" { text.split("\n## ").next().unwrap_or_default() } else { text };
        out.push_str(part.trim());
        out.push_str("\n\n");
    }
    Ok(out)
}

/// The links of Markdown files that lead nowhere in the project, each with its file.
fn broken(files: &[PathBuf]) -> Result<Vec<String>> {
    let mut anchors: BTreeMap<PathBuf, BTreeSet<String>> = BTreeMap::new();
    let mut wrong = Vec::new();
    for file in files {
        let text = text_of(file)?;
        let folder = file.parent().unwrap_or(Path::new("."));
        for link in links(&text) {
            if link.contains("://") || link.starts_with("mailto:") {
                continue;
            }
            let (path, anchor) = link.split_once('#').unwrap_or((&link, ""));
            let target = if path.is_empty() { file.clone() } else { folder.join(path) };
            let there = if !target.exists() {
                false
            } else if anchor.is_empty() || target.extension().is_none_or(|ending| ending != "md") {
                true
            } else {
                if !anchors.contains_key(&target) {
                    anchors.insert(target.clone(), headings(&text_of(&target)?));
                }
                anchors.get(&target).is_some_and(|headings| headings.contains(anchor))
            };
            if !there {
                wrong.push(format!("{}: {link}", file.strip_prefix(root()).unwrap_or(file).display()));
            }
        }
    }
    Ok(wrong)
}

/// Text without what stands in fences of code.
fn prose(text: &str) -> String {
    let mut fenced = false;
    let lines = text.lines().filter(|line| {
        let fence = line.trim_start().starts_with("```");
        fenced ^= fence;
        !fenced && !fence
    });
    lines.collect::<Vec<_>>().join("\n")
}

/// Where the links and pictures of a text lead.
fn links(text: &str) -> Vec<String> {
    let prose = prose(text);
    let mut plain = String::new();
    // What stands between backticks is no link.
    for (index, part) in prose.split('`').enumerate() {
        plain.push_str(if index % 2 == 0 { part } else { "code" });
    }
    let mut found = Vec::new();
    for part in plain.split("](").skip(1) {
        let target = part.split(')').next().unwrap_or_default().split_whitespace().next().unwrap_or_default();
        if !target.is_empty() {
            found.push(target.to_string());
        }
    }
    found
}

/// The anchors of a text's headings, as GitHub and mdBook name them.
fn headings(text: &str) -> BTreeSet<String> {
    let heading = |line: &str| {
        let title = line.trim_start_matches('#').strip_prefix(' ')?;
        let title = title.to_lowercase();
        let kept = title.chars().filter_map(|c| match c {
            ' ' => Some('-'),
            '-' | '_' => Some(c),
            c => c.is_alphanumeric().then_some(c),
        });
        Some(kept.collect())
    };
    prose(text).lines().filter(|line| line.starts_with('#')).filter_map(heading).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_are_found_outside_of_code() {
        let text = "[a](b.md#c) and `[x](y)` ![p](q.png \"title\")\n```\n[n](o)\n```\n[d](https://e)";
        assert_eq!(links(text), ["b.md#c", "q.png", "https://e"]);
    }

    #[test]
    fn a_heading_is_its_anchor() {
        let found = headings("# Did it become slower?\n## `types[].cache`\n```\n# no heading\n```\n#none");
        assert_eq!(found.into_iter().collect::<Vec<_>>(), ["did-it-become-slower", "typescache"]);
    }

    #[test]
    fn a_link_that_leads_nowhere_is_named() {
        let folder = root().join("target/docs-test");
        write(&folder.join("a.md"), "# One\n[b](b.md#two) [c](c.md) [d](b.md#three) [e](#one) [f](#none)").unwrap();
        write(&folder.join("b.md"), "## Two\n").unwrap();
        let wrong = broken(&[folder.join("a.md")]).unwrap();
        let said: Vec<_> = wrong.iter().map(|line| line.rsplit(' ').next().unwrap_or_default()).collect();
        assert_eq!(said, ["c.md", "b.md#three", "#none"]);
    }

    #[test]
    fn the_first_sentence_is_that_of_the_text() {
        assert_eq!(first_sentence("# Title\n\n| a |\n\nIt does\nthis. And that."), "It does this.");
    }
}
