//! Operations that AWS's clients do not sign: where they are answered, and what else is not.

use serde_json::{Value, json};

use super::every_operation::deny;
use super::{Front, Received, request};
use crate::service::Registered;

const TARGET: &str = "AWSCognitoIdentityProviderService";
const HOST: (&str, &str) = ("host", "cognito-idp.localhost:4566");
const PAGE: (&str, &str) = ("origin", "http://page.s3-website.localhost:4566");

async fn ask(front: &Front, path: &str, operation: &str, headers: &[(&str, &str)]) -> Received {
    let target = format!("{TARGET}.{operation}");
    let mut all = vec![
        ("x-amz-target", &*target),
        ("content-type", "application/x-amz-json-1.1"),
    ];
    all.extend(headers);
    front.send(request("POST", path, &all, "{}")).await
}

#[tokio::test]
async fn anyone_may_ask_for_public_operations_and_for_no_others() {
    let (front, registered) = deny("");
    for service in &registered {
        let Registered::Service(service) = service else {
            continue;
        };
        let description = service.description();
        let is_cognito = description.signing_name == "cognito-idp";
        for operation in description.operations {
            assert!(is_cognito || !operation.is_public, "{operation:?}");
            if !is_cognito {
                continue;
            }
            for (path, headers) in [
                ("/", vec![]),
                ("/", vec![HOST, PAGE]),
                ("/_cognito-idp/", vec![]),
            ] {
                let response = ask(&front, path, operation.name, &headers).await;
                let is_refused =
                    response.text.contains("signature") || response.text.contains("not signed");
                assert_eq!(
                    is_refused, !operation.is_public,
                    "{path}: {}",
                    response.text
                );
            }
        }
    }
    let checked = front.authority.checked.lock().expect("nobody panicked");
    assert!(checked.is_empty(), "{checked:?}");
}

#[tokio::test]
async fn pages_have_a_host_of_their_own_for_them() {
    let (front, _) = deny("");
    for headers in [vec![PAGE], vec![("sec-fetch-site", "cross-site")]] {
        for path in ["/", "/_cognito-idp/"] {
            let response = ask(&front, path, "InitiateAuth", &headers).await;
            assert_eq!(response.status, 403, "{}", response.text);
            assert!(!response.headers.contains_key("access-control-allow-origin"));
        }
    }
    let answered = ask(&front, "/", "InitiateAuth", &[HOST, PAGE]).await;
    assert_eq!(answered.status, 400, "{}", answered.text);
    assert_eq!(answered.headers["access-control-allow-origin"], "*");
    let asks = [HOST, PAGE, ("access-control-request-method", "POST")];
    let preflight = front.send(request("OPTIONS", "/", &asks, "")).await;
    assert_eq!(preflight.status, 200);
    let allowed = preflight.headers["access-control-allow-headers"].to_str();
    let allowed = allowed.expect("text");
    assert!(allowed.contains("x-amz-target") && allowed.contains("content-type"));
    // A host for each pool would be a name that is not case-sensitive.
    for host in ["us-east-1_a.cognito-idp.localhost", "execute-api.localhost"] {
        let sent = request("GET", "/", &[("host", host)], "");
        let response = front.send(sent).await;
        assert_eq!(response.status, 403, "{host}");
        assert!(
            response.text.contains("does not support the host"),
            "{}",
            response.text
        );
    }
}

#[tokio::test]
async fn a_pool_shows_its_keys_at_its_host_and_in_the_path_form() {
    let (front, _) = deny("none:");
    let create = super::json(&format!("{TARGET}.CreateUserPool"), r#"{"PoolName":"a"}"#);
    let created = front.send_signed("cognito-idp", create).await;
    let created: Value = serde_json::from_str(&created.text).expect("JSON");
    let pool = created["UserPool"]["Id"].as_str().expect("an id");
    let mut seen = Vec::new();
    for (prefix, headers) in [("", vec![HOST, PAGE]), ("/_cognito-idp", vec![])] {
        let path = format!("{prefix}/{pool}/.well-known/jwks.json");
        let response = front.send(request("GET", &path, &headers, "")).await;
        assert_eq!(response.status, 200, "{}", response.text);
        let keys: Value = serde_json::from_str(&response.text).expect("JSON");
        for key in keys["keys"].as_array().expect("a list") {
            assert_eq!(
                (&key["alg"], &key["kty"], &key["e"]),
                (&json!("RS256"), &json!("RSA"), &json!("AQAB"))
            );
            assert!(key.get("d").is_none(), "the private key is shown");
        }
        seen.push(keys);
        let about = format!("{prefix}/{pool}/.well-known/openid-configuration");
        let response = front.send(request("GET", &about, &headers, "")).await;
        assert!(response.text.contains("jwks_uri"), "{}", response.text);
    }
    assert_eq!(seen[0], seen[1]);
    for path in ["/", "/us-east-1_b/.well-known/jwks.json", "/a/b"] {
        let response = front.send(request("GET", path, &[HOST], "")).await;
        assert_eq!(response.status, 404, "{path}");
    }
}
