//! The page's second program: the views that are loaded when one of them is opened.
//!
//! It shares its parts with the first program, file by file.

#[allow(dead_code, unused_imports, reason = "each of the two programs uses some of the shared parts")]
mod channel;
#[allow(dead_code, unused_imports, reason = "each of the two programs uses some of the shared parts")]
mod commands;
#[allow(dead_code, unused_imports, reason = "each of the two programs uses some of the shared parts")]
mod components;
mod lab;
#[allow(dead_code, reason = "each of the two programs uses some of the shared parts")]
mod period;
#[allow(dead_code, unused_imports, reason = "each of the two programs uses some of the shared parts")]
mod platform;
#[allow(dead_code, unused_imports, reason = "each of the two programs uses some of the shared parts")]
mod speech;
mod turns;
#[allow(dead_code, reason = "each of the two programs uses some of the shared parts")]
mod view;

use platform::page;
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
    page::run(async {
        let language = platform::intl::Language::from_tag(&page::language());
        let spoken = Spoken::load(language, Word::table).await;
        page::mount_within::<lab::LabApp>("lab", lab::Props { spoken });
    });
}

fn main() {
    // In the browser `boot.js` begins.
    if cfg!(not(target_arch = "wasm32")) {
        start();
    }
}
