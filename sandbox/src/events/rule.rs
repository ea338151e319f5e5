//! A rule as it is recorded.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::Events;
use super::fault::no_rule;
use super::names::rule_arn;
use super::target::Target;
use crate::delivery::Delivery;
use crate::event_pattern::Pattern;
use crate::fault::Fault;
use crate::schedule_expression::{ScheduleExpression, Zone};
use crate::store::{Index, Record};
use crate::tags::Tags;

#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct Rule {
    pub bus: String,
    pub name: String,
    pub settings: Settings,
    /// By id.
    pub targets: BTreeMap<String, Target>,
    pub tags: Tags,
    /// Of a rule with a schedule that is enabled, unless it is never due again.
    pub due: Option<Due>,
}

/// What a new `PutRule` replaces.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct Settings {
    pub event_pattern: Option<String>,
    pub schedule_expression: Option<String>,
    pub is_enabled: bool,
    pub description: Option<String>,
    /// Only shown: targets have roles of their own.
    pub role: Option<String>,
}

/// In milliseconds since 1970.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq, Serialize)]
pub struct Due {
    /// When a rate began to count.
    pub base: i64,
    pub at: i64,
}

/// By the ARNs of the targets.
pub const BY_TARGET: Index<Rule> = Index::new("target", |rule| {
    let targets = rule.targets.values();
    targets.map(|target| target.arn.clone()).collect()
});

impl Record for Rule {
    const KIND: &'static str = "events.rule";
    const INDEXES: &'static [Index<Self>] = &[BY_TARGET];
}

/// Of the keys of a bus's rules.
pub fn prefix(bus: &str) -> String {
    format!("{bus}/")
}

pub fn key(bus: &str, name: &str) -> String {
    format!("{bus}/{name}")
}

impl Rule {
    pub fn new(bus: &str, name: &str, settings: Settings, tags: Tags) -> Self {
        Self {
            bus: bus.to_owned(),
            name: name.to_owned(),
            settings,
            targets: BTreeMap::new(),
            tags,
            due: None,
        }
    }

    pub fn arn(&self) -> String {
        rule_arn(&self.bus, &self.name)
    }

    pub fn key(&self) -> String {
        key(&self.bus, &self.name)
    }

    pub fn schedule(&self) -> Option<ScheduleExpression> {
        let expression = self.settings.schedule_expression.as_deref()?;
        // It was read when it was set.
        ScheduleExpression::parse(expression).ok()
    }

    /// Lets the schedule begin now, if there is one and the rule is enabled.
    pub fn begin_schedule(&mut self, now: i64) {
        let schedule = self.schedule().filter(|_| self.settings.is_enabled);
        let at = schedule.and_then(|schedule| schedule.next(&Zone::utc(), now, now));
        self.due = at.map(|at| Due { base: now, at });
    }

    pub fn matches(&self, event: &Value) -> bool {
        let pattern = self.settings.event_pattern.as_deref();
        let pattern = pattern.filter(|_| self.settings.is_enabled);
        // It was read when it was set.
        let pattern = pattern.and_then(|pattern| Pattern::parse(pattern).ok());
        pattern.is_some_and(|pattern| pattern.matches(event))
    }

    /// Deliveries of an event of this age, in milliseconds, to the targets that still want it.
    pub fn deliveries(&self, event: &Value, age: i64) -> Vec<Delivery> {
        let targets = self.targets.values();
        let targets = targets.filter(|target| target.retry().allow(age));
        let deliveries = targets.map(|target| {
            let parcel = target.parcel(&self.name, &self.arn(), event);
            parcel.delivery(target.retry().policy())
        });
        deliveries.collect()
    }

    /// `Rule`, as lists and descriptions have it.
    pub fn shown(&self) -> Value {
        let Settings {
            event_pattern,
            schedule_expression,
            is_enabled,
            description,
            role,
        } = &self.settings;
        let mut shown = json!({
            "Name": self.name,
            "Arn": self.arn(),
            "State": if *is_enabled { "ENABLED" } else { "DISABLED" },
            "EventBusName": self.bus,
        });
        for (member, value) in [
            ("EventPattern", event_pattern),
            ("ScheduleExpression", schedule_expression),
            ("Description", description),
            ("RoleArn", role),
        ] {
            if let Some(value) = value {
                shown[member] = json!(value);
            }
        }
        shown
    }
}

impl Events {
    pub fn rule(&self, bus: &str, name: &str) -> Result<Rule, Fault> {
        self.bus(bus)?;
        let found = self.rules.get(&key(bus, name))?;
        found.ok_or_else(|| no_rule(name, bus))
    }

    /// Changes an existing rule; when `change` fails, nothing is changed. What is due changes with it.
    pub fn change_rule<T>(
        &self,
        bus: &str,
        name: &str,
        change: impl FnOnce(&mut Rule) -> Result<T, Fault>,
    ) -> Result<T, Fault> {
        self.bus(bus)?;
        let key = key(bus, name);
        let (due, changed) = self.rules.change(&key, |found| {
            let rule = found.as_mut().ok_or_else(|| no_rule(name, bus))?;
            let changed = change(rule)?;
            Ok::<_, Fault>((rule.due, changed))
        })?;
        self.await_due(&key, due);
        Ok(changed)
    }

    pub fn await_due(&self, key: &str, due: Option<Due>) {
        self.timer.set(super::TIMED, key, due.map(|due| due.at));
    }
}
