/// Reads a decimal number: digits with at most one point, perhaps a sign and an exponent.
///
/// Up to fifteen digits and powers of ten up to 22 give the nearest float, as everywhere; beyond
/// that the last digits may differ. (The standard library's parser is right to the last bit always,
/// and brings eleven kilobytes of tables for it that hardly compress: too much for a page.)
pub(crate) fn parse_decimal(text: &str) -> Option<f64> {
    let (negative, text) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    let (digits, exponent) = match text.split_once(['e', 'E']) {
        Some((digits, exponent)) => (digits, exponent.parse::<i32>().ok()?),
        None => (text, 0),
    };
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    if whole.len() + fraction.len() == 0 || !whole.bytes().chain(fraction.bytes()).all(|b| b.is_ascii_digit()) {
        return None;
    }
    let mut mantissa = 0_u64;
    let mut power = exponent.clamp(-10_000, 10_000);
    for (place, digit) in whole.bytes().chain(fraction.bytes()).enumerate() {
        let behind_point = place >= whole.len();
        if mantissa < 100_000_000_000_000_000 {
            mantissa = mantissa * 10 + u64::from(digit - b'0');
            power -= i32::from(behind_point);
        } else {
            // Digits that no float tells apart: they only count.
            power += i32::from(!behind_point);
        }
    }
    let number = mantissa as f64;
    let value = if mantissa == 0 {
        0.0
    } else if power < -300 {
        number * ten_to(-300) * ten_to(power + 300)
    } else if power < 0 {
        number / ten_to(-power)
    } else {
        number * ten_to(power)
    };
    Some(if negative { -value } else { value })
}

/// A power of ten, exact up to 22.
fn ten_to(power: i32) -> f64 {
    if (0..=22).contains(&power) {
        (0..power).fold(1.0, |ten, _| ten * 10.0)
    } else {
        libm::pow(10.0, f64::from(power))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_number_is_refused() {
        for text in ["", ".", "-", "e5", "1e", "1.2.3", "0x10", "1 2", "inf", "NaN", "--1", "１"] {
            assert_eq!(parse_decimal(text), None, "{text}");
        }
    }

    #[test]
    fn far_numbers_stay_close() {
        for text in ["1e300", "123456789012345678901234567890", "1e-300", "2.5e-310", "0.00000000000000000000000001234"]
        {
            let (ours, std): (f64, f64) = (parse_decimal(text).unwrap(), text.parse().unwrap());
            assert!((ours / std - 1.0).abs() < 1e-12, "{text}: {ours}");
        }
        assert_eq!(parse_decimal("1e999"), Some(f64::INFINITY));
        assert_eq!(parse_decimal("1e-999"), Some(0.0));
        assert_eq!(parse_decimal("-0"), Some(-0.0));
    }

    #[cfg(not(target_arch = "wasm32"))]
    proptest::proptest! {
        #[test]
        fn numbers_of_fifteen_digits_are_exact(digits in 0_u64..1_000_000_000_000_000, places in 0_usize..15, power in -7_i32..7) {
            let padded = format!("{digits:015}");
            let (whole, fraction) = padded.split_at(15 - places);
            for text in [format!("{whole}.{fraction}"), format!("{whole}.{fraction}e{power}"), format!("-{digits}")] {
                proptest::prop_assert_eq!(parse_decimal(&text), text.parse().ok(), "{}", text);
            }
        }
    }
}
