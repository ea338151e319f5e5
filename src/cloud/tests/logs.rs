use std::time::{Duration, SystemTime};

use serde_json::{Value, json};

use super::*;
use crate::cloud::{Cloud, LogLine};

fn at(milliseconds: u64) -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_millis(milliseconds)
}

fn page(lines: &[(&str, u64)], next: Option<&str>) -> (u16, String) {
    let events = lines.iter().map(|(id, time)| {
        json!({ "eventId": id, "timestamp": time, "message": format!("line {id}\n"),
            "logStreamName": "s" })
    });
    json(&json!({ "events": events.collect::<Value>(), "nextToken": next }))
}

fn ids(lines: &[LogLine]) -> Vec<&str> {
    lines.iter().map(|line| line.id.as_str()).collect()
}

#[tokio::test]
async fn lines_come_from_all_pages_oldest_first() {
    let pages = [
        page(&[("a", 2), ("b", 4)], Some("more")),
        page(&[("c", 3)], None),
    ];
    let (cloud, requests) = Cloud::answering(pages);
    let lines = cloud.log_lines("g", at(1500)).await.expect("no failure");
    assert_eq!(ids(&lines), ["a", "c", "b"]);
    let first = LogLine {
        id: "a".to_owned(),
        time: at(2),
        stream: "s".to_owned(),
        text: "line a".to_owned(),
    };
    assert_eq!(lines[0], first);
    let requests = sent(&requests);
    let asked = [r#""logGroupName":"g""#, r#""startTime":1500"#];
    assert_has(&requests[0], &asked, &["nextToken"]);
    assert_has(&requests[1], &asked, &[r#""nextToken":null"#]);
    assert_has(&requests[1], &[r#""nextToken":"more""#], &[]);

    let (cloud, requests) = Cloud::answering([page(&[("a", 2)], Some("third"))]);
    let read = cloud.log_page("g", at(0), Some("second".to_owned())).await;
    let read = read.expect("no failure");
    assert_eq!(
        (ids(&read.lines), read.next.as_deref()),
        (vec!["a"], Some("third"))
    );
    assert_has(&sent(&requests)[0], &[r#""nextToken":"second""#], &[]);
}

#[tokio::test]
async fn a_group_that_is_not_there_has_no_lines() {
    let (cloud, _) = Cloud::answering([missing(), missing(), denied(), denied()]);
    let lines = cloud.log_lines("g", at(0)).await.expect("no failure");
    assert!(lines.is_empty());
    let read = cloud.log_page("g", at(0), None).await.expect("no failure");
    assert!(read.lines.is_empty() && read.next.is_none());
    let refused = "AccessDeniedException";
    assert_refused(cloud.log_lines("g", at(0)).await, refused);
    assert_refused(cloud.log_page("g", at(0), None).await, refused);
}

#[tokio::test]
async fn groups_are_found_by_how_they_begin_and_deleted_once() {
    let named = |name: &str| json!([{ "logGroupName": name }]);
    let (cloud, requests) = Cloud::answering([
        json(&json!({ "logGroups": named("p1"), "nextToken": "more" })),
        json(&json!({ "logGroups": named("p2") })),
        json(&json!({})),
        missing(),
        denied(),
        denied(),
    ]);
    let groups = cloud.log_groups("p").await.expect("no failure");
    assert_eq!(groups, ["p1", "p2"]);
    cloud.delete_log_group("p1").await.expect("no failure");
    // It is gone already.
    cloud.delete_log_group("p1").await.expect("no failure");
    let refused = "AccessDeniedException";
    assert_refused(cloud.delete_log_group("p1").await, refused);
    assert_refused(cloud.log_groups("p").await, refused);
    let requests = sent(&requests);
    assert_has(&requests[0], &[r#""logGroupNamePrefix":"p""#], &[]);
    assert_has(&requests[2], &[r#""logGroupName":"p1""#], &[]);
}
