use rehearsal::chart::Span;
use yew::prelude::*;

#[derive(Properties, PartialEq)]
pub struct Props {
    /// Where each bar is, and its look.
    pub bars: Vec<(Span, &'static str)>,
    /// Places marked across, from 0 to 1.
    #[prop_or_default]
    pub ticks: Vec<f64>,
    /// What it says, for those who do not see it; nothing where a table says the same.
    #[prop_or_default]
    pub label: Option<String>,
}

const HEIGHT: &str = "16";
/// What is left of a bar that is nearly nothing, so that it can be seen.
const LEAST: f64 = 0.003;

/// Bars on a common axis, as wide as there is room.
#[component]
pub fn Bars(props: &Props) -> Html {
    let percent = |fraction: f64| format!("{}%", libm::round(fraction.clamp(0.0, 1.0) * 10_000.0) / 100.0);
    html! {
        <svg class="spans" height={HEIGHT} role={props.label.is_some().then_some("img")} aria-label={props.label.clone()}
            aria-hidden={props.label.is_none().then_some("true")}>
            for ((from, to), class) in props.bars.iter() {
                <rect class={*class} x={percent(from.min(1.0 - LEAST))} width={percent((to - from).max(LEAST))} y="1" height="14" />
            }
            for tick in props.ticks.iter() {
                <line x1={percent(*tick)} x2={percent(*tick)} y1="0" y2={HEIGHT} />
            }
        </svg>
    }
}
