use super::Word;

/// A language and its number formats. The page implements it over `Intl`; [`English`] serves the
/// command line and the tests.
pub trait Locale {
    fn template(&self, word: Word) -> &str;
    /// A plain number, grouped, at most two decimals.
    fn number(&self, value: f64) -> String;
    /// A number with all its digits.
    fn exact(&self, value: f64) -> String;
    /// A fraction as a percentage with one decimal.
    fn percent(&self, fraction: f64) -> String;
    /// US dollars: cents from one dollar up, three significant digits below.
    fn usd(&self, dollars: f64) -> String;
    /// Milliseconds, as seconds from ten seconds up; as micro- or nanoseconds where hundredths would say nothing.
    fn ms(&self, milliseconds: f64) -> String;
    /// Milliseconds as seconds, in three significant digits: where another time of the same row is written so.
    fn seconds(&self, milliseconds: f64) -> String;
}

/// English words and formats, without any help from the surroundings.
pub struct English;

impl Locale for English {
    fn template(&self, word: Word) -> &str {
        word.english()
    }

    fn number(&self, value: f64) -> String {
        let decimals = if value.fract() == 0.0 || value.abs() >= 1000.0 { 0 } else { 2 };
        grouped(value, decimals)
    }

    fn exact(&self, value: f64) -> String {
        value.to_string()
    }

    fn percent(&self, fraction: f64) -> String {
        format!("{} %", grouped(fraction * 100.0, 1))
    }

    fn usd(&self, dollars: f64) -> String {
        if dollars == 0.0 {
            "$0".to_string()
        } else if dollars.abs() >= 1.0 {
            signed("$", dollars, |v| grouped(v, 2))
        } else {
            let digits = (2 - libm::floor(libm::log10(dollars.abs())) as i32).clamp(2, 12) as usize;
            signed("$", dollars, |v| format!("{v:.digits$}"))
        }
    }

    fn seconds(&self, milliseconds: f64) -> String {
        let seconds = milliseconds / 1000.0;
        let order = libm::floor(libm::log10(seconds.abs().max(1e-3))) as i32;
        format!("{} s", grouped(seconds, (2 - order).clamp(0, 3) as usize))
    }

    fn ms(&self, milliseconds: f64) -> String {
        if milliseconds.abs() >= 10_000.0 {
            self.seconds(milliseconds)
        } else if milliseconds.abs() >= 10.0 || milliseconds == 0.0 {
            format!("{} ms", grouped(milliseconds, 0))
        } else if milliseconds.abs() >= 0.1 {
            format!("{milliseconds:.2} ms")
        } else if milliseconds.abs() >= 0.001 {
            format!("{:.2} µs", milliseconds * 1e3)
        } else if milliseconds.abs() >= 1e-8 {
            format!("{:.2} ns", milliseconds * 1e6)
        } else {
            // Less than the clock of any machine tells.
            "< 0.01 ns".to_string()
        }
    }
}

fn signed(unit: &str, value: f64, write: impl Fn(f64) -> String) -> String {
    let sign = if value < 0.0 { "-" } else { "" };
    format!("{sign}{unit}{}", write(value.abs()))
}

fn grouped(value: f64, decimals: usize) -> String {
    let plain = format!("{:.decimals$}", value.abs());
    let (whole, fraction) = plain.split_once('.').unwrap_or((&plain, ""));
    let mut out = String::new();
    if value < 0.0 {
        out.push('-');
    }
    for (i, digit) in whole.chars().enumerate() {
        if i > 0 && (whole.len() - i).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    if !fraction.is_empty() {
        out.push('.');
        out.push_str(fraction);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn english_formats() {
        let check = |got: String, expected: &str| assert_eq!(got, expected);
        check(English.usd(1959.2125), "$1,959.21");
        check(English.usd(-1959.2125), "-$1,959.21");
        check(English.usd(0.0019592), "$0.00196");
        check(English.usd(0.0), "$0");
        check(English.number(1_000_000.0), "1,000,000");
        check(English.number(2.5), "2.50");
        check(English.percent(0.335), "33.5 %");
        check(English.ms(394.348), "394 ms");
        check(English.ms(30_000.0), "30.0 s");
        check(English.seconds(346.4), "0.346 s");
        check(English.seconds(1_156.0), "1.16 s");
        check(English.seconds(3_599_000.0), "3,599 s");
        check(English.ms(1.5), "1.50 ms");
        check(English.ms(0.1), "0.10 ms");
        check(English.ms(0.0521), "52.10 µs");
        check(English.ms(0.000_944_8), "944.80 ns");
        check(English.ms(0.0), "0 ms");
    }
}
