//! Where requests go.

use std::fmt;

/// Where requests go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    pub kind: TargetKind,
    pub region: String,
    pub profile: Option<String>,
}

/// What kind of server answers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TargetKind {
    /// AWS's own endpoint of each service.
    Aws,
    /// The embedded sandbox, on this machine.
    Sandbox { url: String },
    /// Another server that speaks AWS's protocols.
    Endpoint { url: String },
}

/// In a few words: `AWS (eu-west-1)`, `the sandbox (URL)`, or the endpoint's address.
impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.kind {
            TargetKind::Aws => write!(f, "AWS ({})", self.region),
            TargetKind::Sandbox { url } => write!(f, "the sandbox ({url})"),
            TargetKind::Endpoint { url } => write!(f, "{url} ({})", self.region),
        }
    }
}
