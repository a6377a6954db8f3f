//! What the mock holds every call to (a guardrail, quotas), and what the caller's own cache said.

use rehearsal::bedrock::Operation;
use rehearsal::mock::{Config, Fallback};
use rehearsal::problem::Problems;
use rehearsal::scenario::{Unit, parse_quantity};
use rehearsal::words::Word;
use serde_json::{Map, Value, json};
use yew::prelude::*;

use super::form::{Form, changed};
use crate::components::{Choice, problem_list};
use crate::speech::use_speech;

/// The guardrail and the quotas, as they are typed.
#[derive(Clone, Default, PartialEq)]
pub(super) struct Setup {
    /// Blocked words and denied topics, with commas between them.
    pub words: String,
    pub topics: String,
    /// Requests and tokens a minute of each model; nothing for no limit.
    pub rpm: String,
    pub tpm: String,
}

impl Setup {
    /// The configuration, as `rehearsal serve --config` and `createMock` take it.
    pub fn document(&self, fallback: Fallback) -> Value {
        let mut document = json!({"fallback": fallback.key()});
        let words = listed(&self.words);
        if !words.is_empty() {
            document["guardrail"]["words"] = json!(words);
        }
        let topics = listed(&self.topics);
        if !topics.is_empty() {
            let topics = topics.iter().map(|topic| json!({"name": topic, "phrases": [topic]}));
            document["guardrail"]["denied_topics"] = topics.collect();
        }
        if !document["guardrail"].is_null() {
            // No call of the view names a guardrail.
            document["guardrail"]["always"] = json!(true);
        }
        let limits = [("rpm", &self.rpm), ("tpm", &self.tpm)].map(|(key, text)| (key.to_string(), text.trim()));
        let typed = limits.into_iter().filter(|(_, text)| !text.is_empty());
        // What is no number is left to the reader, which says so.
        let limits: Map<String, Value> = typed
            .map(|(key, text)| {
                (key, parse_quantity(text, Unit::Exact).map_or_else(|| json!(text), |limit| json!(limit)))
            })
            .collect();
        if !limits.is_empty() {
            document["quotas"] = json!({"*": limits});
        }
        document
    }

    /// The mock's configuration.
    ///
    /// # Errors
    /// What was typed that is none.
    pub fn config(&self, fallback: Fallback) -> Result<Config, Problems> {
        Config::read(&self.document(fallback))
    }
}

/// What stands between commas, a Japanese text's among them.
fn listed(text: &str) -> Vec<&str> {
    text.split([',', '、', '，', '\n']).map(str::trim).filter(|item| !item.is_empty()).collect()
}

/// Where a call carries labels; `None` where its operation has no place for them.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum LabelPlace {
    Member(&'static str),
    Header(&'static str),
}

impl LabelPlace {
    pub fn of(operation: Operation) -> Option<Self> {
        match operation {
            Operation::Converse | Operation::ConverseStream => Some(LabelPlace::Member("requestMetadata")),
            Operation::ChatCompletions
            | Operation::ChatCompletionsStream
            | Operation::Responses
            | Operation::ResponsesStream => Some(LabelPlace::Member("metadata")),
            operation if operation.is_invoke() => Some(LabelPlace::Header("x-amzn-bedrock-request-metadata")),
            _ => None,
        }
    }
}

#[derive(Properties, PartialEq)]
pub(super) struct SetupProps {
    pub form: UseStateHandle<Form>,
}

/// The guardrail, the quotas and the label `cache`, behind one line until they are asked for.
#[component]
pub(super) fn SetupControls(props: &SetupProps) -> Html {
    let speech = use_speech();
    let form = &props.form;
    let text = |word: Word, field: &'static str, value: &str, set: fn(&mut Form, String)| {
        let set = changed(form, set);
        // A new mock begins with each value, so with a whole one, and not with every letter of it.
        let onchange = Callback::from(move |event: Event| {
            if let Some(input) = event.target_dyn_into::<web_sys::HtmlInputElement>() {
                set.emit(input.value());
            }
        });
        html! {
            <label class="stack"><span class="label">{ speech.word(word) }</span>
                <input type="text" value={value.to_string()} data-field={field} {onchange} /></label>
        }
    };
    let labels =
        [("", Word::ui_cache_label_none), ("hit", Word::ui_cache_label_hit), ("miss", Word::ui_cache_label_miss)]
            .map(|(key, word)| (key.to_string(), speech.word(word)))
            .to_vec();
    let problems = form.setup.config(form.fallback).err().map(|problems| problems.0).unwrap_or_default();
    html! {
        <details data-part="setup">
            <summary>{ speech.word(Word::ui_mock_setup) }</summary>
            { text(Word::ui_guardrail_words, "guardrail_words", &form.setup.words, |form, text| form.setup.words = text) }
            { text(Word::ui_guardrail_topics, "guardrail_topics", &form.setup.topics, |form, text| form.setup.topics = text) }
            <div class="row two">
                { text(Word::ui_rpm, "quota_rpm", &form.setup.rpm, |form, text| form.setup.rpm = text) }
                { text(Word::ui_tpm, "quota_tpm", &form.setup.tpm, |form, text| form.setup.tpm = text) }
            </div>
            { problem_list(&speech, &problems, html! {}) }
            if LabelPlace::of(form.operation).is_some() {
                <Choice label={speech.word(Word::ui_cache_label)} labelled=true options={labels} chosen={form.cache_label.clone()}
                    on_choose={changed(form, |form, label| form.cache_label = label)} />
            } else {
                <p class="hint">{ speech.word(Word::ui_cache_label_no_place) }</p>
            }
            <p class="hint">{ speech.word(Word::ui_mock_setup_hint) }</p>
            if form.setup != Setup::default() && problems.is_empty() {
                <p class="hint">{ speech.word(Word::ui_mock_config) }</p>
                <pre class="code" tabindex="0" data-figure="config">
                    { serde_json::to_string_pretty(&form.setup.document(form.fallback)).unwrap_or_default() }
                </pre>
            }
        </details>
    }
}
