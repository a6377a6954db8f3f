//! The earlier call that a prompt is nearest to, and what differs between the two: which blocks are the same, which
//! are the same but for something in them, which came, changed or went. Kept are hashes, no text.

use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};
use std::hash::{BuildHasherDefault, DefaultHasher};

use super::kin::{Change, Kin};
use crate::mock::Part;

/// The most blocks of earlier calls that are remembered in all.
const MOST_BLOCKS: usize = 400_000;
/// The most calls that are compared with one, and the last ones that always are.
const MOST_COMPARED: usize = 12;
const LATEST: usize = 4;
/// The most blocks by which a call is looked for: the largest.
const LOOKED_FOR: usize = 12;
/// The most blocks that one is compared with word by word.
const MOST_NEAR: usize = 4;
/// The most pairs of equal blocks that are brought into one order.
const MOST_PAIRS: usize = 400;

type Map<V> = HashMap<u64, V, BuildHasherDefault<DefaultHasher>>;

/// A block of a prompt as it is compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Said {
    pub part: Part,
    pub own: u64,
    pub tokens: u64,
}

/// A call that came before.
#[derive(Debug)]
struct Sketch {
    base: u64,
    at_us: i64,
    begins_us: i64,
    blocks: Vec<Said>,
}

/// Calls that came before, by what they begin with and what they have in them.
#[derive(Debug, Default)]
pub struct Earlier {
    calls: VecDeque<Sketch>,
    /// The number of the first that is remembered.
    first: u64,
    by: Map<u64>,
    kept: usize,
}

/// What a block is beside the earlier call.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Fate {
    Same,
    /// The same but for a part of its words.
    Changed(Change, f64),
    /// Nothing of the earlier call stands for it.
    New(Change),
}

/// A prompt beside the nearest earlier one.
#[derive(Clone, Debug, PartialEq)]
pub struct Beside {
    pub at_us: i64,
    /// When the answer to the earlier call began.
    pub begins_us: i64,
    pub fates: Vec<Fate>,
    /// The blocks before which one of the earlier call was left out.
    pub dropped: BTreeSet<usize>,
    /// The tools are the same in another order.
    pub reordered: bool,
    pub tokens: u64,
}

impl Earlier {
    /// The nearest call of the same model, not older than a lifetime: the one that shares most tokens, and of equal
    /// ones the last. `signs` are numbers that blocks share which differ in a few words.
    pub fn nearest(
        &self,
        (base, blocks): (u64, &[Said]),
        prefixes: &[u64],
        signs: &[u64],
        kin: &mut Kin,
        (at_us, life_us): (i64, i64),
    ) -> Option<Beside> {
        let mut numbers: BTreeSet<u64> = BTreeSet::new();
        let begins_so = prefixes.iter().rev().find_map(|prefix| self.by.get(prefix)).copied();
        for own in largest(blocks) {
            numbers.extend(self.by.get(&super::hashed(&(base, own))));
        }
        numbers.extend(signs.iter().filter_map(|sign| self.by.get(sign)));
        let latest = self.calls.iter().rev().take(64).enumerate().filter(|(_, call)| call.base == base);
        let end = self.first + self.calls.len() as u64;
        numbers.extend(latest.take(LATEST).map(|(back, _)| end - 1 - back as u64));
        // The one that begins as this one does is most often the one; then the last first.
        numbers.extend(begins_so);
        let order = begins_so.into_iter().chain(numbers.into_iter().rev().filter(|number| Some(*number) != begins_so));
        let alive = order.filter_map(|number| {
            let call = self.calls.get(usize::try_from(number.checked_sub(self.first)?).ok()?)?;
            (call.base == base && at_us.abs_diff(call.at_us) <= life_us.unsigned_abs()).then_some(call)
        });
        let all: u64 = blocks.iter().map(|block| block.tokens).sum();
        let mut best: Option<Beside> = None;
        for call in alive.take(MOST_COMPARED) {
            let beside = beside(call, blocks, kin);
            if best.as_ref().is_none_or(|best| beside.tokens > best.tokens) {
                best = Some(beside);
            }
            if best.as_ref().is_some_and(|best| best.tokens * 100 >= all * 99) {
                break;
            }
        }
        best
    }

    /// Remembers a call.
    pub fn remember(
        &mut self,
        (base, blocks): (u64, &[Said]),
        prefixes: &[u64],
        signs: &[u64],
        (at_us, begins_us): (i64, i64),
    ) {
        let number = self.first + self.calls.len() as u64;
        for prefix in prefixes {
            self.by.insert(*prefix, number);
        }
        for own in largest(blocks) {
            self.by.insert(super::hashed(&(base, own)), number);
        }
        signs.iter().for_each(|sign| {
            self.by.insert(*sign, number);
        });
        self.kept += blocks.len();
        self.calls.push_back(Sketch { base, at_us, begins_us, blocks: blocks.to_vec() });
        while self.kept > MOST_BLOCKS {
            let Some(old) = self.calls.pop_front() else { break };
            self.kept -= old.blocks.len();
            self.first += 1;
        }
        if self.by.len() > 4 * MOST_BLOCKS {
            let first = self.first;
            self.by.retain(|_, number| *number >= first);
            if self.by.len() > 3 * MOST_BLOCKS {
                self.by.clear();
            }
        }
    }
}

/// The largest blocks, by what they say.
fn largest(blocks: &[Said]) -> impl Iterator<Item = u64> {
    let mut by_size: Vec<&Said> = blocks.iter().collect();
    by_size.sort_by_key(|block| std::cmp::Reverse(block.tokens));
    by_size.into_iter().take(LOOKED_FOR).map(|block| block.own).collect::<Vec<_>>().into_iter()
}

/// Lays a prompt over an earlier one.
fn beside(earlier: &Sketch, blocks: &[Said], kin: &mut Kin) -> Beside {
    let mut partner: Vec<Option<usize>> = vec![None; blocks.len()];
    let mut dropped = BTreeSet::new();
    let mut changed: BTreeMap<usize, (Change, f64)> = BTreeMap::new();
    let mut reordered = false;
    let mut replaced: BTreeMap<usize, u64> = BTreeMap::new();
    for part in [Part::Tools, Part::System, Part::Messages] {
        let range = |blocks: &[Said]| {
            let start = blocks.iter().take_while(|block| block.part < part).count();
            start..start + blocks[start..].iter().take_while(|block| block.part == part).count()
        };
        let (old, new) = (range(&earlier.blocks), range(blocks));
        let (before, now) = (&earlier.blocks[old], &blocks[new.clone()]);
        let pairs = if part == Part::Tools { as_a_set(before, now) } else { in_order(before, now) };
        for (from, to) in &pairs {
            partner[new.start + to] = Some(*from);
        }
        reordered |= part == Part::Tools && pairs.windows(2).any(|pair| pair[0].0 > pair[1].0);
        // What has no partner stands for what has none at the same place of the other.
        let mut taken: BTreeSet<usize> = pairs.iter().map(|(from, _)| *from).collect();
        // A block of the system prompt that stands elsewhere is the same in another order.
        let moved = if part == Part::System { elsewhere(before, now, &pairs) } else { Vec::new() };
        for (from, to) in &moved {
            taken.insert(*from);
            changed.insert(new.start + to, (Change::Order, 1.0));
        }
        let gap = |until: usize, from: usize| (from..until).filter(|at| !taken.contains(at)).collect::<Vec<_>>();
        let mut last = 0;
        let mut waiting: Vec<usize> = Vec::new();
        for at in 0..=now.len() {
            let from = if at < now.len() { partner[new.start + at] } else { Some(before.len()) };
            let Some(from) = from else {
                if !changed.contains_key(&(new.start + at)) {
                    waiting.push(at);
                }
                continue;
            };
            let olds = if part == Part::Tools && at < now.len() { Vec::new() } else { gap(from, last.min(from)) };
            last = last.max(from + 1);
            if part == Part::Tools && at < now.len() {
                continue;
            }
            let olds = if part == Part::Tools { gap(before.len(), 0) } else { olds };
            let mut left: Vec<usize> = olds;
            for at in waiting.drain(..) {
                // The one that is near, else the next.
                let mut first = left.iter().take(MOST_NEAR);
                let near = first.position(|old| kin.compare(before[*old].own, now[at].own).is_some());
                let Some(place) = near.or((!left.is_empty()).then_some(0)) else { continue };
                let old = before[left.remove(place)];
                match kin.compare(old.own, now[at].own) {
                    Some(found) => {
                        changed.insert(new.start + at, found);
                    }
                    None => {
                        replaced.insert(new.start + at, old.own);
                    }
                }
            }
            if !left.is_empty() && at < now.len() {
                dropped.insert(new.start + at);
            }
        }
    }
    let fates: Vec<Fate> = (0..blocks.len())
        .map(|at| match (partner[at], changed.get(&at)) {
            (Some(_), _) => Fate::Same,
            (None, Some((change, share))) => Fate::Changed(*change, *share),
            (None, None) => Fate::New(kin.became(replaced.get(&at).copied(), blocks[at].own)),
        })
        .collect();
    let tokens = fates.iter().zip(blocks).map(|(fate, block)| fate.kept(block.tokens)).sum();
    Beside { at_us: earlier.at_us, begins_us: earlier.begins_us, fates, dropped, reordered, tokens }
}

impl Fate {
    /// The tokens of a block that stay once what changes stands behind.
    pub fn kept(&self, tokens: u64) -> u64 {
        match self {
            Fate::Same | Fate::Changed(Change::Order, _) => tokens,
            Fate::Changed(_, share) => (tokens as f64 * (1.0 - share)) as u64,
            Fate::New(_) => 0,
        }
    }
}

/// Pairs of equal blocks whatever their order.
fn as_a_set(before: &[Said], now: &[Said]) -> Vec<(usize, usize)> {
    let mut free: BTreeMap<u64, Vec<usize>> = BTreeMap::new();
    before.iter().enumerate().rev().for_each(|(at, block)| free.entry(block.own).or_default().push(at));
    now.iter().enumerate().filter_map(|(at, block)| Some((free.get_mut(&block.own)?.pop()?, at))).collect()
}

/// Pairs of equal blocks among those that are in no pair.
fn elsewhere(before: &[Said], now: &[Said], pairs: &[(usize, usize)]) -> Vec<(usize, usize)> {
    let left = |blocks: &[Said], is_taken: &dyn Fn(usize) -> bool| {
        (0..blocks.len()).filter(|at| !is_taken(*at)).map(|at| (at, blocks[at])).collect::<Vec<_>>()
    };
    let olds = left(before, &|at| pairs.iter().any(|(from, _)| *from == at));
    let news = left(now, &|at| pairs.iter().any(|(_, to)| *to == at));
    let said = |left: &[(usize, Said)]| left.iter().map(|(_, block)| *block).collect::<Vec<_>>();
    as_a_set(&said(&olds), &said(&news)).into_iter().map(|(from, to)| (olds[from].0, news[to].0)).collect()
}

/// Pairs of equal blocks in the order of both, of as many tokens as can be.
fn in_order(before: &[Said], now: &[Said]) -> Vec<(usize, usize)> {
    let same = |(a, b): &(&Said, &Said)| a.own == b.own;
    let start = before.iter().zip(now).take_while(same).count();
    let most = before.len().min(now.len()) - start;
    let end = before.iter().rev().zip(now.iter().rev()).take(most).take_while(same).count();
    let mut pairs: Vec<(usize, usize)> = (0..start).map(|at| (at, at)).collect();
    let middle = as_a_set(&before[start..before.len() - end], &now[start..now.len() - end]);
    let middle: Vec<(usize, usize)> =
        middle.into_iter().take(MOST_PAIRS).map(|(from, to)| (from + start, to + start)).collect();
    // The heaviest chain of pairs that rises in both.
    let mut best: Vec<(u64, Option<usize>)> = Vec::with_capacity(middle.len());
    for (at, (from, to)) in middle.iter().enumerate() {
        let before = (0..at).filter(|other| middle[*other].0 < *from).max_by_key(|other| best[*other].0);
        best.push((now[*to].tokens + 1 + before.map_or(0, |before| best[before].0), before));
    }
    let mut chain = Vec::new();
    let mut next = (0..best.len()).max_by_key(|at| best[*at].0);
    while let Some(at) = next {
        chain.push(middle[at]);
        next = best[at].1;
    }
    pairs.extend(chain.into_iter().rev());
    pairs.extend((0..end).rev().map(|back| (before.len() - 1 - back, now.len() - 1 - back)));
    pairs
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(owns: &[u64]) -> Vec<Said> {
        owns.iter().map(|own| Said { part: Part::Messages, own: *own, tokens: 10 }).collect()
    }

    #[test]
    fn blocks_are_paired_in_the_order_of_both() {
        let pairs = |a: &[u64], b: &[u64]| in_order(&said(a), &said(b));
        assert_eq!(pairs(&[1, 2, 3], &[1, 9, 3]), [(0, 0), (2, 2)]);
        // The oldest left out.
        assert_eq!(pairs(&[0, 1, 2, 3, 4], &[0, 3, 4, 5]), [(0, 0), (3, 1), (4, 2)]);
        // Twice the same, and crossed ones.
        assert_eq!(pairs(&[7, 1, 7], &[7, 7]), [(0, 0), (2, 1)]);
        assert_eq!(pairs(&[1, 2, 3, 4], &[9, 4, 1, 2, 3, 8]), [(0, 2), (1, 3), (2, 4)]);
        assert!(pairs(&[], &[1]).is_empty());
    }

    #[test]
    fn the_nearest_is_the_one_that_shares_most_and_is_alive() {
        let (mut earlier, mut kin) = (Earlier::default(), Kin::default());
        for (owns, at_us) in [([1, 2, 3, 4], 0), ([1, 2, 8, 9], 60)] {
            earlier.remember((5, &said(&owns)), &[], &[], (at_us, at_us));
        }
        let mut near = |life| earlier.nearest((5, &said(&[1, 2, 6, 4])), &[], &[], &mut kin, (100, life));
        let found = near(100).unwrap();
        assert_eq!((found.at_us, found.tokens), (0, 30));
        assert_eq!(found.fates[2], Fate::New(Change::Text));
        assert_eq!(near(50).map(|found| (found.at_us, found.tokens)), Some((60, 20)));
        assert_eq!(near(10), None);
    }
}
