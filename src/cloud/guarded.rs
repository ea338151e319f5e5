//! Roles that are assumed with the code of an MFA device. The SDK does not know them.
//!
//! A code counts once, and a session for an hour. So a session is kept for the next commands, as AWS's
//! command line does it.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime};

use aws_config::SdkConfig;
use aws_credential_types::Credentials;
use aws_credential_types::provider::error::CredentialsError;
use aws_credential_types::provider::future::ProvideCredentials as Providing;
use aws_credential_types::provider::{ProvideCredentials, Result, SharedCredentialsProvider};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::credentials::lives_on;
use super::failure::refusal_text;
use super::login::way_around;
use super::patience;
use super::profiles::Profiles;

/// The roles on the way from a profile to its keys, if one of them needs a code.
#[derive(Debug)]
pub(super) struct GuardedRoles {
    profile: String,
    /// In the order in which they are assumed.
    roles: Vec<Role>,
    keys: SharedCredentialsProvider,
    config: SdkConfig,
    code: Mutex<Option<String>>,
    /// Where the session is kept.
    file: PathBuf,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Role {
    arn: String,
    device: Option<String>,
    external_id: Option<String>,
    session: Option<String>,
    /// In seconds.
    duration: Option<i32>,
}

/// The keys of a session, as they are kept in a file.
#[derive(Serialize, Deserialize)]
struct Session {
    access_key_id: String,
    secret_access_key: String,
    session_token: String,
    /// Seconds since 1970.
    ends: u64,
}

impl GuardedRoles {
    /// `None` if none of the roles needs a code. `keys_of` gives the keys of a profile without a role.
    pub fn of(
        profiles: &Profiles,
        profile: &str,
        config: &SdkConfig,
        keys_of: impl FnOnce(&str) -> SharedCredentialsProvider,
    ) -> Option<Self> {
        let chain = profiles.chain(profile);
        let role = |name: &String| {
            let get = |key: &str| profiles.get(name, key).map(str::to_owned);
            Some(Role {
                arn: get("role_arn")?,
                device: get("mfa_serial"),
                external_id: get("external_id"),
                session: get("role_session_name"),
                duration: get("duration_seconds").and_then(|text| text.parse().ok()),
            })
        };
        let mut roles: Vec<Role> = chain.iter().map_while(role).collect();
        roles.reverse();
        if roles.iter().all(|role| role.device.is_none()) {
            return None;
        }
        let last = chain.last()?;
        let get = |key: &str| profiles.get(last, key);
        let keys = match (
            get("role_arn"),
            get("aws_access_key_id"),
            get("aws_secret_access_key"),
        ) {
            (None, ..) => keys_of(last),
            (Some(_), Some(id), Some(secret)) => {
                let token = get("aws_session_token").map(str::to_owned);
                SharedCredentialsProvider::new(Credentials::new(id, secret, token, None, "profile"))
            }
            // Its keys are those of a machine, which has no device.
            (Some(_), ..) => return None,
        };
        let digest = Sha256::digest(format!("{last} {roles:?}"));
        let file: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
        let home = std::env::home_dir()?;
        Some(Self {
            profile: profile.to_owned(),
            roles,
            keys,
            config: config.clone(),
            code: Mutex::default(),
            file: home.join(".aws/mafia").join(file),
        })
    }

    /// The device whose code is needed; `None` if there is a session.
    pub fn device(&self) -> Option<&str> {
        match kept_session(&self.file) {
            Some(_) => None,
            None => self.roles.iter().find_map(|role| role.device.as_deref()),
        }
    }

    pub fn enter_code(&self, code: &str) {
        *self.code.lock().expect("nobody panics with it") = Some(code.to_owned());
    }

    async fn session(&self) -> Result {
        if let Some(kept) = kept_session(&self.file) {
            return Ok(kept);
        }
        let code = self.code.lock().expect("nobody panics with it").take();
        let code = code.ok_or_else(|| {
            CredentialsError::invalid_configuration(format!(
                "it needs a code of an MFA device; run the command in a terminal, which asks for it, \
                 or {}",
                way_around(&self.profile)
            ))
        })?;
        let mut keys = self.keys.provide_credentials().await?;
        for role in &self.roles {
            keys = self.assumed(role, keys, &code).await?;
        }
        // Without the file, the next command asks again.
        let _ = keep_session(&self.file, &keys);
        Ok(keys)
    }

    async fn assumed(&self, role: &Role, keys: Credentials, code: &str) -> Result {
        let config = aws_sdk_sts::config::Builder::from(&self.config)
            .credentials_provider(keys)
            .retry_partition(patience::partition())
            .build();
        let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
        let own_name = || format!("mafia-{}", now.unwrap_or_default().as_secs());
        let answer = aws_sdk_sts::Client::from_conf(config)
            .assume_role()
            .role_arn(&role.arn)
            .role_session_name(role.session.clone().unwrap_or_else(own_name))
            .set_external_id(role.external_id.clone())
            .set_duration_seconds(role.duration)
            .set_serial_number(role.device.clone())
            .set_token_code(role.device.is_some().then(|| code.to_owned()))
            .send()
            .await
            .map_err(|error| {
                CredentialsError::provider_error(refusal_text("AssumeRole", &error))
            })?;
        let keys = answer.credentials.ok_or_else(|| {
            CredentialsError::provider_error("AssumeRole was answered without keys")
        })?;
        let ends =
            SystemTime::try_from(keys.expiration).map_err(CredentialsError::provider_error)?;
        Ok(Credentials::new(
            keys.access_key_id,
            keys.secret_access_key,
            Some(keys.session_token),
            Some(ends),
            "role",
        ))
    }
}

/// Shared, because the code is entered where the keys are not needed yet.
#[derive(Debug)]
pub(super) struct SharedRoles(pub Arc<GuardedRoles>);

impl ProvideCredentials for SharedRoles {
    fn provide_credentials<'a>(&'a self) -> Providing<'a>
    where
        Self: 'a,
    {
        Providing::new(self.0.session())
    }
}

/// The session in the file, if it still counts.
fn kept_session(file: &Path) -> Option<Credentials> {
    let session: Session = serde_json::from_slice(&std::fs::read(file).ok()?).ok()?;
    let ends = SystemTime::UNIX_EPOCH.checked_add(Duration::from_secs(session.ends))?;
    let keys = Credentials::new(
        session.access_key_id,
        session.secret_access_key,
        Some(session.session_token),
        Some(ends),
        "kept role",
    );
    lives_on(&keys).then_some(keys)
}

/// Writes a file that only its owner can read, whole or not at all.
fn keep_session(file: &Path, keys: &Credentials) -> std::io::Result<()> {
    let ends = keys.expiry().unwrap_or(SystemTime::UNIX_EPOCH);
    let session = Session {
        access_key_id: keys.access_key_id().to_owned(),
        secret_access_key: keys.secret_access_key().to_owned(),
        session_token: keys.session_token().unwrap_or_default().to_owned(),
        ends: ends
            .duration_since(SystemTime::UNIX_EPOCH)
            .unwrap_or_default()
            .as_secs(),
    };
    let folder = file.parent().unwrap_or(Path::new("."));
    std::fs::create_dir_all(folder)?;
    let mut new = tempfile::NamedTempFile::new_in(folder)?;
    new.write_all(&serde_json::to_vec(&session)?)?;
    new.persist(file)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_role_with_a_device_is_found_wherever_it_is_in_the_chain() {
        let profiles = Profiles::of_config(
            "[profile base]\nmfa_serial = m\naws_access_key_id = a\naws_secret_access_key = s\n\
             [profile plain]\nrole_arn = r\nsource_profile = base\n\
             [profile guarded]\nrole_arn = r1\nmfa_serial = m\nsource_profile = base\n\
             [profile above]\nrole_arn = r2\nsource_profile = guarded\n\
             [profile itself]\nrole_arn = r1\nmfa_serial = m\nsource_profile = itself\n\
             aws_access_key_id = a\naws_secret_access_key = s\n\
             [profile machine]\nrole_arn = r1\nmfa_serial = m\n\
             credential_source = Ec2InstanceMetadata\n\
             [profile round]\nsource_profile = round\n",
        );
        let profiles = profiles.await.expect("it can be read");
        let config = SdkConfig::builder().build();
        for (profile, expected) in [
            ("plain", None),
            // Only a role is assumed with a device.
            ("base", None),
            ("round", None),
            ("none", None),
            ("machine", None),
            ("guarded", Some((&["r1"][..], "base"))),
            ("above", Some((&["r1", "r2"], "base"))),
            ("itself", Some((&["r1"], ""))),
        ] {
            let mut keys_of = String::new();
            let roles = GuardedRoles::of(&profiles, profile, &config, |name| {
                name.clone_into(&mut keys_of);
                SharedCredentialsProvider::new(Credentials::new("a", "s", None, None, "test"))
            });
            let arns = roles.map(|guarded| {
                let arns: Vec<String> = guarded.roles.iter().map(|role| role.arn.clone()).collect();
                (arns, keys_of)
            });
            let arns = arns.as_ref();
            let arns =
                arns.map(|(arns, keys)| (arns.iter().map(String::as_str).collect(), &**keys));
            let expected = expected.map(|(arns, keys)| (arns.to_vec(), keys));
            assert_eq!(arns, expected, "{profile}");
        }
    }

    #[test]
    fn a_session_is_kept_for_its_life_and_for_its_owner_only() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("mafia/session");
        assert!(kept_session(&file).is_none());
        let keep = |ends: SystemTime| {
            let token = Some("token".to_owned());
            let keys = Credentials::new("id", "secret", token, Some(ends), "test");
            keep_session(&file, &keys).expect("written");
        };
        keep(SystemTime::now() + Duration::from_secs(3000));
        let kept = kept_session(&file).expect("it lives");
        let parts = (
            kept.access_key_id(),
            kept.secret_access_key(),
            kept.session_token(),
        );
        assert_eq!(parts, ("id", "secret", Some("token")));
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            let mode = file.metadata().expect("it is there").permissions().mode();
            assert_eq!(mode & 0o777, 0o600);
        }
        keep(SystemTime::now());
        assert!(kept_session(&file).is_none());
        std::fs::write(&file, "{").expect("written");
        assert!(kept_session(&file).is_none());
    }
}
