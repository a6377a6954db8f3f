use crate::catalog::{HAIKU, SONNET};

/// The original's token estimate: a quarter of the characters, at least one. It undercounts
/// Japanese by three quarters; the product's own estimator is elsewhere.
pub fn estimate_tokens_len4(text: &str) -> u64 {
    (text.chars().count() as u64 / 4).max(1)
}

/// The original's cost of a call, in its floating-point order. An unknown model gets Sonnet's
/// price, which the product itself never does.
pub fn call_cost_usd(model_id: &str, input_tokens: u64, output_tokens: u64) -> f64 {
    let (input_rate, output_rate) = match model_id {
        HAIKU => (0.25, 1.25),
        SONNET => (3.0, 15.0),
        _ => (3.0, 15.0),
    };
    (input_tokens as f64 / 1e6) * input_rate + (output_tokens as f64 / 1e6) * output_rate
}
