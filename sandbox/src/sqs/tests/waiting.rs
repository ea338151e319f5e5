//! Requests that wait for messages.

use std::sync::Arc;

use serde_json::{Value, json};
use tokio::task::{JoinHandle, yield_now};

use super::world::{World, bodies};
use crate::service::Background;

/// A request that waits until the clock or a message wakes it.
async fn waiting(world: &Arc<World>, queue: &'static str, seconds: u32) -> JoinHandle<Vec<Value>> {
    let before = world.clock.sleeping();
    let task = tokio::spawn({
        let world = world.clone();
        let request = json!({ "WaitTimeSeconds": seconds, "MaxNumberOfMessages": 10 });
        async move { world.receive(queue, request).await }
    });
    while world.clock.sleeping() == before && !task.is_finished() {
        yield_now().await;
    }
    task
}

async fn woken(task: JoinHandle<Vec<Value>>) -> Vec<String> {
    bodies(&task.await.expect("no panic"))
}

#[tokio::test]
async fn a_message_wakes_who_waits_for_it() {
    let world = Arc::new(World::new());
    world.create("jobs", json!({})).await;
    world.create("other", json!({})).await;
    let task = waiting(&world, "jobs", 20).await;
    world.send("other", "b").await;
    assert!(!task.is_finished());
    world.send("jobs", "a").await;
    assert_eq!(woken(task).await, ["a"]);
    assert_eq!(world.clock.sleeping(), 0);
}

#[tokio::test]
async fn who_waits_gets_what_becomes_visible_in_time() {
    let world = Arc::new(World::new());
    world
        .create("jobs", json!({ "ReceiveMessageWaitTimeSeconds": "20" }))
        .await;
    let late = json!({ "MessageBody": "late", "DelaySeconds": 5 });
    world.on("jobs", "SendMessage", late).await;
    let task = waiting(&world, "jobs", 20).await;
    world.clock.turn_to(4_999);
    yield_now().await;
    assert!(!task.is_finished());
    world.clock.turn_to(5_000);
    assert_eq!(woken(task).await, ["late"]);

    let received = world.clock.sleeping();
    assert_eq!(received, 0);
    let task = waiting(&world, "jobs", 20).await;
    world.clock.turn_to(25_000);
    assert_eq!(woken(task).await, [""; 0]);
    // It is in flight until then.
    let task = waiting(&world, "jobs", 20).await;
    world.clock.turn_to(35_000);
    assert_eq!(woken(task).await, ["late"]);
}

#[tokio::test]
async fn the_end_of_the_one_before_wakes_who_waits_for_a_group() {
    let world = Arc::new(World::new());
    world.create("jobs.fifo", json!({})).await;
    for body in ["1", "2"] {
        world.send_in("jobs.fifo", "a", body, body).await;
    }
    let first = world.receive("jobs.fifo", json!({})).await.remove(0);
    let task = waiting(&world, "jobs.fifo", 20).await;
    world.delete("jobs.fifo", &first).await;
    assert_eq!(woken(task).await, ["2"]);
}

#[tokio::test]
async fn a_message_that_is_given_back_wakes_who_waits() {
    let world = Arc::new(World::new());
    world.create("jobs", json!({})).await;
    world.send("jobs", "a").await;
    let first = world.receive("jobs", json!({})).await.remove(0);
    let task = waiting(&world, "jobs", 20).await;
    world
        .change_visibility("jobs", &first, 0)
        .await
        .expect("it is in flight");
    assert_eq!(woken(task).await, ["a"]);
}

#[tokio::test]
async fn who_waits_has_an_answer_when_the_sandbox_stops_or_the_queue_is_deleted() {
    let world = Arc::new(World::new());
    world.create("jobs", json!({})).await;
    world.create("gone", json!({})).await;
    let gone = tokio::spawn({
        let world = world.clone();
        async move {
            world
                .try_on("gone", "ReceiveMessage", json!({ "WaitTimeSeconds": 20 }))
                .await
        }
    });
    while world.clock.sleeping() == 0 {
        yield_now().await;
    }
    world.on("gone", "DeleteQueue", json!({})).await;
    let refused = gone.await.expect("no panic").expect_err("it is gone");
    assert_eq!(refused.code, "QueueDoesNotExist");

    let tasks = [
        waiting(&world, "jobs", 20).await,
        waiting(&world, "jobs", 1).await,
    ];
    world.sqs.end_waits();
    for task in tasks {
        assert_eq!(woken(task).await, [""; 0]);
    }
    assert_eq!(woken(waiting(&world, "jobs", 20).await).await, [""; 0]);
}
