use rehearsal::words::Word;
use yew::prelude::*;

use crate::platform::page;
use crate::speech::use_speech;

#[derive(Properties, PartialEq)]
pub struct Props {
    pub title: Word,
    pub on_close: Callback<()>,
    pub children: Html,
}

/// The browser's own dialog: it holds the focus, Escape closes it, and the focus goes back to where
/// it was.
#[component]
pub fn Dialog(props: &Props) -> Html {
    let speech = use_speech();
    let node = use_node_ref();
    {
        let node = node.clone();
        use_effect_with((), move |()| {
            page::show_dialog(&node);
            move || page::close_dialog(&node)
        });
    }
    let closed = props.on_close.reform(|_: Event| ());
    let close = props.on_close.reform(|_: MouseEvent| ());
    let onkeydown = {
        let on_close = props.on_close.clone();
        Callback::from(move |event: KeyboardEvent| {
            if event.key() == "Escape" && !event.is_composing() {
                event.prevent_default();
                on_close.emit(());
            }
        })
    };
    // A click beside the dialog closes it, as people expect.
    let onclick = {
        let (on_close, node) = (props.on_close.clone(), node.clone());
        Callback::from(move |event: MouseEvent| {
            let target = event.target_dyn_into::<web_sys::Element>();
            if target.is_some() && target == node.cast::<web_sys::Element>() {
                on_close.emit(());
            }
        })
    };
    page::within(
        "desk",
        html! {
            <dialog class="desk" ref={node} aria-labelledby="desk-title" onclose={closed} {onkeydown} {onclick}>
                <div class="desk-content">
                    <header>
                        <h2 id="desk-title">{ speech.word(props.title) }</h2>
                        <button class="quiet" data-action="close-dialog" onclick={close}>{ speech.word(Word::ui_close) }</button>
                    </header>
                    { props.children.clone() }
                </div>
            </dialog>
        },
    )
}
