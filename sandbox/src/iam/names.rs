//! Names, paths and ARNs.

use crate::arn;
use crate::fault::Fault;
use crate::random::random_id;

/// In characters. Source: `roleNameType`, `policyNameType`, `userNameType` and `pathType` in IAM's API model.
pub const MAX_ROLE_NAME: usize = 64;
pub const MAX_POLICY_NAME: usize = 128;
pub const MAX_USER_NAME: usize = 64;
const MAX_PATH: usize = 512;
/// In characters. Source: `roleDescriptionType` there.
const MAX_DESCRIPTION: usize = 1_000;

/// `name`, if a role or policy can have it; `member` is the parameter that gave it.
pub fn check<'a>(member: &str, name: &'a str, max_length: usize) -> Result<&'a str, Fault> {
    let allowed = |c: char| c.is_ascii_alphanumeric() || "_+=,.@-".contains(c);
    if (1..=max_length).contains(&name.len()) && name.chars().all(allowed) {
        return Ok(name);
    }
    Err(validation_error(format!(
        "The specified value for {member} is invalid: {name}. It must have 1 to {max_length} \
         characters, and only those of the following: alphanumeric characters and +=,.@-_"
    )))
}

/// The path, by default `/`.
pub fn path(given: Option<String>) -> Result<String, Fault> {
    let path = given.unwrap_or_else(|| "/".to_owned());
    let slashed = path.starts_with('/') && path.ends_with('/');
    let visible = path.bytes().all(|byte| byte.is_ascii_graphic());
    if slashed && visible && path != "//" && path.len() <= MAX_PATH {
        Ok(path)
    } else {
        Err(validation_error(format!(
            "The specified value for path is invalid: {path}. It must begin and end with / and \
             contain only visible ASCII characters"
        )))
    }
}

/// What the paths in a list begin with, by default any. Source: `pathPrefixType` in IAM's API model.
pub fn path_prefix(given: Option<String>) -> Result<String, Fault> {
    let prefix = given.unwrap_or_default();
    let visible = prefix.bytes().all(|byte| byte.is_ascii_graphic());
    if prefix.is_empty() || (prefix.starts_with('/') && visible && prefix.len() <= MAX_PATH) {
        Ok(prefix)
    } else {
        Err(validation_error(format!(
            "The specified value for pathPrefix is invalid: {prefix}. It must begin with / and contain \
             only visible ASCII characters"
        )))
    }
}

/// Of a role or a managed policy; an empty one is none.
pub fn check_description(description: Option<String>) -> Result<Option<String>, Fault> {
    let description = description.filter(|text| !text.is_empty());
    match &description {
        Some(text) if text.chars().count() > MAX_DESCRIPTION => Err(validation_error(format!(
            "Description has more than {MAX_DESCRIPTION} characters"
        ))),
        Some(text) if !text.chars().all(is_in_description) => Err(validation_error(
            "Description has characters that are not allowed, such as control characters"
                .to_owned(),
        )),
        _ => Ok(description),
    }
}

/// Source: the pattern of `roleDescriptionType` in IAM's API model.
fn is_in_description(character: char) -> bool {
    matches!(character, '\t' | '\n' | '\r' | ' '..='~' | '\u{a1}'..='\u{ff}')
}

/// `Role` for `role`.
pub fn capitalised(word: &str) -> String {
    let (first, rest) = word.split_at(word.len().min(1));
    first.to_ascii_uppercase() + rest
}

pub fn validation_error(message: impl Into<String>) -> Fault {
    Fault::invalid("ValidationError", message)
}

pub fn arn(kind: &str, path: &str, name: &str) -> String {
    arn::global("iam", format!("{kind}{path}{name}"))
}

/// A new unique id; the prefix tells the kind of thing. Source: IAM's "Unique ID prefixes".
pub fn unique_id(prefix: &str) -> String {
    format!("{prefix}{}", random_id(17))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_paths_are_those_that_aws_accepts() {
        assert_eq!(check("roleName", "a-B_1+=,.@", 64), Ok("a-B_1+=,.@"));
        for name in ["", "a b", "a/b", "ä", &"a".repeat(65)] {
            assert!(check("roleName", name, 64).is_err(), "{name}");
        }
        let given = |text: &str| path(Some(text.to_owned()));
        assert_eq!(path(None), Ok("/".to_owned()));
        assert_eq!(given("/a/b/"), Ok("/a/b/".to_owned()));
        for text in ["", "a", "/a", "a/", "/ä/", "/ /", "//"] {
            assert!(given(text).is_err(), "{text}");
        }
        let prefix = |text: &str| path_prefix(Some(text.to_owned()));
        assert_eq!(path_prefix(None), Ok(String::new()));
        assert_eq!(prefix("/a"), Ok("/a".to_owned()));
        for text in ["a", "a/", "/ä", "/ "] {
            assert!(prefix(text).is_err(), "{text}");
        }
    }
}
