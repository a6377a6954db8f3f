//! Exact money. A price is a whole number of pico-dollars a token, an amount a whole number of
//! pico-dollars; rounding happens where a person reads it and nowhere else.

use std::iter::Sum;
use std::ops::{Add, AddAssign, Mul, Neg, Sub};

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Pico-dollars in a dollar.
const PICO: f64 = 1e12;

/// An exact amount of US dollars, in pico-dollars (10⁻¹² USD).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Usd(i128);

impl Usd {
    pub const ZERO: Usd = Usd(0);

    pub const fn from_pico(pico: i128) -> Self {
        Usd(pico)
    }

    pub const fn pico(self) -> i128 {
        self.0
    }

    /// A real number of pico-dollars rounded to the nearest whole one; `None` unless finite and
    /// within ±10²⁴ dollars.
    pub fn round_pico(pico: f64) -> Option<Self> {
        // Most amounts fit in a word, which a processor converts at once.
        if pico.abs() < 9e18 {
            return Some(Usd(i128::from(libm::round(pico) as i64)));
        }
        (pico.abs() < 1e36).then(|| Usd(libm::round(pico) as i128))
    }

    /// A number of dollars rounded to the nearest pico-dollar; `None` as in [`Usd::round_pico`].
    pub fn from_dollars(dollars: f64) -> Option<Self> {
        Usd::round_pico(dollars * PICO)
    }

    /// The nearest float, in dollars.
    pub fn dollars(self) -> f64 {
        // Up to 2^53 the division is exact enough to give the nearest float; beyond it the
        // decimal form does.
        if self.0.unsigned_abs() < 1 << 53 {
            self.0 as i64 as f64 / PICO
        } else {
            self.to_string().parse().unwrap_or(f64::NAN)
        }
    }
}

/// The exact amount in dollars: `128.415585`.
impl std::fmt::Display for Usd {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let sign = if self.0 < 0 { "-" } else { "" };
        let (whole, rest) = (self.0.unsigned_abs() / 1_000_000_000_000, self.0.unsigned_abs() % 1_000_000_000_000);
        if rest == 0 {
            return write!(f, "{sign}{whole}");
        }
        let digits = format!("{rest:012}");
        write!(f, "{sign}{whole}.{}", digits.trim_end_matches('0'))
    }
}

impl Add for Usd {
    type Output = Usd;
    fn add(self, other: Usd) -> Usd {
        Usd(self.0.saturating_add(other.0))
    }
}

impl Sub for Usd {
    type Output = Usd;
    fn sub(self, other: Usd) -> Usd {
        Usd(self.0.saturating_sub(other.0))
    }
}

impl Neg for Usd {
    type Output = Usd;
    fn neg(self) -> Usd {
        Usd(self.0.saturating_neg())
    }
}

impl AddAssign for Usd {
    fn add_assign(&mut self, other: Usd) {
        *self = *self + other;
    }
}

impl Sum for Usd {
    fn sum<I: Iterator<Item = Usd>>(amounts: I) -> Usd {
        amounts.fold(Usd::ZERO, Add::add)
    }
}

/// Serialised as the nearest float, in dollars.
impl Serialize for Usd {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_f64(self.dollars())
    }
}

impl<'de> Deserialize<'de> for Usd {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let dollars = f64::deserialize(deserializer)?;
        Usd::from_dollars(dollars).ok_or_else(|| serde::de::Error::custom("an amount in dollars is finite"))
    }
}

/// An exact price per token, in pico-dollars: the micro-dollars per million tokens that price
/// lists print with up to six decimals.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Price(u64);

impl Price {
    /// From US dollars per million tokens.
    ///
    /// # Errors
    /// `None` unless 0 ≤ `usd` ≤ 1,000,000; a seventh decimal is rounded.
    pub fn per_million(usd: f64) -> Option<Self> {
        (0.0..=1e6).contains(&usd).then(|| Price(libm::round(usd * 1e6) as u64))
    }

    pub const fn from_pico_per_token(pico: u64) -> Self {
        Price(pico)
    }

    pub const fn pico_per_token(self) -> u64 {
        self.0
    }

    pub fn usd_per_million(self) -> f64 {
        self.0 as f64 / 1e6
    }

    /// The price of a real number of tokens (an expectation), rounded once to a pico-dollar.
    pub fn of_expected(self, tokens: f64) -> Usd {
        Usd::round_pico(tokens * self.0 as f64).unwrap_or_default()
    }
}

/// The exact price of so many tokens.
impl Mul<u64> for Price {
    type Output = Usd;
    fn mul(self, tokens: u64) -> Usd {
        Usd(i128::from(self.0) * i128::from(tokens))
    }
}

/// Serialised in dollars per million tokens.
impl Serialize for Price {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_f64(self.usd_per_million())
    }
}

impl<'de> Deserialize<'de> for Price {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let usd = f64::deserialize(deserializer)?;
        Price::per_million(usd).ok_or_else(|| {
            serde::de::Error::custom(format!("a price is 0 to 1,000,000 dollars per million tokens, not {usd}"))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_print_exactly() {
        let check = |pico: i128, text: &str| assert_eq!(Usd::from_pico(pico).to_string(), text);
        check(128_415_585_000_000, "128.415585");
        check(1, "0.000000000001");
        check(-2_000_000_000_000, "-2");
        check(0, "0");
    }

    #[test]
    fn the_azure_trace_costs_what_its_tokens_say() {
        let bill = Price::per_million(3.0).unwrap() * 22_361_870 + Price::per_million(15.0).unwrap() * 4_088_665;
        assert_eq!(bill.dollars(), 128.415585);
    }

    #[test]
    fn five_decimals_a_million_are_exact() {
        assert_eq!(Price::per_million(0.00875).unwrap().pico_per_token(), 8750);
        assert_eq!(Price::per_million(0.00875).unwrap().usd_per_million(), 0.00875);
        assert_eq!(Price::per_million(-1.0), None);
        assert_eq!(Price::per_million(f64::NAN), None);
    }

    #[test]
    fn large_amounts_give_the_nearest_float() {
        let amount = Usd::from_pico(123_456_789_012_345_678_901);
        assert_eq!(Ok(amount.dollars()), "123456789.012345678901".parse());
    }
}
