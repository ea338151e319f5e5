//! `mafia invoke`

use std::collections::BTreeMap;
use std::io::{ErrorKind, Read};

use clap::Args;
use serde::Serialize;
use serde_json::Value;

use super::heard;
use crate::cloud::Repetition;
use crate::context::Context;
use crate::error::Error;
use crate::functions;
use crate::render;
use crate::wording::shortened;

/// Call a function and show its answer
#[derive(Args, Debug)]
#[command(
    override_usage = "mafia invoke [OPTIONS] <FUNCTION> [PAYLOAD]",
    after_help = "\
Examples:
  mafia invoke game-state
  mafia invoke judgement '{\"Name\": \"John\"}'
  mafia invoke 05-judgement @event.json
  echo '{\"Name\": \"John\"}' | mafia invoke judgement -"
)]
pub struct Invoke {
    /// Function name, such as game-state or 02-game-state
    function: String,
    /// JSON to send, or @FILE, or - for standard input
    #[arg(default_value = "{}")]
    payload: String,
}

/// The answer of a function.
#[derive(Serialize)]
struct Answered {
    /// Full name of the function.
    function: String,
    answer: Value,
    /// Lambda's report of the call.
    report: BTreeMap<String, String>,
}

impl Invoke {
    pub async fn run(self, context: &Context) -> Result<(), Error> {
        let payload = payload(&self.payload)?;
        let cloud = context.announced_cloud().await?;
        let function = functions::find(&cloud, context.stack()?, &self.function).await?;
        heard::forget();
        let waiting = format!("waiting for {function}");
        let call = functions::call(&cloud, &function, payload, Repetition::Counts);
        let invocation = context.printer.wait_for(&waiting, call).await?;
        let report = functions::report(&invocation.log_tail);
        context.printer.note_verbose(&render::report(&report));
        let answer = serde_json::from_slice(&invocation.payload).map_err(|_| {
            let text = String::from_utf8_lossy(&invocation.payload);
            Error::failed(format!(
                "{function} did not answer with JSON: {}",
                shortened(&text)
            ))
        })?;
        let answered = Answered {
            function,
            answer,
            report,
        };
        context.printer.result_as_it_is(&answered, |answered| {
            serde_json::to_string_pretty(&answered.answer)
                .unwrap_or_else(|_| answered.answer.to_string())
        })
    }
}

/// The typed payload, read from where it says, as bytes of valid JSON.
fn payload(typed: &str) -> Result<Vec<u8>, Error> {
    let (source, text) = match typed.strip_prefix('@') {
        Some(file) => (file.to_owned(), contents(file)?),
        None if typed == "-" => {
            let source = "standard input";
            let mut text = String::new();
            let read = std::io::stdin().read_to_string(&mut text);
            read.map_err(|error| Error::usage(format!("cannot read {source}: {error}")))?;
            (source.to_owned(), text)
        }
        None => ("the payload".to_owned(), typed.to_owned()),
    };
    match serde_json::from_str::<Value>(&text) {
        Ok(_) => Ok(text.into_bytes()),
        Err(error) => Err(Error::usage(format!("{source} is not JSON: {error}"))
            .hint(r#"write JSON like this: '{"Name": "John"}'"#)
            .hint("or put it in a file and pass @FILE, to avoid quoting in the shell")),
    }
}

fn contents(file: &str) -> Result<String, Error> {
    std::fs::read_to_string(file).map_err(|error| match error.kind() {
        ErrorKind::NotFound => Error::usage(format!("file {file} does not exist"))
            .hint("@FILE is relative to the current folder"),
        _ => Error::usage(format!("cannot read {file}: {error}")),
    })
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
