//! From what was asked for and AWS's own settings to a target and the way to it: resolved once.

use std::time::Duration;

use aws_config::environment::region::EnvironmentVariableRegionProvider;
use aws_config::meta::region::RegionProviderChain;
use aws_config::profile::{ProfileFileCredentialsProvider, ProfileFileRegionProvider};
use aws_config::provider_config::ProviderConfig;
use aws_config::retry::RetryConfig;
use aws_config::timeout::TimeoutConfig;
use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_sdk_lambda::config::SharedHttpClient;
use aws_smithy_http_client::tls::{Provider, rustls_provider::CryptoMode};

use super::error::CloudError;
use super::target::{Target, TargetKind};

/// Where to work.
#[derive(Clone, Debug)]
pub enum Settings {
    /// AWS's environment and config files decide what is not set here.
    Configured(Configured),
    /// AWS's environment and config files are ignored.
    Sandbox(SandboxServer),
}

/// What was asked for; `None` leaves the choice to AWS's environment and config files.
#[derive(Clone, Debug, Default)]
pub struct Configured {
    pub endpoint_url: Option<String>,
    pub profile: Option<String>,
    pub region: Option<String>,
}

/// A running sandbox, and the keys that it accepts.
#[derive(Clone, Debug)]
pub struct SandboxServer {
    pub url: String,
    pub region: &'static str,
    pub access_key_id: String,
    pub secret_access_key: String,
}

/// For servers other than AWS: they accept any region, but clients must name one.
const LOCAL_REGION: &str = "us-east-1";
pub(super) const CONNECT_TIMEOUT: Duration = Duration::from_secs(4);
/// Long enough to upload a bundle through a classroom's shared uplink.
const READ_TIMEOUT: Duration = Duration::from_secs(300);
const MAX_ATTEMPTS: u32 = 6;
pub(super) const INITIAL_BACKOFF: Duration = Duration::from_millis(150);

pub(super) async fn resolve(settings: &Settings) -> Result<(Target, SdkConfig), CloudError> {
    match settings {
        Settings::Configured(configured) => configured.resolve().await,
        Settings::Sandbox(server) => Ok(server.resolve()),
    }
}

impl SandboxServer {
    fn resolve(&self) -> (Target, SdkConfig) {
        let [id, secret] = [&self.access_key_id, &self.secret_access_key];
        let keys = Credentials::new(id, secret, None, None, "sandbox");
        let config = SdkConfig::builder()
            .behavior_version(BehaviorVersion::latest())
            .http_client(http_client())
            .retry_config(retries())
            .timeout_config(timeouts())
            .region(Region::from_static(self.region))
            .endpoint_url(&self.url)
            .credentials_provider(SharedCredentialsProvider::new(keys))
            .build();
        let target = Target {
            kind: TargetKind::Sandbox {
                url: self.url.clone(),
            },
            region: self.region.to_owned(),
            profile: None,
        };
        (target, config)
    }
}

impl Configured {
    async fn resolve(&self) -> Result<(Target, SdkConfig), CloudError> {
        let region = region(self).await;
        let http_client = http_client();
        let mut loader = aws_config::defaults(BehaviorVersion::latest())
            .http_client(http_client.clone())
            .retry_config(retries())
            .timeout_config(timeouts())
            // Otherwise the loader would ask the instance's metadata service for a region.
            .region(region.clone().unwrap_or(Region::from_static(LOCAL_REGION)));
        if let Some(profile) = &self.profile {
            let config = ProviderConfig::default()
                .with_http_client(http_client)
                .with_region(region.clone());
            // Not through the SDK's chain of providers: there, keys in the environment would win over
            // the profile that was asked for.
            let keys = ProfileFileCredentialsProvider::builder()
                .configure(&config)
                .profile_name(profile)
                .build();
            loader = loader.profile_name(profile).credentials_provider(keys);
        }
        if let Some(url) = &self.endpoint_url {
            loader = loader.endpoint_url(checked_url(url)?);
        } else if let Some(url) = endpoint_url_of_environment() {
            // The SDK ignores a URL that it cannot read, and would send requests to AWS.
            checked_url(&url)?;
        }
        let config = loader.load().await;
        let kind = match config.endpoint_url() {
            Some(url) => TargetKind::Endpoint {
                // It may come from AWS's config files.
                url: checked_url(url)?.to_owned(),
            },
            None if region.is_none() => {
                return Err(CloudError::NoRegion {
                    profile: self.profile.clone(),
                });
            }
            None => TargetKind::Aws,
        };
        let target = Target {
            kind,
            region: config.region().map(ToString::to_string).unwrap_or_default(),
            profile: self.profile.clone(),
        };
        Ok((target, config))
    }
}

/// The endpoint for AWS's clients that the environment names, if any.
pub fn endpoint_url_of_environment() -> Option<String> {
    let url = std::env::var("AWS_ENDPOINT_URL").ok();
    url.filter(|url| !url.is_empty())
}

fn http_client() -> SharedHttpClient {
    aws_smithy_http_client::Builder::new()
        .tls_provider(Provider::Rustls(CryptoMode::Ring))
        .build_https()
}

fn retries() -> RetryConfig {
    RetryConfig::standard()
        .with_max_attempts(MAX_ATTEMPTS)
        .with_initial_backoff(INITIAL_BACKOFF)
}

fn timeouts() -> TimeoutConfig {
    TimeoutConfig::builder()
        .connect_timeout(CONNECT_TIMEOUT)
        .read_timeout(READ_TIMEOUT)
        .build()
}

async fn region(settings: &Configured) -> Option<Region> {
    let files = ProfileFileRegionProvider::builder();
    let files = match &settings.profile {
        Some(profile) => files.profile_name(profile),
        None => files,
    };
    RegionProviderChain::first_try(settings.region.clone().map(Region::new))
        .or_else(EnvironmentVariableRegionProvider::new())
        .or_else(files.build())
        .region()
        .await
}

/// The URL, if a request can be sent to it.
fn checked_url(url: &str) -> Result<&str, CloudError> {
    let host_and_port = url
        .strip_prefix("http://")
        .or_else(|| url.strip_prefix("https://"))
        .and_then(|rest| rest.split('/').next())
        .unwrap_or_default();
    let (host, port) = match host_and_port.rsplit_once(':') {
        // An end in a bracket is an IPv6 address without a port.
        Some((host, port)) if !port.ends_with(']') => (host, port.parse::<u16>().is_ok()),
        _ => (host_and_port, true),
    };
    let allowed = |c: char| c.is_ascii_graphic() && !"\"<>\\^`{|}@".contains(c);
    if !host.is_empty() && port && url.chars().all(allowed) {
        Ok(url)
    } else {
        Err(CloudError::BadEndpoint {
            url: url.to_owned(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::checked_url;

    #[test]
    fn an_endpoint_is_checked_before_anything_is_sent() {
        for valid in [
            "http://127.0.0.1:4566",
            "https://aws.example.org",
            "http://[::1]:4566",
            "http://[::1]",
            "http://localhost:4566/",
        ] {
            assert!(checked_url(valid).is_ok(), "{valid}");
        }
        for invalid in [
            "",
            "127.0.0.1:4566",
            "localhost",
            "ftp://a",
            "http://",
            "http:///a",
            "http://:4566",
            "http://a:b",
            "http://a:99999",
            "http://a b",
            "http://user@a",
        ] {
            assert!(checked_url(invalid).is_err(), "{invalid}");
        }
    }
}
