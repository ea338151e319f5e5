//! The proxies that the environment names.

use http::Uri;
use http::uri::Authority;
use hyper_util::client::proxy::matcher::Matcher;

use super::misconfigured::Misconfigured;

/// A proxy on the way to a server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proxy {
    /// What names it, such as `HTTPS_PROXY`.
    pub variable: String,
    /// Without user name and password.
    pub url: String,
}

impl Proxy {
    /// Whether the environment names a proxy for anything.
    pub(super) fn is_named() -> bool {
        ["http", "https"]
            .iter()
            .any(|scheme| setting(scheme).is_some())
    }

    /// The proxy for requests to `url`, if the environment names one.
    pub(super) fn of(url: &str) -> Option<Self> {
        let url: Uri = url.parse().ok()?;
        let (variable, _) = setting(url.scheme_str()?)?;
        let found = Matcher::from_env().intercept(&url)?;
        Some(Self {
            variable,
            url: found.uri().to_string().trim_end_matches('/').to_owned(),
        })
    }

    /// An error when the environment names a proxy for requests to `url` that none can be sent to. The
    /// HTTP client would ignore it.
    pub(super) fn check(url: &str) -> Result<(), Misconfigured> {
        let named = url
            .split_once("://")
            .and_then(|(scheme, _)| setting(scheme));
        match named {
            Some((variable, value)) if !is_usable(&value) => {
                // It may contain a password.
                let shown = value.rsplit('@').next().unwrap_or_default();
                Err(Misconfigured::value(
                    &variable,
                    shown,
                    "the URL of an HTTP proxy",
                    "http://HOST:PORT",
                ))
            }
            _ => Ok(()),
        }
    }
}

/// The variable that names the proxy for URLs of this scheme, and its value.
///
/// Source: `hyper_util`'s matcher, which the HTTP client asks.
fn setting(scheme: &str) -> Option<(String, String)> {
    [scheme, "all"].iter().find_map(|name| {
        let lower = format!("{name}_proxy");
        let variables = [lower.to_uppercase(), lower].into_iter();
        let mut set = variables.filter_map(|name| Some((name.clone(), std::env::var(&name).ok()?)));
        set.next().filter(|(_, value)| !value.is_empty())
    })
}

fn is_usable(value: &str) -> bool {
    let anywhere = Uri::from_static("http://example.org");
    let proxy = Matcher::builder().all(value).build().intercept(&anywhere);
    proxy.is_some_and(|proxy| {
        let speaks_http = matches!(proxy.uri().scheme_str(), Some("http" | "https"));
        speaks_http && proxy.uri().authority().is_some_and(has_sound_port)
    })
}

/// Whether there is no port, or one that is a number.
fn has_sound_port(authority: &Authority) -> bool {
    authority.as_str() == authority.host() || authority.port_u16().is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_proxy_has_a_host_and_speaks_http() {
        for usable in [
            "http://proxy:3128",
            "https://proxy.example.org",
            "proxy.example.org:3128",
            "http://ann:secret@[::1]:3128/",
        ] {
            assert!(is_usable(usable), "{usable}");
        }
        for unusable in [
            ":::",
            "http://",
            "socks5://proxy:1080",
            "ftp://proxy",
            "a b",
            "http://a:b",
        ] {
            assert!(!is_usable(unusable), "{unusable}");
        }
    }
}
