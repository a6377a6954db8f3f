//! What a scenario costs: expected messages x tokens x price, type by type.
//!
//! Every leaf is an expectation rounded once to a whole pico-dollar; sums are exact, so the parts
//! always add up to the whole. What lacks a price is left out and named.

mod answers;
mod break_even;
#[cfg(test)]
mod by_hand;
mod call;
mod compare;
mod findings;
mod input;
mod models;
mod part;
mod priced;
#[cfg(all(test, not(target_arch = "wasm32")))]
mod properties;
mod range;
mod rows;
mod sensitivity;
mod sheet;
mod waterfall;

pub use crate::catalog::Tier;
pub use answers::{Answers, answers};
pub use break_even::{BreakEven, Method, Move, Point, break_even};
pub use call::{CallCost, CallTokens, price_call, price_tokens};
pub use compare::{Comparison, Difference, compare};
pub use findings::{Month, findings, projection};
pub use input::{Input, TypeInput};
pub use models::{OnModel, OnModels, all_on, on_models};
pub use part::{Part, Parts};
pub use priced::{Billed, OtherSource, PriceRow, PricedCall};
pub use range::{BillRange, SAMPLES, bill_range};
pub use sensitivity::{Sensitivity, Swing, sensitivity};
pub(crate) use sheet::min_cache_tokens;
pub use sheet::{ASSUMED_MIN_CACHE_TOKENS, CallRates, Numbers, Sheet, TokenRate, TokenRates};
pub use waterfall::{Lever, Step, Waterfall, waterfall};

use serde::Serialize;

use crate::catalog::{Catalog, PriceKind};
use crate::money::Usd;
use crate::problem::Problems;
use crate::scenario::Scenario;

use sheet::Bought;

/// The cost of a day, and where it comes from.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Estimate {
    pub daily_messages: f64,
    /// `None` when something used has no known price.
    pub total_daily_cost_usd: Option<Usd>,
    /// What is known of it, whatever is missing; named in `unknown`.
    pub known_usd: Usd,
    pub monthly_cost_usd: Option<Usd>,
    /// The share of messages that the response cache answers, in percent.
    pub cache_savings_pct: f64,
    pub avg_cost_per_message_usd: Option<f64>,
    /// The model calls that the response cache saves in a day, in dollars.
    pub cache_saved_daily_usd: Option<Usd>,
    /// The same as a share of what the day would cost without it, in percent.
    pub cache_saved_cost_pct: Option<f64>,
    pub breakdown: Vec<TypeCost>,
    /// The whole bill by what it is spent on.
    pub parts: Parts,
    /// The whole bill by model; services around the model are in none.
    pub by_model: Vec<ModelCost>,
    /// The same totals in a second currency.
    pub converted: Option<Converted>,
    /// The prices that are not known, as `model.price`.
    pub unknown: Vec<String>,
}

/// What one query type costs in a day.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct TypeCost {
    pub query_type: String,
    /// The model that answers, or the models, joined by ` + `.
    pub model: String,
    /// Expected messages of this type in a day.
    pub daily_queries: f64,
    /// Of these, answered by the response cache.
    pub cached: f64,
    /// Of these, answered by a model.
    pub uncached: f64,
    pub daily_cost_usd: Option<Usd>,
    pub input_cost_usd: Option<Usd>,
    pub output_cost_usd: Option<Usd>,
    /// Cost of one message that reaches a model.
    pub cost_per_query_usd: Option<f64>,
    /// What the model calls of messages answered by the cache would have cost.
    pub cache_saved_usd: Option<Usd>,
    /// The type's cost by what it is spent on; services paid by the hour are in no type.
    pub parts: Parts,
}

/// What one model costs in a day.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct ModelCost {
    pub model: String,
    pub daily_cost_usd: Option<Usd>,
    pub parts: Parts,
}

/// Totals in another currency.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Converted {
    pub code: String,
    pub per_usd: f64,
    pub total_daily_cost: Option<f64>,
    pub monthly_cost: Option<f64>,
}

/// Estimates a scenario with a catalog's prices and its own.
///
/// # Errors
/// The scenario's own errors. A model or price that is not known is no error: the totals that
/// need it are `None` and `unknown` names it.
pub fn estimate(scenario: &Scenario, catalog: &Catalog) -> Result<Estimate, Problems> {
    scenario.valid()?;
    Ok(Estimate::of(scenario, &Sheet::new(scenario, catalog)))
}

impl Estimate {
    /// The exact bill of a sheet that was laid out from this scenario.
    fn of(scenario: &Scenario, sheet: &Sheet) -> Self {
        let mut bill = Bill::new(sheet, scenario.billing.discount_pct);
        let mut types: Vec<Parts> = vec![Parts::default(); scenario.types.len()];
        let mut around = Parts::default();
        sheet.walk(&sheet.numbers, &mut |index, part, bought| {
            let amount = bill.add(part, bought);
            index.and_then(|index| types.get_mut(index)).unwrap_or(&mut around).add(part, amount);
        });
        let tries = sheet.tries(&sheet.numbers);
        let mut all = around;
        let breakdown: Vec<_> = scenario
            .types
            .iter()
            .zip(types)
            .enumerate()
            .map(|(index, (kind, parts))| {
                let daily_queries = scenario.daily_messages * kind.share_pct / 100.0;
                let cached = daily_queries * kind.cache.hit_rate;
                let uncached = daily_queries - cached;
                let mut saved = Some(Usd::ZERO);
                if cached > 0.0 {
                    sheet.calls(&sheet.numbers, index, cached, &tries, &mut |_, bought| {
                        saved = add(saved, bill.amount(bought));
                    });
                }
                all.add_all(&parts);
                let cost = parts.total();
                TypeCost {
                    query_type: kind.name.clone(),
                    model: joined(kind.branches().map(|(model, _)| model)),
                    daily_queries,
                    cached,
                    uncached,
                    daily_cost_usd: cost,
                    input_cost_usd: parts.get(Part::Input),
                    output_cost_usd: parts.get(Part::Output),
                    cost_per_query_usd: cost.map(|usd| per(usd, uncached)),
                    cache_saved_usd: saved,
                    parts,
                }
            })
            .collect();
        let total = all.total();
        let saved: Option<Usd> = breakdown.iter().map(|part| part.cache_saved_usd).sum();
        let cached: f64 = breakdown.iter().map(|part| part.cached).sum();
        let monthly = total.and_then(|usd| Usd::round_pico(usd.pico() as f64 * scenario.days_in_month));
        let by_model = sheet.models.iter().zip(bill.by_model).map(|(model, parts)| ModelCost {
            model: model.id.clone(),
            daily_cost_usd: parts.total(),
            parts,
        });
        Estimate {
            daily_messages: scenario.daily_messages,
            total_daily_cost_usd: total,
            known_usd: all.known(),
            monthly_cost_usd: monthly,
            cache_savings_pct: if scenario.daily_messages > 0.0 {
                cached / scenario.daily_messages * 100.0
            } else {
                0.0
            },
            avg_cost_per_message_usd: total.map(|usd| per(usd, scenario.daily_messages)),
            cache_saved_daily_usd: saved,
            cache_saved_cost_pct: add(total, saved).zip(saved).map(|(all, saved)| per(saved, all.dollars()) * 100.0),
            breakdown,
            parts: all,
            by_model: by_model.collect(),
            converted: scenario.billing.currency.as_ref().map(|currency| Converted {
                code: currency.code.clone(),
                per_usd: currency.per_usd,
                total_daily_cost: total.map(|usd| usd.dollars() * currency.per_usd),
                monthly_cost: monthly.map(|usd| usd.dollars() * currency.per_usd),
            }),
            unknown: bill.unknown,
        }
    }
}

/// Rounds what a sheet says to exact money.
struct Bill<'a> {
    sheet: &'a Sheet,
    /// What is left of a price after the discount.
    kept: f64,
    by_model: Vec<Parts>,
    unknown: Vec<String>,
}

impl<'a> Bill<'a> {
    fn new(sheet: &'a Sheet, discount_pct: f64) -> Self {
        Bill {
            sheet,
            kept: 1.0 - discount_pct / 100.0,
            by_model: vec![Parts::default(); sheet.models.len()],
            unknown: Vec::new(),
        }
    }

    /// The amount of what is bought, counted for its model.
    fn add(&mut self, part: Part, bought: Bought) -> Option<Usd> {
        let model = if let Bought::Tokens { model, .. } = bought { Some(model) } else { None };
        let amount = self.amount(bought);
        if let Some(model) = model {
            self.by_model[model].add(part, amount);
        }
        amount
    }

    /// The amount, rounded once to a pico-dollar; `None` where its price is not known.
    fn amount(&mut self, bought: Bought) -> Option<Usd> {
        let (model, token, tier, level, tokens) = match bought {
            Bought::Dollars(dollars) => return Usd::from_dollars(dollars),
            Bought::Tokens { tokens: 0.0, .. } => return Some(Usd::ZERO),
            Bought::Tokens { model, token, tier, level, tokens } => (model, token, tier, level, tokens),
        };
        let row = self.sheet.models.get(model)?;
        let Some(rate) = row.prices.rate(token, tier, level) else {
            let name = format!("{}.{}", row.id, PriceKind::of(tier, token).key());
            if !self.unknown.contains(&name) {
                self.unknown.push(name);
            }
            return None;
        };
        Usd::round_pico(tokens * rate.pico_per_token() * self.kept)
    }
}

impl Sheet {
    /// What a day costs beside its model calls: the response cache and the services around the model; `None`
    /// when a price is not known, which goes to `unknown`.
    pub(crate) fn beside_calls(&self, discount_pct: f64, unknown: &mut Vec<String>) -> Option<Usd> {
        let mut bill = Bill::new(self, discount_pct);
        let mut sum = Some(Usd::ZERO);
        self.walk(&self.numbers, &mut |_, part, bought| {
            if part.is_around() || matches!(part, Part::CacheLookup | Part::CacheEmbedding) {
                sum = add(sum, bill.amount(bought));
            }
        });
        unknown.append(&mut bill.unknown);
        sum
    }
}

fn joined<'a>(mut names: impl Iterator<Item = &'a str>) -> String {
    let mut out = names.next().unwrap_or_default().to_string();
    for name in names {
        out.push_str(" + ");
        out.push_str(name);
    }
    out
}

fn add(a: Option<Usd>, b: Option<Usd>) -> Option<Usd> {
    Some(a? + b?)
}

/// Dollars per unit; nothing of nothing is zero.
fn per(amount: Usd, units: f64) -> f64 {
    if units > 0.0 { amount.dollars() / units } else { 0.0 }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::catalog::{HAIKU, SONNET};

    fn daily(edit: impl Fn(&mut Scenario)) -> f64 {
        let mut scenario = Scenario::default();
        edit(&mut scenario);
        let estimate = estimate(&scenario, &Catalog::reference()).unwrap();
        libm::round(estimate.total_daily_cost_usd.unwrap().dollars() * 100.0) / 100.0
    }

    fn all_on(model: &str) -> impl Fn(&mut Scenario) {
        let model = model.to_string();
        move |scenario| scenario.types.iter_mut().for_each(|t| t.model = Some(model.clone()))
    }

    fn no_cache(scenario: &mut Scenario) {
        scenario.types.iter_mut().for_each(|t| t.cache.hit_rate = 0.0);
    }

    /// The figures of the reference mix, computed by hand from its formula.
    #[test]
    fn the_reference_mix() {
        assert_eq!(daily(|_| {}), 1959.21);
        assert_eq!(daily(all_on(SONNET)), 2547.30);
        assert_eq!(daily(all_on(HAIKU)), 212.28);
        assert_eq!(daily(no_cache), 2149.00);
        assert_eq!(
            daily(|s| {
                all_on(SONNET)(s);
                no_cache(s);
            }),
            3183.00
        );
    }

    /// The reference figures of 32.5, 20.0 and 38.4 %.
    #[test]
    fn savings_overlap() {
        let answers = answers(&Scenario::default(), &Catalog::reference(), Some("2026-11-22")).unwrap();
        let waterfall = answers.waterfall.unwrap();
        let round = |usd: f64| libm::round(usd * 100.0) / 100.0;
        let steps: Vec<_> = waterfall.steps.iter().map(|step| (step.lever, round(step.after_usd))).collect();
        assert_eq!(steps, [(Lever::Routing, 2149.0), (Lever::ResponseCache, 1959.21)]);
        assert_eq!((round(waterfall.start_usd), round(waterfall.end_usd)), (3183.0, 1959.21));
        let said: Vec<_> = answers.findings.iter().map(|finding| finding.say(&crate::words::English)).collect();
        assert!(
            said[0]
                .starts_with("Alone, routing saves 32.5 % and the response cache 20.0 %; together 38.4 %, not 52.5 %"),
            "{said:?}"
        );
    }

    /// The bill is messages × 1,959.2125 / 1,000,000, so $1,000 a day is 510,409 messages.
    #[test]
    fn the_cache_answers_its_share_of_all_messages() {
        // 20 x 0.9 + 30 x 0.4 + 20 x 0.1 + 15 x 0.05 + 15 x 0.05, of 100.
        let answered = estimate(&Scenario::default(), &Catalog::reference()).unwrap().cache_savings_pct;
        assert!((answered - 33.5).abs() < 1e-9, "{answered}");
    }

    /// A bill is met where it can be, and nowhere else.
    #[test]
    fn what_no_value_reaches_has_no_break_even() {
        let at = |target| break_even(&Scenario::default(), &Catalog::reference(), Move::HitRate, target).unwrap();
        let now = at(1.0).now_usd;
        for target in [-1.0, 100.0 * now] {
            let beyond = at(target);
            assert_eq!((beyond.value, beyond.method), (None, None), "{target}");
        }
        let met = at(0.5 * now);
        assert!(met.value.is_some_and(|value| (met.now..=met.most).contains(&value)), "{met:?}");
    }

    #[test]
    fn break_evens() {
        let solve = |moved, target| break_even(&Scenario::default(), &Catalog::reference(), moved, target).unwrap();
        let messages = solve(Move::Messages, 1000.0);
        assert_eq!(libm::round(messages.value.unwrap()), 510_409.0);
        assert_eq!(messages.method, Some(Method::ClosedForm));
        // Lifted by a, each type's bill shrinks to 1 - a: 1 - 1000 / 1959.2125 of 65.25 % misses.
        let hits = solve(Move::HitRate, 1000.0);
        let lift = 1.0 - 1000.0 / 1959.2125;
        assert!((hits.value.unwrap() - (0.335 + (1.0 - 0.335) * lift)).abs() < 1e-9, "{:?}", hits.value);
        // On Haiku alone the bill is 212.28, today 1,959.2125.
        let share = solve(Move::ShareOn(HAIKU.to_string()), 1000.0);
        let cost = share.value.unwrap();
        let there = estimate(&share.moved.apply(&Scenario::default(), cost), &Catalog::reference()).unwrap();
        assert!((there.total_daily_cost_usd.unwrap().dollars() - 1000.0).abs() < 1e-6);
        assert_eq!(solve(Move::Messages, -1.0).value, None);
    }

    /// One range from 250 to 350 tokens of 200,000 messages, 90 % of them to Sonnet at $3 a million:
    /// the bill is even between 1,959.2125 ∓ 27, so P5 and P95 lie 24.3 from the middle.
    #[test]
    fn a_range_of_inputs_is_a_range_of_bills() {
        let text = Scenario::default().to_json().replace("\"input_tokens\": 300.0", "\"input_tokens\": [250, 350]");
        let scenario = Scenario::load(&text).unwrap().output;
        assert_eq!(scenario.ranges.len(), 1);
        let refused = Scenario::load(
            r#"{"types":[{"name":"a","share_pct":100,"model":"haiku","cache":{"hit_rate":[0.5,1.4]}}]}"#,
        );
        let expected = "types[0].cache.hit_rate: 1.4 is out of range. Expected a number from 0 to 1.";
        assert_eq!(refused.unwrap_err().to_string(), expected);
        assert_eq!(scenario.to_json(), Scenario::load(&scenario.to_json()).unwrap().output.to_json());
        let range = answers(&scenario, &Catalog::reference(), None).unwrap().range.unwrap();
        assert!((range.p5_usd - (1959.2125 - 24.3)).abs() < 0.6, "{range:?}");
        assert!((range.p95_usd - (1959.2125 + 24.3)).abs() < 0.6, "{range:?}");
        assert!(range.min_usd >= 1932.2125 - 1e-9 && range.max_usd <= 1986.2125 + 1e-9);
    }

    /// One model in two regions: half a million tokens in and out at 2.47 US dollars, as many at 2.96.
    #[test]
    fn a_type_has_its_own_region() {
        let kind = |name: &str, more: Value| {
            let mut kind = json!({"name": name, "share_pct": 50, "input_tokens": 1000, "output_tokens": 1000});
            kind.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
            kind
        };
        let document = |second: Value| {
            json!({"daily_messages": 1000, "types": [kind("a", json!({"model": "deepseek.v3.2"})), kind("b", second)],
                   "models": {"deepseek.v3.2": {"latency": 77}, "own": {"latency": 99}},
                   "billing": {"prices": {"own": {"input": 1, "output": 2}}}})
        };
        let usd = |second: Value| {
            let loaded = Scenario::load(&document(second).to_string()).unwrap();
            assert_eq!(loaded.warnings, []);
            assert_eq!(Scenario::load(&loaded.output.to_json()).unwrap().output, loaded.output);
            estimate(&loaded.output, Catalog::full()).unwrap().total_daily_cost_usd.unwrap().to_string()
        };
        let here = "ap-northeast-1";
        assert_eq!(usd(json!({"region": here, "model": "deepseek.v3.2"})), "2.715");
        let route = json!([{"model": "deepseek.v3.2", "share_pct": 100}]);
        assert_eq!(usd(json!({"region": here, "route": route})), "2.715");
        // What the scenario itself says of the model holds in its region, too.
        assert_eq!(usd(json!({"region": here, "model": "own"})), "2.735");
        let scenario = Scenario::load(&document(json!({"region": here, "model": "own"})).to_string()).unwrap().output;
        let own = "arn:aws:bedrock:ap-northeast-1::foundation-model/own";
        assert_eq!(scenario.models[own], scenario.models["own"]);
        let wrong = Scenario::load(&document(json!({"region": "Tokyo", "model": "own"})).to_string()).unwrap_err();
        assert_eq!(wrong.0[0].path, "types[1].region");
    }

    #[test]
    fn an_unknown_price_is_unknown_not_zero() {
        let mut scenario = Scenario::default();
        scenario.types[0].model = Some("acme.model".to_string());
        let estimate = estimate(&scenario, &Catalog::reference()).unwrap();
        assert_eq!(estimate.total_daily_cost_usd, None);
        assert_eq!(estimate.unknown, ["acme.model.input", "acme.model.output"]);
        assert!(estimate.breakdown[1].daily_cost_usd.is_some());
    }

    #[test]
    fn a_route_is_the_sum_of_its_branches() {
        let by_route = daily(|s| {
            let half = |model: &str| crate::scenario::RouteShare { model: model.into(), share_pct: 50.0 };
            for kind in &mut s.types {
                kind.model = None;
                kind.route = Some(vec![half(HAIKU), half(SONNET)]);
            }
        });
        assert_eq!(by_route, libm::round((2547.30 + 212.28) / 2.0 * 100.0) / 100.0);
    }
}
