//! The analysis below the first view: what moves the bill, how far, and what else it could be.
//!
//! `state` reads what the first program tells and computes the answers; every other file is a panel,
//! which gets them as a [`Lens`] and hands back a scenario to be adopted.

mod adopt;
mod advice;
mod bars;
mod break_even;
mod frontier;
mod import;
mod levers;
mod models;
mod panel;
mod prices;
mod range;
mod rebase;
mod services;
mod state;
mod view;

pub use adopt::{on_model, self_contained};
pub use import::reader;
pub use view::AnalysisView;
