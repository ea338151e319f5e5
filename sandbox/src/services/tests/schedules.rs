//! Schedules: when they fire, in which role, and when they are over.

use serde_json::{Value, json};

use super::{DAY, HOUR, World, arn, role_arn};

const SCHEDULER: &str = "scheduler.amazonaws.com";

/// A queue, and a role that may send to it.
async fn opened() -> World {
    let world = World::open();
    world.at_midnight().await;
    world
        .call("sqs", "CreateQueue", json!({ "QueueName": "q" }))
        .await;
    world.role("r", SCHEDULER, "sqs:SendMessage").await;
    world
}

fn schedule(expression: &str, more: Value) -> Value {
    let mut schedule = json!({
        "Name": "s",
        "ScheduleExpression": expression,
        "FlexibleTimeWindow": { "Mode": "OFF" },
        "Target": { "Arn": arn("sqs", "q"), "RoleArn": role_arn("r") },
    });
    for (name, value) in more.as_object().expect("members") {
        schedule[name] = value.clone();
    }
    schedule
}

async fn create(world: &World, expression: &str, more: Value) {
    let request = schedule(expression, more);
    let answer = world.call("scheduler", "CreateSchedule", request).await;
    assert_eq!(
        answer["ScheduleArn"],
        arn("scheduler", "schedule/default/s")
    );
}

#[tokio::test]
async fn a_rate_begins_at_once_and_a_cron_follows_its_zone() {
    let world = opened().await;
    create(&world, "rate(2 hours)", json!({})).await;
    assert_eq!(world.advance(3 * HOUR).await, ["schedule s", "schedule s"]);
    let bodies = world.bodies("q").await;
    assert_eq!(bodies.len(), 2);
    assert_eq!(bodies[0]["source"], "aws.scheduler");
    assert_eq!(bodies[0]["detail"], "{}");
    assert_eq!(
        bodies[0]["resources"],
        json!([arn("scheduler", "schedule/default/s")])
    );
    let zone = json!({ "ScheduleExpressionTimezone": "Asia/Kolkata" });
    let update = schedule("cron(30 9 * * ? *)", zone);
    world.call("scheduler", "UpdateSchedule", update).await;
    // It is 03:00 UTC, and 09:30 in Kolkata is 04:00 UTC.
    assert_eq!(world.advance(2 * HOUR).await, ["schedule s"]);
    let time = world.bodies("q").await[0]["time"]
        .as_str()
        .expect("a time")
        .to_owned();
    assert!(time.ends_with("T04:00:00Z"), "{time}");
    world
        .call("scheduler", "DeleteSchedule", json!({ "Name": "s" }))
        .await;
    assert_eq!(world.advance(2 * DAY).await, Vec::<String>::new());
}

#[tokio::test]
async fn a_schedule_is_over_after_its_end_and_goes_if_it_is_to() {
    let world = opened().await;
    let seconds = |after: i64| (world.now() + after) as f64 / 1000.0;
    let dates = json!({ "StartDate": seconds(HOUR), "EndDate": seconds(3 * HOUR),
        "ActionAfterCompletion": "DELETE" });
    create(&world, "rate(1 hour)", dates).await;
    assert_eq!(world.advance(HOUR / 2).await, Vec::<String>::new());
    assert_eq!(world.advance(DAY).await, ["schedule s", "schedule s"]);
    let missing = world
        .refused("scheduler", "GetSchedule", json!({ "Name": "s" }))
        .await;
    assert_eq!(missing.code, "ResourceNotFoundException");
    assert_eq!(missing.message, "Schedule s does not exist.");

    let tomorrow = crate::clock::to_the_second(world.now() + DAY);
    let once = format!("at({})", tomorrow.trim_end_matches('Z'));
    create(&world, &once, json!({})).await;
    assert_eq!(world.advance(2 * DAY).await, ["schedule s"]);
    let kept = world
        .call("scheduler", "GetSchedule", json!({ "Name": "s" }))
        .await;
    assert_eq!(
        (&kept["State"], &kept["ScheduleExpression"]),
        (&json!("ENABLED"), &json!(once))
    );
}

#[tokio::test]
async fn a_flexible_window_ends_in_time() {
    let world = opened().await;
    let window = json!({ "Mode": "FLEXIBLE", "MaximumWindowInMinutes": 30 });
    create(
        &world,
        "cron(0 * * * ? *)",
        json!({ "FlexibleTimeWindow": window }),
    )
    .await;
    for _ in 0..5 {
        let fired = world.advance(HOUR).await;
        assert!(fired.len() <= 2, "{fired:?}");
    }
    world.advance(HOUR / 2).await;
    let bodies = world.bodies("q").await;
    let times = bodies
        .iter()
        .map(|body| body["time"].as_str().unwrap_or_default());
    let hours: Vec<&str> = times.filter_map(|time| time.get(11..16)).collect();
    assert_eq!(hours, ["01:00", "02:00", "03:00", "04:00", "05:00"]);
}

#[tokio::test]
async fn the_target_gets_its_input_in_its_role() {
    let world = opened().await;
    let function = world
        .function("f", "events.amazonaws.com", &arn("events", "rule/r"))
        .await;
    world
        .role("invokes", SCHEDULER, "lambda:InvokeFunction")
        .await;
    let input = "{\"arn\":\"<aws.scheduler.schedule-arn>\",\"at\":\"<aws.scheduler.scheduled-time>\",\
                 \"attempt\":<aws.scheduler.attempt-number>}";
    let target = json!({ "Arn": function, "RoleArn": role_arn("invokes"), "Input": input });
    create(&world, "cron(0 1 * * ? *)", json!({ "Target": target })).await;
    world.advance(2 * HOUR).await;
    let invoked = world.invoked().await;
    assert_eq!(invoked[0].1["arn"], arn("scheduler", "schedule/default/s"));
    assert_eq!(invoked[0].1["attempt"], 1);
    let at = invoked[0].1["at"].as_str().expect("a time");
    assert!(at.ends_with("T01:00:00Z"), "{at}");

    // A role that may not, and a dead-letter queue to which it may send.
    let target = json!({ "Arn": function, "RoleArn": role_arn("r"), "Input": "{}",
        "DeadLetterConfig": { "Arn": arn("sqs", "q") } });
    let update = schedule("cron(0 3 * * ? *)", json!({ "Target": target }));
    world.call("scheduler", "UpdateSchedule", update).await;
    world.advance(2 * HOUR).await;
    assert_eq!(world.invoked().await, []);
    let messages = world.messages("q").await;
    let attributes = &messages[0]["MessageAttributes"];
    assert_eq!(
        attributes["SCHEDULE_ARN"]["StringValue"],
        arn("scheduler", "schedule/default/s")
    );
    assert_eq!(
        attributes["ERROR_CODE"]["StringValue"],
        "AccessDeniedException"
    );
}

#[tokio::test]
async fn what_was_missed_happens_once_unless_it_is_too_old() {
    let world = opened().await;
    create(&world, "cron(0 * * * ? *)", json!({})).await;
    let retry = json!({ "MaximumEventAgeInSeconds": 60 });
    let target = json!({ "Arn": arn("sqs", "q"), "RoleArn": role_arn("r"), "Input": "late",
        "RetryPolicy": retry });
    let impatient = schedule(
        "cron(30 * * * ? *)",
        json!({ "Name": "impatient", "Target": target }),
    );
    world.call("scheduler", "CreateSchedule", impatient).await;
    let later = world.now() + 5 * HOUR;
    let world = world.restarted();
    world.base.clock.set_to(later).expect("set");
    let world = world.restarted();
    let fired = world.base.timer.step(&world.base.clock, later);
    assert_eq!(fired.expect("fired").len(), 2);
    let bodies = world.bodies("q").await;
    assert_eq!(bodies.len(), 1, "{bodies:?}");
    let time = bodies[0]["time"].as_str().expect("a time");
    assert!(time.ends_with("T05:00:00Z"), "{time}");
}

#[tokio::test]
async fn groups_have_schedules_and_tags() {
    let world = opened().await;
    let tags = json!([{ "Key": "a", "Value": "1" }]);
    let group = json!({ "Name": "nights", "Tags": tags, "ClientToken": "t" });
    let made = world
        .call("scheduler", "CreateScheduleGroup", group.clone())
        .await;
    let group_arn = made["ScheduleGroupArn"].clone();
    world
        .call("scheduler", "CreateScheduleGroup", group.clone())
        .await;
    let mut other = group;
    other["ClientToken"] = json!("u");
    let taken = world
        .refused("scheduler", "CreateScheduleGroup", other)
        .await;
    assert_eq!(taken.code, "ConflictException");
    let resource = json!({ "ResourceArn": group_arn });
    let listed = world
        .call("scheduler", "ListTagsForResource", resource)
        .await;
    assert_eq!(listed["Tags"], tags);
    create(&world, "rate(1 hour)", json!({})).await;
    let in_group = schedule("rate(1 hour)", json!({ "GroupName": "nights" }));
    world
        .call("scheduler", "CreateSchedule", in_group.clone())
        .await;
    let taken = world.refused("scheduler", "CreateSchedule", in_group).await;
    assert_eq!(taken.message, "Schedule s already exists.");
    let names = |listed: Value| -> Vec<Value> {
        let schedules = listed["Schedules"].as_array().expect("a list").iter();
        schedules
            .map(|schedule| schedule["GroupName"].clone())
            .collect()
    };
    let all = world.call("scheduler", "ListSchedules", json!({})).await;
    assert_eq!(names(all), ["default", "nights"]);
    let of_group = json!({ "GroupName": "nights", "State": "ENABLED" });
    assert_eq!(
        names(world.call("scheduler", "ListSchedules", of_group).await),
        ["nights"]
    );
    let first = json!({ "MaxResults": 1 });
    let page = world.call("scheduler", "ListSchedules", first).await;
    let next = json!({ "MaxResults": 1, "NextToken": page["NextToken"] });
    assert_eq!(
        names(world.call("scheduler", "ListSchedules", next).await),
        ["nights"]
    );
    world
        .call(
            "scheduler",
            "DeleteScheduleGroup",
            json!({ "Name": "nights" }),
        )
        .await;
    assert_eq!(world.advance(HOUR / 2).await, ["schedule s"]);
    let missing = world
        .refused("scheduler", "GetScheduleGroup", json!({ "Name": "nights" }))
        .await;
    assert_eq!(missing.message, "Schedule Group nights does not exist.");
    let kept = world
        .refused(
            "scheduler",
            "DeleteScheduleGroup",
            json!({ "Name": "default" }),
        )
        .await;
    assert_eq!(kept.code, "ValidationException");
}

#[tokio::test]
async fn what_no_schedule_can_be_is_refused() {
    let world = opened().await;
    world.role("other", "lambda.amazonaws.com", "*").await;
    let target = |arn: &str, role: &str| json!({ "Target": { "Arn": arn, "RoleArn": role } });
    let (queue, role) = (arn("sqs", "q"), role_arn("r"));
    for (expression, more, message) in [
        (
            "rate(1 hours)",
            json!({}),
            "Invalid Schedule Expression rate(1 hours).",
        ),
        (
            "rate(1 hour)",
            json!({ "ScheduleExpressionTimezone": "Mars/Olympus" }),
            "Invalid ScheduleExpressionTimezone Mars/Olympus.",
        ),
        ("rate(1 hour)", json!({ "Name": "a b" }), "at 'name'"),
        (
            "rate(1 hour)",
            json!({ "GroupName": "none" }),
            "Schedule Group none does not exist.",
        ),
        (
            "rate(1 hour)",
            json!({ "FlexibleTimeWindow": { "Mode": "FLEXIBLE" } }),
            "MaximumWindowInMinutes must be set",
        ),
        (
            "rate(1 hour)",
            json!({ "StartDate": 2, "EndDate": 1 }),
            "must come after the StartDate",
        ),
        (
            "rate(1 hour)",
            json!({ "StartDate": 1e18 }),
            "Invalid StartDate.",
        ),
        (
            "rate(1 hour)",
            target(&queue, &role_arn("other")),
            "must allow AWS EventBridge Scheduler",
        ),
        (
            "rate(1 hour)",
            target(&queue, "none"),
            "must allow AWS EventBridge Scheduler",
        ),
        (
            "rate(1 hour)",
            target("arn:aws:scheduler:::aws-sdk:sqs:sendMessage", &role),
            "supports only its own functions, queues and topics",
        ),
        (
            "rate(1 hour)",
            target(&arn("sqs", "q.fifo"), &role),
            "MessageGroupId must be specified",
        ),
    ] {
        let request = schedule(expression, more);
        let refused = world.refused("scheduler", "CreateSchedule", request).await;
        assert!(refused.message.contains(message), "{refused}");
    }
}
