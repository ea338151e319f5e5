//! Requests that are signed, changed after that, or not signed at all.

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
fn signed(change: impl FnOnce(&mut Parts)) -> Result<(), SignatureError> {
    let request = Request::post("/2015-03-31/functions/a%3Ab/invocations?Qualifier=1")
        .header("host", "127.0.0.1:4000")
        .header("x-amz-date", now())
        .header("x-amz-log-type", "Tail")
        .body(())
        .expect("a request");
    let (mut parts, ()) = request.into_parts();
    let mut signature = Signature {
        access_key_id: "AKIDEXAMPLE".to_owned(),
        region: "us-east-1".to_owned(),
        service: "lambda".to_owned(),
        presigned: false,
        signed_headers: ["host", "x-amz-date", "x-amz-log-type"]
            .map(str::to_owned)
            .into(),
        value: String::new(),
    };
    let at = signature.signed_at(&parts.headers)?;
    signature.value = signature.expected(&keys(), &parts, b"{}", at)?;
    change(&mut parts);
    let at = signature.check_head(&parts, &keys())?;
    signature.verify(&parts, b"{}", &keys(), at)
}

fn put(parts: &mut Parts, name: &'static str, value: &str) {
    parts.headers.insert(name, value.parse().expect("a value"));
}

#[test]
fn a_request_is_taken_as_it_was_signed_and_not_otherwise() {
    assert_eq!(signed(|_| {}), Ok(()));
    assert_eq!(signed(|parts| put(parts, "x-unsigned", "1")), Ok(()));
    let changed = signed(|parts| put(parts, "x-amz-log-type", "None"));
    assert_eq!(changed, Err(SignatureError::Mismatch));
    let elsewhere = signed(|parts| put(parts, "host", "127.0.0.1:4001"));
    assert_eq!(elsewhere, Err(SignatureError::Mismatch));
    let path = |parts: &mut Parts| parts.uri = "/2015-03-31/functions/b".parse().expect("it");
    assert_eq!(signed(path), Err(SignatureError::Mismatch));
    let method = |parts: &mut Parts| parts.method = http::Method::DELETE;
    assert_eq!(signed(method), Err(SignatureError::Mismatch));
    let target = signed(|parts| put(parts, TARGET, "Logs_20140328.DeleteLogGroup"));
    assert!(
        matches!(target, Err(SignatureError::Malformed(_))),
        "{target:?}"
    );
    let old = signed(|parts| put(parts, "x-amz-date", "20200101T000000Z"));
    assert_eq!(
        old,
        Err(SignatureError::Expired("20200101T000000Z".to_owned()))
    );
    let token = signed(|parts| put(parts, "x-amz-security-token", "t"));
    assert_eq!(token, Err(SignatureError::UnknownKeys));
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
            if let Ok(signature) = Signature::read(&parts) {
                let head = signature.check_head(&parts, &keys());
                let verified = head.and_then(|at| signature.verify(&parts, b"", &keys(), at));
                proptest::prop_assert!(verified.is_err());
            }
            parts.headers.remove("authorization");
        }
    }
}

#[test]
fn what_is_no_signature_is_said_to_be_none() {
    let signature = |value: &str| {
        let request = Request::get("/").header("authorization", value).body(());
        Signature::read(&request.expect("a request").into_parts().0)
    };
    for value in [
        "",
        "Basic dTpw",
        "AWS4-HMAC-SHA256",
        "AWS4-HMAC-SHA256 Credential=a/b, SignedHeaders=host, Signature=0",
        "AWS4-HMAC-SHA256 Credential=a/b/c/d/aws4_request, SignedHeaders=host",
    ] {
        assert!(
            matches!(signature(value), Err(SignatureError::Malformed(_))),
            "{value}"
        );
    }
    let (parts, ()) = Request::get("/").body(()).expect("it").into_parts();
    assert_eq!(Signature::read(&parts), Err(SignatureError::Unsigned));
}

#[test]
fn a_link_of_version_2_is_for_s3() {
    let signature = |uri: &str| {
        let request = Request::get(uri).body(());
        Signature::read(&request.expect("a request").into_parts().0)
    };
    let claimed = signature("/b/k?AWSAccessKeyId=K&Signature=s%3D&Expires=1").expect("it is one");
    assert!(claimed.presigned);
    assert_eq!((&*claimed.service, &*claimed.value), ("s3", "s="));
    assert_eq!(
        signature("/b/k?AWSAccessKeyId=K"),
        Err(SignatureError::Unsigned)
    );
}
