//! A schedule as it is recorded, and when it is due.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::names::schedule_arn;
use super::settings::{Settings, State};
use super::{Scheduler, TIMED};
use crate::store::Record;

#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct Schedule {
    pub group: String,
    pub name: String,
    pub settings: Settings,
    /// Of the request that created it.
    pub token: Option<String>,
    /// In milliseconds since 1970, as the next.
    pub created_at: i64,
    pub modified_at: i64,
    /// Unless it is disabled or over.
    pub due: Option<Due>,
}

/// In milliseconds since 1970.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq, Serialize)]
pub struct Due {
    /// The time of the schedule.
    pub scheduled: i64,
    /// When it happens, within the flexible window.
    pub at: i64,
}

impl Record for Schedule {
    const KIND: &'static str = "scheduler.schedule";
}

/// Of the keys of a group's schedules.
pub fn prefix(group: &str) -> String {
    format!("{group}/")
}

pub fn key(group: &str, name: &str) -> String {
    format!("{group}/{name}")
}

impl Schedule {
    pub fn new(group: &str, name: &str, settings: Settings, token: Option<String>) -> Self {
        Self {
            group: group.to_owned(),
            name: name.to_owned(),
            settings,
            token,
            created_at: 0,
            modified_at: 0,
            due: None,
        }
    }

    pub fn arn(&self) -> String {
        schedule_arn(&self.group, &self.name)
    }

    pub fn key(&self) -> String {
        key(&self.group, &self.name)
    }

    /// When a rate counts from: its start, or else its last change. It is due then, too.
    fn base(&self) -> i64 {
        self.settings.start().unwrap_or(self.modified_at)
    }

    /// The first time of the schedule that is not before `from`.
    pub fn next(&self, from: i64) -> Option<i64> {
        let expression = self.settings.expression()?;
        let from = from.max(self.settings.start().unwrap_or(from));
        let next = expression.next(&self.settings.zone(), self.base(), from - 1)?;
        let is_over = self.settings.end().is_some_and(|end| next >= end);
        (!is_over).then_some(next)
    }

    /// The last time of the schedule from `from` to `until`.
    pub fn last(&self, from: i64, until: i64) -> Option<i64> {
        let expression = self.settings.expression()?;
        let until = self.settings.end().map_or(until, |end| until.min(end - 1));
        expression.last(&self.settings.zone(), self.base(), from - 1, until)
    }

    /// What it is due at, not before `from`.
    pub fn due_from(&self, from: i64) -> Option<Due> {
        let scheduled = self.next(from).filter(|_| self.is_enabled())?;
        let window = self.settings.flexible_time_window.longest();
        let at = scheduled + rand::random_range(0..=window);
        Some(Due { scheduled, at })
    }

    pub fn is_enabled(&self) -> bool {
        self.settings.state == State::Enabled
    }

    /// As `GetSchedule` shows it.
    pub fn shown(&self) -> Value {
        let mut shown = json!(self.settings);
        let own = json!({
            "Arn": self.arn(),
            "GroupName": self.group,
            "Name": self.name,
            "CreationDate": self.created_at as f64 / 1000.0,
            "LastModificationDate": self.modified_at as f64 / 1000.0,
        });
        if let (Value::Object(shown), Value::Object(own)) = (&mut shown, own) {
            shown.extend(own);
        }
        shown
    }

    /// As lists show it.
    pub fn summary(&self) -> Value {
        let mut shown = self.shown();
        let target = json!({ "Arn": self.settings.target.arn });
        if let Value::Object(members) = &mut shown {
            members.insert("Target".to_owned(), target);
            members.retain(|name, _| IN_LISTS.contains(&name.as_str()));
        }
        shown
    }
}

const IN_LISTS: [&str; 7] = [
    "Arn",
    "CreationDate",
    "GroupName",
    "LastModificationDate",
    "Name",
    "State",
    "Target",
];

impl Scheduler {
    pub fn await_due(&self, key: &str, due: Option<Due>) {
        self.timer.set(TIMED, key, due.map(|due| due.at));
    }
}
