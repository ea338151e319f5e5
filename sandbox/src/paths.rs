//! Paths that need no signature.

/// Answers whether the sandbox is up, to anybody on this machine.
pub const HEALTH: &str = "/_sandbox/health";
/// Each running function has its Runtime API under it, below a secret of its own.
pub const RUNTIME: &str = "/_runtime/";
