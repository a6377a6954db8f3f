//! The JSON that tools write around and instead of an invocation log: CloudWatch's wrappings, OpenTelemetry
//! spans, Claude Code sessions, batch output, lists of records; each opened into records or rows.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::io::Read;

use data_encoding::BASE64;
use serde_json::{Map, Value};

use super::scalar::cell;

/// What an object holds.
#[derive(Debug)]
pub(super) enum Item {
    /// The text of a record of the invocation log, or of another line of it.
    Line(String),
    /// A row of named values.
    Row(Vec<(String, String)>),
    /// A row of a batch job.
    BatchRow(Vec<(String, String)>),
    /// No call, and none was to be expected: why.
    NoCall(&'static str),
    /// Nothing that is understood, and may be a call.
    Bad(String),
    /// A document that is no log: what it is.
    OtherKind(String),
}

/// How deep lists and wrappings are opened.
const MAX_DEPTH: usize = 8;
/// The most bytes of a wrapped, packed message.
const MAX_UNPACKED: u64 = 64 << 20;

/// Opens an object.
pub(super) fn open(value: Value, depth: usize, out: &mut Vec<Item>) {
    if depth > MAX_DEPTH {
        return out.push(Item::Bad(format!("wrapped more than {MAX_DEPTH} times")));
    }
    let Value::Object(object) = value else {
        return match value {
            Value::Array(items) => items.into_iter().for_each(|item| open(item, depth + 1, out)),
            other => out.push(Item::Bad(format!("{} is no record", super::scalar::short(&other.to_string())))),
        };
    };
    if let Some(item) = refused(&object) {
        return out.push(item);
    }
    // CloudWatch: `filter-log-events` and `get-log-events`, a subscription's, a subscription's to Lambda.
    if object.get("messageType").and_then(Value::as_str) == Some("CONTROL_MESSAGE") {
        return out.push(Item::NoCall("control messages of a subscription"));
    }
    for list in ["events", "logEvents"] {
        if let Some(Value::Array(events)) = object.get(list)
            && !events.is_empty()
            && events.iter().all(|event| event.get("message").is_some())
        {
            return events.iter().for_each(|event| message(&event["message"], depth, out));
        }
    }
    if let Some(data) = object.get("awslogs").and_then(|wrapped| wrapped["data"].as_str()) {
        return match unpacked(data) {
            Ok(value) => open(value, depth + 1, out),
            Err(wrong) => out.push(Item::Bad(wrong)),
        };
    }
    if let Some(Value::Array(results)) = object.get("results")
        && object.contains_key("statistics") | object.contains_key("status")
    {
        return results.iter().for_each(|fields| insights(fields, depth, out));
    }
    for key in ["@message", "message"] {
        let text = object.get(key).filter(|text| text.is_string() || text.get("schemaType").is_some());
        let event = object.contains_key("timestamp")
            || object.contains_key("@timestamp")
            || object.contains_key("ingestionTime");
        if let Some(text) = text
            && event
            && !object.contains_key("model")
        {
            return message(text, depth, out);
        }
    }
    if object.get("resourceSpans").is_some() || object.get("resource_spans").is_some() {
        return super::spans::open(&Value::Object(object), out);
    }
    if super::spans::is_span(&object) {
        return super::spans::span(&object, "", None, out);
    }
    // Beside a batch job's output AWS writes what it adds up to.
    if object.contains_key("totalRecordCount") && object.contains_key("processedRecordCount") {
        return out.push(Item::NoCall("manifests of batch jobs"));
    }
    if object.contains_key("recordId")
        && (object.contains_key("modelOutput") || object.contains_key("modelInput") || object.contains_key("error"))
    {
        return batch(&object, out);
    }
    if let Some(side) = BatchSide::of(&object) {
        return match side {
            BatchSide::Input => out.push(Item::NoCall(BATCH_INPUT)),
            BatchSide::Output => openai_batch(&object, out),
        };
    }
    if is_session(&object) {
        return session(&object, out);
    }
    // Athena's JSON has the log's names in lower case.
    if object.contains_key("modelid") && (object.contains_key("input") || object.contains_key("errorcode")) {
        return out.push(Item::Line(recased(Value::Object(object)).to_string()));
    }
    for list in LISTS {
        if let Some(Value::Array(items)) = object.get(list)
            && items.iter().all(Value::is_object)
            && !object
                .keys()
                .any(|key| matches!(super::columns::squash(key).as_str(), "model" | "modelid" | "modelname"))
        {
            if items.is_empty() {
                return out.push(Item::NoCall("times without a call"));
            }
            let mut object = object;
            let Some(Value::Array(items)) = object.remove(list) else { return };
            // A report by the hour or the day says the time around its rows.
            let time = BUCKET_TIMES.iter().find_map(|name| Some((*name, object.get(*name)?.clone())));
            for mut item in items {
                if let (Some((name, time)), Some(row)) = (&time, item.as_object_mut())
                    && !row.keys().any(|key| BUCKET_TIMES.contains(&key.as_str()))
                {
                    row.insert((*name).to_string(), time.clone());
                }
                open(item, depth + 1, out);
            }
            return;
        }
    }
    if let Some(kind) = object.get("type").and_then(Value::as_str)
        && object.contains_key("traceId") | object.contains_key("trace_id")
        && !["GENERATION", "EMBEDDING"].contains(&kind)
    {
        return out.push(Item::NoCall("observations of a trace that are no generations"));
    }
    let model = || {
        let named = |(name, value): (&String, &Value)| value.as_str().filter(|_| is_model(name)).map(str::to_string);
        object.iter().find_map(named).unwrap_or_default()
    };
    out.push(Item::Row(flat(&object, &model)));
}

/// Whether a name is that of a model's field.
pub(super) fn is_model(name: &str) -> bool {
    super::columns::classify(name).is_some_and(|found| found.0 == super::columns::Field::Model)
}

/// Names of lists of records within an object.
const LISTS: [&str; 13] = [
    "data",
    "logs",
    "records",
    "observations",
    "spans",
    "rows",
    "items",
    "response",
    "requests",
    "results",
    "generations",
    "calls",
    "entries",
];
/// What such an object calls the time that its rows are of.
const BUCKET_TIMES: [&str; 4] = ["start_time", "starting_at", "startTime", "timestamp"];

/// Documents of another kind, with what to do with them.
fn refused(object: &Map<String, Value>) -> Option<Item> {
    if object.get("schemaType").is_some_and(|kind| kind != "ModelInvocationLog") {
        return Some(Item::OtherKind("not a model invocation log record".to_string()));
    }
    if object.contains_key("ResultsByTime") {
        return Some(Item::OtherKind(
            "a result of Cost Explorer, which has no calls; compare it: rehearsal reconcile FILE LOG".to_string(),
        ));
    }
    if object.contains_key("daily_messages") && object.contains_key("types") {
        return Some(Item::OtherKind("a scenario, not a log; give it to `rehearsal estimate --scenario`".to_string()));
    }
    if object.contains_key("eventVersion") && object.contains_key("eventSource") {
        return Some(Item::OtherKind(
            "a CloudTrail event, which counts no tokens; export the model invocation log".to_string(),
        ));
    }
    None
}

fn message(message: &Value, depth: usize, out: &mut Vec<Item>) {
    match message {
        Value::String(text) => out.push(Item::Line(text.clone())),
        Value::Object(_) => open(message.clone(), depth + 1, out),
        other => out.push(Item::Bad(format!("a message that is {}", super::scalar::short(&other.to_string())))),
    }
}

/// One result of `get-query-results`: a list of fields.
fn insights(fields: &Value, depth: usize, out: &mut Vec<Item>) {
    let Some(fields) = fields.as_array() else {
        return out.push(Item::Bad("a result that is no list of fields".to_string()));
    };
    let named = |name: &str| fields.iter().find(|field| field["field"] == name);
    if let Some(text) = named("@message") {
        return message(&text["value"], depth, out);
    }
    let row = fields.iter().filter_map(|field| {
        let name = field["field"].as_str().filter(|name| *name != "@ptr")?;
        Some((name.trim_start_matches('@').to_string(), cell(&field["value"])?))
    });
    out.push(Item::Row(row.collect()));
}

/// A subscription's data: base64 of gzip of JSON.
fn unpacked(data: &str) -> Result<Value, String> {
    let wrong = |what: String| format!("awslogs.data: {what}");
    let packed = BASE64.decode(data.trim().as_bytes()).map_err(|error| wrong(error.to_string()))?;
    let mut text = Vec::new();
    let read = flate2::read::MultiGzDecoder::new(packed.as_slice()).take(MAX_UNPACKED).read_to_end(&mut text);
    read.map_err(|error| wrong(format!("gzip: {error}")))?;
    crate::document::bounded(&text).map_err(|error| wrong(error.to_string()))
}

/// What is said of what a batch was asked.
const BATCH_INPUT: &str = "records of a batch job's input";

/// Which side of a batch of OpenAI's or Anthropic's form a line is of.
enum BatchSide {
    Input,
    Output,
}

impl BatchSide {
    /// By the keys that such a line has and no others: anyone may label a call of their own with a `custom_id`.
    fn of(object: &Map<String, Value>) -> Option<Self> {
        object.get("custom_id")?;
        let has_only = |keys: &[&str]| object.keys().all(|key| keys.contains(&key.as_str()));
        let response = &object.get("response").cloned().unwrap_or_default();
        if has_only(&["custom_id", "method", "url", "body", "params"]) {
            Some(BatchSide::Input)
        } else if has_only(&["id", "custom_id", "response", "result", "error"])
            || response["status_code"].is_number() && response["body"].is_object()
        {
            Some(BatchSide::Output)
        } else {
            None
        }
    }
}

/// A line of a batch's output as OpenAI's and Anthropic's batches have it.
fn openai_batch(object: &Map<String, Value>, out: &mut Vec<Item>) {
    let field = |name: &str| object.get(name).filter(|value| !value.is_null());
    let response = field("response").or_else(|| field("result"));
    let body = response.and_then(|response| response.get("body").or_else(|| response.get("message")));
    let status = response.and_then(|response| response["status_code"].as_i64()).unwrap_or(200);
    let error = field("error").or_else(|| response.and_then(|response| response.get("error")));
    let mut record = Map::new();
    // The line's own id is of this one job; `custom_id` may be used again.
    let id = field("id").or_else(|| field("custom_id")).cloned().unwrap_or_default();
    record.insert("recordId".to_string(), id);
    match body.filter(|body| body.is_object() && status < 400) {
        Some(body) => {
            record.insert("modelOutput".to_string(), body.clone());
        }
        None => {
            let code = if status >= 400 { status } else { 400 };
            let message = error.cloned().unwrap_or_default();
            record.insert("error".to_string(), serde_json::json!({"errorCode": code, "message": message}));
        }
    }
    batch(&record, out);
}

/// A record of a batch job's output, which has the answer's body and no time.
fn batch(object: &Map<String, Value>, out: &mut Vec<Item>) {
    // An id is unique within a job only: the same call is the one whose whole record is the same.
    let id = object.get("recordId").and_then(cell).unwrap_or_default();
    let mut hasher = DefaultHasher::new();
    Value::Object(object.clone()).to_string().hash(&mut hasher);
    let mut row = vec![("recordId".to_string(), format!("{id}#{:016x}", hasher.finish()))];
    let answer = object.get("modelOutput").filter(|answer| answer.is_object());
    let error = object.get("error").filter(|error| !error.is_null());
    let model = object.get("modelId").or_else(|| answer.and_then(|answer| answer.get("model"))).and_then(Value::as_str);
    match (answer, error) {
        (Some(answer), _) => {
            let counted = super::body::counted(&answer.to_string(), model.unwrap_or_default()).unwrap_or_default();
            let hour = counted.cache_write_1h.unwrap_or(0);
            let write = counted.cache_write.unwrap_or(0);
            // An answer without any count, as some embeddings are, is a call all the same.
            if counted.input.is_none() && counted.output.is_none() {
                row.extend(["inputTokenCount", "outputTokenCount"].map(|name| (name.to_string(), String::new())));
            }
            let mut add = |name: &str, count: Option<u64>| {
                if let Some(count) = count {
                    row.push((name.to_string(), count.to_string()));
                }
            };
            add("inputTokenCount", counted.input);
            add("outputTokenCount", counted.output);
            add("cacheReadInputTokenCount", counted.cache_read);
            add("cache_write_5m", counted.cache_write.map(|_| write.saturating_sub(hour)));
            add("cache_write_1h", (hour > 0).then_some(hour));
            row.extend(premium_words(&counted));
        }
        (None, Some(error)) => {
            let code = error["errorCode"].as_i64().map_or_else(|| "error".to_string(), |code| code.to_string());
            row.push(("error".to_string(), code));
        }
        (None, None) => return out.push(Item::NoCall(BATCH_INPUT)),
    }
    if let Some(model) = model {
        row.push(("model".to_string(), model.to_string()));
    }
    out.push(Item::BatchRow(row));
}

/// A line of a Claude Code session.
fn is_session(object: &Map<String, Value>) -> bool {
    let has = |name: &str| object.contains_key(name);
    (has("sessionId") || has("session_id"))
        && has("type")
        && (has("uuid")
            || has("message")
            || has("leafUuid")
            || has("messageId")
            // Its book-keeping, which has no answer in it.
            || !has("model") && !has("usage") && !has("modelId"))
        || (object.get("type").and_then(Value::as_str) == Some("summary") && has("leafUuid"))
}

/// The call of an answer's line; one answer has a line for each of its blocks, all with the same id.
fn session(object: &Map<String, Value>, out: &mut Vec<Item>) {
    let message = &object.get("message").cloned().unwrap_or_default();
    let usage = &message["usage"];
    if object.get("type").and_then(Value::as_str) != Some("assistant")
        || !usage.is_object()
        || message["model"] == "<synthetic>"
    {
        return out.push(Item::NoCall("lines of a session that are no answers of a model"));
    }
    let text = |value: &Value| cell(value).unwrap_or_default();
    let model = text(&message["model"]);
    let counted = super::body::counted(&format!("{{\"usage\":{usage}}}"), &model).unwrap_or_default();
    let hour = counted.cache_write_1h.unwrap_or(0);
    let id = format!("{}/{}", text(&message["id"]), text(&object.get("requestId").cloned().unwrap_or_default()));
    let mut row = vec![
        ("session_request_id".to_string(), id),
        ("timestamp".to_string(), object.get("timestamp").and_then(cell).unwrap_or_default()),
        ("model".to_string(), model),
        ("inputTokenCount".to_string(), counted.input.unwrap_or(0).to_string()),
        ("outputTokenCount".to_string(), counted.output.unwrap_or(0).to_string()),
        ("cacheReadInputTokenCount".to_string(), counted.cache_read.unwrap_or(0).to_string()),
        ("cache_write_5m".to_string(), counted.cache_write.unwrap_or(0).saturating_sub(hour).to_string()),
        ("cache_write_1h".to_string(), hour.to_string()),
    ];
    row.extend(premium_words(&counted));
    if let Some(tier) = counted.tier {
        row.push(("service_tier".to_string(), tier));
    }
    if counted.web_searches > 0 {
        row.push(("web_search_requests".to_string(), counted.web_searches.to_string()));
    }
    if let Some(error) = object.get("error").and_then(cell) {
        row.push(("error".to_string(), error));
    }
    out.push(Item::Row(row));
}

/// What a usage says beside its counts that is of the price, as columns of a row.
fn premium_words(counted: &super::body::Counted) -> Vec<(String, String)> {
    let mut row = Vec::new();
    let mut add = |name: &str, word: Option<String>| row.extend(word.map(|word| (name.to_string(), word)));
    add("usage.speed", counted.speed.clone());
    add("usage.inference_geo", counted.geo.clone());
    if let Some(iterated) = &counted.iterated {
        add(ITERATED, (iterated.more != [0; 4]).then(|| iterated.kinds.clone()));
        add(ITERATED_BY, iterated.other_model.clone());
        add(ITERATIONS_UNREAD, iterated.unread.then(|| "true".to_string()));
    }
    row
}

/// A value by its name.
type Named = (String, String);

/// Columns of what iterations counted beside the message, of the other model that answered a part, and of iterations
/// that could not be read.
const ITERATED: &str = "usage.iterations_counted";
const ITERATED_BY: &str = "usage.iterations_model";
const ITERATIONS_UNREAD: &str = "usage.iterations_unread";

/// A usage whose counts are those of all its iterations, and what is to be said of that.
fn all_iterations(usage: &Map<String, Value>, model: OfModel<'_>) -> Option<(Map<String, Value>, Vec<Named>)> {
    usage.get("iterations")?.as_array().filter(|all| !all.is_empty())?;
    let counted = super::body::counted(&format!("{{\"usage\":{}}}", Value::Object(usage.clone())), &model())?;
    let iterated = counted.iterated.clone()?;
    let mut whole = usage.clone();
    let names = ["input_tokens", "output_tokens", "cache_read_input_tokens", "cache_creation_input_tokens"];
    for ((name, count), more) in names.into_iter().zip(counted.counts()).zip(iterated.more) {
        if more > 0 {
            whole.insert(name.to_string(), Value::from(count.unwrap_or(0)));
        }
    }
    if !iterated.unread {
        // A total is the message's.
        whole.remove("total_tokens");
        whole.remove("iterations");
    }
    Some((whole, premium_words(&super::body::Counted { speed: None, geo: None, ..counted })))
}

/// A log's record whose names Athena or Glue wrote in lower case.
pub(super) fn recased(value: Value) -> Value {
    const NAMES: [&str; 22] = [
        "schemaType",
        "schemaVersion",
        "accountId",
        "requestId",
        "modelId",
        "inferenceRegion",
        "serviceTier",
        "errorCode",
        "requestMetadata",
        "performanceConfig",
        "inputContentType",
        "inputBodyJson",
        "inputBodyS3Path",
        "inputTokenCount",
        "cacheReadInputTokenCount",
        "cacheWriteInputTokenCount",
        "outputContentType",
        "outputBodyJson",
        "outputBodyS3Path",
        "outputTokenCount",
        "operation",
        "timestamp",
    ];
    match value {
        Value::Object(object) => {
            let recased = object.into_iter().map(|(name, value)| {
                let known = NAMES.iter().find(|known| known.eq_ignore_ascii_case(&name));
                let body = known.is_some_and(|known| known.ends_with("BodyJson") || *known == "requestMetadata");
                (known.map_or(name, |known| (*known).to_string()), if body { value } else { recased_inner(value) })
            });
            Value::Object(recased.collect())
        }
        other => other,
    }
}

fn recased_inner(value: Value) -> Value {
    match value {
        // A struct's column may hold its JSON as text.
        Value::String(text) if text.trim_start().starts_with('{') => match crate::document::bounded(text.as_bytes()) {
            Ok(value @ Value::Object(_)) => recased(value),
            _ => Value::String(text),
        },
        other => recased(other),
    }
}

/// How deep an object is laid flat.
const FLAT_DEPTH: usize = 4;
/// What is not looked into: it holds what was said, not what was counted.
const CONTENT: [&str; 16] = [
    "messages",
    "choices",
    "content",
    "prompt",
    "completion",
    "tools",
    "system",
    "proxy_server_request",
    "request_body",
    "response_body",
    "output_messages",
    "input_messages",
    "modelParameters",
    "model_parameters",
    "logprobs",
    "embedding",
];

/// The model that an object's row is of, or nothing; looked for where it is needed only.
pub(super) type OfModel<'a> = &'a dyn Fn() -> String;

/// An object's values by their paths.
pub(super) fn flat(object: &Map<String, Value>, model: OfModel<'_>) -> Vec<(String, String)> {
    let mut out = Vec::new();
    lay("", object, 0, model, &mut out);
    out
}

fn lay(path: &str, object: &Map<String, Value>, depth: usize, model: OfModel<'_>, out: &mut Vec<(String, String)>) {
    let whole = all_iterations(object, model);
    let object = match &whole {
        Some((whole, said)) => {
            out.extend(said.iter().cloned());
            whole
        }
        None => object,
    };
    for (name, value) in object {
        let at = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
        match value {
            Value::Object(inner)
                if depth < FLAT_DEPTH
                    && !super::columns::ASKED.contains(&last_name(name).as_str())
                    && !CONTENT.contains(&name.as_str()) =>
            {
                lay(&at, inner, depth + 1, model, out)
            }
            // What was asked is looked into for its tier and its quickness alone.
            asked if super::columns::ASKED.contains(&last_name(name).as_str()) => out.extend(asked_words(&at, asked)),
            // Columns of databases hold JSON as text.
            Value::String(text)
                if depth < 2
                    && text.starts_with('{')
                    && JSON_CELLS.contains(&super::columns::squash(name).as_str()) =>
            {
                if let Ok(Value::Object(inner)) = crate::document::bounded(text.as_bytes()) {
                    lay(&at, &inner, depth + 1, model, out);
                }
            }
            Value::Array(details) if super::columns::squash(name) == "cachedetails" => {
                for (ttl, count) in cache_details(details) {
                    let field = match ttl.as_str() {
                        "1h" => "cache_write_1h",
                        "5m" => "cache_write_5m",
                        // A lifetime that nobody has heard of is named.
                        _ => "cache_lifetime",
                    };
                    let at = if path.is_empty() { field.to_string() } else { format!("{path}.{field}") };
                    out.push((at, if field == "cache_lifetime" { ttl } else { count.to_string() }));
                }
            }
            // What may bear on the price and is no value is named.
            Value::Array(_) | Value::Object(_)
                if value.as_array().is_none_or(|items| !items.is_empty())
                    && value.as_object().is_none_or(|fields| !fields.is_empty())
                    && !CONTENT.contains(&name.as_str())
                    && super::columns::classify(&at).is_none()
                    && super::columns::is_suspicious(&at) =>
            {
                out.push((at, "[…]".to_string()));
            }
            value => {
                if let Some(text) = cell(value)
                    && text.len() < 100_000
                {
                    out.push((at, text));
                }
            }
        }
    }
}

/// The last word of a name, without case and marks: `llm.invocation_parameters`.
fn last_name(name: &str) -> String {
    super::columns::squash(name.rsplit('.').next().unwrap_or(name))
}

/// The words of a request that are of its price, by their paths: its tier, how quick it was to be.
pub(super) fn asked_words(path: &str, asked: &Value) -> Vec<(String, String)> {
    let read = |value: &Value| match value {
        Value::String(text) if text.starts_with('{') => crate::document::bounded(text.as_bytes()).unwrap_or_default(),
        other => other.clone(),
    };
    let mut asked = read(asked);
    if let Some(body) = asked.get("body") {
        asked = read(body);
    }
    let mut out = Vec::new();
    for (name, inner) in [("serviceTier", "type"), ("service_tier", "type"), ("performanceConfig", "latency")] {
        let word = asked.get(name).and_then(|value| value.as_str().or_else(|| value[inner].as_str()));
        if let Some(word) = word {
            let name = if inner == "latency" { "performanceConfig.latency" } else { name };
            out.push((format!("{path}.{name}"), word.to_string()));
        }
    }
    out
}

/// The sums of Converse's `cacheDetails` by their lifetime.
fn cache_details(details: &[Value]) -> Vec<(String, u64)> {
    let mut out: Vec<(String, u64)> = Vec::new();
    for detail in details {
        let ttl = detail["ttl"].as_str().unwrap_or("?").to_string();
        let count = cell(&detail["inputTokens"]).and_then(|text| super::scalar::count(&text, false).ok().flatten());
        let count = count.unwrap_or(0);
        match out.iter_mut().find(|(known, _)| *known == ttl) {
            Some((_, sum)) => *sum = sum.saturating_add(count),
            None => out.push((ttl, count)),
        }
    }
    out
}

/// Columns whose cells are JSON.
pub(super) const JSON_CELLS: [&str; 13] = [
    "usage",
    "usagedetails",
    "metadata",
    "attributes",
    "costdetails",
    "usageobject",
    "additionalusagevalues",
    "input",
    "output",
    "tokenusage",
    "servicetier",
    "performanceconfig",
    "cachedetails",
];

/// Athena's way to write a struct: `{inputtokencount=100, inputbodyjson={...}}`; its first level.
pub(super) fn athena_struct(text: &str) -> Option<Vec<(String, String)>> {
    let inner = text.trim().strip_prefix('{')?.strip_suffix('}')?;
    let (mut out, mut depth, mut from) = (Vec::new(), 0_i32, 0);
    let mut take = |part: &str| {
        if let Some((name, value)) = part.split_once('=') {
            let name = name.trim();
            if !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_') {
                out.push((name.to_string(), value.trim().to_string()));
            }
        }
    };
    for (at, c) in inner.char_indices() {
        match c {
            '{' | '[' | '(' => depth += 1,
            '}' | ']' | ')' => depth -= 1,
            ',' if depth <= 0 => {
                take(&inner[from..at]);
                from = at + 1;
            }
            _ => {}
        }
    }
    take(&inner[from..]);
    (!out.is_empty()).then_some(out)
}
