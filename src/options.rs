//! The global options: what every command takes, before or after its name.

use std::env;
use std::ffi::OsString;
use std::path::PathBuf;

use clap::{Args, ValueEnum};

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
    /// Answer yes to every question
    #[arg(short, long, global = true, env = "MAFIA_YES", hide_env = true, value_parser = switch)]
    pub yes: bool,
    /// Those options that were typed and say where to work, with their values: a command that is named to the
    /// person needs them too.
    #[arg(skip)]
    pub typed: Vec<(&'static str, String)>,
}

/// The options that say where to work.
pub const PLACES: [&str; 8] = [
    "target",
    "endpoint-url",
    "state-dir",
    "profile",
    "region",
    "role-arn",
    "stack",
    "workshop",
];

impl Options {
    /// A command as it has to be typed to work where this one does: with the program as it was started,
    /// and with the options that were typed.
    pub fn command_line(&self, command: &str) -> String {
        format!("{} {}", program(), completed(command, &self.typed))
    }

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

    /// The same for a stack that the command chooses itself.
    pub fn of_stack(&self, stack: &str) -> Self {
        let mut options = self.clone();
        options.typed.retain(|(option, _)| *option != "stack");
        options.typed.insert(0, ("stack", stack.to_owned()));
        options
    }
}

/// What starts this program from the current folder, as the person has started it.
pub fn program() -> String {
    let is_cargos_folder = |folder: OsString| env::current_dir().is_ok_and(|here| here == folder);
    let with_cargo = env::var_os("CARGO").and(env::var_os("CARGO_MANIFEST_DIR"));
    if with_cargo.is_some_and(is_cargos_folder) {
        "cargo run --".to_owned()
    } else {
        let started = env::args_os().next();
        started.map_or("mafia".to_owned(), |name| quoted(&name.to_string_lossy()))
    }
}

/// A command, without the program, with the `typed` options that it takes and does not have.
pub fn completed(command: &str, typed: &[(&str, String)]) -> String {
    let mut whole = command.to_owned();
    let is_page = command.contains("help") || command.contains("--version");
    for (option, value) in typed.iter().filter(|_| !is_page) {
        let has = command.contains(&format!("--{option}"));
        let is_elsewhere = match command.split(' ').next() {
            Some("sandbox") => *option != "state-dir",
            Some("list") => ["stack", "workshop"].contains(option),
            _ => false,
        };
        if !has && !is_elsewhere {
            whole += &format!(" --{option} {}", quoted(value));
        }
    }
    whole
}

/// As a shell takes it for one word.
pub fn quoted(word: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "-_./:=,@%+".contains(c);
    if !word.is_empty() && word.chars().all(is_plain) {
        word.to_owned()
    } else {
        format!("'{}'", word.replace('\'', r"'\''"))
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
    fn a_command_has_the_options_that_were_typed_and_that_it_takes() {
        let typed = [
            ("stack", "ann".to_owned()),
            ("state-dir", "my folder".to_owned()),
        ];
        for (command, expected) in [
            ("play", "play --stack ann --state-dir 'my folder'"),
            (
                "play --stack bob",
                "play --stack bob --state-dir 'my folder'",
            ),
            ("sandbox stop", "sandbox stop --state-dir 'my folder'"),
            ("list", "list --state-dir 'my folder'"),
            ("help deploy", "help deploy"),
        ] {
            assert_eq!(completed(command, &typed), expected);
        }
        assert_eq!(completed("play", &[]), "play");
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

    #[test]
    fn a_command_that_chooses_its_stack_names_it_once() {
        let options = Options {
            typed: vec![("stack", "ann".to_owned())],
            ..Options::default()
        };
        assert_eq!(
            options.of_stack("demo").typed,
            [("stack", "demo".to_owned())]
        );
    }

    #[test]
    fn a_shell_reads_a_quoted_value_as_it_is() {
        assert_eq!(quoted("Players=7"), "Players=7");
        assert_eq!(quoted(""), "''");
        assert_eq!(quoted("it's $HOME"), r"'it'\''s $HOME'");
    }
}
