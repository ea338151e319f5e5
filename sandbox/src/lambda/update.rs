//! Changes of a function: other code, other settings. Each is done when it is answered; calls that
//! are under way end with what they began with.

use serde::Deserialize;
use serde_json::Value;

use super::Lambda;
use super::address::Address;
use super::bundle::Source;
use super::functions::checked_architecture;
use super::settings::{Settings, refuse_what_is_not_here};
use crate::fault::Answer;
use crate::wire::{lenient, read};

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct UpdateFunctionCode {
    function_name: String,
    architectures: Option<Vec<String>>,
    #[serde(default, deserialize_with = "lenient")]
    dry_run: Option<bool>,
    revision_id: Option<String>,
    #[serde(flatten)]
    source: Source,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct UpdateFunctionConfiguration {
    function_name: String,
    revision_id: Option<String>,
    #[serde(flatten)]
    settings: Settings,
}

pub async fn code(lambda: &Lambda, asked: UpdateFunctionCode) -> Answer {
    let address = Address::read(&asked.function_name, None)?;
    let revision = asked.revision_id.as_deref();
    // Before the zip is worked on; and again, in case that it changes meanwhile.
    lambda.function(&address)?.expect_revision(revision)?;
    let architecture = match asked.architectures {
        Some(declared) => Some(checked_architecture(&address.name, Some(declared))?),
        None => None,
    };
    let bundle = lambda.bundle(asked.source).await?;
    if asked.dry_run == Some(true) {
        let mut function = lambda.function(&address)?;
        function.code = bundle.code.clone();
        return Ok(function.configuration(&address.arn()));
    }
    let (function, before) = lambda.change(&address, |function| {
        function.expect_revision(revision)?;
        if let Some(architecture) = architecture {
            function.architecture = architecture;
        }
        let before = std::mem::replace(&mut function.code, bundle.code.clone());
        function.touch();
        Ok((function.clone(), before))
    })?;
    lambda.forget(&address.name);
    lambda.blobs.collect(&before.digest)?;
    lambda.make_ready(&address).await;
    Ok(function.configuration(&address.arn()))
}

pub async fn configuration(lambda: &Lambda, parameters: Value) -> Answer {
    refuse_what_is_not_here(&parameters)?;
    let asked: UpdateFunctionConfiguration = read(parameters, Lambda::DESCRIPTION.protocol)?;
    let address = Address::read(&asked.function_name, None)?;
    let function = lambda.change(&address, |function| {
        function.expect_revision(asked.revision_id.as_deref())?;
        asked.settings.apply(function)?;
        function.touch();
        Ok(function.clone())
    })?;
    lambda.forget(&address.name);
    lambda.make_ready(&address).await;
    Ok(function.configuration(&address.arn()))
}
