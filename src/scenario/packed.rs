//! A scenario as plain numbers and text, for the way from program to program.

use crate::pack::{Pack, Packed, Reader};

use super::{
    Arrivals, Billing, Cache, CacheKind, CacheTtl, Capacity, Currency, Curve, Distribution, Embeddings, Faults,
    Infrastructure, ModelProfile, OwnPrices, Prompt, PromptCache, QueryType, Range, Retry, RetryMode, RouteShare,
    Scenario, Stage, StageGroup, TierShares, Trace, Traffic,
};

impl Pack for Distribution {
    fn pack(&self, out: &mut Packed) {
        let (kind, values): (usize, &[f64]) = match self {
            Distribution::Constant(value) => (0, &[*value]),
            Distribution::Exponential { mean } => (1, &[*mean]),
            Distribution::LogNormal { mean, sd } => (2, &[*mean, *sd]),
            Distribution::Gamma { mean, sd } => (3, &[*mean, *sd]),
            Distribution::Normal { mean, sd } => (4, &[*mean, *sd]),
            Distribution::Simple { mean, sd } => (5, &[*mean, *sd]),
            Distribution::Empirical(values) => (6, &[values.len() as f64]),
        };
        kind.pack(out);
        out.numbers.extend(values);
        if let Distribution::Empirical(values) = self {
            out.numbers.extend(values);
        }
    }
    fn unpack(reader: &mut Reader<'_>) -> Option<Self> {
        let kind = usize::unpack(reader)?;
        let first = reader.number()?;
        let mut sd = || reader.number();
        Some(match kind {
            0 => Distribution::Constant(first),
            1 => Distribution::Exponential { mean: first },
            2 => Distribution::LogNormal { mean: first, sd: sd()? },
            3 => Distribution::Gamma { mean: first, sd: sd()? },
            4 => Distribution::Normal { mean: first, sd: sd()? },
            5 => Distribution::Simple { mean: first, sd: sd()? },
            6 => Distribution::Empirical((0..first as usize).map(|_| reader.number()).collect::<Option<_>>()?),
            _ => return None,
        })
    }
}

/// As the place of its name, or else the weights of its hours.
impl Pack for Curve {
    fn pack(&self, out: &mut Packed) {
        match self {
            Curve::Named(name) => Curve::NAMES.iter().position(|known| known == name),
            Curve::Hours(_) => None,
        }
        .pack(out);
        if let Curve::Hours(weights) = self {
            out.numbers.extend(weights);
        }
    }
    fn unpack(reader: &mut Reader<'_>) -> Option<Self> {
        if let Some(place) = Option::<usize>::unpack(reader)? {
            return Curve::named(Curve::NAMES.get(place)?);
        }
        let mut hours = [0.0; 24];
        for hour in &mut hours {
            *hour = reader.number()?;
        }
        Some(Curve::Hours(hours))
    }
}

crate::pack_fields!(Scenario {
    version,
    seed,
    daily_messages,
    days_in_month,
    slo_ms,
    region,
    types,
    models,
    traffic,
    capacity,
    retry,
    faults,
    stages,
    patience_ms,
    billing,
    infrastructure,
    ranges,
});
crate::pack_fields!(QueryType {
    name,
    share_pct,
    input_tokens,
    output_tokens,
    model,
    route,
    escalation,
    cache,
    prompt,
    tiers,
});
crate::pack_choice!(CacheKind);
crate::pack_fields!(Cache { kind, hit_rate, latency_ms, miss_ms, lookup_usd_per_1k, embedding_model });
crate::pack_fields!(Prompt { system_tokens, turns, cache });
crate::pack_choice!(CacheTtl);
crate::pack_fields!(PromptCache { ttl, hit_rate, history });
crate::pack_fields!(TierShares { batch_pct, flex_pct, priority_pct });
crate::pack_fields!(RouteShare { model, share_pct });
crate::pack_fields!(ModelProfile {
    latency,
    ttft,
    tokens_per_s,
    ttft_ms_per_1k_input,
    concurrency,
    rpm,
    tpm,
    burndown
});
crate::pack_choice!(Arrivals);
crate::pack_fields!(Traffic { arrivals, cv, curve, trace });
crate::pack_fields!(Trace { arrivals_ms, input_tokens, output_tokens });
crate::pack_fields!(Capacity { concurrency, queue_timeout_ms, rpm, tpm, max_tokens, burndown });
crate::pack_choice!(RetryMode);
crate::pack_fields!(Retry { mode, max_attempts, clients });
crate::pack_fields!(Faults { throttle_rate, error_rate });
crate::pack_fields!(StageGroup { parallel, after, on_miss });
crate::pack_fields!(Stage { name, latency, cold_rate, cold_ms });
crate::pack_fields!(Billing {
    growth_pct_per_month,
    discount_pct,
    failed_input_share,
    failed_output_share,
    currency,
    prices,
});
crate::pack_fields!(Currency { code, per_usd });
crate::pack_fields!(OwnPrices { name, prices, min_cache_tokens, source, date });
crate::pack_fields!(Infrastructure { api_gateway, fargate, dynamodb, opensearch, elasticache, guardrails, embeddings });
crate::pack_fields!(Embeddings { model, tokens_per_message });
crate::pack_fields!(Range { path, low, high, pointer });
