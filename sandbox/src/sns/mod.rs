//! SNS: topics, and subscriptions of functions, queues and web servers to them.
//!
//! A message that is published becomes a delivery for each subscription whose filter policy takes it, all of
//! them before the publisher has its answer. The deliveries go to the subscriptions, for which this service
//! is the target: it hands them to the function or the queue, or posts them to the web server, signed.
//!
//! Web servers have to be on this machine, and speak HTTP without TLS. They get nothing before they have confirmed
//! their subscription. FIFO topics deliver to queues, and keep no archive. There are no subscriptions of people and
//! phones.

mod access;
mod confirmation;
mod delivery;
mod delivery_policy;
mod endpoint;
mod fault;
mod fifo;
mod links;
mod message;
mod names;
mod notification;
mod pages;
mod permissions;
mod policy;
mod publish;
mod service_notification;
mod signatures;
mod signer;
mod subscribe;
mod subscription;
mod subscriptions;
mod tags;
mod topic;
mod topics;

use std::sync::Arc;

use tokio::sync::{OnceCell, Semaphore};

use super::clock::Clock;
use super::delivery::DeliveryQueue;
use super::lambda::Lambda;
use super::service::service;
use super::sqs::Sqs;
use super::store::{Records, Store, StoreError};
use super::timer::Timer;
use super::wire::Protocol;
use fifo::Accepted;
use signer::{Signer, StoredSigner};
use subscription::Subscription;
use topic::Topic;

pub use service_notification::{NotPublished, ServiceNotification};

#[derive(Debug)]
pub struct Sns {
    store: Arc<Store>,
    topics: Records<Topic>,
    subscriptions: Records<Subscription>,
    accepted: Records<Accepted>,
    deliveries: Arc<DeliveryQueue>,
    lambda: Arc<Lambda>,
    sqs: Arc<Sqs>,
    timer: Arc<Timer>,
    clock: Arc<dyn Clock>,
    signers: Records<StoredSigner>,
    signer: OnceCell<Signer>,
    /// How many web servers are asked at the same time.
    posts: Semaphore,
    /// Of the sandbox.
    url: String,
}

/// What it works with.
#[derive(Debug)]
pub struct Dependencies {
    pub store: Arc<Store>,
    pub deliveries: Arc<DeliveryQueue>,
    pub lambda: Arc<Lambda>,
    pub sqs: Arc<Sqs>,
    pub timer: Arc<Timer>,
    pub clock: Arc<dyn Clock>,
    /// Of the sandbox.
    pub url: String,
}

/// Servers that do not answer have to leave connections for the rest of the sandbox.
const MOST_POSTS: usize = 100;

/// The name under which the timer knows it.
pub const TIMED: &str = "sns";

service! { Sns {
    name: "SNS",
    signing_name: "sns",
    protocol: Protocol::Query { namespace: "http://sns.amazonaws.com/doc/2010-03-31/" },
    invalid: "InvalidParameter",
    // A batch of 256 KB, percent-encoded, and more for attributes and names.
    longest_body: 2 << 20,
    members: include_str!("members.txt"),
    policy_of: policy::policy_of,
    operations: {
        AddPermission on access::topic => permissions::add,
        ConfirmSubscription on access::topic => subscribe::confirm,
        CreateTopic on access::new_topic => topics::create,
        DeleteTopic on access::topic => topics::delete,
        GetSubscriptionAttributes on access::any => subscriptions::get_attributes,
        GetTopicAttributes on access::topic => topics::get_attributes,
        ListSubscriptions on access::any => subscriptions::list,
        ListSubscriptionsByTopic on access::topic => subscriptions::list_by_topic,
        ListTagsForResource on access::resource => tags::list,
        ListTopics on access::any => topics::list,
        Publish on access::target => publish::publish,
        PublishBatch as Publish on access::topic => publish::publish_batch,
        RemovePermission on access::topic => permissions::remove,
        SetSubscriptionAttributes on access::any => subscriptions::set_attributes,
        SetTopicAttributes on access::topic => topics::set_attributes,
        Subscribe on access::subscribed => subscribe::subscribe,
        TagResource on access::resource => tags::tag,
        Unsubscribe on access::any => subscribe::unsubscribe,
        UntagResource on access::resource => tags::untag,
    },
} }

impl Sns {
    pub fn open(dependencies: Dependencies) -> Result<Arc<Self>, StoreError> {
        let Dependencies {
            store,
            deliveries,
            lambda,
            sqs,
            timer,
            clock,
            url,
        } = dependencies;
        let sns = Self {
            topics: Records::new(&store),
            subscriptions: Records::new(&store),
            accepted: Records::open(&store)?,
            signers: Records::new(&store),
            signer: OnceCell::new(),
            posts: Semaphore::new(MOST_POSTS),
            store,
            deliveries,
            lambda,
            sqs,
            timer,
            clock,
            url,
        };
        sns.resume_confirmations()?;
        Ok(Arc::new(sns))
    }
}

#[cfg(test)]
mod tests;
