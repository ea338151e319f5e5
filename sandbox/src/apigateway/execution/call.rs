//! One call of a method: the request, where it goes, and what is known of it.

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use serde_json::{Value, json};
use time::OffsetDateTime;
use time::format_description::BorrowedFormatItem;
use time::macros::format_description;

use super::iam::Signer;
use super::request::{ApiRequest, SOURCE_IP, media_type};
use super::routes::Route;
use crate::ACCOUNT;
use crate::apigateway::definition::{Definition, Texts};
use crate::arn;
use crate::caller::Caller;

/// The name that a test has in the place of a stage's.
pub const TEST_STAGE: &str = "test-invoke-stage";

#[derive(Clone, Debug)]
pub struct Call<'a> {
    pub request: &'a ApiRequest,
    pub definition: &'a Definition,
    pub route: &'a Route<'a>,
    pub api: &'a str,
    pub stage: &'a str,
    /// A test has none.
    pub deployment: Option<&'a str>,
    pub variables: &'a Texts,
    pub ids: &'a Ids,
    pub who: Who,
    /// In milliseconds since 1970.
    pub started: i64,
}

/// Who calls, as the method's authorisation has found.
#[derive(Clone, Debug)]
pub enum Who {
    Anyone,
    /// What the authorizer knows of the caller.
    Claims(Value),
    Signer(Signer),
}

/// What the call is known by.
#[derive(Clone, Debug)]
pub struct Ids {
    pub request: String,
    /// In `x-amz-apigw-id`.
    pub extended: String,
    pub trace: String,
}

impl Ids {
    pub fn new(request: &str, now: i64) -> Self {
        let seconds = now / 1000;
        let random: [u8; 12] = rand::random();
        let random: String = random.iter().map(|byte| format!("{byte:02x}")).collect();
        Self {
            request: request.to_owned(),
            extended: BASE64_STANDARD.encode(rand::random::<[u8; 11]>()),
            trace: format!("Root=1-{seconds:08x}-{random}"),
        }
    }
}

impl Call<'_> {
    pub fn is_test(&self) -> bool {
        self.deployment.is_none()
    }

    /// The ARN that a function's policy has to allow.
    pub fn source_arn(&self) -> String {
        let resource = format!(
            "{}/{}/{}{}",
            self.api, self.stage, self.request.method, self.route.path
        );
        arn::regional("execute-api", resource)
    }

    /// Whether the API takes this type of media as binary.
    pub fn is_binary(&self, content_type: &str) -> bool {
        let wanted = media_type(content_type);
        let (kind, _) = wanted.split_once('/').unwrap_or_default();
        let mut types = self.definition.binary_media_types.iter();
        types.any(|known| {
            let known = known.to_ascii_lowercase();
            known == "*/*" || known == wanted || known.strip_suffix("/*") == Some(kind)
        })
    }

    /// Whether the client wants a binary response: by the first type of its `Accept`.
    pub fn accepts_binary(&self) -> bool {
        let accept = self.request.header("Accept").unwrap_or_default();
        self.is_binary(accept.split(',').next().unwrap_or_default())
    }

    /// The body as a function gets it, and whether that is Base64.
    pub fn body(&self) -> (Option<String>, bool) {
        let body = &self.request.body;
        if body.is_empty() {
            return (None, false);
        }
        let content_type = self
            .request
            .header("Content-Type")
            .unwrap_or("application/json");
        if self.is_binary(content_type) {
            (Some(BASE64_STANDARD.encode(body)), true)
        } else {
            (Some(String::from_utf8_lossy(body).into_owned()), false)
        }
    }

    /// `requestContext` of a proxy event, and `$context` of templates.
    ///
    /// Source: "Input format of a Lambda function for proxy integration" in API Gateway's guide.
    pub fn context(&self) -> Value {
        let ids = self.ids;
        let request = self.request;
        let (domain, prefix, path) = if self.is_test() {
            let domain = "testPrefix.testDomainName".to_owned();
            (domain, "testPrefix", self.route.path.clone())
        } else {
            let path = format!("/{}{}", self.stage, request.path());
            (request.domain().to_owned(), self.api, path)
        };
        let mut context = json!({
            "resourceId": self.route.resource.id,
            "resourcePath": self.route.path,
            "httpMethod": request.method,
            "extendedRequestId": ids.extended,
            "requestTime": request_time(self.started),
            "path": path,
            "accountId": ACCOUNT,
            "protocol": "HTTP/1.1",
            "stage": self.stage,
            "domainPrefix": prefix,
            "requestTimeEpoch": self.started,
            "requestId": ids.request,
            "identity": self.identity(),
            "domainName": domain,
            "apiId": self.api,
        });
        if let Who::Claims(claims) = &self.who {
            context["authorizer"] = json!({ "claims": claims });
        }
        if let Some(deployment) = self.deployment {
            context["deploymentId"] = json!(deployment);
        }
        context
    }

    fn identity(&self) -> Value {
        let mut identity = json!({
            "cognitoIdentityPoolId": null,
            "accountId": null,
            "cognitoIdentityId": null,
            "caller": null,
            "sourceIp": SOURCE_IP,
            "principalOrgId": null,
            "accessKey": null,
            "cognitoAuthenticationType": null,
            "cognitoAuthenticationProvider": null,
            "userArn": null,
            "userAgent": self.request.header("User-Agent"),
            "user": null,
        });
        if let Who::Signer(signer) = &self.who {
            let Caller { id, arn, .. } = &signer.caller;
            for (name, value) in [
                ("accountId", ACCOUNT),
                ("accessKey", &signer.access_key_id),
                ("caller", id),
                ("user", id),
                ("userArn", arn),
            ] {
                identity[name] = json!(value);
            }
        }
        if self.is_test() {
            let owner = arn::global("iam", format!("user/{}", crate::keys::OWNER));
            for (name, value) in [
                ("accountId", ACCOUNT),
                ("apiKey", "test-invoke-api-key"),
                ("apiKeyId", "test-invoke-api-key-id"),
                ("accessKey", "test-invoke-access-key"),
                ("caller", crate::keys::OWNER_ID),
                ("sourceIp", "test-invoke-source-ip"),
                ("user", crate::keys::OWNER_ID),
                ("userArn", &owner),
            ] {
                identity[name] = json!(value);
            }
        }
        identity
    }
}

/// As in `27/Nov/2026:02:10:00 +0000`.
fn request_time(millis: i64) -> String {
    const FORMAT: &[BorrowedFormatItem] =
        format_description!("[day]/[month repr:short]/[year]:[hour]:[minute]:[second] +0000");
    let time = OffsetDateTime::from_unix_timestamp(millis / 1000).ok();
    let text = time.and_then(|time| time.format(FORMAT).ok());
    text.unwrap_or_default()
}
