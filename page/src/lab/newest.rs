use yew::prelude::*;

use crate::platform::bridge::Listener;

/// The newest of what the first program says.
///
/// It speaks before this program listens, which it does only once its first markup stands; so what is
/// newest is asked for again then.
#[hook]
pub fn use_newest<T: PartialEq + 'static>(
    newest: impl Fn() -> T + Copy + 'static,
    listen: impl FnOnce(Box<dyn Fn()>) -> Listener + 'static,
) -> UseStateHandle<T> {
    let heard = use_state_eq(newest);
    {
        let heard = heard.clone();
        use_effect_with((), move |()| {
            let hear = move || heard.set(newest());
            let listener = listen(Box::new(hear.clone()));
            hear();
            move || drop(listener)
        });
    }
    heard
}
