//! The instruction sets that Lambda runs.

use std::fmt;
use std::str::FromStr;

/// An instruction set, named as Lambda and CloudFormation name it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Architecture {
    X86_64,
    Arm64,
}

impl Architecture {
    pub const ALL: [Self; 2] = [Self::X86_64, Self::Arm64];

    /// The architecture that this program was compiled for; `None` when Lambda does not have it.
    pub fn host() -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|architecture| architecture.rust_name() == std::env::consts::ARCH)
    }

    /// `x86_64` or `arm64`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::X86_64 => "x86_64",
            Self::Arm64 => "arm64",
        }
    }

    /// The target triple of Lambda's runtimes on this architecture.
    pub const fn triple(self) -> &'static str {
        match self {
            Self::X86_64 => "x86_64-unknown-linux-gnu",
            Self::Arm64 => "aarch64-unknown-linux-gnu",
        }
    }

    const fn rust_name(self) -> &'static str {
        match self {
            Self::X86_64 => "x86_64",
            Self::Arm64 => "aarch64",
        }
    }
}

impl fmt::Display for Architecture {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A name that is neither `x86_64` nor `arm64`.
#[derive(Debug, thiserror::Error)]
#[error("`{0}` is not an architecture of Lambda; use `x86_64` or `arm64`")]
pub struct UnknownArchitecture(String);

impl FromStr for Architecture {
    type Err = UnknownArchitecture;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        Self::ALL
            .into_iter()
            .find(|architecture| architecture.as_str() == name)
            .ok_or_else(|| UnknownArchitecture(name.to_owned()))
    }
}
