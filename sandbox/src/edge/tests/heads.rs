//! What is checked of a request before its body is read.

use std::time::Duration;

use bytes::Bytes;
use futures_util::stream;
use http::{HeaderValue, Request, header};
use http_body_util::{BodyExt, StreamBody};
use hyper::body::Frame;
use tokio::time::timeout;

use super::{Front, form, json, request};
use crate::wire::BoxError;

/// One request of each protocol.
fn requests() -> [(&'static str, Request<Vec<u8>>); 3] {
    [
        ("formgreeter", form("Action=Greet&Name=Ann")),
        (
            "jsongreeter",
            json("Greeter_2026.Greet", "{\"Name\":\"Ann\"}"),
        ),
        (
            "pathgreeter",
            request("POST", "/v1/greetings", &[], "{\"Name\":\"Ann\"}"),
        ),
    ]
}

#[tokio::test]
async fn no_body_is_waited_for_where_the_head_is_wrong() {
    type Spoil = fn(&mut Request<Vec<u8>>);
    let spoils: [(&str, Spoil); 5] = [
        ("the date", |it| {
            it.headers_mut()
                .insert("x-amz-date", HeaderValue::from_static("20200101T000000Z"));
        }),
        ("the token", |it| {
            it.headers_mut()
                .insert("x-amz-security-token", HeaderValue::from_static("none"));
        }),
        ("the signed headers", |it| edit(it, "host;", "most;")),
        ("the region", |it| edit(it, "/us-east-1/", "/eu-west-1/")),
        ("the length", |it| {
            let length = HeaderValue::from_static("99999999999");
            it.headers_mut().insert(header::CONTENT_LENGTH, length);
        }),
    ];
    let front = Front::new();
    for (what, spoil) in spoils {
        for (service, sent) in requests() {
            let mut sent = front.signed(service, sent);
            spoil(&mut sent);
            let never = stream::pending::<Result<Frame<Bytes>, BoxError>>();
            let sent = sent.map(|_| StreamBody::new(never).boxed_unsync());
            let answered = timeout(Duration::from_secs(20), front.edge.answer(sent)).await;
            let answered = answered.unwrap_or_else(|_| panic!("{service} waits despite {what}"));
            assert!(answered.status().is_client_error(), "{service}, {what}");
        }
    }
}

fn edit(request: &mut Request<Vec<u8>>, old: &str, new: &str) {
    let value = &request.headers()[header::AUTHORIZATION];
    let value = value.to_str().expect("text").replacen(old, new, 1);
    let value = value.parse().expect("a header");
    request.headers_mut().insert(header::AUTHORIZATION, value);
}

#[tokio::test]
async fn a_request_for_another_region_is_refused_in_each_protocol() {
    let front = Front::new();
    let codes = [
        "SignatureDoesNotMatch",
        "InvalidSignatureException",
        "InvalidSignatureException",
    ];
    for ((service, sent), code) in requests().into_iter().zip(codes) {
        let mut sent = front.signed(service, sent);
        edit(&mut sent, "/us-east-1/", "/eu-west-1/");
        let answered = front.send(sent).await;
        assert_eq!(answered.status, 403);
        let named = answered.headers.get("x-amzn-errortype");
        let named = named.map_or(&*answered.text, |code| code.to_str().expect("text"));
        assert!(named.contains(code), "{service}: {named}");
        assert!(answered.text.contains("us-east-1"), "{}", answered.text);
    }
}
