//! What is published about a post, and how a subscriber gets it.

use mafia_support::{Answer, Request};
use serde::{Deserialize, Serialize};

/// A post whose words are counted.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq, Serialize)]
pub struct Message {
    /// The same however often the message comes.
    pub id: String,
    pub text: String,
}

/// The messages in an event of SNS.
///
/// Source: Lambda developer guide, "Invoking Lambda functions with Amazon SNS notifications".
pub fn messages(request: &Request) -> Result<Vec<Message>, Answer> {
    let records = request.event()["Records"].as_array();
    let records = records.ok_or_else(|| Answer::refusal(400, "This is no event of SNS"))?;
    let read = records.iter().map(|record| {
        let text = record["Sns"]["Message"].as_str().unwrap_or_default();
        let message = serde_json::from_str(text);
        message.map_err(|error| {
            Answer::refusal(
                400,
                format!("The message is not one of word-count: {error}"),
            )
        })
    });
    read.collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_messages_of_an_event_are_read() {
        let message = Message {
            id: "1".to_owned(),
            text: "a b".to_owned(),
        };
        let text = serde_json::to_string(&message).expect("JSON");
        let event = json!({ "Records": [{ "Sns": { "Message": text } }] });
        let read = messages(&Request::new(event));
        assert_eq!(read.expect("an event"), [message]);
        for event in [
            json!({}),
            json!({ "Records": [{ "Sns": { "Message": "a" } }] }),
        ] {
            assert_eq!(
                messages(&Request::new(event)).expect_err("none").status,
                400
            );
        }
    }
}
