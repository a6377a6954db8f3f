//! Tabs of the page hear of each other: what one of them stored, the others read again.

/// What was changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Changed {
    /// Scenarios saved under a name.
    Scenarios,
    /// Fixture files of a person's own.
    Fixtures,
    /// The baseline of benchmarks.
    Baseline,
}

impl Changed {
    const ALL: [Changed; 3] = [Changed::Scenarios, Changed::Fixtures, Changed::Baseline];

    fn key(self) -> &'static str {
        ["scenarios", "fixtures", "baseline"][self as usize]
    }

    fn from_key(key: &str) -> Option<Self> {
        Changed::ALL.into_iter().find(|changed| changed.key() == key)
    }
}

/// Listens until dropped.
pub struct Listener {
    #[cfg(target_arch = "wasm32")]
    channel: Option<web_sys::BroadcastChannel>,
    #[cfg(target_arch = "wasm32")]
    _heard: wasm_bindgen::prelude::Closure<dyn Fn(web_sys::MessageEvent)>,
}

#[cfg(target_arch = "wasm32")]
const NAME: &str = "rehearsal";

#[cfg(target_arch = "wasm32")]
thread_local! {
    /// The channel that is spoken on.
    static OWN: Option<web_sys::BroadcastChannel> = web_sys::BroadcastChannel::new(NAME).ok();
    /// Tells this program from all others: what it said itself it does not hear.
    static SPEAKER: String = ((js_sys::Math::random() * 1e9) as u32).to_string();
}

/// Tells the other tabs; where there is no such channel, they read it when they are opened.
#[cfg(target_arch = "wasm32")]
pub fn tell(changed: Changed) {
    OWN.with(|own| {
        if let Some(own) = own {
            // A channel that was opened takes texts.
            let said = SPEAKER.with(|speaker| format!("{} {speaker}", changed.key()));
            let _ = own.post_message(&said.into());
        }
    });
}

/// Hears what other tabs, and the page's other program, have changed.
#[cfg(target_arch = "wasm32")]
pub fn on(changed: Changed, heard: impl Fn() + 'static) -> Listener {
    use wasm_bindgen::JsCast;
    let closure =
        wasm_bindgen::prelude::Closure::<dyn Fn(web_sys::MessageEvent)>::new(move |event: web_sys::MessageEvent| {
            let said = event.data().as_string().unwrap_or_default();
            let (key, speaker) = said.split_once(' ').unwrap_or_default();
            if Changed::from_key(key) == Some(changed) && SPEAKER.with(|own| own != speaker) {
                heard();
            }
        });
    let channel = web_sys::BroadcastChannel::new(NAME).ok();
    if let Some(channel) = &channel {
        channel.set_onmessage(Some(closure.as_ref().unchecked_ref()));
    }
    Listener { channel, _heard: closure }
}

#[cfg(target_arch = "wasm32")]
impl Drop for Listener {
    fn drop(&mut self) {
        if let Some(channel) = &self.channel {
            channel.close();
        }
    }
}

#[cfg(not(target_arch = "wasm32"))]
pub fn tell(_changed: Changed) {}

#[cfg(not(target_arch = "wasm32"))]
pub fn on(_changed: Changed, _heard: impl Fn() + 'static) -> Listener {
    Listener {}
}
