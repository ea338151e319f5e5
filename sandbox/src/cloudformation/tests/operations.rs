//! What operations on stacks take, refuse and answer.

use serde_json::{Value, json};

use super::Sandbox;
use crate::fault::{Answer, Fault};

/// A template of log groups with these names, by logical id.
fn groups(named: &[(&str, &str)]) -> Value {
    let resource = |(id, name): &(&str, &str)| {
        let properties = json!({ "LogGroupName": name });
        let resource = json!({ "Type": "AWS::Logs::LogGroup", "Properties": properties });
        ((*id).to_owned(), resource)
    };
    json!({ "Resources": Value::Object(named.iter().map(resource).collect()) })
}

fn retained(days: Value) -> Value {
    json!({
        "Parameters": { "Days": { "Type": "Number", "Default": 1 } },
        "Resources": { "A": {
            "Type": "AWS::Logs::LogGroup",
            "Properties": { "RetentionInDays": days },
        } },
    })
}

async fn with(sandbox: &Sandbox, operation: &'static str, stack: &str, rest: Value) -> Answer {
    let mut parameters = json!({ "StackName": stack });
    for (name, value) in rest.as_object().into_iter().flatten() {
        parameters[name] = match (name.as_str(), value) {
            ("TemplateBody", template) => json!(template.to_string()),
            (_, value) => value.clone(),
        };
    }
    let answer = sandbox.call(operation, parameters).await;
    if answer.is_ok() && sandbox.described(stack).await.is_ok() {
        sandbox.settled(stack).await;
    }
    answer
}

fn refusal(answer: Answer) -> Fault {
    answer.expect_err("it is refused")
}

async fn change_set(sandbox: &Sandbox, kind: &str, template: &Value, more: Value) -> Answer {
    let mut rest = json!({ "ChangeSetName": "c", "ChangeSetType": kind, "TemplateBody": template });
    for (name, value) in more.as_object().into_iter().flatten() {
        rest[name] = value.clone();
    }
    with(sandbox, "CreateChangeSet", "stack", rest).await?;
    described(sandbox, json!({})).await
}

async fn described(sandbox: &Sandbox, more: Value) -> Answer {
    let mut rest = json!({ "ChangeSetName": "c" });
    for (name, value) in more.as_object().into_iter().flatten() {
        rest[name] = value.clone();
    }
    with(sandbox, "DescribeChangeSet", "stack", rest).await
}

async fn execute(sandbox: &Sandbox) -> Answer {
    with(
        sandbox,
        "ExecuteChangeSet",
        "stack",
        json!({ "ChangeSetName": "c" }),
    )
    .await
}

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
async fn the_name_of_a_change_set_that_was_executed_is_free() {
    let sandbox = Sandbox::open();
    change_set(&sandbox, "CREATE", &groups(&[("A", "a")]), json!({}))
        .await
        .expect("made");
    let taken = change_set(&sandbox, "CREATE", &groups(&[("A", "a")]), json!({})).await;
    assert_eq!(refusal(taken).code, "AlreadyExistsException");
    execute(&sandbox).await.expect("executed");
    let stack = sandbox.described("stack").await.expect("it is there");
    assert_eq!(stack["StackStatus"], "CREATE_COMPLETE");
    assert!(stack["LastUpdatedTime"].is_string());
    let executed = stack["ChangeSetId"].as_str().expect("an id").to_owned();
    let by_id = described(&sandbox, json!({ "ChangeSetName": executed })).await;
    assert_eq!(
        by_id.expect("it is there")["ExecutionStatus"],
        "EXECUTE_COMPLETE"
    );
    let listed = with(&sandbox, "ListChangeSets", "stack", json!({})).await;
    assert_eq!(listed.expect("listed")["Summaries"], json!([]));
    assert_eq!(
        refusal(described(&sandbox, json!({})).await).code,
        "ChangeSetNotFound"
    );

    let two = groups(&[("A", "a"), ("B", "b")]);
    change_set(&sandbox, "UPDATE", &two, json!({}))
        .await
        .expect("made");
    let update = json!({ "TemplateBody": two });
    with(&sandbox, "UpdateStack", "stack", update)
        .await
        .expect("updated");
    let stack = sandbox.described("stack").await.expect("it is there");
    assert!(stack["ChangeSetId"].is_null());
    let refused = refusal(execute(&sandbox).await);
    assert!(
        refused
            .message
            .ends_with("current execution status of [OBSOLETE]"),
        "{refused}"
    );
}

#[tokio::test]
async fn a_change_set_without_changes_fails_but_for_a_new_stack() {
    let sandbox = Sandbox::open();
    let mut nothing = groups(&[("A", "a")]);
    nothing["Conditions"] = json!({ "No": { "Fn::Equals": ["a", "b"] } });
    nothing["Resources"]["A"]["Condition"] = json!("No");
    let made = change_set(&sandbox, "CREATE", &nothing, json!({})).await;
    assert_eq!(made.expect("made")["Status"], "CREATE_COMPLETE");
    execute(&sandbox).await.expect("executed");
    assert_eq!(sandbox.settled("stack").await, "CREATE_COMPLETE");
    let made = change_set(&sandbox, "UPDATE", &nothing, json!({})).await;
    assert_eq!(made.expect("made")["Status"], "FAILED");
    let refused = refusal(execute(&sandbox).await);
    assert_eq!(refused.code, "InvalidChangeSetStatus");
    assert!(
        refused.message.ends_with("current status of [FAILED]"),
        "{refused}"
    );
}

#[tokio::test]
async fn an_import_may_be_missing_until_a_change_set_is_executed() {
    let sandbox = Sandbox::open();
    let mut importing = groups(&[("A", "a")]);
    importing["Resources"]["A"]["Properties"]["LogGroupName"] = json!({ "Fn::ImportValue": "x" });
    let made = change_set(&sandbox, "CREATE", &importing, json!({})).await;
    assert_eq!(made.expect("made")["ExecutionStatus"], "AVAILABLE");
    execute(&sandbox).await.expect("begun");
    assert_eq!(sandbox.settled("stack").await, "ROLLBACK_COMPLETE");
    let failures = sandbox.failures("stack").await;
    assert!(
        failures[0].contains("No export named x found"),
        "{failures:?}"
    );
}

#[tokio::test]
async fn a_change_says_what_causes_it_and_its_values_on_request() {
    let sandbox = Sandbox::open();
    let by_parameter = retained(json!({ "Ref": "Days" }));
    assert_eq!(
        sandbox.apply("CreateStack", &by_parameter).await.as_deref(),
        Ok("CREATE_COMPLETE")
    );
    let days = json!({ "Parameters": [{ "ParameterKey": "Days", "ParameterValue": "3" }] });
    let made = change_set(&sandbox, "UPDATE", &by_parameter, days).await;
    let change = made.expect("made")["Changes"][0]["ResourceChange"].take();
    let target = json!({ "Attribute": "Properties", "Name": "RetentionInDays",
        "RequiresRecreation": "Never" });
    let expected = json!([
        { "Target": target, "Evaluation": "Static", "ChangeSource": "ParameterReference",
            "CausingEntity": "Days" },
        { "Target": target, "Evaluation": "Dynamic", "ChangeSource": "DirectModification",
            "CausingEntity": null },
    ]);
    assert_eq!(change["Details"], expected);
    assert!(change.get("AfterContext").is_none());

    let full = described(&sandbox, json!({ "IncludePropertyValues": true })).await;
    let change = full.expect("it is there")["Changes"][0]["ResourceChange"].take();
    let context = |days: u8| json!({ "Properties": { "RetentionInDays": days } }).to_string();
    assert_eq!(change["BeforeContext"], context(1));
    assert_eq!(change["AfterContext"], context(3));
    let target = &change["Details"][0]["Target"];
    assert_eq!(target["Path"], "/Properties/RetentionInDays");
    assert_eq!(
        (&target["BeforeValue"], &target["AfterValue"]),
        (&json!("1"), &json!("3"))
    );
    assert_eq!(target["AttributeChangeType"], "Modify");

    with(
        &sandbox,
        "DeleteChangeSet",
        "stack",
        json!({ "ChangeSetName": "c" }),
    )
    .await
    .expect("deleted");
    let made = change_set(&sandbox, "UPDATE", &retained(json!(3)), json!({})).await;
    let details = made.expect("made")["Changes"][0]["ResourceChange"]["Details"].take();
    assert_eq!(details[0]["ChangeSource"], "DirectModification");
    assert_eq!(
        (details[0]["Evaluation"].as_str(), details[1].is_null()),
        (Some("Static"), true)
    );
}

#[tokio::test]
async fn a_secret_is_not_in_the_values_of_a_change() {
    let sandbox = Sandbox::open();
    let template = json!({
        "Parameters": { "Secret": { "Type": "String", "NoEcho": true, "Default": "hidden" } },
        "Resources": { "A": { "Type": "AWS::Logs::LogGroup",
            "Properties": { "LogGroupName": { "Fn::Sub": "a-${Secret}" } } } },
    });
    change_set(&sandbox, "CREATE", &template, json!({}))
        .await
        .expect("made");
    let full = described(&sandbox, json!({ "IncludePropertyValues": true })).await;
    let full = full.expect("it is there").to_string();
    assert!(
        full.contains("a-****") && !full.contains("hidden"),
        "{full}"
    );
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
async fn what_no_stack_can_be_or_have_is_refused_by_name() {
    let sandbox = Sandbox::open();
    let refused = refusal(
        sandbox
            .call("DescribeStacks", json!({ "StackName": "" }))
            .await,
    );
    assert!(refused.message.contains("'stackName'"), "{refused}");
    for (status, taken) in [
        ("CREATE_COMPLETE", true),
        ("IMPORT_COMPLETE", true),
        ("FOO", false),
    ] {
        let filter = json!({ "StackStatusFilter": [status] });
        assert_eq!(
            sandbox.call("ListStacks", filter).await.is_ok(),
            taken,
            "{status}"
        );
    }
    let mut dynamic = groups(&[("A", "{{resolve:ssm:/not/there:1}}")]);
    let refused = sandbox
        .apply("CreateStack", &dynamic)
        .await
        .expect_err("refused");
    assert!(
        refused.contains("{{resolve:ssm:/not/there:1}}"),
        "{refused}"
    );
    dynamic["Parameters"] = json!({ "P": { "Type": "String",
        "Default": "{{resolve:secretsmanager:s}}" } });
    dynamic["Resources"]["A"]["Properties"]["LogGroupName"] = json!({ "Ref": "P" });
    let refused = sandbox
        .apply("CreateStack", &dynamic)
        .await
        .expect_err("refused");
    assert!(refused.contains("dynamic references"), "{refused}");

    let twice = json!([{ "Key": "a", "Value": "1" }, { "Key": "a", "Value": "2" }]);
    for kind in ["AWS::S3::Bucket", "AWS::Logs::LogGroup"] {
        let resource = json!({ "Type": kind, "Properties": { "Tags": twice } });
        let created = sandbox
            .apply("CreateStack", &json!({ "Resources": { "A": resource } }))
            .await;
        assert_eq!(created.as_deref(), Ok("ROLLBACK_COMPLETE"), "{kind}");
        assert_eq!(sandbox.delete().await, "DELETE_COMPLETE");
    }
    let document = json!({ "Version": "2012-10-17",
        "Statement": [{ "Effect": "Allow", "Action": "*", "Resource": "*" }] });
    let policy = json!({ "Resources": { "A": { "Type": "AWS::IAM::Policy",
        "Properties": { "PolicyName": "p", "PolicyDocument": document } } } });
    let created = sandbox.apply("CreateStack", &policy).await;
    assert_eq!(created.as_deref(), Ok("ROLLBACK_COMPLETE"));
}

#[tokio::test]
async fn a_bucket_that_leaves_the_template_stays_if_it_is_not_empty() {
    let sandbox = Sandbox::open();
    let mut template = groups(&[("A", "a")]);
    template["Resources"]["B"] = json!({ "Type": "AWS::S3::Bucket",
        "Properties": { "BucketName": "full" } });
    sandbox
        .apply("CreateStack", &template)
        .await
        .expect("created");
    sandbox.platform.s3.keep("full", "key", b"contents");
    let updated = sandbox.apply("UpdateStack", &groups(&[("A", "a")])).await;
    assert_eq!(updated.as_deref(), Ok("UPDATE_COMPLETE"));
    let failures = sandbox.failures("stack").await;
    assert!(failures[0].starts_with("B DELETE_FAILED: "), "{failures:?}");
    assert_eq!(sandbox.platform.s3.bucket_names(), ["full"]);
    assert_eq!(sandbox.delete().await, "DELETE_COMPLETE");
    assert_eq!(sandbox.platform.s3.bucket_names(), ["full"]);
}

#[tokio::test]
async fn another_type_of_a_key_is_another_table() {
    let sandbox = Sandbox::open();
    let table = |name: Option<&str>, kind: &str| {
        let mut properties = json!({
            "BillingMode": "PAY_PER_REQUEST",
            "KeySchema": [{ "AttributeName": "a", "KeyType": "HASH" }],
            "AttributeDefinitions": [{ "AttributeName": "a", "AttributeType": kind }],
        });
        if let Some(name) = name {
            properties["TableName"] = json!(name);
        }
        json!({ "Resources": { "T": { "Type": "AWS::DynamoDB::Table", "Properties": properties } } })
    };
    sandbox
        .apply("CreateStack", &table(Some("named"), "S"))
        .await
        .expect("created");
    let updated = sandbox
        .apply("UpdateStack", &table(Some("named"), "N"))
        .await;
    assert_eq!(updated.as_deref(), Ok("UPDATE_ROLLBACK_COMPLETE"));
    let shown = sandbox.shown("AWS::DynamoDB::Table", "named").await;
    assert_eq!(shown["AttributeDefinitions"][0]["AttributeType"], "S");
}
