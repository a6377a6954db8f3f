use rehearsal::catalog::{Catalog, Model, OwnPrices, Place, PriceKind, Tier, TokenKind};
use rehearsal::document::text_of;
use rehearsal::money::Price;
use rehearsal::scenario::{Currency, Scenario, Unit};
use rehearsal::words::{English, Message, Word};
use web_sys::HtmlInputElement;
use yew::platform::spawn_local;
use yew::prelude::*;

use super::adopt::lacking;
use super::models::is_stale;
use super::panel::{Figures, Panel};
use super::state::Lens;
use crate::components::{Field, Head, Key, SortRow, Sortable, figure, name};
use crate::lab::prices::{lay_over, repriced};
use crate::platform::files::{self, Source};
use crate::speech::{Speech, use_speech};

/// The prices of standard calls, which every model should have.
const STANDARD: [PriceKind; 5] =
    [PriceKind::Input, PriceKind::Output, PriceKind::CacheWrite5m, PriceKind::CacheWrite1h, PriceKind::CacheRead];

/// The kinds of price of the other tiers that one of these models has, and their input and output.
fn of_tiers(scenario: &Scenario, ids: &[String]) -> Vec<PriceKind> {
    let models: Vec<Model> = ids.iter().map(|id| priced(scenario, id)).collect();
    let shown = |kind: &PriceKind| {
        let plain = matches!(kind.token(), TokenKind::Input | TokenKind::Output) && kind.tier() != Tier::Ultrafast;
        kind.tier() != Tier::Standard && (plain || models.iter().any(|model| model.prices.get(*kind).is_some()))
    };
    PriceKind::ALL.iter().copied().filter(shown).collect()
}

/// Every price that is used, where it comes from and how old it is; each can be replaced.
#[component]
pub fn PricesPanel(lens: &Lens) -> Html {
    let speech = use_speech();
    let new_id = use_state(String::new);
    let mut ids: Vec<String> = lens.answers.estimate.by_model.iter().map(|model| model.model.clone()).collect();
    ids.extend(lens.scenario.billing.prices.keys().filter(|id| !ids.contains(id)).cloned().collect::<Vec<_>>());
    let tiers = of_tiers(&lens.scenario, &ids);
    let edit = |change: fn(&mut Scenario, f64)| {
        let (adopt, scenario) = (lens.adopt.clone(), lens.scenario.clone());
        Callback::from(move |value: Option<f64>| {
            let Some(value) = value else { return };
            let mut changed = (*scenario).clone();
            change(&mut changed, value);
            adopt.emit(changed);
        })
    };
    let typed = {
        let new_id = new_id.clone();
        Callback::from(move |event: InputEvent| {
            if let Some(input) = event.target_dyn_into::<HtmlInputElement>() {
                new_id.set(input.value());
            }
        })
    };
    let add = {
        let (adopt, scenario, new_id) = (lens.adopt.clone(), lens.scenario.clone(), new_id.clone());
        Callback::from(move |_: MouseEvent| {
            let id = new_id.trim().to_string();
            let mut changed = (*scenario).clone();
            changed.billing.prices.insert(id.clone(), starting_prices(&id));
            new_id.set(String::new());
            adopt.emit(changed);
        })
    };
    let from_file = use_state_eq(|| None::<Vec<Message>>);
    let open_prices = {
        let (adopt, scenario, from_file) = (lens.adopt.clone(), lens.scenario.clone(), from_file.clone());
        let used: Vec<String> = lens.answers.estimate.by_model.iter().map(|model| model.model.clone()).collect();
        Callback::from(move |event: Event| {
            let Some(input) = event.target_dyn_into::<HtmlInputElement>() else { return };
            let source = input.files().and_then(|list| files::sources(&list).into_iter().next());
            // The same file can be opened again.
            input.set_value("");
            let Some(source) = source else { return };
            let (adopt, scenario, used, from_file) = (adopt.clone(), scenario.clone(), used.clone(), from_file.clone());
            spawn_local(async move {
                let said = laid_over(&source, &scenario, &used).await;
                from_file.set(Some(said.1));
                if let Some(changed) = said.0 {
                    adopt.emit(changed);
                }
            });
        })
    };
    let addable = !new_id.trim().is_empty() && !ids.iter().any(|id| id == new_id.trim());
    let lacks = lacking(&lens.scenario, &Catalog::reference());
    let complete = {
        let (adopt, scenario) = (lens.adopt.clone(), lens.scenario.clone());
        Callback::from(move |_: MouseEvent| {
            adopt.emit(super::adopt::self_contained(&scenario, crate::lab::prices::catalog()))
        })
    };
    let billing = &lens.scenario.billing;
    html! {
        <Panel id="prices" title={Word::an_prices} lead={Word::an_prices_lead} how={Word::an_prices_how} wide=true>
            if lacks.iter().any(|id| crate::lab::prices::catalog().get(id).is_some()) {
                <div class="problems warning" role="status">
                    <p>{ speech.say(&Message::new(Word::an_prices_lacking).text("names", lacks.join(", "))) }</p>
                    <button class="small" onclick={complete} data-action="complete-prices">{ speech.word(Word::an_prices_complete) }</button>
                </div>
            }
            <Figures of="prices">
                <Sortable heads={heads(&speech)} rows={ids.iter().map(|id| row(&speech, lens, id)).collect::<Vec<_>>()} />
            </Figures>
            <p class="hint">{ speech.word(Word::an_prices_hint) }</p>
            <details>
                <summary>{ speech.word(Word::an_other_tiers) }</summary>
                <Figures of="prices">
                    // Other tiers are other columns.
                    <Sortable key={tiers.len()} heads={tier_heads(&speech, &tiers)} rows={ids.iter().map(|id| tier_row(&speech, lens, id, &tiers)).collect::<Vec<_>>()} />
                </Figures>
            </details>
            <div class="controls">
                <label class="choice"><span class="label">{ speech.word(Word::an_add_model) }</span>
                    <input type="text" class="id" value={(*new_id).clone()} oninput={typed} placeholder="acme.model-1" data-field="new_model" /></label>
                <button class="small" disabled={!addable} onclick={add} data-action="add-model">{ speech.word(Word::an_add) }</button>
            </div>
            <div class="controls">
                <label class="button">{ speech.word(Word::an_prices_file) }<input class="sr" type="file" accept=".json,.csv" onchange={open_prices} data-field="prices" /></label>
                <span class="hint">{ speech.word(Word::an_prices_file_note) }</span>
            </div>
            if let Some(said) = from_file.as_ref() {
                <div class="problems warning" role="status" data-figure="prices-file">
                    for message in said {
                        <p>{ speech.say(message) }</p>
                    }
                </div>
            }
            <h4>{ speech.word(Word::an_billing) }</h4>
            <div class="fields">
                <Field id="discount" label={speech.word(Word::an_discount)} value={billing.discount_pct} min={0.0} max={100.0} suffix="%" why={(Word::why_discount, 0.0)}
                    on_set={edit(|scenario, pct| scenario.billing.discount_pct = pct)} />
                <Field id="growth" label={speech.word(Word::an_growth)} value={billing.growth_pct_per_month} min={-100.0} max={1000.0} suffix="%" why={(Word::why_growth, 0.0)}
                    on_set={edit(|scenario, pct| scenario.billing.growth_pct_per_month = pct)} />
                <Field id="days" label={speech.word(Word::an_days)} value={lens.scenario.days_in_month} min={1.0} max={31.0} why={(Word::why_days, 30.0)}
                    on_set={edit(|scenario, days| scenario.days_in_month = days)} />
                <Field id="yen" label={speech.word(Word::an_yen)} value={billing.currency.as_ref().filter(|c| c.code == "JPY").map_or(0.0, |c| c.per_usd)} min={0.0} max={1e6} why={(Word::why_yen, 0.0)}
                    on_set={edit(|scenario, rate| {
                        scenario.billing.currency = (rate > 0.0).then(|| Currency { code: "JPY".to_string(), per_usd: rate });
                    })} />
            </div>
            if let Some(converted) = &lens.answers.estimate.converted {
                <p class="finding" data-figure="converted">{ speech.say(&Message::new(Word::an_converted)
                    .text("code", converted.code.clone())
                    .with("day", converted.total_daily_cost.map_or(rehearsal::words::Arg::Word(Word::ui_unknown), rehearsal::words::Arg::Number))
                    .with("month", converted.monthly_cost.map_or(rehearsal::words::Arg::Word(Word::ui_unknown), rehearsal::words::Arg::Number))) }</p>
            }
            <details>
                <summary>{ speech.word(Word::an_months) }</summary>
                <Figures of="prices">
                    <thead><tr>
                        <th scope="col">{ speech.word(Word::an_month) }</th>
                        <th scope="col" class="n">{ speech.word(Word::ui_daily_messages) }</th>
                        <th scope="col" class="n">{ speech.word(Word::an_cost_month) }</th>
                    </tr></thead>
                    <tbody>
                        for month in lens.answers.months.iter() {
                            <tr>
                                <th scope="row">{ month.month }</th>
                                <td class="n">{ speech.number(libm::round(month.daily_messages)) }</td>
                                <td class="n">{ speech.usd(Some(month.cost_usd)) }</td>
                            </tr>
                        }
                    </tbody>
                </Figures>
            </details>
        </Panel>
    }
}

/// The longest file of prices.
const MAX_BYTES: f64 = 64e6;
/// Entries that were not taken and are named.
const NAMED: usize = 5;

/// Lays a file's prices over the catalog: the scenario with them, and what is to be said.
async fn laid_over(source: &Source, scenario: &Scenario, used: &[String]) -> (Option<Scenario>, Vec<Message>) {
    let failed = |why: String| {
        (None, vec![Message::new(Word::an_prices_file_failed).text("name", &source.name).text("why", why)])
    };
    if source.size_bytes > MAX_BYTES {
        return failed(format!("{:.0} MB", source.size_bytes / 1e6));
    }
    let bytes = match source.piece(0.0, source.size_bytes).await {
        Ok(bytes) => bytes,
        Err(why) => return failed(why),
    };
    let not_taken = match text_of(&bytes) {
        Err(problem) => return failed(problem.say(&English)),
        Ok(text) => match lay_over(text) {
            Err(problems) => return failed(problems.to_string()),
            Ok(not_taken) => not_taken,
        },
    };
    let (changed, count) = repriced(scenario, used.iter().map(String::as_str));
    let read = Message::new(Word::an_prices_file_read).text("name", &source.name).number("count", count as f64);
    let mut said = vec![read];
    if !not_taken.is_empty() {
        let more = if not_taken.len() > NAMED { "; …" } else { "" };
        let names = not_taken.iter().take(NAMED).cloned().collect::<Vec<_>>().join("; ") + more;
        let message = Message::new(Word::an_prices_file_not_taken).number("count", not_taken.len() as f64);
        said.push(message.text("names", names));
    }
    (Some(changed), said)
}

/// A model with the prices that this scenario pays.
fn priced(scenario: &Scenario, id: &str) -> Model {
    let place = Place::of_model(id, scenario.region.as_deref());
    let mut model =
        crate::lab::prices::catalog().get(id).map_or_else(|| Model::unpriced(id), |model| model.placed(place));
    if let Some(own) = scenario.billing.prices.get(id) {
        model.prices = model.prices.with(&own.prices);
        model.source = own.source.clone().unwrap_or(model.source);
        model.date = own.date.clone().unwrap_or(model.date);
    }
    model
}

/// What a model begins with that is added by its id: the catalog's row, if there is one.
fn starting_prices(id: &str) -> OwnPrices {
    crate::lab::prices::catalog()
        .get(id)
        .map_or_else(|| OwnPrices { name: Some(id.to_string()), ..OwnPrices::default() }, OwnPrices::of)
}

/// Whether a scenario pays something else than the catalog says.
fn differs(scenario: &Scenario, id: &str) -> bool {
    let own = scenario.billing.prices.get(id);
    own.is_some()
        && crate::lab::prices::catalog().get(id).is_none_or(|known| priced(scenario, id).prices != known.prices)
}

fn heads(speech: &Speech) -> Vec<Head> {
    let prices = STANDARD.iter().map(|price| Head::figure(speech.word(price_name(*price))));
    let source = Head::name(speech.word(Word::an_source));
    [Head::name(speech.word(Word::ui_model))].into_iter().chain(prices).chain([source]).collect()
}

fn tier_heads(speech: &Speech, tiers: &[PriceKind]) -> Vec<Head> {
    let prices = tiers.iter().map(|price| Head::figure(price.key().replace('.', " ")));
    let long = Head::plain(speech.word(Word::an_long_context));
    [Head::name(speech.word(Word::ui_model))].into_iter().chain(prices).chain([long]).collect()
}

/// What a row is sorted by: the model's name, then its prices.
fn keys(lens: &Lens, id: &str, model: &Model, prices: &[PriceKind]) -> Vec<Option<Key>> {
    let prices = prices.iter().map(|price| figure(model.prices.get(*price).map(Price::usd_per_million)));
    [name(&lens.model_name(id))].into_iter().chain(prices).collect()
}

fn tier_row(speech: &Speech, lens: &Lens, id: &str, tiers: &[PriceKind]) -> SortRow {
    let model = priced(&lens.scenario, id);
    let html = html! {
        <tr>
            <th scope="row">{ lens.model_name(id) }</th>
            for price in tiers.iter().copied() {
                <td class="n">{ price_field(speech, lens, id, price) }</td>
            }
            <td>{ long_context(speech, &model) }</td>
        </tr>
    };
    SortRow::new(keys(lens, id, &model, tiers), html)
}

fn row(speech: &Speech, lens: &Lens, id: &str) -> SortRow {
    let model = priced(&lens.scenario, id);
    let own = lens.scenario.billing.prices.contains_key(id);
    let used = lens.answers.estimate.by_model.iter().any(|model| model.model == id);
    let known = crate::lab::prices::catalog().get(id).is_some();
    let remove = {
        let (adopt, scenario, id) = (lens.adopt.clone(), lens.scenario.clone(), id.to_string());
        Callback::from(move |_: MouseEvent| {
            let mut changed = (*scenario).clone();
            changed.billing.prices.remove(&id);
            adopt.emit(changed);
        })
    };
    let marks = [
        (differs(&lens.scenario, id), Word::an_own_price),
        (!used, Word::an_not_used),
        (known && model.retired, Word::an_retired),
        (is_stale(&model.date, &lens.today), Word::an_stale),
    ];
    let marks: Vec<String> = marks.into_iter().filter(|(is, _)| *is).map(|(_, word)| speech.word(word)).collect();
    // The catalog's row cannot be taken away from a scenario that needs it.
    let removable = own && (differs(&lens.scenario, id) || !used);
    let mut keys = keys(lens, id, &model, &STANDARD);
    keys.push(name(&format!("{} {}", model.source, model.date)));
    let html = html! {
        <tr data-price-row={id.to_string()}>
            <th scope="row">{ lens.model_name(id) }<small class="marks"><code>{ id }</code></small></th>
            for price in STANDARD {
                <td class="n">{ price_field(speech, lens, id, price) }</td>
            }
            <td class="source">
                { source(&model.source) }{ " " }{ &model.date }
                if !marks.is_empty() {
                    <small class="marks">{ marks.join(" · ") }</small>
                }
                if removable {
                    <button class="small quiet" onclick={remove}>{ speech.word(if known { Word::an_reset_price } else { Word::an_remove }) }</button>
                }
            </td>
        </tr>
    };
    SortRow::new(keys, html)
}

/// Where a price comes from, as short as its address allows.
fn source(source: &str) -> Html {
    match source.strip_prefix("https://") {
        Some(rest) => {
            let host = rest.split('/').next().unwrap_or(rest).to_string();
            html! { <a href={source.to_string()} target="_blank" rel="noopener noreferrer" title={source.to_string()}>{ host }</a> }
        }
        None => html! { <span>{ source }</span> },
    }
}

fn long_context(speech: &Speech, model: &Model) -> String {
    let said = model.prices.thresholds().iter().map(|threshold| {
        speech.say(
            &Message::new(Word::an_long_context_is)
                .number("tokens", threshold.above_tokens as f64)
                .text("input", plain(threshold.prices.get(PriceKind::Input)))
                .text("output", plain(threshold.prices.get(PriceKind::Output))),
        )
    });
    let said: Vec<String> = said.collect();
    if said.is_empty() { "–".to_string() } else { said.join(" · ") }
}

/// A price as it is typed: dollars per million tokens, to its last digit.
fn plain(price: Option<Price>) -> String {
    price.map_or(String::new(), |price| price.usd_per_million().to_string())
}

fn price_field(speech: &Speech, lens: &Lens, id: &str, price: PriceKind) -> Html {
    let model = priced(&lens.scenario, id);
    let label = Message::new(Word::input_price)
        .text("model", lens.model_name(id))
        .text("price", speech.word(price_name(price)));
    let (adopt, scenario, id) = (lens.adopt.clone(), lens.scenario.clone(), id.to_string());
    let on_set = Callback::from(move |usd: Option<f64>| {
        let value = usd.and_then(Price::per_million);
        let mut changed = (*scenario).clone();
        let prices = changed.billing.prices.entry(id.clone()).or_insert_with(|| starting_prices(&id));
        prices.prices.set(price, value);
        // A price of one's own has no page behind it.
        (prices.source, prices.date) = (Some("own".to_string()), None);
        adopt.emit(changed);
    });
    let value = model.prices.get(price).map(Price::usd_per_million);
    html! { <Field label={speech.say(&label)} {value} max={1e6} unit={Unit::Exact} bare=true optional=true {on_set} /> }
}

fn price_name(price: PriceKind) -> Word {
    match (price.tier(), price.token()) {
        (Tier::Standard, TokenKind::Input) => Word::an_price_input,
        (Tier::Standard, TokenKind::Output) => Word::an_price_output,
        (_, TokenKind::CacheWrite5m) => Word::an_price_write_5m,
        (_, TokenKind::CacheWrite1h) => Word::an_price_write_1h,
        (_, TokenKind::CacheRead) => Word::an_price_read,
        (_, TokenKind::Input) => Word::an_price_tier_input,
        (_, TokenKind::Output) => Word::an_price_tier_output,
    }
}
