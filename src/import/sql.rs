//! SQL that reduces invocation logs to the summary that the importer reads, for logs that outgrow one
//! machine.

use crate::catalog::Tier;

use super::rule::TypeRule;
use super::sql_prompt::portable;

/// Whose SQL it is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Dialect {
    /// Amazon Athena, engine 3.
    #[default]
    Athena,
    Trino,
    Spark,
    DuckDb,
}

impl Dialect {
    pub const ALL: [Dialect; 4] = [Dialect::Athena, Dialect::Trino, Dialect::Spark, Dialect::DuckDb];

    /// As `--dialect` has it.
    pub fn key(self) -> &'static str {
        ["athena", "trino", "spark", "duckdb"][self as usize]
    }

    pub fn from_key(key: &str) -> Option<Self> {
        Dialect::ALL.into_iter().find(|dialect| dialect.key() == key)
    }

    /// The text at a path of a record, or null.
    fn json(self, path: &[&str]) -> String {
        let dotted = || format!("$.{}", path.join("."));
        match self {
            Dialect::Athena | Dialect::Trino => format!("json_extract_scalar(line, '{}')", dotted()),
            Dialect::Spark => format!("get_json_object(line, '{}')", dotted()),
            Dialect::DuckDb => format!("json_extract_string(line, '{}')", dotted()),
        }
    }

    /// The text under a key of anything a person named.
    fn metadata(self, key: &str) -> String {
        let key = key.replace(['"', '\\', '\'', '[', ']'], "");
        match self {
            Dialect::Athena | Dialect::Trino => format!("json_extract_scalar(line, '$.requestMetadata[\"{key}\"]')"),
            Dialect::Spark => format!("get_json_object(line, '$.requestMetadata.{key}')"),
            Dialect::DuckDb => format!("json_extract_string(line, '$.requestMetadata.\"{key}\"')"),
        }
    }

    /// The first group of a pattern; null or empty where there is none.
    fn group(self, of: &str, pattern: &str) -> String {
        format!("regexp_extract({of}, '{}', 1)", self.escaped(pattern))
    }

    /// What stands between the quotes of a text: Spark reads backslashes in it, and no doubled quotes.
    fn escaped(self, text: &str) -> String {
        match self {
            Dialect::Spark => text.replace('\\', r"\\").replace('\'', r"\'"),
            _ => text.replace('\'', "''"),
        }
    }

    fn matches(self, of: &str, pattern: &str) -> String {
        match self {
            Dialect::Athena | Dialect::Trino => format!("regexp_like({of}, {pattern})"),
            Dialect::Spark => format!("({of} RLIKE {pattern})"),
            Dialect::DuckDb => format!("regexp_matches({of}, {pattern})"),
        }
    }

    /// Milliseconds since 1970 of the text `written`.
    fn at_ms(self) -> &'static str {
        match self {
            Dialect::Athena | Dialect::Trino => {
                "CAST(round(to_unixtime(from_iso8601_timestamp(written)) * 1000) AS bigint)"
            }
            Dialect::Spark => "unix_millis(to_timestamp(written))",
            Dialect::DuckDb => "epoch_ms(CAST(written AS TIMESTAMPTZ))",
        }
    }

    /// The date of a number of days since 1970.
    fn date(self) -> &'static str {
        match self {
            Dialect::Athena | Dialect::Trino => "CAST(date_add('day', local_day, DATE '1970-01-01') AS varchar)",
            Dialect::Spark => "CAST(date_add(DATE '1970-01-01', CAST(local_day AS int)) AS string)",
            Dialect::DuckDb => "CAST(DATE '1970-01-01' + CAST(local_day AS integer) AS varchar)",
        }
    }

    /// A whole quotient rounded down.
    fn floor(self, by: u64) -> String {
        format!("CAST(floor(CAST(at_ms AS double) / {by}) AS bigint)")
    }

    fn create(self, table: &str) -> String {
        let at = "s3://BUCKET/PREFIX/AWSLogs/ACCOUNT/BedrockModelInvocationLogs/REGION/";
        match self {
            Dialect::Athena => format!(
                "-- CREATE EXTERNAL TABLE {table} (line string)\n-- ROW FORMAT DELIMITED FIELDS TERMINATED BY '\\001' LINES TERMINATED BY '\\n'\n-- LOCATION '{at}';"
            ),
            Dialect::Trino => format!(
                "-- CREATE TABLE {table} (line varchar) WITH (format = 'TEXTFILE', textfile_field_separator = U&'\\0001',\n-- external_location = '{at}');"
            ),
            Dialect::Spark => format!("-- CREATE TEMPORARY VIEW {table} AS SELECT value AS line FROM text.`{at}**`;"),
            Dialect::DuckDb => format!(
                "-- CREATE VIEW {table} AS SELECT line FROM read_csv('{at}**/*.gz', columns = {{'line': 'VARCHAR'}},\n-- delim = '\\x01', quote = '', escape = '', header = false);"
            ),
        }
    }
}

/// SQL that reduces invocation logs to the summary that the importer reads. The table has one column,
/// `line`, a JSON record a row; `thresholds` are the prompt lengths at which a price changes.
pub fn summary_sql(dialect: Dialect, table: &str, rule: &TypeRule, thresholds: &[u64]) -> String {
    let json = |path: &[&str]| dialect.json(path);
    let count = |path: &[&str]| format!("COALESCE(CAST({} AS bigint), 0)", dialect.json(path));
    let number = |pattern: &str| format!("NULLIF({}, '')", dialect.group("line", pattern));
    let kind = kind_sql(dialect, rule);
    // Only patterns look into what was said.
    let (spoken, from) = match rule {
        TypeRule::Patterns(_) => {
            let ((body, message), said) = (dialect.last_message(), dialect.said());
            let named = format!(
                "bodies AS (\n  SELECT fields.*, {body} AS body FROM fields\n),\nmessages AS (\n  SELECT bodies.*, {message} AS last_message FROM bodies\n),\nspoken AS (\n  SELECT messages.*, {said} AS said FROM messages\n),\n"
            );
            (named, "spoken")
        }
        _ => (String::new(), "fields"),
    };
    let rising: String = thresholds.iter().rev().map(|above| format!("WHEN prompt > {above} THEN {above} ")).collect();
    let above = if rising.is_empty() { "0".to_string() } else { format!("CASE {rising}ELSE 0 END") };
    let model = match dialect {
        // An ARN that hides its model stays whole.
        Dialect::Spark => "CASE WHEN model_arn RLIKE ':(application-inference-profile|default-prompt-router|prompt-router|provisioned-model|custom-model|custom-model-deployment|imported-model|endpoint)/' THEN model_arn ELSE regexp_extract(model_arn, '([^/]+)$', 1) END".to_string(),
        _ => format!(
            "CASE WHEN {} THEN model_arn ELSE regexp_extract(model_arn, '([^/]+)$', 1) END",
            dialect.matches("model_arn", "':(application-inference-profile|default-prompt-router|prompt-router|provisioned-model|custom-model|custom-model-deployment|imported-model|endpoint)/'")
        ),
    };
    let of_patterns = match rule {
        TypeRule::Patterns(_) => {
            "-- Patterns: `(?i)` and `\\b` follow the engine's own idea of letters beyond ASCII.\n"
        }
        _ => "",
    };
    let (day, hour) = (dialect.floor(86_400_000), dialect.floor(3_600_000));
    let hour_writes = number(r#""ephemeral_1h_input_tokens" *: *([0-9]+)"#);
    let ttl_first = number(r#""ttl" *: *"1h" *, *"inputTokens" *: *([0-9]+)"#);
    let ttl_last = number(r#""inputTokens" *: *([0-9]+) *, *"ttl" *: *"1h""#);
    let stated_tier = stated_tier(dialect);
    let of_arn = format!("NULLIF({}, '')", dialect.group(&json(&["modelId"]), "^arn:[^:]*:bedrock:([a-zA-Z0-9-]+):"));
    let has = |pattern: &str| dialect.matches("line", &format!("'{}'", dialect.escaped(pattern)));
    let optimized = has(r#""performanceConfig" *: *\{ *"latency" *: *"[oO]ptimized""#);
    let guarded = has(r#""guardrailConfig" *: *\{|"amazon-bedrock-guardrail[A-Za-z]*" *:|"guardrail" *: *\{"#);
    let searched = has(r#""web_search_requests" *: *[1-9]"#);
    let times = |text: &str| format!("(length(line) - length(replace(line, '{text}', ''))) / {}", text.len());
    let marks = format!("{} + {}", times(r#""cachePoint""#), times(r#""cache_control""#));
    let hour_marks = format!("{} + {}", times(r#""ttl":"1h""#), times(r#""ttl": "1h""#));
    format!(
        r#"-- A table over the log's files, once:
{create}
-- Save this query's result as CSV and give it to `rehearsal import`.
-- Not in it, since one row cannot tell: calls that were delivered twice, and counts that only a body has.
-- Counted at the end of each row, and named by the import beside a total that is at least what is known: calls that were
-- latency-optimized, asked a guardrail, searched the web, have no count of tokens (images), state a tier without a price
-- by the token (reserved), or mark some of a prompt for five minutes and some for an hour.
{of_patterns}WITH fields AS (
  SELECT
    {model_id} AS model_arn,
    {timestamp} AS written,
    lower(COALESCE({region}, {inference_region}, {of_arn}, '')) AS region,
    lower(COALESCE({stated_tier}, 'default')) AS stated_tier,
    CASE WHEN {optimized} THEN 1 ELSE 0 END AS is_optimized,
    CASE WHEN {guarded} THEN 1 ELSE 0 END AS is_guarded,
    CASE WHEN {searched} THEN 1 ELSE 0 END AS is_searched,
    CASE WHEN {has_input} IS NULL OR ({has_output} IS NULL AND {model_id} NOT LIKE '%embed%' AND {model_id} NOT LIKE '%rerank%') THEN 1 ELSE 0 END AS is_uncounted,
    {marks} AS marks,
    {hour_marks} AS hour_marks,
    {error_code} AS error_code,
    {input} AS input,
    {output} AS output,
    {cache_read} AS cache_read,
    {cache_written} AS cache_written,
    CAST(COALESCE({ttl_first}, {ttl_last}, {hour_writes}) AS bigint) AS stated_1h,
    CAST(COALESCE({latency}, {converse_latency}) AS bigint) AS latency_ms,
    CAST({ttft} AS bigint) AS ttft_ms,
    line
  FROM {table}
  WHERE {model_id} IS NOT NULL
    AND {timestamp} IS NOT NULL
    AND ({has_input} IS NOT NULL
      OR {error_code} IS NOT NULL
      OR {schema_type} = 'ModelInvocationLog')
),
{spoken}calls AS (
  SELECT
    {from}.*,
    {model} AS model,
    {at_ms} AS at_ms,
    -- Where only the request says for how long the cache keeps, all of its marks must.
    CASE
      WHEN stated_1h IS NULL AND hour_marks > 0 AND hour_marks >= marks THEN cache_written
      WHEN stated_1h IS NULL THEN 0
      WHEN stated_1h < cache_written THEN stated_1h
      ELSE cache_written
    END AS cache_write_1h,
    CASE WHEN stated_1h IS NULL AND cache_written > 0 AND hour_marks > 0 AND hour_marks < marks THEN 1 ELSE 0 END AS is_mixed,
    input + cache_read + cache_written AS prompt,
    -- A stream that broke after tokens of its answer were counted is billed.
    CASE WHEN error_code IS NULL OR output > 0 THEN 1 ELSE 0 END AS answered
  FROM {from}
),
spaced AS (
  SELECT
    calls.*,
    cache_written - cache_write_1h AS cache_write,
    {day} AS local_day,
    {hour} - 24 * {day} AS local_hour,
    {kind} AS query_type,
    at_ms - lag(at_ms) OVER (ORDER BY at_ms) AS gap
  FROM calls
)
SELECT
  query_type,
  model,
  region,
  CASE WHEN stated_tier IN ({tiers}) THEN stated_tier ELSE 'standard' END AS tier,
  CASE WHEN answered = 0 OR cache_read + cache_written = 0 THEN 'none' WHEN cache_write_1h > 0 THEN '1h' ELSE '5m' END AS cache_use,
  {date} AS day,
  local_hour AS hour,
  CASE WHEN answered = 0 THEN 0 ELSE {above} END AS above,
  SUM(answered) AS calls,
  0 AS from_cache,
  SUM(CASE WHEN error_code = 'ThrottlingException' THEN 1 - answered ELSE 0 END) AS throttled,
  SUM(CASE WHEN error_code <> 'ThrottlingException' THEN 1 - answered ELSE 0 END) AS failed,
  SUM(input * answered) AS input,
  SUM(output * answered) AS output,
  SUM(cache_read * answered) AS cache_read,
  SUM(cache_write * answered) AS cache_write,
  SUM(cache_write_1h * answered) AS cache_write_1h,
  SUM(CAST(input AS decimal(38,0)) * input * answered) AS input_squares,
  SUM(CAST(output AS decimal(38,0)) * output * answered) AS output_squares,
  SUM(CASE WHEN latency_ms IS NULL THEN 0 ELSE answered END) AS latencies,
  COALESCE(SUM(latency_ms * answered), 0) AS latency_ms,
  COALESCE(SUM(CAST(latency_ms AS decimal(38,0)) * latency_ms * answered), 0) AS latency_ms_squares,
  SUM(CASE WHEN ttft_ms IS NULL THEN 0 ELSE answered END) AS ttfts,
  COALESCE(SUM(ttft_ms * answered), 0) AS ttft_ms,
  COALESCE(SUM(CAST(ttft_ms AS decimal(38,0)) * ttft_ms * answered), 0) AS ttft_ms_squares,
  COUNT(gap) AS gaps,
  COALESCE(SUM(gap), 0) AS gap_ms,
  COALESCE(SUM(CAST(gap AS decimal(38,0)) * gap), 0) AS gap_ms_squares,
  MIN(at_ms) AS first_ms,
  MAX(at_ms) AS last_ms,
  SUM(is_optimized * answered) AS optimized,
  SUM(is_guarded * answered) AS guarded,
  SUM(is_searched * answered) AS web_searched,
  SUM(CASE WHEN is_guarded = 1 THEN 0 ELSE is_uncounted * answered END) AS uncounted,
  SUM(CASE WHEN stated_tier IN ({tiers}, {standard}) THEN 0 ELSE answered END) AS other_tier,
  SUM(is_mixed * answered) AS mixed_ttl
FROM spaced
GROUP BY 1, 2, 3, 4, 5, 6, 7, 8
ORDER BY 1, 2, 3, 4, 5, 6, 7, 8
"#,
        tiers = Tier::ALL[1..].iter().map(|tier| format!("'{}'", tier.key())).collect::<Vec<_>>().join(", "),
        standard = "'standard', 'default', 'on_demand', 'on-demand', 'ondemand', 'auto', 'standard_only', 'scale', ''",
        has_output = json(&["output", "outputTokenCount"]),
        schema_type = json(&["schemaType"]),
        create = dialect.create(table),
        model_id = json(&["modelId"]),
        timestamp = json(&["timestamp"]),
        region = json(&["region"]),
        inference_region = json(&["inferenceRegion"]),
        error_code = json(&["errorCode"]),
        input = count(&["input", "inputTokenCount"]),
        output = count(&["output", "outputTokenCount"]),
        cache_read = count(&["input", "cacheReadInputTokenCount"]),
        cache_written = count(&["input", "cacheWriteInputTokenCount"]),
        has_input = json(&["input", "inputTokenCount"]),
        latency = number(r#""invocationLatency" *: *([0-9]+)"#),
        converse_latency = number(r#""latencyMs" *: *([0-9]+)"#),
        ttft = number(r#""firstByteLatency" *: *([0-9]+)"#),
        at_ms = dialect.at_ms(),
        date = dialect.date(),
    )
}

/// The tier that a record states, or else its answer, or else its request, as an expression.
fn stated_tier(dialect: Dialect) -> String {
    let mut of: Vec<String> = Vec::new();
    // An object says it under `type`; its own text is no word of a tier.
    let mut add = |path: &[&str]| {
        let typed: Vec<&str> = path.iter().copied().chain(["type"]).collect();
        of.push(dialect.json(&typed));
        of.push(format!("CASE WHEN {0} NOT LIKE '{{%' THEN {0} END", dialect.json(path)));
    };
    for name in ["serviceTier", "service_tier", "resolvedServiceTier"] {
        add(&[name]);
    }
    for name in ["serviceTier", "service_tier", "resolvedServiceTier"] {
        add(&["output", name]);
    }
    for name in ["serviceTier", "service_tier"] {
        add(&["output", "outputBodyJson", name]);
    }
    // A stream's chunks are a list, which one path does not look into.
    of.push(format!(
        "NULLIF({}, '')",
        dialect.group("line", r#""outputBodyJson" *: *.*"service_?[tT]ier" *: *"([A-Za-z_-]+)""#)
    ));
    let mut add = |path: &[&str]| {
        let typed: Vec<&str> = path.iter().copied().chain(["type"]).collect();
        of.push(dialect.json(&typed));
        of.push(format!("CASE WHEN {0} NOT LIKE '{{%' THEN {0} END", dialect.json(path)));
    };
    for name in ["serviceTier", "service_tier"] {
        add(&["input", name]);
        add(&["input", "inputBodyJson", name]);
    }
    format!("COALESCE({})", of.join(", "))
}

/// The query type of a call, as an expression.
fn kind_sql(dialect: Dialect, rule: &TypeRule) -> String {
    let text = |text: &str| format!("'{}'", dialect.escaped(text));
    match rule {
        TypeRule::Model => "model".to_string(),
        TypeRule::Metadata(key) => format!("COALESCE({}, 'other')", dialect.metadata(key)),
        TypeRule::Patterns(patterns) => {
            let cases = patterns.iter().map(|(name, pattern)| {
                let pattern = portable(pattern.as_str());
                format!("WHEN {} THEN {}", dialect.matches("said", &text(&pattern)), text(name))
            });
            format!("CASE {} ELSE 'other' END", cases.collect::<Vec<_>>().join(" "))
        }
        TypeRule::Tokens(ends) => {
            let cases = ends.iter().map(|end| format!("WHEN prompt <= {end} THEN 'up to {end} tokens'"));
            let last = ends.last().copied().unwrap_or(0);
            format!("CASE {} ELSE 'over {last} tokens' END", cases.collect::<Vec<_>>().join(" "))
        }
    }
}
