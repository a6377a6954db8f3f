//! The page's second program: the views that are loaded when one of them is opened.
//!
//! It shares its parts with the first program, file by file.

#[allow(dead_code, unused_imports, reason = "each of the two programs uses some of the shared parts")]
mod commands;
#[allow(dead_code, unused_imports, reason = "each of the two programs uses some of the shared parts")]
mod components;
mod lab;
#[allow(dead_code, unused_imports, reason = "each of the two programs uses some of the shared parts")]
mod platform;
#[allow(dead_code, unused_imports, reason = "each of the two programs uses some of the shared parts")]
mod speech;
mod turns;

use platform::intl::Language;
use platform::{bridge, page};
use rehearsal::words::Word;
use speech::Spoken;

fn main() {
    platform::panic::install();
    page::run(async {
        let language = Language::from_tag(&bridge::asked().language);
        let spoken = Spoken::load(language, Word::table).await;
        page::mount_within::<lab::LabApp>("lab", lab::Props { spoken });
    });
}
