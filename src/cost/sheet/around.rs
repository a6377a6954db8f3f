//! What stands around the model calls: the services, and what runs all day.

use crate::catalog::Catalog;
use crate::scenario::{EMBEDDING_MODEL, Scenario};

use super::{Bought, Part, PriceInput, Sheet};

impl Sheet {
    pub(super) fn services(&mut self, scenario: &Scenario, catalog: &Catalog) {
        self.services_at = self.values.len();
        let mut on = scenario.infrastructure.clone();
        let embedding = on.embeddings.as_ref().map(|embeddings| embeddings.model.clone());
        for (service, field, value) in on.numbers_mut() {
            let at = self.values.len();
            if self.services.names.last().is_none_or(|(last, _)| *last != service) {
                match service {
                    "api_gateway" => self.services.api_gateway = Some(at),
                    "fargate" => self.services.fargate = Some(at),
                    "dynamodb" => self.services.dynamodb = Some(at),
                    "opensearch" => self.services.opensearch = Some(at),
                    "elasticache" => self.services.elasticache = Some(at),
                    "guardrails" => self.services.guardrails = Some(at),
                    _ => {
                        let model = self.model(scenario, catalog, embedding.as_deref().unwrap_or(EMBEDDING_MODEL));
                        self.services.embeddings = Some((at, model));
                    }
                }
            }
            self.services.names.push((service, field));
            self.values.push(*value);
        }
    }

    /// The mean prompt of a tier without a prompt cache, but for the message itself.
    pub(super) fn whole_prompt(&self, v: &[f64]) -> f64 {
        super::sizes(v).before()
    }

    /// The services that are paid by the message.
    pub(super) fn around(
        &self,
        values: &[f64],
        index: usize,
        messages: f64,
        hear: &mut impl FnMut(Option<usize>, Part, Bought),
    ) {
        let on = &self.services;
        if let Some(at) = on.api_gateway {
            let v = &values[at..];
            hear(Some(index), Part::ApiGateway, Bought::Dollars(messages * (v[0] * v[2] + v[1] * v[3]) / 1e6));
        }
        if let Some(at) = on.dynamodb {
            let v = &values[at..];
            hear(Some(index), Part::DynamoDb, Bought::Dollars(messages * (v[0] * v[2] + v[1] * v[3]) / 1e6));
        }
        if let Some(at) = on.guardrails {
            let v = &values[at..];
            hear(Some(index), Part::Guardrails, Bought::Dollars(messages * (v[0] + v[1]) * v[2] / 1000.0));
        }
        if let Some((at, model)) = on.embeddings {
            let tokens = messages * values[at];
            let bought = Bought::Tokens { model, price: PriceInput::Input, raised: false, tokens };
            hear(Some(index), Part::Embeddings, bought);
        }
    }

    /// The services that are paid by the hour, whatever the traffic.
    pub(super) fn all_day(&self, values: &[f64], hear: &mut impl FnMut(Option<usize>, Part, Bought)) {
        const HOURS: f64 = 24.0;
        let on = &self.services;
        if let Some(at) = on.fargate {
            let v = &values[at..];
            hear(None, Part::Fargate, Bought::Dollars(HOURS * v[0] * (v[1] * v[3] + v[2] * v[4])));
        }
        if let Some(at) = on.opensearch {
            hear(None, Part::OpenSearch, Bought::Dollars(HOURS * values[at] * values[at + 1]));
        }
        if let Some(at) = on.elasticache {
            hear(None, Part::ElastiCache, Bought::Dollars(HOURS * values[at] * values[at + 1]));
        }
    }
}
