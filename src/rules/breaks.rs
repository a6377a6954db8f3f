//! Breaks a value of a shape in one place, in every way that the shape can tell: what a check of answers is
//! tested with.

use serde_json::Value;

use super::service_model::model;

/// What may be broken in a value of a shape, one break a result: a required member left out, another type,
/// two members of a union or none, a choice that is none, a number out of its range. For tests.
pub fn single_breaks(shape: &str, value: &Value) -> Vec<(String, Value)> {
    let mut breaks = Vec::new();
    breaks_of(shape, value, "", &mut |place, broken| breaks.push((place, broken)));
    breaks
}

fn breaks_of(shape: &str, value: &Value, place: &str, found: &mut dyn FnMut(String, Value)) {
    let Some(member) = model().shapes.get(shape) else { return };
    let is_container = matches!(member.kind.as_str(), "structure" | "tagged" | "list" | "map");
    let other = match member.kind.as_str() {
        "document" => None,
        "string" | "blob" => Some(Value::from(7)),
        _ => Some(Value::from("x")),
    };
    if let Some(other) = other {
        found(format!("{place}: another type"), other);
    }
    if !is_container {
        if member.kind == "blob" {
            found(format!("{place}: no base64"), Value::from("no base64!"));
        }
        if !member.choices.is_empty() {
            found(format!("{place}: no choice"), Value::from("no-such-choice"));
        }
        if let Some(least) = member.min.filter(|_| value.is_number()) {
            found(format!("{place}: below its range"), Value::from(least - 1.0));
        }
        return;
    }
    match value {
        Value::Object(object) => {
            let shape = match member.kind.as_str() {
                "tagged" => {
                    let mut broken = object.clone();
                    broken.insert("type".to_string(), Value::from("no-such-type"));
                    if !member.open {
                        found(format!("{place}: another tag"), Value::Object(broken.clone()));
                    }
                    broken.remove("type");
                    found(format!("{place}: no tag"), Value::Object(broken));
                    let tag = value["type"].as_str().and_then(|tag| member.members.get(tag));
                    let Some(inner) = tag.and_then(|name| model().shapes.get(name)) else { return };
                    inner
                }
                _ => member,
            };
            if shape.union {
                found(format!("{place}: an empty union"), Value::Object(serde_json::Map::new()));
                let mut two = object.clone();
                if let Some(second) = shape.members.keys().find(|name| !object.contains_key(*name)) {
                    two.insert(second.clone(), Value::Object(serde_json::Map::new()));
                    found(format!("{place}: two of a union"), Value::Object(two));
                }
            }
            for name in shape.required.iter().filter(|name| object.contains_key(*name)) {
                let mut less = object.clone();
                less.remove(name);
                found(format!("{place}.{name}: left out"), Value::Object(less));
            }
            for (name, inner) in object.iter().filter(|(_, inner)| !inner.is_null()) {
                let Some(member) = shape.members.get(name) else { continue };
                breaks_of(member, inner, &format!("{place}.{name}"), &mut |place, broken| {
                    let mut changed = object.clone();
                    changed.insert(name.clone(), broken);
                    found(place, Value::Object(changed));
                });
            }
        }
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                let Some(member) = &member.member else { continue };
                breaks_of(member, item, &format!("{place}[{index}]"), &mut |place, broken| {
                    let mut changed = items.clone();
                    changed[index] = broken;
                    found(place, Value::Array(changed));
                });
            }
        }
        _ => {}
    }
}
