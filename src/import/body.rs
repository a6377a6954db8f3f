//! What the body of a logged answer says beside the record's own counts: the split of cache writes, counts
//! that the record lacks, what a guardrail was asked, which model a router chose.

use std::sync::LazyLock;

use memchr::memmem;
use serde::Deserialize;

use super::cost_report::model_key;
use super::lenient::Count;

/// Counts of an answer's body, as Converse, Anthropic, OpenAI and Nova name them.
#[derive(Deserialize, Default, Debug)]
#[serde(default)]
pub(super) struct Usage {
    #[serde(
        alias = "inputTokens",
        alias = "inputTokenCount",
        alias = "prompt_token_count",
        alias = "inputTextTokenCount"
    )]
    input_tokens: Count,
    prompt_tokens: Count,
    #[serde(
        alias = "outputTokens",
        alias = "outputTokenCount",
        alias = "generation_token_count",
        alias = "completion_tokens"
    )]
    output_tokens: Count,
    cache_read_input_tokens: Count,
    #[serde(rename = "cacheReadInputTokens")]
    cache_read_converse: Count,
    #[serde(rename = "cacheReadInputTokenCount")]
    cache_read_count: Count,
    cache_creation_input_tokens: Count,
    #[serde(rename = "cacheWriteInputTokens")]
    cache_write_converse: Count,
    #[serde(rename = "cacheWriteInputTokenCount")]
    cache_write_count: Count,
    cache_creation: Option<Creation>,
    #[serde(rename = "cacheDetails")]
    cache_details: Option<Vec<Detail>>,
    #[serde(alias = "input_tokens_details")]
    prompt_tokens_details: Option<Details>,
    server_tool_use: Option<ServerTools>,
    service_tier: Option<String>,
    speed: Option<String>,
    inference_geo: Option<String>,
    iterations: serde_json::Value,
}

/// What one of an answer's iterations counts: before the message itself, the service may have shortened the prompt
/// (compaction), or another model may have answered a part. The model's own name may stand there, too.
#[derive(Deserialize, Default, Debug)]
#[serde(default)]
struct Iteration {
    #[serde(rename = "type")]
    kind: String,
    model: Option<String>,
    input_tokens: Count,
    output_tokens: Count,
    cache_read_input_tokens: Count,
    cache_creation_input_tokens: Count,
    cache_creation: Option<Creation>,
}

#[derive(Deserialize, Default, Debug)]
#[serde(default)]
struct Creation {
    ephemeral_1h_input_tokens: Count,
    ephemeral_5m_input_tokens: Count,
}

#[derive(Deserialize, Debug)]
struct Detail {
    ttl: String,
    #[serde(rename = "inputTokens", default)]
    input_tokens: Count,
}

#[derive(Deserialize, Default, Debug)]
#[serde(default)]
struct Details {
    cached_tokens: Count,
}

#[derive(Deserialize, Default, Debug)]
#[serde(default)]
struct ServerTools {
    web_search_requests: Count,
}

/// The counts of a body, disjoint; `None` where it does not say.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Counted {
    pub input: Option<u64>,
    pub output: Option<u64>,
    pub cache_read: Option<u64>,
    pub cache_write: Option<u64>,
    /// Of the writes, for an hour; `None` where the body does not split them.
    pub cache_write_1h: Option<u64>,
    /// Searches of the web that the service made and bills apart.
    pub web_searches: u64,
    pub tier: Option<String>,
    pub speed: Option<String>,
    pub geo: Option<String>,
    pub iterated: Option<Iterated>,
}

/// What iterations count beyond the usage that they stand in, which is that of the message alone.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Iterated {
    /// Of the input, the output, the cache's reads and its writes; they are among the counts.
    pub more: [u64; 4],
    pub kinds: String,
    /// Another model that answered a part, whose tokens are among no count.
    pub other_model: Option<String>,
    /// They are of a form that nobody knows.
    pub unread: bool,
}

impl Counted {
    /// The input, the output, the cache's reads and its writes.
    pub fn counts(&self) -> [Option<u64>; 4] {
        [self.input, self.output, self.cache_read, self.cache_write]
    }
}

impl Usage {
    /// Adds what iterations of a model count beyond the usage: billed is the sum of all of them.
    fn with_iterations(&self, mut counted: Counted, own: &str) -> Counted {
        if self.iterations.is_null() {
            return counted;
        }
        let Ok(all) = Vec::<Iteration>::deserialize(&self.iterations) else {
            counted.iterated = Some(Iterated { unread: true, ..Iterated::default() });
            return counted;
        };
        let mut iterated = Iterated::default();
        let (mut sums, mut hour) = ([0_u64; 4], 0_u64);
        for one in &all {
            if one.kind != "message" && !iterated.kinds.contains(&one.kind) && iterated.kinds.len() < 100 {
                let comma = if iterated.kinds.is_empty() { "" } else { ", " };
                iterated.kinds.push_str(&format!("{comma}{}", super::scalar::short(&one.kind)));
            }
            if let Some(model) = one.model.as_ref().filter(|model| model_key(model) != model_key(own)) {
                iterated.other_model = Some(model.clone());
                continue;
            }
            let counts =
                [one.input_tokens, one.output_tokens, one.cache_read_input_tokens, one.cache_creation_input_tokens];
            for (sum, count) in sums.iter_mut().zip(counts) {
                *sum = sum.saturating_add(count.0.unwrap_or(0));
            }
            let of_hour = one.cache_creation.as_ref().and_then(|split| split.ephemeral_1h_input_tokens.0);
            hour = hour.saturating_add(of_hour.unwrap_or(0));
        }
        let counts = [&mut counted.input, &mut counted.output, &mut counted.cache_read, &mut counted.cache_write];
        for ((count, sum), more) in counts.into_iter().zip(sums).zip(&mut iterated.more) {
            *more = sum.saturating_sub(count.unwrap_or(0));
            if *more > 0 {
                *count = Some(sum);
            }
        }
        if hour > counted.cache_write_1h.unwrap_or(0) {
            counted.cache_write_1h = Some(hour);
        }
        if iterated.more != [0; 4] || iterated.other_model.is_some() {
            counted.iterated = Some(iterated);
        }
        counted
    }

    /// The counts of an answer of a model.
    fn counted(&self, model: &str) -> Counted {
        let cache_read = self.cache_read_input_tokens.0.or(self.cache_read_converse.0).or(self.cache_read_count.0);
        let details = self.prompt_tokens_details.as_ref().and_then(|details| details.cached_tokens.0);
        let split = self.cache_creation.as_ref();
        let hour = match (&self.cache_details, split) {
            (Some(details), _) => Some(for_an_hour(details)),
            (None, Some(split)) => split.ephemeral_1h_input_tokens.0,
            (None, None) => None,
        };
        let write = self.cache_creation_input_tokens.0.or(self.cache_write_converse.0).or(self.cache_write_count.0);
        let write = write.or_else(|| {
            let split = split?;
            Some(split.ephemeral_1h_input_tokens.0.unwrap_or(0) + split.ephemeral_5m_input_tokens.0?)
        });
        // OpenAI's prompt contains what was read from the cache.
        let input = match (self.input_tokens.0, self.prompt_tokens.0) {
            (Some(input), _) if details.is_some() => Some(input.saturating_sub(details.unwrap_or(0))),
            (Some(input), _) => Some(input),
            (None, Some(prompt)) => Some(prompt.saturating_sub(details.unwrap_or(0))),
            (None, None) => None,
        };
        let counted = Counted {
            input,
            output: self.output_tokens.0,
            cache_read: cache_read.or(details),
            cache_write: write,
            cache_write_1h: hour,
            web_searches: self.server_tool_use.as_ref().and_then(|tools| tools.web_search_requests.0).unwrap_or(0),
            tier: self.service_tier.clone(),
            speed: self.speed.clone(),
            geo: self.inference_geo.clone(),
            iterated: None,
        };
        self.with_iterations(counted, model)
    }
}

/// What was written for an hour.
fn for_an_hour(details: &[Detail]) -> u64 {
    let hours = details.iter().filter(|detail| detail.ttl == "1h").filter_map(|detail| detail.input_tokens.0);
    hours.fold(0, u64::saturating_add)
}

/// How much of a body's end is looked at first: what was counted stands there.
const TAIL: usize = 1_024;

/// A key of a body as it is written, its quotes among it: within a string they would be escaped, so it cannot be
/// mistaken. It is always looked for forwards, which is many times faster than backwards.
struct Key {
    text: &'static str,
    finder: LazyLock<memmem::Finder<'static>>,
}

macro_rules! keys {
    ($($name:ident = $text:literal;)*) => {
        $(static $name: Key = Key { text: $text, finder: LazyLock::new(|| memmem::Finder::new($text)) };)*
    };
}

keys! {
    USAGE = "\"usage\"";
    METRICS = "\"amazon-bedrock-invocationMetrics\"";
    PROMPT_TOKENS = "\"prompt_token_count\"";
    INPUT_TEXT_TOKENS = "\"inputTextTokenCount\"";
    GENERATION_TOKENS = "\"generation_token_count\"";
    OUTPUT_TEXT_TOKENS = "\"totalOutputTextTokenCount\"";
    CACHE_DETAILS = "\"cacheDetails\"";
    HOUR_WRITES = "\"ephemeral_1h_input_tokens\"";
    LATENCY = "\"latencyMs\"";
    WEB_SEARCHES = "\"web_search_requests\"";
    SERVICE_TIER = "\"serviceTier\"";
    SERVICE_TIER_PYTHON = "\"service_tier\"";
    ROUTED = "\"invokedModelId\"";
    PERFORMANCE = "\"performanceConfig\"";
    GUARDRAIL_ASKED = "\"guardrailConfig\"";
    GUARDRAIL_OF_INVOKE = "\"amazon-bedrock-guardrailConfig\"";
    HOUR = "\"1h\"";
    SPEED = "\"speed\"";
    GEO = "\"inference_geo\"";
    ITERATIONS = "\"iterations\"";
}

impl Key {
    /// The last JSON value behind it.
    fn last<'a, T: Deserialize<'a>>(&self, text: &'a str) -> Option<T> {
        let bytes = text.as_bytes();
        let tail = bytes.len().saturating_sub(TAIL);
        let near = self.finder.find_iter(bytes.get(tail..)?).map(|at| tail + at);
        let near = service_says(text, near).last();
        let at = near.or_else(|| if tail == 0 { None } else { self.places(text).last() })?;
        value_at(text, at, self.text)
    }

    /// The first one.
    fn first<'a, T: Deserialize<'a>>(&self, text: &'a str) -> Option<T> {
        value_at(text, self.places(text).next()?, self.text)
    }

    /// The last text behind it. What is no text is somebody's own key of the same name, as a schema's.
    fn last_word(&self, text: &str) -> Option<String> {
        self.places(text).rev().find_map(|at| value_at(text, at, self.text))
    }

    /// The same in a stream's first or last chunks, where the service says what it is of: what lies between is long.
    fn word_at_an_end(&self, text: &str) -> Option<String> {
        let bytes = text.as_bytes();
        let tail = bytes.len().saturating_sub(4 * TAIL);
        let last = self.finder.find_iter(bytes.get(tail..)?).map(|at| tail + at);
        let first = self.finder.find_iter(bytes.get(..tail.min(4 * TAIL))?);
        service_says(text, first.chain(last)).rev().find_map(|at| value_at(text, at, self.text))
    }

    /// Where it stands, in order.
    fn places(&self, text: &str) -> std::vec::IntoIter<usize> {
        service_says(text, self.finder.find_iter(text.as_bytes()))
    }
}

static TOOLS: LazyLock<[memmem::Finder<'static>; 4]> =
    LazyLock::new(|| ["\"tool", "\"function", "chema\"", "etadata\""].map(memmem::Finder::new));

/// The places that are the service's own words: not within what a model or a caller gave, such as a tool's arguments,
/// result or schema, whatever its keys are called.
fn service_says(text: &str, places: impl Iterator<Item = usize>) -> std::vec::IntoIter<usize> {
    let mut places: Vec<usize> = places.collect();
    if !places.is_empty() && TOOLS.iter().any(|finder| finder.find(text.as_bytes()).is_some()) {
        let given = given_within(text.as_bytes(), &places);
        let mut given = given.into_iter();
        places.retain(|_| !given.next().unwrap_or(false));
    }
    places.into_iter()
}

/// What callers and models fill with keys of their own, where an object or a list stands behind it.
const GIVEN: [&[u8]; 9] = [
    b"input",
    b"json",
    b"arguments",
    b"inputSchema",
    b"input_schema",
    b"parameters",
    b"schema",
    b"metadata",
    b"requestMetadata",
];

/// For each place in a JSON text, in order, whether it stands within what was given.
fn given_within(text: &[u8], places: &[usize]) -> Vec<bool> {
    let mut found = Vec::with_capacity(places.len());
    // For each open object or list, whether it was given; the key last seen.
    let mut open: Vec<bool> = Vec::new();
    let mut key: &[u8] = b"";
    let mut at = 0;
    while let Some(byte) = text.get(at) {
        while found.len() < places.len() && places.get(found.len()).is_some_and(|place| *place <= at) {
            found.push(open.last().copied().unwrap_or(false));
        }
        if found.len() == places.len() {
            break;
        }
        match byte {
            b'"' => {
                let from = at + 1;
                at = from;
                while let Some(byte) = text.get(at).filter(|byte| **byte != b'"') {
                    at += if *byte == b'\\' { 2 } else { 1 };
                }
                key = text.get(from..at).unwrap_or_default();
            }
            b'{' | b'[' => {
                // A request may itself stand under `input`; a stream's chunk has its counts under `metadata`.
                let of_chunk = key == b"metadata" && open.len() == 2 && text.first() == Some(&b'[');
                let own = GIVEN.contains(&key) && (key != b"input" || open.len() > 1) && !of_chunk;
                open.push(own || open.last().copied().unwrap_or(false));
                key = b"";
            }
            b'}' | b']' => {
                open.pop();
                key = b"";
            }
            b',' => key = b"",
            _ => {}
        }
        at += 1;
    }
    found.resize(places.len(), false);
    found
}

fn value_at<'a, T: Deserialize<'a>>(text: &'a str, at: usize, key: &str) -> Option<T> {
    let rest = text.get(at + key.len()..)?.trim_start().strip_prefix(':')?;
    let mut values = serde_json::Deserializer::from_str(rest);
    T::deserialize(&mut values).ok()
}

/// What the end of a stream measured.
#[derive(Deserialize, Default, Debug)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct Metrics {
    pub input_token_count: Count,
    pub output_token_count: Count,
    pub cache_read_input_token_count: Count,
    pub cache_write_input_token_count: Count,
    pub invocation_latency: Option<f64>,
    pub first_byte_latency: Option<f64>,
}

/// The metrics of a stream's last chunk.
pub(super) fn metrics(body: &str) -> Option<Metrics> {
    // Always in the last chunk, so that looking back finds it at once.
    METRICS.last(body)
}

/// The usage of a stream that has iterations, of which there may be so many that no end of the stream shows it.
pub(super) fn iterated(stream: &str, model: &str) -> Option<Counted> {
    ITERATIONS.finder.find(stream.as_bytes())?;
    counted(stream, model)
}

/// How quick a stream was, and the geography that it was kept in.
pub(super) fn premium_of_stream(stream: &str) -> (Option<String>, Option<String>) {
    (SPEED.word_at_an_end(stream), GEO.word_at_an_end(stream))
}

/// How quick an answer was asked to be, and the geography that it was to be kept in: `"speed":"fast"`.
pub(super) fn premium_asked(request: &str) -> (Option<String>, Option<String>) {
    (SPEED.last_word(request), GEO.last_word(request))
}

/// The counts that a body of a model's answer states: its last `usage`, or the fields of models that have none. The
/// model is empty where nothing names it.
pub(super) fn counted(body: &str, model: &str) -> Option<Counted> {
    if let Some(usage) = USAGE.last::<Usage>(body) {
        let counted = usage.counted(model);
        if counted.input.is_some() || counted.output.is_some() {
            return Some(counted);
        }
        // A guardrail's use has the same name.
        let places: Vec<usize> = USAGE.places(body).collect();
        let before = places.iter().rev().skip(1).take(MOST_USAGES);
        let mut before =
            before.filter_map(|at| value_at::<Usage>(body, *at, USAGE.text)).map(|usage| usage.counted(model));
        return Some(before.find(|counted| counted.input.is_some() || counted.output.is_some()).unwrap_or(counted));
    }
    let number = |key: &Key| key.last::<Count>(body).and_then(|count| count.0);
    let counted = Counted {
        input: number(&PROMPT_TOKENS).or_else(|| number(&INPUT_TEXT_TOKENS)),
        output: number(&GENERATION_TOKENS).or_else(|| number(&OUTPUT_TEXT_TOKENS)),
        ..Counted::default()
    };
    (counted.input.is_some() || counted.output.is_some()).then_some(counted)
}

/// The most objects called `usage` that are looked at.
const MOST_USAGES: usize = 64;

/// For how long a request asks the cache to keep what it marks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum HourMarks {
    /// Five minutes.
    None,
    /// An hour for some of it.
    Some,
    /// An hour for all of it.
    All,
}

/// What the marks of a request say: Converse's `cachePoint`, Anthropic's `cache_control`.
pub(super) fn hour_marks(request: &str) -> HourMarks {
    // In a body that is kept as text the quotes are escaped.
    let escaped = memmem::find(request.as_bytes(), br#"\"1h\""#).is_some();
    if !escaped && HOUR.finder.find(request.as_bytes()).is_none() {
        return HourMarks::None;
    }
    let Ok(mut body) = crate::document::bounded(request.as_bytes()) else { return HourMarks::None };
    if let Some(text) = body.as_str() {
        let Ok(inner) = crate::document::bounded(text.as_bytes()) else { return HourMarks::None };
        body = inner;
    }
    let (mut hour, mut other) = (0_u32, 0_u32);
    marks(&body, 0, &mut |mark| {
        if mark["ttl"] == "1h" { hour += 1 } else { other += 1 }
    });
    match (hour, other) {
        (0, _) => HourMarks::None,
        (_, 0) => HourMarks::All,
        _ => HourMarks::Some,
    }
}

fn marks(value: &serde_json::Value, depth: u8, each: &mut impl FnMut(&serde_json::Value)) {
    if depth > 12 {
        return;
    }
    match value {
        serde_json::Value::Object(object) => {
            for (name, value) in object {
                if matches!(name.as_str(), "cachePoint" | "cache_control") && value.is_object() {
                    each(value);
                } else if !matches!(name.as_str(), "input" | "input_schema" | "json") {
                    marks(value, depth + 1, each);
                }
            }
        }
        serde_json::Value::Array(items) => items.iter().for_each(|item| marks(item, depth + 1, each)),
        _ => {}
    }
}

/// Whether a request asks a guardrail.
pub(super) fn asks_guardrail(request: &str) -> bool {
    if GUARDRAIL.find(request.as_bytes()).is_none() {
        return false;
    }
    [&GUARDRAIL_ASKED, &GUARDRAIL_OF_INVOKE]
        .iter()
        .any(|key| key.last::<serde_json::Value>(request).is_some_and(|value| value.is_object()))
}

/// Whether a request to embed has something else than text.
pub(super) fn has_media(request: &str) -> bool {
    const KEYS: [&str; 10] = [
        "\"inputImage\"",
        "\"images\"",
        "\"image\"",
        "\"image_url\"",
        "\"audio\"",
        "\"video\"",
        "\"inputVideo\"",
        "\"inputAudio\"",
        "\"mediaSource\"",
        "\"document\"",
    ];
    KEYS.iter().any(|key| memmem::find(request.as_bytes(), key.as_bytes()).is_some())
}

/// How quick an answer was asked for: `"performanceConfig":{"latency":"optimized"}`.
pub(super) fn performance(body: &str) -> Option<String> {
    let latency =
        |at| Some(value_at::<serde_json::Value>(body, at, PERFORMANCE.text)?["latency"].as_str()?.to_string());
    PERFORMANCE.places(body).find_map(latency)
}

/// How many tokens were written for an hour, where a body splits its writes: in a stream its first chunk
/// does, elsewhere the usage at its end.
pub(super) fn hour_writes(body: &str) -> Option<u64> {
    if let Some(details) = CACHE_DETAILS.last::<Vec<Detail>>(body) {
        return Some(for_an_hour(&details));
    }
    HOUR_WRITES.first::<Count>(body).and_then(|count| count.0)
}

/// A lifetime of a cache that nobody has heard of.
pub(super) fn odd_lifetime(body: &str) -> Option<String> {
    let details = CACHE_DETAILS.last::<Vec<Detail>>(body)?;
    details.into_iter().map(|detail| detail.ttl).find(|ttl| !matches!(ttl.as_str(), "1h" | "5m"))
}

/// The milliseconds that Converse states, which writes them first.
pub(super) fn latency_ms(body: &str) -> Option<f64> {
    if body.starts_with("{\"metrics\"") { LATENCY.first(body) } else { LATENCY.last(body) }
}

/// Searches that the service made, as the last chunks of a stream count them.
pub(super) fn web_searches(body: &str) -> u64 {
    let tail = body.len().saturating_sub(2 * TAIL);
    let tail = (tail..body.len()).find(|at| body.is_char_boundary(*at)).unwrap_or(body.len());
    WEB_SEARCHES.last::<Count>(&body[tail..]).and_then(|count| count.0).unwrap_or(0)
}

static SERVICE: LazyLock<memmem::Finder<'static>> = LazyLock::new(|| memmem::Finder::new(b"\"service"));
static GUARDRAIL: LazyLock<memmem::Finder<'static>> = LazyLock::new(|| memmem::Finder::new(b"uardrail"));

/// The tier that a body states: `"serviceTier":{"type":"flex"}`, `"service_tier":"flex"`.
pub(super) fn tier(body: &str) -> Option<String> {
    SERVICE.find(body.as_bytes())?;
    [&SERVICE_TIER, &SERVICE_TIER_PYTHON].into_iter().find_map(|key| {
        key.places(body).rev().find_map(|at| {
            let value: serde_json::Value = value_at(body, at, key.text)?;
            Some(value.as_str().or_else(|| value["type"].as_str())?.to_string())
        })
    })
}

/// The model that a prompt router chose.
pub(super) fn routed(body: &str) -> Option<String> {
    ROUTED.last_word(body)
}

/// What a body says of a guardrail.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Guarded {
    /// Text units by the policy's field.
    pub units: Vec<(String, u64)>,
    /// It was asked.
    pub used: bool,
}

/// The guardrail use of an answer's body.
pub(super) fn guarded(body: &str) -> Guarded {
    let bytes = body.as_bytes();
    let mut out = Guarded::default();
    if GUARDRAIL.find(bytes).is_none() {
        return out;
    }
    let says = |key: &str| service_says(body, memmem::find_iter(bytes, key.as_bytes())).next().is_some();
    out.used =
        ["\"amazon-bedrock-guardrailAction\"", "\"guardrail\"", "\"amazon-bedrock-trace\""].into_iter().any(says);
    // Each assessment states the units that it was billed.
    for at in service_says(body, memmem::find_iter(bytes, b"\"invocationMetrics\"")) {
        #[derive(Deserialize)]
        struct Assessed {
            usage: std::collections::BTreeMap<String, Count>,
        }
        let Some(assessed) = value_at::<Assessed>(body, at, "\"invocationMetrics\"") else { continue };
        for (name, count) in assessed.usage {
            // Beside units it counts policies, which are not billed.
            if let Some(units) = count.0.filter(|_| name.ends_with("Units") && name.len() < 100) {
                out.units.push((name, units));
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_body_states_its_counts() {
        let converse = r#"{"metrics":{"latencyMs":7},"usage":{"inputTokens":100,"outputTokens":9,"cacheReadInputTokens":5,"cacheReadInputTokenCount":5,"cacheWriteInputTokens":10000,"cacheDetails":[{"ttl":"1h","inputTokens":10000}]}}"#;
        let found = counted(converse, "").unwrap();
        assert_eq!(
            (found.input, found.output, found.cache_read, found.cache_write, found.cache_write_1h),
            (Some(100), Some(9), Some(5), Some(10_000), Some(10_000))
        );
        assert_eq!((hour_writes(converse), latency_ms(converse)), (Some(10_000), Some(7.0)));
        let claude = r#"{"usage":{"input_tokens":1,"cache_creation_input_tokens":30,"cache_creation":{"ephemeral_5m_input_tokens":10,"ephemeral_1h_input_tokens":20},"output_tokens":2}}"#;
        assert_eq!((counted(claude, "").unwrap().cache_write_1h, hour_writes(claude)), (Some(20), Some(20)));
        let openai =
            r#"{"usage":{"prompt_tokens":100,"completion_tokens":5,"prompt_tokens_details":{"cached_tokens":90}}}"#;
        let found = counted(openai, "").unwrap();
        assert_eq!((found.input, found.cache_read, found.output), (Some(10), Some(90), Some(5)));
        assert_eq!(counted(r#"{"text":"\"usage\": 5"}"#, ""), None);
        // Models that state their counts without a usage: Llama's, and Titan's.
        for body in [
            r#"{"generation":"a","prompt_token_count":11,"generation_token_count":7}"#,
            r#"{"inputTextTokenCount":11,"totalOutputTextTokenCount":7}"#,
        ] {
            let found = counted(body, "").unwrap_or_else(|| panic!("{body}"));
            assert_eq!((found.input, found.output), (Some(11), Some(7)), "{body}");
        }
    }

    /// Iterations that no one can read are told as such.
    #[test]
    fn iterations_of_another_form_are_named() {
        let body = |iterations: &str| {
            format!(r#"{{"usage":{{"input_tokens":1,"output_tokens":2,"iterations":{iterations}}}}}"#)
        };
        let of = |iterations: &str| counted(&body(iterations), "").unwrap().iterated;
        assert!(of(r#""many""#).is_some_and(|iterated| iterated.unread));
        assert!(
            of(r#"[{"type":"message","input_tokens":1,"output_tokens":2}]"#).is_none_or(|iterated| !iterated.unread)
        );
        assert_eq!(of("null"), None);
    }

    /// What a model says in a tool's arguments, or a tool in its result, is not the service's word.
    #[test]
    fn what_was_given_sets_no_price() {
        let arguments = r#"{"serviceTier":"flex","ephemeral_1h_input_tokens":9,"cacheDetails":[{"ttl":"1h","inputTokens":9}],"usage":{"inputTokens":7,"outputTokens":7},"performanceConfig":{"latency":"optimized"},"guardrailConfig":{},"guardrail":{"invocationMetrics":{"usage":{"contentPolicyUnits":5}}},"web_search_requests":3}"#;
        for body in [
            format!(r#"{{"messages":[{{"content":[{{"toolUse":{{"name":"f","input":{arguments}}}}}]}}]}}"#),
            format!(r#"{{"messages":[{{"content":[{{"toolResult":{{"content":[{{"json":{arguments}}}]}}}}]}}]}}"#),
            format!(r#"{{"content":[{{"type":"tool_use","name":"f","input":[{arguments}]}}]}}"#),
            format!(r#"{{"tools":[{{"input_schema":{{"properties":{arguments}}}}}]}}"#),
            format!(r#"{{"requestMetadata":{arguments}}}"#),
        ] {
            assert_eq!((tier(&body), hour_writes(&body), performance(&body)), (None, None, None), "{body}");
            assert_eq!((guarded(&body), asks_guardrail(&body)), (Guarded::default(), false), "{body}");
            assert_eq!((counted(&body, ""), web_searches(&body)), (None, 0), "{body}");
            let said = format!(
                r#"{{"a":{body},"serviceTier":{{"type":"priority"}},"usage":{{"inputTokens":1,"outputTokens":2}}}}"#
            );
            assert_eq!(tier(&said).as_deref(), Some("priority"), "{said}");
            assert_eq!(counted(&said, "").unwrap().input, Some(1), "{said}");
        }
    }

    #[test]
    fn a_chunk_of_a_stream_counts_under_its_metadata() {
        let body = r#"[{"contentBlockDelta":{"delta":{"text":"x"}}},{"metadata":{"usage":{"inputTokens":9,"outputTokens":2},"metrics":{"latencyMs":5},"serviceTier":{"type":"flex"}}}]"#;
        let found = counted(body, "").unwrap();
        assert_eq!((found.input, found.output, tier(body).as_deref()), (Some(9), Some(2), Some("flex")));
    }

    #[test]
    fn a_body_states_its_tier_and_guardrail() {
        assert_eq!(tier(r#"{"output":{},"serviceTier":{"type":"flex"}}"#).as_deref(), Some("flex"));
        assert_eq!(tier(r#"{"service_tier":"priority"}"#).as_deref(), Some("priority"));
        let trace = r#"{"trace":{"guardrail":{"inputAssessment":{"g":{"invocationMetrics":{"usage":{"topicPolicyUnits":0,"contentPolicyUnits":3}}}}}}}"#;
        assert_eq!(
            guarded(trace),
            Guarded { units: vec![("contentPolicyUnits".into(), 3), ("topicPolicyUnits".into(), 0)], used: true }
        );
        assert_eq!(guarded("{}"), Guarded::default());
    }
}
