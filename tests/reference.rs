//! The reference chapters say what the code says: they are written from its tables and comments.
//! `UPDATE=1 cargo test --test reference` writes them anew.
#![cfg(not(target_arch = "wasm32"))]

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use rehearsal::words::{English, Locale, Word};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).to_path_buf()
}

fn read(path: &str) -> String {
    std::fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// Holds the part of a chapter between `<!-- from the code: NAME -->` and `<!-- end -->` to what the code gives.
fn holds(path: &str, name: &str, expected: &str) {
    let text = read(path);
    let begin = format!("<!-- from the code: {name} -->\n");
    let (before, rest) = text.split_once(&begin).unwrap_or_else(|| panic!("{path} has no part `{name}`"));
    let (there, after) = rest.split_once("<!-- end -->").unwrap_or_else(|| panic!("{path}: `{name}` has no end"));
    let expected = format!("\n{}\n\n", expected.trim());
    if there == expected {
        return;
    }
    if std::env::var_os("UPDATE").is_some() {
        let written = format!("{before}{begin}{expected}<!-- end -->{after}");
        std::fs::write(root().join(path), written).unwrap_or_else(|error| panic!("{path}: {error}"));
        return;
    }
    panic!("{path}, `{name}`, is not what the code says: write it anew with UPDATE=1 cargo test --test reference");
}

/// A comment of the code as one line of a table.
fn cell(comment: &[&str]) -> String {
    let text = comment.join(" ").replace("[`", "`").replace("`]", "`").replace('|', "\\|");
    text.trim().to_string()
}

/// The members of a struct, an enum or a group of a macro with their comments and types: what stands
/// between its line and the closing brace under it.
fn members(path: &str, heading: &str) -> Vec<(String, String, String)> {
    let text = read(path);
    let mut lines = text.lines().skip_while(|line| line.trim() != heading);
    let first = lines.next().unwrap_or_else(|| panic!("{path} has no `{heading}`"));
    let indent = first.len() - first.trim_start().len();
    let (mut found, mut comment) = (Vec::new(), Vec::new());
    for line in lines.take_while(|line| line.len() - line.trim_start().len() > indent || line.trim().is_empty()) {
        let line = line.trim();
        if let Some(text) = line.strip_prefix("///") {
            comment.push(text.trim());
        } else if !line.starts_with("//")
            && !line.starts_with('#')
            && line.starts_with(|c: char| c.is_ascii_alphanumeric())
        {
            let member = line.trim_end_matches(',').trim_start_matches("pub ");
            let (name, kind) = member.split_once(": ").or(member.split_once(" = ")).unwrap_or((member, ""));
            found.push((name.to_string(), kind.to_string(), cell(&comment)));
            comment.clear();
        }
    }
    assert!(!found.is_empty(), "{path}: `{heading}` has no members");
    found
}

/// What a type of the code is in a document.
fn kind(of: &str) -> String {
    let inner = |text: &str| text.split_once('<').map(|(_, rest)| rest.trim_end_matches('>').to_string());
    match of {
        "String" => "text".to_string(),
        "bool" => "true or false".to_string(),
        "f64" => "number".to_string(),
        "u32" | "u64" | "usize" => "whole number".to_string(),
        "Distribution" => "number or distribution".to_string(),
        of if of.starts_with("Option<") => kind(&inner(of).unwrap_or_default()),
        of if of.starts_with("Vec<") => format!("list of {}", kind(&inner(of).unwrap_or_default())),
        of if of.starts_with("Arc<") => kind(&inner(of).unwrap_or_default()),
        of if of.starts_with("BTreeMap<String, ") => {
            format!("{} by name", kind(inner(of).unwrap_or_default().trim_start_matches("String, ")))
        }
        "Host" => choices("host"),
        "Fallback" => choices("fallback"),
        "LatencyMode" => choices("latency"),
        "Guardrail" => "[an object](#guardrail)".to_string(),
        "MockModelConfig" => "[objects](#modelsid)".to_string(),
        "Quota" => "[objects](#quotasid)".to_string(),
        "Fault" => "[objects](#faults-of-the-mock)".to_string(),
        of if of.starts_with(|c: char| c.is_ascii_digit()) => format!("number; {of} by default"),
        of => of.to_string(),
    }
}

/// The values of a key of the mock's configuration, as its schema has them.
fn choices(key: &str) -> String {
    let schema: serde_json::Value = serde_json::from_str(rehearsal::mock::CONFIG_SCHEMA).expect("the schema is JSON");
    let values = schema["properties"][key]["enum"].as_array().unwrap_or_else(|| panic!("{key} has no values"));
    let names: Vec<String> = values.iter().filter_map(|value| Some(format!("`{}`", value.as_str()?))).collect();
    names.join(", ")
}

fn table(path: &str, heading: &str, without: &[&str]) -> String {
    let mut out = String::from("| key | what it takes | what it is |\n|---|---|---|\n");
    for (name, of, comment) in members(path, heading) {
        if !without.contains(&name.as_str()) {
            out.push_str(&format!("| `{name}` | {} | {comment} |\n", kind(&of)));
        }
    }
    out
}

/// A number with its thousands apart.
fn grouped(number: f64) -> String {
    if number.fract() == 0.0 && number.abs() >= 1.0 { English.number(number) } else { number.to_string() }
}

/// What a field takes, in words.
fn takes(schema: &serde_json::Value, limits: &rehearsal::scenario::Limits) -> String {
    let name = |schema: &serde_json::Value| -> Option<String> {
        let at = schema.get("$ref")?.as_str()?;
        let name = at.rsplit('/').next()?;
        Some(format!("[{name}](#{})", name.to_lowercase()))
    };
    let numbers = || {
        let whole = if limits.whole || schema["type"] == "integer" { "whole number" } else { "number" };
        match (limits.least.is_finite(), limits.most.is_finite()) {
            (true, true) => format!("{whole}, {} to {}", grouped(limits.least), grouped(limits.most)),
            _ => whole.to_string(),
        }
    };
    if let Some(name) = name(schema) {
        return name;
    }
    if let Some(keys) = schema.get("enum").and_then(serde_json::Value::as_array) {
        let keys: Vec<String> = keys.iter().filter_map(|key| Some(format!("`{}`", key.as_str()?))).collect();
        return keys.join(", ");
    }
    match schema.get("anyOf").and_then(serde_json::Value::as_array).map(Vec::as_slice) {
        Some([first, second]) if first["type"] == "boolean" => {
            format!("`true`, or {}", name(second).unwrap_or_default())
        }
        Some([_, second]) if second["$ref"] == "#/$defs/Distribution" => format!("{}, or a distribution", numbers()),
        Some([names, _]) if names.get("enum").is_some() => {
            format!("{}, or 24 weights, {} to {}", takes(names, limits), grouped(limits.least), grouped(limits.most))
        }
        _ => match (&schema["type"], schema.get("items"), schema.get("additionalProperties")) {
            (kind, Some(items), _) if kind == "array" => match name(items) {
                Some(object) => format!("list of {object}"),
                None => "list of numbers".to_string(),
            },
            (_, _, Some(of)) if of.is_object() => format!("by model id, {}", name(of).unwrap_or_default()),
            (kind, ..) if kind == "boolean" => "`true` or `false`".to_string(),
            (kind, ..) if kind == "string" => "text".to_string(),
            _ => numbers(),
        },
    }
}

#[test]
fn every_key_of_a_scenario_is_in_the_reference() {
    let mut out = String::new();
    for (object, fields) in rehearsal::scenario::Scenario::form().iter() {
        out.push_str(&format!("### {object}\n\n| key | what it takes | default | what it is |\n|---|---|---|---|\n"));
        for field in fields.iter().filter(|field| !field.schema.is_null()) {
            let default = match &field.default {
                _ if field.limits.required => "must be there".to_string(),
                serde_json::Value::Null => String::new(),
                default if default.is_array() || default.is_object() => String::new(),
                default => default.as_f64().map_or_else(|| format!("`{default}`"), grouped),
            };
            let takes = takes(&field.schema, &field.limits);
            out.push_str(&format!("| `{}` | {takes} | {default} | {} |\n", field.name, cell(&[&field.about])));
        }
        out.push('\n');
    }
    holds("docs/configuration.md", "scenario", &out);
}

/// The schema that editors can be pointed to is what `rehearsal schema scenario` prints.
#[test]
fn the_scenarios_schema_is_the_codes() {
    let path = root().join("docs/scenario.schema.json");
    let expected = serde_json::to_string_pretty(&rehearsal::scenario::Scenario::schema()).expect("it is JSON") + "\n";
    if std::env::var_os("UPDATE").is_some() {
        std::fs::write(&path, &expected).expect("it is written");
    }
    let there = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(there == expected, "write docs/scenario.schema.json anew with UPDATE=1 cargo test --test reference");
}

#[test]
fn every_key_of_the_mock_is_in_the_reference() {
    let config = table("src/mock/config.rs", "pub struct Config {", &["timeless"]);
    let quota = table("src/mock/quota.rs", "pub struct Quota {", &[]);
    let model = table("src/mock/model_config.rs", "pub struct MockModelConfig {", &[]);
    let tables = format!("{config}\n### `models.ID`\n\n{model}\n### `quotas.ID`\n\n{quota}");
    holds("docs/configuration.md", "mock", &tables);
    // Every kind of fault that is read is in the reference, and none that is not.
    let source = read("src/mock/fault.rs");
    let read_kinds: BTreeSet<&str> = source
        .lines()
        .filter_map(|line| line.trim().strip_prefix('"')?.split_once("\" => "))
        .map(|(kind, _)| kind)
        .collect();
    assert!(read_kinds.len() >= 10, "{read_kinds:?}");
    let chapter = read("docs/configuration.md");
    let faults = chapter.split("\n## Faults").nth(1).unwrap_or_default();
    for kind in read_kinds {
        assert!(faults.contains(&format!("| `{kind}` |")), "docs/configuration.md, Faults, has no `{kind}`");
    }
}

/// The words that say what is wrong with an input: those with a hint, and those that stand where problems are made.
fn codes() -> BTreeSet<&'static str> {
    let keys: BTreeSet<&str> = Word::ALL.iter().map(|word| word.key()).collect();
    // Words of the page's own fields and panels, of findings and reasons that are no problems, and parts of a sentence.
    let other = [
        "ui_",
        "an_",
        "det_",
        "chart",
        "knee_",
        "expected_",
        "lint_",
        "did_you_mean",
        "bench_differs",
        "bench_chain",
        "bench_thresholds",
        "reason_",
        "fault_",
        "rule_",
    ];
    let is_code = |key: &str| !key.ends_with("_hint") && !other.iter().any(|start| key.starts_with(start));
    let mut found: BTreeSet<&str> =
        keys.iter().copied().filter(|key| is_code(key) && keys.contains(format!("{key}_hint").as_str())).collect();
    for file in sources(&root().join("src")) {
        let text = std::fs::read_to_string(&file).unwrap_or_default();
        let code = text.split("mod tests {").next().unwrap_or_default();
        if !["Problem::error(", "Problem::warning(", "wrong_type("].iter().any(|part| code.contains(part)) {
            continue;
        }
        for part in code.split("Word::").skip(1) {
            let name = part.split(|c: char| !c.is_ascii_alphanumeric() && c != '_').next().unwrap_or_default();
            found.extend(keys.get(name).copied().filter(|key| is_code(key)));
        }
    }
    found
}

fn sources(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).expect("the sources are there").flatten().map(|entry| entry.path());
    let mut files: Vec<PathBuf> = entries
        .flat_map(|path| if path.is_dir() { sources(&path) } else { vec![path] })
        .filter(|path| path.extension().is_some_and(|ending| ending == "rs"))
        .collect();
    files.sort();
    files
}

#[test]
fn every_problem_has_its_code_in_the_reference() {
    let mut out = String::from("| code | what it says | what to do |\n|---|---|---|\n");
    for key in codes() {
        let text = |key: &str| Word::from_key(key).map_or(String::new(), |word| cell(&[word.english()]));
        out.push_str(&format!("| `{key}` | {} | {} |\n", text(key), text(&format!("{key}_hint"))));
    }
    holds("docs/problems.md", "problems", &out);
}

/// `PascalCase` as serde writes it.
fn snake(name: &str) -> String {
    let mut out = String::new();
    for letter in name.chars() {
        if letter.is_ascii_uppercase() && !out.is_empty() {
            out.push('_');
        }
        out.push(letter.to_ascii_lowercase());
    }
    out
}

#[test]
fn every_error_and_finding_of_a_log_is_in_the_reference() {
    let mut out = String::new();
    for (title, path, heading) in [
        ("Errors", "src/import/error.rs", "pub enum ErrorCode {"),
        ("Findings, beside the bill", "src/import/findings.rs", "pub enum FindingCode {"),
    ] {
        out.push_str(&format!("### {title}\n\n| code | what it is |\n|---|---|\n"));
        for (name, _, comment) in members(path, heading) {
            out.push_str(&format!("| `{}` | {comment} |\n", snake(&name)));
        }
        out.push('\n');
    }
    holds("docs/problems.md", "logs", &out);
}

/// Names that a source gives behind a text: `report.add("NAME"`, `rule: "NAME"`.
fn named(path: &str, before: &[&str]) -> BTreeSet<String> {
    let text: String = read(path).split_whitespace().collect::<Vec<_>>().join(" ").replace("( ", "(");
    let mut found = BTreeSet::new();
    for part in before {
        found.extend(text.split(part).skip(1).filter_map(|rest| Some(rest.split_once('"')?.0.to_string())));
    }
    found
}

#[test]
fn every_rule_of_fixtures_and_of_the_ledger_is_in_the_reference() {
    let chapter = read("docs/problems.md");
    for (path, before, heading) in [
        ("src/fixture/lint.rs", &[".add(\"", "rule: \""][..], "## Fixtures"),
        ("src/mock/ledger.rs", &["rule: \""][..], "## What a client did wrong"),
    ] {
        let rules = named(path, before);
        assert!(rules.len() >= 4, "{path}: {rules:?}");
        let part = chapter.split(heading).nth(1).and_then(|rest| rest.split("\n## ").next()).unwrap_or_default();
        for rule in rules {
            assert!(part.contains(&format!("| `{rule}` |")), "docs/problems.md, {heading}, has no `{rule}`");
        }
    }
}
