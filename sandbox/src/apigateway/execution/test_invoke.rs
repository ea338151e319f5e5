//! `TestInvokeMethod`: runs a method of the API as it is now, without a stage, and tells how it went.

use std::time::Instant;

use serde::Deserialize;
use serde_json::{Value, json};
use uuid::Uuid;

use super::call::{Call, Ids, TEST_STAGE, Who};
use super::log::{self, Log};
use super::request::{ApiRequest, Pairs, pairs_of_query};
use super::{answered, routes, run};
use crate::apigateway::ApiGateway;
use crate::apigateway::definition::Texts;
use crate::apigateway::methods::MethodRef;
use crate::clock::now;
use crate::fault::Answer;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct TestInvokeMethodRequest {
    #[serde(flatten)]
    at: MethodRef,
    path_with_query_string: Option<String>,
    body: Option<String>,
    #[serde(default)]
    headers: Texts,
    #[serde(default)]
    multi_value_headers: std::collections::BTreeMap<String, Vec<String>>,
    #[serde(default)]
    stage_variables: Texts,
}

pub async fn test_invoke(gateway: &ApiGateway, request: TestInvokeMethodRequest) -> Answer {
    let at = &request.at;
    let definition = gateway.api(&at.rest_api_id)?.definition;
    let resource = definition.resource(&at.resource_id)?;
    let methods = &resource.methods;
    let method = match methods.get(&at.http_method).or_else(|| methods.get("ANY")) {
        Some(method) => method,
        None => definition.method(&at.resource_id, &at.http_method)?,
    };
    let own_path = definition.path(resource);
    let target = request.path_with_query_string.as_deref();
    let target = target
        .filter(|target| !target.is_empty())
        .unwrap_or(&own_path);
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let tested = ApiRequest {
        // A test of `ANY` is one of GET.
        method: match at.http_method.as_str() {
            "ANY" => "GET".to_owned(),
            name => name.to_owned(),
        },
        raw_path: path.to_owned(),
        query: pairs_of_query(query),
        headers: headers(&request),
        body: request.body.clone().unwrap_or_default().into(),
    };
    let route = routes::of(&definition, resource, method, path);
    let ids = Ids::new(&Uuid::new_v4().to_string(), now());
    let call = Call {
        request: &tested,
        definition: &definition,
        route: &route,
        api: &at.rest_api_id,
        stage: TEST_STAGE,
        deployment: None,
        variables: &request.stage_variables,
        ids: &ids,
        who: Who::Anyone,
        started: now(),
    };
    let started = Instant::now();
    let mut log = Log::new(&ids.request);
    let result = run::run(gateway, &call, &mut log).await;
    let failure = result.as_ref().err().cloned();
    let mut answer = answered(&call, result);
    if failure.is_none() {
        answer
            .headers
            .insert(0, ("X-Amzn-Trace-Id".to_owned(), ids.trace.clone()));
    }
    match failure {
        Some(failure) => log.line(|| failure.reason()),
        None => {
            log.line(|| format!("Method response headers: {}", log::map(&answer.headers)));
            log.line(|| "Successfully completed execution".to_owned());
        }
    }
    log.line(|| format!("Method completed with status: {}", answer.status));
    let (headers, multiple): (Value, Value) = log::header_maps(&answer.headers);
    Ok(json!({
        "status": answer.status,
        "body": log::text(&answer.body),
        "headers": headers,
        "multiValueHeaders": multiple,
        "log": log.into_text(),
        "latency": u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX),
    }))
}

fn headers(request: &TestInvokeMethodRequest) -> Pairs {
    let mut headers = Pairs::new();
    for (name, values) in &request.multi_value_headers {
        headers.extend(values.iter().map(|value| (name.clone(), value.clone())));
    }
    for (name, value) in &request.headers {
        if !request.multi_value_headers.contains_key(name) {
            headers.push((name.clone(), value.clone()));
        }
    }
    headers
}
