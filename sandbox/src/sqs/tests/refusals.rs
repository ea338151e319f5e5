//! What is refused, and in which words.

use serde_json::json;

use super::world::{World, refusal};

#[tokio::test]
async fn requests_that_no_queue_can_answer_are_refused() {
    let world = World::new();
    world
        .create("jobs", json!({ "MaximumMessageSize": "1024" }))
        .await;
    let long = "x".repeat(1025);
    let many: Vec<_> = (0..11)
        .map(|id| json!({ "Id": id.to_string(), "MessageBody": "x" }))
        .collect();
    let large: Vec<_> = (0..2)
        .map(|id| json!({ "Id": id.to_string(), "MessageBody": "x".repeat(600_000) }))
        .collect();
    for (operation, request, code) in [
        (
            "SendMessage",
            json!({}),
            "MissingRequiredParameterException",
        ),
        (
            "SendMessage",
            json!({ "MessageBody": long }),
            "InvalidParameterValueException",
        ),
        (
            "SendMessage",
            json!({ "MessageBody": "\u{0}" }),
            "InvalidMessageContents",
        ),
        (
            "SendMessage",
            json!({ "MessageBody": "x", "DelaySeconds": -1 }),
            "InvalidParameterValueException",
        ),
        ("SendMessageBatch", json!({}), "EmptyBatchRequest"),
        (
            "SendMessageBatch",
            json!({ "Entries": many }),
            "TooManyEntriesInBatchRequest",
        ),
        (
            "SendMessageBatch",
            json!({ "Entries": large }),
            "BatchRequestTooLong",
        ),
        (
            "ReceiveMessage",
            json!({ "MaxNumberOfMessages": 11 }),
            "InvalidParameterValueException",
        ),
        (
            "ReceiveMessage",
            json!({ "MaxNumberOfMessages": 0 }),
            "InvalidParameterValueException",
        ),
        (
            "ReceiveMessage",
            json!({ "WaitTimeSeconds": 21 }),
            "InvalidParameterValueException",
        ),
        (
            "ReceiveMessage",
            json!({ "VisibilityTimeout": 43_201 }),
            "InvalidParameterValueException",
        ),
        (
            "ReceiveMessage",
            json!({ "ReceiveRequestAttemptId": "a" }),
            "InvalidParameterValueException",
        ),
        (
            "DeleteMessage",
            json!({}),
            "MissingRequiredParameterException",
        ),
        (
            "DeleteMessage",
            json!({ "ReceiptHandle": "x" }),
            "ReceiptHandleIsInvalid",
        ),
        (
            "ChangeMessageVisibility",
            json!({ "ReceiptHandle": "x" }),
            "MissingRequiredParameterException",
        ),
        (
            "GetQueueAttributes",
            json!({ "AttributeNames": ["Color"] }),
            "InvalidAttributeName",
        ),
        (
            "SetQueueAttributes",
            json!({ "Attributes": { "FifoQueue": "true" } }),
            "InvalidAttributeName",
        ),
        (
            "TagQueue",
            json!({ "Tags": { "": "x" } }),
            "InvalidParameterValueException",
        ),
        (
            "AddPermission",
            json!({ "Label": "a", "AWSAccountIds": ["1"], "Actions": ["*"] }),
            "InvalidParameterValueException",
        ),
        (
            "AddPermission",
            json!({ "Label": "a", "AWSAccountIds": ["111111111111"], "Actions": ["Fly"] }),
            "InvalidParameterValueException",
        ),
        (
            "RemovePermission",
            json!({ "Label": "a" }),
            "InvalidParameterValueException",
        ),
    ] {
        let refused = refusal(world.try_on("jobs", operation, request).await);
        assert_eq!(refused.code, code, "{operation}: {refused}");
    }
    for (name, attributes) in [
        ("", json!({})),
        ("a b", json!({})),
        ("a.fifo", json!({})),
        ("a", json!({ "FifoQueue": "true" })),
        ("a", json!({ "FifoQueue": "false" })),
    ] {
        let create = json!({ "QueueName": name, "Attributes": attributes });
        refusal(world.ask("CreateQueue", create).await);
    }
    for operation in [
        "SendMessage",
        "ReceiveMessage",
        "DeleteQueue",
        "PurgeQueue",
        "ListQueueTags",
    ] {
        let request = json!({ "MessageBody": "x" });
        let request = if operation == "SendMessage" {
            request
        } else {
            json!({})
        };
        let refused = refusal(world.try_on("none", operation, request).await);
        assert_eq!(refused.code, "QueueDoesNotExist", "{operation}");
        let refused = refusal(world.ask(operation, json!({})).await);
        assert_eq!(
            refused.message,
            "The request must contain the parameter QueueUrl."
        );
    }
}
