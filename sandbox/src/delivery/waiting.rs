//! The deliveries that have not ended, and whose turn it is of those that come one after the other.

use std::collections::{HashMap, VecDeque};

use tokio::task::AbortHandle;

use super::record::Delivery;

/// Of all deliveries that wait, in bytes: they are in memory too.
const MAX_BYTES: usize = 64 << 20;
/// What a delivery takes besides its payload.
const OVERHEAD_BYTES: usize = 1 << 10;

#[derive(Debug, Default)]
pub struct Waiting {
    by_id: HashMap<String, Entry>,
    /// The ids of those that come one after the other, in this order.
    lanes: HashMap<String, VecDeque<String>>,
    /// Those whose turn has not come.
    parked: HashMap<String, Delivery>,
    bytes: usize,
    pub stopped: bool,
}

/// A delivery that has not ended.
#[derive(Debug)]
pub struct Entry {
    pub due_at: i64,
    bytes: usize,
    lane: Option<String>,
    pub task: Option<AbortHandle>,
}

impl Waiting {
    /// Is false where there is no room for them.
    pub fn add(&mut self, deliveries: &[Delivery]) -> bool {
        let more: usize = deliveries.iter().map(bytes).sum();
        let fits = self.bytes + more <= MAX_BYTES;
        if fits {
            deliveries.iter().for_each(|delivery| self.insert(delivery));
        }
        fits
    }

    pub fn insert(&mut self, delivery: &Delivery) {
        let bytes = bytes(delivery);
        self.bytes += bytes;
        let lane = delivery.lane();
        if let Some(lane) = &lane {
            let lane = self.lanes.entry(lane.clone()).or_default();
            lane.push_back(delivery.id.clone());
        }
        let entry = Entry {
            due_at: delivery.due_at,
            bytes,
            lane,
            task: None,
        };
        self.by_id.insert(delivery.id.clone(), entry);
    }

    /// The delivery if it is its turn. Otherwise it is kept until [`remove`](Self::remove) returns it.
    pub fn in_turn(&mut self, delivery: Delivery) -> Option<Delivery> {
        let lane = delivery.lane().and_then(|lane| self.lanes.get(&lane));
        let first = lane.and_then(VecDeque::front);
        if first.is_none_or(|first| *first == delivery.id) {
            return Some(delivery);
        }
        self.parked.insert(delivery.id.clone(), delivery);
        None
    }

    pub fn runs(&mut self, id: &str, task: AbortHandle) {
        if let Some(entry) = self.by_id.get_mut(id) {
            entry.task = Some(task);
        }
    }

    pub fn postpone(&mut self, id: &str, due_at: i64) {
        if let Some(entry) = self.by_id.get_mut(id) {
            entry.due_at = due_at;
        }
    }

    /// Returns the delivery whose turn has come by this.
    pub fn remove(&mut self, id: &str) -> Option<Delivery> {
        let entry = self.by_id.remove(id)?;
        self.bytes -= entry.bytes;
        self.parked.remove(id);
        let name = entry.lane?;
        let lane = self.lanes.get_mut(&name)?;
        lane.retain(|other| other != id);
        match lane.front() {
            Some(first) => self.parked.remove(first),
            None => {
                self.lanes.remove(&name);
                None
            }
        }
    }

    pub fn entries(&self) -> impl Iterator<Item = &Entry> {
        self.by_id.values()
    }
}

impl Entry {
    pub fn is_running(&self) -> bool {
        let task = self.task.as_ref();
        task.is_some_and(|task| !task.is_finished())
    }
}

fn bytes(delivery: &Delivery) -> usize {
    let attributes = delivery.attributes.iter().map(|it| it.value.len());
    delivery.payload.len() + attributes.sum::<usize>() + OVERHEAD_BYTES
}
