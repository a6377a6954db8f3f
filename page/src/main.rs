//! The page: a Yew application over the core.
//!
//! `state` is a pure reducer over everything a person can set; `views` and `components` get props
//! and callbacks; `session` keeps, opens and shares what is on the screen; `commands` is the table of
//! what can be done; `platform` is the only place that knows the browser.

mod app;
#[allow(dead_code, unused_imports, reason = "each of the two programs uses some of the shared parts")]
mod channel;
#[allow(dead_code, unused_imports, reason = "each of the two programs uses some of the shared parts")]
mod commands;
#[allow(dead_code, unused_imports, reason = "each of the two programs uses some of the shared parts")]
mod components;
#[cfg(all(test, not(target_arch = "wasm32")))]
mod first_view;
mod frame;
mod guide;
#[allow(dead_code, reason = "each of the two programs uses some of the shared parts")]
mod period;
#[allow(dead_code, unused_imports, reason = "each of the two programs uses some of the shared parts")]
mod platform;
mod session;
#[allow(dead_code, unused_imports, reason = "each of the two programs uses some of the shared parts")]
mod speech;
mod state;
mod turns;
mod view;
mod views;

use std::rc::Rc;

use rehearsal::words::Word;
use speech::Spoken;

/// Begins, with what the page gives its programs.
#[cfg(target_arch = "wasm32")]
#[wasm_bindgen::prelude::wasm_bindgen]
pub fn begin(host: platform::host::Host) {
    platform::host::begin(host);
    start();
}

fn start() {
    platform::panic::install();
    platform::page::run(async {
        let spoken = Spoken::load(session::language(), Word::first_table).await;
        let start = Rc::new(session::start().await);
        platform::page::mount::<app::App>("app", app::Props { start, spoken });
    });
}

fn main() {
    // In the browser `boot.js` begins.
    if cfg!(not(target_arch = "wasm32")) {
        start();
    }
}
