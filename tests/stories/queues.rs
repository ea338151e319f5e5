//! The sandbox may be killed at any moment while messages are sent, received and given to a function:
//! nothing that was accepted is lost, groups keep their order, and a FIFO queue takes a message once.
//!
//! Moments are drawn; `MAFIA_CRASHES=SEED` or `FROM..TO` lives the lives with these seeds instead.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::crashes::seeds;
use crate::survived::lived;

#[test]
#[ignore = "needs boto3: run .ci/run, or pass --include-ignored"]
fn messages_are_whole_after_kills() {
    for seed in seeds(0..2) {
        let report = lived("queues.py", seed);
        for queue in ["jobs", "jobs.fifo", "work"] {
            let accepted = texts(&report["accepted"][queue]);
            assert_eq!(accepted.len(), 100, "seed {seed}: {queue}");
            let received = texts(&report["received"][queue]);
            let is_lost = |body: &&String| !received.contains(body);
            let lost: Vec<_> = accepted.iter().filter(is_lost).collect();
            assert!(lost.is_empty(), "seed {seed}: {queue} lost {lost:?}");
        }
        assert_in_order(&texts(&report["received"]["jobs.fifo"]), seed);
        assert_taken_once(&report["ids"], seed);
    }
}

/// Each message of a FIFO queue always came with the same id.
pub fn assert_taken_once(ids: &Value, seed: u64) {
    for (body, ids) in ids.as_object().expect("ids by body") {
        let ids = ids.as_array().map(Vec::len);
        assert_eq!(ids, Some(1), "seed {seed}: {body} was taken more than once");
    }
}

/// Each message comes first after those of its group that were sent before it. It may come again later.
pub fn assert_in_order(received: &[String], seed: u64) {
    let mut groups: BTreeMap<&str, Vec<u32>> = BTreeMap::new();
    for body in received {
        let (group, number) = body.split_once(' ').expect("a group and a number");
        let number = number.parse().expect("a number");
        let seen = groups.entry(group).or_default();
        if !seen.contains(&number) {
            seen.push(number);
        }
    }
    assert!(
        groups.values().all(|seen| seen.is_sorted()),
        "seed {seed}: {groups:?}"
    );
}

pub fn texts(list: &Value) -> Vec<String> {
    let list = list.as_array().expect("a list").iter();
    list.map(|text| text.as_str().expect("text").to_owned())
        .collect()
}
