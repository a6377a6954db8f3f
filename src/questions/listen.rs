//! A log that is at hand as a whole, call by call.

use crate::import::{ImportOptions, LogReader, LogSummary, LoggedCall, TimeZone};

/// Bytes that are read at once: a few packed ones may hold very many.
const PIECE: usize = 1 << 14;

/// Reads a log, gzip or not, each call told to `hear`; days are those of UTC.
pub fn listen(log: &[u8], mut hear: impl FnMut(&LoggedCall)) -> LogSummary {
    let options = ImportOptions { keep_calls: true, time_zone: Some(TimeZone::default()), ..ImportOptions::default() };
    let mut reader = LogReader::new(options);
    for piece in log.chunks(PIECE) {
        reader.push(piece);
        reader.take_calls().iter().for_each(&mut hear);
    }
    reader.end_file();
    reader.take_calls().iter().for_each(&mut hear);
    reader.finish()
}
