//! The page, its parts and its events.

use std::time::Duration;

use futures_util::stream::{self, StreamExt as _};
use http_body_util::{BodyExt as _, StreamBody};
use hyper::body::{Bytes, Frame};
use tokio::sync::watch;
use tokio::time::timeout;

use super::view::View;
use crate::page::{Body, Content, ICON, Pages};

const PAGE: &str = include_str!("page/board.html");
const STYLE: &str = include_str!("page/board.css");
const SCRIPT: &str = include_str!("page/board.js");

/// After so long without news, an empty event says that the server is there.
const SIGN_OF_LIFE: Duration = Duration::from_secs(15);

/// Shows each view that comes.
pub struct Board(pub watch::Receiver<View>);

impl Pages for Board {
    fn command(&self) -> &'static str {
        "mafia class board"
    }

    fn find(&self, path: &str) -> Option<Content> {
        Some(match path {
            "" => Content::file("text/html", PAGE),
            "icon.svg" => Content::file("image/svg+xml", ICON),
            "board.css" => Content::file("text/css", STYLE),
            "board.js" => Content::file("text/javascript", SCRIPT),
            "events" => Content {
                kind: "text/event-stream",
                body: events(self.0.clone(), SIGN_OF_LIFE),
            },
            _ => return None,
        })
    }
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
    use crate::page::assert_harmless;

    async fn next(body: &mut Body) -> Option<String> {
        let frame = body.frame().await?.expect("it cannot fail");
        let data = frame.into_data().expect("it has no trailers");
        Some(String::from_utf8(data.to_vec()).expect("it is text"))
    }

    #[tokio::test]
    async fn a_page_gets_the_view_and_each_later_one_until_the_board_closes() {
        let (sender, views) = watch::channel(View::unread("monday"));
        let mut events = Board(views).find("events").expect("it is there").body;
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
    fn the_page_is_harmless() {
        assert_harmless(PAGE, SCRIPT);
    }
}
