//! What JavaScript is thrown.

use std::any::Any;

use js_sys::{Error, Reflect};
use wasm_bindgen::JsValue;

use rehearsal::problem::{Problem, Problems};

/// An `Error` whose `code` is that of the first problem; without one, JavaScript calls it `refused`.
pub struct Refusal {
    message: String,
    code: Option<&'static str>,
}

impl Refusal {
    #[must_use]
    pub fn new(message: &str) -> Self {
        Refusal { message: message.to_string(), code: None }
    }
}

impl<E: std::error::Error + 'static> From<E> for Refusal {
    fn from(error: E) -> Self {
        let any: &dyn Any = &error;
        let of_problems =
            || any.downcast_ref::<Problems>()?.0.iter().find(|problem| problem.is_error()).map(Problem::code);
        let of_log = || any.downcast_ref::<rehearsal::import::Error>().map(|error| error.code.key());
        Refusal { message: error.to_string(), code: of_problems().or_else(of_log) }
    }
}

impl From<Refusal> for JsValue {
    fn from(refusal: Refusal) -> Self {
        let error = Error::new(&refusal.message);
        if let Some(code) = refusal.code {
            // Setting a property of a fresh object cannot fail.
            let _ = Reflect::set(&error, &"code".into(), &code.into());
        }
        error.into()
    }
}
