//! Updates of a function's code and configuration. An update is complete when it is answered; running
//! invocations end with the revision that they began with.

use serde::Deserialize;

use super::Lambda;
use super::bundle::CodeSource;
use super::event_invoke;
use super::function_ref::FunctionRef;
use super::functions::checked_architecture;
use super::part::Part;
use super::settings::Settings;
use crate::fault::Answer;
use crate::wire::lenient;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct UpdateFunctionCodeRequest {
    function_name: String,
    architectures: Option<Vec<String>>,
    #[serde(default, deserialize_with = "lenient")]
    dry_run: Option<bool>,
    #[serde(default, deserialize_with = "lenient")]
    publish: Option<bool>,
    revision_id: Option<String>,
    #[serde(flatten)]
    source: CodeSource,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct UpdateFunctionConfigurationRequest {
    function_name: String,
    revision_id: Option<String>,
    #[serde(flatten)]
    settings: Settings,
}

pub async fn code(lambda: &Lambda, request: UpdateFunctionCodeRequest) -> Answer {
    let function_ref = FunctionRef::parse(&request.function_name, None)?;
    let revision = request.revision_id.as_deref();
    // Checked before the zip is unpacked, and again with the change.
    lambda.function(&function_ref)?.expect_revision(revision)?;
    let architecture = match request.architectures {
        Some(declared) => Some(checked_architecture(&function_ref.name, Some(declared))?),
        None => None,
    };
    let bundle = lambda.bundle(request.source).await?;
    if request.dry_run == Some(true) {
        let mut function = lambda.function(&function_ref)?;
        function.code = bundle.code.clone();
        return Ok(function.configuration(&function_ref.arn()));
    }
    let layers = lambda.function(&function_ref)?.layers;
    lambda.unpacked_layers(&layers, bundle.unpacked()).await?;
    // Keeps the layers unpacked until the new revision is cached.
    let _before = lambda.cached_revision(&function_ref);
    let (function, before) = lambda.change(&function_ref, |function| {
        function.expect_revision(revision)?;
        if let Some(architecture) = architecture {
            function.architecture = architecture;
        }
        let before = std::mem::replace(&mut function.code, bundle.code.clone());
        function.touch();
        Ok((function.clone(), before))
    })?;
    let was_warm = lambda.invalidate(&function_ref.name);
    lambda.blobs.collect(&before.digest)?;
    lambda.cache_revision(&function_ref, was_warm).await;
    if request.publish == Some(true) {
        let version = lambda.publish(&function_ref, None, |_| Ok(()))?;
        return Ok(version.configuration(&version.arn()));
    }
    Ok(function.configuration(&function_ref.arn()))
}

pub async fn configuration(lambda: &Lambda, request: UpdateFunctionConfigurationRequest) -> Answer {
    let function_ref = FunctionRef::parse(&request.function_name, None)?;
    if request.settings.change_dead_letters() {
        let mut changed = lambda.function(&function_ref)?;
        request.settings.clone().apply(&mut changed)?;
        event_invoke::check_dead_letter(lambda, &changed)?;
    }
    let arns = request.settings.layers().map(<[String]>::to_vec);
    if let Some(arns) = &arns {
        let function = lambda.function(&function_ref)?;
        let layers = lambda.layers_to_attach(arns, &function)?;
        let code = lambda.unpacked(Part::code(&function.code.digest)).await?;
        lambda.unpacked_layers(&layers, &code).await?;
    }
    let _before = lambda.cached_revision(&function_ref);
    let (function, before) =
        lambda.change_with_layers(&function_ref, arns.as_deref(), |function| {
            function.expect_revision(request.revision_id.as_deref())?;
            request.settings.apply(function)?;
            function.touch();
            Ok(())
        })?;
    let was_warm = lambda.invalidate(&function_ref.name);
    lambda.release_layers(before)?;
    lambda.cache_revision(&function_ref, was_warm).await;
    Ok(function.configuration(&function_ref.arn()))
}
