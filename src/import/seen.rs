//! Which calls were seen before: an export that overlaps another, a file that is named twice.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, DefaultHasher, Hash, Hasher};

/// The most calls that are remembered in one generation; the one before it is remembered, too.
const GENERATION: usize = 4 << 20;

/// Calls by their identity, in two generations, so that memory is bounded.
#[derive(Debug, Default)]
pub(super) struct Seen {
    now: Calls,
    before: Calls,
    /// How often each record without an id came in the file that is being read.
    in_file: HashMap<u64, u32, BuildHasherDefault<DefaultHasher>>,
    /// Some were forgotten.
    pub forgot: bool,
}

type Calls = HashMap<(u64, u64), u32, BuildHasherDefault<DefaultHasher>>;

/// Whether a call came before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sight {
    First,
    Again,
    /// Under the same id, with other counts.
    AgainOtherwise,
}

impl Seen {
    /// A call with an id of its own, and what it counted.
    pub fn id(&mut self, id: &str, counted: u32) -> Sight {
        let key = uuid(id).unwrap_or_else(|| (hash(&(1_u8, id)), hash(&(2_u8, id))));
        self.call(key, counted)
    }

    /// A call that has none, by its whole record: as often as it stands in one file it is another
    /// call; in the next file it is the same ones again.
    pub fn record(&mut self, record: &impl Hash) -> Sight {
        let of_record = hash(&(3_u8, record));
        let times = self.in_file.entry(of_record).or_insert(0);
        *times = times.saturating_add(1);
        let key = (of_record, hash(&(4_u8, record, *times)));
        if self.in_file.len() >= GENERATION {
            self.in_file.clear();
            self.forgot = true;
        }
        self.call(key, 0)
    }

    /// Another file begins.
    pub fn next_file(&mut self) {
        self.in_file = HashMap::default();
    }

    fn call(&mut self, key: (u64, u64), counted: u32) -> Sight {
        if let Some(before) = self.before.get(&key)
            && !self.now.contains_key(&key)
        {
            return if *before == counted { Sight::Again } else { Sight::AgainOtherwise };
        }
        if self.now.len() >= GENERATION {
            self.forgot |= !self.before.is_empty();
            self.before = std::mem::take(&mut self.now);
        }
        match self.now.insert(key, counted) {
            None => Sight::First,
            Some(before) if before == counted => Sight::Again,
            Some(before) => {
                self.now.insert(key, before);
                Sight::AgainOtherwise
            }
        }
    }
}

fn hash(of: &impl Hash) -> u64 {
    let mut hasher = DefaultHasher::new();
    of.hash(&mut hasher);
    hasher.finish()
}

/// The bits of a UUID, exactly.
fn uuid(id: &str) -> Option<(u64, u64)> {
    let bytes = id.as_bytes();
    if bytes.len() != 36 {
        return None;
    }
    let mut bits = 0_u128;
    for (index, byte) in bytes.iter().enumerate() {
        let digit = match byte {
            b'-' if matches!(index, 8 | 13 | 18 | 23) => continue,
            b'0'..=b'9' => byte - b'0',
            b'a'..=b'f' => byte - b'a' + 10,
            _ => return None,
        };
        bits = bits << 4 | u128::from(digit);
    }
    Some(((bits >> 64) as u64, bits as u64))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn calls_are_known_again() {
        let mut seen = Seen::default();
        let id = "0a1b2c3d-0000-4000-8000-000000000001";
        assert_eq!(seen.id(id, 7), Sight::First);
        assert_eq!(seen.id(id, 7), Sight::Again);
        assert_eq!(seen.id(id, 8), Sight::AgainOtherwise);
        assert_eq!(seen.id("0a1b2c3d-0000-4000-8000-000000000002", 7), Sight::First);
        // The same row twice in one file is two calls; in the next file they are the same two.
        assert_eq!([seen.record(&"row"), seen.record(&"row")], [Sight::First; 2]);
        seen.next_file();
        assert_eq!(
            [seen.record(&"row"), seen.record(&"row"), seen.record(&"row")],
            [Sight::Again, Sight::Again, Sight::First]
        );
    }
}
