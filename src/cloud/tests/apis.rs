use serde_json::{Value, json};

use super::*;
use crate::cloud::{ApiMethod, Cloud, WebRequest};

#[tokio::test]
async fn the_methods_of_an_api_are_read_page_by_page() {
    let proxy = json!({
        "type": "AWS_PROXY", "uri": "u", "httpMethod": "POST", "requestTemplates": {},
        "passthroughBehavior": "WHEN_NO_MATCH", "timeoutInMillis": 29000,
    });
    let custom = json!({
        "type": "AWS", "uri": "v", "requestTemplates": { "application/json": "t" },
        "integrationResponses": {
            "200": { "statusCode": "200" },
            "500": { "statusCode": "500", "selectionPattern": ".+", "responseParameters": { "a": "b" } },
        },
    });
    let method = |integration: Value| {
        json!({ "methodIntegration": integration, "authorizationType": "AWS_IAM", "requestParameters": {
            "method.request.querystring.Name": false, "method.request.header.A": true } })
    };
    let (cloud, requests) = Cloud::answering([
        json(&json!({
            "item": [{ "id": "r2", "path": "/b", "resourceMethods": {
                "POST": method(custom), "GET": method(proxy) } }],
            "position": "more",
        })),
        json(&json!({ "item": [
            { "id": "r1", "path": "/a", "resourceMethods": {
                "GET": { "authorizationType": "COGNITO_USER_POOLS" } } },
            { "id": "r0", "path": "/" },
        ] })),
        refused_in_json(404, "NotFoundException"),
    ]);
    let methods = cloud.api_methods("api").await.expect("no failure");
    let of = |resource: &str, path: &str, method: &str, query: &[&str], integration| ApiMethod {
        resource: resource.to_owned(),
        path: path.to_owned(),
        method: method.to_owned(),
        query: query.iter().map(|&name| name.to_owned()).collect(),
        authorization: match path {
            "/a" => "COGNITO_USER_POOLS".to_owned(),
            _ => "AWS_IAM".to_owned(),
        },
        integration,
    };
    let proxy = json!({ "type": "aws_proxy", "uri": "u", "httpMethod": "POST" });
    let custom = json!({
        "type": "aws", "uri": "v", "requestTemplates": { "application/json": "t" },
        "responses": {
            "default": { "statusCode": "200" },
            ".+": { "statusCode": "500", "responseParameters": { "a": "b" } },
        },
    });
    let expected = [
        of("r1", "/a", "GET", &[], None),
        of("r2", "/b", "GET", &["Name"], Some(proxy)),
        of("r2", "/b", "POST", &["Name"], Some(custom)),
    ];
    assert_eq!(methods, expected);
    let ways = |is: fn(&ApiMethod) -> bool| methods.iter().map(is).collect::<Vec<_>>();
    assert_eq!(ways(ApiMethod::wants_token), [true, false, false]);
    assert_eq!(ways(ApiMethod::is_signed), [false, true, true]);
    let requests = sent(&requests);
    assert_has(
        &requests[0],
        &["GET ", "/restapis/api/resources", "embed=methods"],
        &[],
    );
    assert_has(&requests[1], &["position=more"], &[]);
    assert_refused(cloud.api_methods("api").await, "NotFoundException");
}

#[tokio::test]
async fn stages_and_what_one_serves_are_asked_for() {
    let stages = json!({ "item": [{ "stageName": "prod" }, { "stageName": "dev" }] });
    let (cloud, requests) = Cloud::answering([
        json(&stages),
        json(&json!({})),
        json(&json!({ "paths": {} })),
        (200, "no JSON".to_owned()),
        refused_in_json(404, "NotFoundException"),
    ]);
    assert_eq!(
        cloud.api_stages("api").await.expect("no failure"),
        ["dev", "prod"]
    );
    assert_eq!(cloud.api_stages("api").await.expect("no failure"), [""; 0]);
    let document = cloud.exported_api("api", "prod").await;
    assert_eq!(document.expect("no failure"), json!({ "paths": {} }));
    let document = cloud.exported_api("api", "prod").await;
    assert_eq!(document.expect("no failure"), Value::Null);
    assert_refused(cloud.exported_api("api", "prod").await, "NotFoundException");
    let asked = [
        "/restapis/api/stages/prod/exports/oas30",
        "extensions=apigateway",
    ];
    assert_has(&sent(&requests)[2], &asked, &[]);
}

#[tokio::test]
async fn a_method_is_tested_once() {
    let answer =
        json!({ "status": 502, "body": "b", "log": "l", "headers": { "B": "2", "A": "1" } });
    let (cloud, requests) = Cloud::answering([
        json(&answer),
        json(&json!({})),
        refused_in_json(500, "InternalServerError"),
    ]);
    let headers = [("a".to_owned(), "b".to_owned())];
    let tested = cloud.test_method("api", "r", "GET", "/x?y=z", &headers, Some("{}"));
    let tested = tested.await.expect("no failure");
    assert_eq!(
        (tested.status, tested.body.as_str(), tested.log.as_str()),
        (502, "b", "l")
    );
    let pairs = [("A", "1"), ("B", "2")].map(|(name, value)| (name.to_owned(), value.to_owned()));
    assert_eq!(tested.headers, pairs);
    let bare = cloud.test_method("api", "r", "GET", "/", &[], None).await;
    assert_eq!(bare.expect("no failure").status, 0);
    let refused = cloud.test_method("api", "r", "GET", "/", &[], None).await;
    assert_refused(refused, "InternalServerError");
    let asked = [
        "POST ",
        "/restapis/api/resources/r/methods/GET",
        "/x?y=z",
        r#""a":"b""#,
    ];
    assert_has(&sent(&requests)[0], &asked, &[]);
}

#[tokio::test]
async fn a_plain_request_goes_to_the_server_of_the_target() {
    let (cloud, requests) = Cloud::answering([(404, "gone".to_owned())]);
    let request = |method: &str| WebRequest {
        method: method.to_owned(),
        url: "http://abc.execute-api.localhost:80/prod/x?y=z".to_owned(),
        headers: vec![("a".to_owned(), "b".to_owned())],
        body: b"body".to_vec(),
    };
    let answer = cloud.web(request("POST")).await.expect("no failure");
    assert_eq!((answer.status, answer.body.as_slice()), (404, &b"gone"[..]));
    assert_eq!(sent(&requests), ["POST http://script/prod/x?y=z body"]);
    let signed = cloud.signed(request("GET")).await.expect("no failure");
    let names: Vec<&str> = signed
        .headers
        .iter()
        .map(|(name, _)| name.as_str())
        .collect();
    assert_eq!(names, ["a", "x-amz-date", "authorization"]);
    let authorization = &signed.headers[2].1;
    for part in [
        "/execute-api/aws4_request",
        "SignedHeaders=a;host;x-amz-date",
    ] {
        assert!(authorization.contains(part), "{authorization}");
    }
    let wrong = cloud.web(request("no method")).await;
    let wrong = wrong.expect_err("it cannot be sent");
    assert!(
        matches!(wrong, CloudError::Unreachable { sent: false, .. }),
        "{wrong:?}"
    );
}
