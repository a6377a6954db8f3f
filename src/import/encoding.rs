//! UTF-16 and byte order marks to UTF-8, as the bytes come.

/// How a file's text is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Encoding {
    #[default]
    Utf8,
    Utf16 {
        big_endian: bool,
    },
}

impl Encoding {
    /// What the first bytes show, and how many of them are a mark.
    pub fn of(first: &[u8]) -> (Self, usize) {
        match first {
            [0xEF, 0xBB, 0xBF, ..] => (Encoding::Utf8, 3),
            [0xFF, 0xFE, ..] => (Encoding::Utf16 { big_endian: false }, 2),
            [0xFE, 0xFF, ..] => (Encoding::Utf16 { big_endian: true }, 2),
            // ASCII in two bytes each.
            [a, 0, b, 0, ..] if *a != 0 && *b != 0 => (Encoding::Utf16 { big_endian: false }, 0),
            [0, a, 0, b, ..] if *a != 0 && *b != 0 => (Encoding::Utf16 { big_endian: true }, 0),
            _ => (Encoding::Utf8, 0),
        }
    }
}

/// What is said of bytes that are neither UTF-8 nor UTF-16, and what to do: the encodings that they may be in.
pub(super) fn not_utf8(bytes: &[u8]) -> String {
    let convert = |name: &str| format!("iconv -f {name} -t UTF-8 FILE");
    let how = match (may_be_shift_jis(bytes), may_be_windows_1252(bytes)) {
        (true, false) => format!("it may be Shift_JIS: {}", convert("CP932")),
        (false, true) => format!("it may be Windows-1252: {}", convert("WINDOWS-1252")),
        (true, true) => {
            format!("{} where it is Japanese, {} where it is Western", convert("CP932"), convert("WINDOWS-1252"))
        }
        (false, false) => convert("ITS_ENCODING"),
    };
    format!("text that is neither UTF-8 nor UTF-16; save it as UTF-8, or convert it: {how}")
}

/// Whether all bytes are characters of Windows' Shift_JIS: one, or a pair.
fn may_be_shift_jis(bytes: &[u8]) -> bool {
    let mut bytes = bytes.iter();
    while let Some(byte) = bytes.next() {
        let is_whole = match byte {
            0x00..=0x7F | 0xA1..=0xDF => true,
            0x81..=0x9F | 0xE0..=0xFC => bytes.next().is_some_and(|byte| matches!(byte, 0x40..=0x7E | 0x80..=0xFC)),
            _ => false,
        };
        if !is_whole {
            return false;
        }
    }
    true
}

/// Whether all bytes are characters of Windows-1252, which has five holes.
fn may_be_windows_1252(bytes: &[u8]) -> bool {
    !bytes.iter().any(|byte| matches!(byte, 0x81 | 0x8D | 0x8F | 0x90 | 0x9D))
}

/// UTF-16 in pieces of any size.
#[derive(Debug, Default)]
pub(super) struct Utf16 {
    big_endian: bool,
    /// The first byte of a unit.
    half: Option<u8>,
    /// The first unit of a pair.
    high: Option<u16>,
    /// Units that were no text.
    pub broken: u64,
}

impl Utf16 {
    pub fn new(big_endian: bool) -> Self {
        Utf16 { big_endian, ..Utf16::default() }
    }

    /// The text of the next bytes.
    pub fn decode(&mut self, bytes: &[u8]) -> Vec<u8> {
        let mut units = Vec::with_capacity(bytes.len() / 2 + 2);
        units.extend(self.high.take());
        for byte in bytes {
            match self.half.take() {
                None => self.half = Some(*byte),
                Some(first) if self.big_endian => units.push(u16::from_be_bytes([first, *byte])),
                Some(first) => units.push(u16::from_le_bytes([first, *byte])),
            }
        }
        if let Some(last) = units.last().copied()
            && (0xD800..0xDC00).contains(&last)
        {
            units.pop();
            self.high = Some(last);
        }
        let mut out = String::with_capacity(units.len());
        for unit in char::decode_utf16(units) {
            out.push(unit.unwrap_or_else(|_| {
                self.broken += 1;
                char::REPLACEMENT_CHARACTER
            }));
        }
        out.into_bytes()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn utf16_in_any_pieces() {
        let text = "時刻,モデル\n😀,x\n";
        for big_endian in [false, true] {
            let bytes: Vec<u8> = text
                .encode_utf16()
                .flat_map(|unit| if big_endian { unit.to_be_bytes() } else { unit.to_le_bytes() })
                .collect();
            for piece in [1, 3, 1000] {
                let mut decoder = Utf16::new(big_endian);
                let out: Vec<u8> = bytes.chunks(piece).flat_map(|piece| decoder.decode(piece)).collect();
                assert_eq!((String::from_utf8(out).unwrap().as_str(), decoder.broken), (text, 0));
            }
        }
        assert_eq!(Encoding::of(b"a\0b\0"), (Encoding::Utf16 { big_endian: false }, 0));
        assert_eq!(Encoding::of(b"{\"a\""), (Encoding::Utf8, 0));
    }
}
