use serde_json::json;

use super::*;
use crate::cloud::{Cloud, QueueMessage};

const QUEUE: &str = "http://script/000000000000/jobs";

#[tokio::test]
async fn a_message_is_sent_received_and_deleted() {
    let (cloud, requests) = Cloud::answering([
        json(&json!({ "MessageId": "1", "MD5OfMessageBody": "5d41402abc4b2a76b9719d911017c592" })),
        json(
            &json!({ "Messages": [{ "MessageId": "1", "ReceiptHandle": "r", "Body": "hello",
            "MD5OfBody": "5d41402abc4b2a76b9719d911017c592" }] }),
        ),
        json(&json!({})),
        json(&json!({})),
        refused_in_json(400, "com.amazonaws.sqs#QueueDoesNotExist"),
    ]);
    cloud
        .send_message(QUEUE, "hello")
        .await
        .expect("no failure");
    let received = cloud.messages(QUEUE).await.expect("no failure");
    let message = QueueMessage {
        body: "hello".to_owned(),
        receipt: "r".to_owned(),
    };
    assert_eq!(received, std::slice::from_ref(&message));
    let deleted = cloud.delete_message(QUEUE, &message).await;
    deleted.expect("no failure");
    assert_eq!(cloud.messages(QUEUE).await.expect("no failure"), []);
    let refused = cloud.send_message(QUEUE, "hello").await;
    assert_refused(refused, "QueueDoesNotExist");
    let requests = sent(&requests);
    assert_has(
        &requests[0],
        &["\"QueueUrl\":\"http://script/000000000000/jobs\"", "hello"],
        &[],
    );
    assert_has(&requests[1], &["\"WaitTimeSeconds\":5"], &[]);
    assert_has(&requests[2], &["\"ReceiptHandle\":\"r\""], &[]);
}
