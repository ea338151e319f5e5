//! The global options: what every command takes, before or after its name.

mod settings;

use std::env;
use std::path::PathBuf;

use clap::{Args, ValueEnum};

pub use settings::{FILE, Settings};

use crate::invocation::{Invocation, PLACES};

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
    /// What the workshop folder says, where that counts.
    #[arg(skip)]
    pub of_folder: OfFolder,
}

/// The settings of the workshop folder, and which of them are used.
#[derive(Clone, Debug, Default)]
pub struct OfFolder {
    /// The file that has them.
    pub file: PathBuf,
    pub settings: Settings,
    /// The options that have their values from there.
    used: Vec<&'static str>,
}

/// Where an option has its value from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    /// The command line.
    Typed,
    /// The option's variable.
    Variable,
    /// The workshop folder's settings.
    Folder,
}

impl Options {
    /// The variables that make another command of this program work where this one does.
    pub fn environment(&self) -> Vec<(String, String)> {
        let places = PLACES.map(|option| (option, self.place(option)));
        let others = [
            ("assumed-role", self.assumed_role.clone()),
            ("json", self.json.then(|| "true".to_owned())),
            ("yes", self.yes.then(|| "true".to_owned())),
        ];
        let options = places.into_iter().chain(others);
        options
            .filter_map(|(option, value)| Some((variable_of(option), value?)))
            .collect()
    }

    /// The value of an option that says where to work.
    pub fn place(&self, option: &str) -> Option<String> {
        match option {
            "target" => self.target.map(|target| target.text().to_owned()),
            "endpoint-url" => self.endpoint_url.clone(),
            "state-dir" => {
                let path = self.state_dir.as_ref();
                path.map(|path| path.to_string_lossy().into_owned())
            }
            "profile" => self.profile.clone(),
            "region" => self.region.clone(),
            "role-arn" => self.role_arn.clone(),
            "stack" => self.stack.clone(),
            "workshop" => self.workshop.clone(),
            _ => None,
        }
    }

    /// With the settings of the workshop folder for what neither an option nor a variable says. A target
    /// and the address of a server are one choice: who makes it takes neither from there.
    pub fn with_settings(mut self, file: PathBuf, settings: Settings) -> Self {
        let before = PLACES.map(|option| self.place(option).is_some());
        let its = settings.clone();
        if self.target.is_none() && self.endpoint_url.is_none() {
            self.target = its.target;
            self.endpoint_url = its.endpoint_url;
        }
        self.state_dir = self.state_dir.or(its.state_dir);
        self.profile = self.profile.or(its.profile);
        self.region = self.region.or(its.region);
        self.role_arn = self.role_arn.or(its.role_arn);
        self.stack = self.stack.or(its.stack);
        self.workshop = self.workshop.or(its.workshop);
        let used = PLACES.into_iter().zip(before);
        let used = used.filter(|(option, had)| !had && self.place(option).is_some());
        self.of_folder = OfFolder {
            used: used.map(|(option, _)| option).collect(),
            file,
            settings,
        };
        self
    }

    /// Where an option that says where to work has its value from, if it has one.
    pub fn origin(&self, option: &str) -> Option<Origin> {
        self.place(option)?;
        Some(if self.invocation.typed(option).is_some() {
            Origin::Typed
        } else if self.of_folder.used.contains(&option) {
            Origin::Folder
        } else {
            Origin::Variable
        })
    }

    /// The stack that was given by name: the variable, as in an instructor's line, or the workshop folder's
    /// setting counts more than the option.
    pub fn given_stack(&self) -> Option<String> {
        let line = env::var("MAFIA_STACK").ok();
        line.filter(|name| !name.is_empty())
            .or_else(|| self.of_folder.settings.stack.clone())
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

impl TargetName {
    /// As it is written.
    pub fn text(self) -> &'static str {
        match self {
            Self::Sandbox => "sandbox",
            Self::Aws => "aws",
        }
    }
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

    fn settings(text: &str) -> Settings {
        Settings::read(FILE, text.as_bytes()).expect("read")
    }

    #[test]
    fn a_folder_says_what_nothing_else_does() {
        let aws = "target = \"aws\"\nregion = \"eu-west-1\"\nstack = \"mafia-ann\"";
        let options = Options {
            region: Some("eu-north-1".to_owned()),
            ..Options::default()
        };
        let found = options.with_settings(FILE.into(), settings(aws));
        assert_eq!(found.target, Some(TargetName::Aws));
        assert_eq!(found.region.as_deref(), Some("eu-north-1"));
        assert_eq!(found.stack.as_deref(), Some("mafia-ann"));
        assert_eq!(found.origin("target"), Some(Origin::Folder));
        assert_eq!(found.origin("region"), Some(Origin::Variable));
        assert_eq!(found.origin("profile"), None);
    }

    #[test]
    fn another_server_takes_the_place_of_the_folders_target() {
        let url = Some("http://127.0.0.1:1".to_owned());
        let options = Options {
            endpoint_url: url.clone(),
            ..Options::default()
        };
        let found = options.with_settings(FILE.into(), settings("target = \"sandbox\""));
        assert_eq!((found.target, found.endpoint_url), (None, url));
        let options = Options {
            target: Some(TargetName::Sandbox),
            ..Options::default()
        };
        let other = settings("endpoint-url = \"http://127.0.0.1:1\"");
        let found = options.with_settings(FILE.into(), other);
        assert_eq!(found.endpoint_url, None);
    }

    #[test]
    fn the_stack_of_the_folder_is_given_whatever_option_is_typed() {
        let options = Options {
            stack: Some("mafia-monday-ben".to_owned()),
            ..Options::default()
        };
        assert_eq!(options.given_stack().as_deref(), Some("mafia-monday-ben"));
        let found = options.with_settings(FILE.into(), settings("stack = \"mafia-monday-ann\""));
        assert_eq!(found.stack.as_deref(), Some("mafia-monday-ben"));
        assert_eq!(found.given_stack().as_deref(), Some("mafia-monday-ann"));
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
