//! A scenario as plain numbers: what is multiplied with what, with every input in a flat list.
//!
//! [`Sheet::walk`] is the only place that says how many tokens of which kind a scenario uses. The
//! exact bill rounds what it hears to pico-dollars, [`Sheet::total`] adds it up in floats; so one
//! cannot say something else than the other.

mod around;
mod rates;

pub use rates::{CallRates, TokenRates};

use crate::catalog::{Catalog, Model, Prices};
use crate::scenario::{CacheKind, CacheTtl, Distribution, EMBEDDING_MODEL, QueryType, Scenario, Sizes, Turn};

use super::input::{Input, PriceInput, TypeInput};
use super::part::Part;

/// A scenario ready to be priced again and again with changed numbers.
#[derive(Clone, Debug)]
pub struct Sheet {
    /// Every number that the bill depends on; [`Sheet::inputs`] says which is which.
    pub values: Vec<f64>,
    pub(super) types: Vec<TypeRow>,
    pub(super) models: Vec<ModelRow>,
    branches: Vec<Branch>,
    services: Services,
    /// Where the services' numbers begin.
    services_at: usize,
    /// Attempts of one call.
    attempts: u32,
    failed_input_share: f64,
    failed_output_share: f64,
}

/// One query type.
#[derive(Clone, Debug)]
pub(super) struct TypeRow {
    /// Where its numbers begin.
    at: usize,
    branches: std::ops::Range<usize>,
    /// The model that what the first did not answer well goes on to.
    escalation: Option<usize>,
    prompt_cache: Option<(CacheTtl, bool)>,
    /// The model that embeds for a semantic cache.
    embedding: Option<usize>,
    /// The prompt's law, for what lies beyond a long-context limit; only where a model has one.
    input: Option<Distribution>,
}

#[derive(Clone, Debug)]
struct Branch {
    model: usize,
    /// Where its share is.
    at: usize,
}

/// One model that the scenario uses.
#[derive(Clone, Debug)]
pub(super) struct ModelRow {
    pub id: String,
    /// The exact prices, for the exact bill.
    pub prices: Prices,
    /// Where its prices begin.
    at: usize,
    min_cache_tokens: f64,
    long_above: f64,
}

/// Which services are on, in the order of their numbers.
#[derive(Clone, Debug, Default)]
struct Services {
    names: Vec<(&'static str, &'static str)>,
    api_gateway: Option<usize>,
    fargate: Option<usize>,
    dynamodb: Option<usize>,
    opensearch: Option<usize>,
    elasticache: Option<usize>,
    guardrails: Option<usize>,
    embeddings: Option<(usize, usize)>,
}

/// The tiers beside the standard one: their share, and what their tokens cost.
const OTHER_TIERS: [(TypeInput, PriceInput, PriceInput); 3] = [
    (TypeInput::BatchPct, PriceInput::BatchInput, PriceInput::BatchOutput),
    (TypeInput::FlexPct, PriceInput::FlexInput, PriceInput::FlexOutput),
    (TypeInput::PriorityPct, PriceInput::PriorityInput, PriceInput::PriorityOutput),
];

/// What is bought, and how much of it.
pub(super) enum Bought {
    /// Tokens of a model at one of its prices; `raised` as its input price is above the limit.
    Tokens { model: usize, price: PriceInput, raised: bool, tokens: f64 },
    /// Something else, in dollars.
    Dollars(f64),
}

impl Sheet {
    /// Lays a scenario out with a catalog's prices and the scenario's own. The scenario should be
    /// valid.
    pub fn new(scenario: &Scenario, catalog: &Catalog) -> Self {
        let faults = scenario.faults;
        let mut sheet = Sheet {
            values: Vec::with_capacity(256),
            types: Vec::with_capacity(scenario.types.len()),
            models: Vec::with_capacity(4),
            branches: Vec::with_capacity(scenario.types.len() * 2),
            services: Services::default(),
            services_at: 0,
            attempts: scenario.retry.attempts(),
            failed_input_share: scenario.billing.failed_input_share,
            failed_output_share: scenario.billing.failed_output_share,
        };
        sheet.values.extend([
            scenario.daily_messages,
            scenario.billing.discount_pct,
            faults.throttle_rate,
            faults.error_rate,
        ]);
        for kind in &scenario.types {
            let at = sheet.values.len();
            sheet.values.extend(TypeInput::ALL.map(|input| input.of(scenario, kind)));
            let first = sheet.branches.len();
            for (id, share) in kind.branches() {
                let model = sheet.model(scenario, catalog, id);
                sheet.branches.push(Branch { model, at: sheet.values.len() });
                sheet.values.push(share);
            }
            let branches = first..sheet.branches.len();
            let escalation = kind.escalation.as_ref().map(|next| sheet.model(scenario, catalog, &next.model));
            let embedding = (kind.cache.kind == CacheKind::Semantic).then(|| {
                let id = kind.cache.embedding_model.as_deref().unwrap_or(EMBEDDING_MODEL);
                sheet.model(scenario, catalog, id)
            });
            let prompt_cache = kind.prompt.cache.map(|cache| (cache.ttl, cache.history));
            sheet.types.push(TypeRow { at, branches, escalation, prompt_cache, embedding, input: None });
        }
        sheet.services(scenario, catalog);
        for (row, kind) in sheet.types.iter_mut().zip(&scenario.types) {
            let long = |model: usize| sheet.models[model].long_above.is_finite();
            if sheet.branches[row.branches.clone()].iter().any(|branch| long(branch.model))
                || row.escalation.is_some_and(long)
            {
                row.input = Some(scenario.input_of(kind));
            }
        }
        for model in &mut sheet.models {
            model.at = sheet.values.len();
            sheet.values.extend(PriceInput::ALL.map(|input| input.of(&model.prices)));
        }
        sheet
    }

    /// The place of a model among those the scenario uses.
    fn model(&mut self, scenario: &Scenario, catalog: &Catalog, id: &str) -> usize {
        if let Some(index) = self.models.iter().position(|model| model.id == id) {
            return index;
        }
        let known = catalog.get(id);
        let (mut prices, mut min) = known.map_or_else(Default::default, |m| (m.prices, m.min_cache_tokens));
        let own = &scenario.billing.prices;
        if let Some(own) = own.get(id).or_else(|| own.get(&known?.id)) {
            prices = prices.with(own);
            min = own.min_cache_tokens.or(min);
        }
        self.models.push(ModelRow::new(id, prices, min));
        self.models.len() - 1
    }

    /// Every input with its place in [`Sheet::values`].
    pub fn inputs(&self) -> Vec<(Input, usize)> {
        let globals = [Input::DailyMessages, Input::DiscountPct, Input::ThrottleRate, Input::ErrorRate];
        let mut all: Vec<_> = globals.into_iter().zip(0..).collect();
        for (index, row) in self.types.iter().enumerate() {
            all.extend(TypeInput::ALL.into_iter().zip(row.at..).map(|(input, at)| (Input::Type(index, input), at)));
            let routed = row.branches.len() > 1;
            let branches = self.branches[row.branches.clone()].iter().enumerate().filter(|_| routed);
            all.extend(branches.map(|(branch, place)| (Input::Route(index, branch), place.at)));
        }
        for (index, (service, field)) in self.services.names.iter().enumerate() {
            all.push((Input::Service(service, field), self.services_at + index));
        }
        for (index, model) in self.models.iter().enumerate() {
            all.extend(PriceInput::ALL.into_iter().zip(model.at..).map(|(price, at)| (Input::Price(index, price), at)));
        }
        all
    }

    /// Keeps every prompt's law, for models with a long-context limit that are set later.
    pub(super) fn keep_laws(&mut self, scenario: &Scenario) {
        for (row, kind) in self.types.iter_mut().zip(&scenario.types) {
            row.input = Some(scenario.input_of(kind));
        }
    }

    /// Gives one of the scenario's models the prices of another.
    pub fn set_model(&mut self, index: usize, model: &Model) {
        let Some(row) = self.models.get_mut(index) else { return };
        let at = row.at;
        let id = std::mem::take(&mut row.id);
        *row = ModelRow { at, ..ModelRow::new(&id, model.prices, model.min_cache_tokens) };
        self.values[at..at + PriceInput::ALL.len()].copy_from_slice(&PriceInput::ALL.map(|i| i.of(&model.prices)));
    }

    /// Dollars a day with these values, which are laid out as [`Sheet::values`]; NaN when a price
    /// that is used is not known.
    pub fn total(&self, values: &[f64]) -> f64 {
        let mut total = 0.0;
        let discounted = 1.0 - values[1] / 100.0;
        self.walk(values, &mut |_, _, bought| match bought {
            Bought::Dollars(dollars) => total += dollars,
            Bought::Tokens { model, price, raised, tokens } => {
                if tokens != 0.0 {
                    let at = self.models[model].at;
                    let mut rate = values[at + price as usize];
                    if raised {
                        rate *= values[at + PriceInput::LongInput as usize] / values[at + PriceInput::Input as usize];
                    }
                    total += tokens * rate * 1e-6 * discounted;
                }
            }
        });
        total
    }

    /// Tells `hear` everything that is bought in a day: for which query type, as which part.
    #[inline]
    pub(super) fn walk(&self, values: &[f64], hear: &mut impl FnMut(Option<usize>, Part, Bought)) {
        let messages = values[0];
        let tries = self.tries(values[2], values[3]);
        for (index, row) in self.types.iter().enumerate() {
            let v = &values[row.at..row.at + TypeInput::ALL.len()];
            let daily = messages * v[TypeInput::SharePct as usize] / 100.0;
            let uncached = daily - daily * v[TypeInput::HitRate as usize];
            if let Some(model) = row.embedding {
                let tokens = daily * v[TypeInput::InputTokens as usize];
                let bought = Bought::Tokens { model, price: PriceInput::Input, raised: false, tokens };
                hear(Some(index), Part::CacheEmbedding, bought);
            }
            let lookups = daily * v[TypeInput::LookupUsdPer1k as usize] / 1000.0;
            if lookups != 0.0 {
                hear(Some(index), Part::CacheLookup, Bought::Dollars(lookups));
            }
            self.calls(values, row, uncached, &tries, &mut |part, bought| hear(Some(index), part, bought));
            self.around(values, index, daily, hear);
        }
        self.all_day(values, hear);
    }

    /// The model calls of messages that reach a model.
    #[inline]
    pub(super) fn calls(
        &self,
        values: &[f64],
        row: &TypeRow,
        messages: f64,
        tries: &Tries,
        hear: &mut impl FnMut(Part, Bought),
    ) {
        let v = &values[row.at..row.at + TypeInput::ALL.len()];
        for branch in &self.branches[row.branches.clone()] {
            self.call(values, row, branch.model, messages * values[branch.at], tries, hear);
        }
        if let Some(model) = row.escalation {
            let calls = messages * tries.success * v[TypeInput::EscalationPct as usize] / 100.0;
            self.call(values, row, model, calls, tries, hear);
        }
    }

    /// How a call's attempts end.
    ///
    /// # Source
    /// The geometric series: with q the chance that an attempt fails, n attempts succeed with
    /// 1 - qⁿ and 1 + q + … + qⁿ⁻¹ of them are made.
    pub(super) fn tries(&self, throttle_rate: f64, error_rate: f64) -> Tries {
        let failing = (throttle_rate + error_rate).min(1.0);
        let (mut made, mut reached) = (0.0, 1.0);
        for _ in 0..self.attempts {
            made += reached;
            reached *= failing;
        }
        Tries { success: 1.0 - reached, errors: error_rate.min(1.0) * made }
    }

    pub(super) fn tries_now(&self) -> Tries {
        self.tries(self.values[2], self.values[3])
    }

    fn call(
        &self,
        values: &[f64],
        row: &TypeRow,
        model: usize,
        calls: f64,
        tries: &Tries,
        hear: &mut impl FnMut(Part, Bought),
    ) {
        let v = &values[row.at..row.at + TypeInput::ALL.len()];
        let output = v[TypeInput::OutputTokens as usize];
        let mut answered = |part: Part, price, raised, calls: f64, tokens: f64| {
            let share = if price_is_output(price) { self.failed_output_share } else { self.failed_input_share };
            hear(part, Bought::Tokens { model, price, raised, tokens: calls * tries.success * tokens });
            if tries.errors > 0.0 {
                let wasted = calls * tries.errors * share * tokens;
                hear(Part::Retries, Bought::Tokens { model, price, raised, tokens: wasted });
            }
        };
        let mut standard = 1.0;
        for (pct, input_price, output_price) in OTHER_TIERS {
            let share = v[pct as usize] / 100.0;
            if share > 0.0 {
                standard -= share;
                // These tiers have no prompt cache: everything before the message is plain input.
                let prompt = v[TypeInput::InputTokens as usize] + self.whole_prompt(v);
                answered(Part::Input, input_price, false, calls * share, prompt);
                answered(Part::Output, output_price, false, calls * share, output);
            }
        }
        let calls = if standard < 1.0 { calls * standard.max(0.0) } else { calls };
        let [below, above] = self.prompt(v, row, model);
        for (prompt, raised) in [(below, false), (above, true)] {
            if prompt.calls == 0.0 {
                continue;
            }
            let (input_price, output_price) = if raised {
                (PriceInput::LongInput, PriceInput::LongOutput)
            } else {
                (PriceInput::Input, PriceInput::Output)
            };
            let (write_part, write_price) = match row.prompt_cache {
                Some((CacheTtl::OneHour, _)) => (Part::CacheWrite1h, PriceInput::CacheWrite1h),
                _ => (Part::CacheWrite5m, PriceInput::CacheWrite5m),
            };
            answered(Part::Input, input_price, false, calls, prompt.plain);
            answered(Part::Output, output_price, false, calls, prompt.calls * output);
            if prompt.read != 0.0 {
                answered(Part::CacheRead, PriceInput::CacheRead, raised, calls, prompt.read);
            }
            if prompt.written != 0.0 {
                answered(write_part, write_price, raised, calls, prompt.written);
            }
        }
    }

    /// What one call's prompt is made of on average over a conversation: of calls within the
    /// long-context limit, and of those beyond it.
    fn prompt(&self, v: &[f64], row: &TypeRow, model: usize) -> [PromptTokens; 2] {
        let [input, turns, hit] =
            [TypeInput::InputTokens, TypeInput::Turns, TypeInput::PromptHitRate].map(|field| v[field as usize]);
        let model = &self.models[model];
        let mut sums = [PromptTokens::default(); 2];
        self.each_turn(v, row, model, &mut |turn| {
            let (weight, before, plain) = (turn.weight, turn.before(), turn.plain);
            let read = hit * turn.known;
            let written = turn.known + turn.fresh - read;
            let mut add = |place: usize, calls: f64, message: f64| {
                let sum = &mut sums[place];
                sum.calls += weight * calls;
                sum.plain += weight * (calls * plain + message);
                sum.read += weight * calls * read;
                sum.written += weight * calls * written;
            };
            match &row.input {
                Some(law) if model.long_above.is_finite() && input > 0.0 => {
                    let scale = input / law.mean();
                    let (share, part) = law.above((model.long_above - before) / scale);
                    add(0, 1.0 - share, input - part * scale);
                    add(1, share, part * scale);
                }
                _ => add(usize::from(before + input > model.long_above), 1.0, input),
            }
        });
        if turns > 1.0 {
            for sum in &mut sums {
                *sum = PromptTokens {
                    calls: sum.calls / turns,
                    plain: sum.plain / turns,
                    read: sum.read / turns,
                    written: sum.written / turns,
                };
            }
        }
        sums
    }

    /// What stands before the message in each call of a conversation.
    #[inline]
    fn each_turn(&self, v: &[f64], row: &TypeRow, model: &ModelRow, hear: &mut impl FnMut(Turn)) {
        sizes(v).each_turn(row.prompt_cache.map(|(_, history)| history), model.min_cache_tokens, hear);
    }
}

/// The sizes of a type's conversations.
#[inline]
fn sizes(v: &[f64]) -> Sizes {
    let [input, output, system, turns] =
        [TypeInput::InputTokens, TypeInput::OutputTokens, TypeInput::SystemTokens, TypeInput::Turns]
            .map(|field| v[field as usize]);
    Sizes { input, output, system, turns }
}

/// How the attempts of a call end, on average.
pub(super) struct Tries {
    /// The fraction of calls that are answered in the end.
    pub success: f64,
    /// Attempts that failed after they began, for each call.
    errors: f64,
}

/// Tokens of a prompt, and the fraction of calls they are of.
#[derive(Clone, Copy, Default)]
struct PromptTokens {
    calls: f64,
    plain: f64,
    read: f64,
    written: f64,
}

fn price_is_output(price: PriceInput) -> bool {
    matches!(
        price,
        PriceInput::Output
            | PriceInput::LongOutput
            | PriceInput::BatchOutput
            | PriceInput::FlexOutput
            | PriceInput::PriorityOutput
    )
}

impl ModelRow {
    fn new(id: &str, prices: Prices, min_cache_tokens: Option<u64>) -> Self {
        ModelRow {
            id: id.to_string(),
            prices,
            at: 0,
            // Where the smallest prefix is not known, any is taken for large enough.
            min_cache_tokens: min_cache_tokens.unwrap_or(0) as f64,
            long_above: prices.long_context.map_or(f64::INFINITY, |long| long.above_tokens as f64),
        }
    }
}

impl TypeInput {
    /// The number in a query type; 0 where it does not apply.
    fn of(self, scenario: &Scenario, kind: &QueryType) -> f64 {
        match self {
            TypeInput::SharePct => kind.share_pct,
            TypeInput::InputTokens => scenario.mean_input(kind),
            TypeInput::OutputTokens => scenario.mean_output(kind),
            TypeInput::HitRate => kind.cache.hit_rate,
            TypeInput::LookupUsdPer1k => kind.cache.lookup_usd_per_1k,
            TypeInput::SystemTokens => kind.prompt.system_tokens,
            TypeInput::Turns => kind.prompt.turns,
            TypeInput::PromptHitRate => kind.prompt.cache.map_or(0.0, |cache| cache.hit_rate),
            TypeInput::BatchPct => kind.tiers.batch_pct,
            TypeInput::FlexPct => kind.tiers.flex_pct,
            TypeInput::PriorityPct => kind.tiers.priority_pct,
            TypeInput::EscalationPct => kind.escalation.as_ref().map_or(0.0, |next| next.share_pct),
        }
    }
}
