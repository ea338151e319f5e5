//! Rules: events that match, schedules, and what targets get.

use serde_json::{Value, json};

use super::{DAY, HOUR, World, arn};
use crate::delivery::DeliveryQueue;

const EVENTS: &str = "events.amazonaws.com";

fn rule_arn(name: &str) -> String {
    arn("events", &format!("rule/{name}"))
}

async fn put_rule(world: &World, name: &str, settings: Value, targets: Value) {
    let mut rule = settings;
    rule["Name"] = json!(name);
    let answer = world.call("events", "PutRule", rule).await;
    assert_eq!(answer["RuleArn"], rule_arn(name));
    let targets = json!({ "Rule": name, "Targets": targets });
    let answer = world.call("events", "PutTargets", targets).await;
    assert_eq!(answer["FailedEntryCount"], 0);
}

async fn put_event(world: &World, source: &str, detail: Value) -> Value {
    let entry = json!({ "Source": source, "DetailType": "t", "Detail": detail.to_string() });
    let answer = world
        .call("events", "PutEvents", json!({ "Entries": [entry] }))
        .await;
    assert_eq!(answer["FailedEntryCount"], 0);
    answer["Entries"][0]["EventId"].clone()
}

#[tokio::test]
async fn an_event_comes_to_all_targets_of_the_rules_that_it_matches() {
    let world = World::open();
    let function = world.function("f", EVENTS, &rule_arn("r")).await;
    let queue = world.queue("q", EVENTS, &rule_arn("r")).await;
    let fifo = world.queue("q.fifo", EVENTS, &rule_arn("r")).await;
    let pattern = json!({ "source": ["shop"], "detail": { "price": [{ "numeric": [">", 10] }] } });
    let targets = json!([
        { "Id": "f", "Arn": function },
        { "Id": "q", "Arn": queue, "InputPath": "$.detail" },
        { "Id": "x", "Arn": fifo, "SqsParameters": { "MessageGroupId": "g" },
          "InputTransformer": { "InputPathsMap": { "p": "$.detail.price" },
              "InputTemplate": "\"<p> by <aws.events.rule-name>\"" } },
    ]);
    let settings = json!({ "EventPattern": pattern.to_string() });
    put_rule(&world, "r", settings, targets).await;
    let id = put_event(&world, "shop", json!({ "price": 11 })).await;
    put_event(&world, "shop", json!({ "price": 9 })).await;
    put_event(&world, "other", json!({ "price": 11 })).await;
    let invoked = world.invoked().await;
    assert_eq!(invoked.len(), 1, "{invoked:?}");
    let (name, event) = &invoked[0];
    assert_eq!((name.as_str(), &event["id"]), ("f", &id));
    for (member, expected) in [
        ("version", json!("0")),
        ("source", json!("shop")),
        ("detail-type", json!("t")),
        ("account", json!("000000000000")),
        ("region", json!("us-east-1")),
        ("resources", json!([])),
        ("detail", json!({ "price": 11 })),
    ] {
        assert_eq!(event[member], expected, "{member}");
    }
    assert_eq!(world.bodies("q").await, [json!({ "price": 11 })]);
    let messages = world.messages("q.fifo").await;
    assert_eq!(messages[0]["Body"], "\"11 by r\"");
    assert_eq!(messages[0]["Attributes"]["MessageGroupId"], "g");

    let disabled = json!({ "Name": "r" });
    world.call("events", "DisableRule", disabled.clone()).await;
    put_event(&world, "shop", json!({ "price": 11 })).await;
    assert_eq!(world.invoked().await, []);
    world.call("events", "EnableRule", disabled).await;
    put_event(&world, "shop", json!({ "price": 12 })).await;
    assert_eq!(world.invoked().await.len(), 1);
}

#[tokio::test]
async fn buses_are_apart_and_topics_pass_events_on() {
    let world = World::open();
    world
        .call("events", "CreateEventBus", json!({ "Name": "orders" }))
        .await;
    let rule = arn("events", "rule/orders/r");
    let topic = world
        .call("sns", "CreateTopic", json!({ "Name": "news" }))
        .await["TopicArn"]
        .take();
    let policy = json!({ "Statement": [{ "Effect": "Allow", "Principal": { "Service": EVENTS },
        "Action": "sns:Publish", "Resource": topic,
        "Condition": { "ArnEquals": { "aws:SourceArn": rule } } }] });
    let set = json!({ "TopicArn": topic, "AttributeName": "Policy",
        "AttributeValue": policy.to_string() });
    world.call("sns", "SetTopicAttributes", set).await;
    let queue = world
        .queue("q", "sns.amazonaws.com", topic.as_str().expect("an ARN"))
        .await;
    let subscribed = json!({ "TopicArn": topic, "Protocol": "sqs", "Endpoint": queue,
        "Attributes": { "RawMessageDelivery": "true" } });
    world.call("sns", "Subscribe", subscribed).await;
    let pattern = json!({ "source": ["shop"] }).to_string();
    let rule = json!({ "Name": "r", "EventBusName": "orders", "EventPattern": pattern });
    world.call("events", "PutRule", rule).await;
    let targets = json!({ "Rule": "r", "EventBusName": "orders",
        "Targets": [{ "Id": "t", "Arn": topic, "Input": "{\"a\":1}" }] });
    world.call("events", "PutTargets", targets).await;
    put_event(&world, "shop", json!({})).await;
    assert_eq!(world.bodies("q").await, Vec::<Value>::new());
    let entry = json!({ "Source": "shop", "DetailType": "t", "Detail": "{}",
        "EventBusName": arn("events", "event-bus/orders") });
    world
        .call("events", "PutEvents", json!({ "Entries": [entry] }))
        .await;
    assert_eq!(world.bodies("q").await, [json!({ "a": 1 })]);
    let refused = world
        .refused("events", "DeleteEventBus", json!({ "Name": "orders" }))
        .await;
    assert!(refused.message.contains("since it has rules"), "{refused}");
}

#[tokio::test]
async fn a_schedule_fires_at_each_of_its_times_and_not_twice() {
    let world = World::open();
    world.at_midnight().await;
    let queue = world.queue("q", EVENTS, &rule_arn("nightly")).await;
    let function = world.function("f", EVENTS, &rule_arn("often")).await;
    let nightly = json!({ "ScheduleExpression": "cron(0 23 * * ? *)" });
    put_rule(
        &world,
        "nightly",
        nightly,
        json!([{ "Id": "q", "Arn": queue }]),
    )
    .await;
    let often = json!({ "ScheduleExpression": "rate(12 hours)" });
    put_rule(
        &world,
        "often",
        often,
        json!([{ "Id": "f", "Arn": function, "Input": "1" }]),
    )
    .await;
    assert_eq!(world.advance(11 * HOUR).await, Vec::<String>::new());
    let fired = world.advance(25 * HOUR).await;
    assert_eq!(
        fired,
        ["rule often", "rule nightly", "rule often", "rule often"]
    );
    let bodies = world.bodies("q").await;
    assert_eq!(bodies.len(), 1);
    let event = &bodies[0];
    assert_eq!(event["source"], "aws.events");
    assert_eq!(event["detail-type"], "Scheduled Event");
    assert_eq!(event["resources"], json!([rule_arn("nightly")]));
    assert_eq!(event["detail"], json!({}));
    let time = event["time"].as_str().expect("a time");
    assert!(time.ends_with("T23:00:00Z"), "{time}");
    assert_eq!(world.invoked().await.len(), 3);
    // The same again keeps the rate; another one begins anew.
    let again = json!({ "Name": "often", "ScheduleExpression": "rate(12 hours)" });
    world.advance(6 * HOUR).await;
    world.call("events", "PutRule", again).await;
    let fired = world.advance(7 * HOUR).await;
    assert_eq!(fired, ["rule nightly", "rule often"]);
    let other = json!({ "Name": "often", "ScheduleExpression": "rate(1 day)" });
    world.call("events", "PutRule", other).await;
    world
        .call("events", "DisableRule", json!({ "Name": "nightly" }))
        .await;
    assert_eq!(world.advance(23 * HOUR).await, Vec::<String>::new());
    assert_eq!(world.advance(2 * HOUR).await, ["rule often"]);
}

#[tokio::test]
async fn what_a_sandbox_that_was_off_has_missed_happens_once() {
    let world = World::open();
    world.at_midnight().await;
    let queue = world.queue("q", EVENTS, &rule_arn("often")).await;
    let late = json!({ "MaximumEventAgeInSeconds": 60 });
    let targets = json!([{ "Id": "a", "Arn": queue },
        { "Id": "b", "Arn": queue, "RetryPolicy": late, "Input": "\"late\"" }]);
    let often = json!({ "ScheduleExpression": "cron(30 * * * ? *)" });
    put_rule(&world, "often", often, targets).await;
    let world = world.restarted();
    // No timer runs here: nothing happens until somebody looks.
    let later = world.now() + DAY;
    world.base.clock.set_to(later).expect("set");
    let world = world.restarted();
    let fired = world.base.timer.step(&world.base.clock, later);
    assert_eq!(fired.expect("fired"), ["rule often"]);
    let bodies = world.bodies("q").await;
    assert_eq!(bodies.len(), 1, "{bodies:?}");
    let time = bodies[0]["time"].as_str().expect("a time");
    assert!(time.ends_with("T23:30:00Z"), "{time}");
    assert_eq!(world.advance(HOUR).await, ["rule often"]);
}

#[tokio::test]
async fn nothing_that_was_accepted_is_lost_in_a_kill() {
    let world = World::open();
    let queue = world.queue("q", EVENTS, &rule_arn("r")).await;
    let pattern = json!({ "source": ["shop"] }).to_string();
    let targets = json!([{ "Id": "q", "Arn": queue, "InputPath": "$.detail" }]);
    put_rule(&world, "r", json!({ "EventPattern": pattern }), targets).await;
    // Deliveries begin, but none has ended: this thread does not yield.
    DeliveryQueue::stop(&world.base.deliveries);
    put_event(&world, "shop", json!({ "a": 1 })).await;
    let world = world.restarted();
    assert_eq!(world.bodies("q").await, [json!({ "a": 1 })]);
}

#[tokio::test]
async fn what_no_rule_can_be_is_refused() {
    let world = World::open();
    let pattern = json!({ "source": ["a"] }).to_string();
    for (settings, code, message) in [
        (
            json!({}),
            "ValidationException",
            "EventPattern or ScheduleExpression must be specified",
        ),
        (
            json!({ "ScheduleExpression": "rate(1 minutes)" }),
            "ValidationException",
            "Parameter ScheduleExpression is not valid.",
        ),
        (
            json!({ "ScheduleExpression": "at(2030-01-01T00:00:00)" }),
            "ValidationException",
            "Parameter ScheduleExpression is not valid.",
        ),
        (
            json!({ "EventPattern": "{\"source\":\"a\"}" }),
            "InvalidEventPatternException",
            "Event pattern is not valid. Reason: \"source\" must be an object or an array",
        ),
        (
            json!({ "EventPattern": pattern, "EventBusName": "none" }),
            "ResourceNotFoundException",
            "Event bus none does not exist.",
        ),
        (
            json!({ "EventPattern": pattern, "Name": "a b" }),
            "ValidationException",
            "at 'name'",
        ),
        (
            json!({ "EventPattern": pattern, "RoleArn": "r" }),
            "ValidationException",
            "cannot be assumed",
        ),
    ] {
        let mut request = json!({ "Name": "r" });
        for (name, value) in settings.as_object().expect("members") {
            request[name] = value.clone();
        }
        let refused = world.refused("events", "PutRule", request).await;
        assert_eq!(refused.code, code, "{refused}");
        assert!(refused.message.contains(message), "{refused}");
    }
    world
        .call(
            "events",
            "PutRule",
            json!({ "Name": "r", "EventPattern": pattern }),
        )
        .await;
    let queue = arn("sqs", "q");
    for (target, message) in [
        (
            json!({ "Id": "a b", "Arn": queue }),
            "at 'targets.1.member.id'",
        ),
        (
            json!({ "Id": "a", "Arn": "q" }),
            "Provided Arn is not in correct format.",
        ),
        (
            json!({ "Id": "a", "Arn": arn("states", "x") }),
            "supports only its own functions",
        ),
        (
            json!({ "Id": "a", "Arn": queue, "Input": "{" }),
            "JSON syntax error in input",
        ),
        (
            json!({ "Id": "a", "Arn": queue, "Input": "1", "InputPath": "$" }),
            "Only one of Input",
        ),
        (
            json!({ "Id": "a", "Arn": queue, "InputPath": "a" }),
            "Invalid InputPath",
        ),
        (
            json!({ "Id": "a", "Arn": queue, "InputTransformer": { "InputTemplate": "<a>" } }),
            "invalid placeholder a",
        ),
        (
            json!({ "Id": "a", "Arn": arn("sqs", "q.fifo") }),
            "SqsParameters must be specified",
        ),
        (
            json!({ "Id": "a", "Arn": queue, "RetryPolicy": { "MaximumRetryAttempts": 186 } }),
            "less than or equal to 185",
        ),
        (
            json!({ "Id": "a", "Arn": queue, "DeadLetterConfig": { "Arn": arn("sns", "t") } }),
            "DeadLetterConfig.Arn is not valid",
        ),
    ] {
        let request = json!({ "Rule": "r", "Targets": [target] });
        let refused = world.refused("events", "PutTargets", request).await;
        assert!(refused.message.contains(message), "{refused}");
    }
    let ids = ["a", "b", "c", "d", "e", "f"];
    let six = ids.map(|id| json!({ "Id": id, "Arn": queue }));
    let request = json!({ "Rule": "r", "Targets": six });
    let refused = world.refused("events", "PutTargets", request).await;
    assert_eq!(refused.code, "LimitExceededException");
    let request = json!({ "Rule": "r", "Targets": six[..1] });
    world.call("events", "PutTargets", request).await;
    let refused = world
        .refused("events", "DeleteRule", json!({ "Name": "r" }))
        .await;
    assert!(
        refused.message.contains("since it has targets"),
        "{refused}"
    );
    let removed = json!({ "Rule": "r", "Ids": ["a", "b"] });
    let removed = world.call("events", "RemoveTargets", removed).await;
    assert_eq!(removed["FailedEntryCount"], 1);
    assert_eq!(removed["FailedEntries"][0]["TargetId"], "b");
    world
        .call("events", "DeleteRule", json!({ "Name": "r" }))
        .await;
    world
        .call("events", "DeleteRule", json!({ "Name": "r" }))
        .await;
}

#[tokio::test]
async fn entries_that_are_wrong_are_named_and_the_others_taken() {
    let world = World::open();
    let entry = |source: Value, detail: Value| json!({ "Source": source, "DetailType": "t", "Detail": detail });
    let entries = json!([
        entry(json!("a"), json!("{}")),
        entry(Value::Null, json!("{}")),
        entry(json!("a"), json!("[]")),
        entry(json!("a"), json!("{")),
        entry(json!("aws.ec2"), json!("{}")),
        { "Source": "a", "Detail": "{}" },
        { "Source": "a", "DetailType": "t" },
    ]);
    let answer = world
        .call("events", "PutEvents", json!({ "Entries": entries }))
        .await;
    assert_eq!(answer["FailedEntryCount"], 6);
    let codes: Vec<&str> = (1..7)
        .map(|index| {
            answer["Entries"][index]["ErrorCode"]
                .as_str()
                .expect("a code")
        })
        .collect();
    let malformed = "MalformedDetail";
    let source = "NotAuthorizedForSourceException";
    let argument = "InvalidArgument";
    assert_eq!(
        codes,
        [argument, malformed, malformed, source, argument, argument]
    );
    let large = "x".repeat(1 << 20);
    let large = json!([entry(json!("a"), json!(json!({ "a": large }).to_string()))]);
    let many = json!(vec![entry(json!("a"), json!("{}")); 11]);
    for (entries, message) in [
        (json!([]), "greater than or equal to 1"),
        (many, "less than or equal to 10"),
        (
            large,
            "Total size of the entries in the request is over the limit.",
        ),
    ] {
        let refused = world
            .refused("events", "PutEvents", json!({ "Entries": entries }))
            .await;
        assert!(refused.message.contains(message), "{refused}");
    }
}

#[tokio::test]
async fn lists_tags_and_permissions() {
    let world = World::open();
    let pattern = json!({ "source": ["a"] }).to_string();
    let tags = json!([{ "Key": "a", "Value": "1" }]);
    for name in ["a1", "a2", "b1"] {
        let rule = json!({ "Name": name, "EventPattern": pattern, "Tags": tags });
        world.call("events", "PutRule", rule).await;
    }
    let queue = arn("sqs", "q");
    let targets = json!({ "Rule": "a2", "Targets": [{ "Id": "q", "Arn": queue }] });
    world.call("events", "PutTargets", targets).await;
    let first = json!({ "NamePrefix": "a", "Limit": 1 });
    let page = world.call("events", "ListRules", first.clone()).await;
    assert_eq!(page["Rules"][0]["Name"], "a1");
    let mut next = first;
    next["NextToken"] = page["NextToken"].clone();
    let page = world.call("events", "ListRules", next).await;
    assert_eq!(
        (&page["Rules"][0]["Name"], &page["NextToken"]),
        (&json!("a2"), &Value::Null)
    );
    let by_target = json!({ "TargetArn": queue });
    let names = world
        .call("events", "ListRuleNamesByTarget", by_target)
        .await;
    assert_eq!(names["RuleNames"], json!(["a2"]));
    let resource = json!({ "ResourceARN": rule_arn("a1") });
    let listed = world
        .call("events", "ListTagsForResource", resource.clone())
        .await;
    assert_eq!(listed["Tags"], tags);
    let untag = json!({ "ResourceARN": rule_arn("a1"), "TagKeys": ["a"] });
    world.call("events", "UntagResource", untag).await;
    let listed = world.call("events", "ListTagsForResource", resource).await;
    assert_eq!(listed["Tags"], json!([]));
    let permission = json!({ "Action": "events:PutEvents", "Principal": "111111111111",
        "StatementId": "s" });
    world.call("events", "PutPermission", permission).await;
    let bus = world.call("events", "DescribeEventBus", json!({})).await;
    let policy: Value =
        serde_json::from_str(bus["Policy"].as_str().expect("a policy")).expect("JSON");
    assert_eq!(
        policy["Statement"][0]["Principal"]["AWS"],
        "arn:aws:iam::111111111111:root"
    );
    world
        .call("events", "RemovePermission", json!({ "StatementId": "s" }))
        .await;
    let bus = world.call("events", "DescribeEventBus", json!({})).await;
    assert_eq!(bus.get("Policy"), None);
    let event = json!({ "id": "1", "account": "2", "source": "a", "time": "t", "region": "r",
        "resources": [], "detail-type": "d" });
    let tested = json!({ "EventPattern": pattern, "Event": event.to_string() });
    let tested = world.call("events", "TestEventPattern", tested).await;
    assert_eq!(tested["Result"], true);
    let tested = json!({ "EventPattern": pattern, "Event": "{}" });
    let refused = world.refused("events", "TestEventPattern", tested).await;
    assert_eq!(refused.message, "Parameter Event is not valid.");
}
