//! What quota do I need, and why am I throttled below it: requests and tokens a minute as Bedrock counts them, with
//! the reservation of `max_tokens` and the burndown of answers, which limit binds first and when, and what each lever
//! does.

mod form;
mod minutes;
mod report;
mod synthetic;
mod unit;

pub use form::QuotaForm;
pub use minutes::{PerMinuteNeed, written as minute_written};
pub use synthetic::{ScenarioQuota, quota_of_scenario};
pub use unit::{Binding, Lever, UnitNeeds};

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, BinaryHeap};

use serde::Serialize;
use serde::de::IgnoredAny;

use crate::catalog::{Catalog, any_speed, burndown_of, default_quota, default_tokens_per_day, quota_unit, speed_of};
use crate::import::{Call, CallOutcome, LoggedCall, model_named};
use crate::words::{English, Message, Word};
use unit::{Arrival, Unit};

/// How many calls a log may be out of order by.
const REORDER: usize = 65_536;
/// The most quotas that are told apart: a model behind a kind of profile in a Region.
const MOST_UNITS: usize = 256;

/// What is asked.
#[derive(Clone, Debug, PartialEq)]
pub struct QuotaQuestion {
    /// Quotas by model id, by the id without its profile, or `*` for all others.
    pub limits: BTreeMap<String, Limits>,
    /// Whether a model without one has the quota of a new account.
    pub default_quotas: bool,
    /// `max_tokens` of calls whose request the log does not keep.
    pub max_tokens: Option<u64>,
}

impl Default for QuotaQuestion {
    fn default() -> Self {
        QuotaQuestion { limits: BTreeMap::new(), default_quotas: true, max_tokens: None }
    }
}

/// What a model may be asked in a minute; `None` is no limit that is known.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Limits {
    pub rpm: Option<f64>,
    pub tpm: Option<f64>,
    /// Quota tokens that one output token costs; the model's own where it is not said.
    #[serde(skip)]
    pub burndown: Option<f64>,
}

/// Needs on their way through the calls.
#[derive(Debug)]
pub struct QuotaNeeds<'a> {
    catalog: &'a Catalog,
    question: QuotaQuestion,
    /// The last calls, the earliest on top: logs are nearly in order.
    pending: BinaryHeap<Reverse<(i64, usize, Arrival)>>,
    units: Vec<Unit>,
    by_name: BTreeMap<String, usize>,
    last_us: i64,
    requests: u64,
    /// Calls that are in no figure, and why.
    left_out: BTreeMap<Word, u64>,
    /// Calls whose `max_tokens` nobody knows.
    unreserved: u64,
    /// Calls of which nobody says how long they took.
    untimed: u64,
    /// By day, account and Region.
    days: BTreeMap<(i64, String, String), Day>,
    /// The quotas of the question that belong to a model of the log.
    used: BTreeSet<String>,
}

/// A day of a Region, all models together.
#[derive(Clone, Copy, Debug, Default)]
struct Day {
    tokens: u64,
    calls: u64,
    /// When its quota was used up, and the calls from then on.
    full_us: Option<i64>,
    turned_away: u64,
}

/// The answer.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct QuotaAnswer {
    pub requests: u64,
    /// The model that the first figures are of: the one whose limit binds, or that needs most.
    pub model: Option<String>,
    pub rpm: PerMinuteNeed,
    /// Tokens a minute as the quota counts them: what answers used, and what is held of those that go on.
    pub tpm: PerMinuteNeed,
    /// Of all models, on the busiest day of a Region and an account.
    pub tokens_per_day: Option<f64>,
    /// The share of what calls reserve that they give back unused.
    pub reserved_share: Option<f64>,
    pub binds: Option<Binding>,
    pub form: QuotaForm,
    /// Every model, kind of profile, Region and account, which have quotas of their own.
    pub models: Vec<UnitNeeds>,
    pub unknown: Vec<String>,
    #[serde(skip)]
    pub notes: Vec<Message>,
}

impl<'a> QuotaNeeds<'a> {
    pub fn new(catalog: &'a Catalog, question: QuotaQuestion) -> Self {
        QuotaNeeds {
            catalog,
            question,
            pending: BinaryHeap::new(),
            units: Vec::new(),
            by_name: BTreeMap::new(),
            last_us: i64::MIN,
            requests: 0,
            left_out: BTreeMap::new(),
            unreserved: 0,
            untimed: 0,
            days: BTreeMap::new(),
            used: BTreeSet::new(),
        }
    }

    /// Calls heard so far.
    pub fn requests(&self) -> u64 {
        self.requests
    }

    /// Hears a call of a log.
    pub fn hear(&mut self, logged: &LoggedCall) {
        let call = &logged.call;
        self.requests += call.requests;
        if call.outcome == CallOutcome::FromCache {
            return self.leave_out(Word::upgrade_spared, call.requests);
        }
        if call.tier == crate::catalog::Tier::Batch {
            return self.leave_out(Word::quota_q_batch, call.requests);
        }
        let Some(at_us) = call.at_us else { return self.leave_out(Word::cache_q_untimed, call.requests) };
        if call.requests != 1 {
            return self.leave_out(Word::quota_q_summed, call.requests);
        }
        let body = logged.request.as_ref().and_then(|request| request.body.as_deref());
        let asked = body.and_then(|body| serde_json::from_str::<MaxTokens>(body).ok());
        self.add(call, logged.account.as_deref().unwrap_or_default(), at_us, asked.map(|asked| asked.most()));
    }

    fn leave_out(&mut self, reason: Word, calls: u64) {
        *self.left_out.entry(reason).or_default() += calls;
    }

    /// Adds a call: `asked` is the `max_tokens` of its request, where that is known to be given or not.
    fn add(&mut self, call: &Call, account: &str, at_us: i64, asked: Option<Option<u64>>) {
        let Some(place) = self.unit(&call.model, &call.region, account) else {
            return self.leave_out(Word::quota_q_models, 1);
        };
        let unit = &mut self.units[place];
        let t = call.tokens;
        let counted = t.input + t.cache_write_5m + t.cache_write_1h;
        let served = call.outcome == CallOutcome::Answered;
        let longest = unit.longest_answer;
        let reserved_output = match asked.or(self.question.max_tokens.map(Some)) {
            Some(most) => most.unwrap_or(longest),
            None => {
                self.unreserved += 1;
                t.output
            }
        };
        if asked.is_some_and(|most| most.is_none()) {
            unit.unset += 1;
        }
        let latency_ms = call.latency_ms.unwrap_or_else(|| {
            self.untimed += u64::from(served);
            unit.assumed_ms(t.output)
        });
        let arrival = Arrival {
            at_us,
            latency_us: (latency_ms.clamp(0.0, 86_400_000.0) * 1_000.0) as i64,
            counted,
            output: t.output,
            read: t.cache_read,
            reserved_output,
            served,
            throttled: call.outcome == CallOutcome::Throttled,
        };
        self.pending.push(Reverse((at_us, place, arrival)));
        if self.pending.len() > REORDER {
            self.next();
        }
    }

    fn next(&mut self) {
        let Some(Reverse((at_us, place, arrival))) = self.pending.pop() else { return };
        if at_us < self.last_us {
            return self.leave_out(Word::quota_q_order, 1);
        }
        self.last_us = at_us;
        let Some(unit) = self.units.get_mut(place) else { return };
        let settled = unit.arrive(arrival);
        let (region, account) = unit.place();
        let quota = default_tokens_per_day(region).filter(|_| self.question.default_quotas);
        let number = at_us.div_euclid(86_400_000_000);
        let day = self.days.entry((number, account.to_string(), region.to_string())).or_default();
        day.calls += 1;
        if day.full_us.is_none() && quota.is_some_and(|quota| day.tokens.saturating_add(settled) as f64 > quota) {
            day.full_us = Some(at_us);
        }
        day.turned_away += u64::from(day.full_us.is_some());
        day.tokens = day.tokens.saturating_add(settled);
        /// The most days that are kept.
        const MOST_DAYS: usize = 4_000;
        if self.days.len() > MOST_DAYS {
            self.days.pop_first();
        }
    }

    /// The quota that a call of a model counts against.
    fn unit(&mut self, model: &str, region: &str, account: &str) -> Option<usize> {
        let known = model_named(model, self.catalog);
        let id = known.map_or(model, |model| model.id.as_str());
        let (profile, base) = quota_unit(id);
        let name = format!("{profile}:{base}@{region}@{account}");
        let place = match self.by_name.get(&name) {
            Some(place) => *place,
            None if self.units.len() >= MOST_UNITS => return None,
            None => {
                let (limits, defaults) = self.limits_of(id, base);
                let rules = known.map(crate::bedrock::ModelRules::of);
                let longest = known
                    .and_then(|model| model.max_output_tokens)
                    .or_else(|| rules.and_then(|rules| rules.max_output_tokens));
                let speed = speed_of(id).unwrap_or_else(any_speed);
                let burndown = limits.burndown.unwrap_or_else(|| burndown_of(id));
                self.units.push(Unit::new(
                    (id, profile),
                    (region, account),
                    (limits, defaults),
                    burndown,
                    longest,
                    speed,
                ));
                self.by_name.insert(name, self.units.len() - 1);
                self.units.len() - 1
            }
        };
        if let Some(unit) = self.units.get_mut(place) {
            unit.named(id);
        }
        Some(place)
    }

    /// A model's limits, and those of them that are a new account's: what is not given is played by default.
    fn limits_of(&mut self, id: &str, base: &str) -> (Limits, Limits) {
        // As people call a model: without who made it.
        let short = base.split_once('.').map_or(base, |(_, model)| model);
        let names = [id, base, short, "*"].into_iter();
        let own = names.into_iter().find_map(|name| Some((name, *self.question.limits.get(name)?)));
        if let Some((name, _)) = own {
            self.used.insert(name.to_string());
        }
        let own = own.map(|(_, own)| own).unwrap_or_default();
        let default = default_quota(id).filter(|_| self.question.default_quotas);
        let of = |own: Option<f64>, default: Option<f64>| if own.is_some() { None } else { default };
        let defaults = Limits {
            rpm: of(own.rpm, default.and_then(|quota| quota.rpm)),
            tpm: of(own.tpm, default.and_then(|quota| quota.tpm)),
            burndown: None,
        };
        let (rpm, tpm) = (own.rpm.or(defaults.rpm), own.tpm.or(defaults.tpm));
        (Limits { rpm, tpm, ..own }, defaults)
    }

    /// The answer.
    pub fn finish(mut self) -> QuotaAnswer {
        while !self.pending.is_empty() {
            self.next();
        }
        let mut notes: Vec<Message> = Vec::new();
        for (reason, calls) in &self.left_out {
            notes.push(Message::new(*reason).number("calls", *calls as f64));
        }
        for (word, calls) in [(Word::quota_q_unreserved, self.unreserved), (Word::quota_q_untimed, self.untimed)] {
            if calls > 0 {
                notes.push(Message::new(word).number("calls", calls as f64));
            }
        }
        for name in self.question.limits.keys().filter(|name| *name != "*" && !self.used.contains(*name)) {
            notes.push(Message::new(Word::quota_q_unused).text("model", name));
        }
        let mut models: Vec<UnitNeeds> = self.units.into_iter().filter_map(Unit::finish).collect();
        name_apart(&mut models);
        for needs in &mut models {
            let of = |(_, account, region): &(i64, String, String)| {
                needs.account.as_deref().unwrap_or_default() == account
                    && needs.region.as_deref().unwrap_or_default() == region
            };
            let days = self.days.iter().filter(|(key, _)| of(key));
            needs.tokens_per_day = days.map(|(_, day)| day.tokens).max().map(|tokens| tokens as f64);
        }
        for needs in &models {
            if needs.limits.rpm.is_none() && needs.limits.tpm.is_none() {
                notes.push(Message::new(Word::quota_q_no_limit).text("model", &needs.name));
            } else if needs.default_limits {
                notes.push(
                    Message::new(Word::quota_q_default)
                        .text("model", &needs.name)
                        .text("tpm", limit(needs.defaults.tpm))
                        .text("rpm", limit(needs.defaults.rpm)),
                );
            }
            if needs.unknown_longest && needs.unset_max_tokens > 0 {
                notes.push(
                    Message::new(Word::quota_q_longest)
                        .text("model", &needs.name)
                        .number("tokens", needs.longest_answer as f64),
                );
            }
            if needs.unknown_burndown {
                notes.push(
                    Message::new(Word::quota_q_burndown).text("model", &needs.model).number("burndown", needs.burndown),
                );
            }
            if needs.guessed > 0 {
                notes.push(
                    Message::new(Word::quota_q_guessed)
                        .text("model", &needs.name)
                        .number("calls", needs.guessed as f64),
                );
            }
        }
        models.sort_by(|a, b| {
            let at = |needs: &UnitNeeds| needs.binds.as_ref().map(|binds| binds.at.clone());
            let (bound_a, bound_b) = (at(a), at(b));
            (bound_a.is_none(), bound_a)
                .cmp(&(bound_b.is_none(), bound_b))
                .then_with(|| b.tpm.peak.unwrap_or(0.0).total_cmp(&a.tpm.peak.unwrap_or(0.0)))
                .then_with(|| a.model.cmp(&b.model))
        });
        // Several accounts may give one note.
        let mut said: Vec<Message> = Vec::new();
        for note in notes {
            if !said.contains(&note) {
                said.push(note);
            }
        }
        let mut notes = said;
        notes.extend(accounts(&models));
        notes.extend(of_no_account(&models));
        let first = models.first();
        let full = self
            .days
            .iter()
            .filter_map(|((_, _, region), day)| Some((day.full_us?, region, day)))
            .min_by_key(|full| full.0);
        let mut binds = first.and_then(|needs| needs.binds.clone());
        if let Some((full_us, region, day)) = full {
            let at = minutes::written(full_us.div_euclid(60_000_000));
            if binds.as_ref().is_none_or(|binds| at < binds.at) {
                let share = day.turned_away as f64 / day.calls.max(1) as f64;
                binds = Some(Binding {
                    limit: "tokens_per_day".to_string(),
                    value: default_tokens_per_day(region).unwrap_or(0.0),
                    model: region.clone(),
                    at,
                    throttled_share: share,
                    throttled_share_by_clock: share,
                });
            }
            notes.push(Message::new(Word::quota_q_day_weights).text("region", region));
        }
        let tokens_per_day = self.days.values().map(|day| day.tokens).max().map(|tokens| tokens as f64);
        QuotaAnswer {
            requests: self.requests,
            model: first.map(|needs| needs.model.clone()),
            rpm: first.map(|needs| needs.rpm).unwrap_or_default(),
            tpm: first.map(|needs| needs.tpm).unwrap_or_default(),
            tokens_per_day,
            reserved_share: first.and_then(|needs| needs.reserved_share),
            binds,
            form: QuotaForm::of(&models, &English),
            models,
            unknown: notes.iter().map(|note| note.say(&English)).collect(),
            notes,
        }
    }
}

/// Names what needs a quota of its own: by its model, with Region and account where there are several of them.
fn name_apart(models: &mut [UnitNeeds]) {
    let apart = |of: fn(&UnitNeeds) -> &Option<String>| -> BTreeSet<String> {
        let several =
            |needs: &&UnitNeeds| models.iter().any(|other| other.model == needs.model && of(other) != of(needs));
        models.iter().filter(several).map(|needs| needs.model.clone()).collect()
    };
    let (regions, accounts) = (apart(|needs| &needs.region), apart(|needs| &needs.account));
    for needs in models {
        let region = needs.region.iter().filter(|_| regions.contains(&needs.model));
        let account = needs.account.iter().filter(|_| accounts.contains(&needs.model));
        let places: Vec<&str> = region.chain(account).map(String::as_str).collect();
        needs.name =
            if places.is_empty() { needs.model.clone() } else { format!("{} ({})", needs.model, places.join(", ")) };
    }
}

/// That the log is of several accounts, and which of them needs most.
fn accounts(models: &[UnitNeeds]) -> Option<Message> {
    let named: BTreeSet<&String> = models.iter().filter_map(|needs| needs.account.as_ref()).collect();
    let most = |needs: &&UnitNeeds| needs.tpm.peak.unwrap_or(0.0);
    let largest = models.iter().max_by(|a, b| most(a).total_cmp(&most(b)).then_with(|| b.name.cmp(&a.name)))?;
    (named.len() > 1).then(|| {
        Message::new(Word::quota_q_accounts)
            .number("count", named.len() as f64)
            .text("account", largest.account.as_deref().unwrap_or("–"))
            .text("model", &largest.model)
            .with("tpm", crate::words::Arg::Number(most(&largest)))
    })
}

/// That some calls of a log that names accounts name none: whose quota they need is not known.
fn of_no_account(models: &[UnitNeeds]) -> Option<Message> {
    let calls: u64 = models.iter().filter(|needs| needs.account.is_none()).map(|needs| needs.requests).sum();
    let named = models.iter().any(|needs| needs.account.is_some());
    (named && calls > 0).then(|| Message::new(Word::quota_q_no_account).number("calls", calls as f64))
}

/// A limit as it is said.
fn limit(value: Option<f64>) -> String {
    use crate::words::Locale;
    value.map_or("–".to_string(), |value| English.number(value))
}

/// Where the forms of a request say how long an answer may be; everything else is passed over.
#[derive(serde::Deserialize, Default)]
#[serde(default)]
struct MaxTokens {
    max_tokens: Option<Number>,
    max_completion_tokens: Option<Number>,
    max_output_tokens: Option<Number>,
    max_gen_len: Option<Number>,
    max_tokens_to_sample: Option<Number>,
    #[serde(rename = "inferenceConfig")]
    inference: Inference,
    #[serde(rename = "textGenerationConfig")]
    titan: Inference,
}

#[derive(serde::Deserialize, Default)]
#[serde(default)]
struct Inference {
    #[serde(rename = "maxTokens")]
    max_tokens: Option<Number>,
    max_new_tokens: Option<Number>,
    #[serde(rename = "maxTokenCount")]
    max_token_count: Option<Number>,
}

/// A whole number, or something else that says nothing.
#[derive(serde::Deserialize)]
#[serde(untagged)]
enum Number {
    Whole(u64),
    Other(IgnoredAny),
}

impl MaxTokens {
    fn most(&self) -> Option<u64> {
        let all = [
            &self.max_tokens,
            &self.max_completion_tokens,
            &self.max_output_tokens,
            &self.max_gen_len,
            &self.max_tokens_to_sample,
            &self.inference.max_tokens,
            &self.inference.max_new_tokens,
            &self.titan.max_token_count,
        ];
        all.into_iter().find_map(|number| if let Some(Number::Whole(most)) = number { Some(*most) } else { None })
    }
}

#[cfg(test)]
mod tests;
