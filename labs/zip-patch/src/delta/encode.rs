//! Makes a delta.

use super::MAGIC;
use super::numbers::{pack, write, zigzag};
use super::steps::steps;

/// How many equal bytes end a run of differences: fewer are cheaper in the run.
const GAP: usize = 4;

/// The delta that makes `new` out of `old`.
///
/// The numbers of a step are how far its earlier bytes are from the end of those before, how many there are, for
/// these in turn how many are equal and how many may differ, and how many new bytes follow.
pub fn encode(old: &[u8], new: &[u8]) -> Vec<u8> {
    let (mut numbers, mut differences, mut extra) = (Vec::new(), Vec::new(), Vec::new());
    let (mut at, mut expected) = (0, 0);
    for step in steps(old, new) {
        write(zigzag(step.old as i64 - expected), &mut numbers);
        write(step.alike as u64, &mut numbers);
        let pairs = &old[step.old..step.old + step.alike];
        let pairs = pairs.iter().zip(&new[at..at + step.alike]);
        let changed: Vec<u8> = pairs.map(|(old, new)| new.wrapping_sub(*old)).collect();
        write_runs(&changed, &mut numbers, &mut differences);
        at += step.alike;
        write(step.new as u64, &mut numbers);
        extra.extend(&new[at..at + step.new]);
        at += step.new;
        expected = (step.old + step.alike) as i64;
    }
    let mut delta = MAGIC.to_vec();
    write(new.len() as u64, &mut delta);
    for part in [&numbers, &differences, &extra] {
        pack(part, &mut delta);
    }
    delta
}

fn write_runs(mut changed: &[u8], numbers: &mut Vec<u8>, differences: &mut Vec<u8>) {
    while !changed.is_empty() {
        let equal = run(changed, 1, |byte| byte != 0);
        let rest = &changed[equal..];
        let differing = run(rest, GAP, |byte| byte == 0);
        write(equal as u64, numbers);
        write(differing as u64, numbers);
        differences.extend(&rest[..differing]);
        changed = &rest[differing..];
    }
}

/// How many bytes come before `many` that `end` the run, or before those at the end of all.
fn run(bytes: &[u8], many: usize, end: impl Fn(u8) -> bool) -> usize {
    let mut ends = 0;
    for (at, byte) in bytes.iter().enumerate() {
        ends = if end(*byte) { ends + 1 } else { 0 };
        if ends == many {
            return at + 1 - many;
        }
    }
    bytes.len() - ends
}
