//! The first view as HTML, for the time before the program has come: what the page shows of the reference
//! scenario with the day that comes with it. `UPDATE_FIRST_VIEW=1` writes the file anew.

use std::rc::Rc;

use rehearsal::pack::Packed;
use rehearsal::sim::Reply;
use rehearsal::words::{English, Locale, Word};

use crate::app::{App, Props};
use crate::platform::intl::Language;
use crate::platform::simulator::Told;
use crate::speech::{Speech, Spoken};
use crate::state::{Action, Model};

/// English numbers as browsers write them.
struct AsBrowsers;

/// At most two decimals, and none that say nothing.
fn fine(value: f64) -> String {
    let text = format!("{value:.2}");
    text.trim_end_matches('0').trim_end_matches('.').to_string()
}

/// At most three significant digits, and none that say nothing.
fn significant(value: f64) -> String {
    let digits = 2 - libm::floor(libm::log10(value.abs().max(1e-9))) as i32;
    let unit = libm::pow(10.0, f64::from(digits));
    let text = format!("{:.*}", digits.max(0) as usize, (value * unit).round() / unit);
    if digits > 0 { text.trim_end_matches('0').trim_end_matches('.').to_string() } else { text }
}

impl Locale for AsBrowsers {
    fn template(&self, word: Word) -> &str {
        word.english()
    }

    fn number(&self, value: f64) -> String {
        if value.abs() < 1000.0 { fine(value) } else { English.number(value.round()) }
    }

    fn exact(&self, value: f64) -> String {
        value.to_string()
    }

    fn percent(&self, fraction: f64) -> String {
        format!("{:.1}%", fraction * 100.0)
    }

    fn usd(&self, dollars: f64) -> String {
        let text = English.usd(dollars);
        // Three significant digits, without zeros that say nothing.
        if dollars.abs() < 1.0 { text.trim_end_matches('0').to_string() } else { text }
    }

    fn ms(&self, milliseconds: f64) -> String {
        if milliseconds.abs() >= 999.5 {
            self.seconds(milliseconds)
        } else {
            format!("{} ms", significant(milliseconds))
        }
    }

    fn seconds(&self, milliseconds: f64) -> String {
        format!("{} s", significant(milliseconds / 1000.0))
    }
}

/// The page once the day that comes with it has been read.
fn begun() -> Model {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../www/first-day.json");
    let text = std::fs::read_to_string(path).expect("the file is there");
    let file: serde_json::Value = serde_json::from_str(&text).expect("it is JSON");
    let numbers = file["numbers"].as_array().expect("numbers").iter().filter_map(serde_json::Value::as_f64).collect();
    let packed = Packed { numbers, text: file["text"].as_str().unwrap_or_default().to_string() };
    let replies: Vec<Reply> = packed.open().expect("packed replies");
    replies.into_iter().fold(Model::default(), |model, mut reply| {
        reply.generation = model.generation;
        model.after(Action::Told(Told::Reply(Box::new(reply))))
    })
}

#[test]
fn the_page_begins_as_it_was_built() {
    let props = || Props {
        start: Rc::new(begun()),
        spoken: Spoken { language: Language::English, speech: Speech(Rc::new(AsBrowsers)) },
    };
    let html = pollster::block_on(yew::ServerRenderer::<App>::with_props(props).hydratable(false).render());
    for part in ["$1,959.21", "data-figure=\"p95\"", "data-field=\"daily_messages\""] {
        assert!(html.contains(part), "{part} in {html}");
    }
    assert!(!html.contains(" style="), "the page's policy forbids inline styles");
    let expected = format!("{html}\n");
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../www/first-view.html");
    if std::env::var_os("UPDATE_FIRST_VIEW").is_some() {
        std::fs::write(path, &expected).expect("the file can be written");
    }
    let kept = std::fs::read_to_string(path).unwrap_or_default();
    assert!(kept == expected, "www/first-view.html is of another page: run this test with UPDATE_FIRST_VIEW=1");
}
