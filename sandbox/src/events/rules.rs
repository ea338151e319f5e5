//! The operations on rules.

use serde::Deserialize;
use serde_json::{Value, json};

use super::Events;
use super::fault::{invalid, no_pattern, too_many};
use super::names::{self, DEFAULT_BUS, bus_name, check_rule, rule_arn};
use super::pages::{PageRequest, page};
use super::rule::{BY_TARGET, Rule, Settings, key, prefix};
use super::tags::{self, Tag, Tags};
use crate::constraint::TextShape;
use crate::event_pattern::Pattern;
use crate::fault::{Answer, Fault};
use crate::page::Page;
use crate::schedule_expression::ScheduleExpression;

/// On one bus. Source: "Rules" in the quotas of EventBridge.
const MOST: usize = 300;
/// Source: `EventPattern`, `ScheduleExpression` and `RuleDescription` in the service's API model.
const PATTERN: TextShape = TextShape::of_length(0, 4096);
const EXPRESSION: TextShape = TextShape::of_length(0, 256);
const DESCRIPTION: TextShape = TextShape::of_length(0, 512);

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct PutRequest {
    name: String,
    event_bus_name: Option<String>,
    event_pattern: Option<String>,
    schedule_expression: Option<String>,
    state: Option<String>,
    description: Option<String>,
    role_arn: Option<String>,
    #[serde(default)]
    tags: Vec<Tag>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct RuleRequest {
    name: String,
    event_bus_name: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct ListRequest {
    name_prefix: Option<String>,
    event_bus_name: Option<String>,
    #[serde(flatten)]
    page: PageRequest,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct ListByTargetRequest {
    target_arn: String,
    event_bus_name: Option<String>,
    #[serde(flatten)]
    page: PageRequest,
}

/// Creates a rule, or replaces what the request gives of one. That keeps its targets and tags.
pub async fn put(events: &Events, request: PutRequest) -> Answer {
    let bus = bus_name(request.event_bus_name.as_deref())?.to_owned();
    let name = check_rule("name", &request.name)?.to_owned();
    let settings = request.settings(&bus)?;
    let tags = tags::merged(Tags::new(), request.tags)?;
    events.bus(&bus)?;
    let (key, now) = (key(&bus, &name), events.clock.now());
    let due = events.store.write::<_, Fault>(|transaction| {
        let rule = match events.rules.get_in(transaction, &key)? {
            Some(mut rule) => {
                let keeps = rule.due.is_some()
                    && settings.is_enabled
                    && settings.schedule_expression == rule.settings.schedule_expression;
                rule.settings = settings;
                if !keeps {
                    rule.begin_schedule(now);
                }
                rule
            }
            None => {
                if events.rules.under_in(transaction, &prefix(&bus))?.len() >= MOST {
                    return Err(too_many());
                }
                let mut rule = Rule::new(&bus, &name, settings, tags);
                rule.begin_schedule(now);
                rule
            }
        };
        events.rules.put_in(transaction, &key, &rule)?;
        Ok(rule.due)
    })?;
    events.await_due(&key, due);
    Ok(json!({ "RuleArn": rule_arn(&bus, &name) }))
}

impl PutRequest {
    fn settings(&self, bus: &str) -> Result<Settings, Fault> {
        let given = |text: &Option<String>| text.clone().filter(|text| !text.is_empty());
        let (pattern, expression) = (given(&self.event_pattern), given(&self.schedule_expression));
        if pattern.is_none() && expression.is_none() {
            return Err(invalid(
                "Parameter(s) EventPattern or ScheduleExpression must be specified.",
            ));
        }
        for (member, shape, text) in [
            ("eventPattern", PATTERN, &pattern),
            ("scheduleExpression", EXPRESSION, &expression),
            ("description", DESCRIPTION, &self.description),
        ] {
            if let Some(text) = text {
                shape.check(member, text).map_err(invalid)?;
            }
        }
        if let Some(pattern) = &pattern {
            Pattern::parse(pattern).map_err(|refused| no_pattern(&refused))?;
        }
        if let Some(expression) = &expression {
            if bus != DEFAULT_BUS {
                return Err(invalid(
                    "ScheduleExpression is supported only on the default event bus.",
                ));
            }
            let read = ScheduleExpression::parse(expression);
            if read.is_err() || read.is_ok_and(|it| it.is_once()) {
                return Err(invalid("Parameter ScheduleExpression is not valid."));
            }
        }
        if let Some(role) = &self.role_arn {
            names::check_role(role)?;
        }
        Ok(Settings {
            event_pattern: pattern,
            schedule_expression: expression,
            is_enabled: self.state.as_deref() != Some("DISABLED"),
            description: self.description.clone(),
            role: self.role_arn.clone(),
        })
    }
}

impl RuleRequest {
    fn bus(&self) -> Result<&str, Fault> {
        bus_name(self.event_bus_name.as_deref())
    }
}

/// Deletes a rule without targets, if there is one.
pub async fn delete(events: &Events, request: RuleRequest) -> Answer {
    let bus = request.bus()?;
    events.bus(bus)?;
    let key = key(bus, &request.name);
    events.rules.change::<_, Fault>(&key, |found| {
        if found.as_ref().is_some_and(|rule| !rule.targets.is_empty()) {
            return Err(invalid("Rule can't be deleted since it has targets."));
        }
        *found = None;
        Ok(())
    })?;
    events.await_due(&key, None);
    Ok(json!({}))
}

pub async fn describe(events: &Events, request: RuleRequest) -> Answer {
    let rule = events.rule(request.bus()?, &request.name)?;
    let mut shown = rule.shown();
    shown["CreatedBy"] = json!(crate::ACCOUNT);
    Ok(shown)
}

pub async fn enable(events: &Events, request: RuleRequest) -> Answer {
    let now = events.clock.now();
    events.change_rule(request.bus()?, &request.name, |rule| {
        if !rule.settings.is_enabled {
            rule.settings.is_enabled = true;
            rule.begin_schedule(now);
        }
        Ok(json!({}))
    })
}

pub async fn disable(events: &Events, request: RuleRequest) -> Answer {
    events.change_rule(request.bus()?, &request.name, |rule| {
        rule.settings.is_enabled = false;
        rule.due = None;
        Ok(json!({}))
    })
}

pub async fn list(events: &Events, request: ListRequest) -> Answer {
    let bus = bus_name(request.event_bus_name.as_deref())?;
    events.bus(bus)?;
    let prefix = key(bus, request.name_prefix.as_deref().unwrap_or_default());
    page(&request.page, "Rules", |after, size| {
        let page = events.rules.page(&prefix, after, size, |_| true)?;
        Ok(page.map(|(_, rule)| rule.shown()))
    })
}

pub async fn list_by_target(events: &Events, request: ListByTargetRequest) -> Answer {
    let bus = bus_name(request.event_bus_name.as_deref())?;
    events.bus(bus)?;
    let rules = events.rules.with(&BY_TARGET, &request.target_arn)?;
    let names = rules.into_iter().filter(|(_, rule)| rule.bus == bus);
    let names: Vec<String> = names.map(|(_, rule)| rule.name).collect();
    page(&request.page, "RuleNames", |after, size| {
        Ok(Page::of(names, |name| name, after, size).map(Value::String))
    })
}
