//! Paths that need no signature.

/// Answers whether the sandbox runs.
pub const HEALTH: &str = "/_sandbox/health";
/// Prefix of the links to functions' bundles, each of which has a secret in its path.
pub const CODE: &str = "/_code/";
