//! From a failure to the answer that the API's gateway responses give.

use bytes::Bytes;
use serde_json::{Value, json};

use super::answer::{Answer, Failure};
use super::request::{ApiRequest, is_of_connection, last_values};
use super::substitution::{at, substituted};
use crate::apigateway::definition::{Definition, Texts};
use crate::apigateway::gateway_responses;

/// What a gateway response can name.
pub struct Known<'a> {
    pub request: &'a ApiRequest,
    pub context: Value,
    pub variables: &'a Texts,
}

pub fn answer(failure: &Failure, definition: &Definition, known: &Known) -> Answer {
    let kind = failure.kind();
    let message = failure.message();
    // Every kind has a response.
    let response = definition.answering(kind).unwrap_or_default();
    let own_status = response.status_code.as_deref();
    let own_status = own_status.filter(|_| !response.default_response);
    let status = own_status
        .and_then(|status| status.parse().ok())
        .or_else(|| failure.status())
        .unwrap_or_else(|| gateway_responses::status(kind));
    let mut context = known.context.clone();
    context["error"] = json!({
        "message": message,
        "messageString": Value::from(message.as_str()).to_string(),
        "responseType": kind,
        "validationErrorString": failure.reason(),
    });
    let accept = known.request.header("Accept").unwrap_or_default();
    let templates = &response.response_templates;
    let template = templates
        .get_key_value(accept)
        .or_else(|| templates.get_key_value("application/json"))
        .or_else(|| templates.iter().next());
    let stage = json!(known.variables);
    let body = match template {
        // As AWS writes these where no template was set.
        Some(_) if response.default_response && matches!(failure, Failure::AccessDenied(_)) => {
            json!({ "Message": message }).to_string()
        }
        Some(_) if response.default_response && has_space(failure) => {
            format!("{{\"message\": {}}}", Value::from(message.as_str()))
        }
        Some((_, template)) => {
            let variables = [("context", &context), ("stageVariables", &stage)];
            substituted(template, &variables, "")
        }
        None => String::new(),
    };
    let media_type = template.map_or("application/json", |(media_type, _)| media_type);
    let mut answer = Answer {
        status,
        headers: Vec::new(),
        body: Bytes::from(body),
    };
    answer.set("Content-Type", media_type);
    answer.set("x-amzn-ErrorType", failure.error_type());
    for (target, source) in &response.response_parameters {
        let name = target.strip_prefix("gatewayresponse.header.");
        let value = value(source, known, &context, &stage);
        if let (Some(name), Some(value)) = (name.filter(|name| !is_of_connection(name)), value) {
            answer.set(name, value);
        }
    }
    answer
}

/// AWS has a space in the bodies of what happens in a method.
fn has_space(failure: &Failure) -> bool {
    !matches!(
        failure,
        Failure::MissingAuthenticationToken
            | Failure::InvalidSignature(..)
            | Failure::ExpiredKeys
            | Failure::AccessDenied(_)
            | Failure::Unauthorized
            | Failure::TokenExpired
            | Failure::Authorizer
            | Failure::RequestTooLarge
            | Failure::Throttled
    )
}

fn value(source: &str, known: &Known, context: &Value, stage: &Value) -> Option<String> {
    if let Some(text) = source.strip_prefix('\'') {
        return Some(text.strip_suffix('\'').unwrap_or(text).to_owned());
    }
    let (root, name) = source.split_once('.')?;
    match root {
        "context" => at(context, name),
        "stageVariables" => at(stage, name),
        "method" => {
            let rest = name.strip_prefix("request.")?;
            let (place, name) = rest.split_once('.')?;
            match place {
                "header" => known.request.header(name).map(str::to_owned),
                "querystring" => {
                    let mut values = last_values(&known.request.query).into_iter();
                    values
                        .find(|(known, _)| known == name)
                        .map(|(_, value)| value)
                }
                _ => None,
            }
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::apigateway::definition::GatewayResponse;

    fn answered(failure: &Failure, definition: &Definition) -> Answer {
        let request = ApiRequest {
            headers: vec![("Origin".to_owned(), "http://here".to_owned())],
            ..ApiRequest::default()
        };
        let known = Known {
            request: &request,
            context: json!({ "requestId": "r" }),
            variables: &Texts::new(),
        };
        answer(failure, definition, &known)
    }

    #[test]
    fn a_failure_without_a_response_of_the_api_is_answered_as_aws_does() {
        let none = Definition::default();
        for (failure, status, body, error) in [
            (
                Failure::MissingAuthenticationToken,
                403,
                r#"{"message":"Missing Authentication Token"}"#,
                "MissingAuthenticationTokenException",
            ),
            (
                Failure::Integration("x".to_owned()),
                502,
                r#"{"message": "Internal server error"}"#,
                "InternalServerErrorException",
            ),
            (
                Failure::Configuration("x".to_owned()),
                500,
                r#"{"message": "Internal server error"}"#,
                "InternalServerErrorException",
            ),
            (
                Failure::TimedOut,
                504,
                r#"{"message": "Endpoint request timed out"}"#,
                "InternalServerErrorException",
            ),
            (
                Failure::MissingParameters(vec!["a".to_owned(), "b".to_owned()]),
                400,
                r#"{"message": "Missing required request parameters: [a, b]"}"#,
                "BadRequestException",
            ),
            (
                Failure::RequestTooLarge,
                413,
                r#"{"message":"Request Too Long"}"#,
                "RequestTooLargeException",
            ),
        ] {
            let answer = answered(&failure, &none);
            assert_eq!(
                (answer.status, &answer.body[..]),
                (status, body.as_bytes()),
                "{failure:?}"
            );
            assert_eq!(answer.header("x-amzn-errortype"), Some(error));
        }
    }

    #[test]
    fn the_apis_own_response_gives_status_headers_and_body() {
        let own = GatewayResponse {
            response_type: "DEFAULT_5XX".to_owned(),
            status_code: Some("599".to_owned()),
            response_parameters: [
                (
                    "gatewayresponse.header.Access-Control-Allow-Origin",
                    "method.request.header.Origin",
                ),
                ("gatewayresponse.header.X-Request", "context.requestId"),
                ("gatewayresponse.header.X-Text", "'a b'"),
                ("gatewayresponse.header.X-None", "stageVariables.none"),
                ("gatewayresponse.header.Transfer-Encoding", "'chunked'"),
            ]
            .map(|(target, source)| (target.to_owned(), source.to_owned()))
            .into(),
            response_templates: [(
                "text/plain".to_owned(),
                "$context.error.responseType: $context.error.message".to_owned(),
            )]
            .into(),
            default_response: false,
        };
        let definition = Definition {
            gateway_responses: [("DEFAULT_5XX".to_owned(), own)].into(),
            ..Definition::default()
        };
        let answer = answered(&Failure::Integration("x".to_owned()), &definition);
        assert_eq!(answer.status, 599);
        assert_eq!(answer.body, "INTEGRATION_FAILURE: Internal server error");
        for (name, value) in [
            ("content-type", Some("text/plain")),
            ("access-control-allow-origin", Some("http://here")),
            ("x-request", Some("r")),
            ("x-text", Some("a b")),
            ("x-none", None),
            ("transfer-encoding", None),
        ] {
            assert_eq!(answer.header(name), value, "{name}");
        }
    }
}
