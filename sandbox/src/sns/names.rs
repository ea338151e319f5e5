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

/// The name, if a topic can have it.
pub fn checked_name(name: &str) -> Result<&str, Fault> {
    let is_fifo = name.ends_with(".fifo");
    if is_fifo {
        return Err(invalid(
            "Topic Name Reason: the sandbox does not support FIFO topics; use AWS, or a name without \
             .fifo",
        ));
    }
    let allowed = |c: char| c.is_ascii_alphanumeric() || "_-".contains(c);
    if (1..=LONGEST_NAME).contains(&name.len()) && name.chars().all(allowed) {
        Ok(name)
    } else {
        Err(invalid("Topic Name"))
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
        assert_eq!(checked_name("a-B_1"), Ok("a-B_1"));
        let long = "x".repeat(257);
        for name in ["", "a b", "a.b", "a:b", "a.fifo", &long] {
            assert!(checked_name(name).is_err(), "{name}");
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
