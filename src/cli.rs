//! The command line: global options and the tree of commands.

use clap::builder::FalseyValueParser;
use clap::{Args, Parser, Subcommand, ValueEnum};

use crate::cloud::Settings;
use crate::commands::{clean, completions, deploy, doctor, invoke, logs, play};
use crate::context::Context;
use crate::error::Error;

/// A serverless workshop in your terminal: build the Rust functions of the party game Mafia, deploy
/// them with CloudFormation, patch them in a moment, and play.
#[derive(Debug, Parser)]
#[command(
    name = "mafia",
    version,
    propagate_version = true,
    disable_help_subcommand = true
)]
#[command(
    after_help = "Start with `mafia doctor`, then `mafia deploy`, then `mafia play`.\n\n\
    Exit codes: 0 done; 1 the work failed; 2 wrong usage or configuration; 3 blocked (credentials,\n\
    network, quota); 130 interrupted."
)]
pub struct Cli {
    #[command(flatten)]
    pub options: Options,
    #[command(subcommand)]
    pub command: Command,
}

/// What every command takes, before or after its name.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Global options")]
pub struct Options {
    /// Where to work
    #[arg(
        long,
        global = true,
        value_enum,
        env = "MAFIA_TARGET",
        hide_env_values = true
    )]
    pub target: Option<TargetName>,
    /// Another server that speaks AWS's protocols, such as http://127.0.0.1:4566
    #[arg(
        long,
        global = true,
        value_name = "URL",
        env = "MAFIA_ENDPOINT_URL",
        hide_env_values = true
    )]
    pub endpoint_url: Option<String>,
    /// Profile in AWS's config files
    #[arg(
        long,
        global = true,
        value_name = "NAME",
        env = "MAFIA_PROFILE",
        hide_env_values = true
    )]
    pub profile: Option<String>,
    /// AWS region, such as eu-west-1
    #[arg(long, global = true, env = "MAFIA_REGION", hide_env_values = true)]
    pub region: Option<String>,
    /// Your stack [default: mafia-<your user name>]
    #[arg(
        long,
        global = true,
        value_name = "NAME",
        env = "MAFIA_STACK",
        hide_env_values = true
    )]
    pub stack: Option<String>,
    /// The stack with what a class shares
    #[arg(
        long,
        global = true,
        value_name = "NAME",
        env = "MAFIA_WORKSHOP",
        hide_env_values = true,
        default_value = "mafia-workshop"
    )]
    pub workshop: String,
    /// Print the result as one JSON document
    #[arg(long, global = true, env = "MAFIA_JSON", hide_env_values = true, value_parser = FalseyValueParser::new())]
    pub json: bool,
    /// Print nothing but results and errors
    #[arg(
        short,
        long,
        global = true,
        env = "MAFIA_QUIET",
        hide_env_values = true
    )]
    pub quiet: bool,
    /// Print more, such as what Lambda reports of each call
    #[arg(
        short,
        long,
        global = true,
        env = "MAFIA_VERBOSE",
        hide_env_values = true
    )]
    pub verbose: bool,
    /// When to use colours
    #[arg(
        long,
        global = true,
        value_enum,
        value_name = "WHEN",
        env = "MAFIA_COLOR",
        hide_env_values = true,
        default_value_t
    )]
    pub color: Color,
    /// Answer yes to every question
    #[arg(short, long, global = true, env = "MAFIA_YES", hide_env_values = true, value_parser = FalseyValueParser::new())]
    pub yes: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum TargetName {
    /// AWS itself, as your AWS settings say
    Aws,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum Color {
    #[default]
    Auto,
    Always,
    Never,
}

impl Options {
    pub fn settings(&self) -> Settings {
        Settings {
            aws: self.target == Some(TargetName::Aws),
            endpoint_url: self.endpoint_url.clone(),
            profile: self.profile.clone(),
            region: self.region.clone(),
        }
    }
}

#[derive(Debug, Subcommand)]
pub enum Command {
    Doctor(doctor::Doctor),
    Deploy(deploy::Deploy),
    Play(play::Play),
    Invoke(invoke::Invoke),
    Logs(logs::Logs),
    Clean(clean::Clean),
    Completions(completions::Completions),
}

impl Command {
    pub async fn run(self, context: &Context) -> Result<(), Error> {
        match self {
            Self::Doctor(command) => command.run(context).await,
            Self::Deploy(command) => command.run(context).await,
            Self::Play(command) => command.run(context).await,
            Self::Invoke(command) => command.run(context).await,
            Self::Logs(command) => command.run(context).await,
            Self::Clean(command) => command.run(context).await,
            Self::Completions(command) => command.run(context),
        }
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::Cli;

    #[test]
    fn the_tree_of_commands_is_sound() {
        Cli::command().debug_assert();
    }
}
