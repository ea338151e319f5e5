//! What SNS's operations act on.
//!
//! Source: its page in the Service Authorization Reference.

use serde_json::Value;

use super::Sns;
use super::names::topic_arn;
use crate::authorise::{Access, text};

type Accesses = Vec<Access>;

pub fn topic(_: &Sns, action: &'static str, parameters: &Value) -> Accesses {
    vec![Access::new(action, text(parameters, "TopicArn"))]
}

pub fn new_topic(_: &Sns, action: &'static str, parameters: &Value) -> Accesses {
    let mut accesses = vec![Access::new(action, topic_arn(text(parameters, "Name")))];
    if parameters["Tags"]
        .as_array()
        .is_some_and(|tags| !tags.is_empty())
    {
        let arn = accesses[0].resource.clone();
        accesses.push(Access::new("sns:TagResource", arn));
    }
    accesses
}

/// What is published to.
pub fn target(_: &Sns, action: &'static str, parameters: &Value) -> Accesses {
    let arn = match text(parameters, "TopicArn") {
        "" => text(parameters, "TargetArn"),
        arn => arn,
    };
    vec![Access::new(action, arn)]
}

pub fn subscribed(_: &Sns, action: &'static str, parameters: &Value) -> Accesses {
    let access = Access::new(action, text(parameters, "TopicArn"));
    let access = access.with("sns:Endpoint", parameters["Endpoint"].as_str());
    vec![access.with("sns:Protocol", parameters["Protocol"].as_str())]
}

/// Of the operations on tags.
pub fn resource(_: &Sns, action: &'static str, parameters: &Value) -> Accesses {
    vec![Access::new(action, text(parameters, "ResourceArn"))]
}

pub fn any(_: &Sns, action: &'static str, _: &Value) -> Accesses {
    vec![Access::any(action)]
}
