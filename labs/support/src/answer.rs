//! What a function answers, whichever way it was called.

use serde_json::{Value, json};

/// A body, and the HTTP status that goes with it behind an API.
#[derive(Clone, Debug, PartialEq)]
pub struct Answer {
    pub status: u16,
    pub body: Value,
}

impl Answer {
    /// `{"Message": [line, line, …]}`
    pub fn lines(lines: impl IntoIterator<Item: Into<String>>) -> Self {
        let lines: Vec<String> = lines.into_iter().map(Into::into).collect();
        Self::body(json!({ "Message": lines }))
    }

    /// `{"Message": text}`, with an HTTP status that says no, such as 404.
    pub fn refusal(status: u16, text: impl Into<String>) -> Self {
        let body = json!({ "Message": text.into() });
        Self { status, body }
    }

    /// Any other body, with status 200.
    pub fn body(body: Value) -> Self {
        Self { status: 200, body }
    }

    /// For who calls the function directly.
    pub fn plain(&self) -> Value {
        self.body.clone()
    }

    /// For API Gateway, which makes an HTTP response of it: the body is a text.
    pub fn for_api_gateway(&self) -> Value {
        json!({
            "statusCode": self.status,
            "headers": {
                "Content-Type": "application/json",
                // Pages of other origins may read the answer (CORS).
                "Access-Control-Allow-Origin": "*",
            },
            "body": self.body.to_string(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_lines_a_refusal_or_any_other_body() {
        let lines = Answer::lines(["Night", "Day"]);
        let refusal = Answer::refusal(404, "Not found");
        let body = Answer::body(json!([1, 2]));

        assert_eq!(
            (lines.status, lines.body),
            (200, json!({"Message": ["Night", "Day"]}))
        );
        assert_eq!(
            (refusal.status, refusal.body),
            (404, json!({"Message": "Not found"}))
        );
        assert_eq!((body.status, body.body), (200, json!([1, 2])));
    }
}
