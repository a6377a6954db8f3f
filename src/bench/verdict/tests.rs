//! Verdicts by hand: thresholds, sentences and what stands beside them.

use super::*;

fn rule() -> Rule {
    Rule::default()
}

/// Evidence that something rose by a tenth from 100, known to within five percent.
fn evidence() -> Evidence {
    Evidence {
        method: Method::WelchLogMeans,
        baseline: 100.0,
        candidate: 110.0,
        change_pct: 10.0,
        ci_pct: (5.0, 15.0),
        p_up: 0.001,
        p_down: 0.999,
        level: 0.05,
        standard_error: 0.025,
        units: 100.0,
        requests_per_unit: 1.0,
        replicates: None,
        lag1: None,
    }
}

fn blank(metric: &str, unit: &str) -> Verdict {
    Verdict::blank(metric, unit, Better::Lower, &rule())
}

fn filled(change: impl Fn(&mut Verdict), evidence: &Evidence, rule: &Rule, stands: bool) -> Verdict {
    let mut verdict = Verdict::blank("mean", "ms", Better::Lower, rule);
    change(&mut verdict);
    fill(&mut verdict, evidence, rule, stands);
    verdict
}

fn steady(runs: usize, each: usize, value: f64) -> Series {
    // Three values in turn, so that the middle one is every statistic of the middle.
    let run = |_| (0..each).map(|index| value + (index % 3) as f64 - 1.0).collect();
    Series::of("ms", (0..runs).map(run).collect())
}

#[test]
fn each_verdict_has_its_sentence() {
    let said = |change: &dyn Fn(&mut Verdict), unit: &str| {
        let mut verdict = blank("p95", unit);
        change(&mut verdict);
        verdict.sentence("chat").word
    };
    let of = |outcome, better| move |verdict: &mut Verdict| (verdict.verdict, verdict.better) = (outcome, better);
    let (lower, higher) = (Better::Lower, Better::Higher);
    for (outcome, better, unit, word) in [
        (Outcome::Pass, lower, "ms", Word::bench_say_pass),
        (Outcome::Regression, lower, "ms", Word::bench_say_regression_up),
        (Outcome::Regression, higher, "ms", Word::bench_say_regression_down),
        (Outcome::Improvement, lower, "ms", Word::bench_say_improvement),
        (Outcome::Inconclusive, lower, "ms", Word::bench_say_at_edge),
        (Outcome::Baseline, lower, "ms", Word::bench_say_baseline),
        (Outcome::Pass, lower, "share", Word::bench_say_share_pass),
        (Outcome::Regression, lower, "share", Word::bench_say_share_regression),
        (Outcome::Improvement, lower, "share", Word::bench_say_share_improvement),
        (Outcome::Inconclusive, lower, "share", Word::bench_say_share_open),
    ] {
        assert_eq!(said(&of(outcome, better), unit), word, "{outcome:?} {better:?} {unit}");
    }
    let needed = |verdict: &mut Verdict| verdict.requests_needed = Some(7);
    assert_eq!(said(&needed, "ms"), Word::bench_say_inconclusive);
    assert_eq!(said(&|verdict| verdict.held = true, "ms"), Word::bench_say_single);
    for (missing, word) in [
        (Missing::Benchmark, Word::bench_say_missing),
        (Missing::Requests, Word::bench_say_empty),
        (Missing::Values, Word::bench_say_no_values),
        (Missing::Samples, Word::bench_say_too_few),
        (Missing::ZeroBaseline, Word::bench_say_zero),
        (Missing::Baseline, Word::bench_say_baseline),
    ] {
        assert_eq!(said(&|verdict| verdict.lacking = Some(missing), "ms"), word, "{missing:?}");
    }
    // From next to nothing a percentage says nothing, and no number is none either.
    for (change, word) in [
        (99_999.0, Word::bench_say_regression_up),
        (100_000.0, Word::bench_say_far),
        (f64::INFINITY, Word::bench_say_far),
        (f64::NAN, Word::bench_say_far),
    ] {
        let far = |verdict: &mut Verdict| {
            (verdict.verdict, verdict.change_pct) = (Outcome::Regression, Some(change));
        };
        assert_eq!(said(&far, "ms"), word, "{change}");
    }
}

#[test]
fn figures_are_written_as_people_read_them() {
    assert_eq!(percent_or_factor(50.0), Arg::Percent(0.5));
    assert_eq!(percent_or_factor(200_000.0), Arg::Text("× 2001".into()));
    assert_eq!(percent_or_factor(f64::INFINITY), Arg::Text("∞".into()));
    assert_eq!((in_unit(2.0, "s"), in_unit(2.0, "ms")), (Arg::Ms(2000.0), Arg::Ms(2.0)));
    assert_eq!((in_unit(2.0, "USD"), in_unit(2.0, "MB")), (Arg::Usd(2.0), Arg::In(2.0, "MB".into())));
    // A percentile of latencies has its word; of anything else it is called what it is.
    assert_eq!(blank("p95", "ms").metric_name(), Arg::Word(Metric::P95.word()));
    assert_eq!(blank("p95", "MB").metric_name(), Arg::Text("P95".into()));
    assert_eq!(blank("mean", "MB").metric_name(), Arg::Word(Word::bench_col_mean));
    assert_eq!(blank("error_rate", "share").metric_name(), Arg::Word(Metric::from_key("error_rate").unwrap().word()));
}

/// P95 by the original's index rule, from 100 to 120: beyond its 10 %, which at 100 samples it says of 12 in 100
/// builds that did not change.
#[test]
fn the_originals_rule_is_told_with_its_false_alarms() {
    let (before, after) = (steady(1, 100, 100.0), steady(1, 100, 120.0));
    let naive = |a: &Series, b: &Series| naive_verdict(a, b, Statistic::Quantile(0.95), 10.0);
    let up = naive(&before, &after).unwrap();
    assert_eq!((up.verdict, up.change_pct), (Outcome::Regression, Some(19.8)));
    assert_eq!((up.false_alarm_pct, up.measured_at_samples), (12.0, 100));
    assert_eq!(naive(&after, &before).unwrap().verdict, Outcome::Improvement);
    assert_eq!(naive(&before, &before).unwrap().verdict, Outcome::Pass);
    let higher = |series: &Series| Series { better: Better::Higher, ..series.clone() };
    assert_eq!(naive(&higher(&before), &higher(&after)).unwrap().verdict, Outcome::Improvement);
    let small = naive(&steady(1, 40, 100.0), &steady(1, 4000, 120.0)).unwrap();
    assert_eq!((small.false_alarm_pct, small.measured_at_samples), (18.5, 50));
    assert_eq!(naive_verdict(&before, &after, Statistic::Mean, 10.0), None);
}

/// What stands in a verdict beside the decision.
#[test]
fn a_verdict_says_of_how_many() {
    let weighed = || {
        let (before, after) = (steady(1, 99, 100.0), steady(4, 99, 130.0));
        Weighed::new("p95", before, after, Metric::P95.statistic(), &rule())
    };
    let verdict = weighed().guarding(true).decide(&rule(), true);
    assert_eq!((verdict.verdict, verdict.guard, verdict.single_run), (Outcome::Regression, true, true));
    assert_eq!((verdict.samples, verdict.runs), ((99, 396), (1, 4)));
    assert_eq!(verdict.naive.as_ref().map(|naive| naive.verdict), Some(Outcome::Regression));
    assert!(!weighed().decide(&rule(), true).guard && weighed().guarding(true).is_guard());
    // The chance is told as a fraction of the level that it is held against.
    let Ok(evidence) = weighed().evidence else { panic!("no evidence") };
    assert_eq!(weighed().p_over_level(), evidence.p_up / evidence.level);
    let missing = |gate| Verdict::of_missing(Missing::Benchmark, 12, 3, &Rule { gate, ..rule() });
    assert_eq!((missing(true).severity, missing(false).severity), (Severity::Failure, Severity::Warning));
    let missing = missing(false);
    assert_eq!((missing.verdict, missing.lacking), (Outcome::Regression, Some(Missing::Benchmark)));
    assert_eq!((missing.samples, missing.runs), ((12, 0), (3, 0)));
}

/// Size and significance both, or it is open.
#[test]
fn the_rule_by_hand() {
    let at = |threshold_pct: f64| Rule { threshold_pct, ..rule() };
    let outcome = |threshold, stands| filled(|_| {}, &evidence(), &at(threshold), stands).verdict;
    assert_eq!(outcome(4.0, true), Outcome::Regression);
    assert_eq!(outcome(4.0, false), Outcome::Inconclusive);
    assert_eq!(outcome(12.0, true), Outcome::Inconclusive);
    assert_eq!(outcome(16.0, true), Outcome::Pass);
    let certain = |threshold| filled(|_| {}, &evidence(), &at(threshold), true).certain;
    assert!(certain(4.0) && !certain(6.0));
    // What a guard cannot rule out it lets pass; what it saw it does not.
    let guard = |threshold| filled(|verdict| verdict.guard = true, &evidence(), &at(threshold), true).verdict;
    assert_eq!((guard(12.0), guard(4.0)), (Outcome::Pass, Outcome::Regression));
    let higher = |p_down: f64, p_up: f64| {
        let evidence = Evidence { change_pct: 10.0, p_up, p_down, ..evidence() };
        filled(|verdict| verdict.better = Better::Higher, &evidence, &at(4.0), p_down <= 0.05).verdict
    };
    // Not shown to be better it is still not worse.
    assert_eq!((higher(0.5, 0.001), higher(0.5, 0.5)), (Outcome::Improvement, Outcome::Pass));
}

/// 30 ms are 30 % of 100 ms; points of a share have no such floor, and nothing is a part of nothing.
#[test]
fn the_smallest_change_that_counts_is_a_threshold() {
    let rule = Rule { threshold_pct: 10.0, min_change: 30.0, ..rule() };
    let verdict = filled(|_| {}, &evidence(), &rule, true);
    assert_eq!((verdict.threshold_pct, verdict.verdict), (30.0, Outcome::Pass));
    let note = verdict.notes.iter().find(|note| note.word == Word::bench_note_floor).expect("a note");
    assert_eq!(note.args[0].1, Arg::Ms(30.0));
    for without in [
        Evidence { method: Method::NewcombeShares, ..evidence() },
        Evidence { baseline: 0.0, ..evidence() },
        Evidence { baseline: 600.0, ..evidence() },
    ] {
        let verdict = filled(|_| {}, &without, &rule, true);
        assert_eq!(verdict.threshold_pct, 10.0, "{without:?}");
        assert!(!verdict.notes.iter().any(|note| note.word == Word::bench_note_floor));
    }
}
