//! SAM's events of rules and schedules. `serverless_schedules.json` has a template, and what SAM's own translator
//! makes of it besides the function and its role.

use super::*;

#[test]
fn rules_and_schedules_are_made_as_sam_makes_them() {
    let case: Value =
        serde_json::from_str(include_str!("serverless_schedules.json")).expect("a case");
    let template = Template::parse(&case["template"].to_string()).expect("a template");
    let mut made = template.body["Resources"].clone();
    let members = made.as_object_mut().expect("resources");
    members.remove("Hello");
    members.remove("HelloRole");
    for (id, expected) in case["made"].as_object().expect("resources") {
        assert_eq!(members.remove(id).as_ref(), Some(expected), "{id}");
    }
    assert!(members.is_empty(), "{members:?}");
}

#[test]
fn what_sam_refuses_of_them_is_refused() {
    let refused = |kind: &str, properties: &str| {
        refusal(&format!(
            "{{Transform: AWS::Serverless-2016-10-31, Resources: {{F: {{Type: AWS::Serverless::Function, \
             Properties: {{CodeUri: s3://b/k, Handler: h, Runtime: r, Events: {{E: {{Type: {kind}, \
             Properties: {properties}}}}}}}}}}}}}"
        ))
    };
    for (kind, properties, expected) in [
        ("Schedule", "{}", "missing property 'Schedule'"),
        (
            "Schedule",
            "{Schedule: rate(1 hour), Enabled: true, State: ENABLED}",
            "cannot both be specified",
        ),
        (
            "Schedule",
            "{Schedule: rate(1 hour), Nope: 1}",
            "does not support property 'Nope'",
        ),
        (
            "Schedule",
            "{Schedule: rate(1 hour), DeadLetterConfig: {}}",
            "No 'Arn' or 'Type'",
        ),
        (
            "EventBridgeRule",
            "{DeadLetterConfig: {Arn: a, Type: SQS}}",
            "either define 'Arn' or 'Type'",
        ),
        (
            "EventBridgeRule",
            "{DeadLetterConfig: {Type: SNS}}",
            "only valid value for 'Type'",
        ),
        ("ScheduleV2", "{}", "missing property 'ScheduleExpression'"),
        (
            "ScheduleV2",
            "{ScheduleExpression: rate(1 hour), OmitName: true, Name: n}",
            "Name cannot be set when OmitName is True",
        ),
    ] {
        let refused = refused(kind, properties);
        assert!(refused.contains(expected), "{kind} {properties}: {refused}");
    }
}
