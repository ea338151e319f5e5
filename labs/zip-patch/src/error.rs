//! Why a zip is not patched.

use zip::result::ZipError;

use crate::LARGEST_UNCOMPRESSED;
use crate::delta::BadDelta;
use crate::digest::Digest;

/// Nothing was changed; each text is for people.
#[derive(Debug, thiserror::Error)]
pub enum PatchError {
    #[error("changes must be an object with a change for each path")]
    NoChanges,

    #[error(
        "the change of {path} must be a text, null, or an object with base64 or patch: {reason}"
    )]
    BadChange { path: String, reason: String },

    /// The path would leave the bundle, or is none.
    #[error("{path:?} is no path in a bundle: {reason}")]
    BadPath { path: String, reason: &'static str },

    #[error("this is no zip: {0}")]
    NoZip(#[source] ZipError),

    #[error("the zip has two entries with the same name, or entries that overlap")]
    Doubled,

    #[error("{path} is a symbolic link in the bundle: what it points to is not changed")]
    SymbolicLink { path: String },

    #[error("{path} cannot be both a file and a folder")]
    FileAndFolder { path: String },

    #[error("{path} is not in the bundle")]
    Missing { path: String },

    #[error("{path} in the bundle has the digest {found}, and the patch is for {expected}")]
    OtherContents {
        path: String,
        found: Digest,
        expected: Digest,
    },

    #[error("the patch of {path} cannot be applied: {source}")]
    BadDelta { path: String, source: BadDelta },

    #[error("the patch of {path} makes contents with the digest {found}, and not {expected}")]
    OtherResult {
        path: String,
        found: Digest,
        expected: Digest,
    },

    #[error(
        "the bundle would have more than {LARGEST_UNCOMPRESSED} bytes uncompressed, which is what Lambda allows"
    )]
    TooLarge,

    #[error("{path} cannot be read or written: {source}")]
    Entry { path: String, source: ZipError },
}
