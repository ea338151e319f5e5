//! A table in DynamoDB: the requests of AWS's SDK, with what is easily forgotten done here.
//!
//! | request | what is easily forgotten |
//! |---|---|
//! | `Scan` | the answer is one page of 1 MB at most; there may be more |
//! | `UpdateItem` with a condition | sent again after a lost answer, it fails because of itself |
//! | `BatchWriteItem` | takes 25 writes at most, and may leave some of them undone |

mod batch;
mod error;
mod scan;
mod update;

use std::collections::HashMap;

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::operation::scan::builders::ScanFluentBuilder;
use aws_sdk_dynamodb::operation::update_item::builders::UpdateItemFluentBuilder;
use aws_sdk_dynamodb::types::AttributeValue;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::environment::Environment;
use crate::error::Failure;
use crate::sdk::sdk_config;
use crate::serve::Resources;

pub use batch::{delete, put, write_all};
pub use scan::{read_all, scan_all};
pub use update::update_once;

/// An item as DynamoDB sends it: values by the names of their attributes.
pub type Item = HashMap<String, AttributeValue>;

/// A type whose values are items of a table.
pub trait TableItem: DeserializeOwned {
    /// What an item is: `a player`.
    const WHAT: &'static str;
    /// The attribute that names an item: `Name`.
    const KEY: &'static str;
    /// What to do about an item that is something else: `Start over with new-game`.
    const ADVICE: &'static str;
}

/// A table, and the client to reach it with.
#[derive(Clone, Debug)]
pub struct Table {
    client: Client,
    name: String,
}

impl Resources for Table {
    /// The table that `DYNAMO_TABLE` names. Sends nothing yet.
    fn from_environment(environment: &Environment) -> Result<Self, Failure> {
        let name = environment.require("DYNAMO_TABLE", "the name of the table")?;
        Ok(Self {
            name: name.to_owned(),
            client: Client::new(&sdk_config(environment, "DYNAMODB")?),
        })
    }
}

impl Table {
    pub fn name(&self) -> &str {
        &self.name
    }

    /// For requests that are about more than this table.
    pub fn client(&self) -> &Client {
        &self.client
    }

    /// A `Scan` of this table, for [`read_all`] or [`scan_all`].
    pub fn scan(&self) -> ScanFluentBuilder {
        self.client.scan().table_name(&self.name)
    }

    /// An `UpdateItem` in this table, for [`update_once`].
    pub fn update_item(&self) -> UpdateItemFluentBuilder {
        self.client.update_item().table_name(&self.name)
    }
}

/// A value as DynamoDB stores it: a text as `{"S": "John"}`.
///
/// # Panics
///
/// If the value has no such form, for example a map whose keys are no texts.
pub fn value(value: impl Serialize) -> AttributeValue {
    serde_dynamo::to_attribute_value(value).expect("the value has a form in DynamoDB")
}

/// A struct or a map of texts to values as an item.
///
/// # Panics
///
/// If the value has no such form.
pub fn to_item(value: impl Serialize) -> Item {
    serde_dynamo::to_item(value).expect("the value has a form in DynamoDB")
}
