//! Real input: a log becomes a scenario, a bill, and a test of how far to trust the simulation.

mod backtest;
pub mod reader;
mod rule;
mod view;

pub use view::ImportPanel;
