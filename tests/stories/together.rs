//! Two terminals that deploy the same stack at the same time: each ends right or says why not, and
//! the stack is never half one and half the other.

use std::time::Duration;

use crate::endpoint::{Endpoint, on_each_endpoint};
use crate::fault::Fault;
use crate::listing::Listing;
use crate::mafia::Running;
use crate::proxy::{At, Gate, Moment, Proxy};
use crate::student::{Deployed, Student};
use crate::workspace::Workspace;

on_each_endpoint! {
    two_first_deployments_at_once_make_one_stack,
    two_updates_at_once_both_take_effect,
    an_update_waits_for_one_that_is_under_way,
    a_patch_does_not_undo_another,
    two_patches_with_the_same_code_are_one,
    two_clean_ups_at_once_leave_nothing,
    a_shared_stack_that_is_taken_up_during_a_clean_up_stays,
}

const STACK: &str = "mafia-anna";
const PATIENCE: Duration = Duration::from_secs(60);

/// A terminal of Anna's whose deployment waits at one request.
struct Terminal {
    running: Running,
    gate: Gate,
    /// Dropped last: its connections are the deployment's.
    proxy: Proxy,
}

impl Terminal {
    fn held(anna: &Student, arguments: &[&str], at: At) -> Self {
        Self::held_in(anna, &[&["deploy", "--json"], arguments].concat(), at)
    }

    fn held_in(anna: &Student, arguments: &[&str], at: At) -> Self {
        let proxy = Proxy::in_front_of(&anna.endpoint);
        let gate = proxy.hold(at, Moment::BeforeForwarding);
        let running = anna.through(&proxy).start(arguments);
        assert!(gate.reached_within(PATIENCE), "{}", proxy.transcript());
        Self {
            running,
            gate,
            proxy,
        }
    }

    fn go_on(self) -> (Running, Proxy) {
        self.gate.open();
        (self.running, self.proxy)
    }
}

fn succeeds((running, _proxy): (Running, Proxy)) -> Deployed {
    Deployed::read(&running.finish().succeeds().json())
}

fn two_first_deployments_at_once_make_one_stack(endpoint: &Endpoint) {
    let workspace = Workspace::light();
    let anna = Student::new(endpoint, STACK, &workspace);
    let ben = Student::new(endpoint, "mafia-ben", &workspace);
    // Both make the shared stack, and in the second round, in which Ben has made it, only their own.
    for round in 0..2 {
        let creation = || At::nth(1, "cloudformation:CreateStack");
        let one = Terminal::held(&anna, &["-p", "Players=7"], creation());
        let other = Terminal::held(&anna, &["-p", "Mafia=2"], creation());
        let (one, other) = (one.go_on(), other.go_on());
        let (one, other) = (succeeds(one), succeeds(other));
        assert_eq!(one.digests, other.digests);
        assert_eq!(parameters(endpoint), ["7", "2"]);
        let games = [(STACK, &one), (&ben.stack, &other)];
        Listing::of(endpoint).assert_holds_games(&games[..=round]);
        if round == 0 {
            ben.deploys(&[]);
        }
        anna.cleans();
    }
    ben.cleans();
    Listing::of(endpoint).assert_is_empty();
}

fn parameters(endpoint: &Endpoint) -> [String; 2] {
    let listing = Listing::of(endpoint);
    let parameters = &listing.get("stacks", STACK)["Parameters"];
    ["Players", "Mafia"].map(|name| parameters[name].as_str().unwrap_or_default().to_owned())
}

/// CloudFormation drops the other change sets of a stack when it executes one.
fn two_updates_at_once_both_take_effect(endpoint: &Endpoint) {
    let workspace = Workspace::light();
    let anna = Student::new(endpoint, STACK, &workspace);
    anna.deploys(&[]);
    let execution = || At::nth(1, "cloudformation:ExecuteChangeSet");
    let one = Terminal::held(&anna, &["-p", "Players=7"], execution());
    let other = Terminal::held(&anna, &["-p", "Mafia=2"], execution());
    assert_eq!(succeeds(one.go_on()).action, "updated");
    assert_eq!(succeeds(other.go_on()).action, "updated");
    assert_eq!(parameters(endpoint), ["7", "2"]);
}

fn an_update_waits_for_one_that_is_under_way(endpoint: &Endpoint) {
    let workspace = Workspace::light();
    let anna = Student::new(endpoint, STACK, &workspace);
    anna.deploys(&[]);
    for operation in ["CreateChangeSet", "ExecuteChangeSet"] {
        let proxy = Proxy::in_front_of(endpoint);
        let busy = Fault::Refuse {
            status: 400,
            code: "ValidationError",
            message: "Stack:arn:aws:cloudformation:us-east-1:1:stack/mafia-anna/1 is in \
                      UPDATE_IN_PROGRESS state and can not be updated.",
        };
        proxy.inject(At::nth(1, format!("cloudformation:{operation}")), busy);
        let players = format!("Players={}", operation.len());
        let updated = anna.through(&proxy).deploys(&["-p", &players]);
        assert_eq!(updated.action, "updated");
        assert_eq!(parameters(endpoint)[0], operation.len().to_string());
    }
}

fn a_patch_does_not_undo_another(endpoint: &Endpoint) {
    let (here, there) = (Workspace::light(), Workspace::light());
    let source = "src/bin/judgement.rs";
    let anna = Student::new(endpoint, STACK, &here);
    anna.deploys(&[]);
    here.edit(source, "judgement", "judgement, edited here");
    there.edit(source, "judgement", "judgement, edited there");

    let held = Terminal::held(&anna, &[], At::nth(1, "lambda:UpdateFunctionCode"));
    let theirs = Student::new(endpoint, STACK, &there).deploys(&["--adopt"]);
    let (running, _proxy) = held.go_on();
    running
        .finish()
        .exits_with(1)
        .remarks("another deployment changed mafia-anna-05-judgement at the same time")
        .remarks("run `mafia deploy` again");
    Listing::of(endpoint).assert_holds_games(&[(STACK, &theirs)]);

    let ours = anna.deploys(&["--adopt"]);
    Listing::of(endpoint).assert_holds_games(&[(STACK, &ours)]);
}

fn two_patches_with_the_same_code_are_one(endpoint: &Endpoint) {
    let workspace = Workspace::light();
    let anna = Student::new(endpoint, STACK, &workspace);
    anna.deploys(&[]);
    workspace.write("names.txt", "Ann\nBen\nCem\n");
    let held = Terminal::held(&anna, &[], At::nth(3, "lambda:UpdateFunctionCode"));
    let patched = anna.deploys(&[]);
    let same = succeeds(held.go_on());
    assert_eq!(same.digests, patched.digests);
    Listing::of(endpoint).assert_holds_games(&[(STACK, &patched)]);
}

fn two_clean_ups_at_once_leave_nothing(endpoint: &Endpoint) {
    let workspace = Workspace::light();
    let anna = Student::new(endpoint, STACK, &workspace);
    for operation in [
        "cloudformation:ListStackResources",
        "cloudformation:DescribeStackEvents",
        "cloudformation:DeleteStack",
        "s3:DeleteObjects",
    ] {
        anna.deploys(&[]);
        let held = Terminal::held_in(&anna, &["clean"], At::nth(1, operation));
        anna.cleans();
        let (running, _proxy) = held.go_on();
        running.finish().succeeds().prints("0 left");
        Listing::of(endpoint).assert_is_empty();
    }
}

fn a_shared_stack_that_is_taken_up_during_a_clean_up_stays(endpoint: &Endpoint) {
    let workspace = Workspace::light();
    let anna = Student::new(endpoint, STACK, &workspace);
    anna.deploys(&[]);
    let deletion = At::nth(1, "cloudformation:DeleteStack");
    let held = Terminal::held_in(&anna, &["clean"], deletion);
    let ben = Student::new(endpoint, "mafia-ben", &workspace);
    let bens = ben.deploys(&[]);
    let (running, _proxy) = held.go_on();
    running
        .finish()
        .succeeds()
        .prints("0 left")
        .remarks("The shared stack is kept, because it is used by mafia-ben.");
    Listing::of(endpoint).assert_holds_games(&[(&ben.stack, &bens)]);
}
