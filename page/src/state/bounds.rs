use std::rc::Rc;

use rehearsal::scenario::Scenario;
use rehearsal::sim::{Assumed, Outcome, PopulationFigures, Reply, at_assumed_end};

use super::Model;

/// The days of a scenario at the two ends of what is assumed of it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Bounds {
    generation: u64,
    fast: Option<Rc<Outcome>>,
    slow: Option<Rc<Outcome>>,
}

impl Model {
    /// Between what a figure lies over all that is assumed; `None` where nothing is, and until it is known.
    pub fn between(&self, of: impl Fn(&PopulationFigures) -> Option<f64>) -> Option<(f64, f64)> {
        let shown = self.outcome.as_ref().filter(|day| day.generation == self.bounds.generation)?;
        let days = [&shown.outcome, self.bounds.fast.as_ref()?, self.bounds.slow.as_ref()?];
        let values: Vec<f64> = days.iter().filter_map(|day| of(&day.overall)).collect();
        let (low, high) = (
            values.iter().copied().fold(f64::INFINITY, f64::min),
            values.iter().copied().fold(f64::NEG_INFINITY, f64::max),
        );
        (values.len() == days.len()).then_some((low, high))
    }

    /// The simulation of an end that is still to be done, by its number.
    pub fn wanted_end(&self) -> Option<u64> {
        let day = self
            .outcome
            .as_ref()
            .filter(|day| self.outcome_fresh() && day.outcome.assumed.iter().any(Assumed::is_uncertain))?;
        let known = self.bounds.generation == day.generation;
        let is_missing = |end: &Option<Rc<Outcome>>| !known || end.is_none();
        if is_missing(&self.bounds.slow) {
            Some(2 * day.generation + 1)
        } else {
            is_missing(&self.bounds.fast).then_some(2 * day.generation)
        }
    }

    /// The scenario that such a number stands for.
    pub fn end_of(&self, number: u64) -> Option<Scenario> {
        let day = self.outcome.as_ref().filter(|day| day.generation == number / 2)?;
        at_assumed_end(&self.scenario, &day.outcome.assumed, number % 2 == 1)
    }

    /// Takes the day of an end; one of an older scenario is nobody's.
    pub(super) fn hear_end(&mut self, reply: Reply) {
        let generation = reply.generation / 2;
        let Some(day) = reply.day.filter(|_| generation == self.generation).map(Rc::new) else { return };
        if self.bounds.generation != generation {
            self.bounds = Bounds { generation, ..Bounds::default() };
        }
        *(if reply.generation % 2 == 1 { &mut self.bounds.slow } else { &mut self.bounds.fast }) = Some(day);
    }
}

#[cfg(test)]
mod tests {
    use rehearsal::catalog::Catalog;
    use rehearsal::scenario::Preset;
    use rehearsal::sim::simulate;

    use super::*;
    use crate::components::late;
    use crate::platform::simulator::Told;
    use crate::state::Action;

    fn reply(generation: u64, scenario: &Scenario) -> Reply {
        let day = simulate(scenario, &Catalog::reference(), Some(500)).expect("a valid scenario");
        Reply { generation, day: Some(day), ..Reply::default() }
    }

    #[test]
    fn what_is_assumed_makes_a_range_and_what_is_known_makes_none() {
        let p95 = |model: &Model| model.between(|figures| late(figures, |q| q.p95));
        let known = Model::default();
        let told = known.clone().after(Action::Told(Told::Reply(Box::new(reply(1, &known.scenario)))));
        assert_eq!((told.wanted_end(), p95(&told)), (None, None));

        let mut model = Model::new(Preset::Today.scenario());
        model = model.clone().after(Action::Told(Told::Reply(Box::new(reply(1, &model.scenario)))));
        let mut asked = Vec::new();
        while let Some(number) = model.wanted_end() {
            assert_eq!(p95(&model), None, "half a range is none");
            let end = model.end_of(number).expect("something is assumed");
            asked.push(number);
            model = model.after(Action::ToldEnd(Told::Reply(Box::new(reply(number, &end)))));
        }
        assert_eq!(asked, [3, 2]);
        let (low, high) = p95(&model).expect("both ends are known");
        assert!(low < high);
        // An edit makes it another scenario's.
        model = model.after(Action::Edit { edit: crate::state::Edit::DailyMessages(5_000.0), settled: true });
        assert_eq!(model.wanted_end(), None, "its day comes first");
    }
}
