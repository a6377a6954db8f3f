//! What stands around the model calls: the services, and what runs all day.

use crate::catalog::{Tier, TokenKind};

use super::numbers::Numbers;
use super::{Bought, Part, Sheet};

impl Sheet {
    /// The services that are paid by the message.
    pub(super) fn around(
        &self,
        numbers: &Numbers,
        index: usize,
        messages: f64,
        hear: &mut impl FnMut(Option<usize>, Part, Bought),
    ) {
        let on = &numbers.services;
        if let Some(it) = &on.api_gateway {
            let frames = it.frames_per_message * it.usd_per_1m_frames;
            let minutes = it.connection_minutes_per_message * it.usd_per_1m_connection_minutes;
            hear(Some(index), Part::ApiGateway, Bought::Dollars(messages * (frames + minutes) / 1e6));
        }
        if let Some(it) = &on.dynamodb {
            let (writes, reads) =
                (it.writes_per_message * it.usd_per_1m_writes, it.reads_per_message * it.usd_per_1m_reads);
            hear(Some(index), Part::DynamoDb, Bought::Dollars(messages * (writes + reads) / 1e6));
        }
        if let Some(it) = &on.guardrails {
            let units = it.units_per_question + it.units_per_answer;
            hear(Some(index), Part::Guardrails, Bought::Dollars(messages * units * it.usd_per_1k_units / 1000.0));
        }
        if let Some((it, model)) = on.embeddings.as_ref().zip(self.service_embedding) {
            hear(Some(index), Part::Embeddings, embedded(model, messages * it.tokens_per_message));
        }
    }

    /// The services that are paid by the hour, whatever the traffic.
    pub(super) fn all_day(numbers: &Numbers, hear: &mut impl FnMut(Option<usize>, Part, Bought)) {
        const HOURS: f64 = 24.0;
        let on = &numbers.services;
        if let Some(it) = &on.fargate {
            let hour = it.vcpu_per_task * it.usd_per_vcpu_hour + it.memory_gb_per_task * it.usd_per_gb_hour;
            hear(None, Part::Fargate, Bought::Dollars(HOURS * it.tasks * hour));
        }
        if let Some(it) = &on.opensearch {
            hear(None, Part::OpenSearch, Bought::Dollars(HOURS * it.ocu * it.usd_per_ocu_hour));
        }
        if let Some(it) = &on.elasticache {
            hear(None, Part::ElastiCache, Bought::Dollars(HOURS * it.nodes * it.usd_per_node_hour));
        }
    }
}

/// Tokens that a model embeds.
pub(super) fn embedded(model: usize, tokens: f64) -> Bought {
    Bought::Tokens { model, token: TokenKind::Input, tier: Tier::Standard, level: 0, tokens }
}
