//! The recorded digests of simulated days, one for each preset and seed.

use rehearsal::catalog::Catalog;
use rehearsal::scenario::{Preset, Scenario};
use rehearsal::sim::simulate;

/// Simulates each preset and compares the digest with the recorded one.
pub fn check() {
    let recorded: std::collections::BTreeMap<String, String> =
        serde_json::from_str(include_str!("../digests.json")).expect("digests.json is a map of strings");
    let mut simulated = std::collections::BTreeMap::new();
    for preset in Preset::ALL {
        for seed in [42, u64::MAX] {
            let scenario = Scenario { seed, ..preset.scenario() };
            let outcome = simulate(&scenario, &Catalog::reference(), Some(100_000)).expect("a preset simulates");
            simulated.insert(format!("{} {seed}", preset.key()), outcome.digest);
        }
    }
    for (name, scenario) in limited() {
        let outcome = simulate(&scenario, &Catalog::reference(), Some(60_000)).expect("it simulates");
        simulated.insert(format!("{name} 42"), outcome.digest);
    }
    simulated.insert("wire 42".to_string(), wire_digest());
    let text = serde_json::to_string_pretty(&simulated).expect("a map of strings is JSON");
    assert_eq!(
        simulated, recorded,
        "the engine gives other bits; if that is meant, tests/digests.json becomes:\n{text}"
    );
}

/// Days in which messages wait, are throttled, break and come back, one for each retry mode and law
/// of arrivals.
fn limited() -> Vec<(String, Scenario)> {
    let document = |arrivals: &str, retry: &str| {
        format!(
            r#"{{"traffic": {{"arrivals": "{arrivals}", "cv": 2.5, "curve": "launch-19",
                "trace": {{"arrivals_ms": [0, 5, 900, 904, 2500], "output_tokens": [10, 400, 90, 20, 800]}}}},
              "daily_messages": 700000, "patience_ms": {{"kind": "lognormal", "mean": 15000, "sd": 9000}},
              "capacity": {{"concurrency": 9, "queue_timeout_ms": 4000, "rpm": 150, "tpm": 90000, "max_tokens": 300, "burndown": 5}},
              "retry": {{"mode": "{retry}", "clients": 3}}, "faults": {{"throttle_rate": 0.01, "error_rate": 0.02}},
              "stages": [{{"name": "store", "latency": {{"kind": "gamma", "mean": 8, "sd": 4}}, "cold_rate": 0.01, "cold_ms": 400}}]}}"#
        )
    };
    [
        "poisson none",
        "gamma legacy",
        "weibull standard",
        "bursts standard-2025",
        "trace adaptive",
        "bursts adaptive-2025",
    ]
    .map(|name| {
        let (arrivals, retry) = name.split_once(' ').unwrap_or_default();
        let read = Scenario::load(&document(arrivals, retry)).expect("it is valid");
        (name.to_string(), read.output)
    })
    .into()
}

/// The digest of every byte and every time of a few hundred replies, faults included.
fn wire_digest() -> String {
    use rehearsal::bedrock::{Body, Headers, Operation, Request};
    use rehearsal::mock::{Config, Fallback, LatencyMode, Mock};
    use sha2::{Digest, Sha256};

    let faults = serde_json::json!({"throttle_rate": 0.05, "error_rate": 0.05, "faults": [
        {"kind": "cut_character", "skip": 3}, {"kind": "crc_flip", "skip": 9}, {"kind": "stall", "skip": 12, "ms": 250}]});
    let config =
        Config { fallback: Fallback::Echo, latency: LatencyMode::Model, ..Config::read(&faults).expect("it is valid") };
    let mut mock = Mock::new(rehearsal::fixture::Library::default(), Catalog::reference(), config);
    let mut digest = Sha256::new();
    for index in 0..200 {
        let operation = Operation::ALL[index % 4];
        let prompt = format!("おすすめの{index}巻 👨\u{200d}👩\u{200d}👧");
        let converse = serde_json::json!({"messages": [{"role": "user", "content": [{"text": prompt}]}]});
        let claude = serde_json::json!({"anthropic_version": "bedrock-2023-05-31", "max_tokens": 20 + index, "messages": [{"role": "user", "content": prompt}]});
        let request = Request {
            method: "POST".to_string(),
            path: format!("/model/{}/{}", rehearsal::catalog::SONNET, operation.segment()),
            headers: Headers::default(),
            body: if operation.is_invoke() { claude } else { converse }.to_string().into_bytes(),
        };
        let reply = mock.handle(&request, index as f64);
        digest.update(reply.status.to_le_bytes());
        digest.update(reply.bytes());
        digest.update(reply.end_ms().to_le_bytes());
        if let Body::Stream(pieces, _) = &reply.body {
            for piece in pieces {
                digest.update(piece.at_ms.to_le_bytes());
            }
        }
    }
    digest.finalize().iter().take(16).map(|byte| format!("{byte:02x}")).collect()
}
