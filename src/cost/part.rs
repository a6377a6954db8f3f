use serde::ser::{Serialize, SerializeMap, Serializer};

use crate::money::Usd;

/// What money is spent on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[repr(usize)]
pub enum Part {
    Input,
    Output,
    CacheRead,
    CacheWrite5m,
    CacheWrite1h,
    /// Tokens of attempts that failed.
    Retries,
    /// Lookups in the response cache.
    CacheLookup,
    /// Embeddings for a semantic response cache.
    CacheEmbedding,
    ApiGateway,
    Fargate,
    DynamoDb,
    OpenSearch,
    ElastiCache,
    Guardrails,
    Embeddings,
}

const COUNT: usize = 15;

impl Part {
    pub const ALL: [Part; COUNT] = [
        Part::Input,
        Part::Output,
        Part::CacheRead,
        Part::CacheWrite5m,
        Part::CacheWrite1h,
        Part::Retries,
        Part::CacheLookup,
        Part::CacheEmbedding,
        Part::ApiGateway,
        Part::Fargate,
        Part::DynamoDb,
        Part::OpenSearch,
        Part::ElastiCache,
        Part::Guardrails,
        Part::Embeddings,
    ];

    pub fn key(self) -> &'static str {
        match self {
            Part::Input => "input",
            Part::Output => "output",
            Part::CacheRead => "cache_read",
            Part::CacheWrite5m => "cache_write_5m",
            Part::CacheWrite1h => "cache_write_1h",
            Part::Retries => "retries",
            Part::CacheLookup => "cache_lookup",
            Part::CacheEmbedding => "cache_embedding",
            Part::ApiGateway => "api_gateway",
            Part::Fargate => "fargate",
            Part::DynamoDb => "dynamodb",
            Part::OpenSearch => "opensearch",
            Part::ElastiCache => "elasticache",
            Part::Guardrails => "guardrails",
            Part::Embeddings => "embeddings",
        }
    }

    /// Whether it belongs to the services around the model.
    pub fn is_around(self) -> bool {
        self >= Part::ApiGateway
    }
}

/// An amount for each part; `None` where a price that is used is not known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Parts([Option<Usd>; COUNT]);

impl Default for Parts {
    fn default() -> Self {
        Parts([Some(Usd::ZERO); COUNT])
    }
}

impl Parts {
    pub fn get(&self, part: Part) -> Option<Usd> {
        self.0[part as usize]
    }

    /// Every part that is not nothing.
    pub fn iter(&self) -> impl Iterator<Item = (Part, Option<Usd>)> {
        Part::ALL.into_iter().zip(self.0).filter(|(_, amount)| *amount != Some(Usd::ZERO))
    }

    pub fn total(&self) -> Option<Usd> {
        self.0.into_iter().sum()
    }

    pub(super) fn add(&mut self, part: Part, amount: Option<Usd>) {
        let place = &mut self.0[part as usize];
        *place = place.zip(amount).map(|(sum, amount)| sum + amount);
    }

    pub(super) fn add_all(&mut self, other: &Parts) {
        for (part, amount) in Part::ALL.into_iter().zip(other.0) {
            self.add(part, amount);
        }
    }
}

/// As an object of the parts that are not nothing, in dollars.
impl Serialize for Parts {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        for (part, amount) in self.iter() {
            map.serialize_entry(part.key(), &amount)?;
        }
        map.end()
    }
}
