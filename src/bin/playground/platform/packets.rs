//! Packed values as the browser hands them on: to the worker and back, and from program to program.

use rehearsal::pack::{Pack, Packed};
use wasm_bindgen::{JsCast, JsValue};

/// A packed value as a message.
pub fn closed(packed: &Packed) -> JsValue {
    let numbers = js_sys::Float64Array::from(packed.numbers.as_slice());
    js_sys::Array::of2(&numbers, &packed.text.as_str().into()).into()
}

/// What is packed in a message.
pub fn opened<T: Pack>(data: &JsValue) -> Option<T> {
    let parts: &js_sys::Array = data.dyn_ref()?;
    let numbers = parts.get(0).dyn_into::<js_sys::Float64Array>().ok()?.to_vec();
    Packed { numbers, text: parts.get(1).as_string()? }.open()
}
