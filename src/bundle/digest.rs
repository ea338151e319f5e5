//! The digest of a bundle, which Lambda computes in the same way.

pub use mafia_zip_patch::Digest;
