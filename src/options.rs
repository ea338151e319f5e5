//! The global options: what every command takes, before or after its name.

use std::path::PathBuf;

use clap::builder::FalseyValueParser;
use clap::{Args, ValueEnum};

#[derive(Args, Clone, Debug, Default)]
#[command(next_help_heading = "Global options")]
pub struct Options {
    /// Where to work: sandbox or aws [default: sandbox]
    #[arg(
        long,
        global = true,
        value_enum,
        env = "MAFIA_TARGET",
        hide_env = true,
        hide_possible_values = true
    )]
    pub target: Option<TargetName>,
    /// Use another server that speaks AWS's protocols
    #[arg(
        long,
        global = true,
        value_name = "URL",
        env = "MAFIA_ENDPOINT_URL",
        hide_env = true
    )]
    pub endpoint_url: Option<String>,
    /// Folder of the sandbox [default: .mafia/sandbox]
    #[arg(
        long,
        global = true,
        value_name = "DIR",
        env = "MAFIA_STATE_DIR",
        hide_env = true
    )]
    pub state_dir: Option<PathBuf>,
    /// Profile in AWS's config files
    #[arg(
        long,
        global = true,
        value_name = "NAME",
        env = "MAFIA_PROFILE",
        hide_env = true
    )]
    pub profile: Option<String>,
    /// AWS region, such as eu-west-1
    #[arg(
        long,
        global = true,
        value_name = "NAME",
        env = "MAFIA_REGION",
        hide_env = true
    )]
    pub region: Option<String>,
    /// Role that CloudFormation works with, instead of you
    #[arg(
        long,
        global = true,
        value_name = "ARN",
        env = "MAFIA_ROLE_ARN",
        hide_env = true
    )]
    pub role_arn: Option<String>,
    /// Your stack [default: mafia- and your user name]
    #[arg(
        long,
        global = true,
        value_name = "NAME",
        env = "MAFIA_STACK",
        hide_env = true
    )]
    pub stack: Option<String>,
    /// Shared stack of a class [default: mafia-workshop]
    #[arg(
        long,
        global = true,
        value_name = "NAME",
        env = "MAFIA_WORKSHOP",
        hide_env = true,
        default_value = "mafia-workshop",
        hide_default_value = true
    )]
    pub workshop: String,
    /// Print the result or the error as one JSON document
    #[arg(long, global = true, env = "MAFIA_JSON", hide_env = true, value_parser = FalseyValueParser::new())]
    pub json: bool,
    /// Print only results and errors
    #[arg(short, long, global = true, env = "MAFIA_QUIET", hide_env = true, value_parser = FalseyValueParser::new())]
    pub quiet: bool,
    /// Print more, such as Lambda's report on each call
    #[arg(short, long, global = true, env = "MAFIA_VERBOSE", hide_env = true, value_parser = FalseyValueParser::new())]
    pub verbose: bool,
    /// Colours: auto, always or never [default: auto]
    #[arg(
        long,
        global = true,
        value_enum,
        value_name = "WHEN",
        env = "MAFIA_COLOR",
        hide_env = true,
        hide_possible_values = true,
        default_value_t,
        hide_default_value = true
    )]
    pub color: Color,
    /// Answer yes to every question
    #[arg(short, long, global = true, env = "MAFIA_YES", hide_env = true, value_parser = FalseyValueParser::new())]
    pub yes: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum TargetName {
    /// The embedded AWS on this machine
    Sandbox,
    /// AWS, as its environment and config files say
    Aws,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum Color {
    #[default]
    Auto,
    Always,
    Never,
}
