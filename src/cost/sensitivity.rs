use serde::Serialize;

use crate::scenario::Scenario;
use crate::words::Message;

use super::input::{Input, TypeInput};
use super::sheet::{Numbers, Sheet};

/// How the bill follows one input.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Sensitivity {
    /// Its place in the document.
    pub path: String,
    pub label: Message,
    pub value: f64,
    /// By how many percent the bill moves when the input moves by one percent.
    pub elasticity: f64,
    /// The input 20 % lower, as far as it can be, and the day's bill then.
    pub low: Swing,
    /// The input 20 % higher, as far as it can be, and the day's bill then.
    pub high: Swing,
}

/// One end of a bar in a tornado chart.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Swing {
    pub value: f64,
    pub daily_cost_usd: f64,
    /// Against the bill as it is.
    pub change_pct: f64,
}

/// How far a tornado's bars reach.
const REACH: f64 = 0.2;
/// How far an elasticity looks to either side.
const STEP: f64 = 0.01;

/// Every input that moves the bill, the one that moves it most first. Empty when the bill is not
/// known or nothing.
///
/// A share that moves takes from the others in proportion, so that the traffic stays the same.
pub fn sensitivity(scenario: &Scenario, sheet: &Sheet) -> Vec<Sensitivity> {
    let base = sheet.total(&sheet.numbers);
    if !base.is_finite() || base <= 0.0 {
        return Vec::new();
    }
    let inputs = sheet.inputs();
    let mut found: Vec<(f64, Sensitivity)> = Vec::new();
    for input in &inputs {
        let value = sheet.numbers.get(*input);
        if value == 0.0 || !value.is_finite() {
            continue;
        }
        let (least, most) = input.bounds();
        let at_factor = |factor: f64| {
            let moved = (value * factor).clamp(least, most);
            let mut numbers = sheet.numbers.clone();
            set(&mut numbers, &inputs, *input, moved);
            (moved, sheet.total(&numbers))
        };
        let swing = |(moved, cost): (f64, f64)| Swing {
            value: moved / input.scale(),
            daily_cost_usd: cost,
            change_pct: (cost / base - 1.0) * 100.0,
        };
        let (low, high) = (at_factor(1.0 - REACH), at_factor(1.0 + REACH));
        let (below, above) = (at_factor(1.0 - STEP), at_factor(1.0 + STEP));
        let step = (above.0 - below.0) / value;
        let reach = (high.1 - low.1).abs();
        if step == 0.0 || reach <= base * 1e-12 {
            continue;
        }
        let elasticity = (above.1 - below.1) / base / step;
        found.push((
            reach,
            Sensitivity {
                path: input.path(sheet),
                label: input.label(scenario, sheet),
                value: value / input.scale(),
                elasticity,
                low: swing(low),
                high: swing(high),
            },
        ));
    }
    found.sort_by(|a, b| b.0.total_cmp(&a.0));
    found.into_iter().map(|(_, sensitivity)| sensitivity).collect()
}

/// Sets an input; a share takes from its siblings in proportion.
fn set(numbers: &mut Numbers, inputs: &[Input], input: Input, value: f64) {
    let is_sibling = |other: &Input| match (input, other) {
        (Input::Type(_, TypeInput::SharePct), Input::Type(_, TypeInput::SharePct)) => input != *other,
        (Input::Route(index, _), Input::Route(other_index, _)) => index == *other_index && input != *other,
        _ => false,
    };
    let siblings: Vec<Input> = inputs.iter().copied().filter(is_sibling).collect();
    let others: f64 = siblings.iter().map(|sibling| numbers.get(*sibling)).sum();
    let now = numbers.get(input);
    let value = if siblings.is_empty() { value } else { value.min(now + others) };
    if others > 0.0 {
        let factor = (others - (value - now)) / others;
        for sibling in siblings {
            numbers.set(sibling, numbers.get(sibling) * factor);
        }
    }
    numbers.set(input, value);
}
