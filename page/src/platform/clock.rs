//! Time as it passes on the screen.

/// Calls back at every frame with the milliseconds since the last one, until dropped.
pub struct Frames {
    running: std::rc::Rc<std::cell::Cell<bool>>,
}

#[cfg(target_arch = "wasm32")]
impl Frames {
    pub fn start(on_frame: impl Fn(f64) + 'static) -> Self {
        let running = std::rc::Rc::new(std::cell::Cell::new(true));
        let alive = running.clone();
        wasm_bindgen_futures::spawn_local(async move {
            let mut last = now_ms();
            loop {
                next_frame().await;
                if !alive.get() {
                    return;
                }
                let now = now_ms();
                on_frame(now - last);
                last = now;
            }
        });
        Frames { running }
    }
}

impl Drop for Frames {
    fn drop(&mut self) {
        self.running.set(false);
    }
}

#[cfg(target_arch = "wasm32")]
async fn next_frame() {
    let promise = js_sys::Promise::new(&mut |resolve, _| {
        if let Some(window) = web_sys::window() {
            // Without frames (a window being closed) the animation simply stops.
            let _ = window.request_animation_frame(&resolve);
        }
    });
    let _ = wasm_bindgen_futures::JsFuture::from(promise).await;
}

/// Waits until the next frame was drawn.
#[cfg(target_arch = "wasm32")]
pub async fn drawn() {
    next_frame().await;
    sleep(0.0).await;
}

/// Milliseconds since the page was opened.
#[cfg(target_arch = "wasm32")]
pub fn now_ms() -> f64 {
    web_sys::window().and_then(|window| window.performance()).map_or(0.0, |performance| performance.now())
}

/// Waits; with 0 milliseconds until the browser has drawn and listened.
#[cfg(target_arch = "wasm32")]
pub async fn sleep(ms: f64) {
    gloo_timers::future::TimeoutFuture::new(ms.clamp(0.0, 1e9) as u32).await;
}

/// The longest that anything waits for an idle browser.
#[cfg(target_arch = "wasm32")]
const IDLE_MS: f64 = 2_000.0;

/// Waits until the browser has nothing more urgent to do, but not for long.
#[cfg(target_arch = "wasm32")]
pub async fn idle() {
    let promise = js_sys::Promise::new(&mut |resolve, _| {
        let global = js_sys::global();
        let idle = js_sys::Reflect::get(&global, &"requestIdleCallback".into()).ok();
        match idle.and_then(|idle| wasm_bindgen::JsCast::dyn_into::<js_sys::Function>(idle).ok()) {
            Some(idle) => {
                let options = js_sys::Object::new();
                // Setting a property of a fresh object cannot fail; it calls back sooner or later.
                let _ = js_sys::Reflect::set(&options, &"timeout".into(), &IDLE_MS.into());
                let _ = idle.call2(&global, &resolve, &options);
            }
            // Not every browser has it.
            None => {
                let _ = resolve.call0(&global);
            }
        }
    });
    let _ = wasm_bindgen_futures::JsFuture::from(promise).await;
    sleep(0.0).await;
}

/// Milliseconds since 1970: to tell what was stored later.
#[cfg(target_arch = "wasm32")]
pub fn wall_ms() -> f64 {
    js_sys::Date::now()
}

#[cfg(not(target_arch = "wasm32"))]
pub fn wall_ms() -> f64 {
    0.0
}

/// The date, `YYYY-MM-DD`.
#[cfg(target_arch = "wasm32")]
pub fn today() -> String {
    let now = js_sys::Date::new_0().to_iso_string().as_string().unwrap_or_default();
    now.get(..10).unwrap_or_default().to_string()
}

#[cfg(not(target_arch = "wasm32"))]
pub async fn idle() {}

#[cfg(not(target_arch = "wasm32"))]
pub async fn drawn() {}

#[cfg(not(target_arch = "wasm32"))]
pub fn today() -> String {
    "2026-11-22".to_string()
}

#[cfg(not(target_arch = "wasm32"))]
pub async fn sleep(_ms: f64) {}

#[cfg(not(target_arch = "wasm32"))]
pub fn now_ms() -> f64 {
    0.0
}

#[cfg(not(target_arch = "wasm32"))]
impl Frames {
    pub fn start(_on_frame: impl Fn(f64) + 'static) -> Self {
        Frames { running: std::rc::Rc::default() }
    }
}
