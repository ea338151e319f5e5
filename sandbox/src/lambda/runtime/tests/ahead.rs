//! Environments that start ahead of their first invocation.

use std::sync::Arc;
use std::time::Duration;

use super::harness::{Harness, SCRIPTED, ScriptedProcess, ended, until};
use crate::lambda::runtime::Limits;

#[tokio::test]
async fn an_environment_ahead_of_its_invocation_is_warm_and_reports_its_init_once() {
    let harness = Harness::new().await;
    let revision = Arc::new(harness.revision("f", SCRIPTED));
    assert!(!harness.runtime.retire("f"));
    harness.runtime.start_ahead(&revision);
    let process = ScriptedProcess::of(&revision).await;
    assert!(!harness.runtime.is_busy(), "nobody waits for it");
    let first = harness.echo(&revision, &process).await;
    assert!(first.log_tail.contains("Init Duration"), "{first:?}");
    let second = harness.echo(&revision, &process).await;
    assert!(!second.log_tail.contains("Init Duration"), "{second:?}");
    assert!(harness.runtime.retire("f"));
    process.is_gone().await;
}

#[tokio::test]
async fn an_init_that_fails_ahead_of_an_invocation_fails_again_for_it() {
    let harness = Harness::new().await;
    let revision = Arc::new(harness.revision("f", "#!/bin/sh\nexit 3\n"));
    harness.runtime.start_ahead(&revision);
    until(|| harness.runtime.idle_count() == 0).await;
    let failed = ended(harness.invoke(&revision, "1")).await;
    let failed = failed.expect("it was invoked");
    let payload = String::from_utf8_lossy(&failed.payload);
    assert!(payload.contains("exit status 3"), "{payload}");
    assert_eq!(failed.function_error, Some("Unhandled"));
}

/// Whoever saves every second has one process that starts, not one for each time.
#[tokio::test]
async fn an_init_ahead_of_an_invocation_ends_as_soon_as_nobody_needs_it() {
    let limits = Limits {
        max_environments: 1,
        // Nobody waits for that.
        init_timeout: Duration::from_secs(600),
        ..Limits::default()
    };
    let harness = Harness::with_limits(limits).await;
    let revision = Arc::new(harness.revision("f", SCRIPTED));
    harness.runtime.start_ahead(&revision);
    let changed = ScriptedProcess::of(&revision).await;
    assert!(harness.runtime.retire("f"));
    changed.is_gone().await;

    harness.runtime.start_ahead(&revision);
    let evicted = ScriptedProcess::others(&revision, &[&changed]).await;
    let other = Arc::new(harness.revision("g", SCRIPTED));
    let invocation = harness.invoke(&other, "1");
    evicted.is_gone().await;
    let other = ScriptedProcess::of(&other).await;
    let request = other.next().await;
    other.respond(&request.id, "1").await;
    ended(invocation).await.expect("it was invoked");
}

#[tokio::test]
async fn an_init_that_an_invocation_waits_for_goes_on_when_the_function_changes() {
    let harness = Harness::new().await;
    let revision = Arc::new(harness.revision("f", SCRIPTED));
    harness.runtime.start_ahead(&revision);
    let process = ScriptedProcess::of(&revision).await;
    let invocation = harness.invoke(&revision, "1");
    until(|| harness.runtime.idle_count() == 0).await;
    assert!(harness.runtime.retire("f"));
    let request = process.next().await;
    process.respond(&request.id, "1").await;
    ended(invocation).await.expect("it was invoked");
    process.is_gone().await;
}
