//! Values of a log's JSON as programs write them: counts as numbers, floats or text, texts as numbers or
//! nothing.

use std::borrow::Cow;
use std::fmt;

use serde::Deserialize;
use serde::de::{Deserializer, MapAccess, SeqAccess, Visitor};

use super::scalar;

/// A count that may be a number, a float, a text, or absent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Count(pub Option<u64>);

impl<'de> Deserialize<'de> for Count {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Read;
        impl<'de> Visitor<'de> for Read {
            type Value = Count;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a whole number that is 0 or more")
            }

            fn visit_u64<E: serde::de::Error>(self, value: u64) -> Result<Count, E> {
                if value > scalar::MOST {
                    return Err(E::custom(format!("`{value}` is no count")));
                }
                Ok(Count(Some(value)))
            }

            fn visit_i64<E: serde::de::Error>(self, value: i64) -> Result<Count, E> {
                u64::try_from(value)
                    .map_err(|_| E::custom(format!("`{value}` is no count")))
                    .and_then(|value| self.visit_u64(value))
            }

            fn visit_f64<E: serde::de::Error>(self, value: f64) -> Result<Count, E> {
                scalar::count(&value.to_string(), false).map(Count).map_err(E::custom)
            }

            fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Count, E> {
                scalar::count(text, false).map(Count).map_err(E::custom)
            }

            fn visit_unit<E: serde::de::Error>(self) -> Result<Count, E> {
                Ok(Count(None))
            }
        }
        deserializer.deserialize_any(Read)
    }
}

/// A text that may be a number, a truth or absent; a list or an object is none.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Text<'a>(pub Option<Cow<'a, str>>);

impl Text<'_> {
    /// What it says; `None` where there is nothing.
    pub fn get(&self) -> Option<&str> {
        self.0.as_deref().filter(|text| !text.is_empty())
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Text<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Read;
        impl<'de> Visitor<'de> for Read {
            type Value = Text<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a text")
            }

            fn visit_borrowed_str<E: serde::de::Error>(self, text: &'de str) -> Result<Text<'de>, E> {
                Ok(Text(Some(Cow::Borrowed(text))))
            }

            fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Text<'de>, E> {
                Ok(Text(Some(Cow::Owned(text.to_string()))))
            }

            fn visit_u64<E: serde::de::Error>(self, value: u64) -> Result<Text<'de>, E> {
                Ok(Text(Some(Cow::Owned(value.to_string()))))
            }

            fn visit_i64<E: serde::de::Error>(self, value: i64) -> Result<Text<'de>, E> {
                Ok(Text(Some(Cow::Owned(value.to_string()))))
            }

            fn visit_f64<E: serde::de::Error>(self, value: f64) -> Result<Text<'de>, E> {
                Ok(Text(Some(Cow::Owned(value.to_string()))))
            }

            fn visit_bool<E: serde::de::Error>(self, value: bool) -> Result<Text<'de>, E> {
                Ok(Text(Some(Cow::Borrowed(if value { "true" } else { "false" }))))
            }

            fn visit_unit<E: serde::de::Error>(self) -> Result<Text<'de>, E> {
                Ok(Text(None))
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Text<'de>, A::Error> {
                while items.next_element::<serde::de::IgnoredAny>()?.is_some() {}
                Ok(Text(None))
            }

            fn visit_map<A: MapAccess<'de>>(self, mut fields: A) -> Result<Text<'de>, A::Error> {
                // `{"type":"flex"}` says what its only name would.
                let mut kind = Text(None);
                while let Some(name) = fields.next_key::<Cow<'de, str>>()? {
                    if name == "type" {
                        kind = fields.next_value()?;
                    } else {
                        fields.next_value::<serde::de::IgnoredAny>()?;
                    }
                }
                Ok(kind)
            }
        }
        deserializer.deserialize_any(Read)
    }
}
