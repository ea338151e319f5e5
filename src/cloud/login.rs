//! Sessions of `aws login`. AWS's command line, which made them, gives their keys and renews them.

use aws_config::credential_process::CredentialProcessProvider;
use aws_credential_types::provider::error::CredentialsError;
use aws_credential_types::provider::future::ProvideCredentials as Providing;
use aws_credential_types::provider::{ProvideCredentials, Result};

use super::failure::reason_of_source;
use super::profile_files::shown_name;

/// The session of a profile, as the SDK knows its name.
#[derive(Debug)]
pub(super) struct LoginSession {
    profile: String,
    program: CredentialProcessProvider,
}

impl LoginSession {
    /// Source: AWS CLI command reference, "configure export-credentials".
    pub fn of(profile: &str) -> Self {
        let word = shell_word(&shown_name(profile));
        let command = format!("aws configure export-credentials --profile {word} --format process");
        Self {
            profile: profile.to_owned(),
            program: CredentialProcessProvider::new(command),
        }
    }

    async fn keys(&self) -> Result {
        let keys = self.program.provide_credentials().await;
        keys.map_err(|error| {
            let reason = std::error::Error::source(&error).map_or_else(String::new, |source| {
                format!(": {}", reason_of_source(&source.to_string()))
            });
            CredentialsError::invalid_configuration(format!(
                "it needs a session of `aws login`, and AWS's command line does not give one{reason}; \
                 where it does, {}",
                way_around(&self.profile)
            ))
        })
    }
}

impl ProvideCredentials for LoginSession {
    fn provide_credentials<'a>(&'a self) -> Providing<'a>
    where
        Self: 'a,
    {
        Providing::new(self.keys())
    }
}

/// How to use a profile that only AWS's command line can use.
pub(super) fn way_around(profile: &str) -> String {
    let profile = shell_word(&shown_name(profile));
    format!(
        "run `eval \"$(aws configure export-credentials --profile {profile} --format env)\"`, then \
         the same command without the profile"
    )
}

/// The text as one word of a shell's command line.
fn shell_word(text: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "_-./@:+".contains(c);
    if text.chars().all(is_plain) {
        text.to_owned()
    } else {
        format!("'{}'", text.replace('\'', "'\\''"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_one_word_of_a_shell() {
        assert_eq!(shell_word("ann-dev"), "ann-dev");
        assert_eq!(shell_word("my dev"), "'my dev'");
        assert_eq!(shell_word("ann's; rm"), "'ann'\\''s; rm'");
    }
}
