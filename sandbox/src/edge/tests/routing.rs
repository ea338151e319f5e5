//! A service that is declared is routed, in its protocol.

use super::{Front, form, json, request};

#[tokio::test]
async fn a_signed_request_comes_to_its_operation_in_each_protocol() {
    let front = Front::new();
    let asked = form("Action=Greet&Name=Ann");
    let answered = front.send_signed("formgreeter", asked).await;
    assert_eq!(answered.status, 200);
    let expected =
        "<GreetResponse xmlns=\"http://greet/\"><GreetResult><Greeting>Hello Ann</Greeting>";
    assert!(answered.text.starts_with(expected), "{}", answered.text);

    let asked = json("Greeter_2026.Greet", r#"{"Name":"Ann"}"#);
    let answered = front.send_signed("jsongreeter", asked).await;
    let caller = "arn:aws:iam::000000000000:user/sandbox";
    let expected = format!(r#"{{"Greeting":"Hello Ann from {caller}"}}"#);
    assert_eq!((answered.status.as_u16(), answered.text), (200, expected));

    let asked = request("GET", "/v1/greetings/Ann%20B?Language=sw", &[], "");
    let answered = front.send_signed("pathgreeter", asked).await;
    let expected = r#"{"Greeting":"Hujambo Ann B"}"#.to_owned();
    assert_eq!((answered.status.as_u16(), answered.text), (200, expected));
}

#[tokio::test]
async fn a_route_gives_the_status_and_what_path_and_body_hold() {
    let front = Front::new();
    let asked = request("POST", "/v1/greetings", &[], r#"{"Name":"Ann"}"#);
    let answered = front.send_signed("pathgreeter", asked).await;
    assert_eq!(
        (answered.status.as_u16(), &*answered.text),
        (201, r#"{"Greeting":"Hello Ann"}"#)
    );
    let asked = request("DELETE", "/v1/greetings/Ann", &[], "");
    let answered = front.send_signed("pathgreeter", asked).await;
    assert_eq!((answered.status.as_u16(), &*answered.text), (204, ""));
    let asked = request(
        "PUT",
        "/v1/letters/Ann/a/b",
        &[("x-stamp", "red")],
        "not JSON",
    );
    let answered = front.send_signed("pathgreeter", asked).await;
    assert_eq!(
        (answered.status.as_u16(), &*answered.text),
        (202, "not JSON, to a/b")
    );
    assert_eq!(answered.headers["x-stamped"], "red");
    assert!(answered.headers.contains_key("x-amzn-requestid"));
}

#[tokio::test]
async fn what_there_is_is_told_to_who_asks_for_something_else() {
    let front = Front::new();
    let answered = front.send_signed("another", form("Action=Greet")).await;
    let services = "formgreeter, jsongreeter, pathgreeter";
    assert!(answered.text.contains(services), "{}", answered.text);
    for (service, asked, operations) in [
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
        let answered = front.send_signed(service, asked).await;
        assert_eq!(answered.status, 400, "{}", answered.text);
        assert!(answered.text.contains(operations), "{}", answered.text);
    }
}

#[tokio::test]
async fn parameters_that_do_not_fit_are_named_as_the_protocol_names_them() {
    let front = Front::new();
    let answered = front.send_signed("formgreeter", form("Action=Greet")).await;
    assert!(
        answered.text.contains("<Code>ValidationError</Code>"),
        "{}",
        answered.text
    );
    let asked = json("Greeter_2026.Greet", "{}");
    let answered = front.send_signed("jsongreeter", asked).await;
    assert_eq!(answered.headers["x-amzn-errortype"], "ValidationException");
    let long = format!("Action=Greet&Name={}", "x".repeat(1 << 10));
    let answered = front.send_signed("formgreeter", form(&long)).await;
    assert_eq!(answered.status, 413);
}

#[tokio::test]
async fn who_signs_nothing_is_refused_in_the_protocol_that_the_request_looks_like() {
    let front = Front::new();
    for (asked, begin) in [
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
        let answered = front.send(asked).await;
        assert_eq!(answered.status, 403);
        assert!(answered.text.starts_with(begin), "{}", answered.text);
    }
    let answered = front.send(json("Greeter_2026.Greet", "{}")).await;
    assert_eq!(
        answered.headers["content-type"],
        "application/x-amz-json-1.0"
    );
}

#[tokio::test]
async fn a_request_that_was_changed_after_it_was_signed_is_refused() {
    let front = Front::new();
    let mut asked = front.signed("formgreeter", form("Action=Greet&Name=Ann"));
    *asked.body_mut() = b"Action=Greet&Name=Bob".to_vec();
    let answered = front.send(asked).await;
    assert_eq!(answered.status, 403);
    assert!(
        answered.text.contains("SignatureDoesNotMatch"),
        "{}",
        answered.text
    );
    // For another service than it was signed for.
    let asked = front.signed(
        "formgreeter",
        json("Greeter_2026.Greet", r#"{"Name":"Ann"}"#),
    );
    let answered = front.send(asked).await;
    assert!(answered.text.contains("MissingAction"), "{}", answered.text);
}
