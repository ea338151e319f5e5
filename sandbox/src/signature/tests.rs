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
        day: now()[..8].to_owned(),
        region: "us-east-1".to_owned(),
        service: "lambda".to_owned(),
        link: None,
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
    assert!(claimed.link.is_some());
    assert_eq!((&*claimed.service, &*claimed.value), ("s3", "s="));
    assert_eq!(
        signature("/b/k?AWSAccessKeyId=K"),
        Err(SignatureError::Unsigned)
    );
}

/// A head that is signed at `date`, and the claim to have signed it, of no value yet.
fn claim(date: &str, signed_headers: &[&str]) -> (Parts, Signature) {
    let request = Request::get("/")
        .header("host", "127.0.0.1:4000")
        .header("x-amz-date", date)
        .body(());
    let (parts, ()) = request.expect("a request").into_parts();
    let signature = Signature {
        access_key_id: "AKIDEXAMPLE".to_owned(),
        day: now()[..8].to_owned(),
        region: "us-east-1".to_owned(),
        service: "lambda".to_owned(),
        link: None,
        signed_headers: signed_headers.iter().map(|it| (*it).to_owned()).collect(),
        value: String::new(),
    };
    (parts, signature)
}

#[test]
fn a_signature_is_of_one_body_and_one_secret() {
    let (parts, mut signature) = claim(&now(), &["host"]);
    let at = signature.check_head(&parts, &keys()).expect("it is new");
    signature.value = signature
        .expected(&keys(), &parts, b"{}", at)
        .expect("it signs");
    assert_eq!(signature.verify(&parts, b"{}", &keys(), at), Ok(()));
    let other = Keys {
        secret_access_key: "Secret".to_owned(),
        ..keys()
    };
    for (body, keys) in [(&b"{ }"[..], keys()), (b"", keys()), (b"{}", other)] {
        let refused = signature.verify(&parts, body, &keys, at);
        assert_eq!(refused, Err(SignatureError::Mismatch));
    }
    for value in [
        String::new(),
        signature.value[1..].to_owned(),
        "0".repeat(64),
    ] {
        signature.value = value;
        let refused = signature.verify(&parts, b"{}", &keys(), at);
        assert_eq!(refused, Err(SignatureError::Mismatch));
    }
}

#[test]
fn a_head_is_refused_that_is_of_another_time_or_leaves_something_open() {
    let at = |seconds: i64| {
        let format = format_description!("[year][month][day]T[hour][minute][second]Z");
        let time = time::OffsetDateTime::now_utc() + time::Duration::seconds(seconds);
        time.format(&format).expect("it has a form")
    };
    let checked = |date: &str, headers: &[&str]| {
        let (parts, signature) = claim(date, headers);
        signature.check_head(&parts, &keys()).map(|_| ())
    };
    for near in [-800, -1, 0, 800] {
        assert_eq!(checked(&at(near), &["host"]), Ok(()), "{near}");
    }
    for far in [-1000, 1000] {
        let date = at(far);
        let refused = checked(&date, &["host"]);
        assert_eq!(refused, Err(SignatureError::Expired(date)), "{far}");
    }
    for (date, headers) in [
        (&*now(), &["x-amz-date"][..]),
        (&*now(), &[]),
        ("yesterday", &["host"]),
        ("", &["host"]),
    ] {
        let refused = checked(date, headers);
        let is_malformed = matches!(refused, Err(SignatureError::Malformed(_)));
        assert!(is_malformed, "{date} {headers:?}: {refused:?}");
    }
}

#[test]
fn a_session_is_known_by_its_token() {
    let (mut parts, signature) = claim(&now(), &["host"]);
    let session = Keys {
        session_token: Some("token".to_owned()),
        ..keys()
    };
    let refused = Err(SignatureError::UnknownKeys);
    assert_eq!(signature.check_head(&parts, &session).map(|_| ()), refused);
    put(&mut parts, "x-amz-security-token", "tokem");
    assert_eq!(signature.check_head(&parts, &session).map(|_| ()), refused);
    put(&mut parts, "x-amz-security-token", "token");
    assert_eq!(signature.check_head(&parts, &session).map(|_| ()), Ok(()));
    assert_eq!(signature.check_head(&parts, &keys()).map(|_| ()), refused);
}

#[test]
fn a_signature_for_another_region_is_refused() {
    let (_, mut signature) = claim(&now(), &["host"]);
    assert_eq!(signature.check_region(), Ok(()));
    signature.region = "eu-central-1".to_owned();
    let refused = Err(SignatureError::Region("eu-central-1".to_owned()));
    assert_eq!(signature.check_region(), refused);
}
