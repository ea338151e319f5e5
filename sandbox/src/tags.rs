//! What tags may be: the same in all services. Source: "Tag naming limits and requirements" in the user
//! guide of AWS's tag editor.

use std::collections::BTreeMap;

use serde_json::Value;

/// On one resource. (Objects of S3 have fewer.)
pub const MOST: usize = 50;
const LONGEST_KEY: usize = 128;
const LONGEST_VALUE: usize = 256;
/// Begins the keys of tags that only AWS's services set, in any case.
const RESERVED: &str = "aws:";
/// The members of requests that hold tags or their keys.
const MEMBERS: [&str; 4] = ["Tags", "tags", "TagKeys", "tagKeys"];

pub type Tags = BTreeMap<String, String>;

/// Why a resource cannot have tags. Each service has a code of its own for each.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unfit {
    #[error("at most {MOST} tags are allowed, and this would make {0}")]
    TooMany(usize),
    #[error(
        "the tag {0:?} is not valid: a key must have 1 to {LONGEST_KEY} characters, and a value at \
         most {LONGEST_VALUE}: letters, numbers, spaces and _.:/=+-@"
    )]
    Tag(String),
}

pub fn check(tags: &Tags) -> Result<(), Unfit> {
    let fit = |key: &str, value: &str| {
        fit_length(key, value) && key.chars().chain(value.chars()).all(is_in_tag)
    };
    if let Some((key, _)) = tags.iter().find(|(key, value)| !fit(key, value)) {
        return Err(Unfit::Tag(key.clone()));
    }
    match tags.len() {
        0..=MOST => Ok(()),
        count => Err(Unfit::TooMany(count)),
    }
}

pub fn fit_length(key: &str, value: &str) -> bool {
    (1..=LONGEST_KEY).contains(&key.chars().count()) && value.chars().count() <= LONGEST_VALUE
}

fn is_in_tag(character: char) -> bool {
    let is_space = character.is_whitespace() && !character.is_control();
    character.is_alphanumeric() || is_space || "_.:/=+-@".contains(character)
}

pub fn is_reserved(key: &str) -> bool {
    let begin = key.get(..RESERVED.len());
    begin.is_some_and(|begin| begin.eq_ignore_ascii_case(RESERVED))
}

/// The first key in the tags of a client's request that only AWS's services may set or remove.
pub fn reserved_key(parameters: &Value) -> Option<&str> {
    let given = MEMBERS.iter().filter_map(|member| parameters.get(member));
    let mut keys = given.flat_map(|tags| -> Vec<&str> {
        let of_item = |item| Value::as_str(item).or_else(|| item.get("Key")?.as_str());
        match tags {
            Value::Array(items) => items.iter().filter_map(of_item).collect(),
            Value::Object(tags) => tags.keys().map(String::as_str).collect(),
            _ => Vec::new(),
        }
    });
    keys.find(|key| is_reserved(key))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn tags_are_few_and_short() {
        let tags = |key: &str, value: &str| Tags::from([(key.to_owned(), value.to_owned())]);
        assert_eq!(check(&tags(&"ä".repeat(128), &"ä".repeat(256))), Ok(()));
        for (key, value) in [
            ("", ""),
            (&*"a".repeat(129), ""),
            ("a", &*"a".repeat(257)),
            ("a\u{1b}[31m", ""),
            ("a", "\n"),
            ("a", "b<"),
        ] {
            assert_eq!(check(&tags(key, value)), Err(Unfit::Tag(key.to_owned())));
        }
        assert_eq!(check(&tags("mafia:owner é", "a.b_c:/=+-@ 1")), Ok(()));
        let many = |count: usize| (0..count).map(|tag| (tag.to_string(), String::new()));
        assert_eq!(check(&many(MOST).collect()), Ok(()));
        assert_eq!(check(&many(51).collect()), Err(Unfit::TooMany(51)));
    }

    #[test]
    fn keys_of_aws_are_found_in_each_form_of_tags() {
        for reserved in [
            json!({ "Tags": [{ "Key": "a" }, { "Key": "aws:a", "Value": "" }] }),
            json!({ "Tags": { "AWS:a": "" } }),
            json!({ "tags": { "b": "", "aws:": "" } }),
            json!({ "TagKeys": ["a", "Aws:a"] }),
            json!({ "tagKeys": ["aws:a"] }),
            json!({ "tags": ["aws:a"] }),
        ] {
            assert!(reserved_key(&reserved).is_some(), "{reserved}");
        }
        for free in [
            json!({ "Tags": [{ "Key": "a", "Value": "aws:" }, {}, 1], "Other": ["aws:"] }),
            json!({ "Tags": { "aws": "", "é": "", "é:aé": "" } }),
            json!({ "Tags": "" }),
            json!(null),
        ] {
            assert_eq!(reserved_key(&free), None, "{free}");
        }
    }
}
