//! Gzip unpacked as it arrives, up to a bound.

use std::io::Write;

use flate2::write::MultiGzDecoder;

use super::error::{Error, ErrorCode};

/// What gzip begins with.
const MAGIC: [u8; 2] = [0x1F, 0x8B];

/// Unpacks gzip piece by piece; more than the bound is refused, however small it was packed.
pub struct Gunzip {
    decoder: MultiGzDecoder<Vec<u8>>,
    unpacked: u64,
    most: u64,
}

impl Gunzip {
    /// For at most so many bytes unpacked.
    pub fn new(most: u64) -> Self {
        Gunzip { decoder: MultiGzDecoder::new(Vec::new()), unpacked: 0, most }
    }

    /// Whether bytes begin as gzip does.
    pub fn is_packed(bytes: &[u8]) -> bool {
        bytes.starts_with(&MAGIC)
    }

    /// What the next bytes unpack to, as far as it is known already.
    ///
    /// # Errors
    /// That they are no gzip, or unpack to more than the bound.
    pub fn push(&mut self, bytes: &[u8]) -> Result<Vec<u8>, Error> {
        // A little at a time: few bytes may unpack to many.
        const STEP: usize = 4_096;
        let mut out = Vec::new();
        for step in bytes.chunks(STEP) {
            self.decoder.write_all(step).map_err(broken)?;
            out.append(self.decoder.get_mut());
            if self.unpacked + out.len() as u64 > self.most {
                let most = self.most >> 20;
                return Err(Error::new(ErrorCode::Packed, format!("more than {most} MiB unpacked; split it")));
            }
        }
        self.unpacked += out.len() as u64;
        Ok(out)
    }

    /// The rest.
    ///
    /// # Errors
    /// That the file is cut off.
    pub fn finish(mut self) -> Result<Vec<u8>, Error> {
        self.decoder.try_finish().map_err(broken)?;
        Ok(std::mem::take(self.decoder.get_mut()))
    }
}

fn broken(error: std::io::Error) -> Error {
    Error::new(ErrorCode::Packed, format!("gzip: {error}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn packed(text: &[u8]) -> Vec<u8> {
        let mut packer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
        packer.write_all(text).unwrap();
        packer.finish().unwrap()
    }

    #[test]
    fn it_unpacks_in_any_pieces_and_not_beyond_its_bound() {
        let text = "{\"a\": 1}\n".repeat(10_000);
        let bytes = [packed(text.as_bytes()), packed(b"second")].concat();
        assert!(Gunzip::is_packed(&bytes));
        for piece in [1, 700, 1 << 20] {
            let mut gunzip = Gunzip::new(1 << 20);
            let mut out: Vec<u8> = bytes.chunks(piece).flat_map(|piece| gunzip.push(piece).unwrap()).collect();
            out.extend(gunzip.finish().unwrap());
            assert_eq!(String::from_utf8(out).unwrap(), text.clone() + "second");
        }
        let bomb = packed(&vec![b'x'; 64 << 20]);
        assert!(bomb.len() < 100_000);
        let said = Gunzip::new(1 << 20).push(&bomb).unwrap_err().to_string();
        assert!(said.contains("more than 1 MiB unpacked"), "{said}");
        let mut cut = Gunzip::new(1 << 20);
        cut.push(&bytes[..40]).unwrap();
        assert!(cut.finish().is_err());
        assert!(Gunzip::new(9).push(b"\x1f\x8bnothing of it").is_err());
    }
}
