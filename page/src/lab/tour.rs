use rehearsal::words::{Message, Word};
use yew::platform::spawn_local;
use yew::prelude::*;

use crate::platform::{clock, events, page, storage};
use crate::speech::use_speech;

/// A stop of the tour: what it points at, and what it says.
struct Step {
    selector: &'static str,
    title: Word,
    text: Word,
}

const STEPS: [Step; 3] = [
    Step { selector: ".strip", title: Word::tour_ask_title, text: Word::tour_ask },
    Step { selector: ".answer", title: Word::tour_answer_title, text: Word::tour_answer },
    Step { selector: ".work", title: Word::tour_share_title, text: Word::tour_share },
];

#[derive(Properties, PartialEq)]
pub struct Props {
    pub on_close: Callback<()>,
}

/// The tour of the first view: it points at what is there, and the page stays usable beside it.
#[component]
pub fn Tour(props: &Props) -> Html {
    let speech = use_speech();
    let at = use_state_eq(|| 0_usize);
    let node = use_node_ref();
    // What another release or a phone does not show is left out.
    let steps = use_state(Vec::<&'static Step>::new);
    {
        let steps = steps.clone();
        use_effect_with((), move |()| {
            spawn_local(async move {
                // What was said together with the tour is drawn first: the charts are one of its stops.
                clock::drawn().await;
                steps.set(STEPS.iter().filter(|step| page::is_shown(step.selector)).collect());
            });
        });
    }
    {
        let selector = steps.get(*at).map(|step| step.selector);
        let node = node.clone();
        use_effect_with(selector, move |selector| {
            let selector = selector.unwrap_or_default();
            page::point_at(&node, selector, beside);
            // It stays with what it points at.
            let follow = ["scroll", "resize"].map(|moved| {
                let node = node.clone();
                events::on(moved, move |_| page::stand(&node, selector, beside))
            });
            move || {
                drop(follow);
                page::point_no_more(selector);
            }
        });
    }
    let finish = {
        let on_close = props.on_close.clone();
        move || {
            // A browser that keeps nothing was not asked whether it is a first visit.
            storage::set(storage::TOUR, storage::TOUR_DONE);
            page::focus_on("#main".to_string());
            on_close.emit(());
        }
    };
    let last = steps.len().saturating_sub(1);
    let go = |to: usize| {
        let at = at.clone();
        Callback::from(move |_: MouseEvent| at.set(to))
    };
    let end = {
        let finish = finish.clone();
        Callback::from(move |_: MouseEvent| finish())
    };
    let onkeydown = {
        let at = at.clone();
        Callback::from(move |event: KeyboardEvent| match event.key().as_str() {
            "Escape" => finish(),
            "ArrowRight" => at.set((*at + 1).min(last)),
            "ArrowLeft" => at.set(at.saturating_sub(1)),
            _ => {}
        })
    };
    let Some(step) = steps.get(*at) else { return html! {} };
    let count = Message::new(Word::tour_step).number("step", (*at + 1) as f64).number("all", steps.len() as f64);
    html! {
        <dialog class="tour" tabindex="-1" ref={node} open=true aria-labelledby="tour-title" {onkeydown}>
            <p class="hint">{ speech.say(&count) }</p>
            <h2 id="tour-title">{ speech.word(step.title) }</h2>
            <p aria-live="polite">{ speech.word(step.text) }</p>
            <div class="tour-buttons">
                if *at < last {
                    <button class="quiet" data-tour="skip" onclick={end.clone()}>{ speech.word(Word::tour_skip) }</button>
                }
                <button disabled={*at == 0} onclick={go(at.saturating_sub(1))}>{ speech.word(Word::tour_back) }</button>
                if *at < last {
                    <button class="primary" data-tour="next" onclick={go(*at + 1)}>{ speech.word(Word::tour_next) }</button>
                } else {
                    <button class="primary" data-tour="done" onclick={end}>{ speech.word(Word::tour_done) }</button>
                }
            </div>
        </dialog>
    }
}

/// Pixels between the box, what it points at, and the window's edges.
const GAP: f64 = 16.0;

/// Where a box stands beside an element and inside the window: on the side with room, or else over its
/// lower corner.
fn beside(element: page::Rect, size: (f64, f64), window: (f64, f64)) -> (f64, f64) {
    let (left, top, width, height) = element;
    let inside = |at: f64, size: f64, window: f64| at.min(window - size - GAP).max(GAP);
    let level = inside(top, size.1, window.1);
    let right = left + width + GAP;
    if right + size.0 + GAP <= window.0 {
        return (right, level);
    }
    if left - GAP - size.0 >= GAP {
        return (left - GAP - size.0, level);
    }
    let across = inside(left, size.0, window.0);
    if top + height + 2.0 * GAP + size.1 <= window.1 {
        return (across, top + height + GAP);
    }
    if top - GAP - size.1 >= GAP {
        return (across, top - GAP - size.1);
    }
    (inside(left + width, size.0, window.0), inside(window.1, size.1, window.1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_box_stands_beside_what_it_points_at() {
        let window = (1440.0, 900.0);
        let check =
            |element: page::Rect, expected: (f64, f64)| assert_eq!(beside(element, (340.0, 200.0), window), expected);
        check((24.0, 100.0, 420.0, 700.0), (460.0, 100.0));
        check((600.0, 100.0, 800.0, 300.0), (244.0, 100.0));
        check((24.0, 100.0, 1392.0, 120.0), (24.0, 236.0));
        check((24.0, 700.0, 1392.0, 120.0), (24.0, 484.0));
        check((24.0, 20.0, 1392.0, 860.0), (1084.0, 684.0));
    }

    #[test]
    fn the_box_stays_inside_a_small_window() {
        let (left, top) = beside((0.0, -400.0, 320.0, 2000.0), (300.0, 200.0), (320.0, 640.0));
        assert!(left >= 0.0 && top + 200.0 <= 640.0, "{left}, {top}");
    }
}
