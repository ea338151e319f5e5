//! Counts the words that somebody said in Slack, answers their counts, and tells the topic.

use mafia_support::{Answer, Environment, Error, Failure, Request, Resources, RuntimeError, serve};
use mafia_word_count::counts::Counts;
use mafia_word_count::message::Message;
use mafia_word_count::slack::post;
use mafia_word_count::topic::Topic;
use mafia_word_count::words::words;
use serde_json::json;

struct Counter {
    token: String,
    counts: Counts,
    topic: Topic,
}

impl Resources for Counter {
    fn from_environment(environment: &Environment) -> Result<Self, Failure> {
        let token = environment.require("SLACK_TOKEN", "the token of Slack's webhook")?;
        Ok(Self {
            token: token.to_owned(),
            counts: Counts::from_environment(environment)?,
            topic: Topic::from_environment(environment)?,
        })
    }
}

fn main() -> Result<(), RuntimeError> {
    serve(count)
}

async fn count(request: &Request, counter: &Counter) -> Result<Answer, Error> {
    let post = post(request, &counter.token)?;
    let message = Message {
        id: post.id,
        text: post.text,
    };
    counter.counts.add("word-count", &message, 1).await?;
    let words = words(&message.text);
    let counts = counter.counts.of(words.keys()).await?;
    // After the counts were read: a subscriber adds to them.
    counter.topic.publish(&message).await?;
    let counts = counts
        .iter()
        .map(|(word, count)| format!("{word}: {count}"));
    let text = counts.collect::<Vec<_>>().join(", ");
    // Slack shows the text.
    Ok(Answer::body(json!({ "text": text })))
}
