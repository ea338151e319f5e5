//! Adds ten to each word of the messages that come from the topic.

use mafia_support::{Answer, Error, Request, RuntimeError, serve};
use mafia_word_count::counts::Counts;
use mafia_word_count::message::messages;

fn main() -> Result<(), RuntimeError> {
    serve(multiply)
}

async fn multiply(request: &Request, counts: &Counts) -> Result<Answer, Error> {
    let messages = messages(request)?;
    for message in &messages {
        counts.add("sns-multiplier", message, 10).await?;
    }
    Ok(Answer::lines(messages.into_iter().map(|it| it.text)))
}
