use yew::prelude::*;

#[derive(Properties, PartialEq)]
pub struct Props {
    /// Parts of the whole, left to right: fraction of the width and CSS class.
    pub parts: Vec<(f64, String)>,
    /// What the bar says, for those who do not see it.
    pub label: String,
}

/// A horizontal bar of several parts.
#[component]
pub fn Bar(props: &Props) -> Html {
    let percent = |fraction: f64| format!("{}%", libm::round(fraction.clamp(0.0, 1.0) * 10_000.0) / 100.0);
    let starts = props.parts.iter().scan(0.0, |sum, (width, _)| {
        let start = *sum;
        *sum += width;
        Some(start)
    });
    html! {
        <svg class="bar" height="14" role="img" aria-label={props.label.clone()}>
            for (start, (width, class)) in starts.zip(props.parts.iter()) {
                <rect class={class.clone()} x={percent(start)} width={percent(*width)} y="0" height="14" />
            }
        </svg>
    }
}
