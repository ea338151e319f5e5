//! Custom integrations: what a template makes of the request, and of what comes back.

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use bytes::Bytes;
use serde_json::Value;

use super::answer::{Answer, Failure};
use super::call::Call;
use super::log::{self, Log};
use super::parameters;
use super::request::{Pairs, is_of_connection, last_values};
use crate::apigateway::definition::{
    ContentHandling, Integration, IntegrationResponse, Passthrough,
};
use crate::mapping_template::{Inputs, MappingTemplate, Parameters, Rendered};

/// What an integration gets.
#[derive(Debug)]
pub struct IntegrationRequest {
    pub headers: Pairs,
    pub body: Bytes,
    /// What its template left of the overrides in `$context`, which the response's template sees too.
    pub overrides: Value,
}

/// The request for the integration: the body by template or as it is, and the mapped headers.
pub fn request(call: &Call, integration: &Integration) -> Result<IntegrationRequest, Failure> {
    let templates = &integration.request_templates;
    let template = templates.get(&call.request.media_type());
    let passes = match integration.passthrough_behavior {
        Passthrough::WhenNoMatch => true,
        Passthrough::WhenNoTemplates => templates.is_empty(),
        Passthrough::Never => false,
    };
    let body = converted(call, &call.request.body, integration.content_handling)?;
    let mut headers = Pairs::new();
    for (target, source) in &integration.request_parameters {
        let name = target.strip_prefix("integration.request.header.");
        if let (Some(name), Some(value)) = (name, parameters::value(source, call, None)) {
            headers.push((name.to_owned(), value));
        }
    }
    let mut overrides = Value::Null;
    let body = match template {
        Some(template) => {
            let rendered = rendered(template, call, &body, &overrides, "request")?;
            for (name, value) in rendered.request_override().header {
                headers.retain(|(known, _)| !known.eq_ignore_ascii_case(&name));
                headers.push((name, value));
            }
            overrides = rendered.overrides;
            Bytes::from(rendered.text)
        }
        None if passes => body,
        None => return Err(Failure::UnsupportedMediaType),
    };
    Ok(IntegrationRequest {
        headers,
        body,
        overrides,
    })
}

/// The status that a mock's template chose.
pub fn mock_status(body: &[u8]) -> Result<u16, Failure> {
    let parsed: Option<Value> = serde_json::from_slice(body).ok();
    let status = parsed.as_ref().and_then(|body| body["statusCode"].as_u64());
    let status = status.and_then(|status| u16::try_from(status).ok());
    status.ok_or_else(|| {
        Failure::Configuration(
            "Unable to parse statusCode. It should be an integer that is defined in the responses"
                .to_owned(),
        )
    })
}

/// What an integration returned.
#[derive(Debug)]
pub struct Returned<'a> {
    pub answer: &'a Answer,
    /// What patterns are for: the error of a function, or the status of a mock.
    ///
    /// Source: API Gateway REST API reference, `IntegrationResponse`, `selectionPattern`.
    pub selection: &'a str,
    pub overrides: Value,
}

/// The method's answer to what the integration returned.
pub fn answer(
    call: &Call,
    integration: &Integration,
    returned: &Returned<'_>,
    log: &mut Log,
) -> Result<Answer, Failure> {
    let response = select(integration, returned.selection).ok_or_else(|| {
        Failure::Configuration(format!(
            "No match for output mapping and no default output mapping configured. Endpoint Response \
             Status Code: {}",
            returned.answer.status
        ))
    })?;
    let mut answer = Answer {
        status: response.status_code.parse().unwrap_or(500),
        headers: Pairs::new(),
        body: Bytes::new(),
    };
    let (media_type, template) = template(call, response);
    answer.set("Content-Type", media_type);
    for (target, source) in &response.response_parameters {
        let name = target.strip_prefix("method.response.header.");
        if let (Some(name), Some(value)) =
            (name, parameters::value(source, call, Some(returned.answer)))
        {
            answer.set(name, value);
        }
    }
    let body = converted(call, &returned.answer.body, response.content_handling)?;
    let rendered = match template {
        Some(template) => rendered(template, call, &body, &returned.overrides, "response")?,
        None => Rendered {
            text: String::new(),
            overrides: returned.overrides.clone(),
        },
    };
    let overrides = rendered.response_override();
    if let Some(status) = overrides.status {
        answer.status = status;
    }
    for (name, value) in overrides.header {
        answer.set(&name, value);
    }
    answer.body = match template {
        Some(_) => Bytes::from(rendered.text),
        None => body,
    };
    answer.headers.retain(|(name, _)| !is_of_connection(name));
    log.line(|| {
        let body = log::text(&answer.body);
        format!("Method response body after transformations: {body}")
    });
    Ok(answer)
}

/// The first response with a pattern for the whole selection, or else the one without a pattern.
fn select<'a>(integration: &'a Integration, selection: &str) -> Option<&'a IntegrationResponse> {
    let pattern = |response: &'a IntegrationResponse| {
        let pattern = response.selection_pattern.as_deref();
        pattern.filter(|pattern| !pattern.is_empty())
    };
    let fits = |pattern: &str| {
        let whole = regex_lite::Regex::new(&format!("^(?:{pattern})$"));
        whole.is_ok_and(|whole| whole.is_match(selection))
    };
    let responses = || integration.integration_responses.values();
    let by_pattern = responses().find(|response| pattern(response).is_some_and(fits));
    by_pattern.or_else(|| responses().find(|response| pattern(response).is_none()))
}

/// The template for what the client accepts, with its media type. None passes the body on.
fn template<'a>(call: &Call, response: &'a IntegrationResponse) -> (&'a str, Option<&'a String>) {
    let templates = &response.response_templates;
    let accept = call.request.header("Accept").unwrap_or_default();
    let found = templates
        .get_key_value(accept)
        .or_else(|| templates.get_key_value("application/json"))
        .or_else(|| templates.iter().next());
    match found {
        Some((media_type, template)) => {
            let template = template.as_ref().filter(|template| !template.is_empty());
            (media_type, template)
        }
        None => ("application/json", None),
    }
}

/// The body as `contentHandling` wants it.
fn converted(
    call: &Call,
    body: &Bytes,
    handling: Option<ContentHandling>,
) -> Result<Bytes, Failure> {
    match handling {
        None => Ok(body.clone()),
        Some(ContentHandling::ConvertToText) => {
            let content_type = call.request.header("Content-Type").unwrap_or_default();
            Ok(match call.is_binary(content_type) {
                true => Bytes::from(BASE64_STANDARD.encode(body)),
                false => body.clone(),
            })
        }
        Some(ContentHandling::ConvertToBinary) => {
            let decoded = BASE64_STANDARD.decode(body);
            decoded
                .map(Bytes::from)
                .map_err(|_| Failure::Configuration("Unable to base64 decode the body.".to_owned()))
        }
    }
}

fn rendered(
    template: &str,
    call: &Call,
    body: &[u8],
    overrides: &Value,
    of: &str,
) -> Result<Rendered, Failure> {
    let mut context = call.context();
    for (name, value) in overrides.as_object().into_iter().flatten() {
        context[name] = value.clone();
    }
    let failed = |why: String| Failure::Configuration(format!("Unable to transform {of}: {why}"));
    let parsed = MappingTemplate::parse(template).map_err(|fault| failed(fault.to_string()))?;
    let variables = call.variables.iter();
    let inputs = Inputs {
        body: String::from_utf8_lossy(body).into_owned(),
        parameters: Parameters {
            path: call.route.parameters.clone(),
            querystring: last_values(&call.request.query),
            header: last_values(&call.request.headers),
        },
        context,
        stage_variables: variables
            .map(|(name, value)| (name.clone(), value.clone()))
            .collect(),
    };
    parsed
        .render(&inputs)
        .map_err(|fault| failed(fault.to_string()))
}
