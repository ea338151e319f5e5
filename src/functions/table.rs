//! The items in the table of a stack.

use serde::Serialize;

use super::find::{FindError, plays};
use crate::cloud::{Cloud, CloudError, Index, Item, Resource, Stack, Table};
use crate::wording::nearest;

/// The most items that are read.
pub const MOST_ITEMS: usize = 1000;

const TABLE: &str = "AWS::DynamoDB::Table";

/// The items of a table, or of one of its indexes.
#[derive(Clone, Debug, Serialize)]
pub struct TableItems {
    pub stack: String,
    /// Its name in DynamoDB.
    pub table: String,
    pub index: Option<String>,
    /// The indexes that the table has.
    pub indexes: Vec<String>,
    /// The names of all attributes that occur, those of the key first.
    pub attributes: Vec<String>,
    /// In the order of their keys.
    pub items: Vec<Item>,
    /// Whether there are no others.
    pub complete: bool,
}

#[derive(Debug, thiserror::Error)]
pub enum TableError {
    #[error(transparent)]
    Cloud(#[from] CloudError),

    #[error(transparent)]
    Find(#[from] FindError),

    #[error("stack {stack} on {target} has no table")]
    NoTable {
        stack: String,
        target: String,
        /// The stack whose game it plays, if it is of a lab that does.
        plays: Option<String>,
    },

    #[error("stack {stack} on {target} has no table {name}")]
    UnknownTable {
        stack: String,
        target: String,
        name: String,
        /// The names in the template.
        known: Vec<String>,
        nearest: Option<String>,
    },

    #[error("stack {stack} has several tables: {}", known.join(", "))]
    SeveralTables { stack: String, known: Vec<String> },

    #[error("table {table} of stack {stack} was deleted outside CloudFormation")]
    Deleted { stack: String, table: String },

    #[error("table {table} has no index {name}")]
    UnknownIndex {
        table: String,
        name: String,
        known: Vec<String>,
        nearest: Option<String>,
    },
}

impl TableError {
    /// The same, with what the stack itself tells.
    fn of(self, found: &Stack) -> Self {
        match self {
            Self::NoTable { stack, target, .. } => Self::NoTable {
                stack,
                target,
                plays: plays(found),
            },
            other => other,
        }
    }
}

/// The items of the table called `name`, or of the only one, or those that its `index` has.
pub async fn table_items(
    cloud: &Cloud,
    stack: &str,
    name: Option<&str>,
    index: Option<&str>,
) -> Result<TableItems, TableError> {
    let target = || cloud.target().to_string();
    let Some(found) = cloud.stack(stack).await? else {
        return Err(FindError::NoStack {
            stack: stack.to_owned(),
            target: target(),
        }
        .into());
    };
    let resources = cloud.resources(&found.id).await?;
    let table = meant(stack, &resources, name, target);
    let table = table.map_err(|error| error.of(&found))?;
    let Some(described) = cloud.table(table).await? else {
        return Err(TableError::Deleted {
            stack: stack.to_owned(),
            table: table.to_owned(),
        });
    };
    let keys = match index {
        None => &described.keys,
        Some(index) => &named_index(table, &described, index)?.keys,
    };
    let index = index.map(|index| named_index(table, &described, index).map(|it| it.name.clone()));
    let index = index.transpose()?;
    let read = cloud.items(table, index.as_deref(), MOST_ITEMS).await?;
    let mut items = read.items;
    let key = |item: &Item| keys.iter().map(|key| text(item, key)).collect::<Vec<_>>();
    items.sort_by_cached_key(key);
    Ok(TableItems {
        stack: stack.to_owned(),
        table: table.to_owned(),
        index,
        attributes: attributes(keys, &items),
        indexes: described.indexes.into_iter().map(|it| it.name).collect(),
        items,
        complete: read.complete,
    })
}

fn text(item: &Item, key: &str) -> String {
    item.get(key).map(ToString::to_string).unwrap_or_default()
}

/// The name in DynamoDB of the table that is meant.
fn meant<'a>(
    stack: &str,
    resources: &'a [Resource],
    name: Option<&str>,
    target: impl Fn() -> String,
) -> Result<&'a str, TableError> {
    let tables = resources.iter();
    let tables: Vec<&Resource> = tables
        .filter(|it| it.resource_type == TABLE && !it.physical_id.is_empty())
        .collect();
    let known = || tables.iter().map(|it| it.logical_id.clone());
    let is_it = |table: &&&Resource| {
        name.is_some_and(|name| table.logical_id == name || table.physical_id == name)
    };
    match (&tables[..], name) {
        ([], _) => Err(TableError::NoTable {
            stack: stack.to_owned(),
            target: target(),
            plays: None,
        }),
        ([table], None) => Ok(&table.physical_id),
        (_, None) => Err(TableError::SeveralTables {
            stack: stack.to_owned(),
            known: known().collect(),
        }),
        (_, Some(name)) => match tables.iter().find(is_it) {
            Some(table) => Ok(&table.physical_id),
            None => Err(TableError::UnknownTable {
                stack: stack.to_owned(),
                target: target(),
                name: name.to_owned(),
                nearest: nearest(name, known().collect::<Vec<_>>().iter().map(String::as_str))
                    .map(str::to_owned),
                known: known().collect(),
            }),
        },
    }
}

/// The index of that name, in upper or lower case.
fn named_index<'a>(table: &str, described: &'a Table, name: &str) -> Result<&'a Index, TableError> {
    let indexes = &described.indexes;
    let found = indexes
        .iter()
        .find(|index| index.name == name)
        .or_else(|| indexes.iter().find(|it| it.name.eq_ignore_ascii_case(name)));
    found.ok_or_else(|| {
        let known: Vec<String> = indexes.iter().map(|index| index.name.clone()).collect();
        TableError::UnknownIndex {
            table: table.to_owned(),
            name: name.to_owned(),
            nearest: nearest(name, known.iter().map(String::as_str)).map(str::to_owned),
            known,
        }
    })
}

/// The attributes of the key, then all others that occur, in the order of their names.
fn attributes(keys: &[String], items: &[Item]) -> Vec<String> {
    let mut others: Vec<&String> = items.iter().flat_map(Item::keys).collect();
    others.sort();
    others.dedup();
    let others = others.into_iter().filter(|name| !keys.contains(name));
    keys.iter().chain(others).cloned().collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::cloud::Status;

    fn resource(logical: &str, kind: &str) -> Resource {
        Resource {
            logical_id: logical.to_owned(),
            physical_id: format!("stack-{logical}-1"),
            resource_type: kind.to_owned(),
            status: Status("CREATE_COMPLETE".to_owned()),
            reason: None,
        }
    }

    fn chosen(tables: &[&str], name: Option<&str>) -> Result<String, String> {
        let tables = tables.iter().map(|table| resource(table, TABLE));
        let all: Vec<Resource> = tables.chain([resource("Role", "AWS::IAM::Role")]).collect();
        let meant = meant("stack", &all, name, || "the sandbox".to_owned());
        meant.map(str::to_owned).map_err(|error| error.to_string())
    }

    #[test]
    fn the_table_is_the_only_one_or_the_one_that_was_named() {
        let players = Ok("stack-Players-1".to_owned());
        assert_eq!(chosen(&["Players"], None), players);
        for name in ["Players", "stack-Players-1"] {
            assert_eq!(chosen(&["Games", "Players"], Some(name)), players);
        }
        for (tables, name, error) in [
            (&[][..], None, "stack stack on the sandbox has no table"),
            (&["A", "B"], None, "stack stack has several tables: A, B"),
            (
                &["A", "B"],
                Some("C"),
                "stack stack on the sandbox has no table C",
            ),
        ] {
            assert_eq!(chosen(tables, name), Err(error.to_owned()));
        }
    }

    #[test]
    fn every_attribute_that_occurs_is_a_column() {
        let item = |value: serde_json::Value| -> Item {
            serde_json::from_value(value).expect("an item is an object")
        };
        let items = [
            item(json!({ "Name": "Ann", "Identity": "x" })),
            item(json!({ "Name": "Bo", "Age": 7 })),
        ];
        let keys = ["Name".to_owned()];
        assert_eq!(attributes(&keys, &items), ["Name", "Age", "Identity"]);
        assert_eq!(attributes(&keys, &[]), ["Name"]);
    }

    #[test]
    fn an_index_is_found_in_upper_or_lower_case() {
        let index = |name: &str| Index {
            name: name.to_owned(),
            keys: Vec::new(),
        };
        let table = Table {
            keys: Vec::new(),
            indexes: vec![index("Masked"), index("masked"), index("Other")],
        };
        for (typed, found) in [
            ("Masked", "Masked"),
            ("masked", "masked"),
            ("OTHER", "Other"),
        ] {
            let index = named_index("t", &table, typed).expect("it is there");
            assert_eq!(index.name, found);
        }
        let error = named_index("t", &table, "Maskd").expect_err("there is none");
        assert!(
            matches!(&error, TableError::UnknownIndex { nearest: Some(it), .. } if it == "masked"),
            "{error:?}"
        );
    }
}
