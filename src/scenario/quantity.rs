use crate::document::parse_decimal;

/// Reads a number as people type it: `1,000,000`, `1k`, `2.5M`, `1.2s` where milliseconds are
/// meant, `40%`. Spaces and grouping commas are ignored, fullwidth digits are read.
///
/// `None` for what is no number, and for what is one number here and another one there: see
/// [`two_readings`]. Ranges are the caller's matter.
pub fn parse_quantity(text: &str, unit: Unit) -> Option<f64> {
    let typed = half_width(text);
    if two_readings_of(&typed, unit).is_some() || !is_grouped(&typed) {
        return None;
    }
    parse_plain(&typed.replace(',', ""), unit)
}

/// What a number could mean that is written differently in different countries: `1,5` is 1.5 or 15,
/// `40.000` is 40 or 40,000. `None` for what has one meaning, or none.
pub fn two_readings(text: &str, unit: Unit) -> Option<(f64, f64)> {
    two_readings_of(&half_width(text), unit).filter(|(one, other)| one != other)
}

fn two_readings_of(typed: &str, unit: Unit) -> Option<(f64, f64)> {
    let end = typed.find(|c: char| !matches!(c, '0'..='9' | '.' | ',' | '-' | '+')).unwrap_or(typed.len());
    let (digits, suffix) = typed.split_at(end);
    let both = |a: String, b: String| {
        Some((parse_plain(&format!("{a}{suffix}"), unit)?, parse_plain(&format!("{b}{suffix}"), unit)?))
    };
    let unsigned = digits.trim_start_matches(['-', '+']);
    if digits.contains(',') && !digits.contains('.') && !is_grouped(unsigned) {
        return both(digits.replace(',', "."), digits.replace(',', ""));
    }
    // Only whole numbers are grouped by threes; a share or a number with a unit behind it is not.
    let (whole, rest) = unsigned.split_once('.')?;
    let by_threes = rest.split('.').all(|group| group.len() == 3) && (1..=3).contains(&whole.len()) && whole != "0";
    let counts = unit != Unit::Percent && unit != Unit::Exact && suffix.is_empty();
    if by_threes && counts && !digits.contains(',') {
        let decimal = digits.split('.').take(2).collect::<Vec<_>>().join(".");
        return both(decimal, digits.replace('.', ""));
    }
    None
}

/// Whether every comma of a number stands before three digits, as it does between groups.
fn is_grouped(typed: &str) -> bool {
    let digits: String = typed.chars().take_while(|c| matches!(c, '0'..='9' | '.' | ',' | '-' | '+')).collect();
    let whole = digits.split('.').next().unwrap_or_default().trim_start_matches(['-', '+']);
    let mut groups = whole.split(',');
    let first = groups.next().unwrap_or_default();
    let fraction = digits.split_once('.').is_some_and(|(_, fraction)| fraction.contains(','));
    !fraction && (!whole.contains(',') || (1..=3).contains(&first.len())) && groups.all(|group| group.len() == 3)
}

/// Without spaces and currency signs, in ASCII.
fn half_width(text: &str) -> String {
    text.chars()
        .filter(|c| !c.is_whitespace() && !matches!(c, '_' | '\u{202f}' | '$' | '＄'))
        .map(|c| match c {
            '０'..='９' => char::from(b'0' + (c as u32 - '０' as u32) as u8),
            '．' => '.',
            '，' => ',',
            '％' => '%',
            '－' | '−' => '-',
            other => other,
        })
        .collect()
}

fn parse_plain(plain: &str, unit: Unit) -> Option<f64> {
    let end = plain.find(|c: char| !matches!(c, '0'..='9' | '.' | '-' | '+')).unwrap_or(plain.len());
    let (digits, suffix) = plain.split_at(end);
    // `1e6` is a number too; the exponent is not a suffix.
    let (number, suffix): (f64, &str) = match parse_decimal(plain) {
        Some(number) if plain.contains(['e', 'E']) => (number, ""),
        _ => (parse_decimal(digits)?, suffix),
    };
    let factor = match (suffix, unit) {
        ("", _) => 1.0,
        ("k" | "K" | "千", _) => 1e3,
        ("万", _) => 1e4,
        ("M" | "m" | "百万", Unit::Count | Unit::Exact) => 1e6,
        ("億", Unit::Count | Unit::Exact) => 1e8,
        ("G" | "B" | "b", Unit::Count | Unit::Exact) => 1e9,
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
#[non_exhaustive]
pub enum Unit {
    /// A number that is mostly whole: `40.000` may be either.
    Count,
    /// A number with digits behind the point, as prices have them.
    Exact,
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
    fn a_number_with_two_meanings_is_asked_about() {
        assert_eq!(two_readings("4,", Unit::Count), None, "twice the same is one meaning");
        let check = |text: &str, unit, expected| {
            assert_eq!(two_readings(text, unit), expected, "{text}");
            assert_eq!(parse_quantity(text, unit).is_none(), expected.is_some(), "{text}");
        };
        check("1,5", Unit::Count, Some((1.5, 15.0)));
        check("１，５", Unit::Count, Some((1.5, 15.0)));
        check("2,5M", Unit::Count, Some((2.5e6, 25e6)));
        check("33,3%", Unit::Percent, Some((33.3, 333.0)));
        check("40.000", Unit::Count, Some((40.0, 40_000.0)));
        check("1.000.000", Unit::Count, Some((1.0, 1e6)));
        check("1.500", Unit::Milliseconds, Some((1.5, 1_500.0)));
        check("-40.000", Unit::Count, Some((-40.0, -40_000.0)));
        for (text, unit) in [
            ("40,000", Unit::Count),
            ("1,234.5", Unit::Count),
            ("40.5", Unit::Count),
            ("0.125", Unit::Count),
            ("1.375", Unit::Exact),
            ("33.333", Unit::Percent),
            ("1.234s", Unit::Milliseconds),
            ("1.500M", Unit::Count),
        ] {
            check(text, unit, None);
        }
        for text in ["1,00,000", "1.5,000", ",5"] {
            assert_eq!(parse_quantity(text, Unit::Count), None, "{text}");
        }
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
