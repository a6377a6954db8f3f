use crate::bench::document::BenchmarkResult;
use crate::stats::describe;
use crate::words::{Arg, Locale, Message, Word};

use super::chart::{self, Figure};
use super::{
    Report, entity, facts, family_notes, interval_text, savings_note, sentences, time_rows, type_rows, verdict_rows,
};

/// A page of its own: styles and charts inside, no script, nothing fetched. It prints.
pub(super) fn render(report: &Report<'_>, locale: &dyn Locale) -> String {
    let word = |word: Word| escape(locale.template(word));
    let title = format!("{}: {}", word(Word::bench_report), escape(&report.document.suite));
    let lang = if locale.template(Word::bench_pass) == Word::bench_pass.english() { "en" } else { "ja" };
    let mut body =
        format!("<header><h1>{title}</h1><p class=\"quiet\">{}</p></header>\n", escape(&report.environment(locale)));
    if let Some(family) = report.family {
        body.push_str(&format!("<section><h2>{}</h2>\n", word(Word::bench_verdicts)));
        for ((sentence, notes), comparison) in sentences(family, locale).into_iter().zip(&family.comparisons) {
            let verdict = comparison.verdict.verdict;
            body.push_str(&format!(
                "<article class=\"verdict {}\"><p><strong>{}</strong> {}</p>",
                verdict.key(),
                word(verdict.word()),
                escape(&sentence)
            ));
            for note in notes {
                body.push_str(&format!("<p class=\"quiet\">{}</p>", escape(&note)));
            }
            body.push_str("</article>\n");
        }
        for note in family_notes(family, locale) {
            body.push_str(&format!("<p class=\"quiet\">{}</p>\n", escape(&note)));
        }
        body.push_str(&table(&verdict_rows(family, locale)));
        body.push_str("</section>\n");
    }
    body.push_str(&format!(
        "<section><h2>{}</h2>\n{}</section>\n",
        word(Word::bench_results),
        table(&report.results(locale))
    ));
    for benchmark in &report.document.benchmarks {
        let before = report.baseline.and_then(|baseline| baseline.benchmark(&benchmark.name));
        body.push_str(&section(benchmark, before, locale));
    }
    format!(
        "<!doctype html>\n<html lang=\"{lang}\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n\
         <title>{title}</title>\n<style>\n{STYLE}</style>\n</head>\n<body>\n<main>\n{body}</main>\n</body>\n</html>\n"
    )
}

const STYLE: &str = include_str!("report.css");

/// One benchmark: its percentiles with intervals, its stages, its charts.
fn section(benchmark: &BenchmarkResult, before: Option<&BenchmarkResult>, locale: &dyn Locale) -> String {
    let word = |word: Word| escape(locale.template(word));
    let latencies = benchmark.latencies();
    let Some(summary) = describe(&latencies) else { return String::new() };
    let mut out = format!("<section><h2>{}</h2>\n", escape(&benchmark.name));
    let mut rows = vec![vec![String::new(), "ms".to_string(), locale.template(Word::bench_col_interval).to_string()]];
    for percentile in &summary.percentiles {
        rows.push(vec![
            percentile.name.to_uppercase().replace('_', "."),
            percentile.estimate.map_or_else(|| "–".to_string(), |ms| locale.ms(ms)),
            interval_text(percentile, &summary, |ms| locale.ms(ms), locale),
        ]);
    }
    out.push_str(&table(&rows));
    out.push_str(&format!(
        "<h3>{}</h3>
{}",
        word(Word::bench_times),
        table(&time_rows(benchmark, locale))
    ));
    if let Some(note) = savings_note(benchmark, locale) {
        let (title, rows) = (word(Word::bench_savings), table(&type_rows(benchmark, locale)));
        out.push_str(&format!("<h3>{title}</h3>\n{rows}<p>{}</p>\n", escape(&note)));
    }
    let facts = facts(benchmark, locale);
    if !facts.is_empty() {
        let items: String =
            facts.iter().map(|(name, value)| format!("<dt>{}</dt><dd>{}</dd>", escape(name), escape(value))).collect();
        out.push_str(&format!(
            "<dl>{items}</dl>
"
        ));
    }
    let then = before.map(BenchmarkResult::latencies).filter(|samples| !samples.is_empty());
    let percentile =
        |name: &str| summary.percentile(name).and_then(|p| p.estimate).map_or(Arg::Text("–".into()), Arg::Ms);
    let desc = Message::new(Word::bench_chart_desc)
        .text("name", benchmark.name.as_str())
        .number("samples", summary.samples as f64)
        .with("p50", percentile("p50"))
        .with("p95", percentile("p95"))
        .say(locale);
    out.push_str("<div class=\"charts\">\n");
    out.push_str(&svg(
        &chart::distribution(&latencies, then.as_deref(), 460.0, locale),
        Word::bench_chart_distribution,
        &desc,
        locale,
    ));
    out.push_str(&svg(&chart::ecdf(&latencies, then.as_deref(), 460.0, locale), Word::bench_chart_ecdf, &desc, locale));
    if benchmark.runs.len() > 1 {
        out.push_str(&svg(&chart::history(&[benchmark], &[], 460.0, locale), Word::bench_chart_history, &desc, locale));
    }
    out.push_str("</div>\n");
    if then.is_some() {
        out.push_str(&format!(
            "<p class=\"legend\"><span class=\"key now\"></span>{} <span class=\"key before\"></span>{}</p>\n",
            word(Word::bench_candidate),
            word(Word::bench_before)
        ));
    }
    out.push_str(&format!(
        "<details><summary>{}</summary>\n{}</details>\n</section>\n",
        word(Word::bench_show_table),
        table(&run_rows(benchmark, locale))
    ));
    out
}

/// The numbers behind the charts: each run's P95 with its interval.
fn run_rows(benchmark: &BenchmarkResult, locale: &dyn Locale) -> Vec<Vec<String>> {
    let mut rows = vec![vec![
        locale.template(Word::bench_col_run).to_string(),
        locale.template(Word::bench_col_samples).to_string(),
        "P50".into(),
        "P95".into(),
        locale.template(Word::bench_col_interval).to_string(),
    ]];
    for (index, run) in benchmark.runs.iter().enumerate() {
        let Some(summary) = describe(&run.e2e_ms) else { continue };
        let cell = |name: &str| {
            summary.percentile(name).and_then(|p| p.estimate).map_or_else(|| "–".to_string(), |ms| locale.ms(ms))
        };
        let interval = summary
            .percentile("p95")
            .map(|p| interval_text(p, &summary, |ms| locale.ms(ms), locale))
            .unwrap_or_default();
        rows.push(vec![(index + 1).to_string(), summary.samples.to_string(), cell("p50"), cell("p95"), interval]);
    }
    rows
}

fn table(rows: &[Vec<String>]) -> String {
    let mut out = String::from("<div class=\"scroll\"><table>\n");
    for (index, row) in rows.iter().enumerate() {
        let tag = if index == 0 { "th" } else { "td" };
        let cells: String = row.iter().map(|cell| format!("<{tag}>{}</{tag}>", escape(cell))).collect();
        out.push_str(&format!("<tr>{cells}</tr>\n"));
    }
    out.push_str("</table></div>\n");
    out
}

fn svg(figure: &Figure, title: Word, desc: &str, locale: &dyn Locale) -> String {
    let mut inner = String::new();
    let right = figure.right;
    for tick in &figure.y {
        inner.push_str(&format!(
            "<path class=\"grid\" d=\"M{} {:.1}H{right}\"/><text class=\"y\" x=\"{}\" y=\"{:.1}\">{}</text>",
            figure.left,
            tick.at,
            figure.left - 6.0,
            tick.at + 4.0,
            escape(&tick.label)
        ));
    }
    for tick in &figure.x {
        inner.push_str(&format!(
            "<text class=\"x\" x=\"{:.1}\" y=\"{}\">{}</text>",
            tick.at,
            figure.bottom + 18.0,
            escape(&tick.label)
        ));
    }
    for mark in &figure.marks {
        inner.push_str(&format!("<path class=\"{}\" d=\"{}\"/>", mark.class, mark.d));
    }
    format!(
        "<figure><figcaption>{0}</figcaption><svg role=\"img\" viewBox=\"0 0 {1} {2}\"><title>{0}</title><desc>{3}</desc>{inner}</svg></figure>\n",
        escape(locale.template(title)),
        figure.width,
        figure.height,
        escape(desc)
    )
}

/// Text that stays text, in an element and in an attribute.
pub(super) fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match (entity(c), c) {
            (Some(entity), _) => out.push_str(entity),
            (_, '"') => out.push_str("&quot;"),
            (_, '\'') => out.push_str("&#39;"),
            (_, c) => out.push(c),
        }
    }
    out
}
