//! What the later program heard of the first one: what is shown is replaced by what is newer, what is
//! asked for is done once.

use std::rc::Rc;

use rehearsal::scenario::Scenario;
use yew::Reducible;

use super::dialogs::Opened;
use crate::channel::{Above, Results, ToLater};
use crate::period::Period;
use crate::platform::intl::Language;
use crate::view::View;

/// The newest of everything that was said.
#[derive(Clone, Debug, PartialEq)]
pub struct Heard {
    pub view: View,
    pub language: Language,
    pub period: Period,
    pub scenario: Option<Rc<Scenario>>,
    pub results: Option<Rc<Results>>,
    /// What is open above the page.
    pub above: Option<Above>,
    /// The query type whose model is being chosen, by its place.
    pub picking: Option<usize>,
    /// The dialog that is open.
    pub dialog: Option<Opened>,
    /// Counts dialogs, to tell one from the next.
    count: u64,
}

/// Something that changes what is open.
pub enum Event {
    Said(ToLater),
    CloseAbove,
    ClosePicker,
    CloseDialog,
}

impl Heard {
    pub fn new(language: Language) -> Self {
        Heard {
            view: View::WhatIf,
            language,
            period: Period::Day,
            scenario: None,
            results: None,
            above: None,
            picking: None,
            dialog: None,
            count: 0,
        }
    }

    fn hear(&mut self, message: ToLater) {
        match message {
            ToLater::Show { view, language, period } => {
                (self.view, self.language, self.period) = (view, language, period);
                // The tour points at what stands in the first view, and is over with it.
                if view != View::WhatIf && self.above == Some(Above::Tour) {
                    self.above = None;
                }
            }
            ToLater::Scenario { scenario, .. } => self.scenario = Some(scenario),
            ToLater::Results { results } => self.results = Some(results),
            ToLater::Above { what } => self.above = Some(what),
            ToLater::PickModel { index } => self.picking = Some(index),
            ToLater::Dialog { command, workspace } => {
                self.count += 1;
                self.dialog = Some(Opened { command, workspace, number: self.count });
            }
        }
    }
}

impl Reducible for Heard {
    type Action = Event;

    fn reduce(self: Rc<Self>, event: Event) -> Rc<Self> {
        let mut next = Rc::unwrap_or_clone(self);
        match event {
            Event::Said(message) => next.hear(message),
            Event::CloseAbove => next.above = None,
            Event::ClosePicker => next.picking = None,
            Event::CloseDialog => next.dialog = None,
        }
        Rc::new(next)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn after(messages: impl IntoIterator<Item = ToLater>) -> Heard {
        let mut heard = Heard::new(Language::English);
        messages.into_iter().for_each(|message| heard.hear(message));
        heard
    }

    fn show(view: View) -> ToLater {
        ToLater::Show { view, language: Language::English, period: Period::Day }
    }

    #[test]
    fn the_tour_is_over_when_another_view_is_shown() {
        let tour = ToLater::Above { what: Above::Tour };
        assert_eq!(after([tour.clone(), show(View::WhatIf)]).above, Some(Above::Tour));
        assert_eq!(after([tour.clone(), show(View::Client)]).above, None);
        assert_eq!(after([tour.clone(), show(View::Client), show(View::WhatIf), tour]).above, Some(Above::Tour));
        let own = ToLater::Above { what: Above::OwnChatbot };
        assert_eq!(after([own, show(View::Client)]).above, Some(Above::OwnChatbot));
    }
}
