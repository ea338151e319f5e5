//! Paths that need no signature.

/// Answers whether the sandbox runs.
pub const HEALTH: &str = "/_sandbox/health";
/// Prefix of the Runtime APIs, each of which has a secret next in its path.
pub const RUNTIME: &str = "/_runtime/";
