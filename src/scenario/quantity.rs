use super::decimal::parse_decimal;

/// Reads a number as people type it: `1,000,000`, `1k`, `2.5M`, `1.2s` where milliseconds are
/// meant, `40%`. Spaces and grouping commas are ignored, fullwidth digits are read.
///
/// `None` for what is no number; ranges are the caller's matter.
pub fn parse_quantity(text: &str, unit: Unit) -> Option<f64> {
    let plain: String = text
        .chars()
        .filter(|c| !c.is_whitespace() && !matches!(c, ',' | '，' | '_' | '\u{202f}' | '$' | '＄'))
        .map(|c| match c {
            '０'..='９' => char::from(b'0' + (c as u32 - '０' as u32) as u8),
            '．' => '.',
            '％' => '%',
            '－' | '−' => '-',
            other => other,
        })
        .collect();
    let end = plain.find(|c: char| !matches!(c, '0'..='9' | '.' | '-' | '+')).unwrap_or(plain.len());
    let (digits, suffix) = plain.split_at(end);
    // `1e6` is a number too; the exponent is not a suffix.
    let (number, suffix): (f64, &str) = match parse_decimal(&plain) {
        Some(number) if plain.contains(['e', 'E']) => (number, ""),
        _ => (parse_decimal(digits)?, suffix),
    };
    let factor = match (suffix, unit) {
        ("", _) => 1.0,
        ("k" | "K" | "千", _) => 1e3,
        ("万", _) => 1e4,
        ("M" | "m" | "百万", Unit::Count) => 1e6,
        ("億", Unit::Count) => 1e8,
        ("G" | "B" | "b", Unit::Count) => 1e9,
        ("ms", Unit::Milliseconds) | ("%", Unit::Percent) => 1.0,
        ("s" | "秒", Unit::Milliseconds) => 1e3,
        ("min" | "分", Unit::Milliseconds) => 60e3,
        _ => return None,
    };
    Some(number * factor).filter(|value| value.is_finite())
}

/// What a typed number measures.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    Count,
    Percent,
    Milliseconds,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_read_as_people_type_them() {
        let check = |text: &str, unit, expected| assert_eq!(parse_quantity(text, unit), expected, "{text}");
        check("1,000,000", Unit::Count, Some(1e6));
        check("1k", Unit::Count, Some(1e3));
        check(" 2.5 M ", Unit::Count, Some(2.5e6));
        check("1e6", Unit::Count, Some(1e6));
        check("100万", Unit::Count, Some(1e6));
        check("２５０", Unit::Count, Some(250.0));
        check("40%", Unit::Percent, Some(40.0));
        check("1.2s", Unit::Milliseconds, Some(1200.0));
        check("200ms", Unit::Milliseconds, Some(200.0));
        check("-5", Unit::Count, Some(-5.0));
        check("40%", Unit::Count, None);
        check("fast", Unit::Count, None);
        check("", Unit::Count, None);
        check("1e999", Unit::Count, None);
        check("1.2.3", Unit::Count, None);
    }
}
