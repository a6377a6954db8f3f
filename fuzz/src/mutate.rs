//! Inputs made from other inputs: bytes, lines, numbers, and the values of JSON, each changed by a fixed sequence of
//! numbers, so that the same number makes the same input everywhere.

use serde_json::{Value, json};

pub(crate) const SCENARIO: &[&str] = &[
    "types",
    "share_pct",
    "input_tokens",
    "output_tokens",
    "cache",
    "hit_rate",
    "route",
    "escalation",
    "prompt",
    "turns",
    "ttl",
    "kind",
    "lognormal",
    "empirical",
    "values",
    "mean_ms",
    "sd_ms",
    "traffic",
    "curve",
    "trace",
    "capacity",
    "concurrency",
    "retry",
    "max_attempts",
    "faults",
    "billing",
    "prices",
    "infrastructure",
    "region",
    "ranges",
    "version",
    "scenarios",
    "locks",
    "anthropic.claude-sonnet-4-5-20250929-v1:0",
    "1e308",
    "1e-320",
    "9007199254740993",
];
pub(crate) const FIXTURE: &[&str] = &[
    "fixture_id",
    "prompt",
    "answer",
    "response",
    "content",
    "tool_use",
    "toolUse",
    "reasoning",
    "stop_reason",
    "usage",
    "rule",
    "user_pattern",
    "template",
    "variables",
    "table",
    "recording",
    "body_b64",
    "headers",
    "tags",
    "version",
    "- ",
    ": ",
    "|\n",
    ">-\n",
    "&a",
    "*a",
    "!!binary ",
    "---\n",
    "? ",
    "{{",
    "}}",
    "\u{feff}",
];
pub(crate) const CALLS: &[&str] = &[
    "messages",
    "role",
    "user",
    "assistant",
    "content",
    "text",
    "toolUse",
    "toolResult",
    "toolConfig",
    "image",
    "source",
    "bytes",
    "document",
    "cachePoint",
    "guardrailConfig",
    "inferenceConfig",
    "maxTokens",
    "stopSequences",
    "system",
    "anthropic_version",
    "bedrock-2023-05-31",
    "max_tokens",
    "stream",
    "tools",
    "tool_choice",
    "response_format",
    "json_schema",
    "$ref",
    "#/$defs/a",
    "input",
    "instructions",
    "previous_response_id",
    "thinking",
    "budget_tokens",
    "inputText",
    "texts",
    "schemaVersion",
    "model",
    "openai.gpt-oss-20b-1:0",
    "anthropic.claude-haiku-4-5-20251001-v1:0",
    "data:image/png;base64,",
    "/model/%2e%2e/converse",
];
pub(crate) const LOG: &[&str] = &[
    "timestamp",
    "modelId",
    "inputTokenCount",
    "outputTokenCount",
    "cacheReadInputTokenCount",
    "cacheWriteInputTokenCount",
    "input",
    "output",
    "inputBodyJson",
    "outputBodyJson",
    "requestMetadata",
    "errorCode",
    "schemaType",
    "ModelInvocationLog",
    "operation",
    "Converse",
    "logEvents",
    "message",
    "model",
    "prompt_tokens",
    "completion_tokens",
    "resourceSpans",
    "attributes",
    "gen_ai.usage.input_tokens",
    "2026-01-01T00:00:00Z",
    "2026-02-30T25:61:00",
    "9223372036854775808",
    "-1",
    "1,000",
    "\u{feff}",
    "\"\"",
    ";",
    "\t",
    "\r\n",
];
pub(crate) const BENCH: &[&str] = &[
    "benchmarks",
    "runs",
    "e2e_ms",
    "ttft_ms",
    "unit",
    "ms",
    "s",
    "better",
    "higher",
    "version",
    "kind",
    "environment",
    "prompts",
    "load",
    "closed",
    "open",
    "rate_per_s",
    "workers",
    "requests",
    "duration_s",
    "warm_up",
    "timeout_ms",
    "metrics",
    "results",
    "times",
    "data",
    "stats",
    "percentiles",
    "1e308",
    "-1",
    "1e999",
    "records",
    "request_start_ns",
    "NaN",
];

/// A sequence of numbers that follows from its seed (SplitMix64).
pub(crate) struct Numbers(pub u64);

impl Numbers {
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// A number below a bound; 0 for a bound of 0.
    pub fn below(&mut self, bound: usize) -> usize {
        if bound == 0 { 0 } else { (self.next() % bound as u64) as usize }
    }

    pub fn pick<'a, T>(&mut self, all: &'a [T]) -> Option<&'a T> {
        all.get(self.below(all.len()))
    }
}

/// Texts of numbers at which programs break.
const EXTREME: &[&str] = &[
    "0",
    "-0",
    "-1",
    "1",
    "255",
    "256",
    "65535",
    "65536",
    "2147483648",
    "4294967296",
    "9007199254740993",
    "9223372036854775807",
    "9223372036854775808",
    "18446744073709551616",
    "1e15",
    "1e18",
    "1e19",
    "1e38",
    "1e308",
    "-1e308",
    "1e-308",
    "1e-400",
    "0.1",
    "1e5",
    "100000",
    "999999999999",
    "0.30000000000000004",
];

/// An input made from one, and parts of another.
pub(crate) fn mutated(numbers: &mut Numbers, input: &[u8], other: &[u8], words: &[&str], most: usize) -> Vec<u8> {
    let mut bytes = input.to_vec();
    for _ in 0..=numbers.below(4) {
        // A document keeps its form in half of the changes: what is broken at once goes no further.
        if numbers.below(2) == 0
            && let Some(changed) = with_json_changed(numbers, &bytes, words)
        {
            bytes = changed;
            continue;
        }
        change(numbers, &mut bytes, other, words);
    }
    bytes.truncate(most);
    bytes
}

fn change(numbers: &mut Numbers, bytes: &mut Vec<u8>, other: &[u8], words: &[&str]) {
    let at = numbers.below(bytes.len() + 1);
    let length = 1 << numbers.below(8);
    let end = (at + numbers.below(length + 1)).min(bytes.len());
    match numbers.below(11) {
        0 => {
            if let Some(byte) = bytes.get_mut(at) {
                *byte ^= 1 << numbers.below(8);
            }
        }
        1 => {
            if let Some(byte) = bytes.get_mut(at) {
                *byte = [0, 0x7F, 0x80, 0xFF, b'"', b'\\', b'\n', b'{', b'[', b','][numbers.below(10)];
            }
        }
        2 => drop(bytes.drain(at..end)),
        3 => {
            let copy = bytes[at..end].to_vec();
            bytes.splice(end..end, copy);
        }
        4 => {
            let from = numbers.below(other.len() + 1);
            let part = &other[from..(from + length).min(other.len())];
            bytes.splice(at..end, part.iter().copied());
        }
        5 | 6 => {
            let word = numbers.pick(words).copied().unwrap_or_default();
            let end = if numbers.below(2) == 0 { at } else { end };
            bytes.splice(at..end, word.bytes());
        }
        7 => {
            // A number of the text becomes another.
            let digit = |byte: &u8| byte.is_ascii_digit();
            if let Some(begin) = bytes[at..].iter().position(digit).map(|found| at + found) {
                let end =
                    bytes[begin..].iter().position(|byte| !digit(byte)).map_or(bytes.len(), |found| begin + found);
                let extreme = numbers.pick(EXTREME).copied().unwrap_or_default();
                bytes.splice(begin..end, extreme.bytes());
            }
        }
        8 => bytes.truncate(at),
        9 => {
            // A line goes elsewhere, or stands there twice.
            let mut lines: Vec<Vec<u8>> = bytes.split_inclusive(|byte| *byte == b'\n').map(<[u8]>::to_vec).collect();
            let (from, to) = (numbers.below(lines.len()), numbers.below(lines.len() + 1));
            if let Some(line) = lines.get(from).cloned() {
                if numbers.below(2) == 0 {
                    lines.remove(from);
                }
                lines.insert(to.min(lines.len()), line);
                *bytes = lines.concat();
            }
        }
        _ => {
            let word = [0_u32, 1, 16, 0x7FFF_FFFF, 0xFFFF_FFFF, 0x0100_0000, 0x10][numbers.below(7)].to_be_bytes();
            for (index, byte) in word.into_iter().enumerate() {
                if let Some(place) = bytes.get_mut(at + index) {
                    *place = byte;
                }
            }
        }
    }
}

/// The input with one value of its JSON changed: of the whole, or of one of its lines.
fn with_json_changed(numbers: &mut Numbers, bytes: &[u8], words: &[&str]) -> Option<Vec<u8>> {
    if let Ok(mut whole) = serde_json::from_slice::<Value>(bytes) {
        change_value(numbers, &mut whole, words, 0);
        return Some(whole.to_string().into_bytes());
    }
    let mut lines: Vec<Vec<u8>> = bytes.split(|byte| *byte == b'\n').map(<[u8]>::to_vec).collect();
    let index = numbers.below(lines.len());
    let line = lines.get_mut(index)?;
    let mut value: Value =
        serde_json::from_slice(line).ok().filter(|value: &Value| value.is_object() || value.is_array())?;
    change_value(numbers, &mut value, words, 0);
    *line = value.to_string().into_bytes();
    Some(lines.join(&b'\n'))
}

fn change_value(numbers: &mut Numbers, value: &mut Value, words: &[&str], depth: usize) {
    let inner = match value {
        Value::Array(items) => items.len(),
        Value::Object(fields) => fields.len(),
        _ => 0,
    };
    if inner > 0 && depth < 40 && numbers.below(5) > 0 {
        let at = numbers.below(inner);
        let child = match value {
            Value::Array(items) => items.get_mut(at),
            Value::Object(fields) => fields.values_mut().nth(at),
            _ => None,
        };
        if let Some(child) = child {
            return change_value(numbers, child, words, depth + 1);
        }
    }
    let word = numbers.pick(words).copied().unwrap_or("x").to_string();
    let scalar = |numbers: &mut Numbers| match numbers.below(6) {
        0 => Value::Null,
        1 => json!(numbers.below(2) == 0),
        2 => json!(word),
        3 => json!(""),
        _ => {
            let extreme = numbers.pick(EXTREME).copied().unwrap_or("0");
            serde_json::from_str(extreme).unwrap_or(Value::Null)
        }
    };
    match (numbers.below(8), &mut *value) {
        (0, Value::Object(fields)) => {
            let new = scalar(numbers);
            fields.insert(word, new);
        }
        (1, Value::Object(fields)) => {
            let name = fields.keys().nth(numbers.below(fields.len())).cloned();
            if let Some(old) = name.and_then(|name| fields.shift_remove(&name)) {
                fields.insert(word, old);
            }
        }
        (2, Value::Object(fields)) => {
            let name = fields.keys().nth(numbers.below(fields.len())).cloned();
            name.and_then(|name| fields.shift_remove(&name));
        }
        (0 | 1, Value::Array(items)) => {
            let copy = items.get(numbers.below(items.len())).cloned();
            let times = 1 << numbers.below(7);
            items.extend(copy.into_iter().flat_map(|copy| vec![copy; times]));
        }
        (2, Value::Array(items)) => drop(items.pop()),
        (0, Value::String(text)) => text.push_str(&word),
        (1, Value::String(text)) => *text = text.repeat(1 << numbers.below(8)).chars().take(4096).collect(),
        (3, value) => {
            // Far inside itself.
            let mut nested = value.take();
            for _ in 0..1 << numbers.below(8) {
                nested = if numbers.below(2) == 0 { json!([nested]) } else { json!({ word.clone(): nested }) };
            }
            *value = nested;
        }
        (4, value) => *value = json!([value.take()]),
        (_, value) => *value = scalar(numbers),
    }
}
