//! SAM's APIs, transformed.

use super::*;

fn transformed(resources: &Value) -> Result<Value, String> {
    let body = json!({ "Transform": "AWS::Serverless-2016-10-31", "Resources": resources });
    let template = Template::parse(&body.to_string()).map_err(|fault| format!("{fault:?}"))?;
    Ok(template.body["Resources"].clone())
}

fn function(events: Value) -> Value {
    json!({ "Type": "AWS::Serverless::Function", "Properties": {
        "CodeUri": "s3://bucket/key", "Handler": "bootstrap", "Runtime": "provided.al2023",
        "Role": "arn:aws:iam::000000000000:role/r", "Events": events } })
}

fn event(path: &str, method: &str) -> Value {
    json!({ "Type": "Api", "Properties": { "Path": path, "Method": method } })
}

/// The ids of the resources of a type.
fn of_type(resources: &Value, kind: &str) -> Vec<String> {
    let all = resources.as_object().expect("a map").iter();
    let found = all.filter(|(_, resource)| resource["Type"] == kind);
    found.map(|(id, _)| id.clone()).collect()
}

#[test]
fn events_that_name_no_api_share_one() {
    let resources = json!({
        "A": function(json!({ "Get": event("/pets/{id}", "get"), "All": event("/", "any") })),
        "B": function(json!({ "Put": event("/pets/{id}", "PUT") })),
    });
    let made = transformed(&resources).expect("transformed");
    assert_eq!(
        of_type(&made, "AWS::ApiGateway::RestApi"),
        ["ServerlessRestApi"]
    );
    assert_eq!(
        of_type(&made, "AWS::ApiGateway::Stage"),
        ["ServerlessRestApiProdStage"]
    );
    assert_eq!(
        made["ServerlessRestApiProdStage"]["Properties"]["StageName"],
        "Prod"
    );
    let parts = of_type(&made, "AWS::ApiGateway::Resource");
    let parts: Vec<&Value> = parts
        .iter()
        .map(|id| &made[id]["Properties"]["PathPart"])
        .collect();
    assert_eq!(parts, ["pets", "{id}"]);
    let methods = of_type(&made, "AWS::ApiGateway::Method");
    let mut names: Vec<&str> = methods
        .iter()
        .filter_map(|id| made[id]["Properties"]["HttpMethod"].as_str())
        .collect();
    names.sort_unstable();
    assert_eq!(names, ["ANY", "GET", "PUT"]);
    let deployment = of_type(&made, "AWS::ApiGateway::Deployment");
    assert!(
        deployment[0].starts_with("ServerlessRestApiDeployment"),
        "{deployment:?}"
    );
    assert_eq!(made[&deployment[0]]["DependsOn"], json!(methods));
    let arn = |id: &str| made[id]["Properties"]["SourceArn"]["Fn::Sub"].as_str();
    let permission = arn("AGetPermissionProd").expect("it is there");
    assert!(
        permission.ends_with(":${ServerlessRestApi}/*/GET/pets/*"),
        "{permission}"
    );
    let any = arn("AAllPermissionProd").expect("it is there");
    assert!(any.ends_with(":${ServerlessRestApi}/*/*/"), "{any}");
    assert!(made["A"]["Properties"].get("Events").is_none());

    // Another API is another deployment.
    let mut changed = resources;
    changed["B"] = function(json!({ "Put": event("/pets", "PUT") }));
    let made = transformed(&changed).expect("transformed");
    assert_ne!(of_type(&made, "AWS::ApiGateway::Deployment"), deployment);
}

#[test]
fn an_api_has_settings_and_cors() {
    let mut own = event("/pets", "post");
    own["Properties"]["RestApiId"] = json!({ "Ref": "Own" });
    let made = transformed(&json!({
        "A": function(json!({ "Post": own })),
        "Own": { "Type": "AWS::Serverless::Api", "Properties": {
            "StageName": "v1", "Cors": { "AllowOrigin": "'http://here'", "AllowHeaders": "'X-A'" },
            "BinaryMediaTypes": ["image~1png"], "EndpointConfiguration": "REGIONAL",
            "Variables": { "a": "b" }, "Tags": { "t": "1" } } },
    }));
    let made = made.expect("transformed");
    let expected = json!({ "BinaryMediaTypes": ["image/png"], "Name": { "Ref": "AWS::StackName" },
        "EndpointConfiguration": { "Types": ["REGIONAL"] }, "Tags": [{ "Key": "t", "Value": "1" }] });
    assert_eq!(made["Own"]["Properties"], expected);
    assert_eq!(
        made["Ownv1Stage"]["Properties"]["Variables"],
        json!({ "a": "b" })
    );
    let methods = of_type(&made, "AWS::ApiGateway::Method");
    let options = methods
        .iter()
        .find(|id| made[*id]["Properties"]["HttpMethod"] == "OPTIONS");
    let options = &made[options.expect("it is there")]["Properties"]["Integration"];
    let headers = &options["IntegrationResponses"][0]["ResponseParameters"];
    let expected = json!({
        "method.response.header.Access-Control-Allow-Origin": "'http://here'",
        "method.response.header.Access-Control-Allow-Headers": "'X-A'",
        "method.response.header.Access-Control-Allow-Methods": "'OPTIONS,POST'",
    });
    assert_eq!(headers, &expected);
}

#[test]
fn what_no_api_can_be_is_refused() {
    let twice = json!({ "One": event("/a", "get"), "Two": event("/a/", "GET") });
    let other = json!({ "One": { "Type": "Api", "Properties": { "Path": "/a", "Method": "get",
        "RestApiId": { "Ref": "None" } } } });
    for (events, words) in [
        (twice, "defined multiple times"),
        (other, "must be a reference to"),
        (json!({ "One": event("a", "get") }), "leading slash"),
        (
            json!({ "One": { "Type": "Api", "Properties": { "Path": "/a" } } }),
            "missing property 'Method'",
        ),
        (
            json!({ "One": { "Type": "Kinesis" } }),
            "supports only the event sources Api, CloudWatchEvent, DynamoDB, EventBridgeRule, S3, Schedule, ScheduleV2, SNS, SQS",
        ),
    ] {
        let refused = transformed(&json!({ "A": function(events) })).expect_err(words);
        assert!(refused.contains(words), "{refused}");
    }
    let refused = transformed(
        &json!({ "Own": { "Type": "AWS::Serverless::Api", "Properties": {
        "StageName": "v1", "Domain": {} } } }),
    );
    assert!(refused.expect_err("refused").contains("property 'Domain'"));
}

#[test]
fn callers_sign_where_the_api_or_the_event_says_so() {
    let made = |of_api: Value, of_event: Value| {
        let mut get = event("/a", "get");
        if !of_event.is_null() {
            get["Properties"]["Auth"] = of_event;
        }
        get["Properties"]["RestApiId"] = json!({ "Ref": "Api" });
        let mut properties = json!({ "StageName": "prod", "Cors": "'*'" });
        if !of_api.is_null() {
            properties["Auth"] = of_api;
        }
        let made = transformed(&json!({
            "Api": { "Type": "AWS::Serverless::Api", "Properties": properties },
            "F": function(json!({ "Get": get })),
        }))?;
        let methods = of_type(&made, "AWS::ApiGateway::Method");
        let method = |name: &str| {
            let found = methods.iter().map(|id| &made[id]["Properties"]);
            let mut found = found.filter(|method| method["HttpMethod"] == name);
            found.next().expect("it is there").clone()
        };
        let (get, options) = (method("GET"), method("OPTIONS"));
        let credentials = &get["Integration"]["Credentials"];
        Ok::<_, String>(json!([
            get["AuthorizationType"],
            credentials["Fn::Sub"].as_str().or(credentials.as_str()),
            options["AuthorizationType"]
        ]))
    };
    let caller = "arn:${AWS::Partition}:iam::*:user/*";
    let iam = || json!({ "DefaultAuthorizer": "AWS_IAM" });
    for (of_api, of_event, expected) in [
        (Value::Null, Value::Null, json!(["NONE", null, "NONE"])),
        (iam(), Value::Null, json!(["AWS_IAM", caller, "AWS_IAM"])),
        (
            json!({ "DefaultAuthorizer": "AWS_IAM", "InvokeRole": "NONE",
                "AddDefaultAuthorizerToCorsPreflight": false }),
            Value::Null,
            json!(["AWS_IAM", null, "NONE"]),
        ),
        (
            iam(),
            json!({ "Authorizer": "NONE" }),
            json!(["NONE", null, "AWS_IAM"]),
        ),
        (
            iam(),
            json!({ "InvokeRole": "arn:r" }),
            json!(["AWS_IAM", null, "AWS_IAM"]),
        ),
        (
            Value::Null,
            json!({ "Authorizer": "AWS_IAM" }),
            json!(["AWS_IAM", caller, "NONE"]),
        ),
        (
            Value::Null,
            json!({ "Authorizer": "AWS_IAM", "InvokeRole": "arn:r" }),
            json!(["AWS_IAM", "arn:r", "NONE"]),
        ),
        (
            json!({ "InvokeRole": "NONE" }),
            json!({ "Authorizer": "AWS_IAM", "InvokeRole": "CALLER_CREDENTIALS" }),
            json!(["AWS_IAM", caller, "NONE"]),
        ),
    ] {
        assert_eq!(
            made(of_api.clone(), of_event.clone()),
            Ok(expected),
            "{of_api} {of_event}"
        );
    }
    for (of_api, of_event, reason) in [
        (
            json!({ "Authorizers": {} }),
            Value::Null,
            "does not support property 'Authorizers' of Auth",
        ),
        (
            json!({ "DefaultAuthorizer": "Mine" }),
            Value::Null,
            "'Mine' was not defined in 'Authorizers'",
        ),
        (json!("AWS_IAM"), Value::Null, "'Auth' should be a map"),
        (
            Value::Null,
            json!({ "ApiKeyRequired": true }),
            "'ApiKeyRequired' of Auth",
        ),
        (
            Value::Null,
            json!({ "Authorizer": "NONE" }),
            "on API method [get] for path [/a] because 'NONE' is only",
        ),
        (
            Value::Null,
            json!({ "Authorizer": "Mine" }),
            "Unable to set Authorizer [Mine] on API method [get]",
        ),
    ] {
        let refusal = made(of_api, of_event).expect_err(reason);
        assert!(refusal.contains(reason), "{refusal}");
    }
}
