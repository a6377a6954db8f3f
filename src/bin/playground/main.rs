//! The page: a Yew application over the core.
//!
//! `state` is a pure reducer over everything a person can set; `views` and `components` get props
//! and callbacks; `platform` is the only place that knows the browser.

mod app;
mod components;
mod platform;
mod speech;
mod state;
mod views;

fn main() {
    platform::panic::install();
    platform::page::mount::<app::App>();
}
