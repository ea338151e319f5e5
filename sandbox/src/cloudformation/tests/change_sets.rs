//! What change sets tell, and when they can be executed.

use serde_json::{Value, json};

use super::{Sandbox, groups, refusal, retained, with};
use crate::fault::Answer;

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
