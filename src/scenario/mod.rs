//! The one document that the page, the command line, links and the JavaScript package share:
//! what traffic there is, what answers it, and what a team wants of it.
//!
//! A [`Scenario`] is read by [`Scenario::load`], which refuses what cannot be used and warns of
//! what was probably not meant; everything absent has a default, so `{}` is the reference
//! scenario. The form carries a version and is read for ever.

mod billing;
mod check;
mod conversation;
mod default_quotas;
mod distribution;
mod form;
mod infrastructure;
mod model_profile;
mod packed;
mod presets;
mod quantity;
mod range;
mod read;
mod read_billing;
mod schema;
mod shares;
mod traffic;

pub use billing::{Billing, CacheTtl, Currency, Prompt, PromptCache, TierShares};
pub use check::{MAX_TRACE, MAX_TURNS, MAX_TYPES};
pub use conversation::{Sizes, Turn};
pub use distribution::{Distribution, MAX_EMPIRICAL, SIMPLE_FLOOR_MS};
pub use form::{FieldForm, Limits, Objects};
pub use infrastructure::{
    ApiGateway, DynamoDb, ElastiCache, Embeddings, Fargate, Guardrails, INFRASTRUCTURE_DATE, INFRASTRUCTURE_REGION,
    INFRASTRUCTURE_SOURCE, Infrastructure, OpenSearch,
};
pub use model_profile::ModelProfile;
pub use presets::Preset;
pub use quantity::{Unit, parse_quantity, parse_range, two_readings};
pub use range::Range;
pub use shares::{Shared, share_out};
pub use traffic::{Arrivals, Capacity, Curve, Faults, Retry, RetryMode, Stage, StageGroup, Trace, Traffic};

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::Value;

use crate::document;
use crate::problem::{Problem, Problems, Warned};
use check::{MAX_DAILY, MAX_MS, MAX_SERVICE, MAX_TOKENS};
use form::{choice_part, form};

/// The version this release writes.
///
/// In version 2 `standard` and `adaptive` are the SDKs' retry rules of 2026; version 1 meant those of 2025, which
/// are `standard-2025` and `adaptive-2025` now, and is read as that. A document without a version is of this one.
pub const VERSION: u32 = 2;

form! {
    /// A chatbot's traffic and what answers it.
    #[derive(Clone, Debug, PartialEq, Serialize)]
    pub struct Scenario (document) {
        /// The version of this form.
        version: u32 = VERSION,
        /// The seed of every random choice; the same seed gives the same bits. 42 by default.
        seed: u64 = 42,
        /// Messages a day; 1,000,000 by default.
        daily_messages: f64 = 1e6 => Limits::of(0.0, MAX_DAILY),
        /// Days in a month's bill; 30 by default, as in the original.
        days_in_month: f64 = 30.0 => Limits::of(1.0, 31.0),
        /// The service level: an answer within this many milliseconds is useful. 3,000 by default.
        slo_ms: f64 = 3_000.0 => Limits::of(1.0, MAX_MS),
        /// The AWS region that calls are made in, `ap-northeast-1`: it chooses among a model's price rows. Absent, a
        /// model's own row counts. A model that is named by its ARN is called in the region of that.
        #[serde(skip_serializing_if = "Option::is_none")]
        region: Option<String> = None,
        /// The query mix, in the order a person gave it.
        types: Vec<QueryType> = Vec::new(),
        /// How fast each model answers, by model id. A model not named here has its catalog profile.
        models: BTreeMap<String, ModelProfile> = BTreeMap::new(),
        /// When messages come.
        traffic: Traffic = Traffic::default(),
        /// How much can be in progress at once, and what Bedrock's quotas let through.
        capacity: Capacity = Capacity::default(),
        /// What the SDK does with failures.
        retry: Retry = Retry::default(),
        /// What goes wrong by chance.
        faults: Faults = Faults::default(),
        /// What a message passes beside the model: groups in series, the stages of a group in parallel.
        #[serde(skip_serializing_if = "Vec::is_empty")]
        stages: Vec<StageGroup> = Vec::new(),
        /// How long people wait for the first token before they leave; for ever, when absent.
        #[serde(skip_serializing_if = "Option::is_none")]
        patience_ms: Option<Distribution> = None => Limits::of(0.0, MAX_MS),
        /// Prices of one's own, discount, growth, currency.
        #[serde(skip_serializing_if = "Billing::is_default")]
        billing: Billing = Billing::default(),
        /// The services around the model.
        #[serde(skip_serializing_if = "Infrastructure::is_default")]
        infrastructure: Infrastructure = Infrastructure::default(),
        /// The numbers that were given as `[low, high]`, in the document's order; their fields hold the
        /// middle. [`Scenario::to_json`] writes them back where the middle still stands.
        #[serde(skip)]
        ranges: Vec<Range> = Vec::new(),
    }
}

form! {
    /// One kind of message: its share of the traffic, its size, and what answers it.
    #[derive(Clone, Debug, PartialEq, Serialize)]
    pub struct QueryType (by_hand) {
        /// What the kind is called; no other has this name.
        name: String = String::new() => Limits::ANY.required(),
        /// Percent of all messages, 0 to 100.
        share_pct: f64 = 0.0 => Limits::PERCENT.required(),
        /// Tokens of the prompt; 100 by default.
        input_tokens: Distribution = Distribution::Constant(100.0) => Limits::of(0.0, MAX_TOKENS),
        /// Tokens of the answer; 100 by default.
        output_tokens: Distribution = Distribution::Constant(100.0) => Limits::of(0.0, MAX_TOKENS),
        /// The model that answers; or else `route`.
        #[serde(skip_serializing_if = "Option::is_none")]
        model: Option<String> = None,
        /// The models that answer, each a share of this type's messages.
        #[serde(skip_serializing_if = "Option::is_none")]
        route: Option<Vec<RouteShare>> = None,
        /// A stronger model that answers again what the first did not answer well; both are paid and
        /// both are waited for.
        #[serde(skip_serializing_if = "Option::is_none")]
        escalation: Option<RouteShare> = None,
        /// A response cache in front of the model.
        cache: Cache = Cache::default(),
        /// What is sent around the message, and prompt caching.
        #[serde(skip_serializing_if = "Prompt::is_default")]
        prompt: Prompt = Prompt::default(),
        /// How many calls other service tiers take.
        #[serde(skip_serializing_if = "TierShares::is_default")]
        tiers: TierShares = TierShares::default(),
    }
}

form! {
    /// One branch of a routing rule.
    #[derive(Clone, Debug, PartialEq, Serialize)]
    pub struct RouteShare {
        /// Its model.
        model: String = String::new() => Limits::ANY.required(),
        /// Percent of the type's messages, 0 to 100.
        share_pct: f64 = 0.0 => Limits::PERCENT.required(),
    }
}

form! {
    /// A response cache in front of the model.
    #[derive(Clone, Debug, PartialEq, Serialize)]
    pub struct Cache {
        /// Whether it knows the same prompt again, or one that means the same.
        kind: CacheKind = CacheKind::Exact,
        /// The fraction of messages it answers, 0 to 1.
        hit_rate: f64 = 0.0 => Limits::SHARE,
        /// How long a hit takes; 20 ms by default, an assumption.
        latency_ms: f64 = 20.0 => Limits::of(0.0, MAX_MS),
        /// How long a message loses that it does not answer; 0 by default.
        miss_ms: f64 = 0.0 => Limits::of(0.0, MAX_MS),
        /// What a thousand lookups cost beside the service that does them; 0 by default.
        #[serde(skip_serializing_if = "is_zero")]
        lookup_usd_per_1k: f64 = 0.0 => Limits::of(0.0, MAX_SERVICE),
        /// What embeds every message for a semantic cache; Titan Text Embeddings v2 when absent.
        #[serde(skip_serializing_if = "Option::is_none")]
        embedding_model: Option<String> = None,
    }
}

/// How a response cache knows a prompt again.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum CacheKind {
    /// By its exact text.
    #[default]
    Exact,
    /// By its meaning: every message is embedded first.
    Semantic,
}

impl CacheKind {
    pub const ALL: [CacheKind; 2] = [CacheKind::Exact, CacheKind::Semantic];

    pub fn key(self) -> &'static str {
        match self {
            CacheKind::Exact => "exact",
            CacheKind::Semantic => "semantic",
        }
    }

    pub fn from_key(key: &str) -> Option<Self> {
        CacheKind::ALL.into_iter().find(|kind| kind.key() == key)
    }
}

choice_part!(CacheKind);

fn is_zero(value: &f64) -> bool {
    *value == 0.0
}

impl Default for Scenario {
    /// The reference scenario: MangaAssist at a million messages a day.
    fn default() -> Self {
        Preset::Reference.scenario()
    }
}

impl QueryType {
    /// The models that answer this type, each with its fraction of the type's messages.
    pub fn branches(&self) -> impl Iterator<Item = (&str, f64)> {
        let single = self.model.iter().map(|model| (model.as_str(), 1.0));
        let routed = self.route.iter().flatten().map(|branch| (branch.model.as_str(), branch.share_pct / 100.0));
        single.chain(routed)
    }
}

impl QueryType {
    /// Every model that it names.
    fn models_mut(&mut self) -> impl Iterator<Item = &mut String> {
        let branches = self.route.iter_mut().flatten().chain(&mut self.escalation);
        self.model.iter_mut().chain(branches.map(|share| &mut share.model))
    }
}

impl Scenario {
    /// Reads a scenario from JSON text and checks it.
    ///
    /// # Errors
    /// Every reason why it cannot be used: JSON errors with line and column, wrong types and
    /// values out of range with their path. Unknown fields are warnings.
    pub fn load(text: &str) -> Result<Warned<Scenario>, Problems> {
        Scenario::of(&document::parse(text)?)
    }

    /// As [`Scenario::load`], from JSON that is read already.
    ///
    /// # Errors
    /// Wrong types and values out of range with their path.
    pub fn of(document: &Value) -> Result<Warned<Scenario>, Problems> {
        let (scenario, mut found) = read::scenario(document);
        if !found.iter().any(Problem::is_error) {
            found.extend(scenario.problems());
            if !scenario.ranges.is_empty() {
                // What holds in the middle must hold at both ends; sums over several ranges need not.
                for end in range::at_ends(document, &scenario.ranges) {
                    let (at_end, problems) = read::scenario(&end);
                    let here = |problem: &Problem| {
                        problem.is_error() && scenario.ranges.iter().any(|range| range.path == problem.path)
                    };
                    found.extend(problems.into_iter().chain(at_end.problems()).filter(here));
                }
            }
        }
        let (errors, warnings): (Vec<_>, Vec<_>) = found.into_iter().partition(Problem::is_error);
        if errors.is_empty() { Ok(Warned { output: scenario, warnings }) } else { Err(Problems(errors)) }
    }

    /// As [`Scenario::of`], with values out of range kept as they are: work in progress is no
    /// less worth keeping for a mistake in it.
    ///
    /// # Errors
    /// What keeps it from being read at all.
    pub fn of_draft(document: &Value) -> Result<Scenario, Problems> {
        let (scenario, found) = read::scenario(document);
        let errors: Vec<_> = found.into_iter().filter(Problem::is_error).collect();
        if errors.is_empty() { Ok(scenario) } else { Err(Problems(errors)) }
    }

    /// The document as JSON text.
    pub fn to_json(&self) -> String {
        serde_json::to_string_pretty(&self.to_document()).unwrap_or_default()
    }

    /// The document as JSON.
    pub fn to_document(&self) -> Value {
        let mut document = serde_json::to_value(self).unwrap_or_default();
        range::restore(&mut document, &self.ranges);
        document
    }

    /// The sum of the types' shares, in percent.
    pub fn share_sum_pct(&self) -> f64 {
        self.types.iter().map(|t| t.share_pct).sum()
    }
}
