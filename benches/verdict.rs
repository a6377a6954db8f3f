//! The verdict: how long a comparison takes, and how fast virtual time runs.

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use rehearsal::bench::{
    Benchmark, Load, Metric, Prompt, Rule, Series, Session, SimulatorClient, Verdict, WireClient, rehearse,
};
use rehearsal::catalog::{Catalog, HAIKU};
use rehearsal::fixture::Library;
use rehearsal::mock::{Config, Fallback, LatencyMode, Mock};
use rehearsal::random::{Purpose, Stream};
use rehearsal::scenario::Scenario;
use rehearsal::stats::normal_quantile;

/// So many lognormal latencies, each depending on the last by `inertia`.
fn series(seed: u64, count: u64, inertia: f64) -> Series {
    let stream = Stream::new(seed, Purpose::Benchmark);
    let mut state = 0.0;
    let sample = |index: u64| {
        let uniform = (stream.word(index) >> 12) as f64 / (1_u64 << 52) as f64 + 1e-17;
        state = inertia * state + normal_quantile(uniform.min(1.0 - 1e-16));
        350.0 * libm::exp(0.28 * state)
    };
    Series::of("ms", vec![(0..count).map(sample).collect()])
}

fn verdicts(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("verdict");
    for (name, inertia) in [("independent", 0.0), ("in blocks", 0.6)] {
        for count in [100, 1000] {
            let (a, b) = (series(1, count, inertia), series(2, count, inertia));
            group.bench_function(BenchmarkId::new(name, count), |bench| {
                bench.iter(|| Verdict::of("p95", a.clone(), b.clone(), Metric::P95.statistic(), &Rule::default()));
            });
        }
    }
    group.finish();
}

fn virtual_time(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("virtual time");
    let calls = 20_000;
    group.throughput(Throughput::Elements(calls)).sample_size(20);
    let benchmark = Benchmark {
        measured: calls,
        warm_up: 0,
        load: Load::Closed { workers: 10 },
        model: Some(HAIKU.to_string()),
        ..Benchmark::default()
    };
    let prompts = [Prompt::new("おすすめのアクションマンガを教えてください")];
    let session = || Session::new(&benchmark, &[20], 0.0);
    group.bench_function("simulator", |bench| {
        bench.iter(|| {
            let client = SimulatorClient::new(&Scenario::default(), &Catalog::reference(), &benchmark, &prompts, 42, 0);
            rehearse(session(), &mut client.expect("its speed is known")).completed
        });
    });
    group.bench_function("wire mock", |bench| {
        let config = Config { fallback: Fallback::Echo, latency: LatencyMode::Model, ..Config::default() };
        bench.iter(|| {
            let mut mock = Mock::new(Library::default(), Catalog::reference(), config.clone());
            rehearse(session(), &mut WireClient::new(&mut mock, &benchmark, &prompts)).completed
        });
    });
    group.finish();
}

criterion_group!(benches, verdicts, virtual_time);
criterion_main!(benches);
