use rehearsal::catalog::Mode;
use rehearsal::import::{Counting, ImportOptions, Profiles, TimeZone, TypeRule};
use rehearsal::words::Word;
use web_sys::{HtmlInputElement, HtmlTextAreaElement};
use yew::prelude::*;

use crate::components::Choice;
use crate::speech::use_speech;

/// How a log is to be understood, as a person types it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct RuleForm {
    pub kind: RuleKind,
    /// The metadata key, the bands' ends, or the patterns.
    pub text: String,
    /// The model of rows that name none.
    pub model: Option<String>,
    /// Whether the input contains the cached tokens: empty, `disjoint` or `inclusive`.
    pub counts: String,
    /// Whose days and hours are meant, as an offset; empty where it is to be guessed.
    pub time_zone: String,
    /// What hidden models are: `ARN=MODEL` a line.
    pub profiles: String,
}

/// What makes a query type of a call.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum RuleKind {
    #[default]
    Model,
    Metadata,
    Patterns,
    Tokens,
}

impl RuleKind {
    const ALL: [RuleKind; 4] = [RuleKind::Model, RuleKind::Metadata, RuleKind::Patterns, RuleKind::Tokens];

    fn key(self) -> &'static str {
        ["model", "metadata", "pattern", "tokens"][self as usize]
    }

    fn word(self) -> Word {
        [Word::an_rule_model, Word::an_rule_metadata, Word::an_rule_pattern, Word::an_rule_tokens][self as usize]
    }

    /// What such a rule is typed like.
    fn example(self) -> &'static str {
        ["", "query_type", "order=(?i)order|注文\nproduct=(?i)price|価格", "500,2000"][self as usize]
    }
}

impl RuleForm {
    /// The rule, if it can be read.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn options(&self) -> Result<ImportOptions, String> {
        let lines = || self.text.lines().map(str::trim).filter(|line| !line.is_empty());
        let rules: Vec<String> = match self.kind {
            RuleKind::Model => vec!["model".to_string()],
            RuleKind::Patterns => lines().map(|line| format!("pattern:{line}")).collect(),
            kind => vec![format!("{}:{}", kind.key(), self.text.trim())],
        };
        let counts = match self.counts.as_str() {
            "disjoint" => Some(Counting::Disjoint),
            "inclusive" => Some(Counting::Inclusive),
            _ => None,
        };
        let zone = self.time_zone.trim();
        let time_zone = match TimeZone::parse(zone) {
            None if !zone.is_empty() => return Err(format!("`{zone}`: UTC+9, -05:00")),
            zone => zone,
        };
        let profiles: Vec<String> =
            self.profiles.lines().map(str::trim).filter(|line| !line.is_empty()).map(str::to_string).collect();
        let profiles = Profiles::parse(&profiles).map_err(|error| error.to_string())?;
        Ok(ImportOptions {
            counts,
            time_zone,
            profiles,
            rule: TypeRule::parse(&rules).map_err(|error| error.to_string())?,
            model: self.model.clone(),
            catalog: Some(crate::lab::prices::catalog()),
            ..ImportOptions::default()
        })
    }
}

#[derive(Properties, PartialEq)]
pub struct Props {
    pub form: RuleForm,
    pub on_change: Callback<RuleForm>,
}

/// The choice of a rule.
#[component]
pub fn RuleFields(props: &Props) -> Html {
    let speech = use_speech();
    let form = &props.form;
    let kinds = RuleKind::ALL.map(|kind| (kind.key().to_string(), speech.word(kind.word()))).to_vec();
    let choose = {
        let (form, on_change) = (form.clone(), props.on_change.clone());
        Callback::from(move |key: String| {
            if let Some(kind) = RuleKind::ALL.into_iter().find(|kind| kind.key() == key) {
                on_change.emit(RuleForm { kind, text: kind.example().to_string(), ..form.clone() });
            }
        })
    };
    let oninput = {
        let (form, on_change) = (form.clone(), props.on_change.clone());
        Callback::from(move |event: InputEvent| {
            if let Some(area) = event.target_dyn_into::<HtmlTextAreaElement>() {
                on_change.emit(RuleForm { text: area.value(), ..form.clone() });
            }
        })
    };
    let mut models = vec![(String::new(), speech.word(Word::an_rule_unnamed))];
    let chat = crate::lab::prices::catalog().models().filter(|model| model.mode == Mode::Chat);
    models.extend(chat.map(|model| (model.id.clone(), model.name.clone())));
    let name_model = {
        let (form, on_change) = (form.clone(), props.on_change.clone());
        Callback::from(move |id: String| {
            on_change.emit(RuleForm { model: Some(id).filter(|id| !id.is_empty()), ..form.clone() });
        })
    };
    let counts = [
        ("", Word::an_import_counts_found),
        ("disjoint", Word::an_import_counts_disjoint),
        ("inclusive", Word::an_import_counts_inclusive),
    ]
    .map(|(key, word)| (key.to_string(), speech.word(word)))
    .to_vec();
    let name_counts = {
        let (form, on_change) = (form.clone(), props.on_change.clone());
        Callback::from(move |counts: String| on_change.emit(RuleForm { counts, ..form.clone() }))
    };
    let name_zone = {
        let (form, on_change) = (form.clone(), props.on_change.clone());
        Callback::from(move |event: InputEvent| {
            if let Some(input) = event.target_dyn_into::<HtmlInputElement>() {
                on_change.emit(RuleForm { time_zone: input.value(), ..form.clone() });
            }
        })
    };
    let name_profiles = {
        let (form, on_change) = (form.clone(), props.on_change.clone());
        Callback::from(move |event: InputEvent| {
            if let Some(area) = event.target_dyn_into::<HtmlTextAreaElement>() {
                on_change.emit(RuleForm { profiles: area.value(), ..form.clone() });
            }
        })
    };
    let wrong = form.options().err();
    html! {
        <>
            <div class="row two">
                <Choice label={speech.word(Word::an_rule)} labelled=true options={kinds} chosen={form.kind.key()} on_choose={choose} />
                <Choice label={speech.word(Word::an_rule_nameless)} labelled=true options={models} chosen={form.model.clone().unwrap_or_default()} on_choose={name_model} />
            </div>
            if form.kind != RuleKind::Model {
                <label class="choice"><span class="label">{ speech.word(form.kind.word()) }</span>
                    <textarea rows={if form.kind == RuleKind::Patterns { "3" } else { "1" }} spellcheck="false" value={form.text.clone()}
                        aria-invalid={wrong.is_some().to_string()} {oninput} data-field="rule" /></label>
            }
            <div class="row two">
                <Choice label={speech.word(Word::an_import_counts)} labelled=true options={counts} chosen={form.counts.clone()} on_choose={name_counts} />
                <label class="choice"><span class="label">{ speech.word(Word::an_import_time_zone) }</span>
                    <input type="text" value={form.time_zone.clone()} placeholder={speech.word(Word::an_import_time_zone_hint)} oninput={name_zone} data-field="time-zone" /></label>
            </div>
            <label class="choice"><span class="label">{ speech.word(Word::an_import_profiles) }</span>
                <textarea rows="1" spellcheck="false" value={form.profiles.clone()} oninput={name_profiles} data-field="profiles" /></label>
            if let Some(wrong) = wrong {
                <p class="field-error" role="status">{ wrong }</p>
            }
        </>
    }
}

#[cfg(all(test, not(target_arch = "wasm32")))]
mod tests {
    use super::*;

    #[test]
    fn every_example_is_a_rule() {
        for kind in RuleKind::ALL {
            let form = RuleForm { kind, text: kind.example().to_string(), ..RuleForm::default() };
            assert!(form.options().is_ok(), "{kind:?}");
        }
        let wrong = RuleForm { kind: RuleKind::Tokens, text: "many".into(), ..RuleForm::default() };
        assert!(wrong.options().is_err());
    }
}
