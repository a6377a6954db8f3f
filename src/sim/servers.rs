//! A pool of servers: who is free first.

/// Servers, each known by the time it becomes free.
///
/// A message that waits in a first-come queue takes the server that is free first, and which one
/// that is does not matter; so a pool need only find its smallest time and replace it. A
/// tournament of sorted fours does that without a branch that could be mispredicted: the winner is
/// the first of each four on its way, so that only the firsts are replaced.
///
/// # Source
/// The recursion is Kiefer and Wolfowitz's (1955) for a queue with several servers.
#[derive(Clone, Debug)]
pub(super) struct Servers {
    /// `time << LEAF_BITS | server` in sorted fours: the servers first, then the first of each four, up
    /// to one.
    fours: Vec<[u64; 4]>,
    /// Where each level begins.
    levels: Vec<usize>,
    /// The key of the one that is free first.
    winner: u64,
}

const LEAF_BITS: u32 = 16;

/// The latest time told apart, nine years: a queue that long is one that never ends.
const LAST_US: u64 = (1 << (64 - LEAF_BITS)) - 1;

impl Servers {
    /// So many servers, 1 to 65,536, all free.
    pub fn new(count: u32) -> Self {
        let leaves = (count as usize).clamp(1, 1 << LEAF_BITS);
        let mut fours = Vec::new();
        let mut levels = Vec::new();
        let mut width = leaves;
        loop {
            width = width.div_ceil(4);
            levels.push(fours.len());
            // Places without a server are never free.
            fours.resize(fours.len() + width, [u64::MAX; 4]);
            if width == 1 {
                break;
            }
        }
        let mut servers = Servers { fours, levels, winner: 0 };
        for (server, key) in servers.fours.as_flattened_mut().iter_mut().take(leaves).enumerate() {
            *key = server as u64;
        }
        for pair in 1..servers.levels.len() {
            let (below, here) = (servers.levels[pair - 1], servers.levels[pair]);
            for four in below..here {
                let place = four - below;
                servers.fours[here + place / 4][place % 4] = servers.fours[four][0];
            }
        }
        servers
    }

    /// When the first of them is free.
    #[inline]
    pub fn free_us(&self) -> u64 {
        self.winner >> LEAF_BITS
    }

    /// Takes the one that is free first, until a time.
    #[inline]
    pub fn take(&mut self, until_us: u64) {
        let server = self.winner & ((1 << LEAF_BITS) - 1);
        let until_us = if until_us < LAST_US { until_us } else { LAST_US };
        let mut key = until_us << LEAF_BITS | server;
        let mut at = server as usize;
        for level in &self.levels {
            at >>= 2;
            let Some([first, second, third, fourth]) = self.fours.get_mut(level + at) else { break };
            let rest;
            (key, rest) = in_order(key, *second);
            *first = key;
            let (before, rest) = in_order(rest, *third);
            *second = before;
            (*third, *fourth) = in_order(rest, *fourth);
        }
        self.winner = key;
    }
}

/// Two numbers, the smaller first.
#[inline(always)]
fn in_order(a: u64, b: u64) -> (u64, u64) {
    if a < b { (a, b) } else { (b, a) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sim::random::{Purpose, Stream};

    /// The obvious pool: a list, searched.
    #[test]
    fn a_tournament_finds_what_a_search_finds() {
        for count in [1, 2, 3, 4, 5, 16, 17, 48, 63, 64, 65, 255, 256, 1_000] {
            let mut pool = Servers::new(count);
            let mut plain = vec![0_u64; count as usize];
            let lengths = Stream::new(7, Purpose::Message);
            for customer in 0..5_000_u64 {
                let now = customer * 10;
                let first = plain.iter_mut().min().unwrap();
                assert_eq!(pool.free_us(), *first, "{count} servers, customer {customer}");
                let until = now.max(*first) + lengths.word(customer) % (u64::from(count) * 12);
                *first = until;
                pool.take(until);
            }
        }
    }
}
