//! The addresses of services: those that AWS's settings name instead of AWS's own, and what can be one.

use aws_config::SdkConfig;
use aws_types::service_config::{LoadServiceConfig, ServiceConfigKey};

use super::given::{Given, variable};
use super::misconfigured::Misconfigured;
use super::profiles::Profiles;

/// Amazon API Gateway in AWS's settings for endpoints.
pub(super) const API_GATEWAY: &str = "API Gateway";
/// Amazon S3 in AWS's settings for endpoints.
pub(super) const S3: &str = "S3";

/// Amazon SQS in AWS's settings for endpoints.
pub(super) const QUEUES: &str = "SQS";
/// Amazon Cognito's user pools in AWS's settings for endpoints.
pub(super) const USER_POOLS: &str = "Cognito Identity Provider";

/// The services in use, by their ids in AWS's settings for endpoints.
///
/// Source: AWS SDKs and tools reference guide, "Service-specific endpoints".
const SERVICES: [&str; 10] = [
    API_GATEWAY,
    "CloudFormation",
    "CloudWatch Logs",
    USER_POOLS,
    "DynamoDB",
    "IAM",
    "Lambda",
    S3,
    QUEUES,
    "STS",
];

/// A service at an address of its own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Elsewhere {
    /// Its name in AWS's settings.
    pub service: &'static str,
    pub url: Given,
}

/// The settings with the endpoints of single services, as the SDK reads them, but for those that are
/// empty: these count as not set.
#[derive(Debug)]
struct WithoutEmpty(SdkConfig);

impl LoadServiceConfig for WithoutEmpty {
    fn load_config(&self, key: ServiceConfigKey<'_>) -> Option<String> {
        let found = self.0.service_config()?.load_config(key);
        found.filter(|value| !value.is_empty())
    }
}

/// The same configuration with `url` as the endpoint for all services, and without settings of
/// endpoints that are empty.
pub(super) fn without_empty(config: SdkConfig, url: Option<&str>) -> SdkConfig {
    let mut without = config.to_builder();
    without.set_endpoint_url(url.map(str::to_owned));
    without.service_config(WithoutEmpty(config)).build()
}

/// The services whose endpoint AWS's settings put elsewhere.
pub(super) fn of_services(
    config: &SdkConfig,
    profiles: &Profiles,
    profile: &str,
) -> Vec<Elsewhere> {
    let found = SERVICES.into_iter().filter_map(|service| {
        let key = ServiceConfigKey::builder()
            .service_id(service)
            .env("AWS_ENDPOINT_URL")
            .profile("endpoint_url")
            .build()
            .ok()?;
        let url = config.service_config()?.load_config(key)?;
        let own = Some(url.as_str()) != config.endpoint_url();
        let place = place(service, profiles.get(profile, "services"));
        own.then(|| Elsewhere {
            service,
            url: Given::new(url, place),
        })
    });
    found.collect()
}

/// Where the endpoint of a service is set: by its variable, or in the section `services` that the
/// profile names.
fn place(service: &str, section: Option<&str>) -> String {
    let key = service.replace(' ', "_");
    let by_variable = format!("AWS_ENDPOINT_URL_{}", key.to_uppercase());
    match section {
        Some(section) if variable(&by_variable).is_none() => {
            format!("`{}` in [services {section}]", key.to_lowercase())
        }
        _ => by_variable,
    }
}

/// An error for a URL that no request can be sent to.
pub(super) fn check_url(given: &Given) -> Result<(), Misconfigured> {
    let Given { value: url, place } = given;
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
        return Ok(());
    }
    // It may contain a password.
    let shown = url.rsplit('@').next().unwrap_or_default();
    let example = "http://HOST:PORT, such as http://127.0.0.1:4566";
    Err(Misconfigured::value(
        place,
        shown,
        "a valid endpoint URL",
        example,
    ))
}

/// An error for what cannot be a region; of AWS, or of another server, which may have names of its own.
///
/// Source: AWS general reference, "Service endpoints": the names of regions.
pub(super) fn check_region(given: &Given, of_aws: bool) -> Result<(), Misconfigured> {
    let word = |word: &str| !word.is_empty() && word.chars().all(|c| c.is_ascii_alphanumeric());
    let region = &given.value;
    let is_one = region.split('-').all(word) && (!of_aws || has_form_of_aws(region));
    if is_one {
        return Ok(());
    }
    Err(Misconfigured::value(
        &given.place,
        region,
        "the name of a region",
        "eu-west-1",
    ))
}

/// At least two words in small letters, and a number.
fn has_form_of_aws(region: &str) -> bool {
    let is_number = |word: &str| word.chars().all(|c| c.is_ascii_digit());
    let words = region.rsplit_once('-');
    words.is_some_and(|(words, number)| words.contains('-') && is_number(number))
        && !region.contains(|c: char| c.is_ascii_uppercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_endpoint_is_checked_before_anything_is_sent() {
        let check = |url: &str| check_url(&Given::new(url, "AWS_ENDPOINT_URL"));
        for valid in [
            "http://127.0.0.1:4566",
            "https://aws.example.org",
            "http://[::1]:4566",
            "http://[::1]",
            "http://localhost:4566/",
        ] {
            assert!(check(valid).is_ok(), "{valid}");
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
            "http://user:secret@a",
        ] {
            let error = check(invalid).expect_err(invalid).to_string();
            assert!(
                error.contains("AWS_ENDPOINT_URL") && !error.contains("secret"),
                "{error}"
            );
        }
    }

    #[test]
    fn a_region_is_told_from_nonsense() {
        let check = |region: &str, of_aws| check_region(&Given::new(region, "AWS_REGION"), of_aws);
        for region in [
            "eu-west-1",
            "us-gov-east-1",
            "eusc-de-east-1",
            "ap-southeast-7",
        ] {
            assert!(
                check(region, true).is_ok() && check(region, false).is_ok(),
                "{region}"
            );
        }
        for other in ["local", "garage", "RegionOne", "us-east"] {
            assert!(
                check(other, true).is_err() && check(other, false).is_ok(),
                "{other}"
            );
        }
        for nonsense in [
            "",
            " ",
            "eu west 1",
            "eu-west-1 ",
            "eu-west-1\n",
            "eu_west_1",
            "a/b",
            "-",
            "Ü",
        ] {
            assert!(
                check(nonsense, true).is_err() && check(nonsense, false).is_err(),
                "{nonsense}"
            );
        }
    }

    #[test]
    fn the_place_of_a_services_endpoint_is_its_variable_or_its_section() {
        assert_eq!(
            place("CloudWatch Logs", None),
            "AWS_ENDPOINT_URL_CLOUDWATCH_LOGS"
        );
        assert_eq!(
            place("CloudWatch Logs", Some("mine")),
            "`cloudwatch_logs` in [services mine]"
        );
    }
}
