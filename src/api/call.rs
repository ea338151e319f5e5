//! Requests to an API: over HTTP as any client sends them, or as a test of a method; and why one failed.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::Value;

use super::invocation::Invoked;
use super::{Api, ApiError, Cause, cause, look, route};
use crate::cloud::{ApiMethod, Cloud, CloudError, WebRequest};

const JSON: &str = "application/json";
/// The type of the error where a method wants a signature, or there is no method.
const NOT_SIGNED: &str = "MissingAuthenticationTokenException";
const NOT_ALLOWED: &str = "AccessDeniedException";
const FORM: &str = "application/x-www-form-urlencoded";

/// The longest body that a hint repeats, in bytes.
const LONGEST_TYPED: usize = 400;

/// A request to an API.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Call {
    /// In capital letters.
    pub method: String,
    /// The path within the stage, with a slash before it, perhaps with a query string.
    pub path: String,
    /// JSON or a form, if there is one.
    pub body: Option<String>,
    content_type: &'static str,
    /// Those beside that of the body.
    headers: Vec<(String, String)>,
}

/// What API Gateway answered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Answer {
    pub status: u16,
    /// By their names in small letters.
    pub headers: BTreeMap<String, String>,
    /// JSON where it is some, or else a text.
    pub body: Value,
}

/// The answer to a test, and how it came about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tested {
    pub answer: Answer,
    pub log: String,
}

impl Call {
    /// Of a method and a path as people type them: in any case, and with letters of any language.
    pub fn new(method: &str, path: &str, body: Option<String>) -> Self {
        // What follows # stays with a browser.
        let (path, _) = path.split_once('#').unwrap_or((path, ""));
        let slash = if path.starts_with('/') { "" } else { "/" };
        Self {
            method: method.to_uppercase(),
            path: format!("{slash}{}", escaped(path, is_of_url)),
            body,
            content_type: JSON,
            headers: Vec::new(),
        }
    }

    /// The fields of a form, posted as a browser or Slack does it.
    pub fn form(path: &str, fields: &[(&str, &str)]) -> Self {
        let fields = fields
            .iter()
            .map(|(name, value)| format!("{name}={}", encoded(value)));
        let body = fields.collect::<Vec<_>>().join("&");
        Self {
            content_type: FORM,
            ..Self::new("POST", path, Some(body))
        }
    }

    /// The same with one more header.
    pub fn with_header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Whether a person can send the same: JSON that is not too long for a line.
    fn can_be_typed(&self) -> bool {
        let body = self.body.as_ref();
        body.is_none_or(|body| {
            self.content_type == JSON && body.len() <= LONGEST_TYPED && !body.contains('`')
        })
    }

    fn headers(&self) -> Vec<(String, String)> {
        let of_body = || ("content-type".to_owned(), self.content_type.to_owned());
        let of_body = self.body.iter().map(|_| of_body());
        of_body.chain(self.headers.iter().cloned()).collect()
    }
}

/// The text as a value of a query string.
///
/// Source: RFC 3986, section 2.3, "Unreserved characters".
pub fn encoded(text: &str) -> String {
    escaped(text, |byte| {
        byte.is_ascii_alphanumeric() || b"-._~".contains(&byte)
    })
}

/// Whether the byte can be in a URL as it is.
fn is_of_url(byte: u8) -> bool {
    byte.is_ascii_graphic() && !b"\"<>\\^`{|}".contains(&byte)
}

fn escaped(text: &str, stays: impl Fn(u8) -> bool) -> String {
    let bytes = text.bytes();
    let escaped = bytes.map(|byte| match stays(byte) {
        true => char::from(byte).to_string(),
        false => format!("%{byte:02X}"),
    });
    escaped.collect()
}

impl Answer {
    fn new(status: u16, headers: Vec<(String, String)>, body: &[u8]) -> Self {
        let text = || String::from_utf8_lossy(body).into_owned().into();
        let headers = headers.into_iter();
        Self {
            status,
            headers: headers
                .map(|(name, value)| (name.to_lowercase(), value))
                .collect(),
            body: serde_json::from_slice(body).unwrap_or_else(|_| text()),
        }
    }

    /// What API Gateway says where it refuses by itself, and not the function behind it.
    ///
    /// Source: API Gateway developer guide, "Gateway response types": they have the header.
    fn message(&self) -> Option<&str> {
        let kind = self.error_type()?;
        let message = ["message", "Message"].map(|name| self.body[name].as_str());
        Some(message.into_iter().flatten().next().unwrap_or(kind))
    }

    fn error_type(&self) -> Option<&str> {
        self.headers.get("x-amzn-errortype").map(String::as_str)
    }
}

/// Sends the request to the API's stage. Where a method wants a signature, it is sent again with one: the first
/// request came to nothing.
pub async fn call(cloud: &Cloud, api: &Api, call: &Call) -> Result<Answer, CloudError> {
    let request = WebRequest {
        method: call.method.clone(),
        url: api.url(&call.path),
        headers: call.headers(),
        body: call.body.clone().unwrap_or_default().into_bytes(),
    };
    let answer = send(cloud, request.clone()).await?;
    if answer.error_type() != Some(NOT_SIGNED) || !is_signed(cloud, api, call).await {
        return Ok(answer);
    }
    send(cloud, cloud.signed(request).await?).await
}

async fn send(cloud: &Cloud, request: WebRequest) -> Result<Answer, CloudError> {
    let answer = cloud.web(request).await?;
    Ok(Answer::new(answer.status, answer.headers, &answer.body))
}

/// Whether the call is for a method that wants a signature. API Gateway says of paths that it does not know
/// that they are not signed, too.
async fn is_signed(cloud: &Cloud, api: &Api, call: &Call) -> bool {
    let methods = cloud.api_methods(&api.id).await.unwrap_or_default();
    let route = route::find(&methods, &call.method, &call.path);
    route.is_some_and(|route| route.is_signed())
}

/// Tests the method of the API as it is now, without a stage, and so without a deployment.
pub async fn test(cloud: &Cloud, api: &Api, call: &Call) -> Result<Tested, ApiError> {
    let methods = cloud.api_methods(&api.id).await?;
    let Some(route) = route::find(&methods, &call.method, &call.path) else {
        let cause = cause::no_route(&methods, &call.method, &call.path);
        return Err(ApiError::NoMethod {
            cause: Box::new(cause),
        });
    };
    Ok(tested(cloud, api, route, call).await?)
}

async fn tested(
    cloud: &Cloud,
    api: &Api,
    route: &ApiMethod,
    call: &Call,
) -> Result<Tested, CloudError> {
    let (headers, body) = (call.headers(), call.body.as_deref());
    let (resource, method) = (&route.resource, &call.method);
    let tested = cloud
        .test_method(&api.id, resource, method, &call.path, &headers, body)
        .await?;
    Ok(Tested {
        answer: Answer::new(tested.status, tested.headers, tested.body.as_bytes()),
        log: tested.log,
    })
}

/// The error where API Gateway itself said no, with its cause if that can be said; see [`explain`].
pub async fn refused(
    cloud: &Cloud,
    api: &Api,
    call: &Call,
    answer: &Answer,
    may_repeat: impl Fn(&str) -> bool,
) -> Option<ApiError> {
    let message = answer.message()?;
    Some(ApiError::Refused {
        stack: api.stack.clone(),
        request: format!("{} {}", call.method, call.path),
        status: answer.status,
        message: message.to_owned(),
        // What only informs does not fail.
        cause: explain(cloud, api, call, answer, may_repeat)
            .await
            .ok()
            .flatten()
            .map(Box::new),
        again: call.can_be_typed().then(|| Box::new(call.clone())),
    })
}

/// Why API Gateway answered so, if that can be said. `may_repeat` says of a function, by its full name, whether it
/// does no harm to call it once more, to see what it answers.
async fn explain(
    cloud: &Cloud,
    api: &Api,
    call: &Call,
    answer: &Answer,
    may_repeat: impl Fn(&str) -> bool,
) -> Result<Option<Cause>, CloudError> {
    match answer.status {
        413 => return Ok(Some(Cause::TooLarge)),
        429 => return Ok(Some(Cause::TooManyRequests)),
        // The message has the cause.
        403 if answer.error_type() == Some(NOT_ALLOWED) => return Ok(None),
        403 | 500 | 502 | 504 => {}
        _ => return Ok(None),
    }
    let methods = cloud.api_methods(&api.id).await?;
    let route = route::find(&methods, &call.method, &call.path);
    if answer.status == 403 {
        let stages = cloud.api_stages(&api.id).await?;
        let of_stage = look::not_deployed(cloud, api, &methods, &stages).await?;
        let is_known = matches!(of_stage, Some(Cause::NoStage { .. })) || route.is_some();
        return Ok(match is_known {
            true => of_stage,
            false => Some(cause::no_route(&methods, &call.method, &call.path)),
        });
    }
    let invoked = route.and_then(|route| Some((route, Invoked::by(route)?)));
    let Some((route, invoked)) = invoked else {
        return Ok(None);
    };
    let source = invoked.source(&api.id, &api.stage, route);
    let function = invoked.function;
    match answer.status {
        500 => look::not_permitted(cloud, api, std::slice::from_ref(route)).await,
        504 => Ok(Some(Cause::TimedOut { function })),
        _ if may_repeat(&function) => Ok(match tested(cloud, api, route, call).await {
            Ok(tested) => cause::of_log(&tested.log, &function, &source),
            // Not every server has tests.
            Err(_) => Some(Cause::FailedOrNotAResponse { function }),
        }),
        _ => Ok(Some(Cause::FailedOrNotAResponse { function })),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn an_answer_is_json_or_text() {
        let headers = vec![("Content-Type".to_owned(), "a".to_owned())];
        let answer = Answer::new(200, headers, b"[1]");
        assert_eq!((answer.status, &answer.body), (200, &json!([1])));
        assert_eq!(answer.headers["content-type"], "a");
        assert_eq!(Answer::new(200, Vec::new(), b"hi").body, json!("hi"));
    }

    #[test]
    fn api_gateways_own_answers_are_told_from_those_of_functions() {
        let answer = |headers: &[(&str, &str)], body: &str| {
            let headers = headers
                .iter()
                .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
            Answer::new(403, headers.collect(), body.as_bytes())
        };
        let own = [("x-amzn-ErrorType", "MissingAuthenticationTokenException")];
        let body = r#"{"message":"Missing Authentication Token"}"#;
        assert_eq!(
            answer(&own, body).message(),
            Some("Missing Authentication Token")
        );
        assert_eq!(answer(&own, "no").message(), Some(own[0].1));
        assert_eq!(answer(&[], body).message(), None);
        let denied = [("x-amzn-ErrorType", NOT_ALLOWED)];
        assert_eq!(
            answer(&denied, r#"{"Message":"User: a"}"#).message(),
            Some("User: a")
        );
    }

    #[test]
    fn a_request_can_be_typed_as_people_write() {
        let call = Call::new("get", "judgement?Name=Zoë B%20&a=/", None);
        assert_eq!(call.method, "GET");
        assert_eq!(call.path, "/judgement?Name=Zo%C3%AB%20B%20&a=/");
        assert_eq!(encoded("Zoë & Bo/1"), "Zo%C3%AB%20%26%20Bo%2F1");
        let form = Call::form("/slack", &[("text", "a & b"), ("token", "1")]);
        assert_eq!(form.body.as_deref(), Some("text=a%20%26%20b&token=1"));
        assert_eq!(form.headers()[0].1, FORM);
    }
}
