//! Methods of REST APIs and their authorizers: who may call what, and what answers. The rows name what
//! `apigateway` prepares.

use serde_json::{Value, json};

use super::apigateway::MISSING_API;
use super::{Subject, row};
use crate::cognito::pool_arn;

pub fn method() -> Subject {
    let least = json!({ "RestApiId": "{id}-one", "ResourceId": "{id}-one-a", "HttpMethod": "GET" });
    let header = "method.request.header.A";
    let other = "method.request.querystring.b";
    let shown = "method.response.header.C";
    let function = |name: &str| {
        format!(
            "arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/arn:aws:lambda:us-east-1:\
             000000000000:function:{name}/invocations"
        )
    };
    let integration = |name: &str, pattern: &str| {
        json!({
            "Type": "AWS",
            "IntegrationHttpMethod": "POST",
            "Uri": function(name),
            "CacheKeyParameters": [],
            "CacheNamespace": name,
            "ConnectionType": "INTERNET",
            "ContentHandling": "CONVERT_TO_TEXT",
            "Credentials": "arn:aws:iam::000000000000:role/r",
            "PassthroughBehavior": "NEVER",
            "RequestParameters": { "integration.request.header.X": "'x'" },
            "RequestTemplates": { "application/json": "{}" },
            "TimeoutInMillis": 1000,
            "IntegrationResponses": [{
                "StatusCode": "200",
                "SelectionPattern": pattern,
                "ContentHandling": "CONVERT_TO_TEXT",
                "ResponseParameters": { shown: "'c'" },
                "ResponseTemplates": { "application/json": pattern },
            }],
        })
    };
    let responses = |status: &str| {
        json!([{ "StatusCode": status, "ResponseParameters": { shown: true },
            "ResponseModels": { "application/json": "Empty" } }])
    };
    let with_pools = || json!({ "AuthorizationType": "COGNITO_USER_POOLS" });
    let with_authorizer = |end: &str| {
        let id = format!("{{id}}-one-{end}");
        json!({ "AuthorizationType": "COGNITO_USER_POOLS", "AuthorizerId": id })
    };
    let with_response = || json!({ "MethodResponses": responses("200") });
    let at =
        |member: &str| format!("/{{id}}-one/resources/{{id}}-one-a/resourceMethods/GET{member}");
    let at = |member: &str| &*at(member).leak();
    Subject {
        kind: "AWS::ApiGateway::Method",
        full: least.clone(),
        least,
        rows: vec![
            row("ApiKeyRequired", at("/apiKeyRequired"), json!(false), json!(false), json!(true))
                .or_else(json!(false)),
            row(
                "AuthorizationType",
                at("/authorizationType"),
                json!("COGNITO_USER_POOLS"),
                json!("NONE"),
                json!("CUSTOM"),
            )
            .along(json!({ "AuthorizerId": "{id}-one-x" }), json!({}), json!({}))
            .or_else(json!("NONE")),
            row(
                "AuthorizationType",
                at("/authorizationType"),
                json!("AWS_IAM"),
                json!("NONE"),
                json!("aws_iam"),
            )
            .or_else(json!("NONE")),
            row(
                "AuthorizationScopes",
                at("/authorizationScopes"),
                json!(["a", "b"]),
                json!(["c"]),
                json!(["a"]),
            )
            .along(with_authorizer("x"), with_authorizer("x"), json!({})),
            row(
                "AuthorizerId",
                at("/authorizerId"),
                json!("{id}-one-x"),
                json!("{id}-one-y"),
                json!("{id}-one-z"),
            )
            .along(with_pools(), with_pools(), with_pools()),
            row(
                "HttpMethod",
                "/{id}-one/resources/{id}-one-a/resourceMethods/POST/httpMethod",
                json!("POST"),
                json!("PUT"),
                json!("FETCH"),
            )
            .shows(json!("POST"), Value::Null),
            row(
                "Integration",
                at("/methodIntegration/integrationResponses/200/selectionPattern"),
                integration("one", "1.."),
                integration("two", "2.."),
                integration("three", "("),
            )
            .along(with_response(), with_response(), with_response())
            .shows(json!("1.."), json!("2..")),
            row(
                "Integration",
                at("/methodIntegration/uri"),
                json!({ "Type": "AWS_PROXY", "IntegrationHttpMethod": "POST", "Uri": function("one") }),
                json!({ "Type": "AWS_PROXY", "IntegrationHttpMethod": "POST", "Uri": function("two") }),
                json!({ "Type": "AWS_PROXY", "IntegrationHttpMethod": "POST", "Uri": "none" }),
            )
            .shows(json!(function("one")), json!(function("two"))),
            row(
                "MethodResponses",
                at("/methodResponses/200/responseParameters"),
                responses("200"),
                responses("404"),
                responses("999"),
            )
            .shows(json!({ shown: true }), Value::Null),
            row("OperationName", at("/operationName"), json!("one"), json!("two"), json!(["a"])),
            row(
                "RequestModels",
                at("/requestModels/a~1b"),
                json!({ "a/b": "Pet" }),
                json!({ "a/b": "Empty" }),
                json!({ "a/b": "Missing" }),
            )
            .shows(json!("Pet"), json!("Empty")),
            row(
                "RequestParameters",
                at("/requestParameters"),
                json!({ header: true }),
                json!({ header: false, other: true }),
                json!({ "header.A": true }),
            ),
            row(
                "RequestValidatorId",
                at("/requestValidatorId"),
                json!("{id}-one-v"),
                json!("{id}-one-w"),
                json!("missing"),
            ),
            row(
                "ResourceId",
                "/{id}-one/resources/{id}-one-b/resourceMethods/GET/httpMethod",
                json!("{id}-one-b"),
                json!("{id}-one-a"),
                json!("missing"),
            )
            .shows(json!("GET"), Value::Null),
            row(
                "RestApiId",
                "/{id}-two/resources/{id}-two-a/resourceMethods/GET/httpMethod",
                json!("{id}-one"),
                json!("{id}-two"),
                json!(MISSING_API),
            )
            .along(json!({}), json!({ "ResourceId": "{id}-two-a" }), json!({}))
            .shows(Value::Null, json!("GET")),
        ],
        attributes: Vec::new(),
    }
}

pub fn authorizer() -> Subject {
    let least = json!({
        "RestApiId": "{id}-one", "Name": "who", "Type": "COGNITO_USER_POOLS",
        "ProviderARNs": [pool_arn("{id}-one")], "IdentitySource": "method.request.header.Authorization",
    });
    let header = |name: &str| json!(format!("method.request.header.{name}"));
    let pools = |ends: &[&str]| -> Value {
        let arns = ends.iter().map(|end| pool_arn(&format!("{{id}}-{end}")));
        arns.collect()
    };
    Subject {
        kind: "AWS::ApiGateway::Authorizer",
        full: least.clone(),
        rows: vec![
            row(
                "AuthType",
                "/authType",
                json!("cognito_user_pools"),
                json!("cognito_user_pools"),
                json!("custom"),
            )
            .or_else(json!("cognito_user_pools")),
            row(
                "IdentitySource",
                "/identitySource",
                header("A"),
                header("B"),
                json!("method.request.querystring.a"),
            )
            .or_else(header("Authorization")),
            row(
                "IdentityValidationExpression",
                "/identityValidationExpression",
                json!("a+"),
                json!("b+"),
                json!("("),
            ),
            row("Name", "/name", json!("one"), json!("two"), json!("")).or_else(json!("who")),
            row(
                "ProviderARNs",
                "/providerARNs",
                pools(&["one", "two"]),
                pools(&["two"]),
                json!([pool_arn("us-east-1_none")]),
            )
            .or_else(pools(&["one"])),
            row(
                "RestApiId",
                "/restApiId",
                json!("{id}-one"),
                json!("{id}-two"),
                json!(MISSING_API),
            )
            .or_else(json!("{id}-one")),
            row(
                "Type",
                "/type",
                json!("COGNITO_USER_POOLS"),
                json!("COGNITO_USER_POOLS"),
                json!("TOKEN"),
            )
            .or_else(json!("COGNITO_USER_POOLS")),
        ],
        least,
        attributes: vec![("AuthorizerId", "/id")],
    }
}
