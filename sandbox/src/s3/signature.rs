//! What a signature must cover, beyond what the s3s library checks. The library takes links that
//! never expire, and signatures that leave out headers that change the request.

use std::collections::HashSet;

use http::header;
use http::request::Parts;

use super::errors::{invalid_argument, invalid_request};
use super::query::Query;
use crate::fault::Fault;

/// One week, in seconds. Source: "Authenticating requests: using query parameters" in S3's API
/// reference.
const MAX_EXPIRES: u32 = 604_800;
/// The query parameters of a link signed with version 2 that its signature covers, or that are part
/// of it. Source: "Signing and authenticating REST requests" in S3's user guide.
const COVERED_BY_VERSION_2: &[&str] = &[
    "AWSAccessKeyId",
    "Expires",
    "Signature",
    "content-md5",
    "content-type",
    "partNumber",
    "uploadId",
    "uploads",
    "versionId",
];

/// Checks which signature a request has, and what it covers. The library checks the signature
/// itself.
pub fn check(parts: &Parts) -> Result<(), Fault> {
    let query = Query::of(&parts.uri);
    let header = parts.headers.get(header::AUTHORIZATION);
    let in_query = query.has("X-Amz-Signature") || query.has("Signature");
    match header {
        Some(_) if in_query => Err(invalid_argument(
            "Only one auth mechanism allowed; only the X-Amz-Algorithm query parameter, \
             Signature query string parameter or the Authorization header should be specified",
        )),
        Some(_) => check_coverage(parts),
        None if query.has("Signature") => {
            check_once(&query)?;
            check_version_2(&query)
        }
        None => {
            check_once(&query)?;
            check_expires(&query)?;
            check_coverage(parts)
        }
    }
}

/// Refuses a link that has a parameter twice: a part of the library may see one of them and a part the
/// other, or none.
fn check_once(query: &Query) -> Result<(), Fault> {
    let mut seen = HashSet::new();
    match query
        .pairs()
        .find(|(name, _)| !seen.insert(name.to_ascii_lowercase()))
    {
        None => Ok(()),
        Some((name, _)) => Err(invalid_request(format!(
            "a link cannot have a parameter twice, and this one has {name}"
        ))),
    }
}

/// botocore signs links with version 2 by default. Such a signature covers the headers of AWS and
/// some query parameters, but not the host; the edge refuses other hosts than this machine.
fn check_version_2(query: &Query) -> Result<(), Fault> {
    let is_covered = |name: &str| {
        COVERED_BY_VERSION_2.contains(&name)
            || name.starts_with("response-")
            || name.starts_with("x-amz-")
    };
    match query.pairs().find(|(name, _)| !is_covered(name)) {
        None => Ok(()),
        Some((name, _)) => Err(invalid_request(format!(
            "a link signed with version 2 cannot have {name}; sign with AWS4-HMAC-SHA256"
        ))),
    }
}

/// The names of the headers that a signature of version 4 covers.
pub fn signed_headers(parts: &Parts) -> Vec<String> {
    let list = match parts.headers.get(header::AUTHORIZATION) {
        Some(header) => in_authorization(header.to_str().unwrap_or_default()).to_owned(),
        None => {
            let query = Query::of(&parts.uri);
            query
                .get("X-Amz-SignedHeaders")
                .unwrap_or_default()
                .to_owned()
        }
    };
    list.split(';').map(str::to_owned).collect()
}

/// The list in `AWS4-HMAC-SHA256 Credential=…, SignedHeaders=a;b, Signature=…`.
fn in_authorization(authorization: &str) -> &str {
    let fields = authorization.split([',', ' ']);
    fields
        .filter_map(|field| field.trim().strip_prefix("SignedHeaders="))
        .next()
        .unwrap_or_default()
}

fn check_expires(query: &Query) -> Result<(), Fault> {
    let seconds = query.get("X-Amz-Expires").unwrap_or_default();
    match seconds.parse::<u32>() {
        Ok(seconds) if seconds <= MAX_EXPIRES => Ok(()),
        _ => Err(Fault::invalid(
            "AuthorizationQueryParametersError",
            format!("X-Amz-Expires must be a number of seconds up to {MAX_EXPIRES} (one week)"),
        )),
    }
}

/// A signature must cover the host, so that the request is valid nowhere else, and all headers of
/// AWS, so that none can be added to a signed request.
fn check_coverage(parts: &Parts) -> Result<(), Fault> {
    let signed = signed_headers(parts);
    let is_signed = |name: &str| signed.iter().any(|signed| signed == name);
    let names = parts.headers.keys().map(|name| name.as_str());
    let mut required = names.filter(|name| name.starts_with("x-amz-"));
    // The value of x-amz-content-sha256 is part of what is signed, even if its name is not.
    let missing = required.find(|name| !is_signed(name) && *name != "x-amz-content-sha256");
    let missing = Some("host").filter(|host| !is_signed(host)).or(missing);
    match missing {
        None => Ok(()),
        Some(name) => Err(Fault::denied(
            "AccessDenied",
            format!(
                "There were headers present in the request which were not signed: \
                 the signature does not cover {name}"
            ),
        )),
    }
}

#[cfg(test)]
mod tests {
    use http::Request;
    use proptest::prelude::*;

    use super::*;

    const HEADER: &str = "AWS4-HMAC-SHA256 Credential=K/20260101/us-east-1/s3/aws4_request, \
        SignedHeaders=host;x-amz-date, Signature=0";
    const LINK: &str = "X-Amz-SignedHeaders=host&X-Amz-Signature=0";

    fn checked(method: &str, uri: &str, headers: &[(&str, &str)]) -> Result<(), String> {
        let mut request = Request::builder().method(method).uri(uri);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let (parts, ()) = request.body(()).expect("a request").into_parts();
        check(&parts).map_err(|fault| fault.code)
    }

    fn link(uri: &str, headers: &[(&str, &str)]) -> Result<(), String> {
        checked("GET", &format!("{uri}{LINK}"), headers)
    }

    #[test]
    fn a_signature_covers_the_host_and_all_aws_headers() {
        let code = |code: &str| Err(code.to_owned());
        let signed =
            |header: (&str, &str)| checked("GET", "/b/k", &[("authorization", HEADER), header]);
        assert_eq!(signed(("x-amz-date", "d")), Ok(()));
        assert_eq!(signed(("x-amz-content-sha256", "d")), Ok(()));
        assert_eq!(signed(("range", "bytes=0-1")), Ok(()));
        assert_eq!(signed(("x-amz-copy-source", "b/k")), code("AccessDenied"));
        let without_host = HEADER.replace("host;", "");
        let refused = checked("GET", "/b/k", &[("authorization", &without_host)]);
        assert_eq!(refused, code("AccessDenied"));
        assert_eq!(link("/b/k?X-Amz-Expires=60&", &[]), Ok(()));
        let added = link("/b/k?X-Amz-Expires=60&", &[("x-amz-acl", "private")]);
        assert_eq!(added, code("AccessDenied"));
    }

    #[test]
    fn links_expire_and_have_one_signature() {
        let code = |code: &str| Err(code.to_owned());
        let expiry = "AuthorizationQueryParametersError";
        assert_eq!(link("/b/k?X-Amz-Expires=604800&", &[]), Ok(()));
        assert_eq!(link("/b/k?X-Amz-Expires=604801&", &[]), code(expiry));
        assert_eq!(link("/b/k?X-Amz-Expires=-1&", &[]), code(expiry));
        assert_eq!(link("/b/k?", &[]), code(expiry));
        let old = |more: &str| {
            let link = format!("/b/k?AWSAccessKeyId=a&Signature=b&Expires=1{more}");
            checked("GET", &link, &[])
        };
        assert_eq!(old("&response-content-type=a"), Ok(()));
        assert_eq!(old("&legal-hold"), code("InvalidRequest"));
        assert_eq!(old("&prefix=a"), code("InvalidRequest"));
        assert_eq!(old("&X-Amz-Signature=a"), code("InvalidRequest"));
        for twice in [
            "&Expires=9",
            "&Signature=c",
            "&AWSAccessKeyId=b",
            "&versionId=1&versionId=2",
            "&response-content-type=a&response-content-type=b",
            "&x-amz-acl=private&X-Amz-Acl=public-read",
        ] {
            assert_eq!(old(twice), code("InvalidRequest"), "{twice}");
        }
        let twice = link("/b/k?X-Amz-Expires=60&X-Amz-Expires=604800&", &[]);
        assert_eq!(twice, code("InvalidRequest"));
        let both = link("/b/k?X-Amz-Expires=60&", &[("authorization", HEADER)]);
        assert_eq!(both, code("InvalidArgument"));
    }

    proptest! {
        #[test]
        fn no_request_makes_the_check_fail(
            path in "/[a-zA-Z0-9%/._-]{0,20}",
            query in "[a-zA-Z0-9%=&;:?+-]{0,60}",
            header in "[ -~]{0,60}",
        ) {
            let request = Request::get(format!("{path}?{query}"))
                .header("authorization", &header)
                .header("content-type", &header)
                .body(());
            if let Ok(request) = request {
                // Its signature covers no host.
                prop_assert!(check(&request.into_parts().0).is_err());
            }
        }
    }
}
