//! The language a person reads, as a context of the component tree.

use std::rc::Rc;

use rehearsal::words::{Arg, Locale, Message, Word};
use yew::platform::spawn_local;
use yew::prelude::*;

use crate::platform::intl::{self, Language, Table};

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

    /// A time; one without end is that of a message that got no answer.
    pub fn ms(&self, value: Option<f64>) -> String {
        match value {
            None => "–".to_string(),
            Some(ms) if ms.is_infinite() => self.word(Word::ui_unanswered),
            Some(ms) => self.0.ms(ms),
        }
    }

    /// The times of a row, all of them in one unit.
    pub fn times<const N: usize>(&self, row: [Option<f64>; N]) -> [String; N] {
        let long = row.iter().flatten().any(|ms| ms.is_finite() && ms.abs() >= 999.5);
        row.map(|value| match value {
            Some(ms) if long && ms.is_finite() => self.0.seconds(ms),
            other => self.ms(other),
        })
    }

    pub fn percent(&self, fraction: Option<f64>) -> String {
        fraction.map_or_else(|| "–".to_string(), |v| self.0.percent(v))
    }

    /// A difference of two shares, in points: 0.05 is 5 points.
    pub fn points(&self, fraction: f64) -> String {
        let points = libm::round(fraction * 1000.0) / 10.0;
        self.say(&Message::new(Word::ui_points).number("amount", points))
    }

    pub fn number(&self, value: f64) -> String {
        self.0.number(value)
    }

    /// A value in the format of its kind.
    pub fn arg(&self, arg: &Arg) -> String {
        arg.say(self.0.as_ref())
    }
}

/// What a program speaks when it begins.
#[derive(Clone, PartialEq)]
pub struct Spoken {
    pub language: Language,
    pub speech: Speech,
}

impl Default for Spoken {
    fn default() -> Self {
        Spoken { language: Language::English, speech: Speech(intl::unspoken()) }
    }
}

impl Spoken {
    /// A language, before anything is drawn; English in its place, and by its name, if its file cannot
    /// be had.
    pub async fn load(language: Language, table: Table) -> Self {
        match intl::load(language, table).await {
            Ok(locale) => Spoken { language, speech: Speech(locale) },
            Err(_) => Spoken { language: Language::English, speech: Speech(intl::english(table)) },
        }
    }
}

/// The speech of the chosen language; the one before stays until its file is there, and without it.
#[hook]
pub fn use_language(chosen: Language, start: &Spoken, table: Table) -> Speech {
    let speech = use_state(|| start.speech.clone());
    let asked = use_mut_ref(|| start.language);
    {
        let speech = speech.clone();
        use_effect_with(chosen, move |chosen| {
            let chosen = *chosen;
            if asked.replace(chosen) != chosen {
                spawn_local(async move {
                    let loaded = intl::load(chosen, table).await;
                    // Meanwhile another one may have been chosen.
                    if let Some(locale) = loaded.ok().filter(|_| *asked.borrow() == chosen) {
                        speech.set(Speech(locale));
                    }
                });
            }
        });
    }
    (*speech).clone()
}

/// The speech that the application provides.
#[hook]
pub fn use_speech() -> Speech {
    use_context().unwrap_or_else(|| Speech(intl::unspoken()))
}
