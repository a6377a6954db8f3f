//! Scenarios side by side: those that are pinned, by their names, and the one on the screen.

use std::rc::Rc;

use rehearsal::catalog::Catalog;
use rehearsal::cost::estimate;
use rehearsal::scenario::Scenario;
use rehearsal::sim::{Outcome, PopulationFigures};
use rehearsal::words::{Arg, Message, Word};
use yew::prelude::*;

use crate::channel::{Column, Results, ToFirst};
use crate::components::{Against, Measure, TextInput, delta, icon, late};
use crate::period::Period;
use crate::platform::{host, page};
use crate::speech::{Speech, use_speech};

/// A scenario in its column.
#[derive(Clone, Debug, PartialEq)]
pub struct Side {
    pub letter: char,
    /// What a person calls it; none is the letter alone.
    pub name: String,
    /// Dollars in the period.
    pub cost_usd: Option<f64>,
    pub day: Option<Rc<Outcome>>,
}

/// A figure of every side.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    pub name: String,
    pub measure: Measure,
    pub values: Vec<Option<f64>>,
}

impl Side {
    /// The side at a place, with what its bill comes to in the period.
    pub fn new(index: usize, name: String, scenario: &Scenario, day: Option<Rc<Outcome>>, period: Period) -> Self {
        let bill = estimate(scenario, &Catalog::reference()).ok();
        let a_day = bill.and_then(|bill| bill.total_daily_cost_usd).map(|usd| usd.dollars());
        Side { letter: letter(index), name, cost_usd: period.of_day(a_day, scenario.days_in_month), day }
    }

    /// What stands above its column.
    pub fn title(&self) -> String {
        if self.name.is_empty() { self.letter.to_string() } else { format!("{} · {}", self.letter, self.name) }
    }
}

/// A, B, C, D.
fn letter(index: usize) -> char {
    char::from(b'A' + u8::try_from(index).unwrap_or(25).min(25))
}

/// What is compared of every side, a row for each figure.
pub fn rows(speech: &Speech, sides: &[Side], slo_ms: f64, period: Period) -> Vec<Row> {
    let figures =
        |side: &Side, of: fn(&PopulationFigures) -> Option<f64>| side.day.as_deref().and_then(|day| of(&day.overall));
    let row = |name: String, measure: Measure, of: fn(&PopulationFigures) -> Option<f64>| Row {
        name,
        measure,
        values: sides.iter().map(|side| figures(side, of)).collect(),
    };
    let within = Message::new(Word::ui_within).with("limit", Arg::Ms(slo_ms));
    let costs = sides.iter().map(|side| side.cost_usd).collect();
    vec![
        Row { name: speech.word(period.word()), measure: Measure::Usd, values: costs },
        row("P50".to_string(), Measure::Ms, |figures| late(figures, |q| q.p50)),
        row("P95".to_string(), Measure::Ms, |figures| late(figures, |q| q.p95)),
        row("P99".to_string(), Measure::Ms, |figures| late(figures, |q| q.p99)),
        row(speech.say(&within), Measure::InTime, |figures| figures.share_within_slo),
        row(speech.word(Word::ui_unanswered), Measure::Unanswered, |figures| figures.unanswered),
    ]
}

impl Row {
    /// Its values as they are shown: times of a row have one unit.
    pub fn written(&self, speech: &Speech) -> Vec<String> {
        match self.measure {
            Measure::Ms => {
                let at = |index: usize| self.values.get(index).copied().flatten();
                let times = speech.times([at(0), at(1), at(2), at(3)]);
                times.into_iter().take(self.values.len()).collect()
            }
            Measure::Usd => self.values.iter().map(|usd| speech.usd(*usd)).collect(),
            _ => self.values.iter().map(|share| speech.percent(*share)).collect(),
        }
    }
}

/// The sides as rows of texts, their titles first.
pub fn texts(speech: &Speech, sides: &[Side], rows: &[Row]) -> Vec<Vec<String>> {
    let titles = [String::new()].into_iter().chain(sides.iter().map(Side::title)).collect();
    let row = |row: &Row| [row.name.clone()].into_iter().chain(row.written(speech)).collect();
    [titles].into_iter().chain(rows.iter().map(row)).collect()
}

#[derive(Properties, PartialEq)]
pub struct Props {
    pub results: Option<Rc<Results>>,
    /// The scenario on the screen.
    pub scenario: Option<Rc<Scenario>>,
    pub period: Period,
}

/// The columns side by side, where something is pinned: each is named, removed, or edited here.
#[component]
pub fn Compare(props: &Props) -> Html {
    let speech = use_speech();
    let shown =
        props.results.as_deref().zip(props.scenario.as_deref()).filter(|(results, _)| !results.columns.is_empty());
    let content = shown.map(|(results, scenario)| {
        let sides = sides(&speech, results, scenario, props.period);
        table(&speech, &results.columns, &sides, &rows(&speech, &sides, results.slo_ms, props.period))
    });
    page::within("compare", content.unwrap_or_default())
}

/// Those that are pinned, and behind them the one on the screen.
pub fn sides(speech: &Speech, results: &Results, scenario: &Scenario, period: Period) -> Vec<Side> {
    let pinned = results.columns.iter().enumerate().map(|(index, column)| {
        Side::new(index, column.name.clone().unwrap_or_default(), &column.scenario, column.outcome.clone(), period)
    });
    let day = results.day.clone().filter(|_| results.day_fresh);
    let now = Side::new(results.columns.len(), speech.word(Word::cmp_now), scenario, day, period);
    pinned.chain([now]).collect()
}

fn table(speech: &Speech, columns: &[Column], sides: &[Side], rows: &[Row]) -> Html {
    html! {
        <section class="card compare" aria-labelledby="compare-title">
            <h2 id="compare-title">{ speech.word(Word::cmp_title) }</h2>
            <div class="scroll" tabindex="0" role="group" aria-labelledby="compare-title">
                <table class="figures" data-figure="compare">
                    <thead><tr>
                        <td></td>
                        for (index, side) in sides.iter().enumerate() {
                            <th scope="col">{ head(speech, columns.get(index).map(|_| index), side) }</th>
                        }
                    </tr></thead>
                    <tbody>
                        for row in rows {
                            <tr>
                                <th scope="row">{ &row.name }</th>
                                for (index, text) in row.written(speech).into_iter().enumerate() {
                                    <td class="n">{ text }{ against_a(speech, row, index) }</td>
                                }
                            </tr>
                        }
                    </tbody>
                </table>
            </div>
        </section>
    }
}

/// How a value differs from A's.
fn against_a(speech: &Speech, row: &Row, index: usize) -> Html {
    let at = |index: usize| row.values.get(index).copied().flatten();
    match index {
        0 => Html::default(),
        _ => html! { <small>{ delta(speech, row.measure, at(index), at(0), Against::Pinned) }</small> },
    }
}

/// What stands above a column; one that is pinned can be named, edited and removed.
fn head(speech: &Speech, pinned: Option<usize>, side: &Side) -> Html {
    let Some(index) = pinned else { return html! { <b>{ side.title() }</b> } };
    let said = |word: Word| speech.say(&Message::new(word).text("name", side.letter.to_string()));
    let rename = Callback::from(move |name: String| host::to_first(&ToFirst::NameColumn { index, name }));
    let ask = |message: ToFirst| Callback::from(move |_: MouseEvent| host::to_first(&message));
    html! {
        <div class="column-head">
            <b>{ side.letter }</b>
            <TextInput value={side.name.clone()} label={said(Word::cmp_name)} placeholder={speech.word(Word::cmp_name_it)}
                on_take={rename} field={format!("column-{index}")} />
            <button class="small" aria-label={said(Word::cmp_edit_what)} onclick={ask(ToFirst::EditColumn { index })} data-edit-column={index.to_string()}>{ speech.word(Word::cmp_edit) }</button>
            <button class="small quiet icon" aria-label={said(Word::cmp_remove)} title={said(Word::cmp_remove)} onclick={ask(ToFirst::RemoveColumn { index })} data-remove-column={index.to_string()}>{ icon("close") }</button>
        </div>
    }
}

#[cfg(all(test, not(target_arch = "wasm32")))]
mod tests {
    use super::*;
    use rehearsal::scenario::Preset;
    use rehearsal::sim::simulate;
    use rehearsal::words::English;

    fn day(scenario: &Scenario) -> Rc<Outcome> {
        Rc::new(simulate(scenario, &Catalog::reference(), Some(2_000)).expect("a valid scenario"))
    }

    fn results() -> (Results, Scenario) {
        let column = |name: Option<&str>, preset: Preset| {
            let scenario = preset.scenario();
            Column {
                name: name.map(str::to_string),
                outcome: Some(day(&scenario)),
                scenario: Rc::new(scenario),
                load: Rc::default(),
            }
        };
        let scenario = Preset::NoCache.scenario();
        let results = Results {
            slo_ms: 3_000.0,
            day: Some(day(&scenario)),
            day_fresh: true,
            load: Rc::default(),
            load_fresh: false,
            columns: vec![column(Some("As it is"), Preset::Reference), column(None, Preset::AllSonnet)],
            p95_low: None,
            p95_high: None,
        };
        (results, scenario)
    }

    fn shown(period: Period) -> String {
        let props = move || {
            let (results, scenario) = results();
            Props { results: Some(Rc::new(results)), scenario: Some(Rc::new(scenario)), period }
        };
        pollster::block_on(yew::ServerRenderer::<Compare>::with_props(props).hydratable(false).render())
    }

    #[test]
    fn every_column_has_its_name_its_figures_and_its_way_to_be_removed() {
        let html = shown(Period::Day);
        for part in ["As it is", "data-remove-column=\"1\"", "C · ", "$1,959.21", "$2,149.00"] {
            assert!(html.contains(part), "{part} in {html}");
        }
        assert!(!html.contains("data-remove-column=\"2\""), "the one on the screen is not pinned");
        assert!(shown(Period::Month).contains("$58,776.38"));
    }

    #[test]
    fn a_row_has_one_unit() {
        let speech = Speech(Rc::new(English));
        let row = Row { name: "P50".into(), measure: Measure::Ms, values: vec![Some(345.0), Some(1_500.0)] };
        assert_eq!(row.written(&speech), ["0.345 s", "1.50 s"]);
    }
}
