//! AWS's Signature Version 4 on a request: who signed it, for which service, and whether it is so.
//!
//! The signature is made once more, by the library that AWS's own clients use, and compared.

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

use crate::keys::{Keys, UNKNOWN_KEYS};

/// Names the operation, where the protocol has no other place for it.
const TARGET: &str = "x-amz-target";
const ALGORITHM: &str = "AWS4-HMAC-SHA256";
/// How far a client's clock may be off.
const SKEW: Duration = Duration::from_secs(15 * 60);

/// Why a signature is not taken. AWS's services have different names for the same reasons.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
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
    #[error("the signature does not match the request")]
    Mismatch,
}

/// What a request says of its signature; not checked yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Claim {
    pub access_key_id: String,
    pub region: String,
    /// As the signature names it, such as `cloudformation`.
    pub service: String,
    /// In the query string, as in a link that somebody was given.
    pub presigned: bool,
    signed_headers: Vec<String>,
    signature: String,
}

impl Claim {
    /// Reads the claim of a request.
    pub fn of(parts: &Parts) -> Result<Self, Refusal> {
        if let Some(authorization) = parts.headers.get(header::AUTHORIZATION) {
            let authorization = authorization
                .to_str()
                .map_err(|_| Refusal::Malformed("the Authorization header is not text"))?;
            return Self::of_header(authorization);
        }
        let query = parts.uri.query().unwrap_or_default();
        let parameter = |wanted: &str| {
            form_urlencoded::parse(query.as_bytes())
                .find(|(name, _)| name.eq_ignore_ascii_case(wanted))
                .map(|(_, value)| value.into_owned())
        };
        let Some(credential) = parameter("X-Amz-Credential") else {
            return Self::of_version_2(parameter("AWSAccessKeyId"), parameter("Signature"));
        };
        Self::new(
            &credential,
            &parameter("X-Amz-SignedHeaders").unwrap_or_default(),
            &parameter("X-Amz-Signature").unwrap_or_default(),
            true,
        )
    }

    /// Only S3 still takes signatures of version 2, and only in links, which botocore makes with them
    /// unless it is told otherwise.
    fn of_version_2(
        access_key_id: Option<String>,
        signature: Option<String>,
    ) -> Result<Self, Refusal> {
        let (Some(access_key_id), Some(signature)) = (access_key_id, signature) else {
            return Err(Refusal::Unsigned);
        };
        Ok(Self {
            access_key_id,
            region: String::new(),
            service: "s3".to_owned(),
            presigned: true,
            signed_headers: Vec::new(),
            signature,
        })
    }

    fn of_header(authorization: &str) -> Result<Self, Refusal> {
        let Some(fields) = authorization.trim().strip_prefix(ALGORITHM) else {
            return Err(Refusal::Malformed(
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
    ) -> Result<Self, Refusal> {
        // ID/20261122/us-east-1/lambda/aws4_request
        let scope: Vec<&str> = credential.split('/').collect();
        let [access_key_id, _, region, service, "aws4_request"] = scope[..] else {
            return Err(Refusal::Malformed(
                "its credential is not KEY/DATE/REGION/SERVICE/aws4_request",
            ));
        };
        if signature.is_empty() || signed_headers.is_empty() {
            return Err(Refusal::Malformed("SignedHeaders or Signature is missing"));
        }
        Ok(Self {
            access_key_id: access_key_id.to_owned(),
            region: region.to_owned(),
            service: service.to_owned(),
            presigned,
            signed_headers: signed_headers.split(';').map(str::to_owned).collect(),
            signature: signature.to_owned(),
        })
    }

    /// Whether the request was signed with `keys`, as it is, about now.
    pub fn check(&self, parts: &Parts, body: &[u8], keys: &Keys) -> Result<(), Refusal> {
        let signed_at = self.fresh(&parts.headers)?;
        let signed = |name: &str| self.signed_headers.iter().any(|signed| signed == name);
        if !signed("host") {
            return Err(Refusal::Malformed("it does not cover the Host header"));
        }
        if parts.headers.contains_key(TARGET) && !signed(TARGET) {
            return Err(Refusal::Malformed(
                "it does not cover the X-Amz-Target header",
            ));
        }
        if parts
            .headers
            .get("x-amz-security-token")
            .map(|t| t.as_bytes())
            != keys.session_token.as_deref().map(str::as_bytes)
        {
            return Err(Refusal::UnknownKeys);
        }
        let ours = self.made_with(keys, parts, body, signed_at)?;
        if same(ours.as_bytes(), self.signature.as_bytes()) {
            Ok(())
        } else {
            Err(Refusal::Mismatch)
        }
    }

    /// When the request was signed, if that is about now.
    pub fn fresh(&self, headers: &HeaderMap) -> Result<SystemTime, Refusal> {
        let date = headers
            .get("x-amz-date")
            .and_then(|date| date.to_str().ok())
            .ok_or(Refusal::Malformed("the X-Amz-Date header is missing"))?;
        let format = format_description!("[year][month][day]T[hour][minute][second]Z");
        let signed_at: SystemTime = PrimitiveDateTime::parse(date, &format)
            .map_err(|_| Refusal::Malformed("X-Amz-Date must have the form 20261122T120000Z"))?
            .assume_utc()
            .into();
        let now = SystemTime::now();
        let off = now
            .duration_since(signed_at)
            .unwrap_or_else(|ahead| ahead.duration());
        if off <= SKEW {
            Ok(signed_at)
        } else {
            Err(Refusal::Expired(date.to_owned()))
        }
    }

    /// The signature that `keys` give this request.
    fn made_with(
        &self,
        keys: &Keys,
        parts: &Parts,
        body: &[u8],
        signed_at: SystemTime,
    ) -> Result<String, Refusal> {
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
        let unreadable = |_| Refusal::Malformed("the request cannot be signed");
        let params = v4::SigningParams::builder()
            .identity(&identity)
            .region(&self.region)
            .name(&self.service)
            .time(signed_at)
            .settings(settings)
            .build()
            .map_err(|_| Refusal::Malformed("its scope is incomplete"))?
            .into();
        // The signer puts in these three by itself.
        let added = ["host", "x-amz-date", "x-amz-security-token"];
        let mut headers = Vec::new();
        for name in &self.signed_headers {
            if added.contains(&name.as_str()) {
                continue;
            }
            for value in parts.headers.get_all(name) {
                let value = value
                    .to_str()
                    .map_err(|_| Refusal::Malformed("a signed header is not text"))?;
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
mod tests {
    use http::Request;

    use super::*;

    fn keys() -> Keys {
        Keys {
            access_key_id: "AKIDEXAMPLE".to_owned(),
            secret_access_key: "secret".to_owned(),
            session_token: None,
        }
    }

    fn now() -> String {
        let format = format_description!("[year][month][day]T[hour][minute][second]Z");
        let now = time::OffsetDateTime::now_utc();
        now.format(&format).expect("it has a form")
    }

    /// A request that `keys` sign for Lambda, with `change` done to it afterwards.
    fn signed(change: impl FnOnce(&mut Parts)) -> Result<(), Refusal> {
        let request = Request::post("/2015-03-31/functions/a%3Ab/invocations?Qualifier=1")
            .header("host", "127.0.0.1:4000")
            .header("x-amz-date", now())
            .header("x-amz-log-type", "Tail")
            .body(())
            .expect("a request");
        let (mut parts, ()) = request.into_parts();
        let mut claim = Claim {
            access_key_id: "AKIDEXAMPLE".to_owned(),
            region: "us-east-1".to_owned(),
            service: "lambda".to_owned(),
            presigned: false,
            signed_headers: ["host", "x-amz-date", "x-amz-log-type"]
                .map(str::to_owned)
                .into(),
            signature: String::new(),
        };
        let at = claim.fresh(&parts.headers)?;
        claim.signature = claim.made_with(&keys(), &parts, b"{}", at)?;
        change(&mut parts);
        claim.check(&parts, b"{}", &keys())
    }

    fn put(parts: &mut Parts, name: &'static str, value: &str) {
        parts.headers.insert(name, value.parse().expect("a value"));
    }

    #[test]
    fn a_request_is_taken_as_it_was_signed_and_not_otherwise() {
        assert_eq!(signed(|_| {}), Ok(()));
        assert_eq!(signed(|parts| put(parts, "x-unsigned", "1")), Ok(()));
        let changed = signed(|parts| put(parts, "x-amz-log-type", "None"));
        assert_eq!(changed, Err(Refusal::Mismatch));
        let elsewhere = signed(|parts| put(parts, "host", "127.0.0.1:4001"));
        assert_eq!(elsewhere, Err(Refusal::Mismatch));
        let path = |parts: &mut Parts| parts.uri = "/2015-03-31/functions/b".parse().expect("it");
        assert_eq!(signed(path), Err(Refusal::Mismatch));
        let method = |parts: &mut Parts| parts.method = http::Method::DELETE;
        assert_eq!(signed(method), Err(Refusal::Mismatch));
        let target = signed(|parts| put(parts, TARGET, "Logs_20140328.DeleteLogGroup"));
        assert!(matches!(target, Err(Refusal::Malformed(_))), "{target:?}");
        let old = signed(|parts| put(parts, "x-amz-date", "20200101T000000Z"));
        assert_eq!(old, Err(Refusal::Expired("20200101T000000Z".to_owned())));
        let token = signed(|parts| put(parts, "x-amz-security-token", "t"));
        assert_eq!(token, Err(Refusal::UnknownKeys));
    }

    proptest::proptest! {
        #[test]
        fn no_header_and_no_query_is_taken_by_chance(
            fields in "(AWS4-HMAC-SHA256 )?(Credential=[ -~]{0,40}/aws4_request, ?)?[ -~]{0,80}",
            query in "[!-~&&[^\\\\\"#<>^`{|}\\[\\]]]{0,80}",
            date in "[0-9TZ]{0,17}",
        ) {
            let request = Request::get(format!("/?{query}"))
                .header("host", "127.0.0.1:1")
                .header("x-amz-date", date)
                .header("authorization", fields)
                .body(())
                .expect("a request");
            let (mut parts, ()) = request.into_parts();
            for _ in 0..2 {
                if let Ok(claim) = Claim::of(&parts) {
                    proptest::prop_assert!(claim.check(&parts, b"", &keys()).is_err());
                }
                parts.headers.remove("authorization");
            }
        }
    }

    #[test]
    fn what_is_no_signature_is_said_to_be_none() {
        let claim = |value: &str| {
            let request = Request::get("/").header("authorization", value).body(());
            Claim::of(&request.expect("a request").into_parts().0)
        };
        for value in [
            "",
            "Basic dTpw",
            "AWS4-HMAC-SHA256",
            "AWS4-HMAC-SHA256 Credential=a/b, SignedHeaders=host, Signature=0",
            "AWS4-HMAC-SHA256 Credential=a/b/c/d/aws4_request, SignedHeaders=host",
        ] {
            assert!(
                matches!(claim(value), Err(Refusal::Malformed(_))),
                "{value}"
            );
        }
        let (parts, ()) = Request::get("/").body(()).expect("it").into_parts();
        assert_eq!(Claim::of(&parts), Err(Refusal::Unsigned));
    }

    #[test]
    fn a_link_of_version_2_is_for_s3() {
        let claim = |uri: &str| {
            let request = Request::get(uri).body(());
            Claim::of(&request.expect("a request").into_parts().0)
        };
        let claimed = claim("/b/k?AWSAccessKeyId=K&Signature=s%3D&Expires=1").expect("it is one");
        assert!(claimed.presigned);
        assert_eq!((&*claimed.service, &*claimed.signature), ("s3", "s="));
        assert_eq!(claim("/b/k?AWSAccessKeyId=K"), Err(Refusal::Unsigned));
    }
}
