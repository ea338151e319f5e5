//! The endpoints of an API, and what is wrong with it as far as API Gateway and Lambda tell. Calls no function.

use std::collections::BTreeMap;

use futures_util::future::{try_join, try_join_all};
use serde::Serialize;
use serde_json::Value;

use super::invocation::{Invoked, is_permitted};
use super::{Api, Call, Cause, call, cors, route, served};
use crate::cloud::{ApiMethod, Cloud, CloudError};

/// An API as it is.
#[derive(Clone, Debug, Serialize)]
pub struct Endpoints {
    pub stack: String,
    /// The id of the REST API.
    pub api: String,
    pub stage: String,
    /// Where the stage answers.
    pub address: String,
    pub endpoints: Vec<Endpoint>,
    pub problems: Vec<Cause>,
    /// The requests whose answers pages of other origins may not read, such as `OPTIONS /new-game`, as far as that
    /// does not depend on functions.
    pub closed_to_pages: Vec<String>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Endpoint {
    pub method: String,
    pub path: String,
    /// Full name of the function that answers, if one does.
    pub function: Option<String>,
    pub integration: Integration,
    /// Whether an authorizer wants a token in the header `Authorization`.
    pub token: bool,
    /// With the parameters of the query string that the method declares.
    pub url: String,
}

/// What answers to a request, and in which way.
///
/// Source: API Gateway REST API reference, `Integration`, `type`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Integration {
    /// The function gets the whole request and makes the whole response.
    Proxy,
    /// Mapping templates make the event and the response.
    Custom,
    /// API Gateway itself.
    Mock,
    /// Another server.
    Http,
    /// Nothing: the method is not finished.
    None,
}

impl Integration {
    fn of(method: &ApiMethod) -> Self {
        let kind = method.integration.as_ref().map(|it| &it["type"]);
        match kind.and_then(Value::as_str) {
            Some("aws_proxy") => Self::Proxy,
            Some("aws") => Self::Custom,
            Some("mock") => Self::Mock,
            Some(_) => Self::Http,
            None => Self::None,
        }
    }
}

/// How the API stands.
pub async fn look(cloud: &Cloud, api: &Api) -> Result<Endpoints, CloudError> {
    let asked = try_join(cloud.api_methods(&api.id), cloud.api_stages(&api.id));
    let (methods, stages) = asked.await?;
    let (old, refused) = try_join(
        not_deployed(cloud, api, &methods, &stages),
        not_permitted(cloud, api, &methods),
    )
    .await?;
    Ok(Endpoints {
        stack: api.stack.clone(),
        api: api.id.clone(),
        stage: api.stage.clone(),
        address: api.address.clone(),
        endpoints: methods.iter().map(|method| endpoint(api, method)).collect(),
        problems: old.into_iter().chain(refused).collect(),
        closed_to_pages: match cors::is_for_pages(&methods) {
            true => cors::closed_to_pages(&methods),
            false => Vec::new(),
        },
    })
}

/// The requests whose answers pages of other origins may not read, as `OPTIONS /new-game`. For what functions say,
/// it sends a request that is `harmless`, if the API has its path.
pub async fn closed_to_pages(
    cloud: &Cloud,
    api: &Api,
    harmless: &Call,
) -> Result<Vec<String>, CloudError> {
    let methods = cloud.api_methods(&api.id).await?;
    let mut closed = cors::closed_to_pages(&methods);
    let Call { method, path, .. } = harmless;
    if route::find(&methods, method, path).is_some() {
        let answer = call(cloud, api, harmless).await?;
        let request = format!("{method} {path}");
        if !answer.headers.contains_key(cors::ALLOWED) && !closed.contains(&request) {
            closed.push(request);
        }
    }
    Ok(closed)
}

fn endpoint(api: &Api, method: &ApiMethod) -> Endpoint {
    let query = method.query.iter();
    let query = query.map(|name| format!("{name}={}", name.to_uppercase()));
    let query: Vec<String> = query.collect();
    let url = api.url(&method.path);
    Endpoint {
        method: method.method.clone(),
        path: method.path.clone(),
        function: Invoked::by(method).map(|it| it.function),
        integration: Integration::of(method),
        token: method.wants_token(),
        url: match &query[..] {
            [] => url,
            query => format!("{url}?{}", query.join("&")),
        },
    }
}

/// That the stage is missing, or serves another API. A server that cannot tell what a stage serves is believed to
/// serve what is there.
pub(super) async fn not_deployed(
    cloud: &Cloud,
    api: &Api,
    methods: &[ApiMethod],
    stages: &[String],
) -> Result<Option<Cause>, CloudError> {
    let stage = api.stage.clone();
    if !stages.contains(&stage) {
        let known = stages.to_vec();
        return Ok(Some(Cause::NoStage { stage, known }));
    }
    let document = match cloud.exported_api(&api.id, &stage).await {
        Err(error) if error.concerns_one_request() => return Ok(None),
        document => document?,
    };
    let changed = match document.is_object() {
        true => served::changed(methods, &document),
        false => Vec::new(),
    };
    let api = api.id.clone();
    Ok((!changed.is_empty()).then_some(Cause::NotDeployed {
        api,
        stage,
        changed,
    }))
}

/// That API Gateway may not call functions that methods name. A policy that cannot be read is believed to be right.
pub(super) async fn not_permitted(
    cloud: &Cloud,
    api: &Api,
    methods: &[ApiMethod],
) -> Result<Option<Cause>, CloudError> {
    let mut sources: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for method in methods {
        if let Some(invoked) = Invoked::by(method) {
            let source = invoked.source(&api.id, &api.stage, method);
            sources.entry(invoked.function).or_default().push(source);
        }
    }
    let policies = sources.keys().map(|function| async {
        match cloud.function_policy(function).await {
            Ok(policy) => Ok(Some(policy.unwrap_or_default())),
            Err(error) if error.concerns_one_request() => Ok(None),
            Err(error) => Err(error),
        }
    });
    let policies: Vec<Option<String>> = try_join_all(policies).await?;
    let refused = sources
        .into_iter()
        .zip(policies)
        .filter_map(|(it, policy)| {
            let ((function, sources), policy) = (it, policy?);
            let mut sources = sources.into_iter();
            let source = sources.find(|source| !is_permitted(&policy, source))?;
            Some((function, source))
        });
    let refused: Vec<(String, String)> = refused.collect();
    let Some((_, source)) = refused.first().cloned() else {
        return Ok(None);
    };
    let functions = refused.into_iter().map(|(function, _)| function).collect();
    Ok(Some(Cause::NoPermission { functions, source }))
}
