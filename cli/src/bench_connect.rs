//! How a benchmark reaches an endpoint: connections over HTTP and HTTPS that are kept open, and the
//! credentials of a real Bedrock endpoint.

use std::time::{Duration, SystemTime};

use aws_credential_types::Credentials;
use aws_sigv4::http_request::{SignableBody, SignableRequest, SigningSettings, sign};
use aws_sigv4::sign::v4;
use http_body_util::Full;
use hyper::Uri;
use hyper::body::Bytes;
use hyper::client::conn::http1::SendRequest;
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::connect::HttpConnector;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use tower_service::Service;

use super::Failure;

/// One connection, ready for a request.
pub type Sender = SendRequest<Full<Bytes>>;

/// Opens connections to one place.
pub struct Connector {
    origin: Uri,
    inner: HttpsConnector<HttpConnector>,
}

impl Connector {
    /// A connector to an origin, trusting the system's certificates, or those in a PEM file alone.
    pub fn new(origin: Uri, trusted: Option<&str>) -> Result<Self, Failure> {
        let mut tcp = HttpConnector::new();
        tcp.enforce_http(false);
        // Small requests must not wait for company.
        tcp.set_nodelay(true);
        tcp.set_connect_timeout(Some(Duration::from_secs(30)));
        let builder = HttpsConnectorBuilder::new();
        let builder = match trusted {
            Some(file) => builder.with_tls_config(trusting(file)?),
            None if origin.scheme_str() == Some("https") => builder
                .with_native_roots()
                .map_err(|error| Failure::input(format!("no certificates to trust: {error}; give --cacert FILE")))?,
            // Nothing is encrypted, so nothing needs to be trusted.
            None => builder.with_tls_config(
                rustls::ClientConfig::builder()
                    .with_root_certificates(rustls::RootCertStore::empty())
                    .with_no_client_auth(),
            ),
        };
        let inner = builder.https_or_http().enable_http1().wrap_connector(tcp);
        Ok(Connector { origin, inner })
    }

    /// A new connection.
    pub async fn open(&self) -> Result<Sender, String> {
        let stream = self.inner.clone().call(self.origin.clone()).await.map_err(|error| deepest(error.as_ref()))?;
        let (sender, connection) =
            hyper::client::conn::http1::handshake(stream).await.map_err(|error| error.to_string())?;
        tokio::spawn(connection);
        Ok(sender)
    }
}

fn trusting(file: &str) -> Result<rustls::ClientConfig, Failure> {
    let bad = |error: String| Failure::input(format!("--cacert {file}: {error}"));
    super::input::ends(std::path::Path::new(file))?;
    let mut roots = rustls::RootCertStore::empty();
    let certificates = CertificateDer::pem_file_iter(file).map_err(|error| bad(error.to_string()))?;
    for certificate in certificates {
        let certificate = certificate.map_err(|error| bad(error.to_string()))?;
        roots.add(certificate).map_err(|error| bad(error.to_string()))?;
    }
    if roots.is_empty() {
        return Err(bad("has no certificate; expected PEM".to_string()));
    }
    Ok(rustls::ClientConfig::builder().with_root_certificates(roots).with_no_client_auth())
}

/// The innermost reason of an error: "connection refused" rather than "error sending request".
pub fn deepest(error: &(dyn std::error::Error + 'static)) -> String {
    let mut inner = error;
    loop {
        // What an I/O error wraps is not its source.
        let wrapped = inner.downcast_ref::<std::io::Error>().and_then(std::io::Error::get_ref);
        inner = match wrapped {
            Some(wrapped) => wrapped,
            None => match inner.source() {
                Some(source) => source,
                None => break,
            },
        };
    }
    match inner.downcast_ref::<std::io::Error>() {
        Some(io) => io.kind().to_string(),
        None => inner.to_string(),
    }
}

/// How a request proves who sends it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum AuthMode {
    /// For a Bedrock endpoint of AWS a bearer token or SigV4, whichever the environment has; else none.
    Auto,
    None,
    /// AWS_BEARER_TOKEN_BEDROCK.
    Bearer,
    /// AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and, if there is one, AWS_SESSION_TOKEN.
    Sigv4,
}

/// Credentials as they are sent.
pub enum Auth {
    None,
    Header(String),
    Sigv4 { credentials: Credentials, region: String, service: &'static str },
}

impl Auth {
    /// The credentials for a place, from the environment.
    ///
    /// # Errors
    /// What is missing, and where it is looked for.
    pub fn of(mode: AuthMode, region: Option<&str>, uri: &Uri) -> Result<Self, Failure> {
        let variable = |name: &str| std::env::var(name).ok().filter(|value| !value.trim().is_empty());
        let host = uri.host().unwrap_or_default();
        let real = is_aws(host);
        if mode == AuthMode::None || (mode == AuthMode::Auto && !real) {
            return Ok(Auth::None);
        }
        let token = variable("AWS_BEARER_TOKEN_BEDROCK").map(|token| Auth::Header(format!("Bearer {token}")));
        let keys = || {
            let (id, secret) = (variable("AWS_ACCESS_KEY_ID")?, variable("AWS_SECRET_ACCESS_KEY")?);
            Some(Credentials::new(id, secret, variable("AWS_SESSION_TOKEN"), None, "environment"))
        };
        if let (AuthMode::Auto | AuthMode::Bearer, Some(token)) = (mode, token) {
            return Ok(token);
        }
        if mode == AuthMode::Bearer {
            return Err(Failure::input("--auth bearer: AWS_BEARER_TOKEN_BEDROCK is not set"));
        }
        let credentials = keys().ok_or_else(|| {
            Failure::input(
                "no credentials for this endpoint; set AWS_BEARER_TOKEN_BEDROCK, or AWS_ACCESS_KEY_ID and \
                 AWS_SECRET_ACCESS_KEY (`aws configure export-credentials --format env` prints them)",
            )
        })?;
        let region = region
            .map(str::to_string)
            .or_else(|| region_of(host))
            .or_else(|| variable("AWS_REGION"))
            .or_else(|| variable("AWS_DEFAULT_REGION"))
            .ok_or_else(|| Failure::input("which Region signs? give --region, or set AWS_REGION"))?;
        let service = if host.starts_with("bedrock-mantle") { "bedrock-mantle" } else { "bedrock" };
        Ok(Auth::Sigv4 { credentials, region, service })
    }

    /// The headers that prove it for one request.
    pub fn headers(
        &self,
        method: &str,
        uri: &str,
        headers: &[(String, String)],
        body: &[u8],
    ) -> Result<Vec<(String, String)>, String> {
        let (credentials, region, service) = match self {
            Auth::None => return Ok(Vec::new()),
            Auth::Header(value) => return Ok(vec![("authorization".to_string(), value.clone())]),
            Auth::Sigv4 { credentials, region, service } => (credentials, region, service),
        };
        let identity = credentials.clone().into();
        let params = v4::SigningParams::builder()
            .identity(&identity)
            .region(region)
            .name(service)
            .time(SystemTime::now())
            .settings(SigningSettings::default())
            .build()
            .map_err(|error| error.to_string())?
            .into();
        let named = headers.iter().map(|(name, value)| (name.as_str(), value.as_str()));
        let request =
            SignableRequest::new(method, uri, named, SignableBody::Bytes(body)).map_err(|error| error.to_string())?;
        let (instructions, _) = sign(request, &params).map_err(|error| error.to_string())?.into_parts();
        Ok(instructions.headers().map(|(name, value)| (name.to_string(), value.to_string())).collect())
    }
}

/// Whether a host is one of AWS's own.
fn is_aws(host: &str) -> bool {
    [".amazonaws.com", ".amazonaws.com.cn", ".api.aws"].iter().any(|end| host.ends_with(end))
}

/// The Region in the name of a Bedrock endpoint: `bedrock-runtime.us-east-1.amazonaws.com`, a
/// private endpoint's as well.
fn region_of(host: &str) -> Option<String> {
    let mut parts = host.split('.').skip_while(|part| !part.starts_with("bedrock"));
    parts.next()?;
    parts.next().filter(|part| part.matches('-').count() >= 2).map(str::to_string)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_region_is_in_the_name() {
        let check = |host: &str, region: Option<&str>| assert_eq!(region_of(host).as_deref(), region, "{host}");
        check("bedrock-runtime.eu-central-1.amazonaws.com", Some("eu-central-1"));
        check("bedrock-runtime-fips.us-gov-west-1.amazonaws.com", Some("us-gov-west-1"));
        check("vpce-0a-1b.bedrock-runtime.us-east-1.vpce.amazonaws.com", Some("us-east-1"));
        check("bedrock-mantle.us-west-2.api.aws", Some("us-west-2"));
        check("127.0.0.1", None);
    }
}
