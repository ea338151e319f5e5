//! `mafia invoke`

use std::io::Read;

use clap::Args;
use serde_json::Value;

use super::deployed;
use crate::context::Context;
use crate::error::Error;
use crate::game;
use crate::render;

/// Call a function and show what it answers
#[derive(Args, Debug)]
pub struct Invoke {
    /// Which function, such as game-state or 02-game-state
    function: String,
    /// JSON to send; @FILE reads it from a file, - from standard input
    #[arg(default_value = "{}")]
    payload: String,
}

impl Invoke {
    pub async fn run(self, context: &Context) -> Result<(), Error> {
        let payload = payload(&self.payload)?;
        let cloud = context.announced_cloud().await?;
        let function = deployed::find(&cloud, context.stack()?, &self.function).await?;
        let invocation = game::call(&cloud, &function, payload).await?;
        if context.printer.verbose() {
            context
                .printer
                .note(&render::report(&game::report(&invocation.log_tail)));
        }
        let answer: Value = serde_json::from_slice(&invocation.payload).map_err(|_| {
            let text = String::from_utf8_lossy(&invocation.payload);
            Error::failed(format!("{function} answered {text:?}, which is not JSON"))
        })?;
        context.printer.result(&answer, |answer| {
            serde_json::to_string_pretty(answer).unwrap_or_else(|_| answer.to_string())
        })
    }
}

/// The payload that was typed, as bytes of JSON.
fn payload(typed: &str) -> Result<Vec<u8>, Error> {
    let (source, text) = match typed.strip_prefix('@') {
        Some(file) => {
            let read = std::fs::read_to_string(file);
            (
                file,
                read.map_err(|error| {
                    Error::usage(format!("cannot read the payload from {file}: {error}"))
                })?,
            )
        }
        None if typed == "-" => {
            let mut text = String::new();
            let read = std::io::stdin().read_to_string(&mut text);
            read.map_err(|error| {
                Error::usage(format!(
                    "cannot read the payload from standard input: {error}"
                ))
            })?;
            ("standard input", text)
        }
        None => ("the payload", typed.to_owned()),
    };
    match serde_json::from_str::<Value>(&text) {
        Ok(_) => Ok(text.into_bytes()),
        Err(error) => Err(Error::usage(format!("{source} is not JSON: {error}"))
            .hint(r#"quote it for the shell: mafia invoke judgement '{"Name": "John"}'"#)
            .hint("or read it from a file: mafia invoke judgement @event.json")),
    }
}

#[cfg(test)]
mod tests {
    use super::payload;

    #[test]
    fn payloads_are_checked_before_they_are_sent() {
        assert_eq!(
            payload(r#"{"Name":"Ann"}"#).expect("sound"),
            br#"{"Name":"Ann"}"#
        );
        let refused = payload("{Name: Ann}").expect_err("unquoted");
        assert!(
            refused.message.starts_with("the payload is not JSON"),
            "{}",
            refused.message
        );
        let refused = payload("@no/such/file").expect_err("no file");
        assert!(
            refused.message.contains("no/such/file"),
            "{}",
            refused.message
        );
    }
}
