//! What a message can be.

use serde_json::json;

use super::*;

fn read(request: Value) -> Result<Message, Fault> {
    Message::read(serde_json::from_value(request).expect("a request"))
}

fn refusal(request: Value) -> String {
    read(request).expect_err("it is refused").message
}

#[test]
fn a_message_has_a_text_for_each_protocol() {
    let plain = read(json!({ "Message": "{\"default\": \"a\"}" })).expect("taken");
    assert_eq!(plain.text_for(Protocol::Lambda), "{\"default\": \"a\"}");
    let structured =
        |texts: Value| json!({ "Message": texts.to_string(), "MessageStructure": "json" });
    let message = read(structured(
        json!({ "default": "a", "lambda": "b", "email": 1 }),
    ));
    let message = message.expect("taken");
    assert_eq!(message.text_for(Protocol::Lambda), "b");
    assert_eq!(message.text_for(Protocol::Sqs), "a");
    let refused = refusal(structured(json!({ "lambda": "b" })));
    assert!(
        refused.ends_with("No default entry in JSON message body"),
        "{refused}"
    );
    let refused = refusal(structured(json!([])));
    assert!(
        refused.ends_with("JSON message body failed to parse"),
        "{refused}"
    );
}

#[test]
fn messages_and_subjects_have_limits() {
    let text = |size: usize| "x".repeat(size);
    assert!(read(json!({ "Message": text(LONGEST) })).is_ok());
    for (message, reason) in [
        (json!({}), "Empty message"),
        (json!({ "Message": "" }), "Empty message"),
        (json!({ "Message": text(LONGEST + 1) }), "Message too long"),
        (
            json!({ "Message": text(LONGEST), "MessageAttributes": {
            "a": { "DataType": "String", "StringValue": "b" } } }),
            "Message too long",
        ),
    ] {
        assert_eq!(refusal(message), format!("Invalid parameter: {reason}"));
    }
    for (subject, is_right) in [
        ("Hello, you", true),
        (&*text(99), true),
        (&*text(100), false),
        ("", false),
        (" a", false),
        ("a\nb", false),
        ("é", false),
    ] {
        let read = read(json!({ "Message": "m", "Subject": subject }));
        assert_eq!(read.is_ok(), is_right, "{subject:?}");
    }
}

#[test]
fn attributes_have_a_type_and_a_value_of_it() {
    let with = |name: &str, attribute: Value| {
        read(json!({ "Message": "m", "MessageAttributes": { name: attribute } }))
    };
    let text =
        |data_type: &str, value: &str| json!({ "DataType": data_type, "StringValue": value });
    let binary = json!({ "DataType": "Binary.gif", "BinaryValue": "AAEC" });
    for right in [
        text("String", "a"),
        text("String.Array", "[1]"),
        text("Number", "-1.5e3"),
        text("Number.int", "1"),
        binary,
    ] {
        assert!(with("a", right.clone()).is_ok(), "{right}");
    }
    for (wrong, reason) in [
        (
            text("", "a"),
            "must contain non-empty message attribute type.",
        ),
        (text("Text", "a"), "supported type prefixes"),
        (text("String", ""), "for message attribute type 'String'."),
        (
            text("Number", "a"),
            "Could not cast message attribute 'a' value to number.",
        ),
        (text("Binary", "a"), "for message attribute type 'Binary'."),
    ] {
        let refused = with("a", wrong).expect_err(reason);
        assert_eq!(refused.code, "ParameterValueInvalid");
        assert!(refused.message.contains(reason), "{refused}");
    }
    for name in [
        "",
        ".a",
        "a.",
        "a..b",
        "a b",
        "aws.a",
        "AMAZON.a",
        &"x".repeat(257),
    ] {
        assert!(with(name, text("String", "a")).is_err(), "{name}");
    }
    assert!(with("a.b-c_1", text("String", "a")).is_ok());
}
