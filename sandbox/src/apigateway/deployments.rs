//! Deployments: copies of an API's definition, for its stages to serve. A deployment never changes, but
//! for its description.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::definition::{Definition, Texts};
use super::fault::{
    bad_request, check_description, conflict, limit_exceeded, no_such_api, not_found,
};
use super::models::{ListRequest, find_method};
use super::patch::{self, Kind, PatchOperation, Patchable};
use super::stages::{self, Stage};
use super::{ApiGateway, ids, within};
use crate::clock::now;
use crate::fault::{Answer, Fault};
use crate::store::Record;

/// Of an API. Source: "Amazon API Gateway quotas" in its guide.
const MOST: usize = 300;

#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Deployment {
    pub id: String,
    pub description: Option<String>,
    /// In seconds since 1970.
    pub created_date: i64,
    pub definition: Definition,
}

impl Record for Deployment {
    const KIND: &'static str = "apigateway.deployment";
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CreateDeploymentRequest {
    rest_api_id: String,
    stage_name: Option<String>,
    stage_description: Option<String>,
    description: Option<String>,
    variables: Option<Texts>,
    tracing_enabled: Option<bool>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct DeploymentRef {
    rest_api_id: String,
    deployment_id: String,
    #[serde(default)]
    embed: Vec<String>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct UpdateDeploymentRequest {
    rest_api_id: String,
    deployment_id: String,
    #[serde(default)]
    patch_operations: Vec<PatchOperation>,
}

pub async fn create(gateway: &ApiGateway, request: CreateDeploymentRequest) -> Answer {
    create_as(gateway, &ids::new(ids::INNER), request)
}

/// Creates a deployment that has this id, and creates or moves its stage if it names one.
pub fn create_as(gateway: &ApiGateway, id: &str, request: CreateDeploymentRequest) -> Answer {
    let api_id = &request.rest_api_id;
    check_description(request.description.as_deref())?;
    gateway.store.write(|transaction| {
        let api = gateway.apis.get_in(transaction, api_id)?;
        let definition = api.ok_or_else(|| no_such_api(api_id))?.definition;
        check(&definition)?;
        let all = gateway.deployments.under_in(transaction, &within(api_id, ""))?;
        if all.len() >= MOST {
            return Err(limit_exceeded(
                "Maximum number of deployments for this API has been reached. Please contact AWS if \
                 you need additional deployments.",
            ));
        }
        let key = within(api_id, id);
        if gateway.deployments.get_in(transaction, &key)?.is_some() {
            return Err(conflict("The deployment identifier is in use"));
        }
        let deployment = Deployment {
            id: id.to_owned(),
            description: request.description,
            created_date: now() / 1000,
            definition,
        };
        gateway.deployments.put_in(transaction, &key, &deployment)?;
        if let Some(name) = request.stage_name.filter(|name| !name.is_empty()) {
            stages::check_name(&name)?;
            let key = within(api_id, &name);
            let found = gateway.stages.get_in(transaction, &key)?;
            let mut stage = found.unwrap_or_else(|| Stage::new(&name, id));
            id.clone_into(&mut stage.deployment_id);
            stage.description = request.stage_description.or(stage.description);
            stage.variables = request.variables.unwrap_or(stage.variables);
            stage.tracing_enabled = request.tracing_enabled.unwrap_or(stage.tracing_enabled);
            stage.last_updated_date = now() / 1000;
            stage.check()?;
            gateway.stages.put_in(transaction, &key, &stage)?;
        }
        Ok(deployment.shown(false))
    })
}

pub async fn get(gateway: &ApiGateway, request: DeploymentRef) -> Answer {
    gateway.api(&request.rest_api_id)?;
    if let Some(other) = request.embed.iter().find(|it| *it != "apisummary") {
        return Err(bad_request(format!(
            "Invalid embed value specified: {other}"
        )));
    }
    let key = within(&request.rest_api_id, &request.deployment_id);
    let found = gateway.deployments.get(&key)?;
    let found = found.ok_or_else(|| not_found("Deployment"))?;
    Ok(found.shown(!request.embed.is_empty()))
}

pub async fn list(gateway: &ApiGateway, request: ListRequest) -> Answer {
    gateway.api(&request.rest_api_id)?;
    let all = gateway
        .deployments
        .under(&within(&request.rest_api_id, ""))?;
    let shown = all
        .into_iter()
        .map(|(_, it)| (it.id.clone(), it.shown(false)));
    request.page.of("deployments", shown.collect())
}

pub async fn update(gateway: &ApiGateway, request: UpdateDeploymentRequest) -> Answer {
    const PATCHABLE: &[Patchable] = &[("/description", Kind::Text)];
    gateway.api(&request.rest_api_id)?;
    let key = within(&request.rest_api_id, &request.deployment_id);
    gateway.deployments.change(&key, |deployment| {
        let deployment = deployment.as_mut().ok_or_else(|| not_found("Deployment"))?;
        patch::apply(deployment, PATCHABLE, &request.patch_operations)?;
        deployment.description.take_if(|text| text.is_empty());
        check_description(deployment.description.as_deref())?;
        Ok(deployment.shown(false))
    })
}

pub async fn delete(gateway: &ApiGateway, request: DeploymentRef) -> Answer {
    let DeploymentRef {
        rest_api_id: api,
        deployment_id: id,
        ..
    } = request;
    gateway.store.write(|transaction| {
        if gateway.apis.get_in(transaction, &api)?.is_none() {
            return Err(no_such_api(&api));
        }
        let stages = gateway.stages.under_in(transaction, &within(&api, ""))?;
        if stages.iter().any(|(_, stage)| stage.deployment_id == id) {
            return Err(bad_request(
                "Active stages pointing to this deployment must be moved or deleted",
            ));
        }
        let key = within(&api, &id);
        if gateway.deployments.remove_in(transaction, &key)? {
            Ok(json!({}))
        } else {
            Err(not_found("Deployment"))
        }
    })
}

/// Refuses a definition that no stage could serve.
fn check(definition: &Definition) -> Result<(), Fault> {
    if find_method(definition, |_| true).is_none() {
        return Err(bad_request("The REST API doesn't contain any methods"));
    }
    if find_method(definition, |method| method.method_integration.is_none()).is_some() {
        return Err(bad_request("No integration defined for method"));
    }
    Ok(())
}

impl Deployment {
    fn shown(&self, with_summary: bool) -> Value {
        let mut shown = json!({ "id": self.id, "createdDate": self.created_date });
        if let Some(description) = &self.description {
            shown["description"] = json!(description);
        }
        if with_summary {
            let resources = self.definition.resources.values();
            let resources = resources.filter(|resource| !resource.methods.is_empty());
            let summary = resources.map(|resource| {
                let methods = resource.methods.iter().map(|(name, method)| {
                    let summary = json!({
                        "authorizationType": method.authorization_type,
                        "apiKeyRequired": method.api_key_required,
                    });
                    (name.clone(), summary)
                });
                let methods = methods.collect::<Map<_, _>>();
                (self.definition.path(resource), Value::Object(methods))
            });
            shown["apiSummary"] = Value::Object(summary.collect());
        }
        shown
    }
}
