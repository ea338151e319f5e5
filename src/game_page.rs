//! The page that plays the game: `labs/web`, which any web server can show, and a configuration that says where
//! the API is. The page asks the API itself. Pure.

use http::Uri;

use crate::page::{Content, ICON, Pages};

const PAGE: &str = include_str!("../labs/web/site/index.html");
const STYLE: &str = include_str!("../labs/web/site/game.css");
/// The modules of the page.
const SCRIPTS: [(&str, &str); 3] = [
    ("game.js", include_str!("../labs/web/site/game.js")),
    ("sign-in.js", include_str!("../labs/web/site/sign-in.js")),
    ("users.js", include_str!("../labs/web/site/users.js")),
];

/// The page for one API.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GamePage {
    /// As the page reads it.
    configuration: String,
    origin: String,
}

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not the address of an API: expected http or https, a host and a path")]
pub struct NoAddress(String);

impl GamePage {
    /// `api` is the address of a stage: `https://….amazonaws.com/prod`.
    pub fn new(api: &str) -> Result<Self, NoAddress> {
        let origin = origin(api).ok_or_else(|| NoAddress(api.to_owned()))?;
        Ok(Self {
            configuration: serde_json::json!({ "api": api }).to_string(),
            origin,
        })
    }
}

/// The origin of an address, which becomes a part of the page's policy.
fn origin(address: &str) -> Option<String> {
    let uri: Uri = address.parse().ok()?;
    let scheme = uri
        .scheme_str()
        .filter(|it| ["http", "https"].contains(it))?;
    let authority = uri.authority()?.as_str();
    let is_of_a_host = |c: char| c.is_ascii_alphanumeric() || ".:-[]".contains(c);
    let is_host = !authority.is_empty() && authority.chars().all(is_of_a_host);
    is_host.then(|| format!("{scheme}://{authority}"))
}

impl Pages for GamePage {
    fn command(&self) -> &'static str {
        "mafia api open"
    }

    fn partner(&self) -> Option<&str> {
        Some(&self.origin)
    }

    fn find(&self, path: &str) -> Option<Content> {
        Some(match path {
            "" => Content::file("text/html", PAGE),
            "game.css" => Content::file("text/css", STYLE),
            "icon.svg" => Content::file("image/svg+xml", ICON),
            "config.json" => Content::text("application/json", self.configuration.clone()),
            script => {
                let (_, text) = SCRIPTS.iter().find(|(name, _)| *name == script)?;
                Content::file("text/javascript", text)
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::page::assert_harmless;

    #[test]
    fn the_page_may_ask_its_api_and_no_other_origin() {
        for (api, origin) in [
            (
                "https://abc.execute-api.eu-west-1.amazonaws.com/prod",
                Some("https://abc.execute-api.eu-west-1.amazonaws.com"),
            ),
            (
                "http://abc.execute-api.localhost:4566/prod",
                Some("http://abc.execute-api.localhost:4566"),
            ),
            ("http://[::1]:4566/prod", Some("http://[::1]:4566")),
            ("javascript:alert(1)", None),
            ("data:text/html,x", None),
            ("file:///etc/passwd", None),
            ("/prod", None),
            ("", None),
            ("https://user:secret@example.org/prod", None),
            ("https://example.org;script-src/prod", None),
            ("https://*/prod", None),
        ] {
            let page = GamePage::new(api).ok();
            let partner = page.as_ref().and_then(|it| it.partner());
            assert_eq!(partner, origin, "{api}");
        }
    }

    #[test]
    fn all_files_that_the_page_names_are_there() {
        let page = GamePage::new("https://example.org/prod").expect("an address");
        let named = PAGE.split(['"', '\'']).filter(|it| {
            let end = it.rsplit_once('.').map(|(_, end)| end);
            end.is_some_and(|end| ["css", "js", "svg", "json"].contains(&end))
        });
        let named: Vec<&str> = named.collect();
        assert_eq!(named, ["icon.svg", "game.css", "game.js"]);
        let imported = SCRIPTS
            .iter()
            .flat_map(|(_, text)| text.split("from \"./").skip(1));
        let imported = imported.filter_map(|rest| rest.split_once("\";"));
        let imported: BTreeSet<&str> = imported.map(|(file, _)| file).collect();
        let modules: BTreeSet<&str> = SCRIPTS.iter().map(|(name, _)| *name).collect();
        assert!(
            imported.contains("users.js") && imported.is_subset(&modules),
            "{imported:?}"
        );
        for file in named.iter().chain(&["", "config.json"]).chain(&modules) {
            assert!(page.find(file).is_some(), "{file}");
        }
        assert!(page.find("labs.toml").is_none());
    }

    #[test]
    fn the_page_is_harmless() {
        for (_, script) in SCRIPTS {
            assert_harmless(PAGE, script);
        }
    }
}
