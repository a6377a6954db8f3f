//! An example result for whoever comes first, measured by the simulator as a run of one's own is.

use std::rc::Rc;

use yew::platform::spawn_local;
use yew::prelude::*;

use super::runner::{self, Job};
use super::state::{Action, Model};

/// Runs the suite once where there is nothing of a person's own, piece by piece beside the page; a run of
/// one's own or leaving the view ends it.
#[hook]
pub fn use_example(model: &UseReducerHandle<Model>) {
    let wanted = model.is_untouched() && model.example.is_none();
    let handle = model.clone();
    use_effect_with(wanted, move |wanted| {
        let job = Job::new();
        if *wanted {
            let job = job.clone();
            spawn_local(async move {
                let done = runner::run(&handle.suite, &handle.scenario(), handle.target, &job, |_, _| {}).await;
                if let Some(Ok(document)) = done.filter(|_| !job.cancelled.get()) {
                    handle.dispatch(Action::Example(Rc::new(document)));
                }
            });
        }
        move || job.cancelled.set(true)
    });
}
