//! Between the page's two programs. The first says which view is shown, in which language, and what
//! the scenario is; the second listens, and hands back a scenario to be adopted or a document to be
//! opened.

use std::rc::Rc;

use rehearsal::pack::Packed;
use rehearsal::sim::{LoadPoint, Outcome};

/// What the first program asks of the second.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Asked {
    pub view: String,
    pub language: String,
}

/// The scenario on the screen: the generation it belongs to, and its document.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Told {
    pub generation: u64,
    pub scenario: String,
}

/// What the page shows of the simulation, for the charts.
#[derive(Clone, Debug, PartialEq)]
pub struct Results {
    pub slo_ms: f64,
    pub day: Option<Rc<Outcome>>,
    /// Whether the day belongs to the scenario on the screen.
    pub day_fresh: bool,
    /// The points of the load curve so far.
    pub load: Rc<Vec<LoadPoint>>,
    pub load_fresh: bool,
    /// The day of the scenario that this one is compared with.
    pub pinned: Option<Rc<Outcome>>,
    /// Its load curve.
    pub pinned_load: Rc<Vec<LoadPoint>>,
}

rehearsal::pack_fields!(Results { slo_ms, day, day_fresh, load, load_fresh, pinned, pinned_load });

/// Shows a view of the second program, which is loaded if it is not there.
pub fn ask(asked: &Asked) {
    wire::ask(&format!("{}\n{}", asked.view, asked.language));
}

/// What was asked last.
pub fn asked() -> Asked {
    let text = wire::newest(wire::VIEW);
    let (view, language) = text.split_once('\n').unwrap_or_default();
    Asked { view: view.to_string(), language: language.to_string() }
}

/// Listens for views that are asked for; what was asked before must be asked for.
pub fn on_asked(heard: impl Fn() + 'static) -> Listener {
    Listener::to(wire::VIEW, heard)
}

/// Tells the second program what the scenario is.
pub fn tell(generation: u64, scenario: &str) {
    wire::send(wire::SCENARIO, &format!("{generation}\n{scenario}"));
}

/// What was told last; `None` before anything was.
pub fn told() -> Option<Told> {
    let text = wire::newest(wire::SCENARIO);
    let (generation, scenario) = text.split_once('\n')?;
    Some(Told { generation: generation.parse().ok()?, scenario: scenario.to_string() })
}

/// Listens for scenarios; what was told before must be asked for.
pub fn on_told(heard: impl Fn() + 'static) -> Listener {
    Listener::to(wire::SCENARIO, heard)
}

/// Hands the second program what the charts show.
pub fn show(results: &Results) {
    wire::send_packed(wire::RESULTS, &Packed::of(results));
}

/// What was to be shown last; `None` before anything was.
pub fn shown() -> Option<Results> {
    wire::newest_packed(wire::RESULTS)
}

/// Listens for what the charts show; what was there before must be asked for.
pub fn on_shown(heard: impl Fn() + 'static) -> Listener {
    Listener::to(wire::RESULTS, heard)
}

/// Hands a scenario document to the first program, which makes one undoable edit of it.
pub fn adopt(scenario: &str) {
    wire::send(wire::ADOPT, scenario);
}

pub fn on_adopt(heard: impl Fn(String) + 'static) -> Listener {
    Listener::to(wire::ADOPT, move || heard(wire::newest(wire::ADOPT)))
}

/// Hands over a document that was dropped, with the name of its file.
pub fn open(name: &str, document: &str) {
    wire::send(wire::OPEN, &format!("{name}\n{document}"));
}

pub fn on_open(heard: impl Fn(String, String) + 'static) -> Listener {
    Listener::to(wire::OPEN, move || {
        if let Some((name, document)) = wire::newest(wire::OPEN).split_once('\n') {
            heard(name.to_string(), document.to_string());
        }
    })
}

/// Listens until dropped.
pub struct Listener {
    #[cfg(target_arch = "wasm32")]
    channel: wire::Channel,
    #[cfg(target_arch = "wasm32")]
    closure: wasm_bindgen::prelude::Closure<dyn Fn()>,
}

#[cfg(target_arch = "wasm32")]
impl Listener {
    fn to(channel: wire::Channel, heard: impl Fn() + 'static) -> Self {
        use wasm_bindgen::JsCast;
        let closure = wasm_bindgen::prelude::Closure::<dyn Fn()>::new(heard);
        if let Some(window) = web_sys::window() {
            // A window takes listeners.
            let _ = window.add_event_listener_with_callback(channel.0, closure.as_ref().unchecked_ref());
        }
        Listener { channel, closure }
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        #[cfg(target_arch = "wasm32")]
        if let Some(window) = web_sys::window() {
            use wasm_bindgen::JsCast;
            // A listener that is not there any more need not be removed.
            let _ = window.remove_event_listener_with_callback(self.channel.0, self.closure.as_ref().unchecked_ref());
        }
    }
}

#[cfg(not(target_arch = "wasm32"))]
impl Listener {
    fn to(_channel: wire::Channel, _heard: impl Fn() + 'static) -> Self {
        Listener {}
    }
}

/// What goes from one program to the other: an event, and the newest value for whoever starts later.
mod wire {
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen::JsValue;

    use rehearsal::pack::{Pack, Packed};

    #[cfg(target_arch = "wasm32")]
    use crate::platform::packets::{closed, packed};

    /// The event's name, and where the newest text is kept.
    pub type Channel = (&'static str, &'static str);

    /// As in `boot.js`, which loads the second program.
    pub const VIEW: Channel = ("rehearsal-lab", "rehearsalLabAsked");
    pub const SCENARIO: Channel = ("rehearsal-scenario", "rehearsalScenario");
    pub const ADOPT: Channel = ("rehearsal-adopt", "rehearsalAdopt");
    pub const OPEN: Channel = ("rehearsal-open", "rehearsalOpen");
    pub const RESULTS: Channel = ("rehearsal-results", "rehearsalResults");

    #[cfg(target_arch = "wasm32")]
    pub fn ask(text: &str) {
        let global = js_sys::global();
        let open = js_sys::Reflect::get(&global, &"rehearsalOpenLab".into()).ok();
        if let Some(open) = open.and_then(|open| wasm_bindgen::JsCast::dyn_into::<js_sys::Function>(open).ok()) {
            // What goes wrong while loading is shown by the function itself.
            let _ = open.call1(&global, &text.into());
        }
    }

    #[cfg(target_arch = "wasm32")]
    pub fn send(channel: Channel, text: &str) {
        send_value(channel, &text.into());
    }

    #[cfg(target_arch = "wasm32")]
    pub fn send_packed(channel: Channel, packed: &Packed) {
        send_value(channel, &closed(packed));
    }

    #[cfg(target_arch = "wasm32")]
    fn send_value((event, property): Channel, value: &JsValue) {
        // A property of the page's own can be set, and an event of its own be told.
        let _ = js_sys::Reflect::set(&js_sys::global(), &property.into(), value);
        if let Some((window, event)) = web_sys::window().zip(web_sys::Event::new(event).ok()) {
            let _ = window.dispatch_event(&event);
        }
    }

    #[cfg(target_arch = "wasm32")]
    pub fn newest(channel: Channel) -> String {
        newest_value(channel).and_then(|text| text.as_string()).unwrap_or_default()
    }

    #[cfg(target_arch = "wasm32")]
    pub fn newest_packed<T: Pack>(channel: Channel) -> Option<T> {
        packed(&newest_value(channel)?)?.open()
    }

    #[cfg(target_arch = "wasm32")]
    fn newest_value((_, property): Channel) -> Option<JsValue> {
        js_sys::Reflect::get(&js_sys::global(), &property.into()).ok()
    }

    #[cfg(not(target_arch = "wasm32"))]
    pub fn ask(_text: &str) {}

    #[cfg(not(target_arch = "wasm32"))]
    pub fn send(_channel: Channel, _text: &str) {}

    #[cfg(not(target_arch = "wasm32"))]
    pub fn send_packed(_channel: Channel, _packed: &Packed) {}

    #[cfg(not(target_arch = "wasm32"))]
    pub fn newest_packed<T: Pack>(_channel: Channel) -> Option<T> {
        None
    }

    #[cfg(not(target_arch = "wasm32"))]
    pub fn newest(_channel: Channel) -> String {
        String::new()
    }
}
