//! A day of a million messages in every mode, and the stages it is made of.

use std::hint::black_box;

use criterion::{Criterion, criterion_group, criterion_main};
use rehearsal::catalog::Catalog;
use rehearsal::scenario::{Arrivals, Curve, Preset, Retry, RetryMode, Scenario};
use rehearsal::sim::simulate;

/// The scenarios that are timed, natively and in the browser.
pub fn modes() -> Vec<(&'static str, Scenario)> {
    let base = || Scenario {
        traffic: rehearsal::scenario::Traffic {
            curve: Curve::named("evening").expect("it is one"),
            ..Default::default()
        },
        ..Preset::Reference.scenario()
    };
    let queue = || {
        let mut scenario = base();
        scenario.capacity.concurrency = Some(48.0);
        scenario
    };
    // A quota for each of the two models, as a multiple of its mean rate: 43 % and 32 % of the
    // messages reach them.
    let throttled = |factor: f64| {
        let mut scenario = queue();
        let per_minute = 1_000_000.0 / 1440.0;
        for (model, share) in scenario.models.values_mut().zip([0.3425, 0.3225]) {
            model.rpm = Some(per_minute * share * factor);
        }
        scenario.retry = Retry { mode: RetryMode::Legacy, max_attempts: Some(6), clients: 1 };
        scenario
    };
    let gamma = || {
        let mut scenario = queue();
        scenario.traffic.arrivals = Arrivals::Gamma;
        scenario.traffic.cv = 2.0;
        scenario
    };
    vec![
        ("no queue", base()),
        ("no queue, generation", Preset::WithGeneration.scenario()),
        ("48 servers", queue()),
        ("48 servers, bursty", gamma()),
        ("throttle idle", throttled(4.0)),
        ("throttle binding at the peak", throttled(1.7)),
        ("throttle heavy", throttled(1.5)),
        ("throttle brutal", throttled(0.6)),
    ]
}

fn simulation(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("1,000,000 messages");
    group.sample_size(10);
    let catalog = Catalog::reference();
    for (name, scenario) in modes() {
        group.bench_function(name, |bencher| bencher.iter(|| simulate(black_box(&scenario), &catalog, None)));
    }
    group.finish();
}

criterion_group!(benches, simulation);
criterion_main!(benches);
