//! The host that a request names, which decides the plane. Only names that nobody can register are
//! accepted: loopback addresses, `localhost` and names under it (reserved by RFC 6761). So no page of a
//! host on the Internet can be rebound to this machine (DNS rebinding).

use std::net::IpAddr;

use http::{HeaderMap, Uri, header};

use crate::fault::Fault;

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Host {
    /// `127.0.0.1`, `localhost` or `[::1]`: the control plane.
    Loopback,
    /// `<id>.<domain>.localhost`, or `<domain>.localhost` with an empty id: a data plane.
    Under { id: String, domain: String },
}

impl Host {
    /// The host of a request, from its one `Host` header.
    pub fn of(uri: &Uri, headers: &HeaderMap) -> Result<Self, Fault> {
        let denied = |message: String| Fault::denied("AccessDenied", message);
        let named = named(uri, headers).map_err(|reason| denied(reason.to_owned()))?;
        Self::read(named).ok_or_else(|| {
            denied(format!(
                "the sandbox answers only at 127.0.0.1 and localhost, not at {named:?}"
            ))
        })
    }

    fn read(host: &str) -> Option<Self> {
        let (name, port) = match host.rsplit_once(':') {
            Some((name, port)) if !port.ends_with(']') => (name, Some(port)),
            _ => (host, None),
        };
        if port.is_some_and(|port| port.parse::<u16>().is_err()) {
            return None;
        }
        let address = name.trim_start_matches('[').trim_end_matches(']');
        let name = name.to_ascii_lowercase();
        if name == "localhost" || address.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback()) {
            return Some(Self::Loopback);
        }
        let under = name.strip_suffix(".localhost")?;
        let (id, domain) = match under.rsplit_once('.') {
            Some(("", _)) => return None,
            Some(parts) => parts,
            None => ("", under),
        };
        (!domain.is_empty()).then(|| Self::Under {
            id: id.to_owned(),
            domain: domain.to_owned(),
        })
    }
}

/// The host as the request names it, or why it names none.
fn named<'a>(uri: &'a Uri, headers: &'a HeaderMap) -> Result<&'a str, &'static str> {
    let authority = uri.authority().map(http::uri::Authority::as_str);
    let mut hosts = headers.get_all(header::HOST).iter();
    let header = match (hosts.next(), hosts.next()) {
        (Some(host), None) => Some(host.to_str().map_err(|_| "the Host header is not text")?),
        (None, _) => None,
        (Some(_), Some(_)) => return Err("the request has several Host headers"),
    };
    let host = match (header, authority) {
        (Some(header), Some(authority)) if header != authority => {
            return Err("the Host header and the request's URI name different hosts");
        }
        (header, authority) => header.or(authority).unwrap_or_default(),
    };
    // Source: RFC 9110, section 4.2.4: userinfo is likely to hide the true host.
    if host.contains('@') {
        Err("the request names a user before its host")
    } else if host.is_empty() {
        Err("the request names no host")
    } else {
        Ok(host)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn under(id: &str, domain: &str) -> Option<Host> {
        Some(Host::Under {
            id: id.to_owned(),
            domain: domain.to_owned(),
        })
    }

    #[test]
    fn only_names_of_this_machine_are_answered() {
        for host in [
            "127.0.0.1:4566",
            "localhost",
            "LOCALHOST:1",
            "[::1]:80",
            "[::1]",
        ] {
            assert_eq!(Host::read(host), Some(Host::Loopback), "{host}");
        }
        for host in [
            "",
            "example.org",
            "127.0.0.1.example.org",
            "localhost.example.org:80",
            "a.execute-api.localhost.example.org",
            "a.execute-api.example.localhost.",
            "192.168.0.1",
            "localhost:x",
            "a.execute-api.localhost:x",
            "0.0.0.0",
            ".localhost",
            ".execute-api.localhost",
            "a..localhost",
            "localhost.",
        ] {
            assert_eq!(Host::read(host), None, "{host}");
        }
    }

    #[test]
    fn a_data_plane_has_a_host_for_each_thing() {
        let api = under("abc123", "execute-api");
        assert_eq!(Host::read("abc123.execute-api.localhost:4566"), api);
        assert_eq!(Host::read("ABC123.Execute-API.LOCALHOST"), api);
        let bucket = under("my.bucket", "s3-website");
        assert_eq!(Host::read("my.bucket.s3-website.localhost"), bucket);
        let single = under("", "cognito-idp");
        assert_eq!(Host::read("cognito-idp.localhost:4566"), single);
    }

    #[test]
    fn a_request_names_one_host() {
        let host = |uri: &'static str, names: &[&'static str]| {
            let mut headers = HeaderMap::new();
            for name in names {
                headers.append(header::HOST, http::HeaderValue::from_static(name));
            }
            Host::of(&Uri::from_static(uri), &headers).ok()
        };
        assert_eq!(host("/", &["localhost"]), Some(Host::Loopback));
        assert_eq!(host("http://localhost/", &[]), Some(Host::Loopback));
        let both = host("http://localhost:1/", &["localhost:1"]);
        assert_eq!(both, Some(Host::Loopback));
        assert_eq!(host("http://a.b.localhost/", &["localhost"]), None);
        let refused = |uri: &'static str, names: &[&'static str]| {
            let mut headers = HeaderMap::new();
            for name in names {
                headers.append(header::HOST, http::HeaderValue::from_static(name));
            }
            let refused = Host::of(&Uri::from_static(uri), &headers).expect_err("it names none");
            refused.message
        };
        assert!(refused("/", &["localhost", "localhost"]).contains("several Host headers"));
        assert!(refused("/", &[]).contains("names no host"));
        assert!(refused("/", &[""]).contains("names no host"));
        assert!(refused("http://localhost/", &["127.0.0.1"]).contains("different hosts"));
        for host in ["a@localhost", "a@b.s3-website.localhost"] {
            assert!(refused("/", &[host]).contains("a user"), "{host}");
        }
        assert!(refused("http://a:b@c.s3-website.localhost/", &[]).contains("a user"));
    }

    proptest! {
        #[test]
        fn a_name_that_others_can_register_is_never_answered(name in "[a-z0-9.:\\[\\]-]{0,30}\\.(org|com|test)(:[0-9]{1,5})?") {
            prop_assert_eq!(Host::read(&name), None);
        }
    }
}
