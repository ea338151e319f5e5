//! EventBridge, its Scheduler, and the sandbox's clock.

use serde_json::json;

use super::cases::{Case, case, on};

pub fn cases() -> Vec<Case> {
    let mut cases = events();
    cases.extend(scheduler());
    cases.extend(on("clock", "*", &json!({}), &["AdvanceClock"]));
    cases
}

fn events() -> Vec<Case> {
    const BUS: &str = "arn:aws:events:us-east-1:000000000000:event-bus/orders";
    const RULE: &str = "arn:aws:events:us-east-1:000000000000:rule/orders/nightly";
    let service = "events";
    let of_bus = [
        "CreateEventBus",
        "DeleteEventBus",
        "DescribeEventBus",
        "UpdateEventBus",
    ];
    let mut cases = on(service, BUS, &json!({ "Name": "orders" }), &of_bus);
    let bus = json!({ "EventBusName": "orders" });
    cases.extend(on(
        service,
        BUS,
        &bus,
        &["PutPermission", "RemovePermission"],
    ));
    let entries = json!({ "Entries": [{ "EventBusName": BUS }, { "EventBusName": "orders" }] });
    cases.extend(on(service, BUS, &entries, &["PutEvents"]));
    let named = json!({ "Name": "nightly", "EventBusName": "orders" });
    let of_rule = [
        "DeleteRule",
        "DescribeRule",
        "DisableRule",
        "EnableRule",
        "PutRule",
    ];
    cases.extend(on(service, RULE, &named, &of_rule));
    let targets = json!({ "Rule": "nightly", "EventBusName": BUS });
    let of_targets = ["ListTargetsByRule", "PutTargets", "RemoveTargets"];
    cases.extend(on(service, RULE, &targets, &of_targets));
    let role = "arn:aws:iam::000000000000:role/r";
    let with_role = json!({ "Rule": "nightly", "Targets": [{ "RoleArn": role }] });
    let rule = "events:PutTargets arn:aws:events:us-east-1:000000000000:rule/nightly";
    let pass_role = "iam:PassRole arn:aws:iam::000000000000:role/r";
    cases.push(case(service, "PutTargets", with_role, &[rule, pass_role]));
    let resource = json!({ "ResourceARN": RULE });
    let of_resource = ["ListTagsForResource", "TagResource", "UntagResource"];
    cases.extend(on(service, RULE, &resource, &of_resource));
    let of_anything = [
        "ListEventBuses",
        "ListRuleNamesByTarget",
        "ListRules",
        "TestEventPattern",
    ];
    cases.extend(on(service, "*", &json!({}), &of_anything));
    cases
}

fn scheduler() -> Vec<Case> {
    const GROUP: &str = "arn:aws:scheduler:us-east-1:000000000000:schedule-group/nights";
    const SCHEDULE: &str = "arn:aws:scheduler:us-east-1:000000000000:schedule/default/nightly";
    let service = "scheduler";
    let group = json!({ "Name": "nights" });
    let of_group = [
        "CreateScheduleGroup",
        "DeleteScheduleGroup",
        "GetScheduleGroup",
    ];
    let mut cases = on(service, GROUP, &group, &of_group);
    let schedule = json!({ "Name": "nightly" });
    let of_schedule = [
        "CreateSchedule",
        "DeleteSchedule",
        "GetSchedule",
        "UpdateSchedule",
    ];
    cases.extend(on(service, SCHEDULE, &schedule, &of_schedule));
    let resource = json!({ "ResourceArn": GROUP });
    let of_resource = ["ListTagsForResource", "TagResource", "UntagResource"];
    cases.extend(on(service, GROUP, &resource, &of_resource));
    cases.extend(on(
        service,
        "*",
        &json!({}),
        &["ListScheduleGroups", "ListSchedules"],
    ));
    cases
}
