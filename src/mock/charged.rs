//! What a call used, what that costs, and what a missed cache would have saved.

use crate::bedrock::{Ask, Usage};
use crate::catalog::{Door, Model, Place};
use crate::cost::{CallCost, CallTokens, Tier, price_call, price_tokens};

use super::cache::{CacheMiss, Cached, MissReason};
use super::ledger::CallRecord;

/// A miss with what it cost: the tokens that were not read at the price they were charged at, less what
/// reading them costs.
pub(super) fn priced_miss(miss: CacheMiss, cached: &Cached, model: &Model, ask: &Ask) -> CacheMiss {
    if miss.reason == MissReason::TooSmall {
        return CacheMiss { cost_usd: Some(crate::money::Usd::ZERO), ..miss };
    }
    let hour = cached.write_1h.min(miss.tokens);
    let short = cached.write_5m.min(miss.tokens - hour);
    let charged = CallTokens {
        input: miss.tokens - hour - short,
        cache_write_5m: short,
        cache_write_1h: hour,
        ..CallTokens::default()
    };
    let read = CallTokens { cache_read: miss.tokens, ..CallTokens::default() };
    let total = |tokens| price_call(model, tokens, ask.tier).total();
    CacheMiss { cost_usd: total(charged).zip(total(read)).map(|(charged, read)| charged - read), ..miss }
}

/// Notes what a call used and what that costs; prices that are not known are named.
pub(super) fn charge(record: &mut CallRecord, model: &Model, usage: &Usage, tier: Tier, unknown: &mut Vec<String>) {
    record.used(usage);
    record.charged = (*usage, tier);
    if record.cache.as_deref() == Some("hit") {
        record.cost_usd = Some(crate::money::Usd::ZERO);
        (record.cost_parts_usd, record.cost_uncached_usd) = (CallCost::ZERO, record.cost_usd);
        return;
    }
    let tokens = CallTokens {
        input: usage.input_tokens,
        output: usage.output_tokens,
        cache_read: usage.cache_read_tokens,
        cache_write_5m: usage.cache_write_tokens,
        cache_write_1h: usage.cache_write_1h_tokens,
    };
    // What the host lists is paid, else the model's own row.
    let chosen = model.at(Place { region: None, door: record.host.and_then(Door::from_key) });
    let level = chosen.prices.level(tokens.prompt());
    let cost = price_tokens(chosen.prices, tokens, tier, level);
    record.cost_usd = cost.total();
    record.cost_parts_usd = cost;
    let uncached = CallTokens { input: tokens.prompt(), output: tokens.output, ..CallTokens::default() };
    record.cost_uncached_usd = price_tokens(chosen.prices, uncached, tier, level).total();
    unknown.extend(cost.unknown().into_iter().map(|part| format!("{}.{part}", model.id)));
}
