//! Credentials: from the sources of AWS's clients, asked once and checked before they are used.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use aws_config::SdkConfig;
use aws_config::identity::IdentityCache;
use aws_config::profile::ProfileFileCredentialsProvider;
use aws_config::provider_config::ProviderConfig;
use aws_credential_types::Credentials;
use aws_credential_types::provider::error::CredentialsError;
use aws_credential_types::provider::future::ProvideCredentials as Providing;
use aws_credential_types::provider::{ProvideCredentials, Result, SharedCredentialsProvider};
use aws_sdk_lambda::config::SharedIdentityCache;
use tokio::sync::Mutex;
use tokio::time::timeout;

use super::given::variable;
use super::guarded::{GuardedRoles, SharedRoles};
use super::login::LoginSession;
use super::misconfigured::Misconfigured;
use super::profiles::{Profiles, of_key_pair};

/// How long a source may take: a program that asks a person for a code takes its time.
const PATIENCE: Duration = Duration::from_secs(120);
/// Keys that end sooner than this are asked for again.
const LEAST_LIFE: Duration = Duration::from_secs(60);

/// The profile that the keys come from.
#[derive(Clone, Debug)]
pub(super) struct Chosen {
    /// As the SDK knows it.
    pub profile: String,
    /// Whether its keys count even if the environment has others.
    pub alone: bool,
}

impl Chosen {
    /// An error when only half of the keys that would be used is there.
    fn check(&self, profiles: &Profiles) -> std::result::Result<(), Misconfigured> {
        const PAIR: [&str; 2] = ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"];
        let [id, secret] = PAIR.map(|name| variable(name).is_some());
        match (id, secret) {
            (true, true) if !self.alone => Ok(()),
            (true, false) | (false, true) if !self.alone => {
                let (set, missing) = of_key_pair(PAIR, id);
                Err(Misconfigured::new(
                    format!("{set} is set, but {missing} is not"),
                    format!("set {missing} as well, or unset {set}"),
                ))
            }
            _ => profiles.check_keys(&self.profile),
        }
    }

    /// The setting that the keys come from, where that is not a pair of keys.
    pub fn source_of_keys(&self, profiles: &Profiles) -> Option<String> {
        const VARIABLES: [&str; 3] = [
            "AWS_WEB_IDENTITY_TOKEN_FILE",
            "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
            "AWS_CONTAINER_CREDENTIALS_FULL_URI",
        ];
        if self.is_overridden() {
            return None;
        }
        profiles.source_of_keys(&self.profile).or_else(|| {
            let mut set = VARIABLES
                .into_iter()
                .filter(|name| variable(name).is_some());
            set.next().filter(|_| !self.alone).map(str::to_owned)
        })
    }

    /// Whether keys of the environment are used instead of the profile.
    fn is_overridden(&self) -> bool {
        !self.alone && variable("AWS_ACCESS_KEY_ID").is_some()
    }
}

/// The keys of a role that is assumed with those of `config`.
pub(super) async fn assumed(role: &str, config: &SdkConfig) -> SharedCredentialsProvider {
    let keys = config.credentials_provider();
    let keys = keys.expect("set for each target");
    let role = aws_config::sts::AssumeRoleProvider::builder(role)
        .session_name("mafia")
        .configure(config)
        .build_from_provider(keys)
        .await;
    SharedCredentialsProvider::new(role)
}

/// The source of credentials, and the roles in it that need a code, if there are any. `config` has the
/// SDK's own chain of sources: environment, profile, the machine.
pub(super) fn source(
    config: &SdkConfig,
    sources: &ProviderConfig,
    profiles: &Profiles,
    chosen: &Chosen,
) -> (SharedCredentialsProvider, Option<Arc<GuardedRoles>>) {
    let is_login = |profile: &str| {
        let chain = profiles.chain(profile);
        chain
            .iter()
            .any(|it| profiles.get(it, "login_session").is_some())
    };
    let of_profile = |profile: &str| {
        if is_login(profile) {
            return SharedCredentialsProvider::new(LoginSession::of(profile));
        }
        let provider = ProfileFileCredentialsProvider::builder()
            .configure(sources)
            .profile_files(profiles.files())
            .profile_name(profile);
        SharedCredentialsProvider::new(provider.build())
    };
    let guarded = (!chosen.is_overridden())
        .then(|| GuardedRoles::of(profiles, &chosen.profile, config, of_profile))
        .flatten()
        .map(Arc::new);
    let source = if let Err(wrong) = chosen.check(profiles) {
        SharedCredentialsProvider::new(Unusable(wrong))
    } else if let Some(guarded) = &guarded {
        SharedCredentialsProvider::new(SharedRoles(guarded.clone()))
    } else if chosen.alone || (is_login(&chosen.profile) && !chosen.is_overridden()) {
        // Not through the SDK's chain of providers: there, keys in the environment would win over the
        // profile that was asked for.
        of_profile(&chosen.profile)
    } else {
        let chain = config.credentials_provider();
        chain.unwrap_or_else(|| of_profile(&chosen.profile))
    };
    let checked = Checked {
        source,
        found: Mutex::default(),
    };
    (SharedCredentialsProvider::new(checked), guarded)
}

/// A source whose keys cannot be used, for this reason.
#[derive(Debug)]
struct Unusable(Misconfigured);

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

pub(super) fn lives_on(keys: &Credentials) -> bool {
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
#[path = "credentials_tests.rs"]
mod tests;
