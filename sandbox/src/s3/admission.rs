//! Which requests get to the s3s library at all.
//!
//! The library checks signatures, and takes more than S3 does: links that never end, signatures
//! that leave out what changes a request's meaning, and requests of operations that it does not know
//! for others that it does.

use http::request::Parts;
use http::{Method, Uri, header};

use super::api::OPERATIONS;
use super::refusal::{invalid_argument, invalid_request, not_implemented};
use crate::fault::Fault;

/// In seconds: a week. Source: Amazon S3's documentation of signatures in queries.
const LONGEST_LINK: u32 = 604_800;
/// What may stand in the query of a request for a bucket without a value. The library takes an
/// operation whose mark it does not know for another one.
const OF_BUCKETS: &[&str] = &[
    "accelerate",
    "acl",
    "analytics",
    "cors",
    "delete",
    "encryption",
    "intelligent-tiering",
    "inventory",
    "lifecycle",
    "location",
    "logging",
    "metadataTable",
    "metrics",
    "notification",
    "object-lock",
    "ownershipControls",
    "policy",
    "policyStatus",
    "publicAccessBlock",
    "replication",
    "requestPayment",
    "session",
    "tagging",
    "uploads",
    "versioning",
    "versions",
    "website",
];
const OF_OBJECTS: &[&str] = &[
    "acl",
    "attributes",
    "legal-hold",
    "restore",
    "retention",
    "select",
    "tagging",
    "torrent",
    "uploads",
];
/// What is no mark of an operation, and may be empty.
const PARAMETERS: &[&str] = &[
    "continuation-token",
    "delimiter",
    "encoding-type",
    "id-marker",
    "key-marker",
    "marker",
    "max-keys",
    "prefix",
    "start-after",
    "upload-id-marker",
    "version-id-marker",
    "versionId",
];

/// What may stand in the query of a link of version 2.
const OF_VERSION_2: &[&str] = &[
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

/// Checks a request before the library does.
pub fn check(parts: &Parts) -> Result<(), Fault> {
    if is_form(parts) {
        return Err(not_implemented(
            "the sandbox does not support uploads from HTML forms (POST Object); send PUT requests",
        ));
    }
    let query = Query::of(&parts.uri);
    let header = parts.headers.get(header::AUTHORIZATION);
    let in_query = query.has("X-Amz-Signature") || query.has("Signature");
    let signed = match header {
        Some(_) if in_query => {
            return Err(invalid_argument(
                "Only one auth mechanism allowed; only the X-Amz-Algorithm query parameter, \
                 Signature query string parameter or the Authorization header should be specified",
            ));
        }
        Some(header) => in_header(header.to_str().unwrap_or_default()).to_owned(),
        None if query.has("Signature") => return of_version_2(&query),
        None => {
            short_lived(&query)?;
            query.get("X-Amz-SignedHeaders").unwrap_or_default()
        }
    };
    covers(&signed, parts)?;
    known(parts, &query)
}

/// Links that botocore makes unless it is told otherwise: they have a signature of version 2. It
/// covers the headers of AWS's own, not the host (whoever asks as another than this machine was
/// refused before), and of the query only what is taken here.
fn of_version_2(query: &Query) -> Result<(), Fault> {
    let covered = |name: &str| {
        OF_VERSION_2.contains(&name) || name.starts_with("response-") || name.starts_with("x-amz-")
    };
    match query.0.iter().find(|(name, _)| !covered(name)) {
        None => Ok(()),
        Some((name, _)) => Err(invalid_request(format!(
            "a link signed with version 2 cannot have {name}; sign with AWS4-HMAC-SHA256"
        ))),
    }
}

fn is_form(parts: &Parts) -> bool {
    let kind = parts.headers.get(header::CONTENT_TYPE);
    let kind = kind.and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    parts.method == Method::POST && kind.trim().to_ascii_lowercase().starts_with("multipart/")
}

/// The signed headers that `AWS4-HMAC-SHA256 Credential=…, SignedHeaders=a;b, Signature=…` lists.
fn in_header(authorization: &str) -> &str {
    let fields = authorization.split([',', ' ']);
    fields
        .filter_map(|field| field.trim().strip_prefix("SignedHeaders="))
        .next()
        .unwrap_or_default()
}

fn short_lived(query: &Query) -> Result<(), Fault> {
    let seconds = query.get("X-Amz-Expires").unwrap_or_default();
    match seconds.parse::<u32>() {
        Ok(seconds) if seconds <= LONGEST_LINK => Ok(()),
        _ => Err(Fault::invalid(
            "AuthorizationQueryParametersError",
            format!("X-Amz-Expires must be a number of seconds up to {LONGEST_LINK} (one week)"),
        )),
    }
}

/// The host, so that a request counts nowhere else, and all headers of AWS's own, so that nobody can
/// add one to what was signed.
fn covers(signed: &str, parts: &Parts) -> Result<(), Fault> {
    let is_signed = |name: &str| signed.split(';').any(|signed| signed == name);
    let names = parts.headers.keys().map(|name| name.as_str());
    let mut wanted = names.filter(|name| name.starts_with("x-amz-"));
    // It is part of what is signed in any case, or says that the body is not.
    let missing = wanted.find(|name| !is_signed(name) && *name != "x-amz-content-sha256");
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

/// Whether the query has marks of operations that nobody here knows.
fn known(parts: &Parts, query: &Query) -> Result<(), Fault> {
    let path = parts.uri.path().trim_start_matches('/');
    let marks = match path.split_once('/') {
        Some((_, key)) if !key.is_empty() => OF_OBJECTS,
        _ => OF_BUCKETS,
    };
    let unknown = query.0.iter().find(|(name, value)| {
        value.is_empty()
            && !marks.contains(&&**name)
            && !PARAMETERS.contains(&&**name)
            && !name.starts_with("X-Amz-")
            && !name.starts_with("response-")
    });
    match unknown {
        None => Ok(()),
        Some((name, _)) => Err(unknown_operation(&format!("{} ?{name}", parts.method))),
    }
}

pub fn unknown_operation(name: &str) -> Fault {
    not_implemented(format!(
        "the sandbox does not support the S3 operation {name}; it supports {}",
        OPERATIONS.join(", ")
    ))
}

pub struct Query(Vec<(String, String)>);

impl Query {
    pub fn of(uri: &Uri) -> Self {
        let query = uri.query().unwrap_or_default();
        let pairs = form_urlencoded::parse(query.as_bytes());
        Self(pairs.into_owned().collect())
    }

    fn has(&self, name: &str) -> bool {
        self.0.iter().any(|(given, _)| given == name)
    }

    pub fn get(&self, name: &str) -> Option<String> {
        let found = self.0.iter().find(|(given, _)| given == name);
        found.map(|(_, value)| value.clone())
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
    fn a_signature_covers_the_host_and_what_changes_the_meaning() {
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
    fn links_end_and_are_signed_in_one_way() {
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
        let both = link("/b/k?X-Amz-Expires=60&", &[("authorization", HEADER)]);
        assert_eq!(both, code("InvalidArgument"));
    }

    #[test]
    fn operations_that_nobody_knows_are_not_taken_for_others() {
        let asked = |method: &str, uri: &str| checked(method, uri, &[("authorization", HEADER)]);
        let unknown = || Err("NotImplemented".to_owned());
        assert_eq!(asked("DELETE", "/b?metadataConfiguration"), unknown());
        assert_eq!(asked("PUT", "/b/k?renameObject"), unknown());
        assert_eq!(asked("PUT", "/b/k?encryption="), unknown());
        assert_eq!(asked("GET", "/b?encryption"), Ok(()));
        assert_eq!(asked("GET", "/b/?versions&prefix="), Ok(()));
        assert_eq!(asked("POST", "/b/k?uploads"), Ok(()));
        assert_eq!(asked("PUT", "/b/k?partNumber=1&uploadId=a"), Ok(()));
        let form = [
            ("authorization", HEADER),
            ("content-type", "multipart/form-data; boundary=b"),
        ];
        assert_eq!(checked("POST", "/b", &form), unknown());
    }

    proptest! {
        #[test]
        fn no_request_is_too_strange_to_be_judged(
            path in "/[a-zA-Z0-9%/._-]{0,20}",
            query in "[a-zA-Z0-9%=&;:?+-]{0,60}",
            header in "[ -~]{0,60}",
        ) {
            let request = Request::get(format!("{path}?{query}"))
                .header("authorization", &header)
                .header("content-type", &header)
                .body(());
            if let Ok(request) = request {
                // It is signed for no host.
                prop_assert!(check(&request.into_parts().0).is_err());
            }
        }
    }
}
