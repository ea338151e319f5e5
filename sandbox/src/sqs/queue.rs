//! Queues: their records, and what is in memory of all their messages.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use tokio::sync::Notify;

use super::Sqs;
use super::backlog::{Backlog, Sequence};
use super::fault::no_queue;
use super::message::{Accepted, Message, parse_key, prefix};
use super::names;
use super::settings::Settings;
use crate::fault::Fault;
use crate::page::Cursor;
use crate::store::{Record, Records, StoreError};
use crate::tags::Tags;

/// How many messages are read at once at the start: their bodies may be large.
const READ_AT_ONCE: usize = 100;
/// A queue's sequences begin with the time: they grow also if all messages have been deleted before a
/// restart.
const SEQUENCES_A_MILLISECOND: u64 = 1_000_000;

#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct Queue {
    pub name: String,
    /// In milliseconds since 1970.
    pub created_at: i64,
    pub modified_at: i64,
    pub settings: Settings,
    pub tags: Tags,
}

impl Record for Queue {
    const KIND: &'static str = "sqs.queue";
}

impl Queue {
    pub fn is_fifo(&self) -> bool {
        self.name.ends_with(names::FIFO)
    }

    pub fn arn(&self) -> String {
        names::arn(&self.name)
    }
}

/// A queue with its messages.
#[derive(Debug)]
pub struct LiveQueue {
    pub queue: Queue,
    pub backlog: Backlog,
    pub accepted: AcceptedIds,
    /// Wakes the requests that wait for messages.
    pub arrivals: Arc<Notify>,
    pub purged_at: Option<i64>,
}

impl LiveQueue {
    pub fn new(queue: Queue) -> Self {
        Self {
            queue,
            backlog: Backlog::default(),
            accepted: AcceptedIds::default(),
            arrivals: Arc::default(),
            purged_at: None,
        }
    }
}

/// All queues.
#[derive(Debug, Default)]
pub struct Live {
    pub queues: BTreeMap<String, LiveQueue>,
    last_sequence: Sequence,
}

impl Live {
    /// Reads what is stored.
    pub fn read(
        queues: &Records<Queue>,
        messages: &Records<Message>,
        handlings: &Records<super::backlog::Handling>,
        accepted: &Records<Accepted>,
    ) -> Result<Self, StoreError> {
        let mut live = Self::default();
        for queue in queues.all()? {
            let name = queue.name.clone();
            live.queues.insert(name, LiveQueue::new(queue));
        }
        let mut handled: HashMap<_, _> = handlings.under("")?.into_iter().collect();
        let mut after: Option<Cursor> = None;
        loop {
            let page = messages.page("", after.as_ref(), READ_AT_ONCE, |_| true)?;
            for (key, message) in page.items {
                if let Some((name, sequence)) = parse_key(&key)
                    && let Some(queue) = live.queues.get_mut(name)
                {
                    let entry = message.entry(name, handled.remove(&key));
                    queue.backlog.put(sequence, entry);
                    live.last_sequence = live.last_sequence.max(sequence);
                }
            }
            after = page.next;
            if after.is_none() {
                break;
            }
        }
        for (key, accepted) in accepted.under("")? {
            let name = key.split('/').next().unwrap_or_default();
            live.last_sequence = live.last_sequence.max(accepted.sequence);
            if let Some(queue) = live.queues.get_mut(name) {
                queue.accepted.insert(key, accepted);
            }
        }
        Ok(live)
    }

    pub fn get(&self, name: &str) -> Result<&LiveQueue, Fault> {
        self.queues.get(name).ok_or_else(no_queue)
    }

    pub fn get_mut(&mut self, name: &str) -> Result<&mut LiveQueue, Fault> {
        self.queues.get_mut(name).ok_or_else(no_queue)
    }

    pub fn next_sequence(&mut self, now: i64) -> Sequence {
        let by_time = u64::try_from(now).unwrap_or_default() * SEQUENCES_A_MILLISECOND;
        self.last_sequence = by_time.max(self.last_sequence + 1);
        self.last_sequence
    }
}

/// The messages that a FIFO queue has accepted in the last five minutes, by the keys of their records.
#[derive(Debug, Default)]
pub struct AcceptedIds {
    by_key: HashMap<String, Accepted>,
    by_end: BTreeSet<(i64, String)>,
}

impl AcceptedIds {
    pub fn get(&self, key: &str, now: i64) -> Option<&Accepted> {
        self.by_key.get(key).filter(|accepted| accepted.until > now)
    }

    pub fn insert(&mut self, key: String, accepted: Accepted) {
        self.remove(&key);
        self.by_end.insert((accepted.until, key.clone()));
        self.by_key.insert(key, accepted);
    }

    pub fn remove(&mut self, key: &str) {
        if let Some(accepted) = self.by_key.remove(key) {
            self.by_end.remove(&(accepted.until, key.to_owned()));
        }
    }

    /// The keys of those that are to be forgotten.
    pub fn expired(&self, now: i64) -> Vec<String> {
        let expired = self.by_end.iter().take_while(|(until, _)| *until <= now);
        expired.map(|(_, key)| key.clone()).collect()
    }
}

impl Sqs {
    pub fn queue_url(&self, name: &str) -> String {
        format!("{}/{}/{name}", self.url, crate::ACCOUNT)
    }

    /// Changes what is stored of a queue.
    pub fn change_queue<T>(
        &self,
        name: &str,
        change: impl FnOnce(&mut Queue) -> Result<T, Fault>,
    ) -> Result<T, Fault> {
        self.change_queue_in(&mut self.live(), name, change)
    }

    pub fn change_queue_in<T>(
        &self,
        live: &mut Live,
        name: &str,
        change: impl FnOnce(&mut Queue) -> Result<T, Fault>,
    ) -> Result<T, Fault> {
        let live = live.get_mut(name)?;
        let mut queue = live.queue.clone();
        let result = change(&mut queue)?;
        queue.modified_at = self.clock.now();
        self.queues.put(name, &queue)?;
        live.queue = queue;
        // What waits may have to wait for something else.
        live.arrivals.notify_waiters();
        Ok(result)
    }

    /// Removes the queue's messages, and the queue too unless it is kept.
    pub fn empty_queue(&self, name: &str, keep: bool) -> Result<(), Fault> {
        let mut live = self.live();
        live.get(name)?;
        let prefix = prefix(name);
        self.store.write::<_, Fault>(|transaction| {
            self.messages.remove_under(transaction, &prefix)?;
            self.handlings.remove_under(transaction, &prefix)?;
            if !keep {
                self.accepted.remove_under(transaction, &prefix)?;
                self.move_tasks.remove_under(transaction, &prefix)?;
                self.queues.remove_in(transaction, name)?;
            }
            Ok(())
        })?;
        if keep {
            live.get_mut(name)?.backlog = Backlog::default();
        } else if let Some(removed) = live.queues.remove(name) {
            removed.arrivals.notify_waiters();
        }
        Ok(())
    }
}
