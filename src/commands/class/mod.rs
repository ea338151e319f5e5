//! `mafia class`

use clap::{Args, Subcommand};

use crate::context::Context;
use crate::error::Error;

/// Provision, watch, reset and clean the stacks of a class
#[derive(Args, Debug)]
pub struct Class {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {}

impl Class {
    pub async fn run(self, _context: &Context) -> Result<(), Error> {
        match self.action {}
    }
}
