//! Whose a stack is: who deploys it, and from which workshop folder. Pure.

use crate::cloud::Caller;
use crate::names::is_folder_id;

/// Whoever works on stacks: an identity, and the workshop folder that it works in.
///
/// Several people can share an identity, or the user name that a stack's default name has. Only together
/// with the folder it says who somebody is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Owner {
    /// Empty if it is not known.
    principal: String,
    /// The id of the workshop folder; `None` outside of one.
    folder: Option<String>,
    /// The stack that the line from the instructor names, or else the option.
    given: Option<String>,
}

/// The part of a principal's name from its session's name on changes: it has a time or a random id.
const SHORTEST_CHANGING_NUMBER: usize = 9;

impl Owner {
    pub fn new(caller: Option<&Caller>, folder: Option<String>) -> Self {
        let principal = caller.map_or("", Caller::principal);
        Self {
            principal: tag_value(steady(principal)),
            folder,
            given: None,
        }
    }

    /// The same, with the name of the stack that was given: a student of a class works on that one from any
    /// folder and as anybody.
    pub fn given(mut self, stack: Option<String>) -> Self {
        self.given = stack;
        self
    }

    /// Whether the stack of this name was given, and does not only have the default name.
    pub fn is_given(&self, stack: &str) -> bool {
        self.given.as_deref() == Some(stack)
    }

    /// The value of the tag on the stacks of this owner.
    pub fn tag(&self) -> String {
        match &self.folder {
            Some(folder) => format!("{}@{folder}", self.principal),
            None => self.principal.clone(),
        }
    }

    /// Whether a stack with this tag may be this owner's. What is not known does not count.
    pub fn may_own(&self, tag: &str) -> bool {
        let (principal, folder) = parts(tag);
        let is_other = |folder: &str| self.folder.as_ref().is_some_and(|ours| ours != folder);
        let unknown = principal.is_empty() || self.principal.is_empty();
        (unknown || principal == self.principal) && !folder.is_some_and(is_other)
    }

    /// In words, whose a stack with this tag is, and how this owner is another.
    pub fn difference(&self, tag: &str) -> String {
        let (principal, folder) = parts(tag);
        let whose = if principal.is_empty() {
            "somebody"
        } else {
            principal
        };
        match (folder, &self.folder) {
            (None, _) => whose.to_owned(),
            (Some(folder), Some(ours)) if principal == self.principal => format!(
                "{whose} in another workshop folder, with the id {folder} (this one has the id {ours})"
            ),
            (Some(folder), _) => format!("{whose} in the workshop folder with the id {folder}"),
        }
    }
}

/// The principal, and the id of the workshop folder.
fn parts(tag: &str) -> (&str, Option<&str>) {
    match tag.rsplit_once('@') {
        Some((principal, folder)) if is_folder_id(folder) => (principal, Some(folder)),
        _ => (tag, None),
    }
}

/// The principal without the name of its session, if that is another one each time:
/// `assumed-role/Student` of `assumed-role/Student/botocore-session-1764165600`.
fn steady(principal: &str) -> &str {
    let [kind, _, session] = principal.splitn(3, '/').collect::<Vec<_>>()[..] else {
        return principal;
    };
    if kind == "assumed-role" && (has_long_number(session) || has_uuid(session)) {
        &principal[..principal.len() - session.len() - 1]
    } else {
        principal
    }
}

fn has_long_number(session: &str) -> bool {
    let mut numbers = session.split(|c: char| !c.is_ascii_digit());
    numbers.any(|number| number.len() >= SHORTEST_CHANGING_NUMBER)
}

fn has_uuid(session: &str) -> bool {
    let parts: Vec<usize> = session
        .split('-')
        .map(|part| {
            if part.bytes().all(|b| b.is_ascii_hexdigit()) {
                part.len()
            } else {
                0
            }
        })
        .collect();
    parts.windows(5).any(|lengths| lengths == [8, 4, 4, 4, 12])
}

/// `text` with only the characters that the value of a tag can have.
///
/// Source: "Tag" in the API references of the services.
fn tag_value(text: &str) -> String {
    text.replace(
        |c: char| !c.is_ascii_alphanumeric() && !"+-=._:/@ ".contains(c),
        "-",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn owner(arn: &str, folder: Option<&str>) -> Owner {
        let caller = Caller {
            account: "1".to_owned(),
            arn: arn.to_owned(),
        };
        Owner::new(Some(&caller), folder.map(str::to_owned))
    }

    #[test]
    fn a_session_that_changes_is_no_part_of_the_owner() {
        for (arn, tag) in [
            ("arn:aws:iam::1:user/ann", "user/ann"),
            ("arn:aws:iam::1:user/team,a/ann", "user/team-a/ann"),
            ("arn:aws:iam::1:root", "root"),
            (
                "arn:aws:sts::1:assumed-role/Student/ann@example.org",
                "assumed-role/Student/ann@example.org",
            ),
            (
                "arn:aws:sts::1:assumed-role/Student/botocore-session-1764165600",
                "assumed-role/Student",
            ),
            (
                "arn:aws:sts::1:assumed-role/Build/AWSCodeBuild-0f0e0d0c-1111-2222-3333-444455556666",
                "assumed-role/Build",
            ),
            ("arn:aws:sts::1:federated-user/ann", "federated-user/ann"),
        ] {
            assert_eq!(owner(arn, None).tag(), tag);
        }
    }

    #[test]
    fn a_stack_is_a_strangers_if_identity_or_folder_are_known_to_be_others() {
        let ann = "arn:aws:iam::1:user/ann";
        let (here, there) = (Some("0a1b2c3d"), Some("ffffffff"));
        let tag = owner(ann, here).tag();
        for (other, folder, may) in [
            (ann, here, true),
            (ann, there, false),
            (ann, None, true),
            ("arn:aws:iam::1:user/ben", here, false),
            ("arn:aws:iam::1:user/ben", None, false),
        ] {
            assert_eq!(
                owner(other, folder).may_own(&tag),
                may,
                "{other} {folder:?}"
            );
        }
        assert!(owner(ann, here).may_own(&owner(ann, None).tag()));
        let nameless = |folder: Option<&str>| Owner::new(None, folder.map(str::to_owned));
        assert!(nameless(here).may_own(&tag) && !nameless(there).may_own(&tag));
        assert!(owner(ann, here).may_own(&nameless(here).tag()));
        assert!(!owner(ann, here).may_own(&nameless(there).tag()));
        let mail = "arn:aws:sts::1:assumed-role/Student/ann@example.org";
        assert!(owner(mail, here).may_own(&owner(mail, here).tag()));
        assert!(owner(mail, here).may_own(&owner(mail, None).tag()));
    }

    #[test]
    fn how_another_owner_differs_is_said() {
        let ann = owner("arn:aws:iam::1:user/ann", Some("0a1b2c3d"));
        for (tag, words) in [
            ("user/ben", "user/ben"),
            (
                "user/ben@11223344",
                "user/ben in the workshop folder with the id 11223344",
            ),
            (
                "user/ann@11223344",
                "user/ann in another workshop folder, with the id 11223344 (this one has the id \
                 0a1b2c3d)",
            ),
            (
                "@11223344",
                "somebody in the workshop folder with the id 11223344",
            ),
        ] {
            assert!(!ann.may_own(tag), "{tag}");
            assert_eq!(ann.difference(tag), words);
        }
    }
}
