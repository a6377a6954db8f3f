//! Things to come, in the order of their times.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

/// A list of things to come. At the same time, the smaller message comes first.
#[derive(Clone, Debug)]
pub(super) struct Pending<T> {
    heap: BinaryHeap<Reverse<(u64, u64, u32)>>,
    /// The things themselves, and which places are free.
    things: Vec<T>,
    free: Vec<u32>,
    /// The time of the first, [`u64::MAX`] when there is none.
    next_us: u64,
}

impl<T> Default for Pending<T> {
    fn default() -> Self {
        Pending { heap: BinaryHeap::new(), things: Vec::new(), free: Vec::new(), next_us: u64::MAX }
    }
}

/// The most things kept waiting: so that no outage, however long, exhausts the memory.
pub(super) const MOST_PENDING: usize = 1 << 22;

impl<T: Copy> Pending<T> {
    /// Whether nothing more can be added.
    pub fn is_full(&self) -> bool {
        self.heap.len() >= MOST_PENDING
    }

    pub fn add(&mut self, at_us: u64, message: u64, thing: T) {
        let place = match self.free.pop() {
            Some(place) => {
                self.things[place as usize] = thing;
                place
            }
            None => {
                self.things.push(thing);
                (self.things.len() - 1) as u32
            }
        };
        self.heap.push(Reverse((at_us, message, place)));
        self.next_us = self.next_us.min(at_us);
    }

    /// The time of the first thing, [`u64::MAX`] when there is none.
    #[inline]
    pub fn next_us(&self) -> u64 {
        self.next_us
    }

    /// The first thing, if it comes no later than now.
    #[inline]
    pub fn take_until(&mut self, now_us: u64) -> Option<(u64, T)> {
        if self.next_us > now_us { None } else { self.take() }
    }

    fn take(&mut self) -> Option<(u64, T)> {
        let Reverse((at_us, _, place)) = self.heap.pop()?;
        self.next_us = self.heap.peek().map_or(u64::MAX, |Reverse((at_us, ..))| *at_us);
        self.free.push(place);
        Some((at_us, self.things[place as usize]))
    }
}
