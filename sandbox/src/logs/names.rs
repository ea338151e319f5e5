//! Names of groups and streams, and their ARNs.

use crate::fault::Fault;
use crate::{ACCOUNT, REGION};

const LONGEST: usize = 512;

/// `name`, if a group may have it. Source: the service's `LogGroupName` shape.
pub fn group(name: &str) -> Result<&str, Fault> {
    let allowed = |c: char| c.is_ascii_alphanumeric() || "._-/#".contains(c);
    check("logGroupName", name, r"[\.\-_/#A-Za-z0-9]+", allowed)
}

/// `name`, if a stream may have it. Source: the service's `LogStreamName` shape.
pub fn stream(name: &str) -> Result<&str, Fault> {
    check("logStreamName", name, "[^:*]*", |c| !":*".contains(c))
}

fn check<'a>(
    member: &str,
    name: &'a str,
    pattern: &str,
    allowed: impl Fn(char) -> bool,
) -> Result<&'a str, Fault> {
    let length = name.chars().count();
    let constraint = if length == 0 {
        "Member must have length greater than or equal to 1".to_owned()
    } else if length > LONGEST {
        format!("Member must have length less than or equal to {LONGEST}")
    } else if !name.chars().all(allowed) {
        format!("Member must satisfy regular expression pattern: {pattern}")
    } else {
        return Ok(name);
    };
    Err(invalid(format!(
        "1 validation error detected: Value '{name}' at '{member}' failed to satisfy constraint: \
         {constraint}"
    )))
}

pub fn invalid(message: impl Into<String>) -> Fault {
    Fault::invalid("InvalidParameterException", message)
}

pub fn group_arn(name: &str) -> String {
    format!("arn:aws:logs:{REGION}:{ACCOUNT}:log-group:{name}")
}

pub fn stream_arn(group: &str, stream: &str) -> String {
    format!("{}:log-stream:{stream}", group_arn(group))
}

/// The name of the group that an ARN stands for, with or without the `:*` that some ARNs end with; a
/// text that is no ARN is taken for the name.
pub fn group_of_arn(text: &str) -> Result<&str, Fault> {
    if !text.starts_with("arn:") {
        return group(text);
    }
    let name = text.splitn(7, ':').nth(6).unwrap_or_default();
    let ours = text.starts_with(&group_arn(""));
    if ours {
        group(name.strip_suffix(":*").unwrap_or(name))
    } else {
        Err(invalid(format!(
            "{text} is not a log group of this sandbox; their ARNs start with {}",
            group_arn("")
        )))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_those_that_aws_takes() {
        for name in ["/aws/lambda/game-01", "a", "A.b_c-d/e#1"] {
            assert_eq!(group(name), Ok(name));
        }
        let long = "a".repeat(513);
        for name in ["", "a b", "a:b", "ä", long.as_str()] {
            let refused = group(name).expect_err(name);
            assert_eq!(refused.code, "InvalidParameterException");
        }
        assert!(stream("2026/01/01/[$LATEST]ab").is_ok());
        assert!(stream("a:b").is_err());
        assert!(stream("*").is_err());
    }

    #[test]
    fn arns_stand_for_their_groups() {
        let arn = group_arn("/aws/lambda/f");
        assert_eq!(group_of_arn(&arn), Ok("/aws/lambda/f"));
        assert_eq!(group_of_arn(&format!("{arn}:*")), Ok("/aws/lambda/f"));
        assert_eq!(group_of_arn("plain"), Ok("plain"));
        assert!(group_of_arn("arn:aws:logs:eu-west-1:000000000000:log-group:f").is_err());
        assert!(group_of_arn("arn:").is_err());
    }
}
