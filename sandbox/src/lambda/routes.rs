//! REST-JSON: from method, path, query and body to an operation and its parameters.

use std::borrow::Cow;

use http::{Method, StatusCode};
use percent_encoding::percent_decode_str;
use serde_json::{Map, Value, json};

use super::Lambda;
use crate::fault::Fault;

pub const INVOKE: &str = "Invoke";

/// Method, path after the version's date, operation, and what its success is told with.
///
/// Source: <https://docs.aws.amazon.com/lambda/latest/api/API_Operations.html>
#[rustfmt::skip] // One line each, as a table.
const ROUTES: &[(&str, &str, &str, u16)] = &[
    ("POST", "functions/{FunctionName}/invocations", INVOKE, 200),
    ("POST", "functions", "CreateFunction", 201),
    ("GET", "functions", "ListFunctions", 200),
    ("GET", "functions/{FunctionName}", "GetFunction", 200),
    ("DELETE", "functions/{FunctionName}", "DeleteFunction", 204),
    ("GET", "functions/{FunctionName}/configuration", "GetFunctionConfiguration", 200),
    ("PUT", "functions/{FunctionName}/configuration", "UpdateFunctionConfiguration", 200),
    ("PUT", "functions/{FunctionName}/code", "UpdateFunctionCode", 200),
    ("GET", "functions/{FunctionName}/versions", "ListVersionsByFunction", 200),
    ("GET", "functions/{FunctionName}/policy", "GetPolicy", 200),
    ("POST", "functions/{FunctionName}/policy", "AddPermission", 201),
    ("DELETE", "functions/{FunctionName}/policy/{StatementId}", "RemovePermission", 204),
    ("PUT", "functions/{FunctionName}/concurrency", "PutFunctionConcurrency", 200),
    ("GET", "functions/{FunctionName}/concurrency", "GetFunctionConcurrency", 200),
    ("DELETE", "functions/{FunctionName}/concurrency", "DeleteFunctionConcurrency", 204),
    ("GET", "tags/{Resource}", "ListTags", 200),
    ("POST", "tags/{Resource}", "TagResource", 204),
    ("DELETE", "tags/{Resource}", "UntagResource", 204),
    ("GET", "account-settings", "GetAccountSettings", 200),
];

/// What a request asks for.
#[derive(Debug, PartialEq)]
pub struct Route {
    pub operation: &'static str,
    pub success: StatusCode,
    /// From path and query.
    pub parameters: Map<String, Value>,
}

pub fn find(method: &Method, path: &str, query: Option<&str>) -> Result<Route, Fault> {
    let unknown = || {
        let known = [Lambda::OPERATIONS, &[INVOKE]].concat();
        Fault::unknown_operation("Lambda", &format!("{method} {path}"), &known)
    };
    // The date of the operation's version comes first.
    let (_, rest) = path.trim_matches('/').split_once('/').ok_or_else(unknown)?;
    let (operation, success, mut parameters) = ROUTES
        .iter()
        .filter(|(verb, ..)| *verb == method.as_str())
        .find_map(|(_, pattern, operation, success)| {
            Some((*operation, *success, matched(pattern, rest)?))
        })
        .ok_or_else(unknown)?;
    for (name, value) in form_urlencoded::parse(query.unwrap_or_default().as_bytes()) {
        add(&mut parameters, name, value);
    }
    Ok(Route {
        operation,
        success: StatusCode::from_u16(success).unwrap_or_default(),
        parameters,
    })
}

fn matched(pattern: &str, path: &str) -> Option<Map<String, Value>> {
    let mut parts = path.split('/');
    let mut parameters = Map::new();
    for expected in pattern.split('/') {
        let part = parts.next()?;
        let name = expected
            .strip_prefix('{')
            .and_then(|name| name.strip_suffix('}'));
        match name {
            Some(name) => {
                let value = percent_decode_str(part).decode_utf8().ok()?;
                parameters.insert(name.to_owned(), json!(value));
            }
            None if part == expected => {}
            None => return None,
        }
    }
    parts.next().is_none().then_some(parameters)
}

fn add(parameters: &mut Map<String, Value>, name: Cow<'_, str>, value: Cow<'_, str>) {
    match name.as_ref() {
        "tagKeys" => {
            let keys = parameters.entry("TagKeys").or_insert_with(|| json!([]));
            if let Value::Array(keys) = keys {
                keys.push(json!(value));
            }
        }
        _ => {
            // What the path says stands.
            parameters
                .entry(name.into_owned())
                .or_insert_with(|| json!(value));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(method: Method, path: &str, query: &str) -> (&'static str, u16, Value) {
        let route = find(&method, path, Some(query)).expect(path);
        let parameters = Value::Object(route.parameters);
        (route.operation, route.success.as_u16(), parameters)
    }

    #[test]
    fn requests_come_to_their_operations_with_what_path_and_query_say() {
        let game = json!({ "FunctionName": "game" });
        assert_eq!(
            found(Method::POST, "/2015-03-31/functions/game/invocations", ""),
            ("Invoke", 200, game.clone())
        );
        assert_eq!(
            found(
                Method::DELETE,
                "/2015-03-31/functions/game",
                "FunctionName=other"
            ),
            ("DeleteFunction", 204, game)
        );
        let page = json!({ "MaxItems": "2", "Marker": "a b" });
        assert_eq!(
            found(
                Method::GET,
                "/2015-03-31/functions/",
                "MaxItems=2&Marker=a+b"
            ),
            ("ListFunctions", 200, page)
        );
        let arn = "arn%3Aaws%3Alambda%3Aus-east-1%3A000000000000%3Afunction%3Agame";
        let untag = json!({
            "Resource": "arn:aws:lambda:us-east-1:000000000000:function:game",
            "TagKeys": ["a", "b"],
        });
        assert_eq!(
            found(
                Method::DELETE,
                &format!("/2017-03-31/tags/{arn}"),
                "tagKeys=a&tagKeys=b"
            ),
            ("UntagResource", 204, untag)
        );
    }

    #[test]
    fn other_requests_are_told_what_there_is() {
        for path in [
            "/",
            "/2015-03-31",
            "/2021-10-31/functions/game/url",
            "/2015-03-31/functions/game/code/more",
            "/2015-03-31/functions/%ff",
        ] {
            let refused = find(&Method::GET, path, None).expect_err(path);
            assert_eq!(refused.code, "UnknownOperationException");
            assert!(refused.message.contains("UpdateFunctionCode"), "{refused}");
            assert!(refused.message.contains("Invoke"), "{refused}");
        }
    }

    #[test]
    fn every_operation_has_its_route() {
        for operation in Lambda::OPERATIONS {
            let routed = ROUTES.iter().any(|(_, _, routed, _)| routed == operation);
            assert!(routed, "{operation}");
        }
        assert_eq!(ROUTES.len(), Lambda::OPERATIONS.len() + 1);
    }
}
