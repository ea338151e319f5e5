//! What SNS says of topics and subscriptions.

use serde_json::{Map, Value, json};

use super::{Sandbox, ask};

impl Sandbox {
    /// All topics by name, each with its subscriptions.
    pub async fn topics(&self) -> Value {
        let mut topics = Map::new();
        let listed = ask(&*self.platform.sns, "ListTopics", json!({})).await;
        for topic in items(&listed.expect("listed")["Topics"]) {
            let arn = topic["TopicArn"].as_str().expect("an ARN");
            let topic = self.topic(arn).await;
            topics.insert(topic["Name"].as_str().expect("a name").to_owned(), topic);
        }
        Value::Object(topics)
    }

    pub async fn topic(&self, arn: &str) -> Value {
        let sns = &*self.platform.sns;
        let found = ask(sns, "GetTopicAttributes", json!({ "TopicArn": arn })).await;
        let mut topic = attributes(found.expect("it is there"));
        // It counts how often something was undone.
        topic["SubscriptionsDeleted"].take();
        topic["Name"] = json!(arn.rsplit(':').next());
        let policy = topic["Policy"].as_str().expect("a policy");
        topic["Policy"] = serde_json::from_str(policy).expect("JSON");
        let tags = ask(sns, "ListTagsForResource", json!({ "ResourceArn": arn })).await;
        topic["Tags"] = pairs(&tags.expect("listed")["Tags"], "Key", "Value");
        let listed = ask(sns, "ListSubscriptionsByTopic", json!({ "TopicArn": arn })).await;
        let listed = listed.expect("listed");
        topic["Subscribed"] = pairs(&listed["Subscriptions"], "Endpoint", "Protocol");
        topic
    }

    pub async fn subscription(&self, arn: &str) -> Value {
        let sns = &*self.platform.sns;
        let parameters = json!({ "SubscriptionArn": arn });
        let found = ask(sns, "GetSubscriptionAttributes", parameters).await;
        let mut subscription = attributes(found.expect("it is there"));
        for policy in ["DeliveryPolicy", "FilterPolicy", "RedrivePolicy"] {
            if let Some(text) = subscription[policy].as_str() {
                subscription[policy] = serde_json::from_str(text).expect("JSON");
            }
        }
        subscription
    }

    /// The policies of all topics, by their names.
    pub async fn policies_of_topics(&self) -> Value {
        let topics = self.topics().await;
        let topics = topics.as_object().expect("topics").iter();
        let policies = topics.map(|(name, topic)| (name.clone(), topic["Policy"].clone()));
        Value::Object(policies.collect())
    }
}

fn items(list: &Value) -> &[Value] {
    list.as_array().map_or(&[], Vec::as_slice)
}

fn attributes(answer: Value) -> Value {
    pairs(&answer["Attributes"]["entry"], "key", "value")
}

fn pairs(list: &Value, key: &str, value: &str) -> Value {
    let pairs = items(list).iter().map(|item| {
        let key = item[key].as_str().expect("a text").to_owned();
        (key, item[value].clone())
    });
    Value::Object(pairs.collect())
}
