//! Environments: how many there are, which one is chosen, and when they end.

use std::sync::Arc;
use std::time::Duration;

use http::StatusCode;
use rustix::process::{Pid, Signal, kill_process};

use super::stage::{OBEYS, Played, Stage, ended, is_gone, soon, until};
use crate::lambda::runtime::{Limits, Program};

fn small() -> Limits {
    Limits {
        environments: 2,
        patience: Duration::from_millis(50),
        ..Limits::default()
    }
}

#[tokio::test]
async fn calls_at_once_get_processes_of_their_own_and_later_ones_the_last_used() {
    let stage = Stage::new().await;
    let program = Arc::new(stage.program("f", OBEYS));
    let one = stage.invoke(&program, "1");
    let first = Played::of(&program).await;
    let call = first.next().await;
    let two = stage.invoke(&program, "2");
    let second = Played::others(&program, &[&first]).await;
    let other = second.next().await;
    second.respond(&other.id, "2").await;
    ended(two).await.expect("it was called");
    first.respond(&call.id, "1").await;
    ended(one).await.expect("it was called");
    for _ in 0..3 {
        stage.echo(&program, &first).await;
    }
    soon(stage.runtime.stop()).await;
    assert!(is_gone(first.pid) && is_gone(second.pid));
}

#[tokio::test]
async fn more_calls_than_there_is_room_for_are_throttled() {
    let stage = Stage::within(small()).await;
    let program = Arc::new(stage.program("f", OBEYS));
    let callers = [stage.invoke(&program, "1"), stage.invoke(&program, "1")];
    let first = Played::of(&program).await;
    let second = Played::others(&program, &[&first]).await;
    let throttled = ended(stage.invoke(&program, "1")).await.expect_err("full");
    assert_eq!(throttled.code, "TooManyRequestsException");
    assert_eq!(throttled.status, StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(
        throttled.members["Reason"],
        "ConcurrentInvocationLimitExceeded"
    );
    for process in [&first, &second] {
        let call = process.next().await;
        process.respond(&call.id, "1").await;
    }
    for caller in callers {
        ended(caller).await.expect("it was called");
    }
    // Another function gets the room of the one that was not needed the longest.
    let other = Arc::new(stage.program("other", OBEYS));
    let caller = stage.invoke(&other, "1");
    let third = Played::of(&other).await;
    let call = third.next().await;
    third.respond(&call.id, "1").await;
    ended(caller).await.expect("it was called");
    until(|| is_gone(first.pid) != is_gone(second.pid)).await;
}

#[tokio::test]
async fn a_function_has_no_more_calls_at_once_than_are_reserved_for_it() {
    let stage = Stage::new().await;
    let reserved = |count| {
        let mut program = stage.program("f", OBEYS);
        program.reserved_concurrency = Some(count);
        Arc::new(program)
    };
    let off = reserved(0);
    let throttled = ended(stage.invoke(&off, "1")).await.expect_err("off");
    assert_eq!(throttled.code, "TooManyRequestsException");
    assert_eq!(
        throttled.members["Reason"],
        "ReservedFunctionConcurrentInvocationLimitExceeded"
    );
    let single = reserved(1);
    let caller = stage.invoke(&single, "1");
    let process = Played::of(&single).await;
    let call = process.next().await;
    ended(stage.invoke(&single, "1")).await.expect_err("taken");
    process.respond(&call.id, "1").await;
    ended(caller).await.expect("it was called");
    stage.echo(&single, &process).await;
}

#[tokio::test]
async fn new_code_is_used_at_once_and_calls_in_flight_end_with_the_old() {
    let stage = Stage::new().await;
    let old = Arc::new(stage.program("f", OBEYS));
    let done = stage.invoke(&old, "1");
    let first = Played::of(&old).await;
    let call = first.next().await;
    let under_way = stage.invoke(&old, "2");
    let second = Played::others(&old, &[&first]).await;
    let busy = second.next().await;
    first.respond(&call.id, "1").await;
    ended(done).await.expect("it was called");
    stage.runtime.retire("f");
    first.is_gone().await;

    let new = Arc::new(stage.program("f", OBEYS));
    let caller = stage.invoke(&new, "1");
    let third = Played::of(&new).await;
    let call = third.next().await;
    third.respond(&call.id, "\"new\"").await;
    assert_eq!(
        ended(caller).await.expect("it was called").payload,
        "\"new\""
    );

    assert!(!is_gone(second.pid));
    second.respond(&busy.id, "\"old\"").await;
    assert_eq!(
        ended(under_way).await.expect("it was called").payload,
        "\"old\""
    );
    second.is_gone().await;
    stage.echo(&new, &third).await;
}

#[tokio::test]
async fn another_revision_never_runs_in_an_old_process() {
    let stage = Stage::new().await;
    let old = Arc::new(stage.program("f", OBEYS));
    let first = started(&stage, &old).await;
    let new = Arc::new(stage.program("f", OBEYS));
    started(&stage, &new).await;
    first.is_gone().await;
}

/// A process that has done a call.
async fn started(stage: &Stage, program: &Arc<Program>) -> Played {
    let caller = stage.invoke(program, "1");
    let process = Played::of(program).await;
    let call = process.next().await;
    process.respond(&call.id, "1").await;
    ended(caller).await.expect("it was called");
    process
}

#[tokio::test]
async fn a_process_that_nobody_needs_ends() {
    let limits = Limits {
        idle: Duration::from_millis(20),
        ..Limits::default()
    };
    let stage = Stage::within(limits).await;
    let program = Arc::new(stage.program("f", OBEYS));
    started(&stage, &program).await.is_gone().await;
}

#[tokio::test]
async fn a_call_that_no_process_saw_goes_to_another() {
    let stage = Stage::new().await;
    let program = Arc::new(stage.program("f", OBEYS));
    let first = started(&stage, &program).await;
    // Nobody has noticed yet.
    let pid = Pid::from_raw(first.pid).expect("no zero");
    kill_process(pid, Signal::KILL).expect("it lives");
    let caller = stage.invoke(&program, "1");
    let second = Played::others(&program, &[&first]).await;
    let call = second.next().await;
    second.respond(&call.id, "2").await;
    assert_eq!(ended(caller).await.expect("it was called").payload, "2");
}

#[tokio::test]
async fn a_process_that_is_not_ready_for_another_call_does_not_keep_it_waiting() {
    let limits = Limits {
        turnaround: Duration::from_millis(20),
        ..Limits::default()
    };
    let stage = Stage::within(limits).await;
    let program = Arc::new(stage.program("f", OBEYS));
    let first = started(&stage, &program).await;
    // The first one does not ask for it.
    let caller = stage.invoke(&program, "1");
    let second = Played::others(&program, &[&first]).await;
    let call = second.next().await;
    // Now it does, and gets the next one.
    let another = tokio::spawn(async move { (first.next().await.id, first) });
    until(|| stage.runtime.fleet.free_ones() == 1).await;
    second.respond(&call.id, "2").await;
    ended(caller).await.expect("it was called");
    let callers = [stage.invoke(&program, "3"), stage.invoke(&program, "3")];
    let call = second.next().await;
    second.respond(&call.id, "3").await;
    let (id, first) = soon(another).await.expect("no panic");
    first.respond(&id, "3").await;
    for caller in callers {
        assert_eq!(ended(caller).await.expect("it was called").payload, "3");
    }
}

#[tokio::test]
async fn stopping_cuts_off_what_is_under_way_and_leaves_no_process() {
    let stage = Stage::new().await;
    let program = Arc::new(stage.program("f", OBEYS));
    let idle = Arc::new(stage.program("idle", OBEYS));
    let caller = stage.invoke(&program, "1");
    let (busy, idle) = (Played::of(&program).await, started(&stage, &idle).await);
    busy.next().await;
    soon(stage.runtime.stop()).await;
    assert!(is_gone(busy.pid) && is_gone(idle.pid));
    let fault = ended(caller).await.expect_err("it was cut off");
    assert_eq!(fault.code, "ServiceException");
    let fault = ended(stage.invoke(&program, "1")).await;
    assert_eq!(fault.expect_err("it stopped").code, "ServiceException");
    assert!(!stage.runtime.is_busy());
}
