use rehearsal::bench::report::Figure;
use yew::prelude::*;

#[derive(Properties, PartialEq)]
pub struct Props {
    pub title: String,
    pub desc: String,
    pub figure: Figure,
    /// A stable name for tests.
    pub id: &'static str,
}

/// A chart of the benchmark suite, as the HTML report draws it.
#[component]
pub fn FigureView(props: &Props) -> Html {
    let figure = &props.figure;
    let right = figure.right;
    let title_id = format!("{}-title", props.id);
    let desc_id = format!("{}-desc", props.id);
    html! {
        <figure class="chart bench" data-figure={props.id}>
            <figcaption>{ &props.title }</figcaption>
            <svg viewBox={format!("0 0 {} {}", figure.width, figure.height)} role="img" aria-labelledby={format!("{title_id} {desc_id}")}>
                <title id={title_id}>{ &props.title }</title>
                <desc id={desc_id}>{ &props.desc }</desc>
                for tick in figure.y.iter() {
                    <line class="grid" x1={figure.left.to_string()} x2={right.to_string()} y1={tenth(tick.at)} y2={tenth(tick.at)} />
                    <text class="y" x={(figure.left - 6.0).to_string()} y={tenth(tick.at + 4.0)}>{ &tick.label }</text>
                }
                for tick in figure.x.iter() {
                    <text class="x" x={tenth(tick.at)} y={(figure.bottom + 18.0).to_string()}>{ &tick.label }</text>
                }
                for mark in figure.marks.iter() {
                    <path class={mark.class} d={mark.d.clone()} />
                }
            </svg>
        </figure>
    }
}

fn tenth(value: f64) -> String {
    (libm::round(value * 10.0) / 10.0).to_string()
}
