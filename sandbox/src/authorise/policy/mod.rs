//! What policies allow: IAM's policy language, and the decision over all policies that a request is under.
//! Pure: no files, no clock, no services.
//!
//! Sources: "IAM JSON policy element reference" and "Policy evaluation logic" in IAM's user guide.

mod condition;
mod context;
mod decision;
mod document;
mod operator;
mod pattern;
mod principal;

pub use context::Context;
pub use decision::{Decision, Policies, PolicyKind, Request, ResourcePolicy, decide};
pub use document::{Document, Effect};
pub use principal::Principal;

#[cfg(test)]
mod tests;
