//! SQL that reduces invocation logs to the summary that the importer reads, for logs that outgrow one
//! machine.

use crate::catalog::Tier;

use super::model_id::Profiles;
use super::rule::TypeRule;
use super::sql_prompt::portable;
use super::sql_record::{Record, fault_of};
use super::summary::MAX_TOKENS;

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
    pub(super) fn group(self, of: &str, pattern: &str) -> String {
        format!("regexp_extract({of}, '{}', 1)", self.escaped(pattern))
    }

    /// What stands between the quotes of a text: Spark reads backslashes in it, and no doubled quotes.
    pub(super) fn escaped(self, text: &str) -> String {
        match self {
            Dialect::Spark => text.replace('\\', r"\\").replace('\'', r"\'"),
            _ => text.replace('\'', "''"),
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

/// What the SQL leaves out that the importer tells of the log itself.
pub const SQL_LEAVES_OUT: &str = "The SQL does not tell what only the log itself does: calls without a request id that stand in two files, the text units of guardrails, how calls came within a minute, fields that are not understood, and what bodies in files of their own say.";

/// SQL that reduces invocation logs to the summary that the importer reads. The table has one column,
/// `line`, a JSON record a row; `profiles` say what ARNs that hide their model stand for, `thresholds` are the prompt
/// lengths at which a price changes. [`SQL_LEAVES_OUT`] says what it does not do.
pub fn summary_sql(dialect: Dialect, table: &str, rule: &TypeRule, profiles: &Profiles, thresholds: &[u64]) -> String {
    let kind = kind_sql(dialect, rule);
    // Only patterns look into what was said.
    let (spoken, from) = match rule {
        TypeRule::Patterns(_) => {
            let (message, said) = (dialect.last_message(), dialect.said());
            let named = format!(
                "messages AS (\n  SELECT counted.*, {message} AS last_message FROM counted\n),\nspoken AS (\n  SELECT messages.*, {said} AS said FROM messages\n),\n"
            );
            (named, "spoken")
        }
        _ => (String::new(), "counted"),
    };
    let rising: String = thresholds.iter().rev().map(|above| format!("WHEN prompt > {above} THEN {above} ")).collect();
    let above = if rising.is_empty() { "0".to_string() } else { format!("CASE {rising}ELSE 0 END") };
    let of_patterns = match rule {
        TypeRule::Patterns(_) => {
            "-- Patterns: `(?i)` and `\\b` follow the engine's own idea of letters beyond ASCII.\n"
        }
        _ => "",
    };
    let record = Record { dialect, profiles };
    let (day, hour) = (dialect.floor(86_400_000), dialect.floor(3_600_000));
    let (is_fine, is_throttled) = fault_of(dialect);
    let is_refused =
        dialect.matches("error_code", "Validation|AccessDenied|NotFound|Quota|Unrecognized|Expired|NotReady");
    let text = |name: &str| format!("CAST({name} AS {})", dialect.varchar());
    let mark = ["answered", "throttled", "input", "output", "cache_read", "cache_write_1h", "cache_written"].map(text);
    let too_many = ["input", "output", "cache_read", "cache_written - cache_write_1h", "cache_write_1h"]
        .map(|count| format!("{count} > {MAX_TOKENS}"))
        .join(" OR ");
    format!(
        r#"-- A table over the log's files, once:
{create}
-- Save this query's result as CSV and give it to `rehearsal import`.
-- {SQL_LEAVES_OUT}
-- What has no price in these sums is counted at the end of each row, and named by the import beside a total that is at
-- least what is known.
{of_patterns}WITH lines AS (
  SELECT {sound_line} AS line FROM {table} WHERE trim(line) <> ''
),
fields AS (
  SELECT
{fields}
  FROM lines
),
bodies AS (
  SELECT fields.*, {at_ms} AS at_ms, {chunks} AS chunks, {mapped} AS named
  FROM fields
  WHERE schema_type IS NULL OR schema_type = 'ModelInvocationLog'
),
answers AS (
  SELECT
    bodies.*,
{of_answer}
  FROM bodies
),
numbers AS (
  SELECT
    answers.*,
{numbers}
  FROM answers
),
counted AS (
  SELECT
    numbers.*,
{counted}
  FROM numbers
),
{spoken}outcomes AS (
  SELECT
    {from}.*,
    CASE WHEN called LIKE 'arn:%' AND NOT {hidden} THEN regexp_extract(called, '([^/]+)$', 1) ELSE called END AS model,
    -- Where only the request says for how long the cache keeps, all of its marks must.
    CASE
      WHEN stated_1h IS NULL AND hour_marks > 0 AND hour_marks >= marks THEN cache_written
      WHEN stated_1h IS NULL THEN 0
      WHEN stated_1h < cache_written THEN stated_1h
      ELSE cache_written
    END AS cache_write_1h,
    CASE WHEN stated_1h IS NULL AND cache_written > 0 AND hour_marks > 0 AND hour_marks < marks THEN 1 ELSE 0 END AS is_mixed,
    input + cache_read + cache_written AS prompt,
    -- A stream that broke after it began is billed.
    CASE
      WHEN {is_fine} OR output > 0 THEN 1
      WHEN {is_throttled} OR {is_refused} THEN 0
      WHEN operation LIKE '%Stream' AND input > 0 THEN 1
      ELSE 0
    END AS answered,
    CASE WHEN {is_throttled} THEN 1 ELSE 0 END AS throttled
  FROM {from}
),
calls AS (
  SELECT
    outcomes.*,
    concat_ws('/', {mark}) AS mark,
    -- More tokens than any call has are a mistake of the log's.
    CASE
      WHEN is_record = 0 OR answered = 1 AND ({too_many}) THEN 0
      ELSE 1
    END AS is_read
  FROM outcomes
),
sights AS (
  SELECT
    calls.*,
    -- A request id that came before is the same call.
    CASE WHEN is_read = 0 THEN 0 WHEN request_id IS NULL THEN 1 WHEN row_number() OVER (PARTITION BY request_id, is_read ORDER BY at_ms, line) = 1 THEN 1 ELSE 0 END AS is_call,
    first_value(mark) OVER (PARTITION BY request_id, is_read ORDER BY at_ms, line) AS first_mark
  FROM calls
),
spaced AS (
  SELECT
    sights.*,
    answered * is_call AS billed,
    cache_written - cache_write_1h AS cache_write,
    {day} AS local_day,
    {hour} - 24 * {day} AS local_hour,
    {kind} AS query_type,
    CASE WHEN is_call = 1 THEN at_ms - lag(at_ms) OVER (PARTITION BY is_call ORDER BY at_ms) END AS gap
  FROM sights
)
SELECT
  CASE WHEN is_read = 1 THEN query_type ELSE '' END AS query_type,
  CASE WHEN is_read = 1 THEN model ELSE '' END AS model,
  region,
  CASE WHEN tier_word IN ({tiers}) THEN tier_word ELSE 'standard' END AS tier,
  CASE WHEN answered = 0 OR cache_read + cache_written = 0 THEN 'none' WHEN cache_write_1h > 0 THEN '1h' ELSE '5m' END AS cache_use,
  {date} AS day,
  COALESCE(local_hour, 0) AS hour,
  CASE WHEN answered = 0 THEN 0 ELSE {above} END AS above,
  SUM(billed) AS calls,
  0 AS from_cache,
  SUM(throttled * (is_call - billed)) AS throttled,
  SUM((1 - throttled) * (is_call - billed)) AS failed,
  SUM(input * billed) AS input,
  SUM(output * billed) AS output,
  SUM(cache_read * billed) AS cache_read,
  SUM(cache_write * billed) AS cache_write,
  SUM(cache_write_1h * billed) AS cache_write_1h,
  SUM(CAST(input AS decimal(38,0)) * input * billed) AS input_squares,
  SUM(CAST(output AS decimal(38,0)) * output * billed) AS output_squares,
  SUM(CASE WHEN latency_ms IS NULL THEN 0 ELSE billed END) AS latencies,
  COALESCE(SUM(latency_ms * billed), 0) AS latency_ms,
  COALESCE(SUM(CAST(latency_ms AS decimal(38,0)) * latency_ms * billed), 0) AS latency_ms_squares,
  SUM(CASE WHEN ttft_ms IS NULL THEN 0 ELSE billed END) AS ttfts,
  COALESCE(SUM(ttft_ms * billed), 0) AS ttft_ms,
  COALESCE(SUM(CAST(ttft_ms AS decimal(38,0)) * ttft_ms * billed), 0) AS ttft_ms_squares,
  COUNT(gap) AS gaps,
  COALESCE(SUM(gap), 0) AS gap_ms,
  COALESCE(SUM(CAST(gap AS decimal(38,0)) * gap), 0) AS gap_ms_squares,
  MIN(CASE WHEN is_call = 1 THEN at_ms END) AS first_ms,
  MAX(CASE WHEN is_call = 1 THEN at_ms END) AS last_ms,
  SUM(is_read - is_call) AS seen_twice,
  SUM(CASE WHEN mark <> first_mark AND request_id IS NOT NULL THEN (is_read - is_call) * answered ELSE 0 END) AS seen_otherwise,
  SUM(1 - is_read) AS unread,
  SUM(is_optimized * is_call) AS optimized,
  SUM(is_guarded * billed) AS guarded,
  SUM(is_searched * is_call) AS web_searched,
  SUM(CASE
    WHEN is_stopped = 1 THEN 0
    WHEN input + output + cache_read + cache_written = 0 OR is_uncounted = 1 THEN billed
    ELSE 0
  END) AS uncounted,
  SUM(CASE WHEN tier_word IN ({tiers}, {standard}) THEN 0 ELSE is_call END) AS other_tier,
  SUM(is_mixed * billed) AS mixed_ttl,
  SUM(is_odd_ttl * is_call) AS other_ttl,
  SUM(is_of_body * is_call) AS body_only,
  SUM(is_contradicted * is_call) AS body_contradicts,
  SUM(CASE WHEN stated_1h > cache_written THEN is_call ELSE 0 END) AS hour_contradicts,
  SUM(is_media * billed) AS media,
  SUM(is_fast * billed) AS fast,
  SUM(CASE WHEN geo_word IN ({nothing}, 'global', 'not_available', 'default') OR model LIKE concat(geo_word, '.%') THEN 0 ELSE billed END) AS in_geo,
  SUM(is_iterated * billed) AS iterated,
  SUM(is_other_word * is_call) AS other_word
FROM spaced
GROUP BY 1, 2, 3, 4, 5, 6, 7, 8
ORDER BY 1, 2, 3, 4, 5, 6, 7, 8
"#,
        tiers = Tier::ALL[1..].iter().map(|tier| format!("'{}'", tier.key())).collect::<Vec<_>>().join(", "),
        standard = "'standard', 'default', 'on_demand', 'on-demand', 'ondemand', 'auto', 'standard_only', 'scale', ''",
        nothing = super::sql_engine::NOTHING,
        create = dialect.create(table),
        sound_line = dialect.sound_line(),
        fields = record.fields(),
        at_ms = dialect.at_ms(),
        chunks = dialect.chunks("answer"),
        mapped = record.mapped("model_arn"),
        of_answer = record.of_answer(),
        numbers = record.numbers(),
        counted = record.counted(),
        hidden = record.hidden("called"),
        mark = mark.join(", "),
        date = dialect.date(),
    )
}

/// The query type of a call, as an expression.
fn kind_sql(dialect: Dialect, rule: &TypeRule) -> String {
    let text = |text: &str| format!("'{}'", dialect.escaped(text));
    match rule {
        TypeRule::Model => "model".to_string(),
        TypeRule::Metadata(key) => format!("COALESCE(NULLIF({}, ''), 'other')", dialect.metadata(key)),
        TypeRule::Patterns(patterns) => {
            let cases = patterns.iter().map(|(name, pattern)| {
                let pattern = portable(pattern.as_str());
                format!("WHEN {} THEN {}", dialect.matches("said", &pattern), text(name))
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

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::super::usage_csv::{BESIDE, SUMS};
    use super::*;

    /// What the import reads of a summary by its columns' names stands in the SQL, and nothing else does.
    #[test]
    fn every_column_is_one_that_the_import_reads() {
        const OTHERS: [&str; 12] = [
            "query_type",
            "model",
            "region",
            "tier",
            "cache_use",
            "day",
            "hour",
            "above",
            "first_ms",
            "last_ms",
            "seen_twice",
            "unread",
        ];
        let read: BTreeSet<&str> = OTHERS.into_iter().chain(SUMS).chain(BESIDE.map(|(column, ..)| column)).collect();
        for dialect in Dialect::ALL {
            let sql = summary_sql(dialect, "log", &TypeRule::Model, &Profiles::default(), &[200_000]);
            let last = sql.rsplit_once("\nSELECT\n").and_then(|(_, last)| last.split_once("\nFROM spaced")).unwrap().0;
            // A column a line, but where a sum goes on over several.
            let named = last.lines().filter_map(|line| {
                let line = line.strip_prefix("  ").filter(|line| !line.starts_with(' '))?.trim_end_matches(',');
                let column = line.rsplit_once(" AS ").map_or(line, |(_, name)| name);
                (!column.ends_with("CASE")).then_some(column)
            });
            let written: Vec<&str> = named.collect();
            let columns: BTreeSet<&str> = written.iter().copied().collect();
            assert_eq!((columns.len(), &columns), (written.len(), &read), "{dialect:?}");
        }
    }
}
