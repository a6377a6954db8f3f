//! A pool of servers: who is free first.

/// The servers of a first-come queue.
///
/// A call begins at once if fewer calls than there are servers are in progress. That is certain, and
/// costs next to nothing to see, when every call is over but the last ones that are fewer than the
/// servers. When it is not certain, a [`Tournament`] says who is free first; it is set up from these
/// and the latest end before them: all others were over when it was certain for the last time, and
/// servers that are free are all alike.
#[derive(Clone, Debug, Default)]
pub(super) struct Servers {
    /// When the last calls end, one for each server but one, in a ring.
    last_us: Vec<u64>,
    /// The one of the ring that came first.
    at: usize,
    /// The latest end of all that came before.
    over_us: u64,
    tournament: Tournament,
    /// Whether the tournament is up to date.
    contested: bool,
    /// For how many calls more it stays so at least: setting it up has to pay.
    rounds: usize,
}

impl Servers {
    /// So many servers, 1 to 65,536, all free.
    pub fn new(count: u32) -> Self {
        let count = (count as usize).clamp(1, 1 << LEAF_BITS);
        Servers { last_us: vec![0; count - 1], ..Servers::default() }
    }

    pub fn count(&self) -> usize {
        self.last_us.len() + 1
    }

    /// When a call that comes now can begin. Time does not go back.
    #[inline(always)]
    pub fn start_us(&mut self, now_us: u64) -> u64 {
        if self.contested || self.over_us > now_us { self.contest(now_us) } else { now_us }
    }

    /// How many servers at least are free now.
    pub fn free(&mut self, now_us: u64) -> usize {
        if self.start_us(now_us) > now_us || self.contested {
            return 0;
        }
        1 + self.last_us.iter().filter(|us| **us <= now_us).count()
    }

    #[inline(never)]
    fn contest(&mut self, now_us: u64) -> u64 {
        if !self.contested {
            let free_us: Vec<u64> = self.last_us.iter().copied().chain([self.over_us]).collect();
            self.tournament = Tournament::new(&free_us);
            (self.contested, self.rounds) = (true, free_us.len());
        } else if self.rounds == 0 && self.over_us <= now_us {
            self.contested = false;
            return now_us;
        }
        let free_us = self.tournament.free_us();
        if free_us > now_us { free_us } else { now_us }
    }

    /// A call began, which ends then.
    #[inline(always)]
    pub fn take(&mut self, until_us: u64) {
        if self.contested {
            self.tournament.take(until_us);
            self.rounds = self.rounds.saturating_sub(1);
        }
        let before_us = match self.last_us.get_mut(self.at) {
            Some(first_us) => std::mem::replace(first_us, until_us),
            None => until_us,
        };
        self.at = if self.at + 1 < self.last_us.len() { self.at + 1 } else { 0 };
        self.over_us = if before_us > self.over_us { before_us } else { self.over_us };
    }
}

/// Servers, each known by the time it becomes free.
///
/// A message that waits in a first-come queue takes the server that is free first, and which one
/// that is does not matter; so it is enough to find the smallest time and replace it. A tournament
/// of fours does that without a branch that could be mispredicted.
///
/// # Source
/// The recursion is Kiefer and Wolfowitz's (1955) for a queue with several servers.
#[derive(Clone, Debug, Default)]
struct Tournament {
    /// `time << LEAF_BITS | server` in fours: the servers first, then the smallest of each four, up
    /// to one four.
    fours: Vec<[u64; 4]>,
    /// Where each level begins.
    levels: [usize; MOST_LEVELS],
    depth: usize,
    /// The key of the one that is free first.
    winner: u64,
}

const LEAF_BITS: u32 = 16;

/// Levels of the most servers.
const MOST_LEVELS: usize = LEAF_BITS as usize / 2;

/// The latest time told apart, nine years: a queue that long is one that never ends.
const LAST_US: u64 = (1 << (64 - LEAF_BITS)) - 1;

impl Tournament {
    #[cold]
    #[inline(never)]
    fn new(free_us: &[u64]) -> Self {
        let mut tournament = Tournament::default();
        let mut width = free_us.len();
        while tournament.depth == 0 || width > 1 {
            width = width.div_ceil(4);
            tournament.levels[tournament.depth] = tournament.fours.len();
            tournament.depth += 1;
            // Places without a server are never free.
            tournament.fours.resize(tournament.fours.len() + width, [u64::MAX; 4]);
        }
        let leaves = tournament.fours.as_flattened_mut().iter_mut();
        for ((server, leaf), free_us) in leaves.enumerate().zip(free_us) {
            *leaf = key(*free_us, server as u64);
        }
        for pair in 1..tournament.depth {
            let (below, here) = (tournament.levels[pair - 1], tournament.levels[pair]);
            for four in below..here {
                let place = four - below;
                tournament.fours[here + place / 4][place % 4] = least(tournament.fours[four]);
            }
        }
        tournament.winner = least(tournament.fours.last().copied().unwrap_or_default());
        tournament
    }

    /// When the first of them is free.
    #[inline(always)]
    fn free_us(&self) -> u64 {
        self.winner >> LEAF_BITS
    }

    /// Takes the one that is free first, until a time.
    #[inline(never)]
    fn take(&mut self, until_us: u64) {
        let server = self.winner & ((1 << LEAF_BITS) - 1);
        let mut first = key(until_us, server);
        let mut at = server as usize;
        for level in self.levels.iter().take(self.depth) {
            let Some(four) = self.fours.get_mut(level + at / 4) else { break };
            four[at % 4] = first;
            first = least(*four);
            at /= 4;
        }
        self.winner = first;
    }
}

#[inline(always)]
fn key(free_us: u64, server: u64) -> u64 {
    (if free_us < LAST_US { free_us } else { LAST_US }) << LEAF_BITS | server
}

/// The smallest of four numbers.
#[inline(always)]
fn least([a, b, c, d]: [u64; 4]) -> u64 {
    let (ab, cd) = (if a < b { a } else { b }, if c < d { c } else { d });
    if ab < cd { ab } else { cd }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::{Purpose, Stream};

    /// The obvious pool: a list, searched.
    #[test]
    fn a_pool_finds_what_a_search_finds() {
        for count in [1, 2, 3, 4, 5, 16, 17, 48, 63, 64, 65, 255, 256, 1_000] {
            let mut pool = Servers::new(count);
            let mut plain = vec![0_u64; count as usize];
            let lengths = Stream::new(7, Purpose::Message);
            for customer in 0..20_000_u64 {
                // Calm and rush take turns.
                let most = u64::from(count) * if customer / 3_000 % 2 == 0 { 12 } else { 25 };
                let now = customer * 10;
                let start = now.max(*plain.iter().min().unwrap());
                assert_eq!(pool.start_us(now), start, "{count} servers, customer {customer}");
                if customer.is_multiple_of(7) {
                    let free = plain.iter().filter(|us| **us <= now).count();
                    assert!(pool.free(now) <= free, "{count} servers, customer {customer}");
                }
                let word = lengths.word(customer);
                // Some turn away when it is their turn.
                if word >> 60 > 0 {
                    let first = plain.iter_mut().min().unwrap();
                    *first = start + word % most;
                    pool.take(*first);
                }
            }
        }
    }
}
