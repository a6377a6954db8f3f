use std::rc::Rc;

use rehearsal::catalog::arn_region;
use rehearsal::cost::{Answers, answers};
use rehearsal::problem::Problem;
use rehearsal::scenario::Scenario;
use rehearsal::words::{Arg, Message, Word};
use yew::prelude::*;

use crate::period::Period;
use crate::speech::Speech;

/// What every panel looks at, and its way to change it.
#[derive(Clone, PartialEq, Properties)]
pub struct Lens {
    pub scenario: Rc<Scenario>,
    pub answers: Rc<Answers>,
    /// The date that prices are judged by, `YYYY-MM-DD`.
    pub today: Rc<str>,
    /// What money is shown for.
    pub period: Period,
    /// Makes a scenario the one on the screen: one undoable edit.
    pub adopt: Callback<Scenario>,
}

impl Lens {
    /// The name of a model: the scenario's own, or the catalog's.
    pub fn model_name(&self, id: &str) -> String {
        let own = self.scenario.billing.prices.get(id).and_then(|own| own.name.clone());
        let name =
            own.or_else(|| Some(crate::lab::prices::catalog().get(id)?.name.clone())).unwrap_or_else(|| id.to_string());
        arn_region(id).map_or(name.clone(), |region| format!("{name} ({region})"))
    }

    /// What an input is called, its model by name.
    pub fn label(&self, label: &Message) -> Message {
        let mut named = label.clone();
        for (name, arg) in &mut named.args {
            if let (true, Arg::Text(id)) = (name == "model", arg) {
                *id = self.model_name(id);
            }
        }
        named
    }

    /// A finding, in which an input is called as everywhere else.
    pub fn finding(&self, speech: &Speech, finding: &Message) -> String {
        let mut named = finding.clone();
        for (name, arg) in &mut named.args {
            if let (true, Arg::Text(path)) = (name == "input", arg)
                && let Some(row) = self.answers.sensitivity.iter().find(|row| row.path == *path)
            {
                *path = speech.say(&self.label(&row.label));
            }
        }
        speech.say(&self.in_period(named))
    }

    /// A finding about a day with money of the period.
    fn in_period(&self, mut finding: Message) -> Message {
        let month = match finding.word {
            Word::finding_cheaper => Word::finding_cheaper_month,
            Word::finding_cheaper_other_tokenizer => Word::finding_cheaper_other_tokenizer_month,
            Word::finding_around => Word::finding_around_month,
            Word::finding_known => Word::finding_known_month,
            _ => return finding,
        };
        if self.period == Period::Day {
            return finding;
        }
        for (_, arg) in &mut finding.args {
            if let Arg::Usd(usd) = arg {
                *usd = self.of_day(*usd);
            }
        }
        finding.word = month;
        finding.number("days", self.scenario.days_in_month)
    }

    /// Dollars a day as dollars of the period.
    pub fn of_day(&self, usd: f64) -> f64 {
        usd * self.of_days()
    }

    /// How many days the period has.
    pub fn of_days(&self) -> f64 {
        self.period.of_day(Some(1.0), self.scenario.days_in_month).unwrap_or(1.0)
    }

    /// Dollars a day as money of the period.
    pub fn money(&self, speech: &Speech, a_day: Option<f64>) -> String {
        speech.usd(a_day.map(|usd| self.of_day(usd)))
    }

    /// The same with the period's name.
    pub fn amount(&self, speech: &Speech, a_day: f64) -> String {
        self.period.amount(speech, Some(a_day), self.scenario.days_in_month)
    }

    /// Today's bill a day, in dollars.
    pub fn daily_usd(&self) -> Option<f64> {
        self.answers.estimate.total_daily_cost_usd.map(|usd| usd.dollars())
    }
}

/// A scenario as it was told, with what can be said about it.
#[derive(Clone, PartialEq)]
pub enum Reading {
    /// Nothing has been told yet.
    Waiting,
    Read {
        scenario: Rc<Scenario>,
        answers: Rc<Answers>,
    },
    /// It cannot be used as it stands.
    Wrong(Rc<Vec<Problem>>),
}

impl Reading {
    /// Answers everything about a scenario.
    pub fn of(scenario: Rc<Scenario>, today: &str) -> Self {
        let wrong: Vec<Problem> = scenario.problems().into_iter().filter(Problem::is_error).collect();
        if !wrong.is_empty() {
            return Reading::Wrong(Rc::new(wrong));
        }
        match answers(&scenario, crate::lab::prices::catalog(), Some(today)) {
            Ok(answers) => Reading::Read { scenario, answers: Rc::new(answers) },
            Err(problems) => Reading::Wrong(Rc::new(problems.0)),
        }
    }
}

/// A lens on a scenario, for tests of panels.
#[cfg(all(test, not(target_arch = "wasm32")))]
pub fn lens(text: &str) -> Lens {
    let scenario = Scenario::load(text).unwrap_or_else(|_| panic!("not a scenario: {text}")).output;
    match Reading::of(Rc::new(scenario), "2026-11-22") {
        Reading::Read { scenario, answers } => {
            Lens { scenario, answers, today: "2026-11-22".into(), period: Period::Day, adopt: Callback::noop() }
        }
        _ => panic!("not a scenario: {text}"),
    }
}
