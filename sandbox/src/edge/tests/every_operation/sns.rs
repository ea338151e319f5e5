//! SNS.

use serde_json::json;

use super::cases::{Case, case, on};

pub fn cases() -> Vec<Case> {
    const TOPIC: &str = "arn:aws:sns:us-east-1:000000000000:words";
    let service = "sns";
    let topic = json!({ "TopicArn": TOPIC });
    let of_topic = [
        "AddPermission",
        "ConfirmSubscription",
        "DeleteTopic",
        "GetTopicAttributes",
        "ListSubscriptionsByTopic",
        "Publish",
        "RemovePermission",
        "SetTopicAttributes",
        "Subscribe",
    ];
    let mut cases = on(service, TOPIC, &topic, &of_topic);
    let named = json!({ "Name": "words" });
    cases.extend(on(service, TOPIC, &named, &["CreateTopic"]));
    let publish = format!("sns:Publish {TOPIC}");
    let target = json!({ "TargetArn": TOPIC });
    cases.push(case(service, "Publish", target, &[&publish]));
    cases.push(case(service, "PublishBatch", topic, &[&publish]));
    let resource = json!({ "ResourceArn": TOPIC });
    let of_resource = ["ListTagsForResource", "TagResource", "UntagResource"];
    cases.extend(on(service, TOPIC, &resource, &of_resource));
    let of_anything = [
        "GetSubscriptionAttributes",
        "ListSubscriptions",
        "ListTopics",
        "SetSubscriptionAttributes",
        "Unsubscribe",
    ];
    cases.extend(on(service, "*", &json!({}), &of_anything));
    cases
}
