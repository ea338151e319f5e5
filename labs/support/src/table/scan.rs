//! Reads all items of a table or of an index.

use aws_sdk_dynamodb::operation::scan::builders::ScanFluentBuilder;

use super::error::{Operation, failed};
use super::{Item, TableItem};
use crate::error::Failure;

/// All items that a scan finds, on all pages, in no order.
///
/// A page holds 1 MB at most, and may be empty though more pages follow it. The SDK's paginator
/// asks for the next page until DynamoDB names none.
pub async fn scan_all(scan: ScanFluentBuilder) -> Result<Vec<Item>, Failure> {
    let table = scan.get_table_name().clone().unwrap_or_default();
    let items = scan.into_paginator().items().send();
    let items = items.collect::<Result<_, _>>().await;
    items.map_err(|error| failed(Operation::Read, &table, &error))
}

/// Like [`scan_all`], with each item read as a `T`. Fails if one of them is something else.
pub async fn read_all<T: TableItem>(scan: ScanFluentBuilder) -> Result<Vec<T>, Failure> {
    let table = scan.get_table_name().clone().unwrap_or_default();
    let items = scan_all(scan).await?.into_iter();
    items.map(|item| parse(item, &table)).collect()
}

/// The error names the item by its key and shows no other attribute, because one may be secret.
fn parse<T: TableItem>(item: Item, table: &str) -> Result<T, Failure> {
    let key = item.get(T::KEY).and_then(|key| key.as_s().ok()).cloned();
    serde_dynamo::from_item(item).map_err(|error| {
        let (key, what, advice) = (key.unwrap_or_default(), T::WHAT, T::ADVICE);
        Failure::storage(format!(
            "The item \"{key}\" in the table {table} isn't {what}: {error}. {advice}"
        ))
    })
}
