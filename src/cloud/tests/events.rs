use std::time::{Duration, SystemTime};

use super::*;
use crate::cloud::{Cloud, Resource, StackEvent, Status};

fn event(id: &str) -> String {
    format!(
        "<EventId>{id}</EventId><LogicalResourceId>A</LogicalResourceId>\
         <PhysicalResourceId>a</PhysicalResourceId><ResourceType>T</ResourceType>\
         <Timestamp>1970-01-01T00:00:01.500Z</Timestamp>\
         <ResourceStatus>CREATE_FAILED</ResourceStatus>\
         <ResourceStatusReason>why {id}</ResourceStatusReason>"
    )
}

fn events(events: &[String], rest: &str) -> (u16, String) {
    let events = members(events);
    xml(
        "DescribeStackEvents",
        &format!("<StackEvents>{events}</StackEvents>{rest}"),
    )
}

fn ids(events: &[StackEvent]) -> Vec<&str> {
    events.iter().map(|event| event.id.as_str()).collect()
}

#[tokio::test]
async fn events_come_oldest_first_and_from_after_the_last_one() {
    let pages = || {
        [
            events(&[event("4"), event("3")], "<NextToken>more</NextToken>"),
            events(&[event("2"), event("1")], ""),
        ]
    };
    for (last, expected, requested) in [
        (None, &["1", "2", "3", "4"][..], 2),
        (Some("0"), &["1", "2", "3", "4"], 2),
        (Some("2"), &["3", "4"], 2),
        (Some("3"), &["4"], 1),
        (Some("4"), &[], 1),
    ] {
        let (cloud, requests) = Cloud::answering(pages());
        let found = cloud.events_after("game", last).await;
        assert_eq!(ids(&found.expect("no failure")), expected, "{last:?}");
        let requests = sent(&requests);
        assert_has(&requests[0], &["StackName=game"], &[]);
        assert_eq!(requests.len(), requested, "{last:?}");
    }
    let (cloud, requests) = Cloud::answering(pages());
    let newest = cloud.newest_event("game").await.expect("no failure");
    assert_eq!(newest.as_deref(), Some("4"));
    assert_has(&sent(&requests)[0], &["StackName=game"], &[]);
    let (cloud, _) = Cloud::answering([
        events(&[], ""),
        refused("AccessDenied", "why"),
        refused("AccessDenied", "why"),
    ]);
    assert_eq!(cloud.newest_event("game").await.expect("no failure"), None);
    assert_refused(cloud.newest_event("game").await, "AccessDenied");
    assert_refused(cloud.events_after("game", None).await, "AccessDenied");
}

#[tokio::test]
async fn an_event_is_read_with_all_that_it_has() {
    let (cloud, _) = Cloud::answering([events(
        &[event("1"), event("2").replace("why 2", ""), String::new()],
        "",
    )]);
    let found = cloud.events_after("game", None).await.expect("no failure");
    let expected = StackEvent {
        id: "1".to_owned(),
        time: SystemTime::UNIX_EPOCH + Duration::from_millis(1500),
        logical_id: "A".to_owned(),
        physical_id: "a".to_owned(),
        resource_type: "T".to_owned(),
        status: Status("CREATE_FAILED".to_owned()),
        reason: Some("why 1".to_owned()),
    };
    assert_eq!(found[2], expected);
    // An empty reason is none.
    assert_eq!(found[1].reason, None);
    assert_eq!(found[0].time, SystemTime::UNIX_EPOCH);
}

#[tokio::test]
async fn of_findings_those_before_the_newest_refusal_are_told() {
    let finding = |id: &str, operation: &str, second: u8, reason: Option<&str>| {
        let reason = reason
            .map(|reason| format!("<ValidationStatusReason>{reason}</ValidationStatusReason>"));
        format!(
            "<EventId>{id}</EventId><OperationId>{operation}</OperationId>\
             <LogicalResourceId>A</LogicalResourceId><PhysicalResourceId>a</PhysicalResourceId>\
             <ResourceType>T</ResourceType>\
             <Timestamp>1970-01-01T00:00:0{second}Z</Timestamp>{}",
            reason.unwrap_or_default()
        )
    };
    let page = |events: &[String], rest: &str| {
        let events = members(events);
        xml(
            "DescribeEvents",
            &format!("<OperationEvents>{events}</OperationEvents>{rest}"),
        )
    };
    let pages = || {
        [
            page(
                &[
                    finding("1", "new", 3, Some("a")),
                    finding("2", "later", 4, None),
                    finding("3", "old", 1, Some("b")),
                ],
                "<NextToken>more</NextToken>",
            ),
            page(&[finding("4", "new", 2, Some("c"))], ""),
        ]
    };
    let (cloud, requests) = Cloud::answering(pages());
    let found = cloud.validation_failures("game").await;
    let found = found.expect("no failure");
    assert_eq!(ids(&found), ["1", "4"]);
    let expected = StackEvent {
        id: "1".to_owned(),
        time: SystemTime::UNIX_EPOCH + Duration::from_secs(3),
        logical_id: "A".to_owned(),
        physical_id: "a".to_owned(),
        resource_type: "T".to_owned(),
        status: Status("VALIDATION_FAILED".to_owned()),
        reason: Some("a".to_owned()),
    };
    assert_eq!(found[0], expected);
    let filter = "Filters.FailedEvents=true";
    let requests = sent(&requests);
    assert_has(
        &requests[0],
        &["StackName=game", filter],
        &["ChangeSetName"],
    );

    let (cloud, requests) = Cloud::answering(pages());
    let found = cloud.change_set_failures("game", "set").await;
    assert_eq!(ids(&found.expect("no failure")), ["1", "4"]);
    assert_has(
        &sent(&requests)[0],
        &["StackName=game", "ChangeSetName=set", filter],
        &[],
    );
    let (cloud, _) = Cloud::answering([refused("AccessDenied", "why")]);
    assert_refused(cloud.validation_failures("game").await, "AccessDenied");
}

#[tokio::test]
async fn resources_are_found_on_all_pages() {
    let resource = |logical_id: &str, reason: &str| {
        format!(
            "<LogicalResourceId>{logical_id}</LogicalResourceId>\
             <PhysicalResourceId>a</PhysicalResourceId><ResourceType>T</ResourceType>\
             <ResourceStatus>CREATE_COMPLETE</ResourceStatus>\
             <ResourceStatusReason>{reason}</ResourceStatusReason>"
        )
    };
    let page = |resources: &[String], rest: &str| {
        let resources = members(resources);
        xml(
            "ListStackResources",
            &format!("<StackResourceSummaries>{resources}</StackResourceSummaries>{rest}"),
        )
    };
    let (cloud, requests) = Cloud::answering([
        page(&[resource("A", "why")], "<NextToken>more</NextToken>"),
        page(&[resource("B", "")], ""),
        refused("AccessDenied", "why"),
    ]);
    let found = cloud.resources("game").await.expect("no failure");
    let expected = |logical_id: &str, reason: Option<&str>| Resource {
        logical_id: logical_id.to_owned(),
        physical_id: "a".to_owned(),
        resource_type: "T".to_owned(),
        status: Status("CREATE_COMPLETE".to_owned()),
        reason: reason.map(str::to_owned),
    };
    assert_eq!(found, [expected("A", Some("why")), expected("B", None)]);
    assert_has(
        &sent(&requests)[1],
        &["StackName=game", "NextToken=more"],
        &[],
    );
    assert_refused(cloud.resources("game").await, "AccessDenied");
}
