//! For a terminal.

use crate::bench::comparison::Family;
use crate::bench::history::{State, Trend, TrendVerdict};
use crate::bench::metric::Metric;
use crate::bench::verdict::{in_unit, is_time};
use crate::stats::{ChangePoint, Summary};
use crate::words::{Arg, Locale, Message, Word};

use super::{Report, facts, family_notes, interval_text, savings_note, sentences, time_rows, type_rows};

pub(super) fn render(report: &Report<'_>, locale: &dyn Locale) -> String {
    let mut out = format!("{}\n{}\n\n", plain(&report.document.suite), report.environment(locale));
    out.push_str(&columns(&report.results(locale)));
    for benchmark in &report.document.benchmarks {
        if let Some(summary) = crate::stats::describe(&benchmark.latencies()) {
            out.push('\n');
            out.push_str(&self::summary(&benchmark.name, "ms", &summary, locale));
            out.push_str(&columns(&time_rows(benchmark, locale)));
            out.push_str(&columns(&type_rows(benchmark, locale)));
            if let Some(note) = savings_note(benchmark, locale) {
                out.push_str(&format!("{}\n", plain(&note)));
            }
            for (name, value) in facts(benchmark, locale) {
                out.push_str(&format!("{}: {}\n", plain(&name), plain(&value)));
            }
        }
    }
    if let Some(family) = report.family {
        out.push('\n');
        out.push_str(&verdicts(family, locale));
    }
    out
}

/// The verdicts, a sentence each, with what should be known beside them.
pub fn verdicts(family: &Family, locale: &dyn Locale) -> String {
    let mut out = String::new();
    for ((sentence, notes), comparison) in sentences(family, locale).into_iter().zip(&family.comparisons) {
        out.push_str(&format!("{:<14}{}\n", locale.template(comparison.verdict.verdict.word()), plain(&sentence)));
        for note in notes {
            out.push_str(&format!("{:14}{}\n", "", plain(&note)));
        }
    }
    for note in family_notes(family, locale) {
        out.push_str(&format!("{}\n", plain(&note)));
    }
    out
}

/// Percentiles with their intervals.
pub fn summary(name: &str, unit: &str, summary: &Summary, locale: &dyn Locale) -> String {
    let say =
        |value: f64| if unit == "ms" { locale.ms(value) } else { format!("{} {}", locale.number(value), plain(unit)) };
    let mut rows = Vec::new();
    let mean = summary.mean_ci.both().map_or_else(String::new, |(low, high)| format!("{} … {}", say(low), say(high)));
    rows.push(vec![locale.template(Word::bench_col_mean).to_string(), say(summary.mean), mean]);
    for percentile in &summary.percentiles {
        rows.push(vec![
            percentile.name.to_uppercase().replace('_', "."),
            percentile.estimate.map_or_else(|| "–".to_string(), say),
            interval_text(percentile, summary, say, locale),
        ]);
    }
    let title = if name.is_empty() { String::new() } else { format!("{}: ", plain(name)) };
    let count = locale.number(summary.samples as f64);
    format!("{title}{count} × {}\n{}", plain(unit), columns(&rows))
}

/// What a history says of its newest state, in a sentence.
pub fn trend_sentence(trend: &Trend, locale: &dyn Locale) -> String {
    let verdict = match trend.verdict {
        TrendVerdict::TooShort => Word::bench_trend_short,
        TrendVerdict::Steady => Word::bench_trend_steady,
        TrendVerdict::Worsening => Word::bench_trend_worsening,
        TrendVerdict::Improving => Word::bench_trend_improving,
        TrendVerdict::StepWorse => Word::bench_trend_step_up,
        TrendVerdict::StepBetter => Word::bench_trend_step_down,
    };
    let value = |value: f64| value_of(trend, value);
    let statistic = match trend.statistic {
        "value" => Arg::Word(Word::bench_trend_value),
        name => Metric::from_key(name)
            .filter(|metric| !metric.of_latencies() || is_time(&trend.unit))
            .map_or_else(|| Arg::Text(name.to_uppercase().replace('_', ".")), |metric| Arg::Word(metric.word())),
    };
    let now = trend.now.unwrap_or(State { since: 0, before: None, now: 0.0 });
    Message::new(verdict)
        .number("runs", trend.runs as f64)
        .number("run", now.since as f64 + 1.0)
        .with("statistic", statistic)
        .with("before", value(now.before.unwrap_or(0.0)))
        .with("now", value(now.now))
        .say(locale)
}

/// A value of a history, in its unit.
fn value_of(trend: &Trend, value: f64) -> Arg {
    // Rates of rounds of a second are not told to the third digit.
    match trend.unit.as_str() {
        "share" => Arg::Percent(value),
        "ms" | "s" | "USD" => in_unit(value, &trend.unit),
        unit => in_unit(if value.abs() >= 100.0 { libm::round(value) } else { value }, unit),
    }
}

/// What a history says, with its figures.
pub fn trend(trend: &Trend, locale: &dyn Locale) -> String {
    let mut out = trend_sentence(trend, locale) + "\n";
    let mut say = |message: Message| out.push_str(&(message.say(locale) + "\n"));
    if let (TrendVerdict::Worsening | TrendVerdict::Improving, Some(since)) =
        (trend.verdict, trend.now.map(|now| now.since).filter(|since| *since > 0))
    {
        say(Message::new(Word::bench_trend_since).number("run", since as f64 + 1.0));
    }
    if trend.statistic != trend.asked && trend.statistic != "value" {
        say(Message::new(Word::bench_trend_median).text("asked", trend.asked));
    }
    for point in &trend.change_points {
        say(change_point(trend, point));
    }
    if !trend.small_steps.is_empty() {
        let small = Message::new(Word::bench_trend_small).number("count", trend.small_steps.len() as f64);
        say(small.with("threshold", Arg::Percent(trend.threshold_pct / 100.0)));
    }
    if trend.doubtful {
        say(Word::bench_trend_doubtful.into());
    }
    if let (Some(test), Some(line)) = (&trend.mann_kendall, &trend.sen) {
        let total = line.total_change_pct.map_or_else(|| "–".to_string(), |pct| locale.percent(pct / 100.0));
        out.push_str(&format!("Mann-Kendall p = {:.4}, Sen {total}\n", test.p));
    }
    out
}

/// A change point in words; runs count from 1 for people.
pub fn change_point(trend: &Trend, point: &ChangePoint) -> Message {
    let p = point.p;
    Message::new(Word::bench_change_at)
        .number("run", point.index as f64 + 1.0)
        .with("before", value_of(trend, point.mean_before))
        .with("after", value_of(trend, point.mean_after))
        .text("p", if p < 1e-4 { "< 0.0001".to_string() } else { format!("= {p:.4}") })
}

/// Text without control characters: a name must not move the cursor or colour the screen.
pub(crate) fn plain(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { '\u{FFFD}' } else { c }).collect()
}

/// Aligned columns: the first to the left, the others to the right.
pub fn columns(rows: &[Vec<String>]) -> String {
    let clean: Vec<Vec<String>> = rows.iter().map(|row| row.iter().map(|cell| plain(cell)).collect()).collect();
    let count = clean.iter().map(Vec::len).max().unwrap_or(0);
    let width = |column: usize| clean.iter().filter_map(|row| row.get(column)).map(|c| width_of(c)).max().unwrap_or(0);
    let widths: Vec<usize> = (0..count).map(width).collect();
    let mut out = String::new();
    for row in &clean {
        let mut line = String::new();
        for (column, cell) in row.iter().enumerate() {
            let pad = " ".repeat(widths[column].saturating_sub(width_of(cell)));
            line.push_str(&if column == 0 { format!("{cell}{pad}") } else { format!("  {pad}{cell}") });
        }
        out.push_str(line.trim_end());
        out.push('\n');
    }
    out
}

/// Columns on a terminal: Japanese characters take two.
fn width_of(text: &str) -> usize {
    let wide = |c: char| ('\u{1100}'..='\u{FF60}').contains(&c) && !('\u{2000}'..='\u{2E7F}').contains(&c);
    text.chars().map(|c| if wide(c) { 2 } else { 1 }).sum()
}
