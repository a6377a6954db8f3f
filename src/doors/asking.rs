//! A prompt as a request: the body and the path of every operation, the AWS API's and those of the doors.

use serde_json::{Value, json};

use crate::bedrock::{CacheTtl, Headers, Operation, Request};
use crate::catalog::claude_version;
use crate::rules::{RuleSheet, base_id};

use super::offered::{Offer, host_of, path_for};
use super::{Door, Host};

/// What is asked, whatever it goes through.
#[derive(Clone, Debug, PartialEq)]
pub struct Asking {
    pub model: String,
    /// Nothing where it is empty.
    pub system: String,
    pub prompt: String,
    pub max_tokens: u64,
    pub temperature: Option<f64>,
    /// The label `query_type`; nothing where it is empty. The doors have no place for it.
    pub query_type: String,
    /// Where a prefix ends that is to be cached; only [`Asking::takes_cache_point`] says where there is one.
    pub cache_point: Option<CachePoint>,
}

/// A cache point: what stands before it is to be cached.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CachePoint {
    pub after: PointAfter,
    pub ttl: CacheTtl,
}

/// What a cache point stands behind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PointAfter {
    System,
    Prompt,
}

impl Asking {
    /// A prompt to a model, and nothing beside it.
    pub fn new(model: &str, prompt: &str, max_tokens: u64) -> Self {
        Asking {
            model: model.to_string(),
            system: String::new(),
            prompt: prompt.to_string(),
            max_tokens,
            temperature: None,
            query_type: String::new(),
            cache_point: None,
        }
    }

    /// Whether the operation has a place for a cache point: Converse's, and Claude's own form.
    pub fn takes_cache_point(&self, operation: Operation) -> bool {
        match operation {
            Operation::Converse | Operation::ConverseStream | Operation::CountTokens => true,
            Operation::InvokeModel | Operation::InvokeModelWithResponseStream => claude_version(&self.model).is_some(),
            Operation::Messages | Operation::MessagesStream => true,
            _ => false,
        }
    }

    /// The lifetime of the cache point behind this part of the prompt.
    fn point(&self, after: PointAfter) -> Option<CacheTtl> {
        self.cache_point.filter(|point| point.after == after).map(|point| point.ttl)
    }

    /// A text as Converse's content, its cache point behind it.
    fn blocks(&self, text: &str, after: PointAfter) -> Value {
        match self.point(after) {
            None => json!([{"text": text}]),
            Some(CacheTtl::Minutes5) => json!([{"text": text}, {"cachePoint": {"type": "default"}}]),
            Some(ttl) => json!([{"text": text}, {"cachePoint": {"type": "default", "ttl": ttl.key()}}]),
        }
    }

    /// A text as Claude's content, marked where a cache point stands behind it.
    fn marked(&self, text: &str, after: PointAfter) -> Value {
        match self.point(after) {
            None => json!(text),
            Some(CacheTtl::Minutes5) => {
                json!([{"type": "text", "text": text, "cache_control": {"type": "ephemeral"}}])
            }
            Some(ttl) => {
                json!([{"type": "text", "text": text, "cache_control": {"type": "ephemeral", "ttl": ttl.key()}}])
            }
        }
    }

    /// The body that the operation and the model take.
    pub fn body(&self, operation: Operation) -> Value {
        let Asking { model, system, prompt, max_tokens, temperature, query_type, .. } = self;
        let said = json!([{"role": "user", "content": prompt}]);
        let marked = || json!([{"role": "user", "content": self.marked(prompt, PointAfter::Prompt)}]);
        let mut body = match operation {
            Operation::Converse | Operation::ConverseStream | Operation::CountTokens => {
                let content = self.blocks(prompt, PointAfter::Prompt);
                let mut body = json!({"messages": [{"role": "user", "content": content}]});
                if !system.is_empty() {
                    body["system"] = self.blocks(system, PointAfter::System);
                }
                if operation == Operation::CountTokens {
                    return json!({"input": {"converse": body}});
                }
                body["inferenceConfig"] = json!({"maxTokens": max_tokens});
                if let Some(temperature) = temperature {
                    body["inferenceConfig"]["temperature"] = json!(temperature);
                }
                if !query_type.is_empty() {
                    body["requestMetadata"] = json!({"query_type": query_type});
                }
                return body;
            }
            Operation::InvokeModel | Operation::InvokeModelWithResponseStream if claude_version(model).is_none() => {
                return json!({"messages": [{"role": "user", "content": [{"text": prompt}]}],
                    "inferenceConfig": {"max_new_tokens": max_tokens}});
            }
            Operation::InvokeModel | Operation::InvokeModelWithResponseStream => {
                json!({"anthropic_version": "bedrock-2023-05-31", "max_tokens": max_tokens, "messages": marked()})
            }
            Operation::Messages | Operation::MessagesStream => {
                json!({"model": model, "max_tokens": max_tokens, "messages": marked()})
            }
            Operation::ChatCompletions | Operation::ChatCompletionsStream => {
                json!({"model": model, "messages": said, "max_completion_tokens": max_tokens})
            }
            Operation::Responses | Operation::ResponsesStream => {
                json!({"model": model, "input": prompt, "max_output_tokens": max_tokens})
            }
        };
        if !system.is_empty() {
            match operation {
                Operation::Responses | Operation::ResponsesStream => body["instructions"] = json!(system),
                Operation::ChatCompletions | Operation::ChatCompletionsStream => {
                    body["messages"] = json!([{"role": "system", "content": system}, said[0]]);
                }
                _ => body["system"] = self.marked(system, PointAfter::System),
            }
        }
        if let Some(temperature) = temperature {
            body["temperature"] = json!(temperature);
        }
        if operation.is_sse() {
            body["stream"] = json!(true);
            if operation == Operation::ChatCompletionsStream {
                body["stream_options"] = json!({"include_usage": true});
            }
        }
        body
    }

    /// The request that asks by this operation.
    pub fn request(&self, operation: Operation) -> Request {
        let mut headers = Headers::from([("content-type", "application/json")]);
        if operation.is_invoke() && !self.query_type.is_empty() {
            let labels = json!({"query_type": self.query_type}).to_string();
            headers = headers.with("x-amzn-bedrock-request-metadata", labels);
        }
        let path = match door_of(operation) {
            Some(door) => path_for(door.key(), &self.model).unwrap_or_default(),
            None => {
                let model = self.model.replace(':', "%3A").replace('/', "%2F");
                format!("/model/{model}/{}", operation.segment())
            }
        };
        let body = self.body(operation).to_string().into_bytes();
        Request { method: "POST".to_string(), path, headers, body }
    }
}

/// The door of an operation; `None` for the AWS API's.
fn door_of(operation: Operation) -> Option<&'static dyn Door> {
    let at_a_door = operation.is_at_a_door();
    super::DOORS.iter().copied().find(|door| at_a_door && door.operation(operation.is_sse()) == operation)
}

/// The operation of a door, whole or streamed; `None` where there is no such door.
pub fn operation_of(door: &str, stream: bool) -> Option<Operation> {
    let answers = ["messages", "chat", "responses"].contains(&door);
    let door = super::DOORS.iter().find(|known| answers && known.key() == door)?;
    Some(door.operation(stream))
}

/// The ids by which an operation of a door can be asked for its models, on either host.
pub fn ids_for(operation: Operation) -> Vec<String> {
    let rows = super::offers().iter().flat_map(|offer| sides(offer.model));
    let mut ids: Vec<String> = rows.filter(|side| side.operation == operation).map(|side| side.model).collect();
    ids.sort();
    ids.dedup();
    ids
}

/// The id by which a door serves a model, or where it does not, a model that it serves.
pub fn served(operation: Operation, model: &str) -> String {
    let side = sides(model).into_iter().find(|side| side.operation == operation);
    side.map_or_else(|| usual_model(operation).to_string(), |side| side.model)
}

/// The id by which the runtime takes a model: the one that is given, or a profile of it where its bare id is refused.
pub fn taken_as(id: &str) -> String {
    let is_bare = RuleSheet::get().row(id).is_some_and(|row| row.model() == id);
    let mut asked = sides(id).into_iter().filter(|side| is_bare && side.operation == Operation::ConverseStream);
    asked.next().map_or_else(|| id.to_string(), |side| side.model)
}

/// The model that an operation is asked for where none is named.
pub fn usual_model(operation: Operation) -> &'static str {
    match operation {
        Operation::Messages | Operation::MessagesStream => "us.anthropic.claude-sonnet-5",
        operation if operation.is_at_a_door() => "us.openai.gpt-5.6-sol",
        _ => crate::catalog::HAIKU,
    }
}

/// The same on a host: mantle has ids of its own.
pub fn usual_model_at(operation: Operation, host: Option<Host>) -> &'static str {
    let usual = usual_model(operation);
    match host {
        Some(Host::Mantle) if operation.is_at_a_door() => Offer::of(usual).map_or(usual, |offer| offer.mantle_id),
        _ => usual,
    }
}

/// One side from which a model can be asked.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Side {
    pub operation: Operation,
    pub host: Host,
    /// The model's id there.
    pub model: String,
}

/// Every side from which a model answers, streams behind whole answers; by any of its ids.
pub fn sides(id: &str) -> Vec<Side> {
    let row = RuleSheet::get().row(id);
    let model = row.map_or(base_id(id), |row| row.model());
    let served = |api: &str| row.is_none_or(|row| row.cell("doors_runtime").split(['+', '|']).any(|door| door == api));
    // A profile names the runtime where the bare id is mantle's, or where there is no other way.
    let by_profile = row.is_some_and(|row| row.cell("direct_regions") == "none")
        || Offer::of(id).is_some_and(|offer| offer.mantle_id == offer.model);
    let profiles = row.map_or("", |row| row.cell("profiles"));
    let geography = ["global", "us"].into_iter().find(|name| profiles.split(['+', '?']).any(|listed| listed == *name));
    let runtime_id = match geography.filter(|_| by_profile) {
        Some(geography) => format!("{geography}.{model}"),
        None => model.to_string(),
    };
    let aws = [
        ("converse", Operation::Converse),
        ("converse", Operation::ConverseStream),
        ("invoke", Operation::InvokeModel),
        ("invoke", Operation::InvokeModelWithResponseStream),
    ];
    let aws = aws.into_iter().filter(|(api, _)| served(api));
    let mut sides: Vec<Side> =
        aws.map(|(_, operation)| Side { operation, host: Host::Runtime, model: runtime_id.clone() }).collect();
    let Some(offer) = Offer::of(id) else { return sides };
    let mantle_id = offer.mantle_id.to_string();
    for (host, doors, model) in
        [(Host::Runtime, &offer.runtime, &runtime_id), (Host::Mantle, &offer.mantle, &mantle_id)]
    {
        // The id says the host, where both hosts know it by the same name.
        for door in doors.iter().filter(|_| host_of(model) == host) {
            let operations = [false, true].into_iter().filter_map(|stream| operation_of(door, stream));
            sides.extend(operations.map(|operation| Side { operation, host, model: model.clone() }));
        }
    }
    sides
}

#[cfg(all(test, not(target_arch = "wasm32")))]
mod tests {
    use super::*;
    use crate::catalog::Catalog;
    use crate::fixture::Library;
    use crate::mock::{Config, Fallback, LatencyMode, Mock};

    #[test]
    fn the_usual_model_is_served_by_the_host() {
        let config = Config { fallback: Fallback::Echo, latency: LatencyMode::None, ..Config::default() };
        let mut mock = Mock::new(Library::default(), Catalog::full().clone(), config);
        for operation in Operation::AT_DOORS {
            for (host, name) in [
                (Some(Host::Mantle), "bedrock-mantle.us-east-1.api.aws"),
                (Some(Host::Runtime), "bedrock-runtime.us-east-1.amazonaws.com"),
                (None, "localhost"),
            ] {
                let mut request = Asking::new(usual_model_at(operation, host), "hello", 64).request(operation);
                request.headers = request.headers.with("host", name);
                assert_eq!(mock.handle(&request, 0.0).status, 200, "{operation:?} {host:?}");
            }
        }
    }

    /// Every side of every model takes the request that is written for it.
    #[test]
    fn what_is_written_is_taken() {
        let config = Config { fallback: Fallback::Echo, latency: LatencyMode::None, ..Config::default() };
        let mut mock = Mock::new(Library::default(), Catalog::full().clone(), config);
        let mut asked = 0;
        for model in
            ["anthropic.claude-sonnet-5", "us.openai.gpt-5.6-sol", "openai.gpt-oss-120b-1:0", "amazon.nova-lite-v1:0"]
        {
            for Side { operation, host, model } in sides(model) {
                let asking = Asking { system: "Be brief.".into(), ..Asking::new(&model, "hello", 64) };
                let reply = mock.handle(&asking.request(operation), 0.0);
                let record = mock.ledger().last().unwrap();
                let invoke_of_others = operation.is_invoke() && model.starts_with("openai");
                assert!(reply.status == 200 || invoke_of_others, "{operation:?} {host:?} {model}: {record:?}");
                if let Some(told) = record.host {
                    assert_eq!(told, host.key(), "{operation:?} {model}");
                }
                asked += 1;
            }
        }
        assert!(asked >= 20, "{asked}");
    }

    /// Where there is a place for a cache point, the same call a second later reads what the first wrote.
    #[test]
    fn a_cache_point_is_written_where_there_is_a_place_for_it() {
        let model = "us.anthropic.claude-sonnet-4-5-20250929-v1:0";
        let long = "You sell manga in Tokyo and answer in one short sentence. ".repeat(200);
        for operation in [Operation::ConverseStream, Operation::InvokeModel, Operation::Converse] {
            for (after, ttl) in [(PointAfter::System, CacheTtl::Minutes5), (PointAfter::Prompt, CacheTtl::Hour)] {
                let config = Config { fallback: Fallback::Echo, latency: LatencyMode::None, ..Config::default() };
                let mut mock = Mock::new(Library::default(), Catalog::full().clone(), config);
                let cache_point = Some(CachePoint { after, ttl });
                let asking = Asking { system: long.clone(), cache_point, ..Asking::new(model, "hello", 64) };
                assert!(asking.takes_cache_point(operation));
                let request = asking.request(operation);
                for now_ms in [0.0, 1_000.0] {
                    assert_eq!(mock.handle(&request, now_ms).status, 200, "{operation:?} {after:?}");
                }
                let records: Vec<_> = mock.ledger().records().collect();
                let [first, second] = records.as_slice() else { panic!("two calls") };
                assert!(first.cache_write_tokens > 1024, "{first:?}");
                assert_eq!(second.cache_read_tokens, first.cache_write_tokens);
                assert_eq!(first.cache_blocks[0].ttl, Some(ttl));
            }
        }
        assert!(!Asking::new("openai.gpt-oss-120b-1:0", "hello", 64).takes_cache_point(Operation::ChatCompletions));
    }
}
