//! What operations on stacks take, refuse and answer.

use std::sync::Arc;

use serde_json::{Value, json};

use super::{Sandbox, ask, groups, refusal, retained, with};
use crate::cloudformation::Api;
use crate::cloudformation::engine::tests::world::{Fixture, template, thing};

#[tokio::test]
async fn a_protected_stack_is_not_deleted() {
    let sandbox = Sandbox::open();
    let protected = json!({ "TemplateBody": groups(&[("A", "a")]),
        "EnableTerminationProtection": true });
    with(&sandbox, "CreateStack", "stack", protected)
        .await
        .expect("created");
    let refused = refusal(with(&sandbox, "DeleteStack", "stack", json!({})).await);
    let told = "Stack [stack] cannot be deleted while TerminationProtection is enabled";
    assert_eq!(refused.message, told);
    let off = json!({ "EnableTerminationProtection": false });
    with(&sandbox, "UpdateTerminationProtection", "stack", off)
        .await
        .expect("changed");
    assert_eq!(sandbox.delete().await, "DELETE_COMPLETE");
}

#[tokio::test]
async fn an_export_that_is_used_stays_and_has_its_name_alone() {
    let sandbox = Sandbox::open();
    let exporting = |group: &str, export: Option<&str>| {
        let mut template = groups(&[("A", group)]);
        let mut output = json!({ "Value": { "Ref": "A" } });
        if let Some(export) = export {
            output["Export"] = json!({ "Name": export });
        }
        template["Outputs"] = json!({ "O": output });
        json!({ "TemplateBody": template })
    };
    with(&sandbox, "CreateStack", "one", exporting("a", Some("x")))
        .await
        .expect("created");
    let mut importing = groups(&[("B", "b")]);
    importing["Resources"]["B"]["Properties"]["LogGroupName"] =
        json!({ "Fn::Sub": ["${x}-b", { "x": { "Fn::ImportValue": "x" } }] });
    let importing = json!({ "TemplateBody": importing });
    with(&sandbox, "CreateStack", "two", importing)
        .await
        .expect("created");
    assert_eq!(sandbox.settled("two").await, "CREATE_COMPLETE");

    let refused = refusal(with(&sandbox, "DeleteStack", "one", json!({})).await);
    assert_eq!(
        refused.message,
        "Export x cannot be deleted as it is in use by two"
    );
    with(&sandbox, "UpdateStack", "one", exporting("a", None))
        .await
        .expect("begun");
    assert_eq!(sandbox.settled("one").await, "UPDATE_ROLLBACK_COMPLETE");
    with(&sandbox, "CreateStack", "three", exporting("c", Some("x")))
        .await
        .expect("begun");
    assert_eq!(sandbox.settled("three").await, "ROLLBACK_COMPLETE");
    for (stack, then) in [("two", "one"), ("one", "three")] {
        with(&sandbox, "DeleteStack", stack, json!({}))
            .await
            .expect("deleted");
        assert!(sandbox.described(then).await.is_ok());
    }
}

#[tokio::test]
async fn only_an_update_that_is_under_way_is_cancelled() {
    let sandbox = Sandbox::open();
    let create = json!({ "StackName": "stack", "TemplateBody": groups(&[("A", "a")]).to_string() });
    sandbox.call("CreateStack", create).await.expect("begun");
    let stack = json!({ "StackName": "stack" });
    let refused = refusal(sandbox.call("CancelUpdateStack", stack.clone()).await);
    let told = "CancelUpdateStack cannot be called from current stack status CREATE_IN_PROGRESS";
    assert_eq!(refused.message, told);
    assert_eq!(sandbox.settled("stack").await, "CREATE_COMPLETE");
    let update = json!({ "StackName": "stack", "TemplateBody": groups(&[("A", "b")]).to_string() });
    sandbox
        .call("UpdateStack", update.clone())
        .await
        .expect("begun");
    let refused = refusal(sandbox.call("UpdateStack", update).await);
    assert!(
        refused.message.contains("is in UPDATE_IN_PROGRESS state"),
        "{refused}"
    );
    sandbox
        .call("CancelUpdateStack", stack)
        .await
        .expect("cancelled");
    assert_eq!(sandbox.settled("stack").await, "UPDATE_ROLLBACK_COMPLETE");
}

#[tokio::test]
async fn new_resources_that_are_to_stay_go_with_a_failed_creation_on_request() {
    for (except, left) in [(true, 0), (false, 1)] {
        let sandbox = Sandbox::open();
        let mut template = groups(&[("Kept", "kept"), ("Wrong", "no name!")]);
        template["Resources"]["Kept"]["DeletionPolicy"] = json!("Retain");
        template["Resources"]["Wrong"]["DependsOn"] = json!("Kept");
        let rest = json!({ "TemplateBody": template, "RetainExceptOnCreate": except });
        with(&sandbox, "CreateStack", "stack", rest)
            .await
            .expect("begun");
        assert_eq!(sandbox.settled("stack").await, "ROLLBACK_COMPLETE");
        let found = sandbox.inventory().await["LogGroups"]
            .as_array()
            .map(Vec::len);
        assert_eq!(found, Some(left), "RetainExceptOnCreate: {except}");
    }
}

#[tokio::test]
async fn a_list_that_fills_one_page_has_no_other() {
    let sandbox = Sandbox::open();
    let names: Vec<String> = (0..=100).map(|number| format!("G{number}")).collect();
    for (count, more) in [(100, false), (101, true)] {
        let named: Vec<_> = names[..count]
            .iter()
            .map(|it| (it.as_str(), it.as_str()))
            .collect();
        let template = json!({ "TemplateBody": groups(&named) });
        let operation = if more { "UpdateStack" } else { "CreateStack" };
        with(&sandbox, operation, "stack", template)
            .await
            .expect("done");
        let listed = with(&sandbox, "ListStackResources", "stack", json!({})).await;
        let listed = listed.expect("listed");
        let page = listed["StackResourceSummaries"].as_array().map(Vec::len);
        assert_eq!((page, !listed["NextToken"].is_null()), (Some(100), more));
    }
}

#[tokio::test]
async fn an_update_needs_a_change_or_a_transform() {
    let sandbox = Sandbox::open();
    let plain = groups(&[("A", "a")]);
    sandbox.apply("CreateStack", &plain).await.expect("created");
    let same = sandbox.apply("UpdateStack", &plain).await;
    assert_eq!(same, Err("No updates are to be performed.".to_owned()));
    let topic = "arn:aws:sns:us-east-1:000000000000:t";
    for (arns, taken) in [
        (json!([topic]), true),
        (json!([topic]), false),
        (json!([]), true),
    ] {
        let rest = json!({ "TemplateBody": plain, "NotificationARNs": arns });
        let updated = with(&sandbox, "UpdateStack", "stack", rest).await;
        assert_eq!(updated.is_ok(), taken, "{arns}");
    }
    let mut transformed = plain.clone();
    transformed["Transform"] = json!("AWS::LanguageExtensions");
    let rest = json!({ "TemplateBody": transformed, "Capabilities": ["CAPABILITY_AUTO_EXPAND"] });
    for _ in 0..2 {
        with(&sandbox, "UpdateStack", "stack", rest.clone())
            .await
            .expect("updated");
        assert_eq!(sandbox.settled("stack").await, "UPDATE_COMPLETE");
    }
}

#[tokio::test]
async fn what_is_told_of_a_template_is_evaluated() {
    let sandbox = Sandbox::open();
    let mut template = retained(json!({ "Fn::Length": [1, 2, 3] }));
    template["Transform"] = json!("AWS::LanguageExtensions");
    template["Resources"]["A"]["Metadata"] =
        json!({ "days": { "Ref": "Days" }, "group": { "Ref": "A" } });
    let rest = json!({ "TemplateBody": template, "Capabilities": ["CAPABILITY_AUTO_EXPAND"] });
    with(&sandbox, "CreateStack", "stack", rest)
        .await
        .expect("created");
    let resource = json!({ "LogicalResourceId": "A" });
    let found = with(&sandbox, "DescribeStackResource", "stack", resource).await;
    let found = found.expect("it is there")["StackResourceDetail"].take();
    let metadata = json!({ "days": "1", "group": found["PhysicalResourceId"] });
    assert_eq!(found["Metadata"], metadata.to_string());
    let processed = with(
        &sandbox,
        "GetTemplate",
        "stack",
        json!({ "TemplateStage": "Processed" }),
    );
    let processed = processed.await.expect("it is there");
    let processed: Value =
        serde_json::from_str(processed["TemplateBody"].as_str().expect("text")).expect("JSON");
    assert!(processed.get("Transform").is_none());
    assert_eq!(
        processed["Resources"]["A"]["Properties"]["RetentionInDays"],
        3
    );

    let summary = json!({ "TemplateBody": json!({ "Resources": {
        "B": { "Type": "AWS::S3::Bucket" }, "P": { "Type": "AWS::IAM::ManagedPolicy" },
    } }).to_string() });
    let summary = sandbox
        .call("GetTemplateSummary", summary)
        .await
        .expect("told");
    let identifiers = &summary["ResourceIdentifierSummaries"];
    assert_eq!(identifiers[0]["ResourceIdentifiers"], json!(["PolicyArn"]));
    assert_eq!(identifiers[1]["ResourceIdentifiers"], json!(["BucketName"]));
}

#[tokio::test]
async fn a_rollback_skips_only_what_failed() {
    let fixture = Fixture::new();
    let mut sandbox = Sandbox::open();
    sandbox.api = Arc::new(Api {
        engine: fixture.engine(),
        s3: sandbox.platform.s3.clone(),
        journal: sandbox.api.journal.clone(),
    });
    let version = |version: u8| {
        let label = |name: &str| format!("{name}{version}");
        let body = template(&[
            thing("A", json!({ "Label": label("a") })),
            thing("B", json!({ "Label": label("b"), "Other": { "Ref": "A" } })),
            thing("C", json!({ "Label": "c" })),
        ]);
        serde_json::from_str::<Value>(&body).expect("JSON")
    };
    sandbox
        .apply("CreateStack", &version(1))
        .await
        .expect("created");
    fixture.world.fail("update b2");
    fixture.world.fail("update a1");
    let updated = sandbox.apply("UpdateStack", &version(2)).await;
    assert_eq!(updated.as_deref(), Ok("UPDATE_ROLLBACK_FAILED"));
    let skip = async |name: &str| {
        let rest = json!({ "ResourcesToSkip": [name] });
        with(&sandbox, "ContinueUpdateRollback", "stack", rest).await
    };
    for healthy in ["C", "D"] {
        let refused = refusal(skip(healthy).await);
        let told = format!("Resource {healthy} cannot be skipped");
        assert!(refused.message.starts_with(&told), "{refused}");
    }
    skip("A").await.expect("begun");
    assert_eq!(sandbox.settled("stack").await, "UPDATE_ROLLBACK_COMPLETE");
    assert_eq!(fixture.world.labels(), ["a2", "b1", "c"]);
}

/// A stream that an update switches off is another one when the rollback switches it on again.
#[tokio::test]
async fn what_refers_to_a_stream_follows_it_after_a_rollback() {
    let sandbox = Sandbox::open();
    let with_stream = json!({ "Resources": {
        "Table": { "Type": "AWS::DynamoDB::Table", "Properties": {
            "AttributeDefinitions": [{ "AttributeName": "Id", "AttributeType": "S" }],
            "BillingMode": "PAY_PER_REQUEST",
            "KeySchema": [{ "AttributeName": "Id", "KeyType": "HASH" }],
            "StreamSpecification": { "StreamViewType": "KEYS_ONLY" },
        } },
        "Follower": { "Type": "AWS::Logs::LogGroup", "Properties": {
            "LogGroupName": "follower",
            "Tags": [{ "Key": "stream", "Value": { "Fn::GetAtt": ["Table", "StreamArn"] } }],
        } },
    } });
    sandbox
        .apply("CreateStack", &with_stream)
        .await
        .expect("created");
    let mut without = with_stream.clone();
    let table = &mut without["Resources"]["Table"]["Properties"];
    table
        .as_object_mut()
        .expect("an object")
        .remove("StreamSpecification");
    without["Resources"]["Taken"] = json!({ "Type": "AWS::Logs::LogGroup", "DependsOn": "Table",
        "Properties": { "LogGroupName": "follower" } });
    let failed = sandbox.apply("UpdateStack", &without).await;
    assert_eq!(failed.as_deref(), Ok("UPDATE_ROLLBACK_COMPLETE"));

    let followed = async || {
        let group = json!({ "logGroupName": "follower" });
        let tags = ask(&*sandbox.platform.logs, "ListTagsLogGroup", group).await;
        tags.expect("it is there")["tags"]["stream"].clone()
    };
    let name = json!({ "TableName": sandbox.physical_id("Table").await });
    let table = ask(&*sandbox.platform.dynamodb, "DescribeTable", name).await;
    let stream = table.expect("it is there")["Table"]["LatestStreamArn"].clone();
    assert_ne!(followed().await, stream, "it is another stream");
    let repaired = sandbox.apply("UpdateStack", &with_stream).await;
    assert_eq!(repaired.as_deref(), Ok("UPDATE_COMPLETE"));
    assert_eq!(followed().await, stream);
}

#[tokio::test]
async fn what_no_stack_can_be_is_refused_before_anything_is_created() {
    let sandbox = Sandbox::open();
    let exporting = |names: &[&str]| {
        let mut template = groups(&[("A", "a")]);
        let output = |(at, name): (usize, &&str)| {
            let output = json!({ "Value": "v", "Export": { "Name": name } });
            (format!("O{at}"), output)
        };
        template["Outputs"] = Value::Object(names.iter().enumerate().map(output).collect());
        template
    };
    let twice = |name: &str, value: &str| {
        let pair = |number: u8| json!({ name: "a", value: number.to_string() });
        json!([pair(1), pair(2)])
    };
    let long = "x".repeat(256);
    for (wrong, words) in [
        (
            json!({ "Parameters": twice("ParameterKey", "ParameterValue") }),
            "more than once",
        ),
        (
            json!({ "Tags": twice("Key", "Value") }),
            "Duplicate tag keys",
        ),
        (json!({ "TimeoutInMinutes": "0" }), "timeoutInMinutes"),
        (json!({ "ClientRequestToken": "a b" }), "clientRequestToken"),
        (
            json!({ "RoleARN": "arn:aws:iam::123456789012:role/r" }),
            "cannot be assumed",
        ),
        (json!({ "RoleARN": "role" }), "cannot be assumed"),
        (
            json!({ "OnFailure": "SHRUG" }),
            "[DO_NOTHING, ROLLBACK, DELETE]",
        ),
        (
            json!({ "StackPolicyBody": "{}" }),
            "StackPolicyBody of CreateStack",
        ),
        (
            json!({ "TemplateBody": exporting(&["a b"]) }),
            "Output O0 is malformed",
        ),
        (
            json!({ "TemplateBody": exporting(&[""]) }),
            "Output O0 is malformed",
        ),
        (
            json!({ "TemplateBody": exporting(&[&long]) }),
            "Output O0 is malformed",
        ),
        (
            json!({ "TemplateBody": exporting(&["x", "y", "x"]) }),
            "O0 and O2 have the same",
        ),
    ] {
        let mut request = json!({ "TemplateBody": groups(&[("A", "a")]) });
        let wrong = wrong.as_object().expect("an object").clone();
        request.as_object_mut().expect("one").extend(wrong);
        let refused = refusal(with(&sandbox, "CreateStack", "stack", request).await);
        assert!(refused.message.contains(words), "{refused}");
        assert!(sandbox.described("stack").await.is_err(), "{words}");
    }
}

#[tokio::test]
async fn a_stack_has_a_name_of_letters_digits_and_hyphens() {
    let sandbox = Sandbox::open();
    let template = json!({ "TemplateBody": groups(&[("A", "a")]) });
    for (name, words) in [
        ("1a", "regular expression"),
        ("-a", "regular expression"),
        ("a b", "regular expression"),
        ("a_b", "regular expression"),
        (&"a".repeat(129), "length less than or equal to 128"),
    ] {
        let refused = refusal(with(&sandbox, "CreateStack", name, template.clone()).await);
        assert!(refused.message.contains(words), "{refused}");
        assert!(refused.message.contains("stackName"), "{refused}");
    }
    for name in ["a", "A-1", &"a".repeat(128)] {
        let created = with(&sandbox, "CreateStack", name, template.clone()).await;
        created.expect(name);
        with(&sandbox, "DeleteStack", name, json!({}))
            .await
            .expect("begun");
        while sandbox.described(name).await.is_ok() {
            tokio::task::yield_now().await;
        }
    }
}
