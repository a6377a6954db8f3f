//! What the figures of a bill say, in sentences.

use crate::catalog::{Catalog, Rate, Tier, TokenKind};
use crate::scenario::Scenario;
use crate::words::{Arg, Message, Word};

use super::models::OnModels;
use super::part::Part;
use super::sensitivity::Sensitivity;
use super::sheet::ModelRow;
use super::waterfall::{Lever, Step, Waterfall};
use super::{Estimate, per};

/// What the figures say, in sentences: the most useful first.
///
/// `today` is the date that prices are judged by, `YYYY-MM-DD`; without it none is called old.
pub fn findings(
    scenario: &Scenario,
    catalog: &Catalog,
    estimate: &Estimate,
    waterfall: Option<&Waterfall>,
    sensitivity: &[Sensitivity],
    models: &OnModels,
    today: Option<&str>,
) -> Vec<Message> {
    let mut said = Vec::new();
    if !estimate.unknown.is_empty() {
        said.push(Message::new(Word::finding_unknown).text("names", estimate.unknown.join(", ")));
        if estimate.known_usd > crate::money::Usd::ZERO {
            said.push(Message::new(Word::finding_known).with("amount", Arg::Usd(estimate.known_usd.dollars())));
        }
    }
    said.extend(waterfall.and_then(overlap));
    let total = estimate.total_daily_cost_usd.map(|usd| usd.dollars());
    if let Some(total) = total.filter(|total| *total > 0.0) {
        said.extend(largest_type(estimate, total));
        // That more messages cost more is no finding.
        if let Some(first) = sensitivity.iter().find(|input| input.path != "daily_messages") {
            said.push(
                Message::new(Word::finding_sensitive)
                    .text("input", &first.path)
                    .with("change", Arg::Percent(first.elasticity.abs() / 100.0)),
            );
        }
        said.extend(cheaper(models, total));
        let around: f64 = estimate
            .parts
            .iter()
            .filter(|(part, _)| part.is_around())
            .filter_map(|(_, amount)| amount)
            .map(|amount| amount.dollars())
            .sum();
        if around > total * 0.1 {
            said.push(
                Message::new(Word::finding_around)
                    .with("amount", Arg::Usd(around))
                    .with("share", Arg::Percent(around / total)),
            );
        }
    }
    said.extend(super::rows::too_long(scenario, catalog));
    said.extend(prompt_caches(scenario, catalog));
    said.extend(super::rows::about_rows(scenario, catalog, estimate, today));
    said
}

/// Two levers whose savings overlap.
fn overlap(waterfall: &Waterfall) -> Option<Message> {
    let step = |lever: Lever| waterfall.steps.iter().find(|step| step.lever == lever);
    let start = waterfall.start_usd;
    let (routing, cache) = (step(Lever::Routing)?, step(Lever::ResponseCache)?);
    let saved = |step: &Step| -step.alone_usd / start;
    let (alone, beside) = (saved(routing), saved(cache));
    let together = 1.0 - cache.after_usd / start;
    if !(start > 0.0 && alone > 0.0 && beside > 0.0) {
        return None;
    }
    Some(
        Message::new(Word::finding_overlap)
            .with("routing", Arg::Percent(alone))
            .with("cache", Arg::Percent(beside))
            .with("together", Arg::Percent(together))
            .with("sum", Arg::Percent(alone + beside)),
    )
}

fn largest_type(estimate: &Estimate, total: f64) -> Option<Message> {
    let cost = |part: &super::TypeCost| part.daily_cost_usd.map_or(0.0, |usd| usd.dollars());
    let largest = estimate.breakdown.iter().max_by(|a, b| cost(a).total_cmp(&cost(b)))?;
    if estimate.breakdown.len() < 2 || estimate.daily_messages <= 0.0 {
        return None;
    }
    Some(
        Message::new(Word::finding_largest)
            .text("type", &largest.query_type)
            .with("cost", Arg::Percent(cost(largest) / total))
            .with("traffic", Arg::Percent(largest.daily_queries / estimate.daily_messages)),
    )
}

/// The cheapest current model of the catalog, where it is cheaper than the mix.
fn cheaper(models: &OnModels, total: f64) -> Option<Message> {
    let current = models.known.iter().find(|row| !row.retired && !row.cannot_take() && row.model.contains("claude"))?;
    let cost = current.daily_cost_usd.filter(|cost| *cost < total)?;
    let word = if current.other_tokenizer { Word::finding_cheaper_other_tokenizer } else { Word::finding_cheaper };
    Some(
        Message::new(word)
            .text("model", &current.name)
            .with("amount", Arg::Usd(cost))
            .with("saved", Arg::Percent(1.0 - cost / total)),
    )
}

/// Prompt caches that never take effect, or cost more than they save, and what is assumed of them.
fn prompt_caches(scenario: &Scenario, catalog: &Catalog) -> Vec<Message> {
    let mut said = Vec::new();
    let mut seen: Vec<&str> = Vec::new();
    for kind in &scenario.types {
        let Some(cache) = kind.prompt.cache else { continue };
        let turns = (kind.prompt.turns - 1.0).max(0.0);
        let turn = kind.input_tokens.mean() + kind.output_tokens.mean();
        let longest = kind.prompt.system_tokens + if cache.history { turns * turn } else { 0.0 };
        for (id, _) in kind.branches() {
            let row = ModelRow::of(scenario, catalog, id);
            let name = catalog.get(id).map_or(id, |model| model.name.as_str());
            let rate = |token| row.prices.rate(token, Tier::Standard, 0).map(Rate::pico_per_token);
            let caches = rate(TokenKind::CacheRead).is_some();
            if caches && !has_no_cache(id) && !seen.contains(&id) {
                seen.push(id);
                if row.min_cache_assumed {
                    let assumed = Message::new(Word::finding_prefix_assumed).text("model", name);
                    said.push(assumed.number("least", row.min_cache_tokens));
                }
                if row.prices.writes_as_input() {
                    said.push(Message::new(Word::finding_writes_as_input).text("model", name));
                }
            }
            if has_no_cache(id) {
                said.push(Message::new(Word::finding_no_prompt_cache).text("type", &kind.name).text("model", name));
                continue;
            }
            if longest < row.min_cache_tokens {
                said.push(
                    Message::new(Word::finding_prefix_too_short)
                        .text("type", &kind.name)
                        .number("tokens", longest)
                        .text("model", name)
                        .number("least", row.min_cache_tokens),
                );
                continue;
            }
            let write = match cache.ttl {
                crate::scenario::CacheTtl::FiveMinutes => TokenKind::CacheWrite5m,
                crate::scenario::CacheTtl::OneHour => TokenKind::CacheWrite1h,
            };
            if let (Some(input), Some(write), Some(read)) =
                (rate(TokenKind::Input), rate(write), rate(TokenKind::CacheRead))
            {
                // Worth it where hit × read + (1 - hit) × write is below the input's price.
                let least = if write > read { (write - input) / (write - read) } else { 0.0 };
                if cache.hit_rate < least {
                    said.push(
                        Message::new(Word::finding_prompt_cache_loses)
                            .text("type", &kind.name)
                            .with("hits", Arg::Percent(cache.hit_rate))
                            .with("least", Arg::Percent(least)),
                    );
                }
            }
        }
    }
    said
}

/// Whether the sheet of rules says that a model has no prompt cache.
fn has_no_cache(id: &str) -> bool {
    crate::rules::RuleSheet::get().row(id).is_some_and(|row| matches!(row.cell("cache"), "no" | "none"))
}

/// A month of the year to come.
#[derive(Clone, Debug, PartialEq, serde::Serialize)]
#[non_exhaustive]
pub struct Month {
    /// 1 is this month.
    pub month: u32,
    pub daily_messages: f64,
    pub cost_usd: f64,
}

/// Twelve months of bills with the scenario's growth; what is paid by the hour does not grow. Empty
/// when the bill is not known.
pub fn projection(scenario: &Scenario, estimate: &Estimate) -> Vec<Month> {
    let hourly: Option<crate::money::Usd> =
        [Part::Fargate, Part::OpenSearch, Part::ElastiCache].map(|part| estimate.parts.get(part)).into_iter().sum();
    let Some((total, hourly)) = estimate.total_daily_cost_usd.zip(hourly) else { return Vec::new() };
    let by_message = per(total - hourly, 1.0);
    let mut factor = 1.0;
    (1..=12)
        .map(|month| {
            let growing = factor;
            factor *= 1.0 + scenario.billing.growth_pct_per_month / 100.0;
            Month {
                month,
                daily_messages: scenario.daily_messages * growing,
                cost_usd: (by_message * growing + hourly.dollars()) * scenario.days_in_month,
            }
        })
        .collect()
}
