//! What EventBridge's operations act on.
//!
//! Source: its page in the Service Authorization Reference.

use std::collections::BTreeSet;

use serde_json::Value;

use super::Events;
use super::names::{DEFAULT_BUS, bus_arn, bus_name, rule_arn};
use crate::ACCOUNT;
use crate::authorise::{Access, text};

type Accesses = Vec<Access>;

fn rule(action: &'static str, parameters: &Value, name: &str) -> Access {
    // The operation refuses what is no bus.
    let bus = bus_name(parameters["EventBusName"].as_str()).unwrap_or(DEFAULT_BUS);
    Access::new(action, rule_arn(bus, text(parameters, name)))
        .with("events:creatorAccount", Some(ACCOUNT))
}

pub fn named_rule(_: &Events, action: &'static str, parameters: &Value) -> Accesses {
    vec![rule(action, parameters, "Name")]
}

pub fn rule_of_targets(_: &Events, action: &'static str, parameters: &Value) -> Accesses {
    vec![rule(action, parameters, "Rule")]
}

/// A rule with tags or a role needs more.
pub fn put_rule(_: &Events, action: &'static str, parameters: &Value) -> Accesses {
    let access = rule(action, parameters, "Name");
    let arn = access.resource.clone();
    let mut accesses = vec![access];
    if parameters["Tags"]
        .as_array()
        .is_some_and(|tags| !tags.is_empty())
    {
        accesses.push(Access::new("events:TagResource", arn));
    }
    accesses.extend(passed(parameters));
    accesses
}

/// Targets may be handed over to in roles, and a condition may be about each of them.
pub fn put_targets(_: &Events, action: &'static str, parameters: &Value) -> Accesses {
    let targets = parameters["Targets"].as_array();
    let targets = targets.map_or(&[][..], Vec::as_slice);
    let access = || rule(action, parameters, "Rule");
    let mut accesses: Accesses = targets
        .iter()
        .map(|target| access().with("events:TargetArn", target["Arn"].as_str()))
        .collect();
    if accesses.is_empty() {
        accesses.push(access());
    }
    accesses.extend(targets.iter().filter_map(passed));
    accesses
}

fn passed(parameters: &Value) -> Option<Access> {
    let role = parameters["RoleArn"].as_str()?;
    Some(
        Access::new("iam:PassRole", role).with("iam:PassedToService", Some("events.amazonaws.com")),
    )
}

/// A bus that is named by a name or an ARN.
fn bus_access(action: &'static str, named: &Value) -> Access {
    let bus = bus_name(named.as_str()).unwrap_or(DEFAULT_BUS);
    Access::new(action, bus_arn(bus))
}

pub fn bus(_: &Events, action: &'static str, parameters: &Value) -> Accesses {
    vec![bus_access(action, &parameters["EventBusName"])]
}

pub fn named_bus(_: &Events, action: &'static str, parameters: &Value) -> Accesses {
    vec![bus_access(action, &parameters["Name"])]
}

pub fn buses_of_entries(_: &Events, action: &'static str, parameters: &Value) -> Accesses {
    let entries = parameters["Entries"].as_array();
    let entries = entries.map_or(&[][..], Vec::as_slice);
    let buses: BTreeSet<String> = entries
        .iter()
        .map(|entry| bus_access(action, &entry["EventBusName"]).resource)
        .collect();
    if buses.is_empty() {
        return vec![bus_access(action, &Value::Null)];
    }
    buses
        .into_iter()
        .map(|arn| Access::new(action, arn))
        .collect()
}

/// Of the operations on tags.
pub fn resource(_: &Events, action: &'static str, parameters: &Value) -> Accesses {
    vec![Access::new(action, text(parameters, "ResourceARN"))]
}

pub fn any(_: &Events, action: &'static str, _: &Value) -> Accesses {
    vec![Access::any(action)]
}
