//! Structured output without a model: seeded JSON that is valid by a schema.

use serde_json::{Map, Value, json};

use crate::random::{Purpose, Stream};

/// How deep a schema is followed; below it, optional members are left out.
const DEEP: usize = 12;
/// A schema that refers to itself without end stops here.
const DEEPEST: usize = 40;

/// A value that is valid by a JSON schema; the same seed and call give the same.
pub(super) fn generate(schema: &Value, seed: u64, call: u64) -> Value {
    let mut writer = Writer { root: schema, words: Stream::new(seed, Purpose::Pool), next: call << 20 };
    writer.value(schema, "value", 0)
}

/// Words that texts are made of.
const WORDS: [&str; 12] =
    ["amber", "birch", "cedar", "delta", "ember", "fjord", "grove", "harbor", "island", "juniper", "kelp", "lantern"];

struct Writer<'a> {
    root: &'a Value,
    words: Stream,
    next: u64,
}

impl<'a> Writer<'a> {
    fn draw(&mut self, below: u64) -> u64 {
        self.next += 1;
        (self.words.word(self.next) >> 32) % below.max(1)
    }

    fn value(&mut self, schema: &'a Value, name: &str, depth: usize) -> Value {
        if depth > DEEPEST {
            return Value::Null;
        }
        if let Some(reference) = schema["$ref"].as_str() {
            let target = self.root.pointer(reference.trim_start_matches('#')).unwrap_or(&Value::Null);
            return self.value(target, name, depth + 1);
        }
        if let Some(constant) = schema.get("const") {
            return constant.clone();
        }
        if let Some(choices) = schema["enum"].as_array().filter(|choices| !choices.is_empty()) {
            let at = self.draw(choices.len() as u64) as usize;
            return choices.get(at).cloned().unwrap_or_default();
        }
        for union in ["anyOf", "oneOf"] {
            if let Some(branches) = schema[union].as_array().filter(|branches| !branches.is_empty()) {
                return self.branch(branches, name, depth);
            }
        }
        let merged = schema["allOf"].as_array().map(|parts| self.merged(schema, parts));
        match merged {
            // What several schemas ask together is written from one of their own making.
            Some(merged) => generate_in(&merged, self.root, self.words, &mut self.next, name, depth + 1),
            None => self.typed(schema, name, depth),
        }
    }

    /// One of several schemas: a plain one when the tree is deep already.
    fn branch(&mut self, branches: &'a [Value], name: &str, depth: usize) -> Value {
        let simple = |branch: &&Value| !matches!(branch["type"].as_str(), Some("object" | "array") | None);
        let flat = branches.iter().find(simple).filter(|_| depth >= DEEP);
        let at = self.draw(branches.len() as u64) as usize;
        match flat.or(branches.get(at)) {
            Some(branch) => self.value(branch, name, depth + 1),
            None => Value::Null,
        }
    }

    fn merged(&self, schema: &Value, parts: &[Value]) -> Value {
        let mut all = schema.clone();
        if let Some(object) = all.as_object_mut() {
            object.remove("allOf");
        }
        for part in parts {
            let part = match part["$ref"].as_str() {
                Some(reference) => self.root.pointer(reference.trim_start_matches('#')).unwrap_or(part),
                None => part,
            };
            merge(&mut all, part);
        }
        all
    }

    fn typed(&mut self, schema: &'a Value, name: &str, depth: usize) -> Value {
        let kind = match &schema["type"] {
            Value::String(kind) => kind.as_str(),
            Value::Array(kinds) => {
                kinds.iter().filter_map(Value::as_str).find(|kind| *kind != "null").unwrap_or("null")
            }
            _ if schema["properties"].is_object() => "object",
            _ if schema["items"].is_object() => "array",
            _ => "string",
        };
        match kind {
            "object" => self.object(schema, depth),
            "array" => self.array(schema, name, depth),
            "integer" => self.number(schema, true),
            "number" => self.number(schema, false),
            "boolean" => json!(self.draw(2) == 1),
            "null" => Value::Null,
            _ => json!(self.text(schema, name)),
        }
    }

    fn object(&mut self, schema: &'a Value, depth: usize) -> Value {
        let required: Vec<&str> =
            schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
        let mut object = Map::new();
        for (name, member) in schema["properties"].as_object().into_iter().flatten() {
            if depth < DEEP || required.contains(&name.as_str()) {
                let value = self.value(member, name, depth + 1);
                object.insert(name.clone(), value);
            }
        }
        for name in required {
            if !object.contains_key(name) {
                object.insert(name.to_string(), json!(self.words(1)));
            }
        }
        Value::Object(object)
    }

    fn array(&mut self, schema: &'a Value, name: &str, depth: usize) -> Value {
        let least = schema["minItems"].as_u64().unwrap_or(u64::from(depth < DEEP)).min(1_000);
        let most = schema["maxItems"].as_u64().unwrap_or(least + 2).clamp(least, least + 2);
        let count = if depth < DEEP { least + self.draw(most - least + 1) } else { least };
        let fixed = schema["prefixItems"].as_array().map(Vec::as_slice).unwrap_or_default();
        let mut items: Vec<Value> = Vec::new();
        for index in 0..count.max(fixed.len() as u64) {
            let item = fixed.get(index as usize).unwrap_or(&schema["items"]);
            let value = self.value(item, name, depth + 1);
            if schema["uniqueItems"] != true || !items.contains(&value) {
                items.push(value);
            }
        }
        Value::Array(items)
    }

    fn number(&mut self, schema: &Value, whole: bool) -> Value {
        let bound = |names: [&str; 2], inward: f64| {
            let plain = schema[names[0]].as_f64();
            let open =
                schema[names[1]].as_f64().map(|bound| if whole { bound + inward } else { bound + inward * 0.01 });
            match (plain, open) {
                (Some(a), Some(b)) => Some(if inward > 0.0 { a.max(b) } else { a.min(b) }),
                (a, b) => a.or(b),
            }
        };
        let (low, high) = (bound(["minimum", "exclusiveMinimum"], 1.0), bound(["maximum", "exclusiveMaximum"], -1.0));
        let low = low.unwrap_or_else(|| high.map_or(1.0, |high| (high - 100.0).min(1.0)));
        let high = high.unwrap_or(low + 100.0).max(low);
        let step = schema["multipleOf"].as_f64().filter(|step| *step > 0.0).unwrap_or(if whole { 1.0 } else { 0.01 });
        let first = libm::ceil(low / step - 1e-9);
        let count = (libm::floor(high / step + 1e-9) - first).clamp(0.0, 1e9) as u64;
        let drawn = (first + self.draw(count + 1) as f64) * step;
        if whole {
            return json!(libm::round(drawn) as i64);
        }
        // Hundredths have no exact form: what is written is the nearest with few digits.
        let tidy = libm::round(drawn * 1e6) / 1e6;
        json!(tidy.clamp(low, high))
    }

    fn words(&mut self, count: u64) -> String {
        let word = |at: u64| WORDS.get(at as usize).copied().unwrap_or("word");
        (0..count).map(|_| word(self.draw(WORDS.len() as u64))).collect::<Vec<_>>().join(" ")
    }

    fn text(&mut self, schema: &Value, name: &str) -> String {
        let day = |writer: &mut Self| format!("2026-{:02}-{:02}", 1 + writer.draw(12), 1 + writer.draw(28));
        let hour = |writer: &mut Self| format!("{:02}:{:02}:{:02}", writer.draw(24), writer.draw(60), writer.draw(60));
        let made = match schema["format"].as_str() {
            Some("date") => day(self),
            Some("time") => format!("{}Z", hour(self)),
            Some("date-time") => format!("{}T{}Z", day(self), hour(self)),
            Some("duration") => format!("P{}D", 1 + self.draw(30)),
            Some("email") => format!("{}@example.com", self.words(1)),
            Some("hostname") => format!("{}.example.com", self.words(1)),
            Some("ipv4") => format!("192.0.2.{}", 1 + self.draw(250)),
            Some("ipv6") => format!("2001:db8::{:x}", 1 + self.draw(65_000)),
            Some("uri" | "url") => format!("https://example.com/{}", self.words(1)),
            Some("uuid") => format!(
                "{:08x}-{:04x}-4{:03x}-8{:03x}-{:012x}",
                self.draw(1 << 32),
                self.draw(1 << 16),
                self.draw(1 << 12),
                self.draw(1 << 12),
                self.draw(1 << 32)
            ),
            _ => match schema["pattern"].as_str() {
                Some(pattern) => return self.matching(pattern),
                None => format!("{} {name}", self.words(1)),
            },
        };
        let count = made.chars().count() as u64;
        let least = schema["minLength"].as_u64().unwrap_or(0).min(100_000);
        let most = schema["maxLength"].as_u64().unwrap_or(u64::MAX);
        if count < least {
            return made.chars().chain(std::iter::repeat('a')).take(least as usize).collect();
        }
        if count > most { made.chars().take(most as usize).collect() } else { made }
    }

    /// A text that a simple pattern matches: classes, literals, groups, counts; what it cannot write it
    /// answers with its literal letters.
    fn matching(&mut self, pattern: &str) -> String {
        let mut out = String::new();
        let letters: Vec<char> = pattern.trim_start_matches('^').trim_end_matches('$').chars().collect();
        self.pattern(&letters, &mut out, 0);
        out
    }

    fn pattern(&mut self, letters: &[char], out: &mut String, depth: usize) {
        let mut at = 0;
        while let Some(letter) = letters.get(at) {
            let (choices, next): (Vec<String>, usize) = match letter {
                '[' => {
                    let end = letters.iter().skip(at + 1).position(|c| *c == ']').map_or(letters.len(), |n| at + 1 + n);
                    (class(letters.get(at + 1..end).unwrap_or_default()), end + 1)
                }
                '(' if depth < 8 => {
                    let end = closing(letters, at);
                    let inner = letters.get(at + 1..end).unwrap_or_default();
                    let inner = inner.strip_prefix(&['?', ':']).unwrap_or(inner);
                    let mut branches = vec![];
                    for branch in inner.split(|c| *c == '|') {
                        let mut text = String::new();
                        self.pattern(branch, &mut text, depth + 1);
                        branches.push(text);
                    }
                    (branches, end + 1)
                }
                '\\' => {
                    let choices = match letters.get(at + 1) {
                        Some('d') => ('0'..='9').map(String::from).collect(),
                        Some('w') => ('a'..='z').map(String::from).collect(),
                        Some('s') => vec![" ".to_string()],
                        Some(other) => vec![other.to_string()],
                        None => vec![],
                    };
                    (choices, at + 2)
                }
                '.' => (('a'..='z').map(String::from).collect(), at + 1),
                '^' | '$' => (vec![], at + 1),
                other => (vec![other.to_string()], at + 1),
            };
            let (least, most, next) = count(letters, next);
            let times = least + self.draw((most.min(least + 3)) - least + 1);
            for _ in 0..times {
                let choice = self.draw(choices.len() as u64) as usize;
                out.push_str(choices.get(choice).map_or("", String::as_str));
            }
            at = next;
            if out.len() > 10_000 {
                return;
            }
        }
    }
}

/// The letters of a class: `a-z0-9_`.
fn class(letters: &[char]) -> Vec<String> {
    let mut choices = Vec::new();
    let negated = letters.first() == Some(&'^');
    let mut at = usize::from(negated);
    while let Some(letter) = letters.get(at) {
        match (letter, letters.get(at + 1), letters.get(at + 2)) {
            ('\\', Some('d'), _) => {
                choices.extend(('0'..='9').map(String::from));
                at += 2;
            }
            ('\\', Some('w'), _) => {
                choices.extend(('a'..='z').map(String::from));
                at += 2;
            }
            ('\\', Some(other), _) => {
                choices.push(other.to_string());
                at += 2;
            }
            (from, Some('-'), Some(to)) => {
                choices.extend((*from..=*to).take(200).map(String::from));
                at += 3;
            }
            (letter, ..) => {
                choices.push(letter.to_string());
                at += 1;
            }
        }
    }
    if negated { ('a'..='z').map(String::from).filter(|letter| !choices.contains(letter)).collect() } else { choices }
}

/// The place of the bracket that closes the one at `open`.
fn closing(letters: &[char], open: usize) -> usize {
    let mut depth = 0_usize;
    for (at, letter) in letters.iter().enumerate().skip(open) {
        match letter {
            '(' => depth += 1,
            ')' => {
                depth -= 1;
                if depth == 0 {
                    return at;
                }
            }
            _ => {}
        }
    }
    letters.len()
}

/// How often what stands before is repeated, and where the pattern goes on.
fn count(letters: &[char], at: usize) -> (u64, u64, usize) {
    match letters.get(at) {
        Some('?') => (0, 1, at + 1),
        Some('*') => (0, 3, at + 1),
        Some('+') => (1, 4, at + 1),
        Some('{') => {
            let end = letters.iter().skip(at).position(|c| *c == '}').map_or(letters.len(), |n| at + n);
            let inside: String = letters.get(at + 1..end).unwrap_or_default().iter().collect();
            let (least, most) = inside.split_once(',').map_or((inside.as_str(), inside.as_str()), |pair| pair);
            let least = least.parse().unwrap_or(1).min(1_000);
            (least, most.parse().unwrap_or(least + 3).clamp(least, 1_000), end + 1)
        }
        _ => (1, 1, at),
    }
}

/// Adds what one schema asks to another: members together, lists one after the other, the rest replaced.
fn merge(into: &mut Value, from: &Value) {
    match (into, from) {
        (Value::Object(into), Value::Object(from)) => {
            for (key, value) in from {
                merge(into.entry(key.clone()).or_insert(Value::Null), value);
            }
        }
        (Value::Array(into), Value::Array(from)) => into.extend(from.iter().cloned()),
        (into, from) => *into = from.clone(),
    }
}

fn generate_in(schema: &Value, root: &Value, words: Stream, next: &mut u64, name: &str, depth: usize) -> Value {
    // The merged schema keeps references of the whole: they are looked up in it.
    let mut whole = schema.clone();
    for definitions in ["$defs", "definitions"] {
        if let (Some(object), Some(value)) = (whole.as_object_mut(), root.get(definitions)) {
            object.entry(definitions).or_insert_with(|| value.clone());
        }
    }
    let mut writer = Writer { root: &whole, words, next: *next };
    let value = writer.value(&whole, name, depth);
    *next = writer.next;
    value
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_keyword_is_kept() {
        let schema = json!({
            "type": "object",
            "properties": {
                "id": {"type": "string", "format": "uuid"},
                "code": {"type": "string", "pattern": "^[A-Z]{2}-\\d{4}$"},
                "size": {"type": "string", "enum": ["S", "M"]},
                "price": {"type": "number", "minimum": 5, "exclusiveMaximum": 6},
                "count": {"type": "integer", "minimum": 3, "maximum": 9, "multipleOf": 3},
                "tags": {"type": "array", "items": {"$ref": "#/$defs/tag"}, "minItems": 2, "maxItems": 3},
                "maybe": {"anyOf": [{"type": "null"}, {"type": "boolean"}]},
                "both": {"allOf": [{"type": "object", "properties": {"a": {"const": 1}}, "required": ["a"]}, {"properties": {"b": {"type": "string", "minLength": 30, "maxLength": 31}}, "required": ["b"]}]},
            },
            "required": ["id", "extra"],
            "$defs": {"tag": {"type": "string", "maxLength": 4}},
        });
        for call in 0..200 {
            let value = generate(&schema, 42, call);
            let text = |name: &str| value[name].as_str().unwrap_or_else(|| panic!("{name}: {value}")).to_string();
            assert_eq!(text("id").len(), 36);
            assert!(regex_lite::Regex::new("^[A-Z]{2}-\\d{4}$").unwrap().is_match(&text("code")), "{value}");
            assert!(["S", "M"].contains(&text("size").as_str()));
            assert!((5.0..6.0).contains(&value["price"].as_f64().unwrap()), "{value}");
            assert!([3, 6, 9].contains(&value["count"].as_i64().unwrap()));
            let tags = value["tags"].as_array().unwrap();
            assert!((2..=3).contains(&tags.len()) && tags.iter().all(|tag| tag.as_str().unwrap().chars().count() <= 4));
            assert!(value["maybe"].is_null() || value["maybe"].is_boolean());
            assert_eq!(value["both"]["a"], 1);
            assert!((30..=31).contains(&value["both"]["b"].as_str().unwrap().len()));
            assert!(value.get("extra").is_some());
            assert_eq!(value, generate(&schema, 42, call));
        }
        assert_ne!(generate(&schema, 1, 0), generate(&schema, 2, 0));
    }

    #[test]
    fn schemas_without_end_and_sense_end() {
        let endless = json!({"type": "object", "properties": {"next": {"$ref": "#"}}, "required": ["next"]});
        assert!(generate(&endless, 42, 0).is_object());
        let list = json!({"$ref": "#/$defs/node", "$defs": {"node": {"type": "object", "properties": {"next": {"anyOf": [{"$ref": "#/$defs/node"}, {"type": "null"}]}}, "required": ["next"]}}});
        assert!(generate(&list, 42, 0).is_object());
        for odd in [
            json!(null),
            json!(7),
            json!({"type": 7}),
            json!({"$ref": "#/nowhere"}),
            json!({"pattern": "((((["}),
            json!({"allOf": [1]}),
        ] {
            let _ = generate(&odd, 42, 0);
        }
    }
}
