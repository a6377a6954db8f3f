use std::rc::Rc;

use rehearsal::catalog::Catalog;
use rehearsal::scenario::{Distribution, Scenario, Unit};
use rehearsal::words::Word;
use yew::prelude::*;

use crate::channel::ToFirst;
use crate::components::{Choice, Field, OptionalField, TextInput, why};
use crate::platform::host;
use crate::speech::Speech;

/// Makes fields that change one thing of a scenario.
pub struct Editor {
    pub scenario: Rc<Scenario>,
    pub speech: Speech,
}

/// What a number may be.
#[derive(Clone, Copy)]
pub struct Limits {
    pub min: f64,
    pub max: f64,
    pub unit: Unit,
    pub suffix: &'static str,
}

pub const MS: Limits = Limits { min: 0.0, max: 3_600_000.0, unit: Unit::Milliseconds, suffix: "ms" };
pub const TOKENS: Limits = Limits { min: 0.0, max: 1e7, unit: Unit::Count, suffix: "" };
pub const PERCENT: Limits = Limits { min: 0.0, max: 100.0, unit: Unit::Percent, suffix: "%" };

pub const fn count(min: f64, max: f64) -> Limits {
    Limits { min, max, unit: Unit::Count, suffix: "" }
}

/// The kinds of distributions that two numbers say.
const KINDS: [(&str, Word); 6] = [
    ("constant", Word::det_constant),
    ("exponential", Word::det_exponential),
    ("lognormal", Word::det_lognormal),
    ("gamma", Word::det_gamma),
    ("normal", Word::det_normal),
    ("simple", Word::det_simple),
];

impl Editor {
    pub fn new(scenario: Rc<Scenario>, speech: Speech) -> Self {
        Editor { scenario, speech }
    }

    /// Sends a change to the page.
    fn send<T: 'static>(&self, id: &str, set: impl Fn(&mut Scenario, T) + 'static) -> Callback<(T, bool)> {
        let (scenario, field) = (self.scenario.clone(), id.to_string());
        Callback::from(move |(value, settled)| {
            let mut changed = (*scenario).clone();
            set(&mut changed, value);
            host::to_first(&ToFirst::Edit { field: field.clone(), settled, scenario: Rc::new(changed) });
        })
    }

    /// A number with its default; `words` are its label and the reason for the default.
    pub fn number(
        &self,
        id: &str,
        words: (Word, Word),
        limits: Limits,
        (value, default): (f64, f64),
        set: impl Fn(&mut Scenario, f64) + 'static,
    ) -> Html {
        html! {
            <Field id={id.to_string()} label={self.speech.word(words.0)} {value} min={limits.min} max={limits.max}
                unit={limits.unit} suffix={limits.suffix} why={(words.1, default)} on_edit={self.send(id, set)} />
        }
    }

    /// A number of something whose default is explained as a whole.
    fn part(
        &self,
        id: &str,
        label: Word,
        limits: Limits,
        value: f64,
        set: impl Fn(&mut Scenario, f64) + 'static,
    ) -> Html {
        html! {
            <Field id={id.to_string()} label={self.speech.word(label)} {value} min={limits.min} max={limits.max}
                unit={limits.unit} suffix={limits.suffix} on_edit={self.send(id, set)} />
        }
    }

    /// A number that may be there or not; `first` is what it begins with.
    pub fn optional(
        &self,
        id: &str,
        words: (Word, Word),
        (limits, first): (Limits, f64),
        value: Option<f64>,
        set: impl Fn(&mut Scenario, Option<f64>) + 'static,
    ) -> Html {
        html! {
            <OptionalField id={id.to_string()} label={self.speech.word(words.0)} {value} min={limits.min} max={limits.max}
                {first} suffix={limits.suffix} why={words.1} on_edit={self.send(id, set)} />
        }
    }

    pub fn choice(
        &self,
        id: &str,
        words: (Word, Word),
        options: Vec<(String, String)>,
        chosen: String,
        set: impl Fn(&mut Scenario, &str) + 'static,
    ) -> Html {
        let send = self.send(id, move |scenario, key: String| set(scenario, &key));
        html! {
            <Choice label={self.speech.word(words.0)} why={words.1} labelled=true {options} {chosen} on_choose={send.reform(|key| (key, true))} />
        }
    }

    pub fn flag(&self, id: &str, words: (Word, Word), on: bool, set: impl Fn(&mut Scenario, bool) + 'static) -> Html {
        let send = self.send(id, set);
        let label = self.speech.word(words.0);
        html! {
            <div class="optional">
                <label class="toggle">
                    <input type="checkbox" checked={on} data-toggle={id.to_string()} onclick={send.reform(move |_: MouseEvent| (!on, true))} />
                    <span class="label">{ label.clone() }</span>
                </label>
                { why(&self.speech, &label, words.1, None) }
            </div>
        }
    }

    pub fn button(&self, id: &str, label: Word, set: impl Fn(&mut Scenario) + 'static) -> Html {
        let send = self.send(id, move |scenario, ()| set(scenario));
        html! {
            <button class="small" data-action={id.to_string()} onclick={send.reform(|_: MouseEvent| ((), true))}>{ self.speech.word(label) }</button>
        }
    }

    pub fn text(&self, id: &str, label: Word, value: &str, set: impl Fn(&mut Scenario, &str) + 'static) -> Html {
        let send = self.send(id, move |scenario, text: String| set(scenario, &text));
        html! {
            <label class="stack"><span class="label">{ self.speech.word(label) }</span>
                <TextInput value={value.to_string()} field={id.to_string()} on_take={send.reform(|text| (text, true))} />
            </label>
        }
    }

    /// A quantity that varies from message to message: how, around what, how far.
    pub fn spread(
        &self,
        id: &str,
        words: (Word, Word),
        limits: Limits,
        value: &Distribution,
        set: impl Fn(&mut Scenario, Distribution) + Clone + 'static,
    ) -> Html {
        let (kind, mean, sd) = parts(value);
        let mut kinds: Vec<_> = KINDS.iter().map(|(key, word)| ((*key).to_string(), self.speech.word(*word))).collect();
        if kind == "empirical" {
            kinds.push(("empirical".to_string(), self.speech.word(Word::det_empirical)));
        }
        let with_kind = {
            let (set, before) = (set.clone(), value.clone());
            move |scenario: &mut Scenario, key: &str| {
                if key != "empirical" {
                    // A spread to begin with: what most measurements of answers have.
                    let sd = if parts(&before).2 > 0.0 { parts(&before).2 } else { 0.4 * mean };
                    set(scenario, of(key, mean, sd));
                }
            }
        };
        let with_mean = {
            let set = set.clone();
            move |scenario: &mut Scenario, mean| set(scenario, of(kind, mean, sd))
        };
        let with_sd = move |scenario: &mut Scenario, sd| set(scenario, of(kind, mean, sd));
        html! {
            <div class="spread">
                { self.choice(&format!("{id}-kind"), words, kinds, kind.to_string(), with_kind) }
                if kind != "empirical" {
                    { self.part(&format!("{id}-mean"), Word::ui_mean, limits, mean, with_mean) }
                    if !matches!(kind, "constant" | "exponential") {
                        { self.part(&format!("{id}-sd"), Word::det_sd, limits, sd, with_sd) }
                    }
                }
            </div>
        }
    }

    /// The models that a scenario can name: the catalog's that answer, and its own.
    pub fn models(&self, chosen: &str) -> Vec<(String, String)> {
        let reference = Catalog::reference();
        let mut models: Vec<(String, String)> = reference
            .models()
            .filter(|model| model.mode == rehearsal::catalog::Mode::Chat)
            .map(|model| (model.id.clone(), model.name.clone()))
            .collect();
        let own = self.scenario.billing.prices.iter().map(|(id, own)| (id, own.name.as_ref().unwrap_or(id)));
        let timed = self.scenario.models.keys().map(|id| (id, id));
        let named = chosen.to_string();
        for (id, name) in own.chain(timed).chain([(&named, &named)]) {
            if !id.is_empty() && !models.iter().any(|(known, _)| known == id) {
                models.push((id.clone(), name.clone()));
            }
        }
        models
    }
}

/// The name of a model as people know it.
pub fn name_of(models: &[(String, String)], id: &str) -> String {
    models.iter().find(|(known, _)| known == id).map_or_else(|| id.to_string(), |(_, name)| name.clone())
}

/// A distribution as its kind, its mean and its standard deviation.
fn parts(value: &Distribution) -> (&'static str, f64, f64) {
    match value {
        Distribution::Constant(value) => ("constant", *value, 0.0),
        Distribution::Exponential { mean } => ("exponential", *mean, 0.0),
        Distribution::LogNormal { mean, sd } => ("lognormal", *mean, *sd),
        Distribution::Gamma { mean, sd } => ("gamma", *mean, *sd),
        Distribution::Normal { mean, sd } => ("normal", *mean, *sd),
        Distribution::Simple { mean, sd } => ("simple", *mean, *sd),
        Distribution::Empirical(_) => ("empirical", value.mean(), 0.0),
    }
}

fn of(kind: &str, mean: f64, sd: f64) -> Distribution {
    match kind {
        "exponential" => Distribution::Exponential { mean },
        "lognormal" => Distribution::LogNormal { mean, sd },
        "gamma" => Distribution::Gamma { mean, sd },
        "normal" => Distribution::Normal { mean, sd },
        "simple" => Distribution::Simple { mean, sd },
        _ => Distribution::Constant(mean),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_distribution_is_its_parts() {
        for (kind, _) in KINDS {
            let value = of(kind, 100.0, 40.0);
            let (again, mean, sd) = parts(&value);
            assert_eq!((again, mean), (kind, 100.0));
            assert_eq!(of(again, mean, sd), value);
        }
    }
}
