use yew::prelude::*;

use super::icon;
use crate::platform::page;

#[derive(Properties, PartialEq)]
pub struct Props {
    /// A stable name: of its elements and for tests.
    pub id: &'static str,
    pub title: String,
    /// The name of the button that closes it.
    pub close: String,
    pub on_close: Callback<()>,
    pub children: Html,
}

/// A dialog above the page: the browser keeps the focus inside, and Escape closes it.
#[component]
pub fn Dialog(props: &Props) -> Html {
    let node = use_node_ref();
    {
        let node = node.clone();
        use_effect_with((), move |()| {
            page::show_dialog(&node);
            move || page::close_dialog(&node)
        });
    }
    let close = {
        let on_close = props.on_close.clone();
        Callback::from(move |_: MouseEvent| on_close.emit(()))
    };
    let cancelled = {
        let on_close = props.on_close.clone();
        Callback::from(move |_: Event| on_close.emit(()))
    };
    html! {
        <dialog class="dialog" ref={node} data-dialog={props.id} aria-labelledby={format!("{}-title", props.id)} onclose={cancelled}>
            <div class="dialog-head">
                <h2 id={format!("{}-title", props.id)}>{ &props.title }</h2>
                <button class="quiet icon" onclick={close} aria-label={props.close.clone()} title={props.close.clone()}>{ icon("close") }</button>
            </div>
            { props.children.clone() }
        </dialog>
    }
}
