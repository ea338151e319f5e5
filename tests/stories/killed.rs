//! A command may be killed at any request, before the server heard of it or after it did what was
//! asked: the same command, run again, ends as if nothing had been.

use std::time::Duration;

use crate::endpoint::{Endpoint, on_each_endpoint};
use crate::lives::{Chapter, live};
use crate::operation::Effect;
use crate::proxy::{At, Moment, Proxy, Recorded};
use crate::student::Student;

on_each_endpoint! { a_command_killed_at_any_request_and_run_again_ends_the_same }

/// Enough that each kill has an account of its own.
const ACCOUNTS: usize = 32;

/// How often is looked whether the command has ended before the request came.
const GLANCE: Duration = Duration::from_millis(20);

fn a_command_killed_at_any_request_and_run_again_ends_the_same(endpoint: &Endpoint) {
    live(endpoint, ACCOUNTS, kills, with_kill);
}

/// A kill, and what the request that it meets does.
type Planned = (At, Effect, Moment);

/// At everything that changes something, before and after it did; in between, at every fifth look:
/// looking again changes nothing.
fn kills(requests: &[(At, Recorded)]) -> Vec<Planned> {
    let (writes, reads): (Vec<_>, Vec<_>) = requests
        .iter()
        .partition(|(_, request)| request.operation.effect() == Effect::Write);
    let moments = [Moment::BeforeForwarding, Moment::BeforeAnswering];
    let at_writes = writes
        .iter()
        .flat_map(|(at, _)| moments.map(|moment| (at.clone(), Effect::Write, moment)));
    let at_reads = reads
        .iter()
        .step_by(5)
        .map(|(at, _)| (at.clone(), Effect::Read, Moment::BeforeForwarding));
    let kills: Vec<_> = at_writes.chain(at_reads).collect();
    assert!(kills.len() <= ACCOUNTS, "{} kills", kills.len());
    kills
}

fn with_kill(student: &Student, chapter: &Chapter, kills: &[&Planned]) {
    for (at, effect, moment) in kills {
        let proxy = Proxy::in_front_of(&student.endpoint);
        let gate = proxy.hold(at.clone(), *moment);
        let mut running = student.through(&proxy).start(chapter.command);
        let is_there = loop {
            if gate.reached_within(GLANCE) {
                break true;
            }
            if running.has_ended() {
                break false;
            }
        };
        // How often something is looked at depends on how quick the server is.
        assert!(is_there || *effect == Effect::Read, "{at:?} did not come");
        running.kill();
    }
    let outcome = student.run(chapter.command);
    if outcome.code != Some(0) {
        outcome.fails(&format!("should have succeeded after {kills:?}"));
    }
}
