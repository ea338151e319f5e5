//! Which target a command works on: the workspace's sandbox, unless the options or the environment
//! name another.

use crate::cloud::{Configured, Given, endpoint_url_of_environment};
use crate::error::Error;
use crate::options::{FILE, Options, Origin, TargetName, variable_of};
use crate::sandbox;
use mafia_sandbox::StateDir;

/// The target that was asked for.
#[derive(Debug)]
pub enum Choice {
    Sandbox(StateDir),
    Configured(Configured),
}

/// The target that the options name, or else the environment.
pub fn choice(options: &Options) -> Result<Choice, Error> {
    let configured = Configured {
        endpoint_url: given(options, &options.endpoint_url, "endpoint-url"),
        profile: given(options, &options.profile, "profile"),
        region: given(options, &options.region, "region"),
        role: given(options, &options.assumed_role, "assumed-role"),
    };
    match (options.target, &configured.endpoint_url) {
        (Some(TargetName::Sandbox), Some(url)) => Err(Error::usage(format!(
            "the target cannot be both the sandbox and {}",
            url.value
        ))
        .hint(format!("omit --target (MAFIA_TARGET) or {}", url.place))),
        // `--target` decides; a profile or a region, perhaps from the environment, are ignored.
        (Some(TargetName::Sandbox), None) => Ok(Choice::Sandbox(state_dir(options)?)),
        (Some(TargetName::Aws), _) | (None, Some(_)) => Ok(Choice::Configured(configured)),
        (None, None) => by_default(options, configured),
    }
}

/// The target without `--target` and `--endpoint-url`.
fn by_default(options: &Options, configured: Configured) -> Result<Choice, Error> {
    if let Some(url) = endpoint_url_of_environment() {
        // A URL from `mafia sandbox env` means the sandbox, even if it has stopped since.
        let own = state_dir(options).ok().filter(|state_dir| {
            let last = state_dir.last_server().ok().flatten();
            last.is_some_and(|last| last.url() == url.value)
        });
        return Ok(match own {
            Some(state_dir) => Choice::Sandbox(state_dir),
            // The services that have addresses of their own keep them.
            None => Choice::Configured(configured),
        });
    }
    let Some(Given { place, .. }) = configured.profile.or(configured.region) else {
        return Ok(Choice::Sandbox(state_dir(options)?));
    };
    Err(
        Error::usage(format!("{place} only applies with --target aws"))
            .hint("add `--target aws` (or MAFIA_TARGET=aws) to work on AWS")
            .hint(format!(
                "add `--target sandbox` to work in the sandbox and ignore {place}"
            )),
    )
}

/// The value of an option, and where it was given: as such, by its variable or in the workshop folder. An
/// empty one counts as not given.
fn given(options: &Options, value: &Option<String>, option: &str) -> Option<Given> {
    let value = value.as_ref().filter(|value| !value.is_empty())?;
    let variable = variable_of(option);
    let by_variable = std::env::var(&variable).is_ok_and(|set| set == *value);
    let place = match options.origin(option) {
        Some(Origin::Folder) => format!("`{option}` in {FILE}"),
        _ if by_variable => variable,
        _ => format!("--{option}"),
    };
    Some(Given::new(value, &place))
}

/// The folder of the sandbox that the options name, or the workspace's.
pub fn state_dir(options: &Options) -> Result<StateDir, Error> {
    sandbox::state_dir(options.state_dir.as_deref())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_contradicts_itself_is_refused() {
        let sandbox = Options {
            target: Some(TargetName::Sandbox),
            state_dir: Some("/nowhere".into()),
            ..Options::default()
        };
        let profile = Some("anna".to_owned());
        let both = Options {
            endpoint_url: Some("http://127.0.0.1:1".to_owned()),
            ..sandbox.clone()
        };
        assert!(choice(&both).is_err());
        let ignored = Options {
            profile: profile.clone(),
            ..sandbox.clone()
        };
        assert!(matches!(choice(&ignored), Ok(Choice::Sandbox(_))));
        let aws = Options {
            target: Some(TargetName::Aws),
            profile,
            ..Options::default()
        };
        assert!(matches!(choice(&aws), Ok(Choice::Configured(_))));
    }

    #[test]
    fn an_empty_setting_is_none() {
        let empty = || Some(String::new());
        let aws = Options {
            target: Some(TargetName::Aws),
            profile: empty(),
            region: empty(),
            endpoint_url: empty(),
            ..Options::default()
        };
        match choice(&aws) {
            Ok(Choice::Configured(found)) => {
                let found = (found.profile, found.region, found.endpoint_url);
                assert_eq!(found, (None, None, None));
            }
            other => panic!("{other:?}"),
        }
    }
}
