//! Plain data as numbers and one text, for the way into a worker and out of it: a typed array
//! crosses without being copied, and reading it takes no parser.

use std::collections::BTreeMap;
use std::rc::Rc;

/// A packed value: its numbers in order, and its strings in order, one after the other.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Packed {
    pub numbers: Vec<f64>,
    pub text: String,
}

impl Packed {
    /// Not inlined, like everything here: a value has many fields, and no field is worth more than
    /// a call.
    #[inline(never)]
    fn push(&mut self, number: f64) {
        self.numbers.push(number);
    }

    pub fn of(value: &impl Pack) -> Self {
        let mut packed = Packed::default();
        value.pack(&mut packed);
        packed
    }

    /// The value that was packed; `None` if this is not one.
    pub fn open<T: Pack>(&self) -> Option<T> {
        T::unpack(&mut Reader { numbers: self.numbers.iter(), text: &self.text })
    }
}

/// Reads a packed value from its beginning.
pub struct Reader<'a> {
    numbers: std::slice::Iter<'a, f64>,
    text: &'a str,
}

impl Reader<'_> {
    #[inline(never)]
    pub fn number(&mut self) -> Option<f64> {
        self.numbers.next().copied()
    }
}

/// A value that can be packed.
pub trait Pack: Sized {
    fn pack(&self, out: &mut Packed);
    fn unpack(reader: &mut Reader<'_>) -> Option<Self>;
}

/// Packs a struct field by field.
#[macro_export]
macro_rules! pack_fields {
    ($type:ty { $($field:ident),* $(,)? }) => {
        impl $crate::pack::Pack for $type {
            #[inline(never)]
            fn pack(&self, out: &mut $crate::pack::Packed) {
                $($crate::pack::Pack::pack(&self.$field, out);)*
            }
            #[inline(never)]
            fn unpack(reader: &mut $crate::pack::Reader<'_>) -> Option<Self> {
                $(let $field = $crate::pack::Pack::unpack(reader)?;)*
                Some(Self { $($field),* })
            }
        }
    };
}

/// Packs one of the values of an enum's `ALL` as its place among them.
#[macro_export]
macro_rules! pack_choice {
    ($type:ty) => {
        impl $crate::pack::Pack for $type {
            fn pack(&self, out: &mut $crate::pack::Packed) {
                $crate::pack::Pack::pack(&(*self as usize), out);
            }
            fn unpack(reader: &mut $crate::pack::Reader<'_>) -> Option<Self> {
                Self::ALL.get(<usize as $crate::pack::Pack>::unpack(reader)?).copied()
            }
        }
    };
}

impl Pack for f64 {
    fn pack(&self, out: &mut Packed) {
        out.push(*self);
    }
    fn unpack(reader: &mut Reader<'_>) -> Option<Self> {
        reader.number()
    }
}

/// Two halves, so that every bit of a seed arrives.
impl Pack for u64 {
    fn pack(&self, out: &mut Packed) {
        out.push((self >> 32) as f64);
        out.push((self & 0xFFFF_FFFF) as f64);
    }
    fn unpack(reader: &mut Reader<'_>) -> Option<Self> {
        let high = reader.number()? as u64;
        Some(high << 32 | reader.number()? as u64 & 0xFFFF_FFFF)
    }
}

impl Pack for u32 {
    fn pack(&self, out: &mut Packed) {
        out.push(f64::from(*self));
    }
    fn unpack(reader: &mut Reader<'_>) -> Option<Self> {
        reader.number().map(|number| number as u32)
    }
}

impl Pack for usize {
    fn pack(&self, out: &mut Packed) {
        out.push(*self as f64);
    }
    fn unpack(reader: &mut Reader<'_>) -> Option<Self> {
        reader.number().map(|number| number as usize)
    }
}

impl Pack for bool {
    fn pack(&self, out: &mut Packed) {
        out.push(f64::from(u8::from(*self)));
    }
    fn unpack(reader: &mut Reader<'_>) -> Option<Self> {
        reader.number().map(|number| number != 0.0)
    }
}

impl Pack for String {
    fn pack(&self, out: &mut Packed) {
        self.len().pack(out);
        out.text.push_str(self);
    }
    #[inline(never)]
    fn unpack(reader: &mut Reader<'_>) -> Option<Self> {
        let len = usize::unpack(reader)?;
        let (text, rest) = reader.text.split_at_checked(len)?;
        reader.text = rest;
        Some(text.to_string())
    }
}

/// As its exact number of pico-dollars.
impl Pack for crate::money::Usd {
    fn pack(&self, out: &mut Packed) {
        ((self.pico() >> 64) as u64).pack(out);
        (self.pico() as u64).pack(out);
    }
    fn unpack(reader: &mut Reader<'_>) -> Option<Self> {
        let high = u64::unpack(reader)? as i64;
        Some(Self::from_pico(i128::from(high) << 64 | i128::from(u64::unpack(reader)?)))
    }
}

impl<T: Pack> Pack for Option<T> {
    #[inline(never)]
    fn pack(&self, out: &mut Packed) {
        self.is_some().pack(out);
        if let Some(value) = self {
            value.pack(out);
        }
    }
    #[inline(never)]
    fn unpack(reader: &mut Reader<'_>) -> Option<Self> {
        Some(if bool::unpack(reader)? { Some(T::unpack(reader)?) } else { None })
    }
}

impl Pack for crate::money::Price {
    fn pack(&self, out: &mut Packed) {
        self.pico_per_token().pack(out);
    }
    fn unpack(reader: &mut Reader<'_>) -> Option<Self> {
        u64::unpack(reader).map(Self::from_pico_per_token)
    }
}

impl<T: Pack, E: Pack> Pack for Result<T, E> {
    fn pack(&self, out: &mut Packed) {
        self.is_ok().pack(out);
        match self {
            Ok(value) => value.pack(out),
            Err(error) => error.pack(out),
        }
    }
    fn unpack(reader: &mut Reader<'_>) -> Option<Self> {
        Some(if bool::unpack(reader)? { Ok(T::unpack(reader)?) } else { Err(E::unpack(reader)?) })
    }
}

impl<T: Pack> Pack for Box<T> {
    fn pack(&self, out: &mut Packed) {
        (**self).pack(out);
    }
    fn unpack(reader: &mut Reader<'_>) -> Option<Self> {
        T::unpack(reader).map(Box::new)
    }
}

impl<T: Pack> Pack for std::sync::Arc<T> {
    fn pack(&self, out: &mut Packed) {
        (**self).pack(out);
    }
    fn unpack(reader: &mut Reader<'_>) -> Option<Self> {
        T::unpack(reader).map(Self::new)
    }
}

impl<T: Pack> Pack for Rc<T> {
    fn pack(&self, out: &mut Packed) {
        (**self).pack(out);
    }
    fn unpack(reader: &mut Reader<'_>) -> Option<Self> {
        T::unpack(reader).map(Rc::new)
    }
}

impl<T: Pack> Pack for Vec<T> {
    fn pack(&self, out: &mut Packed) {
        self.len().pack(out);
        for item in self {
            item.pack(out);
        }
    }
    fn unpack(reader: &mut Reader<'_>) -> Option<Self> {
        let len = usize::unpack(reader)?;
        (0..len).map(|_| T::unpack(reader)).collect()
    }
}

impl<T: Pack> Pack for BTreeMap<String, T> {
    fn pack(&self, out: &mut Packed) {
        self.len().pack(out);
        for (key, value) in self {
            key.pack(out);
            value.pack(out);
        }
    }
    fn unpack(reader: &mut Reader<'_>) -> Option<Self> {
        let len = usize::unpack(reader)?;
        let mut map = BTreeMap::new();
        for _ in 0..len {
            map.insert(String::unpack(reader)?, T::unpack(reader)?);
        }
        Some(map)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_packed_comes_out() {
        let value: BTreeMap<String, Vec<Option<f64>>> =
            BTreeMap::from([("a".into(), vec![Some(1.5), None]), ("b".into(), Vec::new())]);
        assert_eq!(Packed::of(&value).open(), Some(value));
    }

    #[test]
    fn every_bit_arrives() {
        use crate::money::Usd;
        let value = BTreeMap::from([
            ("ж".to_string(), vec![Usd::from_pico(-1), Usd::from_pico(i128::MAX), Usd::from_pico(i128::MIN)]),
            (String::new(), vec![Usd::from_pico(1 << 80)]),
        ]);
        assert_eq!(Packed::of(&value).open(), Some(value));
        for seed in [0, 42, u64::MAX, (1 << 53) + 1] {
            assert_eq!(Packed::of(&seed).open(), Some(seed));
        }
    }

    #[test]
    fn what_is_cut_short_is_nothing() {
        let mut packed = Packed::of(&vec![1.0, 2.0]);
        packed.numbers.pop();
        assert_eq!(packed.open::<Vec<f64>>(), None);
        let endless = Packed { numbers: vec![1e300], text: String::new() };
        assert_eq!(endless.open::<Vec<f64>>(), None);
        let mut text = Packed::of(&"né".to_string());
        text.numbers[0] = 2.0;
        assert_eq!(text.open::<String>(), None, "a letter is never cut in two");
    }
}
