//! Names and ARNs of topics and subscriptions.

use super::fault::invalid;
use crate::arn::{self, Arn};
use crate::fault::Fault;

/// In characters. Source: the documentation of CreateTopic.
const LONGEST_NAME: usize = 256;

pub fn topic_arn(name: &str) -> String {
    arn::regional("sns", name)
}

/// The ARN of the subscription with this key.
pub fn subscription_arn(key: &str) -> String {
    arn::regional("sns", key)
}

/// The end of the names of FIFO topics and of FIFO queues.
pub const FIFO: &str = ".fifo";

/// The name, if a topic can have it: that of a FIFO topic ends with `.fifo`, and no other.
pub fn checked_name(name: &str, is_fifo: bool) -> Result<&str, Fault> {
    let stem = match is_fifo {
        true => name.strip_suffix(FIFO),
        false => Some(name),
    };
    let allowed = |c: char| c.is_ascii_alphanumeric() || "_-".contains(c);
    let is_right = stem.is_some_and(|stem| !stem.is_empty() && stem.chars().all(allowed));
    match is_right && name.len() <= LONGEST_NAME {
        true => Ok(name),
        false => Err(invalid("Topic Name")),
    }
}

/// The name of the topic in an ARN; `parameter` is what has it.
pub fn topic_name<'a>(parameter: &str, arn: &'a str) -> Result<&'a str, Fault> {
    let resource = resource(parameter, arn)?;
    match resource.contains([':', '/']) {
        true => Err(invalid(parameter)),
        false => Ok(resource),
    }
}

/// The key of the subscription with this ARN: the name of its topic and an id.
pub fn subscription_key(arn: &str) -> Result<&str, Fault> {
    const PARAMETER: &str = "SubscriptionArn";
    let resource = resource(PARAMETER, arn)?;
    match resource.split_once(':') {
        Some((topic, id)) if !topic.is_empty() && !id.is_empty() => Ok(resource),
        _ => {
            let reason = "An ARN must have at least 6 elements, not 6";
            Err(invalid(format!("{PARAMETER} Reason: {reason}")))
        }
    }
}

/// What the ARN is of in the sandbox's region and account.
fn resource<'a>(parameter: &str, text: &'a str) -> Result<&'a str, Fault> {
    let elements = text.split(':').count();
    if elements < 6 {
        let reason = format!("An ARN must have at least 6 elements, not {elements}");
        return Err(invalid(format!("{parameter} Reason: {reason}")));
    }
    let arn = Arn::parse(text).filter(|arn| arn.check_owner("sns").is_ok());
    match arn {
        Some(arn) if !arn.region.is_empty() => Ok(arn.resource),
        _ => Err(invalid(parameter)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_arns_are_those_of_topics_here() {
        assert_eq!(checked_name("a-B_1", false), Ok("a-B_1"));
        assert_eq!(checked_name("a.fifo", true), Ok("a.fifo"));
        let long = "x".repeat(257);
        for name in ["", "a b", "a.b", "a:b", "a.fifo", ".fifo", &long] {
            assert!(checked_name(name, false).is_err(), "{name}");
        }
        let long = format!("{}.fifo", "x".repeat(252));
        for name in ["", "a", ".fifo", "a.b.fifo", "a.FIFO", &long] {
            assert!(checked_name(name, true).is_err(), "{name}");
        }
        assert_eq!(topic_name("TopicArn", &topic_arn("a")), Ok("a"));
        assert_eq!(subscription_key(&subscription_arn("a:1")), Ok("a:1"));
        for arn in [
            "a",
            "arn:aws:sns:us-east-1:000000000000",
            "arn:aws:sns:us-east-1:000000000000:",
            "arn:aws:sns:us-east-1:111111111111:a",
            "arn:aws:sns:eu-west-1:000000000000:a",
            "arn:aws:sns::000000000000:a",
            "arn:aws:sqs:us-east-1:000000000000:a",
            "arn:aws:sns:us-east-1:000000000000:a:1",
        ] {
            assert!(topic_name("TopicArn", arn).is_err(), "{arn}");
        }
        assert!(subscription_key(&topic_arn("a")).is_err());
        let fault = topic_name("TopicArn", "a").expect_err("it is no ARN");
        let expected =
            "Invalid parameter: TopicArn Reason: An ARN must have at least 6 elements, not 1";
        assert_eq!(fault.message, expected);
    }
}
