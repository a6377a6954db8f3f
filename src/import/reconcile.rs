//! AWS's line items beside our bill of the logs, by day, model and kind, each difference with its reason.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use crate::catalog::{Catalog, Model, base_id, date_of};
use crate::money::Usd;

use super::bill::cell_cost;
use super::columns::squash;
use super::cost_report::{CostReport, LineItem, LineKind, compact, model_key, region_of_usage};
use super::log_reader::{LogSummary, SkippedLine};
use super::model_id::catalog_id;
use super::summary::{CellKey, Sums};

/// Two bills side by side.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Reconciliation {
    pub lines: Vec<ReconciledLine>,
    /// What AWS billed for Bedrock.
    pub aws_usd: Usd,
    /// What the logs cost by the price list, as far as known.
    pub ours_usd: Usd,
    /// The part of their difference whose reason is known, with its sign: AWS's less ours. A price that is another than the
    /// list's for no known reason is not in it.
    pub explained_usd: Usd,
    /// What AWS bills more than we do, over the lines where it does: lines that cancel each other are in both.
    pub above_usd: Usd,
    /// What it bills less.
    pub below_usd: Usd,
    /// Prices that our bill lacks.
    pub unknown: Vec<String>,
    /// The discount that all lines have in common, in percent of the list's prices.
    pub discount_pct: Option<f64>,
    /// How something in the report was understood that may mean two things.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<String>,
    /// Line items of the report that are of other services.
    pub other_items: u64,
    pub skipped: Vec<SkippedLine>,
}

/// One kind of token of one model on one day.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct ReconciledLine {
    /// `YYYY-MM-DD`, UTC; `None` for calls without a time.
    pub day: Option<String>,
    /// The last day, where the report has months and no days.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub until: Option<String>,
    /// Our id where the logs have it, else AWS's name.
    pub model: String,
    pub kind: &'static str,
    pub aws_usd: Usd,
    pub ours_usd: Usd,
    pub aws_tokens: Option<f64>,
    pub our_tokens: u64,
    /// Why they differ; `same` where they do not, `unexplained` where that is not known.
    pub reason: String,
    /// AWS's usage types in it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub usage_types: Vec<String>,
}

#[derive(Default)]
struct Side {
    aws: Usd,
    aws_tokens: Option<f64>,
    ours: Usd,
    tokens: u64,
    unknown: bool,
    tiers: Vec<&'static str>,
    our_tiers: Vec<&'static str>,
    global: bool,
    /// AWS's regions, by its usage types.
    regions: BTreeSet<&'static str>,
    our_regions: BTreeSet<String>,
    /// Our amount by the price list of each region that AWS bills; `None` where that has no price.
    in_region: BTreeMap<&'static str, Option<Usd>>,
    usage_types: Vec<String>,
}

/// How near counts and prices must come to be the same.
const NEAR: f64 = 0.005;

/// Puts a report beside logs. The logs' days should be those of UTC, as AWS's are.
pub fn reconcile(report: &CostReport, log: &LogSummary, catalog: &Catalog) -> Reconciliation {
    // Our ids by what names of a model have in common.
    let mut ids: BTreeMap<String, String> = BTreeMap::new();
    let mut models: BTreeMap<&str, Option<&Model>> = BTreeMap::new();
    let mut sides: BTreeMap<(Option<i64>, String, LineKind), Side> = BTreeMap::new();
    let mut writes: BTreeMap<(Option<i64>, String), Writes> = BTreeMap::new();
    let mut unknown = BTreeSet::new();
    let periods = Periods::of(report);
    let regions: BTreeSet<&'static str> =
        report.items.iter().filter_map(|item| region_of_usage(&item.usage_type)).collect();
    for (key, sums) in &log.summary.cells {
        let model = *models.entry(&key.model).or_insert_with(|| catalog.get(&catalog_id(&key.model, catalog)?));
        let common = model_key(&key.model);
        let shown = model.map_or_else(|| key.model.to_string(), |model| model.id.clone());
        ids.entry(common.clone()).or_insert(shown);
        let Some(cost) = cell_cost(model, key, sums) else {
            unknown.insert(format!("{}.calls", key.model));
            continue;
        };
        let day = key.day.map(|day| periods.start(day));
        if sums.cache_write + sums.cache_write_1h > 0 {
            writes.entry((day, common.clone())).or_default().add(model, key, sums);
        }
        // The same by the price list of another region.
        let elsewhere: Vec<_> = regions
            .iter()
            .filter_map(|region| {
                let there = CellKey { region: (*region).into(), ..key.clone() };
                Some((*region, cell_cost(model, &there, sums)?))
            })
            .collect();
        let parts = [
            (LineKind::Input, "input", sums.input, cost.input),
            (LineKind::Output, "output", sums.output, cost.output),
            (LineKind::CacheRead, "cache_read", sums.cache_read, cost.cache_read),
            (LineKind::CacheWrite5m, "cache_write_5m", sums.cache_write, cost.cache_write_5m),
            (LineKind::CacheWrite1h, "cache_write_1h", sums.cache_write_1h, cost.cache_write_1h),
        ];
        for (kind, name, tokens, usd) in parts {
            if tokens == 0 {
                continue;
            }
            let side = sides.entry((day, common.clone(), kind)).or_default();
            side.tokens = side.tokens.saturating_add(tokens);
            side.our_tiers.push(key.tier().key());
            side.our_regions.insert(key.region.to_string());
            for (region, cost) in &elsewhere {
                let there = match kind {
                    LineKind::Input => cost.input,
                    LineKind::Output => cost.output,
                    LineKind::CacheRead => cost.cache_read,
                    LineKind::CacheWrite5m => cost.cache_write_5m,
                    _ => cost.cache_write_1h,
                };
                let sum = side.in_region.entry(region).or_insert(Some(Usd::ZERO));
                *sum = sum.zip(there).map(|(sum, there)| sum + there);
            }
            match usd {
                Some(usd) => side.ours += usd,
                None => {
                    side.unknown = true;
                    unknown.insert(format!("{}.{name}", key.model));
                }
            }
        }
    }
    // Items that are of several of our lines come when those of one are known, those of any model last.
    let mut joint: BTreeMap<(bool, i64, String, LineKind), Side> = BTreeMap::new();
    for item in &report.items {
        let common = matching(&item.model, &ids);
        let of_any = common.is_empty() && item.kind.is_tokens();
        if of_any || item.kind == LineKind::All {
            joint.entry((common.is_empty(), item.day, common, item.kind)).or_default().bill(item);
        } else {
            sides.entry((Some(item.day), common, item.kind)).or_default().bill(item);
        }
    }
    for ((of_any, day, common, kind), mut joined) in joint {
        let marketplace = joined.usage_types.iter().any(|usage| usage.contains("-MP:"));
        let is_of = |key: &(Option<i64>, String, LineKind), side: &Side| {
            let anthropic = ids.get(&key.1).is_some_and(|id| base_id(id).starts_with("anthropic."));
            key.0 == Some(day)
                && side.usage_types.is_empty()
                && (kind == LineKind::All || key.2 == kind)
                // Anthropic's models are sold by the marketplace, each as a service of its own.
                && if of_any { !anthropic || marketplace } else { key.1 == common }
        };
        let found: Vec<_> = sides.iter().filter(|(key, side)| is_of(key, side)).map(|(key, _)| key.clone()).collect();
        for key in found {
            joined.take(sides.remove(&key).unwrap_or_default(), kind != LineKind::All);
        }
        sides.insert((Some(day), common, kind), joined);
    }
    let discount_pct = discount(sides.values());
    let mut out = Reconciliation {
        lines: Vec::new(),
        aws_usd: Usd::ZERO,
        ours_usd: Usd::ZERO,
        explained_usd: Usd::ZERO,
        above_usd: Usd::ZERO,
        below_usd: Usd::ZERO,
        unknown: unknown.into_iter().collect(),
        discount_pct,
        notes: report.notes.clone(),
        other_items: report.others,
        skipped: report.skipped.iter().chain(&log.skipped).cloned().collect(),
    };
    // Calls that only one of the two has, under names that did not meet.
    let lone = |ours: bool| {
        let alone = sides.iter().filter(move |(key, side)| {
            key.2.is_tokens() && if ours { side.usage_types.is_empty() } else { side.tokens == 0 }
        });
        alone.map(|(key, _)| key.clone()).collect::<Vec<_>>()
    };
    let (lone_ours, lone_theirs) = (lone(true), lone(false));
    let kin = |key: &(Option<i64>, String, LineKind), side: &Side| -> Option<String> {
        let others = match (side.tokens == 0, side.usage_types.is_empty()) {
            (true, false) => &lone_ours,
            (false, true) => &lone_theirs,
            _ => return None,
        };
        let shown = |common: &String| ids.get(common).unwrap_or(common).clone();
        let found = others.iter().find(|(day, name, kind)| {
            *day == key.0 && *kind == key.2 && *name != key.1 && alike(&shown(name), &shown(&key.1))
        });
        found.map(|(_, name, _)| shown(name))
    };
    let lifetimes = lifetimes(&sides, &writes);
    let kins: Vec<Option<String>> = sides.iter().map(|(key, side)| kin(key, side)).collect();
    for (((day, common, kind), side), kin) in sides.into_iter().zip(kins) {
        let (reason, explained) = match (lifetimes.get(&(day, common.clone(), kind)), kin) {
            (Some(lifetime), _) => lifetime.reason(&side, discount_pct),
            (None, Some(other)) => (
                format!(
                    "{UNEXPLAINED}: {other} of the other bill has this day and kind, and may be the same model under another name"
                ),
                Usd::ZERO,
            ),
            (None, None) => reason(kind, &side, discount_pct),
        };
        out.aws_usd += side.aws;
        out.ours_usd += side.ours;
        if side.aws > side.ours {
            out.above_usd += side.aws - side.ours;
        } else {
            out.below_usd += side.ours - side.aws;
        }
        out.explained_usd += explained;
        out.lines.push(ReconciledLine {
            until: day.and_then(|day| periods.last(day)).map(date_of),
            day: day.map(date_of),
            model: match ids.get(&common) {
                Some(id) => id.clone(),
                None if common.is_empty() && kind.is_tokens() => side.usage_types.join(", "),
                None => common,
            },
            kind: kind.key(),
            aws_usd: side.aws,
            ours_usd: side.ours,
            aws_tokens: side.aws_tokens,
            our_tokens: side.tokens,
            reason,
            usage_types: side.usage_types,
        });
    }
    out
}

const UNEXPLAINED: &str = "unexplained";

/// What a model's writes of a day to the cache cost if all of them were kept for five minutes, or all for an hour.
#[derive(Default)]
struct Writes {
    tokens: u64,
    usd: [f64; 2],
    unknown: bool,
}

impl Writes {
    fn add(&mut self, model: Option<&Model>, key: &CellKey, sums: &Sums) {
        let all = sums.cache_write.saturating_add(sums.cache_write_1h);
        let sums = Sums { cache_write: all, cache_write_1h: all, ..*sums };
        self.tokens = self.tokens.saturating_add(all);
        match cell_cost(model, key, &sums).and_then(|cost| cost.cache_write_5m.zip(cost.cache_write_1h)) {
            Some((five, hour)) => {
                self.usd[0] += five.dollars();
                self.usd[1] += hour.dollars();
            }
            None => self.unknown = true,
        }
    }
}

/// Writes to the cache that AWS bills for another lifetime than the logs say.
struct Lifetime {
    said: String,
    /// What AWS's count of this lifetime costs by the list; `None` where that has no price.
    usd: Option<f64>,
}

impl Lifetime {
    /// What is to be said of a line, and what the lifetime explains of it.
    fn reason(&self, side: &Side, discount_pct: Option<f64>) -> (String, Usd) {
        let whole = side.aws - side.ours;
        let Some(expected) = self.usd else {
            return (format!("{}; price: the list has none for a part of it", self.said), Usd::ZERO);
        };
        let aws = side.aws.dollars();
        if near(aws, expected) || (aws - expected).abs() < 1e-6 {
            return (self.said.clone(), whole);
        }
        if expected <= 0.0 {
            return (format!("{}; this line without a count", self.said), dollars(expected) - side.ours);
        }
        let ratio = aws / expected;
        match other_price(side, ratio, discount_pct) {
            Some(price) => (format!("{}; {price}", self.said), whole),
            None => (format!("{}; {}", self.said, unexplained_price(ratio)), dollars(expected) - side.ours),
        }
    }
}

/// By day, model and kind, where both bills count the same writes to the cache for other lifetimes.
fn lifetimes(
    sides: &BTreeMap<(Option<i64>, String, LineKind), Side>,
    writes: &BTreeMap<(Option<i64>, String), Writes>,
) -> BTreeMap<(Option<i64>, String, LineKind), Lifetime> {
    let mut out = BTreeMap::new();
    for ((day, common), writes) in writes {
        let of = |kind: LineKind| {
            let side = sides.get(&(*day, common.clone(), kind));
            (side.and_then(|side| side.aws_tokens).unwrap_or(0.0), side.map_or(0, |side| side.tokens) as f64)
        };
        let ((aws_5m, ours_5m), (aws_1h, ours_1h)) = (of(LineKind::CacheWrite5m), of(LineKind::CacheWrite1h));
        let counted = aws_5m + aws_1h > 0.0 && near(aws_5m + aws_1h, ours_5m + ours_1h);
        if !counted || near(aws_1h, ours_1h) && near(aws_5m, ours_5m) {
            continue;
        }
        let said = format!(
            "cache lifetime: of {:.0} tokens written AWS bills {aws_1h:.0} for an hour, the logs say {ours_1h:.0}",
            aws_5m + aws_1h
        );
        for (kind, counted, usd) in
            [(LineKind::CacheWrite5m, aws_5m, writes.usd[0]), (LineKind::CacheWrite1h, aws_1h, writes.usd[1])]
        {
            let usd = (!writes.unknown).then_some(usd / writes.tokens as f64 * counted);
            out.insert((*day, common.clone(), kind), Lifetime { said: said.clone(), usd });
        }
    }
    out
}

impl Side {
    /// Adds a line item of AWS's.
    fn bill(&mut self, item: &LineItem) {
        self.aws += item.usd;
        self.aws_tokens = match (self.aws_tokens, item.tokens) {
            (Some(known), Some(more)) => Some(known + more),
            (known, more) => known.or(more),
        };
        if !item.tier.is_empty() {
            self.tiers.push(item.tier);
        }
        self.global |= item.global;
        self.regions.extend(region_of_usage(&item.usage_type));
        if self.usage_types.len() < 20 && !self.usage_types.contains(&item.usage_type) {
            self.usage_types.push(item.usage_type.clone());
        }
    }

    /// Adds one of our lines; its count only where it is of the same kind of token.
    fn take(&mut self, ours: Side, counts: bool) {
        self.ours += ours.ours;
        self.tokens = self.tokens.saturating_add(ours.tokens);
        self.unknown |= ours.unknown;
        self.our_tiers.extend(ours.our_tiers);
        self.our_regions.extend(ours.our_regions);
        for (region, usd) in ours.in_region {
            let sum = self.in_region.entry(region).or_insert(Some(Usd::ZERO));
            *sum = sum.zip(usd).map(|(sum, usd)| sum + usd);
        }
        if !counts {
            self.aws_tokens = None;
        }
    }
}

/// The periods of a report whose tokens are billed by more than a day, by their first day: how many days.
struct Periods(BTreeMap<i64, i64>);

impl Periods {
    fn of(report: &CostReport) -> Self {
        let counted = || report.items.iter().filter(|item| item.kind.is_tokens());
        // Taxes and discounts of a daily report are of its month.
        let long = counted().all(|item| item.days > 1);
        Periods(counted().filter(|_| long).map(|item| (item.day, item.days)).collect())
    }

    /// The first day of the period that a day is in: itself, where the report has days.
    fn start(&self, day: i64) -> i64 {
        let before = self.0.range(..=day).next_back();
        before.filter(|(start, days)| day < *start + *days).map_or(day, |(start, _)| *start)
    }

    fn last(&self, start: i64) -> Option<i64> {
        self.0.get(&start).map(|days| start + days - 1)
    }
}

/// The model of the logs that AWS's name is of, or that name.
fn matching(name: &str, ids: &BTreeMap<String, String>) -> String {
    let common = model_key(name);
    if common.is_empty() || ids.contains_key(&common) {
        return common;
    }
    // Marks and parts of words apart, it is the same name, or the one with its vendor before it.
    let aws = compact(name);
    let is_same = |id: &str| {
        let vendor = base_id(id).split_once('.').map_or("", |(vendor, _)| vendor);
        let vendor = vendor.trim_end_matches("ai");
        let named = compact(id);
        named.iter().any(|known| *known == aws[0] || aws[0].strip_prefix(vendor) == Some(known.as_str()))
    };
    let mut found = ids.iter().filter(|(_, id)| is_same(id));
    if let (Some((only, _)), None) = (found.next(), found.next()) {
        return only.clone();
    }
    // AWS drops or adds a word: the only model that has all of them.
    let words = |text: &str| text.split(' ').map(str::to_string).collect::<BTreeSet<_>>();
    let wanted = words(&common);
    let mut found = ids.keys().filter(|known| {
        let known = words(known);
        known.is_superset(&wanted) || wanted.is_superset(&known)
    });
    match (found.next(), found.next()) {
        (Some(only), None) => only.clone(),
        _ => common,
    }
}

/// Whether two names of models have a word of four letters or more in common.
fn alike(one: &str, other: &str) -> bool {
    let (one, other) = (one.to_ascii_lowercase(), squash(other));
    let words = one.split(|c: char| !c.is_ascii_alphabetic());
    words
        .filter(|word| word.len() >= 4 && !["anthropic", "amazon", "input", "output"].contains(word))
        .any(|word| other.contains(word))
}

/// The price paid in percent below the list's that most lines with the same counts agree on.
fn discount<'a>(sides: impl Iterator<Item = &'a Side>) -> Option<f64> {
    let mut ratios: Vec<f64> = sides
        .filter(|side| side.tokens > 0 && side.ours > Usd::ZERO && side.aws > Usd::ZERO && side.tiers.is_empty())
        .filter(|side| side.aws_tokens.is_none_or(|aws| near(aws, side.tokens as f64)))
        .map(|side| side.aws.dollars() / side.ours.dollars())
        .collect();
    if ratios.len() < 2 {
        return None;
    }
    ratios.sort_by(f64::total_cmp);
    let middle = ratios[ratios.len() / 2];
    let agree = ratios.iter().filter(|ratio| near(**ratio, middle)).count();
    // Ten per cent is what a profile of the whole world is cheaper by.
    let regional = near(middle, 1.1) || near(middle, 1.0 / 1.1);
    (agree * 3 >= ratios.len() * 2 && middle < 1.0 - NEAR && !regional).then_some((1.0 - middle) * 100.0)
}

fn near(a: f64, b: f64) -> bool {
    (a - b).abs() <= NEAR * a.abs().max(b.abs())
}

fn dollars(amount: f64) -> Usd {
    Usd::from_dollars(amount).unwrap_or(Usd::ZERO)
}

/// Why AWS's amount is another than ours, and what of the difference that explains.
fn reason(kind: LineKind, side: &Side, discount_pct: Option<f64>) -> (String, Usd) {
    let whole = side.aws - side.ours;
    if let Some(known) = known_reason(kind, side) {
        return (known.to_string(), whole);
    }
    let (aws, ours) = (side.aws.dollars(), side.ours.dollars());
    if kind == LineKind::All {
        return match discount_pct.filter(|pct| near(aws / ours, 1.0 - pct / 100.0)) {
            Some(pct) => (discount_of(pct), whole),
            None => (
                format!("{UNEXPLAINED}: this report does not tell what was counted; group it by usage type"),
                Usd::ZERO,
            ),
        };
    }
    let mut parts = Vec::new();
    // What our price makes of AWS's count, where that is known.
    let mut expected = ours;
    if let Some(counted) = side.aws_tokens
        && counted > 0.0
        && !near(counted, side.tokens as f64)
    {
        let missing = counted - side.tokens as f64;
        let share = 100.0 * missing.abs() / counted;
        parts.push(if missing > 0.0 {
            format!("missing calls: AWS counts {counted:.0} tokens, the logs {} ({share:.1} % are missing)", side.tokens)
        } else {
            format!("more calls: the logs count {} tokens, AWS {counted:.0}; calls of another account, or billed on another day", side.tokens)
        });
        expected *= counted / side.tokens as f64;
    }
    let ratio = aws / expected;
    if near(ratio, 1.0) {
        return (parts.join("; "), whole);
    }
    let known = other_region(side, ratio)
        .or_else(|| other_price(side, ratio, discount_pct))
        .or_else(|| other_lifetime(kind, ratio).map(str::to_string));
    let explained = if known.is_some() { whole } else { dollars(expected) - side.ours };
    match known {
        Some(known) => parts.push(known),
        None if side.aws_tokens.is_some() => parts.push(unexplained_price(ratio)),
        None => return (UNEXPLAINED.to_string(), Usd::ZERO),
    }
    (parts.join("; "), explained)
}

/// What is known of a line without its price by the token.
fn known_reason(kind: LineKind, side: &Side) -> Option<&'static str> {
    let (aws, ours) = (side.aws.dollars(), side.ours.dollars());
    // A count and a price that cancel each other are two differences.
    let same_count = side.aws_tokens.is_none_or(|counted| counted <= 0.0 || near(counted, side.tokens as f64));
    Some(match kind {
        LineKind::Discount => "discount: a line of its own in the report",
        LineKind::Credit => "credit: a line of its own in the report",
        LineKind::Tax => "tax: not in our bill",
        LineKind::Guardrail => "guardrails: AWS bills text units by themselves",
        LineKind::Other => "not billed by the token: images, searches or capacity, which the logs do not price",
        _ if side.tokens == 0 => "missing calls: the logs have none of this model, kind and day",
        _ if side.usage_types.is_empty() => "not in the report: it may lag by a day, or bill another account",
        _ if side.unknown => "price: the list has none for a part of it",
        _ if (near(aws, ours) || (aws - ours).abs() < 1e-6) && same_count => "same",
        LineKind::All if near(aws.max(ours) / aws.min(ours).max(f64::MIN_POSITIVE), 1.1) => {
            "region: about the 10 % between a region's price and the one of the whole world; group the report by usage type to see it"
        }
        _ => return None,
    })
}

/// The region whose price AWS bills, where the logs name another.
fn other_region(side: &Side, ratio: f64) -> Option<String> {
    let region =
        side.regions.first().filter(|region| side.regions.len() == 1 && !side.our_regions.contains(**region))?;
    let there = side.in_region.get(region).copied().flatten()?;
    if !near(ratio, there.dollars() / side.ours.dollars()) {
        return None;
    }
    let said: Vec<&str> = side.our_regions.iter().map(String::as_str).filter(|one| !one.is_empty()).collect();
    let said = if said.is_empty() { "none".to_string() } else { said.join(", ") };
    Some(format!("region: AWS bills the price of {region}, the logs say {said}"))
}

/// Why AWS's price is so many times ours.
fn other_price(side: &Side, ratio: f64, discount_pct: Option<f64>) -> Option<String> {
    if let Some(tier) = side.tiers.iter().find(|tier| !side.our_tiers.contains(tier)) {
        let ours = side.our_tiers.first().unwrap_or(&"standard");
        return Some(format!("tier: AWS bills {tier}, the logs say {ours}"));
    }
    if near(ratio, 1.1) {
        return Some(
            "region: AWS bills the price of the region, which is 10 % above the one of the whole world".into(),
        );
    }
    if near(ratio, 1.0 / 1.1) {
        return Some("region: AWS bills the price of the whole world, which is 10 % below the region's".into());
    }
    discount_pct.filter(|pct| near(ratio, 1.0 - pct / 100.0)).map(discount_of)
}

/// The lifetime of the cache whose price AWS bills under the other one's name: an hour costs 1.6 times five minutes.
fn other_lifetime(kind: LineKind, ratio: f64) -> Option<&'static str> {
    match kind {
        LineKind::CacheWrite5m if near(ratio, 1.6) => {
            Some("cache lifetime: AWS bills writes for an hour, the logs say five minutes")
        }
        LineKind::CacheWrite1h if near(ratio, 1.0 / 1.6) => {
            Some("cache lifetime: AWS bills writes for five minutes, the logs say an hour")
        }
        _ => None,
    }
}

fn discount_of(pct: f64) -> String {
    format!("discount: {pct:.1} % below the list")
}

fn unexplained_price(ratio: f64) -> String {
    format!("price: AWS's is {:+.1} % of the list's", (ratio - 1.0) * 100.0)
}
