//! A scenario as plain numbers and text, for the way from program to program.

use crate::pack::{Pack, Packed, Reader};

use super::{Curve, Distribution, Range};

impl Pack for Distribution {
    fn pack(&self, out: &mut Packed) {
        let (kind, values): (usize, &[f64]) = match self {
            Distribution::Constant(value) => (0, &[*value]),
            Distribution::Exponential { mean } => (1, &[*mean]),
            Distribution::LogNormal { mean, sd } => (2, &[*mean, *sd]),
            Distribution::Gamma { mean, sd } => (3, &[*mean, *sd]),
            Distribution::Normal { mean, sd } => (4, &[*mean, *sd]),
            Distribution::Simple { mean, sd } => (5, &[*mean, *sd]),
            Distribution::Empirical(values) => (6, &[values.len() as f64]),
        };
        kind.pack(out);
        out.numbers.extend(values);
        if let Distribution::Empirical(values) = self {
            out.numbers.extend(values);
        }
    }
    fn unpack(reader: &mut Reader<'_>) -> Option<Self> {
        let kind = usize::unpack(reader)?;
        let first = reader.number()?;
        let mut sd = || reader.number();
        Some(match kind {
            0 => Distribution::Constant(first),
            1 => Distribution::Exponential { mean: first },
            2 => Distribution::LogNormal { mean: first, sd: sd()? },
            3 => Distribution::Gamma { mean: first, sd: sd()? },
            4 => Distribution::Normal { mean: first, sd: sd()? },
            5 => Distribution::Simple { mean: first, sd: sd()? },
            6 => Distribution::Empirical((0..first as usize).map(|_| reader.number()).collect::<Option<_>>()?),
            _ => return None,
        })
    }
}

/// As the place of its name, or else the weights of its hours.
impl Pack for Curve {
    fn pack(&self, out: &mut Packed) {
        match self {
            Curve::Named(name) => Curve::NAMES.iter().position(|known| known == name),
            Curve::Hours(_) => None,
        }
        .pack(out);
        if let Curve::Hours(weights) = self {
            out.numbers.extend(weights);
        }
    }
    fn unpack(reader: &mut Reader<'_>) -> Option<Self> {
        if let Some(place) = Option::<usize>::unpack(reader)? {
            return Curve::named(Curve::NAMES.get(place)?);
        }
        let mut hours = [0.0; 24];
        for hour in &mut hours {
            *hour = reader.number()?;
        }
        Some(Curve::Hours(hours))
    }
}

crate::pack_fields!(Range { path, low, high, pointer });
