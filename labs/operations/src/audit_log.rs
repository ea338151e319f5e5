//! The audit log: what users did, and a summary for each of them.
//!
//! A user's items have the user's name as partition key, so that a policy can let each user read the own ones
//! and no others (`dynamodb:LeadingKeys`).

use std::collections::BTreeMap;

use aws_sdk_dynamodb::error::DisplayErrorContext;
use aws_sdk_dynamodb::types::AttributeValue;
use mafia_support::{Failure, Item, Table, scan_all, value};
use serde::{Deserialize, Serialize};

/// Something that a user did, as it comes from a queue and as it is in the table.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct AuditEvent {
    pub user_id: String,
    /// The same however often the event comes.
    pub event_id: String,
    pub action: String,
    /// In seconds since 1970.
    pub at: u64,
}

/// Begins the sort keys of events.
const EVENT: &str = "event#";
/// The sort key of a user's summary.
const SUMMARY: &str = "summary";

pub struct AuditLog<'t>(pub &'t Table);

impl AuditLog<'_> {
    /// Writes an event. Twice is as good as once.
    pub async fn record(&self, event: &AuditEvent) -> Result<(), Failure> {
        let key = format!("{EVENT}{}", event.event_id);
        let attributes = [("Action", value(&event.action)), ("At", value(event.at))];
        self.set(&event.user_id, &key, &attributes).await
    }

    /// Counts what a user did, by action, and writes it as the user's summary.
    pub async fn summarise(&self, user: &str) -> Result<(), Failure> {
        let mut counts: BTreeMap<String, u64> = BTreeMap::new();
        for event in self.events_of(user).await? {
            *counts.entry(event.action).or_default() += 1;
        }
        self.set(user, SUMMARY, &[("Counts", value(counts))]).await
    }

    /// Writes these attributes of an item, and leaves its others, such as the user's comment.
    async fn set(
        &self,
        user: &str,
        key: &str,
        attributes: &[(&str, AttributeValue)],
    ) -> Result<(), Failure> {
        let mut update = self.0.client().update_item().table_name(self.0.name());
        update = update.key("UserId", value(user)).key("EventId", value(key));
        let mut assignments = Vec::new();
        for (name, value) in attributes {
            assignments.push(format!("#{name} = :{name}"));
            update = update
                .expression_attribute_names(format!("#{name}"), *name)
                .expression_attribute_values(format!(":{name}"), value.clone());
        }
        let update = update.update_expression(format!("SET {}", assignments.join(", ")));
        let sent = update.send().await.map(drop);
        sent.map_err(|error| self.failed("write to", &error))
    }

    fn failed(&self, what: &str, error: &(dyn std::error::Error + 'static)) -> Failure {
        let reason = DisplayErrorContext(error);
        Failure::storage(format!(
            "Can't {what} the table {}: {reason}",
            self.0.name()
        ))
    }

    /// The user's events, sorted by their ids.
    pub async fn events_of(&self, user: &str) -> Result<Vec<AuditEvent>, Failure> {
        let query = self.0.client().query().table_name(self.0.name());
        let query = query
            .key_condition_expression("UserId = :user AND begins_with(EventId, :event)")
            .expression_attribute_values(":user", value(user))
            .expression_attribute_values(":event", value(EVENT))
            .consistent_read(true);
        let items = query.into_paginator().items().send();
        let items: Result<Vec<Item>, _> = items.collect().await;
        let items = items.map_err(|error| self.failed("read", &error))?;
        Ok(items.iter().filter_map(event).collect())
    }

    /// All events of all users.
    pub async fn everything(&self) -> Result<Vec<AuditEvent>, Failure> {
        let items = scan_all(self.0.scan()).await?;
        Ok(items.iter().filter_map(event).collect())
    }
}

/// The event that an item is; `None` for a summary.
fn event(item: &Item) -> Option<AuditEvent> {
    let text = |name: &str| item.get(name)?.as_s().ok();
    let at = item.get("At").and_then(|at| AttributeValue::as_n(at).ok());
    Some(AuditEvent {
        user_id: text("UserId")?.clone(),
        event_id: text("EventId")?.strip_prefix(EVENT)?.to_owned(),
        action: text("Action")?.clone(),
        at: at?.parse().ok()?,
    })
}

#[cfg(test)]
mod tests {
    use mafia_support::to_item;

    use super::*;

    #[test]
    fn an_item_is_an_event_or_none() {
        let written = AuditEvent {
            user_id: "ann".to_owned(),
            event_id: "1".to_owned(),
            action: "login".to_owned(),
            at: 5,
        };
        let mut item = to_item(&written);
        item.insert("EventId".to_owned(), value("event#1"));
        assert_eq!(event(&item), Some(written));
        item.insert("EventId".to_owned(), value(SUMMARY));
        assert_eq!(event(&item), None);
    }
}
