//! Calls, logs and the doctor.

use std::time::Duration;

use serde_json::json;

use super::assert_faces;
use crate::mafia::Mafia;
use crate::proxy::{At, Moment, Proxy};
use crate::scripted::{STACK, Says, Script, anna};
use crate::stub::Stub;
use crate::workspace::Workspace;

#[test]
fn a_call_shows_what_the_function_answers() {
    let stub = Script::game().deployed();
    let mafia = anna(&stub);
    let answered = mafia
        .run(&["invoke", "new-game"])
        .succeeds()
        .reads_well_in_a_pipe();
    let verbose = mafia.run(&["invoke", "01-new-game", "-v", "-q"]).succeeds();
    assert_faces("invoke", &[&answered, &verbose]);
}

#[test]
fn a_function_that_fails_shows_its_error_and_the_tail_of_its_log() {
    let log = "thread 'main' panicked at src/bin/day-turn.rs:12:9:\nnobody is left to blame";
    let failure = Says::Fails("Runtime.ExitError", "nobody is left to blame", log);
    let stub = Script::game().with("day-turn", [failure]).deployed();
    let mafia = anna(&stub);
    let play = mafia.run(&["play", "day"]).exits_with(1).prints_nothing();
    let invoke = mafia
        .run(&["invoke", "day-turn"])
        .exits_with(1)
        .prints_nothing();
    assert_eq!(play.stderr, invoke.stderr);
    assert_faces("function-fails", &[&play]);
}

#[test]
fn logs_are_calls_with_what_they_wrote() {
    let stub = Script::game()
        .logging("END RequestId: 1")
        .logging("REPORT RequestId: 1\tDuration: 1.93 ms\tInit Duration: 9.50 ms\t")
        .logging("START RequestId: 2 Version: $LATEST")
        .logging("RequestId: 2 Error: Runtime exited with error: exit status 101")
        .logging("REPORT RequestId: 2\tDuration: 0.20 ms")
        .logging("START RequestId: 3 Version: $LATEST")
        .logging("the mafia awakes again")
        .deployed();
    let mafia = anna(&stub);
    let one = mafia
        .run(&["logs", "night-turn"])
        .succeeds()
        .reads_well_in_a_pipe();
    let all = mafia.run(&["logs"]).succeeds().reads_well_in_a_pipe();
    let none = mafia.run(&["logs", "day-turn"]).succeeds().prints_nothing();
    let last = mafia.run(&["logs", "-n", "1"]).succeeds();
    let raw = mafia.run(&["logs", "--raw", "--tail", "3"]).succeeds();
    assert_faces("logs", &[&one, &all, &none, &last, &raw]);
    let document = mafia.run(&["logs", "-n", "2", "--json"]).succeeds().json();
    let calls = document["calls"].as_array().expect("there are calls");
    let ended = calls.iter().map(|call| (&call["status"], &call["error"]));
    let failure = json!("Runtime exited with error: exit status 101");
    assert_eq!(
        ended.collect::<Vec<_>>(),
        [
            (&json!("failed"), &failure),
            (&json!("running"), &json!(null))
        ]
    );
    let of_calls = document["lines"].as_array().expect("there are lines");
    assert!(
        of_calls.iter().all(|line| line["request_id"] != "1"),
        "{document}"
    );
}

#[test]
fn logs_are_followed_until_ctrl_c_and_no_line_comes_twice() {
    let stub = Script::game().deployed();
    let proxy = Proxy::in_front_of(stub.endpoint());
    let mafia = Mafia::at(proxy.endpoint()).env("MAFIA_STACK", STACK);
    let [second, third] = [2, 3].map(|number| {
        let request = At::nth(number, "logs:FilterLogEvents");
        proxy.hold(request, Moment::BeforeForwarding)
    });
    let mut running = mafia.start(&["logs", "--follow", "night-turn"]);
    running.wait_until_it_says("the mafia sleeps");
    let patience = Duration::from_secs(60);
    assert!(second.reached_within(patience), "it asks again");
    second.open();
    assert!(
        third.reached_within(patience),
        "it has heard the same once more"
    );
    running.interrupt();
    let followed = running.finish().exits_with(130).remarks("interrupted");
    assert_eq!(followed.stdout.lines().count(), 3, "{followed:?}");
}

#[test]
fn the_doctor_says_what_works_and_mends_the_rest() {
    let stub = Stub::empty();
    let workspace = Workspace::copy_of_sources();
    let well = anna(&stub)
        .in_folder(workspace.path())
        .run(&["doctor"])
        .succeeds();
    let ill = Mafia::alone()
        .in_folder("/".as_ref())
        .env("AWS_EC2_METADATA_DISABLED", "true")
        .run(&[
            "doctor",
            "--target",
            "aws",
            "--region",
            "eu-west-1",
            "--stack",
            "mafia-anna",
        ])
        .exits_with(2)
        .reads_well_in_a_pipe();
    assert_faces("doctor", &[&well, &ill]);
}
