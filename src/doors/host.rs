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

    /// The host that a Host header names, if it names one of the service's: at its own address, at an endpoint of a VPC
    /// (`vpce-….bedrock-runtime.us-east-1.vpce.amazonaws.com`), or with a zone in front of it.
    pub fn named(header: &str) -> Option<Self> {
        let mut labels = header.split(['.', ':']);
        let named = |label: &str| match label.strip_suffix("-fips").unwrap_or(label) {
            "bedrock-mantle" => Some(Host::Mantle),
            "bedrock-runtime" => Some(Host::Runtime),
            _ => None,
        };
        let first = labels.next()?;
        named(first).or_else(|| labels.next().filter(|_| first.starts_with("vpce-")).and_then(named))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_host_is_known_by_its_address_and_behind_an_endpoint() {
        let check = |header: &str, host| assert_eq!(Host::named(header), host, "{header}");
        check("bedrock-runtime.us-east-1.amazonaws.com", Some(Host::Runtime));
        check("bedrock-mantle-fips.us-east-1.api.aws", Some(Host::Mantle));
        check("vpce-0a1b-x7.bedrock-runtime.us-east-1.vpce.amazonaws.com", Some(Host::Runtime));
        check("vpce-0a1b-x7-us-east-1a.bedrock-mantle.us-east-1.vpce.amazonaws.com:443", Some(Host::Mantle));
        check("vpce-0a1b-x7.s3.us-east-1.vpce.amazonaws.com", None);
        check("proxy.bedrock-runtime.example", None);
        check("localhost:4100", None);
    }
}
