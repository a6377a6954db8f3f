use yew::prelude::*;

/// A small picture without words; whoever uses it names its button.
pub fn icon(name: &str) -> Html {
    let d = match name {
        "mark" => return mark(),
        "undo" => "M9 7H4V2M4 7a9 9 0 1 1-1 7",
        "redo" => "M15 7h5V2M20 7a9 9 0 1 0 1 7",
        "play" => "M7 4l12 8-12 8z",
        "pause" => "M7 4v16M17 4v16",
        "step" => "M5 4l10 8-10 8zM19 4v16",
        "restart" => "M4 4v6h6M4 10a8 8 0 1 1 1 6",
        "close" => "M6 6l12 12M18 6L6 18",
        "add" => "M12 5v14M5 12h14",
        "open" => "M6 9l6 6 6-6",
        "more" => "M5 12h.01M12 12h.01M19 12h.01",
        "commands" => "M4 6h16M4 12h10M4 18h7",
        "up" => "M12 19V5M6 11l6-6 6 6",
        "down" => "M12 5v14M6 13l6 6 6-6",
        "copy" => "M9 9h11v11H9zM5 15H4V4h11v1",
        "locked" => "M6 11h12v9H6zM8 11V8a4 4 0 0 1 8 0v3",
        "unlocked" => "M6 11h12v9H6zM8 11V8a4 4 0 0 1 7.5-2",
        "link" => {
            "M10 14a4 4 0 0 0 6 .5l3-3a4 4 0 0 0-5.7-5.7l-1.5 1.5M14 10a4 4 0 0 0-6-.5l-3 3a4 4 0 0 0 5.7 5.7l1.5-1.5"
        }
        "remove" => "M5 7h14M10 7V4h4v3M7 7l1 13h8l1-13",
        _ => "",
    };
    html! { <svg class="icon" viewBox="0 0 24 24" width="18" height="18" aria-hidden="true"><path {d} /></svg> }
}

/// A speech bubble whose tail is a play mark: an answer, rehearsed.
fn mark() -> Html {
    html! {
        <svg class="mark" viewBox="0 0 40 40" width="40" height="40" aria-hidden="true">
            <path class="bubble" d="M8 4h24a6 6 0 0 1 6 6v14a6 6 0 0 1-6 6H19l-9 7v-7H8a6 6 0 0 1-6-6V10a6 6 0 0 1 6-6z" />
            <path class="play" d="M16 10.5v13L27 17z" />
        </svg>
    }
}
