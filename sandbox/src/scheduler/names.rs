//! Names and ARNs of schedules and groups.

use super::fault::invalid;
use crate::arn::{self, Arn};
use crate::constraint::{TextShape, consists_of};
use crate::fault::Fault;

/// The group that is always there.
pub const DEFAULT_GROUP: &str = "default";

/// Source: `Name` and `ScheduleGroupName` in the service's API model.
const NAME: TextShape =
    TextShape::of_length(1, 64).matching("^[0-9a-zA-Z-_.]+$", |text| consists_of(text, "-_."));

pub fn check(member: &str, name: &str) -> Result<(), Fault> {
    NAME.check(member, name).map_err(invalid)
}

pub fn group_arn(group: &str) -> String {
    arn::regional("scheduler", format_args!("schedule-group/{group}"))
}

pub fn schedule_arn(group: &str, name: &str) -> String {
    arn::regional("scheduler", format_args!("schedule/{group}/{name}"))
}

/// The name of the group with this ARN: only groups have tags.
pub fn tagged_group(text: &str) -> Result<&str, Fault> {
    let arn = Arn::parse(text).filter(|arn| arn.check_owner("scheduler").is_ok());
    let name = arn.and_then(|arn| arn.resource.strip_prefix("schedule-group/"));
    name.ok_or_else(|| invalid(format!("Invalid ResourceArn: {text}")))
}
