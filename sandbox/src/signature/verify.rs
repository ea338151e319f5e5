//! Whether a signature is right.

use std::time::{Duration, SystemTime};

use aws_credential_types::Credentials;
use aws_sigv4::http_request::{
    PayloadChecksumKind, PercentEncodingMode, SignableBody, SignableRequest, SignatureLocation,
    SigningSettings, UriPathNormalizationMode, sign,
};
use aws_sigv4::sign::v4;
use http::header;
use http::request::Parts;

use super::{Signature, SignatureError};
use crate::keys::Keys;

impl Signature {
    /// Whether the request was signed with `keys`, as it is.
    pub fn verify(
        &self,
        parts: &Parts,
        body: &[u8],
        keys: &Keys,
        signed_at: SystemTime,
    ) -> Result<(), SignatureError> {
        let ours = self.expected(keys, parts, body, signed_at)?;
        if same(ours.as_bytes(), self.value.as_bytes()) {
            Ok(())
        } else {
            Err(SignatureError::Mismatch)
        }
    }

    /// The signature that `keys` give this request.
    pub(super) fn expected(
        &self,
        keys: &Keys,
        parts: &Parts,
        body: &[u8],
        signed_at: SystemTime,
    ) -> Result<String, SignatureError> {
        let identity = Credentials::new(
            &keys.access_key_id,
            &keys.secret_access_key,
            keys.session_token.clone(),
            None,
            "sandbox",
        )
        .into();
        let unreadable = |_| SignatureError::Malformed("the request cannot be signed");
        let params = v4::SigningParams::builder()
            .identity(&identity)
            .region(&self.region)
            .name(&self.service)
            .time(signed_at)
            .settings(self.settings())
            .build()
            .map_err(|_| SignatureError::Malformed("its scope is incomplete"))?
            .into();
        let headers = self.headers(parts)?;
        let request = SignableRequest::new(
            parts.method.as_str(),
            self.url(parts),
            headers.into_iter(),
            SignableBody::Bytes(body),
        )
        .map_err(unreadable)?;
        let (_, signature) = sign(request, &params).map_err(unreadable)?.into_parts();
        Ok(signature)
    }

    fn settings(&self) -> SigningSettings {
        let mut settings = SigningSettings::default();
        settings.percent_encoding_mode = PercentEncodingMode::Double;
        settings.uri_path_normalization_mode = UriPathNormalizationMode::Enabled;
        settings.payload_checksum_kind = PayloadChecksumKind::NoHeader;
        settings.excluded_headers = None;
        if let Some(link) = &self.link {
            settings.signature_location = SignatureLocation::QueryParams;
            settings.expires_in = Some(Duration::from_secs(link.expires));
        }
        settings
    }

    /// The headers that were signed, without those that the signer adds itself.
    fn headers<'a>(&'a self, parts: &'a Parts) -> Result<Vec<(&'a str, &'a str)>, SignatureError> {
        let added: &[&str] = match self.link {
            Some(_) => &["host"],
            None => &["host", "x-amz-date", super::TOKEN],
        };
        let mut headers = Vec::new();
        for name in &self.signed_headers {
            if added.contains(&name.as_str()) {
                continue;
            }
            for value in parts.headers.get_all(name) {
                let value = value
                    .to_str()
                    .map_err(|_| SignatureError::Malformed("a signed header is not text"))?;
                headers.push((name.as_str(), value));
            }
        }
        Ok(headers)
    }

    /// What the request is for. In a link, the signer adds the parameters of the signature itself.
    fn url(&self, parts: &Parts) -> String {
        let host = parts.headers.get(header::HOST);
        let host = host.and_then(|host| host.to_str().ok()).unwrap_or_default();
        let query = parts.uri.query().map(|query| match self.link {
            Some(_) => super::link::without_signature(query),
            None => query.to_owned(),
        });
        let query = query.filter(|query| !query.is_empty());
        let query = query.map_or_else(String::new, |query| format!("?{query}"));
        format!("http://{host}{}{query}", parts.uri.path())
    }
}

/// Takes as long whatever differs.
pub(super) fn same(ours: &[u8], theirs: &[u8]) -> bool {
    ours.len() == theirs.len()
        && ours
            .iter()
            .zip(theirs)
            .fold(0, |difference, (a, b)| difference | (a ^ b))
            == 0
}
