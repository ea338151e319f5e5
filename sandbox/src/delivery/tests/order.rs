//! Deliveries of a group, which come one after the other.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::Ordering;

use proptest::prelude::*;

use super::world::{Clock, World, arn, ended};
use crate::delivery::{Delivery, Order};

/// Its payload is its number.
fn delivery(target: &str, group: &str, number: u64) -> Delivery {
    let id = format!("{target}-{group}-{number}");
    let mut delivery = Delivery::new(&id, arn(target), number.to_string());
    delivery.order = Some(Order {
        group: group.to_owned(),
        deduplication_id: id,
        number,
    });
    delivery
}

#[tokio::test]
async fn nothing_overtakes_what_fails_in_its_group() {
    let world = World::new(Clock::turned());
    world.answers("fails", "fail done");
    world.answers("works", "done");
    let queue = world.queue();
    let group = [1, 2, 3].map(|number| delivery("fails", "a", number));
    queue.accept_all(group.to_vec()).expect("accepted");
    queue.accept(delivery("works", "a", 1)).expect("accepted");
    queue.accept(delivery("fails", "b", 1)).expect("accepted");
    world.attempts(3).await;
    world.asleep(&queue).await;
    let mut tried = world.tried();
    tried.sort();
    assert_eq!(tried, ["fails 0", "fails 0", "works 0"]);
    for (at, attempts) in [(60_000, 6), (120_000, 8), (180_000, 9)] {
        world.clock.turn_to(at);
        world.attempts(attempts).await;
        world.asleep(&queue).await;
    }
    ended(&queue).await;
    let received = world.received_in_order("fails");
    let of_both: Vec<&String> = received.iter().filter(|it| *it != "1").collect();
    assert_eq!(of_both, ["2", "3"]);
    assert!(world.records().is_empty());
}

/// Accepts numbered deliveries and lives until all have ended, but for the processes that are killed after so many
/// writes. Returns the numbers that were accepted, and those that came.
async fn live(answers: &str, count: u64, kills: &[usize]) -> (Vec<String>, Vec<String>) {
    let world = World::new(Clock::skipping());
    world.answers("lane", answers);
    let mut accepted = Vec::new();
    for (life, writes) in kills.iter().enumerate() {
        let queue = world.queue();
        queue.writes_left.store(*writes, Ordering::SeqCst);
        if life == 0 {
            for number in 1..=count {
                let one = delivery("lane", "a", number);
                let accept = catch_unwind(AssertUnwindSafe(|| queue.accept(one)));
                if accept.is_ok_and(|accepted| accepted.is_ok()) {
                    accepted.push(number.to_string());
                }
            }
        } else {
            queue.resume();
        }
        ended(&queue).await;
    }
    ended(&world.resumed()).await;
    assert!(world.records().is_empty());
    let mut came: Vec<String> = Vec::new();
    for number in world.received_in_order("lane") {
        if !came.contains(&number) {
            came.push(number);
        }
    }
    (accepted, came)
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(32) })]
    #[test]
    fn an_order_survives_kills(
        answers in prop::sample::select(vec!["done", "fail done"]),
        count in 1..6_u64,
        kills in prop::collection::vec(0..20_usize, 1..5),
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build();
        let runtime = runtime.expect("a runtime");
        let (accepted, came) = runtime.block_on(live(answers, count, &kills));
        prop_assert_eq!(accepted, came);
    }
}
