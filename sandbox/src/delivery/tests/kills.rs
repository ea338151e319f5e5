//! The process is killed after some of its writes, and another one goes on: all that was accepted is
//! delivered, or given up after as many failures as without a kill.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::Ordering;

use proptest::prelude::*;

use super::delivery;
use super::world::{Clock, World, arn, ended};

/// More than any number of writes here.
const ENOUGH: usize = 100;

/// What becomes of the deliveries, in the words of [`World::answers`].
const ANSWERS: [&str; 6] = [
    "done",
    "busy busy done",
    "fail busy done",
    "fail fail done",
    "fail busy fail fail",
    "busy reject",
];

/// Accepts a delivery for each of the `answers` and lives until all have ended, but for the processes
/// that are killed after so many writes. Says whether the last of these was not killed.
async fn live(answers: &[&str], kills: &[usize]) -> bool {
    let world = World::new(Clock::skipping());
    let names: Vec<String> = (0..answers.len())
        .map(|number| number.to_string())
        .collect();
    let mut accepted = Vec::new();
    let mut survived = false;
    for (life, writes) in kills.iter().enumerate() {
        let queue = world.queue();
        queue.writes_left.store(*writes, Ordering::SeqCst);
        if life == 0 {
            for (name, answers) in names.iter().zip(answers) {
                world.answers(name, answers);
                world.answers(&format!("dead-{name}"), "busy done");
                let mut delivery = delivery(name);
                delivery.destinations.dead_letter = Some(arn(&format!("dead-{name}")));
                let accept = catch_unwind(AssertUnwindSafe(|| queue.accept(delivery)));
                if accept.is_ok_and(|accepted| accepted.is_ok()) {
                    accepted.push((name, *answers));
                }
            }
        } else {
            queue.resume();
        }
        ended(&queue).await;
        survived = queue.writes_left.load(Ordering::SeqCst) > 0;
    }
    ended(&world.resumed()).await;
    assert!(world.records().is_empty());
    for (name, answers) in accepted {
        assert_ended_well(&world, name, answers, kills.len());
    }
    survived
}

fn assert_ended_well(world: &World, name: &str, answers: &str, kills: usize) {
    let expected: Vec<&str> = answers.split(' ').collect();
    let attempts = world.attempts_of(name);
    let extra = attempts.len().checked_sub(expected.len());
    assert!(
        extra.is_some_and(|extra| extra <= kills),
        "{attempts:?} for {answers}"
    );
    let mut counted: Vec<u32> = attempts.iter().map(|attempt| attempt.failures).collect();
    counted.dedup();
    let failures = expected.iter().filter(|answer| **answer == "fail").count();
    let last = u32::try_from(failures).expect("few").min(2);
    assert_eq!(counted, (0..=last).collect::<Vec<_>>(), "{answers}");
    for pair in attempts.windows(2) {
        if pair[0].failures < pair[1].failures {
            let pause = i64::from(pair[1].failures) * 60_000;
            assert!(pair[1].at - pair[0].at >= pause, "{attempts:?}");
        }
    }
    let received = world.received();
    let is_received = |name: &str| received.iter().any(|(to, _)| to == name);
    let is_done = answers.ends_with("done");
    assert_eq!(is_received(name), is_done, "{answers}");
    assert_eq!(is_received(&format!("dead-{name}")), !is_done, "{answers}");
}

#[tokio::test]
async fn nothing_that_is_accepted_is_lost_by_a_kill_after_any_write() {
    for writes in 0..ENOUGH {
        if live(&ANSWERS, &[writes]).await {
            return;
        }
    }
    panic!("{ENOUGH} writes are not enough");
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(60) })]

    #[test]
    fn nothing_that_is_accepted_is_lost_by_several_kills(
        answers in proptest::collection::vec(proptest::sample::select(&ANSWERS[..]), 1..5),
        kills in proptest::collection::vec(0..9_usize, 1..5),
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build();
        runtime.expect("a runtime").block_on(live(&answers, &kills));
    }
}
