//! Pages for a browser on this machine: a server that shows them to whoever has its link.
//!
//! The link has a token, so that no other user of this machine and no other page can read them. A page
//! consists of its own files, and can do nothing but show what its server, and one partner, tell it.
//!
//! | module | is |
//! |---|---|
//! | [`access`] | who may read; pure |
//! | [`response`] | the answers, and what they forbid a page |
//! | [`server`] | the port and its connections |

mod access;
mod response;
mod server;

pub use response::{Body, Content};
pub use server::{PageError, PageServer};

/// Of each page. Without one, a browser asks for a file that is outside of the page.
pub const ICON: &str = include_str!("../../labs/web/site/icon.svg");

/// What a server shows.
pub trait Pages: Send + Sync + 'static {
    /// The command that shows them, for whoever has no link: `mafia class board`.
    fn command(&self) -> &'static str;

    /// Another origin that the page's script may ask, such as `https://example.org`.
    fn partner(&self) -> Option<&str> {
        None
    }

    /// What is at this path, which is empty for the page itself.
    fn find(&self, path: &str) -> Option<Content>;
}

/// Fails if a page has a script or a style in itself, which its policy forbids, or if its script makes HTML of
/// a text.
#[cfg(test)]
#[track_caller]
pub fn assert_harmless(page: &str, script: &str) {
    for forbidden in [
        "<script>", "<style", "style=", "onclick", "onload", "http://", "https://",
    ] {
        assert!(!page.contains(forbidden), "{forbidden}");
    }
    for forbidden in [
        "innerHTML",
        "outerHTML",
        "insertAdjacentHTML",
        "document.write",
        "eval(",
        "setAttribute(\"style\"",
    ] {
        assert!(!script.contains(forbidden), "{forbidden}");
    }
}

#[cfg(test)]
mod sample {
    use futures_util::stream;
    use http_body_util::{BodyExt as _, StreamBody};

    use super::*;

    /// A page, and an answer that does not end.
    pub struct Sample;

    impl Pages for Sample {
        fn command(&self) -> &'static str {
            "mafia sample"
        }

        fn partner(&self) -> Option<&str> {
            Some("https://example.org")
        }

        fn find(&self, path: &str) -> Option<Content> {
            match path {
                "" => Some(Content::file("text/html", "<title>Sample</title>")),
                "endless" => Some(Content {
                    kind: "text/event-stream",
                    body: StreamBody::new(stream::pending()).boxed_unsync(),
                }),
                _ => None,
            }
        }
    }
}
