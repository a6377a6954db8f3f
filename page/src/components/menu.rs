//! A menu of things to do: a disclosure that closes by itself.

use yew::prelude::*;

use super::icon;
use crate::platform::page;

#[derive(Properties, PartialEq)]
pub struct Props {
    pub label: String,
    /// A stable name for tests.
    pub id: &'static str,
    /// Shown in place of the label, which screen readers get.
    #[prop_or_default]
    pub icon: Option<&'static str>,
    /// What was chosen in it is shown on the page.
    #[prop_or_default]
    pub chosen: bool,
    pub children: Html,
}

/// A menu of things to do. It closes when one of them is done, with Escape, and when the focus leaves it.
#[component]
pub fn Menu(props: &Props) -> Html {
    let node = use_node_ref();
    let onclick = {
        let node = node.clone();
        Callback::from(move |event: MouseEvent| {
            if page::is_pressed(&event) {
                page::close_menu(&node, true);
            }
        })
    };
    let onkeydown = {
        let node = node.clone();
        Callback::from(move |event: KeyboardEvent| {
            if event.key() == "Escape" {
                page::close_menu(&node, true);
            }
        })
    };
    let onfocusout = {
        let node = node.clone();
        Callback::from(move |event: FocusEvent| {
            if page::has_left(&event, &node) {
                page::close_menu(&node, false);
            }
        })
    };
    let title = props.icon.map(|_| props.label.clone());
    html! {
        <details class="menu" ref={node} data-menu={props.id} {onkeydown} {onfocusout}>
            <summary class={classes!("button", props.icon.map(|_| "icon"), props.chosen.then_some("chosen"))} aria-label={title.clone()} {title}>
                { match props.icon {
                    Some(name) => icon(name),
                    None => html! { <>{ &props.label }{ icon("open") }</> },
                } }
            </summary>
            <div class="menu-content" {onclick}>{ props.children.clone() }</div>
        </details>
    }
}
