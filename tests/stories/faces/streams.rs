//! The streams: results on standard output and nothing else there, everything else on standard error.

use std::time::Duration;

use crate::mafia::Mafia;
use crate::proxy::{At, Moment, Proxy};
use crate::scripted::{STACK, Says, Script, anna};

#[test]
fn quiet_leaves_the_result_and_nothing_else() {
    let stub = Script::game().deployed();
    let mafia = anna(&stub);
    let loud = mafia.run(&["play", "day"]).succeeds();
    let quiet = mafia.run(&["play", "day", "--quiet"]).succeeds();
    assert_eq!(quiet.stdout, loud.stdout);
    assert_eq!(quiet.stderr, "");
    // The target, and the next command.
    assert_eq!(loud.stderr.lines().count(), 2, "{loud:?}");

    let refused = mafia.run(&["invoke", "nobody", "--quiet"]).exits_with(2);
    assert!(refused.stderr.starts_with("error: "), "{refused:?}");
}

#[test]
fn json_is_one_document_in_success_and_in_failure() {
    let failure = Says::Fails("Runtime.ExitError", "no", "panicked");
    let stub = Script::game().with("day-turn", [failure]).deployed();
    let mafia = anna(&stub);
    for (arguments, code) in [
        (&["play", "state"][..], 0),
        (&["play", "auto"], 1),
        (&["play", "day"], 1),
        (&["play"], 2),
        (&["invoke", "game-state"], 0),
        (&["invoke", "nobody"], 2),
        (&["invoke", "game-state", "{"], 2),
        (&["logs"], 0),
        (&["logs", "--follow"], 2),
        (&["doctor"], 2),
        (&["completions", "bash"], 0),
        (&["clean"], 2),
        (&["deploy"], 2),
        (&["depoy"], 2),
        (&["play", "judge"], 2),
    ] {
        let outcome = mafia
            .run(&[arguments, &["--json"]].concat())
            .exits_with(code);
        let document = outcome.json();
        assert_eq!(document["error"].is_object(), code != 0, "{outcome:?}");
        if code != 0 {
            assert!(document["error"]["message"].is_string(), "{outcome:?}");
        }
    }
}

#[test]
fn a_pipe_that_closes_early_is_no_failure() {
    let stub = Script::game().deployed();
    for command in [
        "play state",
        "play auto",
        "completions bash",
        "--help",
        "logs --json",
    ] {
        let script = format!("{{ \"$MAFIA\" {command}; echo \"exit $?\" >&2; }} | true");
        anna(&stub)
            .run_in_shell(&script)
            .succeeds()
            .remarks("exit 0")
            .never_says("panicked");
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_is_told_with_exit_code_1() {
    let stub = Script::game().deployed();
    for command in [
        "play state",
        "play auto",
        "invoke game-state --json",
        "--help",
        "logs",
    ] {
        anna(&stub)
            .run_in_shell(&format!("\"$MAFIA\" {command} > /dev/full"))
            .exits_with(1)
            .remarks("error: cannot write to standard output: No space left on device")
            .never_says("panicked");
    }
}

#[cfg(target_os = "linux")]
#[test]
fn nobody_reading_errors_changes_nothing() {
    Mafia::alone()
        .run_in_shell("\"$MAFIA\" depoy 2> /dev/full")
        .exits_with(2);
    Mafia::alone()
        .run_in_shell("\"$MAFIA\" depoy 2>&-")
        .exits_with(2);
}

#[test]
fn input_that_is_not_sent_is_told_before_the_call() {
    let stub = Script::game().deployed();
    let proxy = Proxy::in_front_of(stub.endpoint());
    let gate = proxy.hold(At::nth(1, "lambda:Invoke"), Moment::BeforeForwarding);
    let mafia = Mafia::at(proxy.endpoint())
        .env("MAFIA_STACK", STACK)
        .input("{}");
    let mut running = mafia.start(&["invoke", "judgement"]);
    running.wait_until_it_says("standard input is not sent; to send it, add `-`");
    assert!(gate.reached_within(Duration::from_secs(60)));
    gate.open();
    let told = running.finish().succeeds();
    assert_eq!(told.stderr.matches("is not sent").count(), 1);
}
