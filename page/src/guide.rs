//! How a visitor is guided: the tour of a first visit, and the address of About.

use rehearsal::workspace::LINK_PREFIX;
use yew::platform::spawn_local;
use yew::prelude::*;

use crate::channel::{Above, ToLater};
use crate::platform::{clock, events, host, link, page, storage};
use crate::state::{Action, Model, View};

/// The address of About, and that of the tour.
const ABOUT: &str = "#about";
const TOUR: &str = "#tour";

/// Follows the address to About and back, and offers the tour to whoever comes first.
#[hook]
pub fn use_guide(model: &UseReducerHandle<Model>) {
    {
        let dispatcher = model.dispatcher();
        use_effect_with((), move |()| {
            let look = move || match link::fragment().as_str() {
                ABOUT => dispatcher.dispatch(Action::Show(View::About)),
                TOUR => {
                    drop(link::set_fragment(""));
                    dispatcher.dispatch(Action::Show(View::WhatIf));
                    start_tour();
                }
                _ => {}
            };
            look();
            let listener = events::on("hashchange", move |_| look());
            move || drop(listener)
        });
    }
    use_effect_with(model.view, |view| match (*view == View::About, link::fragment() == ABOUT) {
        (true, false) => drop(link::set_fragment(ABOUT)),
        (false, true) => drop(link::set_fragment("")),
        _ => {}
    });
    let offered = use_mut_ref(|| false);
    let ready = model.view == View::WhatIf && model.outcome_fresh();
    use_effect_with(ready, move |ready| {
        if *ready && !offered.replace(true) && is_first_visit() {
            spawn_local(async {
                clock::idle().await;
                // Whoever has begun already needs no tour.
                if page::is_untouched() {
                    host::to_later(ToLater::Above { what: Above::Tour });
                }
            });
        }
    });
}

/// Starts the tour once the view it is about has been drawn.
pub fn start_tour() {
    spawn_local(async {
        clock::sleep(0.0).await;
        host::to_later(ToLater::Above { what: Above::Tour });
    });
}

/// Whether nobody skipped or finished the tour here. Without storage it would come every time, and
/// over a link it would stand before what was sent.
fn is_first_visit() -> bool {
    let seen = storage::get(storage::TOUR);
    let linked = link::fragment().starts_with(LINK_PREFIX);
    !linked && seen.as_deref() != Some(storage::TOUR_DONE) && storage::set(storage::TOUR, "offered")
}
