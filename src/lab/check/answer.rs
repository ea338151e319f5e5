//! Reads what functions answer: strictly where it is data, kindly where it is text, which is the student's
//! own. Pure.

use serde_json::{Value, json};

use super::blocked::Stop;
use super::report::Finding;
use crate::wording::shortened;

/// What a function answered.
#[derive(Clone, Debug, PartialEq)]
pub struct Answer {
    /// The payload of the call.
    pub sent: String,
    /// The HTTP status, where the answer is one for API Gateway.
    pub status: Option<u64>,
    pub body: Value,
    /// The whole answer as it came.
    pub shown: String,
}

impl Answer {
    /// An answer is a plain body, or one for API Gateway with the body as a text.
    pub fn read(sent: &Value, payload: &[u8]) -> Self {
        let text = String::from_utf8_lossy(payload);
        let whole: Value = serde_json::from_str(&text).unwrap_or_else(|_| (*text).into());
        let status = whole["statusCode"].as_u64();
        let body = match (status, &whole["body"]) {
            (None, _) => whole.clone(),
            (Some(_), Value::String(text)) => {
                serde_json::from_str(text).unwrap_or_else(|_| text.clone().into())
            }
            (Some(_), body) => body.clone(),
        };
        Self {
            sent: sent.to_string(),
            status,
            body,
            shown: shortened(&text),
        }
    }

    /// What is wrong with the answer itself.
    pub fn wrong(&self, expected: impl Into<String>) -> Stop {
        self.wrong_in(self.shown.clone(), expected)
    }

    /// What is wrong after the call, as it was found.
    pub fn wrong_in(&self, got: impl Into<String>, expected: impl Into<String>) -> Stop {
        Stop::Wrong(Box::new(Finding {
            sent: Some(self.sent.clone()),
            got: got.into(),
            expected: expected.into(),
        }))
    }

    /// All lines of text in the answer, wherever they are.
    pub fn lines(&self) -> Vec<&str> {
        let mut texts = Vec::new();
        collect(&self.body, &mut texts);
        texts.into_iter().flat_map(str::lines).collect()
    }

    /// Those of `names` that occur in the answer, each as often as it does.
    pub fn names<'n>(&self, names: &[&'n str]) -> Vec<&'n str> {
        let lines = self.lines();
        lines.iter().flat_map(|it| mentions(it, names)).collect()
    }

    /// Whether an attribute occurs that is a secret.
    pub fn has_secret(&self) -> bool {
        has_key(&self.body, "TrueIdentity")
    }
}

fn collect<'a>(value: &'a Value, texts: &mut Vec<&'a str>) {
    match value {
        Value::String(text) => texts.push(text),
        Value::Array(values) => values.iter().for_each(|it| collect(it, texts)),
        Value::Object(fields) => fields.values().for_each(|it| collect(it, texts)),
        _ => {}
    }
}

fn has_key(value: &Value, key: &str) -> bool {
    match value {
        Value::Array(values) => values.iter().any(|it| has_key(it, key)),
        Value::Object(fields) => fields.iter().any(|(k, v)| k == key || has_key(v, key)),
        _ => false,
    }
}

/// Those of `names` that occur in `text`, in this order. Of names that begin at the same place, it is the
/// longest; a name within a word is none.
pub fn mentions<'n>(text: &str, names: &[&'n str]) -> Vec<&'n str> {
    let is_of_a_word = |c: Option<char>| c.is_some_and(char::is_alphanumeric);
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(next) = text[at..].chars().next() {
        let begins = |name: &&&str| {
            let rest = text[at..].strip_prefix(**name);
            rest.is_some_and(|rest| !is_of_a_word(rest.chars().next()))
        };
        let longest = names.iter().filter(begins).max_by_key(|name| name.len());
        match longest.filter(|_| !is_of_a_word(text[..at].chars().next_back())) {
            Some(name) if !name.is_empty() => {
                found.push(*name);
                at += name.len();
            }
            _ => at += next.len_utf8(),
        }
    }
    found
}

/// API Gateway's event with this body, of the Lambda proxy integration.
pub fn proxied(body: &Value) -> Value {
    json!({
        "resource": "/", "path": "/", "httpMethod": "POST", "headers": {},
        "queryStringParameters": null, "pathParameters": null, "stageVariables": null,
        "requestContext": {}, "body": body.to_string(), "isBase64Encoded": false,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(value: Value) -> Answer {
        Answer::read(&json!({}), value.to_string().as_bytes())
    }

    #[test]
    fn an_answer_for_api_gateway_is_its_body_and_a_status() {
        let body = json!({ "Message": ["a", "b\nc"] });
        let plain = answer(body.clone());
        let for_api = answer(json!({ "statusCode": 404, "body": body.to_string() }));
        assert_eq!((plain.status, &plain.body), (None, &body));
        assert_eq!((for_api.status, &for_api.body), (Some(404), &body));
        assert_eq!(for_api.lines(), ["a", "b", "c"]);
        let text = answer(json!({ "statusCode": 200, "body": "no JSON" }));
        assert_eq!(text.lines(), ["no JSON"]);
        assert_eq!(Answer::read(&json!({}), b"no JSON").lines(), ["no JSON"]);
    }

    #[test]
    fn names_are_found_as_whole_words_in_their_order() {
        let names = ["Ann", "Anna", "Zoë", "O'Brien", "a.b"];
        for (text, found) in [
            ("Anna blames on Ann", &["Anna", "Ann"][..]),
            ("Ann's guess: Ann", &["Ann", "Ann"]),
            ("Hannah, Annabel and Joann", &[]),
            ("(Zoë)->O'Brien!", &["Zoë", "O'Brien"]),
            ("a.bc or a.b", &["a.b"]),
            ("", &[]),
        ] {
            assert_eq!(mentions(text, &names), found, "{text}");
        }
    }

    #[test]
    fn a_secret_is_found_however_deep() {
        assert!(answer(json!({ "a": [{ "TrueIdentity": 1 }] })).has_secret());
        assert!(!answer(json!({ "a": ["TrueIdentity"] })).has_secret());
    }
}
