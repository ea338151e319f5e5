//! A check may be killed at any moment: the student's game is there again for the next command that reads it.

use std::time::Duration;

use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};

use super::{Played, checks, table};
use crate::crashes::seeds;
use crate::endpoint::Endpoint;
use crate::proxy::{At, Moment, Proxy};

const GLANCE: Duration = Duration::from_millis(20);

#[test]
fn a_check_killed_at_any_moment_leaves_the_game_as_it_was() {
    let endpoint = Endpoint::sandbox();
    let ben = Played::at(&endpoint, "mafia-ben-killed");
    let proxy = Proxy::in_front_of(&endpoint);
    let through = ben.student.through(&proxy);
    checks(&through, "01.3", 1, &[]).succeeds();
    let requests = proxy.requests().len();
    for seed in seeds(0..6) {
        let chance = &mut StdRng::seed_from_u64(seed);
        let number = chance.random_range(1..=requests);
        let moments = [Moment::BeforeForwarding, Moment::BeforeAnswering];
        let moment = moments[chance.random_range(0..2)];
        proxy.clear();
        let gate = proxy.hold(At::request(number), moment);
        let mut running = through.start(&["lab", "check", "01.3", "--seed", "1"]);
        while !gate.reached_within(GLANCE) && !running.has_ended() {}
        running.kill();
        drop(gate);
        assert_eq!(
            table(&ben.student),
            ben.game,
            "{number} of {requests}, {moment}"
        );
        let kept = ben.workspace.path().join(".mafia/table-before-check.json");
        assert!(!kept.exists(), "{number} of {requests}, {moment}");
    }
    proxy.clear();
    checks(&through, "01.3", 1, &[]).succeeds();
    ben.has_its_game();
}

#[test]
fn ctrl_c_puts_the_game_back() {
    let endpoint = Endpoint::sandbox();
    let ben = Played::at(&endpoint, "mafia-ben-stopped");
    let proxy = Proxy::in_front_of(&endpoint);
    // In the middle of the games of the check.
    let gate = proxy.hold(At::nth(5, "lambda:Invoke"), Moment::BeforeForwarding);
    let running = ben.student.through(&proxy).start(&["lab", "check", "01.3"]);
    while !gate.reached_within(GLANCE) {}
    running.interrupt();
    running.finish().exits_with(130);
    let kept = ben.workspace.path().join(".mafia/table-before-check.json");
    assert!(!kept.exists());
    ben.has_its_game();
}

#[test]
fn while_a_check_runs_no_other_begins_and_its_players_are_left_alone() {
    let endpoint = Endpoint::sandbox();
    let ben = Played::at(&endpoint, "mafia-ben-twice");
    let proxy = Proxy::in_front_of(&endpoint);
    let gate = proxy.hold(At::nth(2, "lambda:Invoke"), Moment::BeforeForwarding);
    let through = ben.student.through(&proxy);
    let running = through.start(&["lab", "check", "01.3"]);
    while !gate.reached_within(GLANCE) {}
    checks(&ben.student, "01.3", 1, &[])
        .exits_with(3)
        .remarks("a check is running in this folder already");
    ben.student
        .run(&["table"])
        .succeeds()
        .remarks("a check of a lab is running");
    gate.open();
    running.finish().succeeds();
    ben.has_its_game();
}
