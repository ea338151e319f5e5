//! Refuses what a web page could send: pages of other hosts can make a browser send requests here,
//! and their own host's name can be made to mean this machine (DNS rebinding).

use std::net::IpAddr;

use http::{HeaderMap, Uri, header};

use crate::fault::Fault;

/// Whether a request with these headers may come from a client of the owner.
pub fn check(uri: &Uri, headers: &HeaderMap) -> Result<(), Fault> {
    if let Some(origin) = headers.get(header::ORIGIN) {
        let origin = origin.to_str().unwrap_or_default();
        return Err(Fault::denied(
            "AccessDenied",
            format!(
                "the sandbox refuses requests from web pages, and this one comes from {origin:?}"
            ),
        ));
    }
    let mut hosts = headers.get_all(header::HOST).iter();
    let host = match (hosts.next(), hosts.next()) {
        (Some(host), None) => host.to_str().unwrap_or_default(),
        (None, _) => uri
            .authority()
            .map(|host| host.as_str())
            .unwrap_or_default(),
        (Some(_), Some(_)) => "",
    };
    if is_loopback(host) {
        Ok(())
    } else {
        Err(Fault::denied(
            "AccessDenied",
            format!("the sandbox answers only at 127.0.0.1 and localhost, not at {host:?}"),
        ))
    }
}

/// Whether `host`, with or without a port, is this machine by a name that nobody else can give it.
fn is_loopback(host: &str) -> bool {
    let (name, port) = match host.rsplit_once(':') {
        Some((name, port)) if !port.ends_with(']') => (name, Some(port)),
        _ => (host, None),
    };
    let numbered = port.is_none_or(|port| port.parse::<u16>().is_ok());
    let name = name.trim_start_matches('[').trim_end_matches(']');
    let local = name.eq_ignore_ascii_case("localhost")
        || name.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback());
    numbered && local
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_loopback_names_are_answered() {
        for host in ["127.0.0.1:4566", "localhost", "LOCALHOST:1", "[::1]:80"] {
            assert!(is_loopback(host), "{host}");
        }
        for host in [
            "",
            "example.org",
            "127.0.0.1.example.org",
            "localhost.example.org:80",
            "192.168.0.1",
            "localhost:x",
            "0.0.0.0",
        ] {
            assert!(!is_loopback(host), "{host}");
        }
    }

    #[test]
    fn web_pages_are_refused_whatever_host_they_name() {
        let mut headers = HeaderMap::new();
        headers.insert(header::HOST, "127.0.0.1:1".parse().expect("a value"));
        let uri = Uri::from_static("/");
        assert!(check(&uri, &headers).is_ok());
        headers.insert(header::ORIGIN, "null".parse().expect("a value"));
        assert!(check(&uri, &headers).is_err());
    }
}
