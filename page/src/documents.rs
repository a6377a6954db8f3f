//! The page's third program: it reads and writes the documents that are kept, linked and shared. It is
//! loaded when there is one, or else after the first view.

#[cfg(target_arch = "wasm32")]
#[path = "platform/packets.rs"]
mod packets;

#[cfg(target_arch = "wasm32")]
mod wasm {
    use rehearsal::workspace::{Asked, answer};
    use wasm_bindgen::prelude::*;

    use crate::packets::{closed, packed};

    /// Does what is asked, by its place among all that can be; `null` when it cannot be done.
    #[wasm_bindgen]
    pub fn document(asked: usize, message: &JsValue) -> JsValue {
        let answer = Asked::ALL.get(asked).zip(packed(message)).and_then(|(asked, message)| answer(*asked, &message));
        answer.map_or(JsValue::NULL, |answer| closed(&answer))
    }
}

fn main() {}
