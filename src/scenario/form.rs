//! The scenario's form, written once: a struct's fields with their types, defaults, ranges and meaning.
//!
//! What [`form!`] is given becomes the struct, its default, its reader, its checks, its way between programs, its
//! rows in the reference and its part of the JSON Schema. What a field's type does with a value is a [`Part`].

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use serde_json::{Map, Value, json};

use crate::document::Fields;
use crate::problem::Problem;
use crate::words::{Arg, Message, Word};

/// What a number may be.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Limits {
    pub least: f64,
    pub most: f64,
    /// Whether it must be whole.
    pub whole: bool,
    /// Whether the field must be there.
    pub required: bool,
}

impl Limits {
    /// Whatever the type takes.
    pub const ANY: Limits = Limits { least: f64::NEG_INFINITY, most: f64::INFINITY, whole: false, required: false };
    /// A fraction of a whole.
    pub const SHARE: Limits = Limits::of(0.0, 1.0);
    pub const PERCENT: Limits = Limits::of(0.0, 100.0);

    pub const fn of(least: f64, most: f64) -> Limits {
        Limits { least, most, ..Limits::ANY }
    }

    pub const fn whole(self) -> Limits {
        Limits { whole: true, ..self }
    }

    pub const fn required(self) -> Limits {
        Limits { required: true, ..self }
    }
}

/// One field of the document.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct FieldForm {
    pub name: &'static str,
    /// What it is, in a sentence; the unit is in the name (`_ms`, `_pct`, `_usd`).
    pub about: String,
    pub limits: Limits,
    /// As JSON; `null` where the field is absent by default.
    pub default: Value,
    /// What it takes, as JSON Schema.
    pub schema: Value,
}

/// The objects of the document, each described once.
#[derive(Default)]
pub struct Objects {
    found: BTreeMap<&'static str, Vec<FieldForm>>,
    order: Vec<&'static str>,
}

impl Objects {
    /// Describes an object, unless it is described already, and says how a schema refers to it.
    pub(super) fn refer(&mut self, name: &'static str, fields: impl FnOnce(&mut Objects) -> Vec<FieldForm>) -> Value {
        if !self.order.contains(&name) {
            self.order.push(name);
            let fields = fields(self);
            self.found.insert(name, fields);
        }
        json!({"$ref": format!("#/$defs/{name}")})
    }

    /// Each object with its fields, the outer ones first.
    pub fn iter(&self) -> impl Iterator<Item = (&'static str, &[FieldForm])> {
        self.order.iter().filter_map(|name| Some((*name, self.found.get(name)?.as_slice())))
    }
}

/// Where a value stands; written only where something is wrong with it.
#[derive(Clone, Copy)]
pub enum Place<'a> {
    Document,
    Field(&'a Place<'a>, &'a str),
    Item(&'a Place<'a>, usize),
}

impl Place<'_> {
    pub(super) fn field<'a>(&'a self, name: &'a str) -> Place<'a> {
        Place::Field(self, name)
    }

    pub(super) fn item(&self, index: usize) -> Place<'_> {
        Place::Item(self, index)
    }
}

impl fmt::Display for Place<'_> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Place::Document => Ok(()),
            Place::Field(Place::Document, name) => out.write_str(name),
            Place::Field(within, name) => write!(out, "{within}.{name}"),
            Place::Item(within, index) => write!(out, "{within}[{index}]"),
        }
    }
}

/// Gathers what is wrong with values.
#[derive(Default)]
pub struct Check {
    pub(super) found: Vec<Problem>,
}

impl Check {
    pub(super) fn error(&mut self, place: &Place<'_>, what: impl Into<Message>, hint: impl Into<Message>) {
        self.found.push(Problem::error(place.to_string(), what, hint));
    }

    pub(super) fn range(&mut self, place: &Place<'_>, value: f64, limits: &Limits) {
        let (least, most) = (limits.least, limits.most);
        if !(least..=most).contains(&value) {
            self.error(
                place,
                // A NaN or an infinity has no JSON form, but a typed field or a JavaScript value has.
                Message::new(Word::out_of_range).with("value", Arg::Exact(value)),
                Message::new(Word::out_of_range_hint).number("least", least).number("most", most),
            );
        }
        if limits.whole && value.is_finite() && value.fract() != 0.0 {
            self.error(place, Word::not_whole, Word::not_whole_hint);
        }
    }
}

/// What the type of a field does with its value in a document.
pub(super) trait Part: Sized {
    /// The value; `None` when it is absent, or is none and was found to be.
    fn read(fields: &Fields<'_>, name: &'static str) -> Option<Self>;

    /// The number that it is, if it is one.
    fn number_mut(&mut self) -> Option<&mut f64> {
        None
    }

    /// Finds what is wrong with the value itself.
    fn check(&self, _place: &Place<'_>, _limits: &Limits, _check: &mut Check) {}

    /// What it takes, as JSON Schema; `null` for what no document gives.
    fn schema(limits: &Limits, objects: &mut Objects) -> Value;
}

/// A struct that a document gives as an object.
pub(super) trait Form: Sized {
    /// Every field that is given.
    fn fill(&mut self, fields: &Fields<'_>);
    /// Every field's own range.
    fn check_fields(&self, place: &Place<'_>, check: &mut Check);
    fn fields(objects: &mut Objects) -> Vec<FieldForm>;
}

/// What is read from an object.
pub(super) trait Object: Sized {
    fn of(fields: &Fields<'_>) -> Self;
}

macro_rules! form {
    ($(#[$meta:meta])* pub struct $name:ident $(($how:ident))? {
        $($(#[doc = $doc:literal])* $(#[serde($($serde:tt)*)])? $field:ident: $type:ty = $default:expr $(=> $limits:expr)?,)*
    }) => {
        $(#[$meta])*
        pub struct $name { $($(#[doc = $doc])* $(#[serde($($serde)*)])? pub $field: $type,)* }

        $crate::pack_fields!($name { $($field),* });

        impl $name {
            /// Every field as it is in a document that does not give it.
            pub(super) fn plain() -> Self {
                $name { $($field: $default,)* }
            }
        }

        impl $crate::scenario::form::Form for $name {
            fn fill(&mut self, fields: &$crate::document::Fields<'_>) {
                $({
                    let limits = $crate::scenario::form::limits!($($limits)?);
                    let given = $crate::scenario::form::Part::read(fields, stringify!($field));
                    let given = if limits.required { fields.required(stringify!($field), given) } else { given };
                    if let Some(given) = given {
                        self.$field = given;
                    }
                })*
            }

            fn check_fields(&self, place: &$crate::scenario::form::Place<'_>, check: &mut $crate::scenario::form::Check) {
                $($crate::scenario::form::Part::check(
                    &self.$field,
                    &place.field(stringify!($field)),
                    &$crate::scenario::form::limits!($($limits)?),
                    check,
                );)*
            }

            fn fields(objects: &mut $crate::scenario::form::Objects) -> Vec<$crate::scenario::form::FieldForm> {
                vec![$({
                    let limits = $crate::scenario::form::limits!($($limits)?);
                    $crate::scenario::form::FieldForm {
                        name: stringify!($field),
                        about: [$($doc),*].concat().trim().to_string(),
                        limits,
                        default: $crate::scenario::form::json_of::<$type>($default),
                        schema: <$type as $crate::scenario::form::Part>::schema(&limits, objects),
                    }
                }),*]
            }
        }

        $crate::scenario::form::form!(@part $name $($how)? {$($field: $type),*});
    };
    // Read by code of its own: an `Object` beside it.
    (@part $name:ident by_hand {$($fields:tt)*}) => {
        impl Default for $name {
            fn default() -> Self {
                $name::plain()
            }
        }
        $crate::scenario::form::form!(@object $name);
    };
    // The whole document, whose default is a scenario of its own.
    (@part $name:ident document {$($fields:tt)*}) => {};
    // A service: off when absent or `false`, `true` for its defaults, or an object.
    (@part $name:ident service {$($field:ident: $type:ty),*}) => {
        impl $name {
            /// Its numbers by their names in a document.
            pub(super) fn numbers_mut(&mut self) -> Vec<(&'static str, &mut f64)> {
                let places: Vec<(&'static str, Option<&mut f64>)> =
                    vec![$((stringify!($field), $crate::scenario::form::Part::number_mut(&mut self.$field))),*];
                places.into_iter().filter_map(|(name, number)| Some((name, number?))).collect()
            }
        }
        impl Default for $name {
            fn default() -> Self {
                $name::plain()
            }
        }
        impl $crate::scenario::form::Part for $name {
            fn read(fields: &$crate::document::Fields<'_>, name: &'static str) -> Option<Self> {
                match fields.value(name)? {
                    serde_json::Value::Bool(on) => on.then($name::plain),
                    _ => {
                        let mut service = $name::plain();
                        $crate::scenario::form::Form::fill(&mut service, &fields.object(name)?);
                        Some(service)
                    }
                }
            }

            fn check(&self, place: &$crate::scenario::form::Place<'_>, _: &$crate::scenario::form::Limits, check: &mut $crate::scenario::form::Check) {
                $crate::scenario::form::Form::check_fields(self, place, check);
            }

            fn schema(_: &$crate::scenario::form::Limits, objects: &mut $crate::scenario::form::Objects) -> serde_json::Value {
                let object = objects.refer(stringify!($name), <$name as $crate::scenario::form::Form>::fields);
                serde_json::json!({"anyOf": [{"type": "boolean"}, object]})
            }
        }
    };
    (@part $name:ident {$($fields:tt)*}) => {
        impl Default for $name {
            fn default() -> Self {
                $name::plain()
            }
        }
        impl $crate::scenario::form::Object for $name {
            fn of(fields: &$crate::document::Fields<'_>) -> Self {
                let mut object = $name::plain();
                $crate::scenario::form::Form::fill(&mut object, fields);
                object
            }
        }
        $crate::scenario::form::form!(@object $name);
    };
    (@object $name:ident) => {
        impl $crate::scenario::form::Part for $name {
            fn read(fields: &$crate::document::Fields<'_>, name: &'static str) -> Option<Self> {
                fields.object(name).map(|object| $crate::scenario::form::Object::of(&object))
            }

            fn check(&self, place: &$crate::scenario::form::Place<'_>, _: &$crate::scenario::form::Limits, check: &mut $crate::scenario::form::Check) {
                $crate::scenario::form::Form::check_fields(self, place, check);
            }

            fn schema(_: &$crate::scenario::form::Limits, objects: &mut $crate::scenario::form::Objects) -> serde_json::Value {
                objects.refer(stringify!($name), <$name as $crate::scenario::form::Form>::fields)
            }
        }
    };
}

macro_rules! limits {
    () => {
        $crate::scenario::form::Limits::ANY
    };
    ($limits:expr) => {
        $limits
    };
}

/// An enum whose values have a `key`: one of a few words. What follows is read as well.
macro_rules! choice_part {
    ($name:ident $(, $also:literal)*) => {
        $crate::pack_choice!($name);
        impl $crate::scenario::form::Part for $name {
            fn read(fields: &$crate::document::Fields<'_>, name: &'static str) -> Option<Self> {
                $crate::scenario::form::choice(fields, name, $name::from_key, &$name::ALL.map($name::key))
            }

            fn schema(_: &$crate::scenario::form::Limits, _: &mut $crate::scenario::form::Objects) -> serde_json::Value {
                let keys: Vec<&str> = $name::ALL.map($name::key).into_iter().chain([$($also),*]).collect();
                serde_json::json!({ "enum": keys })
            }
        }
    };
}

pub(super) use {choice_part, form, limits};

/// A field that names one of a few things.
pub(super) fn choice<T>(
    fields: &Fields<'_>,
    name: &'static str,
    from: impl Fn(&str) -> Option<T>,
    all: &[&str],
) -> Option<T> {
    let text = fields.text(name)?;
    let found = from(&text);
    if found.is_none() {
        let what = Message::new(Word::not_one_of).text("value", text);
        let hint = Message::new(Word::not_one_of_hint).text("all", all.join(", "));
        fields.findings().push(Problem::error(fields.path_of(name), what, hint));
    }
    found
}

impl Part for f64 {
    fn read(fields: &Fields<'_>, name: &'static str) -> Option<Self> {
        fields.number(name)
    }

    fn number_mut(&mut self) -> Option<&mut f64> {
        Some(self)
    }

    fn check(&self, place: &Place<'_>, limits: &Limits, check: &mut Check) {
        check.range(place, *self, limits);
    }

    fn schema(limits: &Limits, _: &mut Objects) -> Value {
        number_schema(limits, true)
    }
}

/// A number, or the range that it is known to lie in.
fn number_schema(limits: &Limits, ranged: bool) -> Value {
    let mut schema = Map::new();
    let plain = if limits.whole || !ranged { "integer" } else { "number" };
    schema.insert("type".to_string(), if ranged { json!([plain, "array"]) } else { json!(plain) });
    for (key, end) in [("minimum", limits.least), ("maximum", limits.most)] {
        if end.is_finite() {
            schema.insert(key.to_string(), short(end));
        }
    }
    if ranged {
        schema.insert("items".to_string(), json!({"type": "number"}));
        schema.insert("minItems".to_string(), json!(2));
        schema.insert("maxItems".to_string(), json!(2));
    }
    Value::Object(schema)
}

/// A default as a person writes it.
pub(super) fn json_of<T: serde::Serialize>(value: T) -> Value {
    let value = serde_json::to_value(value).unwrap_or_default();
    value.as_f64().filter(|_| value.is_f64()).map_or(value, short)
}

/// A whole number without a point, where it is one.
fn short(number: f64) -> Value {
    if number.fract() == 0.0 && number.abs() < 9e15 { json!(number as i64) } else { json!(number) }
}

impl Part for u64 {
    fn read(fields: &Fields<'_>, name: &'static str) -> Option<Self> {
        fields.count(name)
    }

    fn schema(_: &Limits, _: &mut Objects) -> Value {
        number_schema(&Limits { least: 0.0, ..Limits::ANY }, false)
    }
}

/// More than its type holds is out of any field's range, and stays so.
impl Part for u32 {
    fn read(fields: &Fields<'_>, name: &'static str) -> Option<Self> {
        fields.count(name).map(|count| u32::try_from(count).unwrap_or(u32::MAX))
    }

    fn check(&self, place: &Place<'_>, limits: &Limits, check: &mut Check) {
        check.range(place, f64::from(*self), limits);
    }

    fn schema(limits: &Limits, _: &mut Objects) -> Value {
        number_schema(&Limits { least: limits.least.max(0.0), ..*limits }, false)
    }
}

impl Part for bool {
    fn read(fields: &Fields<'_>, name: &'static str) -> Option<Self> {
        fields.flag(name)
    }

    fn schema(_: &Limits, _: &mut Objects) -> Value {
        json!({"type": "boolean"})
    }
}

impl Part for String {
    fn read(fields: &Fields<'_>, name: &'static str) -> Option<Self> {
        fields.text(name)
    }

    fn schema(_: &Limits, _: &mut Objects) -> Value {
        json!({"type": "string"})
    }
}

/// Numbers of which each stands for one thing; what is no number is `NaN`, and is found with its place.
impl Part for Vec<f64> {
    fn read(fields: &Fields<'_>, name: &'static str) -> Option<Self> {
        let items = fields.items(name)?;
        Some(items.iter().map(|(_, value)| value.as_f64().unwrap_or(f64::NAN)).collect())
    }

    fn schema(_: &Limits, _: &mut Objects) -> Value {
        json!({"type": "array", "items": {"type": "number"}})
    }
}

impl<T: Part> Part for Option<T> {
    fn read(fields: &Fields<'_>, name: &'static str) -> Option<Self> {
        T::read(fields, name).map(Some)
    }

    fn check(&self, place: &Place<'_>, limits: &Limits, check: &mut Check) {
        if let Some(value) = self {
            value.check(place, limits, check);
        }
    }

    fn schema(limits: &Limits, objects: &mut Objects) -> Value {
        T::schema(limits, objects)
    }
}

impl<T: Part> Part for Arc<T> {
    fn read(fields: &Fields<'_>, name: &'static str) -> Option<Self> {
        T::read(fields, name).map(Arc::new)
    }

    fn schema(limits: &Limits, objects: &mut Objects) -> Value {
        T::schema(limits, objects)
    }
}

impl<T: Object + Part> Part for Vec<T> {
    fn read(fields: &Fields<'_>, name: &'static str) -> Option<Self> {
        Some(fields.objects(name)?.iter().map(T::of).collect())
    }

    fn check(&self, place: &Place<'_>, limits: &Limits, check: &mut Check) {
        for (index, item) in self.iter().enumerate() {
            item.check(&place.item(index), limits, check);
        }
    }

    fn schema(limits: &Limits, objects: &mut Objects) -> Value {
        json!({"type": "array", "items": T::schema(limits, objects)})
    }
}

/// Objects under names that a person chose.
impl<T: Object + Part> Part for BTreeMap<String, T> {
    fn read(fields: &Fields<'_>, name: &'static str) -> Option<Self> {
        fields.value(name)?;
        Some(fields.named(name).iter().map(|(key, object)| (key.clone(), T::of(object))).collect())
    }

    fn check(&self, place: &Place<'_>, limits: &Limits, check: &mut Check) {
        for (key, item) in self {
            item.check(&place.field(key), limits, check);
        }
    }

    fn schema(limits: &Limits, objects: &mut Objects) -> Value {
        json!({"type": "object", "additionalProperties": T::schema(limits, objects)})
    }
}
