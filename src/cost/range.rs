use serde::Serialize;

use crate::random::{Purpose, Stream};
use crate::scenario::Scenario;
use crate::stats::{QuantileMethod, quantile};

use super::sheet::Sheet;

/// Days that are drawn for a range.
pub const SAMPLES: u32 = 10_000;

/// Where the bill may lie when inputs are only known to lie between two numbers.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct BillRange {
    pub samples: u32,
    pub seed: u64,
    pub mean_usd: f64,
    pub p5_usd: f64,
    pub p50_usd: f64,
    pub p95_usd: f64,
    pub min_usd: f64,
    pub max_usd: f64,
    /// Ranges that the bill does not depend on.
    pub without_effect: Vec<String>,
}

/// The range of the bill: every range of the scenario is drawn from evenly and independently of the
/// others, 10,000 times, with the scenario's seed. `None` without ranges, or when the bill is not
/// known.
pub fn bill_range(scenario: &Scenario, sheet: &Sheet) -> Option<BillRange> {
    let inputs = sheet.inputs();
    let mut drawn = Vec::new();
    let mut without_effect = Vec::new();
    for range in &scenario.ranges {
        // A distribution's mean is the input; a model may be named by several prices.
        let path = range.path.strip_suffix(".mean").unwrap_or(&range.path);
        match inputs.iter().find(|input| input.path(sheet) == path) {
            Some(input) => drawn.push((*input, range.low * input.scale(), range.high * input.scale())),
            None => without_effect.push(range.path.clone()),
        }
    }
    if drawn.is_empty() {
        return None;
    }
    let stream = Stream::new(scenario.seed, Purpose::BillRange);
    let mut numbers = sheet.numbers.clone();
    let mut bills = Vec::with_capacity(SAMPLES as usize);
    for sample in 0..u64::from(SAMPLES) {
        for (index, (input, low, high)) in drawn.iter().enumerate() {
            let word = stream.word(sample * drawn.len() as u64 + index as u64);
            let unit = (word >> 11) as f64 / (1_u64 << 53) as f64;
            numbers.set(*input, low + (high - low) * unit);
        }
        bills.push(sheet.total(&numbers));
    }
    if bills.iter().any(|bill| !bill.is_finite()) {
        return None;
    }
    let mean_usd = bills.iter().sum::<f64>() / bills.len() as f64;
    bills.sort_by(f64::total_cmp);
    let quantile = |p: f64| quantile(&bills, p, QuantileMethod::HyndmanFan7).unwrap_or(f64::NAN);
    Some(BillRange {
        samples: SAMPLES,
        seed: scenario.seed,
        mean_usd,
        p5_usd: quantile(0.05),
        p50_usd: quantile(0.5),
        p95_usd: quantile(0.95),
        min_usd: bills[0],
        max_usd: bills[bills.len() - 1],
        without_effect,
    })
}
