use serde_json::{Value, json};
use similar::{ChangeTag, TextDiff};

use crate::bedrock::event_stream::decode_all;
use crate::bedrock::{Block, Reply, Request, route};
use crate::doors::data_events;
use crate::doors::decode::{Streamed, event_name, frame_name, streamed_in_events, streamed_in_frames};
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
    let kind = reply.headers.get("content-type").unwrap_or_default();
    let body = if kind.contains("eventstream") {
        match decode_all(&bytes) {
            Ok(frames) => stream_value(frames.iter().filter_map(frame_name), streamed_in_frames(&frames)),
            Err(error) => json!({"broken": error.to_string()}),
        }
    } else if kind.starts_with("text/event-stream") {
        let (events, _) = data_events(&String::from_utf8_lossy(&bytes));
        stream_value(events.iter().map(event_name), streamed_in_events(&events))
    } else {
        // What a gateway says is no JSON.
        let text = || Value::String(String::from_utf8_lossy(&bytes).into_owned());
        if bytes.is_empty() { Value::Null } else { serde_json::from_slice(&bytes).unwrap_or_else(|_| text()) }
    };
    json!({"status": reply.status, "body": masked(&body)})
}

/// A stream as what it adds up to, as far as it came, and the order of its events with repetitions folded.
fn stream_value(names: impl Iterator<Item = String>, streamed: Option<Streamed>) -> Value {
    let mut order: Vec<String> = names.collect();
    order.dedup();
    let blocks = streamed.iter().flat_map(|streamed| &streamed.content).map(|block| match block {
        Block::Text(text) | Block::Cited { text, .. } => json!({"text": text}),
        Block::BrokenToolUse { name, json, .. } => json!({"tool": name, "broken": json}),
        Block::Thinking { text, .. } => json!({"thinking": text}),
        Block::RedactedThinking(_) => json!({"thinking": null}),
        Block::ToolUse { name, input, .. } => json!({"tool": name, "input": input}),
    });
    let mut value = json!({"events": order, "content": blocks.collect::<Vec<_>>()});
    let Some(streamed) = &streamed else { return value };
    if let Some(reason) = streamed.stop_reason {
        value["stop_reason"] = json!(reason.name());
    }
    if let Some(usage) = &streamed.usage {
        value["usage"] = json!({"input": usage.input_tokens, "output": usage.output_tokens});
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
    use crate::catalog::Catalog;
    use crate::fixture::Library;
    use crate::mock::{Config, Mock};
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

    /// A run whose stream a fault ends, or nothing.
    fn faulty(path: &str, body: &Value, fault: &Value) -> Value {
        let config = Config { fallback: crate::mock::Fallback::Echo, ..Config::default() };
        let mut mock = Mock::new(Library::default(), Catalog::full().clone(), config);
        mock.set_faults(fault).unwrap();
        let request =
            Request { method: "POST".into(), path: path.into(), body: body.to_string().into(), ..Request::default() };
        let reply = mock.handle(&request, 0.0);
        Snapshot::of([(&request, &reply)]).entries[0].response["body"].clone()
    }

    #[test]
    fn a_stream_that_broke_says_how_far_it_came_and_why() {
        let said = json!([{"role": "user", "content": [{"text": "鬼滅の刃の第一巻はありますか"}]}]);
        let claude = json!({"anthropic_version": "bedrock-2023-05-31", "max_tokens": 99, "messages": [{"role": "user", "content": "鬼滅の刃の第一巻はありますか"}]});
        let mut at_door = claude.clone();
        at_door.as_object_mut().unwrap().remove("anthropic_version");
        at_door["model"] = json!("us.anthropic.claude-sonnet-5");
        at_door["stream"] = json!(true);
        let chat = json!({"model": "openai.gpt-oss-120b", "stream": true, "stream_options": {"include_usage": true},
            "messages": claude["messages"]});
        let haiku = format!("/model/{}", crate::catalog::HAIKU);
        for (path, body) in [
            (format!("{haiku}/converse-stream"), json!({"messages": said})),
            (format!("{haiku}/invoke-with-response-stream"), claude),
            ("/model/amazon.nova-lite-v1:0/invoke-with-response-stream".to_string(), json!({"messages": said})),
            ("/anthropic/v1/messages".to_string(), at_door),
            ("/v1/chat/completions".to_string(), chat),
        ] {
            let whole = faulty(&path, &body, &json!([]));
            assert_eq!(whole["stop_reason"], "end_turn", "{path} {whole}");
            assert!(whole["usage"]["output"].as_u64().unwrap() > 0, "{path} {whole}");
            let broken = ["early_end", "exception_frame", "error_frame"].map(|kind| {
                let snapshot = faulty(&path, &body, &json!([{"kind": kind, "after_events": 3}]));
                assert!(snapshot["stop_reason"].is_null(), "{path} {kind} {snapshot}");
                assert_ne!(snapshot["events"], json!([]), "{path} {kind}");
                snapshot
            });
            assert_ne!(broken[0], broken[1], "{path}");
            assert_ne!(broken[0], broken[2], "{path}");
            let last = |snapshot: &Value| snapshot["events"].as_array().unwrap().last().unwrap().clone();
            if path.starts_with("/model/") {
                assert_eq!(last(&broken[1]), "internalServerException", "{path}");
                assert_eq!(last(&broken[2]), "InternalFailure", "{path}");
                assert!(broken[0]["usage"].is_null() || path.contains("/invoke"), "{path} {}", broken[0]);
            }
        }
    }

    #[test]
    fn what_is_no_json_is_kept_as_its_text() {
        let fault = json!([{"kind": "gateway", "status": 502, "html": "<html>"}]);
        let path = format!("/model/{}/converse", crate::catalog::HAIKU);
        assert_eq!(
            faulty(&path, &json!({"messages": [{"role": "user", "content": [{"text": "q"}]}]}), &fault),
            "<html>"
        );
    }

    #[test]
    fn a_file_of_another_version_is_refused() {
        assert!(Snapshot::read(r#"{"version": 9, "entries": []}"#).unwrap_err().contains("version 1"));
    }
}
