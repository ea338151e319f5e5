//! From what was asked for and AWS's own settings to a target and the way to it: resolved once.

use std::sync::Arc;
use std::time::Duration;

use aws_config::provider_config::ProviderConfig;
use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_smithy_runtime_api::client::http::SharedHttpConnector;

use super::credentials::{self, Chosen};
use super::endpoints::{self, Elsewhere};
use super::error::CloudError;
use super::given::{Given, variable};
use super::guarded::GuardedRoles;
use super::misconfigured::Misconfigured;
use super::network::{self, Authorities};
use super::patience;
use super::profile_files::{sdk_name, shown_name};
use super::profiles::Profiles;
use super::server_clock::ServerClock;
use super::service::Service;
use super::target::{Places, Target, TargetKind};

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
    pub endpoint_url: Option<Given>,
    pub profile: Option<Given>,
    pub region: Option<Given>,
    /// The ARN of a role to assume.
    pub role: Option<Given>,
}

/// A running sandbox, and the keys that it accepts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SandboxServer {
    pub url: String,
    pub region: &'static str,
    pub access_key_id: String,
    pub secret_access_key: String,
}

/// For servers other than AWS: they accept any region, but clients must name one.
const LOCAL_REGION: &str = "us-east-1";

/// The target, and the way to it.
pub(super) struct Resolved {
    pub target: Target,
    pub config: SdkConfig,
    /// The clock of the target's servers.
    pub clock: Arc<ServerClock>,
    pub web: Service<SharedHttpConnector>,
    pub guarded: Option<Arc<GuardedRoles>>,
}

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
        let network = network::local(&clock);
        let keys = Credentials::new(id, secret, None, None, "sandbox");
        let config = SdkConfig::builder()
            .behavior_version(BehaviorVersion::latest())
            .http_client(network.client)
            .retry_config(patience::retries())
            .timeout_config(patience::timeouts())
            .region(Region::from_static(self.region))
            .endpoint_url(&self.url)
            .credentials_provider(SharedCredentialsProvider::new(keys))
            .build();
        let kind = TargetKind::Sandbox {
            url: self.url.clone(),
        };
        Resolved {
            target: Target::new(kind, self.region),
            config,
            web: network.web,
            clock,
            guarded: None,
        }
    }
}

impl Configured {
    async fn resolve(&self) -> Result<Resolved, CloudError> {
        let profiles = Profiles::read().await?;
        let chosen = self.chosen(&profiles)?;
        let clock = Arc::default();
        let network = network::elsewhere(authorities(&profiles, &chosen).as_ref(), &clock)?;
        let sources = ProviderConfig::default().with_http_client(network.client.clone());
        let endpoint = self.endpoint(&profiles, &chosen);
        let mut region = self.region(&profiles, &chosen);
        if region.is_none() && endpoint.is_none() {
            region = machine_region(&sources).await;
        }
        let used_region = region.as_ref().map_or(LOCAL_REGION, |region| &region.value);
        let used_region = Region::new(used_region.to_owned());
        let mut loader = aws_config::defaults(BehaviorVersion::latest())
            .http_client(network.client)
            .retry_config(patience::retries())
            .timeout_config(patience::timeouts())
            .identity_cache(credentials::cache())
            .profile_files(profiles.files())
            .profile_name(&chosen.profile)
            .region(used_region.clone());
        if let Some(url) = &self.endpoint_url {
            loader = loader.endpoint_url(&url.value);
        }
        let url = endpoint.as_ref().map(|url| url.value.as_str());
        let config = endpoints::without_empty(loader.load().await, url);
        let elsewhere = match self.endpoint_url {
            Some(_) => Vec::new(),
            None => endpoints::of_services(&config, &profiles, &chosen.profile),
        };
        check(endpoint.as_ref(), region.as_ref(), &elsewhere)?;
        let sources = sources.with_region(Some(used_region.clone()));
        let (provider, guarded) = credentials::source(&config, &sources, &profiles, &chosen);
        let mut config = config.into_builder().credentials_provider(provider).build();
        if let Some(role) = &self.role {
            let assumed = credentials::assumed(&role.value, &config).await;
            config = config.into_builder().credentials_provider(assumed).build();
        }
        let target = self.target(endpoint, region)?;
        let target = Target {
            elsewhere,
            places: Places {
                keys: chosen.source_of_keys(&profiles),
                ..target.places
            },
            ..target
        };
        Ok(Resolved {
            target,
            config,
            clock,
            web: network.web,
            guarded,
        })
    }

    /// The profile that was asked for by name, or else the default one.
    fn chosen(&self, profiles: &Profiles) -> Result<Chosen, Misconfigured> {
        let by_variable = || Given::by_variable("AWS_PROFILE");
        let asked_for = self.profile.clone().or_else(by_variable);
        if let Some(profile) = &asked_for {
            profiles.check(&sdk_name(&profile.value), &profile.place)?;
        }
        Ok(Chosen {
            profile: asked_for.map_or_else(|| DEFAULT.to_owned(), |it| sdk_name(&it.value)),
            alone: self.profile.is_some(),
        })
    }

    /// The server, and where it and its region are set.
    fn target(&self, endpoint: Option<Given>, region: Option<Given>) -> Result<Target, CloudError> {
        let profile = self.profile.as_ref().map(|profile| profile.value.clone());
        let kind = match &endpoint {
            Some(url) => TargetKind::Endpoint {
                url: url.value.clone(),
            },
            None if region.is_none() => return Err(CloudError::NoRegion { profile }),
            None => TargetKind::Aws,
        };
        let name = region.as_ref().map_or(LOCAL_REGION, |region| &region.value);
        let target = Target::new(kind, name);
        let place = |given: Option<Given>| given.map(|given| given.place);
        Ok(Target {
            profile,
            places: Places {
                endpoint: place(endpoint),
                region: place(region),
                keys: None,
            },
            ..target
        })
    }

    /// The region that was asked for, or that of AWS's settings.
    fn region(&self, profiles: &Profiles, chosen: &Chosen) -> Option<Given> {
        let by_variable = || {
            let mut variables = ["AWS_REGION", "AWS_DEFAULT_REGION"].into_iter();
            variables.find_map(Given::by_variable)
        };
        let by_profile = || {
            let chain = profiles.chain(&chosen.profile);
            let mut chain = chain.iter();
            chain.find_map(|profile| of_profile(profiles, profile, "region"))
        };
        let asked_for = self.region.clone();
        asked_for.or_else(by_variable).or_else(by_profile)
    }

    /// The endpoint for all services, if they are not at AWS's own.
    fn endpoint(&self, profiles: &Profiles, chosen: &Chosen) -> Option<Given> {
        let by_profile = || {
            let ignored = profiles.get(&chosen.profile, "ignore_configured_endpoint_urls");
            let is_ignored = ignores_endpoints() || ignored.is_some_and(is_true);
            let url = of_profile(profiles, &chosen.profile, "endpoint_url");
            url.filter(|_| !is_ignored)
        };
        let asked_for = self.endpoint_url.clone();
        asked_for
            .or_else(endpoint_url_of_environment)
            .or_else(by_profile)
    }
}

const DEFAULT: &str = "default";
const ENDPOINT_URL: &str = "AWS_ENDPOINT_URL";

/// The value of a key of a profile.
fn of_profile(profiles: &Profiles, profile: &str, key: &str) -> Option<Given> {
    let place = format!("`{key}` of profile `{}`", shown_name(profile));
    Some(Given::new(profiles.get(profile, key)?, place))
}

/// The file of authorities that AWS's clients should trust.
fn authorities(profiles: &Profiles, chosen: &Chosen) -> Option<Authorities> {
    let by_profile = || of_profile(profiles, &chosen.profile, "ca_bundle");
    let given = Given::by_variable("AWS_CA_BUNDLE").or_else(by_profile)?;
    Some(Authorities {
        path: given.value,
        place: given.place,
    })
}

/// An error for an address that no request can be sent to.
fn check(
    endpoint: Option<&Given>,
    region: Option<&Given>,
    elsewhere: &[Elsewhere],
) -> Result<(), Misconfigured> {
    for url in endpoint
        .into_iter()
        .chain(elsewhere.iter().map(|it| &it.url))
    {
        endpoints::check_url(url)?;
        network::check_proxy(&url.value)?;
    }
    if let Some(region) = region {
        endpoints::check_region(region, endpoint.is_none())?;
        if endpoint.is_none() {
            network::check_proxy(&format!("https://sts.{}.amazonaws.com", region.value))?;
        }
    }
    Ok(())
}

/// The endpoint for AWS's clients that the environment names, if any.
pub fn endpoint_url_of_environment() -> Option<Given> {
    Given::by_variable(ENDPOINT_URL).filter(|_| !ignores_endpoints())
}

fn ignores_endpoints() -> bool {
    variable("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS").is_some_and(|value| is_true(&value))
}

fn is_true(value: &str) -> bool {
    value.eq_ignore_ascii_case("true")
}

/// The region of the EC2 instance that this is, if it is one.
async fn machine_region(sources: &ProviderConfig) -> Option<Given> {
    const PATIENCE: Duration = Duration::from_secs(1);
    let metadata = aws_config::imds::Client::builder()
        .configure(sources)
        .max_attempts(1)
        .connect_timeout(PATIENCE)
        .read_timeout(PATIENCE)
        .build();
    let region = aws_config::imds::region::ImdsRegionProvider::builder()
        .configure(sources)
        .imds_client(metadata)
        .build()
        .region()
        .await?;
    Some(Given::new(region.as_ref(), "this EC2 instance"))
}

#[cfg(test)]
#[path = "settings_tests.rs"]
mod tests;
