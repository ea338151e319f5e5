//! What a function may return to a proxy integration. Anything else is malformed.
//!
//! Source: "Output format of a Lambda function for proxy integration" in API Gateway's guide.

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use bytes::Bytes;
use http::header::{HeaderName, HeaderValue};
use serde_json::{Map, Value};

use super::answer::Answer;
use super::request::{Pairs, is_of_connection};

/// Returned under another name: `x-amzn-Remapped-…`. Source: "Amazon API Gateway important notes".
const REMAPPED: [&str; 8] = [
    "authorization",
    "content-md5",
    "date",
    "host",
    "max-forwards",
    "server",
    "user-agent",
    "www-authenticate",
];

const KNOWN: [&str; 5] = [
    "statusCode",
    "headers",
    "multiValueHeaders",
    "body",
    "isBase64Encoded",
];

/// The function's answer, or what is wrong with it. `wants_binary` is what the client accepts.
pub fn read(payload: &[u8], wants_binary: bool) -> Result<Answer, String> {
    let parsed: Option<Value> = serde_json::from_slice(payload).ok();
    let Some(Value::Object(members)) = parsed else {
        return Err("it is no JSON object".to_owned());
    };
    if let Some(name) = members.keys().find(|name| !KNOWN.contains(&name.as_str())) {
        return Err(format!("it has the member {name}"));
    }
    let status = status(members.get("statusCode"))?;
    let headers = headers(&members)?;
    let is_base64 = match members.get("isBase64Encoded") {
        None | Some(Value::Null) => false,
        Some(Value::Bool(flag)) => *flag,
        Some(_) => return Err("isBase64Encoded is neither true nor false".to_owned()),
    };
    let body = match members.get("body") {
        None | Some(Value::Null) => Bytes::new(),
        Some(Value::String(text)) if is_base64 && wants_binary => {
            let decoded = BASE64_STANDARD.decode(text);
            decoded.map_err(|_| "body is not Base64".to_owned())?.into()
        }
        Some(Value::String(text)) => Bytes::from(text.clone()),
        Some(_) => return Err("body is not a string".to_owned()),
    };
    Ok(Answer {
        status,
        headers,
        body,
    })
}

fn status(given: Option<&Value>) -> Result<u16, String> {
    let code = match given {
        None | Some(Value::Null) => Some(200),
        Some(Value::Number(number)) => number.as_u64(),
        Some(Value::String(text)) => text.parse().ok(),
        Some(_) => None,
    };
    // Interim responses are no answers.
    let code = code.filter(|code| (200..600).contains(code));
    let code = code.and_then(|code| u16::try_from(code).ok());
    code.ok_or_else(|| "statusCode is not a status".to_owned())
}

/// Of a name in both maps, that with several values counts.
fn headers(members: &Map<String, Value>) -> Result<Pairs, String> {
    let mut pairs = Pairs::new();
    for (name, values) in map(members, "multiValueHeaders")?.into_iter().flatten() {
        let values = values.as_array();
        let values = values.ok_or_else(|| format!("multiValueHeaders.{name} is not a list"))?;
        for value in values {
            pairs.push(header(name, value)?);
        }
    }
    for (name, value) in map(members, "headers")?.into_iter().flatten() {
        let is_given = |(known, _): &(String, String)| known.eq_ignore_ascii_case(name);
        if !pairs.iter().any(is_given) {
            pairs.push(header(name, value)?);
        }
    }
    pairs.retain(|(name, _)| !is_of_connection(name));
    for (name, _) in &mut pairs {
        if REMAPPED.contains(&name.to_ascii_lowercase().as_str()) {
            *name = format!("x-amzn-Remapped-{name}");
        }
    }
    Ok(pairs)
}

fn map<'a>(
    members: &'a Map<String, Value>,
    name: &str,
) -> Result<Option<&'a Map<String, Value>>, String> {
    match members.get(name) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::Object(map)) => Ok(Some(map)),
        Some(_) => Err(format!("{name} is not an object")),
    }
}

fn header(name: &str, value: &Value) -> Result<(String, String), String> {
    let text = match value {
        Value::String(text) => text.clone(),
        Value::Number(_) | Value::Bool(_) => value.to_string(),
        _ => return Err(format!("the header {name} is not a string")),
    };
    if HeaderName::try_from(name).is_err() || HeaderValue::try_from(text.as_str()).is_err() {
        return Err(format!("{name} is no header that HTTP can carry"));
    }
    Ok((name.to_owned(), text))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn answered(value: &Value) -> Result<Answer, String> {
        read(value.to_string().as_bytes(), false)
    }

    #[test]
    fn an_answer_has_status_headers_and_a_body() {
        let answer = answered(&json!({
            "statusCode": "201",
            "headers": { "X-One": 1, "Set-Cookie": "a", "Server": "s", "Content-Length": "9999",
                "Transfer-Encoding": "chunked", "Connection": "close" },
            "multiValueHeaders": { "set-cookie": ["b", "c"], "X-Flag": [true] },
            "body": "text",
            "isBase64Encoded": null,
        }));
        let expected = [
            ("X-Flag", "true"),
            ("set-cookie", "b"),
            ("set-cookie", "c"),
            ("x-amzn-Remapped-Server", "s"),
            ("X-One", "1"),
        ];
        let answer = answer.expect("an answer");
        assert_eq!(answer.status, 201);
        assert_eq!(
            answer.headers,
            expected.map(|(a, b)| (a.to_owned(), b.to_owned()))
        );
        assert_eq!(answer.body, "text");
        let empty = answered(&json!({})).expect("an answer");
        assert_eq!((empty.status, empty.body.len()), (200, 0));
    }

    #[test]
    fn base64_is_decoded_for_who_accepts_it() {
        let payload = json!({ "body": "/wA=", "isBase64Encoded": true }).to_string();
        let body = |binary| read(payload.as_bytes(), binary).map(|answer| answer.body);
        assert_eq!(body(true), Ok(Bytes::from_static(&[0xff, 0])));
        assert_eq!(body(false), Ok(Bytes::from_static(b"/wA=")));
        let wrong = json!({ "body": "!", "isBase64Encoded": true }).to_string();
        assert!(read(wrong.as_bytes(), true).is_err());
    }

    #[test]
    fn anything_else_is_malformed() {
        for malformed in [
            json!("Hello"),
            json!(null),
            json!([]),
            json!(7),
            json!({ "statusCode": 200, "game": {} }),
            json!({ "statusCode": "ok" }),
            json!({ "statusCode": 99 }),
            json!({ "statusCode": 101 }),
            json!({ "statusCode": 600 }),
            json!({ "statusCode": 200.5 }),
            json!({ "body": { "a": 1 } }),
            json!({ "body": 1 }),
            json!({ "headers": [] }),
            json!({ "headers": { "a": {} } }),
            json!({ "headers": { "a": "b\r\nc: d" } }),
            json!({ "headers": { "a b": "c" } }),
            json!({ "multiValueHeaders": { "a": "b" } }),
            json!({ "isBase64Encoded": "true" }),
        ] {
            assert!(answered(&malformed).is_err(), "{malformed}");
        }
        assert!(read(b"{", false).is_err());
    }

    proptest! {
        #[test]
        fn no_header_of_a_function_ends_the_head(name in ".{0,9}", value in ".{0,9}") {
            let payload = json!({ "headers": { name: value } }).to_string();
            if let Ok(answer) = read(payload.as_bytes(), false) {
                for (name, value) in answer.headers {
                    let head = name + &value;
                    prop_assert!(!head.contains(['\r', '\n']));
                }
            }
        }
    }
}
