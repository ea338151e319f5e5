//! `mafia api open`

use clap::Args;
use serde::Serialize;

use crate::api::Api;
use crate::context::Context;
use crate::error::Error;

/// Show the address of the API
#[derive(Args, Debug)]
#[command(after_help = "Examples:\n  mafia api open\n  mafia api open --json")]
pub struct Open {}

#[derive(Serialize)]
struct Opened<'a> {
    stack: &'a str,
    /// Where the API answers; the paths follow.
    address: &'a str,
}

impl Open {
    pub fn run(self, context: &Context, api: &Api) -> Result<(), Error> {
        let opened = Opened {
            stack: &api.stack,
            address: &api.address,
        };
        context
            .printer
            .result(&opened, |opened| opened.address.to_owned())
    }
}
