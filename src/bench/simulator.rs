use std::rc::Rc;

use crate::catalog::{Catalog, Model};
use crate::cost::{CallTokens, Tier, price_call};
use crate::money::Usd;
use crate::problem::Problems;
use crate::random::{Purpose, Stream};
use crate::scenario::{Distribution, RetryMode, Scenario};
use crate::sim::{ModelSpeed, QuantileTable, model_speed};

use super::drive::VirtualClient;
use super::savings::OfType;
use super::session::{Answer, Call, CallStage, Failed};
use super::suite::{Benchmark, Prompt};

/// A client that draws its answers from a scenario: models' speeds, caches, stages and faults.
///
/// Each call is independent of the others: queues, quotas and retries of the scenario are the
/// simulation's own business. Its random numbers depend on seed, run and call alone.
pub struct SimulatorClient {
    stream: Stream,
    prompts: Vec<Prompt>,
    routes: Vec<Route>,
    groups: Vec<Group>,
    error_rate: f64,
    throttle_rate: f64,
    throttled: Rc<str>,
    failed: Rc<str>,
    model_stage: Rc<str>,
    /// Answers end there.
    max_tokens: u64,
    /// The dearest model of the mix, which routing is compared with.
    dearest: Option<Target>,
}

/// One way a call can go.
struct Route {
    /// The query type, where the mix is measured.
    kind: Option<Rc<str>>,
    /// The share of calls up to and including this route.
    up_to: f64,
    hit_rate: f64,
    hit_ms: f64,
    miss_ms: f64,
    input: Option<Draw>,
    output: Option<Draw>,
    target: Target,
}

/// A model's speed and price.
struct Target {
    name: Rc<str>,
    model: Option<Model>,
    whole: Option<Draw>,
    ttft: Option<Draw>,
    ms_per_token: f64,
    ttft_ms_per_input_token: f64,
    /// Whether nobody measured its speed.
    assumed: bool,
    /// The price of the last call: the next one often has as many tokens.
    priced: (u64, u64, Option<Usd>),
}

impl Target {
    fn price(&mut self, input: u64, output: u64) -> Option<Usd> {
        if (self.priced.0, self.priced.1) != (input, output) {
            let tokens = CallTokens { input, output, ..CallTokens::default() };
            let price = |model: &Model| price_call(model, tokens, Tier::Standard).total();
            self.priced = (input, output, self.model.as_ref().and_then(price));
        }
        self.priced.2
    }
}

struct Group {
    stages: Vec<PlannedStage>,
    after: bool,
    on_miss: bool,
}

struct PlannedStage {
    name: Rc<str>,
    time: Draw,
    cold_rate: f64,
    cold_ms: f64,
}

enum Draw {
    Constant(f64),
    Table(QuantileTable),
}

impl Draw {
    fn new(distribution: &Distribution) -> Self {
        match distribution.constant() {
            Some(value) => Draw::Constant(value),
            None => Draw::Table(QuantileTable::new(distribution)),
        }
    }

    fn at(&self, word: u64) -> f64 {
        match self {
            Draw::Constant(value) => *value,
            Draw::Table(table) => f64::from(table.at((word >> 40) as u32)),
        }
    }
}

impl SimulatorClient {
    /// A client for one run of a benchmark: of its model, or of the scenario's query mix.
    ///
    /// # Errors
    /// A model whose speed is not known.
    pub fn new(
        scenario: &Scenario,
        catalog: &Catalog,
        benchmark: &Benchmark,
        prompts: &[Prompt],
        seed: u64,
        run: u64,
    ) -> Result<Self, Problems> {
        let mut routes = Vec::new();
        if let Some(id) = &benchmark.model {
            routes.push(Route {
                kind: None,
                up_to: 1.0,
                hit_rate: 0.0,
                hit_ms: 0.0,
                miss_ms: 0.0,
                input: None,
                output: None,
                target: Target::new(id, scenario, catalog)?,
            });
        } else {
            let sum = scenario.share_sum_pct();
            let mut up_to = 0.0;
            for query_type in &scenario.types {
                let kind: Rc<str> = query_type.name.as_str().into();
                for (id, share) in query_type.branches() {
                    up_to += if sum > 0.0 { query_type.share_pct / sum * share } else { 0.0 };
                    routes.push(Route {
                        kind: Some(kind.clone()),
                        up_to,
                        hit_rate: query_type.cache.hit_rate,
                        hit_ms: query_type.cache.latency_ms,
                        miss_ms: query_type.cache.miss_ms,
                        input: Some(Draw::new(&query_type.input_tokens)),
                        output: Some(Draw::new(&query_type.output_tokens)),
                        target: Target::new(id, scenario, catalog)?,
                    });
                }
            }
        }
        let mut dearest: Option<(Option<Usd>, Rc<str>)> = None;
        for Route { target, .. } in routes.iter_mut().filter(|route| route.kind.is_some()) {
            let price = target.price(1_000, 1_000);
            if dearest.as_ref().is_none_or(|(most, _)| price > *most) {
                dearest = Some((price, target.name.clone()));
            }
        }
        let dearest = dearest.map(|(_, id)| Target::new(&id, scenario, catalog)).transpose()?;
        let groups = scenario.stages.iter().map(|group| Group {
            stages: group
                .parallel
                .iter()
                .map(|stage| PlannedStage {
                    name: stage.name.as_str().into(),
                    time: Draw::new(&stage.latency),
                    cold_rate: stage.cold_rate,
                    cold_ms: stage.cold_ms,
                })
                .collect(),
            after: group.after,
            on_miss: group.on_miss,
        });
        Ok(SimulatorClient {
            stream: Stream::new(seed, Purpose::Benchmark).of_call(name_number(&benchmark.name)).of_call(run),
            prompts: prompts.to_vec(),
            routes,
            groups: groups.collect(),
            error_rate: scenario.faults.error_rate,
            throttle_rate: scenario.faults.throttle_rate,
            throttled: "ThrottlingException".into(),
            failed: "InternalServerException".into(),
            model_stage: "model".into(),
            max_tokens: match scenario.capacity.max_tokens {
                Some(most) => (libm::round(most) as u64).min(benchmark.max_tokens),
                None => benchmark.max_tokens,
            },
            dearest,
        })
    }
}

impl SimulatorClient {
    /// The models of which nobody measured how fast they answer this chatbot.
    pub fn assumed_speeds(&self) -> impl Iterator<Item = &str> {
        self.routes.iter().filter(|route| route.target.assumed).map(|route| &*route.target.name)
    }
}

/// What a scenario has that calls drawn one by one do not honour.
pub(super) fn not_simulated(scenario: &Scenario) -> Vec<String> {
    let (capacity, retry) = (&scenario.capacity, &scenario.retry);
    let own = |given: fn(&crate::scenario::ModelProfile) -> bool| scenario.models.values().any(given);
    let quotas =
        capacity.rpm.is_some() || capacity.tpm.is_some() || own(|model| model.rpm.is_some() || model.tpm.is_some());
    let types = |given: fn(&crate::scenario::QueryType) -> bool| scenario.types.iter().any(given);
    let named = [
        ("capacity", capacity.concurrency.is_some() || own(|model| model.concurrency.is_some())),
        ("quotas", quotas),
        ("retries", retry.mode != RetryMode::None && (quotas || scenario.faults != Default::default())),
        ("patience", scenario.patience_ms.is_some()),
        ("escalation", types(|kind| kind.escalation.as_ref().is_some_and(|next| next.share_pct > 0.0))),
        ("conversations", types(|kind| kind.prompt.turns > 1.0 || kind.prompt.system_tokens > 0.0)),
    ];
    named.into_iter().filter(|(_, there)| *there).map(|(name, _)| name.to_string()).collect()
}

/// A number for a name, so that a benchmark keeps its random numbers wherever it stands in a suite.
///
/// # Source
/// FNV-1a.
fn name_number(name: &str) -> u64 {
    name.bytes().fold(0xCBF2_9CE4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x100_0000_01B3))
}

impl Target {
    fn new(id: &str, scenario: &Scenario, catalog: &Catalog) -> Result<Self, Problems> {
        let ModelSpeed { profile, assumed } = model_speed(scenario, catalog, id)?;
        let model = catalog.get(id).cloned();
        let whole = profile.latency.as_ref().map(Draw::new);
        let ttft = profile.ttft.as_ref().filter(|_| whole.is_none()).map(Draw::new);
        Ok(Target {
            name: id.into(),
            whole,
            ttft,
            ms_per_token: profile.tokens_per_s.map_or(0.0, |rate| 1000.0 / rate),
            ttft_ms_per_input_token: profile.ttft_ms_per_1k_input.unwrap_or(0.0) / 1000.0,
            priced: (u64::MAX, u64::MAX, None),
            assumed: assumed.is_some(),
            model,
        })
    }
}

/// A uniform number from the upper half of a word.
fn upper(word: u64) -> f64 {
    (word >> 32) as f64 / 4_294_967_296.0
}

/// A uniform number from the lower half of a word.
fn lower(word: u64) -> f64 {
    (word & 0xFFFF_FFFF) as f64 / 4_294_967_296.0
}

/// The random words of one call, each for one purpose.
const CHOICE: u64 = 0;
const FAULT: u64 = 1;
const TIME: u64 = 2;
const INPUT: u64 = 3;
const OUTPUT: u64 = 4;
const STAGES: u64 = 8;
const WORDS: u64 = 256;

impl VirtualClient for SimulatorClient {
    fn call(&mut self, call: &Call, _now_ms: f64) -> (f64, Answer) {
        let stream = self.stream;
        let word = |purpose: u64| stream.word(call.id.wrapping_mul(WORDS) + purpose);
        let choice = word(CHOICE);
        let share = upper(choice);
        let at =
            self.routes.iter().position(|route| share < route.up_to).unwrap_or(self.routes.len().saturating_sub(1));
        let Some(route) = self.routes.get_mut(at) else { return (0.0, Answer::default()) };
        let hit = route.hit_rate > 0.0 && lower(choice) < route.hit_rate;
        // What the cache answers, no model is paid for.
        let mut answer = Answer { cache_hit: hit, cost_usd: hit.then_some(0.0), ..Answer::default() };
        let mut before = 0.0;
        let mut after = 0.0;
        let mut purpose = STAGES;
        for group in self.groups.iter().filter(|group| !(hit && group.on_miss)) {
            // The slowest stage of a group is what is waited for.
            let mut slowest = 0.0_f64;
            for stage in &group.stages {
                let cold = stage.cold_rate > 0.0 && lower(word(purpose)) < stage.cold_rate;
                let ms = stage.time.at(word(purpose)) + if cold { stage.cold_ms } else { 0.0 };
                purpose += 1;
                slowest = slowest.max(ms);
                answer.stages.push(CallStage { name: stage.name.clone(), ms });
            }
            *(if group.after { &mut after } else { &mut before }) += slowest;
        }
        let target = &mut route.target;
        let prompt = self.prompts.get(call.prompt);
        let tokens = |draw: &Option<Draw>, purpose, usual: u64| match draw {
            Some(draw) => libm::round(draw.at(word(purpose)).max(0.0)) as u64,
            None => usual,
        };
        let input = tokens(&route.input, INPUT, prompt.map_or(100, |prompt| prompt.input_tokens));
        let output = tokens(&route.output, OUTPUT, prompt.map_or(100, |prompt| prompt.output_tokens));
        let output = output.min(self.max_tokens);
        let of_type = |spared: bool, target: &mut Target, dearest: Option<&mut Target>| {
            let (name, dearest) = route.kind.clone().zip(dearest)?;
            let (price, most) = (target.price(input, output), dearest.price(input, output));
            let (cost, cache_saved) = if spared { (Some(Usd::ZERO), price) } else { (price, Some(Usd::ZERO)) };
            // What the cache answers was routed nowhere.
            let routing_saved =
                if spared { Some(Usd::ZERO) } else { most.zip(price).map(|(most, price)| most - price) };
            Some(OfType { name, cost, cache_saved, routing_saved, dearest: dearest.name.clone() })
        };
        if hit {
            answer.of_type = of_type(true, target, self.dearest.as_mut());
            return (before + route.hit_ms + after, answer);
        }
        before += route.miss_ms;
        let first = target.ttft.as_ref().or(target.whole.as_ref()).map_or(0.0, |draw| draw.at(word(TIME)))
            + target.ttft_ms_per_input_token * input as f64;
        answer.model = Some(target.name.clone());
        if self.throttle_rate > 0.0 || self.error_rate > 0.0 {
            // One number for both, so that neither rate eats into the other.
            let fault = upper(word(FAULT));
            if fault < self.throttle_rate {
                // A throttled call is refused at the door.
                answer.failed = Some(Failed(self.throttled.clone()));
                return (before, answer);
            }
            if fault < self.throttle_rate + self.error_rate {
                answer.failed = Some(Failed(self.failed.clone()));
                return (before + first, answer);
            }
        }
        let model_ms = match target.ttft {
            Some(_) => first + output as f64 * target.ms_per_token,
            None => first,
        };
        if !self.groups.is_empty() {
            answer.stages.push(CallStage { name: self.model_stage.clone(), ms: model_ms });
        }
        answer.ttft_ms = target.ttft.as_ref().map(|_| before + first);
        answer.input_tokens = input;
        answer.output_tokens = output;
        answer.cost_usd = target.price(input, output).map(Usd::dollars);
        answer.of_type = of_type(false, target, self.dearest.as_mut());
        (before + model_ms + after, answer)
    }
}
