use crate::chart::{Path, Scale, Table, step_area};
use crate::stats::{ChangePoint, QuantileMethod, describe, quantile};
use crate::words::{Arg, Locale, Word};

use crate::bench::document::BenchmarkResult;

/// A drawn chart: paths and ticks in pixels, for whoever puts them on a page.
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct Figure {
    pub width: f64,
    pub height: f64,
    /// Where the axes stand.
    pub left: f64,
    pub right: f64,
    pub bottom: f64,
    pub marks: Vec<Mark>,
    pub x: Vec<Tick>,
    pub y: Vec<Tick>,
    /// The same numbers, and where each of their rows stands.
    pub table: Table,
    pub stops: Vec<f64>,
}

/// A path and the class that colours it.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Mark {
    pub class: &'static str,
    pub d: String,
}

#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Tick {
    pub at: f64,
    pub label: String,
}

const LEFT: f64 = 56.0;
/// Room for half of the last label.
const RIGHT: f64 = 28.0;
const TOP: f64 = 12.0;
const BOTTOM: f64 = 30.0;

struct Frame {
    width: f64,
    height: f64,
}

impl Frame {
    fn across(&self) -> (f64, f64) {
        (LEFT, self.width - RIGHT)
    }

    fn up(&self) -> (f64, f64) {
        (self.height - BOTTOM, TOP)
    }

    fn empty(&self) -> Figure {
        self.figure(Vec::new(), Vec::new(), Vec::new())
    }

    fn figure(&self, marks: Vec<Mark>, x: Vec<Tick>, y: Vec<Tick>) -> Figure {
        Figure {
            width: self.width,
            height: self.height,
            left: LEFT,
            right: self.width - RIGHT,
            bottom: self.height - BOTTOM,
            marks,
            x,
            y,
            table: Table::default(),
            stops: Vec::new(),
        }
    }
}

/// The names of columns: words, and behind them those of the sides that there are.
fn heads(locale: &dyn Locale, words: &[Word], sides: usize) -> Vec<String> {
    let sides = [Word::bench_candidate, Word::bench_before].into_iter().take(sides);
    words.iter().copied().chain(sides).map(|word| locale.template(word).to_string()).collect()
}

fn ticks(scale: &Scale, count: usize, label: impl Fn(f64) -> String) -> Vec<Tick> {
    scale.ticks(count).into_iter().map(|value| Tick { at: scale.at(value), label: label(value) }).collect()
}

fn sorted(samples: &[f64]) -> Vec<f64> {
    let mut sorted = samples.to_vec();
    sorted.sort_by(f64::total_cmp);
    sorted
}

/// Samples in ascending order.
type Sorted = Vec<f64>;

/// Both sides in ascending order, and the range they are drawn over: all of it but the last 0.5 %.
/// `None` without samples.
fn sides(now: &[f64], before: Option<&[f64]>) -> Option<(Vec<Sorted>, (f64, f64))> {
    if now.is_empty() {
        return None;
    }
    let sides: Vec<Sorted> = std::iter::once(now).chain(before).filter(|side| !side.is_empty()).map(sorted).collect();
    let low = sides.iter().filter_map(|side| side.first()).copied().fold(f64::INFINITY, f64::min);
    let high = |side: &Vec<f64>| quantile(side, 0.995, QuantileMethod::HyndmanFan7);
    let high = sides.iter().filter_map(high).fold(0.0, f64::max);
    let room = 0.05 * (high - low).max(1.0);
    Some((sides, ((low - room).max(0.0), high + room)))
}

/// How latencies are spread, now and before: shares of requests in columns of equal width.
pub fn distribution(now: &[f64], before: Option<&[f64]>, width: f64, locale: &dyn Locale) -> Figure {
    let frame = Frame { width, height: 220.0 };
    let Some((sides, (low, high))) = sides(now, before) else { return frame.empty() };
    let count = (libm::sqrt(now.len() as f64) * 2.0).clamp(12.0, 48.0) as usize;
    let step = (high - low) / count as f64;
    let columns = |side: &[f64]| -> Vec<(f64, f64, f64)> {
        (0..count)
            .map(|i| {
                let (from, to) = (low + step * i as f64, low + step * (i + 1) as f64);
                let inside = side.partition_point(|v| *v < to) - side.partition_point(|v| *v < from);
                (from, to, inside as f64 / side.len() as f64)
            })
            .collect()
    };
    let drawn: Vec<Vec<(f64, f64, f64)>> = sides.iter().map(|side| columns(side)).collect();
    let top = drawn.iter().flatten().map(|(_, _, share)| *share).fold(0.0, f64::max);
    let x = Scale::linear(low, high, frame.across());
    let y = Scale::linear(0.0, top * 1.05, frame.up());
    let classes = ["now", "before"];
    let edges: Vec<(f64, f64)> = drawn.first().into_iter().flatten().map(|(from, to, _)| (*from, *to)).collect();
    let row = |index: usize| {
        let shares = drawn.iter().map(|side| side.get(index).map(|(.., share)| Arg::Percent(*share)));
        let (from, to) = edges[index];
        [Some(Arg::Ms(from)), Some(Arg::Ms(to))].into_iter().chain(shares).collect()
    };
    let table = Table {
        columns: heads(locale, &[Word::chart_from, Word::chart_to], drawn.len()),
        rows: (0..edges.len()).map(row).collect(),
    };
    let stops = edges.iter().map(|(from, to)| x.at(0.5 * (from + to))).collect();
    let marks = drawn.into_iter().zip(classes).map(|(columns, class)| Mark { class, d: step_area(columns, &x, &y) });
    let figure =
        frame.figure(marks.collect(), ticks(&x, 5, |ms| locale.ms(ms)), ticks(&y, 4, |share| locale.percent(share)));
    Figure { table, stops, ..figure }
}

/// The share of requests answered within each time, now and before.
pub fn ecdf(now: &[f64], before: Option<&[f64]>, width: f64, locale: &dyn Locale) -> Figure {
    let frame = Frame { width, height: 220.0 };
    let Some((sides, (low, high))) = sides(now, before) else { return frame.empty() };
    let x = Scale::linear(low, high, frame.across());
    let y = Scale::linear(0.0, 1.0, frame.up());
    // No more steps than pixels.
    let line = |side: &[f64]| {
        let mut path = Path::new().to(x.at(low), y.at(0.0));
        let mut share = 0.0;
        for step in 1..=400_u32 {
            let rank = (side.len() * step as usize).div_ceil(400).max(1);
            let to = rank as f64 / side.len() as f64;
            if to > share {
                let at = x.clamped(side[rank - 1]);
                path = path.to(at, y.at(share)).to(at, y.at(to));
                share = to;
            }
        }
        path.to(x.at(high), y.at(1.0)).d()
    };
    let marks = sides.iter().zip(["now line", "before line"]).map(|(side, class)| Mark { class, d: line(side) });
    let places: Vec<f64> = (0..=READ).map(|step| low + (high - low) * f64::from(step) / f64::from(READ)).collect();
    let share = |side: &[f64], at: f64| side.partition_point(|v| *v <= at) as f64 / side.len() as f64;
    let row = |at: &f64| {
        let shares = sides.iter().map(|side| Some(Arg::Percent(share(side, *at))));
        [Some(Arg::Ms(*at))].into_iter().chain(shares).collect()
    };
    let table =
        Table { columns: heads(locale, &[Word::chart_to], sides.len()), rows: places.iter().map(row).collect() };
    let figure =
        frame.figure(marks.collect(), ticks(&x, 5, |ms| locale.ms(ms)), ticks(&y, 4, |share| locale.percent(share)));
    Figure { table, stops: places.iter().map(|at| x.at(*at)).collect(), ..figure }
}

/// The places at which a curve can be read.
const READ: u32 = 60;

/// The P95 of each run with its interval, and where the level changed.
pub fn history(runs: &[&BenchmarkResult], points: &[ChangePoint], width: f64, locale: &dyn Locale) -> Figure {
    let frame = Frame { width, height: 220.0 };
    let summaries: Vec<_> =
        runs.iter().flat_map(|result| &result.runs).filter_map(|run| describe(&run.e2e_ms)).collect();
    let values: Vec<(f64, f64, f64)> = summaries
        .iter()
        .filter_map(|summary| {
            let p95 = summary.percentile("p95")?;
            // Too few samples for a P95: the largest is what there is.
            let value = p95.harrell_davis.unwrap_or(summary.max);
            Some((p95.ci.low.unwrap_or(value), value, p95.ci.high.unwrap_or(summary.max)))
        })
        .collect();
    if values.is_empty() {
        return frame.empty();
    }
    let low = values.iter().map(|v| v.0).fold(f64::INFINITY, f64::min);
    let high = values.iter().map(|v| v.2).fold(0.0, f64::max);
    let room = 0.1 * (high - low).max(1.0);
    let x = Scale::linear(0.5, values.len() as f64 + 0.5, frame.across());
    let y = Scale::linear((low - room).max(0.0), high + room, frame.up());
    let mut marks = Vec::new();
    for point in points {
        let at = x.at(point.index as f64 + 0.5);
        marks.push(Mark { class: "step", d: Path::new().to(at, frame.up().0).to(at, frame.up().1).d() });
    }
    for (index, (low, _, high)) in values.iter().enumerate() {
        let at = x.at(index as f64 + 1.0);
        marks.push(Mark { class: "interval", d: Path::new().to(at, y.at(*low)).to(at, y.at(*high)).d() });
    }
    let line = values
        .iter()
        .enumerate()
        .fold(Path::new(), |path, (index, (_, value, _))| path.to(x.at(index as f64 + 1.0), y.at(*value)));
    marks.push(Mark { class: "now line", d: line.d() });
    for (index, (_, value, _)) in values.iter().enumerate() {
        // A dot, drawn as a path so that every figure is made of the same thing.
        let (cx, cy) = (x.at(index as f64 + 1.0), y.at(*value));
        let dot = Path::new().to(cx - 3.0, cy).to(cx, cy - 3.0).to(cx + 3.0, cy).to(cx, cy + 3.0).close();
        marks.push(Mark { class: "dot", d: dot.d() });
    }
    let whole = |value: &f64| value.fract() == 0.0 && *value >= 1.0;
    let x_ticks = x.ticks(8).into_iter().filter(whole).map(|v| Tick { at: x.at(v), label: locale.number(v) });
    let row = |(index, (low, value, high)): (usize, &(f64, f64, f64))| {
        let times = [*low, *value, *high].map(|ms| Some(Arg::Ms(ms)));
        [Some(Arg::Number(index as f64 + 1.0))].into_iter().chain(times).collect()
    };
    let mut names = heads(locale, &[Word::bench_col_run, Word::bench_col_low, Word::bench_col_high], 0);
    names.insert(2, "P95".to_string());
    let table = Table { columns: names, rows: values.iter().enumerate().map(row).collect() };
    let stops = (0..values.len()).map(|index| x.at(index as f64 + 1.0)).collect();
    Figure { table, stops, ..frame.figure(marks, x_ticks.collect(), ticks(&y, 4, |ms| locale.ms(ms))) }
}
