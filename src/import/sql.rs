use super::rule::TypeRule;

/// SQL for Athena (Trino) that reduces invocation logs to the summary that the importer reads, for
/// logs that outgrow one machine. The table has one column, `line`, a JSON record a row.
pub fn athena_sql(table: &str, rule: &TypeRule) -> String {
    let kind = kind_sql(rule);
    format!(
        r#"-- A table over the log's files, once:
-- CREATE EXTERNAL TABLE {table} (line string)
-- ROW FORMAT DELIMITED FIELDS TERMINATED BY '\001' LINES TERMINATED BY '\n'
-- LOCATION 's3://BUCKET/PREFIX/AWSLogs/ACCOUNT/BedrockModelInvocationLogs/REGION/';
-- Save this query's result as CSV and give it to `rehearsal import`.
WITH fields AS (
  SELECT
    json_extract_scalar(line, '$.modelId') AS model_arn,
    json_extract_scalar(line, '$.timestamp') AS written,
    json_extract_scalar(line, '$.errorCode') AS error_code,
    COALESCE(CAST(json_extract_scalar(line, '$.input.inputTokenCount') AS bigint), 0) AS input,
    COALESCE(CAST(json_extract_scalar(line, '$.output.outputTokenCount') AS bigint), 0) AS output,
    COALESCE(CAST(json_extract_scalar(line, '$.input.cacheReadInputTokenCount') AS bigint), 0) AS cache_read,
    COALESCE(CAST(json_extract_scalar(line, '$.input.cacheWriteInputTokenCount') AS bigint), 0) AS cache_write,
    CAST(COALESCE(
      NULLIF(regexp_extract(line, '"invocationLatency" *: *([0-9]+)', 1), ''),
      NULLIF(regexp_extract(line, '"latencyMs" *: *([0-9]+)', 1), '')) AS bigint) AS latency_ms,
    CAST(NULLIF(regexp_extract(line, '"firstByteLatency" *: *([0-9]+)', 1), '') AS bigint) AS ttft_ms,
    line
  FROM {table}
  WHERE json_extract_scalar(line, '$.modelId') IS NOT NULL
    AND json_extract_scalar(line, '$.timestamp') IS NOT NULL
    AND (json_extract_scalar(line, '$.input.inputTokenCount') IS NOT NULL
      OR json_extract_scalar(line, '$.errorCode') IS NOT NULL)
),
calls AS (
  SELECT
    fields.*,
    regexp_extract(model_arn, '[^/]+$') AS model,
    from_iso8601_timestamp(written) AS written_at,
    CAST(round(to_unixtime(from_iso8601_timestamp(written)) * 1000) AS bigint) AS at_ms,
    input + cache_read + cache_write AS prompt,
    CASE WHEN error_code IS NULL THEN 1 ELSE 0 END AS answered
  FROM fields
),
spaced AS (
  SELECT
    calls.*,
    {kind} AS query_type,
    at_ms - lag(at_ms) OVER (ORDER BY at_ms) AS gap
  FROM calls
)
SELECT
  query_type,
  model,
  date_format(written_at, '%Y-%m-%d') AS day,
  hour(written_at) AS hour,
  CASE WHEN prompt > 200000 THEN 200000 WHEN prompt > 100000 THEN 100000 ELSE 0 END AS above,
  SUM(answered) AS calls,
  0 AS from_cache,
  SUM(CASE WHEN error_code = 'ThrottlingException' THEN 1 ELSE 0 END) AS throttled,
  SUM(CASE WHEN error_code <> 'ThrottlingException' THEN 1 ELSE 0 END) AS failed,
  SUM(input * answered) AS input,
  SUM(output * answered) AS output,
  SUM(cache_read * answered) AS cache_read,
  SUM(cache_write * answered) AS cache_write,
  0 AS cache_write_1h,
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
  COALESCE(SUM(CAST(gap AS decimal(38,0)) * gap), 0) AS gap_ms_squares
FROM spaced
GROUP BY 1, 2, 3, 4, 5
ORDER BY 1, 2, 3, 4, 5
"#
    )
}

/// The query type of a call, as an expression.
fn kind_sql(rule: &TypeRule) -> String {
    let text = |text: &str| format!("'{}'", text.replace('\'', "''"));
    match rule {
        TypeRule::Model => "model".to_string(),
        TypeRule::Metadata(key) => {
            let path = format!("$.requestMetadata[\"{}\"]", key.replace(['"', '\\'], ""));
            format!("COALESCE(json_extract_scalar(line, {}), 'other')", text(&path))
        }
        TypeRule::Patterns(patterns) => {
            // The whole request is searched: SQL has no way to the last thing a person said.
            let body = "CAST(json_extract(line, '$.input.inputBodyJson') AS varchar)";
            let cases = patterns.iter().map(|(name, pattern)| {
                format!("WHEN regexp_like({body}, {}) THEN {}", text(pattern.as_str()), text(name))
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
