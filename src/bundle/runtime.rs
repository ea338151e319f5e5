//! The Lambda runtime that the functions are built for, and its glibc.

use std::fmt;

/// The runtime that the functions are deployed on.
pub const RUNTIME: &str = "provided.al2023";

/// The glibc of [`RUNTIME`].
///
/// Source: Amazon Linux 2023 user guide, "Comparing AL2 and AL2023".
pub const RUNTIME_GLIBC: Glibc = Glibc::new(2, 34);

/// A version of glibc, such as 2.34.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Glibc {
    pub major: u16,
    pub minor: u16,
}

impl Glibc {
    pub const fn new(major: u16, minor: u16) -> Self {
        Self { major, minor }
    }

    /// The glibc that a symbol version requires; `None` when it requires none.
    pub(super) fn of_symbol_version(name: &[u8]) -> Option<Self> {
        let name = std::str::from_utf8(name).ok()?;
        // Marks packed relative relocations, which loaders read from glibc 2.36 on.
        if name == "GLIBC_ABI_DT_RELR" {
            return Some(Self::new(2, 36));
        }
        let mut numbers = name.strip_prefix("GLIBC_")?.split('.');
        let major = numbers.next()?.parse().ok()?;
        let minor = numbers.next().unwrap_or("0").parse().ok()?;
        Some(Self { major, minor })
    }
}

impl fmt::Display for Glibc {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.major, self.minor)
    }
}
