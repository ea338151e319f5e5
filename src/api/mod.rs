//! The API in front of a stack's functions: its endpoints, requests to it, and why one of them fails.
//!
//! [`route`] and [`invocation`] read what API Gateway says of a path and of a function, [`served`] compares what
//! is there with what a stage serves, [`cors`] says what pages of other origins may not read, [`cause`] names what is
//! wrong. [`look`] and [`call`] ask.

mod call;
mod cause;
mod cors;
mod invocation;
mod look;
mod route;
mod served;

use futures_util::future::join;

use crate::cloud::{Cloud, CloudError, Resource};
use crate::deploy::{API_ADDRESS, is_workshop};
use crate::functions::FindError;

pub use call::{Answer, Call, Tested, call, encoded, refused, test};
pub use cause::Cause;
pub use look::{Endpoint, Endpoints, Integration, closed_to_pages, look};

/// An API by its address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Api {
    pub stack: String,
    /// The id of the REST API.
    pub id: String,
    pub stage: String,
    /// Where the stage answers, without a slash at the end.
    pub address: String,
}

/// What stands behind the region in the hosts of AWS's partitions: requests go nowhere else.
const DOMAINS: [&str; 3] = ["amazonaws.com", "amazonaws.com.cn", "amazonaws.eu"];

const REST_API: &str = "AWS::ApiGateway::RestApi";
const NESTED_STACK: &str = "AWS::CloudFormation::Stack";

fn is_label(text: &str) -> bool {
    let is_of_label = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
    !text.is_empty() && text.bytes().all(is_of_label)
}

#[derive(Debug, thiserror::Error)]
pub enum ApiError {
    #[error(transparent)]
    Cloud(#[from] CloudError),

    #[error(transparent)]
    Find(#[from] FindError),

    /// The stack has no such output.
    #[error("stack {stack} on {target} has no API: it has no output {API_ADDRESS}")]
    NoApi { stack: String, target: String },

    #[error("stack {stack} on {target} has no API: it is what games share")]
    SharedStack { stack: String, target: String },

    /// The output names an API that is no resource of the stack.
    #[error(
        "the output {API_ADDRESS} of stack {stack} names the API {api}, which is not the stack's own"
    )]
    OtherApi { stack: String, api: String },

    #[error("the output {API_ADDRESS} of stack {stack} is no address of an API: {address}")]
    NotAnAddress { stack: String, address: String },

    /// API Gateway itself said no.
    #[error("{request} was answered {status}{}", because(cause.as_deref(), message))]
    Refused {
        /// Of the API. Its functions may be another stack's.
        stack: String,
        /// Method and path.
        request: String,
        status: u16,
        /// In API Gateway's words.
        message: String,
        cause: Option<Box<Cause>>,
        /// The same request, where `mafia api call` can send it: not a form.
        again: Option<Box<Call>>,
    },

    /// There is no method to test.
    #[error("{cause}")]
    NoMethod { cause: Box<Cause> },
}

fn because(cause: Option<&Cause>, message: &str) -> String {
    match cause {
        Some(cause) => format!(": {cause}"),
        None => format!(", {message}"),
    }
}

impl Api {
    /// That of the stack, whose outputs have its address. `stage` is another stage of it.
    pub async fn find(cloud: &Cloud, stack: &str, stage: Option<&str>) -> Result<Self, ApiError> {
        let target = || cloud.target().to_string();
        let (found, resources) = join(cloud.stack(stack), cloud.resources(stack)).await;
        let Some(found) = found? else {
            return Err(ApiError::Find(FindError::NoStack {
                stack: stack.to_owned(),
                target: target(),
            }));
        };
        let Some(address) = found.outputs.get(API_ADDRESS) else {
            let (is_shared, stack, target) = (is_workshop(&found), found.name, target());
            return Err(match is_shared {
                true => ApiError::SharedStack { stack, target },
                false => ApiError::NoApi { stack, target },
            });
        };
        let of_target = |address: &str| cloud.target().address(address);
        let api = Self::read(stack, address, stage, of_target);
        let api = api.ok_or_else(|| ApiError::NotAnAddress {
            stack: stack.to_owned(),
            address: address.clone(),
        })?;
        match resources {
            Ok(resources) if !api.may_be_of(&resources) => Err(ApiError::OtherApi {
                stack: api.stack,
                api: api.id,
            }),
            Err(error) if !error.concerns_one_request() => Err(error.into()),
            _ => Ok(api),
        }
    }

    /// Whether it can be the API of the stack with these resources; a nested stack may have it.
    fn may_be_of(&self, resources: &[Resource]) -> bool {
        resources.iter().any(|it| {
            it.resource_type == NESTED_STACK
                || (it.resource_type == REST_API && it.physical_id == self.id)
        })
    }

    /// From the address on AWS, `https://<id>.execute-api.<region>.<domain>/<stage>`.
    fn read(
        stack: &str,
        address: &str,
        stage: Option<&str>,
        of_target: impl FnOnce(&str) -> String,
    ) -> Option<Self> {
        let (host, path) = address.strip_prefix("https://")?.split_once('/')?;
        let (id, place) = host.split_once(".execute-api.")?;
        let (region, domain) = place.split_once('.')?;
        if !is_label(id) || !is_label(region) || !DOMAINS.contains(&domain) {
            return None;
        }
        let own = path.trim_end_matches('/');
        let stage = stage.unwrap_or(own);
        if stage.is_empty() {
            return None;
        }
        Some(Self {
            stack: stack.to_owned(),
            id: id.to_owned(),
            stage: stage.to_owned(),
            address: of_target(&format!("https://{host}/{stage}")),
        })
    }

    /// The URL of a path, which begins with a slash.
    pub fn url(&self, path: &str) -> String {
        format!("{}{path}", self.address)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(address: &str, stage: Option<&str>) -> Option<Api> {
        Api::read("game", address, stage, str::to_owned)
    }

    #[test]
    fn an_address_has_the_id_and_the_stage() {
        let address = "https://abc.execute-api.eu-west-1.amazonaws.com/prod";
        let api = read(address, None).expect("an address");
        assert_eq!((api.id.as_str(), api.stage.as_str()), ("abc", "prod"));
        assert_eq!(api.url("/a?b"), format!("{address}/a?b"));
        assert_eq!(read(&format!("{address}/"), None), Some(api));
        let other = read(address, Some("dev")).expect("an address");
        assert_eq!(other.address, address.replace("prod", "dev"));
    }

    #[test]
    fn anything_else_is_no_address_of_an_api() {
        for address in [
            "",
            "http://abc.execute-api.eu-west-1.amazonaws.com/prod",
            "https://abc.execute-api.eu-west-1.amazonaws.com",
            "https://abc.execute-api.eu-west-1.amazonaws.com/",
            "https://example.org/prod",
            "https://abc.execute-api.eu-west-1.example.org/prod",
            "https://abc.execute-api.example.org/prod",
            "https://abc.execute-api.eu-west-1.amazonaws.com.example.org/prod",
            "https://abc.execute-api.eu-west-1.amazonaws.com:99/prod",
            "https://me@abc.execute-api.eu-west-1.amazonaws.com/prod",
        ] {
            assert_eq!(read(address, None), None, "{address}");
        }
    }
}
