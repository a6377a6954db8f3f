use serde_json::{Value, json};
use similar::{ChangeTag, TextDiff};

use crate::bedrock::event_stream::decode_all;
use crate::bedrock::{Block, Reply, Request, route};
use crate::doors::decode::{answer_in_frames, chunk_events};
use crate::redact::Redactor;

/// What a run answered, without what may differ between two runs: ids, padding, times.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Snapshot {
    pub entries: Vec<SnapshotEntry>,
}

/// One call of a run.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct SnapshotEntry {
    /// The call's name: what it asked.
    pub name: String,
    /// The response, normalised.
    pub response: Value,
}

/// A difference between two runs.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Difference {
    /// The call's name.
    pub name: String,
    /// Where in the response; empty for a call that only one run has.
    pub path: String,
    pub before: Value,
    pub after: Value,
    /// For two texts, how one becomes the other.
    pub text: Vec<TextChange>,
}

/// A stretch of text that stayed, went or came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TextChange {
    Same(String),
    Gone(String),
    New(String),
}

/// The version of the form.
const VERSION: u64 = 1;
/// Members that differ from run to run.
const VOLATILE: [&str; 6] = ["id", "toolUseId", "latencyMs", "invocationLatency", "firstByteLatency", "p"];

impl Snapshot {
    /// The snapshot of a run: requests and what came back.
    pub fn of<'a>(exchanges: impl IntoIterator<Item = (&'a Request, &'a Reply)>) -> Self {
        let entries = exchanges.into_iter().map(|(request, reply)| {
            // A snapshot is kept with the code: what must not be there goes before it is written.
            let redactor = Redactor::usual();
            let mut response = normalised(reply);
            redactor.value(&mut response);
            SnapshotEntry { name: redactor.text(&name_of(request)).text, response }
        });
        Snapshot { entries: entries.collect() }
    }

    /// Reads a snapshot's file.
    ///
    /// # Errors
    /// Why it is none.
    pub fn read(text: &str) -> Result<Self, String> {
        let document = crate::document::parse(text).map_err(|problem| problem.say(&crate::words::English))?;
        match document["version"].as_u64() {
            Some(VERSION) => {}
            other => return Err(format!("expected a snapshot of version {VERSION}, found {other:?}")),
        }
        let entries = document["entries"].as_array().ok_or("expected `entries`, a list")?;
        let entry = |entry: &Value| {
            let name = entry["name"].as_str().ok_or("every entry needs a name")?.to_string();
            Ok(SnapshotEntry { name, response: entry["response"].clone() })
        };
        Ok(Snapshot { entries: entries.iter().map(entry).collect::<Result<_, String>>()? })
    }

    /// The snapshot's file.
    pub fn to_text(&self) -> String {
        let entries: Vec<_> =
            self.entries.iter().map(|entry| json!({"name": entry.name, "response": entry.response})).collect();
        serde_json::to_string_pretty(&json!({"version": VERSION, "entries": entries})).unwrap_or_default() + "\n"
    }

    /// How another run differs from this one, field by field.
    pub fn differences(&self, other: &Snapshot) -> Vec<Difference> {
        let mut found = Vec::new();
        let longest = self.entries.len().max(other.entries.len());
        for index in 0..longest {
            match (self.entries.get(index), other.entries.get(index)) {
                (Some(before), Some(after)) if before.name == after.name => {
                    compare(&before.name, "", &before.response, &after.response, &mut found);
                }
                (before, after) => {
                    if let Some(before) = before {
                        found.push(whole(&before.name, before.response.clone(), Value::Null));
                    }
                    if let Some(after) = after {
                        found.push(whole(&after.name, Value::Null, after.response.clone()));
                    }
                }
            }
        }
        found
    }
}

fn whole(name: &str, before: Value, after: Value) -> Difference {
    Difference { name: name.to_string(), path: String::new(), before, after, text: Vec::new() }
}

fn name_of(request: &Request) -> String {
    let body: Value = serde_json::from_slice(&request.body).unwrap_or_default();
    let last = body["messages"].as_array().and_then(|messages| messages.last()).map(|message| &message["content"]);
    let text = last.and_then(|content| content.as_str().or_else(|| content[0]["text"].as_str())).unwrap_or_default();
    match route(request) {
        Ok(route) => format!("{} {}: {text}", route.operation.name(), route.model_id),
        Err(_) => format!("{} {}", request.method, request.path),
    }
}

fn normalised(reply: &Reply) -> Value {
    let bytes = reply.bytes();
    let stream = reply.headers.get("content-type").is_some_and(|kind| kind.contains("eventstream"));
    let body = if stream { stream_value(&bytes) } else { serde_json::from_slice(&bytes).unwrap_or_default() };
    json!({"status": reply.status, "body": masked(&body)})
}

/// A stream as what it adds up to, and the order of its events with repetitions folded.
fn stream_value(bytes: &[u8]) -> Value {
    let frames = match decode_all(bytes) {
        Ok(frames) => frames,
        Err(error) => return json!({"broken": error.to_string()}),
    };
    let chunks = chunk_events(&frames);
    let names: Vec<String> = if chunks.is_empty() {
        frames
            .iter()
            .filter_map(|frame| frame.text(":event-type").or(frame.text(":exception-type")).map(str::to_string))
            .collect()
    } else {
        chunks.iter().filter_map(|event| event["type"].as_str().map(str::to_string)).collect()
    };
    let mut order: Vec<String> = Vec::new();
    for name in names {
        if order.last() != Some(&name) {
            order.push(name);
        }
    }
    let answer = answer_in_frames(&frames);
    let blocks = answer.iter().flat_map(|answer| &answer.content).map(|block| match block {
        Block::Text(text) | Block::Cited { text, .. } => json!({"text": text}),
        Block::BrokenToolUse { name, json, .. } => json!({"tool": name, "broken": json}),
        Block::Thinking { text, .. } => json!({"thinking": text}),
        Block::RedactedThinking(_) => json!({"thinking": null}),
        Block::ToolUse { name, input, .. } => json!({"tool": name, "input": input}),
    });
    let mut value = json!({"events": order, "content": blocks.collect::<Vec<_>>()});
    if let Some(answer) = &answer {
        value["stop_reason"] = json!(answer.stop_reason.name());
        value["usage"] = json!({"input": answer.usage.input_tokens, "output": answer.usage.output_tokens});
    }
    value
}

fn masked(value: &Value) -> Value {
    match value {
        Value::Object(map) => Value::Object(
            map.iter()
                .filter(|(key, _)| !VOLATILE.contains(&key.as_str()))
                .map(|(key, value)| (key.clone(), masked(value)))
                .collect(),
        ),
        Value::Array(items) => Value::Array(items.iter().map(masked).collect()),
        other => other.clone(),
    }
}

fn compare(name: &str, path: &str, before: &Value, after: &Value, found: &mut Vec<Difference>) {
    match (before, after) {
        (Value::Object(a), Value::Object(b)) => {
            let keys = a.keys().chain(b.keys().filter(|key| !a.contains_key(*key)));
            for key in keys {
                let path = if path.is_empty() { key.clone() } else { format!("{path}.{key}") };
                let null = Value::Null;
                compare(name, &path, a.get(key).unwrap_or(&null), b.get(key).unwrap_or(&null), found);
            }
        }
        (Value::Array(a), Value::Array(b)) => {
            for index in 0..a.len().max(b.len()) {
                let null = Value::Null;
                compare(
                    name,
                    &format!("{path}[{index}]"),
                    a.get(index).unwrap_or(&null),
                    b.get(index).unwrap_or(&null),
                    found,
                );
            }
        }
        (before, after) if before == after => {}
        (before, after) => found.push(Difference {
            name: name.to_string(),
            path: path.to_string(),
            before: before.clone(),
            after: after.clone(),
            text: before.as_str().zip(after.as_str()).map(|(a, b)| text_changes(a, b)).unwrap_or_default(),
        }),
    }
}

fn text_changes(before: &str, after: &str) -> Vec<TextChange> {
    let mut changes: Vec<TextChange> = Vec::new();
    for change in TextDiff::from_chars(before, after).iter_all_changes() {
        let text = change.value();
        match (change.tag(), changes.last_mut()) {
            (ChangeTag::Equal, Some(TextChange::Same(run)))
            | (ChangeTag::Delete, Some(TextChange::Gone(run)))
            | (ChangeTag::Insert, Some(TextChange::New(run))) => run.push_str(text),
            (ChangeTag::Equal, _) => changes.push(TextChange::Same(text.to_string())),
            (ChangeTag::Delete, _) => changes.push(TextChange::Gone(text.to_string())),
            (ChangeTag::Insert, _) => changes.push(TextChange::New(text.to_string())),
        }
    }
    changes
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Answers;

    fn run(answer: &str, operation: &str) -> Snapshot {
        let client = Answers::new().to("q", answer).client();
        let request = Request {
            method: "POST".into(),
            path: format!("/model/{}/{operation}", crate::catalog::HAIKU),
            body: br#"{"messages":[{"role":"user","content":[{"text":"q"}]}]}"#.to_vec(),
            ..Request::default()
        };
        let reply = client.send(&request);
        Snapshot::of([(&request, &reply)])
    }

    #[test]
    fn two_runs_of_the_same_are_the_same_and_the_file_reads_back() {
        for operation in ["converse", "converse-stream"] {
            let first = run("第1巻は在庫あり", operation);
            assert_eq!(first.differences(&run("第1巻は在庫あり", operation)), []);
            assert_eq!(Snapshot::read(&first.to_text()).unwrap(), first);
        }
    }

    #[test]
    fn a_snapshot_keeps_no_secret() {
        for operation in ["converse", "converse-stream"] {
            let text =
                run("mail hanako@example.co.jp, key AKIAIOSFODNN7EXAMPLE, account 123456789012", operation).to_text();
            assert!(text.contains("{EMAIL}") && text.contains("{AWS_ACCESS_KEY}"), "{text}");
            assert!(!text.contains("hanako") && !text.contains("123456789012"), "{text}");
        }
    }

    #[test]
    fn a_change_is_shown_by_field_and_by_text() {
        let found = run("第1巻は在庫あり", "converse").differences(&run("第2巻は在庫あり", "converse"));
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].path, "body.output.message.content[0].text");
        assert_eq!(
            found[0].text,
            [
                TextChange::Same("第".into()),
                TextChange::Gone("1".into()),
                TextChange::New("2".into()),
                TextChange::Same("巻は在庫あり".into())
            ]
        );
    }

    #[test]
    fn a_file_of_another_version_is_refused() {
        assert!(Snapshot::read(r#"{"version": 9, "entries": []}"#).unwrap_err().contains("version 1"));
    }
}
