//! A plan being drawn up: the ways of each query type, its models' speeds, the pools and the quotas.

use std::collections::BTreeMap;

use crate::catalog::{Catalog, Speed, burndown_of};
use crate::problem::Problems;
use crate::scenario::{Distribution, Scenario, StageGroup};

use super::carried::Before;
use super::plan::{Assumed, Group, Leg, PlannedModel, PlannedStage, Quota, Route};
use super::speeds::{ModelSpeed, model_speed};
use super::table::{Drawing, Shapes, Tables};

/// What a call reserves of a token quota when neither the scenario nor the catalog says how long an
/// answer can be.
const UNKNOWN_LONGEST_ANSWER: f64 = 4_096.0;

/// A plan being drawn up.
pub(super) struct Draft<'a> {
    pub scenario: &'a Scenario,
    pub catalog: &'a Catalog,
    pub tables: Tables,
    pub shapes: &'a mut Shapes,
    pub models: Vec<PlannedModel>,
    pub pools: Vec<u32>,
    /// The pool of each model that has met one; the common pool under the empty name.
    pub model_pools: BTreeMap<String, usize>,
    pub befores: Vec<Before>,
    pub assumed: Vec<Assumed>,
}

impl Draft<'_> {
    pub fn table(&mut self, distribution: &Distribution) -> Drawing {
        self.tables.add(distribution, self.shapes)
    }

    /// The ways a query type's messages can go, with the weight of each.
    pub fn routes_of(&mut self, kind: usize, routes: &mut Vec<Route>, weights: &mut Vec<f64>) -> Result<(), Problems> {
        let query_type = &self.scenario.types[kind];
        let cache = &query_type.cache;
        let nothing = self.table(&Distribution::Constant(0.0));
        routes.push(Route {
            kind,
            first: None,
            second: None,
            cache_ms: cache.latency_ms as f32,
            input: nothing,
            output: nothing,
            constant_ms: None,
        });
        weights.push(query_type.share_pct * cache.hit_rate);
        let input = self.table(&query_type.input_tokens);
        let output = self.table(&query_type.output_tokens);
        let escalated = query_type.escalation.as_ref().filter(|next| next.share_pct > 0.0);
        for (id, share) in query_type.branches() {
            let first = Some(self.leg(id, kind)?);
            let weight = query_type.share_pct * (1.0 - cache.hit_rate) * share;
            let route =
                Route { kind, first, second: None, cache_ms: cache.miss_ms as f32, input, output, constant_ms: None };
            let next = escalated.map_or(0.0, |next| next.share_pct / 100.0);
            routes.push(route.clone());
            weights.push(weight * (1.0 - next));
            if let Some(escalated) = escalated {
                routes.push(Route { second: Some(self.leg(&escalated.model, kind)?), ..route });
                weights.push(weight * next);
            }
        }
        Ok(())
    }

    fn leg(&mut self, id: &str, kind: usize) -> Result<Leg, Problems> {
        let model = self.models.iter().position(|m| m.id == id).unwrap_or_else(|| {
            self.models.push(PlannedModel { id: id.to_string() });
            self.models.len() - 1
        });
        self.assume_burndown(id);
        let ModelSpeed { profile, assumed } = model_speed(self.scenario, self.catalog, id)?;
        if let Some(speed) = assumed {
            self.assume(id, speed);
        }
        let (time, ms_per_output) = match (&profile.latency, &profile.ttft, profile.tokens_per_s) {
            (None, Some(first), Some(rate)) => (self.table(first), 1000.0 / rate),
            // A speed without either has a latency.
            (whole, ..) => (self.table(whole.as_ref().unwrap_or(&Distribution::Constant(0.0))), 0.0),
        };
        let before = self.before(id, kind);
        Ok(Leg {
            model,
            before,
            always_before: self.befores.get(before).and_then(Before::constant),
            time,
            ms_per_output: ms_per_output as f32,
            ms_per_input: (profile.ttft_ms_per_1k_input.unwrap_or(0.0) / 1000.0) as f32,
            pool: self.pool_of(id),
            thresholds: 0,
        })
    }

    /// Remembers what is assumed of a model's speed.
    fn assume(&mut self, id: &str, speed: &Speed) {
        let source = format!("{} ({})", speed.source, speed.date);
        for (field, value, range) in [
            ("ttft", speed.ttft_p50_ms, speed.ttft_range_ms),
            ("tokens_per_s", speed.tokens_per_s, speed.tokens_per_s_range),
        ] {
            self.assume_once(Assumed { path: format!("models.{id}.{field}"), value, range, source: source.clone() });
        }
    }

    /// Remembers what an output token is taken to cost of a model's quota of tokens, where it has one and the scenario
    /// does not say it.
    fn assume_burndown(&mut self, id: &str) {
        let own = self.scenario.models.get(id);
        let limited = own.and_then(|own| own.tpm).or(self.scenario.capacity.tpm).is_some();
        if limited && self.scenario.said_burndown(id).is_none() {
            self.assume_once(Assumed::burndown(id));
        }
    }

    fn assume_once(&mut self, assumed: Assumed) {
        if !self.assumed.iter().any(|known| known.path == assumed.path) {
            self.assumed.push(assumed);
        }
    }

    /// What stands before the messages of a type that a model answers.
    fn before(&mut self, id: &str, kind: usize) -> usize {
        let kind = &self.scenario.types[kind];
        let least = crate::cost::min_cache_tokens(self.scenario, self.catalog, id);
        let before = Before::new(kind, self.scenario.sizes_of(kind), least);
        let place = self.befores.iter().position(|known| *known == before);
        place.unwrap_or_else(|| {
            self.befores.push(before);
            self.befores.len() - 1
        })
    }

    /// The pool that a model's calls wait in: its own, or the common one.
    fn pool_of(&mut self, id: &str) -> Option<usize> {
        let own = self.scenario.models.get(id).and_then(|own| own.concurrency);
        let (name, servers) = match (own, self.scenario.capacity.concurrency) {
            (Some(own), _) => (id, own),
            (None, Some(common)) => ("", common),
            (None, None) => return None,
        };
        let pools = &mut self.pools;
        Some(*self.model_pools.entry(name.to_string()).or_insert_with(|| {
            pools.push(servers as u32);
            pools.len() - 1
        }))
    }

    pub fn groups(&mut self, wanted: impl Fn(&StageGroup) -> bool, already: usize) -> Vec<Group> {
        let mut number = already as u64;
        let groups = self.scenario.stages.iter().filter(|group| wanted(group));
        groups
            .map(|group| Group {
                on_miss: group.on_miss,
                stages: group
                    .parallel
                    .iter()
                    .map(|stage| {
                        number += 1;
                        let time = self.table(&stage.latency);
                        PlannedStage { number, time, cold_rate: stage.cold_rate, cold_ms: stage.cold_ms as f32 }
                    })
                    .collect(),
            })
            .collect()
    }

    pub fn quotas(&self) -> Vec<Quota> {
        let common = &self.scenario.capacity;
        let quota = |model: &PlannedModel| {
            let own = self.scenario.models.get(&model.id);
            let longest = self.catalog.get(&model.id).and_then(|model| model.max_output_tokens).map(|most| most as f64);
            Quota {
                rpm: own.and_then(|own| own.rpm).or(common.rpm),
                tpm: own.and_then(|own| own.tpm).or(common.tpm),
                reserved_output: common.max_tokens.or(longest).unwrap_or(UNKNOWN_LONGEST_ANSWER),
                burndown: self.scenario.said_burndown(&model.id).unwrap_or_else(|| burndown_of(&model.id)),
            }
        };
        self.models.iter().map(quota).collect()
    }
}
