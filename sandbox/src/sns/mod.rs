//! SNS: topics, and subscriptions of functions and queues to them.
//!
//! A message that is published becomes a delivery for each subscription whose filter policy takes it, all of
//! them before the publisher has its answer. The deliveries go to the subscriptions, for which this service
//! is the target: it hands them to the function or the queue.
//!
//! There are no FIFO topics, and no subscriptions of web servers, people and phones. The signature of a
//! notification is none that a certificate confirms.

mod access;
mod delivery;
mod fault;
mod message;
mod names;
mod notification;
mod pages;
mod permissions;
mod policy;
mod publish;
mod subscription;
mod subscriptions;
mod tags;
mod topic;
mod topics;

use std::sync::Arc;

use super::delivery::DeliveryQueue;
use super::lambda::Lambda;
use super::service::service;
use super::sqs::Sqs;
use super::store::{Records, Store};
use super::wire::Protocol;
use subscription::Subscription;
use topic::Topic;

pub use publish::NotPublished;

#[derive(Debug)]
pub struct Sns {
    store: Arc<Store>,
    topics: Records<Topic>,
    subscriptions: Records<Subscription>,
    deliveries: Arc<DeliveryQueue>,
    lambda: Arc<Lambda>,
    sqs: Arc<Sqs>,
    /// Of the sandbox.
    url: String,
}

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
        ConfirmSubscription on access::topic => subscriptions::confirm,
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
        Subscribe on access::subscribed => subscriptions::subscribe,
        TagResource on access::resource => tags::tag,
        Unsubscribe on access::any => subscriptions::unsubscribe,
        UntagResource on access::resource => tags::untag,
    },
} }

impl Sns {
    pub fn new(
        store: &Arc<Store>,
        deliveries: &Arc<DeliveryQueue>,
        lambda: &Arc<Lambda>,
        sqs: &Arc<Sqs>,
        url: &str,
    ) -> Self {
        Self {
            store: store.clone(),
            topics: Records::new(store),
            subscriptions: Records::new(store),
            deliveries: deliveries.clone(),
            lambda: lambda.clone(),
            sqs: sqs.clone(),
            url: url.to_owned(),
        }
    }
}

#[cfg(test)]
mod tests;
