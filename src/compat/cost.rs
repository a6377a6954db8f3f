use serde::Serialize;

use crate::document::python::round;

/// One row of the original's query mix.
#[derive(Clone, Debug, PartialEq)]
pub struct QueryProfile {
    pub name: String,
    pub share_pct: f64,
    pub avg_input_tokens: u64,
    pub avg_output_tokens: u64,
    /// `haiku` or `sonnet`.
    pub preferred_model: String,
    pub cache_hit_rate: f64,
}

/// The original's own mix: an empty one is false to Python, and stands for it.
fn manga_query_mix() -> Vec<QueryProfile> {
    let row = |name: &str, share_pct: f64, input: u64, output: u64, model: &str, cache_hit_rate: f64| QueryProfile {
        name: name.to_string(),
        share_pct,
        avg_input_tokens: input,
        avg_output_tokens: output,
        preferred_model: model.to_string(),
        cache_hit_rate,
    };
    vec![
        row("greeting_faq", 20.0, 80, 60, "haiku", 0.90),
        row("product_lookup", 30.0, 150, 120, "haiku", 0.40),
        row("recommendation", 20.0, 300, 250, "sonnet", 0.10),
        row("order_status", 15.0, 100, 80, "haiku", 0.05),
        row("complex_multi_turn", 15.0, 500, 400, "sonnet", 0.05),
    ]
}

/// The original's estimate, with its field names.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct DailyCost {
    pub daily_messages: u64,
    pub total_daily_cost_usd: f64,
    pub monthly_cost_usd: f64,
    pub cache_savings_pct: f64,
    pub avg_cost_per_message_usd: f64,
    pub breakdown: Vec<DailyCostRow>,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct DailyCostRow {
    pub query_type: String,
    pub model: String,
    pub daily_queries: i64,
    pub cached: i64,
    pub uncached: i64,
    pub daily_cost_usd: f64,
    pub cost_per_query_usd: f64,
}

/// Why the original would have raised an exception.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum CompatError {
    /// `KeyError`: the original prices only `haiku` and `sonnet`.
    UnknownModel(String),
    /// `ZeroDivisionError`: it divides by the daily messages.
    NoMessages,
    /// What the Python code cannot take: a missing or mistyped value, by its place in the input.
    Input(String),
}

impl std::fmt::Display for CompatError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            CompatError::UnknownModel(name) => write!(f, "the original prices only `haiku` and `sonnet`, not `{name}`"),
            CompatError::NoMessages => f.write_str("the original divides by daily_messages, so it must not be 0"),
            CompatError::Input(place) => write!(f, "{place}"),
        }
    }
}

impl std::error::Error for CompatError {}

/// `estimate_daily_cost` of the original: truncates messages to whole ones, rounds what it prints. An empty mix is
/// the original's own.
///
/// # Errors
/// Where the original raises an exception.
pub fn estimate_daily_cost(daily_messages: u64, mix: &[QueryProfile]) -> Result<DailyCost, CompatError> {
    let own = if mix.is_empty() { manga_query_mix() } else { Vec::new() };
    let mix = if mix.is_empty() { &own[..] } else { mix };
    let mut total_cost = 0.0;
    let mut total_cached = 0;
    let mut breakdown = Vec::with_capacity(mix.len());
    for profile in mix {
        let daily_queries = (daily_messages as f64 * profile.share_pct / 100.0) as i64;
        let cached = (daily_queries as f64 * profile.cache_hit_rate) as i64;
        let uncached = daily_queries - cached;
        total_cached += cached;
        let (input_price, output_price) = match profile.preferred_model.as_str() {
            "haiku" => (0.25, 1.25),
            "sonnet" => (3.0, 15.0),
            other => return Err(CompatError::UnknownModel(other.to_string())),
        };
        let millions = |tokens: u64| (uncached as f64 * tokens as f64) / 1e6;
        let input_cost = millions(profile.avg_input_tokens) * input_price;
        let output_cost = millions(profile.avg_output_tokens) * output_price;
        let query_cost = input_cost + output_cost;
        total_cost += query_cost;
        breakdown.push(DailyCostRow {
            query_type: profile.name.clone(),
            model: profile.preferred_model.clone(),
            daily_queries,
            cached,
            uncached,
            daily_cost_usd: round(query_cost, 2),
            cost_per_query_usd: round(query_cost / uncached.max(1) as f64, 6),
        });
    }
    // Python finds an unknown model first.
    if daily_messages == 0 {
        return Err(CompatError::NoMessages);
    }
    Ok(DailyCost {
        daily_messages,
        total_daily_cost_usd: round(total_cost, 2),
        monthly_cost_usd: round(total_cost * 30.0, 2),
        cache_savings_pct: round(total_cached as f64 / daily_messages as f64 * 100.0, 1),
        avg_cost_per_message_usd: round(total_cost / daily_messages as f64, 6),
        breakdown,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `query_mix or MANGA_QUERY_MIX`, run by Python: $1959.21 a day.
    #[test]
    fn an_empty_mix_is_the_originals_own() {
        let estimate = estimate_daily_cost(1_000_000, &[]).unwrap();
        assert_eq!(estimate, estimate_daily_cost(1_000_000, &manga_query_mix()).unwrap());
        assert_eq!((estimate.breakdown.len(), estimate.total_daily_cost_usd), (5, 1959.21));
        assert_eq!(estimate_daily_cost(0, &[]), Err(CompatError::NoMessages));
    }
}
