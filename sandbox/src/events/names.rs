//! Names and ARNs of event buses and rules.

use super::fault::{invalid, missing};
use crate::arn::{self, Arn};
use crate::constraint::{TextShape, consists_of};
use crate::fault::Fault;

/// The bus that is always there.
pub const DEFAULT_BUS: &str = "default";

/// Source: `RuleName` and `TargetId` in the service's API model.
pub const NAME: TextShape =
    TextShape::of_length(1, 64).matching(r"[\.\-_A-Za-z0-9]+", |text| consists_of(text, ".-_"));
/// Source: `EventBusName` there.
const BUS_NAME: TextShape =
    TextShape::of_length(1, 256).matching(r"[/\.\-_A-Za-z0-9]+", |text| consists_of(text, "/.-_"));

pub fn bus_arn(bus: &str) -> String {
    arn::regional("events", format_args!("event-bus/{bus}"))
}

pub fn rule_arn(bus: &str, rule: &str) -> String {
    match bus {
        DEFAULT_BUS => arn::regional("events", format_args!("rule/{rule}")),
        bus => arn::regional("events", format_args!("rule/{bus}/{rule}")),
    }
}

pub fn check_rule<'a>(member: &str, name: &'a str) -> Result<&'a str, Fault> {
    NAME.check(member, name).map_err(invalid)?;
    Ok(name)
}

/// Refuses what is no role.
pub fn check_role(arn: &str) -> Result<(), Fault> {
    let is_role = |arn: Arn| arn.service == "iam" && arn.resource.starts_with("role/");
    match Arn::parse(arn).is_some_and(is_role) {
        true => Ok(()),
        false => Err(invalid(format!(
            "Provided role '{arn}' cannot be assumed by principal 'events.amazonaws.com'."
        ))),
    }
}

/// The name, if a new bus can have it.
pub fn check_new_bus(name: &str) -> Result<&str, Fault> {
    BUS_NAME.check("name", name).map_err(invalid)?;
    match name.contains('/') {
        true => Err(invalid(
            "Event bus name must not contain '/': such names are those of partners' event buses.",
        )),
        false => Ok(name),
    }
}

/// The name of the bus that a request gives by name or ARN; without one, the default one.
pub fn bus_name(given: Option<&str>) -> Result<&str, Fault> {
    let given = given.unwrap_or(DEFAULT_BUS);
    if !given.starts_with("arn:") {
        BUS_NAME.check("eventBusName", given).map_err(invalid)?;
        return Ok(given);
    }
    let name = own(given).and_then(|resource| resource.strip_prefix("event-bus/"));
    name.ok_or_else(|| {
        missing(format!(
            "{given} is no event bus of this sandbox; their ARNs start with {}",
            bus_arn("")
        ))
    })
}

/// What has tags.
#[derive(Debug, PartialEq, Eq)]
pub enum Tagged<'a> {
    Bus(&'a str),
    Rule { bus: &'a str, name: &'a str },
}

pub fn tagged(arn: &str) -> Result<Tagged<'_>, Fault> {
    let found = own(arn).and_then(|resource| match resource.split_once('/')? {
        ("event-bus", name) => Some(Tagged::Bus(name)),
        ("rule", rule) => {
            let (bus, name) = rule.rsplit_once('/').unwrap_or((DEFAULT_BUS, rule));
            Some(Tagged::Rule { bus, name })
        }
        _ => None,
    });
    found.ok_or_else(|| {
        invalid(format!(
            "Parameter {arn} is not valid. Reason: Provided Arn is not in correct format."
        ))
    })
}

/// What the ARN is of, in the sandbox's region and account.
fn own(text: &str) -> Option<&str> {
    let arn = Arn::parse(text).filter(|arn| arn.check_owner("events").is_ok())?;
    Some(arn.resource).filter(|_| !arn.region.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn buses_are_given_by_name_or_arn() {
        assert_eq!(bus_name(None), Ok(DEFAULT_BUS));
        assert_eq!(bus_name(Some("orders")), Ok("orders"));
        assert_eq!(bus_name(Some(&bus_arn("orders"))), Ok("orders"));
        for wrong in [
            "",
            "a b",
            "arn:aws:events:eu-west-1:000000000000:event-bus/a",
            &rule_arn("default", "a"),
        ] {
            assert!(bus_name(Some(wrong)).is_err(), "{wrong}");
        }
        assert!(check_new_bus("a.b-c_1").is_ok());
        assert!(check_new_bus("aws.partner/x").is_err());
    }

    #[test]
    fn what_has_tags_is_read_from_its_arn() {
        let rule = |bus, name| Ok(Tagged::Rule { bus, name });
        assert_eq!(tagged(&rule_arn(DEFAULT_BUS, "a")), rule(DEFAULT_BUS, "a"));
        assert_eq!(tagged(&rule_arn("orders", "a")), rule("orders", "a"));
        assert_eq!(tagged(&bus_arn("orders")), Ok(Tagged::Bus("orders")));
        for wrong in [
            "",
            "rule/a",
            "arn:aws:events:us-east-1:000000000000:archive/a",
        ] {
            assert!(tagged(wrong).is_err(), "{wrong}");
        }
    }
}
