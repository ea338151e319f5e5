//! An API: its endpoints, and its answers.

use super::style::bold;
use super::table::Table;
use crate::api::{Answer, Endpoint, Endpoints, Integration};
use crate::invocation::quoted;
use crate::names::short_name;

/// Headers that tell something about an API, and not about the way to it.
const SHOWN: [&str; 8] = [
    "access-control-allow-headers",
    "access-control-allow-methods",
    "access-control-allow-origin",
    "allow",
    "content-type",
    "location",
    "retry-after",
    "x-amzn-errortype",
];

pub fn endpoints(shown: &Endpoints) -> String {
    if shown.endpoints.is_empty() {
        return format!("the API {} has no methods", shown.address);
    }
    let mut table = Table::new(&["METHOD", "PATH", "FUNCTION", "INTEGRATION"])
        .without_if_narrow(&["INTEGRATION"]);
    for endpoint in &shown.endpoints {
        let function = endpoint.function.as_deref().map_or("-", short_name);
        let kind = integration(endpoint.integration);
        table.row([&endpoint.method, &endpoint.path, function, kind]);
    }
    let lines: Vec<String> = shown.endpoints.iter().filter_map(curl).collect();
    format!("{}\n\n{}", table.render(), lines.join("\n"))
}

fn integration(kind: Integration) -> &'static str {
    match kind {
        Integration::Proxy => "proxy",
        Integration::Custom => "custom, with mapping templates",
        Integration::Mock => "mock, no function",
        Integration::Http => "another server",
        Integration::None => "none: not finished",
    }
}

/// A line that calls the endpoint. Nobody asks for a browser's preflight by hand.
fn curl(endpoint: &Endpoint) -> Option<String> {
    let url = quoted(&endpoint.url);
    let header = match endpoint.token {
        true => "-H 'Authorization: TOKEN' ",
        false => "",
    };
    match endpoint.method.as_str() {
        "OPTIONS" => None,
        "GET" | "ANY" => Some(format!("curl {header}{url}")),
        method => Some(format!("curl -X {method} {header}{url}")),
    }
}

/// The status, the headers that matter, and the body.
pub fn api_answer(answer: &Answer) -> String {
    let status = http::StatusCode::from_u16(answer.status).ok();
    let reason = status.and_then(|status| status.canonical_reason());
    let status = format!("{} {}", answer.status, reason.unwrap_or_default());
    let mut lines = vec![bold(status.trim_end())];
    let headers = answer.headers.iter();
    let headers = headers.filter(|(name, _)| SHOWN.contains(&name.as_str()));
    lines.extend(headers.map(|(name, value)| format!("{name}: {value}")));
    let body = match &answer.body {
        serde_json::Value::String(text) => text.clone(),
        body => serde_json::to_string_pretty(body).unwrap_or_else(|_| body.to_string()),
    };
    if !body.is_empty() {
        lines.push(format!("\n{body}"));
    }
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn plain(text: &str) -> String {
        anstream::adapter::strip_str(text).to_string()
    }

    #[test]
    fn each_endpoint_has_a_row_and_a_line_for_curl() {
        let endpoint = |method: &str, path: &str, function: Option<&str>, integration| Endpoint {
            method: method.to_owned(),
            path: path.to_owned(),
            function: function.map(str::to_owned),
            integration,
            token: path == "/sentence",
            url: format!("http://api{path}"),
        };
        let shown = Endpoints {
            stack: "game".to_owned(),
            api: "abc".to_owned(),
            stage: "prod".to_owned(),
            address: "http://api".to_owned(),
            endpoints: vec![
                endpoint(
                    "GET",
                    "/judgement?Name=NAME",
                    Some("game-05-judgement"),
                    Integration::Proxy,
                ),
                endpoint(
                    "POST",
                    "/new-game",
                    Some("game-01-new-game"),
                    Integration::Custom,
                ),
                endpoint("OPTIONS", "/new-game", None, Integration::Mock),
                endpoint("PUT", "/sentence", None, Integration::Http),
            ],
            problems: Vec::new(),
            closed_to_pages: Vec::new(),
        };
        assert_eq!(
            plain(&endpoints(&shown)),
            "\
METHOD   PATH                  FUNCTION      INTEGRATION
GET      /judgement?Name=NAME  05-judgement  proxy
POST     /new-game             01-new-game   custom, with mapping templates
OPTIONS  /new-game             -             mock, no function
PUT      /sentence             -             another server

curl 'http://api/judgement?Name=NAME'
curl -X POST http://api/new-game
curl -X PUT -H 'Authorization: TOKEN' http://api/sentence"
        );
    }

    #[test]
    fn an_answer_has_a_status_the_headers_that_matter_and_a_body() {
        let headers = [("content-type", "application/json"), ("date", "today")];
        let headers = headers.map(|(name, value)| (name.to_owned(), value.to_owned()));
        let answer = |status, body| Answer {
            status,
            headers: headers.clone().into(),
            body,
        };
        assert_eq!(
            plain(&api_answer(&answer(404, json!({ "a": 1 })))),
            "404 Not Found\ncontent-type: application/json\n\n{\n  \"a\": 1\n}"
        );
        assert_eq!(
            plain(&api_answer(&answer(204, json!("")))),
            "204 No Content\ncontent-type: application/json"
        );
    }
}
