//! Functions: created, described, listed, deleted.

use serde::Deserialize;
use serde_json::json;

use super::Lambda;
use super::bundle::{CodeSource, no_images};
use super::fault::{constraint, invalid};
use super::function::{Function, this_machines_architecture};
use super::function_ref::{FunctionRef, LATEST};
use super::settings::Settings;
use super::{event_invoke, tags, versions};
use crate::fault::{Answer, Fault};
use crate::page::Cursor;
use crate::tags::Tags;
use crate::wire::lenient;

/// Of `ListFunctions`, in functions.
const MAX_PAGE: usize = 50;
/// The name of the list of functions.
const LIST: &str = "Functions";

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct CreateFunctionRequest {
    function_name: String,
    #[serde(default)]
    code: CodeSource,
    package_type: Option<String>,
    architectures: Option<Vec<String>>,
    #[serde(default, deserialize_with = "lenient")]
    publish: Option<bool>,
    #[serde(default)]
    tags: Tags,
    #[serde(flatten)]
    settings: Settings,
}

/// Of all operations that take a function and nothing else.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct FunctionRequest {
    function_name: String,
    qualifier: Option<String>,
}

impl FunctionRequest {
    pub fn function_ref(&self) -> Result<FunctionRef, Fault> {
        FunctionRef::parse(&self.function_name, self.qualifier.as_deref())
    }
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct ListFunctionsRequest {
    #[serde(default, deserialize_with = "lenient")]
    max_items: Option<usize>,
    marker: Option<String>,
    function_version: Option<String>,
}

pub async fn create(lambda: &Lambda, request: CreateFunctionRequest) -> Answer {
    let function_ref = FunctionRef::parse(&request.function_name, None)?;
    if !function_ref.is_latest() {
        return Err(invalid("a new function cannot have a qualifier"));
    }
    if request.package_type.is_some_and(|kind| kind != "Zip") {
        return Err(no_images());
    }
    let mut function = Function::new(&function_ref.name);
    function.architecture = checked_architecture(&function.name, request.architectures)?;
    let arns = request.settings.layers().unwrap_or_default().to_owned();
    request.settings.apply(&mut function)?;
    event_invoke::check_dead_letter(lambda, &function)?;
    if function.runtime.is_empty() || function.handler.is_empty() {
        return Err(invalid(
            "Runtime and Handler are mandatory parameters for functions created with deployment \
             packages.",
        ));
    }
    if function.role.is_empty() {
        return Err(constraint("role", "null", "the ARN of a role"));
    }
    function.tags = tags::checked(request.tags)?;
    let exists = || {
        let message = format!("Function already exist: {}", function_ref.name);
        Fault::conflict("ResourceConflictException", message)
    };
    if lambda.functions.get(&function_ref.name)?.is_some() {
        return Err(exists());
    }
    let bundle = lambda.bundle(request.code).await?;
    function.code = bundle.code.clone();
    let layers = lambda.layers_to_attach(&arns, &function)?;
    // Stay unpacked until the revision is cached, as the bundle does.
    let _layers = lambda.unpacked_layers(&layers, bundle.unpacked()).await?;
    if !lambda.insert_with_layers(&mut function, &arns)? {
        return Err(exists());
    }
    lambda.cache_revision(&function_ref, false).await;
    if request.publish == Some(true) {
        function = lambda.publish(&function_ref, None, |_| Ok(()))?;
    }
    Ok(function.configuration(&function.arn()))
}

/// The declared architecture, if it is this machine's.
pub fn checked_architecture(
    function: &str,
    declared: Option<Vec<String>>,
) -> Result<String, Fault> {
    let here = this_machines_architecture();
    match declared.unwrap_or_default().as_slice() {
        [] => Ok(here.to_owned()),
        [declared] if declared == here => Ok(here.to_owned()),
        [declared] if ["x86_64", "arm64"].contains(&declared.as_str()) => Err(invalid(format!(
            "{function} is declared for {declared}, but this machine is {here}; build it for \
             {here} and set `Architectures: [{here}]`"
        ))),
        declared => Err(constraint(
            "architectures",
            declared.join(", "),
            "one of x86_64 and arm64",
        )),
    }
}

pub async fn get(lambda: &Lambda, request: FunctionRequest) -> Answer {
    let function_ref = request.function_ref()?;
    let (function, configuration) = lambda.described(&function_ref).await?;
    let mut answer = json!({
        "Configuration": configuration,
        "Code": { "RepositoryType": "S3", "Location": lambda.code_links.link(&function.code.digest) },
    });
    if !function.tags.is_empty() {
        answer["Tags"] = json!(function.tags);
    }
    if let Some(reserved) = function.reserved_concurrency {
        answer["Concurrency"] = json!({ "ReservedConcurrentExecutions": reserved });
    }
    Ok(answer)
}

pub async fn get_configuration(lambda: &Lambda, request: FunctionRequest) -> Answer {
    let (_, configuration) = lambda.described(&request.function_ref()?).await?;
    Ok(configuration)
}

pub async fn list(lambda: &Lambda, request: ListFunctionsRequest) -> Answer {
    let length = request.max_items.unwrap_or(MAX_PAGE);
    if !(1..=10_000).contains(&length) {
        return Err(constraint("maxItems", length, "1 to 10000"));
    }
    let after = request.marker.as_deref().map(|marker| {
        Cursor::from_token(LIST, marker).map_err(|_| invalid("The provided Marker is invalid."))
    });
    let after = after.transpose()?;
    let size = length.min(MAX_PAGE);
    let page = lambda.functions.page("", after.as_ref(), size, |_| true)?;
    let mut listed = Vec::new();
    for (name, function) in &page.items {
        if request.function_version.is_none() {
            listed.push(function.listed(&function.arn()));
            continue;
        }
        listed.push(function.listed(&format!("{}:{LATEST}", function.arn())));
        for (_, version) in lambda.versions.under(&versions::prefix(name))? {
            let version = version.function();
            listed.push(version.listed(&version.arn()));
        }
    }
    let mut answer = json!({ "Functions": listed });
    if let Some(next) = page.next {
        answer["NextMarker"] = json!(next.token(LIST));
    }
    Ok(answer)
}

pub async fn delete(lambda: &Lambda, request: FunctionRequest) -> Answer {
    let function_ref = request.function_ref()?;
    match function_ref.qualifier.as_deref() {
        None => {}
        Some(LATEST) => {
            return Err(invalid(
                "$LATEST version cannot be deleted without deleting the function.",
            ));
        }
        Some(_) => {
            lambda.delete_version(&function_ref)?;
            return Ok(json!({}));
        }
    }
    let name = &function_ref.name;
    let prefix = versions::prefix(name);
    let deleted = lambda.store.write::<_, Fault>(|transaction| {
        let function = lambda.functions.get_in(transaction, name)?;
        let function = function.ok_or_else(|| function_ref.not_found())?;
        let versions = lambda.versions.under_in(transaction, &prefix)?;
        lambda.functions.remove_in(transaction, name)?;
        lambda.versions.remove_under(transaction, &prefix)?;
        lambda
            .event_invoke_configs
            .remove_under(transaction, &event_invoke::prefix(name))?;
        let versions = versions.into_iter().map(|(_, version)| version.function());
        Ok(versions.chain([function]).collect::<Vec<_>>())
    })?;
    lambda.invalidate(name);
    for function in deleted {
        lambda.blobs.collect(&function.code.digest)?;
        lambda.release_layers(function.layer_keys())?;
    }
    Ok(json!({}))
}
