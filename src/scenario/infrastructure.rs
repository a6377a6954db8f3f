//! The services around the model: each off until it is named, every unit and price editable.

use serde::Serialize;

use crate::catalog::EMBEDDING_MODEL;

use super::check::MAX_SERVICE;
use super::form::{Limits, form};

/// The region whose list prices the defaults are.
pub const INFRASTRUCTURE_REGION: &str = "us-east-1";

/// The day they were read.
pub const INFRASTRUCTURE_DATE: &str = "2026-11-22";

/// Where the default prices come from.
pub const INFRASTRUCTURE_SOURCE: &str = "AWS list prices, us-east-1, read 2026-11-22";

/// A number of a service, in its own units or US dollars.
const NUMBER: Limits = Limits::of(0.0, MAX_SERVICE);

form! {
    /// API Gateway's WebSocket API.
    #[derive(Clone, Copy, Debug, PartialEq, Serialize)]
    pub struct ApiGateway (service) {
        /// WebSocket messages for one message of the chat: the question and the streamed pieces.
        frames_per_message: f64 = 2.0 => NUMBER,
        /// Minutes a connection is open for one message.
        connection_minutes_per_message: f64 = 1.0 => NUMBER,
        /// US dollars for a million WebSocket messages.
        usd_per_1m_frames: f64 = 1.0 => NUMBER,
        /// US dollars for a million minutes of connections.
        usd_per_1m_connection_minutes: f64 = 0.25 => NUMBER,
    }
}

form! {
    /// Fargate tasks that run all day.
    #[derive(Clone, Copy, Debug, PartialEq, Serialize)]
    pub struct Fargate (service) {
        /// Tasks that run.
        tasks: f64 = 2.0 => NUMBER,
        /// Virtual processors of each.
        vcpu_per_task: f64 = 1.0 => NUMBER,
        /// Memory of each, in GB.
        memory_gb_per_task: f64 = 2.0 => NUMBER,
        /// US dollars for an hour of a virtual processor.
        usd_per_vcpu_hour: f64 = 0.04048 => NUMBER,
        /// US dollars for an hour of a GB of memory.
        usd_per_gb_hour: f64 = 0.004445 => NUMBER,
    }
}

form! {
    /// DynamoDB, on demand.
    #[derive(Clone, Copy, Debug, PartialEq, Serialize)]
    pub struct DynamoDb (service) {
        /// Write request units of one message.
        writes_per_message: f64 = 2.0 => NUMBER,
        /// Read request units of one message.
        reads_per_message: f64 = 1.0 => NUMBER,
        /// US dollars for a million write request units.
        usd_per_1m_writes: f64 = 0.625 => NUMBER,
        /// US dollars for a million read request units.
        usd_per_1m_reads: f64 = 0.125 => NUMBER,
    }
}

form! {
    /// OpenSearch Serverless, which never has fewer than two to four units.
    #[derive(Clone, Copy, Debug, PartialEq, Serialize)]
    pub struct OpenSearch (service) {
        /// OpenSearch compute units.
        ocu: f64 = 2.0 => NUMBER,
        /// US dollars for an hour of a unit.
        usd_per_ocu_hour: f64 = 0.24 => NUMBER,
    }
}

form! {
    /// ElastiCache nodes.
    #[derive(Clone, Copy, Debug, PartialEq, Serialize)]
    pub struct ElastiCache (service) {
        /// Nodes that run all day.
        nodes: f64 = 1.0 => NUMBER,
        /// US dollars for an hour of a node.
        usd_per_node_hour: f64 = 0.156 => NUMBER,
    }
}

form! {
    /// Guardrails' content filter: a text unit is 1,000 characters.
    #[derive(Clone, Copy, Debug, PartialEq, Serialize)]
    pub struct Guardrails (service) {
        /// Text units of a question.
        units_per_question: f64 = 1.0 => NUMBER,
        /// Text units of an answer.
        units_per_answer: f64 = 1.0 => NUMBER,
        /// US dollars for a thousand text units.
        usd_per_1k_units: f64 = 0.15 => NUMBER,
    }
}

form! {
    /// Embedding the question, to search with it.
    #[derive(Clone, Debug, PartialEq, Serialize)]
    pub struct Embeddings (service) {
        /// The model that embeds.
        model: String = EMBEDDING_MODEL.to_string(),
        /// Tokens embedded for one message.
        tokens_per_message: f64 = 100.0 => NUMBER,
    }
}

form! {
    /// The services around the model; an absent one is off and costs nothing. All defaults are
    /// assumptions ([`INFRASTRUCTURE_SOURCE`]).
    #[derive(Clone, Debug, PartialEq, Serialize)]
    pub struct Infrastructure {
        /// API Gateway's WebSocket API.
        #[serde(skip_serializing_if = "Option::is_none")]
        api_gateway: Option<ApiGateway> = None,
        /// Fargate tasks that run all day.
        #[serde(skip_serializing_if = "Option::is_none")]
        fargate: Option<Fargate> = None,
        /// DynamoDB, on demand.
        #[serde(skip_serializing_if = "Option::is_none")]
        dynamodb: Option<DynamoDb> = None,
        /// OpenSearch Serverless, which never has fewer than two to four units.
        #[serde(skip_serializing_if = "Option::is_none")]
        opensearch: Option<OpenSearch> = None,
        /// ElastiCache nodes.
        #[serde(skip_serializing_if = "Option::is_none")]
        elasticache: Option<ElastiCache> = None,
        /// Guardrails' content filter: a text unit is 1,000 characters.
        #[serde(skip_serializing_if = "Option::is_none")]
        guardrails: Option<Guardrails> = None,
        /// Embedding the question, to search with it.
        #[serde(skip_serializing_if = "Option::is_none")]
        embeddings: Option<Embeddings> = None,
    }
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
            ($($service:ident),*) => {
                $(if let Some(service) = &mut self.$service {
                    all.extend(service.numbers_mut().into_iter().map(|(name, value)| (stringify!($service), name, value)));
                })*
            };
        }
        service!(api_gateway, fargate, dynamodb, opensearch, elasticache, guardrails, embeddings);
        all
    }
}
