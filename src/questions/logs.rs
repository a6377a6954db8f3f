//! The example logs, for tests.

pub const SUPPORT_DESK: &[u8] = include_bytes!("../../fixtures/logs/support-desk.jsonl.gz");
pub const CODE_AGENT: &[u8] = include_bytes!("../../fixtures/logs/code-agent.jsonl.gz");
pub const MAIL_TRIAGE: &[u8] = include_bytes!("../../fixtures/logs/mail-triage.jsonl.gz");
