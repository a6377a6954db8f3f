//! Retries to come, by slots of time.

use std::collections::VecDeque;

/// Slots of the ring.
const RING: u64 = 1 << 10;
/// A slot lasts 4 ms to a second, in microseconds as powers of 2.
const LEAST_SHIFT: u32 = 12;
const MOST_SHIFT: u32 = 20;
/// Messages are told apart by so many bits.
const MESSAGE_BITS: u32 = 27;

/// A call that asks for a place within a slot, in one word: keys are in the order in which they ask.
///
/// At the same time a retry comes before a message that arrives, and the smaller message first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Key(u64);

impl Key {
    /// The first attempt of a message that arrives so long after the slot began.
    #[inline(always)]
    pub fn arriving(within_us: u64, message: u64, model: u8) -> Self {
        Key::of(within_us, message, model, 1, true)
    }

    #[inline(always)]
    fn of(within_us: u64, message: u64, model: u8, attempt: u8, arriving: bool) -> Self {
        let when = within_us << 1 | u64::from(arriving);
        Key(when << (MESSAGE_BITS + 16) | message << 16 | u64::from(model) << 8 | u64::from(attempt))
    }

    #[inline(always)]
    pub fn within_us(self) -> u64 {
        self.0 >> (MESSAGE_BITS + 17)
    }

    #[inline(always)]
    pub fn message(self) -> u64 {
        self.0 >> 16 & ((1 << MESSAGE_BITS) - 1)
    }

    #[inline(always)]
    pub fn model(self) -> u8 {
        (self.0 >> 8) as u8
    }

    /// Whether it is the first attempt of a message that arrives.
    pub fn arrives(self) -> bool {
        self.0 >> (MESSAGE_BITS + 16) & 1 == 1
    }

    /// 1 for the first.
    #[inline(always)]
    pub fn attempt(self) -> u8 {
        self.0 as u8
    }
}

/// Retries to come, gathered in slots of time, in no order within a slot.
///
/// A ring of slots; what is further away than it reaches lies together by turns of the ring, and is
/// dealt out when its turn has come. Time must not go back.
#[derive(Clone, Debug)]
pub(super) struct Slots {
    /// How long a slot is: 2 to this power microseconds.
    shift: u32,
    /// The slot whose time has come.
    at: u64,
    ring: Vec<Vec<Key>>,
    /// How many the ring holds.
    near: usize,
    /// By turn of the ring, from the one after the present one on.
    far: VecDeque<Vec<(u64, Key)>>,
    /// No slot before it holds anything.
    first: u64,
}

impl Slots {
    /// Slots that are as long as the typical gap between two messages or somewhat longer.
    pub fn new(gap_us: f64) -> Self {
        let shift = (LEAST_SHIFT..MOST_SHIFT).find(|shift| f64::from(1_u32 << shift) > gap_us).unwrap_or(MOST_SHIFT);
        Slots {
            shift,
            at: 0,
            ring: (0..RING).map(|_| Vec::new()).collect(),
            near: 0,
            far: VecDeque::new(),
            first: u64::MAX,
        }
    }

    /// A time before which nothing comes, [`u64::MAX`] when there is nothing.
    #[inline(always)]
    pub fn next_us(&self) -> u64 {
        if self.first == u64::MAX { u64::MAX } else { self.first << self.shift }
    }

    /// Goes on to the slot of a time, before which nothing may come; gives when it begins and ends.
    #[inline]
    pub fn open(&mut self, us: u64) -> (u64, u64) {
        let slot = us >> self.shift;
        if slot / RING > self.at / RING {
            self.deal(slot);
        }
        self.at = slot;
        (slot << self.shift, (slot + 1) << self.shift)
    }

    /// Deals out what comes in the turn of a slot and in those before it.
    #[cold]
    #[inline(never)]
    fn deal(&mut self, slot: u64) {
        for _ in self.at / RING..slot / RING {
            for (slot, key) in self.far.pop_front().unwrap_or_default() {
                self.near += 1;
                self.ring[(slot % RING) as usize].push(key);
            }
        }
    }

    /// Puts in a retry of a message.
    #[inline(always)]
    pub fn add(&mut self, at_us: u64, message: u64, model: u8, attempt: u8) {
        let key = Key::of(at_us & ((1 << self.shift) - 1), message, model, attempt, false);
        let slot = at_us >> self.shift;
        if slot - self.at < RING {
            self.near += 1;
            self.ring[(slot % RING) as usize].push(key);
        } else {
            self.add_far(slot, key);
        }
    }

    #[inline(never)]
    fn add_far(&mut self, slot: u64, key: Key) {
        let turn = (slot / RING - self.at / RING - 1) as usize;
        if self.far.len() <= turn {
            self.far.resize(turn + 1, Vec::new());
        }
        self.far[turn].push((slot, key));
    }

    /// What the open slot holds.
    #[inline(always)]
    pub fn here(&mut self) -> &mut Vec<Key> {
        &mut self.ring[(self.at % RING) as usize]
    }

    /// Takes what the open slot holds into an empty list.
    #[inline(always)]
    pub fn take_here(&mut self, keys: &mut Vec<Key>) {
        std::mem::swap(self.here(), keys);
        self.near -= keys.len();
    }

    /// Puts a call into the open slot.
    #[inline(always)]
    pub fn put_here(&mut self, key: Key) {
        self.near += 1;
        self.here().push(key);
    }

    /// The open slot is done with, or has something left: looks for the next one that holds anything.
    #[inline]
    pub fn close(&mut self) {
        let near = (self.near > 0).then(|| {
            let holds = |slot: &u64| !self.ring[(slot % RING) as usize].is_empty();
            (self.at..self.at + RING).find(holds).unwrap_or(self.at)
        });
        let far = || self.far.iter().position(|turn| !turn.is_empty());
        // Whatever lies within this turn comes before all later turns.
        self.first = match near {
            Some(slot) if slot / RING == self.at / RING => slot,
            _ => far().map_or(u64::MAX, |turn| (self.at / RING + 1 + turn as u64) * RING).min(near.unwrap_or(u64::MAX)),
        };
    }

    /// Takes everything out, with the time of each.
    pub fn drain(&mut self) -> Vec<(u64, Key)> {
        let mut all = Vec::new();
        for slot in self.at..self.at + RING {
            let keys = self.ring[(slot % RING) as usize].drain(..);
            all.extend(keys.map(|key| ((slot << self.shift) + key.within_us(), key)));
        }
        let far = self.far.drain(..).flatten();
        all.extend(far.map(|(slot, key)| ((slot << self.shift) + key.within_us(), key)));
        (self.near, self.first) = (0, u64::MAX);
        all
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::random::{Purpose, Stream};

    #[test]
    fn keys_are_in_the_order_in_which_calls_ask() {
        let key = Key::of(1_048_575, (1 << MESSAGE_BITS) - 1, 254, 50, false);
        assert_eq!((key.within_us(), key.message(), key.model(), key.attempt()), (1_048_575, (1 << 27) - 1, 254, 50));
        let retry = |within_us, message| Key::of(within_us, message, 3, 9, false);
        let keys = [retry(4, 9), retry(5, 1), retry(5, 2), Key::arriving(5, 0, 1), Key::arriving(5, 1, 0), retry(6, 0)];
        assert!(keys.is_sorted() && keys.map(Key::arrives) == [false, false, false, true, true, false]);
    }

    /// The obvious calendar: a sorted list, of which whole slots are taken.
    #[test]
    fn slots_hold_what_a_sorted_list_holds() {
        let random = Stream::new(3, Purpose::Jitter);
        for (gap_us, span_us) in [(0.0, 100_000), (60_000.0, 20_000_000), (60_000.0, 300_000_000_000), (1e9, 90_000)] {
            let (mut slots, mut list, mut now) = (Slots::new(gap_us), BTreeSet::new(), Vec::new());
            let mut at_us = 0;
            for step in 0..4_000_u64 {
                let (begins_us, ends_us) = slots.open(at_us);
                assert!(begins_us <= at_us && at_us < ends_us);
                for number in 0..random.word(step) % 4 {
                    let word = random.word(step << 8 | number);
                    let again_us = at_us + word % span_us;
                    list.insert((again_us, step << 2 | number));
                    slots.add(again_us, step << 2 | number, 1, 2);
                }
                slots.take_here(&mut now);
                now.sort_unstable();
                let taken: Vec<_> = now.drain(..).map(|key| (begins_us + key.within_us(), key.message())).collect();
                let later = list.split_off(&(ends_us, 0));
                assert!(taken.iter().eq(list.iter()), "{gap_us} {span_us} {step}");
                list = later;
                slots.close();
                assert!(slots.next_us() <= list.first().map_or(u64::MAX, |first| first.0));
                // Something else comes now and then before the next one.
                let word = random.word(step) >> 32;
                at_us =
                    if list.is_empty() || word.is_multiple_of(3) { ends_us + word % 1_000 } else { slots.next_us() };
                at_us = at_us.min(slots.next_us()).max(ends_us);
            }
            let mut rest = slots.drain();
            rest.sort_unstable();
            assert!(rest.iter().map(|(at_us, key)| (*at_us, key.message())).eq(list), "{gap_us} {span_us}");
            assert_eq!(slots.next_us(), u64::MAX);
        }
    }
}
