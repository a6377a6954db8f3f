//! A configuration as the document it is read from, everything in it: what `--print-config` shows.

use serde_json::{Map, Value, json};

use crate::bedrock::Exception;
use crate::fixture::Rule;

use super::config::Config;
use super::fault::{Fault, FaultKind};
use super::guardrail::{Action, Guardrail};
use super::latency::LatencyMode;

/// The JSON Schema of a configuration.
pub const CONFIG_SCHEMA: &str = include_str!("../../docs/config.schema.json");

impl Config {
    /// The whole configuration, defaults included; [`Config::read`] gives it back.
    pub fn to_json(&self) -> Value {
        let latency = match self.latency {
            LatencyMode::Recorded => "recorded",
            LatencyMode::Model => "model",
            LatencyMode::Simple => "simple",
            LatencyMode::None => "none",
        };
        let quota = |(id, quota): (&String, &super::Quota)| {
            let own = json!({"rpm": quota.rpm, "tpm": quota.tpm, "burndown": quota.burndown, "tokens_per_day": quota.tokens_per_day,
                "input_tpm": quota.input_tpm, "output_tpm": quota.output_tpm});
            (id.clone(), own)
        };
        json!({
            "version": 1,
            "host": self.host.map(|host| host.key()),
            "seed": self.seed,
            "fallback": self.fallback.key(),
            "latency": latency,
            "error_rate": self.error_rate,
            "throttle_rate": self.throttle_rate,
            "cold_start_ms": self.cold_start_ms,
            "models": self.models.iter().map(|(id, own)| (id.clone(), own.to_json())).collect::<Map<_, _>>(),
            "quotas": self.quotas.iter().map(quota).collect::<Map<_, _>>(),
            "guardrail": self.guardrail.as_ref().map(of_guardrail),
            "aliases": self.aliases,
            "today": self.today,
            "timeless": self.timeless,
            "faults": self.faults.iter().map(of_fault).collect::<Vec<_>>(),
        })
    }
}

fn of_guardrail(guardrail: &Guardrail) -> Value {
    let action = |action: Action| if action == Action::Block { "BLOCK" } else { "ANONYMIZE" };
    let topics = guardrail.topics.iter().map(|(name, phrases)| json!({"name": name, "phrases": phrases}));
    let pii = guardrail.pii.iter().map(|(kind, _, done)| json!({"type": kind.key(), "action": action(*done)}));
    let patterns = guardrail
        .patterns
        .iter()
        .map(|(name, pattern, done)| json!({"name": name, "pattern": pattern.as_str(), "action": action(*done)}));
    json!({
        "id": guardrail.id,
        "always": guardrail.always,
        "denied_topics": topics.collect::<Vec<_>>(),
        "words": guardrail.words,
        "pii": pii.collect::<Vec<_>>(),
        "patterns": patterns.collect::<Vec<_>>(),
        "blocked_input": guardrail.blocked_input,
        "blocked_output": guardrail.blocked_output,
    })
}

fn of_fault(fault: &Fault) -> Value {
    let mut out = Map::new();
    let mut set = |name: &str, value: Value| drop(out.insert(name.to_string(), value));
    set("kind", json!(fault.kind.key()));
    if fault.when != Rule::default() {
        set("when", of_rule(&fault.when));
    }
    if let Some(operation) = fault.operation {
        set("operation", json!(operation.name()));
    }
    set("skip", json!(fault.skip));
    match fault.times {
        Some(times) => set("times", json!(times)),
        None => set("forever", json!(true)),
    }
    let mut exception = |exception: &Exception| {
        set("code", json!(exception.name));
        set("message", json!(exception.message));
        if let Some(seconds) = exception.retry_after_s {
            set("retry_after", json!(seconds));
        }
        if let Some(status) = exception.own_status {
            set("status", json!(status));
        }
        if let Some(fields) = &exception.fields {
            set("fields", Value::Object((**fields).clone()));
        }
    };
    match &fault.kind {
        FaultKind::Http(own) => exception(own),
        FaultKind::ExceptionFrame { exception: own, after } => {
            exception(own);
            set("after_events", json!(after));
        }
        FaultKind::Gateway { status, html } => {
            set("status", json!(status));
            set("html", json!(html));
        }
        FaultKind::ErrorFrame { code, message, after } => {
            set("code", json!(code));
            set("message", json!(message));
            set("after_events", json!(after));
        }
        FaultKind::CutFrame { after }
        | FaultKind::CutCharacter { after }
        | FaultKind::EarlyEnd { after }
        | FaultKind::CrcFlip { after }
        | FaultKind::UnknownEvent { after } => set("after_events", json!(after)),
        FaultKind::Stall { after, ms } => {
            set("after_events", json!(after));
            set("ms", json!(ms));
        }
        FaultKind::SlowFirstToken { ms } => set("ms", json!(ms)),
        FaultKind::Reset => {}
    }
    Value::Object(out)
}

fn of_rule(rule: &Rule) -> Value {
    let mut out = Map::new();
    let texts = [
        ("model", rule.model.as_deref()),
        ("user", rule.user.as_deref()),
        ("user_contains", rule.user_contains.as_deref()),
        ("user_pattern", rule.user_pattern.as_ref().map(regex_lite::Regex::as_str)),
        ("system_contains", rule.system_contains.as_deref()),
        ("query_type", rule.query_type.as_deref()),
    ];
    out.extend(texts.into_iter().filter_map(|(name, text)| Some((name.to_string(), json!(text?)))));
    if !rule.tools.is_empty() {
        out.insert("tools".to_string(), json!(rule.tools));
    }
    if let Some(turn) = rule.turn {
        out.insert("turn".to_string(), json!(turn));
    }
    Value::Object(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Everything that a configuration may have.
    fn whole() -> Value {
        json!({
            "version": 1, "host": "runtime", "seed": 7, "fallback": "echo", "latency": "simple",
            "error_rate": 0.1, "throttle_rate": 0.2, "cold_start_ms": 300.0,
            "models": {"*": {"avg_latency_ms": 1.0, "latency_jitter_ms": 2.0, "tokens_per_second": 3.0, "max_tokens": 4,
                "error_rate": 0.1, "throttle_rate": 0.2}},
            "quotas": {"*": {"rpm": 10.0, "tpm": 1000.0, "burndown": 5.0, "tokens_per_day": 9.0, "input_tpm": 7.0, "output_tpm": 8.0}},
            "guardrail": {"id": "g", "always": true, "denied_topics": [{"name": "t", "phrases": ["p"]}], "words": ["w"],
                "pii": [{"type": "EMAIL", "action": "BLOCK"}], "patterns": [{"name": "n", "pattern": "a+", "action": "ANONYMIZE"}],
                "blocked_input": "no", "blocked_output": "no"},
            "aliases": {"arn:x": "anthropic.claude-haiku-4-5-20251001-v1:0"}, "today": "2026-11-30", "timeless": true,
            "faults": [
                {"kind": "http", "code": "ThrottlingException", "message": "m", "retry_after": 2.0, "fields": {"a": 1}, "skip": 1, "times": 3,
                    "operation": "Converse", "when": {"model": "x", "user": "u", "user_contains": "c", "user_pattern": "p", "system_contains": "s",
                        "tools": ["t"], "turn": 2, "query_type": "q"}},
                {"kind": "reset", "forever": true}, {"kind": "gateway", "status": 504, "html": "<p>"},
                {"kind": "exception_frame", "after_events": 3}, {"kind": "error_frame", "code": "c", "message": "m", "after_events": 1},
                {"kind": "cut_frame"}, {"kind": "cut_character"}, {"kind": "early_end"}, {"kind": "crc_flip"}, {"kind": "unknown_event"},
                {"kind": "stall", "ms": 5.0}, {"kind": "slow_first_token", "ms": 6.0},
            ],
        })
    }

    #[test]
    fn what_is_printed_is_what_was_read() {
        let own = json!({"faults": [{"kind": "http", "code": "QuotaOfMyGateway", "message": "m", "status": 418}]});
        for document in [json!({}), whole(), own] {
            let config = Config::read(&document).unwrap();
            assert_eq!(Config::read(&config.to_json()).unwrap(), config, "{}", config.to_json());
        }
    }

    /// The schema knows what is printed, member by member, and nothing that is not read.
    #[test]
    fn the_schema_has_every_member_and_no_other() {
        let schema: Value = serde_json::from_str(CONFIG_SCHEMA).unwrap();
        let properties = |at: &Value| at["properties"].as_object().unwrap().keys().cloned().collect::<Vec<_>>();
        let printed = Config::read(&whole()).unwrap().to_json();
        let mut all: Vec<String> = printed.as_object().unwrap().keys().cloned().collect();
        all.insert(0, "$schema".to_string());
        all.sort();
        let mut known = properties(&schema);
        known.sort();
        assert_eq!(known, all);
        for (name, value) in [
            ("model", &printed["models"]["*"]),
            ("quota", &printed["quotas"]["*"]),
            ("guardrail", &printed["guardrail"]),
        ] {
            let (mut known, mut all) =
                (properties(&schema["$defs"][name]), Vec::from_iter(value.as_object().unwrap().keys().cloned()));
            known.sort();
            all.sort();
            assert_eq!(known, all, "{name}");
        }
        let rule = &printed["faults"][0]["when"];
        assert_eq!(properties(&schema["$defs"]["rule"]).len(), rule.as_object().unwrap().len());
        // Each member of a fault is one that the reader takes, by itself and no other.
        for name in properties(&schema["$defs"]["fault"]) {
            let value = match name.as_str() {
                "kind" => continue,
                "when" => json!({}),
                "operation" => json!("Converse"),
                "forever" => json!(true),
                "fields" => json!({}),
                "code" => json!("ThrottlingException"),
                "message" | "html" => json!("x"),
                "status" => json!(503),
                _ => json!(1),
            };
            let mut fault = json!({"kind": "http"});
            fault[name.as_str()] = value;
            let read = Config::read(&json!({"faults": [fault]}));
            assert!(read.is_ok(), "{name}: {}", read.unwrap_err());
        }
        let kinds = schema["$defs"]["fault"]["properties"]["kind"]["enum"].as_array().unwrap();
        for kind in kinds {
            assert!(Config::read(&json!({"faults": [{"kind": kind}]})).is_ok(), "{kind}");
        }
        assert_eq!(kinds.len(), printed["faults"].as_array().unwrap().len(), "every kind is in the example");
    }
}
