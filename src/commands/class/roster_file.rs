//! The roster that a command on a class works with.

use std::path::{Path, PathBuf};

use clap::Args;
use time::OffsetDateTime;

use crate::class::Roster;
use crate::class::roster::FILE;
use crate::cloud::endpoint_url_of_environment;
use crate::context::Context;
use crate::error::Error;
use crate::invocation::quoted;
use crate::options::{Options, TargetName};
use crate::wording::without_number;

#[derive(Args, Clone, Debug, Default)]
pub struct RosterFile {
    /// The file that names the students [default: roster.toml]
    #[arg(long, value_name = "FILE", env = "MAFIA_ROSTER", hide_env = true)]
    roster: Option<PathBuf>,
}

impl RosterFile {
    pub fn path(&self) -> &Path {
        self.roster.as_deref().unwrap_or(Path::new(FILE))
    }

    /// The option as it has to be typed again, with a space before it.
    pub fn as_typed(&self) -> String {
        let given = self.roster.as_ref();
        given.map_or_else(String::new, |path| {
            format!(" --roster {}", quoted(&path.to_string_lossy()))
        })
    }

    /// The class in the file, and what a command works with there.
    pub fn read(&self, context: &Context) -> Result<(Roster, Context), Error> {
        let roster = self.of_file()?;
        if roster.is_over(OffsetDateTime::now_utc().date()) {
            let (class, last) = (&roster.class, roster.expires.as_deref());
            context.printer.note(&format!(
                "the class {class} is past its last day, {}",
                last.unwrap_or_default()
            ));
        }
        let context = context.elsewhere(place(&context.options, &roster));
        Ok((roster, context))
    }

    fn of_file(&self) -> Result<Roster, Error> {
        let path = self.path();
        let shown = path.display().to_string();
        let bytes = std::fs::read(path).map_err(|error| {
            let error = error.to_string();
            let reason = without_number(&error);
            Error::usage(format!("cannot read the roster {shown}: {reason}"))
                .hint("run `mafia class init` to write one")
                .hint("or name another file with --roster (MAFIA_ROSTER)")
        })?;
        Ok(Roster::read(&shown, &bytes)?)
    }
}

/// The options with what only the roster says about the place to work.
fn place(options: &Options, roster: &Roster) -> Options {
    let mut options = options.clone();
    if options.target.is_none() && options.endpoint_url.is_none() {
        options.endpoint_url.clone_from(&roster.endpoint_url);
        options.target = roster.target.as_deref().map(|target| match target {
            "aws" => TargetName::Aws,
            _ => TargetName::Sandbox,
        });
    }
    let is_configured = options.target == Some(TargetName::Aws)
        || options.endpoint_url.is_some()
        || endpoint_url_of_environment().is_some();
    // The sandbox has neither.
    if is_configured && options.target != Some(TargetName::Sandbox) {
        options.region = options.region.or_else(|| roster.region.clone());
        options.profile = options.profile.or_else(|| roster.profile.clone());
    }
    options
}

#[cfg(test)]
mod tests {
    use super::*;

    fn roster(text: &str) -> Roster {
        let text = format!("class = \"a\"\n{text}\n[[student]]\nname = \"b\"");
        Roster::read(FILE, text.as_bytes()).expect("read")
    }

    #[test]
    fn the_roster_says_where_to_work_unless_the_options_do() {
        let aws = roster("target = \"aws\"\nregion = \"eu-west-1\"\nprofile = \"ben\"");
        let found = place(&Options::default(), &aws);
        assert_eq!(found.target, Some(TargetName::Aws));
        assert_eq!(found.region.as_deref(), Some("eu-west-1"));
        assert_eq!(found.profile.as_deref(), Some("ben"));
        let given = Options {
            target: Some(TargetName::Sandbox),
            ..Options::default()
        };
        let found = place(&given, &aws);
        assert_eq!(found.target, Some(TargetName::Sandbox));
        assert_eq!((found.region, found.profile), (None, None));
        let given = Options {
            endpoint_url: Some("http://127.0.0.1:1".to_owned()),
            region: Some("us-east-1".to_owned()),
            ..Options::default()
        };
        let found = place(&given, &aws);
        assert_eq!(
            (found.target, found.endpoint_url),
            (None, given.endpoint_url)
        );
        assert_eq!(found.region, given.region);
        let other = roster("endpoint-url = \"http://127.0.0.1:1\"\nregion = \"eu-west-1\"");
        let found = place(&Options::default(), &other);
        assert_eq!(found.endpoint_url.as_deref(), Some("http://127.0.0.1:1"));
        assert_eq!(found.region.as_deref(), Some("eu-west-1"));
    }
}
