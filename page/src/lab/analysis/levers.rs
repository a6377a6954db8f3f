//! What moves the bill: lever by lever from the dearest way to run the traffic, and input by input.

use std::rc::Rc;

use rehearsal::chart::{Table, tornado, waterfall};
use rehearsal::cost::{Sensitivity, Waterfall};
use rehearsal::words::{Arg, Message, Word};
use yew::prelude::*;

use super::panel::{Figures, Panel};
use super::state::Lens;
use crate::components::{Head, figure, name, use_sort};
use crate::lab::charts::{BarChart, BarRow};
use crate::speech::{Speech, use_speech};

/// From everything on the strong model to today.
#[component]
pub fn WaterfallPanel(lens: &Lens) -> Html {
    let speech = use_speech();
    html! {
        <Panel id="waterfall" title={Word::an_waterfall} lead={Word::an_waterfall_lead} how={Word::an_waterfall_how}>
            {
                match &lens.answers.waterfall {
                    Some(found) => steps(&speech, lens, found),
                    None => html! { <p class="finding">{ speech.word(Word::an_no_bill) }</p> },
                }
            }
        </Panel>
    }
}

/// A line of the waterfall: the bill at its start or its end, or a step between them.
struct Line {
    name: String,
    /// What it changes, and what it would change alone; none of a bill.
    change: Option<(f64, f64)>,
    bill_usd: f64,
    /// The step, for tests.
    lever: Option<String>,
}

impl Line {
    fn look(&self) -> &'static str {
        match self.change {
            None => "bar-whole",
            Some((change, _)) if change <= 0.0 => "bar-less",
            Some(_) => "bar-more",
        }
    }
}

fn lines(speech: &Speech, lens: &Lens, found: &Waterfall) -> Vec<Line> {
    let bill = |name: String, bill_usd: f64| Line { name, change: None, bill_usd, lever: None };
    let start = Message::new(Word::an_waterfall_start).text("model", lens.model_name(&found.strong_model));
    let steps = found.steps.iter().map(|step| Line {
        name: speech.say(&step.label),
        change: Some((step.change_usd, step.alone_usd)),
        bill_usd: step.after_usd,
        lever: Some(format!("{:?}", step.lever)),
    });
    let end = bill(speech.word(Word::an_waterfall_end), found.end_usd);
    [bill(speech.say(&start), found.start_usd)].into_iter().chain(steps).chain([end]).collect()
}

fn steps(speech: &Speech, lens: &Lens, found: &Waterfall) -> Html {
    let lines = lines(speech, lens, found);
    let changes: Vec<f64> = found.steps.iter().map(|step| step.change_usd).collect();
    let usd = |value: Option<f64>| lens.money(speech, value);
    let rows = lines.iter().zip(waterfall(found.start_usd, &changes)).map(|(line, span)| BarRow {
        name: line.name.clone(),
        value: usd(Some(line.change.map_or(line.bill_usd, |(change, _)| change))),
        bars: vec![(span, line.look())],
    });
    let heads = [Word::an_step, Word::an_change, Word::an_bill_after, Word::an_alone].map(|word| speech.word(word));
    let money = |usd: Option<f64>| usd.map(|usd| Arg::Usd(lens.of_day(usd)));
    let figures = |line: &Line| {
        let change = line.change;
        let name = Some(Arg::Text(line.name.clone()));
        vec![
            name,
            money(change.map(|(change, _)| change)),
            money(Some(line.bill_usd)),
            money(change.map(|(_, alone)| alone)),
        ]
    };
    let table = Rc::new(Table { columns: heads.to_vec(), rows: lines.iter().map(figures).collect() });
    html! {
        <>
            <BarChart id="waterfall" title={speech.word(Word::an_waterfall_chart)} description={speech.word(Word::an_waterfall_lead)}
                rows={rows.collect::<Vec<_>>()} {table} />
            // In the order in which one leads to the next.
            <Figures of="waterfall">
                <thead><tr>
                    <th scope="col">{ speech.word(Word::an_step) }</th>
                    <th scope="col" class="n">{ speech.word(Word::an_change) }</th>
                    <th scope="col" class="n">{ speech.word(Word::an_bill_after) }<small>{ speech.word(lens.period.word()) }</small></th>
                    <th scope="col" class="n">{ speech.word(Word::an_alone) }</th>
                </tr></thead>
                <tbody>
                    for (index, line) in lines.iter().enumerate() {
                        <tr class={(index + 1 == lines.len()).then_some("sum-row")} data-lever={line.lever.clone()}>
                            <th scope="row">{ &line.name }</th>
                            for value in [line.change.map(|(change, _)| change), Some(line.bill_usd), line.change.map(|(_, alone)| alone)] {
                                // Where a bill begins or ends nothing changes: that is not unknown.
                                <td class="n">{ value.map(|value| usd(Some(value))).unwrap_or_default() }</td>
                            }
                        </tr>
                    }
                </tbody>
            </Figures>
        </>
    }
}

/// Bars shown before one asks for all.
const FIRST: usize = 10;

/// Every input 20 % down and up.
#[component]
pub fn SensitivityPanel(lens: &Lens) -> Html {
    let speech = use_speech();
    let all = use_state(|| false);
    let sort = use_sort();
    let found = &lens.answers.sensitivity;
    let most = if *all { found.len() } else { FIRST };
    let named: Vec<(String, &Sensitivity)> =
        found.iter().map(|input| (speech.say(&lens.label(&input.label)), input)).collect();
    let keys: Vec<_> = named
        .iter()
        .map(|(label, input)| {
            let ends = [input.low.daily_cost_usd, input.high.daily_cost_usd, input.elasticity];
            [name(label)].into_iter().chain(ends.map(|value| figure(Some(value)))).collect()
        })
        .collect();
    let more = {
        let all = all.clone();
        Callback::from(move |_: MouseEvent| all.set(!*all))
    };
    html! {
        <Panel id="sensitivity" title={Word::an_sensitivity} lead={Word::an_sensitivity_lead} how={Word::an_sensitivity_how}>
            if named.is_empty() {
                <p class="finding">{ speech.word(Word::an_no_bill) }</p>
            } else {
                { swings(&speech, lens, named.get(..most).unwrap_or(&named)) }
                <Figures of="sensitivity">
                    { sort.heads(&[Word::an_input, Word::an_minus, Word::an_plus, Word::an_elasticity].map(|word| match word {
                        Word::an_input => Head::name(speech.word(word)),
                        word => Head::figure(speech.word(word)),
                    })) }
                    <tbody>
                        for (label, input) in sort.places(&keys).into_iter().take(most).filter_map(|place| named.get(place)) {
                            <tr>
                                <th scope="row">{ label }</th>
                                <td class="n">{ lens.money(&speech, Some(input.low.daily_cost_usd)) }</td>
                                <td class="n">{ lens.money(&speech, Some(input.high.daily_cost_usd)) }</td>
                                <td class="n">{ speech.number(input.elasticity) }</td>
                            </tr>
                        }
                    </tbody>
                </Figures>
                if found.len() > FIRST {
                    <button class="small" aria-expanded={all.to_string()} onclick={more}>{
                        if *all { speech.word(Word::an_fewer) } else { speech.say(&Message::new(Word::an_all).number("count", found.len() as f64)) }
                    }</button>
                }
            }
        </Panel>
    }
}

/// What each input moves, the strongest first, as bars to both sides of today's bill.
fn swings(speech: &Speech, lens: &Lens, shown: &[(String, &Sensitivity)]) -> Html {
    let ends: Vec<(f64, f64)> =
        shown.iter().map(|(_, input)| (input.low.daily_cost_usd, input.high.daily_cost_usd)).collect();
    let (centre, spans) = tornado(lens.daily_usd().unwrap_or(0.0), &ends);
    let rows = shown.iter().zip(&ends).zip(spans).map(|(((name, _), (low, high)), [down, up])| BarRow {
        name: name.clone(),
        value: format!("{} – {}", lens.money(speech, Some(*low)), lens.money(speech, Some(*high))),
        bars: vec![(down, "bar-less"), (up, "bar-more")],
    });
    let columns = [Word::an_input, Word::an_minus, Word::an_plus, Word::an_elasticity].map(|word| speech.word(word));
    let figures = shown.iter().zip(&ends).map(|((name, input), (low, high))| {
        let money = |usd: f64| Some(Arg::Usd(lens.of_day(usd)));
        vec![Some(Arg::Text(name.clone())), money(*low), money(*high), Some(Arg::Number(input.elasticity))]
    });
    let table = Rc::new(Table { columns: columns.to_vec(), rows: figures.collect() });
    let legend = html! {
        <p class="legend"><i class="key less" />{ speech.word(Word::an_lower) }<i class="key more" />{ speech.word(Word::an_higher) }</p>
    };
    html! {
        <BarChart id="sensitivity" title={speech.word(Word::an_sensitivity_chart)} description={speech.word(Word::an_sensitivity_lead)}
            rows={rows.collect::<Vec<_>>()} mark={Some(centre)} {table} {legend} />
    }
}
