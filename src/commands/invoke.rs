//! `mafia invoke`

use std::collections::BTreeMap;

use clap::Args;
use serde::Serialize;
use serde_json::Value;

use super::heard::Heard;
use super::next::Done;
use super::payload;
use crate::cloud::Repetition;
use crate::context::Context;
use crate::error::Error;
use crate::functions;
use crate::game::{DAY_TURN, GAME_STATE, GameClient};
use crate::names::name_in_stack;
use crate::render;
use crate::wording::shortened;

/// Call a function and show its answer
#[derive(Args, Debug)]
#[command(
    override_usage = "mafia invoke <FUNCTION> [PAYLOAD]",
    after_help = "\
Examples:
  mafia invoke game-state
  mafia invoke judgement '{\"Name\": \"Latifa\"}'
  mafia invoke 5 @event.json
  echo '{\"Name\": \"Latifa\"}' | mafia invoke judgement -",
    after_long_help = "\
A function has a name, such as game-state, and a number; a word of its name is enough, such as \
state. Standard input is read only with `-`."
)]
pub struct Invoke {
    /// Function, such as game-state, state or 2
    function: String,
    /// JSON to send, or @FILE, or - for standard input [default: {}]
    payload: Vec<String>,
}

const UNREAD: &str = "standard input is not sent; to send it, add `-` after the function";

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
        let payload = payload::read(&format!("mafia invoke {}", self.function), &self.payload)?;
        if let Some(remark) = &payload.remark {
            context.printer.note(remark);
        }
        let cloud = context.announced_cloud().await?;
        let stack = context.stack()?;
        let function = functions::find(&cloud, stack, &self.function).await?;
        let is_harmless = [GAME_STATE, DAY_TURN].contains(&name_in_stack(stack, &function));
        if !is_harmless {
            Heard::of(context, &GameClient::new(&cloud, stack)).forget();
        }
        let is_unread = || self.payload.is_empty() && payload::waits_in_standard_input();
        let said_before = is_unread();
        if said_before {
            context.printer.note(UNREAD);
        }
        let waiting = format!("waiting for {function}");
        let call = functions::call(&cloud, stack, &function, payload.json, Repetition::Counts);
        let called = context.printer.wait_for(&waiting, call).await;
        // A slow program may only have written to it since.
        if !said_before && is_unread() {
            context.printer.note(UNREAD);
        }
        let invocation = called?;
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
        let next = Done::Called(name_in_stack(stack, &answered.function)).next(context);
        context
            .printer
            .result_as_it_is(&answered, next, |answered| {
                serde_json::to_string_pretty(&answered.answer)
                    .unwrap_or_else(|_| answered.answer.to_string())
            })
    }
}
