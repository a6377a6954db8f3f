//! What money is spent on, and the amounts.

use serde::ser::{Serialize, SerializeMap, Serializer};

use crate::catalog::TokenKind;
use crate::money::Usd;

/// What money is spent on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[repr(usize)]
#[non_exhaustive]
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

    /// The part that tokens of a kind are paid in.
    pub fn of(token: TokenKind) -> Self {
        match token {
            TokenKind::Input => Part::Input,
            TokenKind::Output => Part::Output,
            TokenKind::CacheRead => Part::CacheRead,
            TokenKind::CacheWrite5m => Part::CacheWrite5m,
            TokenKind::CacheWrite1h => Part::CacheWrite1h,
        }
    }

    /// Whether it belongs to the services around the model.
    pub fn is_around(self) -> bool {
        self >= Part::ApiGateway
    }
}

/// An amount for each part; `None` where a price that is used is not known.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Parts {
    /// What is known of each part.
    amounts: [Usd; COUNT],
    /// A bit for each part whose amount is not known.
    unknown: u16,
}

impl Parts {
    pub fn get(&self, part: Part) -> Option<Usd> {
        (self.unknown & 1 << part as usize == 0).then_some(self.amounts[part as usize])
    }

    /// Every part that is not nothing.
    pub fn iter(&self) -> impl Iterator<Item = (Part, Option<Usd>)> {
        Part::ALL.into_iter().map(|part| (part, self.get(part))).filter(|(_, amount)| *amount != Some(Usd::ZERO))
    }

    pub fn total(&self) -> Option<Usd> {
        (self.unknown == 0).then(|| self.known())
    }

    /// Everything whose price is known, whatever is missing beside it.
    pub fn known(&self) -> Usd {
        self.amounts.iter().copied().sum()
    }

    pub(super) fn add(&mut self, part: Part, amount: Option<Usd>) {
        match amount {
            Some(amount) => self.amounts[part as usize] += amount,
            None => self.unknown |= 1 << part as usize,
        }
    }

    pub(super) fn add_all(&mut self, other: &Parts) {
        for (part, amount) in Part::ALL.into_iter().zip(other.amounts) {
            self.amounts[part as usize] += amount;
        }
        self.unknown |= other.unknown;
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
