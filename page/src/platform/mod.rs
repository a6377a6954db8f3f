//! The browser: the only place of the page that knows it. Natively, where components are rendered
//! to text in tests, everything here is a stand-in that does nothing.

pub mod bridge;
pub mod clipboard;
pub mod clock;
pub mod desk;
pub mod documents;
pub mod drawing;
pub mod drops;
pub mod events;
pub mod files;
pub mod intl;
pub mod link;
#[cfg(target_arch = "wasm32")]
pub mod packets;
pub mod page;
pub mod panic;
pub mod request;
pub mod saved;
pub mod simulator;
pub mod storage;
