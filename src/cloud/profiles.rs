//! The profiles of AWS's config and credentials files, and which of their keys cannot be used.

use std::path::PathBuf;

use aws_config::profile::ProfileSet;
use aws_runtime::env_config::file::{EnvConfigFileKind, EnvConfigFiles};
use aws_types::os_shim_internal::{Env, Fs};

use super::given::variable;
use super::misconfigured::Misconfigured;
use super::profile_files::{CORRECT_THE_FILE, SOURCE_PROFILE, readable, shown_name, text};
use crate::wording::nearest;

/// The profiles of AWS's files.
///
/// The names in here are those that the SDK knows: see [`super::profile_files::sdk_name`].
#[derive(Debug)]
pub(super) struct Profiles {
    sections: ProfileSet,
    files: EnvConfigFiles,
    paths: [PathBuf; 2],
}

impl Profiles {
    pub async fn read() -> Result<Self, Misconfigured> {
        let paths = [
            path("AWS_CONFIG_FILE", "config"),
            path("AWS_SHARED_CREDENTIALS_FILE", "credentials"),
        ];
        let [config, credentials] = paths.each_ref().map(|path| text(path));
        Self::of(paths, [config?, credentials?]).await
    }

    /// Of these two files, which contain these texts.
    async fn of(paths: [PathBuf; 2], texts: [String; 2]) -> Result<Self, Misconfigured> {
        let kinds = [EnvConfigFileKind::Config, EnvConfigFileKind::Credentials];
        let mut files = EnvConfigFiles::builder();
        for ((kind, path), text) in kinds.into_iter().zip(&paths).zip(texts) {
            files = files.with_contents(kind, readable(kind, path, &text)?);
        }
        let files = files.build();
        let sections = aws_config::profile::load(&Fs::real(), &Env::real(), &files, None).await;
        let sections = sections.map_err(|error| {
            let [config, credentials] = paths.each_ref().map(|path| path.display());
            let reason = std::error::Error::source(&error).unwrap_or(&error);
            let problem = format!("cannot read {config} and {credentials}: {reason}");
            Misconfigured::new(problem, CORRECT_THE_FILE)
        })?;
        Ok(Self {
            sections,
            files,
            paths,
        })
    }

    /// Of a config file with this text.
    #[cfg(test)]
    pub async fn of_config(text: &str) -> Result<Self, Misconfigured> {
        let paths = [
            PathBuf::from("/aws/config"),
            PathBuf::from("/aws/credentials"),
        ];
        Self::of(paths, [text.to_owned(), String::new()]).await
    }

    /// The same for the SDK.
    pub fn files(&self) -> EnvConfigFiles {
        self.files.clone()
    }

    pub fn get(&self, profile: &str, key: &str) -> Option<&str> {
        let value = self.sections.get_profile(profile)?.get(key)?;
        Some(value).filter(|value| !value.is_empty())
    }

    /// The profile, and those after it that it takes its keys from.
    pub fn chain(&self, profile: &str) -> Vec<String> {
        let mut chain = vec![profile.to_owned()];
        while let Some(next) = chain.last().and_then(|last| self.get(last, SOURCE_PROFILE))
            && chain.iter().all(|seen| seen != next)
        {
            chain.push(next.to_owned());
        }
        chain
    }

    /// An error when the profile, which `place` names, is in no file.
    pub fn check(&self, profile: &str, place: &str) -> Result<(), Misconfigured> {
        if self.sections.get_profile(profile).is_some() {
            return Ok(());
        }
        let name = shown_name(profile);
        let [config, credentials] = self.paths.each_ref().map(|path| path.display());
        let mut known: Vec<String> = self.sections.profiles().map(shown_name).collect();
        known.sort();
        let nearest = nearest(&name, known.iter().map(String::as_str));
        let nearest = nearest.map(|nearest| format!("did you mean {nearest}?"));
        let known = if known.is_empty() {
            format!("there are no profiles in {config} and {credentials}")
        } else {
            format!("the profiles are {}", known.join(", "))
        };
        let unknown = format!("there is no profile `{name}` ({place})");
        let mut unknown = Misconfigured::new(unknown, known)
            .remedy("run `aws configure --profile NAME` to make one");
        unknown.remedies.splice(0..0, nearest);
        Err(unknown)
    }

    /// An error when the profile, or one that it takes its keys from, has half of a pair of keys, or
    /// takes them from nowhere.
    pub fn check_keys(&self, profile: &str) -> Result<(), Misconfigured> {
        let chain = self.chain(profile);
        for name in &chain {
            let shown = shown_name(name);
            let [id, secret] = KEY_PAIR.map(|key| self.get(name, key).is_some());
            if id != secret {
                let (set, missing) = of_key_pair(KEY_PAIR, id);
                return Err(Misconfigured::new(
                    format!("profile `{shown}` has {set}, but no {missing}"),
                    format!("add {missing} with `aws configure`, or remove {set}"),
                ));
            }
            let named = self.get(name, "credential_source");
            if let Some(named) = named.filter(|named| !CREDENTIAL_SOURCES.contains(named)) {
                let place = format!("`credential_source` of profile `{shown}`");
                let sources = CREDENTIAL_SOURCES.join(" or ");
                return Err(Misconfigured::value(
                    &place,
                    named,
                    "a source of keys",
                    &sources,
                ));
            }
            if let Some(source) = self.get(name, SOURCE_PROFILE) {
                self.check(source, &format!("`{SOURCE_PROFILE}` of profile `{shown}`"))?;
                let problem = if source != name {
                    let names: Vec<String> = chain.iter().map(|name| shown_name(name)).collect();
                    format!("profiles take their keys in a circle: {}", names.join(", "))
                } else {
                    format!("profile `{shown}` takes its keys from itself, and has none")
                };
                // The first keys end the chain, and a profile may name itself for what it has.
                let has_keys = id || (source == name && self.own_source(name).is_some());
                if chain.last() == Some(name) && !has_keys {
                    return Err(Misconfigured::new(
                        problem,
                        format!("name a profile with keys as `{SOURCE_PROFILE}` of `{shown}`"),
                    ));
                }
            }
        }
        Ok(())
    }

    /// The setting that the profile's keys come from, where that is not a pair of keys.
    pub fn source_of_keys(&self, profile: &str) -> Option<String> {
        let chain = self.chain(profile);
        let last = chain.last()?;
        let key = self.own_source(last)?;
        Some(format!("`{key}` of profile `{}`", shown_name(last)))
    }

    /// The profile's own setting that keys come from, where that is not a pair of keys.
    fn own_source(&self, profile: &str) -> Option<&'static str> {
        let is_set = |key: &&str| self.get(profile, key).is_some();
        KEY_SOURCES.into_iter().find(is_set)
    }
}

/// Source: AWS SDKs and tools reference guide, "Assume role credential provider".
const CREDENTIAL_SOURCES: [&str; 3] = ["Environment", "Ec2InstanceMetadata", "EcsContainer"];
/// Source: AWS SDKs and tools reference guide, "Standardized credential providers".
const KEY_SOURCES: [&str; 6] = [
    "credential_source",
    "web_identity_token_file",
    "sso_session",
    "sso_start_url",
    "login_session",
    "credential_process",
];
const KEY_PAIR: [&str; 2] = ["aws_access_key_id", "aws_secret_access_key"];

/// Which part of a pair of keys is there, and which is not.
pub(super) fn of_key_pair([id, secret]: [&str; 2], has_id: bool) -> (&str, &str) {
    if has_id { (id, secret) } else { (secret, id) }
}

/// Source: AWS SDKs and tools reference guide, "Location of the shared config and credentials files".
fn path(of_variable: &str, name: &str) -> PathBuf {
    let home = std::env::home_dir().unwrap_or_default();
    match variable(of_variable) {
        None => home.join(".aws").join(name),
        Some(path) => match path.strip_prefix("~/") {
            Some(rest) => home.join(rest),
            None => PathBuf::from(path),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cloud::given::test_environment;

    #[tokio::test]
    async fn a_profile_without_keys_to_use_is_named() {
        for (config, words) in [
            (
                "aws_access_key_id = a\n",
                "has aws_access_key_id, but no aws_secret_access_key",
            ),
            (
                "aws_secret_access_key = a\n",
                "has aws_secret_access_key, but no aws_access_key_id",
            ),
            (
                "aws_access_key_id =\naws_secret_access_key = a\n",
                "but no aws_access_key_id",
            ),
            (
                "role_arn = r\nsource_profile = my b\n",
                "no profile `my b` (`source_profile` of profile `a`)",
            ),
            (
                "source_profile = c\n[profile c]\nsource_profile = a\n",
                "in a circle: a, c",
            ),
            (
                "source_profile = c\n[profile c]\nsource_profile = my d\n\
                 [profile 'my d']\nrole_arn = r\nsource_profile = c\n",
                "in a circle: a, c, my d",
            ),
            (
                "role_arn = r\nsource_profile = a\n",
                "profile `a` takes its keys from itself, and has none",
            ),
            (
                "role_arn = r\nsource_profile = my b\n[profile 'my b']\nsource_profile = my b\n",
                "profile `my b` takes its keys from itself, and has none",
            ),
            (
                "credential_source = Me\n",
                "`Me` is not a source of keys (`credential_source` of profile `a`)",
            ),
        ] {
            let profiles = Profiles::of_config(&format!("[profile a]\n{config}")).await;
            let wrong = profiles.expect("it can be read").check_keys("a");
            let said = wrong.expect_err(config).to_string();
            assert!(said.contains(words), "{said}");
        }
        for own in [
            "aws_access_key_id = a\naws_secret_access_key = s\n",
            "credential_process = print-keys\n",
        ] {
            let itself = format!("[profile a]\nrole_arn = r\nsource_profile = a\n{own}");
            let profiles = Profiles::of_config(&itself).await.expect("it can be read");
            assert_eq!(profiles.check_keys("a"), Ok(()));
        }
    }

    #[tokio::test]
    async fn the_source_of_a_profiles_keys_is_that_of_the_last_one_of_its_chain() {
        for (config, expected) in [
            ("aws_access_key_id = a\n", None),
            (
                "credential_process = p\n",
                Some("`credential_process` of profile `a`"),
            ),
            (
                "role_arn = r\nsource_profile = my b\n[profile \"my b\"]\nsso_session = s\n",
                Some("`sso_session` of profile `my b`"),
            ),
            (
                "credential_process = p\nsource_profile = c\n[profile c]\nregion = r\n",
                None,
            ),
        ] {
            let profiles = Profiles::of_config(&format!("[profile a]\n{config}")).await;
            let profiles = profiles.expect("it can be read");
            let source = profiles.source_of_keys("a");
            assert_eq!(source.as_deref(), expected, "{config}");
        }
    }

    #[test]
    fn files_are_where_the_variables_say_or_in_the_home_folder() {
        let home = std::env::home_dir().unwrap_or_default();
        for (variable, expected) in [
            ("", home.join(".aws/config")),
            ("~/mine", home.join("mine")),
            ("/etc/aws", PathBuf::from("/etc/aws")),
        ] {
            test_environment::set(&[("AWS_CONFIG_FILE", variable)]);
            assert_eq!(path("AWS_CONFIG_FILE", "config"), expected);
        }
    }
}
