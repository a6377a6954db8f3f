//! The detailed fields of traffic, limits and retries.

use rehearsal::scenario::{Arrivals, Capacity, Curve, Distribution, RetryMode, Scenario, Unit};
use rehearsal::words::Word;
use yew::prelude::*;

use super::editor::{Editor, Limits, MS, count};

/// A share in percent of something that is stated as a fraction.
const RATE: Limits = Limits { min: 0.0, max: 100.0, unit: Unit::Count, suffix: "%" };

/// When messages come, what limits them, what goes wrong, and the seed of all that is random.
pub fn fields(editor: &Editor) -> Html {
    html! {
        <>
            { arrivals_fields(editor) }
            <h3>{ editor.speech.word(Word::ui_limits) }</h3>
            { limit_fields(editor) }
            <h3>{ editor.speech.word(Word::ui_failures) }</h3>
            { failure_fields(editor) }
            { editor.number("seed", (Word::ui_seed, Word::why_seed), count(0.0, 1e15), (editor.scenario.seed as f64, 42.0),
                |scenario, seed| scenario.seed = seed as u64) }
        </>
    }
}

/// When messages come.
fn arrivals_fields(editor: &Editor) -> Html {
    let (speech, traffic) = (&editor.speech, &editor.scenario.traffic);
    let arrivals = Arrivals::ALL
        .into_iter()
        // A trace comes with a file.
        .filter(|kind| *kind != Arrivals::Trace || traffic.arrivals == Arrivals::Trace)
        .map(|kind| (kind.key().to_string(), speech.word(arrivals_name(kind))))
        .collect::<Vec<_>>();
    let curve = match &traffic.curve {
        Curve::Named(name) => (*name).to_string(),
        Curve::Hours(_) => String::new(),
    };
    let mut curves: Vec<_> =
        Curve::NAMES.into_iter().map(|name| (name.to_string(), speech.word(curve_name(name)))).collect();
    if curve.is_empty() {
        curves.insert(0, (String::new(), speech.word(Word::ui_preset_own)));
    }
    let varies = traffic.arrivals != Arrivals::Poisson && traffic.arrivals != Arrivals::Trace;
    html! {
        <>
            { editor.choice("curve", (Word::ui_curve, Word::why_curve), curves, curve, |scenario, key| {
                scenario.traffic.curve = Curve::named(key).unwrap_or_else(|| scenario.traffic.curve.clone());
            }) }
            { editor.choice("arrivals", (Word::ui_arrivals, Word::why_arrivals), arrivals, traffic.arrivals.key().to_string(), |scenario, key| {
                scenario.traffic.arrivals = Arrivals::from_key(key).unwrap_or(scenario.traffic.arrivals);
            }) }
            if varies {
                { editor.number("cv", (Word::ui_cv, Word::why_cv), count(0.0, 30.0), (traffic.cv, 1.0), |scenario, cv| scenario.traffic.cv = cv) }
            }
        </>
    }
}

/// How much the models take at a time.
fn limit_fields(editor: &Editor) -> Html {
    let capacity = &editor.scenario.capacity;
    let limit = |id, words, (limits, first), value, set: fn(&mut Capacity, Option<f64>)| {
        editor.optional(id, words, (limits, first), value, move |scenario, value| set(&mut scenario.capacity, value))
    };
    let wait = Limits { max: 600_000.0, ..MS };
    html! {
        <>
            { limit("concurrency", (Word::ui_concurrency, Word::why_concurrency), (count(1.0, 65_536.0), 16.0), capacity.concurrency,
                |capacity, places| capacity.concurrency = places.map(|places| libm::round(places).max(1.0))) }
            { limit("queue_timeout", (Word::ui_queue_timeout, Word::why_queue), (wait, 5_000.0), capacity.queue_timeout_ms,
                |capacity, ms| capacity.queue_timeout_ms = ms) }
            { limit("rpm", (Word::ui_rpm, Word::why_quota), (count(1.0, 1e9), 500.0), capacity.rpm, |capacity, rpm| capacity.rpm = rpm) }
            { limit("tpm", (Word::ui_tpm, Word::why_quota), (count(1.0, 1e12), 500_000.0), capacity.tpm, |capacity, tpm| capacity.tpm = tpm) }
            if capacity.tpm.is_some() {
                { limit("max_tokens", (Word::ui_max_tokens, Word::why_max_tokens), (count(1.0, 1e6), 1_000.0), capacity.max_tokens,
                    |capacity, tokens| capacity.max_tokens = tokens) }
                { limit("burndown", (Word::ui_burndown, Word::why_burndown), (count(1.0, 100.0), own_burndown(&editor.scenario)), capacity.burndown,
                    |capacity, burndown| capacity.burndown = burndown) }
            }
        </>
    }
}

/// What goes wrong, what is tried again, and how long people wait.
fn failure_fields(editor: &Editor) -> Html {
    let Scenario { retry, faults, patience_ms, .. } = &*editor.scenario;
    let modes = RetryMode::ALL.map(|mode| (mode.key().to_string(), editor.speech.word(retry_name(mode)))).to_vec();
    let attempts = (f64::from(retry.attempts()), f64::from(retry.mode.default_attempts()));
    html! {
        <>
            { editor.choice("retry", (Word::ui_retry_mode, Word::why_retry), modes, retry.mode.key().to_string(), |scenario, key| {
                if let Some(mode) = RetryMode::from_key(key) {
                    scenario.retry.mode = mode;
                    // Each mode has a number of attempts of its own.
                    scenario.retry.max_attempts = None;
                }
            }) }
            { editor.number("attempts", (Word::ui_attempts, Word::why_attempts), count(1.0, 50.0), attempts,
                |scenario, attempts| scenario.retry.max_attempts = Some((attempts as u32).max(1))) }
            { editor.number("throttle_rate", (Word::ui_throttle_rate, Word::why_faults), RATE, (faults.throttle_rate * 100.0, 0.0),
                |scenario, pct| scenario.faults.throttle_rate = pct / 100.0) }
            { editor.number("error_rate", (Word::ui_error_rate, Word::why_faults), RATE, (faults.error_rate * 100.0, 0.0),
                |scenario, pct| scenario.faults.error_rate = pct / 100.0) }
            { editor.optional("patience", (Word::ui_patience, Word::why_patience), (Limits { min: 1.0, ..MS }, 10_000.0), patience_ms.as_ref().map(Distribution::mean),
                // How long people wait varies much: as likely gone at any moment as at another.
                |scenario, mean| scenario.patience_ms = mean.map(|mean| Distribution::Exponential { mean })) }
        </>
    }
}

/// Quota tokens that an output token of the mix's busiest model takes, as far as it is known.
fn own_burndown(scenario: &Scenario) -> f64 {
    let busiest = scenario.types.iter().max_by(|a, b| a.share_pct.total_cmp(&b.share_pct));
    let Some((id, _)) = busiest.and_then(|kind| kind.branches().next()) else { return 1.0 };
    scenario.said_burndown(id).unwrap_or_else(|| rehearsal::catalog::burndown_of(id))
}

pub fn arrivals_name(arrivals: Arrivals) -> Word {
    match arrivals {
        Arrivals::Poisson => Word::ui_arrivals_poisson,
        Arrivals::Gamma => Word::ui_arrivals_gamma,
        Arrivals::Weibull => Word::ui_arrivals_weibull,
        Arrivals::Bursts => Word::ui_arrivals_bursts,
        Arrivals::Trace => Word::ui_arrivals_trace,
    }
}

pub fn curve_name(name: &str) -> Word {
    match name {
        "evening" => Word::ui_curve_evening,
        "office" => Word::ui_curve_office,
        "noon-peak" => Word::ui_curve_noon,
        "launch-19" => Word::ui_curve_launch,
        _ => Word::ui_curve_flat,
    }
}

pub fn retry_name(mode: RetryMode) -> Word {
    match mode {
        RetryMode::None => Word::ui_retry_none,
        RetryMode::Legacy => Word::ui_retry_legacy,
        RetryMode::Standard => Word::ui_retry_standard,
        RetryMode::Standard2025 => Word::ui_retry_standard_2025,
        RetryMode::Adaptive => Word::ui_retry_adaptive,
        RetryMode::Adaptive2025 => Word::ui_retry_adaptive_2025,
    }
}
