//! What tags of buckets and objects can be. Source: "Categorizing your objects using tags" in S3's
//! user guide, and "Using cost allocation S3 bucket tags".

use std::collections::BTreeSet;

use s3s::dto::Tag;

use super::errors::invalid_argument;
use crate::fault::Fault;
use crate::tags::{Unfit, fit_length, is_reserved};

/// Of an object. Buckets can have as many as other resources.
pub const MAX_OBJECT_TAGS: usize = 10;

/// Checks keys and values, and that no key is given twice. Fails with `InvalidTag`.
pub fn check<'a>(tags: impl Iterator<Item = (&'a str, &'a str)>) -> Result<(), Fault> {
    let invalid = |message: String| Err(Fault::invalid("InvalidTag", message));
    let mut keys = BTreeSet::new();
    for (key, value) in tags {
        if !fit_length(key, value) || key.chars().chain(value.chars()).any(char::is_control) {
            return invalid(Unfit::Tag(key.to_owned()).to_string());
        }
        if is_reserved(key) {
            return invalid(format!(
                "Your TagKey cannot be prefixed with aws: {key} is reserved for AWS"
            ));
        }
        if !keys.insert(key) {
            return invalid("Cannot provide multiple Tags with the same key".to_owned());
        }
    }
    Ok(())
}

/// The tags of an object, checked and sorted.
pub fn of_object(mut tags: Vec<(String, String)>) -> Result<Vec<(String, String)>, Fault> {
    if tags.len() > MAX_OBJECT_TAGS {
        let message = format!("Object tags cannot be greater than {MAX_OBJECT_TAGS}");
        return Err(Fault::invalid("BadRequest", message));
    }
    check(tags.iter().map(|(key, value)| (&**key, &**value)))?;
    tags.sort();
    Ok(tags)
}

/// Tags in the form `a=1&b=2`, as the header `x-amz-tagging` has them.
pub fn parse_header(value: &str) -> Result<Vec<(String, String)>, Fault> {
    let tags: Vec<(String, String)> = form_urlencoded::parse(value.as_bytes())
        .into_owned()
        .collect();
    let keys: BTreeSet<&String> = tags.iter().map(|(key, _)| key).collect();
    let several_values = value.split('&').any(|pair| pair.matches('=').count() > 1);
    if keys.len() < tags.len() || several_values {
        return Err(invalid_argument(
            "The header 'x-amz-tagging' shall be encoded as UTF-8 then URLEncoded URL query \
             parameters without tag name duplicates.",
        ));
    }
    of_object(tags)
}

pub fn from_dto(tags: Vec<Tag>) -> Vec<(String, String)> {
    let pair = |tag: Tag| (tag.key.unwrap_or_default(), tag.value.unwrap_or_default());
    tags.into_iter().map(pair).collect()
}

pub fn to_dto(tags: &[(String, String)]) -> Vec<Tag> {
    tags.iter()
        .map(|(key, value)| Tag {
            key: Some(key.clone()),
            value: Some(value.clone()),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_have_few_tags_with_one_value_each() {
        let parse = |header: &str| parse_header(header).map_err(|fault| fault.code);
        let pair = |key: &str, value: &str| (key.to_owned(), value.to_owned());
        let failed = |code: &str| Err(code.to_owned());
        assert_eq!(parse("b=2&a=%26"), Ok(vec![pair("a", "&"), pair("b", "2")]));
        assert_eq!(parse("a=%3D&b="), Ok(vec![pair("a", "="), pair("b", "")]));
        assert_eq!(parse(""), Ok(vec![]));
        assert_eq!(parse("a=1&a=2"), failed("InvalidArgument"));
        assert_eq!(parse("a=1,b=2"), failed("InvalidArgument"));
        assert_eq!(parse("=2"), failed("InvalidTag"));
        assert_eq!(parse("aws:a=2"), failed("InvalidTag"));
        assert_eq!(parse("AWS:a=2"), failed("InvalidTag"));
        let many: Vec<String> = (0..11).map(|n| format!("k{n}=v")).collect();
        assert_eq!(parse(&many.join("&")), failed("BadRequest"));
    }

    #[test]
    fn a_key_has_one_value() {
        let tags = |keys: &[&str]| {
            keys.iter()
                .map(|key| ((*key).to_owned(), String::new()))
                .collect()
        };
        assert!(of_object(tags(&["b", "a"])).is_ok());
        let twice = of_object(tags(&["a", "a"])).expect_err("twice");
        assert_eq!(twice.code, "InvalidTag");
    }
}
