//! API Gateway: REST APIs.
//!
//! An API is a record with all that it consists of ([`definition`]). A deployment is a copy of that, and a
//! stage serves one deployment. What stages answer at their hosts is in [`execution`].

mod access;
mod account;
mod authorizers;
mod definition;
mod deployments;
mod execution;
mod export;
mod fault;
mod gateway_responses;
mod ids;
mod import;
mod integration_uri;
mod integrations;
mod list;
mod methods;
mod models;
mod patch;
mod resources;
mod rest_apis;
mod routes;
mod stages;
mod tags;
mod validators;

use std::sync::Arc;

use serde_json::Value;

use super::authorise::Authority;
use super::cognito::Cognito;
use super::fault::{Answer, Fault};
use super::keys::Keyring;
use super::lambda::Lambda;
use super::logs::Logs;
use super::service::{Service, service};
use super::store::{Records, Store};
use super::wire::{self, Protocol};
use account::Account;
use deployments::Deployment;
use execution::Execution;
use rest_apis::RestApi;
use stages::Stage;

pub use execution::ExecuteApi;
pub use import::Options as ImportOptions;
pub use tags::arn;

#[derive(Debug)]
pub struct ApiGateway {
    store: Arc<Store>,
    accounts: Records<Account>,
    apis: Records<RestApi>,
    /// [`within`] their API.
    deployments: Records<Deployment>,
    stages: Records<Stage>,
    lambda: Arc<Lambda>,
    logs: Arc<Logs>,
    cognito: Arc<Cognito>,
    keyring: Arc<Keyring>,
    authority: Arc<dyn Authority>,
    execution: Execution,
}

/// Who may call methods.
#[derive(Clone, Debug)]
pub struct Callers {
    pub cognito: Arc<Cognito>,
    pub keyring: Arc<Keyring>,
    pub authority: Arc<dyn Authority>,
}

service! { ApiGateway {
    name: "API Gateway",
    signing_name: "apigateway",
    protocol: Protocol::RestJson { routes: routes::ROUTES },
    invalid: "BadRequestException",
    longest_body: 6 << 20,
    members: include_str!("members.txt"),
    operations: {
        CreateAuthorizer as POST on access::authorizers => authorizers::create,
        CreateDeployment as POST on access::deployments => deployments::create,
        CreateModel as POST on access::models => models::create,
        CreateRequestValidator as POST on access::validators => validators::create,
        CreateResource as POST on access::parent => resources::create,
        CreateRestApi as POST on access::apis => rest_apis::create,
        CreateStage as POST on access::stages => stages::create,
        DeleteAuthorizer as DELETE on access::authorizer => authorizers::delete,
        DeleteDeployment as DELETE on access::deployment => deployments::delete,
        DeleteGatewayResponse as DELETE on access::gateway_response => gateway_responses::delete,
        DeleteIntegration as DELETE on access::integration => integrations::delete,
        DeleteIntegrationResponse as DELETE on access::integration_response => integrations::delete_response,
        DeleteMethod as DELETE on access::method => methods::delete,
        DeleteMethodResponse as DELETE on access::method_response => methods::delete_response,
        DeleteModel as DELETE on access::model => models::delete,
        DeleteRequestValidator as DELETE on access::validator => validators::delete,
        DeleteResource as DELETE on access::resource => resources::delete,
        DeleteRestApi as DELETE on access::api => rest_apis::delete,
        DeleteStage as DELETE on access::stage => stages::delete,
        GetAccount as GET on access::account => account::get,
        GetAuthorizer as GET on access::authorizer => authorizers::get,
        GetAuthorizers as GET on access::authorizers => authorizers::list,
        GetDeployment as GET on access::deployment => deployments::get,
        GetDeployments as GET on access::deployments => deployments::list,
        GetExport as GET on access::export => export::get,
        GetGatewayResponse as GET on access::gateway_response => gateway_responses::get,
        GetGatewayResponses as GET on access::gateway_responses => gateway_responses::list,
        GetIntegration as GET on access::integration => integrations::get,
        GetIntegrationResponse as GET on access::integration_response => integrations::get_response,
        GetMethod as GET on access::method => methods::get,
        GetMethodResponse as GET on access::method_response => methods::get_response,
        GetModel as GET on access::model => models::get,
        GetModels as GET on access::models => models::list,
        GetRequestValidator as GET on access::validator => validators::get,
        GetRequestValidators as GET on access::validators => validators::list,
        GetResource as GET on access::resource => resources::get,
        GetResources as GET on access::resources => resources::list,
        GetRestApi as GET on access::api => rest_apis::get,
        GetRestApis as GET on access::apis => rest_apis::list,
        GetStage as GET on access::stage => stages::get,
        GetStages as GET on access::stages => stages::list,
        GetTags as GET on access::tags => tags::list,
        ImportRestApi as POST on access::apis => import::import,
        PutGatewayResponse as PUT on access::gateway_response => gateway_responses::put,
        PutIntegration as PUT on access::integration => integrations::put,
        PutIntegrationResponse as PUT on access::integration_response => integrations::put_response,
        PutMethod as PUT on access::method => methods::put,
        PutMethodResponse as PUT on access::method_response => methods::put_response,
        PutRestApi as PUT on access::api => import::put,
        TagResource as PUT on access::tags => tags::tag,
        TestInvokeAuthorizer as POST on access::authorizer => authorizers::test_invoke,
        TestInvokeMethod as POST on access::method => execution::test_invoke::test_invoke,
        UntagResource as DELETE on access::tags => tags::untag,
        UpdateAccount as PATCH on access::account => account::update,
        UpdateAuthorizer as PATCH on access::authorizer => authorizers::update,
        UpdateDeployment as PATCH on access::deployment => deployments::update,
        UpdateGatewayResponse as PATCH on access::gateway_response => gateway_responses::update,
        UpdateIntegration as PATCH on access::integration => integrations::update,
        UpdateIntegrationResponse as PATCH on access::integration_response => integrations::update_response,
        UpdateMethod as PATCH on access::method => methods::update,
        UpdateMethodResponse as PATCH on access::method_response => methods::update_response,
        UpdateModel as PATCH on access::model => models::update,
        UpdateRequestValidator as PATCH on access::validator => validators::update,
        UpdateResource as PATCH on access::resource => resources::update,
        UpdateRestApi as PATCH on access::api => rest_apis::update,
        UpdateStage as PATCH on access::stage => stages::update,
    },
} }

/// The key of what is in an API.
fn within(api: &str, name: &str) -> String {
    format!("{api}/{name}")
}

impl ApiGateway {
    pub fn new(
        store: &Arc<Store>,
        lambda: &Arc<Lambda>,
        logs: &Arc<Logs>,
        callers: Callers,
    ) -> Self {
        let Callers {
            cognito,
            keyring,
            authority,
        } = callers;
        Self {
            store: store.clone(),
            accounts: Records::new(store),
            apis: Records::new(store),
            deployments: Records::new(store),
            stages: Records::new(store),
            lambda: lambda.clone(),
            logs: logs.clone(),
            cognito,
            keyring,
            authority,
            execution: Execution::default(),
        }
    }

    /// Does a `Create` operation of which the service usually chooses the id.
    pub fn create_as(&self, operation: &'static str, id: &str, parameters: Value) -> Answer {
        let known = self.members().check(operation, &parameters);
        known.map_err(|refusal| Self::DESCRIPTION.refused(&refusal))?;
        let protocol = Self::DESCRIPTION.protocol;
        match operation {
            "CreateAuthorizer" => {
                authorizers::create_as(self, id, wire::read(parameters, protocol)?)
            }
            "CreateDeployment" => {
                deployments::create_as(self, id, wire::read(parameters, protocol)?)
            }
            "CreateRequestValidator" => {
                validators::create_as(self, id, wire::read(parameters, protocol)?)
            }
            "CreateResource" => resources::create_as(self, id, wire::read(parameters, protocol)?),
            "CreateRestApi" => rest_apis::create_as(self, id, wire::read(parameters, protocol)?),
            other => Err(Self::DESCRIPTION.unknown_operation(other)),
        }
    }

    fn api(&self, id: &str) -> Result<RestApi, Fault> {
        self.apis.get(id)?.ok_or_else(|| fault::no_such_api(id))
    }

    fn stage(&self, api: &str, name: &str) -> Result<Stage, Fault> {
        let found = self.stages.get(&within(api, name))?;
        found.ok_or_else(|| fault::not_found("Stage"))
    }

    /// Changes an existing API; when `change` fails, nothing is changed.
    fn change<T>(
        &self,
        id: &str,
        change: impl FnOnce(&mut RestApi) -> Result<T, Fault>,
    ) -> Result<T, Fault> {
        self.apis.change(id, |api| match api {
            Some(api) => change(api),
            None => Err(fault::no_such_api(id)),
        })
    }

    fn change_stage<T>(
        &self,
        api: &str,
        name: &str,
        change: impl FnOnce(&mut Stage) -> Result<T, Fault>,
    ) -> Result<T, Fault> {
        self.stages.change(&within(api, name), |stage| match stage {
            Some(stage) => change(stage),
            None => Err(fault::not_found("Stage")),
        })
    }
}
