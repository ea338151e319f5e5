//! Signatures in queries, as links have them.
//!
//! Source: "Authenticating Requests: Using Query Parameters" in S3's API reference, which holds for other
//! services too.

use super::{ALGORITHM, Signature, SignatureError};
use crate::REGION;

/// The parameters of a signature.
const PARAMETERS: [&str; 7] = [
    "X-Amz-Algorithm",
    "X-Amz-Credential",
    "X-Amz-Date",
    "X-Amz-Expires",
    "X-Amz-Security-Token",
    "X-Amz-SignedHeaders",
    "X-Amz-Signature",
];

/// What a link has besides its signature.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Link {
    /// When it was signed, as it came.
    pub date: String,
    /// In seconds. Zero for what is no number.
    pub expires: u64,
    pub token: Option<String>,
}

/// The signature in a query.
pub fn read(query: &str) -> Result<Signature, SignatureError> {
    let values = |wanted: &str| -> Vec<String> {
        form_urlencoded::parse(query.as_bytes())
            .filter(|(name, _)| name.eq_ignore_ascii_case(wanted))
            .map(|(_, value)| value.into_owned())
            .collect()
    };
    let parameter = |wanted: &str| values(wanted).into_iter().next();
    let Some(credential) = parameter("X-Amz-Credential") else {
        return version_2(parameter("AWSAccessKeyId"), parameter("Signature"));
    };
    if PARAMETERS.iter().any(|name| values(name).len() > 1) {
        return Err(SignatureError::Malformed(
            "the query has a parameter of the signature twice",
        ));
    }
    if parameter("X-Amz-Algorithm").as_deref() != Some(ALGORITHM) {
        return Err(SignatureError::Malformed(
            "X-Amz-Algorithm is not AWS4-HMAC-SHA256",
        ));
    }
    let text = |name: &str| parameter(name).unwrap_or_default();
    let signature = Signature::new(
        &credential,
        &text("X-Amz-SignedHeaders"),
        &text("X-Amz-Signature"),
    )?;
    Ok(Signature {
        link: Some(Link {
            date: text("X-Amz-Date"),
            expires: text("X-Amz-Expires").parse().unwrap_or_default(),
            token: parameter("X-Amz-Security-Token"),
        }),
        ..signature
    })
}

/// S3 alone still accepts signatures of version 2, and only in links: botocore makes such links by
/// default.
fn version_2(
    access_key_id: Option<String>,
    signature: Option<String>,
) -> Result<Signature, SignatureError> {
    let (Some(access_key_id), Some(value)) = (access_key_id, signature) else {
        return Err(SignatureError::Unsigned);
    };
    Ok(Signature {
        access_key_id,
        // It has none of these.
        day: String::new(),
        region: REGION.to_owned(),
        signed_headers: Vec::new(),
        service: "s3".to_owned(),
        link: Some(Link::default()),
        value,
    })
}

/// The query without the parameters of a signature, in its order.
pub fn without_signature(query: &str) -> String {
    let is_of_signature = |pair: &&str| {
        let mut parsed = form_urlencoded::parse(pair.as_bytes());
        parsed.next().is_some_and(|(name, _)| {
            let mut names = PARAMETERS.iter();
            names.any(|known| name.eq_ignore_ascii_case(known))
        })
    };
    let others = query.split('&').filter(|pair| !is_of_signature(pair));
    others.collect::<Vec<_>>().join("&")
}
