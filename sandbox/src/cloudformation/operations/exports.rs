//! `ListExports`, `ListImports`.

use serde::Deserialize;
use serde_json::{Value, json};

use super::Api;
use super::page::{PAGE_SIZE, next_token, page_start};
use crate::cloudformation::fault::invalid;
use crate::cloudformation::stacks::Export;
use crate::fault::Fault;
use crate::page::Page;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct ListExportsRequest {
    next_token: Option<String>,
}

pub async fn list(api: &Api, request: ListExportsRequest) -> Result<Value, Fault> {
    let list = "ListExports";
    let after = page_start(list, request.next_token.as_deref())?;
    let page = api.engine.stacks.exports(after.as_ref(), PAGE_SIZE)?;
    let exports = page.items.iter().map(|export| {
        let Export {
            name,
            value,
            stack_id,
        } = export;
        json!({ "ExportingStackId": stack_id, "Name": name, "Value": value })
    });
    let exports: Vec<Value> = exports.collect();
    Ok(json!({ "Exports": exports, "NextToken": next_token(list, page.next.as_ref()) }))
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct ListImportsRequest {
    export_name: String,
    next_token: Option<String>,
}

/// The names of the stacks that use the export.
pub async fn imports(api: &Api, request: ListImportsRequest) -> Result<Value, Fault> {
    let name = &request.export_name;
    let users = api.engine.stacks.importers(name)?;
    if users.is_empty() {
        return Err(invalid(format!(
            "Export '{name}' is not imported by any stack."
        )));
    }
    let list = "ListImports";
    let after = page_start(list, request.next_token.as_deref())?;
    let page = Page::of(users, |user| user, after.as_ref(), PAGE_SIZE);
    Ok(json!({ "Imports": page.items, "NextToken": next_token(list, page.next.as_ref()) }))
}
