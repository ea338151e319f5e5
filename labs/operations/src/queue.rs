//! Messages of queues in the event that Lambda makes of them, and the report of those that have failed.
//!
//! Source: "Using Lambda with Amazon SQS" in Lambda's developer guide.

use mafia_support::{Answer, Request};
use serde_json::{Value, json};

/// A message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    pub id: String,
    pub body: String,
    /// The name of the queue that it comes from.
    pub queue: String,
}

/// The messages in an event of SQS.
pub fn messages(request: &Request) -> Result<Vec<Message>, Answer> {
    let records = request.event()["Records"].as_array();
    let records = records.ok_or_else(|| Answer::refusal(400, "This is no event of SQS"))?;
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let message = |record: &Value| Message {
        id: text(&record["messageId"]),
        body: text(&record["body"]),
        queue: text(&record["eventSourceARN"])
            .rsplit(':')
            .next()
            .unwrap_or_default()
            .to_owned(),
    };
    Ok(records.iter().map(message).collect())
}

/// What a function answers so that SQS keeps these messages, and deletes the rest of the batch.
pub fn report(failed: impl IntoIterator<Item = String>) -> Answer {
    let items = failed.into_iter().map(|id| json!({ "itemIdentifier": id }));
    Answer::body(json!({ "batchItemFailures": items.collect::<Vec<_>>() }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_say_where_they_come_from() {
        let event = json!({ "Records": [{ "messageId": "1", "body": "b",
            "eventSourceARN": "arn:aws:sqs:us-east-1:000000000000:jobs" }] });
        let read = messages(&Request::new(event)).expect("an event");
        assert_eq!(
            read,
            [Message {
                id: "1".to_owned(),
                body: "b".to_owned(),
                queue: "jobs".to_owned(),
            }]
        );
        let refused = messages(&Request::new(json!({}))).expect_err("none");
        assert_eq!(refused.status, 400);
        assert_eq!(
            report(["1".to_owned()]).body,
            json!({ "batchItemFailures": [{ "itemIdentifier": "1" }] })
        );
    }
}
