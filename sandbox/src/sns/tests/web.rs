//! Subscriptions of web servers.

use serde_json::{Value, json};

use super::web_server::WebServer;
use super::world::{World, queue_arn};
use crate::service::Unsigned;
use crate::sns::names::topic_arn;
use crate::timer::Timed;

const DAY: i64 = 24 * 60 * 60 * 1000;

impl World {
    /// Subscribes a web server that has confirmed it: its ARN.
    async fn web_server(&self, server: &mut WebServer, attributes: Value) -> String {
        self.subscribe("http", &server.url, attributes).await;
        let link = server.next().await.member("SubscribeURL");
        let (status, answer) = self.follow(&link).await;
        assert_eq!(status, 200, "{answer}");
        let (_, arn) = answer.split_once("<SubscriptionArn>").expect("an ARN");
        arn.split('<').next().expect("an ARN").to_owned()
    }

    async fn listed(&self) -> Value {
        let arn = json!({ "TopicArn": topic_arn("words") });
        self.call("ListSubscriptionsByTopic", arn).await["Subscriptions"].take()
    }
}

#[tokio::test]
async fn a_web_server_gets_nothing_before_it_confirms_and_then_all() {
    let world = World::open().await;
    world.topic().await;
    let mut server = WebServer::start().await;
    let answer = world.subscribe("http", &server.url, json!({})).await;
    assert_eq!(answer, "pending confirmation");
    let asked = server.next().await;
    let topic = topic_arn("words");
    for (name, value) in [
        ("x-amz-sns-message-type", "SubscriptionConfirmation"),
        ("x-amz-sns-topic-arn", &*topic),
        ("content-type", "text/plain; charset=UTF-8"),
        ("user-agent", "Amazon Simple Notification Service Agent"),
    ] {
        assert_eq!(asked.header(name), Some(value), "{name}");
    }
    assert_eq!(asked.header("x-amz-sns-subscription-arn"), None);
    assert_eq!(
        asked.header("x-amz-sns-message-id"),
        Some(&*asked.member("MessageId"))
    );
    let listed = world.listed().await;
    assert_eq!(listed[0]["SubscriptionArn"], "PendingConfirmation");
    let shown = world.topic_attributes().await;
    assert_eq!(
        (
            &shown["SubscriptionsPending"],
            &shown["SubscriptionsConfirmed"]
        ),
        (&json!("1"), &json!("0"))
    );
    world.publish(json!({ "Message": "too early" })).await;
    world.taken().await;

    // Whoever subscribes it again asks again, and the ARN is told if it is asked for.
    let again = json!({ "TopicArn": topic, "Protocol": "http", "Endpoint": server.url,
        "ReturnSubscriptionArn": true });
    let arn = world.call("Subscribe", again).await["SubscriptionArn"].take();
    let arn = arn.as_str().expect("an ARN");
    assert_eq!(
        world.subscription_attributes(arn).await["PendingConfirmation"],
        "true"
    );
    let old = json!({ "TopicArn": topic, "Token": asked.member("Token") });
    let refused = world.refused("ConfirmSubscription", old).await;
    assert_eq!(refused.message, "Invalid parameter: Token");
    let asked = server.next().await;
    let (status, _) = world.follow(&asked.member("SubscribeURL")).await;
    assert_eq!(status, 200);
    let shown = world.subscription_attributes(arn).await;
    assert_eq!(shown["PendingConfirmation"], "false");
    assert_eq!(shown["ConfirmationWasAuthenticated"], "false");

    let id = world
        .publish(json!({ "Message": "hello", "Subject": "s" }))
        .await;
    let posted = server.next().await;
    assert_eq!(
        posted.header("x-amz-sns-message-type"),
        Some("Notification")
    );
    assert_eq!(posted.header("x-amz-sns-subscription-arn"), Some(arn));
    assert_eq!(posted.header("x-amz-sns-rawdelivery"), None);
    let message = posted.message();
    assert_eq!(message["MessageId"], *id);
    assert_eq!(message["Message"], "hello");
    assert!(server.is_empty());
}

#[tokio::test]
async fn a_link_ends_a_subscription_and_another_takes_it_back() {
    let world = World::open().await;
    world.topic().await;
    let mut server = WebServer::start().await;
    let arn = world.web_server(&mut server, json!({})).await;
    world.publish(json!({ "Message": "one" })).await;
    let link = server.next().await.member("UnsubscribeURL");
    assert_eq!(world.follow(&link).await.0, 200);
    assert_eq!(world.listed().await, json!([]));
    let farewell = server.next().await;
    assert_eq!(farewell.member("Type"), "UnsubscribeConfirmation");
    assert_eq!(
        farewell.header("x-amz-sns-message-type"),
        Some("UnsubscribeConfirmation")
    );
    world.publish(json!({ "Message": "missed" })).await;
    assert_eq!(world.follow(&farewell.member("SubscribeURL")).await.0, 200);
    assert_eq!(world.listed().await[0]["SubscriptionArn"], *arn);
    world.publish(json!({ "Message": "two" })).await;
    assert_eq!(server.next().await.member("Message"), "two");
}

#[tokio::test]
async fn a_signed_confirmation_may_want_a_signature_for_the_end() {
    let world = World::open().await;
    world.topic().await;
    let mut server = WebServer::start().await;
    world.subscribe("http", &server.url, json!({})).await;
    let token = server.next().await.member("Token");
    let confirm = json!({ "TopicArn": topic_arn("words"), "Token": token,
        "AuthenticateOnUnsubscribe": "true" });
    let answer = world.call("ConfirmSubscription", confirm.clone()).await;
    assert_eq!(world.call("ConfirmSubscription", confirm).await, answer);
    let arn = answer["SubscriptionArn"].as_str().expect("an ARN");
    let shown = world.subscription_attributes(arn).await;
    assert_eq!(shown["ConfirmationWasAuthenticated"], "true");
    let link = format!("http://127.0.0.1:1/?Action=Unsubscribe&SubscriptionArn={arn}");
    let (status, answer) = world.follow(&link).await;
    assert_eq!(status, 403);
    assert!(answer.contains("AuthorizationError"), "{answer}");
    world
        .call("Unsubscribe", json!({ "SubscriptionArn": arn }))
        .await;
    assert_eq!(
        server.next().await.member("Type"),
        "UnsubscribeConfirmation"
    );
}

#[tokio::test]
async fn what_is_not_confirmed_in_two_days_is_forgotten() {
    let world = World::open().await;
    world.topic().await;
    let mut server = WebServer::start().await;
    world.subscribe("http", &server.url, json!({})).await;
    let link = server.next().await.member("SubscribeURL");
    let key = world.sns.subscriptions.all().expect("read")[0].key();
    let now = world.sns.clock.now();
    let early = world.sns.fire(&key, now + DAY).expect("fired");
    assert!(!early.happened && early.next.is_some_and(|next| next > now + DAY));
    let late = world.sns.fire(&key, now + 2 * DAY + 60_000).expect("fired");
    assert!(late.happened);
    assert_eq!(world.listed().await, json!([]));
    let (status, answer) = world.follow(&link).await;
    assert_eq!(status, 400);
    assert!(answer.contains("Invalid parameter: Token"), "{answer}");

    // One that is confirmed stays.
    let arn = world.web_server(&mut server, json!({})).await;
    let key = arn.splitn(6, ':').last().expect("a key");
    let late = world.sns.fire(key, now + 9 * DAY).expect("fired");
    assert!(!late.happened);
    assert_eq!(world.listed().await.as_array().map(Vec::len), Some(1));
}

#[tokio::test]
async fn a_raw_delivery_is_the_text_alone() {
    let world = World::open().await;
    world.topic().await;
    let mut server = WebServer::start().await;
    let policy = json!({ "requestPolicy": { "headerContentType": "text/csv" } });
    let raw = json!({ "RawMessageDelivery": "true", "DeliveryPolicy": policy.to_string() });
    world.web_server(&mut server, raw).await;
    let attribute = json!({ "DataType": "String", "StringValue": "b" });
    world
        .publish(json!({ "Message": "a;b", "MessageAttributes": { "a": attribute } }))
        .await;
    let posted = server.next().await;
    assert_eq!(posted.body, "a;b");
    assert_eq!(posted.header("x-amz-sns-rawdelivery"), Some("true"));
    assert_eq!(posted.header("content-type"), Some("text/csv"));
    let policy = json!({ "DeliveryPolicy": policy.to_string() });
    let refused = world.not_subscribed("http", &server.url, policy).await;
    assert!(
        refused.message.contains("without raw message delivery"),
        "{refused}"
    );
}

#[tokio::test]
async fn what_fails_is_tried_again_as_the_policy_says_and_then_goes_to_the_dead_letters() {
    let world = World::open().await;
    world.topic().await;
    let mut server = WebServer::start().await;
    let policy = json!({ "healthyRetryPolicy": { "numRetries": 2, "numNoDelayRetries": 2 } });
    let redrive = json!({ "deadLetterTargetArn": queue_arn("dead") });
    let attributes = json!({ "DeliveryPolicy": policy.to_string(),
        "RedrivePolicy": redrive.to_string() });
    let arn = world.web_server(&mut server, attributes).await;
    let effective = world.subscription_attributes(&arn).await["EffectiveDeliveryPolicy"].take();
    let effective: Value = serde_json::from_str(effective.as_str().expect("text")).expect("JSON");
    assert_eq!(effective["healthyRetryPolicy"]["numRetries"], 2);
    assert_eq!(effective["healthyRetryPolicy"]["minDelayTarget"], 20);

    server.answer(&[500, 429]);
    world.publish(json!({ "Message": "late" })).await;
    assert!(world.taken().await.is_empty());
    for _ in 0..3 {
        assert_eq!(server.next().await.member("Message"), "late");
    }
    for (message, statuses) in [
        ("failed", &[500, 503, 599][..]),
        ("missing", &[404]),
        ("moved", &[302]),
        ("moved for ever", &[308]),
    ] {
        server.answer(statuses);
        world.publish(json!({ "Message": message })).await;
        let taken = world.taken().await;
        assert_eq!(taken.len(), 1, "{message}");
        assert_eq!(
            (&*taken[0].0, &taken[0].1["Message"]),
            ("dead", &json!(message))
        );
        assert!(taken[0].1["Signature"].is_string());
        for _ in statuses {
            assert_eq!(server.next().await.member("Message"), message);
        }
        // Nobody has followed the link of the answer.
        assert!(server.is_empty(), "{message}");
    }
    let elsewhere = world.not_subscribed("http", "http://10.0.0.1/", json!({}));
    let elsewhere = elsewhere.await;
    assert!(
        elsewhere.message.contains("this machine only"),
        "{elsewhere}"
    );
}

#[tokio::test]
async fn links_are_what_is_not_signed() {
    let world = World::open().await;
    let path = world.certificate().await;
    let (status, certificate) = world.follow(&format!("http://127.0.0.1:1{path}")).await;
    assert_eq!(status, 200);
    assert!(certificate.starts_with("-----BEGIN CERTIFICATE-----\n"));
    let other = "http://127.0.0.1:1/SimpleNotificationService-1.pem";
    assert_eq!(world.follow(other).await.0, 404);
    for (request, reason) in [
        (
            http::Request::post("/?Action=Unsubscribe"),
            "another method",
        ),
        (http::Request::get("/?Action=DeleteTopic"), "an operation"),
        (http::Request::get("/a?Action=Unsubscribe"), "another path"),
        (
            http::Request::get("/?Action=Unsubscribe").header("authorization", "AWS4"),
            "signed",
        ),
        (
            http::Request::get("/?Action=Unsubscribe&X-Amz-Signature=1"),
            "presigned",
        ),
    ] {
        let request = request.body(crate::wire::full("")).expect("a request");
        assert!(!world.sns.takes(&request), "{reason}");
    }
}
