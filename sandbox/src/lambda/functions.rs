//! The functions themselves: made, told, listed, deleted.

use serde::Deserialize;
use serde_json::{Value, json};

use super::Lambda;
use super::address::{Address, LATEST, arn};
use super::bundle::{Source, no_images};
use super::function::{Function, this_machines_architecture};
use super::settings::{Settings, constraint, invalid, refuse_what_is_not_here};
use super::tags;
use crate::fault::{Answer, Fault};
use crate::page::Cursor;
use crate::tags::Tags;
use crate::wire::{lenient, read};

/// Of functions in one answer.
const LONGEST_PAGE: usize = 50;
/// The name of the list of functions.
const LIST: &str = "Functions";

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct CreateFunction {
    function_name: String,
    #[serde(default)]
    code: Source,
    package_type: Option<String>,
    architectures: Option<Vec<String>>,
    #[serde(default)]
    tags: Tags,
    #[serde(flatten)]
    settings: Settings,
}

/// A function, by name and qualifier.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Named {
    function_name: String,
    qualifier: Option<String>,
}

impl Named {
    pub fn address(&self) -> Result<Address, Fault> {
        Address::read(&self.function_name, self.qualifier.as_deref())
    }
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Page {
    #[serde(default, deserialize_with = "lenient")]
    max_items: Option<usize>,
    marker: Option<String>,
}

pub async fn create(lambda: &Lambda, parameters: Value) -> Answer {
    refuse_what_is_not_here(&parameters)?;
    let asked: CreateFunction = read(parameters, Lambda::DESCRIPTION.protocol)?;
    let address = Address::read(&asked.function_name, None)?;
    if !address.is_latest() {
        return Err(invalid("a new function cannot have a qualifier"));
    }
    if asked.package_type.is_some_and(|kind| kind != "Zip") {
        return Err(no_images());
    }
    let mut function = Function::new(&address.name);
    function.architecture = checked_architecture(&function.name, asked.architectures)?;
    asked.settings.apply(&mut function)?;
    if function.runtime.is_empty() || function.handler.is_empty() {
        return Err(invalid(
            "Runtime and Handler are mandatory parameters for functions created with deployment \
             packages.",
        ));
    }
    if function.role.is_empty() {
        return Err(constraint("role", "null", "the ARN of a role"));
    }
    function.tags = tags::checked(asked.tags)?;
    let exists = || {
        let message = format!("Function already exist: {}", address.name);
        Fault::conflict("ResourceConflictException", message)
    };
    if lambda.functions.get(&address.name)?.is_some() {
        return Err(exists());
    }
    let bundle = lambda.bundle(asked.code).await?;
    function.code = bundle.code.clone();
    if !lambda.functions.insert(&address.name, &function)? {
        return Err(exists());
    }
    lambda.make_ready(&address).await;
    Ok(function.configuration(&function.arn()))
}

/// The architecture that was declared, if this machine has it.
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

pub async fn get(lambda: &Lambda, asked: Named) -> Answer {
    let address = asked.address()?;
    let function = lambda.function(&address)?;
    let mut answer = json!({
        "Configuration": function.configuration(&address.arn()),
        "Code": { "RepositoryType": "S3", "Location": lambda.links.link(&function.code.digest) },
    });
    if !function.tags.is_empty() {
        answer["Tags"] = json!(function.tags);
    }
    if let Some(reserved) = function.reserved_concurrency {
        answer["Concurrency"] = json!({ "ReservedConcurrentExecutions": reserved });
    }
    Ok(answer)
}

pub async fn get_configuration(lambda: &Lambda, asked: Named) -> Answer {
    let address = asked.address()?;
    Ok(lambda.function(&address)?.configuration(&address.arn()))
}

pub async fn list(lambda: &Lambda, asked: Page) -> Answer {
    let length = asked.max_items.unwrap_or(LONGEST_PAGE);
    if !(1..=10_000).contains(&length) {
        return Err(constraint("maxItems", length, "1 to 10000"));
    }
    let after = asked.marker.as_deref().map(|marker| {
        Cursor::from_token(LIST, marker).map_err(|_| invalid("The provided Marker is invalid."))
    });
    let after = after.transpose()?;
    let size = length.min(LONGEST_PAGE);
    let page = lambda.functions.page("", after.as_ref(), size, |_| true)?;
    let functions = page.items.iter();
    let listed = functions.map(|(_, function)| function.listed(&function.arn()));
    let mut answer = json!({ "Functions": listed.collect::<Vec<_>>() });
    if let Some(next) = page.next {
        answer["NextMarker"] = json!(next.token(LIST));
    }
    Ok(answer)
}

/// There is only the one that is not published.
pub async fn list_versions(lambda: &Lambda, asked: Named) -> Answer {
    let address = asked.address()?;
    let function = lambda.function(&address)?;
    let latest = format!("{}:{LATEST}", arn(&function.name));
    Ok(json!({ "Versions": [function.listed(&latest)] }))
}

pub async fn delete(lambda: &Lambda, asked: Named) -> Answer {
    let address = asked.address()?;
    if !address.is_latest() {
        return Err(address.not_found());
    }
    if address.qualifier.is_some() {
        return Err(invalid(
            "$LATEST version cannot be deleted without deleting the function.",
        ));
    }
    let function = lambda.functions.change(&address.name, |function| {
        function.take().ok_or_else(|| address.not_found())
    })?;
    lambda.forget(&address.name);
    lambda.blobs.collect(&function.code.digest)?;
    Ok(json!({}))
}
