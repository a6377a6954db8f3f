//! Reading a chart by mouse, touch and keyboard: where the cross-hair stands, and what part is chosen.

use rehearsal::chart::nearest;
use yew::prelude::*;

use crate::platform::page;

/// The cross-hair of charts that are read together, and the part of their places that is shown.
#[derive(Clone, Debug, PartialEq)]
pub struct Shared {
    pub at: Option<usize>,
    pub on_at: Callback<Option<usize>>,
    /// Whether only a part is shown.
    pub zoomed: bool,
    /// Told the first and the last place of a part that was chosen, of those that are shown; none is all.
    pub on_zoom: Callback<Option<(usize, usize)>>,
}

/// Where the cross-hair stands and what is chosen, with what a chart's element hears.
pub struct Probe {
    pub at: Option<usize>,
    /// How far down the pointer is; none with the keyboard.
    pub down: Option<f64>,
    /// The part that is being chosen, from where it began.
    pub part: Option<(usize, usize)>,
    pub on_move: Callback<PointerEvent>,
    pub on_press: Callback<PointerEvent>,
    pub on_release: Callback<PointerEvent>,
    pub on_leave: Callback<()>,
    pub on_key: Callback<KeyboardEvent>,
}

/// What a key asks for at a place of so many.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Asked {
    At(usize),
    /// The same, with the part from where it began.
    Part(usize, usize),
    Zoom(usize, usize),
    /// Forgets the part, all of the zoom, or the place: the first of these that there is.
    Back,
    Nothing,
}

fn asked(key: &str, shift: bool, at: Option<usize>, part: Option<(usize, usize)>, last: usize) -> Asked {
    let step = |by: usize, forwards: bool| match at {
        Some(index) if forwards => (index + by).min(last),
        Some(index) => index.saturating_sub(by),
        None => 0,
    };
    let to = match key {
        "ArrowRight" | "ArrowUp" => step(1, true),
        "ArrowLeft" | "ArrowDown" => step(1, false),
        "PageUp" => step(10, true),
        "PageDown" => step(10, false),
        "Home" => 0,
        "End" => last,
        "Enter" => {
            return part.filter(|(a, b)| a != b).map_or(Asked::Nothing, |(a, b)| Asked::Zoom(a.min(b), a.max(b)));
        }
        "Escape" => return Asked::Back,
        _ => return Asked::Nothing,
    };
    if shift { Asked::Part(part.map_or(at.unwrap_or(to), |(from, _)| from), to) } else { Asked::At(to) }
}

/// A key where places stand one below the other: down is forwards.
fn turned(key: &str) -> &str {
    match key {
        "ArrowDown" => "ArrowUp",
        "ArrowUp" => "ArrowDown",
        "PageDown" => "PageUp",
        "PageUp" => "PageDown",
        _ => key,
    }
}

/// Follows pointer and keyboard over a chart whose places are at `stops`, side by side or one below the other.
#[hook]
pub fn use_probe(node: &NodeRef, stops: Vec<f64>, downwards: bool, shared: Option<Shared>) -> Probe {
    let own = use_state_eq(|| None::<usize>);
    let down = use_state_eq(|| None::<f64>);
    let part = use_state_eq(|| None::<(usize, usize)>);
    let last = stops.len().saturating_sub(1);
    let at = shared.as_ref().map_or(*own, |shared| shared.at).filter(|_| !stops.is_empty()).map(|at| at.min(last));
    let set = match &shared {
        Some(shared) => shared.on_at.clone(),
        None => {
            let own = own.clone();
            Callback::from(move |at| own.set(at))
        }
    };
    let zoom = shared.as_ref().map(|shared| shared.on_zoom.clone());
    let place = {
        let (node, stops) = (node.clone(), stops.clone());
        move |event: &PointerEvent| {
            let at = if downwards { page::down(&node, event) } else { page::across(&node, event) };
            nearest(stops.iter().copied(), at)
        }
    };
    let on_move = {
        let (set, down, part, node, place) = (set.clone(), down.clone(), part.clone(), node.clone(), place.clone());
        Callback::from(move |event: PointerEvent| {
            let here = place(&event);
            if let (Some((from, _)), Some(here)) = (*part, here) {
                part.set(Some((from, here)));
            }
            down.set(Some(page::down(&node, &event)));
            set.emit(here);
        })
    };
    let on_press = {
        let (part, on_move, can_zoom) = (part.clone(), on_move.clone(), zoom.is_some());
        Callback::from(move |event: PointerEvent| {
            // A finger scrolls the page.
            if can_zoom && event.button() == 0 && event.pointer_type() != "touch" {
                page::hold_pointer(&event);
                part.set(place(&event).map(|here| (here, here)));
            }
            on_move.emit(event);
        })
    };
    let on_release = {
        let (part, zoom) = (part.clone(), zoom.clone());
        Callback::from(move |_: PointerEvent| {
            if let (Some((a, b)), Some(zoom)) = (*part, &zoom)
                && a != b
            {
                zoom.emit(Some((a.min(b), a.max(b))));
            }
            part.set(None);
        })
    };
    let on_leave = {
        let (set, down, part) = (set.clone(), down.clone(), part.clone());
        Callback::from(move |()| {
            set.emit(None);
            down.set(None);
            part.set(None);
        })
    };
    let zoomed = shared.is_some_and(|shared| shared.zoomed);
    let on_key = {
        let (part, down) = (part.clone(), down.clone());
        Callback::from(move |event: KeyboardEvent| {
            let key = event.key();
            let key = if downwards { turned(&key) } else { &key };
            match asked(key, event.shift_key() && zoom.is_some(), at, *part, last) {
                Asked::At(to) => {
                    part.set(None);
                    set.emit(Some(to));
                }
                Asked::Part(from, to) => {
                    part.set(Some((from, to)));
                    set.emit(Some(to));
                }
                Asked::Zoom(from, to) => {
                    part.set(None);
                    zoom.iter().for_each(|zoom| zoom.emit(Some((from, to))));
                }
                Asked::Back if part.is_some() => part.set(None),
                Asked::Back if zoomed => zoom.iter().for_each(|zoom| zoom.emit(None)),
                Asked::Back if at.is_some() => set.emit(None),
                _ => return,
            }
            down.set(None);
            event.prevent_default();
        })
    };
    Probe { at, down: *down, part: *part, on_move, on_press, on_release, on_leave, on_key }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_read_choose_and_zoom() {
        let check = |key: &str, shift: bool, at: Option<usize>, part: Option<(usize, usize)>, expected: Asked| {
            assert_eq!(asked(key, shift, at, part, 23), expected, "{key}");
        };
        check("Home", false, Some(7), None, Asked::At(0));
        check("ArrowRight", false, None, None, Asked::At(0));
        check("PageUp", false, Some(20), None, Asked::At(23));
        check("ArrowRight", true, Some(7), None, Asked::Part(7, 8));
        check("ArrowRight", true, Some(8), Some((7, 8)), Asked::Part(7, 9));
        check("ArrowLeft", true, Some(7), Some((9, 7)), Asked::Part(9, 6));
        check("Enter", false, Some(6), Some((9, 6)), Asked::Zoom(6, 9));
        check("Enter", false, Some(6), Some((6, 6)), Asked::Nothing);
        check("Enter", false, Some(6), None, Asked::Nothing);
        check("Escape", false, None, None, Asked::Back);
        check("a", false, None, None, Asked::Nothing);
        // One below the other, down is forwards.
        check(turned("ArrowDown"), false, Some(7), None, Asked::At(8));
        check(turned("ArrowRight"), false, Some(7), None, Asked::At(8));
        check(turned("PageUp"), false, Some(20), None, Asked::At(10));
    }
}
