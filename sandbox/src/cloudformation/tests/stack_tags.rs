//! The tags of a stack are on each of its resources that takes tags, and change with it.

use serde_json::{Value, json};

use super::properties::{prepare, subject};
use super::{Sandbox, with};
use crate::cloudformation::resources::Types;

const TAGGED: [&str; 14] = [
    "AWS::ApiGateway::RestApi",
    "AWS::ApiGateway::Stage",
    "AWS::Cognito::UserPool",
    "AWS::DynamoDB::Table",
    "AWS::Events::EventBus",
    "AWS::Events::Rule",
    "AWS::IAM::Role",
    "AWS::Lambda::EventSourceMapping",
    "AWS::Lambda::Function",
    "AWS::Logs::LogGroup",
    "AWS::S3::Bucket",
    "AWS::Scheduler::ScheduleGroup",
    "AWS::SNS::Topic",
    "AWS::SQS::Queue",
];

/// It has its tags in another property.
const POOL: &str = "AWS::Cognito::UserPool";

#[tokio::test]
async fn of_every_type_the_stacks_tags_are_on_what_takes_them() {
    for kind in Types::of(&Sandbox::open().platform).names() {
        let sandbox = Sandbox::open();
        let subject = subject(kind, &sandbox);
        prepare(&sandbox, kind, "Row0").await;
        let least = subject.least.to_string().replace("{id}", "row0");
        let least: Value = serde_json::from_str(&least).expect("JSON");
        let template = |own: bool| {
            let mut properties = least.clone();
            if own && TAGGED.contains(&kind) {
                match kind {
                    POOL => properties["UserPoolTags"] = json!({ "own": "0" }),
                    _ => properties["Tags"] = json!([{ "Key": "own", "Value": "0" }]),
                }
            }
            json!({ "Resources": { "Row0": { "Type": kind, "Properties": properties } } })
        };
        let set = json!({ "ChangeSetName": "c", "ChangeSetType": "CREATE",
            "TemplateBody": template(false), "Tags": [{ "Key": "a", "Value": "1" }],
            "Capabilities": ["CAPABILITY_NAMED_IAM"] });
        with(&sandbox, "CreateChangeSet", "review", set)
            .await
            .expect("made");
        let named = json!({ "ChangeSetName": "c", "IncludePropertyValues": true });
        let made = with(&sandbox, "DescribeChangeSet", "review", named).await;
        let change = made.expect("it is there")["Changes"][0].to_string();
        assert_eq!(change.contains("Tags"), TAGGED.contains(&kind), "{change}");
        for (operation, stack, own, expected) in [
            (
                "CreateStack",
                ("a", "1"),
                true,
                json!({ "a": "1", "own": "0" }),
            ),
            (
                "UpdateStack",
                ("b", "2"),
                true,
                json!({ "b": "2", "own": "0" }),
            ),
            ("UpdateStack", ("own", "3"), true, json!({ "own": "0" })),
            ("UpdateStack", ("own", "3"), false, json!({ "own": "3" })),
        ] {
            let rest = json!({ "TemplateBody": template(own),
                "Tags": [{ "Key": stack.0, "Value": stack.1 }],
                "Capabilities": ["CAPABILITY_NAMED_IAM"] });
            let done = with(&sandbox, operation, "stack", rest).await;
            if done.is_err() && !TAGGED.contains(&kind) {
                // Another text of the same template.
                continue;
            }
            let failures = sandbox.failures("stack").await;
            assert_eq!(failures, [""; 0], "{kind}");
            if TAGGED.contains(&kind) {
                let physical_id = sandbox.physical_id("Row0").await;
                let shown = sandbox.shown(kind, &physical_id).await;
                let expected = match kind {
                    "AWS::S3::Bucket" => in_xml(&expected),
                    _ => expected,
                };
                let at = match kind {
                    "AWS::Logs::LogGroup" | "AWS::ApiGateway::RestApi" => "/tags",
                    "AWS::ApiGateway::Stage" => "/row0-one/stages/prod/tags",
                    POOL => "/UserPoolTags",
                    _ => "/Tags",
                };
                assert_eq!(shown.pointer(at), Some(&expected), "{kind} {stack:?}");
            }
        }
    }
}

fn in_xml(tags: &Value) -> Value {
    let tags = tags.as_object().into_iter().flatten();
    let tags = tags.map(|(key, value)| {
        let value = value.as_str().expect("text");
        format!("<Tag><Key>{key}</Key><Value>{value}</Value></Tag>")
    });
    let tags: String = tags.collect();
    json!(format!("<Tagging><TagSet>{tags}</TagSet></Tagging>"))
}
