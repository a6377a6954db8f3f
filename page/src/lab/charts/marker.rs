use rehearsal::chart::Scale;
use yew::prelude::*;

use crate::platform::page;

#[derive(Properties, PartialEq)]
pub struct Props {
    /// A stable name for tests.
    pub id: &'static str,
    /// What is asked by moving it.
    pub label: String,
    pub x: Scale,
    pub value: f64,
    /// What the value means.
    pub says: String,
    /// Middle, half width and upper edge of the label that is taken hold of.
    pub place: (f64, f64, f64),
    /// Where the marker's line ends.
    pub bottom: f64,
    /// The chart's element.
    pub node: NodeRef,
    /// Told a new value; `None` gives it back.
    pub on_move: Callback<Option<f64>>,
}

/// Something on a chart's axis that can be moved by mouse, touch and keyboard. It is only what is
/// taken hold of; the chart draws what is seen.
#[component]
pub fn ChartMarker(props: &Props) -> Html {
    let x = props.x;
    let (low, high) = x.domain();
    let onpointermove = {
        let (node, on_move) = (props.node.clone(), props.on_move.clone());
        Callback::from(move |event: PointerEvent| {
            if event.buttons() != 0 {
                on_move.emit(Some(x.value_at(page::across(&node, &event)).clamp(low, high)));
            }
        })
    };
    let onkeydown = {
        let (value, on_move) = (props.value, props.on_move.clone());
        Callback::from(move |event: KeyboardEvent| {
            let moved = |pixels: f64| Some(x.value_at(x.clamped(value) + pixels).clamp(low, high));
            on_move.emit(match event.key().as_str() {
                "ArrowRight" | "ArrowUp" => moved(2.0),
                "ArrowLeft" | "ArrowDown" => moved(-2.0),
                "PageUp" => moved(20.0),
                "PageDown" => moved(-20.0),
                "Home" => Some(low),
                "End" => Some(high),
                "Escape" | "Delete" => None,
                _ => return,
            });
            event.prevent_default();
        })
    };
    let give_back = {
        let on_move = props.on_move.clone();
        Callback::from(move |_: MouseEvent| on_move.emit(None))
    };
    let (middle, half, top) = props.place;
    let at = x.clamped(props.value);
    html! {
        <g class="handle" role="slider" tabindex="0" data-marker={props.id} aria-label={props.label.clone()}
            aria-valuemin={low.to_string()} aria-valuemax={high.to_string()} aria-valuenow={props.value.to_string()} aria-valuetext={props.says.clone()}
            onpointerdown={Callback::from(|event: PointerEvent| page::hold_pointer(&event))} {onpointermove} {onkeydown} ondblclick={give_back}>
            <rect class="grip" rx="9" x={(middle - half).to_string()} y={top.to_string()} width={(half * 2.0).to_string()} height="18" />
            <rect x={(at - 5.0).to_string()} y={(top + 18.0).to_string()} width="10" height={(props.bottom - top - 18.0).max(0.0).to_string()} />
        </g>
    }
}
