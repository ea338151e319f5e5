//! The event that a function gets from a proxy integration.
//!
//! Source: "Input format of a Lambda function for proxy integration" in API Gateway's guide.

use serde_json::{Map, Value, json};

use super::call::Call;
use super::request::{Pairs, last_values};

pub fn event(call: &Call) -> Value {
    let request = call.request;
    let (body, is_base64) = call.body();
    let path = if call.is_test() {
        request.raw_path.clone()
    } else {
        request.path()
    };
    json!({
        "resource": call.route.path,
        "path": path,
        "httpMethod": request.method,
        "headers": single(&request.headers),
        "multiValueHeaders": multiple(&request.headers),
        "queryStringParameters": single(&request.query),
        "multiValueQueryStringParameters": multiple(&request.query),
        "pathParameters": single(&call.route.parameters),
        "stageVariables": match call.variables.is_empty() {
            true => Value::Null,
            false => json!(call.variables),
        },
        "requestContext": call.context(),
        "body": body,
        "isBase64Encoded": is_base64,
    })
}

/// Nothing is null.
fn single(pairs: &Pairs) -> Value {
    if pairs.is_empty() {
        return Value::Null;
    }
    let values = last_values(pairs).into_iter();
    Value::Object(values.map(|(name, value)| (name, json!(value))).collect())
}

fn multiple(pairs: &Pairs) -> Value {
    if pairs.is_empty() {
        return Value::Null;
    }
    let mut values: Map<String, Value> = Map::new();
    for (name, value) in pairs {
        let all = values.entry(name.clone()).or_insert_with(|| json!([]));
        if let Value::Array(all) = all {
            all.push(json!(value));
        }
    }
    Value::Object(values)
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::super::call::{Ids, Who};
    use super::super::request::ApiRequest;
    use super::super::routes;
    use super::*;
    use crate::apigateway::definition::{Definition, Method, Resource, Texts};

    fn definition() -> Definition {
        let mut definition = Definition::new("root", ["a".to_owned(), "b".to_owned()]);
        let method = Method {
            http_method: "ANY".to_owned(),
            ..Method::default()
        };
        let resource = Resource {
            id: "pets".to_owned(),
            parent_id: Some("root".to_owned()),
            path_part: "{proxy+}".to_owned(),
            methods: [("ANY".to_owned(), method)].into(),
        };
        definition.resources.insert("pets".to_owned(), resource);
        definition.binary_media_types = vec!["image/*".to_owned()];
        definition
    }

    fn made(request: &ApiRequest, variables: &Texts, deployment: Option<&str>) -> Value {
        let definition = definition();
        let route = routes::find(&definition, &request.method, &request.raw_path);
        let ids = Ids {
            request: "request".to_owned(),
            extended: "extended=".to_owned(),
            trace: "Root=1".to_owned(),
        };
        event(&Call {
            request,
            definition: &definition,
            route: &route.expect("a route"),
            api: "abc",
            stage: "prod",
            deployment,
            variables,
            ids: &ids,
            who: Who::Anyone,
            started: 1_583_349_317_135,
        })
    }

    fn pairs<const N: usize>(pairs: [(&str, &str); N]) -> Pairs {
        pairs.map(|(a, b)| (a.to_owned(), b.to_owned())).into()
    }

    /// Field by field as AWS documents it.
    #[test]
    fn an_event_has_every_field_that_is_documented() {
        let request = ApiRequest {
            method: "POST".to_owned(),
            raw_path: "/my/a%20path".to_owned(),
            query: pairs([("p1", "v1"), ("p1", "v2"), ("p2", "v")]),
            headers: pairs([
                ("H1", "1"),
                ("H1", "2"),
                ("Host", "abc.execute-api.localhost:4566"),
                ("User-Agent", "agent"),
            ]),
            body: Bytes::from_static(b"Hello"),
        };
        let variables = Texts::from([("color".to_owned(), "blue".to_owned())]);
        let expected = json!({
            "resource": "/{proxy+}",
            "path": "/my/a path",
            "httpMethod": "POST",
            "headers": { "H1": "2", "Host": "abc.execute-api.localhost:4566", "User-Agent": "agent" },
            "multiValueHeaders": { "H1": ["1", "2"], "Host": ["abc.execute-api.localhost:4566"],
                "User-Agent": ["agent"] },
            "queryStringParameters": { "p1": "v2", "p2": "v" },
            "multiValueQueryStringParameters": { "p1": ["v1", "v2"], "p2": ["v"] },
            "pathParameters": { "proxy": "my/a path" },
            "stageVariables": { "color": "blue" },
            "requestContext": {
                "resourceId": "pets",
                "resourcePath": "/{proxy+}",
                "httpMethod": "POST",
                "extendedRequestId": "extended=",
                "requestTime": "04/Mar/2020:19:15:17 +0000",
                "path": "/prod/my/a path",
                "accountId": "000000000000",
                "protocol": "HTTP/1.1",
                "stage": "prod",
                "domainPrefix": "abc",
                "requestTimeEpoch": 1_583_349_317_135_i64,
                "requestId": "request",
                "identity": {
                    "cognitoIdentityPoolId": null, "accountId": null, "cognitoIdentityId": null,
                    "caller": null, "sourceIp": "127.0.0.1", "principalOrgId": null,
                    "accessKey": null, "cognitoAuthenticationType": null,
                    "cognitoAuthenticationProvider": null, "userArn": null, "userAgent": "agent",
                    "user": null,
                },
                "domainName": "abc.execute-api.localhost",
                "deploymentId": "first",
                "apiId": "abc",
            },
            "body": "Hello",
            "isBase64Encoded": false,
        });
        assert_eq!(made(&request, &variables, Some("first")), expected);
    }

    #[test]
    fn what_is_not_given_is_null_and_binary_is_base64() {
        let request = ApiRequest {
            method: "GET".to_owned(),
            raw_path: "/a".to_owned(),
            ..ApiRequest::default()
        };
        let made_from = made(&request, &Texts::new(), None);
        for name in [
            "headers",
            "multiValueHeaders",
            "queryStringParameters",
            "multiValueQueryStringParameters",
            "stageVariables",
            "body",
        ] {
            assert_eq!(made_from[name], Value::Null, "{name}");
        }
        assert_eq!(made_from["requestContext"]["domainPrefix"], "testPrefix");
        assert_eq!(
            made_from["requestContext"]["identity"]["apiKey"],
            "test-invoke-api-key"
        );
        let image = ApiRequest {
            headers: pairs([("Content-Type", "Image/PNG; x=y")]),
            body: Bytes::from_static(&[0xff, 0]),
            ..request
        };
        let made_from = made(&image, &Texts::new(), None);
        assert_eq!(
            (&made_from["body"], &made_from["isBase64Encoded"]),
            (&json!("/wA="), &json!(true))
        );
    }
}
