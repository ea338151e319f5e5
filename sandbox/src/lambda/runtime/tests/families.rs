//! All that a function has started ends with it, however that ends and wherever they went.

use std::fs;
use std::sync::Arc;
use std::time::Duration;

use super::harness::{Harness, SCRIPTED, ScriptedProcess, ended, is_gone, soon, until};
use crate::lambda::runtime::Revision;

/// In a session of its own, with nothing in its environment, and no child of the function.
const LEAVE: &str = "(cd / && exec setsid env -i /bin/sh -c 'echo $$ > FOLDER/left.new; mv FOLDER/left.new \
                     FOLDER/left; trap : HUP; while :; do sleep 600; done' &)";

/// A function that has started one which left it. Returns the process, and the id of that one.
async fn leaving(revision: &Arc<Revision>) -> (ScriptedProcess, i32) {
    let mut process = ScriptedProcess::of(revision).await;
    let folder = revision.code.folder().to_string_lossy();
    process.run(&LEAVE.replace("FOLDER", &folder)).await;
    let left = fs::read_to_string(process.file("left").await).expect("text");
    (process, left.trim().parse().expect("a number"))
}

#[tokio::test]
async fn what_left_a_function_ends_with_it_and_no_zombie_stays() {
    let harness = Harness::new().await;
    harness.runtime.adopt_orphans();
    type End = fn(&Harness, &mut ScriptedProcess);
    let ends: [(&str, End); 4] = [
        ("its timeout", |_, _| {}),
        ("its exit", |_, process| process.send("exit 1")),
        ("new code, or its deletion", |harness, _| {
            harness.runtime.retire("f");
        }),
        ("a kill", |_, process| process.send("kill -KILL $$")),
    ];
    for (what, end) in ends {
        let mut revision = harness.revision("f", SCRIPTED);
        let is_timeout = what == "its timeout";
        revision.timeout = Duration::from_millis(if is_timeout { 500 } else { 20_000 });
        let revision = Arc::new(revision);
        let invocation = harness.invoke(&revision, "1");
        let (mut process, left) = leaving(&revision).await;
        let request = process.next().await;
        assert!(!is_gone(left), "{what}");
        end(&harness, &mut process);
        if what.starts_with("new code") {
            process.respond(&request.id, "1").await;
        }
        ended(invocation).await.expect("it was invoked");
        until(|| is_gone(process.pid) && is_gone(left)).await;
    }
    let idle = Arc::new(harness.revision("idle", SCRIPTED));
    let invocation = harness.invoke(&idle, "1");
    let (process, left) = leaving(&idle).await;
    let request = process.next().await;
    process.respond(&request.id, "1").await;
    ended(invocation).await.expect("it was invoked");
    assert!(!is_gone(left));
    soon(harness.runtime.stop()).await;
    until(|| is_gone(process.pid) && is_gone(left)).await;
}

#[tokio::test]
async fn an_orphan_that_ends_by_itself_leaves_no_zombie() {
    let harness = Harness::new().await;
    harness.runtime.adopt_orphans();
    let revision = Arc::new(harness.revision("f", SCRIPTED));
    let invocation = harness.invoke(&revision, "1");
    let mut process = ScriptedProcess::of(&revision).await;
    let request = process.next().await;
    process
        .run("(setsid sh -c 'echo $$ > short; exit 3' &)")
        .await;
    let short = process.file("short").await;
    let number = || fs::read_to_string(&short).ok()?.trim().parse().ok();
    until(|| number().is_some_and(is_gone)).await;
    process.respond(&request.id, "1").await;
    ended(invocation).await.expect("it was invoked");
    harness.echo(&revision, &process).await;
}

#[tokio::test]
async fn what_an_earlier_sandbox_left_ends_at_the_next_start_and_nothing_of_another() {
    let (harness, other) = (Harness::new().await, Harness::new().await);
    let revision = Arc::new(harness.revision("f", SCRIPTED));
    let _invocation = harness.invoke(&revision, "1");
    let (_process, left) = leaving(&revision).await;
    other.runtime.kill_left_behind();
    assert!(!is_gone(left));
    // Of the same folder, as after a restart.
    harness.runtime.kill_left_behind();
    harness.runtime.adopt_orphans();
    until(|| is_gone(left)).await;
}
