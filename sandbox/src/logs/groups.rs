//! Log groups.

use rusqlite::{Connection, Row, params};
use serde::{Deserialize, Serialize};

use super::names::{self, invalid};
use super::tags;
use super::{Logs, limit, now};
use crate::fault::Fault;
use crate::page;
use crate::tags::Tags;
use crate::wire::lenient;

/// Source: the service's `Days` shape.
const RETENTIONS: &[i64] = &[
    1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922,
    3288, 3653,
];

/// What most operations ask for.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Named {
    pub log_group_name: String,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Creation {
    log_group_name: String,
    tags: Option<Tags>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Retention {
    log_group_name: String,
    #[serde(default, deserialize_with = "lenient")]
    retention_in_days: Option<i64>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Search {
    log_group_name_prefix: Option<String>,
    log_group_name_pattern: Option<String>,
    log_group_identifiers: Option<Vec<String>>,
    next_token: Option<String>,
    limit: Option<i64>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Found {
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

/// A group, to those who work on its events.
#[derive(Clone, Copy, Debug)]
pub struct Group {
    pub id: i64,
    /// In days.
    pub retention: Option<i64>,
}

/// The group with this name.
pub fn found(connection: &Connection, name: &str) -> Result<Group, Fault> {
    let query = "SELECT id, retention FROM log_groups WHERE name = ?1";
    let row = |row: &Row| {
        Ok(Group {
            id: row.get(0)?,
            retention: row.get(1)?,
        })
    };
    match connection.prepare_cached(query)?.query_row([name], row) {
        Err(rusqlite::Error::QueryReturnedNoRows) => Err(missing(name)),
        found => Ok(found?),
    }
}

pub fn missing(name: &str) -> Fault {
    let message = format!("The specified log group does not exist: {name}");
    Fault::invalid("ResourceNotFoundException", message)
}

/// The name in the one of two parameters that is given.
pub fn chosen<'a>(
    name: Option<&'a String>,
    identifier: Option<&'a String>,
) -> Result<&'a str, Fault> {
    match (name, identifier) {
        (Some(name), None) => names::group(name),
        (None, Some(identifier)) => names::group_of_arn(identifier),
        _ => Err(invalid(
            "Exactly one of logGroupName and logGroupIdentifier must be given",
        )),
    }
}

pub async fn create(logs: &Logs, asked: Creation) -> Result<(), Fault> {
    let name = names::group(&asked.log_group_name)?;
    let tags = asked.tags.unwrap_or_default();
    tags::check(&tags)?;
    let added = logs.store.write::<_, Fault>(|transaction| {
        let tags = tags::text(&tags)?;
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

/// Its streams and events go with it.
pub async fn delete(logs: &Logs, asked: Named) -> Result<(), Fault> {
    let name = names::group(&asked.log_group_name)?;
    logs.store.write(|transaction| {
        let group = found(transaction, name)?;
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

pub async fn put_retention(logs: &Logs, asked: Retention) -> Result<(), Fault> {
    match asked.retention_in_days {
        Some(days) if RETENTIONS.contains(&days) => retain(logs, &asked.log_group_name, Some(days)),
        days => {
            let given = days.map_or_else(|| "none".to_owned(), |days| days.to_string());
            let possible: Vec<String> = RETENTIONS.iter().map(i64::to_string).collect();
            Err(invalid(format!(
                "retentionInDays is {given}, but must be one of {}",
                possible.join(", ")
            )))
        }
    }
}

pub async fn delete_retention(logs: &Logs, asked: Named) -> Result<(), Fault> {
    retain(logs, &asked.log_group_name, None)
}

fn retain(logs: &Logs, name: &str, days: Option<i64>) -> Result<(), Fault> {
    let name = names::group(name)?;
    let changed = logs.store.write::<_, Fault>(|transaction| {
        Ok(transaction
            .prepare_cached("UPDATE log_groups SET retention = ?2 WHERE name = ?1")?
            .execute(params![name, days])?)
    })?;
    match changed {
        0 => Err(missing(name)),
        _ => Ok(()),
    }
}

/// By name; the token of a page is the last name of the one before.
pub async fn describe(logs: &Logs, asked: Search) -> Result<Found, Fault> {
    let limit = limit(asked.limit, 50)?;
    let prefix = asked.log_group_name_prefix.unwrap_or_default();
    let part = asked.log_group_name_pattern.unwrap_or_default();
    if !prefix.is_empty() && !part.is_empty() {
        return Err(invalid(
            "logGroupNamePrefix and logGroupNamePattern cannot be given together",
        ));
    }
    let part = part.to_lowercase();
    let chosen = asked.log_group_identifiers.unwrap_or_default();
    let chosen: Vec<&str> = chosen
        .iter()
        .map(|identifier| names::group_of_arn(identifier))
        .collect::<Result<_, _>>()?;
    let wanted = |group: &LogGroup| {
        let name = group.log_group_name.as_str();
        name.starts_with(&prefix)
            && name.to_lowercase().contains(&part)
            && (chosen.is_empty() || chosen.contains(&name))
    };
    let after = asked.next_token.unwrap_or_default();
    let mut log_groups = logs.store.read(|connection| {
        let mut query = connection.prepare_cached(
            "SELECT name, created, retention, stored FROM log_groups WHERE name > ?1 ORDER BY name",
        )?;
        let groups = query.query_map([&after], described)?;
        let wanted = groups.filter(|group| group.as_ref().map_or(true, &wanted));
        wanted.take(limit + 1).collect::<rusqlite::Result<Vec<_>>>()
    })?;
    let last = page::cut(&mut log_groups, limit);
    Ok(Found {
        next_token: last.map(|group| group.log_group_name.clone()),
        log_groups,
    })
}

fn described(row: &Row) -> rusqlite::Result<LogGroup> {
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

/// Of one group, by any of its operations.
pub fn tags_of(connection: &Connection, name: &str) -> Result<Tags, Fault> {
    let query = "SELECT tags FROM log_groups WHERE name = ?1";
    let read = |row: &Row| row.get::<_, String>(0);
    match connection.prepare_cached(query)?.query_row([name], read) {
        Err(rusqlite::Error::QueryReturnedNoRows) => Err(missing(name)),
        text => tags::parsed(&text?),
    }
}

/// Lets `change` alter the tags of a group.
pub fn retag(
    logs: &Logs,
    name: &str,
    change: impl FnOnce(&mut Tags) -> Result<(), Fault>,
) -> Result<(), Fault> {
    logs.store.write(|transaction| {
        let mut tags = tags_of(transaction, name)?;
        change(&mut tags)?;
        transaction
            .prepare_cached("UPDATE log_groups SET tags = ?2 WHERE name = ?1")?
            .execute(params![name, tags::text(&tags)?])?;
        Ok(())
    })
}
