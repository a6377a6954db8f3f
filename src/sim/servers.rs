//! A pool of servers: who is free first.

/// Servers, each known by the time it becomes free.
///
/// A message that waits in a first-come queue takes the server that is free first, and which one
/// that is does not matter; so a pool need only find its smallest time and replace it. A
/// tournament of four at a time does that without a branch that could be mispredicted.
///
/// # Source
/// The recursion is Kiefer and Wolfowitz's (1955) for a queue with several servers.
#[derive(Clone, Debug)]
pub(super) struct Servers {
    /// `time << LEAF_BITS | server`, the leaves first, then the winners of each four, up to one.
    nodes: Vec<u64>,
    /// Where each level begins.
    levels: Vec<usize>,
    /// The key of the one that is free first.
    winner: u64,
}

const LEAF_BITS: u32 = 16;

impl Servers {
    /// So many servers, 1 to 65,536, all free.
    pub fn new(count: u32) -> Self {
        let leaves = (count as usize).clamp(1, 1 << LEAF_BITS);
        let mut nodes = Vec::new();
        let mut levels = Vec::new();
        let mut width = leaves.next_multiple_of(4);
        loop {
            levels.push(nodes.len());
            // Places without a server are never free.
            nodes.resize(nodes.len() + width, u64::MAX);
            if width == 4 {
                break;
            }
            width = (width / 4).next_multiple_of(4);
        }
        let mut servers = Servers { nodes, levels, winner: 0 };
        for server in (0..leaves as u64).rev() {
            servers.set(server, 0);
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
        self.set(self.winner & ((1 << LEAF_BITS) - 1), until_us);
    }

    /// Only the path from a server to the top changes, and of each four on it the three others are
    /// known beforehand: one comparison a level waits for the one below.
    #[inline]
    fn set(&mut self, server: u64, until_us: u64) {
        let mut key = until_us << LEAF_BITS | server;
        let mut at = server as usize;
        for level in &self.levels {
            let node = |at: usize| self.nodes.get(level + at).copied().unwrap_or(u64::MAX);
            let others = node(at ^ 1).min(node(at ^ 2)).min(node(at ^ 3));
            if let Some(node) = self.nodes.get_mut(level + at) {
                *node = key;
            }
            key = key.min(others);
            at >>= 2;
        }
        self.winner = key;
    }
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
