//! EventBridge: event buses, rules, and targets of rules.
//!
//! An event that comes to a bus becomes a delivery for each target of each rule whose pattern it matches, all of
//! them before the sender has its answer. A rule with a schedule makes an event of its own when it is due. The
//! deliveries go to [`super::handover`]. Targets are functions, queues and topics.
//!
//! A schedule fires at its second, where AWS has a minute for it. What a sandbox that did not run has missed
//! happens once when it starts, unless it is older than the target's `MaximumEventAgeInSeconds`. There are no
//! archives, pipes, API destinations, partners' buses, and events of other accounts.

mod access;
mod bus;
mod buses;
mod event;
mod event_path;
mod fault;
mod from_services;
mod input_transformer;
mod matching;
mod names;
mod pages;
mod permissions;
mod put_events;
mod rule;
mod rules;
mod scheduled;
mod tags;
mod target;
mod targets;
mod test_pattern;

use std::sync::Arc;

use super::clock::Clock;
use super::delivery::DeliveryQueue;
use super::service::service;
use super::store::{Records, Store, StoreError};
use super::timer::Timer;
use super::wire::Protocol;
use bus::Bus;
use rule::Rule;

#[derive(Debug)]
pub struct Events {
    store: Arc<Store>,
    buses: Records<Bus>,
    rules: Records<Rule>,
    deliveries: Arc<DeliveryQueue>,
    timer: Arc<Timer>,
    clock: Arc<dyn Clock>,
}

service! { Events {
    name: "EventBridge",
    signing_name: "events",
    protocol: Protocol::Json { version: "1.1", target: "AWSEvents" },
    invalid: "ValidationException",
    // Events of 1 MB, whose characters may take six bytes each in JSON within JSON.
    longest_body: 8 << 20,
    members: include_str!("members.txt"),
    policy_of: bus::policy_of,
    operations: {
        CreateEventBus on access::named_bus => buses::create,
        DeleteEventBus on access::named_bus => buses::delete,
        DeleteRule on access::named_rule => rules::delete,
        DescribeEventBus on access::named_bus => buses::describe,
        DescribeRule on access::named_rule => rules::describe,
        DisableRule on access::named_rule => rules::disable,
        EnableRule on access::named_rule => rules::enable,
        ListEventBuses on access::any => buses::list,
        ListRuleNamesByTarget on access::any => rules::list_by_target,
        ListRules on access::any => rules::list,
        ListTagsForResource on access::resource => tags::list,
        ListTargetsByRule on access::rule_of_targets => targets::list,
        PutEvents on access::buses_of_entries => put_events::put,
        PutPermission on access::bus => permissions::put,
        PutRule on access::put_rule => rules::put,
        PutTargets on access::put_targets => targets::put,
        RemovePermission on access::bus => permissions::remove,
        RemoveTargets on access::rule_of_targets => targets::remove,
        TagResource on access::resource => tags::tag,
        TestEventPattern on access::any => test_pattern::test,
        UntagResource on access::resource => tags::untag,
        UpdateEventBus on access::named_bus => buses::update,
    },
} }

/// The name under which the timer knows it.
pub const TIMED: &str = "events";

impl Events {
    pub fn open(
        store: &Arc<Store>,
        deliveries: &Arc<DeliveryQueue>,
        timer: &Arc<Timer>,
        clock: Arc<dyn Clock>,
    ) -> Result<Arc<Self>, StoreError> {
        let events = Self {
            store: store.clone(),
            buses: Records::new(store),
            rules: Records::open(store)?,
            deliveries: deliveries.clone(),
            timer: timer.clone(),
            clock,
        };
        events.resume_schedules()?;
        Ok(Arc::new(events))
    }
}
