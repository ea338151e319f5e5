//! Names and ARNs of groups and streams.

use crate::arn::{self, Arn};
use crate::fault::Fault;

/// In characters. Source: `LogGroupName` and `LogStreamName` in the service's API model.
const MAX_LENGTH: usize = 512;

/// `name`, if a group can have it. Source: `LogGroupName` in the service's API model.
pub fn group(name: &str) -> Result<&str, Fault> {
    let allowed = |c: char| c.is_ascii_alphanumeric() || "._-/#".contains(c);
    check("logGroupName", name, r"[\.\-_/#A-Za-z0-9]+", allowed)
}

/// `name`, if a stream can have it. Source: `LogStreamName` there.
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
    } else if length > MAX_LENGTH {
        format!("Member must have length less than or equal to {MAX_LENGTH}")
    } else if !name.chars().all(allowed) {
        format!("Member must satisfy regular expression pattern: {pattern}")
    } else {
        return Ok(name);
    };
    Err(invalid_parameter(format!(
        "1 validation error detected: Value '{name}' at '{member}' failed to satisfy constraint: \
         {constraint}"
    )))
}

pub fn invalid_parameter(message: impl Into<String>) -> Fault {
    Fault::invalid("InvalidParameterException", message)
}

pub fn group_arn(name: &str) -> String {
    arn::regional("logs", format!("log-group:{name}"))
}

pub fn stream_arn(group: &str, stream: &str) -> String {
    format!("{}:log-stream:{stream}", group_arn(group))
}

/// The group's name in `logGroupIdentifier`: a name, or an ARN without `:*` at its end. Source:
/// `LogGroupIdentifier` in the service's API model.
pub fn group_of_identifier(text: &str) -> Result<&str, Fault> {
    if text.starts_with("arn:") {
        group(name_in_arn(text)?)
    } else {
        group(text)
    }
}

/// The group's name in `resourceArn`, which can end with `:*`.
pub fn group_of_arn(text: &str) -> Result<&str, Fault> {
    let name = name_in_arn(text)?;
    group(name.strip_suffix(":*").unwrap_or(name))
}

fn name_in_arn(text: &str) -> Result<&str, Fault> {
    let arn = Arn::parse(text).filter(|arn| arn.check_owner("logs").is_ok());
    let name = arn.and_then(|arn| arn.resource.strip_prefix("log-group:"));
    name.ok_or_else(|| {
        invalid_parameter(format!(
            "{text} is not a log group of this sandbox; their ARNs start with {}",
            group_arn("")
        ))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_those_that_aws_accepts() {
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
    fn identifiers_are_names_or_arns() {
        let arn = group_arn("/aws/lambda/f");
        assert_eq!(group_of_identifier(&arn), Ok("/aws/lambda/f"));
        let with_star = format!("{arn}:*");
        assert_eq!(group_of_arn(&with_star), Ok("/aws/lambda/f"));
        assert_eq!(group_of_arn(&arn), Ok("/aws/lambda/f"));
        assert!(group_of_identifier(&with_star).is_err());
        assert!(group_of_arn("plain").is_err());
        assert_eq!(group_of_identifier("plain"), Ok("plain"));
        assert!(group_of_identifier("arn:aws:logs:eu-west-1:000000000000:log-group:f").is_err());
        assert!(group_of_identifier("arn:").is_err());
    }
}
