//! AWS::SNS.

mod subscription;
mod topic;
mod topic_policy;

use serde_json::{Value, json};

pub use subscription::Subscription;
pub use topic::Topic;
pub use topic_policy::TopicPolicy;

use super::{ask, list};
use crate::fault::Fault;
use crate::service::Service;

const MISSING: &str = "NotFound";

/// A map of a response.
fn by_name(answer: &Value, map: &str) -> serde_json::Map<String, Value> {
    let entries = list(&answer[map], "entry").iter();
    let entries = entries.filter_map(|entry| {
        let name = entry["key"].as_str()?;
        Some((name.to_owned(), entry["value"].clone()))
    });
    entries.collect()
}

async fn set_topic_attribute(
    sns: &dyn Service,
    topic: &Value,
    name: &str,
    value: &Value,
) -> Result<(), Fault> {
    let parameters = json!({
        "TopicArn": topic, "AttributeName": name, "AttributeValue": value,
    });
    ask(sns, "SetTopicAttributes", parameters).await.map(drop)
}

/// What lists have instead of the ARN of a subscription that nobody has confirmed.
const PENDING: &str = "PendingConfirmation";

/// The ARN of the subscription of an endpoint to a topic, if there is one that is confirmed.
async fn find_subscription(
    sns: &dyn Service,
    topic: &Value,
    protocol: &Value,
    endpoint: &Value,
) -> Result<Option<Value>, Fault> {
    let mut token = Value::Null;
    loop {
        let parameters = json!({ "TopicArn": topic, "NextToken": token });
        let answer = ask(sns, "ListSubscriptionsByTopic", parameters).await?;
        let mut found = list(&answer, "Subscriptions").iter();
        let found = found.find(|it| it["Protocol"] == *protocol && it["Endpoint"] == *endpoint);
        if let Some(found) = found {
            let arn = &found["SubscriptionArn"];
            return Ok((*arn != PENDING).then(|| arn.clone()));
        }
        token = answer["NextToken"].clone();
        if token.is_null() {
            return Ok(None);
        }
    }
}
