//! From JSON to a scenario; every field absent has its default.

use std::sync::Arc;

use serde_json::Value;

use crate::document::{Fields, Findings, wrong_type};
use crate::problem::Problem;
use crate::words::{Message, Word};

use super::check::MAX_DAILY;
use super::distribution::{Distribution, MAX_EMPIRICAL};
use super::{
    Arrivals, Cache, CacheKind, Capacity, Curve, Faults, ModelProfile, QueryType, Retry, RetryMode, RouteShare,
    Scenario, Stage, StageGroup, Trace, Traffic, range, read_billing,
};

/// The scenario in a document, as far as it can be read, and everything wrong with its form.
pub(super) fn scenario(document: &Value) -> (Scenario, Vec<Problem>) {
    let findings = Findings::default();
    let mut scenario = Scenario::default();
    let ranged = range::take(document, &findings);
    let document = ranged.as_ref().map_or(document, |(document, _)| document);
    if let Some(fields) = Fields::of(document, "", &findings) {
        let version = fields.count("version").map(|version| version.min(u64::from(u32::MAX)) as u32);
        let of_version_1 = version == Some(1);
        // What is read is what this version says in other words.
        set(&mut scenario.version, version.filter(|_| !of_version_1));
        if of_version_1 {
            scenario.retry.mode = scenario.retry.mode.of_version_1();
        }
        set(&mut scenario.seed, fields.count("seed"));
        set(&mut scenario.daily_messages, fields.number("daily_messages"));
        set(&mut scenario.days_in_month, fields.number("days_in_month"));
        set(&mut scenario.slo_ms, fields.number("slo_ms"));
        scenario.region = fields.text("region");
        if let Some(types) = fields.objects("types") {
            scenario.types = types.iter().map(query_type).collect();
        }
        if let Some(traffic) = fields.object("traffic") {
            read_traffic(&traffic, &mut scenario.traffic);
            // A trace brings its own rate.
            if let (Arrivals::Trace, Some(trace), None) =
                (scenario.traffic.arrivals, &scenario.traffic.trace, fields.value("daily_messages"))
            {
                scenario.daily_messages = trace.daily_messages().min(MAX_DAILY);
            }
        }
        if let Some(capacity) = fields.object("capacity") {
            let default = Capacity::default();
            scenario.capacity = Capacity {
                concurrency: capacity.number("concurrency"),
                queue_timeout_ms: capacity.number("queue_timeout_ms"),
                rpm: capacity.number("rpm"),
                tpm: capacity.number("tpm"),
                max_tokens: capacity.number("max_tokens"),
                burndown: capacity.number("burndown").unwrap_or(default.burndown),
            };
        }
        if let Some(retry) = fields.object("retry") {
            let mode = choice(&retry, "mode", RetryMode::from_key, &RetryMode::ALL.map(RetryMode::key));
            let mode = mode.map(|mode| match retry.text("mode").as_deref() {
                Some("standard" | "adaptive") if of_version_1 => mode.of_version_1(),
                _ => mode,
            });
            scenario.retry = Retry {
                mode: mode.unwrap_or(scenario.retry.mode),
                max_attempts: retry.count("max_attempts").map(|attempts| attempts.min(1000) as u32),
                clients: retry.count("clients").unwrap_or(1).min(1_000_000) as u32,
            };
        }
        if let Some(faults) = fields.object("faults") {
            scenario.faults = Faults {
                throttle_rate: faults.number("throttle_rate").unwrap_or(0.0),
                error_rate: faults.number("error_rate").unwrap_or(0.0),
            };
        }
        if let Some(groups) = fields.objects("stages") {
            scenario.stages = groups.iter().map(stage_group).collect();
        }
        scenario.patience_ms = distribution(&fields, "patience_ms");
        if let Some(billing) = fields.object("billing") {
            scenario.billing = read_billing::billing(&billing);
        }
        if let Some(services) = fields.object("infrastructure") {
            scenario.infrastructure = read_billing::infrastructure(&services);
        }
        if fields.value("models").is_some() {
            scenario.models =
                fields.named("models").iter().map(|(id, model)| (id.clone(), model_profile(model))).collect();
        }
    }
    if let Some((_, mut ranges)) = ranged {
        // A range of something that no one reads is ignored like all of it.
        let read = serde_json::to_value(&scenario).unwrap_or_default();
        ranges.retain(|range| read.pointer(&range.pointer).is_some());
        scenario.ranges = ranges;
    }
    (scenario, findings.into_problems())
}

fn set<T>(target: &mut T, value: Option<T>) {
    if let Some(value) = value {
        *target = value;
    }
}

fn query_type(fields: &Fields<'_>) -> QueryType {
    let default = Cache::default();
    let cache = fields.object("cache").map(|cache| Cache {
        kind: choice(&cache, "kind", CacheKind::from_key, &CacheKind::ALL.map(CacheKind::key)).unwrap_or(default.kind),
        hit_rate: cache.number("hit_rate").unwrap_or(default.hit_rate),
        latency_ms: cache.number("latency_ms").unwrap_or(default.latency_ms),
        miss_ms: cache.number("miss_ms").unwrap_or(default.miss_ms),
        lookup_usd_per_1k: cache.number("lookup_usd_per_1k").unwrap_or(default.lookup_usd_per_1k),
        embedding_model: cache.text("embedding_model"),
    });
    QueryType {
        name: fields.required("name", fields.text("name")).unwrap_or_default(),
        share_pct: fields.required("share_pct", fields.number("share_pct")).unwrap_or_default(),
        input_tokens: distribution(fields, "input_tokens").unwrap_or_else(super::default_tokens),
        output_tokens: distribution(fields, "output_tokens").unwrap_or_else(super::default_tokens),
        model: fields.text("model"),
        route: fields.objects("route").map(|branches| branches.iter().map(route_share).collect()),
        escalation: fields.object("escalation").map(|next| route_share(&next)),
        cache: cache.unwrap_or(default),
        prompt: fields.object("prompt").map(|prompt| read_billing::prompt(&prompt)).unwrap_or_default(),
        tiers: fields.object("tiers").map(|tiers| read_billing::tiers(&tiers)).unwrap_or_default(),
    }
}

fn route_share(fields: &Fields<'_>) -> RouteShare {
    RouteShare {
        model: fields.required("model", fields.text("model")).unwrap_or_default(),
        share_pct: fields.required("share_pct", fields.number("share_pct")).unwrap_or_default(),
    }
}

fn model_profile(fields: &Fields<'_>) -> ModelProfile {
    ModelProfile {
        latency: distribution(fields, "latency"),
        ttft: distribution(fields, "ttft"),
        tokens_per_s: fields.number("tokens_per_s"),
        ttft_ms_per_1k_input: fields.number("ttft_ms_per_1k_input"),
        concurrency: fields.number("concurrency"),
        rpm: fields.number("rpm"),
        tpm: fields.number("tpm"),
        burndown: fields.number("burndown"),
    }
}

fn read_traffic(fields: &Fields<'_>, traffic: &mut Traffic) {
    let arrivals = choice(fields, "arrivals", Arrivals::from_key, &Arrivals::ALL.map(Arrivals::key));
    set(&mut traffic.arrivals, arrivals);
    set(&mut traffic.cv, fields.number("cv"));
    traffic.curve = match fields.value("curve") {
        None => Curve::Named("flat"),
        Some(Value::Array(weights)) => {
            let numbers: Option<Vec<f64>> = weights.iter().map(Value::as_f64).collect();
            let hours = numbers.and_then(|numbers| <[f64; 24]>::try_from(numbers).ok());
            if hours.is_none() {
                let hint = Word::expected_curve;
                fields.findings().push(wrong_type(fields.path_of("curve"), &Value::Array(weights.clone()), hint));
            }
            hours.map_or(Curve::Named("flat"), Curve::Hours)
        }
        Some(_) => choice(fields, "curve", Curve::named, &Curve::NAMES).unwrap_or(Curve::Named("flat")),
    };
    if let Some(trace) = fields.object("trace") {
        let numbers = |name| -> Vec<f64> {
            let items = trace.items(name).unwrap_or_default();
            items.iter().map(|(_, value)| value.as_f64().unwrap_or(f64::NAN)).collect()
        };
        traffic.trace = Some(Arc::new(Trace {
            arrivals_ms: numbers("arrivals_ms"),
            input_tokens: numbers("input_tokens"),
            output_tokens: numbers("output_tokens"),
        }));
    }
}

/// A stage alone, or `{"parallel": [stage, …]}`.
fn stage_group(fields: &Fields<'_>) -> StageGroup {
    let stages = match fields.objects("parallel") {
        Some(stages) => stages.iter().map(stage).collect(),
        None => vec![stage(fields)],
    };
    StageGroup {
        parallel: stages,
        after: fields.flag("after").unwrap_or(false),
        on_miss: fields.flag("on_miss").unwrap_or(false),
    }
}

fn stage(fields: &Fields<'_>) -> Stage {
    Stage {
        name: fields.required("name", fields.text("name")).unwrap_or_default(),
        latency: fields.required("latency", distribution(fields, "latency")).unwrap_or(Distribution::Constant(0.0)),
        cold_rate: fields.number("cold_rate").unwrap_or(0.0),
        cold_ms: fields.number("cold_ms").unwrap_or(0.0),
    }
}

/// A field that names one of a few things.
pub(super) fn choice<T>(
    fields: &Fields<'_>,
    name: &'static str,
    from: impl Fn(&str) -> Option<T>,
    all: &[&str],
) -> Option<T> {
    let text = fields.text(name)?;
    let found = from(&text);
    if found.is_none() {
        let what = Message::new(Word::not_one_of).text("value", text);
        let hint = Message::new(Word::not_one_of_hint).text("all", all.join(", "));
        fields.findings().push(Problem::error(fields.path_of(name), what, hint));
    }
    found
}

/// A number, or `{"kind": …, "mean": …, "sd": …}`.
fn distribution(fields: &Fields<'_>, name: &'static str) -> Option<Distribution> {
    let value = fields.value(name)?;
    if let Some(number) = value.as_f64() {
        return Some(Distribution::Constant(number));
    }
    let path = fields.path_of(name);
    let findings = fields.findings();
    if !value.is_object() {
        findings.push(wrong_type(path, value, Word::expected_distribution));
        return None;
    }
    let shape = Fields::of(value, path, findings)?;
    let number = |names: &[&'static str]| {
        let value = shape.any(names)?;
        let number = value.as_f64();
        if number.is_none() {
            findings.push(wrong_type(shape.path_of(names[0]), value, Word::expected_number));
        }
        number
    };
    let kind = shape.required("kind", shape.text("kind"))?;
    let mean = number(&["mean", "mean_ms", "mean_tokens", "value", "value_ms"]);
    let sd = number(&["sd", "sd_ms", "sd_tokens"]).unwrap_or(0.0);
    let values = shape.any(&["values", "values_ms", "samples"]);
    if kind == "empirical" {
        let numbers: Option<Vec<f64>> = values.and_then(Value::as_array)?.iter().map(Value::as_f64).collect();
        return match numbers.filter(|numbers| (1..=MAX_EMPIRICAL).contains(&numbers.len())) {
            Some(numbers) => Some(Distribution::empirical(numbers)),
            None => {
                let most = Message::new(Word::expected_values).number("most", MAX_EMPIRICAL as f64);
                findings.push(Problem::error(shape.path_of("values"), Word::values_wrong, most));
                None
            }
        };
    }
    let mean = shape.required("mean", mean)?;
    Some(match kind.as_str() {
        "constant" => Distribution::Constant(mean),
        "exponential" => Distribution::Exponential { mean },
        "lognormal" => Distribution::LogNormal { mean, sd },
        "gamma" => Distribution::Gamma { mean, sd },
        "normal" => Distribution::Normal { mean, sd },
        "simple" => Distribution::Simple { mean, sd },
        _ => {
            let what = Message::new(Word::kind_unknown).text("kind", kind);
            findings.push(Problem::error(shape.path_of("kind"), what, Word::kind_unknown_hint));
            return None;
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::words::English;

    fn tokens(json: &str) -> Result<Distribution, String> {
        let document = crate::document::parse(&format!(r#"{{"input_tokens": {json}}}"#)).unwrap();
        let findings = Findings::default();
        let read = {
            let fields = Fields::of(&document, "types[0]", &findings).unwrap();
            distribution(&fields, "input_tokens")
        };
        let problems: Vec<_> = findings.into_problems().iter().map(|problem| problem.say(&English)).collect();
        if problems.is_empty() { Ok(read.unwrap()) } else { Err(problems.join("\n")) }
    }

    #[test]
    fn distributions_are_read() {
        let check = |json, expected| assert_eq!(tokens(json), Ok(expected), "{json}");
        check("120", Distribution::Constant(120.0));
        check(r#"{"kind":"constant","value":5}"#, Distribution::Constant(5.0));
        check(r#"{"kind":"simple","mean_ms":350,"sd_ms":100}"#, Distribution::Simple { mean: 350.0, sd: 100.0 });
        check(r#"{"kind":"empirical","values":[3,1,2]}"#, Distribution::Empirical(vec![1.0, 2.0, 3.0]));
    }

    #[test]
    fn what_is_wrong_with_a_distribution_is_said() {
        let check = |json, expected: &str| assert_eq!(tokens(json).unwrap_err(), expected);
        check(r#"{"kind":"gamma"}"#, "types[0].input_tokens: The field `mean` is missing. Add it.");
        check(
            r#"{"kind":"gama","mean":1}"#,
            "types[0].input_tokens.kind: There is no distribution called “gama”. Choose constant, exponential, lognormal, gamma, normal, simple or empirical.",
        );
        check(
            r#"{"kind":"gamma","mean":1,"ds":2}"#,
            "types[0].input_tokens.ds: The field `ds` is not known and was ignored. Did you mean `sd`?",
        );
        check(
            r#""fast""#,
            "types[0].input_tokens: \"fast\" is of the wrong type. Expected a number, or {\"kind\": …, \"mean\": …, \"sd\": …}.",
        );
        check(
            r#"{"kind":"empirical","values":["x"]}"#,
            "types[0].input_tokens.values: These are not the values of a distribution. Expected a list of 1 to 200,000 numbers.",
        );
    }
}
