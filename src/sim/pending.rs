//! Things to come, in the order of their times.

use std::collections::VecDeque;

/// The most things kept waiting: so that no outage, however long, exhausts the memory.
pub(super) const MOST_PENDING: usize = 1 << 22;

/// The width of a slot, 2 to this power microseconds: 66 ms.
const SLOT_BITS: u32 = 16;
/// Slots of the ring, which reaches 67 s ahead: further than all retry delays but legacy's longest.
const RING: u64 = 1 << 10;
const WORDS: usize = RING as usize / 64;

/// A list of things to come. At the same time, the smaller message comes first.
///
/// A calendar: a ring of short slots, of which only the one whose time has come is put in order.
/// Putting something in costs no search, as it would in a heap. What is further away than the ring
/// reaches lies together by turns of the ring, and is dealt out when its turn has come. Time must not
/// go back: nothing may be added that comes before what was taken last.
///
/// # Source
/// Brown (1988), "Calendar queues".
#[derive(Clone, Debug)]
pub(super) struct Pending<T> {
    /// Everything up to the end of the slot `at`, the first last.
    now: Vec<Thing<T>>,
    at: u64,
    ring: Vec<Vec<Thing<T>>>,
    /// Which slots of the ring hold anything.
    taken: [u64; WORDS],
    /// What was after the ring's end when it was put in, by the turn of the ring, the first first.
    far: VecDeque<Turn<T>>,
    count: usize,
    /// Counts what was put in: the last resort to tell what comes first.
    added: u64,
    /// The time of the first, [`u64::MAX`] when there is none.
    next_us: u64,
}

/// What comes in one turn of the ring.
#[derive(Clone, Debug)]
struct Turn<T> {
    number: u64,
    first_us: u64,
    things: Vec<Thing<T>>,
}

#[derive(Clone, Copy, Debug)]
struct Thing<T> {
    at_us: u64,
    message: u64,
    number: u64,
    thing: T,
}

impl<T> Thing<T> {
    fn key(&self) -> (u64, u64, u64) {
        (self.at_us, self.message, self.number)
    }

    fn slot(&self) -> u64 {
        self.at_us >> SLOT_BITS
    }
}

impl<T> Default for Pending<T> {
    fn default() -> Self {
        Pending {
            now: Vec::new(),
            at: 0,
            ring: (0..RING).map(|_| Vec::new()).collect(),
            taken: [0; WORDS],
            far: VecDeque::new(),
            count: 0,
            added: 0,
            next_us: u64::MAX,
        }
    }
}

impl<T: Copy> Pending<T> {
    /// Whether nothing more can be added.
    pub fn is_full(&self) -> bool {
        self.count >= MOST_PENDING
    }

    pub fn add(&mut self, at_us: u64, message: u64, thing: T) {
        self.added += 1;
        self.count += 1;
        let thing = Thing { at_us, message, number: self.added, thing };
        let slot = thing.slot();
        if slot <= self.at {
            // Behind everything that comes later: what comes soon is near the end.
            let later = self.now.iter().rposition(|other| other.key() > thing.key()).map_or(0, |at| at + 1);
            self.now.insert(later, thing);
        } else if slot - self.at < RING {
            self.add_to_ring(thing);
        } else {
            self.add_far(thing);
        }
        self.next_us = self.next_us.min(at_us);
    }

    #[cold]
    #[inline(never)]
    fn add_far(&mut self, thing: Thing<T>) {
        let number = thing.slot() / RING;
        let place = self.far.partition_point(|turn| turn.number < number);
        match self.far.get_mut(place).filter(|turn| turn.number == number) {
            Some(turn) => {
                turn.first_us = turn.first_us.min(thing.at_us);
                turn.things.push(thing);
            }
            None => self.far.insert(place, Turn { number, first_us: thing.at_us, things: vec![thing] }),
        }
    }

    fn add_to_ring(&mut self, thing: Thing<T>) {
        let place = thing.slot() % RING;
        self.ring[place as usize].push(thing);
        self.taken[place as usize / 64] |= 1 << (place % 64);
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
        if self.now.is_empty() {
            self.turn();
        }
        let Thing { at_us, thing, .. } = self.now.pop()?;
        self.count -= 1;
        self.next_us = self.now.last().map_or_else(|| self.first_us_of_later_slots(), |next| next.at_us);
        Some((at_us, thing))
    }

    /// Does not go on to the next slot that holds anything: something may still come before it.
    fn first_us_of_later_slots(&self) -> u64 {
        let of_ring = self.next_in_ring().map_or(&[][..], |slot| &self.ring[(slot % RING) as usize]);
        let of_far = self.far.front().map(|turn| turn.first_us);
        of_ring.iter().map(|thing| thing.at_us).chain(of_far).min().unwrap_or(u64::MAX)
    }

    /// Goes on to the slot of the first thing, and puts what it holds in order.
    fn turn(&mut self) {
        if self.count == 0 {
            return;
        }
        let slot = self.next_us >> SLOT_BITS;
        let place = (slot % RING) as usize;
        if slot - self.at < RING {
            self.taken[place / 64] &= !(1 << (place % 64));
            std::mem::swap(&mut self.now, &mut self.ring[place]);
        }
        self.at = slot;
        while self.far.front().is_some_and(|turn| turn.number <= slot / RING) {
            for thing in self.far.pop_front().map_or(Vec::new(), |turn| turn.things) {
                if thing.slot() <= slot { self.now.push(thing) } else { self.add_to_ring(thing) }
            }
        }
        self.now.sort_unstable_by_key(|thing| std::cmp::Reverse(thing.key()));
    }

    /// The first slot after the present one of which the ring holds anything.
    fn next_in_ring(&self) -> Option<u64> {
        let from = ((self.at + 1) % RING) as usize;
        let (word, bit) = (from / 64, from % 64);
        // The word it begins in is looked at twice: its upper bits first, its lower ones last.
        (0..=WORDS).find_map(|step| {
            let place = (word + step) % WORDS;
            let bits = match step {
                0 => self.taken[place] & (u64::MAX << bit),
                WORDS => self.taken[place] & !(u64::MAX << bit),
                _ => self.taken[place],
            };
            (bits != 0).then(|| {
                let found = (place * 64) as u64 + u64::from(bits.trailing_zeros());
                let ahead = (found + RING - from as u64) % RING;
                self.at + 1 + ahead
            })
        })
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::random::{Purpose, Stream};

    /// The obvious calendar: a list that is sorted whenever something is taken.
    #[test]
    fn a_calendar_gives_what_a_sorted_list_gives() {
        let random = Stream::new(3, Purpose::Jitter);
        for span_us in [10, 100_000, 20_000_000, 90_000_000, 90_000_000_000] {
            let (mut calendar, mut list) = (Pending::default(), BTreeSet::new());
            let mut now_us = 0;
            for step in 0..6_000_u64 {
                let word = random.word(step);
                if word % 3 < 2 && step < 4_000 {
                    let at_us = now_us + (word >> 8) % span_us;
                    calendar.add(at_us, word % 7, step);
                    list.insert((at_us, word % 7, step));
                } else {
                    let until_us = if step < 4_000 { now_us + (word >> 8) % span_us / 2 } else { u64::MAX };
                    let expected = list.first().copied().filter(|(at_us, ..)| *at_us <= until_us);
                    if let Some(expected) = &expected {
                        list.remove(expected);
                    }
                    let taken = calendar.take_until(until_us);
                    assert_eq!(taken, expected.map(|(at_us, _, step)| (at_us, step)), "{span_us} {step}");
                    now_us = taken.map_or(now_us, |(at_us, _)| at_us.max(now_us));
                    assert_eq!(calendar.next_us(), list.first().map_or(u64::MAX, |thing| thing.0));
                }
            }
            assert!(list.is_empty() && !calendar.is_full());
        }
    }
}
