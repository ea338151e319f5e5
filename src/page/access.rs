//! Who may read the page: whoever has the link, in a browser or a client on this machine, and no other page.
//! Pure.
//!
//! The token is the first part of each path, so the page's own requests have it without a cookie, which would
//! be sent to every other server on this machine.

use http::{HeaderMap, header};
use subtle::ConstantTimeEq;

/// How the page that causes a request is related to its target. Browsers set it, pages cannot.
///
/// Source: <https://www.w3.org/TR/fetch-metadata/>
const SITE: &str = "sec-fetch-site";

#[derive(Clone, Debug)]
pub struct Access {
    port: u16,
    token: String,
}

/// Why a request is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// The host is none of this machine: the name may be one that somebody has rebound to it.
    Host,
    /// Another page causes the request.
    Site,
    Token,
}

impl Access {
    /// The token has to be one that nobody can guess.
    pub fn new(port: u16, token: String) -> Self {
        Self { port, token }
    }

    pub fn link(&self) -> String {
        format!("http://127.0.0.1:{}/{}/", self.port, self.token)
    }

    /// The path behind the token.
    pub fn check<'a>(&self, path: &'a str, headers: &HeaderMap) -> Result<&'a str, Refusal> {
        let hosts = [
            format!("127.0.0.1:{}", self.port),
            format!("localhost:{}", self.port),
        ];
        let named = |host: &&String| only(headers, header::HOST.as_str()) == Some(host.as_str());
        let host = hosts.iter().find(named).ok_or(Refusal::Host)?;
        let is_own = |origin: &str| origin.strip_prefix("http://") == Some(host.as_str());
        if headers.contains_key(header::ORIGIN)
            && !only(headers, header::ORIGIN.as_str()).is_some_and(is_own)
        {
            return Err(Refusal::Site);
        }
        if headers.contains_key(SITE)
            && !only(headers, SITE).is_some_and(|site| ["none", "same-origin"].contains(&site))
        {
            return Err(Refusal::Site);
        }
        let path = path.strip_prefix('/').unwrap_or(path);
        let (token, rest) = path.split_once('/').ok_or(Refusal::Token)?;
        // How long it takes does not say how much of the token is right.
        let is_right = bool::from(token.as_bytes().ct_eq(self.token.as_bytes()));
        is_right.then_some(rest).ok_or(Refusal::Token)
    }
}

/// The value of a header that there is once.
fn only<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    let mut values = headers.get_all(name).iter();
    let value = values.next()?.to_str().ok()?;
    values.next().is_none().then_some(value)
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;
    use http::header::HeaderName;

    use super::*;

    const TOKEN: &str = "0123456789abcdef";

    fn checked(path: &str, headers: &[(&'static str, &str)]) -> Result<String, Refusal> {
        let access = Access::new(4000, TOKEN.to_owned());
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            let value = HeaderValue::from_str(value).expect("a value");
            map.append(HeaderName::from_static(name), value);
        }
        access.check(path, &map).map(str::to_owned)
    }

    const RIGHT: &str = "/0123456789abcdef/page.js";
    const HOST: (&str, &str) = ("host", "127.0.0.1:4000");

    #[test]
    fn whoever_has_the_link_may_read() {
        for host in ["127.0.0.1:4000", "localhost:4000"] {
            assert_eq!(checked(RIGHT, &[("host", host)]), Ok("page.js".to_owned()));
        }
        assert_eq!(checked("/0123456789abcdef/", &[HOST]), Ok(String::new()));
        for own in [
            ("origin", "http://127.0.0.1:4000"),
            ("sec-fetch-site", "same-origin"),
            // A link that was typed or pasted.
            ("sec-fetch-site", "none"),
        ] {
            assert!(checked(RIGHT, &[HOST, own]).is_ok(), "{own:?}");
        }
    }

    #[test]
    fn a_wrong_token_is_refused() {
        for path in [
            "",
            "/",
            "//",
            "/page.js",
            "/0123456789abcdef",
            "/0123456789abcde/page.js",
            "/0123456789abcdeF/page.js",
            "/0123456789abcdef0/page.js",
            "/?token=0123456789abcdef",
        ] {
            assert_eq!(checked(path, &[HOST]), Err(Refusal::Token), "{path}");
        }
    }

    #[test]
    fn another_host_is_refused_whatever_the_token() {
        for host in [
            "example.org",
            "example.org:4000",
            "127.0.0.1",
            "127.0.0.1:4001",
            "127.0.0.1.example.org:4000",
            "a.localhost:4000",
            "user@127.0.0.1:4000",
            "",
        ] {
            assert_eq!(
                checked(RIGHT, &[("host", host)]),
                Err(Refusal::Host),
                "{host}"
            );
        }
        assert_eq!(checked(RIGHT, &[]), Err(Refusal::Host));
        assert_eq!(checked(RIGHT, &[HOST, HOST]), Err(Refusal::Host));
    }

    #[test]
    fn other_pages_are_refused_whatever_the_token() {
        for other in [
            ("origin", "http://127.0.0.1:4001"),
            ("origin", "http://localhost:4000"),
            ("origin", "https://127.0.0.1:4000"),
            ("origin", "null"),
            ("origin", ""),
            ("sec-fetch-site", "cross-site"),
            ("sec-fetch-site", "same-site"),
            ("sec-fetch-site", "unheard-of"),
        ] {
            assert_eq!(
                checked(RIGHT, &[HOST, other]),
                Err(Refusal::Site),
                "{other:?}"
            );
        }
    }

    #[test]
    fn the_link_passes_its_own_check() {
        let access = Access::new(4000, TOKEN.to_owned());
        let path = access.link().replace("http://127.0.0.1:4000", "");
        assert_eq!(checked(&path, &[HOST]), Ok(String::new()));
    }
}
