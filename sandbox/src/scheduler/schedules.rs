//! The operations on schedules.

use serde::Deserialize;
use serde_json::{Value, json};

use super::Scheduler;
use super::fault::{exists, no_group, no_schedule};
use super::names::{self, DEFAULT_GROUP, schedule_arn};
use super::pages::{PageRequest, page};
use super::schedule::{Schedule, key};
use super::settings::Settings;
use crate::fault::{Answer, Fault};

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct PutRequest {
    name: String,
    group_name: Option<String>,
    client_token: Option<String>,
    #[serde(flatten)]
    settings: Settings,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct ScheduleRequest {
    name: String,
    group_name: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct ListRequest {
    group_name: Option<String>,
    name_prefix: Option<String>,
    state: Option<String>,
    #[serde(flatten)]
    page: PageRequest,
}

impl PutRequest {
    fn schedule(self, scheduler: &Scheduler) -> Result<Schedule, Fault> {
        let group = self.group_name.as_deref().unwrap_or(DEFAULT_GROUP);
        names::check("name", &self.name)?;
        names::check("groupName", group)?;
        let settings = self
            .settings
            .checked(scheduler, &schedule_arn(group, &self.name))?;
        let now = scheduler.clock.now();
        Ok(Schedule {
            created_at: now,
            modified_at: now,
            ..Schedule::new(group, &self.name, settings, self.client_token)
        })
    }
}

/// Creates a schedule. The same request may come again.
pub async fn create(scheduler: &Scheduler, request: PutRequest) -> Answer {
    let mut schedule = request.schedule(scheduler)?;
    let key = schedule.key();
    schedule.due = schedule.due_from(schedule.modified_at);
    let due = scheduler.store.write(|transaction| {
        let group = &schedule.group;
        let is_default = group == DEFAULT_GROUP;
        if !is_default && scheduler.groups.get_in(transaction, group)?.is_none() {
            return Err(no_group(group));
        }
        match scheduler.schedules.get_in(transaction, &key)? {
            Some(found) if found.token.is_some() && found.token == schedule.token => {
                return Ok(found.due);
            }
            Some(_) => return Err(exists("Schedule", &schedule.name)),
            None => {}
        }
        scheduler.schedules.put_in(transaction, &key, &schedule)?;
        Ok(schedule.due)
    })?;
    scheduler.await_due(&key, due);
    Ok(json!({ "ScheduleArn": schedule.arn() }))
}

/// Replaces all that a request says of a schedule.
pub async fn update(scheduler: &Scheduler, request: PutRequest) -> Answer {
    let mut schedule = request.schedule(scheduler)?;
    let key = schedule.key();
    let due = scheduler.schedules.change(&key, |found| {
        let before = found.as_ref().ok_or_else(|| no_schedule(&schedule.name))?;
        schedule.created_at = before.created_at;
        schedule.token = before.token.clone();
        schedule.due = schedule.due_from(schedule.modified_at);
        *found = Some(schedule.clone());
        Ok::<_, Fault>(schedule.due)
    })?;
    scheduler.await_due(&key, due);
    Ok(json!({ "ScheduleArn": schedule.arn() }))
}

impl ScheduleRequest {
    fn key(&self) -> Result<String, Fault> {
        let group = self.group_name.as_deref().unwrap_or(DEFAULT_GROUP);
        names::check("name", &self.name)?;
        names::check("groupName", group)?;
        Ok(key(group, &self.name))
    }
}

pub async fn delete(scheduler: &Scheduler, request: ScheduleRequest) -> Answer {
    let key = request.key()?;
    if !scheduler.schedules.remove(&key)? {
        return Err(no_schedule(&request.name));
    }
    scheduler.await_due(&key, None);
    Ok(json!({}))
}

pub async fn get(scheduler: &Scheduler, request: ScheduleRequest) -> Answer {
    let found: Option<Schedule> = scheduler.schedules.get(&request.key()?)?;
    let schedule = found.ok_or_else(|| no_schedule(&request.name))?;
    Ok(schedule.shown())
}

pub async fn list(scheduler: &Scheduler, request: ListRequest) -> Answer {
    let name_prefix = request.name_prefix.as_deref().unwrap_or_default();
    let prefix = match &request.group_name {
        Some(group) => {
            scheduler.group(group)?;
            key(group, name_prefix)
        }
        None => String::new(),
    };
    let is_wanted = |schedule: &Schedule| {
        let state = json!(schedule.settings.state);
        let is_in_state = request.state.as_ref().is_none_or(|it| state == *it);
        is_in_state && schedule.name.starts_with(name_prefix)
    };
    page(&request.page, "Schedules", |after, size| {
        let page = scheduler.schedules.page(&prefix, after, size, is_wanted)?;
        Ok(page.map(|(_, schedule)| -> Value { schedule.summary() }))
    })
}
