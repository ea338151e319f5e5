//! Documents, and what is made of them.

use serde_json::{Value, json};

use super::{BasePath, Description, Version, read};

#[track_caller]
fn described(text: &str) -> Description {
    match read(text, "a1b2c3", BasePath::Ignore) {
        Ok(description) => description,
        Err(invalid) => panic!("{invalid}"),
    }
}

fn method(description: &Description, path: &str, method: &str) -> Value {
    description.paths[path][method].method.clone()
}

/// CORS once for all paths, as an anchor, and a merge key that takes it over.
const WITH_ANCHORS: &str = include_str!("with_anchors.yaml");

#[test]
fn a_document_with_anchors_is_read() {
    let description = described(WITH_ANCHORS);
    assert_eq!(description.name.as_deref(), Some("Game"));
    assert_eq!(description.version.as_deref(), Some("1.0"));
    let cors = json!({
        "httpMethod": "OPTIONS",
        "authorizationType": "NONE",
        "apiKeyRequired": false,
        "methodResponses": {"200": {
            "statusCode": "200",
            "responseModels": {"application/json": "Empty"},
            "responseParameters": {
                "method.response.header.Access-Control-Allow-Origin": false,
                "method.response.header.Access-Control-Allow-Methods": false,
            },
        }},
        "methodIntegration": {
            "type": "MOCK",
            "passthroughBehavior": "NEVER",
            "requestTemplates": {"application/json": "{\"statusCode\": 200}"},
            "integrationResponses": {"200": {
                "statusCode": "200",
                "responseParameters": {
                    "method.response.header.Access-Control-Allow-Origin": "'*'",
                    "method.response.header.Access-Control-Allow-Methods": "'GET,OPTIONS'",
                },
            }},
        },
    });
    assert_eq!(method(&description, "/", "OPTIONS"), cors);
    let mut below = cors;
    below["requestParameters"] = json!({
        "method.request.path.name": true,
        "method.request.header.X-Trace": false,
    });
    assert_eq!(method(&description, "/players/{name}", "OPTIONS"), below);

    let get = json!({
        "httpMethod": "GET",
        "operationName": "getPlayer",
        "authorizationType": "AWS_IAM",
        "apiKeyRequired": true,
        "requestParameters": {
            "method.request.path.name": true,
            "method.request.header.X-Trace": false,
            "method.request.querystring.page": false,
            "method.request.header.token": true,
        },
        "methodResponses": {"200": {
            "statusCode": "200",
            "responseModels": {"application/json": "Player"},
            "responseParameters": {
                "method.response.header.Access-Control-Allow-Origin": false,
                "method.response.header.Access-Control-Allow-Methods": false,
                "method.response.header.X-More": false,
            },
        }},
        "methodIntegration": {
            "type": "AWS",
            "httpMethod": "POST",
            "uri": "arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/arn:aws:lambda:us-east-1:\
                    000000000000:function:f/invocations",
            "requestParameters": {"integration.request.header.requestId": "context.requestId"},
            "integrationResponses": {
                "200": {"statusCode": "200"},
                "400": {
                    "statusCode": "400",
                    "selectionPattern": "Malformed.*",
                    "responseTemplates": {"application/json": "$input.path('$.errorMessage')"},
                },
            },
        },
    });
    assert_eq!(method(&description, "/players/{name}", "GET"), get);
    assert_eq!(
        description.warnings,
        [
            "Invalid format for 'requestParameters'. Expected type string for property \
             'integration.request.header.wrong' of resource '/players/{name}' and method 'GET' but got 'true'"
        ]
    );
    let player = json!({
        "type": "object",
        "description": "Who plays",
        "properties": {
            "friend": {"$ref": "https://apigateway.amazonaws.com/restapis/a1b2c3/models/Player"},
        },
    });
    let names: Vec<_> = description.models.keys().collect();
    assert_eq!(names, ["Empty", "Player"]);
    assert_eq!(
        description.models["Player"],
        json!({
            "name": "Player",
            "contentType": "application/json",
            "description": "Who plays",
            "schema": player.to_string(),
        })
    );
}

fn openapi_3() -> Value {
    serde_json::from_str(include_str!("openapi_3.json")).expect("the document is JSON")
}

#[test]
fn openapi_3_is_read() {
    let description = described(&openapi_3().to_string());
    assert_eq!(description.description.as_deref(), Some("Plays"));
    assert_eq!(description.version.as_deref(), Some("2"));
    assert_eq!(description.api_key_source.as_deref(), Some("AUTHORIZER"));
    assert_eq!(description.binary_media_types, ["image/png"]);
    assert_eq!(description.endpoint_types, ["REGIONAL"]);
    assert_eq!(description.disable_execute_api_endpoint, Some(true));
    assert_eq!(
        description.request_validators,
        [
            json!({"name": "all", "validateRequestBody": true, "validateRequestParameters": true}),
            json!({"name": "body", "validateRequestBody": true, "validateRequestParameters": false}),
        ]
    );
    assert_eq!(
        description.authorizers,
        [json!({
            "name": "pool",
            "type": "COGNITO_USER_POOLS",
            "providerARNs": ["arn:aws:cognito-idp:us-east-1:000000000000:userpool/us-east-1_a"],
            "identitySource": "method.request.header.Authorization",
        })]
    );
    let echo = &description.paths["/echo/{proxy+}"]["ANY"];
    assert_eq!(echo.authorizer.as_deref(), Some("pool"));
    assert_eq!(
        description.gateway_responses,
        [
            json!({
                "responseType": "DEFAULT_4XX",
                "statusCode": "404",
                "responseParameters": {"gatewayresponse.header.X-A": "'b'"},
                "responseTemplates": {"application/json": "{}"},
            }),
            json!({"responseType": "THROTTLED", "responseParameters": {}, "responseTemplates": {}}),
        ]
    );
    let any = json!({
        "httpMethod": "ANY",
        "authorizationType": "COGNITO_USER_POOLS",
        "apiKeyRequired": false,
        "requestParameters": {"method.request.path.proxy": true},
        "methodIntegration": {
            "type": "AWS_PROXY",
            "httpMethod": "POST",
            "uri": "arn:x",
            "timeoutInMillis": 5000,
            "contentHandling": "CONVERT_TO_TEXT",
            "cacheKeyParameters": ["method.request.path.proxy"],
        },
    });
    assert_eq!(method(&description, "/echo/{proxy+}", "ANY"), any);
    assert_eq!(
        description.paths["/echo/{proxy+}"]["ANY"]
            .request_validator
            .as_deref(),
        Some("all")
    );
    let post = json!({
        "httpMethod": "POST",
        "authorizationType": "NONE",
        "apiKeyRequired": false,
        "requestModels": {"application/json": "Name"},
        "methodResponses": {"200": {"statusCode": "200", "responseModels": {"application/json": "MODEL000001"}}},
    });
    assert_eq!(method(&description, "/judgement", "POST"), post);
    assert_eq!(
        description.paths["/judgement"]["POST"]
            .request_validator
            .as_deref(),
        Some("body")
    );
    assert!(description.paths["/empty"].is_empty());
    assert_eq!(
        description.models["MODEL000001"]["schema"],
        r#"{"type":"string"}"#
    );
    assert_eq!(description.warnings, [""; 0]);
}

/// But for the authorizers, which the sandbox does not have.
#[test]
fn what_is_written_reads_as_the_same() {
    let mut openapi = openapi_3();
    openapi["security"] = json!([{"key": []}]);
    openapi["components"]["securitySchemes"] = json!({"key": {"type": "apiKey"}});
    for text in [WITH_ANCHORS.to_owned(), openapi.to_string()] {
        let mut description = described(&text);
        for version in [Version::Swagger, Version::OpenApi] {
            let written = description.write(version, true);
            let again = described(&written.to_string());
            // What was left out is not written.
            description.warnings.clear();
            assert_eq!(again, description, "{version:?}\n{written:#}");
        }
    }
}

#[test]
fn without_extensions_nothing_is_api_gateways() {
    let description = described(WITH_ANCHORS);
    let written = description.write(Version::OpenApi, false).to_string();
    assert!(written.contains("getPlayer"));
    assert!(
        !written.contains("x-amazon-apigateway-integration"),
        "{written}"
    );
    let mut any = openapi_3();
    any["paths"]["/judgement/"] = json!({});
    let written = described(&any.to_string()).write(Version::Swagger, false);
    assert_eq!(
        written["x-amazon-apigateway-request-validators"],
        Value::Null
    );
}

/// As recorded of API Gateway for the base paths of both versions.
#[test]
fn the_base_path_is_kept_as_asked() {
    let openapi = |url: &str| json!({"openapi": "3.0.0", "servers": [{"url": url}], "paths": {"/test": {}, "/": {}}});
    let swagger =
        |base: &str| json!({"swagger": "2.0", "basePath": base, "paths": {"/test": {}, "/": {}}});
    let cases = [
        (
            openapi("https://x.y/base-url/part"),
            BasePath::Ignore,
            ["/", "/test"],
        ),
        (
            openapi("https://x.y/base-url/part"),
            BasePath::Prepend,
            ["/base-url/part", "/base-url/part/test"],
        ),
        (
            openapi("https://x.y/base-url/part"),
            BasePath::Split,
            ["/part", "/part/test"],
        ),
        (openapi("/base"), BasePath::Prepend, ["/base", "/base/test"]),
        (openapi("https://x.y"), BasePath::Prepend, ["/", "/test"]),
        (swagger("/base"), BasePath::Ignore, ["/", "/test"]),
        (swagger("/base"), BasePath::Prepend, ["/base", "/base/test"]),
        (swagger("/base"), BasePath::Split, ["/", "/test"]),
        (swagger(""), BasePath::Prepend, ["/", "/test"]),
    ];
    for (document, base_path, expected) in cases {
        let description =
            read(&document.to_string(), "a", base_path).expect("the document is valid");
        assert_eq!(
            description.paths.into_keys().collect::<Vec<_>>(),
            expected,
            "{document} {base_path:?}"
        );
    }
}

#[test]
fn what_is_no_document_is_refused() {
    let reference = |reference: &str| {
        json!({
            "swagger": "2.0",
            "paths": {"/": {"get": {"parameters": [{"$ref": reference}]}}},
            "parameters": {"a": {"$ref": "#/parameters/b"}, "b": {"$ref": "#/parameters/a"}},
        })
        .to_string()
    };
    let header = "x".repeat(1_000_000);
    let gets: Vec<_> = (0..100).map(|number| format!("/{number}")).collect();
    let gets = gets.iter().map(|path| {
        (
            path,
            json!({"get": {"responses": {"200": {"$ref": "#/responses/r"}}}}),
        )
    });
    let copies = json!({
        "swagger": "2.0",
        "paths": gets.map(|(path, item)| (path.clone(), item)).collect::<serde_json::Map<_, _>>(),
        "responses": {"r": {"headers": {header: {}}}},
    });
    let cases = [
        ("{'key:value}".to_owned(), "Invalid OpenAPI input."),
        ("a: [1".to_owned(), "Invalid OpenAPI input."),
        (String::new(), "Invalid OpenAPI input."),
        ("a text".to_owned(), "Invalid OpenAPI input."),
        ("[]".to_owned(), "Invalid OpenAPI input."),
        ("{}".to_owned(), "Invalid OpenAPI input."),
        (r#"{"swagger": "1.2"}"#.to_owned(), "Invalid OpenAPI input."),
        (
            " ".repeat(6 * 1024 * 1024 + 1),
            "The document is larger than",
        ),
        (
            r#"{"swagger": "2.0", "paths": {"x": {}}}"#.to_owned(),
            "The path 'x' does not start with a slash.",
        ),
        (reference("#/parameters/a"), "A reference refers to itself."),
        (
            reference("#/nope"),
            "Unable to resolve the reference '#/nope' in the document.",
        ),
        (
            reference("file:///etc/passwd"),
            "Unable to resolve the reference 'file:///etc/passwd'",
        ),
        (
            reference("https://example.com/x#/y"),
            "Unable to resolve the reference 'https://example.com/x#/y'",
        ),
        (
            copies.to_string(),
            "The references of the document copy too much.",
        ),
    ];
    for (text, expected) in cases {
        let invalid = read(&text, "a", BasePath::Ignore).expect_err(expected);
        assert!(invalid.to_string().starts_with(expected), "{invalid}");
    }
}

/// Members of other kinds than expected are as if they were absent.
#[test]
fn documents_of_any_shape_are_read_or_refused() {
    let whole: Value = json!({
        "swagger": "2.0", "info": {"title": "t"}, "basePath": "/b", "security": [{"k": []}],
        "x-amazon-apigateway-request-validators": {"v": {}},
        "x-amazon-apigateway-gateway-responses": {"DEFAULT_4XX": {"responseParameters": {"a": "b"}}},
        "securityDefinitions": {"k": {"type": "apiKey", "x-amazon-apigateway-authorizer": {"type": "token"}}},
        "definitions": {"D": {"type": "object"}},
        "paths": {"/p/{q}": {"parameters": [{"name": "n", "in": "query"}], "get": {
            "operationId": "o", "consumes": ["a/b"], "parameters": [{"in": "body", "schema": {"type": "string"}}],
            "responses": {"200": {"headers": {"H": {}}, "schema": {"$ref": "#/definitions/D"}}},
            "x-amazon-apigateway-integration": {"type": "mock", "responses": {"default": {
                "statusCode": "200", "responseParameters": {"a": "b"}, "responseTemplates": {"a/b": "c"}}}},
        }}},
    });
    let mut pointers = Vec::new();
    collect(&whole, String::new(), &mut pointers);
    assert!(pointers.len() > 40);
    for pointer in pointers {
        for other in [
            json!(null),
            json!(5),
            json!("x"),
            json!([1, "a"]),
            json!({"a": 1}),
            json!([{}]),
            json!({"$ref": 5}),
        ] {
            let mut changed = whole.clone();
            *changed
                .pointer_mut(&pointer)
                .expect("the pointer is one of the document") = other;
            drop(read(&changed.to_string(), "a", BasePath::Prepend));
        }
    }
}

#[test]
fn what_would_keep_callers_out_is_not_left_out() {
    let read = |more: Value| {
        let mut document = json!({ "openapi": "3.0.1", "info": {"title": "t"}, "paths": {"/a": {"get": more["get"]}} });
        document["x-amazon-apigateway-policy"] = more["policy"].clone();
        read(&document.to_string(), "a", BasePath::Ignore)
    };
    let refused = read(json!({ "get": {}, "policy": {"Statement": []} })).expect_err("refused");
    assert!(
        refused.0.contains("x-amazon-apigateway-policy"),
        "{refused}"
    );
    for (kind, expected) in [
        ("aws_iam", "AWS_IAM"),
        ("NONE", "NONE"),
        ("custom", "CUSTOM"),
    ] {
        let get = json!({ "x-amazon-apigateway-auth": {"type": kind} });
        let described = read(json!({ "get": get })).expect("it can be read");
        assert_eq!(
            described.paths["/a"]["GET"].method["authorizationType"],
            expected
        );
    }
}

fn collect(value: &Value, pointer: String, pointers: &mut Vec<String>) {
    let children: Vec<(String, &Value)> = match value {
        Value::Object(members) => members
            .iter()
            .map(|(name, member)| (name.replace('/', "~1"), member))
            .collect(),
        Value::Array(items) => items
            .iter()
            .enumerate()
            .map(|(index, item)| (index.to_string(), item))
            .collect(),
        _ => Vec::new(),
    };
    for (name, child) in children {
        collect(child, format!("{pointer}/{name}"), pointers);
    }
    pointers.push(pointer);
}
