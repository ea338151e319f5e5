//! DynamoDB: the dynoxide library, on a file of its own. Here its operations get their names.

use std::fmt;
use std::path::Path;

use async_trait::async_trait;
use dynoxide::streams::LOCAL_REGION;
use dynoxide::{Database, DynoxideError};
use http::StatusCode;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value, json};

use crate::error::SandboxError;
use crate::fault::{Answer, Fault};
use crate::service::{Caller, Service};
use crate::{ACCOUNT, REGION};

/// What answers with the description of a table, and so with ARNs.
const TABLES: &[&str] = &["CreateTable", "DeleteTable", "DescribeTable", "UpdateTable"];

pub struct DynamoDb {
    database: Database,
}

impl fmt::Debug for DynamoDb {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("DynamoDb").finish_non_exhaustive()
    }
}

impl DynamoDb {
    pub fn open(path: &Path) -> Result<Self, SandboxError> {
        let failed = |reason: String| SandboxError::Tables {
            path: path.to_owned(),
            reason,
        };
        let text = path
            .to_str()
            .ok_or_else(|| failed("its path is not UTF-8".to_owned()))?;
        let open = || {
            let database = Database::new(text)?;
            // Sets what SQLite does anyway, but that no write waits for the disk: as in the rest of
            // the state, only a crash of the whole machine may lose the last moment.
            database.disable_bulk_loading()?;
            Ok(database)
        };
        let database = open().map_err(|error: DynoxideError| failed(error.to_string()))?;
        remove_fragments(&database).map_err(|fault| failed(fault.to_string()))?;
        Ok(Self { database })
    }

    /// The ARN of a table, as clients and templates know it.
    pub fn table_arn(name: &str) -> String {
        format!("arn:aws:dynamodb:{REGION}:{ACCOUNT}:table/{name}")
    }
}

/// Removes tables of which only a part is there: a sandbox that was killed was about to make or to
/// delete them, which the library does in several steps. Nobody was told that it was done.
fn remove_fragments(database: &Database) -> Result<(), Fault> {
    let mut page = json!({});
    loop {
        let listed = call(database, "ListTables", page)?;
        for name in listed["TableNames"].as_array().into_iter().flatten() {
            if !is_whole(database, name)? {
                let unprotected = json!({ "TableName": name, "DeletionProtectionEnabled": false });
                call(database, "UpdateTable", unprotected)?;
                call(database, "DeleteTable", json!({ "TableName": name }))?;
            }
        }
        match &listed["LastEvaluatedTableName"] {
            Value::Null => return Ok(()),
            last => page = json!({ "ExclusiveStartTableName": last }),
        }
    }
}

/// Whether the table and all its indexes can be read.
fn is_whole(database: &Database, name: &Value) -> Result<bool, Fault> {
    let found = call(database, "DescribeTable", json!({ "TableName": name }))?;
    let kinds = ["GlobalSecondaryIndexes", "LocalSecondaryIndexes"];
    let indexes = kinds.map(|kind| found["Table"][kind].as_array());
    let indexes = indexes.into_iter().flatten().flatten();
    let mut scans = vec![json!({ "TableName": name, "Limit": 1 })];
    scans
        .extend(indexes.map(
            |index| json!({ "TableName": name, "IndexName": index["IndexName"], "Limit": 1 }),
        ));
    Ok(scans
        .into_iter()
        .all(|scan| call(database, "Scan", scan).is_ok()))
}

/// For each operation, the library's function that does it.
macro_rules! operations {
    ($($operation:ident => $function:ident),+ $(,)?) => {
        const OPERATIONS: &[&str] = &[
            "DescribeContinuousBackups", "DescribeLimits", $(stringify!($operation)),+
        ];

        fn call(database: &Database, operation: &str, mut parameters: Value) -> Answer {
            name_table(&mut parameters);
            match operation {
                "DescribeContinuousBackups" => backups(database, parameters),
                "DescribeLimits" => Ok(limits()),
                $(stringify!($operation) => {
                    done(operation, parameters, |request| database.$function(request))
                })+
                _ => Err(Fault::unknown_operation("DynamoDB", operation, OPERATIONS)),
            }
        }
    };
}

operations! {
    BatchExecuteStatement => batch_execute_statement,
    BatchGetItem => batch_get_item,
    BatchWriteItem => batch_write_item,
    CreateTable => create_table,
    DeleteItem => delete_item,
    DeleteTable => delete_table,
    DescribeTable => describe_table,
    DescribeTimeToLive => describe_time_to_live,
    ExecuteStatement => execute_statement,
    ExecuteTransaction => execute_transaction,
    GetItem => get_item,
    ListTables => list_tables,
    ListTagsOfResource => list_tags_of_resource,
    PutItem => put_item,
    Query => query,
    Scan => scan,
    TagResource => tag_resource,
    TransactGetItems => transact_get_items,
    TransactWriteItems => transact_write_items,
    UntagResource => untag_resource,
    UpdateItem => update_item,
    UpdateTable => update_table,
    UpdateTimeToLive => update_time_to_live,
}

#[async_trait]
impl Service for DynamoDb {
    async fn call(&self, operation: &str, parameters: Value, _: &Caller) -> Answer {
        // The library works on the thread that calls it, and does one thing at a time anyway: less
        // than a tenth of a millisecond for a few items, which is what another thread would cost.
        call(&self.database, operation, parameters)
    }
}

fn done<Request: DeserializeOwned, Response: Serialize>(
    operation: &str,
    parameters: Value,
    work: impl FnOnce(Request) -> Result<Response, DynoxideError>,
) -> Answer {
    let request = serde_json::from_value(parameters)
        .map_err(|error| unreadable(operation, &error.to_string()))?;
    let response = work(request).map_err(|error| refused(operation, &error))?;
    let mut answer =
        serde_json::to_value(response).map_err(|error| Fault::internal(error.to_string()))?;
    if TABLES.contains(&operation) {
        relocate(&mut answer);
    }
    Ok(answer)
}

/// A table may be named by its ARN.
fn name_table(parameters: &mut Value) {
    let Some(Value::String(name)) = parameters.get_mut("TableName") else {
        return;
    };
    if let Some((_, table)) = name
        .strip_prefix("arn:")
        .and_then(|arn| arn.split_once("table/"))
    {
        *name = table.to_owned();
    }
}

/// Puts the region into the ARNs of a table's description, where the library has a name of its own.
fn relocate(answer: &mut Value) {
    match answer {
        Value::Object(members) => {
            for (name, value) in members {
                match value {
                    Value::String(arn) if name.ends_with("Arn") => {
                        *arn =
                            arn.replacen(&format!(":{LOCAL_REGION}:"), &format!(":{REGION}:"), 1);
                    }
                    value => relocate(value),
                }
            }
        }
        Value::Array(values) => values.iter_mut().for_each(relocate),
        _ => {}
    }
}

/// Of a table that is there: there are no backups.
fn backups(database: &Database, parameters: Value) -> Answer {
    let table = json!({ "TableName": parameters.get("TableName") });
    done("DescribeTable", table, |request| {
        database.describe_table(request)
    })?;
    Ok(json!({ "ContinuousBackupsDescription": {
        "ContinuousBackupsStatus": "DISABLED",
        "PointInTimeRecoveryDescription": { "PointInTimeRecoveryStatus": "DISABLED" },
    } }))
}

/// What AWS gives a new account in this region; nothing here enforces it.
fn limits() -> Value {
    json!({
        "AccountMaxReadCapacityUnits": 80_000,
        "AccountMaxWriteCapacityUnits": 80_000,
        "TableMaxReadCapacityUnits": 40_000,
        "TableMaxWriteCapacityUnits": 40_000,
    })
}

/// The library marks what it says about a request that it cannot read with the kind of the error.
fn unreadable(operation: &str, said: &str) -> Fault {
    let marked = |marks: [&str; 2]| marks.iter().find_map(|mark| said.strip_prefix(mark));
    if let Some(message) = marked(["VALIDATION:", "VALIDATION_AS_READ:"]) {
        return validation(message);
    }
    if let Some(message) = said.strip_prefix("VALIDATION_REQUEST:") {
        return validation(&enveloped(operation, message));
    }
    if let Some(message) = marked(["SERIALIZATION:", "SERIALIZATION_AS_READ:"]) {
        return Fault::invalid("SerializationException", message);
    }
    let missing = [
        "missing field",
        "unknown variant",
        "invalid type: null",
        "AttributeValue",
    ];
    let message = format!("{operation}: {said}");
    if missing.iter().any(|part| said.contains(part)) {
        validation(&message)
    } else {
        Fault::invalid("SerializationException", message)
    }
}

fn validation(message: &str) -> Fault {
    Fault::invalid("ValidationException", message)
}

/// In the words of DynamoDB's writing operations.
fn enveloped(operation: &str, message: &str) -> String {
    match operation {
        "PutItem" | "UpdateItem" | "DeleteItem" => {
            format!("1 validation error detected: {message}")
        }
        _ => message.to_owned(),
    }
}

/// The error as the library words it, members such as `CancellationReasons` included.
fn refused(operation: &str, error: &DynoxideError) -> Fault {
    if let DynoxideError::EnvelopedValidation(message) = error {
        return validation(&enveloped(operation, message));
    }
    let status = StatusCode::from_u16(error.status_code()).unwrap_or(StatusCode::BAD_REQUEST);
    // com.amazonaws.dynamodb.v20120810#ResourceNotFoundException
    let code = error.error_type().rsplit('#').next().unwrap_or_default();
    let mut members = match serde_json::from_str(&error.to_json()) {
        Ok(Value::Object(members)) => members,
        _ => Map::new(),
    };
    members.retain(|name, _| !["__type", "message", "Message"].contains(&name.as_str()));
    Fault {
        members,
        ..Fault::new(status, code, error.to_string())
    }
}

#[cfg(test)]
mod tests;
