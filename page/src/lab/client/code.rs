use rehearsal::bedrock::Operation;
use rehearsal::doors::{ENVIRONMENT, SnippetKind, client_lines, snippet};
use rehearsal::mock::Fallback;
use rehearsal::words::Word;
use serde_json::Value;
use yew::platform::spawn_local;
use yew::prelude::*;

use crate::components::Choice;
use crate::platform::clipboard;
use crate::speech::{Speech, use_speech};

#[derive(Properties, PartialEq)]
pub(super) struct CodeProps {
    pub operation: Operation,
    pub model: String,
    pub body: Value,
    pub fallback: Fallback,
}

/// The call as code, to be copied.
#[component]
pub(super) fn Code(props: &CodeProps) -> Html {
    let speech = use_speech();
    let kind = use_state(|| SnippetKind::JavaScript);
    let copied = use_state(|| None::<bool>);
    let kinds = SnippetKind::ALL.map(|kind| (kind.name().to_string(), kind.name().to_string())).to_vec();
    let text = snippet(*kind, props.operation, (&props.model, &props.body), props.fallback.key());
    let choose = {
        let kind = kind.clone();
        Callback::from(move |name: String| {
            if let Some(chosen) = SnippetKind::ALL.into_iter().find(|kind| kind.name() == name) {
                kind.set(chosen);
            }
        })
    };
    let copy = {
        let (text, copied) = (text.clone(), copied.clone());
        Callback::from(move |_: MouseEvent| {
            let (text, copied) = (text.clone(), copied.clone());
            spawn_local(async move {
                copied.set(Some(clipboard::copy(&text).await));
                gloo_timers::future::TimeoutFuture::new(2_000).await;
                copied.set(None);
            });
        })
    };
    let label = match *copied {
        None => Word::ui_copy,
        Some(true) => Word::ui_copied,
        Some(false) => Word::ui_copy_failed,
    };
    html! {
        <>
            <div class="controls">
                <Choice label={speech.word(Word::ui_panel_code)} options={kinds} chosen={kind.name()} on_choose={choose} />
                <button class="small" onclick={copy} data-action="copy">{ speech.word(label) }</button>
                <span class="sr" role="status">{ copied.map(|_| speech.word(label)).unwrap_or_default() }</span>
            </div>
            <pre class="code" tabindex="0" data-figure="code">{ text }</pre>
            { lines(&speech, props.operation) }
        </>
    }
}

/// The line that leads each client to the mock, the environment's first.
fn lines(speech: &Speech, operation: Operation) -> Html {
    let row = |name: &str, line: &str| {
        let line = line.replace('`', "");
        html! { <tr><th scope="row">{ name.to_string() }</th><td><code>{ line }</code></td></tr> }
    };
    html! {
        <>
            <p class="hint">{ speech.word(Word::ui_client_lines) }{ " " }<code>{ "rehearsal serve --port 8787" }</code></p>
            <div class="scroll" tabindex="0">
                <table data-figure="client-lines"><tbody>
                    if !operation.is_at_a_door() {
                        { row(&speech.word(Word::ui_every_aws_sdk), &format!("{ENVIRONMENT}=URL")) }
                    }
                    for client in client_lines(operation) {
                        { row(&client.client, &client.line) }
                    }
                </tbody></table>
            </div>
        </>
    }
}
