//! The sandbox may be killed at any moment while messages are published: a web server and a queue get all that was
//! accepted, and the queue of a FIFO topic gets each message once and the groups in their order.
//!
//! Moments are drawn; `MAFIA_CRASHES=SEED` or `FROM..TO` lives the lives with these seeds instead.

use crate::crashes::seeds;
use crate::queues::{assert_in_order, assert_taken_once, texts};
use crate::survived::lived;

#[test]
#[ignore = "needs boto3: run .ci/run, or pass --include-ignored"]
fn published_messages_come_after_kills() {
    for seed in seeds(0..2) {
        let report = lived("topics.py", seed);
        for topic in ["news", "jobs.fifo"] {
            let accepted = texts(&report["accepted"][topic]);
            assert_eq!(accepted.len(), 100, "seed {seed}: {topic}");
            let received = texts(&report["received"][topic]);
            let is_lost = |body: &&String| !received.contains(body);
            let lost: Vec<_> = accepted.iter().filter(is_lost).collect();
            assert!(lost.is_empty(), "seed {seed}: {topic} lost {lost:?}");
        }
        assert_in_order(&texts(&report["received"]["jobs.fifo"]), seed);
        assert_taken_once(&report["ids"], seed);
    }
}
