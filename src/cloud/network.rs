//! The way to the servers: proxies, certificates, and answers of a bounded size.

use std::error::Error;
use std::fmt;
use std::sync::Arc;

use aws_sdk_lambda::config::{RuntimeComponents, SharedHttpClient};
use aws_sdk_lambda::primitives::SdkBody;
use aws_smithy_http_client::Connector;
use aws_smithy_http_client::proxy::ProxyConfig;
use aws_smithy_http_client::tls::{Provider, TlsContext, TrustStore, rustls_provider::CryptoMode};
use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use aws_smithy_runtime_api::client::result::ConnectorError;
use http_body_util::Limited;
use rustls::RootCertStore;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use tokio::sync::Semaphore;

use super::misconfigured::Misconfigured;
use super::proxy::Proxy;
use super::rates::wait_for_turn;
use super::server_clock::ServerClock;
use super::service::Service;
use crate::wording::without_number;

/// Longer than any answer of the services in use: a function's answer has at most 6 MB, in Base64 and
/// with its log at most 9 MB.
///
/// Source: "Lambda quotas", invocation payload.
const LONGEST_ANSWER: usize = 32 << 20;

/// How many requests are under way at once. Each has a connection, of which systems allow few: macOS 256 files
/// to a process, and the sandbox 1,024 connections.
const MOST_AT_ONCE: usize = 128;

/// The ways of requests to one target.
pub(super) struct Network {
    /// For the SDK.
    pub client: SharedHttpClient,
    /// For plain requests, as to an API.
    pub web: Service<SharedHttpConnector>,
}

/// That of a server on this machine: no proxy, no TLS.
pub(super) fn local(clock: &Arc<ServerClock>) -> Network {
    let plain = aws_smithy_http_client::Builder::new().build_http();
    let shared = Shared::new(clock);
    let client = SharedHttpClient::new(Ways {
        direct: plain,
        proxied: None,
        shared: shared.clone(),
    });
    let web = Service::new(move || {
        SharedHttpConnector::new(Routed {
            direct: SharedHttpConnector::new(Connector::builder().build_http()),
            proxied: None,
            shared,
        })
    });
    Network { client, web }
}

/// A file of authorities that are trusted instead of the system's, and the setting that names it.
#[derive(Clone, Debug)]
pub(super) struct Authorities {
    pub path: String,
    pub place: String,
}

/// That of servers elsewhere. The proxies are those of the environment.
pub(super) fn elsewhere(
    authorities: Option<&Authorities>,
    clock: &Arc<ServerClock>,
) -> Result<Network, Misconfigured> {
    let trust = match authorities {
        Some(authorities) => TrustStore::empty().with_pem_certificate(authorities.read()?),
        None => TrustStore::default(),
    };
    let tls = TlsContext::builder().with_trust_store(trust).build();
    let tls = tls.map_err(|error| match authorities {
        Some(authorities) => authorities.refused(&error.to_string()),
        None => Misconfigured::new(
            format!("cannot use the system's certificates: {error}"),
            "name a file with certificates in PEM form in AWS_CA_BUNDLE",
        ),
    })?;
    let proxied = Proxy::is_named().then(ProxyConfig::from_env);
    let shared = Shared::new(clock);
    let client = SharedHttpClient::new(Ways {
        direct: https(&tls, &ProxyConfig::disabled()),
        proxied: proxied.as_ref().map(|proxy| https(&tls, proxy)),
        shared: shared.clone(),
    });
    let web = Service::new(move || {
        let by = |proxy| SharedHttpConnector::new(connector(&tls, proxy, None, None));
        SharedHttpConnector::new(Routed {
            direct: by(&ProxyConfig::disabled()),
            proxied: proxied.as_ref().map(by),
            shared,
        })
    });
    Ok(Network { client, web })
}

fn https(tls: &TlsContext, proxy: &ProxyConfig) -> SharedHttpClient {
    let (tls, proxy) = (tls.clone(), proxy.clone());
    aws_smithy_http_client::Builder::new().build_with_connector_fn(move |settings, components| {
        connector(&tls, &proxy, settings, components)
    })
}

fn connector(
    tls: &TlsContext,
    proxy: &ProxyConfig,
    settings: Option<&HttpConnectorSettings>,
    components: Option<&RuntimeComponents>,
) -> Connector {
    let mut connector = Connector::builder()
        .tls_provider(Provider::Rustls(CryptoMode::Ring))
        .tls_context(tls.clone())
        .proxy_config(proxy.clone());
    connector.set_connector_settings(settings.cloned());
    connector.set_sleep_impl(components.and_then(RuntimeComponents::sleep_impl));
    connector.build()
}

impl Authorities {
    /// The text of the file, if each of its certificates can be used.
    fn read(&self) -> Result<Vec<u8>, Misconfigured> {
        let text = std::fs::read(&self.path);
        let text = text.map_err(|error| self.refused(without_number(&error.to_string())))?;
        let mut store = RootCertStore::empty();
        for certificate in CertificateDer::pem_slice_iter(&text) {
            let certificate =
                certificate.map_err(|error| self.refused(&format!("not PEM: {error}")))?;
            let added = store.add(certificate);
            added.map_err(|error| self.refused(&error.to_string()))?;
        }
        if store.is_empty() {
            return Err(self.refused("it contains no certificate in PEM form"));
        }
        Ok(text)
    }

    fn refused(&self, reason: &str) -> Misconfigured {
        let Self { path, place } = self;
        Misconfigured::new(
            format!("cannot use the certificates in {path} ({place}): {reason}"),
            "name a file with certificates in PEM form",
        )
    }
}

/// Why a request got no answer, with the server that it was for.
#[derive(Debug)]
pub(super) struct Unanswered {
    /// Scheme, host and port.
    pub url: String,
    source: Box<dyn Error + Send + Sync>,
}

impl Unanswered {
    /// The same error with the server in its chain.
    fn by(url: String, error: ConnectorError) -> ConnectorError {
        let connection = error.connection_metadata().cloned();
        let (is_timeout, is_io, is_user) = (error.is_timeout(), error.is_io(), error.is_user());
        let kind = error.as_other();
        let source = Box::new(Self {
            url,
            source: error.into_source(),
        });
        let error = match (is_timeout, is_io, is_user) {
            (true, ..) => ConnectorError::timeout(source),
            (_, true, _) => ConnectorError::io(source),
            (.., true) => ConnectorError::user(source),
            _ => ConnectorError::other(source, kind),
        };
        match connection {
            Some(connection) => error.with_connection(connection),
            None => error,
        }
    }
}

impl fmt::Display for Unanswered {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "no answer from {}", self.url)
    }
}

impl Error for Unanswered {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        Some(&*self.source)
    }
}

/// Sends requests for this machine and its metadata service directly, and all others through the
/// proxy of the environment.
#[derive(Debug)]
struct Ways {
    direct: SharedHttpClient,
    proxied: Option<SharedHttpClient>,
    shared: Shared,
}

impl HttpClient for Ways {
    fn http_connector(
        &self,
        settings: &HttpConnectorSettings,
        components: &RuntimeComponents,
    ) -> SharedHttpConnector {
        let connector = |client: &SharedHttpClient| client.http_connector(settings, components);
        SharedHttpConnector::new(Routed {
            direct: connector(&self.direct),
            proxied: self.proxied.as_ref().map(connector),
            shared: self.shared.clone(),
        })
    }
}

#[derive(Debug)]
struct Routed {
    direct: SharedHttpConnector,
    proxied: Option<SharedHttpConnector>,
    shared: Shared,
}

impl HttpConnector for Routed {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let connector = match &self.proxied {
            Some(proxied) if !is_near(request.uri()) => proxied,
            _ => &self.direct,
        };
        let connector = connector.clone();
        let url = origin(request.uri());
        let Shared { room, clock } = self.shared.clone();
        HttpConnectorFuture::new(async move {
            wait_for_turn(&request).await;
            // Until there is an answer. Few have a body that takes long.
            let _place = room.acquire().await;
            let answer = connector.call(request).await;
            let answer = answer.map_err(|error| Unanswered::by(url, error))?;
            clock.read(answer.headers().get("date").unwrap_or_default());
            let bounded = |body| SdkBody::from_body_1_x(Limited::new(body, LONGEST_ANSWER));
            Ok(answer.map(bounded))
        })
    }
}

/// What all ways to one target share.
#[derive(Clone, Debug)]
struct Shared {
    room: Arc<Semaphore>,
    clock: Arc<ServerClock>,
}

impl Shared {
    fn new(clock: &Arc<ServerClock>) -> Self {
        let room = Arc::new(Semaphore::new(MOST_AT_ONCE));
        let clock = clock.clone();
        Self { room, clock }
    }
}

/// The scheme, host and port of `url`.
pub(super) fn origin(url: &str) -> String {
    let start = url.find("://").map_or(0, |colon| colon + "://".len());
    let length = url[start..].find(['/', '?']);
    url[..length.map_or(url.len(), |length| start + length)].to_owned()
}

/// The proxy that requests to `url` go through.
pub(super) fn proxy_of(url: &str) -> Option<Proxy> {
    if is_near(url) { None } else { Proxy::of(url) }
}

/// An error when requests to `url` go through a proxy that cannot be one.
pub(super) fn check_proxy(url: &str) -> Result<(), Misconfigured> {
    if is_near(url) {
        Ok(())
    } else {
        Proxy::check(url)
    }
}

/// Whether no proxy lies between this machine and the host of `url`: the host is this machine or, as
/// its metadata services, directly attached.
///
/// Source: Amazon EC2 user guide and Amazon ECS developer guide, the addresses of the metadata services.
fn is_near(url: &str) -> bool {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    let authority = rest.split(['/', '?']).next().unwrap_or_default();
    let host = match authority.strip_prefix('[') {
        Some(address) => address.split(']').next().unwrap_or_default(),
        None => authority.split(':').next().unwrap_or_default(),
    };
    match host.parse::<std::net::IpAddr>() {
        Ok(std::net::IpAddr::V4(address)) => address.is_loopback() || address.is_link_local(),
        Ok(std::net::IpAddr::V6(address)) => address.is_loopback(),
        Err(_) => host == "localhost" || host.ends_with(".localhost"),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
    use aws_smithy_runtime_api::http::StatusCode;
    use futures_util::future::join_all;

    use super::*;

    /// A server that takes its time, and every third time says nothing.
    #[derive(Clone, Debug, Default)]
    struct Counting {
        asked: Arc<AtomicUsize>,
        under_way: Arc<AtomicUsize>,
        most: Arc<AtomicUsize>,
    }

    impl HttpConnector for Counting {
        fn call(&self, _: HttpRequest) -> HttpConnectorFuture {
            let Self {
                asked,
                under_way,
                most,
            } = self.clone();
            HttpConnectorFuture::new(async move {
                most.fetch_max(
                    under_way.fetch_add(1, Ordering::Relaxed) + 1,
                    Ordering::Relaxed,
                );
                tokio::task::yield_now().await;
                under_way.fetch_sub(1, Ordering::Relaxed);
                if asked.fetch_add(1, Ordering::Relaxed).is_multiple_of(3) {
                    return Err(ConnectorError::io("cut".into()));
                }
                let status = StatusCode::try_from(200).expect("a status");
                Ok(HttpResponse::new(status, SdkBody::empty()))
            })
        }
    }

    #[tokio::test]
    async fn of_a_thousand_requests_only_some_are_under_way_at_once() {
        let server = Counting::default();
        let way = Routed {
            direct: SharedHttpConnector::new(server.clone()),
            proxied: None,
            shared: Shared::new(&Arc::default()),
        };
        let answers = (0..1000).map(|_| way.call(HttpRequest::empty()));
        let answers = join_all(answers).await;
        assert_eq!(answers.iter().filter(|it| it.is_err()).count(), 334);
        assert_eq!(server.most.load(Ordering::Relaxed), MOST_AT_ONCE);
    }

    #[test]
    fn this_machine_is_reached_without_a_proxy() {
        for near in [
            "http://127.0.0.1:4566/",
            "http://localhost:4566",
            "http://[::1]:4566/a",
            "http://abc.execute-api.localhost/",
            "http://169.254.169.254/latest/meta-data",
            "http://169.254.170.2/v2/credentials",
        ] {
            assert!(is_near(near), "{near}");
        }
        for far in [
            "https://sts.eu-west-1.amazonaws.com/",
            "https://localhost.example.org/",
            "http://10.0.0.1:4566",
            "https://example.org/127.0.0.1",
        ] {
            assert!(!is_near(far), "{far}");
        }
    }

    #[test]
    fn an_error_names_the_server_and_keeps_its_kind() {
        for (url, server) in [
            ("http://127.0.0.1:1/a?b", "http://127.0.0.1:1"),
            ("https://a.example.org?b", "https://a.example.org"),
            ("https://a.example.org", "https://a.example.org"),
        ] {
            assert_eq!(origin(url), server);
        }
        let by = |error| Unanswered::by("http://a".to_owned(), error);
        assert!(by(ConnectorError::timeout("a".into())).is_timeout());
        assert!(by(ConnectorError::io("a".into())).is_io());
        assert!(by(ConnectorError::user("a".into())).is_user());
        assert!(by(ConnectorError::other("a".into(), None)).is_other());
    }

    #[test]
    fn a_file_of_authorities_is_checked_before_it_is_used() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = |name: &str| folder.path().join(name).to_string_lossy().into_owned();
        let reason = |path: &str| {
            let (path, place) = (path.to_owned(), "AWS_CA_BUNDLE".to_owned());
            let read = Authorities { path, place }.read();
            read.expect_err("it is of no use").to_string()
        };
        let missing = reason(&path("none"));
        assert!(
            missing.contains("none") && !missing.contains("os error"),
            "{missing}"
        );
        for (text, expected) in [
            ("no certificate at all", "no certificate"),
            (
                "-----BEGIN CERTIFICATE-----\n%%%\n-----END CERTIFICATE-----\n",
                "PEM",
            ),
            (
                "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
                "AWS_CA_BUNDLE",
            ),
        ] {
            std::fs::write(path("bundle"), text).expect("written");
            let reason = reason(&path("bundle"));
            assert!(reason.contains(expected), "{reason}");
        }
    }
}
