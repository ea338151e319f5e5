//! Where requests go.

use std::fmt;

/// Where requests go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    pub kind: TargetKind,
    pub region: String,
    pub profile: Option<String>,
    /// The services that are elsewhere, by their names in AWS's settings, each with its URL.
    pub elsewhere: Vec<(&'static str, String)>,
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

/// Amazon S3 in AWS's settings for endpoints.
pub(super) const S3: &str = "S3";

impl Target {
    /// Whether each bucket has a host of its own, as on AWS.
    pub(super) fn has_bucket_hosts(&self) -> bool {
        let is_elsewhere = self.elsewhere.iter().any(|(service, _)| *service == S3);
        self.kind == TargetKind::Aws && !is_elsewhere
    }
}

/// In a few words: `AWS (eu-west-1)`, `the sandbox (URL)`, or the endpoint's address; after that the
/// services that are elsewhere.
impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.kind {
            TargetKind::Aws => write!(f, "AWS ({})", self.region),
            TargetKind::Sandbox { url } => write!(f, "the sandbox ({url})"),
            TargetKind::Endpoint { url } => write!(f, "{url} ({})", self.region),
        }?;
        for (service, url) in &self.elsewhere {
            write!(f, ", {service} at {url}")?;
        }
        Ok(())
    }
}
