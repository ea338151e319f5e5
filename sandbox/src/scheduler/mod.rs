//! EventBridge Scheduler: schedules and their groups.
//!
//! A schedule that is due becomes a delivery, in the same write that says when it is due next. The delivery goes
//! to [`super::handover`], in the role of the schedule's target. Targets are functions, queues and topics.
//!
//! A schedule fires at its second, where AWS has a minute for it. What a sandbox that did not run has missed
//! happens once when it starts, unless it is older than the target's `MaximumEventAgeInSeconds`.

mod access;
mod fault;
mod firing;
mod group;
mod groups;
mod input;
mod names;
mod pages;
mod routes;
mod schedule;
mod schedules;
mod settings;
mod tags;

use std::sync::Arc;

use super::clock::Clock;
use super::delivery::DeliveryQueue;
use super::handover::Handover;
use super::service::service;
use super::store::{Records, Store, StoreError};
use super::timer::Timer;
use super::wire::Protocol;
use group::Group;
use schedule::Schedule;

#[derive(Debug)]
pub struct Scheduler {
    store: Arc<Store>,
    groups: Records<Group>,
    schedules: Records<Schedule>,
    deliveries: Arc<DeliveryQueue>,
    handover: Arc<Handover>,
    timer: Arc<Timer>,
    clock: Arc<dyn Clock>,
}

service! { Scheduler {
    name: "EventBridge Scheduler",
    signing_name: "scheduler",
    protocol: Protocol::RestJson { routes: routes::ROUTES },
    invalid: "ValidationException",
    longest_body: 2 << 20,
    members: include_str!("members.txt"),
    operations: {
        CreateSchedule on access::schedule_and_role => schedules::create,
        CreateScheduleGroup on access::group => groups::create,
        DeleteSchedule on access::schedule => schedules::delete,
        DeleteScheduleGroup on access::group => groups::delete,
        GetSchedule on access::schedule => schedules::get,
        GetScheduleGroup on access::group => groups::get,
        ListScheduleGroups on access::any => groups::list,
        ListSchedules on access::any => schedules::list,
        ListTagsForResource on access::resource => tags::list,
        TagResource on access::resource => tags::tag,
        UntagResource on access::resource => tags::untag,
        UpdateSchedule on access::schedule_and_role => schedules::update,
    },
} }

/// The name under which the timer knows it.
pub const TIMED: &str = "scheduler";

impl Scheduler {
    pub fn open(
        store: &Arc<Store>,
        deliveries: &Arc<DeliveryQueue>,
        handover: &Arc<Handover>,
        timer: &Arc<Timer>,
        clock: Arc<dyn Clock>,
    ) -> Result<Arc<Self>, StoreError> {
        let scheduler = Self {
            store: store.clone(),
            groups: Records::new(store),
            schedules: Records::new(store),
            deliveries: deliveries.clone(),
            handover: handover.clone(),
            timer: timer.clone(),
            clock,
        };
        scheduler.resume_schedules()?;
        Ok(Arc::new(scheduler))
    }
}
