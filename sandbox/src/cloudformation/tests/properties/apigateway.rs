//! REST APIs and what is in them. For each row there are two APIs, `{id}-one` and `{id}-two`; each has the
//! resources `-a` and `-b` with methods, the deployments `-d` and `-e`, the validators `-v` and `-w`, the
//! authorizers `-x` and `-y`, and the model `Pet`.

use serde_json::{Value, json};

use super::super::{Sandbox, ask};
use super::{Subject, row, tags};
use crate::cognito::pool_arn;

pub const MISSING_API: &str = "missing";

/// Makes what the rows name.
pub async fn prepare(sandbox: &Sandbox, api: &str) {
    let gateway = &*sandbox.platform.apigateway;
    let create = |operation, id: String, parameters: Value| {
        let created = gateway.create_as(operation, &id, parameters);
        created.expect("it is made")
    };
    let made = create("CreateRestApi", api.to_owned(), json!({ "name": api }));
    for end in ["a", "b"] {
        let id = format!("{api}-{end}");
        let resource =
            json!({ "restApiId": api, "parentId": made["rootResourceId"], "pathPart": id });
        create("CreateResource", id.clone(), resource);
        let at = json!({ "restApiId": api, "resourceId": id, "httpMethod": "ANY" });
        let mut method = at.clone();
        method["authorizationType"] = json!("NONE");
        ask(gateway, "PutMethod", method).await.expect("made");
        let mut integration = at;
        integration["type"] = json!("MOCK");
        ask(gateway, "PutIntegration", integration)
            .await
            .expect("made");
    }
    for end in ["d", "e"] {
        create(
            "CreateDeployment",
            format!("{api}-{end}"),
            json!({ "restApiId": api }),
        );
    }
    for end in ["v", "w"] {
        let validator = json!({ "restApiId": api, "name": end });
        create("CreateRequestValidator", format!("{api}-{end}"), validator);
    }
    for end in ["x", "y"] {
        let authorizer = json!({
            "restApiId": api, "name": end, "type": "COGNITO_USER_POOLS",
            "providerARNs": [pool_arn(api)], "identitySource": "method.request.header.Authorization",
        });
        create("CreateAuthorizer", format!("{api}-{end}"), authorizer);
    }
    let model = json!({ "restApiId": api, "name": "Pet", "contentType": "application/json" });
    ask(gateway, "CreateModel", model).await.expect("made");
}

fn long() -> Value {
    json!("d".repeat(1025))
}

pub fn account() -> Subject {
    let role = |name: &str| json!(format!("arn:aws:iam::000000000000:role/{name}"));
    Subject {
        kind: "AWS::ApiGateway::Account",
        least: json!({}),
        full: json!({}),
        rows: vec![row(
            "CloudWatchRoleArn",
            "/cloudwatchRoleArn",
            role("one"),
            role("two"),
            json!("none"),
        )],
        attributes: vec![("Id", "{ref}")],
    }
}

pub fn rest_api() -> Subject {
    let least = json!({ "Name": "{id}" });
    let types = |kind: &str| json!({ "Types": [kind] });
    Subject {
        kind: "AWS::ApiGateway::RestApi",
        full: least.clone(),
        least,
        rows: vec![
            row(
                "ApiKeySourceType",
                "/apiKeySource",
                json!("HEADER"),
                json!("HEADER"),
                json!("AUTHORIZER"),
            )
            .or_else(json!("HEADER")),
            row(
                "BinaryMediaTypes",
                "/binaryMediaTypes",
                json!(["image/png", "a/b"]),
                json!(["a/b", "*/*"]),
                json!(["png"]),
            ),
            row(
                "Body",
                "/version",
                json!({ "openapi": "3.0.1", "info": { "title": "a", "version": "1" }, "paths": {} }),
                json!({ "swagger": "2.0", "info": { "title": "a", "version": "2" }, "paths": {} }),
                json!({ "info": {} }),
            )
            .shows(json!("1"), json!("2"))
            .or_else(json!("2")),
            row("Description", "/description", json!("1"), json!("2"), long()),
            row(
                "DisableExecuteApiEndpoint",
                "/disableExecuteApiEndpoint",
                json!(true),
                json!(false),
                json!("maybe"),
            )
            .or_else(json!(false)),
            row(
                "EndpointConfiguration",
                "/endpointConfiguration/types",
                types("REGIONAL"),
                types("EDGE"),
                types("PRIVATE"),
            )
            .shows(json!(["REGIONAL"]), json!(["EDGE"]))
            .or_else(json!(["EDGE"])),
            row("Name", "/name", json!("one"), json!("two"), json!("")).or_else(json!("{id}")),
            tags("/tags"),
        ],
        attributes: vec![("RestApiId", "/id"), ("RootResourceId", "/rootResourceId")],
    }
}

pub fn resource() -> Subject {
    let least = json!({ "ParentId": "{id}-one-a", "PathPart": "part", "RestApiId": "{id}-one" });
    Subject {
        kind: "AWS::ApiGateway::Resource",
        full: least.clone(),
        least,
        rows: vec![
            row(
                "ParentId",
                "/parentId",
                json!("{id}-one-b"),
                json!("{id}-one-a"),
                json!("missing"),
            )
            .or_else(json!("{id}-one-a")),
            row(
                "PathPart",
                "/pathPart",
                json!("one"),
                json!("{two}"),
                json!("a/b"),
            )
            .or_else(json!("part")),
            row(
                "RestApiId",
                "/restApiId",
                json!("{id}-one"),
                json!("{id}-two"),
                json!(MISSING_API),
            )
            .along(json!({}), json!({ "ParentId": "{id}-two-a" }), json!({}))
            .or_else(json!("{id}-one")),
        ],
        attributes: vec![("ResourceId", "/id")],
    }
}

pub fn deployment() -> Subject {
    let least = json!({ "RestApiId": "{id}-one" });
    let stage = |name: &str| json!({ "StageName": name });
    let described = |text: Value| json!({ "Description": text, "TracingEnabled": true, "Variables": { "a": text } });
    Subject {
        kind: "AWS::ApiGateway::Deployment",
        full: least.clone(),
        least,
        rows: vec![
            row(
                "Description",
                "/description",
                json!("1"),
                json!("2"),
                long(),
            ),
            row(
                "RestApiId",
                "/restApiId",
                json!("{id}-one"),
                json!("{id}-two"),
                json!(MISSING_API),
            )
            .or_else(json!("{id}-one")),
            row(
                "StageDescription",
                "/stages/s/variables",
                described(json!("1")),
                described(json!("2")),
                described(json!("a b")),
            )
            .along(stage("s"), stage("s"), stage("s"))
            .shows(json!({ "a": "1" }), json!({ "a": "2" })),
            row(
                "StageName",
                "/stages/one/stageName",
                json!("one"),
                json!("two"),
                json!("a b"),
            )
            .shows(json!("one"), Value::Null),
        ],
        attributes: vec![("DeploymentId", "/id")],
    }
}

pub fn stage() -> Subject {
    let least =
        json!({ "RestApiId": "{id}-one", "DeploymentId": "{id}-one-d", "StageName": "prod" });
    let log = |group: &str| {
        json!({ "DestinationArn": format!("arn:aws:logs:us-east-1:000000000000:log-group:{group}"),
            "Format": "$context.requestId" })
    };
    let settings = |path: &str, level: &str| {
        json!([{ "ResourcePath": path, "HttpMethod": "GET", "LoggingLevel": level,
            "DataTraceEnabled": true, "MetricsEnabled": true, "ThrottlingBurstLimit": 5,
            "ThrottlingRateLimit": 2.5 }])
    };
    let at = |member: &str| &*format!("/{{id}}-one/stages/prod{member}").leak();
    Subject {
        kind: "AWS::ApiGateway::Stage",
        full: least.clone(),
        least,
        rows: vec![
            row(
                "AccessLogSetting",
                at("/accessLogSettings/destinationArn"),
                log("one"),
                log("two"),
                json!({ "DestinationArn": "arn:aws:s3:::b", "Format": "" }),
            )
            .shows(
                log("one")["DestinationArn"].clone(),
                log("two")["DestinationArn"].clone(),
            ),
            row(
                "DeploymentId",
                at("/deploymentId"),
                json!("{id}-one-e"),
                json!("{id}-one-d"),
                json!("missing"),
            )
            .or_else(json!("{id}-one-d")),
            row(
                "Description",
                at("/description"),
                json!("1"),
                json!("2"),
                long(),
            ),
            row(
                "MethodSettings",
                at("/methodSettings/~01pets~1GET/loggingLevel"),
                settings("/pets", "INFO"),
                settings("/pets", "ERROR"),
                settings("/pets", "ALL"),
            )
            .shows(json!("INFO"), json!("ERROR")),
            row(
                "MethodSettings",
                at("/methodSettings/*~1GET/throttlingRateLimit"),
                settings("/*", "INFO"),
                settings("/pets", "INFO"),
                settings("/*", "ALL"),
            )
            .shows(json!(2.5), Value::Null),
            row(
                "RestApiId",
                "/{id}-two/stages/other/stageName",
                json!("{id}-one"),
                json!("{id}-two"),
                json!(MISSING_API),
            )
            .along(
                json!({}),
                json!({ "DeploymentId": "{id}-two-d", "StageName": "other" }),
                json!({}),
            )
            .shows(Value::Null, json!("other")),
            row(
                "StageName",
                "/{id}-one/stages/one/stageName",
                json!("one"),
                json!("two"),
                json!("a b"),
            )
            .shows(json!("one"), Value::Null),
            tags(at("/tags")),
            row(
                "TracingEnabled",
                at("/tracingEnabled"),
                json!(true),
                json!(false),
                json!("maybe"),
            )
            .or_else(json!(false)),
            row(
                "Variables",
                at("/variables"),
                json!({ "a": "1", "b": "1" }),
                json!({ "b": "2", "c": "2" }),
                json!({ "a-b": "1" }),
            ),
        ],
        attributes: Vec::new(),
    }
}

pub fn model() -> Subject {
    let least = json!({ "RestApiId": "{id}-one", "Name": "Cat" });
    let schema = |kind: &str| json!({ "type": kind });
    let at = |member: &str| &*format!("/{{id}}-one/models/Cat{member}").leak();
    Subject {
        kind: "AWS::ApiGateway::Model",
        full: least.clone(),
        least,
        rows: vec![
            // What is replaced needs another name.
            row(
                "ContentType",
                at("/contentType"),
                json!("text/plain"),
                json!("a/b"),
                json!("none"),
            )
            .along(json!({}), json!({ "Name": "Dog" }), json!({}))
            .shows(json!("text/plain"), Value::Null)
            .or_else(json!("application/json")),
            row(
                "Description",
                at("/description"),
                json!("1"),
                json!("2"),
                long(),
            ),
            row(
                "Name",
                "/{id}-one/models/Dog/name",
                json!("Dog"),
                json!("Cow"),
                json!("a b"),
            )
            .shows(json!("Dog"), Value::Null),
            row(
                "RestApiId",
                "/{id}-two/models/Dog/name",
                json!("{id}-one"),
                json!("{id}-two"),
                json!(MISSING_API),
            )
            .along(json!({}), json!({ "Name": "Dog" }), json!({}))
            .shows(Value::Null, json!("Dog")),
            row(
                "Schema",
                at("/schema"),
                schema("object"),
                json!("{\"type\":\"array\"}"),
                json!("{"),
            )
            .shows(
                json!("{\"type\":\"object\"}"),
                json!("{\"type\":\"array\"}"),
            )
            .or_any(),
        ],
        attributes: Vec::new(),
    }
}

pub fn request_validator() -> Subject {
    let least = json!({ "RestApiId": "{id}-one" });
    let flag = |property: &'static str, at: &'static str| {
        row(property, at, json!(true), json!(false), json!("maybe")).or_else(json!(false))
    };
    Subject {
        kind: "AWS::ApiGateway::RequestValidator",
        full: least.clone(),
        least,
        rows: vec![
            row("Name", "/name", json!("one"), json!("two"), json!(["a"])),
            row(
                "RestApiId",
                "/restApiId",
                json!("{id}-one"),
                json!("{id}-two"),
                json!(MISSING_API),
            )
            .or_else(json!("{id}-one")),
            flag("ValidateRequestBody", "/validateRequestBody"),
            flag("ValidateRequestParameters", "/validateRequestParameters"),
        ],
        attributes: vec![("RequestValidatorId", "/id")],
    }
}

pub fn gateway_response() -> Subject {
    let least = json!({ "RestApiId": "{id}-one", "ResponseType": "THROTTLED" });
    let header = |value: &str| json!({ "gatewayresponse.header.A": value });
    let at = |member: &str| &*format!("/{{id}}-one/gatewayResponses/THROTTLED{member}").leak();
    Subject {
        kind: "AWS::ApiGateway::GatewayResponse",
        full: least.clone(),
        least,
        rows: vec![
            row(
                "ResponseParameters",
                at("/responseParameters"),
                header("'1'"),
                header("'2'"),
                json!({ "header.A": "'1'" }),
            )
            .or_else(json!({})),
            row(
                "ResponseTemplates",
                at("/responseTemplates"),
                json!({ "a/b": "1" }),
                json!({ "a/b": "2" }),
                json!({ "a/b": ["3"] }),
            )
            .or_else(json!({ "application/json": "{\"message\":$context.error.messageString}" })),
            row(
                "ResponseType",
                "/{id}-one/gatewayResponses/UNAUTHORIZED/responseType",
                json!("UNAUTHORIZED"),
                json!("DEFAULT_4XX"),
                json!("OTHER"),
            )
            .shows(json!("UNAUTHORIZED"), Value::Null),
            row(
                "RestApiId",
                "/{id}-two/gatewayResponses/THROTTLED/responseType",
                json!("{id}-one"),
                json!("{id}-two"),
                json!(MISSING_API),
            )
            .shows(Value::Null, json!("THROTTLED")),
            row(
                "StatusCode",
                at("/statusCode"),
                json!("420"),
                json!(430),
                json!("999"),
            )
            .shows(json!("420"), json!("430"))
            .or_else(json!("429")),
        ],
        attributes: vec![("Id", "{ref}")],
    }
}
