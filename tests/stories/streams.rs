//! The sandbox may be killed at any moment while items are written to a table and a function reads its stream:
//! the function gets each change, and those of a key first in their order.
//!
//! Moments are drawn; `MAFIA_CRASHES=SEED` or `FROM..TO` lives the lives with these seeds instead.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::crashes::seeds;
use crate::queues::texts;
use crate::survived::lived;

const CHANGES: usize = 100;

#[test]
#[ignore = "needs boto3: run .ci/run, or pass --include-ignored"]
fn changes_come_to_a_function_after_kills() {
    for seed in seeds(0..2) {
        let report = lived("streams.py", seed);
        for lanes in ["one", "three"] {
            let written = texts(&report["written"][lanes]);
            assert_eq!(written.len(), CHANGES, "seed {seed}: {lanes}");
            assert_whole(&written, &report["handled"][lanes], seed);
        }
        assert_counted_once(&report["windows"], seed);
    }
}

/// The states of all windows have each change once. The end of a window may come again.
fn assert_counted_once(windows: &Value, seed: u64) {
    let mut by_start: BTreeMap<String, Value> = BTreeMap::new();
    for window in windows.as_array().expect("a list") {
        let start = window[0].to_string();
        let before = by_start.insert(start, window[1].clone());
        assert!(
            before.is_none_or(|before| before == window[1]),
            "seed {seed}: {windows}"
        );
    }
    let numbers = by_start.values().filter_map(Value::as_array).flatten();
    let numbers: Vec<usize> = numbers
        .map(|number| number.as_u64().expect("a number") as usize)
        .collect();
    assert_eq!(numbers, (0..CHANGES).collect::<Vec<_>>(), "seed {seed}");
}

/// Each change comes first after those of its key that were made before it. It may come again later.
fn assert_whole(written: &[String], handled: &Value, seed: u64) {
    let handled = texts(handled);
    let of_keys = |changes: &[String]| {
        let mut keys: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for change in changes {
            let (key, _) = change.split_once(' ').expect("a key and a number");
            let seen = keys.entry(key.to_owned()).or_default();
            if !seen.contains(change) {
                seen.push(change.clone());
            }
        }
        keys
    };
    assert_eq!(of_keys(&handled), of_keys(written), "seed {seed}");
}
