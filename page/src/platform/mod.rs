//! The browser: the only place of the page that knows it. Natively, where components are rendered
//! to text in tests, everything here is a stand-in that does nothing.

pub mod clipboard;
pub mod clock;
pub mod documents;
pub mod drawing;
pub mod drops;
pub mod events;
pub mod files;
pub mod host;
pub mod intl;
pub mod link;
#[cfg(target_arch = "wasm32")]
pub mod packets;
pub mod page;
pub mod panic;
pub mod saved;
pub mod simulator;
pub mod storage;
pub mod tabs;
pub mod vault;
