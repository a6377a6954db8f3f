//! Packed values as the browser hands them on: to the worker and back, and from program to program.

use rehearsal::pack::Packed;
use wasm_bindgen::{JsCast, JsValue};

/// A packed value as a message.
pub fn closed(packed: &Packed) -> JsValue {
    let numbers = js_sys::Float64Array::from(packed.numbers.as_slice());
    js_sys::Array::of2(&numbers, &packed.text.as_str().into()).into()
}

/// The packed value of a message.
pub fn packed(data: &JsValue) -> Option<Packed> {
    let parts: &js_sys::Array = data.dyn_ref()?;
    let numbers = parts.get(0).dyn_into::<js_sys::Float64Array>().ok()?.to_vec();
    Some(Packed { numbers, text: parts.get(1).as_string()? })
}
