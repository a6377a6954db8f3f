//! Languages and number formats, by the browser's `Intl`.

use std::borrow::Cow;
use std::rc::Rc;

use rehearsal::words::Locale;

/// The languages of the page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Language {
    English,
    Japanese,
}

rehearsal::pack_choice!(Language);

impl Language {
    pub const ALL: [Language; 2] = [Language::English, Language::Japanese];

    pub fn tag(self) -> &'static str {
        match self {
            Language::English => "en",
            Language::Japanese => "ja",
        }
    }

    pub fn from_tag(tag: &str) -> Self {
        if tag.starts_with("ja") { Language::Japanese } else { Language::English }
    }
}

/// The keys and English templates that a program knows, in the order of [`Word`].
pub type Table = fn() -> Vec<(&'static str, &'static str)>;

/// The locale of a language; a language that is not compiled in is loaded from beside the page.
///
/// # Errors
/// Why its file could not be read.
pub async fn load(language: Language, table: Table) -> Result<Rc<dyn Locale>, String> {
    let words = match language {
        Language::English => return Ok(english(table)),
        Language::Japanese => {
            let text = super::files::text("words/ja.json").await?;
            let words = translations(&text)?;
            table().into_iter().map(|(key, english)| words(key).map_or(english.into(), Cow::Owned)).collect()
        }
    };
    Ok(locale(language, words))
}

/// What a file of translations says for a key.
#[cfg(target_arch = "wasm32")]
fn translations(text: &str) -> Result<impl Fn(&str) -> Option<String>, String> {
    let words = js_sys::JSON::parse(text).map_err(|_| "words/ja.json is not JSON".to_string())?;
    Ok(move |key: &str| js_sys::Reflect::get(&words, &key.into()).ok()?.as_string())
}

#[cfg(not(target_arch = "wasm32"))]
fn translations(_text: &str) -> Result<impl Fn(&str) -> Option<String>, String> {
    Ok(|_: &str| None)
}

/// English, at once.
pub fn english(table: Table) -> Rc<dyn Locale> {
    locale(Language::English, table().into_iter().map(|(_, english)| english.into()).collect())
}

/// Where nobody said which language: a component that stands alone, in a test.
pub fn unspoken() -> Rc<dyn Locale> {
    locale(Language::English, Vec::new())
}

#[cfg(not(target_arch = "wasm32"))]
fn locale(_language: Language, _words: Vec<Cow<'static, str>>) -> Rc<dyn Locale> {
    Rc::new(rehearsal::words::English)
}

#[cfg(target_arch = "wasm32")]
fn locale(language: Language, words: Vec<Cow<'static, str>>) -> Rc<dyn Locale> {
    Rc::new(wasm::Intl::new(language, words))
}

#[cfg(target_arch = "wasm32")]
mod wasm {
    use std::borrow::Cow;
    use std::cell::OnceCell;

    use js_sys::{Array, Function, Intl::NumberFormat, Object, Reflect};
    use rehearsal::words::{Locale, Word};
    use wasm_bindgen::{JsCast, JsValue};

    use super::Language;

    /// A format that is made when it is used first, and once: that is a thousand times slower than
    /// using it.
    struct Format {
        tag: &'static str,
        options: Vec<(&'static str, JsValue)>,
        made: OnceCell<Function>,
    }

    pub struct Intl {
        words: Vec<Cow<'static, str>>,
        number: Format,
        number_fine: Format,
        percent: Format,
        usd: Format,
        usd_small: Format,
        time: Format,
    }

    impl Intl {
        pub fn new(language: Language, words: Vec<Cow<'static, str>>) -> Self {
            let format = |options: &[(&'static str, JsValue)]| Format {
                tag: language.tag(),
                options: options.to_vec(),
                made: OnceCell::new(),
            };
            let digits = |least: u32, most: u32| {
                [("minimumFractionDigits", least.into()), ("maximumFractionDigits", most.into())]
            };
            let with = |base: &[(&'static str, &str)], more: &[(&'static str, JsValue)]| {
                let base = base.iter().map(|(key, value)| (*key, JsValue::from_str(value)));
                base.chain(more.iter().cloned()).collect::<Vec<_>>()
            };
            let usd = [("style", "currency"), ("currency", "USD"), ("currencyDisplay", "narrowSymbol")];
            Intl {
                words,
                number: format(&digits(0, 0)),
                number_fine: format(&digits(0, 2)),
                percent: format(&with(&[("style", "percent")], &digits(1, 1))),
                usd: format(&with(&usd, &digits(2, 2))),
                usd_small: format(&with(&usd, &[("maximumSignificantDigits", 3.into())])),
                time: format(&[("maximumSignificantDigits", 3.into())]),
            }
        }
    }

    impl Format {
        fn write(&self, value: f64) -> String {
            let format = self.made.get_or_init(|| {
                let object = Object::new();
                for (key, value) in &self.options {
                    // Setting a property of a fresh object cannot fail.
                    let _ = Reflect::set(&object, &(*key).into(), value);
                }
                let format = NumberFormat::new(&Array::of1(&self.tag.into()), &object);
                Reflect::get(&format, &"format".into()).map(JsCast::unchecked_into).unwrap_or_default()
            });
            format.call1(&JsValue::UNDEFINED, &value.into()).ok().and_then(|text| text.as_string()).unwrap_or_default()
        }
    }

    impl Locale for Intl {
        fn template(&self, word: Word) -> &str {
            self.words.get(word as usize).map_or("", AsRef::as_ref)
        }

        fn number(&self, value: f64) -> String {
            if value.abs() < 1000.0 { &self.number_fine } else { &self.number }.write(value)
        }

        fn exact(&self, value: f64) -> String {
            // Ten is a base that numbers are written in.
            js_sys::Number::from(value).to_string_with_radix(10).map(String::from).unwrap_or_default()
        }

        fn percent(&self, fraction: f64) -> String {
            self.percent.write(fraction)
        }

        fn usd(&self, dollars: f64) -> String {
            let format = if dollars == 0.0 || dollars.abs() >= 1.0 { &self.usd } else { &self.usd_small };
            format.write(dollars)
        }

        fn seconds(&self, milliseconds: f64) -> String {
            let unit = if self.time.tag == "ja" { "秒" } else { " s" };
            format!("{}{unit}", self.time.write(milliseconds / 1000.0))
        }

        /// Three significant digits say as much as any of the page's times is worth.
        fn ms(&self, milliseconds: f64) -> String {
            // What rounds to a second is one.
            if milliseconds.abs() >= 999.5 {
                Locale::seconds(self, milliseconds)
            } else {
                format!("{} ms", self.time.write(milliseconds))
            }
        }
    }
}
