//! Prompts as a tree of prefixes, by their hashes: which of them a cache with a point behind every block would still
//! hold, at five minutes and at an hour.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, DefaultHasher};

/// Microseconds that a written prefix lives after its last use: five minutes, an hour.
pub const LIVES_US: [i64; 2] = [300_000_000, 3_600_000_000];
/// The most prefixes that are remembered.
const MOST: usize = 400_000;

/// Prefixes and when they were last used.
#[derive(Clone, Debug, Default)]
pub struct Forest {
    nodes: HashMap<u64, Node, BuildHasherDefault<DefaultHasher>>,
    /// Some were forgotten that a cache might still hold.
    pub forgot: bool,
}

#[derive(Clone, Copy, Debug)]
struct Node {
    last_us: i64,
    /// From when on it can be read: once the answer to the call that wrote it has begun, by lifetime.
    begins_us: [i64; 2],
    /// Whether writing it was counted since it last expired, by lifetime.
    written: [bool; 2],
}

/// What a cache would have done with a prompt, for one lifetime.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Walk {
    /// The last block of the longest prefix that it holds.
    pub hit: Option<usize>,
    /// Tokens of the prefix that are read.
    pub read: u64,
    /// Tokens whose writing is counted now: those that are read for the first time. What is never read need not be
    /// written.
    pub written: u64,
    /// Tokens that it holds and that are fewer than the model caches.
    pub too_small: u64,
}

impl Node {
    fn new(at_us: i64, begins_us: i64) -> Self {
        Node { last_us: at_us, begins_us: [begins_us; 2], written: [false; 2] }
    }

    fn lives(&self, life: usize, at_us: i64) -> bool {
        at_us.abs_diff(self.last_us) <= LIVES_US[life].unsigned_abs()
    }
}

impl Forest {
    /// Walks along a prompt's prefixes, and remembers them. `tokens` are those of each block, `smallest` the smallest
    /// prefix that is cached, `begins_us` when the answer begins: calls in parallel read nothing of each other.
    pub fn walk(
        &mut self,
        prefixes: &[u64],
        tokens: &[u64],
        smallest: u64,
        (at_us, begins_us): (i64, i64),
    ) -> [Walk; 2] {
        let mut walks = [Walk::default(); 2];
        for (life, walk) in walks.iter_mut().enumerate() {
            let alive = |prefix: &u64| {
                let node = self.nodes.get(prefix);
                node.is_some_and(|node| node.lives(life, at_us) && node.begins_us[life] <= at_us)
            };
            let held = prefixes.iter().take_while(|prefix| alive(prefix)).count();
            let read: u64 = tokens.iter().take(held).sum();
            // A prompt is never read whole: its last token is always computed.
            if held == 0 || read < smallest {
                walk.too_small = read;
                continue;
            }
            walk.hit = Some(held - 1);
            walk.read = read;
            for (prefix, tokens) in prefixes.iter().zip(tokens).take(held) {
                if let Some(node) = self.nodes.get_mut(prefix).filter(|node| !node.written[life]) {
                    node.written[life] = true;
                    walk.written += tokens;
                }
            }
        }
        for (at, prefix) in prefixes.iter().enumerate() {
            let kept = walks.map(|walk| walk.hit.is_some_and(|hit| at <= hit));
            let node = self.nodes.entry(*prefix).or_insert(Node::new(at_us, begins_us));
            for (life, kept) in kept.into_iter().enumerate() {
                let alive = node.lives(life, at_us);
                node.written[life] &= kept || alive;
                node.begins_us[life] = if alive { node.begins_us[life].min(begins_us) } else { begins_us };
            }
            node.last_us = node.last_us.max(at_us);
        }
        if self.nodes.len() > MOST {
            self.forget(at_us);
        }
        walks
    }

    /// Remembers prefixes that were there at a time, as far as they were not used later.
    pub fn was_there(&mut self, prefixes: &[u64], (at_us, begins_us): (i64, i64)) {
        for prefix in prefixes {
            let node = self.nodes.entry(*prefix).or_insert(Node::new(at_us, begins_us));
            if node.last_us < at_us {
                for life in 0..LIVES_US.len() {
                    if !node.lives(life, at_us) {
                        (node.written[life], node.begins_us[life]) = (false, begins_us);
                    }
                }
                node.last_us = at_us;
            }
        }
    }

    /// Forgets what no cache holds any more, and if that is too little, what was not used for five minutes, or all.
    fn forget(&mut self, now_us: i64) {
        for (life, loses) in [(LIVES_US[1], false), (LIVES_US[0], true), (-1, true)] {
            if self.nodes.len() > MOST / 2 {
                let before = self.nodes.len();
                self.nodes.retain(|_, node| now_us.saturating_sub(node.last_us) <= life);
                self.forgot |= loses && self.nodes.len() < before;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MINUTE: i64 = 60_000_000;

    #[test]
    fn a_prefix_is_read_while_it_lives_and_written_once() {
        let mut forest = Forest::default();
        let walk = |forest: &mut Forest, prefixes: &[u64], minute: i64| {
            forest.walk(prefixes, &vec![1_000; prefixes.len()], 1_024, (minute * MINUTE, minute * MINUTE))
        };
        let nothing = Walk::default();
        assert_eq!(walk(&mut forest, &[1, 2, 3], 0), [nothing, nothing]);
        // Two blocks are shared: read, and their writing is counted now.
        let both = Walk { hit: Some(1), read: 2_000, written: 2_000, ..nothing };
        assert_eq!(walk(&mut forest, &[1, 2, 4], 4), [both, both]);
        let again = Walk { written: 0, ..both };
        // The use at minute four renewed it: alive at minute nine, dead at minute fifteen for five minutes.
        assert_eq!(walk(&mut forest, &[1, 2, 5], 9), [again, again]);
        assert_eq!(walk(&mut forest, &[1, 2, 6], 15), [nothing, again]);
        assert_eq!(walk(&mut forest, &[1, 2, 7], 16), [both, again]);
        // One block alone is smaller than what is cached.
        assert_eq!(walk(&mut forest, &[1, 8], 17), [Walk { too_small: 1_000, ..nothing }; 2]);
    }

    /// The first answer begins after three seconds: whoever comes before reads nothing, whoever comes then does.
    #[test]
    fn calls_in_parallel_read_nothing_of_each_other() {
        let mut forest = Forest::default();
        let mut read = |at_us: i64| forest.walk(&[1], &[2_000], 1_024, (at_us, at_us + 3_000_000))[0].read;
        assert_eq!([read(0), read(10_000), read(2_999_999), read(3_000_000)], [0, 0, 0, 2_000]);
        // Expired, it is written anew.
        assert_eq!([read(400_000_000), read(401_000_000), read(403_000_000)], [0, 0, 2_000]);
    }

    #[test]
    fn memory_is_bounded() {
        let mut forest = Forest::default();
        for prompt in 0..(3 * MOST as u64) {
            forest.walk(&[prompt], &[2_000], 1_024, (prompt as i64, prompt as i64));
        }
        assert!(forest.nodes.len() <= MOST + 1 && forest.forgot);
    }
}
