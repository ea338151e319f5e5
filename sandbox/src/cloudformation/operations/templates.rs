//! `GetTemplate`, `GetTemplateSummary`, `ValidateTemplate`.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::{Value, json};

use super::Api;
use super::change_sets::find;
use crate::cloudformation::checks;
use crate::cloudformation::fault::invalid;
use crate::cloudformation::resources::Types;
use crate::cloudformation::stack::Stack;
use crate::cloudformation::template::{Parameter, Template};
use crate::cloudformation::template_source::TemplateSource;
use crate::fault::Fault;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct GetTemplateRequest {
    stack_name: Option<String>,
    change_set_name: Option<String>,
    template_stage: Option<String>,
}

pub async fn get(api: &Api, request: GetTemplateRequest) -> Result<Value, Fault> {
    let body = match (&request.change_set_name, &request.stack_name) {
        (Some(change_set), stack) => find(api, change_set, stack.as_deref())?.0.template,
        (None, Some(stack)) => template(api, &api.engine.stacks.get(stack)?)?,
        (None, None) => return Err(invalid("StackName or ChangeSetName must be specified")),
    };
    let body = match request.template_stage.as_deref() {
        Some("Processed") => match Template::parse(&body)? {
            template if template.transforms.is_empty() => body,
            template => template.processed().to_string(),
        },
        _ => body,
    };
    Ok(json!({ "TemplateBody": body, "StagesAvailable": ["Original", "Processed"] }))
}

fn template(api: &Api, stack: &Stack) -> Result<String, Fault> {
    if stack.has_no_template() {
        return Err(invalid(format!(
            "Stack [{}] is in {} state: it has no template until a change set is executed",
            stack.name, stack.status
        )));
    }
    api.engine.stacks.template(stack)
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct GetTemplateSummaryRequest {
    stack_name: Option<String>,
    #[serde(flatten)]
    source: TemplateSource,
}

pub async fn summary(api: &Api, request: GetTemplateSummaryRequest) -> Result<Value, Fault> {
    let body = match &request.stack_name {
        Some(name) if !request.source.is_given() => template(api, &api.engine.stacks.get(name)?)?,
        _ => request.source.read(&api.s3)?,
    };
    let template = Template::parse(&body)?;
    let mut summary = outline(&template, |parameter, shown| {
        shown["ParameterType"] = json!(parameter.kind);
        shown["ParameterConstraints"] = match parameter.allowed_values() {
            [] => json!({}),
            allowed => json!({ "AllowedValues": allowed }),
        };
    });
    let body = &template.body;
    summary["ResourceTypes"] = json!(template.resource_types());
    summary["Version"] = json!(body["AWSTemplateFormatVersion"].as_str());
    summary["Metadata"] = json!(body.get("Metadata").map(Value::to_string));
    summary["ResourceIdentifierSummaries"] = identifiers(&template, &api.engine.types);
    Ok(summary)
}

#[derive(Debug, Deserialize)]
pub struct ValidateTemplateRequest {
    #[serde(flatten)]
    source: TemplateSource,
}

pub async fn validate(api: &Api, request: ValidateTemplateRequest) -> Result<Value, Fault> {
    let template = Template::parse(&request.source.read(&api.s3)?)?;
    checks::resources(&template, &api.engine.types)?;
    Ok(outline(&template, |_, _| {}))
}

fn outline(template: &Template, and: impl Fn(&Parameter, &mut Value)) -> Value {
    let parameter = |(name, parameter): (&String, &Parameter)| {
        let mut shown = json!({
            "ParameterKey": name,
            "DefaultValue": parameter.default,
            "NoEcho": parameter.no_echo,
            "Description": parameter.description,
        });
        and(parameter, &mut shown);
        shown
    };
    let capabilities = template.capabilities();
    let names: Vec<&str> = capabilities
        .iter()
        .map(|capability| capability.name)
        .collect();
    let reasons: Vec<&str> = capabilities.iter().map(|it| it.reason.as_str()).collect();
    let none_for_empty = |list: Value| Some(list).filter(|list| *list != json!([]));
    json!({
        "Description": template.description,
        "Parameters": template.parameters.iter().map(parameter).collect::<Vec<Value>>(),
        "Capabilities": none_for_empty(json!(names)),
        "CapabilitiesReason": (!reasons.is_empty()).then(|| reasons.join(" ")),
        "DeclaredTransforms": none_for_empty(json!(template.transforms)),
    })
}

/// The logical ids by type, and what identifies its resources.
fn identifiers(template: &Template, types: &Types) -> Value {
    let mut by_type: BTreeMap<&str, Vec<&String>> = BTreeMap::new();
    for (logical_id, declared) in template.body["Resources"].as_object().into_iter().flatten() {
        let kind = declared["Type"].as_str().unwrap_or_default();
        by_type.entry(kind).or_default().push(logical_id);
    }
    let shown = |(kind, logical_ids): (&str, Vec<&String>)| {
        let identifiers = types.get(kind).map(|kind| kind.identifiers());
        json!({
            "ResourceType": kind,
            "LogicalResourceIds": logical_ids,
            "ResourceIdentifiers": identifiers.filter(|identifiers| !identifiers.is_empty()),
        })
    };
    by_type.into_iter().map(shown).collect()
}
