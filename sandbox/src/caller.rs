//! Who sent a request.

use std::sync::Arc;

use super::arn::{self, Arn};
use super::keys::OWNER;
use super::tags::Tags;

#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Caller {
    pub id: String,
    /// Of a user, or of a session of a role.
    pub arn: String,
    /// Of a session.
    pub terms: Arc<SessionTerms>,
}

/// What the session of a role was begun with.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct SessionTerms {
    /// A document that limits the session.
    pub policy: Option<String>,
    /// The ARNs of managed policies that limit the session too.
    pub policy_arns: Vec<String>,
    pub tags: Tags,
    /// The keys of tags that the next role of a chain gets too.
    pub transitive: Vec<String>,
}

impl Caller {
    /// The sandbox's owner may do everything, as the root user of an account.
    pub fn is_owner(&self) -> bool {
        self.arn == arn::global("iam", format!("user/{OWNER}"))
    }

    /// Whoever sends a request without a signature.
    pub fn anyone() -> Self {
        Self {
            id: "anonymous".to_owned(),
            arn: "*".to_owned(),
            ..Caller::default()
        }
    }

    pub fn is_anyone(&self) -> bool {
        *self == Self::anyone()
    }

    /// A session of the role with this id and name.
    pub fn in_role(id: &str, role: &str, session: &str) -> Self {
        Self {
            id: format!("{id}:{session}"),
            arn: arn::global("sts", format!("assumed-role/{role}/{session}")),
            ..Caller::default()
        }
    }

    /// With what a session was begun with.
    pub fn with_terms(self, terms: SessionTerms) -> Self {
        let terms = Arc::new(terms);
        Self { terms, ..self }
    }

    /// The name of the user, if it is one.
    pub fn user(&self) -> Option<&str> {
        let arn = Arn::parse(&self.arn).filter(|arn| arn.service == "iam")?;
        let user = arn.resource.strip_prefix("user/")?;
        user.rsplit('/').next()
    }

    /// The names of the role and the session, if it is one.
    pub fn session(&self) -> Option<(&str, &str)> {
        let arn = Arn::parse(&self.arn).filter(|arn| arn.service == "sts")?;
        arn.resource.strip_prefix("assumed-role/")?.split_once('/')
    }
}
