//! A call as it was read, with what is to be said of it.

use crate::catalog::is_region;
use crate::cost::Tier;
use crate::money::Usd;

use super::body::Guarded;
use super::findings::FindingCode;
use super::logged::LoggedRequest;
use super::scalar::{is_nothing, short};
use super::summary::Call;

/// A call that was read.
#[derive(Debug, Default)]
pub(super) struct Draft {
    pub call: Call,
    /// The offset its time is written with, in minutes.
    pub offset_min: Option<i32>,
    pub remarks: Vec<Remark>,
    pub guarded: Guarded,
    /// What the log says that it cost.
    pub logged_usd: Option<Usd>,
    /// Its time is known to the second, so that the same record in another file is the same call.
    pub has_clock: bool,
    /// The request, where it is kept and somebody wants it.
    pub request: Option<LoggedRequest>,
}

/// Something to be said of a call.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Remark {
    pub code: FindingCode,
    pub name: String,
    pub what: String,
    pub at_least: bool,
}

impl Remark {
    /// It makes the bill a least.
    pub fn least(code: FindingCode, name: &str, what: &str) -> Self {
        Remark { code, name: name.to_string(), what: what.to_string(), at_least: true }
    }

    /// It is only said.
    pub fn note(code: FindingCode, name: &str, what: &str) -> Self {
        Remark { at_least: false, ..Remark::least(code, name, what) }
    }
}

/// The region of a word; one that is none is named.
pub(super) fn region_of<'a>(word: Option<&'a str>, remarks: &mut Vec<Remark>) -> Option<&'a str> {
    let word = word?;
    if is_region(word) {
        return Some(word);
    }
    remarks.push(Remark::note(
        FindingCode::Word,
        &format!("region {}", short(word)),
        "a region that is none; expected one such as us-east-1",
    ));
    None
}

/// The tier of a word; one that is not known, or has no price by the token, is named.
pub(super) fn tier_of(word: &str, remarks: &mut Vec<Remark>) -> Tier {
    let key = word.trim().to_ascii_lowercase();
    if is_nothing(&key) {
        return Tier::Standard;
    }
    match key.as_str() {
        "on_demand" | "on-demand" | "ondemand" | "auto" | "standard_only" | "scale" => Tier::Standard,
        "batches" | "batch_api" => Tier::Batch,
        "reserved" => {
            remarks.push(Remark::note(
                FindingCode::Word,
                "tier reserved",
                "reserved capacity is paid by commitment; the calls are billed at the standard price",
            ));
            Tier::Standard
        }
        key => Tier::from_key(key).unwrap_or_else(|| {
            remarks.push(Remark::note(
                FindingCode::Word,
                &format!("tier {}", short(word)),
                "a tier that is not known; billed at the standard price",
            ));
            Tier::Standard
        }),
    }
}
