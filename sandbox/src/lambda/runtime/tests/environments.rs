//! Environments: how many there are, which one is chosen, and when they end.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::{Method, StatusCode};
use rustix::process::{Pid, Signal, kill_process};
use tokio::task::JoinHandle;

use super::harness::{Harness, SCRIPTED, ScriptedProcess, ended, is_gone, soon, until};
use crate::lambda::runtime::{Limits, Revision};

fn small() -> Limits {
    Limits {
        max_environments: 2,
        permit_timeout: Duration::from_millis(50),
        ..Limits::default()
    }
}

#[tokio::test]
async fn concurrent_invocations_get_processes_of_their_own_and_later_ones_the_last_used() {
    let harness = Harness::new().await;
    let revision = Arc::new(harness.revision("f", SCRIPTED));
    let one = harness.invoke(&revision, "1");
    let first = ScriptedProcess::of(&revision).await;
    let request = first.next().await;
    let two = harness.invoke(&revision, "2");
    let second = ScriptedProcess::others(&revision, &[&first]).await;
    let other = second.next().await;
    second.respond(&other.id, "2").await;
    ended(two).await.expect("it was invoked");
    first.respond(&request.id, "1").await;
    ended(one).await.expect("it was invoked");
    // It would take an invocation that it got.
    let (pid, asking) = asking(second);
    for _ in 0..3 {
        harness.echo(&revision, &first).await;
    }
    soon(harness.runtime.stop()).await;
    assert!(
        !soon(asking).await.expect("no panic"),
        "the last used comes first"
    );
    assert!(is_gone(first.pid) && is_gone(pid));
}

#[tokio::test]
async fn more_invocations_than_there_is_room_for_are_throttled() {
    let harness = Harness::with_limits(small()).await;
    let revision = Arc::new(harness.revision("f", SCRIPTED));
    let invocations = [
        harness.invoke(&revision, "1"),
        harness.invoke(&revision, "1"),
    ];
    let first = ScriptedProcess::of(&revision).await;
    let second = ScriptedProcess::others(&revision, &[&first]).await;
    let throttled = ended(harness.invoke(&revision, "1"))
        .await
        .expect_err("full");
    assert_eq!(throttled.code, "TooManyRequestsException");
    assert_eq!(throttled.status, StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(
        throttled.members["Reason"],
        "ConcurrentInvocationLimitExceeded"
    );
    for process in [&first, &second] {
        let request = process.next().await;
        process.respond(&request.id, "1").await;
    }
    for invocation in invocations {
        ended(invocation).await.expect("it was invoked");
    }
    // The environment that was idle the longest is evicted for another function.
    let other = Arc::new(harness.revision("other", SCRIPTED));
    let invocation = harness.invoke(&other, "1");
    let third = ScriptedProcess::of(&other).await;
    let request = third.next().await;
    third.respond(&request.id, "1").await;
    ended(invocation).await.expect("it was invoked");
    until(|| is_gone(first.pid) != is_gone(second.pid)).await;
}

#[tokio::test]
async fn a_function_has_no_more_concurrency_than_is_reserved_for_it() {
    let harness = Harness::new().await;
    let reserved = |count| {
        let mut revision = harness.revision("f", SCRIPTED);
        revision.reserved_concurrency = Some(count);
        Arc::new(revision)
    };
    let off = reserved(0);
    let throttled = ended(harness.invoke(&off, "1")).await.expect_err("off");
    assert_eq!(throttled.code, "TooManyRequestsException");
    assert_eq!(
        throttled.members["Reason"],
        "ReservedFunctionConcurrentInvocationLimitExceeded"
    );
    let single = reserved(1);
    let invocation = harness.invoke(&single, "1");
    let process = ScriptedProcess::of(&single).await;
    let request = process.next().await;
    ended(harness.invoke(&single, "1"))
        .await
        .expect_err("taken");
    process.respond(&request.id, "1").await;
    ended(invocation).await.expect("it was invoked");
    harness.echo(&single, &process).await;
}

#[tokio::test]
async fn new_code_is_used_at_once_and_running_invocations_end_with_the_old() {
    let harness = Harness::new().await;
    let old = Arc::new(harness.revision("f", SCRIPTED));
    let done = harness.invoke(&old, "1");
    let first = ScriptedProcess::of(&old).await;
    let request = first.next().await;
    let under_way = harness.invoke(&old, "2");
    let second = ScriptedProcess::others(&old, &[&first]).await;
    let busy = second.next().await;
    first.respond(&request.id, "1").await;
    ended(done).await.expect("it was invoked");
    harness.runtime.retire("f");
    first.is_gone().await;

    let new = Arc::new(harness.revision("f", SCRIPTED));
    let invocation = harness.invoke(&new, "1");
    let third = ScriptedProcess::of(&new).await;
    let request = third.next().await;
    third.respond(&request.id, "\"new\"").await;
    assert_eq!(
        ended(invocation).await.expect("it was invoked").payload,
        "\"new\""
    );

    assert!(!is_gone(second.pid));
    second.respond(&busy.id, "\"old\"").await;
    assert_eq!(
        ended(under_way).await.expect("it was invoked").payload,
        "\"old\""
    );
    second.is_gone().await;
    harness.echo(&new, &third).await;
}

#[tokio::test]
async fn another_revision_never_runs_in_an_old_process() {
    let harness = Harness::new().await;
    let old = Arc::new(harness.revision("f", SCRIPTED));
    // It would take an invocation that it got.
    let (pid, asking) = asking(started(&harness, &old).await);
    let new = Arc::new(harness.revision("f", SCRIPTED));
    started(&harness, &new).await;
    harness.runtime.retire("f");
    assert!(
        !soon(asking).await.expect("no panic"),
        "it got an invocation"
    );
    until(|| is_gone(pid)).await;
}

/// Has the process ask for its next invocation. Returns its id, and later whether it got one.
fn asking(process: ScriptedProcess) -> (i32, JoinHandle<bool>) {
    let pid = process.pid;
    let asked = async move {
        let answer = process.ask(Method::GET, "invocation/next", Bytes::new());
        answer
            .await
            .is_some_and(|answer| answer.0 == StatusCode::OK)
    };
    (pid, tokio::spawn(asked))
}

/// A process that has completed an invocation.
async fn started(harness: &Harness, revision: &Arc<Revision>) -> ScriptedProcess {
    let invocation = harness.invoke(revision, "1");
    let process = ScriptedProcess::of(revision).await;
    let request = process.next().await;
    process.respond(&request.id, "1").await;
    ended(invocation).await.expect("it was invoked");
    process
}

#[tokio::test]
async fn a_process_that_nobody_needs_ends() {
    let limits = Limits {
        keep_warm: Duration::from_millis(20),
        ..Limits::default()
    };
    let harness = Harness::with_limits(limits).await;
    let revision = Arc::new(harness.revision("f", SCRIPTED));
    started(&harness, &revision).await.is_gone().await;
}

#[tokio::test]
async fn an_invocation_that_no_process_got_goes_to_another() {
    let harness = Harness::new().await;
    let revision = Arc::new(harness.revision("f", SCRIPTED));
    let first = started(&harness, &revision).await;
    // The environment has not noticed yet.
    let pid = Pid::from_raw(first.pid).expect("no zero");
    kill_process(pid, Signal::KILL).expect("it lives");
    let invocation = harness.invoke(&revision, "1");
    let second = ScriptedProcess::others(&revision, &[&first]).await;
    let request = second.next().await;
    second.respond(&request.id, "2").await;
    assert_eq!(
        ended(invocation).await.expect("it was invoked").payload,
        "2"
    );
}

#[tokio::test]
async fn a_process_that_is_not_ready_for_another_invocation_does_not_keep_it_waiting() {
    let limits = Limits {
        next_timeout: Duration::from_millis(20),
        ..Limits::default()
    };
    let harness = Harness::with_limits(limits).await;
    let revision = Arc::new(harness.revision("f", SCRIPTED));
    let first = started(&harness, &revision).await;
    // The first one does not ask for it.
    let invocation = harness.invoke(&revision, "1");
    let second = ScriptedProcess::others(&revision, &[&first]).await;
    let request = second.next().await;
    // Now it does, and gets the next one.
    let another = tokio::spawn(async move { (first.next().await.id, first) });
    until(|| harness.runtime.idle_count() == 1).await;
    second.respond(&request.id, "2").await;
    ended(invocation).await.expect("it was invoked");
    let invocations = [
        harness.invoke(&revision, "3"),
        harness.invoke(&revision, "3"),
    ];
    let request = second.next().await;
    second.respond(&request.id, "3").await;
    let (id, first) = soon(another).await.expect("no panic");
    first.respond(&id, "3").await;
    for invocation in invocations {
        assert_eq!(
            ended(invocation).await.expect("it was invoked").payload,
            "3"
        );
    }
}

#[tokio::test]
async fn stopping_cuts_off_running_invocations_and_leaves_no_process() {
    let harness = Harness::new().await;
    let revision = Arc::new(harness.revision("f", SCRIPTED));
    let idle = Arc::new(harness.revision("idle", SCRIPTED));
    let invocation = harness.invoke(&revision, "1");
    let (busy, idle) = (
        ScriptedProcess::of(&revision).await,
        started(&harness, &idle).await,
    );
    busy.next().await;
    soon(harness.runtime.stop()).await;
    assert!(is_gone(busy.pid) && is_gone(idle.pid));
    let fault = ended(invocation).await.expect_err("it was cut off");
    assert_eq!(fault.code, "ServiceException");
    let fault = ended(harness.invoke(&revision, "1")).await;
    assert_eq!(fault.expect_err("it stopped").code, "ServiceException");
    assert!(!harness.runtime.is_busy());
}

/// Its invocation has waited, and in that time the function was deleted.
#[tokio::test]
async fn an_environment_of_an_outdated_revision_ends_with_its_invocation() {
    let harness = Harness::new().await;
    let revision = Arc::new(harness.revision("f", SCRIPTED));
    revision.outdate();
    assert!(!harness.runtime.retire("f"));
    harness.runtime.start_ahead(&revision);
    assert_eq!(harness.runtime.idle_count(), 0);
    let process = started(&harness, &revision).await;
    process.is_gone().await;
}

#[tokio::test]
async fn nothing_starts_when_all_has_been_stopped() {
    let harness = Harness::new().await;
    assert!(harness.runtime.running().is_ok());
    soon(harness.runtime.stop()).await;
    // As for an invocation that was assigned to a new environment just before.
    assert!(harness.runtime.running().is_err());
}
