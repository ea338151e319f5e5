//! The requests of Scheduler's operations.

use crate::wire::Route;

/// Source: <https://docs.aws.amazon.com/scheduler/latest/APIReference/API_Operations.html>
#[rustfmt::skip] // One line each, as a table.
pub const ROUTES: &[Route] = &[
    Route::new("POST", "/schedules/{Name}", "CreateSchedule", 200),
    Route::new("GET", "/schedules?ScheduleGroup={GroupName}", "ListSchedules", 200),
    Route::new("GET", "/schedules/{Name}?groupName={GroupName}", "GetSchedule", 200),
    Route::new("PUT", "/schedules/{Name}", "UpdateSchedule", 200),
    Route::new("DELETE", "/schedules/{Name}?groupName={GroupName}&clientToken={ClientToken}", "DeleteSchedule", 200),
    Route::new("POST", "/schedule-groups/{Name}", "CreateScheduleGroup", 200),
    Route::new("GET", "/schedule-groups", "ListScheduleGroups", 200),
    Route::new("GET", "/schedule-groups/{Name}", "GetScheduleGroup", 200),
    Route::new("DELETE", "/schedule-groups/{Name}?clientToken={ClientToken}", "DeleteScheduleGroup", 200),
    Route::new("GET", "/tags/{ResourceArn}", "ListTagsForResource", 200),
    Route::new("POST", "/tags/{ResourceArn}", "TagResource", 200),
    Route::new("DELETE", "/tags/{ResourceArn}?TagKeys={TagKeys*}", "UntagResource", 200),
];
