//! One quota: a model behind one kind of inference profile, and the calls that count against it.

use std::cmp::Reverse;
use std::collections::{BTreeSet, BinaryHeap};

use serde::Serialize;

use crate::catalog::Speed;
use crate::mock::{Buckets, Quota};

use super::Limits;
use super::minutes::{Minutes, PerMinuteNeed, written};

/// Limits on `max_tokens` that are tried beside what the calls ask.
const CAPS: [u64; 11] = [128, 256, 512, 1_024, 2_048, 4_096, 8_192, 16_384, 32_768, 65_536, 131_072];
/// Those that stand among the levers.
const SHOWN: [u64; 4] = [512, 2_048, 8_192, 32_768];
/// The longest answer of a model of which nobody says it, in tokens.
const UNKNOWN_LONGEST: u64 = 4_096;
/// Microseconds of a minute.
const MINUTE_US: i64 = 60_000_000;
/// A prompt that AWS's form asks about.
const LARGE_PROMPT: u64 = 25_000;

/// A call as a quota sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Arrival {
    pub at_us: i64,
    pub latency_us: i64,
    /// Tokens of the prompt that count: read ones do not.
    pub counted: u64,
    pub output: u64,
    pub read: u64,
    pub reserved_output: u64,
    pub served: bool,
    pub throttled: bool,
}

/// A quota and what came.
#[derive(Debug)]
pub(super) struct Unit {
    id: String,
    profile: &'static str,
    limits: Limits,
    /// Those of the limits that are a new account's.
    defaults: Limits,
    /// Whether nobody knows the longest answer.
    unknown_longest: bool,
    burndown: f64,
    pub longest_answer: u64,
    speed: &'static Speed,
    ids: BTreeSet<String>,
    region: String,
    minutes: Minutes,
    held: Held,
    played: Played,
    capped: [Capped; CAPS.len()],
    requests: u64,
    served: u64,
    /// Calls that the log says were throttled, and the first minute of them.
    throttled: u64,
    first_throttled: Option<i64>,
    /// Calls without tokens, taken to be as the mean of those before.
    guessed: u64,
    pub unset: u64,
    /// Tokens of prompts that count, of answers, and read ones.
    sums: [u64; 3],
    from_us: i64,
    large: u64,
    second: (i64, u64),
    busiest_second: u64,
}

/// What is reserved of the calls that go on, within the minute they began in.
#[derive(Debug, Default)]
struct Held {
    minute: i64,
    level: i64,
    ending: BinaryHeap<Reverse<(i64, i64)>>,
}

/// The calls with a lower `max_tokens`.
#[derive(Debug)]
struct Capped {
    played: Played,
    /// Answers that were longer.
    cut: u64,
    held: Held,
    /// What ended counted in the minute, and the most that a minute needed.
    settled: u64,
    peak: u64,
}

/// A quota being played: filled by the second, and by the minute of the clock.
#[derive(Debug)]
struct Played {
    buckets: Buckets,
    throttled: u64,
    first: Option<(i64, &'static str)>,
    clock: Clock,
}

/// A quota that begins anew with each minute.
#[derive(Debug, Default)]
struct Clock {
    minute: i64,
    requests: u64,
    level: i64,
    ending: BinaryHeap<Reverse<(i64, i64)>>,
    throttled: u64,
    first: Option<(i64, &'static str)>,
}

/// The limit that binds first.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Binding {
    /// `rpm`, `tpm`, or `tokens_per_day`, which is of all models of a Region.
    pub limit: String,
    /// Its value.
    pub value: f64,
    /// The model; for the tokens of a day the Region.
    pub model: String,
    /// The first minute in which it throttles, in UTC.
    pub at: String,
    /// The share of the model's calls that it throttles, the quota filled by the second; where that throttles none,
    /// by the clock.
    pub throttled_share: f64,
    /// The same where it begins anew with each minute of the clock: which of the two AWS does is not settled.
    pub throttled_share_by_clock: f64,
    /// The share that the quota filled by the second throttles, 0 included.
    #[serde(skip)]
    pub by_second: f64,
}

/// What a lever does.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Lever {
    /// `max_tokens`, `queue`, `batch` or `profile`.
    pub lever: &'static str,
    pub value: String,
    /// Tokens a minute that the busiest minute needs then; for a profile the limit that it has.
    pub tpm: Option<f64>,
    pub throttled_share: Option<f64>,
    /// Calls whose answers were longer.
    pub cut: Option<u64>,
}

/// What one quota needs.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct UnitNeeds {
    pub model: String,
    /// Where the calls were made: each Region has quotas of its own. `None` where the log does not say.
    pub region: Option<String>,
    /// The model, with the Region where there are several.
    #[serde(skip)]
    pub name: String,
    /// `direct`, `geo` or `global`.
    pub profile: &'static str,
    pub limits: Limits,
    /// The limits are those of a new account.
    pub default_limits: bool,
    #[serde(skip)]
    pub defaults: Limits,
    /// Whether nobody knows the longest answer: `longest_answer` is assumed.
    #[serde(skip)]
    pub unknown_longest: bool,
    pub burndown: f64,
    pub requests: u64,
    pub minutes: u64,
    pub rpm: PerMinuteNeed,
    pub tpm: PerMinuteNeed,
    /// What answers used in the end, without what was held.
    pub tpm_used: PerMinuteNeed,
    /// What calls reserved when they began.
    pub tpm_reserved: PerMinuteNeed,
    pub busiest_minute: Option<String>,
    pub busiest_second: u64,
    pub reserved_share: Option<f64>,
    /// Calls that said no `max_tokens`: each reserves the model's longest answer.
    pub unset_max_tokens: u64,
    pub longest_answer: u64,
    /// Calls that the log itself says were throttled.
    pub throttled_in_log: u64,
    pub first_throttled_in_log: Option<String>,
    pub binds: Option<Binding>,
    pub average_input: f64,
    pub average_output: f64,
    pub cache_read_tokens: u64,
    pub share_over_25k: f64,
    pub levers: Vec<Lever>,
    /// What each of more limits on `max_tokens` does.
    pub max_tokens: Vec<Lever>,
    pub ids: Vec<String>,
    pub regions: Vec<String>,
    #[serde(skip)]
    pub guessed: u64,
    /// Each minute's requests and tokens as counted, for a picture: minutes since 1970.
    #[serde(skip)]
    pub picture: Vec<(i64, u64, u64)>,
}

impl Played {
    fn new(limits: Limits, burndown: f64) -> Self {
        let quota = Quota { rpm: limits.rpm, tpm: limits.tpm, burndown, ..Quota::default() };
        Played { buckets: Buckets::new(&quota), throttled: 0, first: None, clock: Clock::default() }
    }

    fn arrive(&mut self, arrival: &Arrival, limits: Limits, burndown: f64, reserved_output: u64, from_us: i64) {
        let reserved = arrival.counted + reserved_output;
        let now_ms = (arrival.at_us - from_us) as f64 / 1_000.0;
        match self.buckets.admit(now_ms, reserved as f64) {
            Ok(()) => {
                let end_ms = now_ms + arrival.latency_us as f64 / 1_000.0;
                let output = arrival.output.min(reserved_output.max(1)) as f64;
                self.buckets.settle_at(end_ms, reserved as f64, arrival.counted as f64, output);
            }
            Err(throttled) => {
                self.throttled += 1;
                let limit = if throttled.is_of_tokens() { "tpm" } else { "rpm" };
                self.first.get_or_insert((arrival.at_us, limit));
            }
        }
        self.clock.arrive(arrival, limits, burndown, reserved);
    }
}

impl Held {
    /// A call begins; what is counted then, in its minute.
    fn begin(&mut self, arrival: &Arrival, settled: u64, reserved: u64) -> u64 {
        let number = arrival.at_us.div_euclid(MINUTE_US);
        if self.minute != number {
            (self.minute, self.level) = (number, 0);
            self.ending.clear();
        }
        while let Some(Reverse((_, back))) =
            self.ending.peek().copied().filter(|Reverse((end, _))| *end <= arrival.at_us)
        {
            self.ending.pop();
            self.level -= back;
        }
        self.level += reserved as i64;
        self.ending.push(Reverse((arrival.at_us + arrival.latency_us, reserved as i64 - settled as i64)));
        self.level.max(0) as u64
    }
}

impl Capped {
    fn hold(&mut self, arrival: &Arrival, burndown: f64, reserved_output: u64, cap: u64) {
        let settled = arrival.counted + (burndown * arrival.output.min(cap) as f64) as u64;
        if self.held.minute != arrival.at_us.div_euclid(MINUTE_US) {
            self.settled = 0;
        }
        self.settled = self.settled.saturating_add(settled);
        let most = self.held.begin(arrival, settled, arrival.counted + reserved_output);
        self.peak = self.peak.max(most).max(self.settled);
    }
}

impl Clock {
    fn arrive(&mut self, arrival: &Arrival, limits: Limits, burndown: f64, reserved: u64) {
        let minute = arrival.at_us.div_euclid(MINUTE_US);
        if minute != self.minute {
            (self.minute, self.requests, self.level) = (minute, 0, 0);
            self.ending.clear();
        }
        while let Some(Reverse((_, back))) =
            self.ending.peek().copied().filter(|Reverse((end, _))| *end <= arrival.at_us)
        {
            self.ending.pop();
            self.level -= back;
        }
        let over = |limit: Option<f64>, wanted: f64| limit.is_some_and(|limit| wanted > limit);
        let limit = if over(limits.rpm, (self.requests + 1) as f64) {
            "rpm"
        } else if over(limits.tpm, self.level as f64 + reserved as f64) {
            "tpm"
        } else {
            self.requests += 1;
            self.level += reserved as i64;
            let back = reserved as i64 - (arrival.counted as f64 + burndown * arrival.output as f64) as i64;
            self.ending.push(Reverse((arrival.at_us + arrival.latency_us, back)));
            return;
        };
        self.throttled += 1;
        self.first.get_or_insert((arrival.at_us, limit));
    }
}

impl Unit {
    pub fn new(
        (id, profile, region): (&str, &'static str, &str),
        (limits, defaults): (Limits, Limits),
        burndown: f64,
        longest: Option<u64>,
        speed: &'static Speed,
    ) -> Self {
        Unit {
            id: id.to_string(),
            profile,
            limits,
            defaults,
            unknown_longest: longest.is_none(),
            burndown,
            longest_answer: longest.unwrap_or(UNKNOWN_LONGEST),
            speed,
            ids: BTreeSet::new(),
            region: region.to_string(),
            minutes: Minutes::default(),
            held: Held::default(),
            played: Played::new(limits, burndown),
            capped: CAPS.map(|_| Capped {
                played: Played::new(limits, burndown),
                cut: 0,
                held: Held::default(),
                settled: 0,
                peak: 0,
            }),
            requests: 0,
            served: 0,
            throttled: 0,
            first_throttled: None,
            guessed: 0,
            unset: 0,
            sums: [0; 3],
            from_us: 0,
            large: 0,
            second: (i64::MIN, 0),
            busiest_second: 0,
        }
    }

    /// Where its calls are made.
    pub fn region(&self) -> &str {
        &self.region
    }

    /// Remembers by which id a call came.
    pub fn named(&mut self, id: &str) {
        /// The most that are named.
        const MOST: usize = 32;
        if self.ids.len() < MOST && !self.ids.contains(id) {
            self.ids.insert(id.to_string());
        }
    }

    /// How long an answer takes of which nobody says it: assumed.
    pub fn assumed_ms(&self, output: u64) -> f64 {
        self.speed.ttft_p50_ms + output as f64 / self.speed.tokens_per_s * 1_000.0
    }

    /// A call comes, in the order of time; what it counts in the end.
    pub fn arrive(&mut self, mut arrival: Arrival) -> u64 {
        self.requests += 1;
        if arrival.throttled {
            self.throttled += 1;
            self.first_throttled.get_or_insert(arrival.at_us.div_euclid(MINUTE_US));
        }
        if arrival.served {
            self.served += 1;
            let sums = [arrival.counted, arrival.output, arrival.read];
            self.sums.iter_mut().zip(sums).for_each(|(sum, tokens)| *sum = sum.saturating_add(tokens));
            self.large += u64::from(arrival.counted + arrival.read > LARGE_PROMPT);
        } else if arrival.throttled && arrival.counted == 0 && self.served > 0 {
            // What was turned away would have taken about as much as what was answered.
            self.guessed += 1;
            arrival.counted = self.sums[0] / self.served;
            arrival.output = self.sums[1] / self.served;
            arrival.latency_us = (self.assumed_ms(arrival.output) * 1_000.0) as i64;
        } else if !arrival.throttled {
            // Refused before a token was counted.
            arrival.reserved_output = 0;
        }
        let second = arrival.at_us.div_euclid(1_000_000);
        self.second = if second == self.second.0 { (second, self.second.1 + 1) } else { (second, 1) };
        self.busiest_second = self.busiest_second.max(self.second.1);
        let settled = arrival.counted + (self.burndown * arrival.output as f64) as u64;
        let reserved = arrival.counted + arrival.reserved_output;
        self.hold(&arrival, settled, reserved);
        // Times from the first call on are small numbers of which floats keep every microsecond.
        if self.requests == 1 {
            self.from_us = arrival.at_us;
        }
        let from_us = self.from_us;
        self.played.arrive(&arrival, self.limits, self.burndown, arrival.reserved_output, from_us);
        for (capped, cap) in self.capped.iter_mut().zip(CAPS) {
            capped.cut += u64::from(arrival.served && arrival.output > cap);
            let reserved_output = arrival.reserved_output.min(cap);
            capped.played.arrive(&arrival, self.limits, self.burndown, reserved_output, from_us);
            capped.hold(&arrival, self.burndown, reserved_output, cap);
        }
        settled
    }

    fn hold(&mut self, arrival: &Arrival, settled: u64, reserved: u64) {
        let number = arrival.at_us.div_euclid(MINUTE_US);
        let most = self.held.begin(arrival, settled, reserved);
        let minute = self.minutes.at(number);
        minute.requests += 1;
        minute.settled = minute.settled.saturating_add(settled);
        minute.reserved = minute.reserved.saturating_add(reserved);
        minute.most = minute.most.max(most);
    }

    /// What the quota needs; `None` where nothing came.
    pub fn finish(self) -> Option<UnitNeeds> {
        if self.requests == 0 {
            return None;
        }
        let served = self.served.max(1) as f64;
        let share = |calls: u64| calls as f64 / self.requests as f64;
        let first = [self.played.first, self.played.clock.first].into_iter().flatten().min();
        let (by_second, by_clock) = (share(self.played.throttled), share(self.played.clock.throttled));
        let binds = first.map(|(at_us, limit)| Binding {
            limit: limit.to_string(),
            value: if limit == "tpm" { self.limits.tpm } else { self.limits.rpm }.unwrap_or(0.0),
            model: self.id.clone(),
            at: written(at_us.div_euclid(MINUTE_US)),
            throttled_share: if by_second > 0.0 { by_second } else { by_clock },
            throttled_share_by_clock: by_clock,
            by_second,
        });
        let tpm = self.minutes.need(|minute| minute.counted());
        let (mut reserved, mut unused) = (0_u64, 0_u64);
        let mut picture = Vec::new();
        for (number, minute) in self.minutes.each() {
            reserved = reserved.saturating_add(minute.reserved);
            unused = unused.saturating_add(minute.reserved.saturating_sub(minute.settled));
            picture.push((*number, minute.requests, minute.counted()));
        }
        let max_tokens = self.max_tokens();
        let levers = self.levers(tpm, &max_tokens);
        Some(UnitNeeds {
            profile: self.profile,
            limits: self.limits,
            default_limits: self.defaults != Limits::default(),
            defaults: self.defaults,
            unknown_longest: self.unknown_longest,
            burndown: self.burndown,
            requests: self.requests,
            minutes: self.minutes.span(),
            rpm: self.minutes.need(|minute| minute.requests),
            tpm,
            tpm_used: self.minutes.need(|minute| minute.settled),
            tpm_reserved: self.minutes.need(|minute| minute.reserved),
            busiest_minute: self.minutes.busiest(|minute| minute.counted()).map(written),
            busiest_second: self.busiest_second,
            reserved_share: (reserved > 0).then(|| unused as f64 / reserved as f64),
            unset_max_tokens: self.unset,
            longest_answer: self.longest_answer,
            throttled_in_log: self.throttled,
            first_throttled_in_log: self.first_throttled.map(written),
            binds,
            average_input: (self.sums[0] + self.sums[2]) as f64 / served,
            average_output: self.sums[1] as f64 / served,
            cache_read_tokens: self.sums[2],
            share_over_25k: self.large as f64 / served,
            levers,
            max_tokens,
            ids: self.ids.into_iter().collect(),
            regions: Some(self.region.clone()).filter(|region| !region.is_empty()).into_iter().collect(),
            region: Some(self.region).filter(|region| !region.is_empty()),
            name: self.id.clone(),
            guessed: self.guessed,
            picture,
            model: self.id,
        })
    }

    fn max_tokens(&self) -> Vec<Lever> {
        let share = |calls: u64| calls as f64 / self.requests as f64;
        let limited = self.limits.tpm.is_some() || self.limits.rpm.is_some();
        let each = self.capped.iter().zip(CAPS).map(|(capped, cap)| Lever {
            lever: "max_tokens",
            value: cap.to_string(),
            tpm: Some(capped.peak as f64),
            throttled_share: limited.then(|| share(capped.played.throttled)),
            cut: Some(capped.cut),
        });
        each.collect()
    }

    fn levers(&self, tpm: PerMinuteNeed, max_tokens: &[Lever]) -> Vec<Lever> {
        let shown = SHOWN.map(|cap| cap.to_string());
        let mut levers: Vec<Lever> = max_tokens.iter().filter(|lever| shown.contains(&lever.value)).cloned().collect();
        let queue = self.minutes.with_queue(|minute| minute.settled);
        levers.push(Lever { lever: "queue", value: "60 s".to_string(), tpm: queue, throttled_share: None, cut: None });
        let halved = tpm.peak.map(|peak| libm::ceil(peak * 0.7));
        levers.push(Lever { lever: "batch", value: "30 %".to_string(), tpm: halved, throttled_share: None, cut: None });
        let (_, base) = crate::catalog::quota_unit(&self.id);
        for (profile, id) in
            [("geo", format!("us.{base}")), ("global", format!("global.{base}")), ("direct", base.to_string())]
        {
            let quota = crate::catalog::default_quota(&id).filter(|_| profile != self.profile);
            if let Some(limit) = quota.and_then(|quota| quota.tpm) {
                let lever = "profile";
                levers.push(Lever {
                    lever,
                    value: profile.to_string(),
                    tpm: Some(limit),
                    throttled_share: None,
                    cut: None,
                });
            }
        }
        levers
    }
}
