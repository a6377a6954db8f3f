//! What comes after the first view: the analysis below it, fixtures, the client, benchmarks. A program
//! of its own, loaded when the first view is there, so that that stays small.

mod about;
mod analysis;
mod app;
mod benchmarks;
mod charts;
mod client;
mod compare;
mod details;
mod dialogs;
mod fixture_import;
mod fixtures;
mod heard;
mod model_picker;
mod own_chatbot;
mod player;
mod prices;
mod questions;
mod report;
mod sheet;
mod shelf;
mod shelf_store;
mod tour;
mod vocabulary;

pub use app::{LabApp, Props};
