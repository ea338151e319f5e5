//! The operations on event buses.

use serde::Deserialize;
use serde_json::json;

use super::Events;
use super::bus::Bus;
use super::fault::{exists, invalid, too_many};
use super::names::{DEFAULT_BUS, bus_arn, bus_name, check_new_bus};
use super::pages::{PageRequest, page};
use super::rule;
use super::tags::{self, Tag};
use crate::constraint::TextShape;
use crate::fault::{Answer, Fault};
use crate::page::Page;

/// Source: "Event buses" in the quotas of EventBridge.
const MOST: usize = 100;
/// Source: `EventBusDescription` in the service's API model.
const DESCRIPTION: TextShape = TextShape::of_length(0, 512);

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct CreateRequest {
    name: String,
    description: Option<String>,
    #[serde(default)]
    tags: Vec<Tag>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct DeleteRequest {
    name: String,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct DescribeRequest {
    name: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct ListRequest {
    name_prefix: Option<String>,
    #[serde(flatten)]
    page: PageRequest,
}

pub async fn create(events: &Events, request: CreateRequest) -> Answer {
    let name = check_new_bus(&request.name)?;
    let taken = || exists(format!("Event bus {name} already exists."));
    if name == DEFAULT_BUS {
        return Err(taken());
    }
    if let Some(description) = &request.description {
        DESCRIPTION
            .check("description", description)
            .map_err(invalid)?;
    }
    let bus = Bus {
        description: request.description,
        tags: tags::merged(tags::Tags::new(), request.tags)?,
        ..Bus::new(name, events.clock.now())
    };
    events.store.write(|transaction| {
        if events.buses.get_in(transaction, name)?.is_some() {
            return Err(taken());
        }
        if events.buses.under_in(transaction, "")?.len() >= MOST {
            return Err(too_many());
        }
        Ok(events.buses.put_in(transaction, name, &bus)?)
    })?;
    let mut answer = json!({ "EventBusArn": bus_arn(name) });
    if let Some(description) = bus.description {
        answer["Description"] = json!(description);
    }
    Ok(answer)
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct UpdateRequest {
    name: Option<String>,
    description: Option<String>,
}

/// Without a description, the bus has none any more.
pub async fn update(events: &Events, request: UpdateRequest) -> Answer {
    let name = bus_name(request.name.as_deref())?;
    let description = request.description.filter(|text| !text.is_empty());
    if let Some(description) = &description {
        DESCRIPTION
            .check("description", description)
            .map_err(invalid)?;
    }
    events.change_bus(name, |bus| {
        bus.description = description;
        Ok(())
    })?;
    let bus = events.bus(name)?;
    let mut answer = json!({ "Arn": bus_arn(name), "Name": name });
    if let Some(description) = bus.description {
        answer["Description"] = json!(description);
    }
    Ok(answer)
}

/// Deletes a bus without rules, if there is one.
pub async fn delete(events: &Events, request: DeleteRequest) -> Answer {
    let name = request.name.as_str();
    if name == DEFAULT_BUS {
        return Err(invalid("Cannot delete event bus default."));
    }
    events.store.write::<_, Fault>(|transaction| {
        if !events
            .rules
            .under_in(transaction, &rule::prefix(name))?
            .is_empty()
        {
            return Err(invalid(format!(
                "Event bus {name} can't be deleted since it has rules."
            )));
        }
        events.buses.remove_in(transaction, name)?;
        Ok(())
    })?;
    Ok(json!({}))
}

pub async fn describe(events: &Events, request: DescribeRequest) -> Answer {
    Ok(events.bus(bus_name(request.name.as_deref())?)?.summary())
}

pub async fn list(events: &Events, request: ListRequest) -> Answer {
    let mut buses = events.buses.all()?;
    if !buses.iter().any(|bus| bus.name == DEFAULT_BUS) {
        buses.push(Bus::new(DEFAULT_BUS, 0));
    }
    buses.sort_by(|one, other| one.name.cmp(&other.name));
    let prefix = request.name_prefix.unwrap_or_default();
    buses.retain(|bus| bus.name.starts_with(&prefix));
    page(&request.page, "EventBuses", |after, size| {
        let page = Page::of(buses, |bus| &bus.name, after, size);
        Ok(page.map(|bus| bus.summary()))
    })
}
