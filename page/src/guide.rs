//! How a visitor is guided: the tour of a first visit, and the address of About.

use rehearsal::workspace::LINK_PREFIX;
use yew::platform::spawn_local;
use yew::prelude::*;

use crate::channel::{Above, ToLater};
use crate::platform::{clock, events, host, link, page, storage};
use crate::state::{Action, Model, View};

/// The address of the tour.
const TOUR: &str = "#tour";

/// The view of an address.
fn view_of(fragment: &str) -> Option<View> {
    View::from_key(fragment.strip_prefix('#')?)
}

/// The address of a view: the first one needs none.
fn address_of(view: View) -> String {
    if view == View::WhatIf { String::new() } else { format!("#{}", view.key()) }
}

/// Follows the address to a view and back, and offers the tour to whoever comes first.
#[hook]
pub fn use_guide(model: &UseReducerHandle<Model>) {
    {
        let dispatcher = model.dispatcher();
        use_effect_with((), move |()| {
            let look = move |moved: bool| match link::fragment().as_str() {
                TOUR => {
                    drop(link::set_fragment(""));
                    dispatcher.dispatch(Action::Show(View::WhatIf));
                    start_tour();
                }
                // Back to where the page began.
                "" if moved => dispatcher.dispatch(Action::Show(View::WhatIf)),
                fragment => view_of(fragment).into_iter().for_each(|view| dispatcher.dispatch(Action::Show(view))),
            };
            look(false);
            let listener = events::on("hashchange", move |_| look(true));
            move || drop(listener)
        });
    }
    let begun = use_mut_ref(|| false);
    use_effect_with(model.view, move |view| {
        let here = link::fragment();
        // What else stands in the address, a link or a place on the page, is not a view's to take away.
        let is_ours = here.is_empty() || view_of(&here).is_some();
        if is_ours && view_of(&here).unwrap_or_default() != *view {
            // The view that work was left in is no step back.
            if begun.replace(true) {
                link::push_fragment(&address_of(*view))
            } else {
                drop(link::set_fragment(&address_of(*view)))
            }
        }
        begun.replace(true);
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
