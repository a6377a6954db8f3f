use rehearsal::catalog::{STALE_DAYS, day_number};
use rehearsal::cost::OnModel;
use rehearsal::words::{Message, Word};
use web_sys::HtmlInputElement;
use yew::prelude::*;

use super::adopt::on_model;
use super::bars::Bars;
use super::panel::{Figures, Panel};
use super::state::Lens;
use crate::components::{Choice, Head, figure, name, use_sort};
use crate::speech::{Speech, use_speech};

/// Rows shown before one asks for all.
const FIRST: usize = 12;

/// The same mix on every model of the catalog.
#[component]
pub fn ModelsPanel(lens: &Lens) -> Html {
    let speech = use_speech();
    let query = use_state(String::new);
    let all = use_state(|| false);
    let only = use_state(|| None::<usize>);
    let sort = use_sort();
    let known = &lens.answers.on_models.known;
    let text = query.trim().to_lowercase();
    let matches = |row: &&OnModel| {
        text.is_empty() || row.name.to_lowercase().contains(&text) || row.model.to_lowercase().contains(&text)
    };
    let offered =
        |row: &&OnModel| *all || !text.is_empty() || (!row.retired && !row.cannot_take() && !is_regional(&row.model));
    let found: Vec<&OnModel> = known.iter().filter(matches).filter(offered).collect();
    let keys: Vec<_> = found
        .iter()
        .map(|row| vec![name(&row.name), None, figure(row.daily_cost_usd), figure(row.change_pct)])
        .collect();
    let found: Vec<&OnModel> = sort.places(&keys).into_iter().filter_map(|place| found.get(place).copied()).collect();
    let shown = &found[..found.len().min(if *all { found.len() } else { FIRST })];
    let dearest = shown.iter().filter_map(|row| row.daily_cost_usd).chain(lens.daily_usd()).fold(0.0, f64::max);
    let today = lens.daily_usd().filter(|_| dearest > 0.0).map(|usd| usd / dearest);
    let search = {
        let query = query.clone();
        Callback::from(move |event: InputEvent| {
            if let Some(input) = event.target_dyn_into::<HtmlInputElement>() {
                query.set(input.value());
            }
        })
    };
    let mut targets = vec![(String::new(), speech.word(Word::an_all_types))];
    targets.extend(lens.scenario.types.iter().enumerate().map(|(index, kind)| (index.to_string(), kind.name.clone())));
    let aim = {
        let only = only.clone();
        Callback::from(move |key: String| only.set(key.parse().ok()))
    };
    let more = {
        let all = all.clone();
        Callback::from(move |_: MouseEvent| all.set(!*all))
    };
    let take = |row: &OnModel| {
        let (adopt, scenario, model, only) = (lens.adopt.clone(), lens.scenario.clone(), row.model.clone(), *only);
        Callback::from(move |_: MouseEvent| {
            adopt.emit(on_model(&scenario, crate::lab::prices::catalog(), &model, only))
        })
    };
    html! {
        <Panel id="models" title={Word::an_models} lead={Word::an_models_lead} how={Word::an_models_how}>
            <div class="row two">
                <label class="choice"><span class="label">{ speech.word(Word::ui_search) }</span>
                    <input type="search" value={(*query).clone()} oninput={search} data-field="models" /></label>
                <Choice label={speech.word(Word::an_adopt_for)} labelled=true options={targets} chosen={only.map_or(String::new(), |index| index.to_string())} on_choose={aim} />
            </div>
            <Figures of="models">
                { sort.heads(&heads(&speech, lens)) }
                <tbody>
                    for row in shown.iter() {
                        <tr data-model={row.model.clone()}>
                            <th scope="row">{ &row.name }<small class="marks">{ marks(&speech, row, &lens.today) }</small></th>
                            <td class="wide"><Bars bars={vec![((0.0, row.daily_cost_usd.unwrap_or(0.0) / dearest.max(1e-12)), "whole")]} ticks={today.into_iter().collect::<Vec<_>>()} /></td>
                            <td class="n">{ lens.money(&speech, row.daily_cost_usd) }</td>
                            <td class="n">{ row.change_pct.map_or("–".to_string(), |pct| signed(&speech, pct)) }</td>
                            <td><button class="small quiet" onclick={take(row)}
                                aria-label={speech.say(&Message::new(Word::an_adopt_what).text("what", row.name.clone()))}>{ speech.word(Word::an_adopt) }</button></td>
                        </tr>
                    }
                </tbody>
            </Figures>
            if text.is_empty() || found.len() > shown.len() {
                <button class="small" aria-expanded={all.to_string()} onclick={more} data-action="all-models">{
                    if *all { speech.word(Word::an_fewer) } else { speech.say(&Message::new(Word::an_all).number("count", known.len() as f64)) }
                }</button>
            }
            if !lens.answers.on_models.unknown.is_empty() {
                <details>
                    <summary>{ speech.say(&Message::new(Word::an_models_unknown).number("count", lens.answers.on_models.unknown.len() as f64)) }</summary>
                    <p class="hint">{ lens.answers.on_models.unknown.iter().map(|row| row.model.as_str()).collect::<Vec<_>>().join(", ") }</p>
                </details>
            }
        </Panel>
    }
}

fn heads(speech: &Speech, lens: &Lens) -> [Head; 5] {
    [
        Head::name(speech.word(Word::ui_model)),
        Head::plain(unseen(speech, Word::an_bar)).class("wide"),
        Head::figure(speech.word(lens.period.word())),
        Head::figure(speech.word(Word::an_against_today)),
        Head::plain(unseen(speech, Word::an_adopt)),
    ]
}

/// The head of a column that needs none for those who see it.
pub fn unseen(speech: &Speech, word: Word) -> Html {
    html! { <span class="sr">{ speech.word(word) }</span> }
}

/// Whether it is the profile of a region: the same model, where it may only be used from there.
fn is_regional(id: &str) -> bool {
    ["us", "eu", "jp", "au", "apac", "us-gov", "in"].contains(&id.split('.').next().unwrap_or_default())
}

fn signed(speech: &Speech, pct: f64) -> String {
    let said = speech.percent(Some(pct / 100.0));
    if pct > 0.0 { format!("+{said}") } else { said }
}

/// What should be known of a model before it is chosen.
fn marks(speech: &Speech, row: &OnModel, today: &str) -> String {
    let flags = [
        (row.retired, Word::an_retired),
        (row.cannot_take(), Word::an_too_long),
        (row.other_tokenizer, Word::an_other_tokenizer),
        (is_stale(&row.date, today), Word::an_stale),
    ];
    let said: Vec<String> = flags.into_iter().filter(|(is, _)| *is).map(|(_, word)| speech.word(word)).collect();
    said.join(" · ")
}

/// Whether a price was read too long ago to be trusted.
pub fn is_stale(date: &str, today: &str) -> bool {
    let days = day_number(today).zip(day_number(date)).map(|(today, read)| today - read);
    days.is_some_and(|days| days > i64::from(STALE_DAYS))
}
