//! The operations on a rule's targets.

use serde::Deserialize;
use serde_json::json;

use super::Events;
use super::fault::{invalid, too_many};
use super::names::bus_name;
use super::pages::{PageRequest, page};
use super::target::Target;
use crate::constraint::unsatisfied;
use crate::fault::{Answer, Fault};
use crate::page::Page;

/// Of a rule. Source: "Targets" in the quotas of EventBridge.
const MOST: usize = 5;
/// Of a request. Source: `TargetList` in the service's API model.
const MOST_AT_ONCE: usize = 100;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct PutRequest {
    rule: String,
    event_bus_name: Option<String>,
    targets: Vec<Target>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct RemoveRequest {
    rule: String,
    event_bus_name: Option<String>,
    ids: Vec<String>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct ListRequest {
    rule: String,
    event_bus_name: Option<String>,
    #[serde(flatten)]
    page: PageRequest,
}

fn check_count(member: &str, count: usize) -> Result<(), Fault> {
    let expected = match count {
        0 => "have length greater than or equal to 1".to_owned(),
        1..=MOST_AT_ONCE => return Ok(()),
        _ => format!("have length less than or equal to {MOST_AT_ONCE}"),
    };
    Err(invalid(unsatisfied(member, "[]", &expected)))
}

/// Adds targets, in place of those with the same ids.
pub async fn put(events: &Events, request: PutRequest) -> Answer {
    check_count("targets", request.targets.len())?;
    for (index, target) in request.targets.iter().enumerate() {
        target.check(index + 1)?;
    }
    let bus = bus_name(request.event_bus_name.as_deref())?;
    events.change_rule(bus, &request.rule, |rule| {
        let targets = request.targets.into_iter();
        rule.targets.extend(targets.map(|it| (it.id.clone(), it)));
        match rule.targets.len() {
            0..=MOST => Ok(json!({ "FailedEntryCount": 0, "FailedEntries": [] })),
            _ => Err(too_many()),
        }
    })
}

/// Removes those of the targets that there are, and names the others.
pub async fn remove(events: &Events, request: RemoveRequest) -> Answer {
    check_count("ids", request.ids.len())?;
    let bus = bus_name(request.event_bus_name.as_deref())?;
    events.change_rule(bus, &request.rule, |rule| {
        let mut failed = Vec::new();
        for id in request.ids {
            if rule.targets.remove(&id).is_none() {
                let message = format!(
                    "Rule '{}' does not have a target with the Id '{id}'.",
                    rule.name
                );
                failed.push(json!({
                    "TargetId": id,
                    "ErrorCode": "ResourceNotFoundException",
                    "ErrorMessage": message,
                }));
            }
        }
        Ok(json!({ "FailedEntryCount": failed.len(), "FailedEntries": failed }))
    })
}

pub async fn list(events: &Events, request: ListRequest) -> Answer {
    let bus = bus_name(request.event_bus_name.as_deref())?;
    let targets = events.rule(bus, &request.rule)?.targets.into_values();
    page(&request.page, "Targets", |after, size| {
        let page = Page::of(targets, |target| &target.id, after, size);
        Ok(page.map(|target| json!(target)))
    })
}
