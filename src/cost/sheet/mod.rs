//! A scenario as plain numbers: what is multiplied with what, with every input by its name.
//!
//! [`Sheet::walk`] is the only place that says how many tokens of which kind a scenario uses. The exact bill
//! rounds what it hears to pico-dollars, [`Sheet::total`] adds it up in floats: one cannot say something else than
//! the other. Whoever counts tokens call by call prices them by [`Sheet::call_rates`].

mod around;
mod call;
mod numbers;
mod rates;

pub use numbers::Numbers;
pub use rates::{CallRates, TokenRate, TokenRates};

use crate::catalog::{Catalog, Chosen, EMBEDDING_MODEL, Model, Place, PriceKind, Prices, Tier, TokenKind};
use crate::scenario::{CacheKind, CacheTtl, Distribution, Scenario};

use super::input::{Input, TypeInput};
use super::part::Part;
pub(super) use call::Tries;
use call::{Call, Drawn};
use numbers::PriceNumbers;

/// What a cache's prefix must have at least where nobody knows: what most models on Bedrock ask for.
pub const ASSUMED_MIN_CACHE_TOKENS: u64 = 1_024;

/// A scenario ready to be priced again and again with changed numbers.
#[derive(Clone, Debug)]
pub struct Sheet {
    /// Every number that the bill depends on; [`Sheet::inputs`] names them.
    pub numbers: Numbers,
    pub(super) types: Vec<TypeRow>,
    pub(super) models: Vec<ModelRow>,
    /// The model of the embeddings service.
    service_embedding: Option<usize>,
    /// Attempts of one call.
    attempts: u32,
    failed_input_share: f64,
    failed_output_share: f64,
}

/// One query type.
#[derive(Clone, Debug)]
pub(super) struct TypeRow {
    /// The model of each branch of its route.
    branches: Vec<usize>,
    /// The model that what the first did not answer well goes on to.
    escalation: Option<usize>,
    /// How long its prompt cache lives, and whether it holds the conversation.
    pub prompt_cache: Option<(CacheTtl, bool)>,
    /// The model that embeds for a semantic cache.
    embedding: Option<usize>,
    /// The prompt's distribution, for what lies beyond a threshold; only where a model has one.
    input: Option<Distribution>,
}

/// One model that the scenario uses.
#[derive(Clone, Debug)]
pub(super) struct ModelRow {
    pub id: String,
    /// The exact prices, for the exact bill.
    pub prices: Prices,
    /// The smallest prefix that is cached.
    pub min_cache_tokens: f64,
    /// Nobody knows it.
    pub min_cache_assumed: bool,
}

/// What is bought, and how much of it.
pub(super) enum Bought {
    /// Tokens of a model, in a tier, above so many of its thresholds.
    Tokens { model: usize, token: TokenKind, tier: Tier, level: usize, tokens: f64 },
    /// Something else, in dollars.
    Dollars(f64),
}

impl Sheet {
    /// Lays a scenario out with a catalog's prices and the scenario's own. The scenario should be
    /// valid.
    pub fn new(scenario: &Scenario, catalog: &Catalog) -> Self {
        let mut sheet = Sheet {
            numbers: Numbers::of(scenario),
            types: Vec::with_capacity(scenario.types.len()),
            models: Vec::with_capacity(4),
            service_embedding: None,
            attempts: scenario.retry.attempts(),
            failed_input_share: scenario.billing.failed_input_share,
            failed_output_share: scenario.billing.failed_output_share,
        };
        for kind in &scenario.types {
            let branches = kind.branches().map(|(id, _)| sheet.model(scenario, catalog, id)).collect();
            let escalation = kind.escalation.as_ref().map(|next| sheet.model(scenario, catalog, &next.model));
            let embedding = (kind.cache.kind == CacheKind::Semantic).then(|| {
                let id = kind.cache.embedding_model.as_deref().unwrap_or(EMBEDDING_MODEL);
                sheet.model(scenario, catalog, id)
            });
            let prompt_cache = kind.prompt.cache.map(|cache| (cache.ttl, cache.history));
            sheet.types.push(TypeRow { branches, escalation, prompt_cache, embedding, input: None });
        }
        if let Some(embeddings) = &scenario.infrastructure.embeddings {
            sheet.service_embedding = Some(sheet.model(scenario, catalog, &embeddings.model));
        }
        let models = &sheet.models;
        let long = |model: &usize| models.get(*model).is_some_and(|model| !model.prices.thresholds().is_empty());
        for (row, kind) in sheet.types.iter_mut().zip(&scenario.types) {
            if row.branches.iter().chain(&row.escalation).any(long) {
                row.input = Some(scenario.input_of(kind));
            }
        }
        sheet
    }

    /// The place of a model among those the scenario uses.
    fn model(&mut self, scenario: &Scenario, catalog: &Catalog, id: &str) -> usize {
        if let Some(index) = self.models.iter().position(|model| model.id == id) {
            return index;
        }
        let row = ModelRow::of(scenario, catalog, id);
        self.numbers.prices.push(PriceNumbers::of(&row.prices));
        self.models.push(row);
        self.models.len() - 1
    }

    /// Every input that the bill depends on.
    pub fn inputs(&self) -> Vec<Input> {
        let mut all = vec![Input::DailyMessages, Input::DiscountPct, Input::ThrottleRate, Input::ErrorRate];
        for (index, row) in self.types.iter().enumerate() {
            all.extend(TypeInput::ALL.into_iter().map(|input| Input::Type(index, input)));
            let routed = row.branches.len() > 1;
            all.extend((0..row.branches.len()).filter(|_| routed).map(|branch| Input::Route(index, branch)));
        }
        let mut services = self.numbers.services.clone();
        all.extend(services.numbers_mut().into_iter().map(|(service, field, _)| Input::Service(service, field)));
        for (index, model) in self.models.iter().enumerate() {
            for level in 0..=model.prices.thresholds().len() {
                all.extend(PriceKind::ALL.iter().map(|kind| Input::Price(index, level, *kind)));
            }
        }
        all
    }

    /// Keeps every prompt's distribution, for models with thresholds that are set later.
    pub(super) fn keep_distributions(&mut self, scenario: &Scenario) {
        for (row, kind) in self.types.iter_mut().zip(&scenario.types) {
            row.input = Some(scenario.input_of(kind));
        }
    }

    /// Gives one of the scenario's models the prices of another.
    pub fn set_model(&mut self, index: usize, model: &Model) {
        let (Some(row), Some(numbers)) = (self.models.get_mut(index), self.numbers.prices.get_mut(index)) else {
            return;
        };
        *numbers = PriceNumbers::of(&model.prices);
        *row = ModelRow::new(std::mem::take(&mut row.id), model.prices.clone(), model.min_cache_tokens);
    }

    /// Dollars a day with these numbers, which are laid out as [`Sheet::numbers`]; NaN when a price
    /// that is used is not known.
    pub fn total(&self, numbers: &Numbers) -> f64 {
        let mut total = 0.0;
        let discounted = 1.0 - numbers.discount_pct / 100.0;
        self.walk(numbers, &mut |_, _, bought| match bought {
            Bought::Dollars(dollars) => total += dollars,
            Bought::Tokens { model, token, tier, level, tokens } => {
                if tokens != 0.0 {
                    total += tokens * self.usd_per_million(numbers, model, token, tier, level) * 1e-6 * discounted;
                }
            }
        });
        total
    }

    /// Dollars per million tokens; NaN where unknown.
    fn usd_per_million(&self, numbers: &Numbers, model: usize, token: TokenKind, tier: Tier, level: usize) -> f64 {
        let Some((row, levels)) = self.models.get(model).zip(numbers.prices.get(model)) else { return f64::NAN };
        let price = |level: usize, kind: PriceKind| levels.get(level).map_or(f64::NAN, |prices| prices.get(kind));
        let named = price(level, PriceKind::of(tier, token));
        if !named.is_nan() {
            return named;
        }
        let Some(rule) = row.prices.rule(token, tier, level) else { return f64::NAN };
        let raised = rule.raised.map_or(1.0, |[below, above]| price(above.0, above.1) / price(below.0, below.1));
        price(rule.level, rule.kind) * raised
    }

    /// Tells `hear` everything that is bought in a day: for which query type, as which part.
    #[inline]
    pub(super) fn walk(&self, numbers: &Numbers, hear: &mut impl FnMut(Option<usize>, Part, Bought)) {
        let tries = self.tries(numbers);
        for (index, (row, v)) in self.types.iter().zip(&numbers.types).enumerate() {
            let daily = numbers.daily_messages * v[TypeInput::SharePct] / 100.0;
            let uncached = daily - daily * v[TypeInput::HitRate];
            if let Some(model) = row.embedding {
                let bought = around::embedded(model, daily * v[TypeInput::InputTokens]);
                hear(Some(index), Part::CacheEmbedding, bought);
            }
            let lookups = daily * v[TypeInput::LookupUsdPer1k] / 1000.0;
            if lookups != 0.0 {
                hear(Some(index), Part::CacheLookup, Bought::Dollars(lookups));
            }
            self.calls(numbers, index, uncached, &tries, &mut |part, bought| hear(Some(index), part, bought));
            self.around(numbers, index, daily, hear);
        }
        Sheet::all_day(numbers, hear);
    }

    /// The model calls of messages of a query type that reach a model.
    #[inline]
    pub(super) fn calls(
        &self,
        numbers: &Numbers,
        query_type: usize,
        messages: f64,
        tries: &Tries,
        hear: &mut impl FnMut(Part, Bought),
    ) {
        let Some((row, v)) = self.types.get(query_type).zip(numbers.types.get(query_type)) else { return };
        let mut call = |model: usize, calls: f64| {
            let long = self.models.get(model).is_some_and(|model| !model.prices.thresholds().is_empty());
            let message = Drawn {
                input: v[TypeInput::InputTokens],
                output: v[TypeInput::OutputTokens],
                distribution: row.input.as_ref().filter(|_| long),
            };
            self.call(&Call { row, numbers: v, message, model }, calls, tries, hear);
        };
        for (model, share) in row.branches.iter().zip(&v.shares) {
            call(*model, messages * share);
        }
        if let Some(model) = row.escalation {
            call(model, messages * tries.success * v[TypeInput::EscalationPct] / 100.0);
        }
    }

    /// How a call's attempts end.
    ///
    /// # Source
    /// The geometric series: with q the chance that an attempt fails, n attempts succeed with
    /// 1 - qⁿ and 1 + q + … + qⁿ⁻¹ of them are made.
    pub(super) fn tries(&self, numbers: &Numbers) -> Tries {
        let failing = (numbers.throttle_rate + numbers.error_rate).min(1.0);
        let (mut made, mut reached) = (0.0, 1.0);
        for _ in 0..self.attempts {
            made += reached;
            reached *= failing;
        }
        Tries { success: 1.0 - reached, errors: numbers.error_rate.min(1.0) * made }
    }
}

impl ModelRow {
    /// A model with the prices that a scenario pays: of its region, and its own in their place.
    pub fn of(scenario: &Scenario, catalog: &Catalog, id: &str) -> Self {
        let known = catalog.get(id);
        let chosen = known.map(|model| model.at(place(scenario, id)));
        let prices = chosen.as_ref().map_or_else(Prices::default, |chosen: &Chosen<'_>| chosen.prices.clone());
        let min = known.and_then(|model| model.min_cache_tokens);
        let own = &scenario.billing.prices;
        match own.get(id).or_else(|| own.get(&known?.id)) {
            Some(own) => ModelRow::new(id.to_string(), prices.with(&own.prices), own.min_cache_tokens.or(min)),
            None => ModelRow::new(id.to_string(), prices, min),
        }
    }

    fn new(id: String, prices: Prices, min_cache_tokens: Option<u64>) -> Self {
        ModelRow {
            id,
            prices,
            min_cache_tokens: min_cache_tokens.unwrap_or(ASSUMED_MIN_CACHE_TOKENS) as f64,
            min_cache_assumed: min_cache_tokens.is_none(),
        }
    }
}

/// The smallest prefix that a model caches, in tokens, as a scenario's bill takes it.
pub(crate) fn min_cache_tokens(scenario: &Scenario, catalog: &Catalog, id: &str) -> f64 {
    ModelRow::of(scenario, catalog, id).min_cache_tokens
}

/// Where a scenario's calls of a model are made.
pub(super) fn place<'a>(scenario: &'a Scenario, id: &'a str) -> Place<'a> {
    Place::of_model(id, scenario.region.as_deref())
}
