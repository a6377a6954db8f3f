//! What one run keeps for the next: what the messages are like, and when they come.
//!
//! Most sliders change neither, or only one of them: a limit leaves both, a price leaves all. A run
//! gives the same bits with a memory and without.

use super::arrivals::{ArrivalLaw, Arrivals};
use super::day::Day;
use super::draw::{BLOCK, Block, Chance, Draws};
use super::plan::{Plan, Way};
use super::table::Tables;

/// The most messages kept: 45 MB.
const MOST: u64 = 1 << 21;

/// Draws and arrival times of the last run.
#[derive(Clone, Debug, Default)]
pub struct Memory {
    draws: KeptDraws,
    times: KeptTimes,
}

/// What decides the draws, and the draws.
#[derive(Clone, Debug, Default)]
struct KeptDraws {
    of: Option<(u64, Tables, Vec<Way>, Vec<u64>)>,
    route: Vec<u8>,
    output_tokens: Vec<u32>,
    first_token_us: Vec<u32>,
    whole_us: Vec<u32>,
}

/// What decides the arrivals, and when they are.
#[derive(Clone, Debug, Default)]
struct KeptTimes {
    of: Option<(u64, u64, Tables, ArrivalLaw, Day)>,
    hours: Vec<u8>,
    times_us: Vec<u64>,
}

/// What a memory holds for a run.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Kept<'a> {
    pub draws: Option<Draws<'a>>,
    pub times: Option<(&'a [u8], &'a [u64])>,
}

impl Memory {
    /// Everything about a plan's messages that is worth keeping; of the times only if `times` says so,
    /// since those of another traffic would take their place.
    pub(super) fn of(&mut self, plan: &Plan, times: bool) -> Kept<'_> {
        if plan.messages > MOST {
            return Kept::default();
        }
        let draws = plan.plain.then(|| self.draws.of(plan));
        let law = plan.arrivals.as_ref().filter(|_| times);
        Kept { draws, times: law.map(|law| self.times.of(plan, law)) }
    }
}

impl KeptDraws {
    fn of(&mut self, plan: &Plan) -> Draws<'_> {
        let known = self.of.as_ref().is_some_and(|(seed, tables, ways, ends)| {
            *seed == plan.seed && *ends == plan.map.ends() && *ways == plan.ways && *tables == plan.tables
        });
        if !known {
            *self = KeptDraws {
                of: Some((plan.seed, plan.tables.clone(), plan.ways.clone(), plan.map.ends().to_vec())),
                ..std::mem::take(self)
            };
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
    fn of(&mut self, plan: &Plan, law: &ArrivalLaw) -> (&[u8], &[u64]) {
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
            self.of = Some((plan.seed, plan.messages, plan.tables.clone(), law.clone(), plan.day.clone()));
        }
        (&self.hours, &self.times_us)
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
#[derive(Clone, Copy)]
pub(super) struct Arrived<'a> {
    pub first: u64,
    pub hours: &'a [u8],
    pub times_us: &'a [u64],
    /// Nothing for a plan that is not plain.
    pub draws: Draws<'a>,
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
