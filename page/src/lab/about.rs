use rehearsal::bench::{Series, Statistic, naive_verdict};
use rehearsal::catalog::{Catalog, PriceKind};
use rehearsal::compat::headlines;
use rehearsal::scenario::{INFRASTRUCTURE_SOURCE, Preset};
use rehearsal::sim::simulate;
use rehearsal::words::{Arg, Message, Word};
use yew::prelude::*;

use crate::speech::use_speech;

/// Messages that are simulated for the one headline that is a share of answers: enough for a tenth
/// of a percent.
const MESSAGES: u64 = 50_000;

/// A row of the table of headlines.
#[derive(Clone, Debug, PartialEq)]
struct Row {
    claim: Word,
    stated: Message,
    gives: Option<Arg>,
    without_cache: Option<Arg>,
    why: Message,
}

/// What is simulated, what is assumed, how each figure is computed, and what the original claims.
#[component]
pub fn AboutView() -> Html {
    let speech = use_speech();
    let rows = use_memo((), |()| rows());
    let paragraphs =
        |words: &[Word]| words.iter().map(|word| html! { <p>{ speech.word(*word) }</p> }).collect::<Html>();
    let says = |arg: &Option<Arg>| arg.as_ref().map_or_else(|| "–".to_string(), |arg| speech.arg(arg));
    let head = |words: &[Word]| {
        words.iter().map(|word| html! { <th scope="col">{ speech.word(*word) }</th> }).collect::<Html>()
    };
    let priced = || Catalog::full().models().filter(|model| model.prices.get(PriceKind::Input).is_some());
    let read = priced().map(|model| model.date.as_str()).max().unwrap_or_default();
    let prices = Message::new(Word::about_sources_prices).number("count", priced().count() as f64).text("date", read);
    let services = Message::new(Word::about_sources_services).text("source", INFRASTRUCTURE_SOURCE);
    let version = Message::new(Word::about_version).text("version", env!("CARGO_PKG_VERSION"));
    html! {
        <article class="about">
            <header class="card">
                <h2>{ speech.word(Word::about_title) }</h2>
                { paragraphs(&[Word::about_promise]) }
                <p>{ speech.say(&version) }</p>
                <p><a href="#tour">{ speech.word(Word::tour_start) }</a></p>
            </header>
            <section class="card">
                <h2>{ speech.word(Word::about_simulated) }</h2>
                { paragraphs(&[Word::about_simulated_day, Word::about_simulated_same, Word::about_simulated_many]) }
            </section>
            <section class="card">
                <h2>{ speech.word(Word::about_assumed) }</h2>
                { paragraphs(&[Word::about_assumed_latency, Word::about_assumed_cache, Word::about_assumed_independent, Word::about_assumed_list]) }
            </section>
            <section class="card" aria-labelledby="about-figures">
                <h2 id="about-figures">{ speech.word(Word::about_figures) }</h2>
                <div class="scroll" tabindex="0" role="group" aria-labelledby="about-figures">
                <table class="figures prose">
                    <thead><tr>{ head(&[Word::about_col_figure, Word::about_col_formula, Word::about_col_from, Word::about_col_sure]) }</tr></thead>
                    <tbody>
                        for figure in FIGURES {
                            <tr>
                                <th scope="row">{ speech.word(figure[0]) }</th>
                                for word in &figure[1..] {
                                    <td>{ speech.word(*word) }</td>
                                }
                            </tr>
                        }
                    </tbody>
                </table>
                </div>
            </section>
            <section class="card" aria-labelledby="about-headlines">
                <h2 id="about-headlines">{ speech.word(Word::about_headlines) }</h2>
                <p>{ speech.word(Word::about_headlines_intro) }</p>
                <div class="scroll" tabindex="0" role="group" aria-labelledby="about-headlines">
                <table class="figures prose" data-figure="headlines">
                    <thead><tr>
                        { head(&[Word::about_col_figure, Word::about_col_stated, Word::about_col_gives, Word::about_col_without, Word::about_col_why]) }
                    </tr></thead>
                    <tbody>
                        for row in rows.iter() {
                            <tr>
                                <th scope="row">{ speech.word(row.claim) }</th>
                                <td class="n">{ speech.say(&row.stated) }</td>
                                <td class="n"><strong>{ says(&row.gives) }</strong></td>
                                <td class="n">{ says(&row.without_cache) }</td>
                                <td>{ speech.say(&row.why) }</td>
                            </tr>
                        }
                    </tbody>
                </table>
                </div>
            </section>
            <section class="card">
                <h2>{ speech.word(Word::about_sources) }</h2>
                <p>{ speech.say(&prices) }</p>
                <p>{ speech.say(&services) }</p>
                { paragraphs(&[Word::about_sources_retired, Word::about_sources_methods]) }
            </section>
        </article>
    }
}

/// Name, formula, inputs and certainty of each figure.
const FIGURES: [[Word; 4]; 6] = [
    [Word::about_cost, Word::about_cost_formula, Word::about_cost_from, Word::about_cost_sure],
    [
        Word::about_percentiles,
        Word::about_percentiles_formula,
        Word::about_percentiles_from,
        Word::about_percentiles_sure,
    ],
    [Word::about_within, Word::about_within_formula, Word::about_within_from, Word::about_within_sure],
    [Word::about_knee, Word::about_knee_formula, Word::about_knee_from, Word::about_knee_sure],
    [Word::about_tokens, Word::about_tokens_formula, Word::about_tokens_from, Word::about_tokens_sure],
    [Word::about_verdict, Word::about_verdict_formula, Word::about_verdict_from, Word::about_verdict_sure],
];

fn rows() -> Vec<Row> {
    // The mix that comes with the product has everything the original's function asks for.
    let stated = headlines().unwrap_or_default().into_iter().map(|headline| Row {
        claim: headline.claim,
        stated: Message::new(Word::about_stated).text("figure", headline.stated),
        gives: Some(headline.gives),
        without_cache: headline.without_cache,
        why: headline.why,
    });
    let useful = |preset: Preset| {
        let day = simulate(&preset.scenario(), &Catalog::reference(), Some(MESSAGES)).ok()?;
        day.overall.share_within_slo.map(Arg::Percent)
    };
    let streamed = useful(Preset::WithGeneration).unwrap_or(Arg::Word(Word::ui_unknown));
    let unchanged = Series::of("ms", vec![(0..100).map(f64::from).collect()]);
    let alarms = naive_verdict(&unchanged, &unchanged, Statistic::Quantile(0.95), 10.0);
    let counted = [
        Row {
            claim: Word::headline_useful,
            stated: Word::headline_useful_stated.into(),
            gives: useful(Preset::Reference),
            without_cache: None,
            why: Message::new(Word::headline_why_useful).with("streamed", streamed),
        },
        Row {
            claim: Word::headline_alarms,
            stated: Word::headline_alarms_stated.into(),
            gives: alarms.map(|rule| Arg::Percent(rule.false_alarm_pct / 100.0)),
            without_cache: None,
            why: Word::headline_why_alarms.into(),
        },
    ];
    stated.chain(counted).collect()
}

#[cfg(all(test, not(target_arch = "wasm32")))]
mod tests {
    use super::*;

    #[test]
    fn every_headline_stands_beside_what_its_formula_gives() {
        let html = pollster::block_on(yew::ServerRenderer::<AboutView>::new().hydratable(false).render());
        insta::assert_snapshot!(html.replace("><", ">\n<"));
    }
}
