//! What was changed or deleted outside CloudFormation: of every type, each property that can change in
//! place. It is told, and brought back on request.

use serde_json::{Map, Value, json};

use super::properties::{Row, prepare, subject};
use super::{Sandbox, with};
use crate::cloudformation::resources::{Live, Types, Update, differences, read};

/// The types of which the sandbox can tell that a resource is gone, and the properties of which it can
/// tell that they were changed.
const SEEN: [(&str, &[&str]); 18] = [
    ("AWS::DynamoDB::Table", &[]),
    ("AWS::Events::EventBus", &["Description", "Policy"]),
    (
        "AWS::Events::Rule",
        &[
            "Description",
            "EventPattern",
            "RoleArn",
            "ScheduleExpression",
            "State",
            "Targets",
        ],
    ),
    (
        "AWS::Scheduler::Schedule",
        &[
            "Description",
            "EndDate",
            "FlexibleTimeWindow",
            "ScheduleExpression",
            "ScheduleExpressionTimezone",
            "StartDate",
            "State",
            "Target",
        ],
    ),
    ("AWS::Scheduler::ScheduleGroup", &[]),
    ("AWS::IAM::ManagedPolicy", &[]),
    ("AWS::IAM::Role", &[]),
    (
        "AWS::Lambda::EventInvokeConfig",
        &[
            "DestinationConfig",
            "MaximumEventAgeInSeconds",
            "MaximumRetryAttempts",
        ],
    ),
    (
        "AWS::Lambda::EventSourceMapping",
        &[
            "BatchSize",
            "BisectBatchOnFunctionError",
            "DestinationConfig",
            "Enabled",
            "FilterCriteria",
            "FunctionName",
            "FunctionResponseTypes",
            "MaximumBatchingWindowInSeconds",
            "MaximumRecordAgeInSeconds",
            "MaximumRetryAttempts",
            "ParallelizationFactor",
            "ScalingConfig",
            "TumblingWindowInSeconds",
        ],
    ),
    (
        "AWS::Lambda::Function",
        &[
            "DeadLetterConfig",
            "Description",
            "Environment",
            "EphemeralStorage",
            "Handler",
            "Layers",
            "LoggingConfig",
            "MemorySize",
            "ReservedConcurrentExecutions",
            "Role",
            "Runtime",
            "Timeout",
            "TracingConfig",
        ],
    ),
    ("AWS::Lambda::LayerVersion", &[]),
    ("AWS::Lambda::Permission", &[]),
    ("AWS::Logs::LogGroup", &["RetentionInDays"]),
    ("AWS::S3::Bucket", &[]),
    (
        "AWS::SNS::Subscription",
        &[
            "DeliveryPolicy",
            "FilterPolicy",
            "FilterPolicyScope",
            "RawMessageDelivery",
            "RedrivePolicy",
        ],
    ),
    (
        "AWS::SNS::Topic",
        &[
            "ContentBasedDeduplication",
            "DisplayName",
            "FifoThroughputScope",
            "SignatureVersion",
        ],
    ),
    ("AWS::SNS::TopicPolicy", &["PolicyDocument", "Topics"]),
    (
        "AWS::SQS::Queue",
        &[
            "ContentBasedDeduplication",
            "DeduplicationScope",
            "DelaySeconds",
            "FifoThroughputLimit",
            "MaximumMessageSize",
            "MessageRetentionPeriod",
            "ReceiveMessageWaitTimeSeconds",
            "RedriveAllowPolicy",
            "RedrivePolicy",
            "SqsManagedSseEnabled",
            "VisibilityTimeout",
        ],
    ),
];

fn id(index: usize) -> String {
    format!("Row{index}")
}

fn with_id(value: &Value, id: &str) -> Value {
    let text = value.to_string().replace("{id}", &id.to_lowercase());
    serde_json::from_str(&text).expect("JSON")
}

/// The properties with the value of the row, and what that needs.
fn properties(least: &Value, row: &Row, is_two: bool, id: &str) -> Value {
    let mut properties = least.clone();
    let (value, along) = if is_two {
        (&row.two, &row.along[1])
    } else {
        (&row.one, &row.along[0])
    };
    properties[row.property] = value.clone();
    for (name, value) in along.as_object().into_iter().flatten() {
        properties[name] = value.clone();
    }
    with_id(&properties, id)
}

impl Sandbox {
    /// The drift of a resource: its status, and the properties that are told.
    async fn drift(&self, id: &str) -> (String, Vec<String>) {
        let resource = json!({ "LogicalResourceId": id });
        let found = with(self, "DetectStackResourceDrift", "stack", resource).await;
        let drift = found.expect("it is looked at")["StackResourceDrift"].take();
        let status = drift["StackResourceDriftStatus"].as_str();
        let differences = drift["PropertyDifferences"].as_array();
        let mut properties: Vec<String> = differences
            .into_iter()
            .flatten()
            .map(|it| it["PropertyPath"].as_str().expect("a path"))
            .map(|path| path.split('/').nth(1).expect("a property").to_owned())
            .collect();
        properties.dedup();
        (status.expect("a status").to_owned(), properties)
    }

    /// Brings back what others changed; the status after that, or of the change set if it is empty.
    async fn revert(&self, template: &Value) -> String {
        let set = json!({ "ChangeSetName": "revert", "DeploymentMode": "REVERT_DRIFT",
            "TemplateBody": template, "Capabilities": ["CAPABILITY_NAMED_IAM"] });
        with(self, "CreateChangeSet", "stack", set)
            .await
            .expect("made");
        let named = json!({ "ChangeSetName": "revert" });
        let made = with(self, "DescribeChangeSet", "stack", named.clone()).await;
        if made.expect("it is there")["Status"] == "FAILED" {
            with(self, "DeleteChangeSet", "stack", named)
                .await
                .expect("deleted");
            return "nothing".to_owned();
        }
        with(self, "ExecuteChangeSet", "stack", named)
            .await
            .expect("begun");
        self.settled("stack").await
    }
}

async fn changes_by_others_are_told_and_brought_back(kind: &'static str) {
    let sandbox = Sandbox::open();
    let subject = subject(kind, &sandbox);
    let seen = SEEN.iter().find(|(name, _)| *name == kind);
    let ty = sandbox.api.engine.types.get(kind).expect("it is there");
    let mut resources = Map::new();
    for (index, row) in subject.rows.iter().enumerate() {
        let id = id(index);
        prepare(&sandbox, kind, &id).await;
        let properties = properties(&subject.least, row, false, &id);
        resources.insert(id, json!({ "Type": kind, "Properties": properties }));
    }
    if resources.is_empty() {
        resources.insert(id(0), json!({ "Type": kind }));
    }
    let template = json!({ "Resources": resources });
    let created = sandbox.apply("CreateStack", &template).await;
    assert_eq!(created.as_deref(), Ok("CREATE_COMPLETE"), "{kind}");
    let healthy = match seen {
        Some(_) => "IN_SYNC",
        None => "UNSUPPORTED",
    };
    let nothing = || (healthy.to_owned(), Vec::new());
    assert_eq!(sandbox.drift("Row0").await, nothing(), "{kind}");
    assert_eq!(sandbox.revert(&template).await, "nothing", "{kind}");

    let mut changed = Vec::new();
    for (index, row) in subject.rows.iter().enumerate() {
        let id = id(index);
        let declared = ty.properties().iter().find(|it| it.name == row.property);
        let declared = declared.expect("the type has it");
        let one = properties(&subject.least, row, false, &id);
        let two = properties(&subject.least, row, true, &id);
        let [one, two] = [one, two].map(|it| read(ty.properties(), &it).expect("it is right"));
        let update = ty.update_of(declared, &one, &two);
        if update == Update::Replace || row.is_fixed {
            continue;
        }
        let physical_id = sandbox.physical_id(&id).await;
        let by_hand = ty.update(&physical_id, &one, &two).await;
        by_hand.expect("it is changed");
        let (status, told) = sandbox.drift(&id).await;
        if told.is_empty() {
            assert_eq!(status, healthy, "{kind} {}", row.property);
        } else {
            assert_eq!(status, "MODIFIED", "{kind} {}", row.property);
            assert!(told.contains(&row.property.to_owned()), "{told:?}");
            changed.push(row.property);
        }
    }
    let expected = seen.map_or(&[][..], |(_, properties)| properties);
    assert_eq!(changed, expected, "{kind}");
    if !changed.is_empty() {
        assert_eq!(sandbox.revert(&template).await, "UPDATE_COMPLETE", "{kind}");
        assert_eq!(sandbox.revert(&template).await, "nothing", "{kind}");
    }

    if seen.is_some() {
        let physical_id = sandbox.physical_id("Row0").await;
        let properties = properties(&subject.least, &subject.rows[0], false, "Row0");
        let properties = read(ty.properties(), &properties).expect("it is right");
        let by_hand = ty.delete(&physical_id, &properties).await;
        by_hand.expect("it is deleted");
        let gone = ("DELETED".to_owned(), Vec::new());
        assert_eq!(sandbox.drift("Row0").await, gone, "{kind}");
        assert_eq!(sandbox.revert(&template).await, "UPDATE_COMPLETE", "{kind}");
        assert_eq!(sandbox.drift("Row0").await, nothing(), "{kind}");
    }
}

#[tokio::test]
async fn of_every_type_what_others_changed_is_told_and_brought_back() {
    let kinds = Types::of(&Sandbox::open().platform).names();
    for kind in kinds {
        changes_by_others_are_told_and_brought_back(kind).await;
    }
}

#[test]
fn what_differs_is_told_with_both_values() {
    let expected = json!({ "A": { "B": 1, "C": [1] }, "D": "x", "F": 1 });
    let actual = json!({ "A": { "B": 2, "C": [1], "E": null }, "D": "y" });
    let told = [
        ("/A/B".to_owned(), json!(1), json!(2)),
        ("/D".to_owned(), json!("x"), json!("y")),
        ("/F".to_owned(), json!(1), Value::Null),
    ];
    assert_eq!(differences(&expected, &actual), told);
    assert_eq!(Live::existing(true, &expected), Live::Is(expected.clone()));
    assert_eq!(Live::existing(false, &expected), Live::Deleted);
}
