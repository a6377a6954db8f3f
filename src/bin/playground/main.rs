//! The page: a Yew application over the core.
//!
//! `state` is a pure reducer over everything a person can set; `views` and `components` get props
//! and callbacks; `platform` is the only place that knows the browser.

mod app;
#[allow(dead_code, unused_imports, reason = "each of the two programs uses some of the shared parts")]
mod components;
#[allow(dead_code, unused_imports, reason = "each of the two programs uses some of the shared parts")]
mod platform;
#[allow(dead_code, unused_imports, reason = "each of the two programs uses some of the shared parts")]
mod speech;
mod state;
mod views;

fn main() {
    platform::panic::install();
    platform::page::mount_in::<app::App>("app");
}
