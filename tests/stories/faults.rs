//! Any request of any command may be throttled, fail in the server, or lose its connection before or
//! after the server did what was asked: the command goes on and ends as if nothing had been.

use crate::endpoint::{Endpoint, on_each_endpoint};
use crate::fault::Fault;
use crate::listing::Listing;
use crate::lives::{Chapter, live};
use crate::operation::Effect;
use crate::proxy::{At, Proxy, Recorded};
use crate::student::Student;
use crate::workspace::Workspace;

on_each_endpoint! {
    a_fault_at_any_request_changes_nothing,
    being_throttled_while_waiting_is_no_failure,
    a_turn_is_never_played_twice,
}

const FAULTS: [Fault; 4] = [
    Fault::Throttle,
    Fault::DropAfter,
    Fault::ServerError(500),
    Fault::DropBefore,
];

/// Enough that no command meets more than a few faults.
const ACCOUNTS: usize = 20;

fn a_fault_at_any_request_changes_nothing(endpoint: &Endpoint) {
    live(endpoint, ACCOUNTS, faults, with_faults);
}

/// A fault, and what the request that it meets would do.
type Planned = (At, Effect, Fault);

/// Every kind of fault for what changes something, one kind in turn for what only looks.
fn faults(requests: &[(At, Recorded)]) -> Vec<Planned> {
    let mut turn = FAULTS.iter().cycle();
    let faults_of = |(at, request): &(At, Recorded)| -> Vec<Planned> {
        let effect = request.operation.effect();
        let number = if effect == Effect::Read {
            1
        } else {
            FAULTS.len()
        };
        let faults = turn.by_ref().take(number);
        faults
            .map(|fault| (at.clone(), effect, fault.clone()))
            .collect()
    };
    requests.iter().flat_map(faults_of).collect()
}

fn with_faults(student: &Student, chapter: &Chapter, faults: &[&Planned]) {
    let proxy = Proxy::in_front_of(&student.endpoint);
    for (at, _, fault) in faults {
        proxy.inject(at.clone(), fault.clone());
    }
    let outcome = student.through(&proxy).run(chapter.command);
    if outcome.code != Some(0) {
        outcome.fails(&format!(
            "should have survived these faults:\n{}\n",
            proxy.transcript()
        ));
    }
    for (at, effect, _) in faults {
        // How often something is looked at depends on how quick the server is. A bundle that Lambda
        // refused in an earlier chapter is in the bucket already.
        let is_upload = at.is_of("s3:PutObject");
        let has_to_come = *effect != Effect::Read && !is_upload;
        assert!(!has_to_come || proxy.has_met(at), "{at:?} did not come");
    }
}

/// More refusals in a row than the client bears: a whole class asks at the same time.
fn being_throttled_while_waiting_is_no_failure(endpoint: &Endpoint) {
    let workspace = Workspace::light();
    let anna = Student::new(endpoint, "mafia-anna", &workspace);
    anna.deploys(&[]);
    let proxy = Proxy::in_front_of(endpoint);
    // The first four look at how things are, before there is anything to wait for.
    for number in 5..=22 {
        proxy.inject(
            At::nth(number, "cloudformation:DescribeStacks"),
            Fault::Throttle,
        );
    }
    let clean = anna.through(&proxy).run(&["clean"]);
    clean.succeeds().remarks("trying again").prints("0 left");
    Listing::of(endpoint).assert_is_empty();
}

/// A refused bundle is not sent again and again: it goes through the bucket, once.
#[test]
fn a_bundle_is_uploaded_once_however_often_lambda_refuses() {
    let endpoint = Endpoint::sandbox();
    let workspace = Workspace::light();
    let anna = Student::new(&endpoint, "mafia-anna", &workspace);
    anna.deploys(&[]);
    workspace.edit("src/bin/new-game.rs", "\");", ", edited\");");
    let proxy = Proxy::in_front_of(&endpoint);
    for number in 1..=5 {
        proxy.inject(
            At::nth(number, "lambda:UpdateFunctionCode"),
            Fault::Throttle,
        );
    }
    let patched = anna.through(&proxy).deploys(&[]);
    assert_eq!(patched.functions("patched"), ["01-new-game"]);
    let updates = proxy.requests_of("lambda:UpdateFunctionCode");
    assert_eq!(updates.len(), 6, "{}", proxy.transcript());
    let uploads = updates.iter().filter(|update| update.body.len() > 10_000);
    assert_eq!(uploads.count(), 1, "{}", proxy.transcript());
    assert_eq!(proxy.count("s3:PutObject"), 1);
}

/// Another change of the function comes first, and is over when it is looked at again.
#[test]
fn a_function_that_is_busy_for_a_moment_is_patched_all_the_same() {
    let endpoint = Endpoint::sandbox();
    let workspace = Workspace::light();
    let anna = Student::new(&endpoint, "mafia-anna", &workspace);
    anna.deploys(&[]);
    workspace.edit("src/bin/new-game.rs", "\");", ", edited\");");
    let proxy = Proxy::in_front_of(&endpoint);
    let busy = Fault::Refuse {
        status: 409,
        code: "ResourceConflictException",
        message: "An update is in progress for resource",
    };
    proxy.inject(At::nth(1, "lambda:UpdateFunctionCode"), busy);
    let patched = anna.through(&proxy).deploys(&[]);
    assert_eq!(patched.functions("patched"), ["01-new-game"]);
}

/// Of an execution that was throttled though it had gone through, the change set tells.
#[test]
fn an_update_that_has_begun_is_waited_for_whatever_its_answer_said() {
    let endpoint = Endpoint::sandbox();
    let workspace = Workspace::light();
    let anna = Student::new(&endpoint, "mafia-anna", &workspace);
    anna.deploys(&[]);
    let proxy = Proxy::in_front_of(&endpoint);
    let execute = "cloudformation:ExecuteChangeSet";
    proxy.inject(At::nth(1, execute), Fault::DropAfter);
    // Not a refusal that is repeated, so that the story need not wait.
    let refused = Fault::Refuse {
        status: 400,
        code: "RequestNotDecided",
        message: "Rate exceeded",
    };
    proxy.inject(At::every(execute), refused);
    let updated = anna.through(&proxy).asks(&["deploy", "-p", "Players=7"]);
    assert_eq!(updated["action"], "updated", "{updated:#}");
}

/// A call that was answered with a refusal did not run and may be repeated. One without an answer may
/// have run.
fn a_turn_is_never_played_twice(endpoint: &Endpoint) {
    let workspace = Workspace::copy();
    let anna = Student::new(endpoint, "mafia-dora", &workspace);
    anna.deploys(&[]);
    for (fault, code, killed) in [
        (Fault::Throttle, 0, 1),
        (Fault::DropAfter, 3, 1),
        (Fault::DropBefore, 3, 0),
        (Fault::ServerError(500), 3, 0),
    ] {
        anna.asks(&["play", "new"]);
        let proxy = Proxy::in_front_of(endpoint);
        proxy.inject(At::nth(1, "lambda:Invoke"), fault.clone());
        let night = anna.through(&proxy).run(&["play", "night"]);
        let night = night.exits_with(code);
        if matches!(fault, Fault::DropAfter | Fault::DropBefore) {
            night.remarks("the function may still have run");
        }
        let state = anna.asks(&["play", "state"]);
        let players = state["players"].as_array().into_iter().flatten();
        let dead = players.filter(|player| player["identity"] == "Killed by mafia");
        assert_eq!(dead.count(), killed, "{fault:?}");
    }
}
