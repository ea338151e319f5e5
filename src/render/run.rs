//! The run of a lab's system.

use std::time::Duration;

use super::style::{bad, dim, good};
use super::units::elapsed;
use crate::lab::run::{Step, SystemReport};
use crate::wording::count;

/// A line for a step, and another one where something else was expected.
pub fn run_step(step: &Step) -> String {
    let Step { did, answered, .. } = step;
    match &step.expected {
        None => format!("{} {did} {} {answered}", good("✔"), dim("→")),
        Some(expected) => format!(
            "{} {did} {} {answered}\n    expected: {expected}",
            bad("✘"),
            dim("→")
        ),
    }
}

pub fn run_report(report: &SystemReport) -> String {
    let milliseconds = u64::try_from(report.milliseconds).unwrap_or(u64::MAX);
    let took = elapsed(Duration::from_millis(milliseconds));
    let works = good(format!("{} works", report.lab));
    format!("{works}: {} in {took}", count(report.steps.len(), "step"))
}
