//! `mafia lab slack`

use clap::Args;
use serde::Serialize;

use crate::api::{self, Answer, Api, ApiError};
use crate::cloud::Cloud;
use crate::context::Context;
use crate::deploy;
use crate::error::Error;
use crate::functions::FindError;
use crate::lab::slack::{self, TOKEN};
use crate::names::{WORD_COUNT, WORD_COUNT_LAB as LAB, function_name};
use crate::wording::{DEPLOY_WORD_COUNT, shortened};

/// Send the word counter what Slack would send it
#[derive(Args, Debug)]
#[command(
    override_usage = "mafia lab slack [OPTIONS] <TEXT>...",
    after_help = "\
Examples:
  mafia lab slack hello world
  mafia lab slack hello --timestamp 1.5",
    after_long_help = "\
It posts the form of an outgoing webhook of Slack to the API of the lab word-count, and shows what Slack would show. \
Deploy the lab before, with `mafia deploy --lab word-count -p SlackToken=a-secret-of-mine`.

The token is taken from the function's settings. Slack gives each post a timestamp of its own: with --timestamp, the \
same post comes again, and counts only once."
)]
pub struct Slack {
    /// What somebody says
    #[arg(required = true)]
    text: Vec<String>,
    /// When it was said, in seconds since 1970 [default: now]
    #[arg(long, value_name = "SECONDS", value_parser = timestamp, allow_hyphen_values = true)]
    timestamp: Option<String>,
    /// Send another token than that of the function
    #[arg(long, value_name = "TOKEN")]
    token: Option<String>,
}

/// What Slack would show.
#[derive(Serialize)]
struct Said {
    text: String,
    timestamp: String,
}

impl Slack {
    pub async fn run(self, context: &Context) -> Result<(), Error> {
        if self.text.iter().all(|text| text.trim().is_empty()) {
            return Err(Error::usage("nobody says anything")
                .hint("write some words, such as `mafia lab slack hello world`"));
        }
        self.say(&context.of_lab(LAB)?).await
    }

    async fn say(self, context: &Context) -> Result<(), Error> {
        let (stack, printer) = (context.stack()?, &context.printer);
        let cloud = context.announced_cloud().await?;
        if let Some(found) = deploy::game(&cloud, stack, false).await? {
            deploy::check_lab(&found, Some(LAB))?;
        }
        let api = Api::find(&cloud, stack, None).await.map_err(not_found)?;
        let token = match &self.token {
            Some(token) => token.clone(),
            None => token(&cloud, stack).await?,
        };
        let timestamp = self.timestamp.clone().unwrap_or_else(slack::now);
        let request = slack::post(&self.text.join(" "), &token, &timestamp);
        let calling = api::call(&cloud, &api, &request);
        let answer = printer.wait_for("waiting for the API", calling).await?;
        if let Some(refused) = api::refused(&cloud, &api, &request, &answer, |_| false).await {
            return Err(refused.into());
        }
        let said = Said {
            text: text(&answer)?,
            timestamp,
        };
        printer.result(&said, |said| said.text.clone())
    }
}

/// Seconds, perhaps with a fraction.
fn timestamp(text: &str) -> Result<String, String> {
    let (seconds, fraction) = text.split_once('.').unwrap_or((text, "0"));
    let is_number =
        |digits: &str| !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    match is_number(seconds) && is_number(fraction) {
        true => Ok(text.to_owned()),
        false => Err("expected seconds since 1970, such as 1355517523.000005".to_owned()),
    }
}

async fn token(cloud: &Cloud, stack: &str) -> Result<String, Error> {
    let token = slack::token(cloud, stack).await?;
    token.ok_or_else(|| {
        let (function, target) = (function_name(stack, WORD_COUNT), cloud.target());
        Error::failed(format!("{function} on {target} has no {TOKEN}"))
            .hint(format!("run `{DEPLOY_WORD_COUNT}`"))
    })
}

fn text(answer: &Answer) -> Result<String, Error> {
    match (answer.status, answer.body["text"].as_str()) {
        (200, Some(text)) => Ok(text.to_owned()),
        (status, _) => {
            let said = match answer.body["Message"].as_str() {
                Some(message) => message.to_owned(),
                None => answer.body.to_string(),
            };
            let message = format!("{LAB} answered {status}: {}", shortened(&said));
            Err(Error::failed(message).hint("run `mafia logs word-count` to see its log"))
        }
    }
}

/// The lab's stack is deployed otherwise than that of the game.
fn not_found(error: ApiError) -> Error {
    match &error {
        ApiError::Find(FindError::NoStack { .. }) => {
            Error::failed(error.to_string()).hint(format!("run `{DEPLOY_WORD_COUNT}` to create it"))
        }
        _ => error.into(),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use serde_json::{Value, json};

    use super::*;

    #[test]
    fn a_timestamp_is_one_of_slack() {
        for good in ["1355517523.000005", "0", "15"] {
            assert_eq!(timestamp(good).as_deref(), Ok(good));
        }
        for bad in ["", "banana", "-5", "1.", ".5", "1.2.3", "1e3"] {
            assert!(timestamp(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn the_text_is_shown_and_anything_else_is_an_error() {
        let answer = |status, body: Value| Answer {
            status,
            headers: BTreeMap::new(),
            body,
        };
        let said = text(&answer(200, json!({ "text": "hello: 1" })));
        assert_eq!(said.expect("a text"), "hello: 1");
        for (answer, message) in [
            (
                answer(403, json!({ "Message": "No" })),
                "word-count answered 403: No",
            ),
            (answer(200, json!("a")), "word-count answered 200: \"a\""),
        ] {
            assert_eq!(text(&answer).expect_err("an error").message, message);
        }
    }
}
