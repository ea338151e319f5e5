//! An outgoing webhook of Slack: a form that Slack posts when somebody says a certain word.
//!
//! Source: <https://api.slack.com/legacy/custom-integrations/outgoing-webhooks>

use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use mafia_support::{Answer, Request};

/// What somebody said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Post {
    /// Differs for each post.
    pub id: String,
    pub text: String,
}

/// The post in a request of API Gateway, if it has this `token`: only Slack and the webhook's owner know it.
pub fn post(request: &Request, token: &str) -> Result<Post, Answer> {
    let form = form(request)?;
    let field = |name: &str| {
        let mut fields = form.iter();
        let found = fields.find(|(field, _)| field == name);
        found.map(|(_, value)| value.as_str()).unwrap_or_default()
    };
    if !are_equal(field("token"), token) {
        return Err(Answer::refusal(403, "The token is not that of the webhook"));
    }
    let time = field("timestamp");
    if time.is_empty() {
        return Err(Answer::refusal(400, "The form has no timestamp"));
    }
    Ok(Post {
        id: [field("team_id"), field("channel_id"), time].join("/"),
        text: field("text").to_owned(),
    })
}

/// The fields of the form in the body.
fn form(request: &Request) -> Result<Vec<(String, String)>, Answer> {
    let event = request.event();
    let body = event["body"].as_str().unwrap_or_default();
    let body = match event["isBase64Encoded"].as_bool() {
        Some(true) => BASE64
            .decode(body)
            .map_err(|_| Answer::refusal(400, "The body should be base64"))?,
        _ => body.as_bytes().to_vec(),
    };
    Ok(form_urlencoded::parse(&body).into_owned().collect())
}

/// Takes the same time wherever they differ, so that nobody can guess a token letter by letter. No token is
/// equal to an empty one.
fn are_equal(given: &str, expected: &str) -> bool {
    let pairs = given.bytes().zip(expected.bytes());
    let differences = pairs.fold(0, |differences, (a, b)| differences | (a ^ b));
    !expected.is_empty() && given.len() == expected.len() && differences == 0
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn read(body: &str, is_encoded: bool) -> Result<Post, u16> {
        let request = Request::new(json!({
            "httpMethod": "POST", "requestContext": {}, "body": body, "isBase64Encoded": is_encoded,
        }));
        post(&request, "secret-1").map_err(|answer| answer.status)
    }

    #[test]
    fn a_post_with_the_token_is_read() {
        let body = "token=secret-1&team_id=T1&channel_id=C1&timestamp=1.5&text=a+b%26+%C3%A9";
        let post = Post {
            id: "T1/C1/1.5".to_owned(),
            text: "a b& é".to_owned(),
        };
        assert_eq!(read(body, false), Ok(post.clone()));
        assert_eq!(read(&BASE64.encode(body), true), Ok(post));
    }

    #[test]
    fn what_is_not_slacks_is_refused() {
        for (body, is_encoded, status) in [
            ("token=secret-2&timestamp=1&text=a", false, 403),
            ("token=secret-&timestamp=1&text=a", false, 403),
            ("token=&timestamp=1&text=a", false, 403),
            ("", false, 403),
            ("token=secret-1&text=a", false, 400),
            ("!", true, 400),
        ] {
            assert_eq!(read(body, is_encoded), Err(status), "{body}");
        }
        let request = Request::new(json!({ "body": "token=&timestamp=1" }));
        assert!(post(&request, "").is_err(), "nothing is the token");
    }
}
