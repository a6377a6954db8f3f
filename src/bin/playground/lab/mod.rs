//! The views that come after the first: fixtures and the client. A program of its own, loaded when
//! one of them is opened, so that the first view stays small.

mod app;
mod benchmarks;
mod client;
mod export;
mod fixtures;
mod player;
mod shelf;

pub use app::LabApp;
