//! Signatures of plain requests, for methods of APIs that want one.

use aws_credential_types::Credentials;
use aws_credential_types::provider::ProvideCredentials;
use aws_sigv4::http_request::{SignableBody, SignableRequest, SigningSettings, sign};
use aws_sigv4::sign::v4;

use super::failure::no_credentials;
use super::{Cloud, CloudError, WebRequest};

/// API Gateway's name in signatures.
///
/// Source: "Call the API as a signed request" in API Gateway's guide.
const SERVICE: &str = "execute-api";

impl Cloud {
    /// The request with the signature of whom this is, which is good for some minutes.
    pub async fn signed(&self, mut request: WebRequest) -> Result<WebRequest, CloudError> {
        let keys = self.credentials.provide_credentials().await;
        let keys = keys.map_err(|error| no_credentials(&self.target, &error))?;
        let headers = self.signature(&request, keys);
        let headers = headers.map_err(|reason| CloudError::Unreachable {
            target: Box::new(self.target.clone()),
            reason: format!("the request cannot be signed: {reason}"),
            sent: false,
            way: None,
        })?;
        request.headers.extend(headers);
        Ok(request)
    }

    /// The headers of the signature.
    fn signature(
        &self,
        request: &WebRequest,
        keys: Credentials,
    ) -> Result<Vec<(String, String)>, Box<dyn std::error::Error>> {
        let identity = keys.into();
        let params = v4::SigningParams::builder()
            .identity(&identity)
            .region(&self.target.region)
            .name(SERVICE)
            .time(self.now())
            .settings(SigningSettings::default())
            .build()?
            .into();
        let headers = request.headers.iter();
        let headers = headers.map(|(name, value)| (name.as_str(), value.as_str()));
        let body = SignableBody::Bytes(&request.body);
        let signable = SignableRequest::new(&request.method, &request.url, headers, body)?;
        let (instructions, _) = sign(signable, &params)?.into_parts();
        let headers = instructions.headers();
        Ok(headers
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .collect())
    }
}
