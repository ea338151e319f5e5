//! A class behind a network that throttles, fails, cuts connections and answers late, and a Lambda that
//! takes 15 requests a second: who is ready is told so, and nobody else.

use serde_json::json;

use super::classroom::{CLASS, Classroom, Ends, names};
use crate::endpoint::{Endpoint, on_each_endpoint};
use crate::obstacle::let_stacks_want;
use crate::operation::Operation;
use crate::proxy::{Proxy, Trouble};
use crate::student::Student;
use crate::workspace::Workspace;

const STUDENTS: usize = 30;
const SEED: u64 = 7;

/// Source: Lambda quotas: `GetFunction` and invocations have limits of their own.
pub fn is_control_plane(operation: &Operation) -> bool {
    let name = operation.to_string();
    name.starts_with("lambda:") && !["lambda:GetFunction", "lambda:Invoke"].contains(&name.as_str())
}

fn shaken(endpoint: &Endpoint) -> Proxy {
    let proxy = Proxy::in_front_of(endpoint);
    proxy.shake_with(SEED, Trouble::OF_A_CLASS);
    proxy.limit(15, is_control_plane);
    proxy
}

on_each_endpoint! { with nothing installed:
    all_are_ready_and_none_is_reported_wrongly,
    the_one_that_fails_is_told_with_its_cause_and_repaired_by_the_command_that_is_named,
}

fn all_are_ready_and_none_is_reported_wrongly(endpoint: &Endpoint) {
    let class = Classroom::of(endpoint, STUDENTS);
    let proxy = shaken(endpoint);
    let up = class.run_through(&proxy, &["class", "up", "--json"]);
    if up.code != Some(0) {
        up.fails(&proxy.transcript());
    }
    Ends::of(&up).all("ready", "created");
    class.asks(&["class", "up"]).all("ready", "unchanged");

    class.workspace.write("names.txt", "Ann\nBen\nCem\n");
    let patched = class.run_through(&proxy, &["class", "deploy", "--json"]);
    if patched.code != Some(0) {
        patched.fails(&proxy.transcript());
    }
    assert_eq!(Ends::of(&patched).who("ready", "").len(), STUDENTS);
    class.asks(&["class", "deploy"]).all("ready", "unchanged");
}

fn the_one_that_fails_is_told_with_its_cause_and_repaired_by_the_command_that_is_named(
    endpoint: &Endpoint,
) {
    let class = Classroom::of(endpoint, STUDENTS);
    // Each student's stack wants a name of its own, and a bystander has that of one.
    let own = json!({ "Fn::Sub": "/mafia/${AWS::StackName}" });
    let_stacks_want(endpoint, &class.workspace, &own);
    let taken = json!(format!("/mafia/mafia-{CLASS}-s07"));
    let elsewhere = Workspace::light();
    let_stacks_want(endpoint, &elsewhere, &taken);
    let bystander = Student::new(endpoint, "mafia-bystander", &elsewhere);
    bystander.deploys(&[]);

    let proxy = shaken(endpoint);
    let up = class
        .run_through(&proxy, &["class", "up", "--json"])
        .exits_with(1);
    let ends = Ends::of(&up);
    assert_eq!(ends.who("failed", "Motto"), ["s07"], "{ends:#?}");
    assert_eq!(ends.who("ready", "created").len(), STUDENTS - 1);
    let retry = "class up --only s07";
    let up = up.remarks("1 student of 30 not ready").remarks(retry);
    drop(up);

    bystander.cleans();
    let words: Vec<&str> = retry.split(' ').chain(["--json"]).collect();
    let retried = class.run_through(&proxy, &words).succeeds();
    assert_eq!(Ends::of(&retried).who("ready", "created"), ["s07"]);
    let all = class.asks(&["class", "up"]);
    assert_eq!(all.who("ready", "unchanged"), names(STUDENTS));
}
