//! Who sent a request.

use super::arn::{self, Arn};
use super::keys::OWNER;

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Caller {
    pub id: String,
    /// Of a user, or of a session of a role.
    pub arn: String,
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
        }
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
