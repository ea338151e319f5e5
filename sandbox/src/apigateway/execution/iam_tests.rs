//! Requests that are signed for an API, changed after that, sent again, or signed for something else.

use aws_credential_types::Credentials;
use aws_sigv4::http_request::{
    SignableBody, SignableRequest, SignatureLocation, SigningSettings, sign,
};
use aws_sigv4::sign::v4;
use http::{Request, Uri};

use super::*;
use crate::keys::Keys;

const URL: &str = "http://abc.execute-api.localhost:4566/prod/a%20b/c%252Fd?x=1&y=%2B&x=2";
const BODY: &[u8] = b"{\"a\": 1}";
const WEEK: Duration = Duration::from_secs(LONGEST_LINK);

/// What a client signs, and for what.
struct Client {
    keys: Keys,
    region: &'static str,
    service: &'static str,
    at: SystemTime,
    /// Of a link.
    expires: Option<Duration>,
}

impl Client {
    fn new(keys: &Keys) -> Self {
        Self {
            keys: keys.clone(),
            region: REGION,
            service: SERVICE,
            at: SystemTime::now(),
            expires: None,
        }
    }

    fn signed(&self, url: &str) -> Parts {
        let mut settings = SigningSettings::default();
        if let Some(expires) = self.expires {
            settings.signature_location = SignatureLocation::QueryParams;
            settings.expires_in = Some(expires);
        }
        let Keys {
            access_key_id,
            secret_access_key,
            session_token,
        } = self.keys.clone();
        let identity =
            Credentials::new(access_key_id, secret_access_key, session_token, None, "").into();
        let params = v4::SigningParams::builder()
            .identity(&identity)
            .region(self.region)
            .name(self.service)
            .time(self.at)
            .settings(settings)
            .build()
            .expect("complete")
            .into();
        let headers = [("content-type", "application/json")].into_iter();
        let body = SignableBody::Bytes(BODY);
        let signable = SignableRequest::new("POST", url, headers, body).expect("it is one");
        let (instructions, _) = sign(signable, &params).expect("it signs").into_parts();
        let (headers, parameters) = instructions.into_parts();
        let mut query = form_urlencoded::Serializer::new(String::new());
        for (name, value) in &parameters {
            query.append_pair(name, value);
        }
        let url = match parameters.is_empty() {
            true => url.to_owned(),
            false => format!("{url}&{}", query.finish()),
        };
        let uri: Uri = url.parse().expect("a URI");
        let host = uri.authority().expect("a host").as_str().to_owned();
        let mut request = Request::post(uri.path_and_query().expect("a path").as_str())
            .header("host", host)
            .header("content-type", "application/json");
        for header in headers {
            request = request.header(header.name().to_owned(), header.value().to_owned());
        }
        request.body(()).expect("a request").into_parts().0
    }
}

struct World {
    keyring: Keyring,
    owner: Keys,
    session: Keys,
}

impl World {
    fn new() -> Self {
        let owner = Keys::long_term();
        let keyring = Keyring::new(owner.clone());
        let caller = Caller::in_role("AROA", "role", "session");
        let session = keyring.issue_for(caller, Duration::from_secs(900));
        Self {
            keyring,
            owner,
            session,
        }
    }

    fn answer(&self, sent: &Parts) -> Result<Signer, Failure> {
        signer(&self.keyring, sent, BODY, SystemTime::now())
    }

    fn refusal(&self, sent: &Parts) -> String {
        match self.answer(sent).expect_err("it is refused") {
            Failure::InvalidSignature(kind, why) => format!("{kind}: {why}"),
            other => format!("{other:?}"),
        }
    }
}

const MISMATCH: &str =
    "InvalidSignatureException: The request signature we calculated does not match";

fn with_target(sent: &Parts, change: impl Fn(&str) -> String) -> Parts {
    let mut sent = sent.clone();
    sent.uri = change(&sent.uri.to_string()).parse().expect("a URI");
    sent
}

fn with_header(sent: &Parts, name: &'static str, change: impl Fn(&str) -> String) -> Parts {
    let mut sent = sent.clone();
    let value = sent.headers.get(name).expect("it is there");
    let value = change(value.to_str().expect("text"));
    sent.headers.insert(name, value.parse().expect("a value"));
    sent
}

#[test]
fn a_signed_request_is_known_by_its_keys_in_headers_and_in_links() {
    let world = World::new();
    for (keys, arn) in [
        (&world.owner, "arn:aws:iam::000000000000:user/sandbox"),
        (
            &world.session,
            "arn:aws:sts::000000000000:assumed-role/role/session",
        ),
    ] {
        for expires in [None, Some(Duration::from_secs(1)), Some(WEEK)] {
            let sent = Client {
                expires,
                ..Client::new(keys)
            };
            let signer = world.answer(&sent.signed(URL)).expect("it is right");
            assert_eq!(signer.caller.arn, arn);
            assert_eq!(signer.access_key_id, keys.access_key_id);
        }
    }
}

#[test]
fn what_was_changed_after_it_was_signed_is_refused() {
    let world = World::new();
    for expires in [None, Some(WEEK)] {
        let client = Client {
            expires,
            ..Client::new(&world.session)
        };
        let sent = client.signed(URL);
        for (what, changed) in [
            (
                "path",
                with_target(&sent, |it| it.replace("/prod/", "/test/")),
            ),
            (
                "encoding once more",
                with_target(&sent, |it| it.replace("%20", "%2520")),
            ),
            (
                "encoding once less",
                with_target(&sent, |it| it.replace("%252F", "%2F")),
            ),
            (
                "way through another path",
                with_target(&sent, |it| it.replace("/prod/", "/prod/z/../")),
            ),
            (
                "way to itself",
                with_target(&sent, |it| it.replace("/prod/", "/prod/./")),
            ),
            (
                "query",
                with_target(&sent, |it| it.replace("y=%2B", "y=%2C")),
            ),
            (
                "parameter once more",
                with_target(&sent, |it| format!("{it}&x=3")),
            ),
            (
                "parameter less",
                with_target(&sent, |it| it.replace("&x=2", "")),
            ),
            (
                "host",
                with_header(&sent, "host", |it| it.replace("abc", "abd")),
            ),
            (
                "signed header",
                with_header(&sent, "content-type", |_| "text/plain".to_owned()),
            ),
            ("method", {
                let mut sent = sent.clone();
                sent.method = http::Method::DELETE;
                sent
            }),
        ] {
            assert!(world.refusal(&changed).starts_with(MISMATCH), "{what}");
        }
        let body = signer(&world.keyring, &sent, b"{\"a\": 2}", SystemTime::now());
        assert!(matches!(body, Err(Failure::InvalidSignature(WRONG, _))));
    }
}

#[test]
fn a_forged_signature_and_keys_that_are_not_known_are_refused() {
    let world = World::new();
    let forged = Keys {
        secret_access_key: "guessed".to_owned(),
        ..world.owner.clone()
    };
    let sent = Client::new(&forged).signed(URL);
    assert!(world.refusal(&sent).starts_with(MISMATCH));
    let invalid =
        "UnrecognizedClientException: The security token included in the request is invalid.";
    let without_token = Keys {
        session_token: None,
        ..world.session.clone()
    };
    let of_another = Keys {
        session_token: Some("other".to_owned()),
        ..world.session.clone()
    };
    let of_nobody = Keys {
        session_token: Some("token".to_owned()),
        ..world.owner.clone()
    };
    for keys in [Keys::long_term(), without_token, of_another, of_nobody] {
        for expires in [None, Some(WEEK)] {
            let client = Client {
                expires,
                ..Client::new(&keys)
            };
            assert_eq!(world.refusal(&client.signed(URL)), invalid);
        }
    }
    let caller = Caller::in_role("AROA", "role", "session");
    let expired = world.keyring.issue_for(caller, Duration::ZERO);
    let sent = Client::new(&expired).signed(URL);
    assert_eq!(world.refusal(&sent), "ExpiredKeys");
}

#[test]
fn a_request_is_good_for_five_minutes_and_a_link_as_long_as_it_says() {
    let world = World::new();
    let now = SystemTime::now();
    let minutes = |minutes: u64| Duration::from_secs(minutes * 60);
    let second = Duration::from_secs(1);
    let late = |client: &Client, after: Duration| {
        signer(&world.keyring, &client.signed(URL), BODY, client.at + after)
    };
    let client = Client::new(&world.owner);
    assert!(late(&client, minutes(5) - second).is_ok());
    let Err(Failure::InvalidSignature(WRONG, why)) = late(&client, minutes(5) + second) else {
        panic!("it is refused");
    };
    let date = written(client.at);
    let (end, at) = (
        written(client.at + second),
        written(client.at + minutes(5) + second),
    );
    let expected = format!("Signature expired: {date} is now earlier than {end} ({at} - 5 min.)");
    assert_eq!(why, expected);
    let early = Client {
        at: now + minutes(6),
        ..Client::new(&world.owner)
    };
    let why = world.refusal(&early.signed(URL));
    assert!(
        why.starts_with("InvalidSignatureException: Signature not yet current: "),
        "{why}"
    );
    assert!(why.ends_with(" + 5 min.)"), "{why}");
    let link = Client {
        expires: Some(minutes(60)),
        ..Client::new(&world.owner)
    };
    assert!(late(&link, minutes(59)).is_ok());
    let Err(Failure::InvalidSignature(WRONG, why)) = late(&link, minutes(61)) else {
        panic!("it is refused");
    };
    assert!(why.ends_with(" - 60 min.)"), "{why}");
    let longer = with_target(&link.signed(URL), |it| {
        it.replace("X-Amz-Expires=3600", "X-Amz-Expires=7200")
    });
    assert!(world.refusal(&longer).starts_with(MISMATCH));
    for (given, why) in [
        ("604801", "X-Amz-Expires must be less than a week"),
        ("0", "X-Amz-Expires should be a number"),
        ("-5", "X-Amz-Expires should be a number"),
        ("soon", "X-Amz-Expires should be a number"),
    ] {
        let sent = with_target(&link.signed(URL), |it| {
            it.replace("X-Amz-Expires=3600", &format!("X-Amz-Expires={given}"))
        });
        let refusal = world.refusal(&sent);
        assert!(refusal.contains(why), "{given}: {refusal}");
    }
}

#[test]
fn a_signature_for_something_else_is_refused() {
    let world = World::new();
    for (client, why) in [
        (
            Client {
                region: "eu-central-1",
                ..Client::new(&world.owner)
            },
            "Credential should be scoped to a valid region, not 'eu-central-1'.",
        ),
        (
            Client {
                service: "lambda",
                ..Client::new(&world.owner)
            },
            "Credential should be scoped to correct service: 'execute-api'.",
        ),
    ] {
        let refusal = world.refusal(&client.signed(URL));
        assert_eq!(refusal, format!("InvalidSignatureException: {why}"));
    }
    let sent = Client::new(&world.owner).signed(URL);
    let without_host = with_header(&sent, "authorization", |it| {
        it.replace("content-type;host;", "content-type;")
    });
    let refusal = world.refusal(&without_host);
    assert!(
        refusal.contains("'Host' or ':authority' must be a 'SignedHeader'"),
        "{refusal}"
    );
    let of_another_day = with_header(&sent, "authorization", |it| {
        let day = &written(SystemTime::now())[..8];
        it.replacen(day, "20200101", 1)
    });
    let refusal = world.refusal(&of_another_day);
    assert!(
        refusal.contains("Date in Credential scope does not match YYYYMMDD"),
        "{refusal}"
    );
    let link = Client {
        expires: Some(WEEK),
        ..Client::new(&world.owner)
    };
    let link = link.signed(URL);
    for twice in [
        "X-Amz-Signature=0",
        "x-amz-date=20200101T000000Z",
        "X-Amz-Expires=5",
    ] {
        let refusal = world.refusal(&with_target(&link, |it| format!("{it}&{twice}")));
        assert!(refusal.starts_with(INCOMPLETE), "{twice}: {refusal}");
    }
}

#[test]
fn what_is_no_signature_is_refused_in_the_words_of_aws() {
    let world = World::new();
    let refusal = |authorization: Option<&str>| {
        let mut request = Request::get("/prod/a").header("host", "localhost");
        if let Some(authorization) = authorization {
            request = request.header("authorization", authorization);
        }
        world.refusal(&request.body(()).expect("a request").into_parts().0)
    };
    assert_eq!(refusal(None), "MissingAuthenticationToken");
    // The header is not repeated: it may be a secret.
    let bearer = refusal(Some("Bearer secret"));
    let expected = format!(
        "IncompleteSignatureException: Invalid key=value pair (missing equal-sign) in Authorization header (hashed \
         with SHA-256 and encoded with Base64): '{}'.",
        digest("Bearer secret")
    );
    assert_eq!(bearer, expected);
    let partly = refusal(Some("AWS4-HMAC-SHA256 Credential=a, SignedHeaders=host"));
    let expected = "IncompleteSignatureException: Authorization header requires 'Signature' parameter. Authorization \
                    header requires existence of either a 'X-Amz-Date' or a 'Date' header. (Hashed with SHA-256";
    assert!(partly.starts_with(expected), "{partly}");
}

#[test]
fn no_way_to_write_a_path_is_another_resource() {
    use super::super::call::Ids;
    use super::super::request::ApiRequest;
    use super::super::routes::Route;
    use crate::apigateway::definition::{Definition, Method, Resource, Texts};

    let (definition, resource, method) = (
        Definition::default(),
        Resource::default(),
        Method::default(),
    );
    let called = |raw_path: &str| {
        let request = ApiRequest {
            method: "GET".to_owned(),
            raw_path: raw_path.to_owned(),
            ..ApiRequest::default()
        };
        let route = Route {
            resource: &resource,
            path: "/{proxy+}".to_owned(),
            method: &method,
            parameters: Vec::new(),
        };
        called(&Call {
            request: &request,
            definition: &definition,
            route: &route,
            api: "abc",
            stage: "prod",
            deployment: Some("d"),
            variables: &Texts::new(),
            ids: &Ids::new("r", 0),
            who: Who::Anyone,
            started: 0,
        })
    };
    for (path, shown) in [
        ("/", ""),
        ("/pets/1", "pets/1"),
        ("/pets/", "pets"),
        ("/%70ets/a%20b", "pets/a b"),
        ("/pets%2F1", "pets%2F1"),
    ] {
        let expected = format!("arn:aws:execute-api:us-east-1:000000000000:abc/prod/GET/{shown}");
        assert_eq!(called(path), expected, "{path}");
    }
}
