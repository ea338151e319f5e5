//! The settings of AWS's SDK, made from the environment that Lambda gives to every function.
//!
//! Lambda's variables hold the region and the credentials of the function's role, so there is no
//! need to search files or ask other services. The function starts faster, and its bundle is smaller.

use std::time::Duration;

use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_sdk_dynamodb::config::retry::RetryConfig;
use aws_sdk_dynamodb::config::timeout::TimeoutConfig;
use aws_sdk_dynamodb::config::{BehaviorVersion, Region, SharedHttpClient};
use aws_smithy_http_client::Builder;
use aws_smithy_http_client::tls::Provider;
use aws_smithy_http_client::tls::rustls_provider::CryptoMode;
use aws_types::SdkConfig;

use crate::environment::Environment;
use crate::error::Failure;

/// For a client of `service`, such as DYNAMODB. It works with the endpoint in
/// `AWS_ENDPOINT_URL_DYNAMODB` or `AWS_ENDPOINT_URL` if one of them is set, and with AWS otherwise.
/// Make a client once: it keeps its connections open between calls.
pub fn sdk_config(environment: &Environment, service: &str) -> Result<SdkConfig, Failure> {
    let credentials = Credentials::new(
        environment.given_by_lambda("AWS_ACCESS_KEY_ID")?,
        environment.given_by_lambda("AWS_SECRET_ACCESS_KEY")?,
        environment.get("AWS_SESSION_TOKEN").map(str::to_owned),
        None,
        "Lambda",
    );
    let endpoint = environment.get(&format!("AWS_ENDPOINT_URL_{service}"));
    let endpoint = endpoint.or_else(|| environment.get("AWS_ENDPOINT_URL"));

    let mut config = SdkConfig::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new(
            environment.given_by_lambda("AWS_REGION")?.to_owned(),
        ))
        .credentials_provider(SharedCredentialsProvider::new(credentials))
        .retry_config(retries())
        .timeout_config(timeouts())
        .http_client(http_client(endpoint));
    config.set_endpoint_url(endpoint.map(str::to_owned));
    Ok(config.build())
}

/// All tries together take less than the function's timeout (15 s in the template), so that the
/// caller learns what went wrong, and not only that the time was up.
fn retries() -> RetryConfig {
    RetryConfig::standard()
        .with_max_attempts(4)
        .with_initial_backoff(Duration::from_millis(100))
}

fn timeouts() -> TimeoutConfig {
    TimeoutConfig::builder()
        .connect_timeout(Duration::from_secs(1))
        .operation_attempt_timeout(Duration::from_secs(3))
        .build()
}

/// The sandbox's endpoint has no TLS, so no certificates are loaded for it.
fn http_client(endpoint: Option<&str>) -> SharedHttpClient {
    match endpoint {
        Some(endpoint) if endpoint.starts_with("http://") => Builder::new().build_http(),
        _ => Builder::new()
            .tls_provider(Provider::Rustls(CryptoMode::Ring))
            .build_https(),
    }
}
