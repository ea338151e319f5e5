//! DynamoDB: the dynoxide library, on a file of its own. Here its operations get their names.

use std::fmt;
use std::path::Path;

use async_trait::async_trait;
use dynoxide::{Database, DynoxideError};
use http::StatusCode;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};
use tokio::task::spawn_blocking;

use super::error::SandboxError;
use super::fault::{Answer, Fault};
use super::service::{Caller, Service};
use super::{ACCOUNT, REGION};

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
        let database = Database::new(text).map_err(|error| failed(error.to_string()))?;
        Ok(Self { database })
    }

    /// The ARN of a table, as the library and templates know it.
    pub fn table_arn(name: &str) -> String {
        format!("arn:aws:dynamodb:{REGION}:{ACCOUNT}:table/{name}")
    }
}

/// For each operation, the library's function that does it.
macro_rules! operations {
    ($($operation:ident => $function:ident),+ $(,)?) => {
        const OPERATIONS: &[&str] = &[$(stringify!($operation)),+];

        fn call(database: &Database, operation: &str, parameters: Value) -> Result<Value, Fault> {
            match operation {
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
        let (database, operation) = (self.database.clone(), operation.to_owned());
        // The library works on the thread that calls it.
        spawn_blocking(move || call(&database, &operation, parameters))
            .await
            .map_err(|error| Fault::internal(error.to_string()))?
    }
}

fn done<Request: DeserializeOwned, Response: Serialize>(
    operation: &str,
    parameters: Value,
    work: impl FnOnce(Request) -> Result<Response, DynoxideError>,
) -> Result<Value, Fault> {
    let request = serde_json::from_value(parameters)
        .map_err(|error| Fault::invalid("ValidationException", format!("{operation}: {error}")))?;
    let response = work(request).map_err(|error| refused(&error))?;
    serde_json::to_value(response).map_err(|error| Fault::internal(error.to_string()))
}

/// The error as the library words it, members such as `CancellationReasons` included.
fn refused(error: &DynoxideError) -> Fault {
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
