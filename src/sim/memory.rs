//! What one run keeps for the next: what the messages are like, and when they come.
//!
//! Most sliders change neither, or only one of them: a limit leaves both, a price leaves all. A run
//! gives the same bits with a memory and without.

use std::cell::Cell;
use std::ops::Range;

use super::arrivals::{ArrivalLaw, Arrivals, Gaps};
use super::day::Day;
use super::draw::{BLOCK, Chance, Drawer, Drawings, Draws};
use super::fast_forward::{self, Unhindered};
use super::plan::{Plan, Way};
use super::table::{Shapes, Tables};

/// The most messages kept: 60 MB.
const MOST: u64 = 1 << 21;

/// Draws of the last run, and what belongs to the arrival times of a day and of its preview.
#[derive(Clone, Debug, Default)]
pub struct Memory {
    pub(super) shapes: Shapes,
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
    unhindered: KeptUnhindered,
    /// Whether many messages were hindered in the last run.
    hindered: Cell<bool>,
}

/// What decides the draws, and the draws.
#[derive(Clone, Debug, Default)]
struct KeptDraws {
    of: Option<(u64, Tables, Vec<Way>, Vec<u64>)>,
    /// Counts what was kept one after the other.
    version: u64,
    drawings: Drawings,
    /// How many of them are drawn.
    drawn: usize,
}

/// What decides the arrivals, and when they are.
#[derive(Clone, Debug, Default)]
struct KeptTimes {
    of: Option<(u64, Day)>,
    gaps: KeptGaps,
    version: u64,
    hours: Vec<u8>,
    times_us: Vec<u64>,
}

/// What decides the gaps between messages, and the gaps, added up in blocks.
#[derive(Clone, Debug, Default)]
struct KeptGaps {
    of: Option<(u64, ArrivalLaw)>,
    sums: Vec<[u64; BLOCK]>,
    /// How many blocks are known.
    known: usize,
}

/// What is known of a day in which nothing hinders anyone; draws and times decide it, and the
/// service level what was counted.
#[derive(Clone, Debug, Default)]
struct KeptUnhindered {
    of: Option<([u64; 2], u32)>,
    known: Option<Unhindered>,
}

/// What a memory holds for a run.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Kept<'a> {
    pub draws: Option<Draws<'a>>,
    pub times: Option<(&'a [u8], &'a [u64])>,
    pub unhindered: Option<(Arrived<'a>, &'a Unhindered)>,
    /// Where a run says whether many messages were hindered.
    pub hindered: Option<&'a Cell<bool>>,
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
        let draws = plan.plain.then(|| self.draws.drawings.all());
        let day = match span {
            Span::Day => &mut self.day,
            Span::Preview => &mut self.preview,
            Span::Other => return Kept { draws, ..Kept::default() },
        };
        let Some(law) = &plan.arrivals else { return Kept { draws, ..Kept::default() } };
        let KeptDay { times, unhindered, hindered } = day;
        times.hold(plan, law);
        let versions = [self.draws.version, times.version];
        let (hours, times_us) = (&times.hours[..], &times.times_us[..]);
        // Wildly irregular arrivals may end long after the time that is looked at.
        let in_time = times_us.last().is_none_or(|last_us| *last_us <= 2 * plan.day.span_us(plan.messages as f64));
        let unhindered = draws.filter(|_| fast_forward::applies(plan) && in_time).and_then(|draws| {
            let arrived = Arrived { first: 0, hours, times_us, draws: draws.part(0..hours.len()) };
            Some((arrived, unhindered.of(plan, &arrived, versions, hindered.get())?))
        });
        Kept { draws, times: Some((hours, times_us)), unhindered, hindered: Some(hindered) }
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
            self.drawn = 0;
        }
        // A message is what it is, however many there are: more of them only come behind.
        let messages = plan.messages as usize;
        if self.drawn < messages {
            self.drawings.grow(plan, messages);
            let (chance, mut drawer) = (Chance::new(plan.seed), Drawer::new(plan));
            for at in (self.drawn..messages).step_by(BLOCK) {
                drawer.draw(plan, &chance, at as u64, self.drawings.block_mut(at));
            }
            self.drawn = messages.next_multiple_of(BLOCK);
        }
    }
}

impl KeptTimes {
    fn hold(&mut self, plan: &Plan, law: &ArrivalLaw) {
        let same_gaps = self.gaps.are_of(plan, law);
        let known = self.of.as_ref().is_some_and(|(messages, day)| *messages == plan.messages && *day == plan.day);
        if !(same_gaps && known)
            && let Some(mut arrivals) = Arrivals::of(plan)
        {
            let messages = plan.messages as usize;
            self.hours.resize(messages, 0);
            self.times_us.resize(messages, 0);
            let blocks = self.hours.chunks_mut(BLOCK).zip(self.times_us.chunks_mut(BLOCK));
            let gaps = Gaps::new(law, plan.seed);
            for (block, (hours, times_us)) in blocks.enumerate() {
                arrivals.fill(Some(self.gaps.of_block(&gaps, block)), hours, times_us);
            }
            self.version += 1;
            self.of = Some((plan.messages, plan.day.clone()));
        }
    }
}

impl KeptGaps {
    /// Whether these are the gaps of a plan; otherwise they are forgotten.
    fn are_of(&mut self, plan: &Plan, law: &ArrivalLaw) -> bool {
        let known = self.of.as_ref().is_some_and(|(seed, known)| *seed == plan.seed && *known == *law);
        if !known {
            self.of = Some((plan.seed, law.clone()));
            self.known = 0;
        }
        known
    }

    /// The sums of a block's gaps; the blocks before it are known.
    fn of_block(&mut self, gaps: &Gaps<'_>, block: usize) -> &[u64; BLOCK] {
        if self.sums.len() <= block {
            self.sums.push([0; BLOCK]);
        }
        if self.known <= block {
            gaps.add_up(block as u64, &mut self.sums[block]);
            self.known = block + 1;
        }
        &self.sums[block]
    }
}

impl KeptUnhindered {
    /// Nothing for a new day after one in which many messages were hindered: there it is not worth
    /// the while before it is asked for again.
    fn of(&mut self, plan: &Plan, day: &Arrived<'_>, versions: [u64; 2], hindered: bool) -> Option<&Unhindered> {
        let known = self.of.replace((versions, plan.slo_us));
        if known.is_none_or(|(known, _)| known != versions) {
            self.known = None;
            if hindered {
                return None;
            }
        }
        let unhindered = self.known.get_or_insert_with(|| Unhindered::new(plan, day));
        if known.is_some_and(|(_, slo_us)| slo_us != plan.slo_us) {
            unhindered.forget_counts();
        }
        Some(unhindered)
    }
}

/// The messages of a plan in the order of their arrival, from a memory or made as they are asked for.
pub(super) struct Messages<'a> {
    plan: &'a Plan,
    chance: Chance,
    kept: Kept<'a>,
    arrivals: Option<Arrivals<'a>>,
    at: u64,
    drawer: Drawer,
    block: Drawings,
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
            drawer: Drawer::new(plan),
            block: Drawings::one_block(plan),
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
            arrivals.fill(None, &mut self.hours[..count], &mut self.times_us[..count]);
        }
        let (hours, times_us) = match self.kept.times {
            Some((hours, times_us)) => (&hours[part.clone()], &times_us[part.clone()]),
            None => (&self.hours[..count], &self.times_us[..count]),
        };
        let draws = match self.kept.draws {
            Some(draws) => draws.part(part),
            None if self.plan.plain => {
                self.drawer.draw(self.plan, &self.chance, first, self.block.block_mut(0));
                self.block.all().part(0..count)
            }
            None => Draws::default(),
        };
        Arrived { first, hours, times_us, draws }
    }
}
