//! Paths that need no signature.

/// Answers whether the sandbox runs.
pub const HEALTH: &str = "/_sandbox/health";
/// The header of its answer with the id of the server's process.
pub const PROCESS: &str = "x-sandbox-process";
/// Prefix of the links to functions' bundles, each of which has a secret in its path.
pub const CODE: &str = "/_code/";
