//! Any life of a queue, killed at any time: nothing that was accepted is lost, groups keep their order, and
//! a message is accepted once.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;
use serde_json::{Value, json};

use super::world::World;

#[derive(Clone, Debug)]
enum Step {
    /// A group and a message of it, which may have been sent before.
    Send(u8, u8),
    Receive(u32),
    /// The message that was received as the first of those that were not deleted.
    Delete,
    /// In milliseconds. All of them together are less than the time in which duplicates are known.
    Pass(i64),
    Kill,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        4 => (0..3_u8, 0..12_u8).prop_map(|(group, message)| Step::Send(group, message)),
        3 => (1..4_u32).prop_map(Step::Receive),
        3 => Just(Step::Delete),
        2 => (0..4_500_i64).prop_map(Step::Pass),
        1 => Just(Step::Kill),
    ];
    proptest::collection::vec(step, 1..60)
}

struct Life {
    world: World,
    queue: &'static str,
    now: i64,
    accepted: Vec<String>,
    in_hand: Vec<Value>,
    deleted: Vec<String>,
}

impl Life {
    async fn step(mut self, step: Step) -> Self {
        let is_fifo = self.queue.ends_with(".fifo");
        match step {
            Step::Send(group, message) => {
                let body = format!("{group} {message}");
                let is_new = !is_fifo || !self.accepted.contains(&body);
                if is_fifo {
                    let group = group.to_string();
                    self.world.send_in(self.queue, &group, &body, &body).await;
                } else {
                    self.world.send(self.queue, &body).await;
                }
                if is_new {
                    self.accepted.push(body);
                }
            }
            Step::Receive(most) => {
                let request = json!({ "MaxNumberOfMessages": most, "VisibilityTimeout": 5 });
                let received = self.world.receive(self.queue, request).await;
                self.in_hand.extend(received);
            }
            Step::Delete if self.in_hand.is_empty() => {}
            Step::Delete => {
                let message = self.in_hand.remove(0);
                let before = self.world.stored_ids();
                let handle = json!({ "ReceiptHandle": message["ReceiptHandle"] });
                // A receipt may have expired.
                let _ = self.world.try_on(self.queue, "DeleteMessage", handle).await;
                if before != self.world.stored_ids() {
                    let body = message["Body"].as_str().expect("text");
                    self.deleted.push(body.to_owned());
                }
            }
            Step::Pass(time) => {
                self.now += time;
                self.world.clock.turn_to(self.now);
            }
            Step::Kill => self.world = self.world.restarted(),
        }
        self
    }
}

impl World {
    fn stored_ids(&self) -> BTreeSet<String> {
        let messages = self.sqs.messages.all().expect("read");
        messages.into_iter().map(|message| message.id).collect()
    }
}

/// Lives so and to the end. Returns what was accepted and what was deleted, in order.
async fn lived(queue: &'static str, steps: Vec<Step>) -> (Vec<String>, Vec<String>) {
    let world = World::new();
    world.create(queue, json!({})).await;
    let mut life = Life {
        world,
        queue,
        now: 0,
        accepted: Vec::new(),
        in_hand: Vec::new(),
        deleted: Vec::new(),
    };
    for step in steps {
        life = life.step(step).await;
    }
    life.in_hand.clear();
    while life.world.stored() > 0 {
        life = life.step(Step::Pass(5_000)).await;
        life = life.step(Step::Receive(10)).await;
        while !life.in_hand.is_empty() {
            life = life.step(Step::Delete).await;
        }
    }
    (life.accepted, life.deleted)
}

fn by_group(bodies: Vec<String>) -> BTreeMap<String, Vec<String>> {
    let mut groups = BTreeMap::<String, Vec<String>>::new();
    for body in bodies {
        let group = body.split(' ').next().unwrap_or_default().to_owned();
        groups.entry(group).or_default().push(body);
    }
    groups
}

fn run<T>(life: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .build();
    runtime.expect("a runtime").block_on(life)
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(40) })]

    #[test]
    fn what_a_queue_accepts_is_delivered_in_the_end(steps in steps()) {
        let (mut accepted, mut deleted) = run(lived("jobs", steps));
        accepted.sort();
        deleted.sort();
        prop_assert_eq!(deleted, accepted);
    }

    #[test]
    fn a_group_is_done_in_its_order_and_each_message_once(steps in steps()) {
        let (accepted, deleted) = run(lived("jobs.fifo", steps));
        prop_assert_eq!(by_group(deleted), by_group(accepted));
    }
}
