//! Reading documents that people write: JSON into types, a problem with its path for everything
//! that is not as it should be, and nothing lost in silence.

mod decimal;
mod json;
pub mod python;

pub(crate) use decimal::parse_decimal;
pub use json::{bounded, bounded_with_twice, parse, parse_bytes, text_of, without_mark};

use std::cell::{Cell, RefCell};

use serde_json::{Map, Value};

use crate::problem::Problem;
use crate::words::{Message, Word};

/// Gathers what is wrong while a document is read.
#[derive(Default)]
pub struct Findings {
    found: RefCell<Vec<Problem>>,
}

impl Findings {
    pub fn push(&self, problem: Problem) {
        self.found.borrow_mut().push(problem);
    }

    /// Whether something was found at this path already.
    pub fn any_at(&self, path: &str) -> bool {
        self.found.borrow().iter().any(|problem| problem.path == path)
    }

    pub fn into_problems(self) -> Vec<Problem> {
        self.found.into_inner()
    }
}

/// The fields of one object of a document. What is asked for by no one is reported as unknown
/// when the object is done with.
pub struct Fields<'a> {
    map: &'a Map<String, Value>,
    path: String,
    asked: RefCell<Vec<&'static str>>,
    /// Whether any key is welcome.
    open: Cell<bool>,
    /// Whether an unknown key is an error.
    strict: Cell<bool>,
    findings: &'a Findings,
}

impl<'a> Fields<'a> {
    /// The fields of a value, which should be an object.
    pub fn of(value: &'a Value, path: impl Into<String>, findings: &'a Findings) -> Option<Self> {
        let path = path.into();
        match value {
            Value::Object(map) => {
                let (open, strict) = (Cell::new(false), Cell::new(false));
                Some(Fields { map, path, asked: RefCell::default(), open, strict, findings })
            }
            other => {
                findings.push(wrong_type(path, other, Word::expected_object));
                None
            }
        }
    }

    /// The path of a field of this object.
    pub fn path_of(&self, name: &str) -> String {
        if self.path.is_empty() { name.to_string() } else { format!("{}.{name}", self.path) }
    }

    /// Refuses what is not known instead of warning of it: a price with a typo would go unpaid.
    #[must_use]
    pub fn strictly(self) -> Self {
        self.be_strict();
        self
    }

    /// As [`Fields::strictly`], from now on.
    pub fn be_strict(&self) {
        self.strict.set(true);
    }

    pub fn path(&self) -> &str {
        &self.path
    }

    pub fn findings(&self) -> &'a Findings {
        self.findings
    }

    /// A field as it stands; absent and `null` are the same.
    pub fn value(&self, name: &'static str) -> Option<&'a Value> {
        self.asked.borrow_mut().push(name);
        self.map.get(name).filter(|value| !value.is_null())
    }

    /// The first of several names of a field that is there.
    pub fn any(&self, names: &[&'static str]) -> Option<&'a Value> {
        names.iter().filter_map(|name| self.value(name)).next()
    }

    pub fn number(&self, name: &'static str) -> Option<f64> {
        self.read(name, Word::expected_number, Value::as_f64)
    }

    pub fn text(&self, name: &'static str) -> Option<String> {
        self.read(name, Word::expected_text, |value| value.as_str().map(str::to_string))
    }

    pub fn flag(&self, name: &'static str) -> Option<bool> {
        self.read(name, Word::expected_flag, Value::as_bool)
    }

    /// A whole number of at least 0.
    pub fn count(&self, name: &'static str) -> Option<u64> {
        /// The first number that is too large, 2⁶⁴.
        const TOO_LARGE: f64 = 18_446_744_073_709_551_616.0;
        let value = self.value(name)?;
        let too_large = value.as_f64().is_some_and(|number| number >= TOO_LARGE) && !value.is_u64();
        let expected = if too_large { Word::expected_count_most } else { Word::expected_count };
        self.read(name, expected, |value| match (value.as_u64(), value.as_f64()) {
            (Some(count), _) => Some(count),
            // `1e6` is a whole number, too.
            (None, Some(float)) => ((0.0..TOO_LARGE).contains(&float) && float.fract() == 0.0).then_some(float as u64),
            _ => None,
        })
    }

    /// A field read by `convert`, which gives nothing for a value that is not of the expected kind.
    pub fn read<T>(&self, name: &'static str, expected: Word, convert: impl Fn(&'a Value) -> Option<T>) -> Option<T> {
        let value = self.value(name)?;
        let converted = convert(value);
        if converted.is_none() {
            self.findings.push(wrong_type(self.path_of(name), value, expected));
        }
        converted
    }

    /// A field that must be there; `None` is reported.
    pub fn required<T>(&self, name: &'static str, value: Option<T>) -> Option<T> {
        if value.is_none() && self.map.get(name).is_none_or(Value::is_null) {
            let what = Message::new(Word::field_missing).text("field", name);
            self.findings.push(Problem::error(self.path.clone(), what, Word::field_missing_hint));
        }
        value
    }

    /// The items of a list field with their paths.
    pub fn items(&self, name: &'static str) -> Option<Vec<(String, &'a Value)>> {
        let items = self.read(name, Word::expected_list, Value::as_array)?;
        let path = self.path_of(name);
        Some(items.iter().enumerate().map(|(index, item)| (format!("{path}[{index}]"), item)).collect())
    }

    /// The texts of a list field.
    pub fn texts(&self, name: &'static str) -> Vec<String> {
        let text = |(path, item): (String, &Value)| {
            let text = item.as_str().map(str::to_string);
            if text.is_none() {
                self.findings.push(wrong_type(path, item, Word::expected_text));
            }
            text
        };
        self.items(name).unwrap_or_default().into_iter().filter_map(text).collect()
    }

    /// The objects of a list field.
    pub fn objects(&self, name: &'static str) -> Option<Vec<Fields<'a>>> {
        let items = self.items(name)?;
        Some(items.into_iter().filter_map(|(path, item)| self.inner(item, path)).collect())
    }

    /// An object field.
    pub fn object(&self, name: &'static str) -> Option<Fields<'a>> {
        self.inner(self.value(name)?, self.path_of(name))
    }

    /// The fields of an object inside this one, read as strictly.
    fn inner(&self, value: &'a Value, path: String) -> Option<Fields<'a>> {
        let fields = Fields::of(value, path, self.findings)?;
        Some(if self.strict.get() { fields.strictly() } else { fields })
    }

    /// The entries of an object whose keys are names a person chose: none of them is unknown.
    pub fn entries(&self) -> &'a Map<String, Value> {
        self.open.set(true);
        self.map
    }

    /// The objects of a field that maps names to objects.
    pub fn named(&self, name: &'static str) -> Vec<(String, Fields<'a>)> {
        let Some(object) = self.object(name) else { return Vec::new() };
        let entry = |(key, value): (&String, &'a Value)| Some((key.clone(), object.inner(value, object.path_of(key))?));
        object.entries().iter().filter_map(entry).collect()
    }
}

impl Drop for Fields<'_> {
    fn drop(&mut self) {
        if self.open.get() {
            return;
        }
        let asked = self.asked.borrow();
        for key in self.map.keys().filter(|key| !asked.contains(&key.as_str())) {
            let strict = self.strict.get();
            let word = if strict { Word::unknown_field_refused } else { Word::unknown_field };
            let what = Message::new(word).text("field", key);
            let hint = match nearest(key, &asked).or_else(|| part_of(key, &asked)) {
                Some(name) => Message::new(Word::did_you_mean).text("name", name),
                None => Word::unknown_field_hint.into(),
            };
            let path = self.path_of(key);
            let found = if strict { Problem::error(path, what, hint) } else { Problem::warning(path, what, hint) };
            self.findings.push(found);
        }
    }
}

/// Where a path stands in a JSON text, `line:column path`: the place of its value, or of the nearest
/// thing around it that is there. A path that is a place already stays.
pub fn place_of(text: &str, path: &str) -> String {
    let at = value_at(text.as_bytes(), path);
    let before = &text[..text.floor_char_boundary(at)];
    let line = before.matches('\n').count() + 1;
    let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
    format!("{line}:{column} {path}").trim_end().to_string()
}

/// The offset of the value at a path in a JSON text. Keys may hold dots: the longest that fits counts.
fn value_at(text: &[u8], mut path: &str) -> usize {
    let mark = if text.starts_with("\u{feff}".as_bytes()) { 3 } else { 0 };
    let mut at = after_space(text, mark);
    while !path.is_empty() {
        let next = match (text.get(at), path.strip_prefix('[').and_then(|rest| rest.split_once(']'))) {
            (Some(b'['), Some((index, rest))) => {
                let index = index.parse::<usize>().ok();
                index.and_then(|index| members(text, at).nth(index)).map(|(_, value)| (value, rest))
            }
            (Some(b'{'), None) => members(text, at)
                .filter_map(|(key, value)| {
                    let key: String = serde_json::from_slice(key?).ok()?;
                    let rest = path.strip_prefix(key.as_str())?;
                    (rest.is_empty() || rest.starts_with(['.', '['])).then_some((value, rest))
                })
                .min_by_key(|(_, rest)| rest.len()),
            _ => None,
        };
        let Some((value, rest)) = next else { break };
        at = value;
        path = rest.strip_prefix('.').unwrap_or(rest);
    }
    at
}

/// The members of the list or object that begins at an offset: the text of the key, where there is
/// one, and the offset of the value.
fn members(text: &[u8], start: usize) -> impl Iterator<Item = (Option<&[u8]>, usize)> {
    let keyed = text.get(start) == Some(&b'{');
    let mut at = start + 1;
    std::iter::from_fn(move || {
        let mut value = after_space(text, at);
        if !text.get(value).is_some_and(|byte| !matches!(byte, b']' | b'}')) {
            return None;
        }
        let mut key = None;
        if keyed {
            let end = after_value(text, value);
            key = text.get(value..end);
            // Behind the colon.
            value = after_space(text, after_space(text, end) + 1);
        }
        // Behind the comma; at the end of the list this is past its bracket.
        let end = after_space(text, after_value(text, value));
        at = if text.get(end) == Some(&b',') { end + 1 } else { end };
        Some((key, value))
    })
}

fn after_space(text: &[u8], from: usize) -> usize {
    let rest = text.get(from..).unwrap_or_default();
    from + rest.iter().take_while(|byte| byte.is_ascii_whitespace()).count()
}

/// The offset behind the value that begins at another.
fn after_value(text: &[u8], from: usize) -> usize {
    let (mut depth, mut quoted, mut at) = (0usize, false, from);
    while let Some(byte) = text.get(at) {
        match byte {
            b'\\' if quoted => at += 1,
            b'"' => quoted = !quoted,
            _ if quoted => {}
            b'{' | b'[' => depth += 1,
            b'}' | b']' | b',' | b':' if depth == 0 => return at,
            b'}' | b']' => depth -= 1,
            _ => {}
        }
        at += 1;
        if depth == 0 && !quoted && matches!(byte, b'"' | b'}' | b']') {
            return at;
        }
    }
    at
}

/// The problem of a value that is of another type than it should be.
pub fn wrong_type(path: impl Into<String>, value: &Value, expected: Word) -> Problem {
    let mut shown: String = value.to_string().chars().take(40).collect();
    if shown.chars().count() == 40 {
        shown.push('…');
    }
    Problem::error(path, Message::new(Word::wrong_type).text("value", shown), expected)
}

/// The candidate that differs least from a name, if one is near.
pub fn nearest<'a>(name: &str, candidates: &[&'a str]) -> Option<&'a str> {
    let limit = 1 + name.len() / 4;
    let distances = candidates.iter().map(|candidate| (distance(name, candidate), *candidate));
    distances.min().filter(|(distance, _)| *distance <= limit).map(|(_, candidate)| candidate)
}

/// The candidate that a name is a part of, or that is a part of it: `topics` and `denied_topics`. Parts are between
/// underscores.
fn part_of<'a>(name: &str, candidates: &[&'a str]) -> Option<&'a str> {
    let holds = |long: &str, short: &str| long.split('_').any(|part| part == short);
    candidates.iter().find(|candidate| holds(candidate, name) || holds(name, candidate)).copied()
}

/// The edit distance of two names, a swap of neighbours counting as one edit.
fn distance(a: &str, b: &str) -> usize {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().take(64).collect(), b.chars().take(64).collect());
    let mut rows = vec![vec![0; b.len() + 1]; a.len() + 1];
    for i in 0..=a.len() {
        for j in 0..=b.len() {
            rows[i][j] = if i == 0 || j == 0 {
                i + j
            } else {
                let same = usize::from(a[i - 1] != b[j - 1]);
                let mut best = (rows[i - 1][j] + 1).min(rows[i][j - 1] + 1).min(rows[i - 1][j - 1] + same);
                if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                    best = best.min(rows[i - 2][j - 2] + 1);
                }
                best
            };
        }
    }
    rows[a.len()][b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::words::English;

    fn read(text: &str) -> Vec<String> {
        let value = parse(text).unwrap();
        let findings = Findings::default();
        if let Some(fields) = Fields::of(&value, "", &findings) {
            fields.number("rate");
            fields.required("name", fields.text("name"));
            for item in fields.objects("types").unwrap_or_default() {
                item.number("share_pct");
            }
            for (_, model) in fields.named("models") {
                model.flag("retired");
            }
        }
        findings.into_problems().iter().map(|problem| problem.say(&English)).collect()
    }

    #[test]
    fn every_problem_has_its_place() {
        let check = |text: &str, expected: &[&str]| assert_eq!(read(text), expected);
        check(r#"{"name": "a", "rate": 1, "types": [], "models": {"x.y": {"retired": true}}}"#, &[]);
        check(
            r#"{"rate": "fast"}"#,
            &["rate: \"fast\" is of the wrong type. Expected a number.", "The field `name` is missing. Add it."],
        );
        check(
            r#"{"name": "a", "types": [{"share_pct": 1}, {"shrae_pct": 2}]}"#,
            &["types[1].shrae_pct: The field `shrae_pct` is not known and was ignored. Did you mean `share_pct`?"],
        );
        check(
            r#"{"name": "a", "models": {"m": {"retired": 1}}}"#,
            &["models.m.retired: 1 is of the wrong type. Expected true or false."],
        );
        check("[]", &["[] is of the wrong type. Expected an object, { … }."]);
    }

    #[test]
    fn a_path_has_a_place_in_the_text() {
        let text = "{\n \"a.b\": {\"c\": [1, {\"日\": \"}\\\"]\"} , 3]},\n \"a\": {\"b\": 7}}";
        let check = |path: &str, place: &str| assert_eq!(place_of(text, path), place);
        check("", "1:1");
        check("a.b.c[0]", "2:16 a.b.c[0]");
        check("a.b.c[1].日", "2:25 a.b.c[1].日");
        check("a.b.c[2]", "2:35 a.b.c[2]");
        check("a", "3:7 a");
        check("a.b.x", "2:9 a.b.x");
        check("a.b.c[9]", "2:15 a.b.c[9]");
        check("missing", "1:1 missing");
        // What is no JSON has some place, too.
        for end in 0..text.len() {
            place_of(text.get(..end).unwrap_or_default(), "a.b.c[1].日");
        }
    }

    #[test]
    fn broken_json_has_a_line_and_a_column() {
        let problem = parse("{\n  \"a\": 1,,\n}").unwrap_err();
        assert_eq!(problem.path, "2:10");
    }
}
