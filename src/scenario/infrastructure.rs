//! The services around the model: each off until it is named, every unit and price editable.

use serde::Serialize;

/// The region whose list prices the defaults are.
pub const INFRASTRUCTURE_REGION: &str = "us-east-1";

/// The day they were read.
pub const INFRASTRUCTURE_DATE: &str = "2026-11-22";

/// Where the default prices come from.
pub const INFRASTRUCTURE_SOURCE: &str = "AWS list prices, us-east-1, read 2026-11-22";

/// Titan Text Embeddings v2, what embeds when nothing else is named.
pub const EMBEDDING_MODEL: &str = "amazon.titan-embed-text-v2:0";

macro_rules! services {
    ($($(#[$doc:meta])* $name:ident { $($(#[$field_doc:meta])* $field:ident = $default:expr,)* })*) => {
        $(
            $(#[$doc])*
            #[derive(Clone, Copy, Debug, PartialEq, Serialize)]
            pub struct $name { $($(#[$field_doc])* pub $field: f64,)* }

            crate::pack_fields!($name { $($field),* });

            impl Default for $name {
                fn default() -> Self {
                    $name { $($field: $default,)* }
                }
            }

            impl $name {
                /// The names of its numbers, as in a document.
                pub const FIELDS: &'static [&'static str] = &[$(stringify!($field)),*];

                /// Its numbers, in the order of their names.
                pub fn numbers_mut(&mut self) -> Vec<&mut f64> {
                    vec![$(&mut self.$field),*]
                }
            }
        )*
    };
}

services! {
    /// API Gateway's WebSocket API.
    ApiGateway {
        /// WebSocket messages for one message of the chat: the question and the streamed pieces.
        frames_per_message = 2.0,
        /// Minutes a connection is open for one message.
        connection_minutes_per_message = 1.0,
        usd_per_1m_frames = 1.0,
        usd_per_1m_connection_minutes = 0.25,
    }
    /// Fargate tasks that run all day.
    Fargate {
        tasks = 2.0,
        vcpu_per_task = 1.0,
        memory_gb_per_task = 2.0,
        usd_per_vcpu_hour = 0.04048,
        usd_per_gb_hour = 0.004445,
    }
    /// DynamoDB, on demand.
    DynamoDb {
        writes_per_message = 2.0,
        reads_per_message = 1.0,
        usd_per_1m_writes = 0.625,
        usd_per_1m_reads = 0.125,
    }
    /// OpenSearch Serverless, which never has fewer than two to four units.
    OpenSearch {
        ocu = 2.0,
        usd_per_ocu_hour = 0.24,
    }
    /// ElastiCache nodes.
    ElastiCache {
        nodes = 1.0,
        usd_per_node_hour = 0.156,
    }
    /// Guardrails' content filter: a text unit is 1,000 characters.
    Guardrails {
        units_per_question = 1.0,
        units_per_answer = 1.0,
        usd_per_1k_units = 0.15,
    }
}

/// Embedding the question, to search with it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Embeddings {
    pub model: String,
    /// Tokens embedded for one message.
    pub tokens_per_message: f64,
}

impl Default for Embeddings {
    fn default() -> Self {
        Embeddings { model: EMBEDDING_MODEL.to_string(), tokens_per_message: 100.0 }
    }
}

/// The services around the model; an absent one is off and costs nothing. All defaults are
/// assumptions ([`INFRASTRUCTURE_SOURCE`]).
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Infrastructure {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub api_gateway: Option<ApiGateway>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fargate: Option<Fargate>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub dynamodb: Option<DynamoDb>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub opensearch: Option<OpenSearch>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub elasticache: Option<ElastiCache>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub guardrails: Option<Guardrails>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub embeddings: Option<Embeddings>,
}

impl Infrastructure {
    pub(super) fn is_default(&self) -> bool {
        *self == Infrastructure::default()
    }

    /// Whether a service that is on is billed at one of the default prices.
    pub fn uses_list_prices(&self) -> bool {
        let mut listed = Infrastructure {
            api_gateway: Some(ApiGateway::default()),
            fargate: Some(Fargate::default()),
            dynamodb: Some(DynamoDb::default()),
            opensearch: Some(OpenSearch::default()),
            elasticache: Some(ElastiCache::default()),
            guardrails: Some(Guardrails::default()),
            embeddings: None,
        };
        let mut on = self.clone();
        on.numbers_mut().into_iter().any(|(service, field, value)| {
            field.starts_with("usd_") && listed.number_mut(service, field).is_some_and(|price| price == value)
        })
    }

    /// A number of a service that is on.
    pub fn number_mut(&mut self, service: &str, field: &str) -> Option<&mut f64> {
        let mut numbers = self.numbers_mut().into_iter();
        numbers.find(|(on, name, _)| *on == service && *name == field).map(|(_, _, value)| value)
    }

    /// Every number of the services that are on: service, field, value.
    pub fn numbers_mut(&mut self) -> Vec<(&'static str, &'static str, &mut f64)> {
        let mut all = Vec::new();
        macro_rules! service {
            ($field:ident, $type:ident) => {
                if let Some(service) = &mut self.$field {
                    let numbers = service.numbers_mut();
                    all.extend(
                        $type::FIELDS.iter().zip(numbers).map(|(name, value)| (stringify!($field), *name, value)),
                    );
                }
            };
        }
        service!(api_gateway, ApiGateway);
        service!(fargate, Fargate);
        service!(dynamodb, DynamoDb);
        service!(opensearch, OpenSearch);
        service!(elasticache, ElastiCache);
        service!(guardrails, Guardrails);
        if let Some(embeddings) = &mut self.embeddings {
            all.push(("embeddings", "tokens_per_message", &mut embeddings.tokens_per_message));
        }
        all
    }
}
