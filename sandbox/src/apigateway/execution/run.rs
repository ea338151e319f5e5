//! Runs a method: checks the request, calls the integration, and makes the answer.

use std::time::{Duration, Instant};

use bytes::Bytes;
use http::StatusCode;
use serde::de::IgnoredAny;
use serde_json::Value;
use tokio::time::timeout;
use uuid::Uuid;

use super::answer::{Answer, Failure};
use super::call::Call;
use super::custom::Returned;
use super::log::{self, Log};
use super::request::Pairs;
use super::{custom, event, iam, proxy_answer, validation};
use crate::apigateway::ApiGateway;
use crate::apigateway::definition::{Integration, IntegrationType};
use crate::apigateway::integration_uri::FunctionUri;
use crate::lambda::{InvocationResponse, NotInvoked, ServiceInvocation, Source};

/// What a function is sent.
struct Payload {
    function: String,
    bytes: Bytes,
}

pub async fn run(gateway: &ApiGateway, call: &Call<'_>, log: &mut Log) -> Result<Answer, Failure> {
    log_request(call, log);
    validation::check(call)?;
    let integration = call.route.method.method_integration.as_ref();
    let integration = integration
        .ok_or_else(|| Failure::Configuration("No integration defined for method".to_owned()))?;
    match integration.kind {
        IntegrationType::Mock => {
            let request = custom::request(call, integration)?;
            let status = custom::mock_status(&request.body)?;
            let returned = Answer {
                status,
                headers: Pairs::new(),
                body: Bytes::new(),
            };
            let returned = Returned {
                answer: &returned,
                selection: &status.to_string(),
                overrides: request.overrides,
            };
            custom::answer(call, integration, &returned, log)
        }
        IntegrationType::AwsProxy => proxy(gateway, call, integration, log).await,
        IntegrationType::Aws => aws(gateway, call, integration, log).await,
    }
}

fn log_request(call: &Call, log: &mut Log) {
    let request = call.request;
    log.line(|| format!("Starting execution for request: {}", call.ids.request));
    log.line(|| {
        let path = &request.raw_path;
        format!("HTTP Method: {}, Resource Path: {path}", request.method)
    });
    log.line(|| format!("Method request path: {}", log::map(&call.route.parameters)));
    log.line(|| format!("Method request query string: {}", log::map(&request.query)));
    log.line(|| format!("Method request headers: {}", log::map(&request.headers)));
    log.line(|| {
        let body = log::text(&request.body);
        format!("Method request body before transformations: {body}")
    });
}

async fn proxy(
    gateway: &ApiGateway,
    call: &Call<'_>,
    integration: &Integration,
    log: &mut Log,
) -> Result<Answer, Failure> {
    let payload = payload(call, integration, event::event(call).to_string().into())?;
    iam::check_integration(gateway, call, integration, &payload.function)?;
    let invoked = invoke(gateway, call, integration, payload, log).await?;
    if invoked.function_error.is_some() {
        let error = log::text(&invoked.payload);
        log.line(|| {
            format!(
                "Lambda execution failed with status 200 due to customer function error: {error}"
            )
        });
        return Err(Failure::Integration("the function failed".to_owned()));
    }
    let answer = proxy_answer::read(&invoked.payload, call.accepts_binary());
    answer.map_err(|why| Failure::Integration(format!("Malformed Lambda proxy response: {why}")))
}

async fn aws(
    gateway: &ApiGateway,
    call: &Call<'_>,
    integration: &Integration,
    log: &mut Log,
) -> Result<Answer, Failure> {
    let request = custom::request(call, integration)?;
    let is_event = request.headers.iter().any(|(name, value)| {
        name.eq_ignore_ascii_case("X-Amz-Invocation-Type") && value == "Event"
    });
    let body = match request.body.is_empty() {
        true => Bytes::from_static(b"{}"),
        false => request.body,
    };
    let (answer, error) = if serde_json::from_slice::<IgnoredAny>(&body).is_err() {
        log.line(|| "Lambda could not parse the request body into JSON".to_owned());
        let message = r#"{"Type":"User","message":"Could not parse request body into json"}"#;
        (returned(400, Bytes::from_static(message.as_bytes())), None)
    } else if is_event {
        let payload = payload(call, integration, body)?;
        iam::check_integration(gateway, call, integration, &payload.function)?;
        let invocation = invocation(call, integration, payload);
        let accepted = gateway.lambda.accept_for_service(invocation);
        accepted.map_err(refused)?;
        (returned(202, Bytes::new()), None)
    } else {
        let payload = payload(call, integration, body)?;
        iam::check_integration(gateway, call, integration, &payload.function)?;
        let invoked = invoke(gateway, call, integration, payload, log).await?;
        let error = invoked.function_error.and_then(|_| {
            let error: Value = serde_json::from_slice(&invoked.payload).ok()?;
            Some(error["errorMessage"].as_str()?.to_owned())
        });
        (returned(200, invoked.payload), error)
    };
    let returned = Returned {
        // A function that succeeded has nothing that a pattern is for.
        selection: &error.unwrap_or_default(),
        answer: &answer,
        overrides: request.overrides,
    };
    custom::answer(call, integration, &returned, log)
}

fn returned(status: u16, body: Bytes) -> Answer {
    Answer {
        status,
        headers: vec![("Content-Type".to_owned(), "application/json".to_owned())],
        body,
    }
}

fn payload(call: &Call, integration: &Integration, bytes: Bytes) -> Result<Payload, Failure> {
    /// Of a request to a function, in bytes.
    const LARGEST: usize = 6 << 20;
    if bytes.len() > LARGEST {
        return Err(Failure::RequestTooLarge);
    }
    let uri = FunctionUri::parse(integration.uri.as_deref().unwrap_or_default());
    let uri = uri.map_err(|fault| Failure::Configuration(fault.message))?;
    if integration.http_method.as_deref() != Some("POST") {
        return Err(Failure::Configuration(
            "Invalid integration HTTP method: functions are invoked with POST".to_owned(),
        ));
    }
    Ok(Payload {
        function: uri.function(call.variables),
        bytes,
    })
}

fn invocation(call: &Call, integration: &Integration, payload: Payload) -> ServiceInvocation {
    let source = Source {
        principal: "apigateway.amazonaws.com",
        arn: call.source_arn(),
    };
    ServiceInvocation {
        function: payload.function,
        payload: payload.bytes,
        id: Uuid::new_v4().to_string(),
        source: integration.credentials.is_none().then_some(source),
    }
}

async fn invoke(
    gateway: &ApiGateway,
    call: &Call<'_>,
    integration: &Integration,
    payload: Payload,
    log: &mut Log,
) -> Result<InvocationResponse, Failure> {
    let url = format!(
        "https://lambda.{}.amazonaws.com/2015-03-31/functions/{}/invocations",
        crate::REGION,
        payload.function
    );
    log.line(|| format!("Endpoint request URI: {url}"));
    log.line(|| {
        let source = call.source_arn();
        let headers = [
            ("x-amzn-lambda-integration-tag", call.ids.request.as_str()),
            ("x-amz-source-arn", &source),
            ("Accept", "application/json"),
            ("User-Agent", "AmazonAPIGateway"),
            ("X-Amzn-Trace-Id", &call.ids.trace),
            ("Content-Type", "application/json"),
        ];
        let headers = headers.map(|(name, value)| (name.to_owned(), value.to_owned()));
        format!("Endpoint request headers: {}", log::map(&headers.to_vec()))
    });
    log.line(|| {
        let body = log::text(&payload.bytes);
        format!("Endpoint request body after transformations: {body}")
    });
    log.line(|| format!("Sending request to {url}"));
    let started = Instant::now();
    let invocation = invocation(call, integration, payload);
    let limit = Duration::from_millis(integration.timeout_in_millis);
    let ended = timeout(limit, gateway.lambda.invoke_for_service(invocation)).await;
    let invoked = ended.map_err(|_| Failure::TimedOut)?.map_err(refused)?;
    log.line(|| {
        let latency = started.elapsed().as_millis();
        format!("Received response. Status: 200, Integration latency: {latency} ms")
    });
    log.line(|| "Endpoint response headers: {Content-Type=application/json}".to_owned());
    log.line(|| {
        let body = log::text(&invoked.payload);
        format!("Endpoint response body before transformations: {body}")
    });
    Ok(invoked)
}

fn refused(refused: NotInvoked) -> Failure {
    match refused {
        NotInvoked::NotPermitted => {
            Failure::Configuration("Invalid permissions on Lambda function".to_owned())
        }
        NotInvoked::Fault(fault) if fault.status == StatusCode::PAYLOAD_TOO_LARGE => {
            Failure::RequestTooLarge
        }
        NotInvoked::Fault(fault) => Failure::Configuration(format!(
            "Lambda execution failed with status {} due to {}",
            fault.status.as_u16(),
            fault.message
        )),
    }
}
