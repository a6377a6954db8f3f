//! The rules of the models against what is published: the newest service model, LiteLLM's flags, and the
//! members of Anthropic's own body.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::process::Command;

use serde_json::{Map, Value, json};

use crate::run::{Result, read, root, write};

const SHAPES: &str = "src/rules/service-model.json";
const SHEET: &str = "src/rules/rules.csv";
const READER: &str = "src/bedrock/claude/read.rs";

/// The requests and answers whose shapes are kept.
const ROOTS: [&str; 10] = [
    "ConverseRequest",
    "ConverseStreamRequest",
    "ConverseTokensRequest",
    "ApplyGuardrailRequest",
    "InvokeGuardrailChecksRequest",
    "RequestMetadata",
    "ConverseResponse",
    "ConverseStreamOutput",
    "CountTokensResponse",
    "ApplyGuardrailResponse",
];

/// A column of the sheet, LiteLLM's flag, and the cell that says no.
const FLAGS: [(&str, &str, &[&str]); 6] = [
    ("tools", "supports_function_calling", &["no"]),
    ("image_in", "supports_vision", &["no"]),
    ("cache", "supports_prompt_caching", &["no"]),
    ("thinking_types", "supports_reasoning", &["none"]),
    ("structured_output", "supports_response_schema", &["no"]),
    ("prefill", "supports_assistant_prefill", &["no", "reject"]),
];

/// Differences that were looked into, by the beginning of what is printed or a part of it: who is right, and
/// why. They are told, and counted apart.
const JUDGED: [(&str, &str); 4] = [
    ("structured_output: the sheet says no", "LiteLLM makes it with a tool where the service has none"),
    ("qwen.qwen3-coder-", "the coder models do not think, by their model cards"),
    ("anthropic.claude-haiku-4-5@", "Vertex AI's spelling"),
    ("claude-sonnet-4-5-20250929-v1:0: no row", "no id of Bedrock's: the vendor is missing"),
];

/// Members of Anthropic's own API that Bedrock's body has not.
///
/// # Source
/// Notebooks with live output of 2026-08-22 and Anthropic's list of what is offered where: refused as extra
/// inputs, in the path or a header.
const NOT_ON_BEDROCK: [&str; 8] =
    ["diagnostics", "inference_geo", "message", "model", "prefill", "service_tier", "speed", "workspace_id"];

/// Prints a difference; gives 1 for one that is new.
fn differs(line: &str) -> usize {
    match JUDGED.iter().find(|(part, _)| line.contains(part)) {
        Some((_, why)) => {
            println!("judged: {line} ({why})");
            0
        }
        None => {
            println!("{line}");
            1
        }
    }
}

/// Fetches the newest releases with pip and prints what differs; `--write` writes the service model.
pub fn rules(arguments: &[&str]) -> Result {
    let write_it = match arguments {
        [] => false,
        ["--write"] => true,
        _ => return Err("cargo xtask rules [--write]".to_string()),
    };
    let folder = root().join("target/rules");
    let packages = ["botocore", "litellm", "anthropic"];
    let mut pip = Command::new("python3");
    pip.args(["-m", "pip", "install", "--quiet", "--upgrade", "--no-deps", "--target"]).arg(&folder).args(packages);
    let done = pip.status().map_err(|error| format!("python3 -m pip: {error}"))?;
    if !done.success() {
        return Err(format!("pip could not fetch {}: is PyPI reachable?", packages.join(", ")));
    }
    println!("{} differences", compare(&folder, write_it)?);
    Ok(())
}

/// Prints what differs from the packages in a folder, and gives how much that is.
pub fn compare(folder: &Path, write_it: bool) -> Result<usize> {
    Ok(service_model(folder, write_it)? + flags(folder)? + members(folder)?)
}

/// A package's version, by the folder that pip leaves beside it.
fn version(folder: &Path, package: &str) -> String {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let names = entries.filter_map(|entry| entry.file_name().into_string().ok());
    let start = format!("{package}-");
    let found = names.filter(|name| name.starts_with(&start) && name.ends_with(".dist-info")).max();
    found.map_or_else(|| "unknown".to_string(), |name| name[start.len()..name.len() - ".dist-info".len()].to_string())
}

fn service_model(folder: &Path, write_it: bool) -> std::result::Result<usize, String> {
    let file = folder.join("botocore/data/bedrock-runtime/2023-09-30/service-2.json.gz");
    let unpacked = Command::new("gzip").arg("-dc").arg(&file).output().map_err(|error| format!("gzip: {error}"))?;
    let model: Value =
        serde_json::from_slice(&unpacked.stdout).map_err(|error| format!("{}: {error}", file.display()))?;
    let mut kept = BTreeMap::new();
    for shape in ROOTS {
        keep(&model["shapes"], shape, &mut kept);
    }
    let source = format!("botocore {}, bedrock-runtime/2023-09-30", version(folder, "botocore"));
    let mut operations: Vec<&String> = model["operations"].as_object().into_iter().flat_map(Map::keys).collect();
    operations.sort();
    let lines: Vec<String> = kept.iter().map(|(name, shape)| format!("{}:{shape}", json!(name))).collect();
    let head = format!("{{\"source\":{},\"operations\":{},\"shapes\":{{", json!(source), json!(operations));
    let text = format!("{head}\n{}\n}}}}\n", lines.join(",\n"));
    let path = root().join(SHAPES);
    let parsed = |text: &[u8], what: &str| -> Result<Value> {
        serde_json::from_slice(text).map_err(|error| format!("{what}: {error}"))
    };
    let (before, after) = (parsed(&read(&path)?, SHAPES)?, parsed(text.as_bytes(), "the new service model")?);
    let mut found = Vec::new();
    for part in ["operations", "shapes"] {
        changes(part.trim_end_matches('s'), &before[part], &after[part], &mut found);
    }
    found.iter().for_each(|line| println!("service model, {line}"));
    if write_it {
        write(&path, text)?;
        println!("written to {SHAPES}");
    }
    Ok(found.len())
}

/// What is gone, new or other between two documents, each by its path; lists are sets of their values.
fn changes(path: &str, before: &Value, after: &Value, found: &mut Vec<String>) {
    match (before, after) {
        (Value::Object(old), Value::Object(new)) => {
            for (key, value) in old {
                match new.get(key) {
                    Some(now) => changes(&format!("{path} {key}"), value, now, found),
                    None => found.push(format!("gone: {path} {key} {value}")),
                }
            }
            let added = new.iter().filter(|(key, _)| !old.contains_key(*key));
            found.extend(added.map(|(key, value)| format!("new: {path} {key} {value}")));
        }
        (Value::Array(old), Value::Array(new)) => {
            found.extend(old.iter().filter(|value| !new.contains(value)).map(|value| format!("gone: {path} {value}")));
            found.extend(new.iter().filter(|value| !old.contains(value)).map(|value| format!("new: {path} {value}")));
        }
        (old, new) if old != new => found.push(format!("other: {path} was {old}, is {new}")),
        _ => {}
    }
}

/// A shape and all that it refers to, without documentation.
fn keep(shapes: &Value, name: &str, kept: &mut BTreeMap<String, Value>) {
    let shape = &shapes[name];
    if kept.contains_key(name) || !shape.is_object() {
        return;
    }
    let document = shape["document"] == true;
    let mut out = Map::new();
    out.insert("type".to_string(), if document { json!("document") } else { shape["type"].clone() });
    for key in ["enum", "min", "max", "pattern", "required", "union", "sensitive"] {
        if let Some(value) = shape.get(key) {
            out.insert(key.to_string(), value.clone());
        }
    }
    kept.insert(name.to_string(), Value::Null);
    let mut others = Vec::new();
    if let Some(members) = shape["members"].as_object() {
        // What stands in the path or a header is no member of the body.
        let body: Map<String, Value> = members
            .iter()
            .filter(|(_, member)| member.get("location").is_none())
            .map(|(name, member)| (name.clone(), member["shape"].clone()))
            .collect();
        if let Some(required) = out.get_mut("required").and_then(Value::as_array_mut) {
            required.retain(|name| name.as_str().is_some_and(|name| body.contains_key(name)));
            if required.is_empty() {
                out.remove("required");
            }
        }
        others.extend(body.values().filter_map(|shape| shape.as_str().map(str::to_string)));
        out.insert("members".to_string(), Value::Object(body));
    }
    for key in ["member", "key", "value"] {
        if let Some(other) = shape[key]["shape"].as_str() {
            out.insert(key.to_string(), json!(other));
            others.push(other.to_string());
        }
    }
    kept.insert(name.to_string(), Value::Object(out));
    for other in others {
        keep(shapes, &other, kept);
    }
}

fn flags(folder: &Path) -> std::result::Result<usize, String> {
    let file = folder.join("litellm/model_prices_and_context_window_backup.json");
    let models: Value =
        serde_json::from_slice(&read(&file)?).map_err(|error| format!("{}: {error}", file.display()))?;
    let sheet = String::from_utf8(read(&root().join(SHEET))?).map_err(|error| format!("{SHEET}: {error}"))?;
    let mut lines = sheet.lines().map(|line| line.split(',').collect::<Vec<_>>());
    let columns = lines.next().unwrap_or_default();
    let rows: BTreeMap<&str, Vec<&str>> = lines.filter_map(|cells| Some((*cells.first()?, cells))).collect();
    let release = version(folder, "litellm");
    let mut count = 0;
    for (id, model) in models.as_object().into_iter().flatten() {
        let provider = model["litellm_provider"].as_str().unwrap_or_default();
        if !matches!(provider, "bedrock" | "bedrock_converse") || model["mode"] != "chat" || id.contains('/') {
            continue;
        }
        // Profiles are the models they stand for.
        if id
            .split_once('.')
            .is_some_and(|(first, _)| ["us", "eu", "apac", "jp", "au", "ca", "in", "global", "us-gov"].contains(&first))
        {
            continue;
        }
        let Some(cells) = rows.get(id.as_str()) else {
            count += differs(&format!("{id}: no row in the sheet, LiteLLM {release} has it"));
            continue;
        };
        for (column, flag, no) in FLAGS {
            let cell = columns.iter().position(|name| *name == column).and_then(|at| cells.get(at)).copied();
            let cell = cell.unwrap_or_default();
            let Some(theirs) = model[flag].as_bool() else { continue };
            let unclear = cell.is_empty() || cell.contains(['|', '?']);
            if !unclear && theirs == no.contains(&cell) {
                count += differs(&format!("{id} {column}: the sheet says {cell}, LiteLLM {release} {flag}={theirs}"));
            }
        }
    }
    Ok(count)
}

/// Members of Anthropic's own body that its SDK has and the reader does not.
fn members(folder: &Path) -> std::result::Result<usize, String> {
    let file = folder.join("anthropic/types/message_create_params.py");
    let types = String::from_utf8(read(&file)?).map_err(|error| format!("{}: {error}", file.display()))?;
    let reader = String::from_utf8(read(&root().join(READER))?).map_err(|error| format!("{READER}: {error}"))?;
    let class = types.split("class MessageCreateParamsBase").nth(1).unwrap_or_default();
    let class = class.split("\nclass ").next().unwrap_or_default();
    let names = class.lines().filter_map(|line| {
        let name = line.strip_prefix("    ")?.split_once(':')?.0;
        let plain = !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_');
        plain.then_some(name)
    });
    let missing: BTreeSet<&str> =
        names.filter(|name| !NOT_ON_BEDROCK.contains(name) && !reader.contains(&format!("\"{name}\""))).collect();
    for name in &missing {
        println!("{READER}: no member {name}, anthropic {} has it", version(folder, "anthropic"));
    }
    Ok(missing.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_change_of_the_service_model_is_told_by_its_place() {
        let before = json!({"A": {"required": ["x", "y"], "min": 1}, "B": {}});
        let after = json!({"A": {"required": ["x", "z"], "min": 2}, "C": {"max": 3}});
        let mut found = Vec::new();
        changes("shape", &before, &after, &mut found);
        let expected = [
            "gone: shape A required \"y\"",
            "new: shape A required \"z\"",
            "other: shape A min was 1, is 2",
            "gone: shape B {}",
            "new: shape C {\"max\":3}",
        ];
        assert_eq!(found, expected);
        found.clear();
        changes("shape", &after, &after, &mut found);
        assert!(found.is_empty());
    }
}
