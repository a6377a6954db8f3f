//! Between the page and its desk, the part of the second program that opens dialogs and edits what the
//! first view has no fields for: the page orders, the desk answers with commands.

use super::events::{self, Listener};

/// A dialog that is asked for, and what was being worked on then.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Order {
    /// The command that asked.
    pub dialog: String,
    /// The workspace as JSON text.
    pub workspace: String,
}

/// What the desk wants done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Wish {
    /// A command of the table, by its key.
    Run(String),
    /// A preset, by its key.
    Preset(String),
    /// A workspace to open, as JSON text.
    Open(String),
    /// A scenario in which one field is different, and whether the gesture that changed it is over.
    Edit { field: String, settled: bool, scenario: String },
}

const ORDER: &str = "rehearsal-order";
const WISH: &str = "rehearsal-wish";

/// Orders a dialog.
pub fn order(order: &Order) {
    send(ORDER, &format!("{}\n{}", order.dialog, order.workspace));
}

/// The order that was not taken yet.
pub fn take_order() -> Option<Order> {
    let text = take(ORDER)?;
    let (dialog, workspace) = text.split_once('\n')?;
    Some(Order { dialog: dialog.to_string(), workspace: workspace.to_string() })
}

pub fn on_order(heard: impl Fn() + 'static) -> Listener {
    events::on(ORDER, move |_| heard())
}

/// Asks the page to do something.
pub fn wish(wish: &Wish) {
    let text = match wish {
        Wish::Run(key) => format!("run\n{key}"),
        Wish::Preset(key) => format!("preset\n{key}"),
        Wish::Open(workspace) => format!("open\n{workspace}"),
        Wish::Edit { field, settled, scenario } => format!("edit\n{field}\n{settled}\n{scenario}"),
    };
    send(WISH, &text);
}

pub fn on_wish(heard: impl Fn(Wish) + 'static) -> Listener {
    events::on(WISH, move |_| {
        if let Some(wish) = take(WISH).as_deref().and_then(read_wish) {
            heard(wish);
        }
    })
}

fn read_wish(text: &str) -> Option<Wish> {
    let (kind, rest) = text.split_once('\n')?;
    Some(match kind {
        "run" => Wish::Run(rest.to_string()),
        "preset" => Wish::Preset(rest.to_string()),
        "open" => Wish::Open(rest.to_string()),
        _ => {
            let (field, rest) = rest.split_once('\n')?;
            let (settled, scenario) = rest.split_once('\n')?;
            Wish::Edit { field: field.to_string(), settled: settled == "true", scenario: scenario.to_string() }
        }
    })
}

/// Leaves a text for the other program and tells it so.
#[cfg(target_arch = "wasm32")]
fn send(name: &str, text: &str) {
    // A property of the page's own can be set, and an event of its own be told.
    let _ = js_sys::Reflect::set(&js_sys::global(), &name.into(), &text.into());
    if let Some((window, event)) = web_sys::window().zip(web_sys::Event::new(name).ok()) {
        let _ = window.dispatch_event(&event);
    }
}

/// Takes a text that was left.
#[cfg(target_arch = "wasm32")]
fn take(name: &str) -> Option<String> {
    let global = js_sys::global();
    let text = js_sys::Reflect::get(&global, &name.into()).ok()?.as_string()?;
    // It is taken once.
    let _ = js_sys::Reflect::set(&global, &name.into(), &wasm_bindgen::JsValue::NULL);
    Some(text)
}

#[cfg(not(target_arch = "wasm32"))]
fn send(_name: &str, _text: &str) {}

#[cfg(not(target_arch = "wasm32"))]
fn take(_name: &str) -> Option<String> {
    None
}
