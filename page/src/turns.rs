use yew::platform::spawn_local;
use yew::prelude::*;

use crate::platform::clock;

/// How many of so many parts are there: one at first, another after each frame that was drawn, so that
/// none of them keeps the page from answering for long.
#[hook]
pub fn use_turns(parts: usize) -> usize {
    // Where nothing is drawn, all of it is there at once.
    let there = use_state(|| if cfg!(target_arch = "wasm32") { 1 } else { parts });
    {
        let there = there.clone();
        use_effect_with(*there, move |now| {
            let next = now + 1;
            if next <= parts {
                spawn_local(async move {
                    clock::drawn().await;
                    there.set(next);
                });
            }
        });
    }
    *there
}
