//! AWS's Signature Version 4: who signed a request, for which service, and whether the signature is right.
//!
//! To verify it, the signature is computed again, by the library that AWS's own clients use.

use std::time::{Duration, SystemTime};

use aws_credential_types::Credentials;
use aws_sigv4::http_request::{
    PayloadChecksumKind, PercentEncodingMode, SignableBody, SignableRequest, SigningSettings,
    UriPathNormalizationMode, sign,
};
use aws_sigv4::sign::v4;
use http::request::Parts;
use http::{HeaderMap, header};
use time::PrimitiveDateTime;
use time::macros::format_description;

use crate::REGION;
use crate::fault::Fault;
use crate::keys::{Keys, UNKNOWN_KEYS};
use crate::wire::{Protocol, TARGET};

const ALGORITHM: &str = "AWS4-HMAC-SHA256";
/// How far a client's clock may be off.
const SKEW: Duration = Duration::from_secs(15 * 60);

/// Why a signature is not accepted.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SignatureError {
    #[error("the request is not signed; `mafia sandbox env` prints the keys")]
    Unsigned,
    #[error("the signature cannot be read: {0}")]
    Malformed(&'static str),
    #[error("{UNKNOWN_KEYS}")]
    UnknownKeys,
    #[error(
        "the request was signed at {0}, more than 15 minutes before or after this machine's time"
    )]
    Expired(String),
    #[error(
        "Credential should be scoped to a valid region: the sandbox's is {REGION}, and the request was \
         signed for {0:?}"
    )]
    Region(String),
    #[error("the signature does not match the request")]
    Mismatch,
}

impl SignatureError {
    /// Services name the same reason differently, by their protocol.
    pub fn fault(&self, protocol: Protocol) -> Fault {
        use Protocol::{Json, JsonAndQuery, Query, RestJson, RestXml};
        let code = match (self, protocol) {
            (Self::Unsigned, RestXml) => "AccessDenied",
            (Self::Unsigned, Query { .. }) => "MissingAuthenticationToken",
            (Self::Unsigned, Json { .. } | JsonAndQuery { .. } | RestJson { .. }) => {
                "MissingAuthenticationTokenException"
            }
            (Self::Malformed(_), RestXml) => "AuthorizationHeaderMalformed",
            (Self::Malformed(_), _) => "IncompleteSignature",
            (Self::UnknownKeys, RestXml) => "InvalidAccessKeyId",
            (Self::UnknownKeys, Query { .. }) => "InvalidClientTokenId",
            (Self::UnknownKeys, Json { .. } | JsonAndQuery { .. } | RestJson { .. }) => {
                "UnrecognizedClientException"
            }
            (Self::Expired(_), RestXml) => "RequestTimeTooSkewed",
            (Self::Region(_), RestXml) => {
                let fault = Fault::invalid("AuthorizationHeaderMalformed", self.to_string());
                return fault.with("Region", REGION);
            }
            (
                Self::Expired(_) | Self::Mismatch | Self::Region(_),
                Json { .. } | JsonAndQuery { .. } | RestJson { .. },
            ) => "InvalidSignatureException",
            (Self::Expired(_), Query { .. }) => "RequestExpired",
            (Self::Mismatch | Self::Region(_), _) => "SignatureDoesNotMatch",
        };
        Fault::denied(code, self.to_string())
    }
}

/// A signature as it came, not verified yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signature {
    pub access_key_id: String,
    pub region: String,
    /// The signing name of the service, such as `cloudformation`.
    pub service: String,
    /// Whether it is in the query string, as in links.
    pub presigned: bool,
    signed_headers: Vec<String>,
    value: String,
}

impl Signature {
    /// Reads the signature of a request.
    pub fn read(parts: &Parts) -> Result<Self, SignatureError> {
        if let Some(authorization) = parts.headers.get(header::AUTHORIZATION) {
            let authorization = authorization
                .to_str()
                .map_err(|_| SignatureError::Malformed("the Authorization header is not text"))?;
            return Self::in_header(authorization);
        }
        let query = parts.uri.query().unwrap_or_default();
        let parameter = |wanted: &str| {
            form_urlencoded::parse(query.as_bytes())
                .find(|(name, _)| name.eq_ignore_ascii_case(wanted))
                .map(|(_, value)| value.into_owned())
        };
        let Some(credential) = parameter("X-Amz-Credential") else {
            return Self::version_2(parameter("AWSAccessKeyId"), parameter("Signature"));
        };
        Self::new(
            &credential,
            &parameter("X-Amz-SignedHeaders").unwrap_or_default(),
            &parameter("X-Amz-Signature").unwrap_or_default(),
            true,
        )
    }

    /// S3 alone still accepts signatures of version 2, and only in links: botocore makes such links by
    /// default.
    fn version_2(
        access_key_id: Option<String>,
        signature: Option<String>,
    ) -> Result<Self, SignatureError> {
        let (Some(access_key_id), Some(signature)) = (access_key_id, signature) else {
            return Err(SignatureError::Unsigned);
        };
        Ok(Self {
            access_key_id,
            // It has none.
            region: REGION.to_owned(),
            service: "s3".to_owned(),
            presigned: true,
            signed_headers: Vec::new(),
            value: signature,
        })
    }

    fn in_header(authorization: &str) -> Result<Self, SignatureError> {
        let Some(fields) = authorization.trim().strip_prefix(ALGORITHM) else {
            return Err(SignatureError::Malformed(
                "it is not a Signature Version 4 (AWS4-HMAC-SHA256)",
            ));
        };
        let field = |wanted: &str| {
            fields
                .split(',')
                .filter_map(|field| field.trim().split_once('='))
                .find(|(name, _)| *name == wanted)
                .map(|(_, value)| value)
                .unwrap_or_default()
        };
        Self::new(
            field("Credential"),
            field("SignedHeaders"),
            field("Signature"),
            false,
        )
    }

    fn new(
        credential: &str,
        signed_headers: &str,
        signature: &str,
        presigned: bool,
    ) -> Result<Self, SignatureError> {
        // ID/20261122/us-east-1/lambda/aws4_request
        let scope: Vec<&str> = credential.split('/').collect();
        let [access_key_id, _, region, service, "aws4_request"] = scope[..] else {
            return Err(SignatureError::Malformed(
                "its credential is not KEY/DATE/REGION/SERVICE/aws4_request",
            ));
        };
        if signature.is_empty() || signed_headers.is_empty() {
            return Err(SignatureError::Malformed(
                "SignedHeaders or Signature is missing",
            ));
        }
        Ok(Self {
            access_key_id: access_key_id.to_owned(),
            region: region.to_owned(),
            service: service.to_owned(),
            presigned,
            signed_headers: signed_headers.split(';').map(str::to_owned).collect(),
            value: signature.to_owned(),
        })
    }

    pub fn check_region(&self) -> Result<(), SignatureError> {
        if self.region == REGION {
            Ok(())
        } else {
            Err(SignatureError::Region(self.region.clone()))
        }
    }

    /// What can be checked without the body. Returns when the request was signed, which is about now.
    pub fn check_head(&self, parts: &Parts, keys: &Keys) -> Result<SystemTime, SignatureError> {
        let signed_at = self.signed_at(&parts.headers)?;
        let signed = |name: &str| self.signed_headers.iter().any(|signed| signed == name);
        if !signed("host") {
            return Err(SignatureError::Malformed(
                "it does not cover the Host header",
            ));
        }
        if parts.headers.contains_key(TARGET) && !signed(TARGET) {
            return Err(SignatureError::Malformed(
                "it does not cover the X-Amz-Target header",
            ));
        }
        if parts
            .headers
            .get("x-amz-security-token")
            .map(|t| t.as_bytes())
            != keys.session_token.as_deref().map(str::as_bytes)
        {
            return Err(SignatureError::UnknownKeys);
        }
        Ok(signed_at)
    }

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

    /// When the request was signed, if that is about now.
    pub fn signed_at(&self, headers: &HeaderMap) -> Result<SystemTime, SignatureError> {
        let date = headers
            .get("x-amz-date")
            .and_then(|date| date.to_str().ok())
            .ok_or(SignatureError::Malformed(
                "the X-Amz-Date header is missing",
            ))?;
        let format = format_description!("[year][month][day]T[hour][minute][second]Z");
        let signed_at: SystemTime = PrimitiveDateTime::parse(date, &format)
            .map_err(|_| {
                SignatureError::Malformed("X-Amz-Date must have the form 20261122T120000Z")
            })?
            .assume_utc()
            .into();
        let now = SystemTime::now();
        let off = now
            .duration_since(signed_at)
            .unwrap_or_else(|ahead| ahead.duration());
        if off <= SKEW {
            Ok(signed_at)
        } else {
            Err(SignatureError::Expired(date.to_owned()))
        }
    }

    /// The signature that `keys` give this request.
    fn expected(
        &self,
        keys: &Keys,
        parts: &Parts,
        body: &[u8],
        signed_at: SystemTime,
    ) -> Result<String, SignatureError> {
        let mut settings = SigningSettings::default();
        settings.percent_encoding_mode = PercentEncodingMode::Double;
        settings.uri_path_normalization_mode = UriPathNormalizationMode::Enabled;
        settings.payload_checksum_kind = PayloadChecksumKind::NoHeader;
        settings.excluded_headers = None;
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
            .settings(settings)
            .build()
            .map_err(|_| SignatureError::Malformed("its scope is incomplete"))?
            .into();
        // The signer adds these three itself.
        let added = ["host", "x-amz-date", "x-amz-security-token"];
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
        let host = parts
            .headers
            .get(header::HOST)
            .and_then(|host| host.to_str().ok())
            .unwrap_or_default();
        let target = parts
            .uri
            .path_and_query()
            .map_or("/", |target| target.as_str());
        let request = SignableRequest::new(
            parts.method.as_str(),
            format!("http://{host}{target}"),
            headers.into_iter(),
            SignableBody::Bytes(body),
        )
        .map_err(unreadable)?;
        let (_, signature) = sign(request, &params).map_err(unreadable)?.into_parts();
        Ok(signature)
    }
}

/// Takes as long whatever differs.
fn same(ours: &[u8], theirs: &[u8]) -> bool {
    ours.len() == theirs.len()
        && ours
            .iter()
            .zip(theirs)
            .fold(0, |difference, (a, b)| difference | (a ^ b))
            == 0
}

#[cfg(test)]
mod tests;
