//! The desk: dialogs that the page asks for. The palette and the help are made from the table of
//! commands; the scenarios saved in this browser are managed; what is on the screen goes out in
//! other forms.

mod dialog;
mod forms;
mod help;
mod palette;
mod scenarios;
mod share;

use std::rc::Rc;

use rehearsal::words::Word;
use rehearsal::workspace::Workspace;
use yew::prelude::*;

use crate::commands::Command;
use crate::platform::desk::{self, Wish};
use dialog::Dialog;
use help::Help;
use palette::Palette;
use scenarios::Scenarios;
use share::Share;

/// A dialog that is open.
#[derive(Clone, PartialEq)]
struct Opened {
    command: Command,
    workspace: Rc<Workspace>,
    /// Tells one order from the next.
    number: u64,
}

/// Opens what the page orders, until it is closed.
#[component]
pub fn Desk() -> Html {
    let opened = use_state(|| None::<Opened>);
    {
        let opened = opened.clone();
        use_effect_with((), move |()| {
            let count = std::cell::Cell::new(0);
            let take = move || {
                let Some(order) = desk::take_order() else { return };
                let workspace = Workspace::load_draft(&order.workspace).unwrap_or_default();
                if let Some(command) = Command::from_key(&order.dialog) {
                    count.set(count.get() + 1);
                    opened.set(Some(Opened { command, workspace: Rc::new(workspace), number: count.get() }));
                }
            };
            // What was ordered while this program was on its way.
            take();
            let listener = desk::on_order(take);
            move || drop(listener)
        });
    }
    let close = {
        let opened = opened.clone();
        Callback::from(move |()| opened.set(None))
    };
    let run = {
        let close = close.clone();
        Callback::from(move |wish: Wish| {
            close.emit(());
            desk::wish(&wish);
        })
    };
    let Some(Opened { command, workspace, number }) = (*opened).clone() else { return html! {} };
    let (title, content) = match command {
        Command::Help => (Word::ui_help, html! { <Help /> }),
        Command::Scenarios => (Word::ui_scenarios, html! { <Scenarios on_wish={run} /> }),
        Command::Share => (Word::ui_share_more, html! { <Share {workspace} on_wish={run} /> }),
        _ => (Word::ui_commands, html! { <Palette read_only={workspace.read_only} on_wish={run} /> }),
    };
    html! { <Dialog key={number} {title} on_close={close}>{ content }</Dialog> }
}
