//! `mafia sandbox env`

use std::collections::BTreeMap;

use clap::{Args, ValueEnum};
use serde::Serialize;

use crate::context::Context;
use crate::error::Error;
use crate::sandbox;
use mafia_sandbox::StateDir;

/// Print variables that point any AWS client to the sandbox
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  eval \"$(mafia sandbox env)\"
  mafia sandbox env --shell fish | source")]
#[command(after_long_help = "\
Starts the sandbox if it is not running. After that, any AWS client in this shell \
uses the sandbox, such as `aws lambda list-functions`.

One client does not: version 1 of the AWS CLI sends what it has for SQS to AWS, unless it is told \
`--endpoint-url \"$AWS_ENDPOINT_URL\"`. Version 2 needs nothing.")]
pub struct Env {
    /// Shell to print the variables for; use sh for bash and zsh
    #[arg(long, value_enum, value_name = "SHELL", default_value_t)]
    shell: Shell,
}

#[derive(Clone, Copy, Debug, Default, ValueEnum)]
enum Shell {
    #[default]
    Sh,
    Fish,
    Powershell,
}

/// Variables that would override the others, and send clients elsewhere.
const OVERRIDES: [&str; 4] = [
    "AWS_DEFAULT_PROFILE",
    "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS",
    "AWS_PROFILE",
    "AWS_SESSION_TOKEN",
];
/// The prefix of variables with the endpoint of one service, which override the endpoint of all.
const SERVICE_ENDPOINT_PREFIX: &str = "AWS_ENDPOINT_URL_";

#[derive(Serialize)]
struct Variables {
    variables: BTreeMap<&'static str, String>,
    unset: Vec<String>,
}

impl Env {
    pub async fn run(self, context: &Context, state_dir: StateDir) -> Result<(), Error> {
        let printer = &context.printer;
        let awaited = sandbox::awaited(&state_dir);
        let starting = sandbox::ensure(state_dir);
        let server = printer.wait_for(&awaited, starting).await?;
        let variables = [
            ("AWS_ACCESS_KEY_ID", server.access_key_id),
            ("AWS_DEFAULT_REGION", server.region.to_owned()),
            // Keeps clients from asking a metadata service, which exists only on machines of AWS.
            ("AWS_EC2_METADATA_DISABLED", "true".to_owned()),
            ("AWS_ENDPOINT_URL", server.url),
            ("AWS_REGION", server.region.to_owned()),
            ("AWS_SECRET_ACCESS_KEY", server.secret_access_key),
        ];
        let variables = Variables {
            variables: variables.into(),
            unset: overrides(),
        };
        printer.result(&variables, |variables| self.shell.commands(variables))
    }
}

fn overrides() -> Vec<String> {
    let mut names: Vec<String> = std::env::vars_os()
        .filter_map(|(name, _)| name.into_string().ok())
        .filter(|name| name.starts_with(SERVICE_ENDPOINT_PREFIX))
        .chain(OVERRIDES.map(str::to_owned))
        .collect();
    names.sort();
    names
}

impl Shell {
    /// The commands that set the variables. Names and values need no quotes: they have no character
    /// with a meaning in a shell.
    fn commands(self, Variables { variables, unset }: &Variables) -> String {
        let set = variables.iter().map(|(name, value)| match self {
            Self::Sh => format!("export {name}={value}"),
            Self::Fish => format!("set -gx {name} {value}"),
            Self::Powershell => format!("$env:{name} = \"{value}\""),
        });
        let unset = unset.iter().map(|name| match self {
            Self::Sh => format!("unset {name}"),
            Self::Fish => format!("set -e {name}"),
            Self::Powershell => format!("$env:{name} = $null"),
        });
        set.chain(unset).collect::<Vec<_>>().join("\n")
    }
}
