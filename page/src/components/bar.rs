use yew::prelude::*;

/// A horizontal bar of several parts, left to right: fraction of the width and CSS class. The label is
/// what it says, for those who do not see it.
pub fn bar(label: String, parts: &[(f64, &'static str)]) -> Html {
    let percent = |fraction: f64| {
        let hundredths = libm::round(fraction.clamp(0.0, 1.0) * 10_000.0) as u32;
        format!("{}.{:02}%", hundredths / 100, hundredths % 100)
    };
    let starts = parts.iter().scan(0.0, |sum, (width, _)| {
        let start = *sum;
        *sum += width;
        Some(start)
    });
    html! {
        <svg class="bar" height="14" role="img" aria-label={label}>
            for (start, (width, class)) in starts.zip(parts) {
                <rect class={*class} x={percent(start)} width={percent(*width)} y="0" height="14" />
            }
        </svg>
    }
}
