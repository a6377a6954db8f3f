//! What is found by the words and signs around it: mail addresses, assignments of secrets, bearer
//! tokens, JSON web tokens, PEM blocks, credentials in addresses.

use std::sync::OnceLock;

use regex_lite::Regex;

use super::Span;

/// A pattern, and what a text must have for it to be tried.
struct Pattern {
    name: &'static str,
    /// Lower-case letters of which one must be there.
    needs: &'static [&'static str],
    /// Its first group is what is removed, or all of it where it has none.
    pattern: &'static str,
    confirms: fn(&str) -> bool,
}

const PATTERNS: [Pattern; 11] = [
    Pattern {
        name: "BEARER_TOKEN",
        needs: &["bearer"],
        pattern: r"(?i)\bbearer\s+[A-Za-z0-9._~+/=-]{12,}",
        confirms: |found| found.len() >= 22 || has_digit(found),
    },
    Pattern {
        name: "SECRET",
        needs: &["basic"],
        pattern: r#"(?i)authorization\\*["']?\s*[:=]\s*\\*["']?basic\s+([A-Za-z0-9+/=_-]{4,})"#,
        confirms: |_| true,
    },
    Pattern {
        name: "JWT",
        needs: &["eyj"],
        pattern: r"\beyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{4,}(?:\.[A-Za-z0-9_-]*){0,3}",
        confirms: |_| true,
    },
    Pattern {
        name: "URL_CREDENTIALS",
        needs: &["://"],
        pattern: r#"[A-Za-z][A-Za-z0-9+.-]*://([^\s/@:"'<>\\]*:[^\s/@"'<>\\]+)@"#,
        confirms: |_| true,
    },
    // In quotes or brackets it may have spaces.
    Pattern {
        name: "PASSWORD",
        needs: &["pass", "pwd", "パスワード", "暗証番号"],
        pattern: r#"(?i)(?:password|passwd|passphrase|passcode|pwd|パスワード|暗証番号)\\*["'」]?\s*(?:[:=は]|=>|を)\s*(?:\\*"([^"\\\r\n]{3,})|'([^'\r\n]{3,})'|「([^」\r\n]{3,})」)"#,
        confirms: |found| !found.starts_with('{'),
    },
    Pattern {
        name: "PASSWORD",
        needs: &["pass", "pwd", "パスワード", "暗証番号"],
        pattern: r#"(?i)(?:password|passwd|passphrase|passcode|pwd|パスワード|暗証番号)\\*["'」]?\s*(?:[:=は]|=>|を「)\s*\\*["'「]?([!#-%(-+\--:=?-\[\]-~]{3,})"#,
        confirms: |found| found.chars().any(|c| c.is_ascii_alphanumeric()) && !found.starts_with('{'),
    },
    // Of other letters than Latin, behind a sign that assigns it.
    Pattern {
        name: "PASSWORD",
        needs: &["pass", "pwd", "パスワード", "暗証番号"],
        pattern: r#"(?i)(?:password|passwd|passphrase|passcode|pwd|パスワード|暗証番号)\\*["'」]?\s*[:=]\s*([^\s"'\\<>{},;、。「」]{3,})"#,
        confirms: |found| !found.is_ascii(),
    },
    Pattern {
        name: "SECRET",
        needs: &["key", "secret", "token", "credential", "signature"],
        pattern: r#"(?i)(?:secret[_-]?(?:access[_-]?)?key|account[_-]?key|client[_-]?secret|api[_-]?key|access[_-]?key|access[_-]?token|refresh[_-]?token|session[_-]?token|security[_-]?token|auth[_-]?token|id[_-]?token|private[_-]?key|x-amz-signature|x-amz-credential|\bsecret|\btoken)\\*["']?\s*(?:[:=]|=>)\s*\\*["']?([A-Za-z0-9._~+/=@!$%^*-]{6,})"#,
        confirms: |found| has_digit(found) || found.len() >= 24,
    },
    // Of a signed request.
    Pattern { name: "SECRET", needs: &["signature"], pattern: r"(?i)\bsignature=([0-9a-f]{64})\b", confirms: |_| true },
    Pattern {
        name: "SECRET",
        needs: &["cookie"],
        pattern: r#"(?i)\b(?:set-)?cookie\\*["']?\s*:\s*\\*["']?([A-Za-z0-9_.-]+=[^\s"'\\,]{6,}(?:\s+[A-Za-z0-9_.-]+=[^\s"'\\,]+)*)"#,
        confirms: |_| true,
    },
    Pattern {
        name: "URL_CREDENTIALS",
        needs: &["curl"],
        pattern: r#"\s(?:-u|--user)[ =]["']?([^\s:"'/]+:[^\s"'/]{3,})"#,
        confirms: |_| true,
    },
];

/// A password that a sentence tells.
const TOLD: &str = r"(?i)\bpass(?:word|code|phrase)\s+(?:is|was)\s+[:]?\s*([!-~]{4,})";
/// A mail address whose signs are spelt.
const SPELT: &str = r"(?i)[A-Z0-9._%+-]+\s*[\(\[]\s*at\s*[\)\]]\s*[A-Z0-9-]+(?:\s*[\(\[]\s*dot\s*[\)\]]\s*[A-Z0-9-]+|\.[A-Z0-9-]+)+|\b[A-Z0-9._%+-]+ at [A-Z0-9-]+(?: dot [A-Z0-9-]+)+\b";

fn has_digit(text: &str) -> bool {
    text.bytes().any(|byte| byte.is_ascii_digit())
}

/// Everything of that kind in a text.
pub(super) fn find(text: &str, found: &mut Vec<Span>) {
    pem(text, found);
    mail(text, found);
    let lower = text.to_ascii_lowercase();
    for (pattern, regex) in compiled() {
        if pattern.needs.iter().any(|needed| lower.contains(needed)) {
            search(text, regex, pattern, found);
        }
    }
}

fn search(text: &str, regex: &Regex, pattern: &Pattern, found: &mut Vec<Span>) {
    for captures in regex.captures_iter(text) {
        let group = captures.iter().skip(1).flatten().next();
        let Some(hit) = group.or_else(|| captures.get(0)) else { continue };
        if (pattern.confirms)(hit.as_str()) {
            found.push(Span { start: hit.start(), end: hit.end(), name: pattern.name });
        }
    }
}

fn compiled() -> &'static [(Pattern, Regex)] {
    static COMPILED: OnceLock<Vec<(Pattern, Regex)>> = OnceLock::new();
    COMPILED.get_or_init(|| {
        let told = Pattern {
            name: "PASSWORD",
            needs: &["pass"],
            pattern: TOLD,
            confirms: |found| found.bytes().any(|byte| !byte.is_ascii_alphabetic() && !matches!(byte, b'.' | b',')),
        };
        let spelt = Pattern { name: "EMAIL", needs: &["at)", "at]", "at "], pattern: SPELT, confirms: |_| true };
        let all = PATTERNS.into_iter().chain([told, spelt]);
        // A test compiles every one of them.
        all.filter_map(|pattern| Some((Regex::new(pattern.pattern).ok()?, pattern)))
            .map(|(regex, pattern)| (pattern, regex))
            .collect()
    })
}

/// Blocks between `-----BEGIN` and `-----END`; one that is cut off goes to the end.
fn pem(text: &str, found: &mut Vec<Span>) {
    const BEGIN: &str = "-----BEGIN ";
    let mut from = 0;
    while let Some(start) = text.get(from..).and_then(|rest| rest.find(BEGIN)).map(|gap| from + gap) {
        let rest = text.get(start..).unwrap_or_default();
        let end = rest.find("-----END ").and_then(|end| {
            let label = end + "-----END ".len();
            Some(label + rest.get(label..)?.find("-----")? + 5)
        });
        let end = end.map_or(text.len(), |end| start + end);
        found.push(Span { start, end, name: "PEM" });
        from = end;
    }
}

/// A name, `@`, and a host with a dot in it. Names in quotes and hosts of any script are some, too.
fn mail(text: &str, found: &mut Vec<Span>) {
    let bytes = text.as_bytes();
    let local = |byte: &u8| byte.is_ascii_alphanumeric() || b"._%+-'".contains(byte);
    for at in memchr::memchr_iter(b'@', bytes) {
        let before = bytes.get(..at).unwrap_or_default().iter().rev().take_while(|byte| local(byte)).count();
        let name = text.get(at - before..at).unwrap_or_default().trim_start_matches(['.', '\'']);
        let start = if name.is_empty() { other_name(text, at) } else { at - name.len() };
        let end = at + 1 + host(text.get(at + 1..).unwrap_or_default());
        // `価格@1.5倍` is no address.
        let last = text.get(at + 1..end).unwrap_or_default().rsplit('.').next().unwrap_or_default();
        let sure = !name.is_empty() || (last.len() >= 2 && last.bytes().all(|byte| byte.is_ascii_alphabetic()));
        if start < at && end > at + 1 && sure {
            found.push(Span { start, end, name: "EMAIL" });
        }
    }
}

/// Where a name before `@` begins that is in quotes or in another script than Latin.
fn other_name(text: &str, at: usize) -> usize {
    const LONGEST: usize = 64;
    let before = text.get(..at).unwrap_or_default();
    let letters = || before.char_indices().rev().take(LONGEST);
    if let Some(quoted) = before.strip_suffix('"') {
        let begin = letters().skip(1).take_while(|(_, letter)| *letter != '\n').find(|(_, letter)| *letter == '"');
        // One behind a letter ends another quotation.
        let opens = |begin: &usize| !before.get(..*begin).unwrap_or_default().ends_with(char::is_alphanumeric);
        return begin.map(|(begin, _)| begin).filter(opens).map_or(at, |begin| begin.min(quoted.len()));
    }
    letters().take_while(|(_, letter)| letter.is_alphanumeric()).last().map_or(at, |(begin, _)| begin)
}

/// The length of a host with a dot in it; of other scripts than Latin, up to its Latin end.
fn host(text: &str) -> usize {
    let plain = |letter: char| letter.is_ascii_alphanumeric() || letter == '-';
    let ascii = text.bytes().take_while(|byte| plain(char::from(*byte)) || *byte == b'.').count();
    let dotted = |host: &str| {
        let labels: Vec<&str> = host.split('.').collect();
        labels.len() >= 2 && labels.iter().all(|label| !label.is_empty())
    };
    let host = text.get(..ascii).unwrap_or_default().trim_end_matches(['.', '-']);
    if dotted(host) {
        return host.len();
    }
    const LONGEST: usize = 100;
    let letter = |letter: char| plain(letter) || letter == '.' || (!letter.is_ascii() && letter.is_alphanumeric());
    let length: usize = text.chars().take(LONGEST).take_while(|c| letter(*c)).map(char::len_utf8).sum();
    let any = text.get(..length).unwrap_or_default();
    // What follows the last Latin label is the sentence.
    let end = any.rfind('.').map_or(0, |dot| {
        let label = any.get(dot + 1..).unwrap_or_default().bytes().take_while(|byte| plain(char::from(*byte))).count();
        if label >= 2 { dot + 1 + label } else { 0 }
    });
    if dotted(any.get(..end).unwrap_or_default()) { end } else { 0 }
}

/// Whether the value under a key is a secret, whatever it looks like.
pub(super) fn is_secret_key(key: &str) -> bool {
    const ENDS: [&str; 17] = [
        "password",
        "passwd",
        "passphrase",
        "passcode",
        "secret",
        "apikey",
        "secretkey",
        "accesskey",
        "accesstoken",
        "refreshtoken",
        "sessiontoken",
        "securitytoken",
        "authtoken",
        "idtoken",
        "privatekey",
        "bearertoken",
        "secretaccesskey",
    ];
    const WHOLE: [&str; 4] = ["pwd", "authorization", "credentials", "パスワード"];
    if key.len() > 80 {
        return false;
    }
    let plain: String = key.chars().filter(|c| !matches!(c, '_' | '-' | ' ' | '.')).collect::<String>().to_lowercase();
    WHOLE.contains(&plain.as_str()) || ENDS.iter().any(|end| plain.ends_with(end))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_pattern_compiles() {
        assert_eq!(compiled().len(), PATTERNS.len() + 2);
    }

    #[test]
    fn keys_that_name_a_secret() {
        for key in
            ["password", "DB_PASSWORD", "client-secret", "apiKey", "x-api-key", "aws_session_token", "Authorization"]
        {
            assert!(is_secret_key(key), "{key}");
        }
        for key in ["token", "nextToken", "max_tokens", "passenger", "key", "secretary", "signature"] {
            assert!(!is_secret_key(key), "{key}");
        }
    }
}
