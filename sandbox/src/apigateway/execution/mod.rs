//! What the stages of APIs answer at their hosts, `<api>.execute-api.localhost/<stage>/…`.

mod access_log;
mod answer;
pub mod authorisation;
mod call;
mod custom;
mod event;
mod gateway_answer;
mod iam;
mod log;
mod parameters;
mod proxy_answer;
mod request;
mod routes;
mod run;
mod schema;
mod substitution;
mod throttle;
mod validation;

pub mod test_invoke;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use http::request::Parts;
use http::{Request, Response, StatusCode};

use super::deployments::Deployment;
use super::stages::Stage;
use super::{ApiGateway, within};
use crate::clock::now;
use crate::fault::Fault;
use crate::memory_budget::MemoryBudget;
use crate::service::{DataPlane, SentUri};
use crate::wire::{self, Body};
use answer::{Answer, Failure};
use call::{Call, Ids, Who};
use gateway_answer::Known;
use log::Log;
use request::ApiRequest;
use routes::Route;
use throttle::Throttle;

/// Of a body, in bytes. Source: "Amazon API Gateway quotas" in its guide.
const LONGEST_BODY: usize = 10 << 20;
/// Of the deployments that are at hand.
const MOST_DEPLOYMENTS: usize = 32;

/// What serving stages needs in memory.
#[derive(Debug, Default)]
pub struct Execution {
    /// By key. A deployment does not change.
    deployments: Mutex<HashMap<String, Arc<Deployment>>>,
    throttle: Throttle,
    memory: MemoryBudget,
}

/// The hosts of the APIs.
#[derive(Debug)]
pub struct ExecuteApi(pub Arc<ApiGateway>);

#[async_trait]
impl DataPlane for ExecuteApi {
    fn domain(&self) -> &'static str {
        "execute-api"
    }

    async fn answer(&self, api: &str, request: Request<Body>, request_id: &str) -> Response<Body> {
        let ids = Ids::new(request_id, now());
        let mut response = self.0.serve(api, request, &ids).await;
        let headers = response.headers_mut();
        wire::set(headers, wire::REQUEST_ID, request_id);
        wire::set(headers, "x-amz-apigw-id", &ids.extended);
        response
    }
}

/// What a stage serves.
struct Served {
    stage: Stage,
    deployment: Arc<Deployment>,
}

impl ApiGateway {
    async fn serve(&self, api: &str, request: Request<Body>, ids: &Ids) -> Response<Body> {
        let (mut parts, body) = request.into_parts();
        let (name, path) = stage_and_path(parts.uri.path());
        let served = match self.served(api, name) {
            Ok(Some(served)) => served,
            Ok(None) => return forbidden(),
            Err(fault) => return unanswered(&fault),
        };
        let path = path.to_owned();
        let read = self
            .execution
            .memory
            .read(&parts.headers, body, LONGEST_BODY)
            .await;
        let (bytes, failure) = match &read {
            Ok(body) => (body.bytes.clone(), None),
            Err(fault) if fault.status == StatusCode::PAYLOAD_TOO_LARGE => {
                (Default::default(), Some(Failure::RequestTooLarge))
            }
            Err(fault) => return unanswered(fault),
        };
        let request = ApiRequest::new(&parts, &path, bytes, &ids.trace);
        if let Some(SentUri(uri)) = parts.extensions.remove() {
            parts.uri = uri;
        }
        self.serve_stage(api, &served, &request, &parts, failure, ids)
            .await
    }

    fn served(&self, api: &str, stage: &str) -> Result<Option<Served>, Fault> {
        let Some(stage) = self.stages.get(&within(api, stage))? else {
            return Ok(None);
        };
        let key = within(api, &stage.deployment_id);
        let Some(deployment) = self.deployment(&key)? else {
            return Ok(None);
        };
        let is_open = !deployment.definition.disable_execute_api_endpoint;
        Ok(is_open.then_some(Served { stage, deployment }))
    }

    fn deployment(&self, key: &str) -> Result<Option<Arc<Deployment>>, Fault> {
        let at_hand = || {
            let deployments = self.execution.deployments.lock();
            deployments.unwrap_or_else(PoisonError::into_inner)
        };
        if let Some(found) = at_hand().get(key) {
            return Ok(Some(found.clone()));
        }
        let Some(found) = self.deployments.get(key)?.map(Arc::new) else {
            return Ok(None);
        };
        let mut deployments = at_hand();
        if deployments.len() >= MOST_DEPLOYMENTS {
            deployments.clear();
        }
        deployments.insert(key.to_owned(), found.clone());
        Ok(Some(found))
    }

    /// `sent` is the request's head as it was sent.
    async fn serve_stage(
        &self,
        api: &str,
        served: &Served,
        request: &ApiRequest,
        sent: &Parts,
        failure: Option<Failure>,
        ids: &Ids,
    ) -> Response<Body> {
        let Served { stage, deployment } = served;
        let definition = &deployment.definition;
        let route = routes::find(definition, &request.method, &request.raw_path);
        let is_routed = route.is_some();
        let nothing = Default::default();
        let nowhere = Default::default();
        let route = route.unwrap_or_else(|| Route {
            resource: &nowhere,
            path: String::new(),
            method: &nothing,
            parameters: Vec::new(),
        });
        let mut call = Call {
            request,
            definition,
            route: &route,
            api,
            stage: &stage.stage_name,
            deployment: Some(&deployment.id),
            variables: &stage.variables,
            ids,
            who: Who::Anyone,
            started: now(),
        };
        let unsigned;
        let result = match failure {
            Some(failure) => Err(failure),
            None if !is_routed => Err(Failure::MissingAuthenticationToken),
            None if !self.admits(stage, &call) => Err(Failure::Throttled),
            None => match authorisation::check(self, &call, sent).await {
                Ok(who) => {
                    if let Who::Signer(_) = who {
                        unsigned = request.without_signature();
                        call.request = &unsigned;
                    }
                    call.who = who;
                    run::run(self, &call, &mut Log::Off).await
                }
                Err(failure) => Err(failure),
            },
        };
        let mut answer = answered(&call, result);
        if is_routed {
            answer.set("X-Amzn-Trace-Id", &*ids.trace);
        }
        access_log::write(&self.logs, stage, &call, &answer);
        answer.into_response()
    }

    fn admits(&self, stage: &Stage, call: &Call) -> bool {
        let method = &call.route.method.http_method;
        let Some(settings) = stage.settings(&call.route.path, method) else {
            return true;
        };
        let key = format!("{}/{}{}/{method}", call.api, call.stage, call.route.path);
        self.execution.throttle.take(key, settings, call.started)
    }
}

/// The answer of a method, by the API's gateway responses if it failed.
fn answered(call: &Call, result: Result<Answer, Failure>) -> Answer {
    let failure = match result {
        Ok(mut answer) => {
            if answer.header("Content-Type").is_none() {
                answer.set("Content-Type", "application/json");
            }
            return answer;
        }
        Err(failure) => failure,
    };
    let known = Known {
        request: call.request,
        context: call.context(),
        variables: call.variables,
    };
    gateway_answer::answer(&failure, call.definition, &known)
}

/// The first segment of a path, and the rest.
fn stage_and_path(path: &str) -> (&str, &str) {
    let path = path.strip_prefix('/').unwrap_or(path);
    match path.find('/') {
        Some(slash) => path.split_at(slash),
        None => (path, "/"),
    }
}

/// There is no such API or stage.
fn forbidden() -> Response<Body> {
    Answer {
        status: 403,
        headers: vec![(
            "x-amzn-ErrorType".to_owned(),
            "ForbiddenException".to_owned(),
        )],
        body: r#"{"message":"Forbidden"}"#.into(),
    }
    .into_response()
}

/// The request did not arrive, or the sandbox failed.
fn unanswered(fault: &Fault) -> Response<Body> {
    let message = match fault.status.is_server_error() {
        true => "Internal server error",
        false => &fault.message,
    };
    Answer {
        status: fault.status.as_u16(),
        headers: vec![("x-amzn-ErrorType".to_owned(), fault.code.clone())],
        body: serde_json::json!({ "message": message }).to_string().into(),
    }
    .into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_segment_is_the_stage() {
        for (path, stage, rest) in [
            ("/prod/pets/1", "prod", "/pets/1"),
            ("/prod", "prod", "/"),
            ("/prod/", "prod", "/"),
            ("/", "", "/"),
            ("//prod", "", "/prod"),
        ] {
            assert_eq!(stage_and_path(path), (stage, rest), "{path}");
        }
    }
}
