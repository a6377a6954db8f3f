use rehearsal::words::Word;
use yew::prelude::*;

use crate::commands::Command;
use crate::speech::use_speech;

/// The keys, and what can be typed.
#[component]
pub fn Help() -> Html {
    let speech = use_speech();
    let shortcuts = Command::ALL.iter().filter(|command| !command.shortcut().is_empty());
    let keys = [
        ("Alt+↑ Alt+↓", Word::ui_help_move),
        ("← →", Word::ui_help_slider),
        ("Enter", Word::ui_help_enter),
        ("Esc", Word::ui_help_escape),
    ];
    let typed = [
        ("1k, 2.5M, 100万", Word::ui_help_thousands),
        ("40%", Word::ui_help_percent),
        ("200ms, 1.2s", Word::ui_help_time),
        ("[250, 350]", Word::ui_help_range),
    ];
    let table = |rows: Vec<(String, String)>| {
        html! {
            <dl class="keys">
                for (key, text) in rows {
                    <div><dt><kbd>{ key }</kbd></dt><dd>{ text }</dd></div>
                }
            </dl>
        }
    };
    html! {
        <>
            { table(shortcuts.map(|command| (command.shortcut().to_string(), speech.word(command.word()))).chain(
                keys.into_iter().map(|(key, word)| (key.to_string(), speech.word(word)))).collect()) }
            <h3>{ speech.word(Word::ui_help_typing) }</h3>
            { table(typed.into_iter().map(|(key, word)| (key.to_string(), speech.word(word))).collect()) }
            <p class="hint">{ speech.word(Word::ui_help_kept) }</p>
        </>
    }
}
