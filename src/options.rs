//! The global options: what every command takes, before or after its name.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use crate::invocation::Invocation;

#[derive(Args, Clone, Debug, Default)]
#[command(next_help_heading = "Global options")]
pub struct Options {
    /// Where to work: sandbox or aws [default: sandbox]
    #[arg(
        long,
        global = true,
        value_enum,
        ignore_case = true,
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
        hide_env = true,
        hide_short_help = true
    )]
    pub endpoint_url: Option<String>,
    /// Folder of the sandbox [default: .mafia/sandbox]
    #[arg(
        long,
        global = true,
        value_name = "DIR",
        env = "MAFIA_STATE_DIR",
        hide_env = true,
        hide_short_help = true
    )]
    pub state_dir: Option<PathBuf>,
    /// Profile in AWS's config files
    #[arg(
        long,
        global = true,
        value_name = "NAME",
        env = "MAFIA_PROFILE",
        hide_env = true,
        hide_short_help = true
    )]
    pub profile: Option<String>,
    /// AWS region, such as eu-west-1
    #[arg(
        long,
        global = true,
        value_name = "NAME",
        env = "MAFIA_REGION",
        hide_env = true,
        hide_short_help = true
    )]
    pub region: Option<String>,
    /// Role that CloudFormation works with, instead of you
    #[arg(
        long,
        global = true,
        value_name = "ARN",
        env = "MAFIA_ROLE_ARN",
        hide_env = true,
        hide_short_help = true
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
        hide_short_help = true,
        default_value = "mafia-workshop",
        hide_default_value = true
    )]
    pub workshop: String,
    /// Print the result or the error as one JSON document
    #[arg(long, global = true, env = "MAFIA_JSON", hide_env = true, value_parser = switch)]
    pub json: bool,
    /// Print only results and errors
    #[arg(short, long, global = true, env = "MAFIA_QUIET", hide_env = true, value_parser = switch)]
    pub quiet: bool,
    /// Print more, such as Lambda's report on each call
    #[arg(short, long, global = true, env = "MAFIA_VERBOSE", hide_env = true, value_parser = switch)]
    pub verbose: bool,
    /// Colours: auto, always or never [default: auto]
    #[arg(
        long,
        global = true,
        value_enum,
        ignore_case = true,
        value_name = "WHEN",
        env = "MAFIA_COLOR",
        hide_env = true,
        hide_short_help = true,
        hide_possible_values = true,
        default_value_t,
        hide_default_value = true
    )]
    pub color: Color,
    /// Answer yes to questions; for somebody else's stack, use --adopt
    #[arg(short, long, global = true, env = "MAFIA_YES", hide_env = true, value_parser = switch)]
    pub yes: bool,
    /// How the program was started.
    #[arg(skip)]
    pub invocation: Invocation,
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

/// The variable that stands for an option, such as `MAFIA_STATE_DIR` for `--state-dir`.
pub fn variable_of(option: &str) -> String {
    let name = option.trim_start_matches('-').replace('-', "_");
    format!("MAFIA_{}", name.to_uppercase())
}

/// The value of a variable for an option that is on or off.
pub fn switch(text: &str) -> Result<bool, String> {
    match text.to_ascii_lowercase().as_str() {
        "true" | "yes" | "on" | "1" => Ok(true),
        "false" | "no" | "off" | "0" => Ok(false),
        _ => Err("expected true or false".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_switch_is_on_or_off_or_refused() {
        for on in ["true", "TRUE", "yes", "on", "1"] {
            assert_eq!(switch(on), Ok(true), "{on}");
        }
        for off in ["false", "False", "no", "off", "0"] {
            assert_eq!(switch(off), Ok(false), "{off}");
        }
        for neither in ["maybe", "2", " ", "truee"] {
            assert!(switch(neither).is_err(), "{neither}");
        }
    }
}
