//! A call as it was read, with what is to be said of it.

use std::borrow::Cow;

use crate::catalog::Tier;
use crate::catalog::is_region;
use crate::money::Usd;

use super::body::{Guarded, Iterated};
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
    /// The account that called, where somebody wants it.
    pub account: Option<String>,
    /// The request, where it is kept and somebody wants it.
    pub request: Option<LoggedRequest>,
    /// Why it is no call, where it is none.
    pub no_call: Option<&'static str>,
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
pub(super) fn region_of<'a>(word: Option<&'a str>, remarks: &mut Vec<Remark>) -> Option<Cow<'a, str>> {
    let word = word?;
    if is_region(word) {
        return Some(Cow::Borrowed(word));
    }
    let small = word.trim().to_ascii_lowercase();
    if is_region(&small) {
        return Some(Cow::Owned(small));
    }
    remarks.push(Remark::note(
        FindingCode::Word,
        &format!("region {}", short(word)),
        "a region that is none; expected one such as us-east-1",
    ));
    None
}

/// The region in the name of a host, as `bedrock-runtime.ap-northeast-1.amazonaws.com` has it.
pub(super) fn region_of_host(host: &str) -> Option<String> {
    let host = host.to_ascii_lowercase();
    host.split(['.', '/', ':']).find(|part| is_region(part)).map(str::to_string)
}

/// A call through the door that has rows of its own in the price list, which a summary does not tell apart.
pub(super) fn mantle(remarks: &mut Vec<Remark>) {
    remarks.push(Remark::note(
        FindingCode::Row,
        "mantle",
        "called through the mantle door; priced by the runtime's row, see `rehearsal price --door mantle`",
    ));
}

/// Latency-optimized inference, by its word.
pub(super) fn performance(word: &str, remarks: &mut Vec<Remark>) {
    match word.trim().to_ascii_lowercase().as_str() {
        "standard" | "default" | "false" | "0" | "{}" => {}
        "optimized" | "optimised" | "true" | "1" => remarks.push(Remark::least(
            FindingCode::Unpriced,
            "performanceConfig.latency optimized",
            "latency-optimized inference has prices of its own that are not in the list",
        )),
        word if is_nothing(word) => {}
        word => remarks.push(Remark::note(
            FindingCode::Word,
            &format!("performance {}", short(word)),
            "a kind of latency that is not known; billed at the standard price",
        )),
    }
}

/// Anthropic's words for how quick and where an answer was made, and what its iterations count.
pub(super) fn premium(
    model: &str,
    speed: Option<&str>,
    geo: Option<&str>,
    iterated: Option<&Iterated>,
    remarks: &mut Vec<Remark>,
) {
    match speed.map(|word| word.trim().to_ascii_lowercase()).as_deref() {
        None | Some("standard" | "default" | "normal") => {}
        Some("fast") => remarks.push(Remark::least(
            FindingCode::Unpriced,
            "speed fast",
            "fast mode has prices of its own that are not in the list",
        )),
        Some(word) if is_nothing(word) => {}
        Some(word) => remarks.push(Remark::note(
            FindingCode::Word,
            &format!("speed {}", short(word)),
            "a speed that is not known; billed at the standard price",
        )),
    }
    match geo.map(|word| word.trim().to_ascii_lowercase()).as_deref() {
        None | Some("global" | "not_available" | "default") => {}
        Some(word) if is_nothing(word) || model.split('.').next() == Some(word) => {}
        Some(word) => remarks.push(Remark::least(
            FindingCode::Unpriced,
            &format!("inference_geo {}", short(word)),
            "an answer that was kept in one geography costs more; billed at the price of the model's own row",
        )),
    }
    let Some(iterated) = iterated else { return };
    if iterated.more != [0; 4] {
        remarks.push(Remark::note(
            FindingCode::Counts,
            &format!("usage.iterations {}", iterated.kinds),
            "iterations beside the message, such as compaction, count tokens that its usage does not; they are billed",
        ));
    }
    if iterated.unread {
        remarks.push(Remark::least(
            FindingCode::Counts,
            "usage.iterations",
            "iterations that could not be read; what they count beside the message is not billed",
        ));
    }
    if let Some(other) = &iterated.other_model {
        remarks.push(Remark::least(
            FindingCode::Unpriced,
            &format!("usage.iterations {}", short(other)),
            "a part was answered by another model, whose tokens are not billed here",
        ));
    }
}

/// A guardrail that was asked, whose units nobody counts.
pub(super) fn guarded(remarks: &mut Vec<Remark>) {
    remarks.push(Remark::least(
        FindingCode::Unpriced,
        "guardrail",
        "a guardrail was asked, and the record does not count its text units",
    ));
}

/// Whether a model gives no tokens, so that no count of them is missed.
pub(super) fn gives_no_tokens(model: &str) -> bool {
    ["embed", "rerank", "marengo"].iter().any(|part| model.contains(part))
}

/// Counts that a call should have and has not.
pub(super) fn uncounted(model: &str, input: Option<u64>, output: Option<u64>, remarks: &mut Vec<Remark>) {
    for (count, name) in [(input, "input"), (output, "output")] {
        if count.is_none() && !(name == "output" && gives_no_tokens(model)) {
            remarks.push(Remark::least(
                FindingCode::Uncounted,
                &format!("{} {name}", short(model)),
                &format!("answered, but no {name} tokens are counted; they are not billed"),
            ));
        }
    }
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
