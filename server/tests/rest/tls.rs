//! The command line over HTTPS: a server behind a proxy that speaks TLS, with an authority made for
//! the test.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::Arc;

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use tempfile::TempDir;
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::PrivateKeyDer;

use crate::support::{TOKEN, TestServer};

/// An authority, with its certificate in a file.
struct Authority {
    issuer: CertifiedIssuer<'static, KeyPair>,
    folder: TempDir,
}

impl Authority {
    fn new() -> Self {
        let mut params = CertificateParams::new(Vec::<String>::new()).expect("parameters");
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let key = KeyPair::generate().expect("a key");
        let issuer = CertifiedIssuer::self_signed(params, key).expect("a certificate");
        let folder = tempfile::tempdir().expect("a temporary folder");
        let authority = Self { issuer, folder };
        std::fs::write(authority.file(), authority.issuer.pem()).expect("a writable folder");
        authority
    }

    fn file(&self) -> PathBuf {
        self.folder.path().join("authority.pem")
    }

    /// A TLS server for `localhost`, with a certificate of this authority.
    fn acceptor(&self) -> TlsAcceptor {
        let key = KeyPair::generate().expect("a key");
        let params = CertificateParams::new(vec!["localhost".to_owned()]).expect("parameters");
        let certificate = params.signed_by(&key, &self.issuer).expect("a certificate");
        let key = PrivateKeyDer::try_from(key.serialize_der()).expect("a key");
        let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .expect("protocol versions")
            .with_no_client_auth()
            .with_single_cert(vec![certificate.der().clone()], key)
            .expect("a certificate with its key");
        TlsAcceptor::from(Arc::new(config))
    }
}

/// Forwards connections over TLS to the server. Returns the address.
async fn proxy(acceptor: TlsAcceptor, server: &TestServer) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let port = listener.local_addr().expect("an address").port();
    let target = server.url.trim_start_matches("http://").to_owned();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let (acceptor, target) = (acceptor.clone(), target.clone());
            tokio::spawn(async move {
                // Fails if the client does not trust the certificate.
                let Ok(mut stream) = acceptor.accept(stream).await else {
                    return;
                };
                let mut server = TcpStream::connect(target)
                    .await
                    .expect("the server listens");
                let _ = tokio::io::copy_bidirectional(&mut stream, &mut server).await;
            });
        }
    });
    format!("https://localhost:{port}")
}

/// Runs `leaderport key create` against an address.
async fn create_key(url: &str, authority: &Path) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_leaderport"));
    command
        .args(["key", "create", "--title", "match server"])
        .args(["--server", url, "--api-token", TOKEN])
        .env("SSL_CERT_FILE", authority)
        .env_remove("SSL_CERT_DIR");
    let run = tokio::task::spawn_blocking(move || command.output());
    run.await.expect("no panic").expect("the binary is built")
}

#[tokio::test]
async fn commands_speak_https_and_check_the_certificate() {
    let server = TestServer::start();
    let (right, wrong) = (Authority::new(), Authority::new());
    let url = proxy(right.acceptor(), &server).await;

    let created = create_key(&url, &right.file()).await;
    assert!(created.status.success(), "{created:?}");
    assert!(created.stdout.starts_with(b"lp_"), "{created:?}");

    let refused = create_key(&url, &wrong.file()).await;
    assert_eq!(refused.status.code(), Some(1), "{refused:?}");
    assert!(refused.stdout.is_empty(), "{refused:?}");
    let reason = String::from_utf8(refused.stderr).expect("text");
    for part in ["is not trusted", "SSL_CERT_FILE", &url] {
        assert!(reason.contains(part), "{part} is not in {reason}");
    }
    assert!(!reason.contains(TOKEN), "{reason}");

    // A certificate is valid for its name only.
    let other = url.replacen("localhost", "127.0.0.1", 1);
    let refused = create_key(&other, &right.file()).await;
    assert_eq!(refused.status.code(), Some(1), "{refused:?}");
    let keys = server.get_with_token("/api/v1/keys").await.expect(200);
    assert_eq!(keys["keys"].as_array().map(Vec::len), Some(1), "{keys}");
}

#[tokio::test]
async fn https_to_a_plain_server_is_explained() {
    let server = TestServer::start();
    let authority = Authority::new();
    let url = server.url.replacen("http://", "https://", 1);
    let refused = create_key(&url, &authority.file()).await;
    assert_eq!(refused.status.code(), Some(1), "{refused:?}");
    let reason = String::from_utf8(refused.stderr).expect("text");
    assert!(reason.contains("does not speak HTTPS"), "{reason}");
}
