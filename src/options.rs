//! The global options: what every command takes, before or after its name.

use std::env;
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
    /// Shared stack of a class [default: as your stack's tag says, or mafia-workshop]
    #[arg(
        long,
        global = true,
        value_name = "NAME",
        env = "MAFIA_WORKSHOP",
        hide_env = true,
        hide_short_help = true
    )]
    pub workshop: Option<String>,
    /// Role to assume before anything else, for a student's account of a class
    #[arg(
        long,
        global = true,
        hide = true,
        value_name = "ARN",
        env = "MAFIA_ASSUMED_ROLE",
        hide_env = true
    )]
    pub assumed_role: Option<String>,
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

impl Options {
    /// The variables that make another command of this program work where this one does.
    pub fn environment(&self) -> Vec<(String, String)> {
        let target = self.target.map(|target| match target {
            TargetName::Sandbox => "sandbox".to_owned(),
            TargetName::Aws => "aws".to_owned(),
        });
        let state_dir = self.state_dir.as_ref();
        let options = [
            ("target", target),
            ("endpoint-url", self.endpoint_url.clone()),
            (
                "state-dir",
                state_dir.map(|path| path.to_string_lossy().into_owned()),
            ),
            ("profile", self.profile.clone()),
            ("region", self.region.clone()),
            ("role-arn", self.role_arn.clone()),
            ("assumed-role", self.assumed_role.clone()),
            ("stack", self.stack.clone()),
            ("workshop", self.workshop.clone()),
            ("json", self.json.then(|| "true".to_owned())),
            ("yes", self.yes.then(|| "true".to_owned())),
        ];
        let options = options.into_iter();
        options
            .filter_map(|(option, value)| Some((variable_of(option), value?)))
            .collect()
    }

    /// The stack that was given by name: the variable, as in an instructor's line, counts more than the
    /// option.
    pub fn given_stack(&self) -> Option<String> {
        let line = env::var("MAFIA_STACK").ok();
        line.filter(|name| !name.is_empty())
            .or_else(|| self.stack.clone())
    }
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

    #[test]
    fn another_command_gets_the_options_as_variables() {
        let options = Options {
            target: Some(TargetName::Aws),
            stack: Some("ann".to_owned()),
            yes: true,
            ..Options::default()
        };
        let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        let expected = [
            pair("MAFIA_TARGET", "aws"),
            pair("MAFIA_STACK", "ann"),
            pair("MAFIA_YES", "true"),
        ];
        assert_eq!(options.environment(), expected);
    }
}
