//! The questions that teams on Bedrock ask of their logs: will my requests survive the next model
//! ([`upgrade`]), why is my prompt cache not hit ([`cache`]), what quota do I need ([`quota`]).
//!
//! Each hears the calls of a log one by one ([`crate::import::LogReader::take_calls`]) in bounded memory, keeps
//! sums and hashes and no text, and ends in an answer: a document, and a [`Report`] of the same figures as
//! sentences and tables. What they say is what the rest of the product does: the mock's checks, its cache and its
//! quotas, the bill of an import.

mod ask;
pub mod cache;
mod files;
mod listen;
#[cfg(test)]
pub(crate) mod logs;
pub mod quota;
mod report;
pub mod upgrade;

pub use ask::Asked;
pub use files::Requests;
pub use listen::{document, listen};
pub use report::{Report, Table, known};
