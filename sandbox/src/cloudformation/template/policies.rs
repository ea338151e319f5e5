//! What a template says of a resource besides its type and its properties.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::path::Path;

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Policies {
    /// The resources that have to exist first: those in `DependsOn` and those that the properties refer
    /// to.
    pub depends_on: BTreeSet<String>,
    pub deletion_policy: Retention,
    pub update_replace_policy: Retention,
    pub metadata: Option<Value>,
}

impl Policies {
    /// Whether a resource that leaves the stack is retained. `is_new` says that the operation that is
    /// rolled back created it.
    pub fn retains(&self, is_new: bool, retain_except_on_create: bool) -> bool {
        match self.deletion_policy {
            Retention::Delete | Retention::Snapshot => false,
            Retention::RetainExceptOnCreate => !is_new,
            Retention::Retain => !(is_new && retain_except_on_create),
        }
    }

    /// Whether a resource that was replaced is retained.
    pub fn retains_replaced(&self) -> bool {
        matches!(
            self.update_replace_policy,
            Retention::Retain | Retention::RetainExceptOnCreate
        )
    }
}

/// What happens to a resource that leaves the stack or is replaced.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Retention {
    #[default]
    Delete,
    Retain,
    /// Deleted when the operation that created it is rolled back, retained otherwise.
    RetainExceptOnCreate,
    Snapshot,
}

impl Retention {
    pub const DELETION: &'static str = "DeletionPolicy";
    pub const REPLACEMENT: &'static str = "UpdateReplacePolicy";

    /// Reads one of the two `members` from the declaration of a resource, which is at `path`.
    pub fn read(declared: &Value, member: &str, path: &Path) -> Result<Self, String> {
        let policy = match declared.get(member) {
            None => return Ok(Self::default()),
            Some(Value::String(policy)) => policy.as_str(),
            Some(_) => {
                return Err(path.wrong(format!(
                    "Template format error: Every {member} member must be a string."
                )));
            }
        };
        match policy {
            "Delete" => Ok(Self::Delete),
            "Retain" => Ok(Self::Retain),
            "RetainExceptOnCreate" if member == Self::DELETION => Ok(Self::RetainExceptOnCreate),
            "Snapshot" => Ok(Self::Snapshot),
            other => Err(path.wrong(format!(
                "Template format error: Unrecognized {member} {other}"
            ))),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn policies_are_read_and_checked() {
        let declared = json!({
            "DeletionPolicy": "RetainExceptOnCreate",
            "UpdateReplacePolicy": "RetainExceptOnCreate",
        });
        let section = Path::section("Resources");
        let read = |member| Retention::read(&declared, member, &section.key("A"));
        assert_eq!(
            read(Retention::DELETION),
            Ok(Retention::RetainExceptOnCreate)
        );
        let error = read(Retention::REPLACEMENT).expect_err("not for this one");
        assert_eq!(
            error,
            "Template format error: Unrecognized UpdateReplacePolicy RetainExceptOnCreate (at \
             /Resources/A)"
        );
        assert_eq!(
            Retention::read(&json!({}), "DeletionPolicy", &section),
            Ok(Retention::Delete)
        );
    }
}
