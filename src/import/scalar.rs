//! Counts, times, amounts and words as people and programs write them. What may mean two things is
//! refused, not guessed.

use serde_json::Value;

use crate::catalog::day_number;

/// The most that is a count: more than anybody has, and a thousand of them still add up.
pub(super) const MOST: u64 = 9_000_000_000_000_000;

/// A count of tokens or calls; `None` where the text says that there is none.
///
/// `european` is whether a dot may part thousands, as in files that part columns with semicolons.
pub(super) fn count(text: &str, european: bool) -> Result<Option<u64>, String> {
    let text = text.trim();
    if is_nothing(text) {
        return Ok(None);
    }
    let wrong = || format!("`{}` is no count; expected a whole number", short(text));
    let whole = |digits: &str| digits.parse().ok().filter(|count| *count <= MOST).map(Some).ok_or_else(wrong);
    if text.bytes().all(|byte| byte.is_ascii_digit()) {
        return whole(text);
    }
    if let Some(digits) = grouped(text, &[',', ' ', '_', '\u{a0}', '\u{202f}', '\'']) {
        return whole(&digits);
    }
    if let Some(digits) = grouped(text, &['.']) {
        return if european {
            whole(&digits)
        } else {
            Err(format!(
                "`{}` may be {} or {digits}; write whole numbers",
                short(text),
                text.split('.').next().unwrap_or("")
            ))
        };
    }
    let plain = if european { text.replace(',', ".") } else { text.to_string() };
    match plain.parse::<f64>() {
        Ok(value) if (0.0..=MOST as f64).contains(&value) && libm::trunc(value) == value => Ok(Some(value as u64)),
        _ => Err(wrong()),
    }
}

/// The digits of a number in groups of three.
fn grouped(text: &str, marks: &[char]) -> Option<String> {
    let mark = text.chars().find(|c| !c.is_ascii_digit()).filter(|c| marks.contains(c))?;
    let (whole, zeros) = match text.split_once('.') {
        Some((whole, zeros)) if mark != '.' && !zeros.is_empty() && zeros.bytes().all(|b| b == b'0') => (whole, true),
        _ => (text, false),
    };
    let mut groups = whole.split(mark);
    let first = groups.next()?;
    let rest: Vec<&str> = groups.collect();
    let good = (1..=3).contains(&first.len())
        && !rest.is_empty()
        && (zeros || whole.len() == text.len())
        && first.bytes().all(|b| b.is_ascii_digit())
        && rest.iter().all(|group| group.len() == 3 && group.bytes().all(|b| b.is_ascii_digit()));
    good.then(|| first.to_string() + &rest.concat())
}

/// Whether a cell says that there is nothing in it.
pub(super) fn is_nothing(text: &str) -> bool {
    matches!(text, "" | "-" | "--")
        || ["null", "none", "nan", "n/a", "na", "undefined", "nil"].iter().any(|word| text.eq_ignore_ascii_case(word))
}

/// A number that is not negative.
pub(super) fn number(text: &str, european: bool) -> Result<Option<f64>, String> {
    let text = text.trim();
    if is_nothing(text) {
        return Ok(None);
    }
    let mut plain = text.trim_start_matches('$').replace([' ', '\u{a0}', '_'], "");
    if european {
        plain = plain.replace('.', "").replace(',', ".");
    } else if let Some(digits) = grouped(plain.split('.').next().unwrap_or(""), &[',']) {
        plain = digits + plain.find('.').map_or("", |at| &plain[at..]);
    }
    match plain.parse::<f64>() {
        Ok(value) if value.is_finite() && value >= 0.0 => Ok(Some(value)),
        _ => Err(format!("`{}` is no number that is 0 or more", short(text))),
    }
}

/// A moment, and what its text says beside it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Moment {
    /// Microseconds since 1970-01-01 UTC.
    pub us: i64,
    /// Minutes east of Greenwich, where the text says so.
    pub offset_min: Option<i32>,
    /// Only a day is known.
    pub day_only: bool,
}

/// `2026-11-22T09:00:00.123Z`, `2026/11/22 09:00`, `20261122T090000Z`, a day alone, or the seconds,
/// milliseconds, microseconds or nanoseconds since 1970; UTC where no offset is written.
pub(super) fn moment(text: &str) -> Option<Moment> {
    let text = text.trim();
    if text.len() >= 9 && text.bytes().all(|b| b.is_ascii_digit() || b == b'.') {
        return epoch(text);
    }
    let compact;
    let (date, rest) = if text.as_bytes().get(8) == Some(&b'T') && text.as_bytes()[..8].iter().all(u8::is_ascii_digit) {
        let digits = text.get(9..15).filter(|clock| clock.bytes().all(|b| b.is_ascii_digit()))?;
        compact = format!("{}:{}:{}{}", &digits[..2], &digits[2..4], &digits[4..], text.get(15..)?);
        (format!("{}-{}-{}", &text[..4], &text[4..6], &text[6..8]), compact.as_str())
    } else {
        let date = text.get(..10)?;
        let rest = text.get(10..)?;
        if !rest.is_empty() && !rest.starts_with(['T', ' ', 't']) {
            return None;
        }
        (date.replace('/', "-"), rest.get(1..).unwrap_or(""))
    };
    let days = day_number(&date)?;
    let clock = rest.trim();
    if clock.is_empty() {
        return Some(Moment { us: days * 86_400_000_000, offset_min: None, day_only: true });
    }
    let two = |from: usize| {
        let digits = clock.get(from..from + 2).filter(|two| two.bytes().all(|b| b.is_ascii_digit()))?;
        digits.parse::<i64>().ok()
    };
    if clock.get(2..3)? != ":" {
        return None;
    }
    let (hour, minute) = (two(0)?, two(3)?);
    let (second, mut rest) =
        if clock.get(5..6) == Some(":") { (two(6)?, clock.get(8..)?) } else { (0, clock.get(5..)?) };
    if hour > 23 || minute > 59 || second > 60 {
        return None;
    }
    let mut us = 0;
    if let Some(fraction) = rest.strip_prefix(['.', ',']) {
        let end = fraction.find(|c: char| !c.is_ascii_digit()).unwrap_or(fraction.len());
        let digits: String = fraction[..end].chars().chain("000000".chars()).take(6).collect();
        us = digits.parse().ok()?;
        rest = &fraction[end..];
    }
    let offset_min = match rest.trim() {
        "" => None,
        "Z" | "z" | "UTC" | "GMT" => Some(0),
        offset => Some(offset_minutes(offset)?),
    };
    let minutes = (days * 24 + hour) * 60 + minute - i64::from(offset_min.unwrap_or(0));
    Some(Moment { us: (minutes * 60 + second) * 1_000_000 + us, offset_min, day_only: false })
}

/// `+09:00`, `-0530`, `+9`.
pub(super) fn offset_minutes(text: &str) -> Option<i32> {
    let sign = if text.starts_with('-') { -1 } else { 1 };
    let rest = text.strip_prefix(['+', '-'])?;
    let (hours, minutes) = match rest.split_once(':') {
        Some(pair) => pair,
        None if rest.len() == 4 && rest.is_ascii() => rest.split_at(2),
        None => (rest, "0"),
    };
    let part = |text: &str, most: i32| {
        let digits = (1..=2).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit());
        text.parse::<i32>().ok().filter(|value| digits && *value <= most)
    };
    Some(sign * (part(hours, 18)? * 60 + part(minutes, 59)?))
}

/// A number of seconds, milliseconds, microseconds or nanoseconds, by its size: 2001 to 2286.
fn epoch(text: &str) -> Option<Moment> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let value: i64 = whole.parse().ok()?;
    // Microseconds in one unit, or units in a microsecond.
    let (times, by) = match whole.len() {
        9 | 10 => (1_000_000, 1),
        12 | 13 => (1_000, 1),
        15 | 16 => (1, 1),
        18 | 19 => (1, 1_000),
        _ => return None,
    };
    let digits: String = fraction.chars().chain("000000".chars()).take(6).collect();
    let part = digits.parse::<i64>().ok()? * times / 1_000_000;
    Some(Moment { us: value.checked_mul(times)? / by + part, offset_min: None, day_only: false })
}

/// What a word in a column of failures means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fault {
    No,
    Throttled,
    Yes,
    /// A word that is not known; taken as a failure and named.
    Unknown,
}

/// Reads a word in a column of failures.
pub(super) fn fault(text: &str) -> Fault {
    let word = text.trim().to_ascii_lowercase();
    if is_nothing(&word) {
        return Fault::No;
    }
    if let Ok(status) = word.trim_end_matches(".0").parse::<i64>() {
        return match status {
            429 => Fault::Throttled,
            0 | 200..=399 => Fault::No,
            1 | 400..=599 => Fault::Yes,
            _ => Fault::Unknown,
        };
    }
    const FINE: [&str; 26] = [
        "false",
        "f",
        "no",
        "n",
        "ok",
        "okay",
        "success",
        "successful",
        "succeeded",
        "complete",
        "completed",
        "done",
        "good",
        "{}",
        "[]",
        "\"\"",
        "status_code_ok",
        "status_code_unset",
        "unset",
        "default",
        "debug",
        "finished",
        "answered",
        "no error",
        "info",
        "warning",
    ];
    const BAD: [&str; 14] = [
        "true",
        "t",
        "yes",
        "y",
        "error",
        "err",
        "fail",
        "failed",
        "failure",
        "timeout",
        "timed out",
        "status_code_error",
        "cancelled",
        "canceled",
    ];
    if FINE.contains(&word.as_str()) {
        Fault::No
    } else if ["throttl", "rate_limit", "rate limit", "ratelimit", "toomanyrequests", "too many requests"]
        .iter()
        .any(|part| word.contains(part))
    {
        Fault::Throttled
    } else if BAD.contains(&word.as_str())
        || word.contains("exception")
        || word.contains("error")
        || word.contains("timeout")
    {
        Fault::Yes
    } else {
        Fault::Unknown
    }
}

/// `true`, `hit`, `1` and their opposites; `None` for another word.
pub(super) fn truth(text: &str) -> Option<bool> {
    let word = text.trim().to_ascii_lowercase();
    match word.trim_end_matches(".0") {
        "1" | "true" | "t" | "yes" | "y" | "hit" | "cached" | "cache_hit" => Some(true),
        "0" | "false" | "f" | "no" | "n" | "miss" | "cache_miss" | "bypass" => Some(false),
        other if is_nothing(other) => Some(false),
        _ => None,
    }
}

/// A JSON value as a cell's text; `None` for a list or an object.
pub(super) fn cell(value: &Value) -> Option<String> {
    match value {
        Value::Null => Some(String::new()),
        Value::Bool(value) => Some(value.to_string()),
        Value::Number(value) => Some(value.to_string()),
        Value::String(text) => Some(text.clone()),
        Value::Array(_) | Value::Object(_) => None,
    }
}

/// The beginning of a text, for a message.
pub(super) fn short(text: &str) -> String {
    let mut out: String = text.chars().take(40).collect();
    if out.len() < text.len() {
        out.push('…');
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_as_they_are_written() {
        let check =
            |text: &str, european, expected: Option<u64>| assert_eq!(count(text, european), Ok(expected), "{text}");
        for text in ["1000", "1,000", "1000.0", "1e3", "1 000", "1_000", " 1000 ", "1,000.00"] {
            check(text, false, Some(1_000));
        }
        check("1.000", true, Some(1_000));
        check("1000,0", true, Some(1_000));
        for text in ["", "null", "-", "None", "NaN"] {
            check(text, false, None);
        }
        for text in ["-5", "1.5", "1,00", "1.000", "ten", "0x10", "1,000,0"] {
            assert!(count(text, false).is_err(), "{text}");
        }
    }

    #[test]
    fn moments_as_they_are_written() {
        let nine = 1_795_338_000_000_000; // 2026-11-22T09:00:00Z, by `date`.
        let check = |text: &str, us| assert_eq!(moment(text).map(|m| m.us), us, "{text}");
        for text in [
            "2026-11-22T09:00:00Z",
            "2026-11-22 09:00:00",
            "2026/11/22 09:00:00",
            "2026-11-22T18:00:00+09:00",
            "2026-11-22 09:00",
            "20261122T090000Z",
            "1795338000",
            "1795338000000",
            "1795338000000000",
            "1795338000000000000",
            "2026-11-22 09:00:00 UTC",
            "1795338000.0",
            "2026-11-22 09:00:00,000",
            "2026-11-22 04:00:00-0500",
        ] {
            check(text, Some(nine));
        }
        check("2026-11-22T09:00:00.25Z", Some(nine + 250_000));
        check("1795338000.25", Some(nine + 250_000));
        check("2026-11-22", Some(nine - 9 * 3_600_000_000));
        for text in [
            "yesterday",
            "22/11/2026 09:00",
            "2026-13-01T00:00:00Z",
            "2026-11-22T25:00:00Z",
            "12",
            "2026-11-22T+9:-1:00Z",
        ] {
            check(text, None);
        }
    }

    #[test]
    fn words_of_failure() {
        for word in ["", "false", "FALSE", "0", "null", "-", "none", "ok", "OK", "200", "Success", "no"] {
            assert_eq!(fault(word), Fault::No, "{word}");
        }
        assert_eq!(fault("ThrottlingException"), Fault::Throttled);
        assert_eq!(fault("429"), Fault::Throttled);
        for word in ["true", "1", "500", "ModelTimeoutException", "error", "failed"] {
            assert_eq!(fault(word), Fault::Yes, "{word}");
        }
        assert_eq!(fault("maybe"), Fault::Unknown);
    }
}
