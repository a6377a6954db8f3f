//! Ranges: any number of a document may be `[low, high]`. The scenario holds the middle, and the
//! range beside it by its path.

use serde::Serialize;
use serde_json::Value;

use crate::document::Findings;
use crate::problem::Problem;
use crate::words::{Message, Word};

/// A number that is known only to lie between two others.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Range {
    /// Where: `types[0].input_tokens`.
    pub path: String,
    pub low: f64,
    pub high: f64,
    /// The same place as a JSON pointer: a key of the document may hold a dot.
    #[serde(skip)]
    pub(super) pointer: String,
}

impl Range {
    pub fn middle(&self) -> f64 {
        0.5 * (self.low + self.high)
    }

    /// Whether a number is the middle, but for what a conversion between units has rounded.
    fn is_around(&self, value: f64) -> bool {
        let middle = self.middle();
        (middle - value).abs() <= 1e-12 * middle.abs()
    }
}

impl super::Scenario {
    /// The range at a path, if the value there is still its middle.
    pub fn range_at(&self, path: &str, value: f64) -> Option<(f64, f64)> {
        let range = self.ranges.iter().find(|range| range.path == path)?;
        range.is_around(value).then_some((range.low, range.high))
    }

    /// Says that a number is only known to lie between two others; the number itself is the caller's
    /// to set, to the middle.
    pub fn set_range(&mut self, path: &str, low: f64, high: f64) {
        self.ranges.retain(|range| range.path != path);
        if self.ranges.len() < MAX_RANGES {
            let pointer = pointer(&path.replace('.', &JOIN.to_string()));
            self.ranges.push(Range { path: path.to_string(), low, high, pointer });
        }
    }

    /// Lets the ranges of query types follow their types: `place` says where a type is now, or that
    /// it is gone.
    pub fn move_type_ranges(&mut self, place: impl Fn(usize) -> Option<usize>) {
        self.ranges.retain_mut(|range| {
            let Some((index, rest)) = range.path.strip_prefix("types[").and_then(|rest| rest.split_once(']')) else {
                return true;
            };
            let Some(now) = index.parse().ok().and_then(&place) else { return false };
            range.path = format!("types[{now}]{rest}");
            range.pointer = pointer(&range.path.replace('.', &JOIN.to_string()));
            true
        });
    }
}

/// The most ranges of a document.
const MAX_RANGES: usize = 256;

/// Lists that are lists, whatever their length.
const LISTS: [&str; 9] = ["types", "route", "stages", "parallel", "curve", "trace", "values", "values_ms", "samples"];

/// The document with every range replaced by its middle, and the ranges; `None` where there are
/// none, which is nearly always.
pub(super) fn take(document: &Value, findings: &Findings) -> Option<(Value, Vec<Range>)> {
    let mut ranges = Vec::new();
    find(document, "", &mut |path, low, high| {
        // Which form a document has is no quantity.
        if path == "version" {
            return;
        }
        let pointer = pointer(&path);
        ranges.push(Range { path: path.replace(JOIN, "."), low, high, pointer });
    });
    if ranges.is_empty() {
        return None;
    }
    let mut replaced = document.clone();
    for range in &ranges {
        if range.low > range.high {
            let what = Message::new(Word::range_backwards).number("low", range.low).number("high", range.high);
            findings.push(Problem::error(range.path.clone(), what, Word::range_backwards_hint));
        }
        if let Some(place) = replaced.pointer_mut(&range.pointer) {
            *place = Value::from(range.middle());
        }
    }
    if ranges.len() > MAX_RANGES {
        let what = Message::new(Word::too_many_ranges).number("count", ranges.len() as f64);
        let hint = Message::new(Word::too_many_ranges_hint).number("most", MAX_RANGES as f64);
        findings.push(Problem::error(String::new(), what, hint));
        ranges.truncate(MAX_RANGES);
    }
    Some((replaced, ranges))
}

/// Joins keys while they are gathered, since a key may hold a dot.
const JOIN: char = '\u{1}';

/// Calls `found` for every pair of numbers.
fn find(value: &Value, path: &str, found: &mut impl FnMut(String, f64, f64)) {
    match value {
        Value::Object(map) => {
            for (key, value) in map {
                let path = if path.is_empty() { key.clone() } else { format!("{path}{JOIN}{key}") };
                if LISTS.contains(&key.as_str()) {
                    for (index, item) in value.as_array().into_iter().flatten().enumerate() {
                        if item.is_object() {
                            find(item, &format!("{path}[{index}]"), found);
                        }
                    }
                } else {
                    find(value, &path, found);
                }
            }
        }
        Value::Array(items) => {
            if let [low, high] = items.as_slice()
                && let Some((low, high)) = low.as_f64().zip(high.as_f64())
            {
                found(path.to_string(), low, high);
            }
        }
        _ => {}
    }
}

/// The JSON pointer of a path of [`find`].
fn pointer(path: &str) -> String {
    let mut out = String::new();
    for key in path.split(JOIN) {
        let (name, index) = match key.strip_suffix(']').and_then(|key| key.rsplit_once('[')) {
            Some((name, index)) => (name, Some(index)),
            None => (key, None),
        };
        out.push('/');
        out.push_str(&name.replace('~', "~0").replace('/', "~1"));
        if let Some(index) = index {
            out.push('/');
            out.push_str(index);
        }
    }
    out
}

/// The document with every range at its lower or its upper end, to be checked as well.
pub(super) fn at_ends(document: &Value, ranges: &[Range]) -> [Value; 2] {
    let at = |end: fn(&Range) -> f64| {
        let mut replaced = document.clone();
        for range in ranges {
            if let Some(place) = replaced.pointer_mut(&range.pointer) {
                *place = Value::from(end(range));
            }
        }
        replaced
    };
    [at(|range| range.low), at(|range| range.high)]
}

/// Writes ranges back to a document, each where its middle still stands.
pub(super) fn restore(document: &mut Value, ranges: &[Range]) {
    for range in ranges {
        if let Some(place) = document.pointer_mut(&range.pointer)
            && place.as_f64().is_some_and(|value| range.is_around(value))
        {
            *place = serde_json::json!([range.low, range.high]);
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::scenario::Scenario;

    #[test]
    fn a_range_that_no_one_reads_is_ignored_with_its_field() {
        let read = Scenario::load(r#"{"x": {"daily_messages": [1, 2]}, "daily_messages": [10, 20]}"#).unwrap();
        assert_eq!(read.output.ranges.len(), 1);
        assert_eq!(read.warnings.len(), 1, "the unknown field is named: {:?}", read.warnings);
        assert_eq!(Scenario::load(&read.output.to_json()).unwrap().output, read.output);
    }

    /// Which form a document has is one number.
    #[test]
    fn a_version_is_no_range() {
        let refused = Scenario::load(r#"{"version": [1, 1]}"#).unwrap_err();
        assert!(refused.to_string().starts_with("version: "), "{refused}");
    }

    #[test]
    fn a_range_is_set_followed_and_forgotten() {
        let mut scenario = Scenario::default();
        scenario.types[1].input_tokens = crate::scenario::Distribution::Constant(300.0);
        scenario.set_range("types[1].input_tokens", 250.0, 350.0);
        assert_eq!(scenario.range_at("types[1].input_tokens", 300.0), Some((250.0, 350.0)));
        let again = Scenario::load(&scenario.to_json()).unwrap().output;
        assert_eq!(again, scenario, "a range that was set is one that was read");
        scenario.types.swap(0, 1);
        scenario.move_type_ranges(|index| Some(1 - index));
        assert_eq!(scenario.range_at("types[0].input_tokens", 300.0), Some((250.0, 350.0)));
        scenario.types[0].input_tokens = crate::scenario::Distribution::Constant(301.0);
        let again = Scenario::load(&scenario.to_json()).unwrap().output;
        assert_eq!(again.ranges, [], "a range counts while its middle stands");
    }

    /// A middle in percent and one in fractions differ in their last bits.
    #[test]
    fn a_range_survives_a_conversion_of_units() {
        let mut scenario = Scenario::default();
        for (low, high) in [(10.0, 20.0), (30.0, 60.0), (80.0, 90.0), (0.0, 0.0)] {
            let path = "types[0].cache.hit_rate";
            let middle = 0.5 * (low + high) / 100.0;
            scenario.types[0].cache.hit_rate = middle;
            scenario.set_range(path, low * 0.01, high * 0.01);
            assert!(scenario.range_at(path, middle).is_some(), "{low} to {high}");
            let again = Scenario::load(&scenario.to_json()).expect("it is valid").output;
            assert_eq!(again.ranges.len(), 1, "{}", scenario.to_json());
        }
        scenario.types[0].cache.hit_rate = 0.5;
        assert_eq!(scenario.range_at("types[0].cache.hit_rate", 0.5), None);
    }
}
