//! What the doors keep between calls: responses that a later one may name, on the mock's clock.

use std::collections::{HashMap, VecDeque};
use std::hash::{BuildHasherDefault, DefaultHasher};
use std::sync::Arc;

/// What is kept.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct State {
    /// By id; never walked, so that its order is nobody's.
    responses: HashMap<Arc<str>, Stored, BuildHasherDefault<DefaultHasher>>,
    /// Ids in the order they were kept.
    order: VecDeque<Arc<str>>,
    bytes: usize,
    /// Projects, and how long data is kept.
    pub(super) kept: super::projects::Kept,
}

/// A response that was answered.
#[derive(Clone, Debug, PartialEq)]
pub struct Stored {
    /// The conversation up to and with its answer: items of an `input`, with commas between them. A later call
    /// reads them as it reads its own.
    pub items: String,
    /// The object as it is while it runs, and once it is done.
    pub running: String,
    pub done: String,
    /// When it came and when it is done, in milliseconds of the mock's clock.
    pub created_ms: f64,
    pub done_ms: f64,
}

/// The service keeps them 30 days.
const KEPT_MS: f64 = 30.0 * 86_400_000.0;
/// The most that is kept: the oldest goes first.
const MOST: usize = 10_000;
const MOST_BYTES: usize = 64 << 20;

impl Stored {
    fn bytes(&self) -> usize {
        self.running.len() + self.done.len() + self.items.len() + 256
    }

    /// The object as it is now.
    pub fn body(&self, now_ms: f64) -> &str {
        if now_ms < self.done_ms { &self.running } else { &self.done }
    }
}

impl State {
    /// Keeps a response.
    pub fn keep(&mut self, id: String, stored: Stored) {
        let id: Arc<str> = id.into();
        self.bytes += stored.bytes();
        self.responses.insert(id.clone(), stored);
        self.order.push_back(id);
        while self.order.len() > MOST || (self.bytes > MOST_BYTES && self.order.len() > 1) {
            let Some(oldest) = self.order.pop_front() else { break };
            self.forget(&oldest);
        }
    }

    /// The response with this id, while it is kept.
    pub fn get(&self, id: &str, now_ms: f64) -> Option<&Stored> {
        self.responses.get(id).filter(|stored| now_ms - stored.created_ms < KEPT_MS)
    }

    /// Changes the response with this id.
    pub fn get_mut(&mut self, id: &str, now_ms: f64) -> Option<&mut Stored> {
        self.responses.get_mut(id).filter(|stored| now_ms - stored.created_ms < KEPT_MS)
    }

    /// Lets a response go; whether there was one.
    pub fn delete(&mut self, id: &str, now_ms: f64) -> bool {
        let kept = self.get(id, now_ms).is_some();
        self.order.retain(|known| **known != *id);
        self.forget(id);
        kept
    }

    /// Forgets everything.
    pub fn clear(&mut self) {
        *self = State::default();
    }

    fn forget(&mut self, id: &str) {
        if let Some(gone) = self.responses.remove(id) {
            self.bytes = self.bytes.saturating_sub(gone.bytes());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stored(created_ms: f64, size: usize) -> Stored {
        Stored { items: String::new(), running: String::new(), done: "x".repeat(size), created_ms, done_ms: created_ms }
    }

    #[test]
    fn a_response_is_kept_thirty_days_and_memory_is_bounded() {
        let mut state = State::default();
        state.keep("a".to_string(), stored(0.0, 10));
        assert!(state.get("a", KEPT_MS - 1.0).is_some() && state.get("a", KEPT_MS).is_none());
        assert!(state.delete("a", 1.0) && !state.delete("a", 1.0));
        assert_eq!(state, State::default());
        for number in 0..80 {
            state.keep(format!("r{number}"), stored(0.0, 1 << 20));
        }
        assert!(state.bytes <= MOST_BYTES && state.get("r0", 1.0).is_none() && state.get("r79", 1.0).is_some());
    }
}
