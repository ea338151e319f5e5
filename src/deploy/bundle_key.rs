//! How bundles and templates are called in the artifact bucket. Pure.

use crate::bundle::{Digest, in_a_path};
use crate::cloud::NamedValues;

/// The parameter of a game for the bucket.
pub const ARTIFACT_BUCKET: &str = "ArtifactBucket";
/// What all keys begin with.
pub const BUNDLES: &str = "bundles/";
/// The characters of a SHA-256 in base64 without padding.
const DIGEST: usize = 43;

/// The key contains the digest, so no object is ever overwritten with another content.
pub fn bundle_key(function: &str, digest: &Digest) -> String {
    format!("{BUNDLES}{function}-{}.zip", in_a_path(digest.as_str()))
}

pub fn template_key(digest: &Digest) -> String {
    format!("{BUNDLES}template-{}", in_a_path(digest.as_str()))
}

/// Whether these are parameters of a game: code that was stored under such a key.
pub fn are_from_here(parameters: &NamedValues) -> bool {
    let mut values = parameters.values();
    parameters.contains_key(ARTIFACT_BUCKET) && values.any(|value| function_of(value).is_some())
}

/// The function of a bundle that is in a bucket under `key`.
pub fn function_of(key: &str) -> Option<&str> {
    let name = key.strip_prefix(BUNDLES)?.strip_suffix(".zip")?;
    let (function, digest) = name.split_at_checked(name.len().checked_sub(DIGEST)?)?;
    let function = function.strip_suffix('-')?;
    let is_digest = |c: char| c.is_ascii_alphanumeric() || "-_".contains(c);
    digest.chars().all(is_digest).then_some(function)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bundles_key_says_its_function_and_that_it_is_from_here() {
        let key = bundle_key("01-new-game", &Digest::of(b"zip"));
        assert_eq!(function_of(&key), Some("01-new-game"));
        for other in [
            "",
            "bundles/x.zip",
            "code/one.zip",
            &template_key(&Digest::of(b"Resources: {}")),
        ] {
            assert_eq!(function_of(other), None, "{other}");
        }
        let parameters = |pairs: &[(&str, &str)]| -> NamedValues {
            let pairs = pairs.iter();
            pairs
                .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
                .collect()
        };
        let whole = [(ARTIFACT_BUCKET, "b"), ("NewGameCode", key.as_str())];
        assert!(are_from_here(&parameters(&whole)));
        assert!(!are_from_here(&parameters(&whole[..1])));
        assert!(!are_from_here(&parameters(&whole[1..])));
        let theirs = [(ARTIFACT_BUCKET, "b"), ("Code", "app.zip")];
        assert!(!are_from_here(&parameters(&theirs)));
    }
}
