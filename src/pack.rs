//! Results as plain numbers and strings, for the way out of a worker: a typed array crosses
//! without being copied, and reading it takes no parser.

use std::collections::BTreeMap;

/// A packed value: its numbers in order, and its strings in order.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Packed {
    pub numbers: Vec<f64>,
    pub strings: Vec<String>,
}

impl Packed {
    pub fn of(value: &impl Pack) -> Self {
        let mut packed = Packed::default();
        value.pack(&mut packed);
        packed
    }

    /// The value that was packed; `None` if this is not one.
    pub fn open<T: Pack>(&self) -> Option<T> {
        let mut reader = Reader { numbers: self.numbers.iter(), strings: self.strings.iter() };
        T::unpack(&mut reader)
    }
}

/// Reads a packed value from its beginning.
pub struct Reader<'a> {
    numbers: std::slice::Iter<'a, f64>,
    strings: std::slice::Iter<'a, String>,
}

impl Reader<'_> {
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
            fn pack(&self, out: &mut $crate::pack::Packed) {
                $($crate::pack::Pack::pack(&self.$field, out);)*
            }
            fn unpack(reader: &mut $crate::pack::Reader<'_>) -> Option<Self> {
                $(let $field = $crate::pack::Pack::unpack(reader)?;)*
                Some(Self { $($field),* })
            }
        }
    };
}

impl Pack for f64 {
    fn pack(&self, out: &mut Packed) {
        out.numbers.push(*self);
    }
    fn unpack(reader: &mut Reader<'_>) -> Option<Self> {
        reader.number()
    }
}

/// Exact up to 2⁵³, which no count reaches.
impl Pack for u64 {
    fn pack(&self, out: &mut Packed) {
        out.numbers.push(*self as f64);
    }
    fn unpack(reader: &mut Reader<'_>) -> Option<Self> {
        reader.number().map(|number| number as u64)
    }
}

impl Pack for usize {
    fn pack(&self, out: &mut Packed) {
        out.numbers.push(*self as f64);
    }
    fn unpack(reader: &mut Reader<'_>) -> Option<Self> {
        reader.number().map(|number| number as usize)
    }
}

impl Pack for bool {
    fn pack(&self, out: &mut Packed) {
        out.numbers.push(f64::from(u8::from(*self)));
    }
    fn unpack(reader: &mut Reader<'_>) -> Option<Self> {
        reader.number().map(|number| number != 0.0)
    }
}

impl Pack for String {
    fn pack(&self, out: &mut Packed) {
        out.strings.push(self.clone());
    }
    fn unpack(reader: &mut Reader<'_>) -> Option<Self> {
        reader.strings.next().cloned()
    }
}

/// As its exact number of pico-dollars.
impl Pack for crate::money::Usd {
    fn pack(&self, out: &mut Packed) {
        out.strings.push(self.pico().to_string());
    }
    fn unpack(reader: &mut Reader<'_>) -> Option<Self> {
        String::unpack(reader)?.parse().ok().map(Self::from_pico)
    }
}

impl<T: Pack> Pack for Option<T> {
    fn pack(&self, out: &mut Packed) {
        self.is_some().pack(out);
        if let Some(value) = self {
            value.pack(out);
        }
    }
    fn unpack(reader: &mut Reader<'_>) -> Option<Self> {
        Some(if bool::unpack(reader)? { Some(T::unpack(reader)?) } else { None })
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
        (0..len).map(|_| Some((String::unpack(reader)?, T::unpack(reader)?))).collect()
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
    fn what_is_cut_short_is_nothing() {
        let mut packed = Packed::of(&vec![1.0, 2.0]);
        packed.numbers.pop();
        assert_eq!(packed.open::<Vec<f64>>(), None);
        let endless = Packed { numbers: vec![1e300], strings: Vec::new() };
        assert_eq!(endless.open::<Vec<f64>>(), None);
    }
}
