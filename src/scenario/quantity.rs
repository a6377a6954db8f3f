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
    let (number, suffix): (f64, &str) = match plain.parse::<f64>() {
        Ok(number) if plain.contains(['e', 'E']) => (number, ""),
        _ => (digits.parse().ok()?, suffix),
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

/// Reads a range as people type it: `[250, 350]`, `250–350`, `1k..2k`; the lower end first. Each end
/// is read as [`parse_quantity`] reads it, so a comma that groups digits needs no space after it and
/// the one between the ends does.
pub fn parse_range(text: &str, unit: Unit) -> Option<(f64, f64)> {
    let plain = text.trim();
    let inner = plain.strip_prefix(['[', '［']).and_then(|rest| rest.strip_suffix([']', '］']));
    let (low, high) = match inner {
        // The last comma that stands alone parts the ends; `[1,000, 2,000]` has two that group.
        Some(inner) => inner.split_once(", ").or_else(|| inner.split_once(['、', ';'])).or_else(|| {
            let (low, high) = inner.split_once(',')?;
            (!high.contains(',')).then_some((low, high))
        })?,
        None => plain.split_once("..").or_else(|| plain.split_once(['–', '～', '~']))?,
    };
    let ends = (parse_quantity(low, unit)?, parse_quantity(high, unit)?);
    (ends.0 <= ends.1).then_some(ends)
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

    #[test]
    fn ranges_are_read_as_people_type_them() {
        let check = |text: &str, unit, expected| assert_eq!(parse_range(text, unit), expected, "{text}");
        check("[250, 350]", Unit::Count, Some((250.0, 350.0)));
        check("[250,350]", Unit::Count, Some((250.0, 350.0)));
        check("[1,000, 2,000]", Unit::Count, Some((1000.0, 2000.0)));
        check("1k..2k", Unit::Count, Some((1000.0, 2000.0)));
        check("20% – 40%", Unit::Percent, Some((20.0, 40.0)));
        check("[1s, 2s]", Unit::Milliseconds, Some((1000.0, 2000.0)));
        check("[350, 250]", Unit::Count, None);
        check("[1,000,2,000]", Unit::Count, None);
        check("[1]", Unit::Count, None);
        check("250", Unit::Count, None);
    }
}
