//! The Benchmarks view: a suite is chosen or edited, run, and compared with a baseline.

mod example;
mod figure;
mod form;
mod kept;
mod runner;
mod state;
mod verdicts;
mod view;

pub use view::BenchmarksView;
