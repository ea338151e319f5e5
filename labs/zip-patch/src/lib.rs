//! Zips of functions, and patches of them: who has the earlier zip makes the later one out of what has
//! changed, byte for byte.
//!
//! `mafia` writes its bundles with this crate and finds out how two of them differ; the lab QuickBuild applies
//! that to the bundle in the bucket. So what both have to know stands here, once. It knows no AWS and no files.
//!
//! | items | what they are |
//! |---|---|
//! | [`write_entry`], [`LEVEL`] | an entry whose bytes depend on its name, its mode and its contents alone |
//! | [`Digest`] | SHA-256, as Lambda writes it |
//! | [`Changes`], [`Change`] | what is to be changed in a zip, as JSON |
//! | [`apply`], [`Patched`] | makes the later zip |
//! | [`difference`] | the changes that make the later zip out of the earlier one |
//! | [`delta`] | the difference of two programs |

mod apply;
mod change;
pub mod delta;
mod difference;
mod digest;
mod entry;
mod error;
mod path;

pub use apply::{Patched, apply};
pub use change::{Change, Changes, changes_from_json, changes_to_json};
pub use difference::difference;
pub use digest::Digest;
pub use entry::{LEVEL, write_entry};
pub use error::PatchError;

/// The most that the entries of a zip may have uncompressed, in bytes.
///
/// Source: "Lambda quotas", deployment package size: 250 MB (unzipped); Lambda's message names the bytes.
pub const LARGEST_UNCOMPRESSED: u64 = 262_144_000;
