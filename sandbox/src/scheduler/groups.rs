//! The operations on schedule groups.

use serde::Deserialize;
use serde_json::json;

use super::fault::{exists, invalid, no_group, too_many};
use super::group::Group;
use super::names::{self, DEFAULT_GROUP, group_arn};
use super::pages::{PageRequest, page};
use super::tags::{self, Tag, Tags};
use super::{Scheduler, TIMED, schedule};
use crate::fault::{Answer, Fault};
use crate::page::Page;

/// Source: "Schedule groups" in the quotas of Scheduler.
const MOST: usize = 500;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct CreateRequest {
    name: String,
    client_token: Option<String>,
    #[serde(default)]
    tags: Vec<Tag>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct GroupRequest {
    name: String,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct ListRequest {
    name_prefix: Option<String>,
    #[serde(flatten)]
    page: PageRequest,
}

/// Creates a group. The same request may come again.
pub async fn create(scheduler: &Scheduler, request: CreateRequest) -> Answer {
    let name = request.name.as_str();
    names::check("name", name)?;
    let group = Group {
        tags: tags::merged(Tags::new(), request.tags)?,
        token: request.client_token,
        ..Group::new(name, scheduler.clock.now())
    };
    let taken = || exists("Schedule Group", name);
    if name == DEFAULT_GROUP {
        return Err(taken());
    }
    scheduler.store.write(|transaction| {
        match scheduler.groups.get_in(transaction, name)? {
            Some(found) if found.token.is_some() && found.token == group.token => return Ok(()),
            Some(_) => return Err(taken()),
            None => {}
        }
        if scheduler.groups.under_in(transaction, "")?.len() >= MOST {
            return Err(too_many(
                "The maximum number of schedule groups has been reached.",
            ));
        }
        Ok(scheduler.groups.put_in(transaction, name, &group)?)
    })?;
    Ok(json!({ "ScheduleGroupArn": group_arn(name) }))
}

/// Deletes a group with its schedules, at once.
pub async fn delete(scheduler: &Scheduler, request: GroupRequest) -> Answer {
    let name = request.name.as_str();
    if name == DEFAULT_GROUP {
        return Err(invalid("The default schedule group can't be deleted."));
    }
    let prefix = schedule::prefix(name);
    let deleted = scheduler.store.write::<_, Fault>(|transaction| {
        if !scheduler.groups.remove_in(transaction, name)? {
            return Err(no_group(name));
        }
        let deleted = scheduler.schedules.under_in(transaction, &prefix)?;
        scheduler.schedules.remove_under(transaction, &prefix)?;
        Ok(deleted)
    })?;
    for (key, _) in deleted {
        scheduler.timer.set(TIMED, &key, None);
    }
    Ok(json!({}))
}

pub async fn get(scheduler: &Scheduler, request: GroupRequest) -> Answer {
    names::check("name", &request.name)?;
    Ok(scheduler.group(&request.name)?.shown())
}

pub async fn list(scheduler: &Scheduler, request: ListRequest) -> Answer {
    let mut groups = scheduler.groups.all()?;
    if !groups.iter().any(|group| group.name == DEFAULT_GROUP) {
        groups.push(Group::new(DEFAULT_GROUP, 0));
    }
    groups.sort_by(|one, other| one.name.cmp(&other.name));
    let prefix = request.name_prefix.unwrap_or_default();
    groups.retain(|group| group.name.starts_with(&prefix));
    page(&request.page, "ScheduleGroups", |after, size| {
        let page = Page::of(groups, |group| &group.name, after, size);
        Ok(page.map(|group| group.shown()))
    })
}
