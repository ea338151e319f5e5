//! `Subscribe`, `ConfirmSubscription` and `Unsubscribe`.

use std::collections::BTreeMap;

use rusqlite::Transaction;
use serde::Deserialize;
use serde_json::{Value, json};
use uuid::Uuid;

use super::confirmation::{Confirmation, State};
use super::fault::{invalid, no_topic, too_many_deliveries, unauthenticated};
use super::names::{subscription_key, topic_name};
use super::subscription::{Protocol, Subscription, check_kind, prefix};
use super::subscriptions::SubscriptionRequest;
use super::topic::Topic;
use super::{Sns, TIMED, topics};
use crate::arn;
use crate::delivery::Delivery;
use crate::fault::{Answer, Fault};
use crate::service::WithCaller;
use crate::wire::{self, lenient};

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct SubscribeRequest {
    topic_arn: String,
    protocol: String,
    endpoint: Option<String>,
    attributes: Option<BTreeMap<String, String>>,
    #[serde(default, deserialize_with = "lenient")]
    return_subscription_arn: Option<bool>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct ConfirmSubscriptionRequest {
    topic_arn: String,
    token: String,
    #[serde(default, deserialize_with = "lenient")]
    authenticate_on_unsubscribe: Option<bool>,
}

/// Subscribes something, once: what is subscribed already keeps its subscription. A web server is asked to confirm
/// it, again if it has not done so yet.
pub async fn subscribe(sns: &Sns, request: WithCaller<SubscribeRequest>) -> Answer {
    let id = Uuid::new_v4().to_string();
    let returns_arn = request.parameters.return_subscription_arn == Some(true);
    let subscription = request.parameters.subscribe(sns, id, request.caller.arn)?;
    let arn = match subscription.state {
        State::Pending if !returns_arn => "pending confirmation".to_owned(),
        _ => subscription.arn(),
    };
    Ok(json!({ "SubscriptionArn": arn }))
}

impl SubscribeRequest {
    fn subscribe(self, sns: &Sns, id: String, principal: String) -> Result<Subscription, Fault> {
        let topic = topic_name("TopicArn", &self.topic_arn)?;
        let Some(protocol) = Protocol::read(&self.protocol) else {
            let protocol = &self.protocol;
            return Err(invalid(format!(
                "Amazon SNS does not support this protocol string: {protocol}"
            )));
        };
        let endpoint = self.endpoint.unwrap_or_default();
        protocol.check_endpoint(&endpoint)?;
        let mut new = Subscription::new(topic, id, protocol, endpoint, principal);
        let attributes = self.attributes.unwrap_or_default();
        new.set(&attributes)
            .map_err(|fault| topics::named_attributes(&fault))?;
        let subscription = sns
            .deliveries
            .accept_from(too_many_deliveries, |transaction| {
                let topic = sns.topics.get_in(transaction, topic)?;
                let topic = topic.ok_or_else(no_topic)?;
                check_kind(&topic, new.protocol, &new.endpoint)?;
                let subscription = sns.kept(transaction, new, &attributes)?;
                sns.asked_to_confirm(transaction, &topic, subscription)
            })?;
        sns.wait_for_confirmation(&subscription);
        Ok(subscription)
    }
}

impl Sns {
    /// The subscription that is there for the same endpoint, or else the new one.
    fn kept(
        &self,
        transaction: &Transaction,
        new: Subscription,
        attributes: &BTreeMap<String, String>,
    ) -> Result<Subscription, Fault> {
        let others = self
            .subscriptions
            .under_in(transaction, &prefix(&new.topic))?;
        let mut others = others.into_iter().map(|(_, subscription)| subscription);
        let found = others.find(|it| (it.protocol, &it.endpoint) == (new.protocol, &new.endpoint));
        match found {
            Some(found) if found.state == State::Ended => {
                self.subscriptions.remove_in(transaction, &found.key())?;
            }
            Some(found) => {
                let mut same = found.clone();
                same.set(attributes)?;
                if same == found {
                    return Ok(found);
                }
                return Err(invalid(
                    "Attributes Reason: Subscription already exists with different attributes",
                ));
            }
            None => {}
        }
        self.subscriptions.put_in(transaction, &new.key(), &new)?;
        Ok(new)
    }

    /// The subscription, and what asks its endpoint to confirm it where that is needed.
    fn asked_to_confirm(
        &self,
        transaction: &Transaction,
        topic: &Topic,
        mut subscription: Subscription,
    ) -> Result<(Subscription, Vec<Delivery>), Fault> {
        let is_new = subscription.confirmation.is_none();
        let needs_it = is_new || subscription.state == State::Pending;
        if subscription.protocol != Protocol::Http || !needs_it {
            return Ok((subscription, Vec::new()));
        }
        let confirmation = Confirmation::new(self.clock.now());
        let request = self.confirmation_request(topic, &confirmation.token);
        subscription.state = State::Pending;
        subscription.confirmation = Some(confirmation);
        self.subscriptions
            .put_in(transaction, &subscription.key(), &subscription)?;
        let delivery = to_endpoint(topic, &subscription, &request);
        Ok((subscription, vec![delivery]))
    }

    fn wait_for_confirmation(&self, subscription: &Subscription) {
        let waits = subscription.state != State::Confirmed;
        let confirmation = subscription.confirmation.as_ref().filter(|_| waits);
        let expires_at = confirmation.map(|it| it.expires_at);
        self.timer.set(TIMED, &subscription.key(), expires_at);
    }

    /// What CloudFormation does: subscribes with this id, which is as good if it was done before.
    pub fn subscribe_as(&self, id: &str, parameters: Value) -> Result<(), Fault> {
        let request: SubscribeRequest = wire::read(parameters, Self::DESCRIPTION.protocol)?;
        let (endpoint, topic) = (request.endpoint.clone(), request.topic_arn.clone());
        let principal = arn::global("iam", "root");
        let subscription = request.subscribe(self, id.to_owned(), principal)?;
        if subscription.id == id {
            return Ok(());
        }
        let endpoint = endpoint.unwrap_or_default();
        Err(Fault::conflict(
            "ResourceConflictException",
            format!("{endpoint} is subscribed to {topic} already"),
        ))
    }
}

/// What a web server gets besides notifications.
fn to_endpoint(topic: &Topic, subscription: &Subscription, message: &Value) -> Delivery {
    let mut delivery = Delivery::new(Uuid::new_v4(), subscription.arn(), message.to_string());
    delivery.retry = subscription.delivery_policy(topic).retry();
    delivery
}

/// Confirms the subscription that the token is of, also one that has ended a moment ago.
pub async fn confirm(sns: &Sns, request: WithCaller<ConfirmSubscriptionRequest>) -> Answer {
    let WithCaller { parameters, caller } = request;
    let is_signed = !caller.is_anyone();
    let topic = topic_name("TopicArn", &parameters.topic_arn)?;
    let confirmed = sns.store.write(|transaction| {
        if sns.topics.get_in(transaction, topic)?.is_none() {
            return Err(no_topic());
        }
        let subscriptions = sns.subscriptions.under_in(transaction, &prefix(topic))?;
        let mut subscriptions = subscriptions
            .into_iter()
            .map(|(_, subscription)| subscription);
        let has_token = |it: &Confirmation| it.token == parameters.token;
        let found = subscriptions.find(|it| it.confirmation.as_ref().is_some_and(has_token));
        let mut subscription = found.ok_or_else(|| invalid("Token"))?;
        if subscription.state != State::Confirmed {
            subscription.state = State::Confirmed;
            if let Some(confirmation) = &mut subscription.confirmation {
                confirmation.was_authenticated = is_signed;
                confirmation.unsubscribe_authenticated =
                    is_signed && parameters.authenticate_on_unsubscribe == Some(true);
            }
            sns.subscriptions
                .put_in(transaction, &subscription.key(), &subscription)?;
        }
        Ok(subscription)
    })?;
    sns.wait_for_confirmation(&confirmed);
    Ok(json!({ "SubscriptionArn": confirmed.arn() }))
}

/// Ends a subscription, if there is one. A web server that had confirmed it is told so, and can take it back.
pub async fn unsubscribe(sns: &Sns, request: WithCaller<SubscriptionRequest>) -> Answer {
    let WithCaller { parameters, caller } = request;
    let key = subscription_key(&parameters.subscription_arn)?;
    let ended = sns
        .deliveries
        .accept_from(too_many_deliveries, |transaction| {
            let found = sns.subscriptions.get_in(transaction, key)?;
            let Some(subscription) = found.filter(|it| it.state != State::Ended) else {
                return Ok((None, Vec::new()));
            };
            let confirmation = subscription.confirmation.as_ref();
            if caller.is_anyone() && confirmation.is_some_and(|it| it.unsubscribe_authenticated) {
                return Err(unauthenticated());
            }
            sns.end(transaction, subscription)
        })?;
    if let Some(subscription) = ended {
        sns.wait_for_confirmation(&subscription);
    }
    Ok(json!({}))
}

impl Sns {
    fn end(
        &self,
        transaction: &Transaction,
        mut subscription: Subscription,
    ) -> Result<(Option<Subscription>, Vec<Delivery>), Fault> {
        let key = subscription.key();
        self.subscriptions.remove_in(transaction, &key)?;
        let topic = self.topics.get_in(transaction, &subscription.topic)?;
        let confirmed = subscription.state == State::Confirmed;
        let Some(mut topic) = topic.filter(|_| confirmed) else {
            return Ok((None, Vec::new()));
        };
        topic.unsubscribed += 1;
        self.topics.put_in(transaction, &topic.name, &topic)?;
        if subscription.protocol != Protocol::Http {
            return Ok((None, Vec::new()));
        }
        let confirmation = Confirmation::new(self.clock.now());
        let farewell = self.farewell(&topic, &subscription.arn(), &confirmation.token);
        subscription.state = State::Ended;
        subscription.confirmation = Some(confirmation);
        self.subscriptions
            .put_in(transaction, &key, &subscription)?;
        let delivery = to_endpoint(&topic, &subscription, &farewell);
        Ok((Some(subscription), vec![delivery]))
    }
}
