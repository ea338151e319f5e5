//! A service that is declared is routed, in its protocol.

use super::{Front, form, json, request};

#[tokio::test]
async fn a_signed_request_comes_to_its_operation_in_each_protocol() {
    let front = Front::new();
    let sent = form("Action=Greet&Name=Ann");
    let response = front.send_signed("formgreeter", sent).await;
    assert_eq!(response.status, 200);
    let expected =
        "<GreetResponse xmlns=\"http://greet/\"><GreetResult><Greeting>Hello Ann</Greeting>";
    assert!(response.text.starts_with(expected), "{}", response.text);

    let sent = json("Greeter_2026.Greet", r#"{"Name":"Ann"}"#);
    let response = front.send_signed("jsongreeter", sent).await;
    let caller = "arn:aws:iam::000000000000:user/sandbox";
    let expected = format!(r#"{{"Greeting":"Hello Ann from {caller}"}}"#);
    assert_eq!((response.status.as_u16(), response.text), (200, expected));

    let sent = request("GET", "/v1/greetings/Ann%20B?Language=sw", &[], "");
    let response = front.send_signed("pathgreeter", sent).await;
    let expected = r#"{"Greeting":"Hujambo Ann B"}"#.to_owned();
    assert_eq!((response.status.as_u16(), response.text), (200, expected));
}

#[tokio::test]
async fn a_route_gives_the_status_and_what_path_and_body_hold() {
    let front = Front::new();
    let sent = request("POST", "/v1/greetings", &[], r#"{"Name":"Ann"}"#);
    let response = front.send_signed("pathgreeter", sent).await;
    assert_eq!(
        (response.status.as_u16(), &*response.text),
        (201, r#"{"Greeting":"Hello Ann"}"#)
    );
    let sent = request("DELETE", "/v1/greetings/Ann", &[], "");
    let response = front.send_signed("pathgreeter", sent).await;
    assert_eq!((response.status.as_u16(), &*response.text), (204, ""));
    let sent = request(
        "PUT",
        "/v1/letters/Ann/a/b",
        &[("x-stamp", "red")],
        "not JSON",
    );
    let response = front.send_signed("pathgreeter", sent).await;
    assert_eq!(
        (response.status.as_u16(), &*response.text),
        (202, "not JSON, to a/b")
    );
    assert_eq!(response.headers["x-stamped"], "red");
    assert!(response.headers.contains_key("x-amzn-requestid"));
}

#[tokio::test]
async fn an_unknown_service_or_operation_is_answered_with_a_list() {
    let front = Front::new();
    let response = front.send_signed("another", form("Action=Greet")).await;
    let services = "formgreeter, jsongreeter, pathgreeter";
    assert!(response.text.contains(services), "{}", response.text);
    for (service, sent, operations) in [
        ("formgreeter", form("Action=Shout"), "it supports Greet"),
        (
            "jsongreeter",
            json("Greeter_2026.Shout", "{}"),
            "it supports Greet",
        ),
        (
            "jsongreeter",
            json("Greeter_1900.Greet", "{}"),
            "it supports Greet",
        ),
        (
            "pathgreeter",
            request("GET", "/v1/others", &[], ""),
            "CreateGreeting, DeleteGreeting, GetGreeting, Write",
        ),
    ] {
        let response = front.send_signed(service, sent).await;
        assert_eq!(response.status, 400, "{}", response.text);
        assert!(response.text.contains(operations), "{}", response.text);
    }
}

#[tokio::test]
async fn parameters_that_do_not_fit_are_named_as_the_protocol_names_them() {
    let front = Front::new();
    let response = front.send_signed("formgreeter", form("Action=Greet")).await;
    assert!(
        response.text.contains("<Code>ValidationError</Code>"),
        "{}",
        response.text
    );
    let sent = json("Greeter_2026.Greet", "{}");
    let response = front.send_signed("jsongreeter", sent).await;
    assert_eq!(response.headers["x-amzn-errortype"], "ValidationException");
    let long = format!("Action=Greet&Name={}", "x".repeat(1 << 10));
    let response = front.send_signed("formgreeter", form(&long)).await;
    assert_eq!(response.status, 413);
}

#[tokio::test]
async fn who_signs_nothing_is_refused_in_the_protocol_that_the_request_looks_like() {
    let front = Front::new();
    for (sent, begin) in [
        (form("Action=Greet&Name=Ann"), "<ErrorResponse"),
        (json("Greeter_2026.Greet", "{}"), r#"{"__type":"Missing"#),
        (json("Unheard_2026.Of", "{}"), r#"{"__type":"Missing"#),
        (
            request("GET", "/v1/greetings/Ann", &[], ""),
            r#"{"Message""#,
        ),
        (request("GET", "/v1/unheard-of", &[], ""), r#"{"Message""#),
        (request("GET", "/bucket/v1", &[], ""), "<?xml"),
    ] {
        let response = front.send(sent).await;
        assert_eq!(response.status, 403);
        assert!(response.text.starts_with(begin), "{}", response.text);
    }
    let response = front.send(json("Greeter_2026.Greet", "{}")).await;
    assert_eq!(
        response.headers["content-type"],
        "application/x-amz-json-1.0"
    );
}

#[tokio::test]
async fn a_request_that_was_changed_after_it_was_signed_is_refused() {
    let front = Front::new();
    let mut sent = front.signed("formgreeter", form("Action=Greet&Name=Ann"));
    *sent.body_mut() = b"Action=Greet&Name=Bob".to_vec();
    let response = front.send(sent).await;
    assert_eq!(response.status, 403);
    assert!(
        response.text.contains("SignatureDoesNotMatch"),
        "{}",
        response.text
    );
    // For another service than it was signed for.
    let sent = front.signed(
        "formgreeter",
        json("Greeter_2026.Greet", r#"{"Name":"Ann"}"#),
    );
    let response = front.send(sent).await;
    assert!(response.text.contains("MissingAction"), "{}", response.text);
}

#[tokio::test]
async fn a_link_is_accepted_by_services_with_a_wire_of_their_own_alone() {
    let front = Front::new();
    let key = &front.keys.access_key_id;
    let link = format!(
        "/?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential={key}%2F20260101%2Fus-east-1%2Fformgreeter%2Faws4_request\
         &X-Amz-SignedHeaders=host&X-Amz-Signature=0"
    );
    let response = front.send(request("GET", &link, &[], "")).await;
    assert_eq!(response.status, 403);
    assert!(response.text.contains("presigned"), "{}", response.text);
}
