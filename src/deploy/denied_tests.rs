//! A clean-up by somebody who may not see or delete everything.

use super::clean::{self, Plan};
use super::{Event, Kept, STACK};
use crate::cloud::Cloud;

fn silent(_: Event) {}

fn xml(operation: &str, content: &str) -> (u16, String) {
    let body = format!(
        "<{operation}Response><{operation}Result>{content}</{operation}Result></{operation}Response>"
    );
    (200, body)
}

fn refused(status: u16, code: &str, message: &str) -> (u16, String) {
    let body = format!(
        "<ErrorResponse><Error><Code>{code}</Code><Message>{message}</Message></Error></ErrorResponse>"
    );
    (status, body)
}

fn workshop() -> (u16, String) {
    xml(
        "DescribeStacks",
        "<Stacks><member><StackName>workshop</StackName><StackId>workshop</StackId>\
         <StackStatus>CREATE_COMPLETE</StackStatus><Tags><member><Key>mafia:kind</Key>\
         <Value>workshop</Value></member></Tags><Outputs><member>\
         <OutputKey>ArtifactBucket</OutputKey><OutputValue>b</OutputValue></member></Outputs>\
         </member></Stacks>",
    )
}

/// The game is gone, and two log groups look like its own. `denied` are parts of the requests that are
/// refused.
fn cloud(denied: &'static [&'static str]) -> (Cloud, crate::cloud::scripted::Sent) {
    Cloud::scripted(move |request| {
        let asked = |operation: &str| request.contains(&format!("Action={operation}&"));
        if denied.iter().any(|part| request.contains(part)) {
            if request.contains("Action=") {
                refused(403, "AccessDenied", "you may not")
            } else {
                (403, r#"{"__type": "AccessDeniedException"}"#.to_owned())
            }
        } else if asked("DescribeStacks") && request.contains("StackName=workshop") {
            workshop()
        } else if asked("DescribeStacks") {
            refused(400, "ValidationError", "it does not exist")
        } else if asked("ListStacks") {
            xml("ListStacks", "<StackSummaries/>")
        } else if asked("ListStackResources") {
            xml("ListStackResources", "<StackResourceSummaries/>")
        } else if asked("GetTemplate") {
            xml("GetTemplate", "<TemplateBody>Resources: {}</TemplateBody>")
        } else if asked("DescribeStackEvents") {
            xml("DescribeStackEvents", "<StackEvents/>")
        } else if request.contains("/functions/") {
            (404, r#"{"__type": "ResourceNotFoundException"}"#.to_owned())
        } else if request.contains("list-type=2") {
            (200, "<ListBucketResult/>".to_owned())
        } else if request.contains("logGroupNamePrefix") {
            let groups = serde_json::json!({ "logGroups": [
                { "logGroupName": "/aws/lambda/game-01-one" },
                { "logGroupName": "/aws/lambda/game-x" },
            ]});
            (200, groups.to_string())
        } else {
            (200, "{}".to_owned())
        }
    })
}

async fn plan(cloud: &Cloud) -> Plan {
    let plan = clean::plan(cloud, &["game".to_owned()], Some("workshop"), false).await;
    plan.expect("no failure")
}

#[tokio::test]
async fn the_shared_stack_stays_where_it_may_not_be_seen_or_deleted() {
    for denied in [
        &["Action=ListStackResources&"][..],
        &["Action=DeleteStack&"],
    ] {
        let (cloud, _) = cloud(denied);
        let mut plan = plan(&cloud).await;
        let is_seen = denied[0].contains("DeleteStack");
        assert_eq!(plan.workshop.is_some(), is_seen);
        let left = clean::clean(&cloud, &mut plan, &silent).await;
        let left = left.expect("no failure");
        // The script deletes no log groups.
        let stacks: Vec<_> = left.iter().filter(|it| it.resource_type == STACK).collect();
        assert_eq!(stacks.len(), 1, "{left:?}");
        assert_eq!(stacks[0].name, "workshop");
        assert_eq!(stacks[0].kept, Some(Kept::NotAllowed));
        assert!(plan.workshop.is_none());
    }
}

#[tokio::test]
async fn log_groups_that_may_be_a_neighbours_stay() {
    let groups = async |denied| {
        let (cloud, _) = cloud(denied);
        plan(&cloud).await.remains[0].log_groups.clone()
    };
    assert_eq!(groups(&[]).await, ["/aws/lambda/game-01-one"]);
    // Earlier stacks are of no importance to it.
    let unseen = &["Action=ListStacks&"];
    assert_eq!(groups(unseen).await, ["/aws/lambda/game-01-one"]);
    assert_eq!(groups(&["StackName=game-01"]).await, [""; 0]);
    assert_eq!(groups(&["/functions/"]).await, [""; 0]);
}

#[tokio::test]
async fn what_is_refused_for_another_reason_is_a_failure() {
    let (cloud, _) = Cloud::scripted(|request| {
        if request.contains("Action=DescribeStacks&") {
            workshop()
        } else {
            refused(400, "ExpiredToken", "log in")
        }
    });
    let plan = clean::plan(&cloud, &[], Some("workshop"), false).await;
    assert!(plan.is_err());
}
