//! What a delivery policy can be.

use super::*;

fn effective(topic: &str, subscription: &str) -> Effective {
    let topic = TopicDeliveryPolicy::read(topic).expect("right");
    let subscription = DeliveryPolicy::read(subscription).expect("right");
    Effective::of(&topic, &subscription)
}

#[test]
fn a_subscription_decides_before_its_topic_if_it_may() {
    let topic = |more: &str| {
        format!("{{\"http\": {{\"defaultHealthyRetryPolicy\": {{\"numRetries\": 5}}{more}}}}}")
    };
    let own = "{\"healthyRetryPolicy\": {\"numRetries\": 7, \"backoffFunction\": \"geometric\"}, \
                \"requestPolicy\": {\"headerContentType\": \"application/json\"}}";
    assert_eq!(effective(&topic(""), "{}").retry().max_retries, 5);
    let both = effective(&topic(""), own);
    assert_eq!(both.retry().max_retries, 7);
    assert_eq!(both.content_type.as_deref(), Some("application/json"));
    let closed = effective(&topic(", \"disableSubscriptionOverrides\": true"), own);
    assert_eq!((closed.retry().max_retries, closed.content_type), (5, None));
    let shown = effective("{\"http\": {}}", "{}").shown();
    assert_eq!(shown["healthyRetryPolicy"]["minDelayTarget"], 20);
    assert_eq!(shown["healthyRetryPolicy"]["backoffFunction"], "linear");
}

#[test]
fn what_is_no_policy_is_refused() {
    for (text, reason) in [
        ("{", "EOF"),
        ("{\"nope\": 1}", "nope"),
        ("{\"guaranteed\": true}", "guaranteed"),
        (
            "{\"throttlePolicy\": {\"maxReceivesPerSecond\": 1}}",
            "throttlePolicy",
        ),
        (
            "{\"requestPolicy\": {\"headerContentType\": \"a/b\"}}",
            "headerContentType",
        ),
        (
            "{\"healthyRetryPolicy\": {\"numRetries\": 101}}",
            "numRetries",
        ),
        (
            "{\"healthyRetryPolicy\": {\"minDelayTarget\": 0}}",
            "minDelayTarget",
        ),
        (
            "{\"healthyRetryPolicy\": {\"minDelayTarget\": 30}}",
            "minDelayTarget",
        ),
        (
            "{\"healthyRetryPolicy\": {\"maxDelayTarget\": 3601}}",
            "maxDelayTarget",
        ),
        (
            "{\"healthyRetryPolicy\": {\"numNoDelayRetries\": 4}}",
            "the sum of",
        ),
        (
            "{\"healthyRetryPolicy\": {\"numRetries\": 50, \"maxDelayTarget\": 600}}",
            "total retry time",
        ),
        (
            "{\"healthyRetryPolicy\": {\"backoffFunction\": \"cubic\"}}",
            "cubic",
        ),
    ] {
        let refused = DeliveryPolicy::read(text).expect_err(text);
        assert!(refused.message.contains(reason), "{text}: {refused}");
    }
    assert!(TopicDeliveryPolicy::read("{}").is_err());
}
