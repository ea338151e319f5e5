//! A student of a class, with the stack and the account that it works in. Pure.

use serde::Serialize;

use crate::cloud::NamedValues;

/// What CloudFormation shows for a parameter with `NoEcho`.
const SECRET: &str = "****";

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

/// The parameters of a stack that have other values than the `wanted` ones, as `Players=7`. Those that
/// CloudFormation does not show do not count.
pub fn other_values(wanted: &NamedValues, stack: &NamedValues) -> Vec<String> {
    let differs = wanted.iter().filter_map(|(name, value)| {
        let found = stack.get(name)?;
        (found != value && found != SECRET).then(|| format!("{name}={found}"))
    });
    differs.collect()
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
