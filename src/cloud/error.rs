//! Failures of requests to AWS, distinguished by what a person would do about them.

use super::endpoints::Elsewhere;
use super::misconfigured::Misconfigured;
use super::proxy::Proxy;
use super::refusal::Refusal;
use super::target::Target;
use crate::wording::shortened;

/// The way of a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Way {
    /// Scheme, host and port of the server.
    pub url: String,
    pub proxy: Option<Proxy>,
}

/// A failed request, or a missing precondition of one.
#[derive(Clone, Debug, thiserror::Error)]
pub enum CloudError {
    #[error("{}", no_region(profile.as_deref()))]
    NoRegion { profile: Option<String> },

    #[error(transparent)]
    Misconfigured(Box<Misconfigured>),

    #[error("no credentials for {target}{}", in_detail(target, reason.as_deref()))]
    NoCredentials {
        /// Where it names a profile, credentials were looked for only there.
        target: Box<Target>,
        /// Why a source of credentials failed; `None` when there is no source.
        reason: Option<String>,
    },

    #[error("cannot reach {}: {reason}", destination(target, way.as_deref()))]
    Unreachable {
        target: Box<Target>,
        reason: String,
        /// Whether the server may know of the request.
        sent: bool,
        /// `None` where that is not known.
        way: Option<Box<Way>>,
    },

    /// The server that answered does not speak AWS's protocols.
    #[error("{target} does not answer like AWS")]
    NotAws { target: Box<Target>, answer: String },

    /// The service understood the request and refused it.
    #[error("{operation} was refused: {} ({code})", shortened(message))]
    Refused {
        operation: &'static str,
        /// The service's own error code, such as `ValidationError`.
        code: String,
        message: String,
        status: u16,
    },
}

impl From<Misconfigured> for CloudError {
    fn from(error: Misconfigured) -> Self {
        Self::Misconfigured(Box::new(error))
    }
}

impl CloudError {
    /// The service's error code, if it was the service that refused.
    pub fn code(&self) -> Option<&str> {
        match self {
            Self::Refused { code, .. } => Some(code),
            _ => None,
        }
    }

    /// What stands in the way, if it was the service that refused.
    pub fn refusal(&self) -> Option<Refusal> {
        match self {
            Self::Refused {
                code,
                message,
                status,
                ..
            } => Some(Refusal::of(code, message, *status)),
            _ => None,
        }
    }

    /// Whether the same request may succeed later, without anybody doing anything.
    pub fn may_pass(&self) -> bool {
        match self.refusal() {
            Some(refusal) => refusal.passes(),
            None => matches!(self, Self::Unreachable { sent: true, .. }),
        }
    }

    /// Whether the answer to this one request is missing, while other requests may well be answered.
    pub fn concerns_one_request(&self) -> bool {
        match self.refusal() {
            Some(refusal) => !refusal.is_about_keys(),
            None => matches!(self, Self::Unreachable { sent: true, .. }),
        }
    }

    pub fn is_not_found(&self) -> bool {
        self.refusal() == Some(Refusal::NotFound)
    }

    /// S3 has lost the contents of an object, which can be stored again. For a `HeadObject` without a
    /// version.
    ///
    /// Source: Amazon S3 user guide, "Reduced redundancy": requests to a lost object are answered with 405.
    pub fn is_lost(&self) -> bool {
        matches!(self, Self::Refused { status: 405, .. })
    }

    pub fn is_missing_bucket(&self) -> bool {
        self.code() == Some("NoSuchBucket")
    }

    pub fn is_not_allowed(&self) -> bool {
        self.refusal() == Some(Refusal::NotAllowed)
    }

    /// The stack's termination protection is on.
    pub fn is_protected(&self) -> bool {
        self.refusal() == Some(Refusal::Protected)
    }

    pub fn already_exists(&self) -> bool {
        self.refusal() == Some(Refusal::AlreadyExists)
    }

    /// Another operation on the same thing is running.
    pub fn is_busy(&self) -> bool {
        self.refusal() == Some(Refusal::Busy)
    }

    /// The change set no longer exists or can no longer be executed.
    pub fn is_obsolete_change_set(&self) -> bool {
        matches!(
            self.code(),
            Some("InvalidChangeSetStatus" | "ChangeSetNotFound")
        )
    }
}

fn no_region(profile: Option<&str>) -> String {
    match profile {
        Some(profile) => {
            format!("no region set: profile `{profile}` has none")
        }
        None => "no region set".to_owned(),
    }
}

/// What a request was to reach, and through what.
fn destination(target: &Target, way: Option<&Way>) -> String {
    let server = match way.and_then(|way| target.elsewhere_at(&way.url)) {
        Some(Elsewhere { service, url }) => format!("{service} at {}", url.value),
        None => target.to_string(),
    };
    match way.and_then(|way| way.proxy.as_ref()) {
        Some(Proxy { variable, url }) => format!("{server} through the proxy {url} ({variable})"),
        None => server,
    }
}

fn in_detail(target: &Target, reason: Option<&str>) -> String {
    let source = target.places.keys.as_ref().filter(|_| reason.is_some());
    let place = match (source, &target.profile) {
        (Some(source), _) => Some(format!(" from {source}")),
        (None, Some(profile)) => Some(format!(" in profile {profile}")),
        (None, None) => None,
    };
    let reason = reason.map(|reason| format!(": {reason}"));
    [place, reason].into_iter().flatten().collect()
}
