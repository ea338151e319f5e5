//! What Slack posts to the word counter: the form of an outgoing webhook.

use std::time::{SystemTime, UNIX_EPOCH};

use crate::api;
use crate::cloud::{Cloud, CloudError};
use crate::names::{WORD_COUNT, function_name};

/// The function's environment variable with the token of the webhook.
pub const TOKEN: &str = "SLACK_TOKEN";

/// The request for what somebody says. `timestamp` is in seconds since 1970, with a fraction.
///
/// Source: <https://api.slack.com/legacy/custom-integrations/outgoing-webhooks>
pub fn post(text: &str, token: &str, timestamp: &str) -> api::Call {
    let trigger = text.split(' ').next().unwrap_or_default();
    let fields = [
        ("token", token),
        ("team_id", "T0001"),
        ("team_domain", "workshop"),
        ("channel_id", "C2147483705"),
        ("channel_name", "test"),
        ("timestamp", timestamp),
        ("user_id", "U2147483697"),
        ("user_name", "Steve"),
        ("text", text),
        ("trigger_word", trigger),
    ];
    api::Call::form("/slack", &fields)
}

/// Now, as Slack writes it.
pub fn now() -> String {
    let now = SystemTime::now().duration_since(UNIX_EPOCH);
    let now = now.unwrap_or_default();
    format!("{}.{:06}", now.as_secs(), now.subsec_micros())
}

/// The token in the settings of the stack's function; `None` when it has none.
pub async fn token(cloud: &Cloud, stack: &str) -> Result<Option<String>, CloudError> {
    let function = function_name(stack, WORD_COUNT);
    let variables = cloud.function_environment(&function).await?;
    Ok(variables.and_then(|mut variables| variables.remove(TOKEN)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_post_is_the_form_of_an_outgoing_webhook() {
        let request = post("hello you & me", "t/1", "1.5");
        assert_eq!(
            (request.method.as_str(), request.path.as_str()),
            ("POST", "/slack")
        );
        let body = request.body.expect("a form");
        assert!(body.starts_with("token=t%2F1&team_id="), "{body}");
        assert!(
            body.ends_with("&text=hello%20you%20%26%20me&trigger_word=hello"),
            "{body}"
        );
    }
}
