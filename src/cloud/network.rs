//! The way to the servers: proxies, certificates, and answers of a bounded size.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, SystemTime};

use aws_sdk_lambda::config::{RuntimeComponents, SharedHttpClient};
use aws_sdk_lambda::primitives::SdkBody;
use aws_smithy_http_client::Connector;
use aws_smithy_http_client::proxy::ProxyConfig;
use aws_smithy_http_client::tls::{Provider, TlsContext, TrustStore, rustls_provider::CryptoMode};
use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use aws_smithy_types::DateTime;
use aws_smithy_types::date_time::Format;
use http_body_util::Limited;
use rustls::RootCertStore;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;

use super::error::CloudError;

/// Longer than any answer of the services in use: a function's answer has at most 6 MB, in Base64 and
/// with its log at most 9 MB.
///
/// Source: "Lambda quotas", invocation payload.
const LONGEST_ANSWER: usize = 32 << 20;

/// The variables that name a proxy; each may be in small letters, too.
const PROXY_VARIABLES: [&str; 3] = ["HTTPS_PROXY", "HTTP_PROXY", "ALL_PROXY"];

/// A client for a server on this machine: no proxy, no TLS.
pub(super) fn local_client(clock: &Arc<ServerClock>) -> SharedHttpClient {
    let plain = aws_smithy_http_client::Builder::new().build_http();
    SharedHttpClient::new(Network {
        direct: plain,
        proxied: None,
        clock: clock.clone(),
    })
}

/// A client for servers elsewhere. The authorities in the file `ca_bundle`, if there is one, are
/// trusted instead of the system's; proxies are those of the environment.
pub(super) fn client(
    ca_bundle: Option<&str>,
    clock: &Arc<ServerClock>,
) -> Result<SharedHttpClient, CloudError> {
    let trust = match ca_bundle {
        Some(path) => TrustStore::empty().with_pem_certificate(authorities(path)?),
        None => TrustStore::default(),
    };
    let tls = TlsContext::builder().with_trust_store(trust).build();
    let tls = tls.map_err(|error| CloudError::BadCaBundle {
        path: ca_bundle.unwrap_or_default().to_owned(),
        reason: error.to_string(),
    })?;
    let proxied = names_a_proxy().then(|| https(&tls, &ProxyConfig::from_env()));
    Ok(SharedHttpClient::new(Network {
        direct: https(&tls, &ProxyConfig::disabled()),
        proxied,
        clock: clock.clone(),
    }))
}

fn https(tls: &TlsContext, proxy: &ProxyConfig) -> SharedHttpClient {
    let (tls, proxy) = (tls.clone(), proxy.clone());
    aws_smithy_http_client::Builder::new().build_with_connector_fn(move |settings, components| {
        let mut connector = Connector::builder()
            .tls_provider(Provider::Rustls(CryptoMode::Ring))
            .tls_context(tls.clone())
            .proxy_config(proxy.clone());
        connector.set_connector_settings(settings.cloned());
        connector.set_sleep_impl(components.and_then(RuntimeComponents::sleep_impl));
        connector.build()
    })
}

/// The text of a file of certificates, if each of them can be used.
fn authorities(path: &str) -> Result<Vec<u8>, CloudError> {
    let bad = |reason: String| CloudError::BadCaBundle {
        path: path.to_owned(),
        reason,
    };
    let text = std::fs::read(Path::new(path)).map_err(|error| bad(error.to_string()))?;
    let mut store = RootCertStore::empty();
    for certificate in CertificateDer::pem_slice_iter(&text) {
        let certificate = certificate.map_err(|error| bad(format!("not PEM: {error}")))?;
        store
            .add(certificate)
            .map_err(|error| bad(error.to_string()))?;
    }
    if store.is_empty() {
        return Err(bad("it contains no certificate".to_owned()));
    }
    Ok(text)
}

fn names_a_proxy() -> bool {
    let is_set = |name: &str| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    PROXY_VARIABLES
        .iter()
        .any(|name| is_set(name) || is_set(&name.to_lowercase()))
}

/// Sends requests for this machine and its metadata service directly, and all others through the
/// proxy of the environment.
#[derive(Debug)]
struct Network {
    direct: SharedHttpClient,
    proxied: Option<SharedHttpClient>,
    clock: Arc<ServerClock>,
}

impl HttpClient for Network {
    fn http_connector(
        &self,
        settings: &HttpConnectorSettings,
        components: &RuntimeComponents,
    ) -> SharedHttpConnector {
        let connector = |client: &SharedHttpClient| client.http_connector(settings, components);
        SharedHttpConnector::new(Routed {
            direct: connector(&self.direct),
            proxied: self.proxied.as_ref().map(connector),
            clock: self.clock.clone(),
        })
    }
}

#[derive(Debug)]
struct Routed {
    direct: SharedHttpConnector,
    proxied: Option<SharedHttpConnector>,
    clock: Arc<ServerClock>,
}

impl HttpConnector for Routed {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let connector = match &self.proxied {
            Some(proxied) if !is_near(request.uri()) => proxied,
            _ => &self.direct,
        };
        let answer = connector.call(request);
        let clock = self.clock.clone();
        HttpConnectorFuture::new(async move {
            let answer = answer.await?;
            clock.read(answer.headers().get("date").unwrap_or_default());
            let bounded = |body| SdkBody::from_body_1_x(Limited::new(body, LONGEST_ANSWER));
            Ok(answer.map(bounded))
        })
    }
}

/// By how much the servers' clock is ahead of this machine's, as their last answer showed.
#[derive(Debug, Default)]
pub(super) struct ServerClock {
    /// In seconds, as exact as the header `Date`.
    ahead: AtomicI64,
}

impl ServerClock {
    pub fn now(&self) -> SystemTime {
        let ahead = self.ahead.load(Ordering::Relaxed);
        let difference = Duration::from_secs(ahead.unsigned_abs());
        let now = SystemTime::now();
        let corrected = if ahead < 0 {
            now.checked_sub(difference)
        } else {
            now.checked_add(difference)
        };
        corrected.unwrap_or(now)
    }

    /// Reads the header `Date`; one that is no date changes nothing.
    fn read(&self, date: &str) {
        let own = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
        if let (Ok(servers), Ok(own)) = (DateTime::from_str(date, Format::HttpDate), own) {
            let own = i64::try_from(own.as_secs()).unwrap_or_default();
            self.ahead.store(servers.secs() - own, Ordering::Relaxed);
        }
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
    use super::*;

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
    fn the_servers_clock_counts() {
        let clock = ServerClock::default();
        let difference = || {
            let own = SystemTime::now();
            let servers = clock.now();
            servers
                .duration_since(own)
                .map(|ahead| ahead.as_secs() > 1_000_000)
        };
        assert_eq!(difference().ok(), Some(false));
        clock.read("no date");
        assert_eq!(difference().ok(), Some(false));
        clock.read("Fri, 01 Jan 2100 00:00:00 GMT");
        assert_eq!(difference().ok(), Some(true), "the server is ahead");
        clock.read("Fri, 02 Jan 2015 00:00:00 GMT");
        assert!(difference().is_err(), "the server is behind");
    }

    #[test]
    fn a_file_of_authorities_is_checked_before_it_is_used() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = |name: &str| folder.path().join(name).to_string_lossy().into_owned();
        let reason = |path: &str| authorities(path).expect_err(path).to_string();
        assert!(reason(&path("none")).contains("none"));
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
