//! Tags as IAM's requests and responses have them.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::fault::Fault;
use crate::tags::{self, Tags, Unfit};

#[derive(Debug, Deserialize, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Tag {
    pub key: String,
    value: String,
}

/// Adds the new tags to `tags`, in place of those whose keys differ only in case. Fails with
/// `InvalidInput` or `LimitExceeded` where IAM does not take them.
pub fn merge(mut tags: Tags, new: Vec<Tag>) -> Result<Tags, Fault> {
    let keys: BTreeSet<String> = new.iter().map(|tag| tag.key.to_lowercase()).collect();
    if keys.len() < new.len() {
        let message = "Duplicate tag keys found. Please note that Tag keys are case insensitive.";
        return Err(Fault::invalid("InvalidInput", message));
    }
    tags.retain(|key, _| !keys.contains(&key.to_lowercase()));
    tags.extend(new.into_iter().map(|tag| (tag.key, tag.value)));
    match tags::check(&tags) {
        Ok(()) => Ok(tags),
        Err(unfit @ Unfit::Tag(_)) => Err(Fault::invalid("InvalidInput", unfit.to_string())),
        Err(unfit @ Unfit::TooMany(_)) => Err(Fault::conflict("LimitExceeded", unfit.to_string())),
    }
}

/// The tags as a list of keys and values.
pub fn to_list(tags: &Tags) -> Vec<Tag> {
    let tag = |(key, value): (&String, &String)| Tag {
        key: key.clone(),
        value: value.clone(),
    };
    tags.iter().map(tag).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn new_tags_replace_those_with_the_same_key_and_have_one_value() {
        let tag = |key: &str, value: &str| Tag {
            key: key.to_owned(),
            value: value.to_owned(),
        };
        let tags = merge(Tags::new(), vec![tag("a", "1"), tag("b", "1")]).expect("two tags");
        let tags = merge(tags, vec![tag("a", "2")]).expect("two tags");
        assert_eq!(tags["a"], "2");
        let tags = merge(tags, vec![tag("A", "3")]).expect("two tags");
        assert_eq!(tags.into_keys().collect::<Vec<_>>(), ["A", "b"]);
        let twice = merge(Tags::new(), vec![tag("a", "1"), tag("a", "2")]).expect_err("twice");
        assert_eq!(twice.code, "InvalidInput");
    }
}
