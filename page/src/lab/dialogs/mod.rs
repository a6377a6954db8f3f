//! Dialogs that the page asks for. The palette and the help are made from the table of
//! commands; the scenarios saved in this browser are managed; what is on the screen goes out in
//! other forms.

mod dialog;
mod forms;
mod help;
mod palette;
mod places;
mod scenarios;
mod share;

use std::rc::Rc;

use rehearsal::words::Word;
use rehearsal::workspace::Workspace;
use yew::prelude::*;

use crate::channel::{Results, ToFirst};
use crate::commands::Command;
use crate::period::Period;
use crate::platform::host;
use dialog::Dialog;
use help::Help;
use palette::Palette;
use scenarios::Scenarios;
use share::Share;

/// A dialog that is open, and the work it is about.
#[derive(Clone, Debug, PartialEq)]
pub struct Opened {
    pub command: Command,
    pub workspace: Rc<Workspace>,
    /// Tells one order from the next.
    pub number: u64,
}

#[derive(Properties, PartialEq)]
pub struct Props {
    pub opened: Opened,
    /// What money is shown for.
    pub period: Period,
    /// What is simulated of the work on the screen.
    pub results: Option<Rc<Results>>,
    pub on_close: Callback<()>,
}

/// The dialog that the page ordered, until it is closed.
#[component]
pub fn Dialogs(props: &Props) -> Html {
    let close = props.on_close.clone();
    let run = {
        let close = close.clone();
        Callback::from(move |message: ToFirst| {
            close.emit(());
            host::to_first(&message);
        })
    };
    let Opened { command, workspace, number } = props.opened.clone();
    let (title, content) = match command {
        Command::Help => (Word::ui_help, html! { <Help /> }),
        Command::Scenarios => (Word::ui_scenarios, html! { <Scenarios on_say={run} /> }),
        Command::Share => (
            Word::ui_share_more,
            html! { <Share {workspace} period={props.period} results={props.results.clone()} on_say={run} /> },
        ),
        _ => (Word::ui_commands, html! { <Palette {workspace} on_say={run} /> }),
    };
    html! { <Dialog key={number} {title} on_close={close}>{ content }</Dialog> }
}
