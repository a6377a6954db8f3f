//! One result document, rendered for whoever reads it: a person at a terminal or in a browser, a
//! pull request, a chat, a spreadsheet.
//!
//! Names come from outside and are escaped for each format; tests try to break every one of them.

mod chart;
mod csv;
mod detail;
pub mod github;
mod histogram;
mod html;
mod markdown;
mod slack;
pub mod text;

pub(crate) use markdown::escape as markdown_text;

pub use chart::{Figure, Mark, Tick, distribution, ecdf, history};
pub use detail::{facts, savings_note, time_rows, time_table, type_rows, type_table};
pub use histogram::{histogram, histogram_lines};

use crate::stats::{Percentile, Summary};
use crate::words::{Locale, Message, Word};

use super::comparison::Family;
use super::document::Document;
use super::original::{original_baselines, original_results, original_summary};
use super::verdict::percent_or_factor;

/// What a report is about.
#[derive(Clone, Copy)]
pub struct Report<'a> {
    pub document: &'a Document,
    pub baseline: Option<&'a Document>,
    pub family: Option<&'a Family>,
}

/// A form of report.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Format {
    Html,
    Markdown,
    Csv,
    Text,
    /// Annotation commands of GitHub Actions.
    Github,
    /// A message of Slack's Block Kit.
    Slack,
    /// The result document itself.
    Json,
    /// What the original's `run_all` returns, by its rules.
    Original,
}

impl Format {
    pub const ALL: [Format; 8] = [
        Format::Html,
        Format::Markdown,
        Format::Csv,
        Format::Text,
        Format::Github,
        Format::Slack,
        Format::Json,
        Format::Original,
    ];

    pub fn key(self) -> &'static str {
        ["html", "markdown", "csv", "text", "github", "slack", "json", "original"][self as usize]
    }

    pub fn from_key(key: &str) -> Option<Self> {
        Format::ALL.into_iter().find(|format| format.key() == key)
    }

    /// The type of a file of this form.
    pub fn media_type(self) -> &'static str {
        match self {
            Format::Html => "text/html",
            Format::Csv => "text/csv",
            Format::Slack | Format::Json | Format::Original => "application/json",
            Format::Markdown | Format::Text | Format::Github => "text/plain",
        }
    }

    /// The ending of a file of this form.
    pub fn extension(self) -> &'static str {
        ["html", "md", "csv", "txt", "txt", "json", "json", "json"][self as usize]
    }
}

impl Report<'_> {
    /// The report in a form, in a language.
    pub fn render(&self, format: Format, locale: &dyn Locale) -> String {
        match format {
            Format::Html => html::render(self, locale),
            Format::Markdown => markdown::render(self, locale),
            Format::Csv => csv::render(self.document),
            Format::Text => text::render(self, locale),
            Format::Github => self.family.map_or_else(String::new, |family| github::annotations(family, locale)),
            Format::Slack => slack::render(self, locale),
            Format::Json => self.document.to_json(),
            Format::Original => {
                let baselines = self.baseline.map(original_baselines).unwrap_or_default();
                let summary = original_summary(&original_results(self.document, &baselines));
                serde_json::to_string_pretty(&summary).unwrap_or_default() + "\n"
            }
        }
    }

    /// Where and how it was measured.
    fn environment(&self, locale: &dyn Locale) -> String {
        let environment = &self.document.environment;
        let said = Message::new(Word::bench_environment)
            .text("client", environment.client.as_str())
            .text("clock", environment.clock.as_str())
            .text("seed", self.document.seed.to_string())
            .text("version", environment.rehearsal.as_str())
            .say(locale);
        let left_out = [
            (Word::bench_not_simulated, &environment.not_simulated),
            (Word::bench_assumed_speeds, &environment.assumed_speeds),
        ];
        left_out.into_iter().filter(|(_, names)| !names.is_empty()).fold(said, |said, (word, names)| {
            said + " " + &Message::new(word).text("names", names.join(", ")).say(locale)
        })
    }

    /// The headers and rows of the results table.
    fn results(&self, locale: &dyn Locale) -> Vec<Vec<String>> {
        let word = |word: Word| locale.template(word).to_string();
        let mut rows = vec![vec![
            word(Word::bench_col_benchmark),
            word(Word::bench_col_runs),
            word(Word::bench_col_samples),
            word(Word::bench_col_mean),
            "P50".to_string(),
            "P95".to_string(),
            "P99".to_string(),
            word(Word::bench_col_throughput),
            word(Word::bench_col_goodput),
            word(Word::bench_col_errors),
            word(Word::bench_col_timeouts),
            word(Word::bench_col_cost),
        ]];
        for benchmark in &self.document.benchmarks {
            let summary = crate::stats::describe(&benchmark.latencies());
            let figures = benchmark.aggregate();
            let dash = || "–".to_string();
            let percentile = |name: &str| {
                let estimate = summary.as_ref().and_then(|summary| summary.percentile(name)?.estimate);
                estimate.map_or_else(dash, |ms| locale.ms(ms))
            };
            rows.push(vec![
                benchmark.name.clone(),
                benchmark.runs.len().to_string(),
                locale.number(figures.completed as f64),
                summary.as_ref().map_or_else(dash, |summary| locale.ms(summary.mean)),
                percentile("p50"),
                percentile("p95"),
                percentile("p99"),
                figures.throughput_per_s.map_or_else(dash, |rate| format!("{}/s", locale.number(round2(rate)))),
                figures.goodput.map_or_else(dash, |share| locale.percent(share)),
                locale.number(figures.errors as f64),
                locale.number(figures.timeouts as f64),
                figures.cost_usd.map_or_else(dash, |usd| locale.usd(usd)),
            ]);
        }
        rows
    }
}

/// The entity that a character needs to stay text in HTML, in Markdown and in a chat.
fn entity(c: char) -> Option<&'static str> {
    match c {
        '&' => Some("&amp;"),
        '<' => Some("&lt;"),
        '>' => Some("&gt;"),
        _ => None,
    }
}

fn round2(value: f64) -> f64 {
    libm::round(value * 100.0) / 100.0
}

/// The headers and rows of the table of verdicts.
pub fn verdict_rows(family: &Family, locale: &dyn Locale) -> Vec<Vec<String>> {
    let word = |word: Word| locale.template(word).to_string();
    let mut rows = vec![vec![
        word(Word::bench_col_benchmark),
        word(Word::bench_col_metric),
        word(Word::bench_col_verdict),
        word(Word::bench_col_change),
        word(Word::bench_col_interval),
        word(Word::bench_col_needed),
        word(Word::bench_col_method),
    ]];
    for comparison in &family.comparisons {
        let verdict = &comparison.verdict;
        let dash = || "–".to_string();
        let metric = super::metric::Metric::from_key(&verdict.metric);
        rows.push(vec![
            comparison.benchmark.clone(),
            metric.map_or_else(|| verdict.metric.clone(), |metric| word(metric.word())),
            word(verdict.verdict.word()),
            verdict.change_pct.map_or_else(dash, |pct| percent_or_factor(pct).say(locale)),
            verdict.ci_pct.map_or_else(dash, |(low, high)| {
                format!("{} … {}", percent_or_factor(low).say(locale), percent_or_factor(high).say(locale))
            }),
            verdict.requests_needed.map_or_else(dash, |needed| locale.number(needed as f64)),
            verdict.method.key().to_string(),
        ]);
    }
    rows
}

/// The sentences of a comparison: the verdict, then its notes.
fn sentences(family: &Family, locale: &dyn Locale) -> Vec<(String, Vec<String>)> {
    let of = |comparison: &super::comparison::Comparison| {
        let verdict = &comparison.verdict;
        let notes = verdict.notes.iter().map(|note| note.say(locale)).collect();
        (verdict.sentence(&comparison.benchmark).say(locale), notes)
    };
    family.comparisons.iter().map(of).collect()
}

/// What holds for the whole family.
fn family_notes(family: &Family, locale: &dyn Locale) -> Vec<String> {
    let mut notes = Vec::new();
    if family.size > 1 {
        notes.push(Message::new(Word::bench_note_family).number("size", family.size as f64).say(locale));
    }
    notes.extend(family.differences.iter().map(|difference| difference.say(locale)));
    if !family.allowed.is_empty() {
        notes.push(Message::new(Word::bench_missing).text("names", family.allowed.join(", ")).say(locale));
    }
    if !family.without.is_empty() {
        let names: Vec<String> = family.without.iter().map(|(name, metric)| format!("{name} {metric}")).collect();
        notes.push(Message::new(Word::bench_note_without).text("names", names.join(", ")).say(locale));
    }
    notes.push(counts(family).say(locale));
    notes
}

/// Of how many benchmarks and requests the verdicts are.
fn counts(family: &Family) -> Message {
    let mut judged: Vec<&str> =
        family.comparisons.iter().filter(|c| c.verdict.samples.1 > 0).map(|c| c.benchmark.as_str()).collect();
    judged.dedup();
    let mut all: Vec<&str> = family.comparisons.iter().map(|c| c.benchmark.as_str()).collect();
    all.extend(family.allowed.iter().map(String::as_str));
    all.dedup();
    // Losses are counted over all requests, latencies over those that were answered.
    let most = |of: fn(&super::comparison::Comparison) -> usize| -> usize {
        all.iter()
            .map(|name| family.comparisons.iter().filter(|c| c.benchmark == *name).map(of).max().unwrap_or(0))
            .sum()
    };
    Message::new(Word::bench_note_counts)
        .number("verdicts", family.comparisons.len() as f64)
        .number("benchmarks", judged.len() as f64)
        .number("all", all.len() as f64)
        .number("before", most(|c| c.verdict.samples.0) as f64)
        .number("now", most(|c| c.verdict.samples.1) as f64)
}

/// A percentile's interval, with an end that is not bounded said in words.
fn interval_text(
    percentile: &Percentile,
    summary: &Summary,
    say: impl Fn(f64) -> String,
    locale: &dyn Locale,
) -> String {
    let unbounded = || Message::new(Word::bench_withheld).number("count", summary.samples as f64).say(locale);
    let low = percentile.ci.low.map_or_else(unbounded, &say);
    let high = percentile.ci.high.map_or_else(unbounded, &say);
    format!("{low} … {high}")
}

#[cfg(test)]
mod tests;
