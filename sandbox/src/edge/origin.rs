//! Refuses requests of web pages: a page of any host can make its browser send requests to this
//! machine.

use http::{HeaderMap, header};

use crate::fault::Fault;

/// How the page that causes a request is related to its target. Browsers set it, pages cannot.
///
/// Source: <https://www.w3.org/TR/fetch-metadata/>
const SITE: &str = "sec-fetch-site";

/// Refuses requests with an `Origin`, and those without one (links, images) that a page causes, also one
/// of this host: it has none, so it could only be an object or an answer that acts as one.
pub fn check(headers: &HeaderMap) -> Result<(), Fault> {
    if let Some(origin) = text(headers, header::ORIGIN.as_str()) {
        return Err(refused(&format!("{origin:?}")));
    }
    match text(headers, SITE) {
        None | Some("none") => Ok(()),
        Some(_) => Err(refused("a site")),
    }
}

/// Whether a browser sends the request.
pub fn is_from_a_browser(headers: &HeaderMap) -> bool {
    headers.contains_key(header::ORIGIN) || headers.contains_key(SITE)
}

fn text<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    let value = headers.get(name)?;
    Some(value.to_str().unwrap_or_default())
}

fn refused(origin: &str) -> Fault {
    Fault::denied(
        "AccessDenied",
        format!("the sandbox refuses requests from web pages, and this one comes from {origin}"),
    )
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    fn accepted(name: &'static str, value: &'static str) -> bool {
        let mut headers = HeaderMap::new();
        headers.insert(name, HeaderValue::from_static(value));
        check(&headers).is_ok()
    }

    #[test]
    fn web_pages_are_refused() {
        assert!(check(&HeaderMap::new()).is_ok());
        for origin in ["http://example.org", "null", "http://127.0.0.1:4566", ""] {
            assert!(!accepted("origin", origin), "{origin}");
        }
        for site in ["cross-site", "same-site", "same-origin", "unheard-of", ""] {
            assert!(!accepted("sec-fetch-site", site), "{site}");
        }
        // A link that was typed or pasted into a browser.
        assert!(accepted("sec-fetch-site", "none"));
    }
}
