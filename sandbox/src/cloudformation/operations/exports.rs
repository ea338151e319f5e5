//! `ListExports`, `ListImports`.

use serde::Deserialize;
use serde_json::{Value, json};

use super::Api;
use super::page::page;
use crate::cloudformation::fault::invalid;
use crate::fault::Fault;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Listing {
    next_token: Option<String>,
}

pub async fn list(api: &Api, request: Listing) -> Result<Value, Fault> {
    let exports = api.engine.stacks.exports()?.into_iter();
    let exports = exports.map(|(name, export)| {
        json!({ "ExportingStackId": export.stack_id, "Name": name, "Value": export.value })
    });
    let (exports, next) = page(exports.collect(), request.next_token.as_deref())?;
    Ok(json!({ "Exports": exports, "NextToken": next }))
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Imports {
    export_name: String,
    next_token: Option<String>,
}

/// The names of the stacks that use the export.
pub async fn imports(api: &Api, request: Imports) -> Result<Value, Fault> {
    let name = &request.export_name;
    let users = api.engine.stacks.importers(name)?;
    if users.is_empty() {
        return Err(invalid(format!(
            "Export '{name}' is not imported by any stack."
        )));
    }
    let (imports, next) = page(
        users.iter().map(|user| json!(user)).collect(),
        request.next_token.as_deref(),
    )?;
    Ok(json!({ "Imports": imports, "NextToken": next }))
}
