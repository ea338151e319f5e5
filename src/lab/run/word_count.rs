//! The word counter: a word counts 1, then ten more by a subscriber of the topic, then 1 more.

use super::step::Asked;
use super::{Run, RunError};
use crate::api::{Answer, Api};
use crate::functions;
use crate::lab::slack;

const LOGGER: &str = "03-sns-logger";

pub(super) async fn run(run: &mut Run<'_>) -> Result<(), RunError> {
    let begun = run.cloud.now();
    let api = run.api().await?;
    let token = slack::token(run.cloud, &run.stack.name).await?;
    let token = token.unwrap_or_default();
    let word = run.id.clone();
    says(run, &api, &token, &word, "1").await?;

    let counted = run.wait_for("for sns-multiplier", async || {
        let items = run.items("TableName").await?;
        let item = items.into_iter().find(|item| item["word"] == *word);
        let count = item.and_then(|item| item["count"].as_u64());
        Ok(count.filter(|count| *count > 1))
    });
    let counted = counted.await?;
    let asked = Asked {
        did: "waited for sns-multiplier, which subscribes to the topic".to_owned(),
        expected: "a count of 11 in the table",
        holds: counted == Some(11),
    };
    run.end(
        asked,
        match counted {
            Some(count) => format!("the table has {word}: {count}"),
            None => "the count stays 1".to_owned(),
        },
    )?;

    says(run, &api, &token, &word, "12").await?;
    let logger = [run.function(LOGGER)];
    let logged = run.wait_for("for sns-logger", async || {
        let lines = functions::lines(run.cloud, &logger, begun).await?;
        Ok(lines.into_iter().find(|line| line.message.contains(&word)))
    });
    let logged = logged.await?;
    let asked = Asked {
        did: "looked into the log of sns-logger, which subscribes too".to_owned(),
        expected: "a line with the word",
        holds: logged.is_some(),
    };
    run.end(
        asked,
        match logged {
            Some(line) => line.message.trim_end().to_owned(),
            None => "nothing about it".to_owned(),
        },
    )
}

/// Says the word in Slack, where it counts so many.
async fn says(
    run: &mut Run<'_>,
    api: &Api,
    token: &str,
    word: &str,
    count: &str,
) -> Result<(), RunError> {
    let request = slack::post(word, token, &slack::now());
    let answer = run.call(api, &request).await?;
    let expected = format!("{word}: {count}");
    let asked = Asked {
        did: format!("said {word} in Slack"),
        holds: answer.status == 200 && answer.body["text"] == *expected,
        expected: &expected,
    };
    let call = (api, &request, &answer);
    run.end_call(asked, text(&answer), call).await
}

fn text(answer: &Answer) -> String {
    match answer.body["text"].as_str() {
        Some(text) => text.to_owned(),
        None => format!("{}: {}", answer.status, answer.body),
    }
}
