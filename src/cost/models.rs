//! The same mix on every model.

use serde::Serialize;

use crate::catalog::{Catalog, Mode, Model, PriceKind};
use crate::money::Price;
use crate::scenario::Scenario;

use super::rows::beyond_limits;
use super::sheet::{Sheet, place};

/// The mix on one model of the catalog.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct OnModel {
    pub model: String,
    pub name: String,
    /// `None` when a price that the mix needs is not known.
    pub daily_cost_usd: Option<f64>,
    /// Against the scenario as it is, in percent.
    pub change_pct: Option<f64>,
    pub input: Option<Price>,
    pub output: Option<Price>,
    /// No longer offered.
    pub retired: bool,
    /// Its tokenizer counts differently from that of the scenario's models: the same texts are
    /// other numbers of tokens.
    pub other_tokenizer: bool,
    /// Some of the mix's prompts are longer than it takes.
    pub too_long: bool,
    /// The largest share of a query type's prompts that is longer than it takes, 0 to 1.
    pub prompts_too_long: f64,
    /// The largest share of a query type's answers that is longer than it writes, 0 to 1.
    pub answers_too_long: f64,
    pub source: String,
    pub date: String,
}

impl OnModel {
    /// Whether it cannot take the mix as it is: prompts or answers are too long for it.
    pub fn cannot_take(&self) -> bool {
        self.too_long || self.prompts_too_long > 0.01 || self.answers_too_long > 0.01
    }
}

/// The same mix on every chat model of the catalog: the cheapest first, then those that cannot take it, and apart
/// from them those whose price is not known.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[non_exhaustive]
pub struct OnModels {
    pub known: Vec<OnModel>,
    pub unknown: Vec<OnModel>,
}

/// What the mix would cost on every model, those judged retired that are on `today`, `YYYY-MM-DD`: all calls go to it, none is escalated, everything else
/// stays as it is.
pub fn on_models(scenario: &Scenario, catalog: &Catalog, today: Option<&str>) -> OnModels {
    let now = Sheet::new(scenario, catalog);
    let now = now.total(&now.numbers);
    let Some(first) = scenario.types.iter().find_map(|kind| kind.branches().next()) else {
        return OnModels::default();
    };
    let families: Vec<_> = scenario
        .types
        .iter()
        .flat_map(|kind| kind.branches())
        .map(|(id, _)| catalog.get(id).and_then(|model| model.tokenizer))
        .collect();
    let longest = scenario
        .types
        .iter()
        .map(|kind| scenario.mean_input(kind) + scenario.sizes_of(kind).before())
        .fold(0.0, f64::max);
    let used = || scenario.types.iter().filter(|kind| kind.share_pct > 0.0);
    let single = all_on(scenario, first.0);
    let mut sheet = Sheet::new(&single, catalog);
    // The prompt's distribution is needed for models that have a threshold.
    sheet.keep_distributions(&single);
    let mut all = OnModels::default();
    // A team's own models are choices as well.
    let own = scenario.billing.prices.keys().filter(|id| catalog.get(id).is_none());
    let own: Vec<Model> = own.map(|id| Model::unpriced(id)).collect();
    for model in catalog.models().filter(|model| model.mode == Mode::Chat).chain(&own) {
        let mut priced = model.placed(place(scenario, &model.id));
        let own = scenario.billing.prices.get(&model.id);
        if let Some(own) = own {
            priced.prices = priced.prices.with(&own.prices);
            priced.min_cache_tokens = own.min_cache_tokens.or(priced.min_cache_tokens);
            priced.name = own.name.clone().unwrap_or(priced.name);
            priced.source = own.source.clone().unwrap_or(priced.source);
            priced.date = own.date.clone().unwrap_or(priced.date);
        }
        sheet.set_model(0, &priced);
        let cost = Some(sheet.total(&sheet.numbers)).filter(|cost| cost.is_finite());
        let beyond = used().map(|kind| beyond_limits(scenario, kind, model));
        let (prompts, answers) = beyond.fold((0.0, 0.0), |(p, a): (f64, f64), (q, b)| (p.max(q), a.max(b)));
        let row = OnModel {
            prompts_too_long: prompts,
            answers_too_long: answers,
            model: model.id.clone(),
            name: priced.name,
            daily_cost_usd: cost,
            change_pct: cost.filter(|_| now.is_finite() && now > 0.0).map(|cost| (cost / now - 1.0) * 100.0),
            input: priced.prices.get(PriceKind::Input),
            output: priced.prices.get(PriceKind::Output),
            retired: crate::rules::age(model, today) == Some(crate::rules::Age::Retired),
            other_tokenizer: families.iter().any(|family| *family != model.tokenizer),
            too_long: model.max_input_tokens.is_some_and(|most| longest > most as f64),
            source: priced.source,
            date: priced.date,
        };
        if cost.is_some() { all.known.push(row) } else { all.unknown.push(row) }
    }
    // What cannot take the mix is no choice, however cheap.
    let cost = |row: &OnModel| row.daily_cost_usd.unwrap_or(f64::INFINITY);
    all.known.sort_by(|a, b| a.cannot_take().cmp(&b.cannot_take()).then(cost(a).total_cmp(&cost(b))));
    all
}

/// The scenario with every call on one model.
pub fn all_on(scenario: &Scenario, model: &str) -> Scenario {
    let mut changed = scenario.clone();
    for kind in &mut changed.types {
        kind.model = Some(model.to_string());
        kind.route = None;
        kind.escalation = None;
    }
    changed
}
