//! Environments that start ahead of an invocation.

use super::*;

/// What does not happen within this time never does.
const NEVER: Duration = Duration::from_secs(20);
/// Runs until it is ended, and does not become ready.
const STARTS: &[u8] = b"#!/bin/sh\n: > started\nsleep 600\n";

fn update(program: &[u8]) -> Value {
    value!({ "FunctionName": "game", "ZipFile": zip(program) })
}

/// And a function that nobody has called is not started.
#[tokio::test]
async fn new_code_of_a_function_that_is_warm_is_started_ahead_of_the_next_call() {
    let folder = tempfile::tempdir().expect("a folder");
    let lambda = opened(folder.path());
    let mut game = game();
    game["Code"]["ZipFile"] = zip(b"#!/bin/sh\nsleep 600\n").into();
    call(&lambda, "CreateFunction", game).await.expect("made");
    let started = async || {
        let started = revision(&lambda).code.folder().join("started");
        let wait = async {
            while !started.exists() {
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
        };
        tokio::time::timeout(NEVER, wait).await.expect("it starts");
    };
    call(&lambda, "UpdateFunctionCode", update(STARTS))
        .await
        .expect("patched");
    assert_eq!(lambda.runtime.idle_count(), 0);
    let calling = tokio::spawn({
        let lambda = lambda.clone();
        async move { invoked(&lambda).await }
    });
    started().await;
    let other = [STARTS, b"exit 1\n"].concat();
    call(&lambda, "UpdateFunctionCode", update(&other))
        .await
        .expect("patched");
    assert_eq!(lambda.runtime.idle_count(), 1);
    started().await;
    calling.abort();
    lambda.stop().await;
}

#[tokio::test]
async fn what_was_changed_or_deleted_meanwhile_is_not_started() {
    let folder = tempfile::tempdir().expect("a folder");
    let lambda = opened(folder.path());
    call(&lambda, "CreateFunction", game()).await.expect("made");
    for (operation, change) in [
        ("UpdateFunctionCode", update(STARTS)),
        ("DeleteFunction", named("game")),
    ] {
        let before = revision(&lambda);
        call(&lambda, operation, change).await.expect(operation);
        lambda.runtime.start_ahead(&before);
        assert_eq!(lambda.runtime.idle_count(), 0, "{operation}");
    }
    lambda.stop().await;
}
