//! The answers, and what they forbid a page.

use std::convert::Infallible;

use http::{HeaderValue, Method, Request, Response, StatusCode, header};
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt as _, Full};
use hyper::body::Bytes;

use super::Pages;
use super::access::{Access, Refusal};

pub type Body = UnsyncBoxBody<Bytes, Infallible>;

/// A file of a page, or what a server tells it.
pub struct Content {
    /// Its media type, without the character set: `text/html`.
    pub kind: &'static str,
    pub body: Body,
}

impl Content {
    pub fn file(kind: &'static str, text: &'static str) -> Self {
        Self::bytes(kind, Bytes::from_static(text.as_bytes()))
    }

    pub fn text(kind: &'static str, text: String) -> Self {
        Self::bytes(kind, Bytes::from(text))
    }

    fn bytes(kind: &'static str, bytes: Bytes) -> Self {
        let body = Full::new(bytes).boxed_unsync();
        Self { kind, body }
    }
}

/// Answers a request.
pub fn answer<B>(request: &Request<B>, access: &Access, pages: &dyn Pages) -> Response<Body> {
    let (status, content) = match access.check(request.uri().path(), request.headers()) {
        Err(refusal) => (StatusCode::FORBIDDEN, words(refusal.message(pages))),
        Ok(_) if request.method() != Method::GET => (
            StatusCode::METHOD_NOT_ALLOWED,
            words("the page only shows: use GET".to_owned()),
        ),
        Ok(path) => match pages.find(path) {
            Some(content) => (StatusCode::OK, content),
            None => (
                StatusCode::NOT_FOUND,
                words("there is no such page".to_owned()),
            ),
        },
    };
    response(status, content, pages.partner())
}

fn words(text: String) -> Content {
    Content::text("text/plain", text + "\n")
}

impl Refusal {
    fn message(self, pages: &dyn Pages) -> String {
        let command = pages.command();
        match self {
            Self::Host => format!("the page is only at the address that `{command}` printed"),
            Self::Site => format!(
                "the page does not answer to other pages: copy the link that `{command}` printed into \
                 the address bar"
            ),
            Self::Token => {
                format!("this is not the link of the page: `{command}` prints a new one each time")
            }
        }
    }
}

fn response(status: StatusCode, content: Content, partner: Option<&str>) -> Response<Body> {
    let mut response = Response::new(content.body);
    *response.status_mut() = status;
    let kind = format!("{}; charset=utf-8", content.kind);
    for (name, value) in [
        ("content-type", kind.as_str()),
        ("cache-control", "no-store"),
        ("content-security-policy", &policy(partner)),
        ("cross-origin-opener-policy", "same-origin"),
        ("cross-origin-resource-policy", "same-origin"),
        // The link has the token.
        ("referrer-policy", "no-referrer"),
        ("x-content-type-options", "nosniff"),
    ] {
        if let Ok(value) = HeaderValue::from_str(value) {
            let name = header::HeaderName::from_static(name);
            response.headers_mut().insert(name, value);
        }
    }
    response
}

/// Only the page's own files, and nothing in the page itself: a text that somebody has put into a stack can
/// do nothing.
fn policy(partner: Option<&str>) -> String {
    let partner = partner.map(|it| format!(" {it}")).unwrap_or_default();
    format!(
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; \
         connect-src 'self'{partner}; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::page::sample::Sample;

    fn asked(method: Method, path: &str) -> Response<Body> {
        let access = Access::new(1, "secret".to_owned());
        let request = Request::builder().method(method).uri(path);
        let request = request.header("host", "127.0.0.1:1").body(());
        answer(&request.expect("a request"), &access, &Sample)
    }

    #[test]
    fn every_answer_forbids_what_the_page_does_not_need() {
        for (method, path, status) in [
            (Method::GET, "/secret/", StatusCode::OK),
            (Method::GET, "/secret/endless", StatusCode::OK),
            (Method::GET, "/secret/../etc/passwd", StatusCode::NOT_FOUND),
            (Method::GET, "/0/", StatusCode::FORBIDDEN),
            (Method::POST, "/secret/", StatusCode::METHOD_NOT_ALLOWED),
        ] {
            let answered = asked(method, path);
            assert_eq!(answered.status(), status, "{path}");
            let headers = answered.headers();
            let policy = headers["content-security-policy"]
                .to_str()
                .expect("it is text");
            assert!(policy.contains("connect-src 'self' https://example.org;"));
            assert!(!policy.contains("unsafe") && !policy.contains('*'));
            let is_cors = |name: &&header::HeaderName| name.as_str().starts_with("access-control");
            assert_eq!(headers.keys().find(is_cors), None, "{path}");
        }
    }

    #[test]
    fn without_a_partner_a_page_asks_its_own_server_alone() {
        assert!(policy(None).contains("connect-src 'self';"));
    }

    #[tokio::test]
    async fn who_has_no_link_reads_how_to_get_one() {
        let body = asked(Method::GET, "/0/").into_body().collect().await;
        let body = body.expect("it is there").to_bytes();
        let said = String::from_utf8_lossy(&body);
        assert!(said.contains("`mafia sample` prints a new one"), "{said}");
    }
}
