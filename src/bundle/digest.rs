//! The digest of a bundle, which Lambda computes in the same way.

pub use mafia_zip_patch::Digest;

/// The digest as a part of a path: in base64 for URLs, without padding.
pub fn in_a_path(digest: &str) -> String {
    let digest = digest.replace('/', "_").replace('+', "-");
    digest.trim_end_matches('=').to_owned()
}
