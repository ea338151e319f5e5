//! Any request of any command may be throttled, fail in the server, or lose its connection before or
//! after the server did what was asked: the command goes on and ends as if nothing had been.

use crate::endpoint::{Endpoint, on_each_endpoint};
use crate::fault::Fault;
use crate::lives::{Chapter, live};
use crate::operation::Effect;
use crate::proxy::{At, Proxy, Recorded};
use crate::student::Student;

on_each_endpoint! { a_fault_at_any_request_changes_nothing }

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
        // How often something is looked at depends on how quick the server is.
        let has_to_come = *effect != Effect::Read;
        assert!(!has_to_come || proxy.has_met(at), "{at:?} did not come");
    }
}
