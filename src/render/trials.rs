//! Whether the labs do what they promise, for those who write them.

use super::style::{bad, bold, good};
use crate::lab::authoring::{Fault, TrialEvent, Trials};
use crate::wording::count;

/// What was tried.
pub fn trial(event: &TrialEvent<'_>) -> String {
    match event {
        TrialEvent::Started { lab, what } => format!("trying {lab} {what}"),
        TrialEvent::Ended { lab, what, fault } => {
            let mark = match fault {
                None => good("✓"),
                Some(_) => bad("✗"),
            };
            format!("{mark} {lab} {what}")
        }
    }
}

/// All faults, and how many there are.
pub fn trials(trials: &Trials) -> String {
    let number = count(trials.faults.len(), "fault");
    let tried = format!("{} tried, {number}", trials.tried);
    let faults = trials.faults.iter().map(fault);
    faults.chain([tried]).collect::<Vec<_>>().join("\n")
}

fn fault(fault: &Fault) -> String {
    let place = format!("{} {}", fault.lab, fault.what);
    format!("{} {} {}", bad("✗"), bold(place.trim()), fault.problem)
}
