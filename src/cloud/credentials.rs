//! Credentials: from the sources of AWS's clients, asked once and checked before they are used.

use std::time::{Duration, SystemTime};

use aws_config::default_provider::credentials::DefaultCredentialsChain;
use aws_config::identity::IdentityCache;
use aws_config::profile::ProfileFileCredentialsProvider;
use aws_config::provider_config::ProviderConfig;
use aws_credential_types::Credentials;
use aws_credential_types::provider::error::CredentialsError;
use aws_credential_types::provider::future::ProvideCredentials as Providing;
use aws_credential_types::provider::{ProvideCredentials, Result, SharedCredentialsProvider};
use aws_runtime::env_config::file::EnvConfigFiles;
use aws_sdk_lambda::config::SharedIdentityCache;
use aws_types::os_shim_internal::{Env, Fs};
use tokio::sync::Mutex;
use tokio::time::timeout;

/// How long a source may take: a program that asks a person for a code takes its time.
const PATIENCE: Duration = Duration::from_secs(120);
/// Keys that end sooner than this are asked for again.
const LEAST_LIFE: Duration = Duration::from_secs(60);

/// The credentials of `profile`; without one, those of the first source that has some: environment,
/// config files, the machine.
pub(super) async fn provider(
    sources: &ProviderConfig,
    profile: Option<&str>,
) -> SharedCredentialsProvider {
    if let Some(reason) = obstacle(profile).await {
        return SharedCredentialsProvider::new(Unusable(reason));
    }
    let source = match profile {
        // Not through the SDK's chain of providers: there, keys in the environment would win over
        // the profile that was asked for.
        Some(profile) => SharedCredentialsProvider::new(
            ProfileFileCredentialsProvider::builder()
                .configure(sources)
                .profile_name(profile)
                .build(),
        ),
        None => {
            let chain = DefaultCredentialsChain::builder().configure(sources.clone());
            SharedCredentialsProvider::new(chain.build().await)
        }
    };
    SharedCredentialsProvider::new(Checked {
        source,
        found: Mutex::default(),
    })
}

/// Why the SDK cannot use a profile that AWS's command line can use, if that is the one in question.
async fn obstacle(profile: Option<&str>) -> Option<String> {
    let variable = |name| std::env::var(name).ok().filter(|value| !value.is_empty());
    if profile.is_none() && variable("AWS_ACCESS_KEY_ID").is_some() {
        return None;
    }
    let chosen = profile
        .map(str::to_owned)
        .or_else(|| variable("AWS_PROFILE"));
    let chosen = chosen.unwrap_or_else(|| "default".to_owned());
    if let Some(strange) = chosen.chars().find(|c| !is_in_profile_names(*c)) {
        return Some(format!(
            "profile names with the character {strange:?} cannot be read; rename it, or set the keys \
             in the environment"
        ));
    }
    let profiles = aws_config::profile::load(
        &Fs::real(),
        &Env::real(),
        &EnvConfigFiles::default(),
        Some(chosen.clone().into()),
    )
    .await
    .ok()?;
    let setting = |name: &str, key: &str| {
        let value = profiles.get_profile(name)?.get(key)?;
        Some(value.to_owned())
    };
    let what = if needs_a_code(&chosen, setting) {
        "a code of an MFA device"
    } else if setting(&chosen, "login_session").is_some() {
        "a session of `aws login`"
    } else {
        return None;
    };
    Some(format!(
        "it needs {what}; run `eval \"$(aws configure export-credentials --profile {chosen} \
         --format env)\"`, then the same command without the profile"
    ))
}

/// Source: `aws_runtime::env_config`, the identifiers of profiles.
fn is_in_profile_names(c: char) -> bool {
    c.is_ascii_alphanumeric() || "_-/.%@:+".contains(c)
}

/// Whether a role on the way from `profile` to its keys is assumed with an MFA device. `setting` looks
/// up a key of a profile.
fn needs_a_code(profile: &str, setting: impl Fn(&str, &str) -> Option<String>) -> bool {
    const LONGEST_CHAIN: usize = 10;
    let next = |name: &String| setting(name, "source_profile");
    std::iter::successors(Some(profile.to_owned()), next)
        .take(LONGEST_CHAIN)
        .any(|name| setting(&name, "role_arn").is_some() && setting(&name, "mfa_serial").is_some())
}

/// A source whose keys cannot be had, for this reason.
#[derive(Debug)]
struct Unusable(String);

impl ProvideCredentials for Unusable {
    fn provide_credentials<'a>(&'a self) -> Providing<'a>
    where
        Self: 'a,
    {
        let reason = self.0.clone();
        Providing::ready(Err(CredentialsError::invalid_configuration(reason)))
    }
}

/// The SDK's cache; it gives up later than the source.
pub(super) fn cache() -> SharedIdentityCache {
    let patience = PATIENCE + LEAST_LIFE;
    IdentityCache::lazy().load_timeout(patience).build()
}

/// Asks the source once for all services, and refuses keys that cannot be sent.
#[derive(Debug)]
struct Checked {
    source: SharedCredentialsProvider,
    found: Mutex<Option<Credentials>>,
}

impl ProvideCredentials for Checked {
    fn provide_credentials<'a>(&'a self) -> Providing<'a>
    where
        Self: 'a,
    {
        Providing::new(self.credentials())
    }
}

impl Checked {
    async fn credentials(&self) -> Result {
        let mut found = self.found.lock().await;
        if let Some(keys) = found.as_ref().filter(|keys| lives_on(keys)) {
            return Ok(keys.clone());
        }
        let asked = timeout(PATIENCE, self.source.provide_credentials()).await;
        let keys = asked.map_err(|_| CredentialsError::provider_timed_out(PATIENCE))??;
        check(&keys).map_err(CredentialsError::invalid_configuration)?;
        Ok(found.insert(keys).clone())
    }
}

fn lives_on(keys: &Credentials) -> bool {
    let soon = SystemTime::now() + LEAST_LIFE;
    keys.expiry().is_none_or(|end| end > soon)
}

/// Keys are sent in headers, which take no line ends; and AWS's have no spaces.
fn check(keys: &Credentials) -> std::result::Result<(), String> {
    let parts = [
        ("access key id", keys.access_key_id()),
        ("secret access key", keys.secret_access_key()),
        ("session token", keys.session_token().unwrap_or_default()),
    ];
    for (name, value) in parts {
        let strange = value.chars().find(|c| !c.is_ascii_graphic());
        if let Some(strange) = strange {
            let what = match strange {
                '\r' | '\n' => "a line end".to_owned(),
                ' ' | '\t' => "a space".to_owned(),
                strange => format!("the character {strange:?}"),
            };
            return Err(format!(
                "the {name} contains {what}; look where it is set, such as a file with Windows \
                 line ends"
            ));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_role_behind_an_mfa_device_is_found_wherever_it_is_in_the_chain() {
        let settings = [
            ("plain", "role_arn", "r"),
            ("plain", "source_profile", "base"),
            ("guarded", "role_arn", "r"),
            ("guarded", "mfa_serial", "m"),
            ("guarded", "source_profile", "base"),
            ("above", "role_arn", "r"),
            ("above", "source_profile", "guarded"),
            // Only a role is assumed with a device.
            ("base", "mfa_serial", "m"),
            ("round", "source_profile", "round"),
        ];
        let setting = |profile: &str, key: &str| {
            let found = settings.iter().find(|(p, k, _)| *p == profile && *k == key);
            found.map(|(.., value)| (*value).to_owned())
        };
        for (profile, expected) in [
            ("plain", false),
            ("base", false),
            ("round", false),
            ("none", false),
            ("guarded", true),
            ("above", true),
        ] {
            assert_eq!(needs_a_code(profile, setting), expected, "{profile}");
        }
    }

    #[test]
    fn keys_that_cannot_be_sent_are_named_and_not_shown() {
        let check = |id: &str, secret: &str, token: Option<&str>| {
            check(&Credentials::new(
                id,
                secret,
                token.map(str::to_owned),
                None,
                "test",
            ))
        };
        assert_eq!(check("AKIA", "a/b+c=", Some("t/o=")), Ok(()));
        for (id, secret, token, name, what) in [
            ("AKIA\r", "secret", None, "access key id", "a line end"),
            ("AKIA", "secret\n", None, "secret access key", "a line end"),
            ("AKIA", "secret ", None, "secret access key", "a space"),
            (
                "AKIA",
                "secret",
                Some("token\n"),
                "session token",
                "a line end",
            ),
            ("AKIÄ", "secret", None, "access key id", "'Ä'"),
        ] {
            let reason = check(id, secret, token).expect_err(name);
            assert!(reason.contains(name) && reason.contains(what), "{reason}");
            assert!(
                !reason.contains("secret\n") && !reason.contains("AKI"),
                "{reason}"
            );
        }
    }
}
