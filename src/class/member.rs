//! A student of a class, with the stack and the account that it works in. Pure.

use serde::Serialize;

use crate::cloud::NamedValues;

/// A student of a class.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Member {
    /// The normalised name: lower-case letters, digits and single hyphens.
    pub student: String,
    /// `mafia-<class>-<student>`
    pub stack: String,
    pub account: Account,
    /// Parameters of the template: the class's defaults and the student's own.
    #[serde(skip)]
    pub parameters: NamedValues,
}

/// Where a student's stack is, as far as it differs from the class's own place. Students with equal
/// values share an account, its limits and its artifact bucket.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct Account {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub profile: Option<String>,
    /// The ARN of a role to assume.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub role: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub region: Option<String>,
}
