//! What one run keeps for the next: what the messages are like, and when they come.
//!
//! Most sliders change neither, or only one of them: a limit leaves both, a price leaves all. A run
//! gives the same bits with a memory and without.

use std::ops::Range;

use super::arrivals::{ArrivalLaw, Arrivals};
use super::calm::Calm;
use super::day::Day;
use super::draw::{BLOCK, Block, Chance, Draws};
use super::plan::{Plan, Way};
use super::table::Tables;

/// The most messages kept: 50 MB.
const MOST: u64 = 1 << 21;

/// The most pools of a plan of which it is found out when they suffice: each takes a look at every message.
const MOST_POOLS: usize = 8;

/// Draws of the last run, and what belongs to the arrival times of a day and of its preview.
#[derive(Clone, Debug, Default)]
pub struct Memory {
    draws: KeptDraws,
    day: KeptDay,
    preview: KeptDay,
}

/// What a plan simulates: that decides where its arrival times are kept.
#[derive(Clone, Copy, Debug)]
pub(super) enum Span {
    Day,
    /// A slice of every hour.
    Preview,
    /// Another traffic, whose times would only take the place of those of the day.
    Other,
}

/// When messages come, and what follows from that.
#[derive(Clone, Debug, Default)]
struct KeptDay {
    times: KeptTimes,
    calm: KeptCalm,
}

/// What decides the draws, and the draws.
#[derive(Clone, Debug, Default)]
struct KeptDraws {
    of: Option<(u64, Tables, Vec<Way>, Vec<u64>)>,
    /// Counts what was kept one after the other.
    version: u64,
    route: Vec<u8>,
    output_tokens: Vec<u32>,
    first_token_us: Vec<u32>,
    whole_us: Vec<u32>,
}

/// What decides the arrivals, and when they are.
#[derive(Clone, Debug, Default)]
struct KeptTimes {
    of: Option<(u64, u64, Tables, ArrivalLaw, Day)>,
    version: u64,
    hours: Vec<u8>,
    times_us: Vec<u64>,
}

/// What is known of a day in which nothing hinders anyone; draws and times decide it, and the
/// service level what was counted.
#[derive(Clone, Debug, Default)]
struct KeptCalm {
    of: Option<([u64; 2], u32)>,
    calm: Option<Calm>,
}

/// What a memory holds for a run.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Kept<'a> {
    pub draws: Option<Draws<'a>>,
    pub times: Option<(&'a [u8], &'a [u64])>,
    pub calm: Option<(Arrived<'a>, &'a Calm)>,
}

impl Memory {
    /// Everything about a plan's messages that is worth keeping.
    pub(super) fn of(&mut self, plan: &Plan, span: Span) -> Kept<'_> {
        if plan.messages > MOST {
            return Kept::default();
        }
        if plan.plain {
            self.draws.hold(plan);
        }
        let draws = plan.plain.then(|| self.draws.all());
        let day = match span {
            Span::Day => &mut self.day,
            Span::Preview => &mut self.preview,
            Span::Other => return Kept { draws, ..Kept::default() },
        };
        let Some(law) = &plan.arrivals else { return Kept { draws, ..Kept::default() } };
        day.times.hold(plan, law);
        let versions = [self.draws.version, day.times.version];
        let (hours, times_us) = (&day.times.hours[..], &day.times.times_us[..]);
        let few_pools = plan.limits.pools.len() <= MOST_POOLS;
        let calm = draws.filter(|_| plan.is_quick() && few_pools).and_then(|draws| {
            let arrived = Arrived { first: 0, hours, times_us, draws: draws.part(0..hours.len()) };
            Some((arrived, day.calm.of(plan, &arrived, versions)?))
        });
        Kept { draws, times: Some((hours, times_us)), calm }
    }
}

impl KeptDraws {
    fn hold(&mut self, plan: &Plan) {
        let known = self.of.as_ref().is_some_and(|(seed, tables, ways, ends)| {
            *seed == plan.seed && *ends == plan.map.ends() && *ways == plan.ways && *tables == plan.tables
        });
        if !known {
            *self = KeptDraws {
                of: Some((plan.seed, plan.tables.clone(), plan.ways.clone(), plan.map.ends().to_vec())),
                ..std::mem::take(self)
            };
            self.version += 1;
            self.route.clear();
            self.output_tokens.clear();
            self.first_token_us.clear();
            self.whole_us.clear();
        }
        // A message is what it is, however many there are: more of them only come behind.
        let more = (plan.messages as usize + BLOCK).saturating_sub(self.route.len());
        self.route.reserve(more);
        self.output_tokens.reserve(more);
        self.first_token_us.reserve(more);
        self.whole_us.reserve(more);
        let (chance, mut block) = (Chance::new(plan.seed), Block::new());
        while (self.route.len() as u64) < plan.messages {
            block.draw(plan, &chance, self.route.len() as u64);
            let drawn = block.draws(BLOCK);
            self.route.extend_from_slice(drawn.route);
            self.output_tokens.extend_from_slice(drawn.output_tokens);
            self.first_token_us.extend_from_slice(drawn.first_token_us);
            self.whole_us.extend_from_slice(drawn.whole_us);
        }
    }

    fn all(&self) -> Draws<'_> {
        Draws {
            first: 0,
            route: &self.route,
            output_tokens: &self.output_tokens,
            first_token_us: &self.first_token_us,
            whole_us: &self.whole_us,
        }
    }
}

impl KeptTimes {
    fn hold(&mut self, plan: &Plan, law: &ArrivalLaw) {
        let known = self.of.as_ref().is_some_and(|(seed, messages, tables, known, day)| {
            (*seed, *messages) == (plan.seed, plan.messages)
                && *known == *law
                && *day == plan.day
                && *tables == plan.tables
        });
        if !known && let Some(mut arrivals) = Arrivals::of(plan) {
            let messages = plan.messages as usize;
            self.hours.resize(messages, 0);
            self.times_us.resize(messages, 0);
            for (hours, times_us) in self.hours.chunks_mut(BLOCK).zip(self.times_us.chunks_mut(BLOCK)) {
                arrivals.fill(hours, times_us);
            }
            self.version += 1;
            self.of = Some((plan.seed, plan.messages, plan.tables.clone(), law.clone(), plan.day.clone()));
        }
    }
}

impl KeptCalm {
    /// Nothing for a day that is new: finding it out pays from the second run on.
    fn of(&mut self, plan: &Plan, day: &Arrived<'_>, versions: [u64; 2]) -> Option<&Calm> {
        let known = self.of.replace((versions, plan.slo_us));
        if known.is_none_or(|(known, _)| known != versions) {
            self.calm = None;
            return None;
        }
        let calm = self.calm.get_or_insert_with(|| Calm::new(plan, day));
        if known.is_some_and(|(_, slo_us)| slo_us != plan.slo_us) {
            calm.forget_counts();
        }
        Some(calm)
    }
}

/// The messages of a plan in the order of their arrival, from a memory or made as they are asked for.
pub(super) struct Messages<'a> {
    plan: &'a Plan,
    chance: Chance,
    kept: Kept<'a>,
    arrivals: Option<Arrivals<'a>>,
    at: u64,
    block: Block,
    hours: [u8; BLOCK],
    times_us: [u64; BLOCK],
}

/// A block of messages or less.
#[derive(Clone, Copy, Debug)]
pub(super) struct Arrived<'a> {
    pub first: u64,
    pub hours: &'a [u8],
    pub times_us: &'a [u64],
    /// Nothing for a plan that is not plain.
    pub draws: Draws<'a>,
}

impl<'a> Arrived<'a> {
    /// Some of them.
    pub fn part(&self, part: Range<usize>) -> Arrived<'a> {
        Arrived {
            first: self.first + part.start as u64,
            hours: &self.hours[part.clone()],
            times_us: &self.times_us[part.clone()],
            draws: self.draws.part(part),
        }
    }

    /// One block of them.
    pub fn block(&self, block: usize) -> Arrived<'a> {
        let from = block * BLOCK;
        self.part(from..(from + BLOCK).min(self.hours.len()))
    }
}

impl<'a> Messages<'a> {
    pub fn new(plan: &'a Plan, kept: Kept<'a>) -> Self {
        Messages {
            plan,
            chance: Chance::new(plan.seed),
            kept,
            arrivals: if kept.times.is_some() { None } else { Arrivals::of(plan) },
            at: 0,
            block: Block::new(),
            hours: [0; BLOCK],
            times_us: [0; BLOCK],
        }
    }

    /// The next messages: a whole block, or the last ones.
    pub fn next(&mut self, most: u64) -> Arrived<'_> {
        let (first, count) = (self.at, (BLOCK as u64).min(most) as usize);
        self.at += count as u64;
        let part = first as usize..first as usize + count;
        if let Some(arrivals) = &mut self.arrivals {
            arrivals.fill(&mut self.hours[..count], &mut self.times_us[..count]);
        }
        let (hours, times_us) = match self.kept.times {
            Some((hours, times_us)) => (&hours[part.clone()], &times_us[part.clone()]),
            None => (&self.hours[..count], &self.times_us[..count]),
        };
        let draws = match self.kept.draws {
            Some(draws) => draws.part(part),
            None if self.plan.plain => {
                self.block.draw(self.plan, &self.chance, first);
                self.block.draws(count)
            }
            None => Draws::default(),
        };
        Arrived { first, hours, times_us, draws }
    }
}
