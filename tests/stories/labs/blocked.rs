//! What is not the student's fault is never a failure: it is said, with what to do, and the exit code is 3.

use super::{Played, checks};
use crate::endpoint::Endpoint;
use crate::fault::Fault;
use crate::mafia::Mafia;
use crate::proxy::{At, Proxy};

#[test]
fn trouble_that_is_not_the_student_s_blocks_a_check() {
    let endpoint = Endpoint::sandbox();
    let cleo = Played::at(&endpoint, "mafia-cleo");
    let refused = |status, code, message| Fault::Refuse {
        status,
        code,
        message,
    };
    let in_progress = Fault::Result(
        "<Stacks><member><StackName>mafia-cleo</StackName><StackId>arn:aws:cloudformation:us-east-1:\
         000000000000:stack/mafia-cleo/1</StackId><CreationTime>2026-11-22T00:00:00Z</CreationTime>\
         <StackStatus>UPDATE_IN_PROGRESS</StackStatus><Tags><member><Key>mafia:kind</Key><Value>game\
         </Value></member></Tags></member></Stacks>",
    );
    let limit = "Rate Exceeded. (ReservedFunctionConcurrentInvocationLimitExceeded)";
    for (at, fault, says, does) in [
        (
            At::ALL,
            refused(403, "ExpiredToken", "The security token is expired"),
            "expired",
            "",
        ),
        (
            At::every("cloudformation:DescribeStacks"),
            in_progress,
            "is still being changed: UPDATE_IN_PROGRESS",
            "mafia status",
        ),
        (
            At::every("lambda:Invoke"),
            refused(429, "TooManyRequestsException", limit),
            "Rate Exceeded",
            "concurrency",
        ),
        (
            At::nth(3, "lambda:Invoke"),
            Fault::DropAfter,
            "no answer from",
            "mafia",
        ),
        (
            At::nth(2, "dynamodb:Scan"),
            refused(400, "AccessDeniedException", "not authorized"),
            "AccessDenied",
            "",
        ),
    ] {
        let proxy = Proxy::in_front_of(&endpoint);
        proxy.inject(at.clone(), fault);
        let through = cleo.student.through(&proxy);
        let outcome = checks(&through, "01.3", 1, &[]).exits_with(3);
        outcome.remarks(says).remarks(does);
        cleo.has_its_game();
    }
    let nowhere = cleo.student.at(&Endpoint::on("http://127.0.0.1:9"));
    checks(&nowhere, "01.3", 1, &[])
        .exits_with(3)
        .remarks("cannot reach");

    // What is deployed is not what the student has.
    let file = "labs/game/src/bin/night-turn.rs";
    cleo.workspace
        .edit(file, "\"Mafia sleeps\"", "\"The mafia sleeps\"");
    checks(&cleo.student, "01.3", 1, &[])
        .exits_with(3)
        .remarks("03-night-turn is not deployed as it is in your folder: edited since: ")
        .remarks("run `mafia deploy`, then check again");
    checks(&cleo.student, "01.3", 1, &["--as-deployed"]).succeeds();
    // Another function's code does not matter.
    checks(&cleo.student, "01.2", 1, &[]).succeeds();
    cleo.has_its_game();
    let progress = cleo.workspace.read(".mafia/progress.txt");
    assert!(!progress.contains("failed"), "{progress}");
}

#[test]
fn a_lab_that_there_is_not_is_a_slip() {
    Mafia::alone()
        .run(&["lab", "check", "game-stat"])
        .exits_with(2)
        .remarks("there is no lab game-stat")
        .remarks("did you mean game-state?");
}
