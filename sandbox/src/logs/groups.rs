//! Log groups.

use rusqlite::{Connection, Row, params};
use serde::{Deserialize, Serialize};

use super::names::{self, invalid_parameter};
use super::{Logs, now, page_size, page_start};
use crate::fault::Fault;
use crate::page::{Cursor, Page};
use crate::tags::{self, Tags, Unfit};
use crate::wire::lenient;

/// In days. Source: the documentation of `PutRetentionPolicy`.
const RETENTIONS: &[i64] = &[
    1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922,
    3288, 3653,
];

/// The name of the list of groups.
const LIST: &str = "logGroups";

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct DeleteLogGroupRequest {
    log_group_name: String,
}

pub type DeleteRetentionPolicyRequest = DeleteLogGroupRequest;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CreateLogGroupRequest {
    log_group_name: String,
    tags: Option<Tags>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PutRetentionPolicyRequest {
    log_group_name: String,
    #[serde(default, deserialize_with = "lenient")]
    retention_in_days: Option<i64>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct DescribeLogGroupsRequest {
    log_group_name_prefix: Option<String>,
    log_group_name_pattern: Option<String>,
    log_group_identifiers: Option<Vec<String>>,
    next_token: Option<String>,
    limit: Option<i64>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct DescribeLogGroupsResponse {
    log_groups: Vec<LogGroup>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_token: Option<String>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct LogGroup {
    log_group_name: String,
    creation_time: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    retention_in_days: Option<i64>,
    metric_filter_count: u32,
    arn: String,
    log_group_arn: String,
    log_group_class: &'static str,
    stored_bytes: i64,
}

/// What reading and writing events needs of a group.
#[derive(Clone, Copy, Debug)]
pub struct Group {
    pub id: i64,
    /// In days.
    pub retention: Option<i64>,
}

/// The group with this name, or `ResourceNotFoundException`.
pub fn find(connection: &Connection, name: &str) -> Result<Group, Fault> {
    let query = "SELECT id, retention FROM log_groups WHERE name = ?1";
    let row = |row: &Row| {
        Ok(Group {
            id: row.get(0)?,
            retention: row.get(1)?,
        })
    };
    match connection.prepare_cached(query)?.query_row([name], row) {
        Err(rusqlite::Error::QueryReturnedNoRows) => Err(no_such_group(name)),
        found => Ok(found?),
    }
}

fn no_such_group(name: &str) -> Fault {
    let message = format!("The specified log group does not exist: {name}");
    Fault::invalid("ResourceNotFoundException", message)
}

/// The group's name, from `logGroupName` or `logGroupIdentifier`, whichever is given.
pub fn name_or_identifier<'a>(
    name: Option<&'a String>,
    identifier: Option<&'a String>,
) -> Result<&'a str, Fault> {
    match (name, identifier) {
        (Some(name), None) => names::group(name),
        (None, Some(identifier)) => names::group_of_identifier(identifier),
        _ => Err(invalid_parameter(
            "Exactly one of logGroupName and logGroupIdentifier must be given",
        )),
    }
}

pub async fn create(logs: &Logs, request: CreateLogGroupRequest) -> Result<(), Fault> {
    let name = names::group(&request.log_group_name)?;
    if name.starts_with("aws/") {
        return Err(invalid_parameter(
            "Log groups starting with AWS/ are reserved for AWS.",
        ));
    }
    let tags = request.tags.unwrap_or_default();
    check_tags(&tags)?;
    let added = logs.store.write::<_, Fault>(|transaction| {
        let tags = tags_to_json(&tags)?;
        Ok(transaction
            .prepare_cached(
                "INSERT OR IGNORE INTO log_groups (name, created, tags) VALUES (?1, ?2, ?3)",
            )?
            .execute(params![name, now(), tags])?)
    })?;
    if added == 0 {
        let message = format!("The specified log group already exists: {name}");
        return Err(Fault::invalid("ResourceAlreadyExistsException", message));
    }
    Ok(())
}

/// Deletes the group with its streams and events.
pub async fn delete(logs: &Logs, request: DeleteLogGroupRequest) -> Result<(), Fault> {
    let name = names::group(&request.log_group_name)?;
    logs.store.write(|transaction| {
        let group = find(transaction, name)?;
        for statement in [
            "DELETE FROM log_events WHERE log_group = ?1",
            "DELETE FROM log_streams WHERE log_group = ?1",
            "DELETE FROM log_groups WHERE id = ?1",
        ] {
            transaction.prepare_cached(statement)?.execute([group.id])?;
        }
        Ok(())
    })
}

pub async fn put_retention(logs: &Logs, request: PutRetentionPolicyRequest) -> Result<(), Fault> {
    match request.retention_in_days {
        Some(days) if RETENTIONS.contains(&days) => {
            set_retention(logs, &request.log_group_name, Some(days))
        }
        days => {
            let given = days.map_or_else(|| "none".to_owned(), |days| days.to_string());
            let possible: Vec<String> = RETENTIONS.iter().map(i64::to_string).collect();
            Err(invalid_parameter(format!(
                "retentionInDays is {given}, but must be one of {}",
                possible.join(", ")
            )))
        }
    }
}

pub async fn delete_retention(
    logs: &Logs,
    request: DeleteRetentionPolicyRequest,
) -> Result<(), Fault> {
    set_retention(logs, &request.log_group_name, None)
}

fn set_retention(logs: &Logs, name: &str, days: Option<i64>) -> Result<(), Fault> {
    let name = names::group(name)?;
    let changed = logs.store.write::<_, Fault>(|transaction| {
        Ok(transaction
            .prepare_cached("UPDATE log_groups SET retention = ?2 WHERE name = ?1")?
            .execute(params![name, days])?)
    })?;
    if changed == 0 {
        return Err(no_such_group(name));
    }
    Ok(())
}

/// Sorted by name.
pub async fn describe(
    logs: &Logs,
    request: DescribeLogGroupsRequest,
) -> Result<DescribeLogGroupsResponse, Fault> {
    let size = page_size(request.limit, 50)?;
    let prefix = request.log_group_name_prefix.unwrap_or_default();
    let pattern = request.log_group_name_pattern.unwrap_or_default();
    if !prefix.is_empty() && !pattern.is_empty() {
        return Err(invalid_parameter(
            "logGroupNamePrefix and logGroupNamePattern cannot be given together",
        ));
    }
    let pattern = pattern.to_lowercase();
    let identifiers = request.log_group_identifiers.unwrap_or_default();
    let by_name = !prefix.is_empty() || !pattern.is_empty();
    if by_name && !identifiers.is_empty() {
        return Err(invalid_parameter(
            "logGroupIdentifiers cannot be given together with a prefix or a pattern of names",
        ));
    }
    let names: Vec<&str> = identifiers
        .iter()
        .map(|identifier| names::group_of_identifier(identifier))
        .collect::<Result<_, _>>()?;
    let matches = |group: &LogGroup| {
        let name = group.log_group_name.as_str();
        name.to_lowercase().contains(&pattern) && (names.is_empty() || names.contains(&name))
    };
    let after = page_start(LIST, request.next_token.as_deref())?;
    let after = after.as_ref().map_or("", Cursor::position);
    let log_groups: Vec<LogGroup> = logs.store.read(|connection| {
        let mut query = connection.prepare_cached(
            "SELECT name, created, retention, stored FROM log_groups
             WHERE name >= ?1 AND name > ?2 ORDER BY name",
        )?;
        let groups = query.query_map([after.max(&prefix), after], log_group)?;
        let has_prefix = |group: &LogGroup| group.log_group_name.starts_with(&prefix);
        groups
            .take_while(|group| group.as_ref().map_or(true, has_prefix))
            .filter(|group| group.as_ref().map_or(true, matches))
            .take(size + 1)
            .collect()
    })?;
    let page = Page::of(log_groups, |group| &group.log_group_name, None, size);
    Ok(DescribeLogGroupsResponse {
        next_token: page.next.map(|next| next.token(LIST)),
        log_groups: page.items,
    })
}

fn log_group(row: &Row) -> rusqlite::Result<LogGroup> {
    let name: String = row.get(0)?;
    let arn = names::group_arn(&name);
    Ok(LogGroup {
        creation_time: row.get(1)?,
        retention_in_days: row.get(2)?,
        metric_filter_count: 0,
        arn: format!("{arn}:*"),
        log_group_arn: arn,
        log_group_class: "STANDARD",
        stored_bytes: row.get(3)?,
        log_group_name: name,
    })
}

/// The tags of a group.
pub fn tags_of(connection: &Connection, name: &str) -> Result<Tags, Fault> {
    let query = "SELECT tags FROM log_groups WHERE name = ?1";
    let read = |row: &Row| row.get::<_, String>(0);
    match connection.prepare_cached(query)?.query_row([name], read) {
        Err(rusqlite::Error::QueryReturnedNoRows) => Err(no_such_group(name)),
        json => tags_from_json(&json?),
    }
}

/// Runs `change` on the tags of a group and checks the result.
pub fn modify_tags(logs: &Logs, name: &str, change: impl FnOnce(&mut Tags)) -> Result<(), Fault> {
    logs.store.write(|transaction| {
        let mut tags = tags_of(transaction, name)?;
        change(&mut tags);
        check_tags(&tags)?;
        transaction
            .prepare_cached("UPDATE log_groups SET tags = ?2 WHERE name = ?1")?
            .execute(params![name, tags_to_json(&tags)?])?;
        Ok(())
    })
}

fn check_tags(tags: &Tags) -> Result<(), Fault> {
    tags::check(tags).map_err(|unfit| match unfit {
        Unfit::Tag(_) => invalid_parameter(unfit.to_string()),
        Unfit::TooMany(_) => Fault::invalid("TooManyTagsException", unfit.to_string()),
    })
}

fn tags_to_json(tags: &Tags) -> Result<String, Fault> {
    serde_json::to_string(tags).map_err(|error| Fault::internal(error.to_string()))
}

fn tags_from_json(json: &str) -> Result<Tags, Fault> {
    serde_json::from_str(json).map_err(|error| Fault::internal(error.to_string()))
}
