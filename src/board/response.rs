//! The page, its parts and its events.

use std::convert::Infallible;
use std::time::Duration;

use futures_util::stream::{self, StreamExt as _};
use http::{HeaderValue, Method, Request, Response, StatusCode, header};
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt as _, Full, StreamBody};
use hyper::body::{Bytes, Frame};
use tokio::sync::watch;
use tokio::time::timeout;

use super::access::{Access, Refusal};
use super::view::View;

pub type Body = UnsyncBoxBody<Bytes, Infallible>;

const PAGE: &str = include_str!("page/board.html");
const STYLE: &str = include_str!("page/board.css");
const SCRIPT: &str = include_str!("page/board.js");

/// Only the page's own files, and nothing in the page itself: a text that somebody has put into a stack can
/// do nothing.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; \
                      base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// After so long without news, an empty event says that the server is there.
const SIGN_OF_LIFE: Duration = Duration::from_secs(15);

/// Answers a request.
pub fn answer<B>(
    request: &Request<B>,
    access: &Access,
    views: &watch::Receiver<View>,
) -> Response<Body> {
    let path = match access.check(request.uri().path(), request.headers()) {
        Ok(path) => path,
        Err(refusal) => return text(StatusCode::FORBIDDEN, "text/plain", refusal.message()),
    };
    if request.method() != Method::GET {
        let words = "the board only shows: use GET\n";
        return text(StatusCode::METHOD_NOT_ALLOWED, "text/plain", words);
    }
    match path {
        "" => text(StatusCode::OK, "text/html", PAGE),
        "board.css" => text(StatusCode::OK, "text/css", STYLE),
        "board.js" => text(StatusCode::OK, "text/javascript", SCRIPT),
        "events" => response(
            StatusCode::OK,
            "text/event-stream",
            events(views.clone(), SIGN_OF_LIFE),
        ),
        _ => text(
            StatusCode::NOT_FOUND,
            "text/plain",
            "there is no such page\n",
        ),
    }
}

impl Refusal {
    fn message(self) -> &'static str {
        match self {
            Self::Host => "the board is only at the address that `mafia class board` printed\n",
            Self::Site => {
                "the board does not answer to other pages: copy the link that `mafia class board` \
                 printed into the address bar\n"
            }
            Self::Token => {
                "this is not the link of the board: `mafia class board` prints a new one each \
                 time\n"
            }
        }
    }
}

fn text(status: StatusCode, kind: &str, text: &'static str) -> Response<Body> {
    let body = Full::new(Bytes::from_static(text.as_bytes()));
    response(status, kind, body.boxed_unsync())
}

fn response(status: StatusCode, kind: &str, body: Body) -> Response<Body> {
    let mut response = Response::new(body);
    *response.status_mut() = status;
    let kind = format!("{kind}; charset=utf-8");
    for (name, value) in [
        ("content-type", kind.as_str()),
        ("cache-control", "no-store"),
        ("content-security-policy", POLICY),
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

/// The view now, and each later one, until the board closes. After `quiet` without news, an empty event.
fn events(mut views: watch::Receiver<View>, quiet: Duration) -> Body {
    views.mark_changed();
    let events = stream::unfold(views, move |mut views| async move {
        let event = match timeout(quiet, views.changed()).await {
            Ok(Ok(())) => event(&views.borrow_and_update()),
            Ok(Err(_closed)) => return None,
            Err(_elapsed) => ":\n\n".to_owned(),
        };
        Some((event, views))
    });
    let frames = events.map(|event| Ok(Frame::data(Bytes::from(event))));
    StreamBody::new(frames).boxed_unsync()
}

/// An event of the HTML standard, "Server-sent events". JSON has no line breaks.
fn event(view: &View) -> String {
    let data = serde_json::to_string(view).unwrap_or_default();
    format!("data: {data}\n\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Answered {
        status: StatusCode,
        headers: http::HeaderMap,
        body: Body,
    }

    fn get(access: &Access, path: &str, views: &watch::Receiver<View>) -> Answered {
        let link = access.link();
        let host = link.split('/').nth(2).expect("a link has a host");
        let request = Request::get(path).header("host", host).body(());
        let answered = answer(&request.expect("a request"), access, views);
        let (head, body) = answered.into_parts();
        Answered {
            status: head.status,
            headers: head.headers,
            body,
        }
    }

    async fn next(body: &mut Body) -> Option<String> {
        let frame = body.frame().await?.expect("it cannot fail");
        let data = frame.into_data().expect("it has no trailers");
        Some(String::from_utf8(data.to_vec()).expect("it is text"))
    }

    fn path(access: &Access, file: &str) -> String {
        let link = access.link();
        let token = link.split('/').nth(3).expect("a link has a token");
        format!("/{token}/{file}")
    }

    #[tokio::test]
    async fn a_page_gets_the_view_and_each_later_one_until_the_board_closes() {
        let access = Access::new(1, "secret".to_owned());
        let (sender, views) = watch::channel(View::unread("monday"));
        let mut events = get(&access, &path(&access, "events"), &views).body;
        drop(views);
        let first = next(&mut events).await.expect("an event");
        assert!(first.starts_with("data: {\"class\":\"monday\""), "{first}");
        assert!(first.ends_with("}\n\n"), "{first}");
        sender.send_replace(View::unread("monday").with_problem("no\nanswer".to_owned()));
        let second = next(&mut events).await.expect("an event");
        assert!(second.contains("\"problem\":\"no\\nanswer\""), "{second}");
        assert_eq!(second.lines().count(), 2, "{second}");
        drop(sender);
        assert_eq!(next(&mut events).await, None);
    }

    #[tokio::test]
    async fn without_news_a_page_hears_that_the_board_is_there() {
        let (_sender, views) = watch::channel(View::unread("monday"));
        let mut events = events(views, Duration::ZERO);
        next(&mut events).await.expect("an event");
        assert_eq!(next(&mut events).await.as_deref(), Some(":\n\n"));
    }

    #[test]
    fn every_answer_forbids_what_the_page_does_not_need() {
        let access = Access::new(1, "secret".to_owned());
        let (_sender, views) = watch::channel(View::unread("monday"));
        for (file, status) in [
            ("", StatusCode::OK),
            ("board.css", StatusCode::OK),
            ("board.js", StatusCode::OK),
            ("events", StatusCode::OK),
            ("../etc/passwd", StatusCode::NOT_FOUND),
        ] {
            let answered = get(&access, &path(&access, file), &views);
            assert_eq!(answered.status, status, "{file}");
            let policy = &answered.headers["content-security-policy"];
            assert_eq!(policy, POLICY, "{file}");
            assert!(!POLICY.contains("unsafe") && !POLICY.contains('*'));
            let cors = answered.headers.keys();
            let mut cors = cors.filter(|name| name.as_str().starts_with("access-control"));
            assert_eq!(cors.next(), None, "{file}");
        }
        let refused = get(&access, "/0/", &views);
        assert_eq!(refused.status, StatusCode::FORBIDDEN);
        let link = access.link();
        let host = link.split('/').nth(2).expect("a link has a host");
        let request = Request::post(path(&access, ""))
            .header("host", host)
            .body(());
        let answered = answer(&request.expect("a request"), &access, &views);
        assert_eq!(answered.status(), StatusCode::METHOD_NOT_ALLOWED);
    }

    #[test]
    fn the_page_has_no_script_and_no_style_in_itself_and_writes_no_html() {
        for forbidden in [
            "<script>", "<style", "style=", "onclick", "onload", "http://", "https://",
        ] {
            assert!(!PAGE.contains(forbidden), "{forbidden}");
        }
        for forbidden in [
            "innerHTML",
            "outerHTML",
            "insertAdjacentHTML",
            "document.write",
            "eval(",
            "setAttribute(\"style\"",
        ] {
            assert!(!SCRIPT.contains(forbidden), "{forbidden}");
        }
    }
}
