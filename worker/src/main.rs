//! The simulation worker: a packed task comes in, packed replies go out.
//!
//! Beside the simulation there is next to nothing in it. `boot.js` takes the messages and posts the
//! replies, so that not even the browser's own types are needed here.

#[cfg(target_arch = "wasm32")]
mod wasm {
    use std::cell::RefCell;

    use rehearsal::pack::Packed;
    use rehearsal::sim;
    use wasm_bindgen::prelude::*;

    #[wasm_bindgen]
    extern "C" {
        /// Provided by `boot.js`: posts a packed reply to the page.
        #[wasm_bindgen(js_name = rehearsalReply)]
        fn post_reply(numbers: Vec<f64>, text: &str);
    }

    thread_local! {
        /// What one task leaves for the next.
        static MEMORY: RefCell<sim::Memory> = RefCell::default();
    }

    /// Answers a packed task.
    #[wasm_bindgen]
    pub fn answer(numbers: Vec<f64>, text: String) {
        MEMORY.with_borrow_mut(|memory| {
            sim::answer(&Packed { numbers, text }, memory, &mut |reply| {
                let Packed { numbers, text } = Packed::of(&reply);
                post_reply(numbers, &text);
            });
        });
    }
}

fn main() {}
