//! Schedules that are due.

use uuid::Uuid;

use super::schedule::{Due, Schedule};
use super::settings::ActionAfterCompletion;
use super::{Scheduler, TIMED, input};
use crate::delivery::{Delivery, NotAccepted};
use crate::fault::Fault;
use crate::handover::{Parcel, Principal, Sender};
use crate::store::StoreError;
use crate::timer::{Firing, Timed};

impl Timed for Scheduler {
    /// Takes the delivery to the target on. Of several times that were missed, only the last one counts.
    fn fire(&self, key: &str, now: i64) -> Result<Firing, Fault> {
        let Some(schedule) = self.schedules.get(key)? else {
            return Ok(Firing::default());
        };
        let Some(due) = schedule.due else {
            return Ok(Firing::default());
        };
        if due.at > now {
            return Ok(Firing {
                happened: false,
                next: Some(due.at),
            });
        }
        let window = schedule.settings.flexible_time_window.longest();
        // One whose window is still open happens in its turn.
        let last = schedule.last(due.scheduled, now - window);
        let scheduled = last.unwrap_or(due.scheduled).max(due.scheduled);
        let next = schedule.due_from(scheduled + 1);
        let deliveries = schedule.delivery(scheduled, now).into_iter().collect();
        let full = || NotAccepted::Full;
        let accepted = self.deliveries.accept_from(full, |transaction| {
            // It may have been changed since it was read.
            let found: Option<Schedule> = self.schedules.get_in(transaction, key)?;
            let Some(mut found) = found.filter(|found| found.due == Some(due)) else {
                return Ok((false, Vec::new()));
            };
            found.due = next;
            let after = found.settings.action_after_completion;
            let is_over = next.is_none() && after == ActionAfterCompletion::Delete;
            let left = (!is_over).then_some(&found);
            self.schedules.set_in(transaction, key, left)?;
            Ok((true, deliveries))
        });
        let happened = accepted.map_err(|error| match error {
            NotAccepted::Full => Fault::internal(error.to_string()),
            NotAccepted::Store(error) => error.into(),
        })?;
        // Who has changed it has told the timer.
        let next = next.filter(|_| happened).map(|due: Due| due.at);
        Ok(Firing { happened, next })
    }

    fn title(&self, key: &str) -> String {
        let name = key.strip_prefix("default/").unwrap_or(key);
        format!("schedule {name}")
    }
}

impl Schedule {
    /// The delivery for a time of the schedule, unless it is too old by now.
    fn delivery(&self, scheduled: i64, now: i64) -> Option<Delivery> {
        let target = &self.settings.target;
        let window = self.settings.flexible_time_window.longest();
        if !target.retry_policy.allow(now - scheduled - window) {
            return None;
        }
        let execution = Uuid::new_v4().to_string();
        let parcel = Parcel {
            target: target.arn.clone(),
            body: input::body(self, scheduled, &execution),
            group: target.group(),
            sender: Sender {
                principal: Principal::Scheduler,
                source: self.arn(),
                role: Some(target.role_arn.clone()),
            },
            dead_letter: target.dead_letter_config.clone().and_then(|it| it.arn),
            attributes: Vec::new(),
        };
        Some(parcel.delivery(target.retry_policy.policy()))
    }
}

impl Scheduler {
    /// Tells the timer what is due of all schedules.
    pub fn resume_schedules(&self) -> Result<(), StoreError> {
        for schedule in self.schedules.all()? {
            if let Some(due) = schedule.due {
                self.timer.set(TIMED, &schedule.key(), Some(due.at));
            }
        }
        Ok(())
    }
}
