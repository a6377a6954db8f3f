//! A scenario on its way to the worker, which reads no JSON, knows no catalog and checks nothing:
//! that keeps its program small. It is checked and packed where it was made.

use crate::catalog::{Catalog, EMBEDDING_MODEL, Model, OwnPrices, Place};
use crate::pack::{Pack, Packed, Reader};
use crate::problem::Problems;
use crate::scenario::{Billing, CacheKind, Scenario};

use super::Asked;

/// What a worker is to simulate: a scenario that was found valid, and what the catalog says of its
/// models.
#[derive(Clone, Debug, PartialEq)]
pub struct Task {
    packed: Packed,
}

impl Task {
    /// # Errors
    /// What is wrong with the scenario.
    pub fn new(scenario: &Scenario, catalog: &Catalog) -> Result<Self, Problems> {
        scenario.valid()?;
        let mut packed = Packed::of(&priced(scenario, catalog));
        known(scenario, catalog).pack(&mut packed);
        Ok(Task { packed })
    }

    /// The task as a message to a worker.
    pub fn ask(&self, generation: u64, asked: Asked) -> Packed {
        let mut message = Packed::of(&generation);
        asked.pack(&mut message);
        message.numbers.extend(&self.packed.numbers);
        message.text.push_str(&self.packed.text);
        message
    }
}

/// A message that [`Task::ask`] made.
pub(super) struct Order {
    pub generation: u64,
    pub asked: Asked,
    pub scenario: Scenario,
    pub catalog: Catalog,
}

crate::pack_fields!(Order { generation, asked, scenario, catalog });

/// The scenario with the prices of its models, which the worker has no table for.
fn priced(scenario: &Scenario, catalog: &Catalog) -> Scenario {
    let mut billing = Billing { currency: None, ..scenario.billing.clone() };
    for id in models_of(scenario) {
        let Some(model) = catalog.get(id) else { continue };
        let own = scenario.billing.prices.get(id).or_else(|| scenario.billing.prices.get(&model.id));
        let mut model = Model {
            name: String::new(),
            source: String::new(),
            date: String::new(),
            ..model.placed(Place::of_model(id, scenario.region.as_deref()))
        };
        if let Some(own) = own {
            model.prices = model.prices.with(&own.prices);
            model.min_cache_tokens = own.min_cache_tokens.or(model.min_cache_tokens);
        }
        billing.prices.insert(id.to_string(), OwnPrices::of(&model));
    }
    Scenario { billing, ranges: Vec::new(), ..scenario.clone() }
}

/// The catalog's models that a scenario names.
fn known(scenario: &Scenario, catalog: &Catalog) -> Catalog {
    let mut known = Catalog::default();
    for model in models_of(scenario).filter_map(|id| catalog.get(id)) {
        known.insert(model.clone());
    }
    known
}

/// The models that a scenario names, as often as it does.
fn models_of(scenario: &Scenario) -> impl Iterator<Item = &str> {
    let of_types = scenario.types.iter().flat_map(|kind| {
        let escalated = kind.escalation.iter().map(|next| next.model.as_str());
        let semantic = kind.cache.kind == CacheKind::Semantic;
        let embeds = semantic.then(|| kind.cache.embedding_model.as_deref().unwrap_or(EMBEDDING_MODEL));
        kind.branches().map(|(id, _)| id).chain(escalated).chain(embeds)
    });
    of_types.chain(scenario.infrastructure.embeddings.iter().map(|embeddings| embeddings.model.as_str()))
}

impl Pack for Asked {
    fn pack(&self, out: &mut Packed) {
        match self {
            Asked::Day => None,
            Asked::Load(factor) => Some(*factor),
        }
        .pack(out);
    }
    fn unpack(reader: &mut Reader<'_>) -> Option<Self> {
        Some(Option::unpack(reader)?.map_or(Asked::Day, Asked::Load))
    }
}

/// How long and how fast a model answers. What it costs, the scenario says on this way.
impl Pack for Catalog {
    fn pack(&self, out: &mut Packed) {
        self.models().count().pack(out);
        for model in self.models() {
            model.id.pack(out);
            model.max_output_tokens.pack(out);
        }
    }
    fn unpack(reader: &mut Reader<'_>) -> Option<Self> {
        let mut catalog = Catalog::default();
        for _ in 0..usize::unpack(reader)? {
            catalog.insert(Model {
                id: Pack::unpack(reader)?,
                max_output_tokens: Pack::unpack(reader)?,
                ..Model::unpriced("")
            });
        }
        Some(catalog)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::{Arrivals, Preset, Trace};
    use crate::sim::{Reply, answer, load_point, preview, simulate};

    /// A scenario with every part that a day can depend on.
    const EVERYTHING: &str = r#"{
        "seed": 18446744073709551615, "daily_messages": 30000, "slo_ms": 2500,
        "types": [
            {"name": "質問", "share_pct": 60, "input_tokens": {"kind": "lognormal", "mean": 300, "sd": 90},
             "output_tokens": {"kind": "empirical", "values": [10, 40, 400]},
             "route": [{"model": "haiku", "share_pct": 70}, {"model": "own", "share_pct": 30}],
             "escalation": {"model": "sonnet", "share_pct": 5},
             "cache": {"kind": "semantic", "hit_rate": 0.2, "latency_ms": 7, "miss_ms": 3}},
            {"name": "b", "share_pct": 40, "model": "own", "output_tokens": {"kind": "gamma", "mean": 90, "sd": 30}}
        ],
        "models": {
            "own": {"ttft": {"kind": "exponential", "mean": 200}, "tokens_per_s": 80, "ttft_ms_per_1k_input": 9,
                    "concurrency": 3, "rpm": 900, "tpm": 2000000, "burndown": 5},
            "haiku": {"latency": {"kind": "normal", "mean": 400, "sd": 90}},
            "sonnet": {"latency": {"kind": "simple", "mean": 1200, "sd": 300}}
        },
        "traffic": {"arrivals": "gamma", "cv": 1.5, "curve": "noon-peak"},
        "capacity": {"concurrency": 4, "queue_timeout_ms": 9000, "rpm": 1200, "tpm": 900000, "max_tokens": 500, "burndown": 2},
        "retry": {"mode": "adaptive", "max_attempts": 4, "clients": 3},
        "faults": {"throttle_rate": 0.01, "error_rate": 0.02},
        "stages": [{"parallel": [{"name": "search", "latency": 30, "cold_rate": 0.01, "cold_ms": 400}], "on_miss": true},
                   {"parallel": [{"name": "log", "latency": 5}], "after": true}],
        "patience_ms": {"kind": "exponential", "mean": 20000},
        "billing": {"discount_pct": 10}
    }"#;

    fn answers(scenario: &Scenario, catalog: &Catalog, asked: Asked) -> Vec<Reply> {
        let message = Task::new(scenario, catalog).unwrap().ask(7, asked);
        let mut replies = Vec::new();
        answer(&message, &mut crate::sim::Memory::default(), &mut |reply| {
            replies.push(Packed::of(&reply).open::<Reply>().unwrap())
        });
        assert!(replies.iter().all(|reply| reply.generation == 7));
        replies
    }

    #[test]
    fn a_worker_gives_the_same_bits() {
        let catalog = Catalog::full();
        let read = Scenario::load(EVERYTHING).unwrap();
        assert_eq!(read.warnings, []);
        for scenario in Preset::ALL.map(Preset::scenario).into_iter().chain([read.output]) {
            let [first, day] = &answers(&scenario, catalog, Asked::Day)[..] else { panic!("two parts") };
            assert_eq!(first.preview, preview(&scenario, catalog).ok());
            assert_eq!(day.day, simulate(&scenario, catalog, None).ok());
            let [point] = &answers(&scenario, catalog, Asked::Load(1.5))[..] else { panic!("one part") };
            assert_eq!(point.load, load_point(&scenario, catalog, 1.5, None).ok());
        }
    }

    #[test]
    fn a_trace_arrives() {
        let mut scenario = Scenario { daily_messages: 3_000.0, ..Scenario::default() };
        scenario.traffic.arrivals = Arrivals::Trace;
        let trace =
            Trace { arrivals_ms: vec![0.0, 10.0, 400.0], output_tokens: vec![5.0, 6.0, 7.0], ..Trace::default() };
        scenario.traffic.trace = Some(std::sync::Arc::new(trace));
        let day = answers(&scenario, &Catalog::reference(), Asked::Day).pop().and_then(|reply| reply.day);
        assert_eq!(day, simulate(&scenario, &Catalog::reference(), None).ok());
        assert!(day.is_some());
    }

    #[test]
    fn what_cannot_be_simulated_says_why() {
        let mut scenario = Scenario::default();
        scenario.types[0].model = Some("unheard-of".to_string());
        let replies = answers(&scenario, &Catalog::reference(), Asked::Day);
        let expected = simulate(&scenario, &Catalog::reference(), None).unwrap_err();
        assert_eq!(replies.last().map(|reply| &reply.problems), Some(&expected.0));
        scenario.types.clear();
        assert!(Task::new(&scenario, &Catalog::reference()).is_err(), "what is not valid is never sent");
    }

    #[test]
    fn what_is_no_task_has_no_answer() {
        let whole = Task::new(&Scenario::default(), &Catalog::reference()).unwrap().ask(1, Asked::Load(1.0));
        for end in 0..whole.numbers.len() {
            let cut = Packed { numbers: whole.numbers[..end].to_vec(), text: whole.text.clone() };
            answer(&cut, &mut crate::sim::Memory::default(), &mut |_| panic!("{end} numbers are no task"));
        }
    }
}
