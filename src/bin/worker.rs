//! The simulation worker: a request is a generation and a scenario, the answer a packed day.

#[cfg(target_arch = "wasm32")]
fn main() {
    use wasm_bindgen::prelude::*;

    let scope: web_sys::DedicatedWorkerGlobalScope = js_sys::global().unchecked_into();
    let replies = scope.clone();
    let on_message = Closure::<dyn Fn(web_sys::MessageEvent)>::new(move |event: web_sys::MessageEvent| {
        let request = event.data().as_string().unwrap_or_default();
        let packed = answer(&request);
        let numbers = js_sys::Float64Array::from(packed.numbers.as_slice());
        let strings: js_sys::Array = packed.strings.iter().map(|text| JsValue::from_str(text)).collect();
        let message = js_sys::Array::of2(&numbers, &strings);
        let transfer = js_sys::Array::of1(&numbers.buffer());
        // The page is the only listener; when it is gone there is no one to tell.
        let _ = replies.post_message_with_transfer(&message, &transfer);
    });
    scope.set_onmessage(Some(on_message.as_ref().unchecked_ref()));
    on_message.forget();
    let _ = scope.post_message(&"ready".into());
}

/// The answer to a request, as a packed [`rehearsal::sim::Reply`].
#[cfg(target_arch = "wasm32")]
fn answer(request: &str) -> rehearsal::pack::Packed {
    use rehearsal::catalog::Catalog;
    use rehearsal::scenario::Scenario;
    use rehearsal::sim::{Reply, simulate};

    let (generation, scenario) = request.split_once('\n').unwrap_or_default();
    let result = Scenario::load(scenario)
        .and_then(|scenario| simulate(&scenario.output, &Catalog::reference(), None))
        .map_err(|problems| problems.0);
    let generation = generation.parse().unwrap_or_default();
    rehearsal::pack::Packed::of(&Reply {
        generation,
        outcome: result.as_ref().ok().cloned(),
        problems: result.err().unwrap_or_default(),
    })
}

#[cfg(not(target_arch = "wasm32"))]
fn main() {}
