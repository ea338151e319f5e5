//! DynamoDB: the dynoxide library, on a file of its own. This module names its operations and gives
//! its responses and errors AWS's form.

mod access;
mod condition_keys;
mod description;
mod expiry;
mod expression;
mod index_names;
mod index_updates;
mod nesting;
mod partition_keys;
mod stored_name;
mod streams;
mod table_name;
mod time_to_live;

use std::fmt;
use std::path::Path;

use dynoxide::actions::list_tables::{ListTablesRequest, ListTablesResponse};
use dynoxide::{Database, DynoxideError};
use http::StatusCode;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value, json};

use crate::arn;
use crate::error::SandboxError;
use crate::fault::{Answer, Fault};
use crate::service::{Request, Response, service};
use crate::store::{self, check_file};
use crate::tags::{self, Tags};
use crate::wire::Protocol;
use expiry::Expiry;
use partition_keys::PartitionKeys;
use stored_name::{StoredNames, name_of};
pub use streams::Streams;
use streams::{StreamLog, Watches};
use table_name::Names;

/// The operations whose responses describe a table, and so contain ARNs.
const DESCRIBE_TABLES: &[&str] = &["CreateTable", "DeleteTable", "DescribeTable", "UpdateTable"];

pub struct DynamoDb {
    database: Tables,
    expiry: Expiry,
}

/// The library's database, and the tables that it has under other names.
struct Tables {
    library: Database,
    stored: StoredNames,
    partition_keys: PartitionKeys,
    streams: StreamLog,
    watches: Watches,
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
        check_file(path)?;
        let text = path
            .to_str()
            .ok_or_else(|| failed("its path is not UTF-8".to_owned()))?;
        let open = || {
            let database = Database::new(text)?;
            // Sets SQLite's `synchronous` to `normal`, as for the rest of the state: a write does
            // not wait for the disk, so a crash of the machine (not of the sandbox) can lose the
            // last writes.
            database.disable_bulk_loading()?;
            Ok(database)
        };
        let library = open().map_err(|error: DynoxideError| failed(message(&error)))?;
        let streams = StreamLog::open(path).map_err(|error| failed(store::reason(&error)))?;
        let database = Tables::of(library, streams).map_err(|fault| failed(fault.to_string()))?;
        delete_incomplete_tables(&database).map_err(|fault| failed(fault.to_string()))?;
        Ok(Self {
            database,
            expiry: Expiry::default(),
        })
    }

    /// The ARN of a table, as clients and templates know it.
    pub fn table_arn(name: &str) -> String {
        arn::regional("dynamodb", format!("table/{name}"))
    }
}

/// Whether this is the ARN of a stream that a table here can have.
pub fn is_stream(arn: &str) -> bool {
    streams::parts_of_arn(arn).is_some()
}

impl Tables {
    fn of(library: Database, streams: StreamLog) -> Result<Self, Fault> {
        let stored = StoredNames::default();
        let tables = Self {
            library,
            stored,
            partition_keys: PartitionKeys::default(),
            streams,
            watches: Watches::default(),
        };
        tables.find_stored()?;
        Ok(tables)
    }

    /// As the library calls them.
    fn names(&self) -> Result<Vec<String>, DynoxideError> {
        let mut names: Vec<String> = Vec::new();
        loop {
            let page = self.library.list_tables(ListTablesRequest {
                exclusive_start_table_name: names.last().cloned(),
                limit: None,
            })?;
            names.extend(page.table_names);
            if page.last_evaluated_table_name.is_none() {
                return Ok(names);
            }
        }
    }

    fn find_stored(&self) -> Result<(), Fault> {
        let names = self.names().map_err(|error| fault("ListTables", &error))?;
        self.stored.among(&names);
        Ok(())
    }

    /// Gives a new table the name that is free for it.
    fn name_new(&self, parameters: &mut Value, names: &mut Names) -> Result<(), Fault> {
        let Some(Value::String(name)) = parameters.get_mut("TableName") else {
            return Ok(());
        };
        let tables = self.names().map_err(|error| fault("ListTables", &error))?;
        // A name that the library refuses stays as it is.
        let is_valid = |c: char| c.is_ascii_alphanumeric() || "_.-".contains(c);
        let is_valid = name.len() >= 3 && name.chars().all(is_valid);
        if is_valid && let Some(stored) = StoredNames::for_new(name, &tables)? {
            names.store(name, &stored);
            *name = stored;
        }
        Ok(())
    }

    fn list(&self, request: &ListTablesRequest) -> Result<ListTablesResponse, DynoxideError> {
        let limit = usize::try_from(request.limit.unwrap_or(100)).unwrap_or(100);
        let mut names: Vec<String> = self.names()?.iter().map(|name| name_of(name)).collect();
        names.sort();
        if let Some(start) = &request.exclusive_start_table_name {
            names.retain(|name| name > start);
        }
        let has_more = names.len() > limit;
        names.truncate(limit);
        Ok(ListTablesResponse {
            last_evaluated_table_name: names.last().filter(|_| has_more).cloned(),
            table_names: names,
        })
    }
}

/// Deletes tables that lack a part. The library creates and deletes a table in several steps, so a
/// sandbox that was killed between two of them leaves such a table. Its client had no response yet.
fn delete_incomplete_tables(database: &Tables) -> Result<(), Fault> {
    let mut page = json!({});
    loop {
        let listed = call(database, "ListTables", page)?;
        for name in listed["TableNames"].as_array().into_iter().flatten() {
            if !is_complete(database, name)? {
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
fn is_complete(database: &Tables, name: &Value) -> Result<bool, Fault> {
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

/// For each operation what it acts on, and the library's function that does it.
macro_rules! operations {
    ($($operation:ident on $access:path => $function:ident),+ $(,)?) => {
        fn call(database: &Tables, operation: &str, mut parameters: Value) -> Answer {
            nesting::check(&parameters)?;
            check_tags(&parameters)?;
            index_names::check(database, operation, &parameters)?;
            index_updates::check(database, operation, &parameters)?;
            time_to_live::check(database, operation, &parameters)?;
            let mut names = table_name::resolve(&mut parameters, &database.stored)?;
            if operation == "CreateTable" {
                database.name_new(&mut parameters, &mut names)?;
            }
            let noted = streams::note(database, operation, &mut parameters);
            noted.map_err(|fault| names.restore_fault(fault))?;
            let written = streams::written(operation, &parameters);
            let answered = match operation {
                "DescribeContinuousBackups" => describe_continuous_backups(database, parameters),
                "DescribeLimits" => Ok(describe_limits()),
                "ListTables" => run(operation, parameters, |request| database.list(&request)),
                $(stringify!($operation) => {
                    run(operation, parameters, |request| database.library.$function(request))
                })+
                unknown => Err(DynamoDb::DESCRIPTION.unknown_operation(unknown)),
            };
            if ["CreateTable", "DeleteTable"].contains(&operation) {
                database.find_stored()?;
            }
            if ["CreateTable", "DeleteTable", "UpdateTable"].contains(&operation) {
                database.partition_keys.forget();
            }
            database.watches.wake(&written);
            let mut answer = answered.map_err(|fault| names.restore_fault(fault))?;
            streams::complete(database, &mut answer)?;
            names.restore(&mut answer);
            Ok(answer)
        }

        service! { DynamoDb {
            name: "DynamoDB",
            signing_name: "dynamodb",
            protocol: Protocol::Json { version: "1.0", target: "DynamoDB_20120810" },
            invalid: "ValidationException",
            longest_body: 16 << 20,
            members: include_str!("members.txt"),
            operations: {
                DescribeContinuousBackups on access::table => in_place,
                DescribeLimits on access::any => in_place,
                ListTables on access::any => in_place,
                $($operation on $access => in_place),+
            },
        } }
    };
}

operations! {
    BatchExecuteStatement on access::statements => batch_execute_statement,
    BatchGetItem on access::batch => batch_get_item,
    BatchWriteItem on access::batch => batch_write_item,
    CreateTable on access::table => create_table,
    DeleteItem on access::items => delete_item,
    DeleteTable on access::table => delete_table,
    DescribeTable on access::table => describe_table,
    DescribeTimeToLive on access::table => describe_time_to_live,
    ExecuteStatement on access::statements => execute_statement,
    ExecuteTransaction on access::statements => execute_transaction,
    GetItem on access::items => get_item,
    ListTagsOfResource on access::resource => list_tags_of_resource,
    PutItem on access::items => put_item,
    Query on access::items => query,
    Scan on access::items => scan,
    TagResource on access::resource => tag_resource,
    TransactGetItems on access::transaction => transact_get_items,
    TransactWriteItems on access::transaction => transact_write_items,
    UntagResource on access::resource => untag_resource,
    UpdateItem on access::items => update_item,
    UpdateTable on access::table => update_table,
    UpdateTimeToLive on access::table => update_time_to_live,
}

/// The library takes any tags when a table is created.
fn check_tags(parameters: &Value) -> Result<(), Fault> {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let given = parameters["Tags"].as_array().map_or(&[][..], Vec::as_slice);
    let pairs = given
        .iter()
        .map(|tag| (text(&tag["Key"]), text(&tag["Value"])));
    let tags: Tags = pairs.collect();
    if tags.len() < given.len() {
        return Err(validation(
            "One or more parameter values were invalid: duplicate tag keys",
        ));
    }
    tags::check(&tags).map_err(|unfit| validation(&unfit.to_string()))
}

/// The library blocks the calling thread, and runs one operation at a time anyway. A few items take
/// less than 0.1 ms, which is what handing over to another thread would cost.
async fn in_place(tables: &DynamoDb, request: Request) -> Result<Response, Fault> {
    let answer = call(&tables.database, request.operation, request.parameters);
    answer.map(Response::Value)
}

fn run<Request: DeserializeOwned, Response: Serialize>(
    operation: &str,
    parameters: Value,
    function: impl FnOnce(Request) -> Result<Response, DynoxideError>,
) -> Answer {
    let request = serde_json::from_value(parameters)
        .map_err(|error| malformed(operation, &error.to_string()))?;
    let response = function(request).map_err(|error| fault(operation, &error))?;
    let mut answer =
        serde_json::to_value(response).map_err(|error| Fault::internal(error.to_string()))?;
    if DESCRIBE_TABLES.contains(&operation) {
        description::complete(&mut answer);
    }
    Ok(answer)
}

/// Tables have no point-in-time recovery. Source: the documentation of DescribeContinuousBackups:
/// continuous backups are enabled on all tables.
fn describe_continuous_backups(database: &Tables, parameters: Value) -> Answer {
    let table = json!({ "TableName": parameters.get("TableName") });
    run("DescribeTable", table, |request| {
        database.library.describe_table(request)
    })?;
    Ok(json!({ "ContinuousBackupsDescription": {
        "ContinuousBackupsStatus": "ENABLED",
        "PointInTimeRecoveryDescription": { "PointInTimeRecoveryStatus": "DISABLED" },
    } }))
}

/// A new account's quotas in this region, which are not enforced. Source: DynamoDB's quotas.
fn describe_limits() -> Value {
    json!({
        "AccountMaxReadCapacityUnits": 80_000,
        "AccountMaxWriteCapacityUnits": 80_000,
        "TableMaxReadCapacityUnits": 40_000,
        "TableMaxWriteCapacityUnits": 40_000,
    })
}

/// The fault for a request that does not parse. The library puts the kind of error before the
/// message.
fn malformed(operation: &str, error: &str) -> Fault {
    let message_after = |kinds: [&str; 2]| kinds.iter().find_map(|kind| error.strip_prefix(kind));
    if let Some(message) = message_after(["VALIDATION:", "VALIDATION_AS_READ:"]) {
        return validation(message);
    }
    if let Some(message) = error.strip_prefix("VALIDATION_REQUEST:") {
        return validation(&with_count(operation, message));
    }
    if let Some(message) = message_after(["SERIALIZATION:", "SERIALIZATION_AS_READ:"]) {
        return Fault::invalid("SerializationException", message);
    }
    let validation_errors = [
        "missing field",
        "unknown variant",
        "invalid type: null",
        "AttributeValue",
    ];
    let message = format!("{operation}: {error}");
    if validation_errors.iter().any(|part| error.contains(part)) {
        validation(&message)
    } else {
        Fault::invalid("SerializationException", message)
    }
}

fn validation(message: &str) -> Fault {
    Fault::invalid("ValidationException", message)
}

/// The message as DynamoDB words it for this operation.
fn with_count(operation: &str, message: &str) -> String {
    match operation {
        "PutItem" | "UpdateItem" | "DeleteItem" => {
            format!("1 validation error detected: {message}")
        }
        _ => message.to_owned(),
    }
}

/// The library's error with its further members, such as `CancellationReasons`.
fn fault(operation: &str, error: &DynoxideError) -> Fault {
    if let DynoxideError::EnvelopedValidation(message) = error {
        return validation(&with_count(operation, message));
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
        ..Fault::new(status, code, message(error))
    }
}

/// The library's message, but for those of SQLite, which have a statement in them.
fn message(error: &DynoxideError) -> String {
    let reason = match error {
        DynoxideError::SqliteError(error) => store::reason(error),
        DynoxideError::InternalServerError(text) => {
            // Such as `backend: no such table: a in SELECT …`.
            let text = text.trim_start_matches("backend: ");
            text.split(" in ").next().unwrap_or_default().to_owned()
        }
        other => return other.to_string(),
    };
    format!("cannot read or write the sandbox's file tables.sqlite: {reason}")
}

#[cfg(test)]
mod tests;
