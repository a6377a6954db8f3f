//! What the calls of a day cost.

use crate::catalog::Catalog;
use crate::cost::{CallLine, CallPrice, Sheet};
use crate::money::Usd;
use crate::scenario::Scenario;

use super::plan::{PlannedModel, Route};
use super::tally::{Paid, Tally};

/// The prices of a plan's calls, by route: of its first model, and of the one it is escalated to.
///
/// A worker has none: the page shows the bill of its own estimate.
#[derive(Clone, Debug, Default)]
pub(super) struct Tariff {
    routes: Vec<[Option<LegPrice>; 2]>,
}

#[derive(Clone, Debug)]
struct LegPrice {
    model: String,
    /// A call that was answered.
    answered: CallPrice,
    /// A call that broke after it had begun.
    broken: CallPrice,
}

impl Tariff {
    pub fn new(scenario: &Scenario, catalog: &Catalog, routes: &[Route], models: &[PlannedModel]) -> Self {
        let sheet = Sheet::new(scenario, catalog);
        let billing = &scenario.billing;
        let price = |kind: usize, model: usize| {
            let model = models.get(model)?.id.clone();
            let answered = sheet.call_price(kind, &model)?;
            let broken = answered.failed(billing.failed_input_share, billing.failed_output_share);
            Some(LegPrice { model, answered, broken })
        };
        let of =
            |route: &Route| [route.first, route.second].map(|leg| leg.and_then(|leg| price(route.kind, leg.model)));
        Tariff { routes: routes.iter().map(of).collect() }
    }

    /// Input tokens of a message beyond which a call counts as long: dearer with some models.
    pub fn long_above(&self, route: usize, second: bool) -> f64 {
        let price = self.routes.get(route).and_then(|legs| legs[usize::from(second)].as_ref());
        price.and_then(|price| price.answered.lines().get(1)).map_or(f64::INFINITY, |line| line.above_input)
    }

    /// What a day's calls cost, and of that what nobody got an answer for; the prices that are missing
    /// go to `unknown`. Nothing is known without prices.
    pub fn cost(&self, tally: &Tally, unknown: &mut Vec<String>) -> (Option<Usd>, Option<Usd>) {
        if self.routes.is_empty() {
            return (None, None);
        }
        let (mut cost, mut wasted) = (Some(Usd::ZERO), Some(Usd::ZERO));
        for (route, legs) in self.routes.iter().enumerate() {
            for (second, price) in [false, true].into_iter().zip(legs) {
                let Some(price) = price else { continue };
                for long in [false, true] {
                    let billed = tally.billed(route, second, long);
                    let mut amount = |of: &CallPrice, paid: &Paid| {
                        let line = of.lines().get(usize::from(long)).or(of.lines().first())?;
                        let amount = line.cost(paid.calls, paid.input, paid.output);
                        if amount.is_none() {
                            name_unknown(&price.model, line, paid, unknown);
                        }
                        amount
                    };
                    let broken = amount(&price.broken, &billed.broken);
                    let unread = amount(&price.answered, &billed.unread);
                    let answered = amount(&price.answered, &billed.answered);
                    cost = add(add(cost, answered), broken);
                    wasted = add(add(wasted, unread), broken);
                }
            }
        }
        (cost, wasted)
    }
}

fn add(sum: Option<Usd>, amount: Option<Usd>) -> Option<Usd> {
    Some(sum? + amount?)
}

/// Names the prices that a sum needs and does not have.
fn name_unknown(model: &str, line: &CallLine, paid: &Paid, unknown: &mut Vec<String>) {
    for (what, rate, amount) in [
        ("input", line.per_input, paid.input),
        ("output", line.per_output, paid.output),
        ("prompt", line.fixed, paid.calls),
    ] {
        let name = format!("{model}.{what}");
        if rate.is_none() && amount > 0 && !unknown.contains(&name) {
            unknown.push(name);
        }
    }
}
