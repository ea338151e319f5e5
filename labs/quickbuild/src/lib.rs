//! What QuickBuild is made of.
//!
//! | module | is |
//! |---|---|
//! | [`job`] | what it is asked to do |
//! | [`bucket`] | bundles in S3 |
//!
//! How a bundle is patched is in the crate `mafia-zip-patch`, which `mafia` shares.

pub mod bucket;
pub mod job;
