use serde::Serialize;

use crate::scenario::Scenario;
use crate::words::Message;

use super::input::{Input, TypeInput};
use super::sheet::Sheet;

/// How the bill follows one input.
#[derive(Clone, Debug, PartialEq, Serialize)]
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
    let base = sheet.total(&sheet.values);
    if !base.is_finite() || base <= 0.0 {
        return Vec::new();
    }
    let inputs = sheet.inputs();
    let mut values = sheet.values.clone();
    let mut found: Vec<(f64, Sensitivity)> = Vec::new();
    for (input, at) in &inputs {
        let value = sheet.values[*at];
        if value == 0.0 || !value.is_finite() {
            continue;
        }
        let (least, most) = input.bounds();
        let mut at_factor = |factor: f64| {
            let moved = (value * factor).clamp(least, most);
            values.copy_from_slice(&sheet.values);
            set(&mut values, &inputs, *input, *at, moved);
            (moved, sheet.total(&values))
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
fn set(values: &mut [f64], inputs: &[(Input, usize)], input: Input, at: usize, value: f64) {
    let siblings: Vec<usize> = inputs
        .iter()
        .filter(|(other, _)| match (input, other) {
            (Input::Type(_, TypeInput::SharePct), Input::Type(_, TypeInput::SharePct)) => true,
            (Input::Route(index, _), Input::Route(other, _)) => index == *other,
            _ => false,
        })
        .map(|(_, place)| *place)
        .filter(|place| *place != at)
        .collect();
    let others: f64 = siblings.iter().map(|place| values[*place]).sum();
    let value = if siblings.is_empty() { value } else { value.min(values[at] + others) };
    if others > 0.0 {
        let factor = (others - (value - values[at])) / others;
        for place in siblings {
            values[place] *= factor;
        }
    }
    values[at] = value;
}
