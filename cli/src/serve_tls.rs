//! TLS for `serve`: a certificate that is given, or one made at the start.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use axum::serve::Listener;
use tokio::net::TcpStream;
use tokio::sync::mpsc;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::server::TlsStream;

use super::Failure;
use super::serve_connections::Accepting;

#[derive(clap::Args)]
pub struct Options {
    /// Speak TLS, with `--cert` and `--key` or with a certificate made at the start, whose file the
    /// first line of the output names.
    #[arg(long)]
    tls: bool,
    /// The certificate chain, in PEM.
    #[arg(long, value_name = "FILE", requires = "key", requires = "tls")]
    cert: Option<PathBuf>,
    /// Its private key, in PEM.
    #[arg(long, value_name = "FILE", requires = "cert", requires = "tls")]
    key: Option<PathBuf>,
    /// Where the certificate made at the start is written, for clients to trust.
    #[arg(long, value_name = "FILE", requires = "tls", conflicts_with = "cert")]
    cert_out: Option<PathBuf>,
    /// A name the certificate made at the start is for, beside localhost and the address; may be repeated.
    #[arg(long, value_name = "NAME", requires = "tls", conflicts_with = "cert")]
    tls_name: Vec<String>,
}

/// A listener's TLS, and the file of the certificate that was made for it.
pub struct Tls {
    pub acceptor: TlsAcceptor,
    pub made: Option<PathBuf>,
}

/// How long a client may take for its handshake.
const PATIENCE: Duration = Duration::from_secs(10);

impl Options {
    /// Whether TLS was asked for.
    pub fn is_on(&self) -> bool {
        self.tls
    }

    /// The TLS that was asked for, if any.
    ///
    /// # Errors
    /// A file that cannot be read or written, or that holds no certificate or key, named.
    pub fn prepare(&self, bound: SocketAddr) -> Result<Option<Tls>, Failure> {
        if !self.tls {
            return Ok(None);
        }
        let (chain, key, made) = match (&self.cert, &self.key) {
            (Some(cert), Some(key)) => (read_chain(cert)?, read_key(key)?, None),
            _ => self.make(bound)?,
        };
        let mut config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .and_then(|builder| builder.with_no_client_auth().with_single_cert(chain, key))
            .map_err(|error| Failure::input(format!("the certificate and the key do not fit: {error}")))?;
        config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
        Ok(Some(Tls { acceptor: TlsAcceptor::from(Arc::new(config)), made }))
    }

    /// A certificate of its own, written to a file that clients can trust; its key stays in memory.
    #[allow(clippy::type_complexity)]
    fn make(
        &self,
        bound: SocketAddr,
    ) -> Result<(Vec<CertificateDer<'static>>, PrivateKeyDer<'static>, Option<PathBuf>), Failure> {
        let mut names = vec!["localhost".to_string(), "127.0.0.1".to_string(), "::1".to_string()];
        names.push(bound.ip().to_string());
        names.extend(self.tls_name.iter().cloned());
        names.sort();
        names.dedup();
        let fail = |error: rcgen::Error| Failure::input(format!("cannot make a certificate: {error}"));
        let mut parameters = rcgen::CertificateParams::new(names).map_err(fail)?;
        parameters.distinguished_name = rcgen::DistinguishedName::new();
        parameters.distinguished_name.push(rcgen::DnType::CommonName, "rehearsal serve");
        let key = rcgen::KeyPair::generate().map_err(fail)?;
        let certificate = parameters.self_signed(&key).map_err(fail)?;
        let file = self.cert_out.clone().unwrap_or_else(|| {
            std::env::temp_dir().join(format!("rehearsal-{}-{}.pem", std::process::id(), bound.port()))
        });
        std::fs::write(&file, certificate.pem())
            .map_err(|error| Failure::input(format!("cannot write {}: {error}", file.display())))?;
        let key = PrivateKeyDer::try_from(key.serialize_der())
            .map_err(|error| Failure::input(format!("cannot make a key: {error}")))?;
        Ok((vec![certificate.der().clone()], key, Some(file)))
    }
}

fn read_chain(file: &Path) -> Result<Vec<CertificateDer<'static>>, Failure> {
    super::input::ends(file)?;
    let chain: Result<Vec<_>, _> = CertificateDer::pem_file_iter(file).and_then(Iterator::collect);
    match chain {
        Ok(chain) if !chain.is_empty() => Ok(chain),
        Ok(_) => Err(Failure::input(format!("{} holds no certificate; expected PEM", file.display()))),
        Err(error) => Err(Failure::input(format!("cannot read the certificate {}: {error}", file.display()))),
    }
}

fn read_key(file: &Path) -> Result<PrivateKeyDer<'static>, Failure> {
    super::input::ends(file)?;
    PrivateKeyDer::from_pem_file(file)
        .map_err(|error| Failure::input(format!("cannot read the private key {}: {error}", file.display())))
}

/// Connections whose handshake is done. Handshakes run beside each other, so that a slow client
/// holds up no one.
pub struct TlsListener {
    ready: mpsc::Receiver<(TlsStream<TcpStream>, SocketAddr)>,
    address: SocketAddr,
}

impl TlsListener {
    pub fn new(mut listener: Accepting, address: SocketAddr, acceptor: TlsAcceptor) -> Self {
        let (sender, ready) = mpsc::channel(64);
        tokio::spawn(async move {
            loop {
                let (stream, peer) = listener.accept().await;
                let (acceptor, sender) = (acceptor.clone(), sender.clone());
                tokio::spawn(async move {
                    if let Ok(Ok(stream)) = tokio::time::timeout(PATIENCE, acceptor.accept(stream)).await {
                        let _ = sender.send((stream, peer)).await;
                    }
                });
            }
        });
        TlsListener { ready, address }
    }
}

impl Listener for TlsListener {
    type Io = TlsStream<TcpStream>;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Self::Io, Self::Addr) {
        match self.ready.recv().await {
            Some(connection) => connection,
            // The task that accepts ends with the process only.
            None => std::future::pending().await,
        }
    }

    fn local_addr(&self) -> std::io::Result<Self::Addr> {
        Ok(self.address)
    }
}
