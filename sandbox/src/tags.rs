//! What tags may be: the same in all services.

use std::collections::BTreeMap;

/// On one resource. (Objects of S3 have fewer.)
pub const MOST: usize = 50;
const LONGEST_KEY: usize = 128;
const LONGEST_VALUE: usize = 256;

pub type Tags = BTreeMap<String, String>;

/// Why a resource cannot have tags. Each service has a code of its own for either.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unfit {
    #[error("at most {MOST} tags are allowed, and this would make {0}")]
    TooMany(usize),
    #[error(
        "the tag {0} is not valid: a key must have 1 to {LONGEST_KEY} characters, and a value at \
         most {LONGEST_VALUE}"
    )]
    Tag(String),
}

pub fn check(tags: &Tags) -> Result<(), Unfit> {
    if let Some((key, _)) = tags.iter().find(|(key, value)| !fit(key, value)) {
        return Err(Unfit::Tag(key.clone()));
    }
    match tags.len() {
        0..=MOST => Ok(()),
        count => Err(Unfit::TooMany(count)),
    }
}

pub fn fit(key: &str, value: &str) -> bool {
    (1..=LONGEST_KEY).contains(&key.chars().count()) && value.chars().count() <= LONGEST_VALUE
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_are_few_and_short() {
        let tags = |key: &str, value: &str| Tags::from([(key.to_owned(), value.to_owned())]);
        assert_eq!(check(&tags(&"ä".repeat(128), &"ä".repeat(256))), Ok(()));
        for (key, value) in [("", ""), (&*"a".repeat(129), ""), ("a", &*"a".repeat(257))] {
            assert_eq!(check(&tags(key, value)), Err(Unfit::Tag(key.to_owned())));
        }
        let many = |count: usize| (0..count).map(|tag| (tag.to_string(), String::new()));
        assert_eq!(check(&many(MOST).collect()), Ok(()));
        assert_eq!(check(&many(51).collect()), Err(Unfit::TooMany(51)));
    }
}
