use crate::scenario::{Distribution, Stage, StageGroup};

/// The usual chain of a chatbot around its model, to begin from: gateway, orchestrator, then the
/// session store beside the response cache, embedding, vector search, and the guardrail after the
/// answer. Its times are an example, not a measurement.
pub fn chatbot_chain() -> Vec<StageGroup> {
    let stage = |name: &str, mean_ms: f64| Stage {
        name: name.to_string(),
        latency: stage_latency(mean_ms),
        cold_rate: 0.0,
        cold_ms: 0.0,
    };
    let before = |parallel, on_miss| StageGroup { parallel, after: false, on_miss };
    vec![
        before(vec![Stage { cold_rate: 0.01, cold_ms: 250.0, ..stage("gateway", 8.0) }], false),
        before(vec![stage("orchestrator", 15.0)], false),
        before(vec![stage("session store", 12.0), stage("cache", 5.0)], false),
        before(vec![stage("embedding", 40.0)], true),
        before(vec![stage("vector search", 30.0)], true),
        StageGroup { parallel: vec![stage("guardrail", 60.0)], after: true, on_miss: true },
    ]
}

/// The latency of a stage by its mean: log-normal, with half of it as its spread.
pub fn stage_latency(mean_ms: f64) -> Distribution {
    Distribution::LogNormal { mean: mean_ms, sd: 0.5 * mean_ms }
}
