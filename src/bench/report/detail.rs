//! What a benchmark tells beside its percentiles: where the time of a request goes, and what it cost.

use std::collections::BTreeMap;

use crate::bench::document::BenchmarkResult;
use crate::bench::savings::TypeUse;
use crate::chart::Table;
use crate::money::Usd;
use crate::stats::describe;
use crate::words::{Arg, Locale, Message, Word};

use super::round2;

/// Where the time goes, a row for each part with its spread: the cold start of each run, the warm
/// path, time to first token, time between tokens, and the stages of a chain.
pub fn time_rows(benchmark: &BenchmarkResult, locale: &dyn Locale) -> Vec<Vec<String>> {
    written(&time_table(benchmark, locale), None, locale)
}

/// The figures of [`time_rows`].
pub fn time_table(benchmark: &BenchmarkResult, locale: &dyn Locale) -> Table {
    let word = |word: Word| locale.template(word).to_string();
    let columns = vec![
        word(Word::bench_col_stage),
        word(Word::bench_col_samples),
        word(Word::bench_col_mean),
        "P50".to_string(),
        "P95".to_string(),
        "P99".to_string(),
    ];
    let mut rows = Vec::new();
    let mut add = |name: String, values: Vec<f64>| {
        let Some(summary) = describe(&values) else { return };
        let cell = |name: &str| summary.percentile(name).and_then(|p| p.estimate).map(Arg::Ms);
        let count = Some(Arg::Number(summary.samples as f64));
        let mean = Some(Arg::Ms(summary.mean));
        rows.push(vec![Some(Arg::Text(name)), count, mean, cell("p50"), cell("p95"), cell("p99")]);
    };
    let all = |column: fn(&super::super::document::Run) -> &Vec<f64>| -> Vec<f64> {
        benchmark.runs.iter().flat_map(|run| column(run).iter().copied()).collect()
    };
    add(word(Word::bench_cold_start), benchmark.runs.iter().filter_map(|run| run.cold_start_ms).collect());
    let warm = benchmark.runs.iter().flat_map(|run| {
        // Without a warm-up the cold request is measured, too; before it come answers of the cache alone.
        let cold = run.cold_start_ms.filter(|_| benchmark.warm_up == 0);
        let at = cold.and_then(|cold| run.e2e_ms.iter().position(|ms| *ms == cold));
        run.e2e_ms.iter().enumerate().filter(move |(index, _)| Some(*index) != at).map(|(_, ms)| *ms)
    });
    add(word(Word::bench_warm_path), warm.collect());
    add(word(Word::bench_ttft), all(|run| &run.ttft_ms));
    add(word(Word::bench_inter_token), all(|run| &run.inter_token_ms));
    let mut stages: BTreeMap<&str, Vec<f64>> = BTreeMap::new();
    for (name, values) in benchmark.runs.iter().flat_map(|run| &run.stages) {
        stages.entry(name).or_default().extend(values);
    }
    for (name, values) in stages {
        add(name.to_string(), values);
    }
    Table { columns, rows }
}

/// A table as a report writes it: the names of its columns, its rows, and what stands below them.
fn written(table: &Table, whole: Option<Vec<Option<Arg>>>, locale: &dyn Locale) -> Vec<Vec<String>> {
    let cell = |cell: &Option<Arg>| cell.as_ref().map_or_else(|| "–".to_string(), |cell| cell.say(locale));
    let rows = table.rows.iter().chain(&whole).map(|row| row.iter().map(cell).collect());
    std::iter::once(table.columns.clone()).chain(rows).collect()
}

/// What each query type used, and what routing and the response cache spared, with a row of the whole; empty where
/// the query mix is not known.
pub fn type_rows(benchmark: &BenchmarkResult, locale: &dyn Locale) -> Vec<Vec<String>> {
    type_table(benchmark, locale).map_or_else(Vec::new, |(table, whole)| written(&table, whole, locale))
}

/// The figures of [`type_rows`], and apart from them those of the whole where there are several types; none where the
/// query mix is not known.
pub fn type_table(benchmark: &BenchmarkResult, locale: &dyn Locale) -> Option<(Table, Option<Vec<Option<Arg>>>)> {
    let mut types: BTreeMap<&str, TypeUse> = BTreeMap::new();
    for (name, used) in benchmark.runs.iter().flat_map(|run| &run.types) {
        types.entry(name).or_default().add(used);
    }
    if types.is_empty() {
        return None;
    }
    let mut all = TypeUse::default();
    types.values().for_each(|used| all.add(used));
    let head = [
        Word::bench_col_type,
        Word::bench_col_answered,
        Word::bench_cache_hits,
        Word::bench_col_tokens,
        Word::bench_col_cost,
        Word::bench_col_cache_saved,
        Word::bench_col_routing_saved,
    ];
    let count = |number: u64| locale.number(number as f64);
    let usd = |amount: Option<Usd>| amount.map(|amount| Arg::Usd(amount.dollars()));
    let row = |name: &str, used: &TypeUse| {
        vec![
            Some(Arg::Text(name.to_string())),
            Some(Arg::Number(used.answered as f64)),
            Some(Arg::Percent(used.cache_hits as f64 / used.answered.max(1) as f64)),
            Some(Arg::Text(format!("{} / {}", count(used.input_tokens), count(used.output_tokens)))),
            usd(used.cost),
            usd(used.cache_saved),
            usd(used.routing_saved),
        ]
    };
    let columns = head.map(|word| locale.template(word).to_string()).to_vec();
    let rows = types.iter().map(|(name, used)| row(name, used)).collect();
    let whole = (types.len() > 1).then(|| row(locale.template(Word::bench_all_types), &all));
    Some((Table { columns, rows }, whole))
}

/// What the savings of [`type_rows`] are compared with.
pub fn savings_note(benchmark: &BenchmarkResult, locale: &dyn Locale) -> Option<String> {
    let dearest = benchmark.runs.iter().find_map(|run| run.dearest.as_deref())?;
    Some(Message::new(Word::bench_savings_note).text("model", dearest).say(locale))
}

/// What its requests cost, who answered them, how many came from a cache, and what went wrong: a
/// name and a figure each. What is not known is left out.
pub fn facts(benchmark: &BenchmarkResult, locale: &dyn Locale) -> Vec<(String, String)> {
    let figures = benchmark.aggregate();
    let completed = figures.completed as f64;
    let mut rows = Vec::new();
    let mut add = |word: Word, value: String| rows.push((locale.template(word).to_string(), value));
    if let Some(usd) = figures.cost_usd.filter(|_| completed > 0.0) {
        add(Word::bench_cost_each, locale.usd(usd / completed));
    }
    if figures.input_tokens + figures.output_tokens > 0 && completed > 0.0 {
        let each = |tokens: u64| locale.number(round2(tokens as f64 / completed));
        add(Word::bench_tokens_each, format!("{} / {}", each(figures.input_tokens), each(figures.output_tokens)));
    }
    let counted = |of: fn(&super::super::document::Run) -> &BTreeMap<String, u64>| {
        let mut sums: BTreeMap<&str, u64> = BTreeMap::new();
        for (name, count) in benchmark.runs.iter().flat_map(of) {
            *sums.entry(name).or_default() += count;
        }
        sums
    };
    let models = counted(|run| &run.models);
    let answered = models.values().sum::<u64>() as f64;
    if answered > 0.0 {
        let share = |(name, count): (&&str, &u64)| format!("{name} {}", locale.percent(*count as f64 / answered));
        add(Word::bench_answered_by, models.iter().map(share).collect::<Vec<_>>().join(", "));
    }
    if figures.cache_hits > 0 {
        add(Word::bench_cache_hits, locale.percent(figures.cache_hits as f64 / completed.max(1.0)));
    }
    let errors = counted(|run| &run.errors);
    if !errors.is_empty() {
        let each = |(name, count): (&&str, &u64)| format!("{name} × {}", locale.number(*count as f64));
        add(Word::bench_col_errors, errors.iter().map(each).collect::<Vec<_>>().join(", "));
    }
    if let Some(run) = benchmark.runs.iter().find(|run| run.cancelled) {
        add(Word::bench_cancelled, locale.number(run.requests as f64));
    }
    rows
}
