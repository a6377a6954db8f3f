use rehearsal::problem::Problem;
use yew::prelude::*;

use crate::speech::use_speech;

#[derive(Properties, PartialEq)]
pub struct Props {
    pub problems: Vec<Problem>,
    #[prop_or_default]
    pub children: Html,
}

/// What is wrong and what to do about it; children are the ways out.
#[component]
pub fn ProblemList(props: &Props) -> Html {
    let speech = use_speech();
    if props.problems.is_empty() {
        return html! {};
    }
    let worst = props.problems.iter().any(Problem::is_error);
    html! {
        <div class={classes!("problems", if worst { "error" } else { "warning" })} role="status">
            <ul>
                for problem in props.problems.iter() {
                    <li><strong>{ speech.say(&problem.what) }</strong>{ " " }{ speech.say(&problem.hint) }</li>
                }
            </ul>
            { props.children.clone() }
        </div>
    }
}
