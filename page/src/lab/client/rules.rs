//! What the model takes and refuses, with source and date.

use rehearsal::rules::RuleSheet;
use rehearsal::words::{Message, Word};
use yew::prelude::*;

use crate::speech::Speech;

pub(super) fn rules(speech: &Speech, model: &str) -> Html {
    let Some(row) = RuleSheet::get().row(model) else {
        return html! { <p class="finding">{ speech.say(&Message::new(Word::ui_no_rules).text("model", model)) }</p> };
    };
    let told = row.told();
    let unknown: Vec<&str> = told.iter().filter(|rule| rule.value.is_none()).map(|rule| rule.name).collect();
    let source = Message::new(Word::ui_rules_source).text("source", row.source()).text("date", row.date());
    html! {
        <>
            <p class="hint">{ speech.say(&source) }</p>
            <div class="scroll" tabindex="0">
                <table class="rules" data-figure="rules">
                    <thead><tr>
                        <th scope="col">{ speech.word(Word::ui_rule) }</th><th scope="col">{ speech.word(Word::ui_rule_value) }</th>
                        <th scope="col">{ speech.word(Word::ui_rule_mark) }</th><th scope="col">{ speech.word(Word::ui_rule_about) }</th>
                    </tr></thead>
                    <tbody>
                        for rule in told.iter().filter(|rule| rule.value.is_some()) {
                            <tr>
                                <th scope="row"><code>{ rule.name }</code></th><td>{ rule.value.unwrap_or_default() }</td>
                                <td>{ rule.mark }</td><td>{ rule.about().map_or_else(|| rule.meaning.to_string(), |about| speech.word(about)) }</td>
                            </tr>
                        }
                    </tbody>
                </table>
            </div>
            <p class="hint">{ speech.say(&Message::new(Word::ui_rules_unknown).text("names", unknown.join(", "))) }</p>
        </>
    }
}
