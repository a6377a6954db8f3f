//! What comes after the first view: the analysis below it, fixtures, the client, benchmarks. A program
//! of its own, loaded when the first view is there, so that that stays small.

mod about;
mod analysis;
mod app;
mod benchmarks;
mod charts;
mod client;
mod desk;
mod details;
mod fixtures;
mod newest;
mod own_chatbot;
mod player;
mod shelf;
mod tour;

pub use app::{LabApp, Props};
