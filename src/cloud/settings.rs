//! From what was asked for and AWS's own settings to a target and the way to it: resolved once.

use std::sync::Arc;
use std::time::Duration;

use aws_config::meta::region::ProvideRegion;
use aws_config::profile::ProfileFileRegionProvider;
use aws_config::provider_config::ProviderConfig;
use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_runtime::env_config::file::EnvConfigFiles;
use aws_types::os_shim_internal::{Env, Fs};
use aws_types::service_config::ServiceConfigKey;

use super::error::CloudError;
use super::network::ServerClock;
use super::target::{S3, Target, TargetKind};
use super::{credentials, network, patience};

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
/// The services in use, by their ids in AWS's settings for endpoints.
///
/// Source: AWS SDKs and tools reference guide, "Service-specific endpoints".
const SERVICES: [&str; 5] = ["CloudFormation", "CloudWatch Logs", "Lambda", S3, "STS"];

/// The target, the way to it, and the clock of its servers.
type Resolved = (Target, SdkConfig, Arc<ServerClock>);

pub(super) async fn resolve(settings: &Settings) -> Result<Resolved, CloudError> {
    match settings {
        Settings::Configured(configured) => configured.resolve().await,
        Settings::Sandbox(server) => Ok(server.resolve()),
    }
}

impl SandboxServer {
    fn resolve(&self) -> Resolved {
        let [id, secret] = [&self.access_key_id, &self.secret_access_key];
        let clock = Arc::default();
        let keys = Credentials::new(id, secret, None, None, "sandbox");
        let config = SdkConfig::builder()
            .behavior_version(BehaviorVersion::latest())
            .http_client(network::local_client(&clock))
            .retry_config(patience::retries())
            .timeout_config(patience::timeouts())
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
            elsewhere: Vec::new(),
        };
        (target, config, clock)
    }
}

impl Configured {
    async fn resolve(&self) -> Result<Resolved, CloudError> {
        let profile = self.profile.clone().or_else(default_for_empty_profile);
        let clock = Arc::default();
        let authorities = ca_bundle(profile.as_deref()).await;
        let http_client = network::client(authorities.as_deref(), &clock)?;
        let sources = ProviderConfig::default().with_http_client(http_client.clone());
        let region = self.region(&sources).await;
        let mut loader = aws_config::defaults(BehaviorVersion::latest())
            .http_client(http_client)
            .retry_config(patience::retries())
            .timeout_config(patience::timeouts())
            .identity_cache(credentials::cache())
            .region(region.clone().unwrap_or(Region::from_static(LOCAL_REGION)));
        if let Some(profile) = &profile {
            loader = loader.profile_name(profile);
        }
        loader = loader.credentials_provider(
            credentials::provider(
                &sources.with_region(region.clone()),
                self.profile.as_deref(),
            )
            .await,
        );
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
            elsewhere: self.endpoints_of_services(&config)?,
        };
        Ok((target, config, clock))
    }

    /// The region that was asked for, or that of AWS's settings, or the one that this machine is in.
    async fn region(&self, metadata: &ProviderConfig) -> Option<Region> {
        let files = ProfileFileRegionProvider::builder();
        let files = match &self.profile {
            Some(profile) => files.profile_name(profile),
            None => files,
        };
        let sources: [&dyn ProvideRegion; 4] = [
            &self.region.clone().map(Region::new),
            &variable("AWS_REGION").map(Region::new),
            &variable("AWS_DEFAULT_REGION").map(Region::new),
            &files.build(),
        ];
        for source in sources {
            let found = source.region().await;
            if let Some(region) = found.filter(|region| !region.as_ref().is_empty()) {
                return Some(region);
            }
        }
        // Another server takes any region.
        if self.endpoint_url.is_some() {
            return None;
        }
        machine_region(metadata).await
    }

    /// The services whose endpoint AWS's settings put elsewhere, each with its URL.
    fn endpoints_of_services(
        &self,
        config: &SdkConfig,
    ) -> Result<Vec<(&'static str, String)>, CloudError> {
        let settings = config
            .service_config()
            .filter(|_| self.endpoint_url.is_none());
        let found = SERVICES.iter().filter_map(|service| {
            let key = ServiceConfigKey::builder()
                .service_id(service)
                .env("AWS_ENDPOINT_URL")
                .profile("endpoint_url")
                .build()
                .ok()?;
            let url = settings?.load_config(key)?;
            (Some(url.as_str()) != config.endpoint_url()).then_some((*service, url))
        });
        found
            .map(|(service, url)| Ok((service, checked_url(&url)?.to_owned())))
            .collect()
    }
}

/// The endpoint for AWS's clients that the environment names, if any.
pub fn endpoint_url_of_environment() -> Option<String> {
    let is_ignored = variable("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS")
        .is_some_and(|value| value.eq_ignore_ascii_case("true"));
    variable("AWS_ENDPOINT_URL").filter(|_| !is_ignored)
}

/// A variable of the environment. An empty one counts as not set.
fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

/// The SDK takes an empty variable for the name of a profile.
fn default_for_empty_profile() -> Option<String> {
    let value = std::env::var("AWS_PROFILE").ok()?;
    value.is_empty().then(|| "default".to_owned())
}

/// The file of authorities that AWS's clients should trust.
async fn ca_bundle(profile: Option<&str>) -> Option<String> {
    if let Some(path) = variable("AWS_CA_BUNDLE") {
        return Some(path);
    }
    let profiles = aws_config::profile::load(
        &Fs::real(),
        &Env::real(),
        &EnvConfigFiles::default(),
        profile.map(|name| name.to_owned().into()),
    )
    .await
    .ok()?;
    profiles.get("ca_bundle").map(str::to_owned)
}

/// The region of the EC2 instance that this is, if it is one.
async fn machine_region(sources: &ProviderConfig) -> Option<Region> {
    const PATIENCE: Duration = Duration::from_secs(1);
    let metadata = aws_config::imds::Client::builder()
        .configure(sources)
        .max_attempts(1)
        .connect_timeout(PATIENCE)
        .read_timeout(PATIENCE)
        .build();
    aws_config::imds::region::ImdsRegionProvider::builder()
        .configure(sources)
        .imds_client(metadata)
        .build()
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
