//! What the summary's query reads of one record, as the importer reads it (`bedrock_record`, `body`): a stage a function,
//! each of lines `expression AS name`.

use super::model_id::{OPAQUE, Profiles};
use super::sql::Dialect;
use super::sql_engine::NOTHING;

/// One record, in an engine's words.
pub(super) struct Record<'a> {
    pub dialect: Dialect,
    pub profiles: &'a Profiles,
}

const METRICS: &str = "amazon-bedrock-invocationMetrics";
/// What counts are called in a body's usage, the first ones first.
const INPUT: [&[&str]; 6] = [
    &["inputTokenCount"],
    &["inputTokens"],
    &["input_tokens"],
    &["prompt_tokens"],
    &["prompt_token_count"],
    &["inputTextTokenCount"],
];
const OUTPUT: [&[&str]; 6] = [
    &["outputTokenCount"],
    &["outputTokens"],
    &["output_tokens"],
    &["completion_tokens"],
    &["generation_token_count"],
    &["totalOutputTextTokenCount"],
];
const CACHE_READ: [&[&str]; 3] =
    [&["cache_read_input_tokens"], &["cacheReadInputTokens"], &["cacheReadInputTokenCount"]];
/// What the prompt contains of them.
const CACHED: [&[&str]; 2] = [&["prompt_tokens_details", "cached_tokens"], &["input_tokens_details", "cached_tokens"]];
const CACHE_WRITE: [&[&str]; 3] =
    [&["cache_creation_input_tokens"], &["cacheWriteInputTokens"], &["cacheWriteInputTokenCount"]];
/// Where a tier is stated in a record's parts.
const TIERS: [&[&str]; 3] = [&["serviceTier"], &["service_tier"], &["resolvedServiceTier"]];
const TIERS_OF_CHUNK: [&[&str]; 8] = [
    &["serviceTier"],
    &["metadata", "serviceTier"],
    &["service_tier"],
    &["usage", "service_tier"],
    &["message", "usage", "service_tier"],
    &["message", "service_tier"],
    &["metadata", "usage", "service_tier"],
    &["response", "service_tier"],
];
const TIERS_OF_REQUEST: [&[&str]; 4] = [
    &["serviceTier"],
    &["service_tier"],
    &["additionalModelRequestFields", "serviceTier"],
    &["additionalModelRequestFields", "service_tier"],
];
const SPEED: [&[&str]; 2] = [&["usage", "speed"], &["message", "usage", "speed"]];
const GEO: [&[&str]; 2] = [&["usage", "inference_geo"], &["message", "usage", "inference_geo"]];
/// The most entries of `cacheDetails` that are read: one for each lifetime there is.
const DETAILS: [&str; 3] = ["0", "1", "2"];

impl Record<'_> {
    /// What a record says in fields of its own, and its bodies as JSON.
    pub fn fields(&self) -> String {
        let d = self.dialect;
        // An empty text is none, as redacted logs have it.
        let text = |path: &[&str]| format!("NULLIF({}, '')", d.text("line", path));
        let word = |path: &[&str]| format!("NULLIF({}, '')", self.word("line", path));
        let stated = |within: &[&str]| TIERS.map(|name| word(&[within, name].concat())).join(", ");
        lines(&[
            ("line".to_string(), "line"),
            (text(&["schemaType"]), "schema_type"),
            (text(&["modelId"]), "model_arn"),
            (text(&["timestamp"]), "written"),
            (text(&["requestId"]), "request_id"),
            (text(&["operation"]), "operation"),
            (format!("lower(trim(COALESCE({}, {})))", text(&["region"]), text(&["inferenceRegion"])), "said_region"),
            (text(&["errorCode"]), "error_code"),
            (format!("CASE WHEN {} THEN 1 ELSE 0 END", d.is_set("line", &["input"])), "has_input"),
            (text(&["input", "inputTokenCount"]), "input_text"),
            (text(&["output", "outputTokenCount"]), "output_text"),
            (text(&["input", "cacheReadInputTokenCount"]), "cache_read_text"),
            (text(&["input", "cacheWriteInputTokenCount"]), "cache_write_text"),
            (format!("COALESCE({}, {})", stated(&[]), stated(&["output"])), "record_tier"),
            (word(&["input", "serviceTier"]), "input_tier"),
            (text(&["performanceConfig", "latency"]), "record_latency"),
            (d.body(&["input", "inputBodyJson"]), "body"),
            (d.body(&["output", "outputBodyJson"]), "answer"),
        ])
    }

    /// What the answer's chunks say: a stream has many, another answer one. Paths of the service's own words, so that
    /// nothing is taken from the arguments of a tool.
    pub fn of_answer(&self) -> String {
        let d = self.dialect;
        let json = |path: &[&str]| d.json("x", path);
        let usage = format!(
            "COALESCE({}, {}, {}, {}, {}, x)",
            json(&[METRICS]),
            json(&["usage"]),
            json(&["metadata", "usage"]),
            json(&["message", "usage"]),
            json(&["response", "usage"])
        );
        let all = |names: &[&[&str]]| names.iter().map(|name| d.text("x", name)).collect::<Vec<_>>().join(", ");
        let counts = format!("COALESCE({}, {}) IS NOT NULL", all(&INPUT), all(&OUTPUT));
        let words = TIERS_OF_CHUNK.map(|path| self.word("x", path)).join(", ");
        let any = |conditions: &[String]| {
            let one = d.how_many("chunks", &conditions.join(" OR "));
            format!("CASE WHEN {one} > 0 THEN 1 ELSE 0 END")
        };
        let both = |paths: &[&[&str]]| {
            let texts = paths.iter().map(|path| d.text("x", path)).collect::<Vec<_>>().join(", ");
            format!("COALESCE({texts})")
        };
        let stopped = any(&[
            d.is_set("x", &["amazon-bedrock-guardrailAction"]),
            d.is_set("x", &["amazon-bedrock-trace"]),
            d.is_set("x", &["trace", "guardrail"]),
            d.is_set("x", &["metadata", "trace", "guardrail"]),
        ]);
        let searches: [&[&str]; 3] = [
            &["usage", "server_tool_use", "web_search_requests"],
            &["message", "usage", "server_tool_use", "web_search_requests"],
            &["metadata", "usage", "server_tool_use", "web_search_requests"],
        ];
        let routed: [&[&str]; 3] = [
            &["trace", "promptRouter", "invokedModelId"],
            &["metadata", "trace", "promptRouter", "invokedModelId"],
            &["invokedModelId"],
        ];
        let latency: [&[&str]; 3] =
            [&[METRICS, "invocationLatency"], &["metrics", "latencyMs"], &["metadata", "metrics", "latencyMs"]];
        let hour: [&[&str]; 2] = [
            &["message", "usage", "cache_creation", "ephemeral_1h_input_tokens"],
            &["usage", "cache_creation", "ephemeral_1h_input_tokens"],
        ];
        let steps =
            [d.list("x", &["usage", "iterations"]), d.list("x", &["message", "usage", "iterations"])].join(", ");
        let details =
            format!("COALESCE({}, {})", json(&["usage", "cacheDetails"]), json(&["metadata", "usage", "cacheDetails"]));
        lines(&[
            (d.last(&d.each("chunks", &usage), &counts), "usage"),
            (d.last_of("chunks", &details), "details"),
            (d.first_of("chunks", &both(&hour)), "hour_text"),
            (d.last_of("chunks", &format!("COALESCE({words})")), "answer_tier"),
            (d.last_of("chunks", &both(&routed)), "routed"),
            (d.last_of("chunks", &both(&latency)), "latency_text"),
            (d.last_of("chunks", &d.text("x", &[METRICS, "firstByteLatency"])), "ttft_text"),
            (d.last_of("chunks", &both(&searches)), "searches_text"),
            (
                d.last_of(
                    "chunks",
                    &both(&[&["performanceConfig", "latency"], &["metadata", "performanceConfig", "latency"]]),
                ),
                "answer_latency",
            ),
            (stopped, "is_stopped"),
            (d.last_of("chunks", &both(&SPEED)), "speed"),
            (d.last_of("chunks", &both(&GEO)), "geo"),
            (d.last_of("chunks", &format!("COALESCE({steps})")), "steps"),
        ])
    }

    /// The counts, those of the record and those of its body, and what the request asked.
    pub fn numbers(&self) -> String {
        let d = self.dialect;
        let of_usage = |names: &[&[&str]]| {
            let counts: Vec<String> = names.iter().map(|name| d.count(&d.text("usage", name))).collect();
            format!("COALESCE({})", counts.join(", "))
        };
        let parts = format!(
            "{} + COALESCE({}, 0)",
            d.count(&d.text("usage", &["cache_creation", "ephemeral_5m_input_tokens"])),
            d.count(&d.text("usage", &["cache_creation", "ephemeral_1h_input_tokens"]))
        );
        let ttl = |place: &str| d.text("details", &[place, "ttl"]);
        let hours = DETAILS.map(|place| {
            let tokens = d.count(&d.text("details", &[place, "inputTokens"]));
            format!("CASE WHEN {} = '1h' THEN COALESCE({tokens}, 0) ELSE 0 END", ttl(place))
        });
        let odd = DETAILS.map(|place| format!("{} NOT IN ('1h', '5m')", ttl(place)));
        let lists = [
            d.list("body", &["system"]),
            d.list("body", &["tools"]),
            d.list("body", &["toolConfig", "tools"]),
            d.joined(&d.each(
                &d.list("body", &["messages"]),
                &format!("COALESCE({}, {})", d.list("x", &["content"]), d.no_list()),
            )),
        ];
        // A result of a tool has blocks of its own.
        let inner = d.joined(&d.each(
            &lists[3],
            &format!(
                "COALESCE({}, {}, {})",
                d.list("x", &["content"]),
                d.list("x", &["toolResult", "content"]),
                d.no_list()
            ),
        ));
        let marked = format!("{} OR {}", d.is_object("x", &["cachePoint"]), d.is_object("x", &["cache_control"]));
        let for_hour = format!(
            "COALESCE({}, {}) = '1h'",
            d.text("x", &["cachePoint", "ttl"]),
            d.text("x", &["cache_control", "ttl"])
        );
        let of_all = |condition: &str| {
            let of_lists = lists.iter().chain([&inner]).map(|list| d.how_many(list, condition));
            of_lists.collect::<Vec<_>>().join(" + ")
        };
        let of_body = TIERS_OF_REQUEST.map(|path| self.word("body", path)).join(", ");
        let asked =
            [d.is_object("body", &["guardrailConfig"]), d.is_object("body", &["amazon-bedrock-guardrailConfig"])];
        // What the answer's steps count together, of which its usage may have some alone.
        let of_steps =
            |name: &str| d.sum(&d.each("steps", &format!("COALESCE({}, 0)", d.count(&d.text("x", &[name])))));
        let media = [
            "inputImage",
            "images",
            "image",
            "image_url",
            "audio",
            "video",
            "inputVideo",
            "inputAudio",
            "mediaSource",
            "document",
        ];
        let media = d.matches(&d.written("body"), &format!("\"({})\" *:", media.join("|")));
        // Anthropic's own form says in the answer what it was; elsewhere only the request does.
        let only_asked = |name: &str| {
            format!(
                "CASE WHEN answer IS NULL OR operation IS NULL OR operation NOT LIKE 'InvokeModel%' THEN COALESCE({}, {}) END",
                d.text("body", &[name]),
                d.text("body", &["additionalModelRequestFields", name])
            )
        };
        let within_a_day = |text: &str| {
            let count = d.count(text);
            format!("CASE WHEN {count} <= 86400000 THEN {count} END")
        };
        lines(&[
            (d.count("input_text"), "own_input"),
            (d.count("output_text"), "own_output"),
            (d.count("cache_read_text"), "own_cache_read"),
            (d.count("cache_write_text"), "own_cache_write"),
            (of_usage(&INPUT), "body_prompt"),
            (of_usage(&CACHED), "body_cached"),
            (of_usage(&OUTPUT), "body_output"),
            (of_usage(&CACHE_READ), "body_cache_read"),
            (format!("COALESCE({}, {parts})", of_usage(&CACHE_WRITE)), "body_cache_write"),
            (format!("CASE WHEN {} IS NOT NULL THEN {} END", ttl("0"), hours.join(" + ")), "details_1h"),
            (d.count("hour_text"), "body_1h"),
            (format!("CASE WHEN {} THEN 1 ELSE 0 END", odd.join(" OR ")), "is_odd_ttl"),
            (within_a_day("latency_text"), "latency_ms"),
            (within_a_day("ttft_text"), "ttft_ms"),
            (of_steps("input_tokens"), "steps_input"),
            (of_steps("output_tokens"), "steps_output"),
            (of_steps("cache_read_input_tokens"), "steps_cache_read"),
            (of_steps("cache_creation_input_tokens"), "steps_cache_write"),
            (d.how_many("steps", &format!("{} IS NOT NULL", d.text("x", &["model"]))), "steps_elsewhere"),
            (format!("CASE WHEN {} > 0 THEN 1 ELSE 0 END", d.count("searches_text")), "is_searched"),
            (of_all(&marked), "marks"),
            (of_all(&for_hour), "hour_marks"),
            (
                format!("lower(trim(COALESCE(record_tier, answer_tier, input_tier, {of_body}, 'default')))"),
                "stated_tier",
            ),
            (
                format!(
                    "lower(trim(COALESCE(record_latency, answer_latency, {}, '')))",
                    d.text("body", &["performanceConfig", "latency"])
                ),
                "latency_word",
            ),
            (format!("CASE WHEN is_stopped = 1 OR {} THEN 1 ELSE 0 END", asked.join(" OR ")), "is_guarded"),
            (
                format!("CASE WHEN lower(COALESCE(speed, {}, '')) = 'fast' THEN 1 ELSE 0 END", only_asked("speed")),
                "is_fast",
            ),
            (format!("lower(trim(COALESCE(geo, {}, '')))", only_asked("inference_geo")), "geo_word"),
            (format!("CASE WHEN model_arn LIKE '%embed%' AND {media} THEN 1 ELSE 0 END"), "is_media"),
        ])
    }

    /// What is taken of them.
    pub fn counted(&self) -> String {
        let d = self.dialect;
        // What was given that is no count: such a record is not read.
        let is_bad = |text: &str, own: &str| format!("({own} IS NULL AND lower(trim({text})) NOT IN ({NOTHING}))");
        let bad = [
            is_bad("input_text", "own_input"),
            is_bad("output_text", "own_output"),
            is_bad("cache_read_text", "own_cache_read"),
            is_bad("cache_write_text", "own_cache_write"),
        ]
        .join(" OR ");
        let input = "CASE WHEN body_prompt > COALESCE(body_cached, 0) THEN body_prompt - COALESCE(body_cached, 0) WHEN body_prompt IS NOT NULL THEN 0 END";
        let counts = [
            ("own_input", input, "steps_input"),
            ("own_output", "body_output", "steps_output"),
            ("own_cache_read", "COALESCE(body_cache_read, body_cached)", "steps_cache_read"),
            ("own_cache_write", "body_cache_write", "steps_cache_write"),
        ];
        let taken = |place: usize| format!("COALESCE({}, {}, 0)", counts[place].0, counts[place].1);
        let differ = counts
            .map(|(own, theirs, steps)| format!("({own} <> {theirs} AND ({steps} IS NULL OR {own} <> {steps}))"))
            .join(" OR ");
        let only = counts.map(|(own, theirs, _)| format!("({own} IS NULL AND {theirs} > 0)")).join(" OR ");
        let more = [0, 1, 2, 3].map(|place| format!("{} > {}", counts[place].2, taken(place))).join(" OR ");
        let region = "^[a-z]{2,}(-[a-z]{2,})+-[0-9]{1,2}$";
        let of_arn = |arn: &str| {
            let found = d.group(arn, "^arn:[^:]*:[^:]*:([a-z]{2,}(-[a-z]{2,})+-[0-9]{1,2}):");
            format!("NULLIF({found}, '')")
        };
        let is_region = d.matches("said_region", region);
        let called = format!(
            "CASE WHEN {} AND routed IS NOT NULL THEN {} ELSE named END",
            self.hidden("named"),
            self.mapped("routed")
        );
        let gives_none = "model_arn LIKE '%embed%' OR model_arn LIKE '%rerank%' OR model_arn LIKE '%marengo%'";
        let log = "(schema_type IS NOT NULL OR has_input = 1 OR error_code IS NOT NULL)";
        let written = taken(3);
        lines(&[
            (
                format!("CASE WHEN model_arn IS NULL OR at_ms IS NULL OR NOT {log} OR {bad} THEN 0 ELSE 1 END"),
                "is_record",
            ),
            (taken(0), "input"),
            (taken(1), "output"),
            (taken(2), "cache_read"),
            (written.clone(), "cache_written"),
            (format!("COALESCE(details_1h, CASE WHEN {written} > 0 THEN body_1h END)"), "stated_1h"),
            (
                format!(
                    "CASE WHEN COALESCE(own_input, body_prompt) IS NULL OR (COALESCE(own_output, body_output) IS NULL AND NOT ({gives_none})) THEN 1 ELSE 0 END"
                ),
                "is_uncounted",
            ),
            (format!("CASE WHEN {differ} THEN 1 ELSE 0 END"), "is_contradicted"),
            (format!("CASE WHEN {only} THEN 1 ELSE 0 END"), "is_of_body"),
            (format!("CASE WHEN {more} OR steps_elsewhere > 0 THEN 1 ELSE 0 END"), "is_iterated"),
            (called, "called"),
            (
                format!(
                    "COALESCE(CASE WHEN {is_region} THEN said_region END, {}, {}, '')",
                    of_arn("model_arn"),
                    of_arn("routed")
                ),
                "region",
            ),
            (
                "CASE WHEN stated_tier IN ('batches', 'batch_api') THEN 'batch' ELSE stated_tier END".to_string(),
                "tier_word",
            ),
            (
                "CASE WHEN latency_word IN ('optimized', 'optimised', 'true', '1') THEN 1 ELSE 0 END".to_string(),
                "is_optimized",
            ),
            (
                format!(
                    "CASE WHEN (said_region IS NOT NULL AND NOT {is_region}) OR latency_word NOT IN ({NOTHING}, 'optimized', 'optimised', 'true', '1', 'standard', 'default', 'false', '0', '{{}}') THEN 1 ELSE 0 END"
                ),
                "is_other_word",
            ),
        ])
    }

    /// Whether an ARN hides its model.
    pub fn hidden(&self, arn: &str) -> String {
        self.dialect.matches(arn, &format!(":({})/", OPAQUE.join("|")))
    }

    /// A model's name, or what a profile of this name stands for.
    pub fn mapped(&self, arn: &str) -> String {
        let quoted = |text: &str| format!("'{}'", self.dialect.escaped(text));
        let last = format!("regexp_extract({arn}, '([^/]+)$', 1)");
        let when = |of: &str| {
            let all = self
                .profiles
                .iter()
                .map(|(known, model)| format!(" WHEN {of} = {} THEN {}", quoted(known), quoted(model)));
            all.collect::<String>()
        };
        // The whole ARN counts before its last part.
        let (whole, last) = (when(arn), when(&last));
        if whole.is_empty() { arn.to_string() } else { format!("CASE{whole}{last} ELSE {arn} END") }
    }

    /// The word at a path, or in its object's `type`.
    fn word(&self, of: &str, path: &[&str]) -> String {
        let d = self.dialect;
        let (typed, own) = (d.text(of, &[path, &["type"]].concat()), d.text(of, path));
        format!("COALESCE({typed}, CASE WHEN {own} NOT LIKE '{{%' THEN {own} END)")
    }
}

/// Whether a record's error code is none, and whether it says that the call was throttled.
pub(super) fn fault_of(dialect: Dialect) -> (String, String) {
    let fine = format!(
        "(error_code IS NULL OR lower(trim(error_code)) IN ({NOTHING}, 'false', 'ok', 'success') OR {})",
        dialect.matches("error_code", "^ *(0|[23][0-9][0-9]) *$")
    );
    let throttled = dialect.matches(
        "lower(error_code)",
        "throttl|rate_limit|rate limit|ratelimit|toomanyrequests|too many requests|^ *429 *$",
    );
    (fine, format!("COALESCE({throttled}, false)"))
}

fn lines(columns: &[(String, &str)]) -> String {
    let all: Vec<String> = columns
        .iter()
        .map(|(of, name)| if of == name { format!("    {name}") } else { format!("    {of} AS {name}") })
        .collect();
    all.join(",\n")
}
