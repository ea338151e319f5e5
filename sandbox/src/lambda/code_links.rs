//! Links to the bundles of functions, as `GetFunction` returns them: valid for ten minutes, without a
//! signature of the client's.

use std::time::{Duration, SystemTime};

use sha2::{Digest, Sha256};

use crate::clock::seconds;
use crate::keys;
use crate::paths::CODE;
use crate::store::hex;

const VALID_FOR: Duration = Duration::from_secs(600);

#[derive(Debug)]
pub struct CodeLinks {
    url: String,
    secret: String,
}

impl CodeLinks {
    pub fn new(url: &str) -> Self {
        Self {
            url: url.to_owned(),
            secret: keys::random_secret(),
        }
    }

    pub fn link(&self, digest: &str) -> String {
        let expires = seconds(SystemTime::now() + VALID_FOR);
        let signature = self.signature(digest, expires);
        format!("{}{CODE}{digest}/{expires}/{signature}", self.url)
    }

    /// The digest of the bundle that a link is for, if the link was made here and has not expired.
    pub fn verify<'a>(&self, path: &'a str) -> Option<&'a str> {
        let [digest, expires, signature] = path.split('/').collect::<Vec<_>>().try_into().ok()?;
        let expires = expires.parse().ok()?;
        let is_valid =
            signature == self.signature(digest, expires) && seconds(SystemTime::now()) <= expires;
        is_valid.then_some(digest)
    }

    fn signature(&self, digest: &str, expires: u64) -> String {
        // Hashed twice against length extension.
        let inner = Sha256::digest(format!("{}/{digest}/{expires}", self.secret));
        hex(&Sha256::digest(inner))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_links_that_were_made_are_valid() {
        let links = CodeLinks::new("http://127.0.0.1:1");
        let link = links.link("abc");
        let path = link
            .strip_prefix("http://127.0.0.1:1/_code/")
            .expect("a link");
        assert_eq!(links.verify(path), Some("abc"));
        assert_eq!(links.verify(&path.replace("abc", "abd")), None);
        assert_eq!(CodeLinks::new("").verify(path), None);
        let past = format!("abc/1/{}", links.signature("abc", 1));
        assert_eq!(links.verify(&past), None);
        for odd in ["", "abc", "abc/1", "a/b/c", "abc/1/2/3"] {
            assert_eq!(links.verify(odd), None, "{odd}");
        }
    }
}
