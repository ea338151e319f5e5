//! The limits that AWS documents.

/// Of the alternatives that the `$or` of a pattern make together.
///
/// Source: "Comparison operators for use in event patterns", "Or matching".
pub const ALTERNATIVES: usize = 1000;
/// Of numbers in `numeric`.
///
/// Source: "Comparison operators for use in event patterns", "Numeric matching".
pub const NUMBER: f64 = 5.0e9;

/// Of a filter policy: names at its top, combinations of values, and bytes.
///
/// Source: "Filter policy constraints in Amazon SNS", as for what follows.
pub const POLICY_NAMES: usize = 5;
pub const POLICY_COMBINATIONS: usize = 150;
pub const POLICY_BYTES: usize = 256 << 10;
