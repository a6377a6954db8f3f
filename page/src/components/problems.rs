use rehearsal::problem::Problem;
use yew::prelude::*;

use crate::speech::Speech;

/// What is wrong and what to do about it, with the ways out.
pub fn problem_list(speech: &Speech, problems: &[Problem], ways: Html) -> Html {
    if problems.is_empty() {
        return html! {};
    }
    let worst = problems.iter().any(Problem::is_error);
    html! {
        <div class={classes!("problems", if worst { "error" } else { "warning" })} role="status">
            <ul>
                for problem in problems {
                    <li><strong>{ speech.say(&problem.what) }</strong>{ " " }{ speech.say(&problem.hint) }</li>
                }
            </ul>
            { ways }
        </div>
    }
}
