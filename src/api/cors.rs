//! Whether pages of other origins may use an API, as far as API Gateway itself says it in its answers: what a
//! function answers is not known before it is called. Pure.
//!
//! Source: API Gateway developer guide, "CORS for REST APIs in API Gateway".

use std::collections::BTreeMap;

use serde_json::Value;

use crate::cloud::ApiMethod;

/// In an answer.
pub const ALLOWED: &str = "access-control-allow-origin";
/// Where an integration sets it.
const PARAMETER: &str = "method.response.header.access-control-allow-origin";

/// The requests in whose answers the header is missing, such as `OPTIONS /new-game`. Before some requests to a
/// path, a browser asks with `OPTIONS`.
pub fn closed_to_pages(methods: &[ApiMethod]) -> Vec<String> {
    let mut paths: BTreeMap<&str, Vec<&ApiMethod>> = BTreeMap::new();
    for method in methods {
        paths.entry(&method.path).or_default().push(method);
    }
    let closed = paths.into_iter().flat_map(|(path, methods)| {
        let is_asked = |it: &&ApiMethod| ["OPTIONS", "ANY"].contains(&it.method.as_str());
        let unanswered = !methods.iter().any(is_asked);
        let unanswered = unanswered.then(|| format!("OPTIONS {path}"));
        let closed = methods.into_iter().filter(|it| !is_open(it));
        let closed = closed.map(|it| format!("{} {}", it.method, it.path));
        unanswered.into_iter().chain(closed).collect::<Vec<_>>()
    });
    closed.collect()
}

/// Whether the API is for pages of other origins at all: it answers `OPTIONS`, or makes the header somewhere.
pub fn is_for_pages(methods: &[ApiMethod]) -> bool {
    methods
        .iter()
        .any(|it| it.method == "OPTIONS" || is_own(it) && is_open(it))
}

/// Whether API Gateway itself makes the answers.
fn is_own(method: &ApiMethod) -> bool {
    let kind = method
        .integration
        .as_ref()
        .and_then(|it| it["type"].as_str());
    let kind = kind.unwrap_or_default().to_lowercase();
    ["aws", "mock"].contains(&kind.as_str())
}

/// Whether all answers have the header that API Gateway itself makes.
fn is_open(method: &ApiMethod) -> bool {
    let integration = method.integration.as_ref();
    let responses = integration.and_then(|it| it["responses"].as_object());
    let has_header = |response: &Value| {
        let mut parameters = response["responseParameters"]
            .as_object()
            .into_iter()
            .flatten();
        parameters.any(|(name, _)| name.eq_ignore_ascii_case(PARAMETER))
    };
    !is_own(method) || responses.is_some_and(|it| !it.is_empty() && it.values().all(has_header))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn method(method: &str, path: &str, kind: &str, headers: &[&str]) -> ApiMethod {
        let parameters = headers.iter().map(|it| ((*it).to_owned(), json!("'*'")));
        let parameters: serde_json::Map<_, _> = parameters.collect();
        let responses = json!({ "default": { "responseParameters": parameters } });
        ApiMethod {
            resource: "r".to_owned(),
            path: path.to_owned(),
            method: method.to_owned(),
            query: Vec::new(),
            authorization: "NONE".to_owned(),
            integration: Some(json!({ "type": kind, "responses": responses })),
        }
    }

    #[test]
    fn what_has_no_header_for_pages_is_named() {
        let header = "method.response.header.Access-Control-Allow-Origin";
        let closed = |methods: &[ApiMethod]| closed_to_pages(methods);
        let get = || method("GET", "/a", "aws_proxy", &[]);
        assert_eq!(closed(&[get()]), ["OPTIONS /a"]);
        let empty = method("OPTIONS", "/a", "mock", &[]);
        assert_eq!(closed(&[get(), empty]), ["OPTIONS /a"]);
        let open = || method("OPTIONS", "/a", "mock", &[header]);
        assert_eq!(closed(&[get(), open()]), [""; 0]);
        let custom = method("POST", "/a", "aws", &["method.response.header.X"]);
        assert_eq!(closed(&[get(), open(), custom]), ["POST /a"]);
        // A function answers, perhaps with the header.
        assert_eq!(closed(&[method("ANY", "/b", "aws_proxy", &[])]), [""; 0]);
        assert_eq!(closed(&[]), [""; 0]);
        let post = || method("POST", "/slack", "aws_proxy", &[]);
        assert!(!is_for_pages(&[post(), get()]));
        assert!(!is_for_pages(&[method("POST", "/a", "aws", &[])]));
        assert!(is_for_pages(&[post(), open()]));
        assert!(is_for_pages(&[
            post(),
            method("POST", "/a", "aws", &[header])
        ]));
    }
}
