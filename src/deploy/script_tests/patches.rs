//! Patches of one function.

use super::*;
use crate::deploy::together::Together;

fn release() -> Release {
    Release {
        project: None,
        workshop: Workshop::named("workshop"),
        template: None,
        code: vec![FunctionCode {
            function: "01-new-game".to_owned(),
            digest: Digest::of(b"zip"),
            size: 3,
            zip: Some((*b"zip").into()),
        }],
        library: None,
        site: None,
        architecture: Architecture::X86_64,
        full: false,
        dry_run: false,
        may_lose_data: false,
        to_many: false,
    }
}

fn configuration(code: &str, revision: usize, status: &str) -> (u16, String) {
    let body = serde_json::json!({ "Configuration": {
        "FunctionName": FUNCTION,
        "CodeSha256": code,
        "RevisionId": revision.to_string(),
        "State": "Active",
        "LastUpdateStatus": status,
        "LastUpdateStatusReason": "the role is gone",
    }});
    (200, body.to_string())
}

fn known() -> Option<DeployedFunction> {
    Some(DeployedFunction {
        code_sha256: "old".to_owned(),
        revision: "0".to_owned(),
        update: UpdateStatus::Done,
        settings: serde_json::Value::Null,
    })
}

/// Patches a function: the answers to `UpdateFunctionCode` and to `GetFunction`, each by its number.
async fn patched(
    update: impl Fn(usize) -> (u16, String) + Send + Sync + 'static,
    get: impl Fn(usize) -> (u16, String) + Send + Sync + 'static,
) -> (Result<bool, DeployError>, usize) {
    let numbers = Mutex::new((0, 0));
    let (cloud, sent) = Cloud::scripted(move |request| {
        let mut numbers = numbers.lock().expect("no answer panics");
        if request.starts_with("PUT ") {
            numbers.0 += 1;
            update(numbers.0)
        } else {
            numbers.1 += 1;
            get(numbers.1)
        }
    });
    let release = release();
    let prepared = Prepared::new(&cloud, &release, &silent);
    let took = patch::patch(
        &prepared,
        &Together::new(),
        FUNCTION,
        &release.code[0],
        known(),
        report(),
    )
    .await;
    let sent = sent.lock().expect("sent");
    let updates = sent.iter().filter(|request| request.starts_with("PUT "));
    (took.map(|took| took.is_some()), updates.count())
}

fn accepted(_: usize) -> (u16, String) {
    (
        200,
        r#"{"State": "Active", "LastUpdateStatus": "InProgress"}"#.to_owned(),
    )
}

fn conflict(_: usize) -> (u16, String) {
    let body = r#"{"__type": "ResourceConflictException", "Message": "in progress"}"#;
    (409, body.to_owned())
}

#[tokio::test]
async fn a_patch_ends_when_calls_run_the_new_code() {
    let ours = Digest::of(b"zip").to_string();
    let get = move |number: usize| {
        configuration(
            &ours,
            number,
            if number < 3 {
                "InProgress"
            } else {
                "Successful"
            },
        )
    };
    let (took, updates) = patched(accepted, get).await;
    assert_eq!((took.expect("patched"), updates), (true, 1));
}

#[tokio::test]
async fn a_patch_that_lambda_cannot_apply_has_failed() {
    let ours = Digest::of(b"zip").to_string();
    let (failed, _) = patched(accepted, move |number| {
        configuration(&ours, number, "Failed")
    })
    .await;
    let Err(DeployError::PatchFailed { reason, .. }) = failed else {
        panic!("{failed:?}");
    };
    assert_eq!(reason, "the role is gone");
}

#[tokio::test]
async fn a_patch_comes_after_the_update_that_is_in_its_way() {
    let ours = Digest::of(b"zip").to_string();
    let update = |number| {
        if number == 1 {
            conflict(number)
        } else {
            accepted(number)
        }
    };
    let get = move |number: usize| match number {
        1 => configuration("old", number, "Successful"),
        _ => configuration(&ours, number, "Successful"),
    };
    let (took, updates) = patched(update, get).await;
    assert_eq!((took.expect("patched"), updates), (true, 2));
}

#[tokio::test]
async fn other_code_that_lands_in_between_is_not_overwritten() {
    let theirs = |number| configuration("theirs", number, "Successful");
    for update in [accepted, conflict] {
        let (failed, updates) = patched(update, theirs).await;
        assert!(matches!(failed, Err(DeployError::FunctionChanged { .. })));
        assert_eq!(updates, 1);
    }
}
