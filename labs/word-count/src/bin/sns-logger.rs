//! Logs the messages that come from the topic.

use mafia_support::{
    Answer, Environment, Error, Failure, Request, Resources, RuntimeError, log_line, serve,
};
use mafia_word_count::message::messages;

/// It needs nothing besides the request.
struct Nothing;

impl Resources for Nothing {
    fn from_environment(_: &Environment) -> Result<Self, Failure> {
        Ok(Self)
    }
}

fn main() -> Result<(), RuntimeError> {
    serve(log)
}

async fn log(request: &Request, _: &Nothing) -> Result<Answer, Error> {
    let messages = messages(request)?;
    for message in &messages {
        log_line(&format!("somebody said: {}", message.text));
    }
    Ok(Answer::lines(messages.into_iter().map(|it| it.text)))
}
