//! Bedrock's two hosts: `bedrock-runtime` and `bedrock-mantle`.

/// One of the two hosts that serve models.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Host {
    /// `bedrock-runtime.{region}.amazonaws.com`.
    Runtime,
    /// `bedrock-mantle.{region}.api.aws`.
    Mantle,
}

impl Host {
    /// `runtime` or `mantle`.
    pub fn key(self) -> &'static str {
        match self {
            Host::Runtime => "runtime",
            Host::Mantle => "mantle",
        }
    }

    /// The host with this key.
    pub fn from_key(key: &str) -> Option<Self> {
        [Host::Runtime, Host::Mantle].into_iter().find(|host| host.key() == key)
    }

    /// The host that a Host header names, if it names one of the service's.
    pub fn named(header: &str) -> Option<Self> {
        if header.starts_with("bedrock-mantle.") || header.starts_with("bedrock-mantle-fips.") {
            return Some(Host::Mantle);
        }
        (header.starts_with("bedrock-runtime.") || header.starts_with("bedrock-runtime-fips.")).then_some(Host::Runtime)
    }
}
