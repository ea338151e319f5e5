//! What a template may cost, and why.

/// The longest template, in bytes: AWS's quota "Size of mapping templates", 300 KB.
pub(crate) const TEMPLATE_BYTES: usize = 300 * 1024;
