//! The queue with a target that does what a test tells it, and a clock that a test turns.

mod kills;
mod order;
mod world;

use std::sync::Arc;
use std::sync::atomic::Ordering;

use super::{Delivery, DeliveryQueue, NotAccepted};
use world::{Clock, UNREACHABLE, World, arn, ended};

fn delivery(id: &str) -> Delivery {
    Delivery::new(id, arn(id), format!("payload of {id}"))
}

fn accept(queue: &Arc<DeliveryQueue>, ids: &[&str]) {
    for id in ids {
        queue.accept(delivery(id)).expect("accepted");
    }
}

#[tokio::test]
async fn retries_come_in_the_order_in_which_they_are_due() {
    let world = World::new(Clock::turned());
    world.answers("a", "fail fail done");
    world.answers("b", "fail done");
    world.answers("c", "busy done");
    let queue = world.queue();
    accept(&queue, &["a"]);
    world.attempts(1).await;
    world.asleep(&queue).await;
    world.clock.turn_to(30_000);
    accept(&queue, &["b", "c"]);
    for (now, attempts) in [(31_000, 4), (60_000, 5), (90_000, 6), (180_000, 7)] {
        world.attempts(attempts - 1).await;
        world.asleep(&queue).await;
        world.clock.turn_to(now - 1);
        world.asleep(&queue).await;
        assert_eq!(world.tried().len(), attempts - 1, "before {now}");
        world.clock.turn_to(now);
    }
    world.attempts(7).await;
    ended(&queue).await;
    assert_eq!(world.tried()[3..], ["c 0", "a 1", "b 1", "a 2"]);
    assert!(world.records().is_empty());
}

#[tokio::test]
async fn what_waits_is_bounded_until_it_is_delivered() {
    let world = World::new(Clock::turned());
    let queue = world.queue();
    let large = |number: usize| {
        let id = format!("large{number}");
        world.answers(&id, "fail done");
        Delivery::new(&id, arn(&id), "x".repeat(1 << 20))
    };
    for number in 0..63 {
        queue.accept(large(number)).expect("room");
    }
    let refused = queue.accept(large(63)).expect_err("full");
    assert!(matches!(refused, NotAccepted::Full));
    assert_eq!(world.records().len(), 63);
    world.attempts(63).await;
    world.asleep(&queue).await;
    world.clock.turn_to(60_000);
    ended(&queue).await;
    queue.accept(large(63)).expect("room again");
}

#[tokio::test]
async fn what_is_due_only_later_does_not_keep_the_sandbox_running() {
    let world = World::new(Clock::turned());
    let queue = world.queue();
    assert!(!queue.is_busy());
    world.answers("later", "done");
    let mut later = delivery("later");
    later.due_at = 3_600_000;
    queue.accept(later).expect("accepted");
    assert!(!queue.is_busy());
    world.clock.turn_to(3_500_000);
    assert!(queue.is_busy());
    world.clock.turn_to(3_600_000);
    ended(&queue).await;
    assert!(!queue.is_busy());
    assert_eq!(world.tried(), ["later 0"]);
}

#[tokio::test]
async fn a_stop_drops_nothing() {
    let world = World::new(Clock::turned());
    world.answers("waits", "fail done");
    world.answers("hangs", "hang");
    let queue = world.queue();
    accept(&queue, &["waits", "hangs"]);
    world.attempts(2).await;
    world.asleep(&queue).await;
    assert!(queue.is_busy());
    queue.stop();
    accept(&queue, &["late"]);
    ended(&queue).await;
    assert!(!queue.is_busy());
    assert_eq!(world.tried().len(), 2);

    world.answers("hangs", "done");
    world.answers("late", "done");
    let queue = world.resumed();
    world.attempts(4).await;
    world.clock.turn_to(60_000);
    ended(&queue).await;
    let mut tried = world.tried()[2..].to_vec();
    tried.sort();
    assert_eq!(tried, ["hangs 0", "late 0", "waits 1"]);
}

#[tokio::test]
async fn what_is_accepted_is_tried_after_a_long_stop_too() {
    let world = World::new(Clock::turned());
    world.answers("old", "busy done");
    let queue = world.queue();
    queue.stop();
    accept(&queue, &["old"]);
    let a_week = 7 * 24 * 60 * 60 * 1000;
    world.clock.turn_to(a_week);
    let queue = world.resumed();
    world.attempts(1).await;
    world.asleep(&queue).await;
    world.clock.turn_to(a_week + 1_000);
    ended(&queue).await;
    assert_eq!(world.tried(), ["old 0", "old 0"]);
}

#[tokio::test]
async fn destinations_hear_of_the_end_as_deliveries_of_their_own() {
    let world = World::new(Clock::skipping());
    for (id, answers) in [
        ("good", "done"),
        ("bad", "fail fail fail"),
        ("gone", "reject"),
    ] {
        world.answers(id, answers);
        world.answers(&format!("{id}-success"), "done");
        world.answers(&format!("{id}-failure"), "done");
        world.answers(&format!("{id}-dead"), "done");
    }
    let queue = world.queue();
    for id in ["good", "bad", "gone"] {
        let mut delivery = delivery(id);
        delivery.destinations.on_success = Some(arn(&format!("{id}-success")));
        delivery.destinations.on_failure = Some(arn(&format!("{id}-failure")));
        delivery.destinations.dead_letter = Some(arn(&format!("{id}-dead")));
        queue.accept(delivery).expect("accepted");
    }
    ended(&queue).await;
    assert_eq!(
        world.received(),
        [
            ("bad-dead", "payload of bad"),
            ("bad-failure", "RetriesExhausted of bad"),
            ("gone-dead", "payload of gone"),
            ("gone-failure", "Rejected of gone"),
            ("good", "payload of good"),
            ("good-success", "Succeeded of good"),
        ]
        .map(|(id, payload)| (id.to_owned(), payload.to_owned()))
    );
    assert!(world.records().is_empty());
    assert!(world.log().contains(":bad: fail"), "{}", world.log());
}

#[tokio::test]
async fn a_destination_that_gets_nothing_is_in_the_journal() {
    let world = World::new(Clock::skipping());
    world.answers("good", "done");
    let queue = world.queue();
    let mut good = delivery("good");
    good.destinations.on_success = Some(UNREACHABLE.to_owned());
    queue.accept(good).expect("accepted");
    ended(&queue).await;
    assert_eq!(world.tried(), ["good 0"]);
    let said = "dropped what follows from delivery good: it is not reachable";
    assert!(world.log().contains(said), "{}", world.log());
}

#[tokio::test]
async fn nobody_takes_a_delivery_for_a_service_that_there_is_not() {
    let world = World::new(Clock::skipping());
    world.answers("dead", "done");
    let queue = world.queue();
    let mut lost = Delivery::new("lost", "arn:aws:events:us-east-1:0:bus", "it".to_owned());
    lost.destinations.dead_letter = Some(arn("dead"));
    queue.accept(lost).expect("accepted");
    ended(&queue).await;
    assert_eq!(world.received(), [("dead".to_owned(), "it".to_owned())]);
}

#[tokio::test]
async fn an_end_that_cannot_be_written_is_written_later() {
    let world = World::new(Clock::turned());
    world.answers("a", "done");
    let queue = world.queue();
    let mut soon = delivery("a");
    soon.due_at = 1_000;
    queue.accept(soon).expect("accepted");
    world.refuse_writes(true);
    world.clock.turn_to(1_000);
    world.attempts(1).await;
    world.asleep(&queue).await;
    assert!(world.log().contains("trying again"), "{}", world.log());
    assert_eq!(world.records().len(), 1);
    world.refuse_writes(false);
    world.clock.turn_to(6_000);
    ended(&queue).await;
    assert!(world.records().is_empty());
    assert_eq!(world.tried(), ["a 0"], "it is not delivered again");
}

#[tokio::test]
async fn ends_at_the_same_moment_are_one_write() {
    let world = World::new(Clock::skipping());
    let names: Vec<String> = (0..20).map(|number| number.to_string()).collect();
    names.iter().for_each(|name| world.answers(name, "done"));
    let queue = world.queue();
    let one_to_accept_and_one_to_end = 2;
    let writes_left = &queue.writes_left;
    writes_left.store(one_to_accept_and_one_to_end, Ordering::SeqCst);
    let deliveries = names.iter().map(|name| delivery(name)).collect();
    queue.accept_all(deliveries).expect("accepted");
    ended(&queue).await;
    assert!(world.records().is_empty());
    assert_eq!(world.received().len(), names.len());
}

/// A kill before the first write about what it was handed over as has all of it begin anew.
#[tokio::test]
async fn what_is_handed_over_is_recorded_when_it_has_to_be_tried_again() {
    for (answers, writes, from, next, received) in [
        ("done", 1, 2, 2, 2),
        ("done", 2, 1, 1, 1),
        ("fail done", 1, 2, 3, 1),
        ("fail done", 2, 1, 3, 2),
        ("fail done", 3, 1, 2, 1),
        ("busy done", 1, 2, 2, 1),
        ("busy done", 3, 1, 2, 1),
    ] {
        let what = format!("{answers} after {writes} writes");
        let world = World::new(Clock::skipping());
        world.answers("from", "hand-over");
        world.answers("next", answers);
        let queue = world.queue();
        queue.writes_left.store(writes, Ordering::SeqCst);
        accept(&queue, &["from"]);
        ended(&queue).await;
        ended(&world.resumed()).await;
        assert!(world.records().is_empty(), "{what}");
        let tried = |name| world.attempts_of(name).len();
        assert_eq!((tried("from"), tried("next")), (from, next), "{what}");
        let payloads = world.received_in_order("next");
        assert_eq!(payloads, vec!["payload of from"; received], "{what}");
    }
}

/// Nothing is lost by a kill, and what has to be tried again is tried when it is due.
#[tokio::test]
async fn a_failure_of_what_was_handed_over_counts() {
    let world = World::new(Clock::turned());
    world.answers("from", "hand-over");
    world.answers("next", "fail fail done");
    let queue = world.queue();
    accept(&queue, &["from"]);
    world.attempts(2).await;
    world.asleep(&queue).await;
    let recorded = world.records();
    assert_eq!(recorded.len(), 1);
    assert_eq!((recorded[0].failures, recorded[0].due_at), (1, 60_000));
    world.clock.turn_to(60_000);
    world.attempts(3).await;
    world.asleep(&queue).await;
    assert_eq!(world.records()[0].failures, 2);
    world.clock.turn_to(60_000 + 120_000);
    ended(&queue).await;
    assert!(world.records().is_empty());
    assert_eq!(world.tried(), ["from 0", "next 0", "next 1", "next 2"]);
}

#[tokio::test]
async fn the_age_of_what_was_handed_over_counts_from_then_on() {
    let world = World::new(Clock::turned());
    world.answers("from", "hand-over");
    world.answers("next", "fail fail done");
    let queue = world.queue();
    let mut from = delivery("from");
    from.retry.max_age_seconds = 150;
    queue.accept(from).expect("accepted");
    world.attempts(2).await;
    world.asleep(&queue).await;
    world.clock.turn_to(60_000);
    // The next pause of two minutes would end too late.
    ended(&queue).await;
    assert_eq!(world.tried(), ["from 0", "next 0", "next 1"]);
}
