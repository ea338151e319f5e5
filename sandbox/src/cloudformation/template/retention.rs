//! `DeletionPolicy` and `UpdateReplacePolicy`.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::path::Path;

/// What becomes of a resource when its stack has no more use for it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Retention {
    #[default]
    Delete,
    Retain,
    /// Deleted when the operation that made it is rolled back, kept otherwise.
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
