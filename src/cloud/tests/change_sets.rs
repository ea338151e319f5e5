use super::stacks::{OF_REQUEST, request};
use super::*;
use crate::cloud::{Against, ChangeSetState, Cloud, Drift};

#[tokio::test]
async fn a_change_set_is_created_with_the_mode_that_is_asked_for() {
    for (against, express, parts, others) in [
        (
            Against::LastUpdate,
            true,
            &[
                "DeploymentConfig.Mode=EXPRESS",
                "DeploymentConfig.DisableRollback=false",
            ][..],
            &["DeploymentMode="][..],
        ),
        (
            Against::LastUpdate,
            false,
            &[],
            &["DeploymentConfig", "DeploymentMode"],
        ),
        (
            Against::Reality,
            false,
            &["DeploymentMode=REVERT_DRIFT"],
            &["DeploymentConfig"],
        ),
    ] {
        let (cloud, requests) = Cloud::answering([xml("CreateChangeSet", "<Id>id</Id>")]);
        let cloud = cloud.with_stack_role(Some("role".to_owned()));
        let id = cloud.create_change_set(&request(), against, express).await;
        assert_eq!(id.expect("no failure"), "id");
        let requests = sent(&requests);
        assert_has(&requests[0], &OF_REQUEST, others);
        assert_has(
            &requests[0],
            &["ChangeSetType=UPDATE", "ChangeSetName=mafia-"],
            &[],
        );
        assert_has(&requests[0], parts, &[]);
    }
}

async fn created(cloud: &Cloud) -> Result<String, CloudError> {
    let against = Against::LastUpdate;
    cloud.create_change_set(&request(), against, false).await
}

/// The answer to the first request was lost: its name is random, so it is our own.
#[tokio::test]
async fn a_change_set_that_exists_already_is_found_by_its_name() {
    for answer in [
        refused("AlreadyExistsException", "why"),
        xml("CreateChangeSet", ""),
    ] {
        let (cloud, requests) = Cloud::answering([answer]);
        let id = created(&cloud).await.expect("no failure");
        let name = format!("ChangeSetName={id}&");
        assert!(id.starts_with("mafia-"), "{id}");
        assert_has(&sent(&requests)[0], &[&name], &[]);
    }
    let (cloud, _) = Cloud::answering([refused("AccessDenied", "why")]);
    assert_refused(created(&cloud).await, "AccessDenied");
}

fn change(logical_id: &str) -> String {
    format!(
        "<ResourceChange><Action>Add</Action><LogicalResourceId>{logical_id}</LogicalResourceId>\
         </ResourceChange>"
    )
}

#[tokio::test]
async fn a_change_set_is_read_from_all_its_pages() {
    let page = |changes: &[String], rest: &str| {
        let changes = members(changes);
        xml(
            "DescribeChangeSet",
            &format!("<Changes>{changes}</Changes>{rest}"),
        )
    };
    let (cloud, requests) = Cloud::answering([
        page(&[change("A")], "<NextToken>more</NextToken>"),
        page(
            &[change("B"), String::new()],
            "<Status>CREATE_COMPLETE</Status><ExecutionStatus>AVAILABLE</ExecutionStatus>",
        ),
    ]);
    let found = cloud.change_set("game", "set").await.expect("no failure");
    let changed: Vec<_> = found.changes.iter().map(|it| &it.logical_id).collect();
    assert_eq!(changed, ["A", "B"]);
    assert_eq!(
        (found.id.as_str(), found.state, found.executed),
        ("set", ChangeSetState::Ready, false)
    );
    let requests = sent(&requests);
    let named = [
        "StackName=game",
        "ChangeSetName=set",
        "IncludePropertyValues=true",
    ];
    assert_has(&requests[0], &named, &["NextToken"]);
    assert_has(&requests[1], &["NextToken=more"], &[]);
}

#[tokio::test]
async fn the_state_of_a_change_set_is_told_by_its_status_and_reason() {
    let failed = |reason: &str| ChangeSetState::Failed(reason.to_owned());
    let no_changes = "The submitted information didn't contain changes. Submit others.";
    for (status, reason, expected) in [
        ("CREATE_PENDING", "", ChangeSetState::Pending),
        ("CREATE_IN_PROGRESS", "", ChangeSetState::Pending),
        ("CREATE_COMPLETE", "", ChangeSetState::Ready),
        ("FAILED", no_changes, ChangeSetState::Empty),
        (
            "FAILED",
            "No updates are to be performed.",
            ChangeSetState::Empty,
        ),
        ("FAILED", "a role is missing", failed("a role is missing")),
        ("FAILED", "", failed("")),
    ] {
        let content = format!(
            "<Status>{status}</Status><StatusReason>{reason}</StatusReason>\
             <ExecutionStatus>UNAVAILABLE</ExecutionStatus>"
        );
        let (cloud, _) = Cloud::answering([xml("DescribeChangeSet", &content)]);
        let found = cloud.change_set("game", "set").await.expect("no failure");
        assert_eq!(found.state, expected, "{status} {reason}");
        assert!(!found.executed);
    }
    for status in ["EXECUTE_IN_PROGRESS", "EXECUTE_COMPLETE", "EXECUTE_FAILED"] {
        let content = format!("<ExecutionStatus>{status}</ExecutionStatus>");
        let (cloud, _) = Cloud::answering([xml("DescribeChangeSet", &content)]);
        let found = cloud.change_set("game", "set").await.expect("no failure");
        assert!(found.executed, "{status}");
    }
}

#[tokio::test]
async fn a_change_set_is_executed_and_deleted_by_its_id() {
    let (cloud, requests) = Cloud::answering([
        xml("ExecuteChangeSet", ""),
        xml("DeleteChangeSet", ""),
        refused("InvalidChangeSetStatus", "why"),
        refused("InvalidChangeSetStatus", "why"),
    ]);
    let executed = cloud.execute_change_set("game", "set").await;
    executed.expect("no failure");
    let deleted = cloud.delete_change_set("game", "set").await;
    deleted.expect("no failure");
    let requests = sent(&requests);
    for (request, operation) in requests.iter().zip(["Execute", "Delete"]) {
        let action = format!("Action={operation}ChangeSet&");
        assert_has(
            request,
            &[&action, "StackName=game", "ChangeSetName=set"],
            &[],
        );
    }
    assert_has(&requests[0], &["ClientRequestToken="], &[]);
    let refused = cloud.execute_change_set("game", "set").await;
    assert_refused(refused, "InvalidChangeSetStatus");
    let refused = cloud.delete_change_set("game", "set").await;
    assert_refused(refused, "InvalidChangeSetStatus");
}

#[tokio::test]
async fn the_drift_of_a_resource_is_told_with_its_properties() {
    let drift = |status: &str| {
        let difference = "<PropertyPath>/MemorySize</PropertyPath>".to_owned();
        let differences = members(&[difference]);
        xml(
            "DetectStackResourceDrift",
            &format!(
                "<StackResourceDrift><StackResourceDriftStatus>{status}</StackResourceDriftStatus>\
                 <PropertyDifferences>{differences}</PropertyDifferences></StackResourceDrift>"
            ),
        )
    };
    let modified = Drift::Modified(vec!["/MemorySize".to_owned()]);
    for (answer, expected) in [
        (drift("DELETED"), Some(Drift::Deleted)),
        (drift("MODIFIED"), Some(modified)),
        (drift("IN_SYNC"), None),
        (xml("DetectStackResourceDrift", ""), None),
        (
            refused("ValidationError", "the type is not supported"),
            None,
        ),
    ] {
        let (cloud, requests) = Cloud::answering([answer]);
        let found = cloud.drift("game", "A").await.expect("no failure");
        assert_eq!(found, expected);
        let named = ["StackName=game", "LogicalResourceId=A"];
        assert_has(&sent(&requests)[0], &named, &[]);
    }
    let (cloud, _) = Cloud::answering([refused("AccessDenied", "why")]);
    assert_refused(cloud.drift("game", "A").await, "AccessDenied");
}
