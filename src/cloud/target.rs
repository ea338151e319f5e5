//! Where requests go and as whom: resolved once, from flags, `MAFIA_*` and AWS's own settings.

use std::time::Duration;

use aws_config::environment::region::EnvironmentVariableRegionProvider;
use aws_config::meta::region::RegionProviderChain;
use aws_config::profile::ProfileFileRegionProvider;
use aws_config::retry::RetryConfig;
use aws_config::timeout::TimeoutConfig;
use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_smithy_http_client::tls::{Provider, rustls_provider::CryptoMode};

use super::CloudError;

/// What was asked for; `None` leaves the choice to AWS's environment and config files.
#[derive(Clone, Debug, Default)]
pub struct Settings {
    /// True when AWS itself was asked for, with or without an endpoint of its own.
    pub aws: bool,
    pub endpoint_url: Option<String>,
    pub profile: Option<String>,
    pub region: Option<String>,
}

/// Where requests go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    /// `None` is AWS's own endpoint of each service.
    pub endpoint_url: Option<String>,
    pub region: String,
    pub profile: Option<String>,
}

impl Target {
    /// The target in a few words: `AWS eu-west-1`, or the endpoint's address.
    pub fn name(&self) -> String {
        match &self.endpoint_url {
            Some(url) => format!("{url} ({})", self.region),
            None => format!("AWS ({})", self.region),
        }
    }
}

/// Local servers take any region; clients must name one.
const LOCAL_REGION: &str = "us-east-1";
const CONNECT: Duration = Duration::from_secs(4);
/// Long enough for a bundle to go up through a classroom's shared uplink.
const ANSWER: Duration = Duration::from_secs(300);
const ATTEMPTS: u32 = 6;
const FIRST_BACKOFF: Duration = Duration::from_millis(150);

pub(super) async fn resolve(settings: &Settings) -> Result<(Target, SdkConfig), CloudError> {
    let region = region(settings).await;
    let mut loader = aws_config::defaults(BehaviorVersion::latest())
        .http_client(
            aws_smithy_http_client::Builder::new()
                .tls_provider(Provider::Rustls(CryptoMode::Ring))
                .build_https(),
        )
        .retry_config(
            RetryConfig::standard()
                .with_max_attempts(ATTEMPTS)
                .with_initial_backoff(FIRST_BACKOFF),
        )
        .timeout_config(
            TimeoutConfig::builder()
                .connect_timeout(CONNECT)
                .read_timeout(ANSWER)
                .build(),
        )
        // Also keeps the loader from asking the instance for a region.
        .region(region.clone().unwrap_or(Region::from_static(LOCAL_REGION)));
    if let Some(profile) = &settings.profile {
        loader = loader.profile_name(profile);
    }
    if let Some(url) = &settings.endpoint_url {
        loader = loader.endpoint_url(checked(url)?);
    }
    let config = loader.load().await;
    let endpoint_url = config.endpoint_url().map(str::to_owned);
    if endpoint_url.is_none() {
        if !settings.aws {
            return Err(CloudError::Settings(
                "no target: say where to work with --target aws or --endpoint-url URL".to_owned(),
            ));
        }
        if region.is_none() {
            return Err(CloudError::Settings(
                "no region: say which with --region, AWS_REGION or the profile's `region`"
                    .to_owned(),
            ));
        }
    }
    let target = Target {
        endpoint_url,
        region: config.region().map(ToString::to_string).unwrap_or_default(),
        profile: settings.profile.clone(),
    };
    Ok((target, config))
}

async fn region(settings: &Settings) -> Option<Region> {
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

fn checked(url: &str) -> Result<&str, CloudError> {
    let rest = url
        .strip_prefix("http://")
        .or_else(|| url.strip_prefix("https://"));
    match rest {
        Some(host) if !host.is_empty() && !host.starts_with('/') => Ok(url),
        _ => Err(CloudError::Settings(format!(
            "`{url}` is not an endpoint: expected http://HOST:PORT or https://HOST"
        ))),
    }
}
