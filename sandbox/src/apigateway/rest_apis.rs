//! REST APIs.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::definition::Definition;
use super::fault::{bad_request, check_description, conflict, no_such_api};
use super::list::{self, PageRequest};
use super::patch::{self, Kind, PatchOperation, Patchable};
use super::{ApiGateway, ids, tags};
use crate::clock::now;
use crate::fault::{Answer, Fault};
use crate::store::Record;
use crate::tags::Tags;

/// An API as it is now; see [`super::deployments`] for what its stages serve.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct RestApi {
    #[serde(default)]
    pub id: String,
    pub name: String,
    pub description: Option<String>,
    pub version: Option<String>,
    /// In seconds since 1970.
    #[serde(default)]
    pub created_date: i64,
    #[serde(default = "header")]
    pub api_key_source: String,
    #[serde(default)]
    pub endpoint_configuration: EndpointConfiguration,
    #[serde(default)]
    pub tags: Tags,
    #[serde(flatten)]
    pub definition: Definition,
}

fn header() -> String {
    "HEADER".to_owned()
}

#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(rename_all = "camelCase", default)]
pub struct EndpointConfiguration {
    pub types: Vec<String>,
    pub ip_address_type: String,
}

impl Default for EndpointConfiguration {
    fn default() -> Self {
        Self {
            types: vec!["EDGE".to_owned()],
            ip_address_type: "ipv4".to_owned(),
        }
    }
}

impl Record for RestApi {
    const KIND: &'static str = "apigateway.rest-api";
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RestApiRef {
    pub rest_api_id: String,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct UpdateRestApiRequest {
    rest_api_id: String,
    #[serde(default)]
    patch_operations: Vec<PatchOperation>,
}

const PATCHABLE: &[Patchable] = &[
    ("/name", Kind::Text),
    ("/description", Kind::Text),
    ("/version", Kind::Text),
    ("/apiKeySource", Kind::Text),
    ("/binaryMediaTypes/*", Kind::Item),
    ("/disableExecuteApiEndpoint", Kind::Flag),
    ("/endpointConfiguration/types/*", Kind::Item),
    ("/endpointConfiguration/ipAddressType", Kind::Text),
];

/// The name of the list.
const LIST: &str = "restapis";

pub async fn create(gateway: &ApiGateway, api: RestApi) -> Answer {
    create_as(gateway, &ids::new(ids::API), api)
}

/// Creates an API that has this id.
pub fn create_as(gateway: &ApiGateway, id: &str, mut api: RestApi) -> Answer {
    id.clone_into(&mut api.id);
    api.created_date = now() / 1000;
    let new = || ids::new(ids::INNER);
    api.definition = Definition {
        binary_media_types: api.definition.binary_media_types,
        disable_execute_api_endpoint: api.definition.disable_execute_api_endpoint,
        ..Definition::new(&ids::new(ids::API), [new(), new()])
    };
    api.check()?;
    if !gateway.apis.insert(id, &api)? {
        return Err(conflict("The API identifier is in use"));
    }
    Ok(api.shown())
}

pub async fn get(gateway: &ApiGateway, request: RestApiRef) -> Answer {
    Ok(gateway.api(&request.rest_api_id)?.shown())
}

pub async fn list(gateway: &ApiGateway, request: PageRequest) -> Answer {
    let start = request.start(LIST)?;
    let page = gateway
        .apis
        .page("", start.as_ref(), request.size()?, |_| true)?;
    Ok(list::answer(LIST, page.map(|(_, api)| api.shown())))
}

pub async fn update(gateway: &ApiGateway, request: UpdateRestApiRequest) -> Answer {
    gateway.change(&request.rest_api_id, |api| {
        patch::apply(api, PATCHABLE, &request.patch_operations)?;
        api.check()?;
        Ok(api.shown())
    })
}

/// Deletes the API with its stages and deployments.
pub async fn delete(gateway: &ApiGateway, request: RestApiRef) -> Answer {
    let id = request.rest_api_id;
    gateway.store.write(|transaction| {
        if !gateway.apis.remove_in(transaction, &id)? {
            return Err(no_such_api(&id));
        }
        let within = format!("{id}/");
        gateway.deployments.remove_under(transaction, &within)?;
        gateway.stages.remove_under(transaction, &within)?;
        Ok(json!({}))
    })
}

impl RestApi {
    pub fn check(&self) -> Result<(), Fault> {
        let Self {
            name,
            endpoint_configuration: endpoint,
            ..
        } = self;
        if name.is_empty() || name.chars().count() > 1024 {
            return Err(bad_request("Invalid API name specified"));
        }
        check_description(self.description.as_deref())?;
        if self.api_key_source != header() {
            return Err(bad_request(
                "the sandbox does not support this source of API keys; it supports HEADER",
            ));
        }
        let known = |kind: &String| ["EDGE", "REGIONAL"].contains(&kind.as_str());
        if endpoint.types.len() != 1 || !endpoint.types.iter().all(known) {
            return Err(bad_request(
                "Invalid endpoint type specified: an API has one, and the sandbox supports EDGE and \
                 REGIONAL",
            ));
        }
        if !["ipv4", "dualstack"].contains(&endpoint.ip_address_type.as_str()) {
            return Err(bad_request("Invalid IP address type specified"));
        }
        let is_media_type = |text: &String| {
            let (kind, part) = text.split_once('/').unwrap_or_default();
            !kind.is_empty() && !part.is_empty() && !text.contains(char::is_whitespace)
        };
        let media_types = &self.definition.binary_media_types;
        if let Some(wrong) = media_types.iter().find(|it| !is_media_type(it)) {
            return Err(bad_request(format!(
                "Invalid binary media type specified: {wrong}"
            )));
        }
        tags::check(&self.tags)
    }

    pub fn shown(&self) -> Value {
        let mut shown = json!({
            "id": self.id,
            "name": self.name,
            "createdDate": self.created_date,
            "apiKeySource": self.api_key_source,
            "endpointConfiguration": self.endpoint_configuration,
            "disableExecuteApiEndpoint": self.definition.disable_execute_api_endpoint,
            "tags": self.tags,
            "rootResourceId": self.definition.root().map(|root| &root.id),
        });
        let texts = [
            ("description", &self.description),
            ("version", &self.version),
        ];
        for (name, text) in texts {
            if let Some(text) = text.as_ref().filter(|text| !text.is_empty()) {
                shown[name] = json!(text);
            }
        }
        if !self.definition.binary_media_types.is_empty() {
            shown["binaryMediaTypes"] = json!(self.definition.binary_media_types);
        }
        shown
    }
}
