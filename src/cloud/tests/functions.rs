use serde_json::json;

use super::*;
use crate::cloud::{Cloud, Code, Invocation, Repetition, UpdateStatus};

fn configuration() -> serde_json::Value {
    json!({
        "CodeSha256": "digest", "RevisionId": "7", "State": "Active",
        "LastUpdateStatus": "Failed", "LastUpdateStatusReason": "why",
        "StateReason": "another reason",
        "Architectures": ["arm64"], "Description": "d", "Handler": "h",
        "Environment": { "Variables": { "A": "1" } }, "Layers": [{ "Arn": "layer" }],
        "MemorySize": 128, "Role": "role", "Runtime": "provided.al2023", "Timeout": 3,
    })
}

#[tokio::test]
async fn a_function_is_read_with_its_settings() {
    let answer = json(&json!({ "Configuration": configuration() }));
    let bare = json(&json!({ "Configuration": {
        "State": "Failed", "StateReason": "another reason" } }));
    let (cloud, requests) =
        Cloud::answering([answer.clone(), answer, bare.clone(), bare, json(&json!({}))]);
    let found = cloud.function("f").await.expect("no failure");
    let found = found.expect("it is there");
    assert_eq!(
        (found.code_sha256.as_str(), found.revision.as_str()),
        ("digest", "7")
    );
    assert_eq!(found.update, UpdateStatus::Failed("why".to_owned()));
    let settings = json!({
        "Architectures": ["arm64"], "Description": "d", "Environment": { "A": "1" },
        "Handler": "h", "Layers": ["layer"], "MemorySize": 128,
        "ReservedConcurrentExecutions": null, "Role": "role", "Runtime": "provided.al2023", "Timeout": 3,
    });
    assert_eq!(found.settings, settings);
    let requests = sent(&requests);
    assert_has(&requests[0], &["GET ", "/functions/f"], &["configuration"]);

    let environment = cloud.function_environment("f").await;
    let environment = environment.expect("no failure").expect("it is there");
    assert_eq!(environment, [("A".to_owned(), "1".to_owned())].into());
    let bare = cloud.function("f").await.expect("no failure");
    let bare = bare.expect("it is there");
    let failed = UpdateStatus::Failed("another reason".to_owned());
    assert_eq!((bare.code_sha256.as_str(), bare.update), ("", failed));
    assert_eq!(bare.settings["Environment"], json!({}));
    let environment = cloud.function_environment("f").await;
    assert_eq!(environment.expect("no failure"), Some([].into()));
    assert_eq!(cloud.function("f").await.expect("no failure"), None);
}

#[tokio::test]
async fn a_function_that_is_not_there_is_told_from_a_failure() {
    let (cloud, _) = Cloud::answering([missing(), missing(), denied(), denied()]);
    assert_eq!(cloud.function("f").await.expect("no failure"), None);
    let environment = cloud.function_environment("f").await;
    assert_eq!(environment.expect("no failure"), None);
    assert_refused(cloud.function("f").await, "AccessDeniedException");
    let environment = cloud.function_environment("f").await;
    assert_refused(environment, "AccessDeniedException");
}

#[tokio::test]
async fn code_is_sent_with_the_revision_that_it_replaces() {
    let (cloud, requests) = Cloud::answering([
        json(&configuration()),
        json(&configuration()),
        refused_in_json(409, "ResourceConflictException"),
    ]);
    let object = || Code::Object {
        bucket: "b".to_owned(),
        key: "k".to_owned(),
    };
    let updated = cloud
        .update_code("f", Code::Zip(b"zip".to_vec()), "6")
        .await;
    let updated = updated.expect("no failure");
    assert_eq!(
        (updated.code_sha256.as_str(), updated.revision.as_str()),
        ("digest", "7")
    );
    assert_eq!(updated.update, UpdateStatus::Failed("why".to_owned()));
    let updated = cloud.update_code("f", object(), "6").await;
    updated.expect("no failure");
    let requests = sent(&requests);
    let revision = r#""RevisionId":"6""#;
    assert_has(
        &requests[0],
        &["PUT ", "/functions/f/code", r#""ZipFile":"emlw""#, revision],
        &["S3Bucket"],
    );
    assert_has(
        &requests[1],
        &[r#""S3Bucket":"b""#, r#""S3Key":"k""#, revision],
        &["ZipFile"],
    );
    let refused = cloud.update_code("f", object(), "6").await;
    assert_refused(refused, "ResourceConflictException");
}

#[tokio::test]
async fn code_is_tried_and_not_kept() {
    let taken = || (200, "{}".to_owned());
    let (cloud, requests) = Cloud::answering([taken(), taken(), missing()]);
    let tried = cloud.try_code("f", Code::Zip(b"zip".to_vec())).await;
    tried.expect("no failure");
    let object = || Code::Object {
        bucket: "b".to_owned(),
        key: "k".to_owned(),
    };
    cloud.try_code("f", object()).await.expect("no failure");
    let requests = sent(&requests);
    let dry = r#""DryRun":true"#;
    assert_has(&requests[0], &[r#""ZipFile":"emlw""#, dry], &["S3Bucket"]);
    let read = [r#""S3Bucket":"b""#, r#""S3Key":"k""#, dry];
    assert_has(&requests[1], &read, &["ZipFile"]);
    let refused = cloud.try_code("f", object()).await;
    assert_refused(refused, "ResourceNotFoundException");
}

#[tokio::test]
async fn a_call_is_answered_with_its_payload() {
    for repetition in [Repetition::Harmless, Repetition::Counts] {
        let (cloud, requests) = Cloud::answering([(200, r#"{"a":1}"#.to_owned()), missing()]);
        let called = cloud.invoke("f", b"{}".to_vec(), repetition).await;
        let expected = Invocation {
            payload: br#"{"a":1}"#.to_vec(),
            error: None,
            log_tail: String::new(),
        };
        assert_eq!(called.expect("no failure"), expected);
        let requests = sent(&requests);
        assert_has(
            &requests[0],
            &["POST ", "/functions/f/invocations", "{}"],
            &[],
        );
        let refused = cloud.invoke("f", Vec::new(), repetition).await;
        assert_refused(refused, "ResourceNotFoundException");
    }
}

#[tokio::test]
async fn a_function_without_a_policy_has_none() {
    let policy = json(&json!({ "Policy": "{}", "RevisionId": "1" }));
    let (cloud, requests) = Cloud::answering([policy, missing(), denied()]);
    let found = cloud.function_policy("f").await.expect("no failure");
    assert_eq!(found.as_deref(), Some("{}"));
    assert_eq!(cloud.function_policy("f").await.expect("no failure"), None);
    assert_refused(cloud.function_policy("f").await, "AccessDeniedException");
    assert_has(&sent(&requests)[0], &["GET ", "/functions/f/policy"], &[]);
}
