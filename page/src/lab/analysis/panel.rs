use rehearsal::words::Word;
use yew::prelude::*;

use crate::speech::use_speech;

#[derive(Properties, PartialEq)]
pub struct Props {
    /// A stable name for tests and for the heading.
    pub id: &'static str,
    pub title: Word,
    /// What it answers, in a line.
    pub lead: Word,
    /// The formula, what goes into it, and where that comes from.
    pub how: Word,
    /// As wide as the page.
    #[prop_or_default]
    pub wide: bool,
    /// What it shows is being computed anew.
    #[prop_or_default]
    pub busy: bool,
    pub children: Html,
}

/// One question about the bill, with its answer and how that is computed.
#[component]
pub fn Panel(props: &Props) -> Html {
    let speech = use_speech();
    let title_id = format!("analysis-{}", props.id);
    html! {
        <section class={classes!("card", "panel", props.wide.then_some("wide"))} aria-labelledby={title_id.clone()}
            aria-busy={props.busy.to_string()} data-panel={props.id}>
            <h3 id={title_id}>{ speech.word(props.title) }</h3>
            <p class="lead">{ speech.word(props.lead) }</p>
            { props.children.clone() }
            <details class="how">
                <summary>{ speech.word(Word::an_how) }</summary>
                <p>{ speech.word(props.how) }</p>
            </details>
        </section>
    }
}

#[derive(Properties, PartialEq)]
pub struct TableProps {
    /// The panel whose table it is.
    pub of: &'static str,
    pub children: Html,
}

/// A table that scrolls sideways by itself where the screen is narrow.
#[component]
pub fn Figures(props: &TableProps) -> Html {
    html! {
        <div class="scroll" tabindex="0" role="group" aria-labelledby={format!("analysis-{}", props.of)}>
            <table class="figures">{ props.children.clone() }</table>
        </div>
    }
}
