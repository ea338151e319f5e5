//! Rules with schedules.

use super::event::scheduled;
use super::rule::{Due, Rule};
use super::{Events, TIMED};
use crate::delivery::NotAccepted;
use crate::fault::Fault;
use crate::schedule_expression::Zone;
use crate::store::StoreError;
use crate::timer::{Firing, Timed};

impl Timed for Events {
    /// Makes the rule's event. Of several times that were missed, only the last one counts.
    fn fire(&self, key: &str, now: i64) -> Result<Firing, Fault> {
        let Some(rule) = self.rules.get(key)? else {
            return Ok(Firing::default());
        };
        let (Some(due), Some(schedule)) = (rule.due, rule.schedule()) else {
            return Ok(Firing::default());
        };
        if due.at > now {
            return Ok(Firing {
                happened: false,
                next: Some(due.at),
            });
        }
        let utc = Zone::utc();
        let last = schedule.last(&utc, due.base, due.at - 1, now);
        let at = last.unwrap_or(due.at);
        let next = schedule.next(&utc, due.base, now);
        let deliveries = rule.deliveries(&scheduled(&rule, at), now - at);
        let full = || NotAccepted::Full;
        let accepted = self.deliveries.accept_from(full, |transaction| {
            // It may have been changed since it was read.
            let found: Option<Rule> = self.rules.get_in(transaction, key)?;
            let Some(mut rule) = found.filter(|rule| rule.due == Some(due)) else {
                return Ok((false, Vec::new()));
            };
            rule.due = next.map(|at| Due { at, ..due });
            self.rules.put_in(transaction, key, &rule)?;
            Ok((true, deliveries))
        });
        let happened = accepted.map_err(|error| match error {
            NotAccepted::Full => Fault::internal(error.to_string()),
            NotAccepted::Store(error) => error.into(),
        })?;
        // Who has changed it has told the timer.
        let next = next.filter(|_| happened);
        Ok(Firing { happened, next })
    }

    fn title(&self, key: &str) -> String {
        let name = key.rsplit('/').next().unwrap_or_default();
        format!("rule {name}")
    }
}

impl Events {
    /// Tells the timer what is due of all rules.
    pub fn resume_schedules(&self) -> Result<(), StoreError> {
        for rule in self.rules.all()? {
            if let Some(due) = rule.due {
                self.timer.set(TIMED, &rule.key(), Some(due.at));
            }
        }
        Ok(())
    }
}
