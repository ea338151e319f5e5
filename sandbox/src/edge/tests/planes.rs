//! The two planes and their hosts: what a web page, a rebound name or a request to the wrong host gets.

use bytes::Bytes;
use futures_util::{Stream, stream};
use http::Request;
use http_body_util::{BodyExt, StreamBody};
use hyper::body::Frame;

use super::{Front, form, request};
use crate::paths::HEALTH;
use crate::wire::{Body, BodyTimedOut, BoxError};

const HOST_OF_ANN: &str = "ann.greetings.localhost:4566";

#[tokio::test]
async fn a_data_plane_answers_without_a_signature_at_its_own_hosts() {
    let front = Front::new();
    for host in [HOST_OF_ANN, "ANN.greetings.LOCALHOST"] {
        let sent = request("PUT", "/prod/a%20b?c=d", &[("host", host)], "body");
        let response = front.send(sent).await;
        assert_eq!(response.status, 200);
        assert_eq!(response.text, "ann: PUT /prod/a%20b?c=d");
        assert!(!response.headers.contains_key("content-security-policy"));
    }
}

#[tokio::test]
async fn a_data_plane_answers_web_pages_of_any_origin() {
    let front = Front::new();
    for (name, value) in [
        ("origin", "http://example.org"),
        ("origin", "null"),
        ("sec-fetch-site", "cross-site"),
        ("sec-fetch-site", "same-origin"),
    ] {
        let sent = request("GET", "/", &[("host", HOST_OF_ANN), (name, value)], "");
        assert_eq!(front.send(sent).await.status, 200, "{name}: {value}");
    }
}

#[tokio::test]
async fn neither_plane_answers_at_a_name_that_can_be_registered() {
    let front = Front::new();
    for host in [
        "example.org",
        "ann.greetings.localhost.example.org",
        "greetings.localhost",
        "ann.others.localhost",
        "ann.localhost",
        "",
    ] {
        for sent in [
            request("GET", "/", &[("host", host)], ""),
            request("GET", HEALTH, &[("host", host)], ""),
            request("GET", "/_greetings/ann/", &[("host", host)], ""),
        ] {
            let response = front.send(sent).await;
            assert_eq!(response.status, 403, "{host}: {}", response.text);
        }
    }
}

#[tokio::test]
async fn the_control_plane_is_not_at_the_hosts_of_a_data_plane() {
    let front = Front::new();
    let health = request("GET", HEALTH, &[("host", HOST_OF_ANN)], "");
    assert_eq!(front.send(health).await.text, format!("ann: GET {HEALTH}"));
    let mut signed = front.signed("formgreeter", form("Action=Greet&Name=Ann"));
    let host = HOST_OF_ANN.parse().expect("a value");
    signed.headers_mut().insert("host", host);
    assert_eq!(front.send(signed).await.text, "ann: POST /");
    // Nor is another thing, by the path form.
    let bob = request("GET", "/_greetings/bob/", &[("host", HOST_OF_ANN)], "");
    assert_eq!(front.send(bob).await.text, "ann: GET /_greetings/bob/");
}

#[tokio::test]
async fn a_data_plane_is_at_the_control_host_in_the_path_form_alone() {
    let front = Front::new();
    for path in ["/_greetings/ann/prod?a=b", "/_greetings/ann"] {
        let response = front.send(request("GET", path, &[], "")).await;
        assert_eq!(response.status, 200, "{}", response.text);
    }
    let response = front
        .send(request("GET", "/_greetings/ann/prod?a=b", &[], ""))
        .await;
    assert_eq!(response.text, "ann: GET /prod?a=b");
    for path in [
        "/prod",
        "/greetings/ann/",
        "/_greetings",
        "/_greetings/",
        "/_greetings//prod",
        "/_others/ann/",
        "/x/_greetings/ann/",
    ] {
        let response = front.send(request("GET", path, &[], "")).await;
        assert_eq!(response.status, 403, "{path}: {}", response.text);
        assert!(response.text.contains("not signed"), "{}", response.text);
    }
}

/// At the origin of the control plane a page could act as one of its own.
#[tokio::test]
async fn no_page_comes_from_the_path_form() {
    let front = Front::new();
    for (name, value) in [
        ("origin", "http://example.org"),
        ("origin", "http://127.0.0.1:4566"),
        ("sec-fetch-site", "none"),
        ("sec-fetch-site", "same-origin"),
        ("sec-fetch-site", "cross-site"),
    ] {
        let sent = request("GET", "/_greetings/ann/", &[(name, value)], "");
        let response = front.send(sent).await;
        assert_eq!(response.status, 403, "{name}: {value}");
    }
    // A browser that says nothing of itself runs no script and keeps the page to itself.
    let response = front
        .send(request("GET", "/_greetings/ann/", &[], ""))
        .await;
    assert_eq!(response.headers["content-security-policy"], "sandbox");
    assert_eq!(response.headers["x-content-type-options"], "nosniff");
}

#[tokio::test]
async fn the_control_plane_refuses_what_web_pages_send() {
    let front = Front::new();
    for (name, value) in [
        ("origin", "http://example.org"),
        ("origin", "null"),
        ("origin", "http://127.0.0.1:4566"),
        ("origin", "http://ann.greetings.localhost:4566"),
        ("sec-fetch-site", "cross-site"),
        ("sec-fetch-site", "same-site"),
    ] {
        let mut signed = front.signed("formgreeter", form("Action=Greet&Name=Ann"));
        signed
            .headers_mut()
            .insert(name, value.parse().expect("a value"));
        let response = front.send(signed).await;
        assert_eq!(response.status, 403, "{name}: {value}");
        assert!(response.text.contains("web page"), "{}", response.text);
        let health = front
            .send(request("GET", HEALTH, &[(name, value)], ""))
            .await;
        assert_eq!(health.status, 403, "{name}: {value}");
    }
    let preflight = [
        ("origin", "http://ann.greetings.localhost:4566"),
        ("access-control-request-method", "POST"),
    ];
    let response = front.send(request("OPTIONS", "/", &preflight, "")).await;
    assert_eq!(response.status, 403);
    assert!(!response.headers.contains_key("access-control-allow-origin"));
}

/// With all services of the sandbox.
fn sandbox() -> Front {
    Front::open(None, |base| crate::services::open(base).expect("they open"))
}

#[tokio::test]
async fn an_api_that_is_not_there_is_forbidden_as_on_aws() {
    let front = sandbox();
    for (path, host) in [
        ("/prod/players", "abc123.execute-api.localhost:4566"),
        ("/_execute-api/abc123/prod/players", super::HOST),
    ] {
        let sent = request("POST", path, &[("host", host)], "{}");
        let response = front.send(sent).await;
        assert_eq!(response.status, 403);
        assert_eq!(response.text, r#"{"message":"Forbidden"}"#);
        assert_eq!(response.headers["content-type"], "application/json");
        assert_eq!(response.headers["x-amzn-errortype"], "ForbiddenException");
    }
}

#[tokio::test]
async fn a_web_site_that_is_not_there_is_not_found_as_on_aws() {
    let front = sandbox();
    let made = request("PUT", "/my.pages", &[("content-length", "0")], "");
    assert_eq!(front.send_signed("s3", made).await.status, 200);
    for (host, path, code) in [
        (
            "no-pages.s3-website.localhost",
            "/index.html",
            "NoSuchBucket",
        ),
        (
            "my.pages.s3-website.localhost",
            "/",
            "NoSuchWebsiteConfiguration",
        ),
        (
            super::HOST,
            "/_s3-website/no-pages/index.html",
            "NoSuchBucket",
        ),
        (
            super::HOST,
            "/_s3-website/my.pages/",
            "NoSuchWebsiteConfiguration",
        ),
        (super::HOST, "/_s3-website/%3Cb%3E/", "NoSuchBucket"),
    ] {
        let response = front
            .send(request("GET", path, &[("host", host)], ""))
            .await;
        assert_eq!(response.status, 404, "{host}{path}");
        let expected = format!("<li>Code: {code}</li>");
        assert!(response.text.contains(&expected), "{}", response.text);
        assert_eq!(response.headers["x-amz-error-code"], code);
        assert_eq!(response.headers["content-type"], "text/html; charset=utf-8");
    }
    let host = ("host", "my.pages.s3-website.localhost");
    let response = front.send(request("PUT", "/index.html", &[host], "")).await;
    assert_eq!(response.status, 405);
}

#[tokio::test]
async fn nothing_at_the_control_planes_host_acts_as_a_page_of_it() {
    let front = Front::new();
    let sent = request("GET", "/v1/greetings/Ann", &[], "");
    let health = request("GET", "/_sandbox/health", &[], "");
    for response in [
        front.send_signed("pathgreeter", sent).await,
        front.send(health).await,
    ] {
        assert_eq!(response.status, 200);
        assert_eq!(response.headers["content-security-policy"], "sandbox");
        assert_eq!(response.headers["x-content-type-options"], "nosniff");
    }
}

/// An API with a mock at its root, in the stage `prod`: its id.
async fn api(front: &Front) -> String {
    let ask = |method: &'static str, path: String, body: &'static str| async move {
        let response = front
            .send_signed("apigateway", request(method, &path, &[], body))
            .await;
        assert!(response.status.is_success(), "{path}: {}", response.text);
        serde_json::from_str::<serde_json::Value>(&response.text).unwrap_or_default()
    };
    let made = ask("POST", "/restapis".to_owned(), r#"{"name":"a"}"#).await;
    let text = |name: &str| made[name].as_str().expect("a text").to_owned();
    let (id, root) = (text("id"), text("rootResourceId"));
    let method = format!("/restapis/{id}/resources/{root}/methods/GET");
    ask("PUT", method.clone(), r#"{"authorizationType":"NONE"}"#).await;
    ask("PUT", format!("{method}/responses/200"), "{}").await;
    let integration = r#"{"type":"MOCK","httpMethod":"POST",
        "requestTemplates":{"application/json":"{\"statusCode\": 200}"}}"#;
    let shown = ask("PUT", format!("{method}/integration"), integration).await;
    // The body's is that of the integration, whatever the path has.
    assert_eq!(shown["httpMethod"], "POST");
    let response = r#"{"responseTemplates":{"application/json":"hello $input.params('who')"}}"#;
    ask(
        "PUT",
        format!("{method}/integration/responses/200"),
        response,
    )
    .await;
    ask(
        "POST",
        format!("/restapis/{id}/deployments"),
        r#"{"stageName":"prod"}"#,
    )
    .await;
    id
}

#[tokio::test]
async fn a_stage_is_served_at_the_host_of_its_api_and_the_control_plane_is_not() {
    let front = sandbox();
    let id = api(&front).await;
    let host = format!("{id}.execute-api.localhost:4566");
    let get = |path: &'static str| front.send(request("GET", path, &[("host", &host)], ""));
    let response = get("/prod?who=Ann").await;
    assert_eq!(
        (response.status.as_u16(), &*response.text),
        (200, "hello Ann")
    );
    for name in ["x-amzn-requestid", "x-amz-apigw-id", "x-amzn-trace-id"] {
        assert!(response.headers.contains_key(name), "{name}");
    }
    for (path, error) in [
        ("/prod/other", "MissingAuthenticationTokenException"),
        ("/other", "ForbiddenException"),
        ("/restapis", "ForbiddenException"),
        (HEALTH, "ForbiddenException"),
    ] {
        let response = get(path).await;
        assert_eq!(response.status, 403, "{path}: {}", response.text);
        assert_eq!(response.headers["x-amzn-errortype"], error, "{path}");
    }
    // A signature makes no difference.
    let mut signed = front.signed("apigateway", request("GET", "/restapis", &[], ""));
    signed
        .headers_mut()
        .insert("host", host.parse().expect("a value"));
    assert_eq!(front.send(signed).await.text, r#"{"message":"Forbidden"}"#);
    // At the host of the control plane, the path form alone.
    let form = format!("/_execute-api/{id}/prod?who=Bob");
    assert_eq!(
        front.send(request("GET", &form, &[], "")).await.text,
        "hello Bob"
    );
    for path in ["/prod", "/restapis"] {
        let response = front.send(request("GET", path, &[], "")).await;
        assert_eq!(response.status, 403);
        assert!(response.text.contains("not signed"), "{}", response.text);
    }
    let page = [("origin", "http://example.org")];
    assert_eq!(
        front.send(request("GET", &form, &page, "")).await.status,
        403
    );
}

#[tokio::test]
async fn a_body_for_an_api_has_a_longest_length() {
    let front = sandbox();
    let id = api(&front).await;
    let host = format!("{id}.execute-api.localhost");
    let long = "x".repeat((10 << 20) + 1);
    let response = front
        .send(request("GET", "/prod", &[("host", &host)], &long))
        .await;
    assert_eq!(response.status, 413);
    assert_eq!(response.text, r#"{"message":"Request Too Long"}"#);
}

/// A client that never stops sending is stopped: no more than the longest body is read.
#[tokio::test]
async fn a_body_without_an_end_is_refused_when_it_is_too_long() {
    let front = sandbox();
    let id = api(&front).await;
    let megabyte = Bytes::from(vec![b'x'; 1 << 20]);
    let parts = stream::repeat_with(move || Ok(Frame::data(megabyte.clone())));
    let response = front.send_body(streamed(&id, parts)).await;
    assert_eq!(response.status, 413);
    assert_eq!(response.text, r#"{"message":"Request Too Long"}"#);
}

#[tokio::test]
async fn a_body_that_stops_arriving_is_refused_and_runs_nothing() {
    let front = sandbox();
    let id = api(&front).await;
    let parts = [
        Ok(Frame::data(Bytes::from_static(b"{"))),
        Err(BodyTimedOut.into()),
    ];
    let response = front.send_body(streamed(&id, stream::iter(parts))).await;
    assert_eq!(response.status, 408, "{}", response.text);
}

/// A request to an API, of whose body these are the parts.
fn streamed(
    api: &str,
    parts: impl Stream<Item = Result<Frame<Bytes>, BoxError>> + Send + 'static,
) -> Request<Body> {
    let host = format!("{api}.execute-api.localhost");
    let sent = request("GET", "/prod", &[("host", &host)], "");
    sent.map(|_| StreamBody::new(parts).boxed_unsync())
}
