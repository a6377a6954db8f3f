//! The language a person reads, as a context of the component tree.

use std::rc::Rc;

use rehearsal::words::{Arg, Locale, Message, Word};
use yew::prelude::*;

/// Speaks the current language.
#[derive(Clone)]
pub struct Speech(pub Rc<dyn Locale>);

/// Two speeches are the same when they are the same object: a language loads once.
impl PartialEq for Speech {
    fn eq(&self, other: &Self) -> bool {
        Rc::ptr_eq(&self.0, &other.0)
    }
}

impl Speech {
    pub fn word(&self, word: Word) -> String {
        self.0.template(word).to_string()
    }

    pub fn say(&self, message: &Message) -> String {
        message.say(self.0.as_ref())
    }

    pub fn usd(&self, value: Option<f64>) -> String {
        value.map_or_else(|| self.word(Word::ui_unknown), |v| self.0.usd(v))
    }

    pub fn ms(&self, value: Option<f64>) -> String {
        value.map_or_else(|| "–".to_string(), |v| self.0.ms(v))
    }

    pub fn percent(&self, fraction: Option<f64>) -> String {
        fraction.map_or_else(|| "–".to_string(), |v| self.0.percent(v))
    }

    pub fn number(&self, value: f64) -> String {
        self.0.number(value)
    }

    /// A value in the format of its kind.
    pub fn arg(&self, arg: &Arg) -> String {
        arg.say(self.0.as_ref())
    }
}

/// The speech that the application provides.
#[hook]
pub fn use_speech() -> Speech {
    use_context().unwrap_or_else(|| Speech(Rc::new(rehearsal::words::English)))
}
