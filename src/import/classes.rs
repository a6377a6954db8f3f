//! A log's cells put together into the types of a scenario, so that what is priced differently is told
//! apart: by tier, by use of the prompt cache, by the side of a threshold.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::catalog::{Catalog, Model, OwnPrices, Place, Tier, arn_region};
use crate::money::Usd;
use crate::scenario::{
    Arrivals, Cache, CacheTtl, Curve, Distribution, Faults, Guardrails, MAX_TYPES, ModelProfile, PromptCache,
    QueryType, RouteShare, Scenario, TierShares, Traffic as ScenarioTraffic,
};
use crate::sim::MAX_MESSAGES;

use super::bill::cell_cost;
use super::log_reader::LogSummary;
use super::model_id::catalog_id;
use super::summary::{CacheUse, CellKey, OTHER, Sums};

/// The most models of one type.
const MAX_ROUTE: usize = 64;
/// The most text units of a message that a scenario takes.
const MOST_UNITS: f64 = 1e9;

/// How finely types are told apart.
#[derive(Clone, Copy, Debug)]
pub(super) struct Shape {
    /// A type for each model.
    pub by_model: bool,
    /// No spread of prompts for models with a threshold.
    pub constant: bool,
}

/// What makes calls of one query type cost differently.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Class {
    tier: u8,
    cache: CacheUse,
    /// The threshold of the model's own prices that the prompts are beyond, or 0.
    above: u64,
}

/// The sums of one model in one class of one query type.
struct Part<'a> {
    kind: &'a str,
    /// As the scenario names it.
    model: Arc<str>,
    class: Class,
    sums: Sums,
    /// What its calls cost, as far as known.
    cost: Usd,
}

/// A log's traffic, put together once and shaped several times.
pub(super) struct Traffic<'a> {
    log: &'a LogSummary,
    parts: Vec<Part<'a>>,
    /// Calls that failed or were answered by a response cache, by type.
    others: BTreeMap<&'a str, BTreeMap<Arc<str>, Sums>>,
    /// The region that most calls with one were made in.
    region: Option<String>,
}

/// A type of the scenario, as it is put together.
#[derive(Default)]
struct Type {
    models: BTreeMap<Arc<str>, Sums>,
    sums: Sums,
    hits: u64,
    class: Option<Class>,
    cost: Usd,
}

impl<'a> Traffic<'a> {
    pub fn of(log: &'a LogSummary, catalog: &Catalog) -> Self {
        let region = most_called(log);
        let mut models: BTreeMap<&str, Option<&Model>> = BTreeMap::new();
        let mut ids: BTreeMap<(&str, &str), Arc<str>> = BTreeMap::new();
        let mut parts: BTreeMap<(&str, Arc<str>, Class), (Sums, Usd)> = BTreeMap::new();
        let mut others: BTreeMap<&str, BTreeMap<Arc<str>, Sums>> = BTreeMap::new();
        for (key, sums) in &log.summary.cells {
            let model = *models.entry(&key.model).or_insert_with(|| catalog.get(&catalog_id(&key.model, catalog)?));
            let id = ids.entry((&key.model, &key.region)).or_insert_with(|| named(model, key, region.as_deref()));
            if sums.calls == 0 {
                others.entry(&key.kind).or_default().entry(id.clone()).or_default().add(sums);
                continue;
            }
            let mut answered = sums.clone();
            (answered.from_cache, answered.throttled, answered.failed) = (0, 0, 0);
            if sums.requests() > sums.calls {
                let rest = Sums {
                    from_cache: sums.from_cache,
                    throttled: sums.throttled,
                    failed: sums.failed,
                    ..Sums::default()
                };
                others.entry(&key.kind).or_default().entry(id.clone()).or_default().add(&rest);
            }
            let class = Class { tier: key.tier, cache: key.cache, above: own_threshold(model, key) };
            let cost = cell_cost(model, key, sums)
                .map_or(Usd::ZERO, |cost| cost.parts().into_iter().filter_map(|(_, part)| part).sum());
            let part = parts.entry((&key.kind, id.clone(), class)).or_default();
            part.0.add(&answered);
            part.1 += cost;
        }
        let parts = parts
            .into_iter()
            .map(|((kind, model, class), (sums, cost))| Part { kind, model, class, sums, cost })
            .collect();
        Traffic { log, parts, others, region }
    }

    pub fn has_trace(&self) -> bool {
        matches!(self.log.summary.trace(), Ok(Some(trace)) if !trace.arrivals_ms.is_empty())
    }

    /// Whether calls wrote for five minutes and for an hour at once, where a type's prompt cache has one lifetime.
    pub fn mixes_lifetimes(&self) -> bool {
        self.log.summary.cells.values().any(|sums| sums.cache_write > 0 && sums.cache_write_1h > 0)
    }

    pub fn is_ultrafast(&self) -> bool {
        self.log.summary.cells.keys().any(|key| key.tier() == Tier::Ultrafast)
    }

    /// The types by name, those with most messages first, at most as many as a scenario carries; and how
    /// many calls were joined.
    fn types(&self, shape: Shape) -> (Vec<(String, Type)>, u64) {
        let mut classes: BTreeMap<&str, BTreeMap<(Class, &str), ()>> = BTreeMap::new();
        for part in &self.parts {
            let model = if shape.by_model { &*part.model } else { "" };
            classes.entry(part.kind).or_default().insert((part.class, model), ());
        }
        let mut types: BTreeMap<(&str, String), Type> = BTreeMap::new();
        for part in &self.parts {
            let all = &classes[part.kind];
            let name = self.name(part, all.keys(), shape);
            let kind = types.entry((part.kind, name)).or_default();
            kind.models.entry(part.model.clone()).or_default().add(&part.sums);
            kind.sums.add(&part.sums);
            kind.cost += part.cost;
            kind.class = Some(part.class);
        }
        // What did not reach a model goes with what did, in the proportion of calls.
        for (kind, models) in &self.others {
            let hits: u64 = models.values().map(|sums| sums.from_cache).sum();
            let mut of_kind: Vec<&mut Type> =
                types.iter_mut().filter(|((of, _), _)| of == kind).map(|(_, kind)| kind).collect();
            let calls: u64 = of_kind.iter().map(|kind| kind.sums.calls).sum();
            if calls == 0 {
                let new = types.entry((kind, (*kind).to_string())).or_default();
                new.hits = hits;
                for (model, sums) in models {
                    new.models.entry(model.clone()).or_default().add(sums);
                    new.sums.add(sums);
                }
                continue;
            }
            let mut left = hits;
            let last = of_kind.len().saturating_sub(1);
            for (index, kind) in of_kind.iter_mut().enumerate() {
                let share = (u128::from(hits) * u128::from(kind.sums.calls) / u128::from(calls)) as u64;
                kind.hits += if index == last { left } else { share };
                left -= share.min(left);
            }
        }
        let mut types: Vec<(String, Type)> = types.into_iter().map(|((_, name), kind)| (name, kind)).collect();
        types.sort_by_key(|(_, kind)| std::cmp::Reverse(kind.sums.calls + kind.hits));
        // What does not fit in a mix is one type.
        let rest = types.split_off(types.len().min(MAX_TYPES - 1));
        let mut joined = 0;
        for (_, kind) in rest {
            joined += kind.sums.calls + kind.hits;
            let place = types.iter().position(|(name, _)| name == OTHER).unwrap_or_else(|| {
                types.push((OTHER.to_string(), Type::default()));
                types.len() - 1
            });
            let other = &mut types[place].1;
            other.sums.add(&kind.sums);
            other.hits += kind.hits;
            other.cost += kind.cost;
            other.class = match (other.class, kind.class) {
                (Some(a), Some(b)) if a != b => Some(Class { cache: a.cache.max(b.cache), ..a }),
                (a, b) => a.or(b),
            };
            for (model, sums) in kind.models {
                other.models.entry(model).or_default().add(&sums);
            }
        }
        (types, joined)
    }

    /// A type's name: the query type's own, and what tells it apart where it is one of several.
    fn name<'b>(&self, part: &Part<'_>, all: impl Iterator<Item = &'b (Class, &'b str)>, shape: Shape) -> String {
        let all: Vec<&(Class, &str)> = all.collect();
        let mut name = if part.kind.trim().is_empty() { OTHER.to_string() } else { part.kind.to_string() };
        if all.len() < 2 {
            return name;
        }
        let differs = |of: &dyn Fn(&Class) -> u64| all.iter().any(|(class, _)| of(class) != of(&all[0].0));
        if shape.by_model && *part.model != *part.kind && all.iter().any(|(_, model)| *model != all[0].1) {
            let id = part.model.rsplit('/').next().unwrap_or(&part.model);
            match arn_region(&part.model) {
                Some(region) if id == part.kind => name.push_str(&format!(", {region}")),
                Some(region) => name.push_str(&format!(", {id} in {region}")),
                None => name.push_str(&format!(", {}", part.model)),
            }
        }
        if differs(&|class| u64::from(class.tier)) {
            let tier = Tier::ALL.get(usize::from(part.class.tier)).copied().unwrap_or_default();
            name.push_str(&format!(", {}", tier.key()));
        }
        if differs(&|class| class.cache as u64) {
            name.push_str([", not cached", ", cached", ", cached for 1 h"][part.class.cache as usize]);
        }
        if differs(&|class| class.above) && part.class.above > 0 {
            name.push_str(&format!(", over {} tokens", part.class.above));
        }
        name
    }

    /// What each type's calls of the log cost.
    pub fn costs(&self, shape: Shape, _catalog: &Catalog) -> BTreeMap<String, Usd> {
        self.types(shape).0.into_iter().map(|(name, kind)| (name, kind.cost)).collect()
    }

    /// The scenario, and how many calls it could not keep apart.
    pub fn scenario(&self, shape: Shape, catalog: &Catalog) -> (Scenario, u64) {
        let summary = &self.log.summary;
        let total = summary.total();
        let all = summary.requests();
        let attempts = total.calls + total.throttled + total.failed;
        let success = if total.calls == 0 { 1.0 } else { total.calls as f64 / attempts as f64 };
        let (types, mut dropped) = self.types(shape);
        let has_times = summary.cells.keys().any(|key| key.day.is_some());
        let mut scenario = Scenario {
            daily_messages: all as f64 / summary.days(),
            faults: Faults {
                throttle_rate: ratio(total.throttled, attempts),
                error_rate: ratio(total.failed, attempts),
            },
            types: Vec::new(),
            region: self.region.clone(),
            ..Scenario::default()
        };
        // The log's text units, spread over its messages at the price that they cost together.
        let units: u64 = summary.guardrail_units.values().fold(0, |sum, units| sum.saturating_add(*units));
        let each = units as f64 / all.max(1) as f64;
        // More than a scenario takes is no count of anyone's; what the scenario costs less is told with it.
        if units > 0 && all > 0 && each <= MOST_UNITS {
            scenario.infrastructure.guardrails = Some(Guardrails {
                units_per_question: each,
                units_per_answer: 0.0,
                usd_per_1k_units: summary.guardrails().0.dollars() * 1000.0 / units as f64,
            });
        }
        let mut used: BTreeMap<Arc<str>, Sums> = BTreeMap::new();
        // The messages that it takes for this many answers.
        let messages = |kind: &Type| {
            let reached = if total.calls == 0 {
                (kind.sums.throttled + kind.sums.failed) as f64
            } else {
                kind.sums.calls as f64 / success
            };
            reached + kind.hits as f64
        };
        let of_all: f64 = types.iter().map(|(_, kind)| messages(kind)).sum();
        for (name, mut kind) in types {
            if kind.models.len() > MAX_ROUTE {
                let mut by_calls: Vec<(Arc<str>, u64)> =
                    kind.models.iter().map(|(id, sums)| (id.clone(), sums.requests())).collect();
                by_calls.sort_by_key(|(_, calls)| std::cmp::Reverse(*calls));
                for (id, calls) in by_calls.split_off(MAX_ROUTE) {
                    kind.models.remove(&id);
                    dropped += calls;
                }
            }
            for (id, sums) in &kind.models {
                used.entry(id.clone()).or_default().add(sums);
            }
            let count = messages(&kind);
            let share_pct = if of_all > 0.0 { 100.0 * count / of_all } else { 0.0 };
            let hit_rate = if count > 0.0 { kind.hits as f64 / count } else { 0.0 };
            scenario.types.push(self.query_type(
                &name,
                &kind,
                share_pct,
                hit_rate,
                shape,
                catalog,
                &mut scenario.billing.prices,
            ));
        }
        scenario.models = used.iter().filter_map(|(id, sums)| Some((id.to_string(), profile(sums)?))).collect();
        // The log's failures are requests of their own: its SDK's retries are in it already.
        scenario.retry.max_attempts = Some(1);
        // A failed call of the log cost nothing, or is counted as answered.
        scenario.billing.failed_input_share = 0.0;
        if has_times {
            let seen = summary.exposure();
            let hours = summary.hours();
            scenario.traffic.curve = Curve::Hours(std::array::from_fn(|hour| hours[hour] / seen[hour].max(1.0)));
        }
        if let Some(cv) = summary.arrival_cv() {
            scenario.traffic.arrivals = Arrivals::Gamma;
            scenario.traffic.cv = libm::round(cv.min(100.0) * 1000.0) / 1000.0;
        }
        if let Ok(Some(trace)) = summary.trace()
            && !trace.arrivals_ms.is_empty()
        {
            scenario.daily_messages = trace.daily_messages().min(MAX_MESSAGES as f64);
            scenario.traffic = ScenarioTraffic {
                arrivals: Arrivals::Trace,
                trace: Some(Arc::new(trace)),
                ..ScenarioTraffic::default()
            };
        }
        (scenario, dropped)
    }

    #[allow(clippy::too_many_arguments)]
    fn query_type(
        &self,
        name: &str,
        kind: &Type,
        share_pct: f64,
        hit_rate: f64,
        shape: Shape,
        catalog: &Catalog,
        prices: &mut BTreeMap<String, OwnPrices>,
    ) -> QueryType {
        let sum = &kind.sums;
        let cached = sum.cache_read + sum.cache_write + sum.cache_write_1h;
        let prefix = ratio(cached, sum.calls);
        let has_threshold =
            kind.models.keys().any(|id| catalog.get(id).is_some_and(|model| !model.prices.thresholds().is_empty()));
        let mut out = QueryType {
            name: name.to_string(),
            share_pct,
            input_tokens: spread(sum.calls, sum.input, sum.input_squares),
            output_tokens: spread(sum.calls, sum.output, sum.output_squares),
            cache: Cache { hit_rate, ..Cache::default() },
            ..QueryType::default()
        };
        if shape.constant && has_threshold {
            out.input_tokens = Distribution::Constant(ratio(sum.input, sum.calls));
        }
        let count = |sums: &Sums| if sum.calls > 0 { sums.calls } else { sums.requests() };
        let used: Vec<(&str, u64)> =
            kind.models.iter().map(|(id, sums)| (&**id, count(sums))).filter(|(_, calls)| *calls > 0).collect();
        let calls: u64 = used.iter().map(|(_, calls)| calls).sum();
        match used.as_slice() {
            [] => out.model = kind.models.keys().next().map(|id| id.to_string()),
            [(id, _)] => out.model = Some((*id).to_string()),
            several => {
                let share = |calls: u64| 100.0 * ratio(calls, several.iter().map(|(_, calls)| calls).sum());
                out.route = Some(
                    several
                        .iter()
                        .map(|(id, calls)| RouteShare { model: (*id).to_string(), share_pct: share(*calls) })
                        .collect(),
                );
            }
        }
        if let Some(class) = kind.class {
            match Tier::ALL.get(usize::from(class.tier)) {
                Some(Tier::Batch) => out.tiers = TierShares { batch_pct: 100.0, ..TierShares::default() },
                Some(Tier::Flex) => out.tiers = TierShares { flex_pct: 100.0, ..TierShares::default() },
                Some(Tier::Priority) => out.tiers = TierShares { priority_pct: 100.0, ..TierShares::default() },
                Some(Tier::Standard | Tier::Ultrafast) | None => {}
            }
        }
        if cached > 0 && calls > 0 {
            out.prompt.system_tokens = prefix;
            let ttl = if sum.cache_write_1h > sum.cache_write { CacheTtl::OneHour } else { CacheTtl::FiveMinutes };
            out.prompt.cache = Some(PromptCache { ttl, hit_rate: ratio(sum.cache_read, cached), history: false });
            // The log shows that prefixes of this length were cached, whatever the list says.
            for (id, _) in used {
                let least = catalog.get(id).and_then(|model| model.min_cache_tokens).unwrap_or(0);
                if prefix < least as f64 {
                    let own = prices.entry(id.to_string()).or_default();
                    let shown = (prefix as u64).max(1);
                    own.min_cache_tokens = Some(own.min_cache_tokens.map_or(shown, |known| known.min(shown)));
                    own.source = Some("the log: it caches shorter prefixes".to_string());
                }
            }
        }
        out
    }
}

/// The region that most calls were made in; none where the log does not say it of all, since a call without a region
/// is priced by no region's row.
fn most_called(log: &LogSummary) -> Option<String> {
    let mut regions: BTreeMap<&str, u64> = BTreeMap::new();
    for (key, sums) in log.summary.cells.iter().filter(|(_, sums)| sums.calls > 0) {
        *regions.entry(&key.region).or_default() += sums.calls;
    }
    if regions.contains_key("") {
        return None;
    }
    regions.into_iter().max_by_key(|(_, calls)| *calls).map(|(region, _)| region.to_string())
}

/// What a scenario calls the model of a cell: its id, or an ARN where the cell's region has other prices than
/// the scenario's.
fn named(model: Option<&Model>, key: &CellKey, region: Option<&str>) -> Arc<str> {
    let Some(model) = model else { return key.model.clone() };
    let usual = model.at(Place::in_region(region)).prices;
    if key.region.is_empty() || *usual == *super::bill::placed(model, key).prices {
        return model.id.as_str().into();
    }
    format!("arn:aws:bedrock:{}::foundation-model/{}", key.region, model.id).into()
}

/// The threshold of a model's own prices that a cell's prompts are beyond, or 0.
fn own_threshold(model: Option<&Model>, key: &CellKey) -> u64 {
    let Some(model) = model else { return 0 };
    let prices = super::bill::placed(model, key).prices;
    let level = prices.level(key.above.saturating_add(1));
    let threshold = level.checked_sub(1).and_then(|level| prices.thresholds().get(level));
    threshold.map_or(0, |threshold| threshold.above_tokens)
}

fn profile(sums: &Sums) -> Option<ModelProfile> {
    let latency = (sums.latencies > 0).then(|| spread(sums.latencies, sums.latency_ms, sums.latency_ms_squares))?;
    let mean_output = ratio(sums.output, sums.calls);
    if sums.ttfts == sums.latencies && sums.latency_ms > sums.ttft_ms && mean_output > 0.0 {
        let generating_ms = (sums.latency_ms - sums.ttft_ms) as f64 / sums.latencies as f64;
        return Some(ModelProfile {
            ttft: Some(spread(sums.ttfts, sums.ttft_ms, sums.ttft_ms_squares)),
            tokens_per_s: Some((1000.0 * mean_output / generating_ms).clamp(0.001, 1e9)),
            ..ModelProfile::default()
        });
    }
    Some(ModelProfile { latency: Some(latency), ..ModelProfile::default() })
}

/// A log-normal law of this mean and spread: tokens and latencies are skewed to the right.
fn spread(count: u64, sum: u64, squares: u128) -> Distribution {
    if count == 0 || sum == 0 {
        return Distribution::Constant(0.0);
    }
    let n = u128::from(count);
    // Exact until the last step: the difference of two large sums.
    let scaled = n.saturating_mul(squares).saturating_sub(u128::from(sum).saturating_mul(u128::from(sum)));
    let mean = sum as f64 / count as f64;
    let sd = libm::sqrt(scaled as f64) / count as f64;
    if sd == 0.0 { Distribution::Constant(mean) } else { Distribution::LogNormal { mean, sd } }
}

fn ratio(part: u64, whole: u64) -> f64 {
    if whole == 0 { 0.0 } else { part as f64 / whole as f64 }
}

#[cfg(test)]
mod tests {
    use crate::catalog::Catalog;
    use crate::import::{ImportOptions, ImportedLog, LogReader, to_scenario};
    use crate::scenario::Scenario;

    fn imported(rows: &str) -> (ImportedLog, Scenario) {
        let head = "timestamp,model,region,use_case,input_tokens,output_tokens,cache_hit,error";
        let mut reader = LogReader::new(ImportOptions::default());
        reader.begin_file("calls.csv");
        reader.push(format!("{head}\n{rows}").as_bytes());
        reader.end_file();
        let log = to_scenario(reader.finish(), Catalog::full());
        let scenario = Scenario::load(&log.scenario.to_string()).unwrap().output;
        (log, scenario)
    }

    /// Two days of twelve answers, four hits of the response cache, three throttled and one failed: ten messages a day,
    /// and of the sixteen that went to the model 3 and 1 were refused.
    #[test]
    fn what_was_not_answered_by_the_model_is_counted_apart() {
        let model = "anthropic.claude-3-haiku-20240307-v1:0";
        let mut rows = String::new();
        for call in 0..20 {
            let (hit, error) = match call {
                0..4 => ("true", ""),
                4..7 => ("false", "ThrottlingException"),
                7 => ("false", "InternalServerException"),
                _ => ("false", ""),
            };
            let (day, tokens) = (1 + call % 2, if error.is_empty() { "500,100" } else { "0,0" });
            rows += &format!("2026-11-{day:02}T10:00:{call:02}Z,{model},eu-west-1,faq,{tokens},{hit},{error}\n");
        }
        let (log, scenario) = imported(&rows);
        assert_eq!(log.requests, 20);
        assert_eq!(scenario.daily_messages, 10.0);
        assert_eq!((scenario.faults.throttle_rate, scenario.faults.error_rate), (3.0 / 16.0, 1.0 / 16.0));
        assert_eq!(scenario.region.as_deref(), Some("eu-west-1"));
        let hits = scenario.types[0].cache.hit_rate;
        assert!((hits - 0.2).abs() < 0.01, "{hits}");
    }

    /// Of more types than a mix takes, the rest is one: with all its messages.
    #[test]
    fn what_does_not_fit_in_a_mix_is_one_type() {
        let model = "anthropic.claude-3-haiku-20240307-v1:0";
        let rows: String = (0..400)
            .map(|call| {
                format!("2026-11-01T{:02}:{:02}:00Z,{model},,kind {call},500,100,false,\n", call / 60, call % 60)
            })
            .collect();
        let (log, scenario) = imported(&rows);
        assert!(scenario.types.len() < 400, "{}", scenario.types.len());
        let shares: f64 = scenario.types.iter().map(|kind| kind.share_pct).sum();
        assert!((shares - 100.0).abs() < 1e-6, "{shares}");
        assert_eq!((log.requests, scenario.daily_messages), (400, 400.0));
    }
}
