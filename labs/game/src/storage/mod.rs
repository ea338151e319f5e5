//! The table of players in DynamoDB: read it, change one player, start it anew (`replace`).
//!
//! This is the only place that knows DynamoDB. It doesn't know the rules: it is told what to write
//! and on which condition.

mod client;
mod error;
mod replace;

use std::collections::HashMap;

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::config::retry::RetryConfig;
use aws_sdk_dynamodb::operation::scan::builders::ScanFluentBuilder;
use aws_sdk_dynamodb::operation::update_item::UpdateItemError;
use aws_sdk_dynamodb::types::AttributeValue;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::player::{MaskedPlayer, Player};
use crate::rules::{Fate, Game};
use crate::settings::{ConfigurationError, Environment, TABLE};

pub use error::{Operation, StorageError};

/// The index that leaves out `TrueIdentity`.
const MASKED: &str = "Masked";

type Item = HashMap<String, AttributeValue>;

/// What became of a conditional write.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Written {
    Yes,
    /// Nothing was written: the player isn't any more as the turn saw it.
    No,
}

/// One game's table.
#[derive(Clone, Debug)]
pub struct Table {
    client: Client,
    name: String,
}

impl Table {
    /// The table that the environment names. Nothing is sent yet.
    pub fn from_environment(environment: &Environment) -> Result<Self, ConfigurationError> {
        let name = environment
            .require(TABLE, "the name of the game's table")?
            .to_owned();
        Ok(Self {
            client: client::dynamodb(environment)?,
            name,
        })
    }

    pub fn name(&self) -> &str {
        &self.name
    }

    /// The game as it stands, in the order of the players' names.
    pub async fn game(&self) -> Result<Game, StorageError> {
        let mut players: Vec<Player> = self.parse(self.items().await?)?;
        players.sort_by(|a, b| a.name.cmp(&b.name));
        Ok(Game::new(players))
    }

    /// What everybody may know of the game, in the order of the players' names.
    ///
    /// An index follows its table by a moment: who has just left the game may still be seen alive.
    pub async fn masked(&self) -> Result<Vec<MaskedPlayer>, StorageError> {
        let items = self.scan(self.client.scan().index_name(MASKED)).await?;
        let mut players: Vec<MaskedPlayer> = self.parse(items)?;
        players.sort_by(|a, b| a.name.cmp(&b.name));
        Ok(players)
    }

    /// Lets `fate` come true, on the condition that the player is still as the turn saw it.
    ///
    /// The condition names the true identity too: another game may have begun in the meantime,
    /// with another player of that name. And when the player is gone, it keeps DynamoDB from
    /// making a new item out of the change.
    pub async fn write(&self, fate: &Fate) -> Result<Written, StorageError> {
        let update = self
            .client
            .update_item()
            .table_name(&self.name)
            .key("Name", attribute(&fate.player.name))
            .update_expression("SET #identity = :becomes")
            .condition_expression("#identity = :identity AND #true_identity = :true_identity")
            .expression_attribute_names("#identity", "Identity")
            .expression_attribute_names("#true_identity", "TrueIdentity")
            .expression_attribute_values(":becomes", attribute(fate.becomes))
            .expression_attribute_values(":identity", attribute(fate.player.identity))
            .expression_attribute_values(":true_identity", attribute(fate.player.true_identity));

        // If the SDK tried again after an answer that got lost, it would find the condition broken
        // by its own first try. The turn would take that for a lost race: one night, two dead.
        let once = aws_sdk_dynamodb::config::Builder::new().retry_config(RetryConfig::disabled());

        match update.customize().config_override(once).send().await {
            Ok(_) => Ok(Written::Yes),
            Err(error) if error.as_service_error().is_some_and(was_refused) => Ok(Written::No),
            Err(error) => Err(self.failed(Operation::Change, &error)),
        }
    }

    /// Every item of the table. Strongly consistent: a turn sees what the turn before it wrote.
    async fn items(&self) -> Result<Vec<Item>, StorageError> {
        self.scan(self.client.scan().consistent_read(true)).await
    }

    /// One answer of DynamoDB holds 1 MB at most, and may be empty though there is more. The
    /// paginator asks again until DynamoDB names no next page.
    async fn scan(&self, scan: ScanFluentBuilder) -> Result<Vec<Item>, StorageError> {
        let items = scan.table_name(&self.name).into_paginator().items().send();
        let items = items.collect::<Result<Vec<_>, _>>().await;
        items.map_err(|error| self.failed(Operation::Read, &error))
    }

    fn parse<T: DeserializeOwned>(&self, items: Vec<Item>) -> Result<Vec<T>, StorageError> {
        let parse = |item: Item| {
            let name = item.get("Name").and_then(|name| name.as_s().ok()).cloned();
            serde_dynamo::from_item(item).map_err(|error| StorageError::NotAPlayer {
                table: self.name.clone(),
                name: name.unwrap_or_default(),
                reason: error.to_string(),
            })
        };
        items.into_iter().map(parse).collect()
    }
}

/// Whether DynamoDB says that it has *not* written, so that the turn may decide again.
fn was_refused(error: &UpdateItemError) -> bool {
    error.is_conditional_check_failed_exception()
        || error.is_transaction_conflict_exception()
        || error.is_provisioned_throughput_exceeded_exception()
        || error.is_request_limit_exceeded()
        || error.is_throttling_exception()
}

fn attribute(value: impl Serialize) -> AttributeValue {
    serde_dynamo::to_attribute_value(value).expect("names and identities are plain strings")
}
