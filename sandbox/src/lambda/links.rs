//! Links to the bundles of functions, good for ten minutes and for whoever was given one, as
//! `GetFunction` answers them.

use std::time::{Duration, SystemTime};

use sha2::{Digest, Sha256};

use crate::clock::seconds;
use crate::keys;
use crate::paths::RUNTIME;
use crate::store::hex;

/// Where links begin, below the path that needs no signature.
pub const FOLDER: &str = "code/";
const GOOD_FOR: Duration = Duration::from_secs(600);

#[derive(Debug)]
pub struct Links {
    url: String,
    secret: String,
}

impl Links {
    pub fn new(url: &str) -> Self {
        Self {
            url: url.to_owned(),
            secret: keys::secret(),
        }
    }

    pub fn link(&self, digest: &str) -> String {
        let until = seconds(SystemTime::now() + GOOD_FOR);
        let mark = self.mark(digest, until);
        format!("{}{RUNTIME}{FOLDER}{digest}/{until}/{mark}", self.url)
    }

    /// The digest of the bundle that a link is for, if it was made here and is still good.
    pub fn read<'a>(&self, path: &'a str) -> Option<&'a str> {
        let [digest, until, mark] = path.split('/').collect::<Vec<_>>().try_into().ok()?;
        let until = until.parse().ok()?;
        let is_good = mark == self.mark(digest, until) && seconds(SystemTime::now()) <= until;
        is_good.then_some(digest)
    }

    fn mark(&self, digest: &str, until: u64) -> String {
        // Hashed twice, so that nobody can append to what was hashed first.
        let inner = Sha256::digest(format!("{}/{digest}/{until}", self.secret));
        hex(&Sha256::digest(inner))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_links_that_were_given_are_good() {
        let links = Links::new("http://127.0.0.1:1");
        let link = links.link("abc");
        let path = link
            .strip_prefix("http://127.0.0.1:1/_runtime/code/")
            .expect("a link");
        assert_eq!(links.read(path), Some("abc"));
        assert_eq!(links.read(&path.replace("abc", "abd")), None);
        assert_eq!(Links::new("").read(path), None);
        let past = format!("abc/1/{}", links.mark("abc", 1));
        assert_eq!(links.read(&past), None);
        for odd in ["", "abc", "abc/1", "a/b/c", "abc/1/2/3"] {
            assert_eq!(links.read(odd), None, "{odd}");
        }
    }
}
