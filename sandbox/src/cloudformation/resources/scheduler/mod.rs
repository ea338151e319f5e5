//! AWS::Scheduler.

mod schedule;
mod schedule_group;

pub use schedule::Schedule;
pub use schedule_group::ScheduleGroup;

const MISSING: &str = "ResourceNotFoundException";
const EXISTS: &str = "ConflictException";
