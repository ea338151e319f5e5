//! Who makes a request, and whom the statements of a resource's policy name.
//!
//! Source: "AWS JSON policy elements: Principal" and "NotPrincipal" in IAM's user guide.

use serde_json::Value;

use super::condition::texts;
use crate::arn::Arn;

/// Who makes a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Principal {
    /// An ARN.
    User(String),
    /// The ARNs of a role and of a session of it.
    Session { role: String, session: String },
    /// Such as `apigateway.amazonaws.com`.
    Service(String),
    /// Whoever sends no signature.
    Anyone,
}

/// How closely a statement names who makes the request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Named {
    /// By the account, which leaves the decision to the account's own policies.
    Account,
    Role,
    /// The user, session or service itself, or everyone.
    Exactly,
}

impl Principal {
    /// That a service is in none.
    pub fn account(&self) -> Option<&str> {
        match self {
            Self::User(arn) | Self::Session { role: arn, .. } => Some(Arn::parse(arn)?.account),
            Self::Service(_) | Self::Anyone => None,
        }
    }

    fn named(&self, principal: &Listed) -> Option<Named> {
        let Listed { kind, name } = principal;
        match (self, kind.as_str()) {
            (_, "*") => Some(Named::Exactly),
            (Self::Service(service), "Service") => (service == name).then_some(Named::Exactly),
            (Self::Anyone, "AWS") => (name == "*").then_some(Named::Exactly),
            (Self::User(_) | Self::Session { .. }, "AWS") => self.named_in_aws(name),
            _ => None,
        }
    }

    fn named_in_aws(&self, name: &str) -> Option<Named> {
        let (exact, role) = match self {
            Self::User(arn) => (arn, None),
            Self::Session { role, session } => (session, Some(role)),
            Self::Service(_) | Self::Anyone => return None,
        };
        let account = self.account()?;
        let root = Arn::parse(name).filter(|arn| arn.service == "iam" && arn.resource == "root");
        if name == exact || name == "*" {
            Some(Named::Exactly)
        } else if role.is_some_and(|role| role == name) {
            Some(Named::Role)
        } else if name == account || root.is_some_and(|root| root.account == account) {
            Some(Named::Account)
        } else {
            None
        }
    }

    /// In how many ways a statement has to name it so that `NotPrincipal` leaves it out of a denial: its
    /// account, its role, itself.
    fn ways(&self) -> &'static [Named] {
        match self {
            Self::User(_) => &[Named::Account, Named::Exactly],
            Self::Session { .. } => &[Named::Account, Named::Role, Named::Exactly],
            Self::Service(_) | Self::Anyone => &[Named::Exactly],
        }
    }
}

/// One principal in a statement.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Listed {
    /// Such as `AWS`; `*` for everyone.
    kind: String,
    name: String,
}

/// The element `Principal` or `NotPrincipal`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Principals {
    listed: Vec<Listed>,
    is_negated: bool,
}

impl Principals {
    pub fn read(element: &Value, is_negated: bool) -> Result<Self, String> {
        let listed: Vec<Listed> = match element {
            Value::Object(kinds) => kinds
                .iter()
                .flat_map(|(kind, names)| texts(names).into_iter().map(move |name| (kind, name)))
                .map(|(kind, name)| Listed {
                    kind: kind.clone(),
                    name,
                })
                .collect(),
            Value::String(text) if text == "*" => vec![Listed {
                kind: text.clone(),
                name: text.clone(),
            }],
            _ => Vec::new(),
        };
        if listed.is_empty() {
            return Err("Invalid principal in policy.".to_owned());
        }
        Ok(Self { listed, is_negated })
    }

    /// How closely an allowing statement is about the principal; `None` if it is not.
    pub fn allowed(&self, principal: &Principal) -> Option<Named> {
        let closest = self.named(principal).max();
        match (self.is_negated, closest) {
            (false, closest) => closest,
            (true, None) => Some(Named::Exactly),
            (true, Some(_)) => None,
        }
    }

    /// Whether a denying statement is about the principal. `NotPrincipal` leaves out whose account, and role,
    /// it names too.
    pub fn denies(&self, principal: &Principal) -> bool {
        let named: Vec<Named> = self.named(principal).collect();
        if !self.is_negated {
            return !named.is_empty();
        }
        let is_left_out = principal.ways().iter().all(|way| named.contains(way));
        !is_left_out
    }

    fn named(&self, principal: &Principal) -> impl Iterator<Item = Named> {
        self.listed
            .iter()
            .filter_map(|listed| principal.named(listed))
    }
}
