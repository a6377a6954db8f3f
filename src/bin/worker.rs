//! The simulation worker: a request is a generation, what is asked and a scenario, a line each; the
//! answers are packed replies.

#[cfg(target_arch = "wasm32")]
fn main() {
    use wasm_bindgen::prelude::*;

    let scope: web_sys::DedicatedWorkerGlobalScope = js_sys::global().unchecked_into();
    let replies = scope.clone();
    let memory = std::cell::RefCell::new(rehearsal::sim::Memory::default());
    let on_message = Closure::<dyn Fn(web_sys::MessageEvent)>::new(move |event: web_sys::MessageEvent| {
        let request = event.data().as_string().unwrap_or_default();
        answer(&request, &mut memory.borrow_mut(), &mut |reply| {
            let packed = rehearsal::pack::Packed::of(&reply);
            let numbers = js_sys::Float64Array::from(packed.numbers.as_slice());
            let strings: js_sys::Array = packed.strings.iter().map(|text| JsValue::from_str(text)).collect();
            let message = js_sys::Array::of2(&numbers, &strings);
            let transfer = js_sys::Array::of1(&numbers.buffer());
            // The page is the only listener; when it is gone there is no one to tell.
            let _ = replies.post_message_with_transfer(&message, &transfer);
        });
    });
    scope.set_onmessage(Some(on_message.as_ref().unchecked_ref()));
    on_message.forget();
    let _ = scope.post_message(&"ready".into());
}

/// Answers a request.
#[cfg(target_arch = "wasm32")]
fn answer(request: &str, memory: &mut rehearsal::sim::Memory, reply: &mut dyn FnMut(rehearsal::sim::Reply)) {
    use rehearsal::catalog::Catalog;
    use rehearsal::scenario::Scenario;
    use rehearsal::sim::{self, Asked, Reply};

    let mut lines = request.splitn(3, '\n');
    let mut line = || lines.next().unwrap_or_default();
    let generation = line().parse().unwrap_or_default();
    let asked = Asked::from_key(line()).unwrap_or(Asked::Day);
    match Scenario::load(line()) {
        Ok(read) => sim::answer(generation, asked, &read.output, &Catalog::reference(), memory, reply),
        Err(problems) => reply(Reply { generation, problems: problems.0, ..Reply::default() }),
    }
}

#[cfg(not(target_arch = "wasm32"))]
fn main() {}
