//! The statistics against NumPy, SciPy and Apache Otava: `tests/data/statistics_oracle.py` made the vectors.
#![cfg(not(target_arch = "wasm32"))]

use rehearsal::random::{Purpose, Stream};
use rehearsal::stats::{
    Draws, HarrellDavis, HarrellDavisBootstrap, MeanDifference, QuantileMethod, change_points, mann_kendall,
    mean_and_sd, mean_interval, quantile, sen,
};
use serde_json::Value;

fn vectors() -> Value {
    serde_json::from_str(include_str!("vectors/statistics.json")).expect("JSON")
}

fn list<'a>(value: &'a Value, name: &str) -> &'a Vec<Value> {
    value[name].as_array().expect(name)
}

fn numbers(value: &Value) -> Vec<f64> {
    value.as_array().expect("numbers").iter().map(|number| number.as_f64().expect("a number")).collect()
}

fn sorted(value: &Value) -> Vec<f64> {
    let mut values = numbers(value);
    values.sort_by(f64::total_cmp);
    values
}

fn close(got: f64, expected: f64, relative: f64, what: &str) {
    assert!((got - expected).abs() <= relative * expected.abs().max(1e-9), "{what}: {got} instead of {expected}");
}

#[test]
fn quantiles_are_numpys_and_scipys() {
    for series in list(&vectors(), "samples") {
        let values = sorted(&series["values"]);
        for (index, p) in [0.5, 0.9, 0.95, 0.99].into_iter().enumerate() {
            let expected = numbers(&series["quantiles"][index]);
            for (method, expected) in QuantileMethod::ALL.into_iter().zip(expected) {
                let got = quantile(&values, p, method).expect("samples");
                close(got, expected, 1e-9, &format!("{} {method:?} {p}", series["name"]));
            }
            let expected = series["harrell_davis"][index].as_f64().expect("a number");
            let got = quantile(&values, p, QuantileMethod::HarrellDavis).expect("samples");
            close(got, expected, 1e-8, &format!("{} Harrell-Davis {p}", series["name"]));
        }
        if let Some(expected) = series["mean_interval"].as_array() {
            let (low, high) = mean_interval(&numbers(&series["values"]), 0.95).both().expect("two samples");
            close(low, expected[0].as_f64().expect("a number"), 1e-9, "mean, low");
            close(high, expected[1].as_f64().expect("a number"), 1e-9, "mean, high");
        }
    }
}

/// Both are random: 4,000 resamples each agree within a few of their own errors.
#[test]
fn the_bootstrap_is_that_of_resampling_with_scipys_estimator() {
    for series in list(&vectors(), "samples").iter().filter(|series| series["bootstrap_p95"].is_object()) {
        let values = sorted(&series["values"]);
        let weights = HarrellDavis::new(values.len(), 0.95);
        let stream = Stream::new(11, Purpose::Resampling);
        let mut counter = 0;
        let mut draws = Draws::new(|| {
            counter += 1;
            stream.word(counter)
        });
        let mut bootstrap = HarrellDavisBootstrap::new(&values, &weights);
        let mut replicates: Vec<f64> = (0..4000).map(|_| bootstrap.replicate(&mut draws)).collect();
        let sd = series["bootstrap_p95"]["sd"].as_f64().expect("a number");
        close(mean_and_sd(&replicates).1, sd, 0.06, &format!("{}: spread", series["name"]));
        replicates.sort_by(f64::total_cmp);
        let expected = numbers(&series["bootstrap_p95"]["interval"]);
        for (p, expected) in [0.025, 0.975].into_iter().zip(expected) {
            let got = quantile(&replicates, p, QuantileMethod::HyndmanFan7).expect("replicates");
            assert!((got - expected).abs() < 0.15 * sd, "{} {p}: {got} instead of {expected} ({sd})", series["name"]);
        }
    }
}

#[test]
fn trends_are_scipys_and_change_points_otavas() {
    for history in list(&vectors(), "histories") {
        let values = numbers(&history["values"]);
        let what = format!("{} of {}", history["name"], values.len());
        let line = sen(&values).expect("two values");
        close(line.slope, history["sen_slope"].as_f64().expect("a number"), 1e-9, &what);
        // SciPy's p has no correction for continuity: ours is a little larger.
        let test = mann_kendall(&values).expect("three values");
        let expected = history["kendall_p"].as_f64().expect("a number");
        assert!(test.p >= expected * 0.999 && test.p < expected * 1.6 + 0.02, "{what}: {} and {expected}", test.p);
        let points = change_points(&values, 0.001);
        let expected: Vec<Vec<f64>> = list(history, "change_points").iter().map(numbers).collect();
        let indices: Vec<f64> = points.iter().map(|point| point.index as f64).collect();
        assert_eq!(indices, expected.iter().map(|point| point[0]).collect::<Vec<_>>(), "{what}");
        for (point, expected) in points.iter().zip(expected) {
            close(point.p, expected[1], 1e-6, &what);
        }
    }
}

#[test]
fn comparisons_of_runs_are_scipys() {
    for comparison in list(&vectors(), "comparisons") {
        let (a, b) = (numbers(&comparison["baseline"]), numbers(&comparison["candidate"]));
        let got = MeanDifference::welch(&a, &b).expect("two runs a side");
        close(got.p_above(), comparison["p_above"].as_f64().expect("a number"), 1e-9, "p");
        let expected = numbers(&comparison["interval"]);
        let (low, high) = got.interval(0.95);
        close(low, expected[0], 1e-8, "low");
        close(high, expected[1], 1e-8, "high");
    }
}
