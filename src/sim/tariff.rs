//! What the calls of a day cost.

use serde::Serialize;

use crate::catalog::Catalog;
use crate::cost::{CallRates, Sheet, TokenRates};
use crate::money::Usd;
use crate::scenario::Scenario;

use super::plan::{PlannedModel, Route};
use super::tally::{Paid, Tally};

/// The prices of a plan's calls, by route: of its first model, and of the one it is escalated to.
#[derive(Clone, Debug, Default)]
pub(super) struct Tariff {
    routes: Vec<[Option<LegPrice>; 2]>,
    /// What the messages cost beside their model calls, expected; outer `None` without prices.
    beside: Option<Option<Usd>>,
    /// The prices that this lacks.
    unknown: Vec<String>,
    failed_input_share: f64,
    failed_output_share: f64,
}

#[derive(Clone, Debug)]
struct LegPrice {
    model: String,
    rates: CallRates,
}

/// The tokens that were paid for: of calls that were answered, and the billed part of those that broke.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
#[non_exhaustive]
pub struct PaidTokens {
    /// Input that no cache holds.
    pub input: f64,
    pub output: f64,
    pub cache_read: f64,
    pub cache_write: f64,
}

crate::pack_fields!(PaidTokens { input, output, cache_read, cache_write });

/// What a day cost.
#[derive(Clone, Debug, Default)]
pub(super) struct Bill {
    /// Everything; `None` when a price is not known.
    pub cost: Option<Usd>,
    /// Of that, what nobody got an answer for.
    pub wasted: Option<Usd>,
    pub unknown: Vec<String>,
}

impl Tariff {
    pub fn new(
        scenario: &Scenario,
        catalog: &Catalog,
        routes: &[Route],
        models: &[PlannedModel],
        messages: u64,
    ) -> Self {
        let sheet = Sheet::new(scenario, catalog);
        let billing = &scenario.billing;
        let price = |kind: usize, model: usize| {
            let model = models.get(model)?.id.clone();
            let rates = sheet.call_rates(kind, &model)?;
            Some(LegPrice { model, rates })
        };
        let of =
            |route: &Route| [route.first, route.second].map(|leg| leg.and_then(|leg| price(route.kind, leg.model)));
        let mut unknown = Vec::new();
        let daily = scenario.daily_messages * scenario.share_sum_pct().min(100.0) / 100.0;
        let days = if daily > 0.0 { messages as f64 / daily } else { 0.0 };
        let beside = sheet.beside_calls(billing.discount_pct, &mut unknown);
        Tariff {
            routes: routes.iter().map(of).collect(),
            beside: Some(beside.and_then(|usd| Usd::round_pico(usd.pico() as f64 * days))),
            unknown,
            failed_input_share: billing.failed_input_share,
            failed_output_share: billing.failed_output_share,
        }
    }

    /// Tokens of a whole prompt above which a call has the prices of the next level.
    pub fn thresholds(&self, route: usize, second: bool) -> &[f64] {
        let price = self.routes.get(route).and_then(|legs| legs[usize::from(second)].as_ref());
        price.map_or(&[], |price| &price.rates.thresholds)
    }

    /// What a day's calls cost and what was around them. Nothing is known without prices.
    pub fn bill(&self, tally: &Tally) -> Bill {
        let Some(beside) = self.beside else { return Bill::default() };
        let mut bill = Bill { cost: beside, wasted: Some(Usd::ZERO), unknown: self.unknown.clone() };
        for (route, legs) in self.routes.iter().enumerate() {
            for (second, price) in [false, true].into_iter().zip(legs) {
                let Some(LegPrice { model, rates }) = price else { continue };
                for (billed, rates) in tally.billed(route, second).iter().zip(&rates.levels) {
                    let broken = rates.shares(self.failed_input_share, self.failed_output_share);
                    let answered = amount(model, rates, &billed.answered, &mut bill.unknown);
                    let unread = amount(model, rates, &billed.unread, &mut bill.unknown);
                    let broken = amount(model, &broken, &billed.broken, &mut bill.unknown);
                    bill.cost = add(add(bill.cost, answered), broken);
                    bill.wasted = add(add(bill.wasted, unread), broken);
                }
            }
        }
        bill
    }

    /// The tokens of a day that are paid for.
    pub fn tokens(&self, tally: &Tally) -> PaidTokens {
        let mut sum = PaidTokens::default();
        for (route, _) in self.routes.iter().enumerate() {
            for billed in [false, true].into_iter().flat_map(|second| tally.billed(route, second)) {
                let (of_input, of_output) = (self.failed_input_share, self.failed_output_share);
                for (paid, of_input, of_output) in [(billed.answered, 1.0, 1.0), (billed.broken, of_input, of_output)] {
                    sum.input += paid.input as f64 * of_input;
                    sum.output += paid.output as f64 * of_output;
                    sum.cache_read += paid.read as f64 * of_input;
                    sum.cache_write += paid.written as f64 * of_input;
                }
            }
        }
        sum
    }
}

/// What tokens cost; the prices that are missing are named.
fn amount(model: &str, rates: &TokenRates, paid: &Paid, unknown: &mut Vec<String>) -> Option<Usd> {
    let mut sum = Some(Usd::ZERO);
    for (rate, tokens) in [
        (&rates.input, paid.input),
        (&rates.cache_read, paid.read),
        (&rates.cache_write, paid.written),
        (&rates.output, paid.output),
    ] {
        let amount = TokenRates::cost(rate, tokens);
        for missing in rate.as_ref().err().into_iter().flatten().filter(|_| amount.is_none()) {
            let name = format!("{model}.{}", missing.key());
            if !unknown.contains(&name) {
                unknown.push(name);
            }
        }
        sum = add(sum, amount);
    }
    sum
}

fn add(sum: Option<Usd>, amount: Option<Usd>) -> Option<Usd> {
    Some(sum? + amount?)
}
