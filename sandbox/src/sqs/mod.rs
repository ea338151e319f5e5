//! SQS: queues, standard and FIFO, and their messages.
//!
//! A message is in the store before its sender has an answer, and stays there until it is deleted, expires
//! or is moved to a dead-letter queue. What has been done with it is a record of its own ([`message`]). In
//! memory is only what decides which message is received next ([`backlog`]), so that no queue is read to
//! receive from it. Requests that wait for messages are woken by those that send them.
//!
//! Unlike on AWS, a queue can be created again at once after it was deleted, a standard queue keeps the
//! order of its messages, and groups are not treated fairly.

mod access;
mod backlog;
mod batch;
mod fault;
mod leave;
mod message;
mod message_attributes;
mod move_tasks;
mod names;
mod permissions;
mod protocol;
mod queue;
mod queue_attributes;
mod queues;
mod receipt;
mod receive;
mod redrive;
mod send;
mod settings;
mod settle;
mod tags;
mod target;
#[cfg(test)]
mod tests;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use tokio::sync::watch;

use super::authorise::Access;
use super::authorise::policy::ResourcePolicy;
use super::clock::Clock;
use super::fault::Fault;
use super::service::{Background, service};
use super::store::{Records, Store, StoreError};
use backlog::Handling;
use message::{Accepted, Message};
use move_tasks::MoveTask;
use queue::{Live, Queue};

pub use protocol::query_code;
pub use target::{NotSent, ServiceMessage};

#[derive(Debug)]
pub struct Sqs {
    store: Arc<Store>,
    queues: Records<Queue>,
    messages: Records<Message>,
    handlings: Records<Handling>,
    accepted: Records<Accepted>,
    move_tasks: Records<MoveTask>,
    /// Of the sandbox.
    url: String,
    clock: Arc<dyn Clock>,
    live: Mutex<Live>,
    /// True when no request is to wait any longer.
    stopping: watch::Sender<bool>,
}

service! { Sqs {
    name: "SQS",
    signing_name: "sqs",
    protocol: protocol::PROTOCOL,
    invalid: "InvalidParameterValueException",
    // A batch of the largest size, whose characters may take six bytes each in JSON.
    longest_body: 8 << 20,
    members: include_str!("members.txt"),
    policy_of: policy_of,
    operations: {
        AddPermission on access::queue => permissions::add,
        CancelMessageMoveTask on access::task => move_tasks::cancel,
        ChangeMessageVisibility on access::queue => settle::change_visibility,
        ChangeMessageVisibilityBatch as ChangeMessageVisibility on access::queue => settle::change_visibility_batch,
        CreateQueue on access::named_queue => queues::create,
        DeleteMessage on access::queue => settle::delete,
        DeleteMessageBatch as DeleteMessage on access::queue => settle::delete_batch,
        DeleteQueue on access::queue => queues::delete,
        GetQueueAttributes on access::queue => queue_attributes::get,
        GetQueueUrl on access::named_queue => queues::url,
        ListDeadLetterSourceQueues on access::queue => queues::list_sources,
        ListMessageMoveTasks on access::source => move_tasks::list,
        ListQueueTags on access::queue => tags::list,
        ListQueues on access::any => queues::list,
        PurgeQueue on access::queue => queues::purge,
        ReceiveMessage on access::queue => receive::receive,
        RemovePermission on access::queue => permissions::remove,
        SendMessage on access::queue => send::send,
        SendMessageBatch as SendMessage on access::queue => send::send_batch,
        SetQueueAttributes on access::queue => queue_attributes::set,
        StartMessageMoveTask on access::source => move_tasks::start,
        TagQueue on access::queue => tags::tag,
        UntagQueue on access::queue => tags::untag,
    },
} }

impl Sqs {
    pub fn open(
        store: &Arc<Store>,
        url: &str,
        clock: Arc<dyn Clock>,
    ) -> Result<Arc<Self>, StoreError> {
        let (queues, messages) = (Records::new(store), Records::new(store));
        let (handlings, accepted) = (Records::new(store), Records::new(store));
        let live = Live::read(&queues, &messages, &handlings, &accepted)?;
        Ok(Arc::new(Self {
            store: store.clone(),
            queues,
            messages,
            handlings,
            accepted,
            move_tasks: Records::new(store),
            url: url.to_owned(),
            clock,
            live: Mutex::new(live),
            stopping: watch::Sender::new(false),
        }))
    }

    /// Whether there is a message to receive from the queue with this ARN within this time that was received
    /// less often than this.
    pub fn is_due_within(&self, arn: &str, time: Duration, receives: u32) -> bool {
        let time = i64::try_from(time.as_millis()).unwrap_or(i64::MAX);
        let soon = self.clock.now().saturating_add(time);
        let live = self.live();
        let queue = names::of_arn(arn).and_then(|name| live.queues.get(name));
        queue.is_some_and(|queue| queue.backlog.is_due(soon, receives))
    }

    /// Whether there is a queue with this ARN.
    pub fn queue_exists(&self, arn: &str) -> bool {
        let live = self.live();
        names::of_arn(arn).is_some_and(|name| live.queues.contains_key(name))
    }

    fn live(&self) -> MutexGuard<'_, Live> {
        // Memory changes after what is stored, and at once.
        self.live.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What a queue's policy allows, and whom.
fn policy_of(sqs: &Sqs, access: &Access) -> Result<Option<ResourcePolicy>, Fault> {
    let live = sqs.live();
    let queue = names::of_arn(&access.resource).and_then(|name| live.queues.get(name));
    let settings = queue.map(|queue| &queue.queue.settings);
    match settings.filter(|settings| settings.policy.is_some()) {
        Some(settings) => ResourcePolicy::read(&settings.policy_document()).map(Some),
        None => Ok(None),
    }
}

#[async_trait]
impl Background for Sqs {
    /// Messages that wait are in the store.
    fn is_busy(&self) -> bool {
        false
    }

    fn end_waits(&self) {
        self.stopping.send_replace(true);
    }
}
